//! Into what are the records of a mapping sorted? What is linked, what lacks a counterpart, and what nobody can
//! place. How they are sorted, the module above knows.

use std::collections::BTreeSet;

use concordat_model::plan::{Case, Notice};
use concordat_model::{Link, LinkId, Matched, RecordKey, Sides};

use super::businesses::Business;

/// The records of one mapping, sorted into what can be done with them.
#[derive(Debug, Default)]
pub struct Pairing {
    /// Records that are the same thing.
    pub linked: Vec<Linked>,
    /// Replicas that no longer belong to their record.
    pub leaving: Vec<Linked>,
    /// Replicas that are nobody's any more, or not there; nothing is taken from them.
    pub over: Vec<Linked>,
    /// Links of replicas that pass to others: one of their records was succeeded.
    pub passing: Vec<Passing>,
    /// Records that took the places of others.
    pub succeeded: Vec<Succession>,
    /// Records that have no counterpart yet.
    pub missing: Vec<Missing>,
    /// Records that come too late or too early for a counterpart, and that no link has.
    pub untimely: Vec<RecordKey>,
    /// Records that took the places of others that were only remembered.
    pub followed: Vec<Linked>,
    /// Records that could be several things.
    pub cases: Vec<Case>,
    /// Records that are left to an earlier mapping, which makes the same of them.
    pub left: BTreeSet<RecordKey>,
    /// Records that are held back.
    pub held: Vec<Notice>,
    /// Records on the side where records are made that belong to no link.
    pub unmatched: u64,
}

/// Records that are the same thing.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The link.
    pub id: LinkId,
    /// Its records.
    pub ends: Sides<BTreeSet<RecordKey>>,
    /// How records that are new in it were matched.
    pub matched: Option<Matched>,
    /// Of people: where their contact stands.
    pub business: Business,
}

/// A record that took the place of one that is gone.
#[derive(Debug)]
pub struct Succession {
    /// The one that is gone.
    pub gone: RecordKey,
    /// The one that took its place.
    pub heir: RecordKey,
    /// By what it was recognised.
    pub key: String,
}

/// A link of a record and its replica, and the one that takes its place.
#[derive(Debug)]
pub struct Passing {
    /// The link that ends.
    pub from: LinkId,
    /// The one that begins with what was agreed in it.
    pub to: Linked,
    /// The side whose record is another one now.
    pub moved: Sides<bool>,
}

/// Records of which the other side has no counterpart.
#[derive(Debug)]
pub struct Missing {
    /// The link they will found.
    pub id: LinkId,
    /// The records.
    pub sources: BTreeSet<RecordKey>,
    /// Of people: where their contact will stand.
    pub business: Business,
}

impl From<&Link> for Linked {
    fn from(link: &Link) -> Self {
        Linked {
            id: link.id.clone(),
            ends: link.ends.clone().map(|_, keys| keys.into_iter().collect()),
            matched: None,
            business: Business::Unknown,
        }
    }
}
