//! How is a table gone through that is too large to be held at once? Page by page.
//!
//! What is committed meanwhile may be seen or not, row by row; whoever needs a moment's whole picture
//! scans.

use std::vec;

use crate::{Row, StoreError, Table, Tables};

/// So many rows are held at once.
const PAGE: usize = 512;

/// The rows of a table whose key begins with a prefix, by key. Ends after the first error.
pub struct Rows<'t> {
    tables: &'t dyn Tables,
    table: Table,
    prefix: Vec<u8>,
    page: vec::IntoIter<Row>,
    /// The key after which the next page begins; nothing: the last page was read.
    next: Option<Option<Vec<u8>>>,
}

impl<'t> Rows<'t> {
    /// The rows of `table` whose key begins with `prefix`.
    pub fn of(tables: &'t dyn Tables, table: Table, prefix: impl AsRef<[u8]>) -> Rows<'t> {
        let prefix = prefix.as_ref().to_vec();
        Rows { tables, table, prefix, page: Vec::new().into_iter(), next: Some(None) }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.page.next() {
            return Some(Ok(row));
        }
        let after = self.next.take()?;
        match self.tables.page(self.table, &self.prefix, after.as_deref(), PAGE) {
            Err(error) => Some(Err(error)),
            Ok(page) => {
                if page.len() == PAGE {
                    self.next = page.last().map(|(key, _)| Some(key.clone()));
                }
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
        }
    }
}
