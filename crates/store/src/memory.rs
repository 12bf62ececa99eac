//! What should tables do, said without a disk? The reference that the contract suite holds the other
//! implementor to, and the tables of tests. They last as long as their value.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Batch, Row, StoreError, Table, Tables};

/// Tables in memory.
#[derive(Default)]
pub struct MemoryTables {
    rows: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryTables {
    /// Empty tables.
    pub fn new() -> MemoryTables {
        MemoryTables::default()
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        // A batch is applied without a point at which it could panic, so a poisoned lock guards
        // whole batches all the same.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables for MemoryTables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows().get(&table.place(key)).cloned())
    }

    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let prefix = table.place(prefix);
        Ok(self
            .rows()
            .range(prefix.clone()..)
            .take_while(|(placed, _)| placed.starts_with(&prefix))
            .map(|(placed, value)| (placed[1..].to_vec(), value.clone()))
            .collect())
    }

    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let prefix = table.place(prefix);
        let from = match after {
            Some(after) => Bound::Excluded(table.place(after)),
            None => Bound::Included(prefix.clone()),
        };
        Ok(self
            .rows()
            .range((from, Bound::Unbounded))
            .take_while(|(placed, _)| placed.starts_with(&prefix))
            .take(limit)
            .map(|(placed, value)| (placed[1..].to_vec(), value.clone()))
            .collect())
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let mut rows = self.rows();
        for (placed, value) in batch.into_changes() {
            match value {
                Some(value) => rows.insert(placed, value),
                None => rows.remove(&placed),
            };
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
