//! What does a side say of a record now that is in no mirror? Shown only; nothing is decided by it.

use concordat_model::{Name, RecordKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was asked for beside a record, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Beside {
    /// The appointments with a contact.
    Appointments {
        /// The contact.
        record: RecordKey,
        /// In the order in which the side lists them.
        listed: Vec<Appointment>,
    },
    /// The contacts of a business.
    Contacts {
        /// The business.
        record: RecordKey,
        /// Those that were listed.
        listed: Vec<Belonging>,
        /// How many there are.
        total: u64,
    },
    /// The side gave no answer to be used.
    Unanswered {
        /// The record.
        record: RecordKey,
        /// What went wrong.
        says: String,
    },
}

/// An appointment with a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Appointment {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Name,
    /// When it begins, as the side writes it: the zone is not told.
    pub starts: Option<String>,
    /// When it ends, likewise.
    pub ends: Option<String>,
    /// `confirmed`, `cancelled` and so on, as the side says.
    pub status: Option<String>,
}

/// A contact that belongs to a business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Belonging {
    /// The contact.
    pub record: RecordKey,
    /// What people call it, if it is mirrored.
    pub name: Name,
}
