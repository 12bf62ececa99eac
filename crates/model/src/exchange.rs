//! What was sent to a side, and how did that end? One request and what came back, without anything that
//! a record holds: neither address nor query, body, header or text of the side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{IntentId, RecordKey, Side, Time};

/// A request and what came back. A call that is made again makes several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// When it was sent, in our clock.
    pub at: Time,
    /// To whom.
    pub side: Side,
    /// Method and path template: `PUT /contacts/{contactId}`.
    pub operation: String,
    /// Which attempt of its call it was, from 1.
    pub attempt: u32,
    /// How long it took until the answer was there, or was given up.
    pub latency_ms: u64,
    /// How it ended.
    #[serde(flatten)]
    pub ended: Ended,
    /// The side's own id of it, to quote to its support; not every side gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The one record it was about; nothing for listings, searches, and creates that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordKey>,
    /// The intent that it was to carry out; nothing for what reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentId>,
    /// The names of what it sent, if it writes: members and parameters, never what they held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// How many requests went to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Traffic {
    /// Whose.
    pub side: Side,
    /// Method and path template.
    pub operation: String,
    /// How many.
    pub requests: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them were further attempts of a call.
    pub retries: u64,
}

impl Traffic {
    /// Counts `exchange` among `traffic`, of which there is one for each endpoint.
    pub fn count(traffic: &mut Vec<Traffic>, exchange: &Exchange) {
        let is_its = |it: &Traffic| it.side == exchange.side && it.operation == exchange.operation;
        let place = traffic.iter().position(is_its).unwrap_or_else(|| {
            let (side, operation) = (exchange.side, exchange.operation.clone());
            traffic.push(Traffic { side, operation, requests: 0, failed: 0, retries: 0 });
            traffic.len() - 1
        });
        let traffic = &mut traffic[place];
        traffic.requests += 1;
        traffic.failed += u64::from(exchange.ended.failed().is_some());
        traffic.retries += u64::from(exchange.attempt > 1);
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Ended {
    /// It failed.
    Failed {
        /// In which way.
        failed: FailureKind,
        /// The status code, if there was an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// It was answered as it should be.
    Done {
        /// The status code.
        status: u16,
    },
}

impl Ended {
    /// In which way it failed, if it did.
    pub fn failed(&self) -> Option<FailureKind> {
        match self {
            Ended::Failed { failed, .. } => Some(*failed),
            Ended::Done { .. } => None,
        }
    }

    /// The status code, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Ended::Failed { status, .. } => *status,
            Ended::Done { status } => Some(*status),
        }
    }
}

/// In which way a call fails, sorted by what can be done about it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No connection.
    Unreachable,
    /// No answer in time, or a connection that broke.
    NoAnswer,
    /// The key or token is not accepted.
    Credentials,
    /// The access token is not accepted any more.
    Expired,
    /// Nobody is signed in.
    SignedOut,
    /// The key or token is not accepted for this.
    Scope,
    /// Too many requests.
    Throttled,
    /// The request budget of the run or day is used up.
    Budget,
    /// It had to wait for too long, and was not sent.
    Late,
    /// A record with the same identity exists.
    Duplicate,
    /// The record is not there.
    Missing,
    /// The side rejects it.
    Rejected,
    /// The side failed.
    Broken,
    /// The answer is not what its description says.
    Malformed,
}

impl FailureKind {
    /// The word for it in text.
    pub fn word(self) -> &'static str {
        match self {
            FailureKind::Unreachable => "unreachable",
            FailureKind::NoAnswer => "no answer",
            FailureKind::Credentials => "not accepted",
            FailureKind::Expired => "token expired",
            FailureKind::SignedOut => "signed out",
            FailureKind::Scope => "not allowed",
            FailureKind::Throttled => "throttled",
            FailureKind::Budget => "budget used up",
            FailureKind::Late => "too late",
            FailureKind::Duplicate => "duplicate",
            FailureKind::Missing => "missing",
            FailureKind::Rejected => "rejected",
            FailureKind::Broken => "side failed",
            FailureKind::Malformed => "malformed answer",
        }
    }
}
