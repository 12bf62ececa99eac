//! What changed, on which side, by whom? The ledger that tests hold the engine against. Knows
//! nothing of why a change was allowed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::http::{System, iso_millis};
use crate::switches::Switches;

/// A record in its system's write vocabulary; server-derived members are left out, so two equal
/// maps mean "nothing changed".
pub(crate) type Fields = BTreeMap<String, Value>;

/// Who caused an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// A request with the API key or token.
    Api,
    /// Somebody working in the product itself.
    Person,
}

/// One state change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Position in the ledger, from 1.
    pub seq: u64,
    /// Virtual time, without either system's skew.
    pub at: String,
    /// The system that changed.
    pub side: System,
    /// `vendor`, `contact`, `business`, …
    pub entity: &'static str,
    /// The record's id as its API shows it: a number in UpGuard, a string in HighLevel.
    pub id: Value,
    /// The changed field in the system's write vocabulary; `None` for a create or a delete.
    pub field: Option<String>,
    /// What it held; the whole record for a delete.
    pub before: Value,
    /// What it holds; the whole record for a create.
    pub after: Value,
    /// Who did it.
    pub actor: Actor,
    /// Method and path of the causing request; `None` for a person.
    pub request: Option<String>,
}

/// The circumstances of one request or edit: when, by whom, under which switches, and where its
/// effects are written down.
pub(crate) struct Occasion<'a> {
    pub(crate) side: System,
    pub(crate) at: DateTime<Utc>,
    /// `at` by the clock of the system that answers.
    pub(crate) side_time: DateTime<Utc>,
    pub(crate) actor: Actor,
    pub(crate) request: Option<String>,
    pub(crate) switches: &'a Switches,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl Occasion<'_> {
    pub(crate) fn created(&mut self, entity: &'static str, id: impl Into<Value>, record: Value) {
        self.note(entity, id.into(), None, Value::Null, record);
    }

    pub(crate) fn deleted(&mut self, entity: &'static str, id: impl Into<Value>, record: Value) {
        self.note(entity, id.into(), None, record, Value::Null);
    }

    /// Notes one effect per field that differs and says which ones do.
    pub(crate) fn changed(
        &mut self,
        entity: &'static str,
        id: impl Into<Value>,
        before: &Fields,
        after: &Fields,
    ) -> Vec<String> {
        let id = id.into();
        let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
        let moved: Vec<String> =
            names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
        for name in &moved {
            let held = |fields: &Fields| fields.get(name).cloned().unwrap_or(Value::Null);
            self.note(entity, id.clone(), Some(name.clone()), held(before), held(after));
        }
        moved
    }

    pub(crate) fn note(
        &mut self,
        entity: &'static str,
        id: Value,
        field: Option<String>,
        before: Value,
        after: Value,
    ) {
        self.effects.push(Effect {
            seq: self.effects.len() as u64 + 1,
            at: iso_millis(self.at),
            side: self.side,
            entity,
            id,
            field,
            before,
            after,
            actor: self.actor,
            request: self.request.clone(),
        });
    }
}
