//! Entries to try things out with, one of every kind.

pub mod lossy;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use concordat_ledger::{History, Ledger, LedgerError, MemoryDisk, SaltSource, Standing};
use concordat_model::entry::{FieldReceipt, RunBegan, RunEnded};
use concordat_model::link::Agreed;
use concordat_model::plan::{FieldStep, Settlement};
use concordat_model::why::Rule;
use concordat_model::*;
use concordat_store::{MemoryTables, Tables};

pub fn at(second: i64) -> Time {
    Time::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

pub fn pair() -> PairId {
    PairId::from("acme")
}

pub fn run() -> RunId {
    RunId::from("2026-01-01T02:00:00Z")
}

/// Salts that can be told in advance.
pub fn salts() -> SaltSource {
    let mut count = 0_u8;
    Box::new(move || {
        count = count.wrapping_add(1);
        [count; 32]
    })
}

/// A store in memory.
pub fn tables() -> Arc<MemoryTables> {
    Arc::new(MemoryTables::new())
}

/// Opens the ledger with a store that knows nothing of it.
pub fn open(disk: &MemoryDisk) -> Result<Ledger, LedgerError> {
    open_with(disk, &tables())
}

/// Opens the ledger with this store.
pub fn open_with<T: Tables + 'static>(
    disk: &MemoryDisk,
    tables: &Arc<T>,
) -> Result<Ledger, LedgerError> {
    let tables = Arc::clone(tables) as Arc<dyn Tables>;
    Ledger::open_on(Box::new(disk.clone()), pair(), at(0), "0.1.0", salts(), tables)
}

pub fn vendor(id: &str) -> RecordKey {
    RecordKey::new(Resource::VendorContact, id)
}

pub fn contact(id: &str) -> RecordKey {
    RecordKey::new(Resource::Contact, id)
}

pub fn text(text: &str) -> Held {
    Some(Value::text(text))
}

pub fn link() -> LinkId {
    LinkId::from("L1")
}

pub fn why() -> Why {
    Why::about(Rule::OnlyMoved, Side::Upguard)
}

pub fn held(upguard: &str, highlevel: &str) -> Sides<Held> {
    Sides { upguard: text(upguard), highlevel: text(highlevel) }
}

pub fn step() -> Step {
    Step {
        id: StepId::from("S1"),
        mapping: MappingName::from("contacts"),
        link: link(),
        side: Side::Highlevel,
        entity: "contact".into(),
        resource: Resource::Contact,
        record: Some(contact("c1")),
        name: "Ada Lovelace".into(),
        action: Action::Update,
        fields: vec![FieldStep {
            name: Field::from("phone"),
            path: Path::from("phone"),
            before: None,
            after: text("+1 555 0100"),
            source: text("555-0100"),
            why: why(),
        }],
        constants: BTreeMap::from([(Path::from("dnd"), Value::Bool(true))]),
        marker: Some("ABCDEFGH".into()),
        lookup: None,
        blanks: Vec::new(),
        despite: Vec::new(),
        source_stamp: None,
        identity: BTreeMap::from([(Path::from("email"), text("ada@example.com"))]),
        sources: vec![vendor("u1")],
        matched: Some(Matched::ByKey("email".into())),
        why: why(),
        side_effects: vec!["starts a workflow".into()],
    }
}

pub fn intent() -> IntentId {
    IntentId::of(&run(), &step())
}

pub fn field_receipt(name: &str, sent: &str, found: &str, verdict: Verdict) -> FieldReceipt {
    FieldReceipt {
        name: Field::from(name),
        path: Path::from(name),
        before: None,
        sent: text(sent),
        found: text(found),
        source: text("source"),
        verdict,
        why: why(),
    }
}

pub fn receipt(action: Action, fields: Vec<FieldReceipt>) -> Receipt {
    Receipt {
        mapping: MappingName::from("contacts"),
        link: link(),
        side: Side::Highlevel,
        record: contact("c1"),
        sources: vec![vendor("u2"), vendor("u1")],
        source_stamp: Some(at(45)),
        name: "Ada Lovelace".into(),
        action,
        matched: None,
        adopted: false,
        fields,
        stamp: Some(at(50)),
        read_at: at(51),
    }
}

pub fn closed(receipt: Receipt) -> Event {
    Event::Closed { intent: intent(), outcome: Outcome::Verified(receipt) }
}

pub fn intended() -> Event {
    Event::Intended { intent: intent(), step: Box::new(step()) }
}

pub fn settled(fields: &[&str]) -> Settlement {
    let agreed = Agreed { held: held("same", "same"), how: Agreement::Equal };
    Settlement {
        link: link(),
        mapping: MappingName::from("contacts"),
        name: "Ada Lovelace".into(),
        ends: Sides { upguard: vec![vendor("u1")], highlevel: vec![contact("c1")] },
        matched: Some(Matched::ByMarker),
        fields: fields.iter().map(|it| (Field::from(*it), agreed.clone())).collect(),
        stamps: Sides { upguard: None, highlevel: Some(at(40)) },
    }
}

pub fn conflict(field: &str) -> Event {
    Event::Decided {
        decision: Decision::Conflict {
            link: link(),
            field: Field::from(field),
            held: held("one", "two"),
            take: Take::Side(Side::Upguard),
        },
        by: "sam".into(),
        reason: Some("asked Ada".into()),
    }
}

pub fn tenants(id: &str) -> Sides<Tenant> {
    Sides::from_fn(|side| Tenant {
        id: format!("{id}-{side}"),
        name: "Acme".into(),
        can_mark: true,
    })
}

pub fn began(allowed: &[Class]) -> RunBegan {
    RunBegan {
        command: "reconcile".into(),
        plan: Fingerprint::of("test", &[b"plan"]),
        scope: Scope::default(),
        allowed: allowed.iter().map(|class| Allowance { class: *class, up_to: None }).collect(),
        reason: Some("first night".into()),
        mapping: Fingerprint::of("test", &[b"mapping"]),
        tenants: tenants("a"),
        first_agreement: BTreeSet::from([MappingName::from("contacts")]),
    }
}

pub fn ended(complete: bool) -> RunEnded {
    RunEnded {
        complete,
        certified: true,
        summary: RunSummary { applied: 1, ..RunSummary::default() },
        population: BTreeMap::from([(Resource::Contact, 7)]),
        carried: BTreeSet::from(["contacts".into()]),
    }
}

/// One event of every kind, as a run writes them.
pub fn story() -> Vec<Event> {
    vec![
        Event::Planned { plan: Fingerprint::of("test", &[b"plan"]) },
        Event::RunBegan(began(&[Class::FirstAgreement])),
        Event::Settled(settled(&["email", "name"])),
        conflict("title"),
        Event::Decided {
            decision: Decision::Match {
                mapping: MappingName::from("contacts"),
                record: vendor("u9"),
                choice: Choice::Link(contact("c9")),
            },
            by: "sam".into(),
            reason: None,
        },
        intended(),
        closed(receipt(
            Action::Update,
            vec![
                field_receipt("phone", "+15550100", "+15550100", Verdict::Confirmed),
                field_receipt("title", "cto", "old", Verdict::Discarded),
            ],
        )),
        Event::Intended { intent: IntentId("r/S2".into()), step: Box::new(step()) },
        Event::Closed {
            intent: IntentId("r/S2".into()),
            outcome: Outcome::NoEffect { says: "not sent".into() },
        },
        Event::Intended { intent: IntentId("r/S3".into()), step: Box::new(step()) },
        Event::Closed {
            intent: IntentId("r/S3".into()),
            outcome: Outcome::Refused { says: "no".into(), twin: None },
        },
        Event::Intended { intent: IntentId("r/S4".into()), step: Box::new(step()) },
        Event::RunEnded(ended(true)),
    ]
}

/// A ledger that holds the story, closed.
pub fn told() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk).unwrap();
    for (second, event) in (1..).zip(story()) {
        ledger.append(at(second), Some(&run()), event).unwrap();
    }
    disk
}

/// The only file of frames.
pub const FRAMES: &str = "00000000000000000000.frames";

/// The replay of everything, which knows nothing of a store.
pub fn replayed(disk: &MemoryDisk) -> Standing {
    History::read_on(disk).unwrap().standing(&pair())
}

/// Compares every answer of the ledger with the replay.
#[track_caller]
pub fn check(ledger: &Ledger, disk: &MemoryDisk) {
    let expected = replayed(disk);
    assert_eq!(ledger.standing().unwrap(), expected);
    let links = &expected.agreements.links;
    for number in 0..6 {
        let id = LinkId::from(format!("L{number}").as_str());
        assert_eq!(ledger.link(&id).unwrap().as_ref(), links.get(&id));
        for record in [vendor(&format!("u{number}")), contact(&format!("c{number}"))] {
            let holds = |it: &&Link| it.ends[record.side()].contains(&record);
            let scanned: Vec<Link> = links.values().filter(holds).cloned().collect();
            assert_eq!(ledger.links_of(&record).unwrap(), scanned, "{record}");
        }
    }
}

/// A settlement of link `link`, which joins these.
pub fn joins(link: usize, upguard: &[usize], highlevel: &[usize]) -> Event {
    let mut settled = settled(&["email"]);
    settled.link = LinkId::from(format!("L{link}").as_str());
    settled.ends = Sides {
        upguard: upguard.iter().map(|it| vendor(&format!("u{it}"))).collect(),
        highlevel: highlevel.iter().map(|it| contact(&format!("c{it}"))).collect(),
    };
    Event::Settled(settled)
}

pub fn dismissal() -> Dismissal {
    Dismissal {
        case: "m-1".into(),
        mapping: "contacts".into(),
        link: link(),
        name: "Ada".into(),
        gone: vec![contact("c1")],
        sources: vec![vendor("u1")],
        why: why(),
    }
}

pub fn ruled(ruling: Ruling) -> Event {
    let decision = Decision::Quarantine { link: link(), ruling };
    Event::Decided { decision, by: "ada".into(), reason: None }
}
