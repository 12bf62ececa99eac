//! What is a note, listed, read alone and written (`highlevel.md` §8)? It carries no time of change, and our
//! marker as a trailer of its text.

use std::collections::BTreeMap;

use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Sent;
use crate::marker::{self, Described};
use crate::wire::{self, Id, OnlyId, Rows, Unreadable, held_moment, held_text};

/// Where the text's trailer is kept.
pub(in crate::highlevel) const MARKER: &str = "marker";
const BODY: &str = "body";
const CONTACT: &str = "contactId";
const TITLE: &str = "title";
/// What people can set of a note beside its text and title.
const LOOKS: [&str; 2] = ["color", "userId"];
const PINNED: &str = "pinned";
/// How much of its text names a note, in characters.
const NAME_MAX: usize = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    id: Id,
    body: Option<String>,
    title: Option<String>,
    color: Option<String>,
    user_id: Option<String>,
    pinned: Option<bool>,
    date_added: Option<String>,
}

impl Note {
    fn record(self, contact: &RecordId, sight: Sight) -> Record {
        let Described { text, marker } = marker::split(self.body.as_deref().unwrap_or_default());
        let name = wire::beginning(text.as_deref().unwrap_or_default(), NAME_MAX);
        let [color, user] = LOOKS;
        let mut reading: Reading = [
            (TITLE, self.title.and_then(held_text)),
            (color, self.color.and_then(held_text)),
            (user, self.user_id.and_then(held_text)),
            (PINNED, self.pinned.map(Value::Bool)),
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

/// The body of a create: the text and, as its trailer, the marker; perhaps a title.
pub(in crate::highlevel) fn creation(
    set: &[(Path, Held)],
    contact: &RecordId,
    marker: Option<&str>,
) -> Result<BTreeMap<&'static str, Sent>, String> {
    let mut sent = BTreeMap::new();
    for (path, held) in set {
        let text = held.as_ref().and_then(Value::as_text);
        match path.as_str() {
            CONTACT if text == Some(contact.as_str()) => {}
            TITLE => drop(text.map(|it| sent.insert(TITLE, Sent::Text(it.to_owned())))),
            BODY => drop(sent.insert(BODY, body(text, marker)?)),
            _ => return Err(format!("`{path}` of a note cannot be written")),
        }
    }
    if sent.contains_key(BODY) { Ok(sent) } else { Err(NO_TEXT.into()) }
}

/// The body of an update: another text above the same marker, and everything else as it is.
pub(in crate::highlevel) fn update(
    set: &[(Path, Held)],
    current: &Reading,
) -> Result<BTreeMap<&'static str, Sent>, String> {
    let held = |path: &str| current.get(&Path::from(path)).and_then(Option::as_ref);
    let mut sent = BTreeMap::new();
    for name in [TITLE].into_iter().chain(LOOKS) {
        let text = held(name).and_then(Value::as_text);
        sent.extend(text.map(|it| (name, Sent::Text(it.to_owned()))));
    }
    if let Some(Value::Bool(pinned)) = held(PINNED) {
        sent.insert(PINNED, Sent::Bool(*pinned));
    }
    let marker = held(MARKER).and_then(Value::as_text);
    for (path, held) in set {
        let text = held.as_ref().and_then(Value::as_text);
        match path.as_str() {
            BODY => drop(sent.insert(BODY, body(text, marker)?)),
            _ => return Err(format!("`{path}` of a note cannot be changed")),
        }
    }
    if set.is_empty() { Err("there is nothing to write".into()) } else { Ok(sent) }
}

/// It may not be empty.
const NO_TEXT: &str = "a note needs a text";

fn body(text: Option<&str>, marker: Option<&str>) -> Result<Sent, String> {
    let text = Some(text.ok_or(NO_TEXT)?.to_owned());
    Ok(Sent::Text(marker::join(&Described { text, marker: marker.map(str::to_owned) })))
}
