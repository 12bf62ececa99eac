//! One contract, every implementor of `Tables`. An implementor joins by one more line in `both`.

use concordat_model::PairId;
use concordat_store::{Batch, Found, Key, MemoryTables, Rows, SledTables, Table, Tables};
use proptest::prelude::*;

const ONE: Table = Table::new(1);
const TWO: Table = Table::new(2);

fn both(check: impl Fn(&dyn Tables)) {
    check(&MemoryTables::new());
    let dir = tempfile::tempdir().unwrap();
    check(&SledTables::open(dir.path()).unwrap().tables);
}

#[test]
fn what_was_put_is_found_until_it_is_removed() {
    both(|tables| {
        assert_eq!(tables.get(ONE, b"a").unwrap(), None);
        let mut batch = Batch::new();
        batch.put(ONE, b"a", vec![1]);
        batch.put(ONE, b"empty", vec![]);
        tables.commit(batch).unwrap();
        assert_eq!(tables.get(ONE, b"a").unwrap(), Some(vec![1]));
        assert_eq!(tables.get(ONE, b"empty").unwrap(), Some(vec![]));
        let mut batch = Batch::new();
        batch.remove(ONE, b"a");
        batch.remove(ONE, b"never there");
        tables.commit(batch).unwrap();
        assert_eq!(tables.get(ONE, b"a").unwrap(), None);
        tables.flush().unwrap();
    });
}

#[test]
fn tables_do_not_see_each_other() {
    both(|tables| {
        let mut batch = Batch::new();
        batch.put(ONE, b"k", vec![1]);
        batch.put(TWO, b"k", vec![2]);
        assert_eq!((batch.len(), batch.touches(ONE), batch.touches(TWO)), (2, 1, 1));
        tables.commit(batch).unwrap();
        assert_eq!(tables.scan(ONE, b"").unwrap(), vec![(b"k".to_vec(), vec![1])]);
        assert_eq!(tables.scan(TWO, b"").unwrap(), vec![(b"k".to_vec(), vec![2])]);
    });
}

#[test]
fn a_scan_finds_its_prefix_in_order_and_nothing_else() {
    both(|tables| {
        let (here, there) = (PairId::from("acme"), PairId::from("acme-eu"));
        let mut batch = Batch::new();
        for name in ["c", "a", "b"] {
            batch.put(ONE, Key::of(&here).text(name), vec![]);
            batch.put(ONE, Key::of(&there).text(name), vec![]);
        }
        tables.commit(batch).unwrap();
        let keys: Vec<_> = tables
            .scan(ONE, Key::of(&here).as_ref())
            .unwrap()
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        let expected = ["a", "b", "c"].map(|name| Key::of(&here).text(name).as_ref().to_vec());
        assert_eq!(keys, expected);
    });
}

#[test]
fn going_through_page_by_page_finds_what_a_scan_finds() {
    both(|tables| {
        let (here, there) = (PairId::from("acme"), PairId::from("acme-eu"));
        for count in [0, 1, 511, 512, 513, 1_024, 1_500_u32] {
            let mut batch = Batch::new();
            for index in 0..count {
                batch.put(ONE, Key::of(&here).bytes(&index.to_be_bytes()), vec![1]);
                batch.put(ONE, Key::of(&there).bytes(&index.to_be_bytes()), vec![2]);
                batch.put(TWO, Key::of(&here).bytes(&index.to_be_bytes()), vec![3]);
            }
            tables.commit(batch).unwrap();
            let prefix = Key::of(&here);
            let paged: Vec<_> = Rows::of(tables, ONE, &prefix).collect::<Result<_, _>>().unwrap();
            assert_eq!(paged, tables.scan(ONE, prefix.as_ref()).unwrap());
            assert_eq!(paged.len(), count as usize);
        }
    });
}

#[test]
fn of_several_changes_of_a_key_the_last_counts() {
    both(|tables| {
        let mut batch = Batch::new();
        batch.put(ONE, b"k", vec![1]);
        batch.remove(ONE, b"k");
        batch.put(ONE, b"k", vec![2]);
        batch.put(ONE, b"gone", vec![1]);
        batch.remove(ONE, b"gone");
        tables.commit(batch).unwrap();
        assert_eq!(tables.scan(ONE, b"").unwrap(), vec![(b"k".to_vec(), vec![2])]);
    });
}

#[test]
fn a_commit_of_many_rows_is_never_seen_in_part() {
    both(|tables| {
        let value_of = |round: u8| {
            let mut batch = Batch::new();
            for index in 0..3_000_u32 {
                batch.put(ONE, index.to_be_bytes(), vec![round]);
            }
            batch
        };
        tables.commit(value_of(0)).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| tables.commit(value_of(1)).unwrap());
            for _ in 0..20 {
                let rows = tables.scan(ONE, b"").unwrap();
                assert_eq!(rows.len(), 3_000);
                assert!(rows.iter().all(|(_, value)| value == &rows[0].1));
            }
        });
        assert_eq!(tables.get(ONE, &7_u32.to_be_bytes()).unwrap(), Some(vec![1]));
    });
}

#[test]
fn rows_on_disk_survive_a_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let tables = SledTables::open(dir.path()).unwrap().tables;
    let mut batch = Batch::new();
    batch.put(ONE, b"k", vec![1]);
    tables.commit(batch).unwrap();
    tables.flush().unwrap();
    drop(tables);
    let opened = SledTables::open(dir.path()).unwrap();
    assert_eq!(opened.found, Found::Tables);
    assert_eq!(opened.tables.get(ONE, b"k").unwrap(), Some(vec![1]));
}

/// A change: table, key, and the value or nothing for a removal.
type Change = (bool, u8, Option<u8>);

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Goal: the disk never differs from memory. Method: the same random batches to both.
    #[test]
    fn disk_and_memory_are_the_same(
        batches in prop::collection::vec(prop::collection::vec(any::<Change>(), 0..20), 0..8)
    ) {
        let memory = MemoryTables::new();
        let dir = tempfile::tempdir().unwrap();
        let disk = SledTables::open(dir.path()).unwrap().tables;
        for changes in batches {
            let mut batch = Batch::new();
            for (first, key, value) in changes {
                let table = if first { ONE } else { TWO };
                match value {
                    Some(value) => batch.put(table, [key % 8], vec![value]),
                    None => batch.remove(table, [key % 8]),
                }
            }
            memory.commit(batch.clone()).unwrap();
            disk.commit(batch).unwrap();
            for table in [ONE, TWO] {
                prop_assert_eq!(memory.scan(table, b"").unwrap(), disk.scan(table, b"").unwrap());
            }
        }
    }
}
