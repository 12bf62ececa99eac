//! What a run has at hand: a step or a plan of some, a ledger in memory, and a clock that stands still.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use concordat_apply::{Basis, Bench, Carried, Done, Effect, Fate, Readings, push, settle};
use concordat_ledger::{Ledger, MemoryDisk};
use concordat_model::guard::{Limits, check};
use concordat_model::*;
use concordat_remote::Clock;
use concordat_store::MemoryTables;

use super::{Paper, text};

pub fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

/// A clock that shows this.
struct Shows(Time);

impl Clock for Shows {
    fn now(&self) -> Time {
        self.0
    }
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

/// The step with only those of its fields.
pub fn only(names: &[&str], mut step: Step) -> Step {
    step.fields.retain(|it| names.contains(&it.name.as_str()));
    step
}

pub fn plan(steps: Vec<Step>) -> Plan {
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
        steps,
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

/// The name of the plan that is carried out.
pub fn basis() -> Fingerprint {
    Fingerprint::of("plan", &[])
}

/// A link of `mapping` that joins the vendor with `record`; all of it is agreed on if it holds `value`.
pub fn linked(link: &str, mapping: &str, record: RecordKey, value: Option<&str>) -> Settlement {
    let agreed = |value| Agreed { held: Sides::from_fn(|_| text(value)), how: Agreement::Equal };
    let fields = value.into_iter().flat_map(|value| {
        ["name", "phone", "email"].map(|name| (Field::from(name), agreed(value)))
    });
    Settlement {
        link: LinkId::from(link),
        mapping: MappingName::from(mapping),
        name: "Acme".into(),
        ends: Sides {
            upguard: vec![RecordKey::new(Resource::Vendor, "1")],
            highlevel: vec![record],
        },
        matched: None,
        fields: fields.collect(),
        stamps: Sides::default(),
    }
}

/// What a run has at hand.
pub struct Desk {
    pub ledger: Ledger,
    pub run: RunId,
    pub now: Time,
    /// The newest ledger entry when the plan was made.
    pub position: u64,
    pub steps_max: BTreeMap<MappingName, u64>,
}

impl Desk {
    pub fn new(ledger: Ledger, run: &str) -> Desk {
        let steps_max = BTreeMap::new();
        Desk { ledger, run: RunId::from(run), now: at(0), position: 0, steps_max }
    }

    /// A ledger in which these things happened in an earlier run.
    pub fn knowing(events: impl IntoIterator<Item = Event>) -> Desk {
        let ledger = Ledger::open_on(
            Box::new(MemoryDisk::default()),
            PairId::from("acme"),
            at(0),
            "test",
            Box::new(|| [0; 32]),
            Arc::new(MemoryTables::new()),
        );
        let mut ledger = ledger.expect("a ledger");
        for event in events {
            ledger.append(at(0), Some(&RunId::from("r0")), event).expect("an entry");
        }
        Desk::new(ledger, "r1")
    }

    pub async fn push(&mut self, plan: Plan, paper: &Paper) -> Carried {
        self.watched(plan, paper, &mut |_, _| {}).await
    }

    async fn watched(
        &mut self,
        plan: Plan,
        paper: &Paper,
        observe: &mut (dyn FnMut(Record, Time) + Send),
    ) -> Carried {
        let checked = check(plan, &Limits::default(), &[]).expect("a plan that passes");
        let (plan, position) = (basis(), self.position);
        let basis = Some(Basis { plan: &plan, position });
        push(&mut self.bench(paper, basis, &Shows(self.now), observe), &checked).await
    }

    /// As [`Desk::push`] of one step, which no other follows.
    pub async fn carry(&mut self, step: Step, paper: &Paper) -> Done {
        let Carried { mut done, halt, .. } = self.push(plan(vec![step]), paper).await;
        assert!(halt.is_none(), "{halt:?}");
        done.pop().expect("one step")
    }

    /// What became of the one write of which it was not known whether it arrived.
    pub async fn settle(&mut self, paper: &Paper) -> Effect {
        let clock = Shows(self.now);
        let observe = &mut |_, _| {};
        let settled = settle(&mut self.bench(paper, None, &clock, observe)).await;
        let effect = settled.expect("settled").pop().expect("one intent").effect;
        let is_open = matches!(effect, Effect::Unsure(_));
        assert_eq!(self.ledger.open_intents().count(), usize::from(is_open), "{effect:?}");
        effect
    }

    fn bench<'a>(
        &'a mut self,
        paper: &'a Paper,
        basis: Option<Basis<'a>>,
        clock: &'a dyn Clock,
        observe: &'a mut (dyn FnMut(Record, Time) + Send),
    ) -> Bench<'a> {
        Bench {
            remotes: Sides { upguard: paper, highlevel: paper },
            ledger: &mut self.ledger,
            clock,
            run: &self.run,
            basis,
            observe,
            progress: &|_, _| {},
            go_on: &|_| Ok(()),
            steps_max: &self.steps_max,
            readings: Readings::default(),
        }
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
    let mut desk = Desk::knowing([]);
    let Carried { mut done, halt, .. } = desk.watched(plan(vec![step]), paper, observe).await;
    assert!(halt.is_none(), "{halt:?}");
    (done.pop().expect("one step"), desk.ledger)
}

/// What the next run finds of the one write of which it was not known whether it arrived.
pub async fn found_out(ledger: Ledger, paper: &Paper) -> (Effect, Ledger) {
    let mut desk = Desk::new(ledger, "r2");
    let effect = desk.settle(paper).await;
    (effect, desk.ledger)
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
