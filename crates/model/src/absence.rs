//! What becomes of a record whose counterpart is gone? An archive or a deletion that waits, and a link that
//! ends.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, LinkId, MappingName, Name, RecordKey, Why};

/// What a person said about an archive, or a deletion, that waits. It counts until the record is there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It need not wait.
    Approved,
    /// It is not to be made.
    Cancelled,
}

/// An archive, or a deletion, that waits: what is gone may come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quarantined {
    /// Its name; the same as long as it is the same link.
    pub id: String,
    /// The mapping.
    pub mapping: MappingName,
    /// The link.
    pub link: LinkId,
    /// What a person calls it.
    pub name: Name,
    /// The record that would be archived or deleted.
    pub record: RecordKey,
    /// Which of the two.
    pub action: Action,
    /// The records that are gone.
    pub gone: Vec<RecordKey>,
    /// How many complete listings in a row missed them.
    pub views: u32,
    /// How many have to.
    pub needed: u32,
    /// Whether the listing that would name them was complete this time. If not, it does not count.
    pub certified: bool,
    /// What a person decided.
    pub ruling: Option<Ruling>,
    /// Why it would be.
    pub why: Why,
}

impl Quarantined {
    /// Whether it will be made, unless what is gone comes back.
    pub fn waits(&self) -> bool {
        self.ruling != Some(Ruling::Cancelled)
    }

    /// What is done to the record, as in "is …".
    pub fn done(&self) -> &'static str {
        match self.action {
            Action::Delete => "deleted",
            Action::Archive | Action::Create | Action::Update => "archived",
        }
    }

    /// When it is done, as a sentence without a full stop.
    pub fn due(&self) -> String {
        let (done, more) = (self.done(), self.needed.saturating_sub(self.views));
        match (self.ruling, more, self.certified) {
            (Some(Ruling::Cancelled), _, _) => format!("not {done} as long as it stays gone"),
            (Some(Ruling::Approved) | None, 0, _) => {
                format!("{done} once the listing that would name it is complete again")
            }
            (Some(Ruling::Approved) | None, 1, _) => {
                format!("{done} if one more complete listing misses it")
            }
            (Some(Ruling::Approved) | None, more, _) => {
                format!("{done} if {more} more complete listings miss it")
            }
        }
    }
}

/// A record that people deleted, and the link that ends with it. It is not made again unless a person
/// asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dismissal {
    /// The name by which a person can ask for it again.
    pub case: String,
    /// The mapping.
    pub mapping: MappingName,
    /// The link.
    pub link: LinkId,
    /// What a person calls it.
    pub name: Name,
    /// The records that were deleted.
    pub gone: Vec<RecordKey>,
    /// The records of the other side it stood for.
    pub sources: Vec<RecordKey>,
    /// Why.
    pub why: Why,
}
