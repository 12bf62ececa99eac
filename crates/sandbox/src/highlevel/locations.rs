//! Which location is meant? A company has several; a token opens one of them (HighLevel sheet §2).
//! Knows nothing of what a location holds.

use serde_json::{Value, json};

use super::HighLevel;
use super::oauth::Agency;
use crate::http::Request;

/// Every location, at least one, and the agency they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Locations {
    pub(super) each: Vec<HighLevel>,
    pub(super) agency: Agency,
}

impl Locations {
    /// The `first`, which is meant where nobody says which, and the others.
    pub(crate) fn new(first: HighLevel, others: impl IntoIterator<Item = HighLevel>) -> Self {
        let each = [first].into_iter().chain(others).collect();
        Self { each, agency: Agency::default() }
    }

    /// The one whose token the request carries; the first, if it is nobody's, which refuses it.
    pub(crate) fn opened_by(&mut self, request: &Request) -> &mut HighLevel {
        let bearer = request.header("authorization").unwrap_or_default();
        let token = bearer.strip_prefix("Bearer ");
        let at = self.each.iter().position(|it| token.is_some_and(|token| it.is_opened_by(token)));
        &mut self.each[at.unwrap_or(0)]
    }

    /// The one of this id; the first, if none is named.
    pub(crate) fn named(&mut self, id: Option<&str>) -> Result<&mut HighLevel, String> {
        let is_it = |it: &&mut HighLevel| id.is_none_or(|id| id == it.location_id);
        let found = self.each.iter_mut().find(is_it);
        found.ok_or_else(|| format!("there is no location {}", id.unwrap_or_default()))
    }

    /// All of them, the first one first.
    pub(crate) fn all(&self) -> &[HighLevel] {
        &self.each
    }

    /// The first as GETs by id would show it, and beside it each location with its id.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = self.each[0].shown();
        let rows = self.each.iter().map(|it| {
            let mut row = it.shown();
            row["location_id"] = json!(it.location_id);
            row
        });
        if self.each.len() > 1 {
            shown["locations"] = rows.collect();
        }
        shown
    }
}
