//! Is every change, removal, reordering and truncation noticed, and is an erasure none of them?

use std::collections::BTreeSet;

use concordat_ledger::{Disk, Ledger, LedgerError, MemoryDisk, verify_on};
use concordat_model::*;
use proptest::prelude::*;

use crate::samples::*;

fn bytes(disk: &MemoryDisk) -> Vec<u8> {
    disk.read(FRAMES).unwrap()
}

/// Where each frame begins, and the end: after the leaf's length and the opening's.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let mut begins = vec![0];
    let mut at = 0;
    while at < bytes.len() {
        let number = |from: usize| {
            u32::from_be_bytes(bytes[at + from..at + from + 4].try_into().unwrap()) as usize
        };
        at += 24 + number(4) + 8 + number(8);
        begins.push(at);
    }
    begins
}

fn is_corrupt<T>(outcome: Result<T, LedgerError>) -> bool {
    match outcome {
        Err(LedgerError::Corrupt { .. }) => true,
        Err(other) => panic!("{other}"),
        Ok(_) => false,
    }
}

#[test]
fn what_was_appended_is_read_again() {
    let disk = told();
    let history = concordat_ledger::History::read_on(&disk).unwrap();
    let events: Vec<_> =
        history.entries().skip(1).map(|it| it.entry().unwrap().event.clone()).collect();
    assert_eq!(events, story());
    for (seq, recorded) in history.entries().enumerate() {
        assert_eq!(recorded.leaf.seq, seq as u64);
        assert_eq!(recorded.entry().unwrap().seq, seq as u64);
    }
    let verified = verify_on(&disk).unwrap();
    assert_eq!((verified.entries, verified.last_seq, verified.epochs), (14, Some(13), 1));
    assert_eq!(verified.pairs[&pair()], 14);
    assert_eq!((verified.erased, verified.flags_unclear, verified.torn), (0, 0, None));
}

#[test]
fn the_replay_of_a_reopened_ledger_is_the_one_kept_while_writing() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk).unwrap();
    for event in story() {
        ledger.append(at(1), Some(&run()), event).unwrap();
        let read = concordat_ledger::History::read_on(&disk).unwrap().standing(&pair());
        assert_eq!(read, ledger.standing().unwrap());
    }
    let mut agreements = ledger.all_agreements().unwrap();
    drop(ledger);
    let reopened = open(&disk).unwrap();
    agreements.position += 1; // the entry that says it was opened
    assert_eq!(reopened.all_agreements().unwrap(), agreements);
    assert_eq!(reopened.epoch(), 2);
    assert!(reopened.planned(&Fingerprint::of("test", &[b"plan"])));
}

#[test]
fn pairs_share_the_ledger_and_not_what_it_adds_up_to() {
    let disk = told();
    let other = PairId::from("other");
    let ledger =
        Ledger::open_on(Box::new(disk.clone()), other.clone(), at(99), "1", salts(), tables())
            .unwrap();
    let agreements = ledger.all_agreements().unwrap();
    assert!(agreements.links.is_empty());
    assert_eq!(agreements.since, Some(at(99)));
    assert_eq!(ledger.open_intents().count(), 0);
    drop(ledger);
    assert_eq!(open(&disk).unwrap().links().count(), 1);
    assert_eq!(verify_on(&disk).unwrap().pairs.len(), 2);
}

#[test]
fn a_second_process_is_told_who_is_first() {
    let disk = MemoryDisk::new();
    let first = open(&disk).unwrap();
    match open(&disk) {
        Err(error @ LedgerError::Locked { .. }) => {
            let says = error.to_string();
            assert!(says.contains(&std::process::id().to_string()), "{says}");
            assert!(says.contains("2023-11-14"), "{says}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened twice"),
    }
    drop(first);
    assert!(open(&disk).is_ok());
}

/// Goal: no byte of the ledger can change unseen, not even in its last frame, which looks as if it
/// were torn. Method: change every byte, one at a time, by one bit or by all of them in turn.
#[test]
fn every_changed_byte_is_noticed() {
    let disk = told();
    let good = bytes(&disk);
    for index in 0..good.len() {
        let mask = [0x01, 0xff, 0x80][index % 3];
        disk.tamper(FRAMES, |bytes| bytes[index] ^= mask);
        match verify_on(&disk) {
            Err(LedgerError::Corrupt { .. }) => {
                assert!(index % 16 != 0 || is_corrupt(open(&disk)), "byte {index}");
            }
            // A flag that says neither: the opening itself is proven by its hash.
            Ok(verified) => assert_eq!(verified.flags_unclear, 1, "byte {index}"),
            Err(other) => panic!("byte {index}: {other}"),
        }
        assert_ne!(bytes(&disk), good);
        disk.tamper(FRAMES, |bytes| *bytes = good.clone());
    }
    assert_eq!(verify_on(&disk).unwrap().entries, 14);
}

#[test]
fn removed_swapped_and_repeated_frames_are_noticed() {
    let good = bytes(&told());
    let begins = frames(&good);
    let pieces: Vec<&[u8]> = begins.windows(2).map(|it| &good[it[0]..it[1]]).collect();
    let check = |pieces: Vec<&[u8]>, case: String| {
        let disk = told();
        disk.tamper(FRAMES, |bytes| *bytes = pieces.concat());
        assert!(is_corrupt(verify_on(&disk)), "{case}");
        assert!(is_corrupt(open(&disk)), "{case}");
        assert_eq!(bytes(&disk), pieces.concat(), "{case}: nothing was written");
    };
    for index in 0..pieces.len() {
        let mut without = pieces.clone();
        without.remove(index);
        check(without, format!("without {index}"));
        let mut twice = pieces.clone();
        twice.insert(index, pieces[index]);
        check(twice, format!("{index} twice"));
        if index > 0 {
            let mut swapped = pieces.clone();
            swapped.swap(index - 1, index);
            check(swapped, format!("{index} swapped"));
        }
    }
    for length in 1..pieces.len() {
        check(pieces[..length].to_vec(), format!("cut after {length}"));
    }
}

#[test]
fn a_frame_of_another_ledger_does_not_fit_in() {
    let disk = told();
    let other = MemoryDisk::new();
    let mut ledger = open(&other).unwrap();
    for event in story().into_iter().rev() {
        ledger.append(at(1), Some(&run()), event).unwrap();
    }
    drop(ledger);
    let foreign = bytes(&other);
    let foreign = foreign[frames(&foreign)[5]..frames(&foreign)[6]].to_vec();
    disk.tamper(FRAMES, |bytes| {
        let begins = frames(bytes);
        bytes.splice(begins[5]..begins[6], foreign);
    });
    assert!(is_corrupt(verify_on(&disk)));
}

#[test]
fn an_erased_opening_is_gone_and_the_chain_verifies() {
    let disk = told();
    let head = verify_on(&disk).unwrap().head;
    assert!(String::from_utf8_lossy(&bytes(&disk)).contains("Ada Lovelace"));
    let mut ledger = open(&disk).unwrap();
    let everything: BTreeSet<u64> = (1..14).collect();
    assert_eq!(ledger.erase(&everything).unwrap(), 13);
    assert_eq!(ledger.erase(&everything).unwrap(), 0);
    drop(ledger);
    let content = String::from_utf8_lossy(&bytes(&disk)).into_owned();
    for value in ["Ada", "555", "ada@example.com", "c1", "sam"] {
        assert!(!content.contains(value), "{value}");
    }
    let verified = verify_on(&disk).unwrap();
    assert_eq!((verified.entries, verified.erased), (15, 13));
    let history = concordat_ledger::History::read_on(&disk).unwrap();
    assert_eq!(history.entries().nth(13).map(|it| it.leaf_hash), head);
    assert_eq!(history.entries().filter(|it| it.entry().is_none()).count(), 13);
    assert!(history.standing(&pair()).agreements.links.is_empty());
    assert_eq!(open(&disk).unwrap().links().count(), 0);
}

#[test]
fn an_interrupted_erasure_is_completed() {
    let disk = told();
    let mut ledger = open(&disk).unwrap();
    // The flag is durable, the overwriting is not.
    disk.fail_sync(1);
    assert!(ledger.erase(&BTreeSet::from([3])).is_err());
    assert!(matches!(ledger.append(at(1), None, conflict("x")), Err(LedgerError::Poisoned { .. })));
    disk.crash(|_| false);
    let wiped = |disk: &MemoryDisk| {
        let content = bytes(disk);
        let begins = frames(&content);
        let frame = &content[begins[3]..begins[4]];
        frame[frame.len() - 32..].iter().all(|byte| *byte == 0)
    };
    assert_eq!(verify_on(&disk).unwrap().erased, 1);
    assert!(!wiped(&disk));
    let opening = || {
        let before = disk.syncs();
        drop(open(&disk).unwrap());
        disk.syncs() - before
    };
    let wiping = opening();
    assert!(wiped(&disk));
    assert!(opening() < wiping, "what is wiped is not wiped again");
}

#[test]
fn leaves_hold_no_value_and_no_id() {
    let history = concordat_ledger::History::read_on(&told()).unwrap();
    for recorded in history.entries() {
        let leaf = concordat_store::codec::encode(1, &recorded.leaf).unwrap();
        let leaf = String::from_utf8_lossy(&leaf).into_owned();
        for value in ["Ada", "555", "ada@example.com", "c1", "u1", "L1", "sam", "asked"] {
            assert!(!leaf.contains(value), "{value} in {:?}", recorded.leaf.kind);
        }
        let debug = format!("{recorded:?}");
        assert!(!debug.contains("Ada") && !debug.contains("salt"), "{debug}");
    }
}

#[test]
fn commitments_bind_and_can_be_shown_one_by_one() {
    let history = concordat_ledger::History::read_on(&told()).unwrap();
    let recorded = history.entries().nth(7).unwrap();
    let opening = recorded.opening.as_ref().unwrap();
    let field = Field::from("phone");
    let salt = concordat_ledger::Hash::field_salt(&opening.salt, &field, "after");
    let commit = |held: &Held| concordat_ledger::Hash::commitment(&salt, 7, &field, &[held]);
    assert_eq!(recorded.leaf.fields[0].after, Some(commit(&text("+15550100"))));
    assert_ne!(recorded.leaf.fields[0].after, Some(commit(&text("+15550101"))));
    assert_ne!(commit(&None), commit(&text("")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Any events, in any groups, come back as they went in.
    #[test]
    fn groups_of_events_round_trip(
        groups in prop::collection::vec(prop::collection::vec((0..13_usize, any::<String>()), 0..5), 0..6)
    ) {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk).unwrap();
        let mut expected = Vec::new();
        for group in groups {
            let syncs = disk.syncs();
            let events: Vec<Event> = group.into_iter().map(|(kind, text)| {
                let mut event = story().swap_remove(kind);
                if let Event::Decided { by, .. } = &mut event {
                    *by = text;
                }
                event
            }).collect();
            let range = ledger.append_all(at(1), None, events.clone()).unwrap();
            prop_assert_eq!(range.end - range.start, events.len() as u64);
            prop_assert_eq!(disk.syncs() - syncs, u64::from(!events.is_empty()));
            expected.extend(events);
        }
        let history = concordat_ledger::History::read_on(&disk).unwrap();
        let found: Vec<_> =
            history.entries().skip(1).map(|it| it.entry().unwrap().event.clone()).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(verify_on(&disk).is_ok());
    }
}
