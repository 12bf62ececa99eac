//! Tables on disk: sled, with everything we know about its traps kept in this file.
//!
//! - All tables share one tree, because sled's batches are atomic per tree only.
//! - A batch takes memory in proportion to its rows (10,000 rows: 1–2 GB), so a large commit is first
//!   written down as a redo log in the tree itself, marked complete, then carried out in pieces. A
//!   crash in between is finished, or undone, by the next open.
//! - `flush` of sled does not reach the platter: the file is synced as well.
//! - sled's own flusher is left at its default, since it also collects garbage; its asynchronous
//!   flush, which can deadlock, is not used; compression is not compiled in.
//! - The lock outlives the last handle by a moment; opening waits up to a second for it.
//! - A file that rotted is not always noticed: see [`seal`].
//! - A store that is damaged or makes sled panic is moved aside, and an empty one takes its place. Where
//!   damage is found later, the next opening does so. What sled says when it panics is kept from people.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::iter;
use std::ops::Bound;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Once, PoisonError, RwLock};

use crate::batch::Change;
use crate::seal::{self, Held, State, patiently};
use crate::{Batch, Row, StoreError, Table, Tables};

/// The format of the tree as a whole; rows have versions of their own.
const FORMAT: u8 = 1;
/// sled's default of 1 GiB is far more than a mirror needs.
const CACHE_BYTES: u64 = 8 << 20;
/// The most rows that go to sled in one batch.
const ROWS_MAX: usize = 1_000;

/// The store's own rows stand outside the numbers a [`Table`] may have.
const FORMAT_KEY: &[u8] = &[0];
const REDO: u8 = 254;
const REDO_COMPLETE_KEY: &[u8] = &[255];

/// Tables in a directory.
pub struct SledTables {
    db: sled::Db,
    dir: PathBuf,
    /// Held exclusively during a commit: sled's iterators do not stand still, and a large commit is
    /// carried out in pieces.
    whole: RwLock<()>,
    /// Last: it is sealed once sled has let go of it.
    _held: Held,
}

/// Tables that were opened, and what was there.
pub struct Opened {
    /// The tables.
    pub tables: SledTables,
    /// What was there.
    pub found: Found,
}

/// What was there when tables were opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// They were, as they were left.
    Tables,
    /// Nothing: they are empty.
    Nothing,
    /// They were damaged. These are empty, and the caller must say so.
    Damaged {
        /// Where the damaged ones were moved to.
        aside: PathBuf,
        /// What was noticed.
        says: String,
    },
}

impl SledTables {
    /// Opens the tables in `dir`, which is made if it is not there.
    ///
    /// # Errors
    /// If another process has them, a newer program made them, or the operating system refuses.
    pub fn open(dir: &Path) -> Result<Opened, StoreError> {
        let is_there = db_file(dir).exists();
        match SledTables::open_as_is(dir) {
            Ok(tables) => {
                let found = if is_there { Found::Tables } else { Found::Nothing };
                Ok(Opened { tables, found })
            }
            Err(StoreError::Damaged { says, .. }) => {
                let aside = seal::move_aside(dir)?.unwrap_or_default();
                let tables = SledTables::open_as_is(dir)?;
                Ok(Opened { tables, found: Found::Damaged { aside, says } })
            }
            Err(
                error @ (StoreError::Locked { .. }
                | StoreError::Newer { .. }
                | StoreError::Io { .. }),
            ) => Err(error),
        }
    }

    /// Moves the tables in `dir` aside, to be made anew, and answers where they are now; nothing: there are
    /// none.
    ///
    /// # Errors
    /// If another process has them, or the operating system refuses.
    pub fn move_aside(dir: &Path) -> Result<Option<PathBuf>, StoreError> {
        seal::move_aside(dir)
    }

    /// The tables that were moved aside from `dir` and are still there, oldest first.
    pub fn moved_aside(dir: &Path) -> Vec<PathBuf> {
        seal::moved_aside(dir)
    }

    fn open_as_is(dir: &Path) -> Result<SledTables, StoreError> {
        hush();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(|source| failed(dir, "created", source))?;
        let (held, state) = Held::take(dir)?;
        if state == State::Broken {
            let says = "its files are not those that were left".to_owned();
            return Err(StoreError::Damaged { dir: dir.to_owned(), says });
        }
        let fresh = !db_file(dir).exists();
        let db = open_patiently(dir)?;
        if fresh {
            // sled makes its files by the umask; the directory keeps others out until here.
            for name in ["db", "conf"] {
                fs::set_permissions(dir.join(name), Permissions::from_mode(0o600))
                    .map_err(|source| failed(dir, "protected", source))?;
            }
        }
        let tables = SledTables { db, dir: dir.to_owned(), whole: RwLock::new(()), _held: held };
        if state == State::Open {
            tables.read_through()?;
        }
        tables.check_format(fresh)?;
        tables.recover()?;
        Ok(tables)
    }

    /// Damage comes to light now or in the middle of something.
    fn read_through(&self) -> Result<(), StoreError> {
        guarded(&self.dir, "read", || self.db.iter().try_for_each(|row| row.map(drop)))
    }

    fn check_format(&self, fresh: bool) -> Result<(), StoreError> {
        let found = guarded(&self.dir, "read", || self.db.get(FORMAT_KEY))?;
        match found.as_deref() {
            Some([FORMAT]) => Ok(()),
            Some([found]) if *found > FORMAT => {
                Err(StoreError::Newer { dir: self.dir.clone(), found: *found, supported: FORMAT })
            }
            Some(_) => Err(self.damaged("its format is not a number we know")),
            // A crash before the first flush leaves an empty tree without format.
            None if fresh || guarded(&self.dir, "read", || self.db.first())?.is_none() => {
                guarded(&self.dir, "written", || self.db.insert(FORMAT_KEY, &[FORMAT]))?;
                self.flush()
            }
            None => Err(self.damaged("it does not name its format")),
        }
    }

    /// Finishes a large commit whose redo log is complete, undoes any other.
    fn recover(&self) -> Result<(), StoreError> {
        let complete = guarded(&self.dir, "read", || self.db.get(REDO_COMPLETE_KEY))?.is_some();
        if complete { self.redo() } else { self.drop_redo() }
    }

    /// A commit too large for one batch. Atomic at every point: before the mark none of it counts,
    /// after the mark all of it does, and nobody of this process reads in between.
    fn commit_in_pieces(&self, batch: Batch) -> Result<(), StoreError> {
        self.write_log(batch)?;
        self.flush()?;
        guarded(&self.dir, "written", || self.db.insert(REDO_COMPLETE_KEY, &[1]))?;
        self.flush()?;
        self.redo()
    }

    /// Writes the redo log of `batch`, which does not count before it is marked.
    fn write_log(&self, batch: Batch) -> Result<(), StoreError> {
        self.apply(batch.into_changes().enumerate().map(|(index, (placed, value))| {
            let mut key = vec![REDO];
            key.extend_from_slice(&(index as u64).to_be_bytes());
            key.extend_from_slice(&placed);
            let mut row = vec![u8::from(value.is_some())];
            row.extend_from_slice(&value.unwrap_or_default());
            Ok((key, Some(row)))
        }))
    }

    /// Carries the redo log out while it is read: it may be large.
    fn redo(&self) -> Result<(), StoreError> {
        let mut log = self.db.scan_prefix([REDO]);
        self.apply(iter::from_fn(|| {
            let row = guarded(&self.dir, "read", || log.next().transpose()).transpose()?;
            Some(row.and_then(|(key, row)| self.logged(&key, &row)))
        }))?;
        self.flush()?;
        guarded(&self.dir, "written", || self.db.remove(REDO_COMPLETE_KEY))?;
        self.flush()?;
        self.drop_redo()
    }

    /// The change that a row of the redo log stands for.
    fn logged(&self, key: &[u8], row: &[u8]) -> Result<Change, StoreError> {
        match (key.get(9..), row.split_first()) {
            (Some(placed), Some((1, value))) => Ok((placed.to_vec(), Some(value.to_vec()))),
            (Some(placed), Some((0, []))) => Ok((placed.to_vec(), None)),
            (Some(_) | None, Some(_) | None) => Err(self.damaged("its redo log makes no sense")),
        }
    }

    fn drop_redo(&self) -> Result<(), StoreError> {
        let keys = guarded(&self.dir, "read", || {
            self.db.scan_prefix([REDO]).keys().collect::<sled::Result<Vec<_>>>()
        })?;
        self.apply(keys.into_iter().map(|key| Ok((key.to_vec(), None))))
    }

    /// Hands the changes to sled, at most [`ROWS_MAX`] in one of its batches.
    fn apply(
        &self,
        mut changes: impl Iterator<Item = Result<Change, StoreError>>,
    ) -> Result<(), StoreError> {
        loop {
            let mut piece = sled::Batch::default();
            let mut rows = 0;
            for change in changes.by_ref().take(ROWS_MAX) {
                match change? {
                    (placed, Some(value)) => piece.insert(placed, value),
                    (placed, None) => piece.remove(placed),
                }
                rows += 1;
            }
            if rows == 0 {
                return Ok(());
            }
            guarded(&self.dir, "written", || self.db.apply_batch(piece))?;
        }
    }

    fn damaged(&self, says: &str) -> StoreError {
        damaged(&self.dir, says)
    }
}

impl Tables for SledTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let _whole = self.whole.read().unwrap_or_else(PoisonError::into_inner);
        let found = guarded(&self.dir, "read", || self.db.get(table.place(key)))?;
        Ok(found.map(|value| value.to_vec()))
    }

    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let _whole = self.whole.read().unwrap_or_else(PoisonError::into_inner);
        guarded(&self.dir, "read", || {
            self.db
                .scan_prefix(table.place(prefix))
                .map(|row| row.map(|(placed, value)| (placed[1..].to_vec(), value.to_vec())))
                .collect()
        })
    }

    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let _whole = self.whole.read().unwrap_or_else(PoisonError::into_inner);
        let prefix = table.place(prefix);
        let from = match after {
            Some(after) => Bound::Excluded(table.place(after)),
            None => Bound::Included(prefix.clone()),
        };
        guarded(&self.dir, "read", || {
            self.db
                .range((from, Bound::Unbounded))
                .take_while(|row| !matches!(row, Ok((placed, _)) if !placed.starts_with(&prefix)))
                .take(limit)
                .map(|row| row.map(|(placed, value)| (placed[1..].to_vec(), value.to_vec())))
                .collect()
        })
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let _alone = self.whole.write().unwrap_or_else(PoisonError::into_inner);
        if batch.len() > ROWS_MAX {
            self.commit_in_pieces(batch)
        } else {
            self.apply(batch.into_changes().map(Ok))
        }
    }

    fn flush(&self) -> Result<(), StoreError> {
        guarded(&self.dir, "flushed", || self.db.flush())?;
        File::open(db_file(&self.dir))
            .and_then(|file| file.sync_all())
            .map_err(|source| failed(&self.dir, "synced", source))
    }
}

/// sled lets go of its lock some time after the last handle is dropped, so a lock that is taken may
/// be our own of a moment ago.
fn open_patiently(dir: &Path) -> Result<sled::Db, StoreError> {
    let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES);
    patiently(|| guarded(dir, "opened", || config.open()))
}

/// Keeps the panics of sled from being told to people: they become errors here.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(panic::Location::file);
            if !place.is_some_and(|file| file.contains("/sled-")) {
                tell(panic);
            }
        }));
    });
}

fn db_file(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// Calls sled, which reports some damage as an error and panics at the rest.
fn guarded<T>(
    dir: &Path,
    operation: &'static str,
    call: impl FnOnce() -> sled::Result<T>,
) -> Result<T, StoreError> {
    let damaged = |says: &str| damaged(dir, says);
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => {
            // sled has no kind of its own for this.
            if source.to_string().contains("could not acquire lock") {
                return Err(StoreError::Locked { dir: dir.to_owned() });
            }
            // A file that ends early or holds garbage surfaces as one of these as well.
            match source.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                    Err(damaged("a file ends early"))
                }
                _ => Err(failed(dir, operation, source)),
            }
        }
        Ok(Err(sled::Error::Corruption { .. })) => Err(damaged("a checksum does not match")),
        Ok(Err(
            sled::Error::CollectionNotFound(_)
            | sled::Error::Unsupported(_)
            | sled::Error::ReportableBug(_),
        )) => Err(damaged("sled does not understand its own files")),
        Err(_) => Err(damaged("sled panicked")),
    }
}

/// The rows are not what was put: says so, and sees to it that the next opening moves them aside.
fn damaged(dir: &Path, says: &str) -> StoreError {
    seal::condemn(dir);
    StoreError::Damaged { dir: dir.to_owned(), says: says.to_owned() }
}

fn failed(dir: &Path, operation: &'static str, source: io::Error) -> StoreError {
    StoreError::Io { dir: dir.to_owned(), operation, source }
}

#[cfg(test)]
#[path = "on_disk_tests.rs"]
mod tests;
