//! What can a field hold? One closed set of kinds, each with one canonical byte form.
//!
//! "Holds nothing" is not a value: see [`crate::Held`]. How a native field becomes a value is the
//! mapping's business (lenses), not this file's.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Time;

/// A value of a field, in one of the kinds both systems share.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Text, as the side holds it.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number, exact as text (`"12.50"`).
    Decimal(String),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Time(Time),
    /// A day without a time zone.
    Date(NaiveDate),
    /// A set of texts; order and repetition mean nothing.
    Set(BTreeSet<String>),
}

impl Value {
    /// Text, for the many fields that hold it.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Integer(_)
            | Value::Decimal(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_)
            | Value::Set(_) => None,
        }
    }

    /// The canonical bytes: kind, then content. Equal values have equal bytes.
    pub fn canonical(&self) -> Vec<u8> {
        let (kind, content) = match self {
            Value::Text(text) => (b't', text.clone()),
            Value::Integer(number) => (b'i', number.to_string()),
            Value::Decimal(number) => (b'd', number.clone()),
            Value::Bool(yes) => (b'b', yes.to_string()),
            Value::Time(time) => (b'm', time.timestamp_micros().to_string()),
            Value::Date(date) => (b'y', date.to_string()),
            Value::Set(set) => {
                (b's', set.iter().map(|item| format!("{}:{item}", item.len())).collect())
            }
        };
        let mut bytes = vec![kind];
        bytes.extend_from_slice(content.as_bytes());
        bytes
    }
}

/// Values may be personal data: `Debug` shows the kind and the length only.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Value::Text(text) => return write!(f, "Text(<{} chars>)", text.chars().count()),
            Value::Set(set) => return write!(f, "Set(<{} items>)", set.len()),
            Value::Integer(_) => "Integer",
            Value::Decimal(_) => "Decimal",
            Value::Bool(_) => "Bool",
            Value::Time(_) => "Time",
            Value::Date(_) => "Date",
        };
        write!(f, "{kind}(<masked>)")
    }
}

/// The value as a person reads it. Only where values may stand: the plan, the terminal, the history.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Decimal(number) => f.write_str(number),
            Value::Bool(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Value::Time(time) => f.write_str(&time.to_rfc3339()),
            Value::Date(date) => write!(f, "{date}"),
            Value::Set(set) => {
                f.write_str(&set.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// For binary codecs, which need the kind spelled out.
#[derive(Serialize, Deserialize)]
enum Tagged<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Decimal(Cow<'a, str>),
    Bool(bool),
    Time(Time),
    Date(NaiveDate),
    Set(Cow<'a, BTreeSet<String>>),
}

/// For documents people and scripts read: plain where plain is unambiguous.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain<'a> {
    Bool(bool),
    Integer(i64),
    Text(Cow<'a, str>),
    Set(Cow<'a, BTreeSet<String>>),
    Decimal { decimal: Cow<'a, str> },
    Time { time: Time },
    Date { date: NaiveDate },
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            match self {
                Value::Text(text) => Plain::Text(Cow::Borrowed(text)),
                Value::Integer(number) => Plain::Integer(*number),
                Value::Decimal(number) => Plain::Decimal { decimal: Cow::Borrowed(number) },
                Value::Bool(yes) => Plain::Bool(*yes),
                Value::Time(time) => Plain::Time { time: *time },
                Value::Date(date) => Plain::Date { date: *date },
                Value::Set(set) => Plain::Set(Cow::Borrowed(set)),
            }
            .serialize(to)
        } else {
            match self {
                Value::Text(text) => Tagged::Text(Cow::Borrowed(text)),
                Value::Integer(number) => Tagged::Integer(*number),
                Value::Decimal(number) => Tagged::Decimal(Cow::Borrowed(number)),
                Value::Bool(yes) => Tagged::Bool(*yes),
                Value::Time(time) => Tagged::Time(*time),
                Value::Date(date) => Tagged::Date(*date),
                Value::Set(set) => Tagged::Set(Cow::Borrowed(set)),
            }
            .serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            Ok(match Plain::deserialize(from)? {
                Plain::Text(text) => Value::Text(text.into_owned()),
                Plain::Integer(number) => Value::Integer(number),
                Plain::Decimal { decimal } => Value::Decimal(decimal.into_owned()),
                Plain::Bool(yes) => Value::Bool(yes),
                Plain::Time { time } => Value::Time(time),
                Plain::Date { date } => Value::Date(date),
                Plain::Set(set) => Value::Set(set.into_owned()),
            })
        } else {
            Ok(match Tagged::deserialize(from)? {
                Tagged::Text(text) => Value::Text(text.into_owned()),
                Tagged::Integer(number) => Value::Integer(number),
                Tagged::Decimal(number) => Value::Decimal(number.into_owned()),
                Tagged::Bool(yes) => Value::Bool(yes),
                Tagged::Time(time) => Value::Time(time),
                Tagged::Date(date) => Value::Date(date),
                Tagged::Set(set) => Value::Set(set.into_owned()),
            })
        }
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value: plain text, number, yes/no or list of texts; or a tagged decimal, time or date.",
            "anyOf": [
                { "type": ["string", "integer", "boolean"] },
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "properties": { "decimal": { "type": "string" } }, "required": ["decimal"] },
                { "type": "object", "properties": { "time": { "type": "string", "format": "date-time" } }, "required": ["time"] },
                { "type": "object", "properties": { "date": { "type": "string", "format": "date" } }, "required": ["date"] }
            ]
        })
    }
}
