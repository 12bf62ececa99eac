//! What do HighLevel's bodies look like, in both directions (`highlevel.md` §5–§9)? Only the
//! members named here are ever decoded; `ssn` and everything else is skipped unread.

pub(super) mod account;
pub(super) mod beside;
pub(super) mod business;
pub(super) mod contact;
pub(super) mod contact_sent;
pub(super) mod custom;
pub(super) mod note;
pub(super) mod refusal;
pub(super) mod search;
pub(super) mod task;

use serde::Serialize;

use custom::CustomField;

/// A member of a body of ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Sent {
    /// Empties a nullable member.
    Null,
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
    Texts(Vec<String>),
    CustomFields(Vec<CustomField>),
}
