//! What only the inside can arrange: files that are followed by others, and frames made by a program
//! that lies or is newer.

use concordat_store::MemoryTables;

use super::*;
use crate::walk::segment_name;
use crate::{MemoryDisk, verify_on};

fn now() -> Time {
    Time::from_timestamp(1_700_000_000, 0).unwrap()
}

fn open(disk: &MemoryDisk) -> Result<Ledger, LedgerError> {
    let mut count = 0;
    let salt = Box::new(move || {
        count += 1;
        [count; 32]
    });
    let mut ledger = Ledger::open_on(
        Box::new(disk.clone()),
        PairId::from("p"),
        now(),
        "1",
        salt,
        Arc::new(MemoryTables::new()),
    )?;
    ledger.tail.segment_bytes_max = 1_000;
    Ok(ledger)
}

fn planned(number: u64) -> Event {
    Event::Planned { plan: Fingerprint::of("test", &[&number.to_be_bytes()]) }
}

fn segments(disk: &MemoryDisk) -> Vec<String> {
    disk.list().unwrap().into_iter().filter(|name| name.ends_with(".frames")).collect()
}

fn filled() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk).unwrap();
    for number in 0..20 {
        ledger.append(now(), None, planned(number)).unwrap();
    }
    disk
}

#[test]
fn the_chain_goes_on_through_several_files() {
    let disk = filled();
    assert!(segments(&disk).len() > 3);
    assert_eq!(verify_on(&disk).unwrap().entries, 21);
    let mut ledger = open(&disk).unwrap();
    assert_eq!(ledger.append(now(), None, planned(99)).unwrap(), 22);
    assert!(ledger.planned(&Fingerprint::of("test", &[&0_u64.to_be_bytes()])));
    assert_eq!(verify_on(&disk).unwrap().entries, 23);
}

#[test]
fn a_missing_file_is_noticed_wherever_it_is() {
    for index in 0..segments(&filled()).len() {
        let disk = filled();
        disk.remove(&segments(&disk)[index]);
        assert!(matches!(verify_on(&disk), Err(LedgerError::Corrupt { .. })), "{index}");
    }
}

#[test]
fn a_tear_in_a_file_that_is_followed_by_another_is_damage() {
    let disk = filled();
    disk.tamper(&segments(&disk)[1], |bytes| bytes.truncate(bytes.len() - 1));
    assert!(matches!(open(&disk), Err(LedgerError::Corrupt { .. })));
}

#[test]
fn a_file_that_was_made_and_not_written_is_used() {
    let mut disk = filled();
    disk.create(&segment_name(21)).unwrap();
    disk.sync_dir().unwrap();
    let ledger = open(&disk).unwrap();
    assert_eq!(ledger.tail.segment.as_ref().unwrap().0, segment_name(21));
    assert_eq!(verify_on(&disk).unwrap().entries, 22);
}

#[test]
fn power_may_fail_at_any_piece_of_a_new_file() {
    for survivors in 0..20 {
        let disk = MemoryDisk::new();
        let mut ledger = open(&disk).unwrap();
        ledger.tail.segment_bytes_max = 1;
        disk.fail_sync(0);
        assert!(ledger.append(now(), None, planned(0)).is_err());
        disk.crash(|piece| piece < survivors);
        let entries = verify_on(&disk).unwrap().entries;
        assert!(entries == 1 || entries == 2);
        let mut ledger = open(&disk).unwrap();
        assert_eq!(ledger.append(now(), None, planned(1)).unwrap(), entries + 1);
        assert_eq!(verify_on(&disk).unwrap().entries, entries + 2);
    }
}

/// The only frame of a ledger, made of this leaf and the opening of `Opened`.
fn forged(change: impl FnOnce(&mut Leaf)) -> (MemoryDisk, Vec<u8>) {
    let entry = Entry {
        seq: 0,
        epoch: 1,
        at: now(),
        pair: PairId::from("p"),
        run: None,
        event: Event::Opened { version: "1".to_owned() },
    };
    let opening = Opening { salt: [1; 32], entry };
    let opening_bytes = codec::encode(FORMAT, &opening).unwrap();
    let mut leaf = Leaf::of(&opening, Hash::of_opening(&opening_bytes), Hash::NONE);
    change(&mut leaf);
    let bytes = frame::encode(&codec::encode(FORMAT, &leaf).unwrap(), &opening_bytes, 0);
    let disk = MemoryDisk::new();
    disk.tamper(&segment_name(0), |content| *content = bytes.clone());
    (disk, bytes)
}

#[test]
fn a_leaf_that_does_not_say_what_its_opening_says_is_noticed_by_verification() {
    assert_eq!(verify_on(&forged(|_| {}).0).unwrap().entries, 1);
    let lies: [fn(&mut Leaf); 4] = [
        |leaf| leaf.kind = crate::Kind::Planned,
        |leaf| leaf.at += std::time::Duration::from_secs(1),
        |leaf| leaf.run = Some(RunId::from("r")),
        |leaf| leaf.subjects.push(Hash::NONE),
    ];
    for lie in lies {
        assert!(matches!(verify_on(&forged(lie).0), Err(LedgerError::Corrupt { .. })));
    }
}

#[test]
fn a_newer_ledger_is_told_from_a_damaged_one() {
    let (disk, mut bytes) = forged(|_| {});
    // Only the byte: damage (here, at the end, a torn frame).
    bytes[3] = FORMAT + 1;
    disk.tamper(&segment_name(0), |content| *content = bytes.clone());
    assert_eq!(verify_on(&disk).unwrap().entries, 0);
    // With the checksum of a program that means it: newer, and nothing is cut off.
    let leaf_end = 24 + usize::from(bytes[6]) * 256 + usize::from(bytes[7]);
    let sum = crate::hash::checksum(&[&bytes[..16], &bytes[24..leaf_end]]);
    bytes[16..24].copy_from_slice(&sum);
    disk.tamper(&segment_name(0), |content| *content = bytes.clone());
    assert!(matches!(open(&disk), Err(LedgerError::Newer { found: 2, supported: 1, .. })));
    assert_eq!(disk.read(&segment_name(0)).unwrap(), bytes);
}

/// Whoever was paused and comes back to a ledger that another has written since stops before it writes: its
/// lock was taken away, or its files were.
#[test]
fn who_comes_back_to_what_another_has_written_since_writes_nothing() {
    let lost = |ledger: &mut Ledger| {
        let first = ledger.append(now(), None, planned(7));
        assert!(matches!(first, Err(LedgerError::Lost { .. })), "{first:?}");
        assert!(matches!(
            ledger.append(now(), None, planned(8)),
            Err(LedgerError::Poisoned { .. })
        ));
    };
    let disk = filled();
    let mut paused = open(&disk).unwrap();
    // The lock is freed, and another process comes, works and goes.
    disk.crash(|_| true);
    drop(open(&disk).unwrap());
    lost(&mut paused);

    let mut paused = open(&disk).unwrap();
    let last = segments(&disk).pop().unwrap();
    disk.tamper(&last, |bytes| bytes.push(0));
    lost(&mut paused);
    drop(paused);
    assert_eq!(verify_on(&disk).unwrap().entries, 24);
}
