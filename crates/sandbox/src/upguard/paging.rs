//! Which rows are on a page, and where does the next one start? Opaque tokens that look like the
//! vendor's own: base64 of `{"v","e","h"}` (UpGuard sheet §1). They expire, and are good only for
//! the listing they came from. A position, not a key: rows may shift between pages, as nobody
//! promises otherwise.

use std::ops::RangeInclusive;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::unprocessable;
use crate::effects::Occasion;
use crate::http::{Call, Response, System};
use crate::switches;

/// The part of a listing that a request asks for.
pub(super) struct Page {
    start: usize,
    size: usize,
    listing: String,
}

impl Page {
    /// The page of that size at `page_token`, the first without one.
    pub(super) fn asked(
        call: &Call<'_>,
        occasion: &Occasion<'_>,
        size: usize,
        listing: String,
    ) -> Result<Self, Response> {
        let start = match call.request.query("page_token").filter(|token| !token.is_empty()) {
            None => 0,
            Some(token) => position(token, occasion.side_time, &listing)
                .ok_or_else(|| unprocessable("page_token is invalid or has expired"))?,
        };
        let size = occasion.switches.page_rows(System::UpGuard, size).max(1);
        Ok(Self { start, size, listing })
    }

    /// The first page, whatever was asked for.
    pub(super) fn begin_again(&mut self) {
        self.start = 0;
    }

    /// `{name: […]}` with the rows of this page, and with a token when more follow.
    pub(super) fn of<T>(
        &self,
        rows: &[T],
        name: &str,
        occasion: &Occasion<'_>,
        show: impl Fn(&T) -> Value,
    ) -> Value {
        let page = |rows: &mut dyn Iterator<Item = &T>| -> Vec<Value> {
            rows.skip(self.start).take(self.size).map(&show).collect()
        };
        let is_ordered = self.listing == "notifications";
        let turns = occasion.switches.upguard_order_turns
            && !is_ordered
            && (self.start / self.size) % 2 == 1;
        let shown = if turns { page(&mut rows.iter().rev()) } else { page(&mut rows.iter()) };
        let mut body = json!({ name: shown });
        let next = self.start.saturating_add(self.size);
        if next < rows.len() {
            let life = switches::seconds(occasion.switches.upguard_page_token_seconds);
            body["next_page_token"] = json!(token(next, occasion.side_time + life, &self.listing));
        } else if occasion.switches.upguard_empty_next_page_token {
            body["next_page_token"] = json!("");
        }
        body
    }
}

/// The parameter `page_size`, within its bounds.
pub(super) fn page_size(
    call: &Call<'_>,
    bounds: RangeInclusive<usize>,
    default: usize,
) -> Result<usize, Response> {
    let Some(given) = call.request.query("page_size") else { return Ok(default) };
    given.parse().ok().filter(|size| bounds.contains(size)).ok_or_else(|| {
        let (least, most) = (bounds.start(), bounds.end());
        unprocessable(format!("page_size must be between {least} and {most}"))
    })
}

/// A token for the rows from `position` on of the listing called `listing`.
fn token(position: usize, expires: DateTime<Utc>, listing: &str) -> String {
    let inside = json!({ "v": position, "e": expires.timestamp(), "h": digest(listing) });
    BASE64_STANDARD.encode(inside.to_string())
}

/// The position in a token; `None` for garbage, another listing's token or an expired one.
fn position(token: &str, now: DateTime<Utc>, listing: &str) -> Option<usize> {
    let inside: Value = serde_json::from_slice(&BASE64_STANDARD.decode(token).ok()?).ok()?;
    let alive = now.timestamp() < inside["e"].as_i64()?;
    let ours = inside["h"].as_str()? == digest(listing);
    let position = usize::try_from(inside["v"].as_u64()?).ok()?;
    (alive && ours).then_some(position)
}

/// FNV-1a, enough to tell listings apart.
fn digest(text: &str) -> String {
    let sum = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_expire_and_belong_to_a_listing() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default();
        let token = token(50, now + chrono::TimeDelta::seconds(300), "vendors");
        assert_eq!(position(&token, now, "vendors"), Some(50));
        assert_eq!(position(&token, now, "contacts"), None);
        assert_eq!(position(&token, now + chrono::TimeDelta::seconds(300), "vendors"), None);
        assert_eq!(position("garbage", now, "vendors"), None);
    }
}
