//! How are businesses listed (`highlevel.md` §9)? By skipping, so that a row which goes away moves all behind
//! it to the front, and one of them would be passed over unseen. Each page therefore begins with the last
//! row of the one before: if it does not, the rows have moved. How many rows a page has is the side's to
//! say; the listing ends where nothing follows.

use concordat_remote::{Answer, Cursor, Failure, Page};

use super::{Highlevel, operations, wire};
use crate::call::Call;

/// Businesses per page (§3).
const PAGE: usize = 100;

/// How many pages list so many: each but the first repeats a row, and the last shows nothing else.
pub(crate) fn pages(businesses: u64) -> u64 {
    let page = PAGE as u64;
    let further = businesses.saturating_sub(page).div_ceil(page - 1);
    1 + further + u64::from(businesses > 0)
}

/// Where a page begins.
#[derive(Default)]
struct Place {
    /// So many rows stand before it.
    skip: usize,
    /// Its first row was the last of the page before; nothing: that is not known, or there was none.
    anchor: Option<String>,
}

impl Place {
    fn of(cursor: &Cursor) -> Option<Place> {
        let (skip, anchor) = cursor.0.split_once(' ')?;
        let anchor = (!anchor.is_empty()).then(|| anchor.to_owned());
        Some(Place { skip: skip.parse().ok()?, anchor })
    }

    fn cursor(&self) -> Cursor {
        Cursor(format!("{} {}", self.skip, self.anchor.as_deref().unwrap_or_default()))
    }
}

impl Highlevel {
    /// Rows are counted, not looked at: whoever lists must follow the pages along a
    /// [`Trail`](concordat_remote::Trail).
    pub(super) async fn businesses(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        let operation = operations::BUSINESSES;
        let place = cursor.map_or(Some(Place::default()), Place::of);
        let place =
            place.ok_or_else(|| self.caller.refuse(operation, "the cursor is not one of ours"))?;
        let call = Call::new(operation, &[])
            .query("locationId", self.location.as_str())
            .query("limit", PAGE.to_string())
            .query("skip", place.skip.to_string());
        let reply = self.caller.call(call).await?;
        let listing = self.caller.understood(&reply, wire::business::list(&reply.body))?;
        let [first, last] = listing.ends;
        if place.anchor.is_some() && place.anchor != first {
            let what = "its rows moved from page to page while it was listed";
            return Err(self.caller.malformed(operation, what).into());
        }
        let is_new = listing.length > usize::from(place.anchor.is_some());
        let overlap = usize::from(last.is_some());
        let skip = place.skip.saturating_add(listing.length - overlap.min(listing.length));
        let next = is_new.then(|| Place { skip, anchor: last }.cursor());
        let (records, unreadable) = (listing.rows.records, listing.rows.unreadable);
        Ok(Answer { at: reply.at, body: Page { records, unreadable, next, total: None } })
    }
}
