//! Typed, versioned tables: where do rows live, and how do they survive a crash and an upgrade?
//!
//! [`Tables`] has two implementors: [`SledTables`] on disk (this is the only crate that names sled)
//! and [`MemoryTables`] for simulation; one contract suite runs on both. [`codec`] turns typed rows
//! into bytes with a version in front (this is the only crate that names bincode), [`Key`] builds
//! keys that begin with the pair.
//!
//! It does not know what the tables mean. Nothing in them is the only copy: the ledger and a fresh
//! pull can make all of it again.

mod batch;
pub mod codec;
mod error;
mod key;
mod memory;
mod on_disk;

pub use batch::{Batch, Table};
pub use codec::CodecError;
pub use error::StoreError;
pub use key::Key;
pub use memory::MemoryTables;
pub use on_disk::{Opened, SledTables};

/// A row: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Ordered tables of bytes. Synchronous: every call is a few microseconds, except `flush`.
pub trait Tables: Send + Sync {
    /// The value under `key`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Every row of `table` whose key begins with `prefix`, by key.
    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError>;

    /// Makes all changes of `batch`, over all tables, or none of them: for readers of this process
    /// and after a crash alike. Among several changes of one key the last counts. Durable only after
    /// the next [`Tables::flush`].
    fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// Returns once everything committed before would survive a loss of power.
    fn flush(&self) -> Result<(), StoreError>;
}
