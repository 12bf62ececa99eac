//! What only the tables on disk must hold: damage, versions, crashes between the pieces of a commit.
//! A crash is made by stopping at the step in question and opening the directory again.

use super::*;

const TABLE: Table = Table::new(7);

fn open(dir: &Path) -> SledTables {
    let opened = SledTables::open(dir).unwrap();
    assert!(!matches!(opened.found, Found::Damaged { .. }));
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

/// A store with rows in several pages, closed.
fn filled(dir: &Path) {
    let tables = open(dir);
    tables.commit(large(0)).unwrap();
    let mut long = Batch::new();
    long.put(TABLE, b"long", vec![7; 1 << 20]);
    tables.commit(long).unwrap();
    tables.flush().unwrap();
}

#[test]
fn damage_is_moved_aside_and_a_fresh_store_takes_its_place() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    for n in 1..=2 {
        filled(&dir);
        fs::write(dir.join("conf"), b"not a configuration").unwrap();
        let opened = SledTables::open(&dir).unwrap();
        let expected = outer.path().join(format!("store.aside-{n}"));
        assert!(matches!(&opened.found, Found::Damaged { aside, .. } if *aside == expected));
        assert!(expected.join("db").exists());
        assert!(opened.tables.scan(TABLE, &[]).unwrap().is_empty());
        assert_eq!(SledTables::moved_aside(&dir).len(), n);
    }
}

/// Goal: no bit of a store that was closed changes unseen. Method: one flip, cut or lost file at a time,
/// anywhere, of copies.
#[test]
fn whatever_rots_in_a_store_that_was_closed_is_noticed() {
    let outer = tempfile::tempdir().unwrap();
    let sound = outer.path().join("sound");
    filled(&sound);
    assert!(sound.join("seal").exists());
    let files: Vec<PathBuf> = files_of(&sound);
    assert!(files.len() >= 3, "{files:?}");
    let mut chance = Chance(1);
    for case in 0..40 {
        let dir = outer.path().join(format!("case-{case}"));
        copy(&sound, &dir);
        let file = &files[chance.below(files.len())];
        let path = dir.join(file.strip_prefix(&sound).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        match case % 4 {
            0 if bytes.len() > 1 => bytes.truncate(chance.below(bytes.len())),
            _ if bytes.is_empty() => bytes.push(1),
            _ => {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
        }
        fs::write(&path, bytes).unwrap();
        let opened = SledTables::open(&dir).unwrap();
        assert!(matches!(opened.found, Found::Damaged { .. }), "{case}: {path:?}");
        assert!(opened.tables.scan(TABLE, &[]).unwrap().is_empty());
        drop(opened);
        fs::remove_dir_all(dir).unwrap();
    }
    let opened = SledTables::open(&sound).unwrap();
    assert_eq!(opened.found, Found::Tables);
    assert_eq!(opened.tables.scan(TABLE, &[]).unwrap().len(), 2_501);
    assert!(!sound.join("seal").exists(), "what may change is not sealed");
}

/// Goal: where a crash left no seal, damage ends in an error at worst: no panic, no row that nobody put.
#[test]
fn what_rots_in_a_store_that_was_not_closed_hurts_nobody() {
    let outer = tempfile::tempdir().unwrap();
    let sound = outer.path().join("sound");
    filled(&sound);
    fs::remove_file(sound.join("seal")).unwrap();
    let files: Vec<PathBuf> = files_of(&sound);
    let mut chance = Chance(2);
    let mut noticed = 0;
    for case in 0..40 {
        let dir = outer.path().join(format!("case-{case}"));
        copy(&sound, &dir);
        let path = dir.join(files[chance.below(files.len())].strip_prefix(&sound).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        for _ in 0..1 + chance.below(40) {
            if !bytes.is_empty() {
                let at = chance.below(bytes.len());
                bytes[at] ^= 1 << chance.below(8);
            }
        }
        fs::write(&path, bytes).unwrap();
        let opened = SledTables::open(&dir).unwrap();
        noticed += usize::from(matches!(opened.found, Found::Damaged { .. }));
        let rows = opened.tables.scan(TABLE, &[]).unwrap();
        assert!(rows.iter().all(|(key, value)| match key.as_slice() {
            b"long" => *value == vec![7; 1 << 20],
            _ => *value == vec![1; 20],
        }));
        drop(opened);
        fs::remove_dir_all(dir).unwrap();
    }
    assert!(noticed > 0, "nothing was damaged");
}

#[test]
fn damage_that_is_found_later_is_moved_aside_by_the_next_opening() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    filled(&dir);
    let tables = open(&dir);
    let StoreError::Damaged { .. } = tables.damaged("a row") else { panic!("another error") };
    drop(tables);
    assert!(matches!(SledTables::open(&dir).unwrap().found, Found::Damaged { .. }));
    assert_eq!(SledTables::open(&dir).unwrap().found, Found::Tables);
}

#[test]
fn a_store_is_moved_aside_on_request_and_never_over_another() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("store");
    assert_eq!(SledTables::move_aside(&dir).unwrap(), None);
    let tables = open(&dir);
    assert!(matches!(SledTables::move_aside(&dir), Err(StoreError::Locked { .. })));
    drop(tables);
    for n in 1..=2 {
        let aside = outer.path().join(format!("store.aside-{n}"));
        assert_eq!(SledTables::move_aside(&dir).unwrap(), Some(aside));
        assert_eq!(SledTables::open(&dir).unwrap().found, Found::Nothing);
    }
}

/// The same numbers each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn files_of(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_of(&path)),
            false if path.ends_with("seal") || path.ends_with("lock") => {}
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
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
