//! What does a line with one JSON object hold? Its members, and those of objects in it by their way from the
//! top: `record.id`. A list is one value.
//!
//! It does not know what a member means.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

/// What `line` holds at each of `key`, and of the rest only that it is JSON.
///
/// # Errors
/// It is not a JSON object.
pub fn picked(line: &[u8], key: &[String]) -> serde_json::Result<Vec<Option<Json>>> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let tops = Pick(key).deserialize(&mut reader)?;
    reader.end()?;
    let below = |(name, top): (&String, Option<Json>)| match name.split_once('.') {
        Some((_, way)) => way.split('.').try_fold(top?, |it, name| it.get(name).cloned()),
        None => top,
    };
    Ok(key.iter().zip(tops).map(below).collect())
}

/// Reads the members at the beginning of each way.
struct Pick<'k>(&'k [String]);

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Vec<Option<Json>>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Vec<Option<Json>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = vec![None; self.0.len()];
        while let Some(Name(name)) = members.next_key()? {
            let top = |way: &str| way.split('.').next() == Some(&*name);
            if self.0.iter().any(|it| top(it)) {
                let value: Json = members.next_value()?;
                for (found, _) in found.iter_mut().zip(self.0).filter(|(_, it)| top(it)) {
                    *found = Some(value.clone());
                }
            } else {
                let IgnoredAny = members.next_value()?;
            }
        }
        Ok(found)
    }
}

/// A member's name, where it stands.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Every value of the object in `line`, by its way from the top, in their order.
///
/// # Errors
/// It is not a JSON object.
pub fn flat(line: &[u8]) -> serde_json::Result<Vec<(String, Json)>> {
    let members: serde_json::Map<String, Json> = serde_json::from_slice(line)?;
    let mut all = Vec::new();
    members.into_iter().for_each(|(name, value)| flatten(name, value, &mut all));
    Ok(all)
}

fn flatten(way: String, value: Json, all: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            members.into_iter().for_each(|(name, it)| flatten(format!("{way}.{name}"), it, all));
        }
        value => all.push((way, value)),
    }
}

/// A value as a part of a key.
pub fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}
