//! A side made of paper: says what becomes of each write, and a person may act in between.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concordat_apply::{Basis, Bench, Carried, Done, Effect, Fate, Readings, push, settle};
use concordat_ledger::{Ledger, MemoryDisk};
use concordat_model::guard::{Limits, check};
use concordat_model::*;
use concordat_remote::{
    Answer, Cause, Clock, Cursor, Failure, Found, Page, Sought, Source, Target, Write, WriteError,
};
use concordat_store::MemoryTables;

pub fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

pub struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        at(0)
    }
}

/// What becomes of a write.
pub enum Fortune {
    Arrives,
    /// It waited too long, and a person set these fields meanwhile.
    Late(&'static [(&'static str, &'static str)]),
    /// Only these fields arrive, and the answer is lost.
    Part(&'static [&'static str]),
    /// Of every set only what is new arrives, and then it fails.
    Half(fn(Failure) -> WriteError),
    /// It is refused and carried out all the same, and the record cannot be read then.
    Denied,
    /// Somebody makes the record before we do.
    Made,
}

pub use Fortune::{Arrives, Denied, Half, Late, Made, Part};

/// One business, and what becomes of the writes to it in turn.
pub struct Paper {
    pub held: Mutex<Option<Record>>,
    pub fortunes: Mutex<VecDeque<Fortune>>,
    pub sent: Mutex<Vec<Vec<String>>>,
    /// The next reading fails.
    pub hidden: Mutex<bool>,
}

impl Paper {
    pub fn of(held: Option<Record>, fortunes: impl IntoIterator<Item = Fortune>) -> Paper {
        let (fortunes, held) = (fortunes.into_iter().collect(), Mutex::new(held));
        let (sent, hidden) = (Mutex::default(), Mutex::default());
        Paper { held, fortunes: Mutex::new(fortunes), sent, hidden }
    }

    pub fn failure(cause: Cause) -> Failure {
        let (operation, says) = ("PUT /businesses/{businessId}".to_owned(), "paper".to_owned());
        Failure { side: Side::Highlevel, operation, cause, status: None, trace: None, says }
    }

    pub fn set(&self, path: &str, held: Held) {
        if let Some(record) = self.held.lock().expect("the record").as_mut() {
            record.reading.set(Path::from(path), held);
        }
    }

    pub fn holds(&self, path: &str) -> Option<String> {
        let held = self.held.lock().expect("the record");
        let held = held.as_ref()?.reading.get(&Path::from(path))?.as_ref()?;
        held.as_text().map(str::to_owned)
    }

    pub fn sent(&self) -> Vec<Vec<String>> {
        self.sent.lock().expect("what was sent").clone()
    }
}

#[async_trait]
impl Source for Paper {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        Err(Paper::failure(Cause::Missing))
    }

    async fn page(&self, _: &Partition, _: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        Err(Paper::failure(Cause::Missing))
    }

    async fn read(
        &self,
        key: &RecordKey,
        _: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        if std::mem::take(&mut *self.hidden.lock().expect("whether it is hidden")) {
            return Err(Paper::failure(Cause::NoAnswer));
        }
        let held = self.held.lock().expect("the record").clone();
        Ok(Answer { at: at(1), body: held.filter(|it| it.key == *key) })
    }

    fn offset(&self) -> Offset {
        Offset::default()
    }
}

#[async_trait]
impl Target for Paper {
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let paths = write.set.iter().map(|(path, _)| path.to_string()).collect();
        self.sent.lock().expect("what was sent").push(paths);
        let fortune = self.fortunes.lock().expect("fortunes").pop_front();
        match fortune.expect("a write nobody expected") {
            Arrives => {
                write.set.iter().for_each(|(path, held)| self.set(path.as_str(), held.clone()))
            }
            Late(edits) => {
                edits.iter().for_each(|(path, text)| self.set(path, Some(Value::text(*text))));
                return Err(WriteError::NoEffect(Paper::failure(Cause::Late)));
            }
            Part(paths) => {
                let arrives = |path: &Path| paths.contains(&path.as_str());
                let arrived = write.set.iter().filter(|(path, _)| arrives(path));
                arrived.for_each(|(path, held)| self.set(path.as_str(), held.clone()));
                return Err(WriteError::InDoubt(Paper::failure(Cause::NoAnswer)));
            }
            Half(fails) => {
                for (path, sent) in &write.set {
                    let held = write.current.as_ref().and_then(|it| it.reading.get(path));
                    let mut all = BTreeSet::new();
                    for it in [held, Some(sent)].into_iter().flatten() {
                        if let Some(Value::Set(set)) = it {
                            all.extend(set.iter().cloned());
                        }
                    }
                    self.set(path.as_str(), Some(Value::Set(all)));
                }
                return Err(fails(Paper::failure(Cause::Rejected)));
            }
            Denied => {
                write.set.iter().for_each(|(path, held)| self.set(path.as_str(), held.clone()));
                *self.hidden.lock().expect("whether it is hidden") = true;
                return Err(WriteError::Refused(Paper::failure(Cause::Rejected)));
            }
            Made => {
                *self.held.lock().expect("the record") = Some(business("theirs"));
                return Err(WriteError::NoEffect(Paper::failure(Cause::Late)));
            }
        }
        Ok(Answer { at: at(1), body: RecordId::new("B1") })
    }

    async fn delete(&self, _: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.sent.lock().expect("what was sent").push(vec!["all".to_owned()]);
        let fortune = self.fortunes.lock().expect("fortunes").pop_front();
        match fortune.expect("a deletion nobody expected") {
            Arrives => *self.held.lock().expect("the record") = None,
            Late(edits) => {
                edits.iter().for_each(|(path, text)| self.set(path, Some(Value::text(*text))));
                return Err(WriteError::NoEffect(Paper::failure(Cause::Late)));
            }
            Part(_) => return Err(WriteError::InDoubt(Paper::failure(Cause::NoAnswer))),
            Made | Denied | Half(_) => {
                return Err(WriteError::Refused(Paper::failure(Cause::Rejected)));
            }
        }
        Ok(Answer { at: at(1), body: RecordId::new("B1") })
    }

    async fn find(&self, _: &Sought) -> Result<Answer<Found>, Failure> {
        let records = self.held.lock().expect("the record").iter().cloned().collect();
        Ok(Answer { at: at(1), body: Found { records, proves_absence: true } })
    }
}

pub fn business(all: &str) -> Record {
    let mut reading = Reading::default();
    ["name", "phone", "email"].iter().for_each(|it| reading.set(Path::from(*it), text(all)));
    Record {
        key: key(),
        parent: None,
        name: "Acme".into(),
        stamp: None,
        reading,
        sight: Sight::Read,
    }
}

pub fn key() -> RecordKey {
    RecordKey::new(Resource::Business, "B1")
}

pub fn text(text: &str) -> Held {
    Some(Value::text(text))
}

/// All fields of the business from `old` to `new`.
pub fn step(record: Option<RecordKey>) -> Step {
    let why = Why::about(why::Rule::OnlyMoved, Side::Upguard);
    let before = record.as_ref().and_then(|_| text("old"));
    let field = |name: &str| FieldStep {
        name: Field::from(name),
        path: Path::from(name),
        before: before.clone(),
        after: text("new"),
        source: text("new"),
        why,
    };
    Step {
        id: StepId::from("S1"),
        mapping: MappingName::from("vendors"),
        link: LinkId::from("L1"),
        side: Side::Highlevel,
        entity: "business".into(),
        resource: Resource::Business,
        action: if record.is_some() { Action::Update } else { Action::Create },
        record,
        name: "Acme".into(),
        fields: ["name", "phone", "email"].map(field).into(),
        blanks: Vec::new(),
        despite: Vec::new(),
        constants: BTreeMap::new(),
        marker: None,
        lookup: None,
        identity: BTreeMap::new(),
        sources: vec![RecordKey::new(Resource::Vendor, "1")],
        source_stamp: None,
        matched: None,
        why,
        side_effects: Vec::new(),
    }
}

pub fn plan(step: Step) -> Plan {
    let tenant = |id: &str| Tenant { id: id.into(), name: id.into(), can_mark: true };
    Plan {
        pair: PairId::from("acme"),
        made_at: at(0),
        mapping: Fingerprint::of("mapping", &[]),
        tenants: Sides { upguard: tenant("u"), highlevel: tenant("h") },
        expected_tenants: None,
        expected_mapping: None,
        first_agreement: BTreeSet::new(),
        first_allowed: false,
        position: 0,
        scope: Scope::default(),
        gates: BTreeSet::new(),
        census: Vec::new(),
        missing_canaries: Vec::new(),
        steps: vec![step],
        endowments: Vec::new(),
        settlements: Vec::new(),
        conflicts: Vec::new(),
        cases: Vec::new(),
        drift: Vec::new(),
        held: Vec::new(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        unmatched: 0,
    }
}

/// Carries the step out against `paper`. Answers what became of it, and the ledger.
pub async fn carried(step: Step, paper: &Paper) -> (Done, Ledger) {
    watched(step, paper, &mut |_, _| {}).await
}

/// As [`carried`], with somebody who is told of every reading.
pub async fn watched(
    step: Step,
    paper: &Paper,
    observe: &mut (dyn FnMut(Record, Time) + Send),
) -> (Done, Ledger) {
    let mut ledger = Ledger::open_on(
        Box::new(MemoryDisk::default()),
        PairId::from("acme"),
        at(0),
        "test",
        Box::new(|| [0; 32]),
        Arc::new(MemoryTables::new()),
    )
    .expect("a ledger");
    let checked = check(plan(step), &Limits::default(), &[]).expect("a plan that passes");
    let run = RunId::from("r1");
    let plan = Fingerprint::of("plan", &[]);
    let mut bench = Bench {
        remotes: Sides { upguard: paper, highlevel: paper },
        ledger: &mut ledger,
        clock: &Still,
        run: &run,
        basis: Some(Basis { plan: &plan, position: 0 }),
        observe,
        progress: &|_, _| {},
        go_on: &|_| Ok(()),
        steps_max: &BTreeMap::new(),
        readings: Readings::default(),
    };
    let Carried { mut done, halt, .. } = push(&mut bench, &checked).await;
    assert!(halt.is_none(), "{halt:?}");
    (done.pop().expect("one step"), ledger)
}

/// What the next run finds of the one write of which it was not known whether it arrived.
pub async fn found_out(ledger: &mut Ledger, paper: &Paper) -> Effect {
    let run = RunId::from("r2");
    let mut bench = Bench {
        remotes: Sides { upguard: paper, highlevel: paper },
        ledger,
        clock: &Still,
        run: &run,
        basis: None,
        observe: &mut |_, _| {},
        progress: &|_, _| {},
        go_on: &|_| Ok(()),
        steps_max: &BTreeMap::new(),
        readings: Readings::default(),
    };
    let mut settled = settle(&mut bench).await.expect("settled");
    assert_eq!(bench.ledger.open_intents().count(), 0);
    settled.pop().expect("one intent").effect
}

pub fn written(done: &Done) -> Vec<(&str, Verdict)> {
    let Fate::Applied(receipt) = &done.fate else { panic!("{:?}", done.fate) };
    receipt.fields.iter().map(|it| (it.name.as_str(), it.verdict)).collect()
}

pub fn agreed(ledger: &Ledger) -> Vec<String> {
    let link = ledger.link(&LinkId::from("L1")).expect("a sound store");
    let fields = link.into_iter().flat_map(|link| link.base.into_keys());
    fields.map(|field| field.as_str().to_owned()).collect()
}
