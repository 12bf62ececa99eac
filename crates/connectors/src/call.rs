//! What is a call, and how can it end? A reply, or a failure together with what is known of the effect.
//! Knows nothing of how a call travels or how often.

use concordat_model::zoo::{self, Bug};
use concordat_model::{IntentId, RecordId, RecordKey, Resource, Time};
use concordat_remote::{Cause, Failure, Write, WriteError};
use tokio::time::Instant;

use crate::noted::Note;
use crate::operation::{Effect, Operation};

/// One call, before it is sent.
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    /// The ids its template asks for, in order.
    pub(crate) ids: &'a [&'a str],
    pub(crate) query: Vec<(String, String)>,
    /// JSON; empty: none.
    pub(crate) body: Vec<u8>,
    /// The last moment at which it may leave; nothing: whenever its turn comes.
    pub(crate) by: Option<Instant>,
    /// The one record it is about, if it is about one.
    pub(crate) about: Option<RecordKey>,
    /// The intent it carries out, if it writes.
    pub(crate) intent: Option<IntentId>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(operation: Operation, ids: &'a [&'a str]) -> Self {
        Call {
            operation,
            ids,
            query: Vec::new(),
            body: Vec::new(),
            by: None,
            about: None,
            intent: None,
        }
    }

    pub(crate) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn about(mut self, resource: Resource, id: &RecordId) -> Self {
        self.about = Some(RecordKey { resource, id: id.clone() });
        self
    }

    /// As a part of `write`.
    pub(crate) fn of(mut self, write: &Write) -> Self {
        self.by = Some(write.by);
        self.about = write.current.as_ref().map(|it| it.key.clone());
        self.intent = Some(write.intent.clone());
        self
    }
}

/// A 2xx answer.
pub(crate) struct Reply {
    pub(crate) operation: Operation,
    pub(crate) at: Time,
    pub(crate) body: Vec<u8>,
    pub(crate) note: Note,
}

/// A side's way of saying no, sorted. `says` is made of texts of ours only.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) cause: Cause,
    pub(crate) says: String,
}

/// What is known of the effect of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Nothing,
    Doubt,
    Refused,
}

impl Known {
    /// What is known once a request left and nothing certain came back.
    pub(crate) fn doubt_unless_read(effect: Effect) -> Known {
        match effect {
            Effect::Reads => Known::Nothing,
            Effect::Changes | Effect::Makes => Known::Doubt,
        }
    }

    /// What a refusal says about the effect. A create may have happened whatever the status says (a 422
    /// was seen on one that was stored, `highlevel.md` §4), unless the request was stopped before it was
    /// looked at.
    pub(crate) fn of_refusal(effect: Effect, status: u16, cause: &Cause) -> Known {
        match (effect, status) {
            (Effect::Reads, _) | (_, 401 | 403 | 429) => Known::Nothing,
            (Effect::Makes, 400..=499) if zoo::is_in(Bug::RefusedCreateRetried) => Known::Nothing,
            (Effect::Makes, 400..=499) if zoo::is_in(Bug::RefusedCreateTrusted) => Known::Refused,
            (_, 500..=599) if zoo::is_in(Bug::ErrorTrusted) => Known::Nothing,
            (Effect::Makes, _) if matches!(cause, Cause::Duplicate { .. }) => Known::Refused,
            (Effect::Makes, _) => Known::Doubt,
            (Effect::Changes, 408 | 500..=599) => Known::Doubt,
            (Effect::Changes, _) => Known::Refused,
        }
    }
}

/// A call that failed, and what is known of its effect.
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    pub(crate) known: Known,
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Failure {
        failed.failure
    }
}

impl From<Failed> for WriteError {
    fn from(failed: Failed) -> WriteError {
        match failed.known {
            Known::Nothing => WriteError::NoEffect(failed.failure),
            Known::Doubt => WriteError::InDoubt(failed.failure),
            Known::Refused => WriteError::Refused(failed.failure),
        }
    }
}
