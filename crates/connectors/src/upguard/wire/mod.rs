//! What do UpGuard's answers look like, and which of their members do we read (`upguard.md` §4)?
//! Empty things are left out of the answers, so an absent member is an empty one.

pub(super) mod app;
pub(super) mod comment;
pub(super) mod contact;
pub(super) mod disclosure;
pub(super) mod lead;
pub(super) mod notification;
pub(super) mod questionnaire;
pub(super) mod risk;
pub(super) mod threat;
pub(super) mod vendor;
pub(super) mod waiver;

use concordat_remote::Cause;
use serde::Deserialize;

use crate::call::Refusal;
use crate::operation::Operation;
use crate::wire::{self, Id, Rows, Unreadable};

/// `GET /organisation`: id and name.
pub(super) fn organisation(body: &[u8]) -> Result<(String, String), Unreadable> {
    #[derive(Deserialize)]
    struct Organisation {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
    }
    let it: Organisation = wire::decode(body)?;
    let name = wire::name_of([it.name.as_deref(), it.primary_hostname.as_deref()], &it.id.0);
    Ok((it.id.0, name))
}

/// A page of a listing.
pub(super) struct Listing {
    pub(super) rows: Rows,
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
}

fn next(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// What a refusal means. UpGuard's `{"error": text}` is not quoted: it may name what was asked for.
pub(super) fn refusal(operation: &Operation, status: u16, _body: &[u8]) -> Refusal {
    let permission = operation.permission;
    let (cause, says) = match status {
        300..=399 => {
            (Cause::Malformed, "it answered with a redirect, which is not followed".into())
        }
        401 => (Cause::Credentials, "the API key is not accepted".into()),
        402 => (Cause::Rejected, "the licence does not cover this".into()),
        403 => (
            Cause::Scope,
            format!(
                "the API key lacks the permission {permission}, or the record is not accessible"
            ),
        ),
        404 => (Cause::Missing, "there is no such record".into()),
        408 => (Cause::NoAnswer, "the side gave up waiting".into()),
        422 => (Cause::Rejected, "a parameter is missing or not accepted".into()),
        429 => (Cause::Throttled, "too many requests".into()),
        500..=599 => (Cause::Broken, format!("the side failed with status {status}")),
        _ => (Cause::Rejected, format!("the request was rejected with status {status}")),
    };
    Refusal { cause, says }
}

/// No answer carries an id of the call (§1).
pub(super) fn trace(_body: &[u8]) -> Option<String> {
    None
}
