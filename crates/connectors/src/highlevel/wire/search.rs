//! How is a search index paged (`highlevel.md` §6.3, §7)? Every row carries a cursor; the next page
//! begins behind the last row, readable or not.

use concordat_model::Record;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{self, Rows};

/// Rows per page (§3).
pub(in crate::highlevel) const PAGE: usize = 500;

/// A page of a search.
pub(in crate::highlevel) struct Listing {
    pub(in crate::highlevel) rows: Rows,
    /// How many rows there were, readable or not.
    pub(in crate::highlevel) length: usize,
    /// The last row's cursor, exactly as it was.
    pub(in crate::highlevel) search_after: Option<String>,
    pub(in crate::highlevel) total: Option<u64>,
}

impl Listing {
    /// Of these rows; `keep` may drop one that is not there any more.
    pub(super) fn of<'a, W: Deserialize<'a>>(
        rows: &[&'a RawValue],
        total: Option<u64>,
        keep: impl Fn(W) -> Option<Record>,
    ) -> Listing {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OnlyCursor<'a> {
            #[serde(borrow)]
            search_after: &'a RawValue,
        }
        let last = rows.last().map(|row| wire::decode::<OnlyCursor<'_>>(row.get().as_bytes()));
        let search_after = last.and_then(|row| row.ok()).map(|it| it.search_after.get().to_owned());
        Listing { rows: wire::rows(rows, keep), length: rows.len(), search_after, total }
    }
}
