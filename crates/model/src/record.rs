//! What does a side hold? A [`Record`] as it was read, and as the mirror keeps it.
//!
//! Three things that look alike are kept apart: a field that holds nothing, a field the reading did
//! not cover, and a record that was not seen (see [`crate::Seen`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Interval, Name, Path, RecordId, RecordKey, Time, Value};

/// What a covered field holds; `None`: nothing.
pub type Held = Option<Value>;

/// The native fields of a record that one answer covered, and what they held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading(BTreeMap<Path, Held>);

impl Reading {
    /// Covers nothing yet.
    pub fn new() -> Self {
        Reading::default()
    }

    /// What `path` holds; `None`: this reading does not cover it.
    pub fn get(&self, path: &Path) -> Option<&Held> {
        self.0.get(path)
    }

    /// Covers `path`.
    pub fn set(&mut self, path: Path, held: Held) {
        self.0.insert(path, held);
    }

    /// The covered fields, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Held)> {
        self.0.iter()
    }

    /// This reading over `older`: fields it does not cover keep what `older` had.
    pub fn over(mut self, older: &Reading) -> Reading {
        for (path, held) in &older.0 {
            self.0.entry(path.clone()).or_insert_with(|| held.clone());
        }
        self
    }

    /// Equal readings have equal fingerprints.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut bytes = Vec::new();
        for (path, held) in &self.0 {
            let content = held.as_ref().map(Value::canonical);
            bytes.extend_from_slice(&(path.as_str().len() as u64).to_be_bytes());
            bytes.extend_from_slice(path.as_str().as_bytes());
            bytes
                .extend_from_slice(&content.as_ref().map_or(0, |it| it.len() as u64).to_be_bytes());
            bytes.extend_from_slice(&content.unwrap_or_default());
        }
        Fingerprint::of("reading", &[&bytes])
    }
}

impl FromIterator<(Path, Held)> for Reading {
    fn from_iter<I: IntoIterator<Item = (Path, Held)>>(fields: I) -> Self {
        Reading(fields.into_iter().collect())
    }
}

/// How a record was seen; this decides what the sight proves about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// A row of a search index, which may lag: it shows the record as of its own stamp
    /// (`highlevel.md` §6.3).
    Row,
    /// A row of a direct listing: it shows the record as of now.
    Listed,
    /// An answer about this record alone: it shows the record as of now.
    Read,
}

/// One object read from a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which one.
    pub key: RecordKey,
    /// The record it belongs to: the vendor of a vendor contact.
    pub parent: Option<RecordId>,
    /// What a person calls it.
    pub name: Name,
    /// When the side says it last changed, in that side's clock; not every resource says.
    pub stamp: Option<Time>,
    /// Its allow-listed native fields.
    pub reading: Reading,
    /// How it was seen.
    pub sight: Sight,
}

impl Record {
    /// Whether its side leaves it out of its listings and answers only who asks for it by id: a vendor
    /// that is not monitored (`upguard.md` §4.2).
    pub fn is_dormant(&self) -> bool {
        self.reading.get(&Path::new(MONITORED)) == Some(&Some(Value::Bool(false)))
    }

    /// Whether a listing leaves it out although it is there: a vendor that nobody monitors, a threat that
    /// was dismissed (`upguard.md` §4.1, §4.4).
    pub fn is_left_out(&self) -> bool {
        let dismissed = self.reading.get(&Path::new(DISMISSED));
        self.is_dormant() || dismissed == Some(&Some(Value::Bool(true)))
    }
}

/// The native field of a vendor that says whether it is monitored.
pub const MONITORED: &str = "monitored";

/// The native field of a threat that says whether it was dismissed.
pub const DISMISSED: &str = "dismissed";

/// A record as the mirror keeps it: the last reading, and when each field moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirrored {
    /// The record.
    pub record: Record,
    /// When each field got its present value, in the side's clock. A field that never moved under
    /// our eyes has no entry.
    pub moved: BTreeMap<Path, Interval>,
    /// When it was last read by id, in the side's clock.
    pub read_at: Option<Time>,
    /// In how many certified listings in a row it was missing.
    pub missing: u32,
}
