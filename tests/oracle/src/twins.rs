//! Was anything made twice? Two new records are one and the same thing if they carry the same marker,
//! or, as people, the same e-mail address.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{MARKER, MARKER_FIELD, Name, text};

/// Complaints about things that requests made more than once.
pub fn made_twice(effects: &[Value]) -> Vec<String> {
    let mut made: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    let creates = effects
        .iter()
        .filter(|it| it["actor"] == "api" && it["field"].is_null() && it["before"].is_null());
    for effect in creates {
        for key in keys(effect) {
            made.entry(key).or_default().push(Name::of_effect(effect));
        }
    }
    let twice = made.into_iter().filter(|(_, names)| names.len() > 1);
    twice.map(|(key, names)| format!("made twice, as {key}: {names:?}")).collect()
}

fn keys(effect: &Value) -> Vec<String> {
    let record = &effect["after"];
    let description = text(&record["description"]);
    let marker = description.rfind(MARKER).map(|at| description[at..].trim().to_owned());
    let markers = record[MARKER_FIELD].as_str().map(|it| format!("{MARKER_FIELD} {it}"));
    let email = text(&record["email"]).to_lowercase();
    let email = Some(format!("contact {email}"))
        .filter(|_| effect["entity"] == "contact" && !email.is_empty());
    marker.into_iter().chain(markers).chain(email).collect()
}
