//! Which changes belong together? A [`Batch`] is committed whole or not at all.

use std::collections::BTreeMap;

/// A table: one byte in front of all its keys. Whoever owns the rows names the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(u8);

impl Table {
    /// The table `number`, from 1 to 127. A constant outside that range does not compile; the others
    /// are for the store's own books.
    pub const fn new(number: u8) -> Table {
        assert!(number >= 1 && number <= 127, "table numbers go from 1 to 127");
        Table(number)
    }

    /// The table's number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// `key` as it stands in the one tree that holds all tables.
    pub(crate) fn place(self, key: &[u8]) -> Vec<u8> {
        let mut placed = Vec::with_capacity(1 + key.len());
        placed.push(self.0);
        placed.extend_from_slice(key);
        placed
    }
}

/// A place in the tree, and what shall stand there; nothing: it is removed.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// Changes to any number of tables, made together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Batch {
    /// No changes yet.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Sets the value under `key`. Of several changes of one key the last counts.
    pub fn put(&mut self, table: Table, key: impl AsRef<[u8]>, value: Vec<u8>) {
        self.changes.insert(table.place(key.as_ref()), Some(value));
    }

    /// Removes the row under `key`, if there is one.
    pub fn remove(&mut self, table: Table, key: impl AsRef<[u8]>) {
        self.changes.insert(table.place(key.as_ref()), None);
    }

    /// How many rows it changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many rows of `table` it changes.
    pub fn touches(&self, table: Table) -> usize {
        self.changes.keys().filter(|placed| placed.first() == Some(&table.number())).count()
    }

    /// The changes, by their place in the tree.
    pub(crate) fn into_changes(self) -> impl Iterator<Item = Change> {
        self.changes.into_iter()
    }
}
