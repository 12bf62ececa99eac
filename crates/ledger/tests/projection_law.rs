//! Whatever happens to ledger and store, in whatever order: is the projection the replay of all entries?

use std::collections::BTreeSet;
use std::sync::Arc;

use concordat_ledger::{Dirty, MemoryDisk, Touched};
use concordat_model::*;
use proptest::prelude::*;

use crate::samples::lossy::Lossy;
use crate::samples::*;

/// What happens to a ledger and its store.
#[derive(Clone, Debug)]
enum Deed {
    Append(Vec<Event>),
    Checkpoint,
    /// A plan looks at everything dirty.
    Clean,
    Erase(BTreeSet<u64>),
    /// The process ends; the store may forget its last commits.
    Reopen(usize),
    /// The power fails in the middle of a write, of which some pieces arrive.
    Crash(Vec<bool>),
    /// The store is deleted.
    Delete,
    /// The store is put back as it was at the beginning of the last opening.
    PutBack,
}

fn some_event() -> impl Strategy<Value = Event> {
    let few = || prop::collection::vec(0..6_usize, 0..3);
    let closed = (0..6_usize, 0..4_u8).prop_map(|(number, outcome)| {
        let mut receipt = receipt(Action::Create, vec![]);
        receipt.link = LinkId::from(format!("L{number}").as_str());
        receipt.record = contact(&format!("c{number}"));
        let fields = |verdict| vec![field_receipt("title", "sent", "found", verdict)];
        let outcome = match outcome {
            0 => Outcome::Verified(Receipt { fields: fields(Verdict::Confirmed), ..receipt }),
            1 => Outcome::Verified(Receipt { fields: fields(Verdict::Discarded), ..receipt }),
            2 => Outcome::NoEffect { says: "no".into() },
            _ => Outcome::Refused { says: "no".into(), twin: None },
        };
        Event::Closed { intent: intent(), outcome }
    });
    prop_oneof![
        4 => (0..6_usize, few(), few()).prop_map(|(link, one, other)| {
            let sorted = |ends: Vec<usize>| ends.into_iter().collect::<BTreeSet<_>>();
            let all = |ends: Vec<usize>| sorted(ends).into_iter().collect::<Vec<_>>();
            joins(link, &all(one), &all(other))
        }),
        3 => closed,
        1 => (0..6_usize).prop_map(|number| {
            let link = LinkId::from(format!("L{number}").as_str());
            Event::Dismissed(Dismissal { link, ..dismissal() })
        }),
        1 => Just(ruled(Ruling::Approved)),
        2 => (0..13_usize).prop_map(|kind| story().swap_remove(kind)),
    ]
}

fn some_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => prop::collection::vec(some_event(), 1..5).prop_map(Deed::Append),
        3 => Just(Deed::Checkpoint),
        1 => Just(Deed::Clean),
        1 => prop::collection::btree_set(0..40_u64, 1..4).prop_map(Deed::Erase),
        3 => (0..4_usize).prop_map(Deed::Reopen),
        2 => prop::collection::vec(any::<bool>(), 40).prop_map(Deed::Crash),
        1 => Just(Deed::Delete),
        1 => Just(Deed::PutBack),
    ]
}

/// The links that a plan must look at: everything appended is about them, and nobody looked since.
fn about(events: &[Event]) -> impl Iterator<Item = LinkId> {
    events.iter().filter_map(|event| {
        if let Event::Settled(settled) = event {
            return Some(settled.link.clone());
        }
        if let Event::Dismissed(it) = event {
            return Some(it.link.clone());
        }
        let Event::Closed { outcome: Outcome::Verified(receipt), .. } = event else { return None };
        Some(receipt.link.clone())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    /// Goal: whatever happens to ledger and store, the projection is the replay of all entries, and
    /// nothing that was touched since a plan looked is forgotten. Method: random deeds, and after each
    /// one every answer is compared with a replay that knows no store.
    #[test]
    fn the_projection_is_the_replay(deeds in prop::collection::vec(some_deed(), 1..14)) {
        let disk = MemoryDisk::new();
        let mut store = Arc::new(Lossy::default());
        let mut before = store.copy();
        let mut ledger = open_with(&disk, &store).unwrap();
        let mut dirty = BTreeSet::new();
        for deed in deeds {
            match deed {
                Deed::Append(events) => {
                    dirty.extend(about(&events));
                    ledger.append_all(at(1), Some(&run()), events).unwrap();
                }
                Deed::Checkpoint => ledger.checkpoint().unwrap(),
                Deed::Clean => {
                    let looked = ledger.dirty().unwrap();
                    ledger.clean(&looked, Touched::default(), ledger.position()).unwrap();
                    dirty.clear();
                }
                Deed::Erase(entries) => drop(ledger.erase(&entries).unwrap()),
                Deed::Reopen(lost) => {
                    drop(ledger);
                    before = store.copy();
                    store.forget(lost);
                    ledger = open_with(&disk, &store).unwrap();
                }
                Deed::Crash(survivors) => {
                    disk.fail_sync(0);
                    prop_assert!(ledger.append(at(1), None, joins(0, &[0], &[0])).is_err());
                    disk.crash(|piece| survivors.get(piece).copied().unwrap_or(false));
                    drop(ledger);
                    ledger = open_with(&disk, &store).unwrap();
                }
                Deed::Delete => {
                    drop(ledger);
                    store = Arc::default();
                    ledger = open_with(&disk, &store).unwrap();
                }
                Deed::PutBack => {
                    drop(ledger);
                    store = before.copy();
                    ledger = open_with(&disk, &store).unwrap();
                }
            }
            check(&ledger, &disk);
            match ledger.dirty().unwrap() {
                Dirty::Everything => {}
                Dirty::Only(touched) => prop_assert!(dirty.is_subset(&touched.links)),
            }
        }
    }
}
