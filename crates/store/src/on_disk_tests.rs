//! What only the tables on disk must hold: damage, versions, crashes between the pieces of a commit.
//! A crash is made by stopping at the step in question and opening the directory again.

use super::*;

const TABLE: Table = Table::new(7);

fn open(dir: &Path) -> SledTables {
    let opened = SledTables::open(dir).unwrap();
    assert_eq!(opened.rebuilt, None);
    opened.tables
}

fn large(from: usize) -> Batch {
    let mut batch = Batch::new();
    for index in from..from + 2_500 {
        batch.put(TABLE, index.to_be_bytes(), vec![1; 20]);
    }
    batch
}

fn own_rows(tables: &SledTables) -> usize {
    tables.db.scan_prefix([REDO]).count() + tables.db.scan_prefix(REDO_COMPLETE_KEY).count()
}

#[test]
fn a_large_commit_that_was_not_marked_is_undone() {
    let dir = tempfile::tempdir().unwrap();
    let tables = open(dir.path());
    tables.write_log(large(0)).unwrap();
    drop(tables);
    let tables = open(dir.path());
    assert!(tables.scan(TABLE, &[]).unwrap().is_empty());
    assert_eq!(own_rows(&tables), 0);
}

#[test]
fn a_large_commit_that_was_marked_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let tables = open(dir.path());
    tables.commit(large(0)).unwrap();
    let mut batch = large(2_500);
    batch.remove(TABLE, 0_usize.to_be_bytes());
    tables.write_log(batch.clone()).unwrap();
    tables.db.insert(REDO_COMPLETE_KEY, &[1]).unwrap();
    // Half of it was carried out before the crash.
    tables.apply(batch.into_changes().take(1_200).map(Ok)).unwrap();
    drop(tables);
    let tables = open(dir.path());
    assert_eq!(tables.scan(TABLE, &[]).unwrap().len(), 4_999);
    assert_eq!(tables.get(TABLE, &0_usize.to_be_bytes()).unwrap(), None);
    assert_eq!(own_rows(&tables), 0);
}

#[test]
fn damage_is_moved_aside_and_a_fresh_store_takes_its_place() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    for n in 1..=2 {
        let tables = SledTables::open(&dir).unwrap().tables;
        tables.commit(large(0)).unwrap();
        tables.flush().unwrap();
        drop(tables);
        fs::write(dir.join("conf"), b"not a configuration").unwrap();
        let opened = SledTables::open(&dir).unwrap();
        let aside = outer.path().join(format!("store.corrupt-{n}"));
        assert_eq!(opened.rebuilt.as_deref(), Some(aside.as_path()));
        assert!(aside.join("db").exists());
        assert!(opened.tables.scan(TABLE, &[]).unwrap().is_empty());
    }
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let tables = open(dir.path());
    tables.db.insert(FORMAT_KEY, &[FORMAT + 1]).unwrap();
    drop(tables);
    match SledTables::open(dir.path()) {
        Err(StoreError::Newer { found, supported, .. }) => {
            assert_eq!((found, supported), (FORMAT + 1, FORMAT));
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
    assert!(db_file(dir.path()).exists());
}

#[test]
fn a_second_open_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    assert!(matches!(SledTables::open(dir.path()), Err(StoreError::Locked { .. })));
}

#[test]
fn others_are_kept_out() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("state").join("store");
    let _tables = open(&dir);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&outer.path().join("state")), 0o700);
    assert_eq!(mode(&db_file(&dir)), 0o600);
}
