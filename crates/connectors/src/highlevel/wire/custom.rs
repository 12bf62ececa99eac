//! What are the custom fields of contacts, defined, read and written (`highlevel.md` §6.4)? Of all a
//! location defines, those that hold our marker and those the settings name; a definition of another
//! type than expected is none.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::custom_field::key_of;
use concordat_model::{CustomKind, Held, Path, Reading, Record, RecordKey, Resource, Sight, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Sent;
use crate::wire::{self, Id, Loose, Member, OnlyId, Unreadable};

/// Where the custom field with our marker is kept; also its key.
pub(in crate::highlevel) const MARKER: &str = "concordat_id";
/// The prefix of the path of every other custom field.
const CUSTOM: &str = "custom.";
/// What the side puts before the key of a contact's field.
const MODEL: &str = "contact.";
/// The native fields of a definition.
pub(in crate::highlevel) const KEY: &str = "key";
pub(in crate::highlevel) const NAME: &str = "name";
const DATA_TYPE: &str = "dataType";

/// One definition, as the side lists it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::highlevel) struct Listed {
    id: Id,
    name: Option<String>,
    field_key: Option<String>,
    data_type: Option<String>,
}

impl Listed {
    /// Whether its key is `key`, which is written without `contact.`.
    pub(in crate::highlevel) fn is(&self, key: &str) -> bool {
        self.field_key.as_deref().and_then(|it| it.strip_prefix(MODEL)) == Some(key)
    }

    pub(in crate::highlevel) fn holds(&self, kind: CustomKind) -> bool {
        self.data_type.as_deref().is_some_and(|it| kind.fits(it))
    }

    /// As a record. Its key is written without `contact.`.
    pub(in crate::highlevel) fn record(&self, sight: Sight) -> Record {
        let key = self.field_key.as_deref().and_then(|it| it.strip_prefix(MODEL));
        let held = |text: Option<&str>| text.map(str::to_owned).and_then(wire::held_text);
        let fields = [
            (KEY, held(key)),
            (NAME, held(self.name.as_deref())),
            (DATA_TYPE, held(self.data_type.as_deref())),
        ];
        Record {
            key: RecordKey::new(Resource::CustomField, self.id.0.clone()),
            parent: None,
            name: wire::name_of([key, self.name.as_deref()], &self.id.0).into(),
            stamp: None,
            reading: fields.into_iter().map(|(path, held)| (path.into(), held)).collect(),
            sight,
        }
    }
}

/// `GET /locations/{locationId}/customFields`.
pub(in crate::highlevel) struct Listing {
    pub(in crate::highlevel) definitions: Vec<Listed>,
    /// Those that cannot be read. Those of other people may have any shape.
    pub(in crate::highlevel) unreadable: Vec<String>,
}

pub(in crate::highlevel) fn list(body: &[u8]) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        custom_fields: Vec<&'a RawValue>,
    }
    let mut listing = Listing { definitions: Vec::new(), unreadable: Vec::new() };
    for (index, row) in wire::decode::<Answer<'_>>(body)?.custom_fields.iter().enumerate() {
        match wire::decode(row.get().as_bytes()) {
            Ok(listed) => listing.definitions.push(listed),
            Err(what) => listing.unreadable.push(format!("row {}: {what}", index + 1)),
        }
    }
    Ok(listing)
}

/// The body that defines the field `set`. The side makes its key from the name, so that must give it.
pub(in crate::highlevel) fn definition(set: &[(Path, Held)]) -> Result<Vec<u8>, String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        name: &'a str,
        data_type: &'a str,
        model: &'static str,
    }
    let text = |wanted: &str| {
        let held = set.iter().find(|(path, _)| path.as_str() == wanted);
        let text = held.and_then(|(_, held)| held.as_ref()?.as_text());
        text.ok_or_else(|| format!("a custom field needs a `{wanted}`"))
    };
    let (key, name, data_type) = (text(KEY)?, text(NAME)?, text(DATA_TYPE)?);
    if key_of(name) != key {
        return Err(format!("the key of a field called `{name}` would not be `{key}`"));
    }
    Ok(wire::encode(&Body { name, data_type, model: "contact" }))
}

/// The answer to that: the id.
pub(in crate::highlevel) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        custom_field: OnlyId,
    }
    Ok(wire::decode::<Answer>(body)?.custom_field.id.0)
}

/// The custom fields that we use and that are defined, by native path.
#[derive(Debug, Default)]
pub(in crate::highlevel) struct Definitions(BTreeMap<Path, (String, CustomKind)>);

/// A custom field of a contact, as it is read.
#[derive(Deserialize)]
pub(in crate::highlevel) struct Custom {
    id: Option<String>,
    value: Option<Loose>,
}

/// A custom field of a contact, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::highlevel) struct CustomField {
    id: String,
    field_value: Sent,
}

impl Definitions {
    /// Those of `listed` that hold our marker or are `wanted`, by key.
    pub(in crate::highlevel) fn of(
        listed: Vec<Listed>,
        wanted: &BTreeMap<String, CustomKind>,
    ) -> Definitions {
        let custom = wanted.iter().map(|(key, kind)| (format!("{CUSTOM}{key}"), key, *kind));
        let all = custom.map(|(path, key, kind)| (path, key.as_str(), kind));
        let all = all.chain([(MARKER.to_owned(), MARKER, CustomKind::Text)]);
        let defined = all.filter_map(|(path, key, kind)| {
            let it = listed.iter().find(|it| it.is(key) && it.holds(kind))?;
            Some((Path::new(path), (it.id.0.clone(), kind)))
        });
        Definitions(defined.collect())
    }

    /// Whether `path` is a custom field, defined or not.
    pub(in crate::highlevel) fn are_about(path: &Path) -> bool {
        path.as_str() == MARKER || path.as_str().starts_with(CUSTOM)
    }

    /// The id of the field that holds our marker.
    pub(in crate::highlevel) fn marker_field(&self) -> Option<&str> {
        self.0.get(&Path::from(MARKER)).map(|(id, _)| id.as_str())
    }

    /// The paths of the others.
    pub(in crate::highlevel) fn custom(&self) -> BTreeSet<Path> {
        self.0.keys().filter(|path| path.as_str() != MARKER).cloned().collect()
    }

    /// Covers what is defined. Array there and an id missing: empty. Array missing: not covered. A
    /// value that its kind does not hold: not covered either.
    pub(in crate::highlevel) fn read(&self, fields: &Member<Vec<Custom>>, into: &mut Reading) {
        let Some(fields) = fields.as_ref() else { return };
        for (path, (id, kind)) in &self.0 {
            let field = fields.iter().find(|field| field.id.as_ref() == Some(id));
            let held = match (field.and_then(|field| field.value.clone()), kind) {
                (None, _) => Some(None),
                (Some(value), CustomKind::Text) => value.held(),
                (Some(value), CustomKind::Number) => number(&value),
            };
            if let Some(held) = held {
                into.set(path.clone(), held);
            }
        }
    }

    /// `path` as it is written.
    pub(in crate::highlevel) fn sent(
        &self,
        path: &Path,
        held: &Held,
    ) -> Result<CustomField, String> {
        let Some((id, kind)) = self.0.get(path) else {
            let key = path.as_str().strip_prefix(CUSTOM).unwrap_or(path.as_str());
            return Err(format!("the custom field `{key}` is not defined"));
        };
        let field_value = match (kind, held) {
            // Whether null or "" clears a custom field is not published; the read-back tells.
            (_, None) => Sent::Text(String::new()),
            (CustomKind::Text, Some(Value::Text(text))) => Sent::Text(text.clone()),
            (CustomKind::Text, Some(_)) => {
                return Err(format!("`{path}` of a contact holds text only"));
            }
            (CustomKind::Number, Some(Value::Integer(number))) => Sent::Number((*number).into()),
            (CustomKind::Number, Some(value)) => Sent::Number(
                decimal(value)
                    .ok_or_else(|| format!("`{path}` of a contact holds a number only"))?,
            ),
        };
        Ok(CustomField { id: id.clone(), field_value })
    }
}

fn decimal(value: &Value) -> Option<serde_json::Number> {
    match value {
        Value::Decimal(text) => serde_json::from_str(text).ok(),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Bool(_)
        | Value::Time(_)
        | Value::Date(_)
        | Value::Set(_) => None,
    }
}

/// A number, or a text that says one; the outer `None`: it is neither.
fn number(value: &Loose) -> Option<Held> {
    let number = match value {
        Loose::Text(text) if text.trim().is_empty() => return Some(None),
        Loose::Text(text) => match text.trim().parse::<i64>() {
            Ok(whole) => return Some(Some(Value::Integer(whole))),
            Err(_) => text.trim().parse::<f64>().ok()?,
        },
        Loose::Whole(whole) => return Some(Some(Value::Integer(*whole))),
        Loose::Number(number) => *number,
        Loose::Bool(_) | Loose::Other(_) => return None,
    };
    // Written out, never with an exponent; whole ones have no point.
    let digits = number.is_finite().then(|| number.to_string())?;
    Some(Some(digits.parse().map_or(Value::Decimal(digits), Value::Integer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_where_they_can_be() {
        let read = |json: &str| {
            let held = number(&serde_json::from_str(json).expect("a value"));
            held.map(|held| held.map_or("empty".to_owned(), |it| format!("{it:?} {it}")))
        };
        for (json, expected) in [
            ("7", Some("Integer(<masked>) 7")),
            ("7.0", Some("Integer(<masked>) 7")),
            ("-0.0", Some("Integer(<masked>) 0")),
            ("7.25", Some("Decimal(<masked>) 7.25")),
            (r#"" 712 ""#, Some("Integer(<masked>) 712")),
            (r#""7.50""#, Some("Decimal(<masked>) 7.5")),
            (r#""1e3""#, Some("Integer(<masked>) 1000")),
            (r#""""#, Some("empty")),
            (r#""high""#, None),
            (r#""NaN""#, None),
            ("true", None),
            ("[1]", None),
        ] {
            assert_eq!(read(json).as_deref(), expected, "{json}");
        }
    }
}
