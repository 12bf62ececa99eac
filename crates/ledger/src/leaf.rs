//! What may everybody see of an entry, and what can be erased? The leaf and its opening.
//!
//! How an event becomes a leaf is decided here and nowhere else, so that verification can make the
//! leaf again from the opening and compare.

use std::fmt;

use concordat_model::{
    Decision, Entry, Event, Field, Held, IntentId, LinkId, Outcome, PairId, RecordKey, RunId, Side,
    Sides, Time,
};
use serde::{Deserialize, Serialize};

use crate::Hash;

/// The public part of an entry. Holds no value, name or id of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Its place in the ledger, from 0 without gaps.
    pub seq: u64,
    /// The opening of the ledger in which it was written.
    pub epoch: u64,
    /// When, in our clock.
    pub at: Time,
    /// The pair.
    pub pair: PairId,
    /// The run.
    pub run: Option<RunId>,
    /// What kind of thing happened.
    pub kind: Kind,
    /// The records, links and intents it is about, as salted pseudonyms.
    pub subjects: Vec<Hash>,
    /// The fields it is about.
    pub fields: Vec<FieldLeaf>,
    /// The hash of its opening.
    pub opening: Hash,
    /// The hash of the leaf before it.
    pub prev: Hash,
}

/// One field of a leaf: its name, and salted commitments to what it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldLeaf {
    /// The mapped field.
    pub name: Field,
    /// What it held before, where the event says so.
    pub before: Option<Hash>,
    /// What it holds after, where the event says so.
    pub after: Option<Hash>,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The ledger was opened.
    Opened,
    /// A run began.
    RunBegan,
    /// A plan was saved.
    Planned,
    /// Both sides agreed already.
    Settled,
    /// A write was about to be sent.
    Intended,
    /// A write was verified.
    Verified,
    /// A write had no effect.
    NoEffect,
    /// A write was refused.
    Refused,
    /// A person decided.
    Decided,
    /// A run ended.
    RunEnded,
    /// People deleted a record, and its link ended.
    Dismissed,
}

impl Kind {
    /// Its name in messages and exports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Opened => "opened",
            Kind::RunBegan => "run began",
            Kind::Planned => "planned",
            Kind::Settled => "settled",
            Kind::Intended => "intended",
            Kind::Verified => "verified",
            Kind::NoEffect => "no effect",
            Kind::Refused => "refused",
            Kind::Decided => "decided",
            Kind::RunEnded => "run ended",
            Kind::Dismissed => "dismissed",
        }
    }
}

/// The private part of an entry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What the pseudonyms and commitments of the leaf are salted with. Used for no other entry.
    pub salt: [u8; 32],
    /// The entry.
    pub entry: Entry,
}

/// With the salt the leaf's commitments could be tried out, and entries name people: `Debug` shows
/// neither.
impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("seq", &self.entry.seq).finish_non_exhaustive()
    }
}

impl Leaf {
    /// The leaf of `opening`, whose bytes hash to `hash`, after the leaf with the hash `prev`.
    pub(crate) fn of(opening: &Opening, hash: Hash, prev: Hash) -> Leaf {
        let Opening { salt, entry } = opening;
        let about = About::of(&entry.event);
        let commit = |field: &Field, role: &str, held: &[&Held]| {
            Hash::commitment(&Hash::field_salt(salt, field, role), entry.seq, field, held)
        };
        let fields = about.fields.iter().map(|(name, before, after)| FieldLeaf {
            name: (*name).clone(),
            before: before.as_ref().map(|held| commit(name, "before", held)),
            after: after.as_ref().map(|held| commit(name, "after", held)),
        });
        Leaf {
            seq: entry.seq,
            epoch: entry.epoch,
            at: entry.at,
            pair: entry.pair.clone(),
            run: entry.run.clone(),
            kind: about.kind,
            subjects: about.subjects.iter().map(|it| Hash::pseudonym(salt, it)).collect(),
            fields: fields.collect(),
            opening: hash,
            prev,
        }
    }
}

/// What an event is about: the material of a leaf before it is salted.
struct About<'a> {
    kind: Kind,
    subjects: Vec<String>,
    fields: Vec<AboutField<'a>>,
}

/// A field, what it held before and what it holds after; several values where both sides count.
type AboutField<'a> = (&'a Field, Option<Vec<&'a Held>>, Option<Vec<&'a Held>>);

impl<'a> About<'a> {
    fn of(event: &'a Event) -> About<'a> {
        match event {
            Event::Opened { .. } => About::plain(Kind::Opened),
            Event::RunBegan(_) => About::plain(Kind::RunBegan),
            Event::Planned { .. } => About::plain(Kind::Planned),
            Event::RunEnded(_) => About::plain(Kind::RunEnded),
            Event::Settled(settled) => About {
                kind: Kind::Settled,
                subjects: [link(&settled.link)]
                    .into_iter()
                    .chain(Side::BOTH.into_iter().flat_map(|side| records(&settled.ends[side])))
                    .collect(),
                fields: settled
                    .fields
                    .iter()
                    .map(|(name, agreed)| (name, None, Some(both(&agreed.held))))
                    .collect(),
            },
            Event::Intended { intent: id, step } => About {
                kind: Kind::Intended,
                subjects: [intent(id), link(&step.link)]
                    .into_iter()
                    .chain(records(step.record.as_slice()))
                    .chain(records(&step.sources))
                    .collect(),
                fields: step
                    .fields
                    .iter()
                    .map(|it| (&it.name, Some(vec![&it.before]), Some(vec![&it.after])))
                    .collect(),
            },
            Event::Closed { intent: id, outcome } => match outcome {
                Outcome::Verified(receipt) => About {
                    kind: Kind::Verified,
                    subjects: [intent(id), link(&receipt.link)]
                        .into_iter()
                        .chain(records([&receipt.record]))
                        .chain(records(&receipt.sources))
                        .collect(),
                    fields: receipt
                        .fields
                        .iter()
                        .map(|it| (&it.name, Some(vec![&it.before]), Some(vec![&it.found])))
                        .collect(),
                },
                Outcome::NoEffect { .. } => {
                    About { subjects: vec![intent(id)], ..About::plain(Kind::NoEffect) }
                }
                Outcome::Refused { .. } => {
                    About { subjects: vec![intent(id)], ..About::plain(Kind::Refused) }
                }
            },
            Event::Decided { decision, .. } => match decision {
                Decision::Conflict { link: id, field, held, .. } => About {
                    kind: Kind::Decided,
                    subjects: vec![link(id)],
                    fields: vec![(field, Some(both(held)), None)],
                },
                Decision::Match { record, .. } => {
                    About { subjects: records([record]).collect(), ..About::plain(Kind::Decided) }
                }
                Decision::Quarantine { link: id, .. } => {
                    About { subjects: vec![link(id)], ..About::plain(Kind::Decided) }
                }
                Decision::Backup => About::plain(Kind::Decided),
            },
            Event::Dismissed(it) => About {
                subjects: [link(&it.link)]
                    .into_iter()
                    .chain(records(&it.gone))
                    .chain(records(&it.sources))
                    .collect(),
                ..About::plain(Kind::Dismissed)
            },
        }
    }

    fn plain(kind: Kind) -> About<'a> {
        About { kind, subjects: Vec::new(), fields: Vec::new() }
    }
}

fn both(held: &Sides<Held>) -> Vec<&Held> {
    held.iter().map(|(_, held)| held).collect()
}

fn intent(id: &IntentId) -> String {
    format!("intent {}", id.0)
}

fn link(id: &LinkId) -> String {
    format!("link {id}")
}

fn records<'a>(keys: impl IntoIterator<Item = &'a RecordKey>) -> impl Iterator<Item = String> {
    keys.into_iter().map(|key| format!("record {key}"))
}
