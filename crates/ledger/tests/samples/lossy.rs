//! A store that forgets its last commits, as one does that was not flushed before the power failed.

use std::sync::{Arc, Mutex};

use concordat_store::{Batch, MemoryTables, Row, StoreError, Table, Tables};

#[derive(Default)]
pub struct Lossy {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    commits: Vec<Batch>,
    rows: Arc<MemoryTables>,
    is_full: bool,
}

impl Lossy {
    /// Forgets so many commits, the last ones.
    pub fn forget(&self, count: usize) {
        let mut inner = self.inner.lock().unwrap();
        let left = inner.commits.len().saturating_sub(count);
        inner.commits.truncate(left);
        inner.rows = Arc::default();
        for batch in &inner.commits {
            inner.rows.commit(batch.clone()).unwrap();
        }
    }

    /// Another store with the same rows.
    pub fn copy(&self) -> Arc<Lossy> {
        let copy = Lossy::default();
        copy.inner.lock().unwrap().commits = self.commits();
        copy.forget(0);
        Arc::new(copy)
    }

    /// Everything that was committed, in order.
    pub fn commits(&self) -> Vec<Batch> {
        self.inner.lock().unwrap().commits.clone()
    }

    /// Refuses every commit from now on, or no longer.
    pub fn fill_up(&self, is_full: bool) {
        self.inner.lock().unwrap().is_full = is_full;
    }

    fn rows(&self) -> Arc<MemoryTables> {
        Arc::clone(&self.inner.lock().unwrap().rows)
    }
}

impl Tables for Lossy {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.rows().get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.rows().scan(table, prefix)
    }

    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        self.rows().page(table, prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut inner = self.inner.lock().unwrap();
        if inner.is_full {
            let source = std::io::ErrorKind::StorageFull.into();
            return Err(StoreError::Io { dir: "memory".into(), operation: "written", source });
        }
        inner.rows.commit(batch.clone())?;
        inner.commits.push(batch);
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
