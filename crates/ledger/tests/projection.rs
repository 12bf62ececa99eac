//! Does the store ever say anything else than all entries together? What lies there may be old, damaged or
//! gone: what the ledger answers is always the replay of everything.

use std::collections::BTreeSet;
use std::path::Path as File;
use std::sync::Arc;

use concordat_ledger::{Dirty, Ledger, LedgerError, MemoryDisk, Touched};
use concordat_model::*;
use concordat_store::{Batch, Key, MemoryTables, Row, Rows, Table, Tables};

use crate::samples::*;
use crate::samples::{self, lossy::Lossy};

const LINKS: Table = Table::new(10);
const ENDS: Table = Table::new(11);
const STANDING: Table = Table::new(13);
const CHECKPOINTS: Table = Table::new(14);

fn rows(tables: &dyn Tables, table: Table) -> Vec<Row> {
    Rows::of(tables, table, Key::of(&pair())).collect::<Result<_, _>>().unwrap()
}

/// Changes a row behind everybody's back.
fn tamper(tables: &dyn Tables, table: Table, change: impl FnOnce(&mut Vec<u8>)) {
    let (key, mut value) = rows(tables, table).swap_remove(0);
    change(&mut value);
    let mut batch = Batch::new();
    batch.put(table, key, value);
    tables.commit(batch).unwrap();
}

/// A ledger with a few links and a checkpoint in the middle of it.
fn with_checkpoint() -> (MemoryDisk, Arc<MemoryTables>) {
    let (disk, tables) = (MemoryDisk::new(), tables());
    let mut ledger = open_with(&disk, &tables).unwrap();
    ledger.append_all(at(1), Some(&run()), story()).unwrap();
    ledger.append(at(2), None, joins(2, &[2], &[2, 3])).unwrap();
    ledger.checkpoint().unwrap();
    ledger.append(at(3), None, joins(2, &[2], &[3])).unwrap();
    ledger.append(at(3), None, joins(3, &[3], &[2])).unwrap();
    drop(ledger);
    (disk, tables)
}

#[test]
fn what_the_checkpoint_has_is_not_replayed_and_what_came_after_is() {
    let (disk, tables) = with_checkpoint();
    // A link that only the store knows shows that the store was asked.
    let (key, value) = rows(tables.as_ref(), LINKS).swap_remove(0);
    let mut batch = Batch::new();
    batch.remove(LINKS, key);
    tables.commit(batch).unwrap();
    let ledger = open_with(&disk, &tables).unwrap();
    assert_eq!(replayed(&disk).agreements.links.len(), 3);
    assert!(matches!(ledger.all_agreements(), Err(LedgerError::Projection { .. })));
    assert_eq!(ledger.links_of(&contact("c3")).unwrap().len(), 1);
    assert!(value.len() > 10);
}

#[test]
fn the_store_can_be_deleted_and_comes_back_byte_by_byte() {
    let (disk, tables) = with_checkpoint();
    let ledger = open_with(&disk, &tables).unwrap();
    check(&ledger, &disk);
    drop(ledger);
    let anew = samples::tables();
    check(&open_with(&disk, &anew).unwrap(), &disk);
    // Both have a checkpoint at the end now.
    drop(open_with(&disk, &tables).unwrap());
    drop(open_with(&disk, &anew).unwrap());
    for table in [LINKS, ENDS] {
        assert_eq!(rows(tables.as_ref(), table), rows(anew.as_ref(), table));
        assert!(rows(anew.as_ref(), table).len() >= 3);
    }
}

#[test]
fn a_torn_end_after_the_checkpoint_costs_only_what_was_torn() {
    for pieces in 0..12 {
        let (disk, tables) = with_checkpoint();
        let mut ledger = open_with(&disk, &tables).unwrap();
        disk.fail_sync(0);
        assert!(ledger.append(at(4), None, joins(5, &[5], &[5])).is_err());
        // What is not known to be durable is not known at all.
        assert_eq!(ledger.link(&LinkId::from("L5")).unwrap(), None);
        ledger.checkpoint().unwrap();
        disk.crash(|piece| piece < pieces);
        drop(ledger);
        check(&open_with(&disk, &tables).unwrap(), &disk);
    }
}

/// A frame that a killed process wrote and did not sync is there until the power fails.
#[test]
fn nothing_is_put_into_the_store_that_power_could_take_from_the_ledger() {
    let (disk, tables) = with_checkpoint();
    let mut ledger = open_with(&disk, &tables).unwrap();
    disk.fail_sync(0);
    assert!(ledger.append(at(4), None, joins(5, &[5], &[5])).is_err());
    drop(ledger);
    // Killed, not without power: the frame is read again by the next opening, which fails later on.
    disk.fail_sync(1);
    assert!(open_with(&disk, &tables).is_err());
    disk.crash(|_| false);
    let ledger = open_with(&disk, &tables).unwrap();
    assert!(ledger.link(&LinkId::from("L5")).unwrap().is_some());
    check(&ledger, &disk);
}

#[test]
fn what_was_erased_is_known_to_no_store() {
    let (disk, tables) = with_checkpoint();
    let older = Arc::new(Lossy::default());
    drop(open_with(&disk, &older).unwrap());
    let mut ledger = open_with(&disk, &tables).unwrap();
    assert!(ledger.link(&LinkId::from("L2")).unwrap().is_some());
    assert_eq!(ledger.erase(&BTreeSet::from([14, 15])).unwrap(), 2);
    assert_eq!(ledger.link(&LinkId::from("L2")).unwrap(), None);
    assert!(rows(tables.as_ref(), LINKS).iter().all(|(key, _)| !key.ends_with(b"L2")));
    check(&ledger, &disk);
    drop(ledger);
    check(&open_with(&disk, &tables).unwrap(), &disk);
    // A store from before, which was put back.
    let ledger = open_with(&disk, &older).unwrap();
    assert_eq!(ledger.link(&LinkId::from("L2")).unwrap(), None);
    check(&ledger, &disk);
}

#[test]
fn rows_that_cannot_be_read_are_made_anew() {
    let newer = |bytes: &mut Vec<u8>| bytes[0] += 1;
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 1);
    for (table, change) in [
        (CHECKPOINTS, newer as fn(&mut Vec<u8>)),
        (CHECKPOINTS, cut),
        (STANDING, newer),
        (STANDING, cut),
    ] {
        let (disk, tables) = with_checkpoint();
        tamper(tables.as_ref(), table, change);
        let ledger = open_with(&disk, &tables).unwrap();
        check(&ledger, &disk);
        assert_eq!(ledger.dirty().unwrap(), Dirty::Everything);
    }
    for change in [newer as fn(&mut Vec<u8>), cut] {
        let (disk, tables) = with_checkpoint();
        tamper(tables.as_ref(), LINKS, change);
        let mut ledger = open_with(&disk, &tables).unwrap();
        let found = ledger.link(&link());
        assert!(matches!(found, Err(LedgerError::Projection { .. })), "{found:?}");
        assert!(matches!(ledger.checkpoint(), Err(LedgerError::Projection { .. })));
        drop(ledger);
        check(&open_with(&disk, &tables).unwrap(), &disk);
    }
}

#[test]
fn another_program_makes_its_own() {
    let (disk, tables) = with_checkpoint();
    let mut ledger = open_with(&disk, &tables).unwrap();
    ledger.clean(&Dirty::Everything, Touched::default(), ledger.position()).unwrap();
    drop(ledger);
    for (version, is_made_anew) in [("0.1.0", false), ("0.2.0", true), ("0.1.0", true)] {
        let (disk, shared) = (disk.clone(), Arc::clone(&tables) as Arc<dyn Tables>);
        let ledger =
            Ledger::open_on(Box::new(disk.clone()), pair(), at(9), version, salts(), shared)
                .unwrap();
        assert_eq!(ledger.dirty().unwrap() == Dirty::Everything, is_made_anew, "{version}");
        check(&ledger, &disk);
    }
}

#[test]
fn a_store_that_is_full_loses_nothing() {
    let (disk, tables) = (MemoryDisk::new(), Arc::new(Lossy::default()));
    let mut ledger = open_with(&disk, &tables).unwrap();
    tables.fill_up(true);
    let many = |from: usize| (from..from + 300).map(|it| joins(it, &[it], &[it])).collect();
    ledger.append_all(at(1), None, many(0)).unwrap();
    assert!(matches!(ledger.append(at(1), None, conflict("x")), Err(LedgerError::Store(_))));
    assert!(matches!(ledger.checkpoint(), Err(LedgerError::Store(_))));
    check(&ledger, &disk);
    tables.fill_up(false);
    ledger.append_all(at(1), None, many(200)).unwrap();
    check(&ledger, &disk);
    drop(ledger);
    check(&open_with(&disk, &tables).unwrap(), &disk);
}

#[test]
fn many_links_are_never_in_memory_at_once() {
    let disk = MemoryDisk::new();
    let mut ledger = open(&disk).unwrap();
    for from in (0..3_000).step_by(100) {
        let group = (from..from + 100).map(|it| joins(it, &[it, it % 6], &[it])).collect();
        ledger.append_all(at(1), None, group).unwrap();
    }
    drop(ledger);
    let tables = Arc::new(Lossy::default());
    let ledger = open_with(&disk, &tables).unwrap();
    let sizes: Vec<usize> = tables.commits().iter().map(|it| it.touches(LINKS)).collect();
    assert!(sizes.iter().all(|it| *it <= 250), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 3_000);
    check(&ledger, &disk);
}

#[test]
fn what_entries_touch_is_dirty_until_a_plan_has_looked_at_it() {
    let (disk, tables) = (MemoryDisk::new(), tables());
    let mut ledger = open_with(&disk, &tables).unwrap();
    ledger.append(at(1), None, joins(2, &[2], &[2])).unwrap();
    assert_eq!(ledger.dirty().unwrap(), Dirty::Everything);
    let done = Touched::default;
    ledger.clean(&Dirty::Everything, done(), ledger.position()).unwrap();
    assert_eq!(ledger.dirty().unwrap(), Dirty::Only(done()));

    let other = Decision::Match {
        mapping: "contacts".into(),
        record: vendor("u9"),
        choice: Choice::Link(contact("c9")),
    };
    let decided = Event::Decided { decision: other, by: "sam".into(), reason: None };
    let refused = Outcome::Refused { says: "no".into(), twin: None };
    let table = [
        (vec![Event::RunBegan(began(&[])), Event::RunEnded(ended(true))], None, vec![]),
        (vec![joins(2, &[3], &[2])], Some("L2"), vec![vendor("u2")]),
        (vec![conflict("title")], Some("L1"), vec![]),
        (vec![decided], None, vec![vendor("u9"), contact("c9")]),
        (vec![intended()], Some("L1"), vec![vendor("u1"), contact("c1")]),
        (
            vec![Event::Closed { intent: intent(), outcome: refused }],
            Some("L1"),
            vec![vendor("u1"), contact("c1")],
        ),
        (vec![closed(receipt(Action::Update, vec![]))], Some("L1"), vec![]),
        (vec![Event::Dismissed(dismissal())], Some("L1"), vec![vendor("u1"), contact("c1")]),
        (
            vec![closed(receipt(Action::Delete, vec![]))],
            Some("L1"),
            vec![vendor("u1"), vendor("u2"), contact("c1")],
        ),
    ];
    for (number, (events, link, records)) in table.into_iter().enumerate() {
        let before = ledger.position();
        ledger.append_all(at(2), None, events).unwrap();
        let links = link.into_iter().map(LinkId::from).collect();
        let records = records.into_iter().collect();
        let expected = Dirty::Only(Touched { links, records, ..Touched::default() });
        assert_eq!(ledger.dirty().unwrap(), expected, "case {number}");
        // What a plan that did not know these entries has looked at stays dirty.
        ledger.clean(&expected, done(), before).unwrap();
        ledger.clean(&Dirty::Everything, done(), before).unwrap();
        assert_eq!(ledger.dirty().unwrap(), expected, "case {number}");
        drop(ledger);
        ledger = open_with(&disk, &tables).unwrap();
        assert_eq!(ledger.dirty().unwrap(), expected, "case {number}");
        ledger.clean(&expected, done(), before).unwrap();
        assert_eq!(ledger.dirty().unwrap(), expected, "case {number}");
        ledger.clean(&expected, done(), ledger.position()).unwrap();
        assert_eq!(ledger.dirty().unwrap(), Dirty::Only(done()), "case {number}");
    }
    let open = Touched { links: [LinkId::from("L7")].into(), ..done() };
    ledger.clean(&Dirty::Everything, open.clone(), ledger.position()).unwrap();
    drop(ledger);
    let ledger = open_with(&disk, &tables).unwrap();
    assert_eq!(ledger.dirty().unwrap(), Dirty::Only(open));
}

/// The rows of the story. If they differ, the format of the projection needs a new number: rows of the
/// old one are then made anew. For the new number, run once with `CONCORDAT_BLESS=1`.
#[test]
fn the_rows_of_a_format_stay_what_they_are() {
    let tables = tables();
    let mut ledger = open_with(&MemoryDisk::new(), &tables).unwrap();
    ledger.append_all(at(1), Some(&run()), story()).unwrap();
    ledger.append(at(2), Some(&run()), conflict("email")).unwrap();
    ledger.checkpoint().unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let mut written = String::new();
    for number in 10..15 {
        for (key, value) in rows(tables.as_ref(), Table::new(number)) {
            written += &format!("{number} {} {}\n", hex(&key), hex(&value));
        }
    }
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/projection-6.txt");
    if std::env::var_os("CONCORDAT_BLESS").is_some() && !file.exists() {
        std::fs::write(&file, &written).unwrap();
    }
    assert!(written == std::fs::read_to_string(file).unwrap(), "the rows differ");
}

/// Whoever looks without opening compares everything; what is not so does not count at the next opening.
#[test]
fn an_audit_finds_what_an_opening_would_believe() {
    let dir = tempfile::tempdir().unwrap();
    let tables = tables();
    let open = |tables: &Arc<MemoryTables>| {
        let shared = Arc::clone(tables) as Arc<dyn Tables>;
        Ledger::open(dir.path(), pair(), at(0), "0.1.0", salts(), shared).unwrap()
    };
    let audit = |version: &str| {
        concordat_ledger::audit(dir.path(), &pair(), version, Arc::clone(&tables) as _)
    };
    assert_eq!(audit("0.1.0").unwrap(), None);
    let mut ledger = open(&tables);
    ledger.append_all(at(1), Some(&run()), story()).unwrap();
    ledger.append(at(2), None, joins(2, &[2], &[2, 3])).unwrap();
    ledger.checkpoint().unwrap();
    ledger.append(at(3), None, joins(3, &[3], &[3])).unwrap();
    drop(ledger);
    assert_eq!(audit("0.1.0").unwrap(), Some(2));
    assert_eq!(audit("0.2.0").unwrap(), None, "another program makes its own");

    // An older row of a link comes back, as from a file that rotted.
    let older = rows(tables.as_ref(), LINKS);
    let mut ledger = open(&tables);
    ledger.append(at(4), None, joins(2, &[2], &[4])).unwrap();
    ledger.checkpoint().unwrap();
    drop(ledger);
    assert_eq!(audit("0.1.0").unwrap(), Some(3));
    let mut batch = Batch::new();
    older.into_iter().for_each(|(key, value)| batch.put(LINKS, key, value));
    tables.commit(batch).unwrap();
    assert!(matches!(audit("0.1.0"), Err(LedgerError::Projection { .. })));
    assert_eq!(audit("0.1.0").unwrap(), None, "it does not count any more");
    let ledger = open(&tables);
    let ends = ledger.link(&LinkId::from("L2")).unwrap().unwrap().ends;
    assert_eq!(ends.highlevel, [contact("c4")]);
}
