//! Is an old ledger noticed that stands in the newest one's place? As far as anything else knows of the newest;
//! and it can be gone on from once a person says so.

use std::sync::Arc;

use concordat_ledger::{Dirty, Disk, Ledger, LedgerError, MemoryDisk, Taken};
use concordat_model::*;
use concordat_store::{Batch, Key, MemoryTables, Rows, Table, Tables};

use crate::samples::*;

/// As it is now, for later.
fn copy(disk: &MemoryDisk) -> MemoryDisk {
    let copy = MemoryDisk::new();
    for name in disk.list().unwrap() {
        let bytes = disk.read(&name).unwrap();
        copy.tamper(&name, |it| *it = bytes);
    }
    copy
}

fn taken(disk: &MemoryDisk, elsewhere: &MemoryDisk) -> Taken {
    let taken = Taken::take_on(Box::new(disk.clone()), at(0), "0.1.0").unwrap();
    taken.marked(Box::new(elsewhere.clone()))
}

fn open_marked(
    disk: &MemoryDisk,
    elsewhere: &MemoryDisk,
    tables: &Arc<MemoryTables>,
) -> Result<Ledger, LedgerError> {
    taken(disk, elsewhere).open(pair(), salts(), Arc::clone(tables) as Arc<dyn Tables>)
}

fn adopt(disk: &MemoryDisk, elsewhere: &MemoryDisk, tables: &Arc<MemoryTables>) -> Ledger {
    taken(disk, elsewhere).adopt(pair(), salts(), Arc::clone(tables) as Arc<dyn Tables>).unwrap()
}

fn backup() -> Event {
    Event::Decided { decision: Decision::Backup, by: "sam".into(), reason: Some("lost".into()) }
}

/// Refused, by whom, and the entry that is known; and nothing was changed by it.
#[track_caller]
fn is_refused(
    (disk, elsewhere, tables): (&MemoryDisk, &MemoryDisk, &Arc<MemoryTables>),
    by_whom: &str,
    known_entry: u64,
) {
    let before: Vec<_> = frames(disk);
    for _ in 0..2 {
        match open_marked(disk, elsewhere, tables) {
            Err(LedgerError::Older { by, known, .. }) => {
                assert_eq!((by, known), (by_whom, known_entry))
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened"),
        }
    }
    assert_eq!(frames(disk), before);
}

fn frames(disk: &MemoryDisk) -> Vec<Vec<u8>> {
    let names = disk.list().unwrap().into_iter().filter(|name| name.ends_with(".frames"));
    names.map(|name| disk.read(&name).unwrap()).collect()
}

/// A ledger, a backup of it, and what was done after that: the newest entry.
fn restored() -> (MemoryDisk, MemoryDisk, Arc<MemoryTables>, u64) {
    let (disk, elsewhere, tables) = (MemoryDisk::new(), MemoryDisk::new(), tables());
    drop(open_marked(&disk, &elsewhere, &tables).unwrap());
    let backup = copy(&disk);
    let mut ledger = open_marked(&disk, &elsewhere, &tables).unwrap();
    ledger.append(at(5), None, joins(4, &[4], &[4])).unwrap();
    ledger.checkpoint().unwrap();
    let newest = ledger.position();
    (backup, elsewhere, tables, newest)
}

#[test]
fn a_backup_is_refused_by_the_store_or_by_the_high_water_mark() {
    let (backup, elsewhere, store, newest) = restored();
    let nothing = || (MemoryDisk::new(), tables());
    is_refused((&backup, &nothing().0, &store), "the store", newest);
    is_refused((&backup, &elsewhere, &nothing().1), "its high-water mark", newest);
    is_refused((&backup, &elsewhere, &store), "the store", newest);
    // A ledger that is lost altogether is no better.
    is_refused((&nothing().0, &elsewhere, &store), "the store", newest);
    // Who knows nothing of it notices nothing.
    let (nowhere, empty) = nothing();
    assert!(open_marked(&backup, &nowhere, &empty).is_ok());
}

#[test]
fn who_restored_a_backup_is_told_what_it_has_instead() {
    let says =
        |disk: &MemoryDisk, elsewhere: &MemoryDisk| match open_marked(disk, elsewhere, &tables()) {
            Err(LedgerError::Older { says, .. }) => says,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened"),
        };
    let (backup, elsewhere, _, newest) = restored();
    assert_eq!(newest, 2);
    assert_eq!(says(&MemoryDisk::new(), &elsewhere), "is empty");
    assert_eq!(says(&backup, &elsewhere), "ends with entry 0");
    // It grows beside what is known, and becomes as long as the lost one, and longer.
    for expected in
        ["ends with entry 1", "holds another one in its place", "holds another one in its place"]
    {
        drop(open_with(&backup, &tables()).unwrap());
        assert_eq!(says(&backup, &elsewhere), expected);
    }
}

#[test]
fn a_store_of_another_ledger_or_another_program_is_evidence_all_the_same() {
    let (backup, elsewhere, store, newest) = restored();
    // Other entries stand where the lost ones stood, and it is longer.
    let mut other = open_with(&backup, &tables()).unwrap();
    for number in 0..9 {
        other.append(at(6), None, joins(number, &[number % 6], &[5])).unwrap();
    }
    drop(other);
    is_refused((&backup, &MemoryDisk::new(), &store), "the store", newest);
    is_refused((&backup, &elsewhere, &tables()), "its high-water mark", newest);

    let (backup, _, store, newest) = restored();
    let shared = Arc::clone(&store) as Arc<dyn Tables>;
    let newer = Ledger::open_on(Box::new(backup), pair(), at(9), "0.2.0", salts(), shared);
    assert!(matches!(newer, Err(LedgerError::Older { known, .. }) if known == newest));
}

#[test]
fn an_older_store_or_mark_is_no_evidence() {
    let (disk, elsewhere, tables) = (MemoryDisk::new(), MemoryDisk::new(), tables());
    drop(open_marked(&disk, &elsewhere, &tables).unwrap());
    let (old_mark, old_tables) = (copy(&elsewhere), Arc::new(MemoryTables::new()));
    for number in 10..15 {
        let mut batch = Batch::new();
        let table = Table::new(number);
        for row in Rows::of(tables.as_ref(), table, Key::of(&pair())) {
            let (key, value) = row.unwrap();
            batch.put(table, key, value);
        }
        old_tables.commit(batch).unwrap();
    }
    let mut ledger = open_marked(&disk, &elsewhere, &tables).unwrap();
    ledger.append_all(at(1), Some(&run()), story()).unwrap();
    drop(ledger);
    check(&open_marked(&disk, &old_mark, &old_tables).unwrap(), &disk);
}

/// What is adopted is recorded in the ledger before anything that speaks against it is put aside.
#[test]
fn an_adopted_backup_is_gone_on_from_until_all_is_agreed() {
    let (disk, elsewhere, store, newest) = restored();
    let mut beside = adopt(&disk, &MemoryDisk::new(), &tables());
    beside.append(at(7), None, backup()).unwrap();
    drop(beside);
    // A crash here changes nothing.
    is_refused((&disk, &elsewhere, &store), "the store", newest);
    let ledger = adopt(&disk, &elsewhere, &store);
    assert_eq!(ledger.link(&LinkId::from("L4")).unwrap(), None);
    assert_eq!(ledger.dirty().unwrap(), Dirty::Everything);
    drop(ledger);

    let mut ledger = open_marked(&disk, &elsewhere, &store).unwrap();
    check(&ledger, &disk);
    let adopted = |ledger: &Ledger| {
        assert_eq!(ledger.adopted(), ledger.all_agreements().unwrap().adopted);
        ledger.adopted()
    };
    assert_eq!(adopted(&ledger), Some(at(7)));
    // A part of a plan, or one that was broken off, does not end it; all of one does.
    for (complete, still) in [(false, true), (true, false)] {
        let events = vec![Event::RunBegan(began(&[])), Event::RunEnded(ended(complete))];
        ledger.append_all(at(8), Some(&run()), events).unwrap();
        assert_eq!(adopted(&ledger).is_some(), still);
    }
    check(&ledger, &disk);
}

#[test]
fn an_empty_ledger_can_be_adopted() {
    let (_, elsewhere, store, _) = restored();
    let disk = MemoryDisk::new();
    adopt(&disk, &MemoryDisk::new(), &tables()).append(at(7), None, backup()).unwrap();
    drop(adopt(&disk, &elsewhere, &store));
    assert!(open_marked(&disk, &elsewhere, &store).is_ok());
}
