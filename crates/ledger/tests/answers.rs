//! What does an open ledger answer to whoever plans and writes? Each answer before the entry that changes it,
//! and after.

use std::collections::{BTreeMap, BTreeSet};

use concordat_ledger::{History, Kind, LedgerError, MemoryDisk};
use concordat_model::*;

use crate::samples::*;

fn nothing() -> Event {
    Event::Closed { intent: intent(), outcome: Outcome::NoEffect { says: "not sent".into() } }
}

#[test]
fn a_link_is_in_doubt_while_a_write_to_it_is_open() {
    let mut ledger = open(&MemoryDisk::new()).unwrap();
    assert_eq!(ledger.in_doubt(), BTreeMap::new());
    ledger.append(at(1), Some(&run()), intended()).unwrap();
    assert_eq!(ledger.in_doubt(), BTreeMap::from([(link(), Side::Highlevel)]));
    ledger.append(at(2), Some(&run()), nothing()).unwrap();
    assert_eq!(ledger.in_doubt(), BTreeMap::new());
}

#[test]
fn all_steps_that_were_intended_are_shown_unless_some_were_erased() {
    let mut ledger = open(&MemoryDisk::new()).unwrap();
    ledger.append_all(at(1), Some(&run()), vec![intended(), nothing(), intended()]).unwrap();
    let mut seen = Vec::new();
    assert!(ledger.intended(&mut |step| seen.push(step.clone())).unwrap());
    assert_eq!(seen, [step(), step()]);
    ledger.erase(&BTreeSet::from([1])).unwrap();
    seen.clear();
    assert!(!ledger.intended(&mut |step| seen.push(step.clone())).unwrap());
    assert_eq!(seen, [step()]);
}

#[test]
fn a_first_agreement_is_allowed_by_a_person_and_for_the_rules_that_were_shown() {
    let mut ledger = open(&MemoryDisk::new()).unwrap();
    let rules = |name: &str| Fingerprint::of("test", &[name.as_bytes()]);
    let contacts = BTreeSet::from([MappingName::from("contacts")]);
    assert!(!ledger.allows_first(&contacts, &rules("mapping")));
    let began = Event::RunBegan(began(&[Class::FirstAgreement]));
    ledger.append(at(1), Some(&run()), began).unwrap();
    assert!(ledger.allows_first(&contacts, &rules("mapping")));
    assert!(!ledger.allows_first(&contacts, &rules("another")));
}

/// A saved plan may be applied again: only the steps of its own that were verified are done.
#[test]
fn what_a_saved_plan_has_carried_out_is_finished_and_nothing_else_is() {
    let mut ledger = open(&MemoryDisk::new()).unwrap();
    let plan = Fingerprint::of("test", &[b"plan"]);
    let written = || closed(receipt(Action::Update, vec![]));
    let began = || Event::RunBegan(began(&[]));
    let is_finished = |ledger: &concordat_ledger::Ledger| {
        let step = |id: &str| ledger.is_finished(&plan, &StepId::from(id));
        (ledger.planned(&plan), step("S1"), step("S2"))
    };
    // Nobody saved it: what it has done is no part of it.
    ledger.append_all(at(1), Some(&run()), vec![began(), intended(), written()]).unwrap();
    assert_eq!(is_finished(&ledger), (false, false, false));
    let saved = Event::Planned { plan: plan.clone() };
    ledger.append_all(at(2), Some(&run()), vec![saved, began(), intended(), nothing()]).unwrap();
    assert_eq!(is_finished(&ledger), (true, false, false));
    ledger.append_all(at(3), Some(&run()), vec![intended(), written()]).unwrap();
    assert_eq!(is_finished(&ledger), (true, true, false));
    let other = Fingerprint::of("test", &[b"other"]);
    assert!(!ledger.planned(&other) && !ledger.is_finished(&other, &StepId::from("S1")));
}

#[test]
fn an_entry_names_what_it_is_about_by_pseudonyms_alone() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk).unwrap();
    let events = vec![ruled(Ruling::Approved), Event::Dismissed(dismissal()), conflict("title")];
    ledger.append_all(at(1), None, events).unwrap();
    let history = History::read_on(&disk).unwrap();
    let found: Vec<_> =
        history.entries().map(|it| (it.leaf.kind, it.leaf.subjects.len())).collect();
    let expected =
        [(Kind::Opened, 0), (Kind::Decided, 1), (Kind::Dismissed, 3), (Kind::Decided, 1)];
    assert_eq!(found, expected);
}

/// The name of a pair is part of every leaf: with it a leaf can be made as long as one may be, to the byte.
#[test]
fn a_leaf_may_be_as_long_as_it_may_and_no_longer() {
    let open = |length: usize| {
        let pair = PairId::from("p".repeat(length).as_str());
        let disk = Box::new(MemoryDisk::new());
        concordat_ledger::Ledger::open_on(disk, pair, at(0), "1", salts(), tables()).map(drop)
    };
    let refused = |length| match open(length) {
        Err(LedgerError::TooLarge { kind, bytes, bytes_max }) => (kind, bytes, bytes_max),
        other => panic!("{other:?}"),
    };
    let (kind, bytes, bytes_max) = refused(65_535);
    assert_eq!((kind, bytes_max), ("opened", 65_535));
    let longest = 65_535 - (bytes - bytes_max);
    assert!(open(longest).is_ok());
    assert_eq!(refused(longest + 1).1, bytes_max + 1);
}
