//! What did people decide, and what did we learn? The parts of the standing agreement that are not
//! links; together with the links they are all that a new plan builds on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Field, Fingerprint, Held, Link, LinkId, MappingName, RecordKey, Resource, Side, Sides, Time,
};

/// What to do about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// Write this side's value to the other.
    Side(Side),
    /// Leave both as they are.
    Leave,
}

/// What to do about an ambiguous record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It is the same thing as this record of the other side.
    Link(RecordKey),
    /// It is none of the candidates: create one.
    Create,
    /// Leave it unlinked.
    Never,
}

/// A person's answer. Only as long as the values (or the candidates) are those the person saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// About a conflict.
    Conflict {
        /// The link it is in.
        link: LinkId,
        /// The contested field.
        field: Field,
        /// The values the person saw.
        held: Sides<Held>,
        /// The answer.
        take: Take,
    },
    /// About an ambiguous record.
    Match {
        /// The mapping.
        mapping: MappingName,
        /// The record nobody could place.
        record: RecordKey,
        /// The answer.
        choice: Choice,
    },
}

/// A value that a side did not take. It is not sent again until it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// The side.
    pub side: Side,
    /// What was sent.
    pub sent: Held,
    /// How it was not taken.
    pub what: Unkept,
}

/// How a side does not take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unkept {
    /// It answered "ok" and did not keep it.
    Discarded,
    /// It refused, because another record has it.
    Taken,
}

/// A create that a side refused because of a record that exists. A person is asked before it is tried
/// again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuff {
    /// The record because of which it was refused, if the side named it.
    pub duplicate: Option<RecordKey>,
    /// What the side said, for people.
    pub says: String,
}

/// Everything agreed, decided and learned so far: the ledger, replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreements {
    /// Every link.
    pub links: BTreeMap<LinkId, Link>,
    /// Conflict decisions by link and field.
    pub taken: BTreeMap<(LinkId, Field), (Sides<Held>, Take)>,
    /// Match decisions by mapping and record.
    pub choices: BTreeMap<(MappingName, RecordKey), Choice>,
    /// What each link taught us, by field.
    pub lessons: BTreeMap<(LinkId, Field), Lesson>,
    /// Creates that were refused because of an existing record, by the link they would have founded.
    pub rebuffs: BTreeMap<LinkId, Rebuff>,
    /// Mappings whose first agreement was carried through.
    pub first_done: BTreeSet<MappingName>,
    /// Whether a person allowed a first agreement that was not carried through yet.
    pub first_allowed: bool,
    /// The accounts this state belongs to, by id; unset before the first run.
    pub tenants: Option<Sides<String>>,
    /// The mapping the last complete run used.
    pub mapping: Option<Fingerprint>,
    /// How many records of each resource the last complete run saw.
    pub population: BTreeMap<Resource, u64>,
    /// The newest ledger entry in it.
    pub position: u64,
    /// When this state began; older closed things are not mirrored.
    pub since: Option<Time>,
}

impl Agreements {
    /// Every linked record of `side`.
    pub fn records(&self, side: Side) -> impl Iterator<Item = &RecordKey> {
        self.links.values().flat_map(move |link| link.ends[side].iter())
    }
}
