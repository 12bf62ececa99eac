//! What is a plan in numbers?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, Plan, Side, Step};

/// How many writes of each kind a plan makes to one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Writes {
    /// Records made.
    pub creates: u64,
    /// Records changed.
    pub updates: u64,
    /// Records archived.
    pub archives: u64,
    /// Records deleted.
    pub deletes: u64,
}

/// A plan in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Writes to UpGuard.
    pub upguard: Writes,
    /// Writes to HighLevel.
    pub highlevel: Writes,
    /// Fields that wait for a person.
    pub conflicts: u64,
    /// Changes listed once.
    pub drift: u64,
    /// HighLevel records without counterpart.
    pub unmatched: u64,
    /// Things held back, ambiguous records included.
    pub held: u64,
    /// Effects outside the records.
    pub side_effects: u64,
}

impl Plan {
    /// The plan in numbers.
    pub fn summary(&self) -> Summary {
        let writes = |side: Side| {
            let of = |action| move |it: &&Step| it.side == side && it.action == action;
            let count = |action| self.steps.iter().filter(of(action)).count() as u64;
            Writes {
                creates: count(Action::Create),
                updates: count(Action::Update),
                archives: count(Action::Archive),
                deletes: count(Action::Delete),
            }
        };
        Summary {
            upguard: writes(Side::Upguard),
            highlevel: writes(Side::Highlevel),
            conflicts: self.conflicts.len() as u64,
            drift: self.drift.len() as u64,
            unmatched: self.unmatched,
            held: (self.held.len()
                + self.cases.len()
                + self.quarantined.iter().filter(|it| it.waits()).count()) as u64,
            side_effects: self.steps.iter().map(|it| it.side_effects.len() as u64).sum(),
        }
    }
}
