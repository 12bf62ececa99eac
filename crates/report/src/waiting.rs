//! What waits? The documents of `conflicts list --json`, `matches list --json` and
//! `quarantine list --json`.

use std::io;

use concordat_model::plan::{Case, Conflict};
use concordat_model::{Dismissal, PairId, Quarantined};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SCHEMA_VERSION, json};

/// Something that waits, and in which pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting<T> {
    /// The pair.
    pub pair: PairId,
    /// What waits. Its members stand beside the pair.
    #[serde(flatten)]
    pub it: T,
}

/// Every field that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The fields.
    pub conflicts: Vec<Waiting<Conflict>>,
}

impl ConflictsDocument {
    /// The document of `conflicts`.
    pub fn of(conflicts: Vec<Waiting<Conflict>>) -> ConflictsDocument {
        ConflictsDocument { schema_version: SCHEMA_VERSION, conflicts }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}

/// Every record that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MatchesDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The records, and what each could be.
    pub cases: Vec<Waiting<Case>>,
    /// Records that people deleted, and that are not made again unless a person asks.
    pub dismissed: Vec<Waiting<Dismissal>>,
}

impl MatchesDocument {
    /// The document of `cases`, and of what was `dismissed`.
    pub fn of(cases: Vec<Waiting<Case>>, dismissed: Vec<Waiting<Dismissal>>) -> MatchesDocument {
        MatchesDocument { schema_version: SCHEMA_VERSION, cases, dismissed }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}

/// Every archive that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The archives.
    pub quarantined: Vec<Waiting<Quarantined>>,
}

impl QuarantineDocument {
    /// The document of `quarantined`.
    pub fn of(quarantined: Vec<Waiting<Quarantined>>) -> QuarantineDocument {
        QuarantineDocument { schema_version: SCHEMA_VERSION, quarantined }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}
