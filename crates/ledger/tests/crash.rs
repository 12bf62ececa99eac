//! What is left after a crash? Everything that was confirmed, a beginning of what was not, and a
//! ledger that can be opened again.

use concordat_ledger::{Disk, History, LedgerError, MemoryDisk, verify_on};
use proptest::prelude::*;

use crate::samples::*;

/// A disk with one more entry, which was not confirmed because its sync failed; and how many were.
fn with_unconfirmed() -> (MemoryDisk, u64) {
    let disk = told();
    let confirmed = {
        let mut ledger = open(&disk).unwrap();
        disk.fail_sync(0);
        let events = story().into_iter().take(1).collect();
        assert!(ledger.append_all(at(1), Some(&run()), events).is_err());
        assert!(matches!(
            ledger.append(at(1), None, conflict("x")),
            Err(LedgerError::Poisoned { .. })
        ));
        15
    };
    (disk, confirmed)
}

/// Goal: a torn last frame costs that frame and nothing else. Method: cut the file after every byte
/// of it, as the disk may have.
#[test]
fn a_last_frame_may_be_torn_after_any_byte() {
    let before = {
        let disk = told();
        drop(open(&disk).unwrap());
        disk.read(FRAMES).unwrap().len()
    };
    let (disk, confirmed) = with_unconfirmed();
    let whole = disk.read(FRAMES).unwrap();
    let mark = disk.read("durable").unwrap();
    assert!(whole.len() > before);
    for length in before..=whole.len() {
        disk.tamper(FRAMES, |bytes| *bytes = whole[..length].to_vec());
        disk.tamper("durable", |bytes| *bytes = mark.clone());
        let survived = u64::from(length == whole.len());
        let verified = verify_on(&disk).unwrap();
        assert_eq!(verified.entries, confirmed + survived, "{length}");
        assert_eq!(verified.torn.is_some(), length > before && survived == 0, "{length}");
        let mut ledger = open(&disk).unwrap();
        assert_eq!(ledger.torn().is_some(), length > before && survived == 0, "{length}");
        let seq = ledger.append(at(2), None, conflict("y")).unwrap();
        assert_eq!(seq, confirmed + survived + 1, "{length}");
        drop(ledger);
        assert!(verify_on(&disk).unwrap().torn.is_none(), "{length}");
    }
}

#[test]
fn a_tail_of_zeros_or_rubbish_is_torn() {
    for rubbish in [vec![0; 4096], vec![0xa5; 100], b"CLG\x01".repeat(9)] {
        let disk = told();
        disk.tamper(FRAMES, |bytes| bytes.extend_from_slice(&rubbish));
        let verified = verify_on(&disk).unwrap();
        assert_eq!(verified.entries, 14);
        let torn = verified.torn.unwrap();
        assert_eq!((torn.file.as_str(), torn.bytes), (FRAMES, rubbish.len() as u64));
        assert_eq!(History::read_on(&disk).unwrap().torn(), Some(&torn));
        drop(open(&disk).unwrap());
        assert_eq!(verify_on(&disk).unwrap().entries, 15);
    }
}

#[test]
fn a_confirmed_last_frame_that_rots_is_not_taken_for_a_torn_one() {
    let disk = told();
    disk.tamper(FRAMES, |bytes| *bytes.last_mut().unwrap() ^= 1);
    assert!(matches!(open(&disk), Err(LedgerError::Corrupt { seq: 13, .. })));
}

#[test]
fn without_its_mark_a_ledger_still_opens() {
    let disk = told();
    disk.remove("durable");
    assert_eq!(open(&disk).unwrap().epoch(), 2);
    disk.tamper("durable", |bytes| bytes.fill(7));
    assert_eq!(open(&disk).unwrap().epoch(), 3);
}

/// What follows a bad frame tells a confirmed one that rotted from a torn one, mark or no mark.
#[test]
fn a_bad_frame_that_others_follow_is_damage_even_without_the_mark() {
    let disk = told();
    let whole = disk.read(FRAMES).unwrap();
    disk.remove("durable");
    for index in (0..whole.len() - 900).step_by(97) {
        disk.tamper(FRAMES, |bytes| bytes[index] ^= 0x55);
        match open(&disk) {
            Err(LedgerError::Corrupt { .. }) => {}
            Err(other) => panic!("byte {index}: {other}"),
            // A flag is not the frame.
            Ok(_) => assert_eq!(verify_on(&disk).unwrap().flags_unclear, 1, "byte {index}"),
        }
        disk.tamper(FRAMES, |bytes| *bytes = whole.clone());
        disk.remove("durable");
    }
}

#[test]
fn a_full_disk_stops_the_writer_and_nothing_confirmed_is_lost() {
    for room in [0, 1, 30, 200] {
        let disk = told();
        let mut ledger = open(&disk).unwrap();
        let mut agreements = ledger.all_agreements().unwrap();
        disk.fill_up(room);
        assert!(matches!(
            ledger.append(at(1), Some(&run()), intended()),
            Err(LedgerError::Io { .. })
        ));
        assert_eq!(ledger.all_agreements().unwrap(), agreements);
        drop(ledger);
        disk.fill_up(usize::MAX);
        agreements.position += 1; // the entry that says it was opened
        assert_eq!(open(&disk).unwrap().all_agreements().unwrap(), agreements);
    }
}

#[test]
fn what_is_written_before_the_first_sync_of_the_directory_may_vanish_whole() {
    let disk = MemoryDisk::new();
    disk.fail_sync(0);
    assert!(open(&disk).is_err());
    disk.crash(|_| false);
    assert_eq!(open(&disk).unwrap().epoch(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    /// Goal: a power failure at any point, with the unsynced pieces surviving in any combination,
    /// keeps every confirmed entry. Method: several crashes in a row, each in a group whose sync
    /// fails, with arbitrary survivors.
    #[test]
    fn power_may_fail_with_any_pieces_surviving(
        crashes in prop::collection::vec((1..5_usize, prop::collection::vec(any::<bool>(), 64)), 1..4)
    ) {
        let disk = told();
        let mut confirmed = verify_on(&disk).unwrap().entries;
        for (group, survivors) in crashes {
            let mut ledger = open(&disk).unwrap();
            confirmed += 1;
            ledger.append(at(1), None, conflict("kept")).unwrap();
            confirmed += 1;
            disk.fail_sync(0);
            let events = story().into_iter().take(1).collect();
            prop_assert!(ledger.append_all(at(1), None, events).is_err());
            disk.crash(|piece| survivors.get(piece).copied().unwrap_or(false));
            let left = verify_on(&disk).unwrap().entries;
            prop_assert!(left >= confirmed && left <= confirmed + group as u64);
            confirmed = left;
        }
        prop_assert!(open(&disk).is_ok());
    }
}
