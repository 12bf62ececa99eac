//! Is this body one the CRM would take? Unknown members and wrong types are refused as a whole,
//! with an array of messages (HighLevel sheet §1, §4). Knows nothing of values.

use serde_json::{Map, Value, json};

use super::{error, unprocessable};
use crate::http::{Call, Response};

/// The JSON type a member must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Email,
    Bool,
    Count,
    Texts,
    Rows,
    Members,
    /// Checked where it is read.
    Any,
}

/// A documented member of a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    kind: Kind,
    nullable: bool,
    required: bool,
}

pub(super) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, nullable: false, required: false }
}

pub(super) const fn nullable(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, nullable: true, required: false }
}

pub(super) const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, nullable: false, required: true }
}

/// The body, if every member is known and has its type.
pub(super) fn check(call: &Call<'_>, members: &[Member]) -> Result<Map<String, Value>, Response> {
    let body = call.members();
    let known = |name: &str| members.iter().find(|member| member.name == name);
    let mut faults = Vec::new();
    for name in body.keys().filter(|name| known(name).is_none()) {
        faults.push(format!("property {name} should not exist"));
    }
    for member in members {
        match body.get(member.name) {
            None | Some(Value::Null) if member.required => {
                faults.push(format!("{} should not be empty", member.name));
            }
            None => {}
            Some(Value::Null) if member.nullable => {}
            Some(value) => faults.extend(fault(member, value)),
        }
    }
    if faults.is_empty() { Ok(body) } else { Err(error(422, json!(faults))) }
}

/// Refuses a read of a whole location that does not name it.
pub(super) fn location_given(call: &Call<'_>) -> Result<(), Response> {
    match call.request.query("locationId") {
        Some(_) => Ok(()),
        None => Err(unprocessable("locationId should not be empty")),
    }
}

fn fault(member: &Member, value: &Value) -> Option<String> {
    let name = member.name;
    let texts =
        |value: &Value| value.as_array().is_some_and(|rows| rows.iter().all(Value::is_string));
    let (fits, wants) = match member.kind {
        Kind::Text if member.required => {
            (value.as_str().is_some_and(|text| !text.is_empty()), "should not be empty")
        }
        Kind::Text => (value.is_string(), "must be a string"),
        Kind::Email => (value.as_str().is_some_and(is_email), "must be an email"),
        Kind::Bool => (value.is_boolean(), "must be a boolean value"),
        Kind::Count => (value.as_u64().is_some(), "must be a number"),
        Kind::Texts if texts(value) => (true, ""),
        Kind::Texts => return Some(format!("each value in {name} must be a string")),
        Kind::Rows => (value.is_array(), "must be an array"),
        Kind::Members => (value.is_object(), "must be an object"),
        Kind::Any => (true, ""),
    };
    (!fits).then(|| format!("{name} {wants}"))
}

/// Loose, so that only what no mail system takes is refused; empty is a request to clear.
fn is_email(text: &str) -> bool {
    let shaped = |(local, domain): (&str, &str)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    };
    text.is_empty()
        || (!text.contains(char::is_whitespace) && text.split_once('@').is_some_and(shaped))
}
