//! What does a refusal of HighLevel mean (`highlevel.md` §4)? Sorted by status and by the few texts
//! that are known to carry meaning. A text is only compared, never passed on: the side quotes our
//! input in it.

use concordat_remote::Cause;
use serde::Deserialize;

use crate::call::Refusal;
use crate::operation::Operation;
use crate::wire;

/// Members a message may name: those we send, and those the sheet knows to be refused.
const MEMBERS: [&str; 41] = [
    "firstName",
    "lastName",
    "name",
    "email",
    "phone",
    "companyName",
    "website",
    "address1",
    "address",
    "city",
    "state",
    "postalCode",
    "country",
    "timezone",
    "tags",
    "dnd",
    "source",
    "customFields",
    "customFields.0.id",
    "customFields.0.field_value",
    "field_value",
    "fieldKey",
    "dataType",
    "model",
    "id",
    "description",
    "title",
    "body",
    "dueDate",
    "completed",
    "assignedTo",
    "locationId",
    "pageLimit",
    "searchAfter",
    "filters",
    "sort",
    "gender",
    "limit",
    "skip",
    "additionalEmails",
    "additionalPhones",
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    message: Option<Message>,
    meta: Option<Meta>,
}

/// A string in most refusals, an array in a 422.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    One(String),
    Many(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    contact_id: Option<String>,
    matching_field: Option<String>,
}

pub(in crate::highlevel) fn refusal(operation: &Operation, status: u16, body: &[u8]) -> Refusal {
    // A refusal without a readable body is still a refusal; its status says enough.
    let body: Body = wire::decode(body).unwrap_or_default();
    let messages = match body.message {
        Some(Message::One(message)) => vec![message],
        Some(Message::Many(messages)) => messages,
        None => Vec::new(),
    };
    let says_so = |text: &str| messages.iter().any(|it| it.to_lowercase().contains(text));
    let (cause, says): (Cause, String) = match status {
        300..=399 => {
            (Cause::Malformed, "it answered with a redirect, which is not followed".into())
        }
        400 => bad_request(body.meta.unwrap_or_default(), says_so),
        401 if says_so("not authorized for this scope") => {
            (Cause::Scope, format!("the token lacks the scope {}", operation.permission))
        }
        401 if says_so("private integration token") => {
            (Cause::Credentials, "the private integration token is not valid".into())
        }
        401 => (Cause::Expired, "the access token has expired or was withdrawn".into()),
        403 if says_so("access to this location") => {
            (Cause::Scope, "the token does not open this location".into())
        }
        403 => (Cause::Scope, "the token may not do this".into()),
        404 if messages.iter().any(|it| it.starts_with("Cannot ")) => {
            (Cause::Rejected, "the side does not know this route".into())
        }
        404 => (Cause::Missing, "there is no such record".into()),
        408 => (Cause::NoAnswer, "the side gave up waiting".into()),
        422 => (Cause::Rejected, unprocessable(&messages)),
        429 => (Cause::Throttled, "too many requests".into()),
        500..=599 => (Cause::Broken, format!("the side failed with status {status}")),
        _ => (Cause::Rejected, format!("the request was rejected with status {status}")),
    };
    Refusal { cause, says }
}

/// The id that every answer carries (§1), for their support.
pub(in crate::highlevel) fn trace(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Traced {
        trace_id: Option<String>,
    }
    wire::decode::<Traced>(body).ok()?.trace_id.filter(|id| is_token(id))
}

fn bad_request(meta: Meta, says_so: impl Fn(&str) -> bool) -> (Cause, String) {
    if says_so("duplicated contacts") || meta.matching_field.is_some() {
        let id = meta.contact_id.filter(|id| is_token(id));
        let field = meta.matching_field.filter(|field| is_token(field));
        return (Cause::Duplicate { id, field }, "a contact with the same identity exists".into());
    }
    if says_so("not found") || says_so("not a valid objectid") {
        return (Cause::Missing, "there is no such record".into());
    }
    let says = if says_so("invalid field") {
        "a search filter is not known to the side"
    } else if says_so("custom field value") {
        "the value of a custom field is not accepted"
    } else {
        "the request was rejected"
    };
    (Cause::Rejected, says.into())
}

/// Names the members a 422 complains about, as far as they are members we know.
fn unprocessable(messages: &[String]) -> String {
    let mut named: Vec<String> = Vec::new();
    for message in messages {
        let words: Vec<&str> = message.split_whitespace().collect();
        let said = match words.as_slice() {
            ["property", name, "should", "not", "exist"] => {
                known(name).map(|name| format!("`{name}` should not exist"))
            }
            [name, "should", "not", "be", "empty"] => {
                known(name).map(|name| format!("`{name}` should not be empty"))
            }
            [name, "must", ..] => known(name).map(|name| format!("`{name}` has the wrong form")),
            _ => None,
        };
        if let Some(said) = said
            && !named.contains(&said)
        {
            named.push(said);
        }
    }
    match named.as_slice() {
        [] => "the body was not accepted".into(),
        _ => format!("the body was not accepted: {}", named.join(", ")),
    }
}

fn known(name: &str) -> Option<&'static str> {
    MEMBERS.into_iter().find(|member| *member == name)
}

/// Ids and member names: short, and nothing a person would write.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}
