//! What was said of people who wait for a person, and on what does it rest? As long as none of that moves,
//! the same can be said again without being thought through again.
//!
//! It does not know when something moved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::Case;
use crate::{LinkId, MappingName, RecordKey, Time};

/// People who wait, and who bear on each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// What was said of them.
    pub cases: Vec<Case>,
    /// The records by which that was found out, they themselves among them.
    pub rests_on: BTreeSet<RecordKey>,
    /// The names under which they were looked for, by mapping and as they are compared, and who has them.
    pub names: BTreeMap<(MappingName, String), Namesakes>,
    /// The links that refused creates would have founded.
    pub rebuffs: BTreeSet<LinkId>,
    /// When the first of these is no longer remembered, in our clock; nothing: there is none.
    pub until: Option<Time>,
}

/// Who has a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namesakes {
    /// The first of them, by key.
    pub first: BTreeSet<RecordKey>,
    /// How many there are.
    pub count: u64,
}

impl Standstill {
    /// The records that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &RecordKey> {
        self.cases.iter().map(|it| &it.record)
    }

    /// What it lies under: no other standstill has the same first record.
    pub fn key(&self) -> Option<&RecordKey> {
        self.waiting().min()
    }
}
