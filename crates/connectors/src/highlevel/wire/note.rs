//! What is a note, listed, read alone and made (`highlevel.md` §8)? It carries no time of change, and our
//! marker as a trailer of its text.

use std::collections::BTreeMap;

use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Sent;
use crate::marker::{self, Described};
use crate::wire::{self, Id, OnlyId, Rows, Unreadable, held_moment};

/// Where the text's trailer is kept.
pub(in crate::highlevel) const MARKER: &str = "marker";
const BODY: &str = "body";
const CONTACT: &str = "contactId";
/// How much of its text names a note, in characters.
const NAME_MAX: usize = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    id: Id,
    body: Option<String>,
    date_added: Option<String>,
}

impl Note {
    fn record(self, contact: &RecordId, sight: Sight) -> Record {
        let Described { text, marker } = marker::split(self.body.as_deref().unwrap_or_default());
        let name = wire::beginning(text.as_deref().unwrap_or_default(), NAME_MAX);
        let mut reading: Reading = [
            (BODY, text.map(Value::Text)),
            (MARKER, marker.map(Value::Text)),
            (CONTACT, Some(Value::text(contact.as_str()))),
        ]
        .into_iter()
        .map(|(path, held)| (Path::from(path), held))
        .collect();
        if let Some(held) = self.date_added.map_or(Some(None), |text| held_moment(&text)) {
            reading.set("added".into(), held);
        }
        Record {
            name: wire::name_of([Some(name.as_str())], &self.id.0).into(),
            key: RecordKey::new(Resource::Note, self.id.0),
            parent: Some(contact.clone()),
            stamp: None,
            reading,
            sight,
        }
    }
}

/// `GET /contacts/{contactId}/notes`: all of them, there are no pages.
pub(in crate::highlevel) fn list(body: &[u8], contact: &RecordId) -> Result<Rows, Unreadable> {
    #[derive(Deserialize)]
    struct Notes<'a> {
        #[serde(borrow)]
        notes: Vec<&'a RawValue>,
    }
    let rows = wire::decode::<Notes<'_>>(body)?.notes;
    Ok(wire::rows(&rows, |row: Note| Some(row.record(contact, Sight::Listed))))
}

/// `GET /contacts/{contactId}/notes/{noteId}`.
pub(in crate::highlevel) fn detail(body: &[u8], contact: &RecordId) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        note: Note,
    }
    Ok(wire::decode::<Answer>(body)?.note.record(contact, Sight::Read))
}

/// The answer to a create: the id.
pub(in crate::highlevel) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        note: OnlyId,
    }
    Ok(wire::decode::<Answer>(body)?.note.id.0)
}

/// The body of a create: the text and, as its trailer, the marker.
pub(in crate::highlevel) fn creation(
    set: &[(Path, Held)],
    contact: &RecordId,
    marker: Option<&str>,
) -> Result<BTreeMap<&'static str, Sent>, String> {
    let mut described = Described { text: None, marker: marker.map(str::to_owned) };
    for (path, held) in set {
        let text = held.as_ref().and_then(Value::as_text);
        match path.as_str() {
            CONTACT if text == Some(contact.as_str()) => {}
            BODY => described.text = text.map(str::to_owned),
            _ => return Err(format!("`{path}` of a note cannot be written")),
        }
    }
    match described.text {
        None => Err("a note needs a text".into()),
        Some(_) => Ok(BTreeMap::from([(BODY, Sent::Text(marker::join(&described)))])),
    }
}
