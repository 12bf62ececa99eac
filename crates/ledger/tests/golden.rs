//! Is a ledger of format 1 still read? The one under `tests/golden/v1` was written when the format
//! was settled and is never written again: whatever the program becomes, these files must open.
//!
//! For a new format, run once with `CONCORDAT_BLESS=1` after naming a new directory.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use concordat_ledger::{Ledger, LedgerError, verify};

use crate::samples::*;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn write(dir: &Path) {
    let mut ledger = Ledger::open(dir, pair(), at(0), "0.1.0", salts(), tables()).unwrap();
    for (second, event) in (1..).zip(story()) {
        ledger.append(at(second), Some(&run()), event).unwrap();
    }
    ledger.erase(&[4].into()).unwrap();
}

#[test]
fn the_ledger_of_format_1_is_read_verified_and_replayed() {
    if std::env::var_os("CONCORDAT_BLESS").is_some() && !golden().exists() {
        write(&golden());
        std::fs::remove_file(golden().join("lock")).unwrap();
    }
    let verified = verify(&golden()).unwrap();
    assert_eq!((verified.entries, verified.erased, verified.epochs), (14, 1, 1));
    assert_eq!(verified.head.unwrap().to_string(), HEAD);

    let history = Ledger::read(&golden()).unwrap();
    let mut expected = story();
    expected.remove(3);
    let found: Vec<_> =
        history.entries().skip(1).filter_map(|it| it.entry()).map(|it| it.event.clone()).collect();
    assert_eq!(found, expected);
    let standing = history.standing(&pair());
    assert_eq!(standing.agreements.links.len(), 1);
    assert_eq!(standing.agreements.lessons.len(), 2);
    assert_eq!(standing.intents.len(), 1);
}

const HEAD: &str = "a92f52198974c46a9c1f49b38cc71e748a4e91e9fb3b013184b050036e0beb66";

/// The program of today writes format 1 as well, byte for byte.
#[test]
fn the_bytes_of_format_1_stay_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    for name in [FRAMES, "durable"] {
        let (written, kept) = [dir.path().join(name), golden().join(name)]
            .map(|it| std::fs::read(it).unwrap())
            .into();
        assert!(written == kept, "{name} differs");
    }
}

#[test]
fn a_copy_of_it_can_be_continued() {
    let dir = tempfile::tempdir().unwrap();
    for name in [FRAMES, "durable"] {
        std::fs::copy(golden().join(name), dir.path().join(name)).unwrap();
    }
    let mut ledger = Ledger::open(dir.path(), pair(), at(100), "9.9.9", salts(), tables()).unwrap();
    ledger.append(at(101), None, conflict("title")).unwrap();
    assert_eq!(verify(dir.path()).unwrap().entries, 16);
    assert!(matches!(
        Ledger::open(dir.path(), pair(), at(102), "9.9.9", salts(), tables()),
        Err(LedgerError::Locked { .. })
    ));
}

#[test]
fn others_are_kept_out_and_a_missing_directory_is_an_empty_ledger() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("state").join("ledger");
    assert_eq!(Ledger::read(&dir).unwrap().entries().len(), 0);
    assert!(!dir.exists());
    write(&dir);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
