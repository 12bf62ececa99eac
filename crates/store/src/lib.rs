//! Where do rows live, and how do they survive a crash and an upgrade?
//!
//! [`Tables`] has two implementors: [`SledTables`] on disk (this is the only crate that names sled)
//! and [`MemoryTables`] for tests; one contract suite runs on both. [`codec`] turns typed rows into
//! bytes with a version in front (this is the only crate that names bincode), for the ledger as well.
//! [`Key`] builds keys that begin with the pair.
//!
//! It does not know what the tables mean. A fresh pull brings back all that stands in them, except the
//! evidence of when fields moved.

mod batch;
pub mod codec;
mod error;
mod key;
mod memory;
mod on_disk;
mod rows;
mod seal;

pub use batch::{Batch, Table};
pub use codec::CodecError;
pub use error::StoreError;
pub use key::Key;
pub use memory::MemoryTables;
pub use on_disk::{Found, Opened, SledTables};
pub use rows::Rows;

/// A row: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Ordered tables of bytes. Synchronous: a call takes as long as the rows it touches, and waits for a
/// commit that is under way. `flush`, and a commit that is too large to be made at once, wait for the
/// disk.
pub trait Tables: Send + Sync {
    /// The value under `key`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Every row of `table` whose key begins with `prefix`, by key.
    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError>;

    /// The first `limit` rows of `table` whose key begins with `prefix` and comes after `after`, by key.
    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError>;

    /// Makes all changes of `batch`, over all tables, or none of them: for readers of this process
    /// and after a crash alike. Sure to be durable only after the next [`Tables::flush`].
    fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// Returns once everything committed before would survive a loss of power.
    fn flush(&self) -> Result<(), StoreError>;
}
