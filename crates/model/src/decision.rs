//! What did people decide, and what did we learn? The parts of the standing agreement that are not
//! links; together with the links they are all that a new plan builds on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Dismissal, Field, Fingerprint, Held, Link, LinkId, MappingName, RecordKey, Resource, Ruling,
    Side, Sides, Time,
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
    /// Forget what was said before, and ask again.
    Ask,
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
    /// About an archive that waits.
    Quarantine {
        /// The link it is of.
        link: LinkId,
        /// The answer.
        ruling: Ruling,
    },
    /// About a ledger that is older than what was done: to go on from it all the same. What came after it is
    /// not known.
    Backup,
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
    /// When that was, in our clock. Sides change: a lesson is not believed for ever.
    pub at: Time,
}

/// How a side does not take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unkept {
    /// It answered "ok" and did not keep it.
    Discarded,
    /// It refused, because another record has it.
    Taken,
    /// It refused, and would again.
    Rejected,
}

/// A create that a side refused. A person is asked before it is tried again with the same values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuff {
    /// What was sent.
    pub sent: Fingerprint,
    /// When that was, in our clock.
    pub at: Time,
    /// The record because of which it was refused, if the side named it.
    pub duplicate: Option<RecordKey>,
    /// What the side said, for people.
    pub says: String,
}

/// A first agreement that a person allowed, and that was not carried through yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstAllowed {
    /// The mappings it was allowed for.
    pub mappings: BTreeSet<MappingName>,
    /// The rules it was allowed under.
    pub rules: Fingerprint,
}

/// Everything agreed, decided and learned so far: the ledger, replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreements {
    /// Every link.
    pub links: BTreeMap<LinkId, Link>,
    /// Conflict decisions by link and field.
    pub taken: BTreeMap<(LinkId, Field), (Sides<Held>, Take)>,
    /// Match decisions by mapping and record.
    pub choices: BTreeMap<(MappingName, RecordKey), Choice>,
    /// What each link taught us, by field.
    pub lessons: BTreeMap<(LinkId, Field), Lesson>,
    /// Creates that were refused, by the link they would have founded.
    pub rebuffs: BTreeMap<LinkId, Rebuff>,
    /// What people said about archives and deletions that wait.
    pub rulings: BTreeMap<LinkId, Ruling>,
    /// Links that ended because people deleted their record.
    pub dismissed: BTreeMap<LinkId, Dismissal>,
    /// Mappings whose first agreement was carried through, and when the run began that did it.
    pub first_done: BTreeMap<MappingName, Time>,
    /// A first agreement that was allowed and not carried through yet.
    pub first_allowed: Option<FirstAllowed>,
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
    /// When a person said to go on from a backup; until both sides agreed on everything again.
    pub adopted: Option<Time>,
}

impl Agreements {
    /// Whether a person allowed the first agreement of all of `mappings` under `rules`, or it was
    /// carried through already.
    pub fn allows_first(&self, mappings: &BTreeSet<MappingName>, rules: &Fingerprint) -> bool {
        let allowed = self.first_allowed.as_ref().filter(|it| it.rules == *rules);
        mappings.iter().all(|name| {
            self.first_done.contains_key(name)
                || allowed.is_some_and(|it| it.mappings.contains(name))
        })
    }

    /// Every linked record of `side`.
    pub fn records(&self, side: Side) -> impl Iterator<Item = &RecordKey> {
        self.links.values().flat_map(move |link| link.ends[side].iter())
    }
}
