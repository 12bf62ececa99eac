//! Did the program do what it says, all of it, and nothing else? Judges from outside, on JSON alone:
//! what the sandbox saw happen, what the program reported, and what both systems held before and
//! after. Shares no type and no code with the engine, so that both cannot be wrong in the same way.
//!
//! Every judgement answers with complaints; none means that all is well.

pub mod invariants;
pub mod labels;
pub mod named;
pub mod reported;
pub mod states;
pub mod twins;

use serde_json::Value;

/// A record as both sides of a comparison name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// `upguard` or `highlevel`.
    pub side: String,
    /// What that side calls its kind: `vendor`, `business`, `contact`.
    pub entity: String,
    /// Its id, as text.
    pub id: String,
}

impl Name {
    /// The record of an effect.
    pub fn of_effect(effect: &Value) -> Name {
        Name {
            side: text(&effect["side"]),
            entity: text(&effect["entity"]),
            id: text(&effect["id"]),
        }
    }

    /// The record of a step of a run document.
    pub fn of_step(step: &Value) -> Name {
        Name {
            side: text(&step["side"]),
            entity: text(&step["entity"]),
            id: text(&step["record"]["id"]),
        }
    }
}

/// A text as it is, anything else as JSON; nothing as an empty text.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The members of a list; none if it is no list.
pub fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The line `[concordat:XXXXXXXX]` by which a record is found again.
const MARKER: &str = "[concordat:";

/// The custom field of a contact by which it is found again. Custom fields stand in records and effects
/// by their key, as `custom.KEY`.
pub const MARKER_FIELD: &str = "custom.concordat_id";

/// A text without the marker behind it, or in a line of its own where people wrote on below it.
pub fn unmarked(text: &str) -> String {
    if text.trim_end().ends_with(']') {
        return text.rfind(MARKER).map_or(text, |at| text[..at].trim_end()).to_owned();
    }
    let lines: Vec<&str> = text.lines().collect();
    match lines.iter().rposition(|it| it.starts_with(MARKER) && it.trim_end().ends_with(']')) {
        Some(at) => {
            format!("{}\n{}", lines[..at].join("\n").trim_end(), lines[at + 1..].join("\n"))
        }
        None => text.to_owned(),
    }
}
