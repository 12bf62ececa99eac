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

pub fn quarantined() -> Vec<Quarantined> {
    let waits = |name: &str, id: &str, ruling| Quarantined {
        id: format!("q-{id}"),
        mapping: "contacts".into(),
        link: LinkId::new(format!("L-{id}")),
        name: name.into(),
        record: key(Resource::Contact, id),
        gone: vec![key(Resource::VendorContact, "888")],
        views: 1,
        needed: 2,
        certified: true,
        ruling,
        why: vanished(),
    };
    vec![
        waits("Ida Rhodes", "3YV8M1T0KD", None),
        waits("Jean Sammet", "9A2TPL5BWE", Some(Ruling::Cancelled)),
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
    Plan { steps: vec![archive()], quarantined: quarantined(), dismissals: dismissals(), ..empty() }
}

/// A deletion, and what a person said about an archive.
pub fn entries() -> Vec<Entry> {
    let decision = Decision::Quarantine { link: "L-3YV8M1T0KD".into(), ruling: Ruling::Approved };
    let (by, reason) = ("ada".to_owned(), Some("she has left".to_owned()));
    let events =
        [Event::Dismissed(dismissals().remove(0)), Event::Decided { decision, by, reason }];
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
