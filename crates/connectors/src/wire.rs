//! How is JSON read without trusting it? What both systems' wire files share: bodies whose rows are
//! decoded one by one, members that may be missing or null, lenient ids and times.
//!
//! An error here names the place that could not be read and never shows what stood there: serde's
//! own texts quote the input.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use concordat_model::zoo::{self, Bug};
use concordat_model::{Held, Record, RecordId, Time, Value};
use serde::de::{self, Deserializer, IgnoredAny, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// What could not be read: a place, no content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Decodes a body. Members that are not asked for are skipped without being kept.
pub(crate) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Unreadable> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable("it is empty".into()));
    }
    let mut from = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut from).map_err(|error| {
        let place = error.path().to_string();
        Unreadable(match error.inner().classify() {
            Category::Syntax | Category::Io => "it is not JSON".into(),
            Category::Eof => "it is cut off".into(),
            Category::Data if place == "." => "it has another shape".into(),
            Category::Data => format!("`{place}` is missing or has another shape"),
        })
    })?;
    from.end().map_err(|_| Unreadable("something follows it".into()))?;
    Ok(value)
}

/// Encodes a body of ours.
pub(crate) fn encode<T: Serialize>(body: &T) -> Vec<u8> {
    // Invariant: our bodies are maps with text keys and plain values; those always encode.
    serde_json::to_vec(body).expect("a body of texts, numbers and maps encodes")
}

/// The names of the members of a body of ours; those of an object in it, after its own: `attributes.Phone`.
pub(crate) fn names(body: &[u8]) -> Vec<String> {
    type Members<'a> = BTreeMap<String, &'a RawValue>;
    let of =
        |(name, value): (String, &RawValue)| match decode::<Members<'_>>(value.get().as_bytes()) {
            Ok(inner) => inner.keys().map(|it| format!("{name}.{it}")).collect(),
            Err(_) => vec![name],
        };
    decode::<Members<'_>>(body).unwrap_or_default().into_iter().flat_map(of).collect()
}

/// The rows of a page, each decoded on its own.
pub(crate) struct Rows {
    pub(crate) records: Vec<Record>,
    pub(crate) unreadable: Vec<String>,
}

impl Rows {
    /// The one that was asked for, if it is there: not known if a row cannot be read that may be it.
    pub(crate) fn only(self, id: &RecordId) -> Result<Option<Record>, Unreadable> {
        match (self.records.into_iter().find(|it| it.key.id == *id), self.unreadable.first()) {
            (None, Some(what)) => Err(Unreadable(what.clone())),
            (found, _) => Ok(found),
        }
    }
}

/// Decodes `rows` one by one; `keep` answers the records that a row holds, none if it is not ours to see.
pub(crate) fn rows<'a, W: Deserialize<'a>, R: IntoIterator<Item = Record>>(
    rows: &[&'a RawValue],
    keep: impl Fn(W) -> R,
) -> Rows {
    let mut read = Rows { records: Vec::new(), unreadable: Vec::new() };
    for (index, row) in rows.iter().enumerate() {
        match decode::<W>(row.get().as_bytes()) {
            Ok(row) => read.records.extend(keep(row)),
            Err(what) => {
                let id = decode::<SomeId>(row.get().as_bytes());
                let which = id.map_or_else(|_| format!("row {}", index + 1), |row| row.id.0);
                read.unreadable.push(format!("{which}: {what}"));
            }
        }
    }
    read
}

/// A member that may be missing, null or there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Member<T> {
    #[default]
    Missing,
    Null,
    Is(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(from)?.map_or(Member::Null, Member::Is))
    }
}

impl<T> Member<T> {
    /// What it holds; the outer `None`: the answer does not cover it.
    pub(crate) fn map(self, value: impl FnOnce(T) -> Held) -> Option<Held> {
        match self {
            Member::Missing => zoo::is_in(Bug::MissingIsEmpty).then_some(None),
            Member::Null => Some(None),
            Member::Is(it) => Some(value(it)),
        }
    }

    pub(crate) fn as_ref(&self) -> Option<&T> {
        match self {
            Member::Missing | Member::Null => None,
            Member::Is(it) => Some(it),
        }
    }
}

/// Text; empty text is no value.
pub(crate) fn held_text(text: String) -> Held {
    (!text.is_empty()).then_some(Value::Text(text))
}

/// A set of texts; an empty set is no value.
pub(crate) fn held_set(items: Vec<String>) -> Held {
    (!items.is_empty()).then(|| Value::Set(items.into_iter().collect()))
}

/// The first name that is not blank; the last resort is the id.
pub(crate) fn name_of<'a>(names: impl IntoIterator<Item = Option<&'a str>>, id: &str) -> String {
    let mut names = names.into_iter().flatten().map(str::trim).filter(|name| !name.is_empty());
    names.next().unwrap_or(id).to_owned()
}

/// How a text begins: its first line, at most `longest` characters of it.
pub(crate) fn beginning(text: &str, longest: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let start: String = line.chars().take(longest).collect();
    if start.len() < line.len() { format!("{}…", start.trim_end()) } else { start }
}

/// An id: a whole number or a text that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }
            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }
            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Id, E> {
                if id.is_empty() { Err(E::custom("empty")) } else { Ok(Id(id.to_owned())) }
            }
        }
        from.deserialize_any(IdVisitor)
    }
}

/// Anything that has an id, and nothing else of it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct OnlyId {
    pub(crate) id: Id,
}

/// An id under any of the names it has in a row.
#[derive(Deserialize)]
struct SomeId {
    #[serde(alias = "_id", alias = "uuid", alias = "notification_id")]
    id: Id,
}

/// A value of a field whose type the side's administrator chose.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Loose {
    Text(String),
    Whole(i64),
    Number(f64),
    Bool(bool),
    Other(IgnoredAny),
}

impl Loose {
    /// As text; the outer `None`: it cannot be said as one.
    pub(crate) fn held(self) -> Option<Held> {
        match self {
            Loose::Text(text) => Some(held_text(text)),
            Loose::Whole(number) => Some(held_text(number.to_string())),
            Loose::Number(number) => Some(held_text(number.to_string())),
            Loose::Bool(yes) => Some(held_text(yes.to_string())),
            Loose::Other(_) => None,
        }
    }
}

/// A time as lenient as the sheets ask for: RFC 3339 with any number of fractional digits, or the
/// same without a zone (then UTC), or a day. Anything else is no time, not an error; nor is a year that
/// RFC 3339 cannot write: nothing could be read again that holds it, or reckoned with it.
pub(crate) fn moment(text: &str) -> Option<Time> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let time = zoned.or_else(|_| naive(text).map(|time| time.and_utc())).ok()?;
    (0..=9999).contains(&time.year()).then_some(time)
}

fn naive(text: &str) -> Result<NaiveDateTime, chrono::ParseError> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.into()))
}

/// A field that holds a time; empty text is no value. The outer `None`: it is no time.
pub(crate) fn held_moment(text: &str) -> Option<Held> {
    if text.trim().is_empty() { Some(None) } else { moment(text).map(|it| Some(Value::Time(it))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_leniently() {
        let nanos = |text: &str| moment(text).and_then(|time| time.timestamp_nanos_opt());
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000_000_000)),
            ("1970-01-01T00:00:01.5Z", Some(1_500_000_000)),
            ("1970-01-01T00:00:00.123456789Z", Some(123_456_789)),
            ("1970-01-01T01:00:01+01:00", Some(1_000_000_000)),
            ("1970-01-01T00:00:01", Some(1_000_000_000)),
            ("1970-01-01 00:00:01.000", Some(1_000_000_000)),
            ("1970-01-02", Some(86_400_000_000_000)),
            ("yesterday", None),
            ("", None),
            ("2026-13-45T99:99:99Z", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
        assert!(moment("9999-12-31T23:59:59Z").is_some());
        for beyond in ["+262142-12-31T23:59:59", "9999-12-31T23:59:59-01:00", "-0001-01-01"] {
            assert_eq!(moment(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn errors_name_places_and_never_contents() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[allow(dead_code)]
            inner: Vec<Id>,
        }
        let what = |body: &str| decode::<Outer>(body.as_bytes()).expect_err("unreadable").0;
        assert_eq!(
            what(r#"{"inner":[1,{"canary":1}]}"#),
            "`inner[1]` is missing or has another shape"
        );
        assert_eq!(what(r#"{"inner":"canary"}"#), "`inner` is missing or has another shape");
        assert_eq!(what(r#"{"inner":[1"#), "it is cut off");
        assert_eq!(what("<html>canary</html>"), "it is not JSON");
        assert_eq!(what(r#"{"inner":[]} canary"#), "something follows it");
        assert_eq!(what(""), "it is empty");
        assert_eq!(what(r#""canary""#), "it has another shape");
    }
}
