//! What becomes of what is gone: an archive, one that waits, one that a person stopped, a deletion.

use concordat_model::link::{ARCHIVED, gone};
use concordat_model::*;

use crate::sample::{empty, field, key, set, step, time};

fn vanished() -> Why {
    Why::about(Rule::Vanished, Side::Upguard)
}

fn archive() -> Step {
    let tags = |items: &[&str]| set(items);
    let mut field =
        field(ARCHIVED, "tags", tags(&["vip"]), tags(&["concordat:archived", "vip"]), vanished());
    field.source = gone();
    let record = key(Resource::Contact, "ocQHyuzHvysMo5N5VsXc");
    let archive = step("s-gone", "contacts", record, "Grace Hopper", vec![field]);
    let sources = vec![key(Resource::VendorContact, "887")];
    Step { action: Action::Archive, sources, ..archive }
}

/// All it holds goes.
fn deletion() -> Step {
    let held = [("first_name", "firstName", "Karen"), ("email", "email", "karen@old.com")];
    let fields =
        held.map(|(name, path, held)| field(name, path, Some(Value::text(held)), None, vanished()));
    let record = key(Resource::Contact, "8kJ2mN4pQ6rS");
    let deletion = step("s-deleted", "contacts", record, "Karen Jones", fields.into());
    let effect = "contacts delete: it is deleted in HighLevel, and what belongs to it".to_owned();
    let sources = vec![key(Resource::VendorContact, "890")];
    Step { action: Action::Delete, sources, side_effects: vec![effect], ..deletion }
}

fn deleted() -> Outcome {
    let step = deletion();
    let gone = |it: &FieldStep| entry::FieldReceipt {
        name: it.name.clone(),
        path: it.path.clone(),
        before: it.before.clone(),
        sent: None,
        found: None,
        source: None,
        verdict: Verdict::Confirmed,
        why: it.why,
    };
    Outcome::Verified(Receipt {
        mapping: step.mapping.clone(),
        link: step.link.clone(),
        side: step.side,
        record: step.record.clone().expect("a record"),
        sources: step.sources.clone(),
        source_stamp: None,
        name: step.name.clone(),
        action: step.action,
        matched: None,
        adopted: false,
        fields: step.fields.iter().map(gone).collect(),
        stamp: None,
        read_at: time("2026-03-14T02:00:10Z"),
    })
}

pub fn quarantined() -> Vec<Quarantined> {
    let waits = |name: &str, id: &str, ruling| Quarantined {
        id: format!("q-{id}"),
        mapping: "contacts".into(),
        link: LinkId::new(format!("L-{id}")),
        name: name.into(),
        record: key(Resource::Contact, id),
        action: Action::Archive,
        gone: vec![key(Resource::VendorContact, "888")],
        views: 1,
        needed: 2,
        certified: true,
        ruling,
        why: vanished(),
    };
    let leaves = waits("Lois Haibt", "6C1XWQ7VZE", None);
    vec![
        waits("Ida Rhodes", "3YV8M1T0KD", None),
        waits("Jean Sammet", "9A2TPL5BWE", Some(Ruling::Cancelled)),
        Quarantined { action: Action::Delete, ..leaves },
    ]
}

pub fn dismissals() -> Vec<Dismissal> {
    vec![Dismissal {
        case: "m-7Q0WB4NZ1H".into(),
        mapping: "contacts".into(),
        link: "L-7Q".into(),
        name: "Mary Keller".into(),
        gone: vec![key(Resource::Contact, "mk1")],
        sources: vec![key(Resource::VendorContact, "889")],
        why: Why::about(Rule::Dismissed, Side::Highlevel),
    }]
}

pub fn plan() -> Plan {
    let steps = vec![archive(), deletion()];
    Plan { steps, quarantined: quarantined(), dismissals: dismissals(), ..empty() }
}

/// What people deleted, what a person said about an archive, and what we deleted.
pub fn entries() -> Vec<Entry> {
    let decision = Decision::Quarantine { link: "L-3YV8M1T0KD".into(), ruling: Ruling::Approved };
    let (by, reason) = ("ada".to_owned(), Some("she has left".to_owned()));
    let intent = || IntentId("R-000042/s-deleted".into());
    let events = [
        Event::Dismissed(dismissals().remove(0)),
        Event::Decided { decision, by, reason },
        Event::Intended { intent: intent(), step: Box::new(deletion()) },
        Event::Closed { intent: intent(), outcome: deleted() },
    ];
    let entry = |(seq, event)| Entry {
        seq,
        epoch: 1,
        at: time("2026-03-14T02:00:11Z"),
        pair: "emea".into(),
        run: None,
        event,
    };
    (0..).zip(events).map(entry).collect()
}
