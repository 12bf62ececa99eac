//! What was said of people who wait for a person, and on what does it rest? As long as none of that moves,
//! the same can be said again without being thought through again.
//!
//! It does not know when something moved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::plan::{Case, Notice};
use crate::{LinkId, MappingName, RecordKey, Time};

/// People who wait, and who bear on each other: without counterpart, or with one that did not take a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// Those who wait. As long as it holds, nobody looks at them.
    pub waiting: BTreeSet<RecordKey>,
    /// What could be several things.
    pub cases: Vec<Case>,
    /// What was not done because a side did not take it before.
    pub held: Vec<Notice>,
    /// The records by which that was found out, they themselves among them.
    pub rests_on: BTreeSet<RecordKey>,
    /// The names under which they were looked for, by mapping and as they are compared, and who has them.
    pub names: BTreeMap<(MappingName, String), Namesakes>,
    /// The links that refused creates would have founded.
    pub rebuffs: BTreeSet<LinkId>,
    /// When the first of what was refused is no longer remembered, in our clock; nothing: nothing was.
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
