//! Does a directory of the operating system do what the port promises, and what the pretended disk does?

use std::fs;

use concordat_ledger::{Disk, Ledger, LedgerError, OsDisk, Standing, verify};
use concordat_model::*;

use crate::samples::*;

fn open_in(dir: &std::path::Path, pair: PairId) -> Result<Ledger, LedgerError> {
    Ledger::open(dir, pair, at(0), "0.1.0", salts(), tables())
}

#[test]
fn a_directory_that_is_not_there_holds_nothing_and_a_file_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let missing = OsDisk::existing(&dir.path().join("missing"));
    assert_eq!(missing.list().unwrap(), Vec::<String>::new());
    assert_eq!(missing.place(), dir.path().join("missing").display().to_string());
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(OsDisk::existing(&dir.path().join("file")).list().is_err());
}

#[test]
fn a_directory_is_held_until_its_lock_is_not_the_one_that_was_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (place, lock) = (dir.path().join("ledger"), dir.path().join("ledger/lock"));
    let mut disk = OsDisk::create(&place).unwrap();
    assert!(!disk.is_held().unwrap(), "nobody took it");
    disk.lock("me").unwrap().unwrap();
    assert!(disk.is_held().unwrap());
    fs::remove_file(&lock).unwrap();
    assert!(!disk.is_held().unwrap());
    fs::write(&lock, "somebody else").unwrap();
    assert!(!disk.is_held().unwrap());
    // Nobody can say.
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, "").unwrap();
    assert!(disk.is_held().is_err());
}

#[test]
fn a_torn_end_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    drop(open_in(dir.path(), pair()).unwrap());
    let file = dir.path().join(FRAMES);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, [whole, vec![0; 4096]].concat()).unwrap();
    assert_eq!(verify(dir.path()).unwrap().torn.map(|it| it.bytes), Some(4096));
    let ledger = open_in(dir.path(), pair()).unwrap();
    assert_eq!(ledger.torn().map(|it| it.bytes), Some(4096));
    drop(ledger);
    let verified = verify(dir.path()).unwrap();
    assert_eq!((verified.entries, verified.torn), (2, None));
}

#[test]
fn a_mark_that_cannot_be_read_is_not_one_that_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    drop(open_in(dir.path(), pair()).unwrap());
    fs::remove_file(dir.path().join("durable")).unwrap();
    assert!(verify(dir.path()).is_ok());
    fs::create_dir(dir.path().join("durable")).unwrap();
    match verify(dir.path()) {
        Err(LedgerError::Io { place, file, .. }) => {
            assert_eq!((place, file), (dir.path().display().to_string(), "durable".to_owned()));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_pair_stands_at_is_read_without_taking_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Standing::read(dir.path(), &pair()).unwrap(), Standing::default());
    let mut ledger = open_in(dir.path(), pair()).unwrap();
    ledger.append_all(at(1), Some(&run()), story()).unwrap();
    let other = PairId::from("other");
    assert_eq!(Standing::read(dir.path(), &pair()).unwrap(), ledger.standing().unwrap());
    assert_eq!(Standing::read(dir.path(), &other).unwrap(), Standing::default());
    drop(ledger);
    let ledger = open_in(dir.path(), other.clone()).unwrap();
    assert_eq!(Standing::read(dir.path(), &other).unwrap(), ledger.standing().unwrap());
}
