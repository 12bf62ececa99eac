//! A disk that can lose power, fill up and fail: what simulation and the crash tests write to.
//!
//! What is written is read back at once, as from a page cache, and is durable only once synced. A
//! crash keeps what was synced and, of the rest, what the caller says: nothing, a beginning, or any
//! pieces in any order, as a real disk may.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Disk;

/// Into pieces of this many bytes an unsynced write may be torn.
const PIECE_BYTES: usize = 64;

#[derive(Default)]
struct State {
    cached: BTreeMap<String, Vec<u8>>,
    durable: BTreeMap<String, Vec<u8>>,
    /// Names that a sync of the directory made durable.
    named: Vec<String>,
    /// Unsynced changes, oldest first.
    pending: Vec<Pending>,
    /// Who holds the lock: by number and by name.
    holder: Option<(u64, String)>,
    locks: u64,
    syncs_until_failure: Option<u32>,
    bytes_left: Option<usize>,
    syncs: u64,
}

struct Pending {
    name: String,
    change: Change,
}

#[derive(Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

/// One directory in memory. Clones are handles to the same directory.
#[derive(Default)]
pub struct MemoryDisk {
    state: Arc<Mutex<State>>,
    /// The number of the lock this handle holds.
    lock: Option<u64>,
}

impl MemoryDisk {
    /// An empty directory.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// Loses power. Every unsynced write is cut into pieces; `survives` says of each, by its number,
    /// whether it reached the disk all the same. The lock is free afterwards.
    pub fn crash(&self, mut survives: impl FnMut(usize) -> bool) {
        let mut state = self.state();
        let pending = std::mem::take(&mut state.pending);
        let mut number = 0;
        for Pending { name, change } in pending {
            let content = state.durable.entry(name).or_default();
            match change {
                Change::Write(offset, bytes) => {
                    for (index, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
                        if survives(number) {
                            let at = offset + (index * PIECE_BYTES) as u64;
                            apply(content, &Change::Write(at, piece.to_vec()));
                        }
                        number += 1;
                    }
                }
                Change::Truncate(_) => {
                    if survives(number) {
                        apply(content, &change);
                    }
                    number += 1;
                }
            }
        }
        let named = state.named.clone();
        state.durable.retain(|name, _| named.contains(name));
        state.cached = state.durable.clone();
        state.holder = None;
    }

    /// Lets `after` syncs succeed, then one fail.
    pub fn fail_sync(&self, after: u32) {
        self.state().syncs_until_failure = Some(after);
    }

    /// Leaves room for `bytes` more; a write that does not fit is written in part and fails.
    pub fn fill_up(&self, bytes: usize) {
        self.state().bytes_left = Some(bytes);
    }

    /// How often a file was synced.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Changes the content of a file behind everybody's back.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let mut content = state.cached.get(name).cloned().unwrap_or_default();
        change(&mut content);
        state.cached.insert(name.to_owned(), content.clone());
        state.durable.insert(name.to_owned(), content);
        if !state.named.iter().any(|it| it == name) {
            state.named.push(name.to_owned());
        }
    }

    /// Removes a file behind everybody's back.
    pub fn remove(&self, name: &str) {
        let mut state = self.state();
        state.cached.remove(name);
        state.durable.remove(name);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for MemoryDisk {
    fn clone(&self) -> Self {
        MemoryDisk { state: Arc::clone(&self.state), lock: None }
    }
}

impl Drop for MemoryDisk {
    fn drop(&mut self) {
        let mut state = self.state();
        // A crash may have freed the lock, and somebody else may hold it by now.
        if self.lock.is_some() && state.holder.as_ref().map(|(number, _)| *number) == self.lock {
            state.holder = None;
        }
    }
}

impl Disk for MemoryDisk {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state().cached.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.state().cached.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        let state = self.state();
        let content = state.cached.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(content.len() as u64)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.cached.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.cached.insert(name.to_owned(), Vec::new());
        state.durable.insert(name.to_owned(), Vec::new());
        Ok(())
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let fits = state.bytes_left.map_or(bytes.len(), |left| left.min(bytes.len()));
        if let Some(left) = &mut state.bytes_left {
            *left -= fits;
        }
        let change = Change::Write(offset, bytes[..fits].to_vec());
        let content = state.cached.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        apply(content, &change);
        state.pending.push(Pending { name: name.to_owned(), change });
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        let mut state = self.state();
        let change = Change::Truncate(bytes);
        let content = state.cached.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        apply(content, &change);
        state.pending.push(Pending { name: name.to_owned(), change });
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        match &mut state.syncs_until_failure {
            Some(0) => {
                state.syncs_until_failure = None;
                return Err(io::Error::other("the disk failed"));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let State { cached, durable, pending, syncs, .. } = &mut *state;
        if !cached.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let content = durable.entry(name.to_owned()).or_default();
        let synced = pending.extract_if(.., |it| it.name == name);
        synced.for_each(|it| apply(content, &it.change));
        *syncs += 1;
        Ok(())
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        let mut state = self.state();
        state.named = state.cached.keys().cloned().collect();
        Ok(())
    }

    fn lock(&mut self, holder: &str) -> io::Result<Result<(), String>> {
        let mut state = self.state();
        if let Some((_, first)) = &state.holder {
            return Ok(Err(first.clone()));
        }
        state.locks += 1;
        let number = state.locks;
        state.holder = Some((number, holder.to_owned()));
        drop(state);
        self.lock = Some(number);
        Ok(Ok(()))
    }

    fn is_held(&self) -> io::Result<bool> {
        Ok(self.lock.is_some() && self.state().holder.as_ref().map(|it| it.0) == self.lock)
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(offset, bytes) => {
            let from = usize::try_from(*offset).expect("a file in memory has a size in memory");
            let to = from + bytes.len();
            if content.len() < to {
                content.resize(to, 0);
            }
            content[from..to].copy_from_slice(bytes);
        }
        Change::Truncate(bytes) => {
            let bytes = usize::try_from(*bytes).expect("a file in memory has a size in memory");
            content.truncate(bytes);
        }
    }
}
