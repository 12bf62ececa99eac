//! Are these the files that were left? A store that is closed is sealed with a hash of all its files; one
//! whose files are others when it is opened again is not handed to sled, whose checksums cover single
//! messages: a file that rotted in the middle may pass for one that ends there, and older rows come back.
//!
//! The seal is taken away before anything may change. So there is none while the store is open, and none
//! after a crash: then sled's own checks have to do, and the store is read through once.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::StoreError;

const SEAL: &str = "seal";
const LOCK: &str = "lock";
const ASIDE: &str = ".aside-";
/// sled's file of rows, which it locks itself.
const ROWS: &str = "db";
/// What no hash says.
const CONDEMNED: &[u8] = b"damaged\n";
/// How often and how far apart a lock that is taken is tried again: one second in all.
const LOCK_TRIES_MAX: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// What is known of the files of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// They are those that were left.
    Sealed,
    /// Nobody closed them.
    Open,
    /// They are not those that were left, or damage was found in them.
    Broken,
}

/// The directory of a store, held against everybody else. Whoever lets go of it seals it.
pub(crate) struct Held {
    dir: PathBuf,
    _lock: File,
}

impl Held {
    /// Takes the directory, which is there, and says what is known of its files. There is no seal
    /// afterwards, durably, unless it is broken.
    pub(crate) fn take(dir: &Path) -> Result<(Held, State), StoreError> {
        let lock = patiently(|| lock(dir))?;
        let state = look(dir).map_err(|source| failed(dir, "read", source))?;
        if state == State::Sealed {
            fs::remove_file(dir.join(SEAL))
                .and_then(|()| File::open(dir)?.sync_all())
                .map_err(|source| failed(dir, "opened", source))?;
        }
        Ok((Held { dir: dir.to_owned(), _lock: lock }, state))
    }
}

/// sled lets go of its files some time after it was told to.
impl Drop for Held {
    fn drop(&mut self) {
        let closed = patiently(|| locked(&self.dir, OpenOptions::new().write(true), ROWS));
        if closed.is_ok() && !self.dir.join(SEAL).exists() {
            // Without a seal the store is read through when it is opened: nothing is lost.
            drop(put(&self.dir));
        }
    }
}

/// Moves the directory to the first free `<dir>.aside-<n>`, and answers where that is; nothing: it is not
/// there.
pub(crate) fn move_aside(dir: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !dir.exists() {
        return Ok(None);
    }
    let _lock = patiently(|| lock(dir))?;
    let moved = (|| {
        let aside = (1_u32..).map(|n| beside(dir, n)).find(|path| !path.exists());
        let aside = aside.ok_or(io::ErrorKind::AlreadyExists)?;
        fs::rename(dir, &aside)?;
        Ok(Some(aside))
    })();
    moved.map_err(|source| failed(dir, "moved aside", source))
}

/// The stores that were moved aside from `dir`, by name.
pub(crate) fn moved_aside(dir: &Path) -> Vec<PathBuf> {
    let beside = dir.parent().and_then(|parent| fs::read_dir(parent).ok());
    let paths = beside.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut name = dir.as_os_str().to_owned();
    name.push(ASIDE);
    let name = name.to_string_lossy();
    let mut kept: Vec<PathBuf> =
        paths.filter(|path| path.to_string_lossy().starts_with(name.as_ref())).collect();
    kept.sort();
    kept
}

fn beside(dir: &Path, n: u32) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(format!("{ASIDE}{n}"));
    PathBuf::from(name)
}

/// Sees to it that nobody believes these files again.
pub(crate) fn condemn(dir: &Path) {
    // Where not even that can be written, the next opening finds the damage as this one did.
    drop(write(&dir.join(SEAL), CONDEMNED));
}

/// Tries again for a second while something is locked.
pub(crate) fn patiently<T>(
    mut attempt: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    for _ in 0..LOCK_TRIES_MAX {
        match attempt() {
            Err(StoreError::Locked { .. }) => std::thread::sleep(LOCK_PAUSE),
            outcome => return outcome,
        }
    }
    attempt()
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    locked(dir, OpenOptions::new().write(true).create(true).mode(0o600), LOCK)
}

fn locked(dir: &Path, how: &OpenOptions, name: &str) -> Result<File, StoreError> {
    let file = how.open(dir.join(name)).map_err(|source| failed(dir, "locked", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(dir, "locked", source)),
    }
}

fn look(dir: &Path) -> io::Result<State> {
    let sealed = match fs::read(dir.join(SEAL)) {
        Ok(sealed) => sealed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Open),
        Err(error) => return Err(error),
    };
    let is_whole = sealed != CONDEMNED && sealed == hash(dir)?.as_bytes();
    Ok(if is_whole { State::Sealed } else { State::Broken })
}

/// Seals what is durable: a seal must not survive a loss of power that the files do not.
fn put(dir: &Path) -> io::Result<()> {
    for (_, path) in files(dir)? {
        File::open(path)?.sync_all()?;
    }
    write(&dir.join(SEAL), hash(dir)?.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(bytes)
}

/// of every file its name and the hash of its content.
fn hash(dir: &Path) -> io::Result<blake3::Hash> {
    let mut all = blake3::Hasher::new();
    for (name, path) in files(dir)? {
        let content = blake3::Hasher::new().update_reader(File::open(path)?)?.finalize();
        all.update(&(name.len() as u64).to_be_bytes()).update(name.as_bytes());
        all.update(content.as_bytes());
    }
    Ok(all.finalize())
}

/// Everything sled keeps, by name.
fn files(below: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let inner = files(&entry.path())?;
            found.extend(inner.into_iter().map(|(rest, path)| (format!("{name}/{rest}"), path)));
        } else if name != SEAL && name != LOCK {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn failed(dir: &Path, operation: &'static str, source: io::Error) -> StoreError {
    StoreError::Io { dir: dir.to_owned(), operation, source }
}
