//! How does a process die? At any write or sync of its disk, and at any request, before or after it took
//! effect. What it had not made durable is lost, in part or whole, as on a machine that loses power.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use concordat_ledger::{Disk, MemoryDisk};
use concordat_store::{Batch, MemoryTables, Row, StoreError, Table, Tables};
use tokio::sync::Notify;

use crate::night::persons::Dice;

/// A place at which a process may die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// A file is about to be made, written or cut off.
    BeforeWrite,
    /// It was, and is not durable yet.
    AfterWrite,
    /// A file or the names of all are about to be made durable.
    BeforeSync,
    /// They are.
    AfterSync,
    /// A request is about to leave.
    BeforeRequest,
    /// It took effect; the answer is not there yet.
    AfterRequest,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 6] = [
        Point::BeforeWrite,
        Point::AfterWrite,
        Point::BeforeSync,
        Point::AfterSync,
        Point::BeforeRequest,
        Point::AfterRequest,
    ];
}

/// The life of one process.
#[derive(Default)]
pub struct Mortal {
    state: Mutex<Days>,
    died: Notify,
}

#[derive(Default)]
struct Days {
    /// So many points are still passed; nothing: all of them.
    left: Option<usize>,
    /// Where it died.
    died_at: Option<Point>,
}

impl Mortal {
    /// It dies at the `left`th point from now; nothing: it lives.
    pub fn new(left: Option<usize>) -> Mortal {
        Mortal { state: Mutex::new(Days { left, died_at: None }), died: Notify::new() }
    }

    /// Passes a point; whether it is dead now.
    pub fn passes(&self, point: Point) -> bool {
        let mut days = self.state();
        days.left = match days.left {
            Some(0) if days.died_at.is_none() => {
                days.died_at = Some(point);
                self.died.notify_one();
                None
            }
            left => left.map(|left| left.saturating_sub(1)),
        };
        days.died_at.is_some()
    }

    /// Where it died.
    pub fn died_at(&self) -> Option<Point> {
        self.state().died_at
    }

    /// Returns once it is dead.
    pub async fn dies(&self) {
        self.died.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, Days> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A disk as a mortal process has it: nothing reaches it from the dead.
pub struct MortalDisk {
    /// The disk.
    pub disk: MemoryDisk,
    /// Whose.
    pub mortal: Arc<Mortal>,
}

impl MortalDisk {
    fn between<T>(
        &mut self,
        (before, after): (Point, Point),
        does: impl FnOnce(&mut MemoryDisk) -> io::Result<T>,
    ) -> io::Result<T> {
        let killed = || Err(io::Error::other("killed"));
        if self.mortal.passes(before) {
            return killed();
        }
        let done = does(&mut self.disk)?;
        if self.mortal.passes(after) { killed() } else { Ok(done) }
    }
}

const WRITE: (Point, Point) = (Point::BeforeWrite, Point::AfterWrite);
const SYNC: (Point, Point) = (Point::BeforeSync, Point::AfterSync);

impl Disk for MortalDisk {
    fn place(&self) -> String {
        self.disk.place()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.disk.read(name)
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        self.disk.length(name)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.between(WRITE, |disk| disk.create(name))
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.between(WRITE, |disk| disk.write(name, offset, bytes))
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.between(WRITE, |disk| disk.truncate(name, bytes))
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.between(SYNC, |disk| disk.sync(name))
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.between(SYNC, MemoryDisk::sync_dir)
    }

    fn lock(&mut self, holder: &str) -> io::Result<Result<(), String>> {
        self.disk.lock(holder)
    }

    fn is_held(&self) -> io::Result<bool> {
        self.disk.is_held()
    }
}

/// Tables of which a crash loses what was not flushed; empty at first. Handles of processes that died write
/// nothing.
#[derive(Clone, Default)]
pub struct MortalTables {
    live: Arc<MemoryTables>,
    safe: Arc<MemoryTables>,
    /// What was committed since the last flush, in its order.
    since: Arc<Mutex<Vec<Batch>>>,
    mortal: Arc<Mortal>,
}

impl MortalTables {
    /// The same as this process has them.
    #[must_use]
    pub fn of(&self, mortal: &Arc<Mortal>) -> MortalTables {
        MortalTables { mortal: Arc::clone(mortal), ..self.clone() }
    }

    /// What a crash leaves of them: as a rule all, or what was flushed and some of what was committed after
    /// it; now and then nothing, which a pull makes anew.
    #[must_use]
    pub fn after_crash(&self, dice: &mut Dice) -> MortalTables {
        let left = MortalTables::default();
        let mut since = self.since().clone();
        match dice.below(6) {
            0 => return left,
            1 | 2 => since.truncate(dice.below(since.len() + 1)),
            _ => {}
        }
        for number in 1..=127 {
            let table = Table::new(number);
            let rows = self.safe.scan(table, &[]).expect("memory");
            let mut batch = Batch::new();
            rows.into_iter().for_each(|(key, value)| batch.put(table, key, value));
            left.commit(batch).expect("memory");
        }
        since.into_iter().for_each(|batch| left.commit(batch).expect("memory"));
        left.flush().expect("memory");
        left
    }

    fn since(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables for MortalTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.live.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.live.scan(table, prefix)
    }

    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        self.live.page(table, prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if self.mortal.died_at().is_none() {
            self.since().push(batch.clone());
            self.live.commit(batch)?;
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        if self.mortal.died_at().is_none() {
            for batch in self.since().drain(..) {
                self.safe.commit(batch)?;
            }
        }
        Ok(())
    }
}
