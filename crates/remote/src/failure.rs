//! In which few ways does a side fail, as far as the caller can act on it? The text is for people.

use concordat_model::{FailureKind, Side};
use thiserror::Error;

/// What went wrong, sorted by what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No connection: name, network or TLS.
    Unreachable,
    /// No answer in time, or a connection that broke.
    NoAnswer,
    /// The key or token is not accepted, and will not be again.
    Credentials,
    /// The access token is not accepted any more; if it is one of those that are renewed, another one is.
    Expired,
    /// Nobody is signed in, or not any more: a person has to do it again.
    SignedOut,
    /// The key or token is accepted, but not for this.
    Scope,
    /// Too many requests, and waiting did not help or would take too long.
    Throttled,
    /// The request budget of this run or day is used up.
    Budget,
    /// The request had to wait until what it rests on was no longer fresh; it was not sent.
    Late,
    /// A record with the same identity exists: its id, and the field in which they are equal.
    Duplicate {
        /// The existing record's id, where the side names it.
        id: Option<String>,
        /// The side's name of the field.
        field: Option<String>,
    },
    /// The record is not there (or may not be seen).
    Missing,
    /// The side understood the request and rejects it.
    Rejected,
    /// The side failed.
    Broken,
    /// The answer is not what its description says.
    Malformed,
}

impl Cause {
    /// Its kind, without particulars.
    pub fn kind(&self) -> FailureKind {
        match self {
            Cause::Unreachable => FailureKind::Unreachable,
            Cause::NoAnswer => FailureKind::NoAnswer,
            Cause::Credentials => FailureKind::Credentials,
            Cause::Expired => FailureKind::Expired,
            Cause::SignedOut => FailureKind::SignedOut,
            Cause::Scope => FailureKind::Scope,
            Cause::Throttled => FailureKind::Throttled,
            Cause::Budget => FailureKind::Budget,
            Cause::Late => FailureKind::Late,
            Cause::Duplicate { .. } => FailureKind::Duplicate,
            Cause::Missing => FailureKind::Missing,
            Cause::Rejected => FailureKind::Rejected,
            Cause::Broken => FailureKind::Broken,
            Cause::Malformed => FailureKind::Malformed,
        }
    }
}

/// A call that did not succeed. Carries no value, secret or body of a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{side}: {operation}: {says}{}", traced(.trace.as_deref()))]
pub struct Failure {
    /// Who answered, or did not.
    pub side: Side,
    /// Method and path template: `PUT /contacts/{contactId}`.
    pub operation: String,
    /// What can be done about it.
    pub cause: Cause,
    /// The status code, if there was one.
    pub status: Option<u16>,
    /// The side's own id of the call, to quote to its support.
    pub trace: Option<String>,
    /// A sentence for people, free of record contents.
    pub says: String,
}

/// The side's id of the call, as it ends a sentence.
fn traced(trace: Option<&str>) -> String {
    trace.map(|it| format!(" (trace {it})")).unwrap_or_default()
}

/// A write that did not succeed: what is known of its effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// Certainly nothing happened.
    #[error("{0} (nothing was written)")]
    NoEffect(Failure),
    /// It may or may not have happened; only looking can tell.
    #[error("{0} (it is not known whether it was written)")]
    InDoubt(Failure),
    /// The side refuses this write, and will again.
    #[error("{0} (refused)")]
    Refused(Failure),
}

impl WriteError {
    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        match self {
            WriteError::NoEffect(failure)
            | WriteError::InDoubt(failure)
            | WriteError::Refused(failure) => failure,
        }
    }
}
