//! What if a write cannot leave in time, or only a part of it arrives? The record is read and compared
//! again, and what is still to be done takes another round. A side made of paper says what becomes of each
//! write, and a person may act in between.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concordat_apply::{Basis, Bench, Carried, Done, Effect, Fate, push, settle};
use concordat_ledger::{Ledger, MemoryDisk};
use concordat_model::guard::{Limits, check};
use concordat_model::*;
use concordat_remote::{
    Answer, Cause, Clock, Cursor, Failure, Found, Page, Sought, Source, Target, Write, WriteError,
};
use concordat_store::MemoryTables;

fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        at(0)
    }
}

/// What becomes of a write.
enum Fortune {
    Arrives,
    /// It waited too long, and a person set these fields meanwhile.
    Late(&'static [(&'static str, &'static str)]),
    /// Only these fields arrive, and the answer is lost.
    Part(&'static [&'static str]),
    /// It is refused and carried out all the same, and the record cannot be read then.
    Denied,
    /// Somebody makes the record before we do.
    Made,
}

use Fortune::{Arrives, Denied, Late, Made, Part};

/// One business, and what becomes of the writes to it in turn.
struct Paper {
    held: Mutex<Option<Record>>,
    fortunes: Mutex<VecDeque<Fortune>>,
    sent: Mutex<Vec<Vec<String>>>,
    /// The next reading fails.
    hidden: Mutex<bool>,
}

impl Paper {
    fn of(held: Option<Record>, fortunes: impl IntoIterator<Item = Fortune>) -> Paper {
        let (fortunes, held) = (fortunes.into_iter().collect(), Mutex::new(held));
        let (sent, hidden) = (Mutex::default(), Mutex::default());
        Paper { held, fortunes: Mutex::new(fortunes), sent, hidden }
    }

    fn failure(cause: Cause) -> Failure {
        let (operation, says) = ("PUT /businesses/{businessId}".to_owned(), "paper".to_owned());
        Failure { side: Side::Highlevel, operation, cause, status: None, trace: None, says }
    }

    fn set(&self, path: &str, held: Held) {
        if let Some(record) = self.held.lock().expect("the record").as_mut() {
            record.reading.set(Path::from(path), held);
        }
    }

    fn holds(&self, path: &str) -> Option<String> {
        let held = self.held.lock().expect("the record");
        let held = held.as_ref()?.reading.get(&Path::from(path))?.as_ref()?;
        held.as_text().map(str::to_owned)
    }

    fn sent(&self) -> Vec<Vec<String>> {
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
        _: &RecordKey,
        _: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        match std::mem::take(&mut *self.hidden.lock().expect("whether it is hidden")) {
            true => Err(Paper::failure(Cause::NoAnswer)),
            false => Ok(Answer { at: at(1), body: self.held.lock().expect("the record").clone() }),
        }
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

    async fn find(&self, _: &Sought) -> Result<Answer<Found>, Failure> {
        let records = self.held.lock().expect("the record").iter().cloned().collect();
        Ok(Answer { at: at(1), body: Found { records, proves_absence: true } })
    }
}

fn business(all: &str) -> Record {
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

fn key() -> RecordKey {
    RecordKey::new(Resource::Business, "B1")
}

fn text(text: &str) -> Held {
    Some(Value::text(text))
}

/// All fields of the business from `old` to `new`.
fn step(record: Option<RecordKey>) -> Step {
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

fn plan(step: Step) -> Plan {
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
async fn carried(step: Step, paper: &Paper) -> (Done, Ledger) {
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
        observe: &mut |_, _| {},
        progress: &|_, _| {},
        go_on: &|_| Ok(()),
        steps_max: &BTreeMap::new(),
    };
    let Carried { mut done, halt, .. } = push(&mut bench, &checked).await;
    assert!(halt.is_none(), "{halt:?}");
    (done.pop().expect("one step"), ledger)
}

fn written(done: &Done) -> Vec<(&str, Verdict)> {
    let Fate::Applied(receipt) = &done.fate else { panic!("{:?}", done.fate) };
    receipt.fields.iter().map(|it| (it.name.as_str(), it.verdict)).collect()
}

fn agreed(ledger: &Ledger) -> Vec<String> {
    let link = ledger.link(&LinkId::from("L1")).expect("a sound store");
    let fields = link.into_iter().flat_map(|link| link.base.into_keys());
    fields.map(|field| field.as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_write_that_is_late_is_compared_again_and_leaves_what_moved() {
    let paper = Paper::of(Some(business("old")), [Late(&[("phone", "theirs")]), Arrives]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    let confirmed = Verdict::Confirmed;
    assert_eq!(written(&done), [("name", confirmed), ("email", confirmed)]);
    assert_eq!(paper.holds("phone").as_deref(), Some("theirs"), "nothing of it is undone");
    assert_eq!(done.untouched.len(), 1);
    assert!(!done.untouched[0].satisfied, "{:?}", done.untouched);
    assert_eq!(ledger.open_intents().count(), 0);
}

#[tokio::test]
async fn what_arrived_is_agreed_on_and_what_did_not_goes_again() {
    let paper = Paper::of(Some(business("old")), [Part(&["name"]), Late(&[]), Arrives]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert_eq!(
        paper.sent(),
        [vec!["name", "phone", "email"], vec!["phone", "email"], vec!["phone", "email"]]
    );
    let names: Vec<&str> = written(&done).iter().map(|it| it.0).collect();
    assert_eq!(names, ["name", "phone", "email"]);
    assert_eq!(agreed(&ledger), ["email", "name", "phone"]);
    assert!(
        ledger.all_agreements().unwrap().lessons.is_empty(),
        "what never arrived was not discarded"
    );
}

#[tokio::test]
async fn after_three_rounds_it_is_left_to_the_next_run() {
    let late = || Late(&[]);
    let paper = Paper::of(Some(business("old")), [late(), late(), late()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (3, 0));

    let lost = || Part(&[]);
    let paper = Paper::of(Some(business("old")), [lost(), lost(), lost()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::InDoubt(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 1, "the next run looks for it");

    let paper = Paper::of(Some(business("old")), [Part(&["name"]), lost(), late()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    let Fate::Failed(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert!(says.ends_with("; name was written"), "{says}");
    assert_eq!(agreed(&ledger), ["name"]);
}

#[tokio::test]
async fn a_refusal_is_believed_only_once_somebody_looked() {
    let paper = Paper::of(Some(business("old")), [Denied]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::InDoubt(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 1, "the next run looks for it");
    assert!(ledger.all_agreements().expect("a sound store").lessons.is_empty());
}

/// What the next run finds of a write of which it was not known whether it arrived, if `paths` hold it.
async fn settled(paths: &[&str]) -> (Effect, Vec<String>) {
    let lost = || Part(&[]);
    let paper = Paper::of(Some(business("old")), [lost(), lost(), lost()]);
    let (_, mut ledger) = carried(step(Some(key())), &paper).await;
    paths.iter().for_each(|path| paper.set(path, text("new")));
    let run = RunId::from("r2");
    let mut bench = Bench {
        remotes: Sides { upguard: &paper, highlevel: &paper },
        ledger: &mut ledger,
        clock: &Still,
        run: &run,
        basis: None,
        observe: &mut |_, _| {},
        progress: &|_, _| {},
        go_on: &|_| Ok(()),
        steps_max: &BTreeMap::new(),
    };
    let mut settled = settle(&mut bench).await.expect("settled");
    assert_eq!(ledger.open_intents().count(), 0);
    (settled.pop().expect("one intent").effect, agreed(&ledger))
}

#[tokio::test]
async fn of_what_arrived_in_part_the_history_tells_the_part() {
    assert_eq!(settled(&[]).await, (Effect::Absent, Vec::new()));
    assert_eq!(settled(&["name"]).await, (Effect::Adopted, vec!["name".to_owned()]));
    let all = ["email", "name", "phone"];
    assert_eq!(settled(&all).await, (Effect::Adopted, all.map(str::to_owned).into()));
}

#[tokio::test]
async fn a_set_that_somebody_else_changed_as_well_is_not_agreed() {
    let set = |all: &[&str]| Some(Value::Set(all.iter().map(ToString::to_string).collect()));
    let mut step = step(Some(key()));
    step.fields.truncate(1);
    (step.fields[0].before, step.fields[0].after) = (set(&["a"]), set(&["a", "b"]));
    for (held, expected) in [(set(&["a", "b"]), vec!["name"]), (set(&["a", "b", "c"]), vec![])] {
        let paper = Paper::of(Some(business("old")), []);
        paper.set("name", held);
        let (done, ledger) = carried(step.clone(), &paper).await;
        assert_eq!(
            (done.fate, agreed(&ledger)),
            (Fate::Satisfied, expected.iter().map(ToString::to_string).collect())
        );
    }
}

#[tokio::test]
async fn before_a_late_create_goes_again_it_is_looked_for_again() {
    let paper = Paper::of(None, [Made]);
    let (done, ledger) = carried(step(None), &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (1, 0), "it is not made twice");
}

/// A contact took over the address of one that was merged into it: no plan sees that it is the one.
#[tokio::test]
async fn what_another_record_answers_to_is_not_made_and_not_tried_every_night() {
    let lookup = Lookup { path: Path::from("email"), value: Value::text("new") };
    let create = Step { lookup: Some(lookup), ..step(None) };
    let paper = Paper::of(Some(business("theirs")), []);
    let (done, ledger) = carried(create.clone(), &paper).await;
    assert_eq!(
        done.fate,
        Fate::Refused("HighLevel has another business with the same email".into())
    );
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (0, 0));
    let rebuff = &ledger.all_agreements().expect("a sound store").rebuffs[&LinkId::from("L1")];
    assert_eq!(rebuff.duplicate, Some(key()));

    let paper = Paper::of(Some(business("NEW")), []);
    let (done, ledger) = carried(create, &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "the next plan sees it: {:?}", done.fate);
    assert!(ledger.all_agreements().expect("a sound store").rebuffs.is_empty());
}

#[tokio::test]
async fn nothing_is_archived_whose_counterpart_is_there_again() {
    let archive = Step { action: Action::Archive, ..step(Some(key())) };
    let paper = Paper::of(Some(business("old")), [Arrives]);
    let (done, ledger) = carried(archive, &paper).await;
    let Fate::Superseded(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert_eq!(says, "UpGuard vendor 1 is there again");
    assert!(paper.sent().is_empty() && agreed(&ledger).is_empty());
}
