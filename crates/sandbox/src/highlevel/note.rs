//! What is a note, and what do its operations answer? Below a contact only, and without a time of
//! change: an edit shows in its members alone (HighLevel sheet §8).

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::children::Child;
use super::members::{Kind, Member, check, optional, required};
use super::{HighLevel, error, people, unprocessable};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response, iso_millis};

const CREATE_MEMBERS: [Member; 5] = [
    required("body", Kind::Text),
    optional("userId", Kind::Text),
    optional("title", Kind::Text),
    optional("color", Kind::Text),
    optional("pinned", Kind::Bool),
];
const UPDATE_MEMBERS: [Member; 5] = [
    optional("body", Kind::Text),
    optional("userId", Kind::Text),
    optional("title", Kind::Text),
    optional("color", Kind::Text),
    optional("pinned", Kind::Bool),
];

/// A note as the primary store holds it; empty texts are unset.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    pub(super) id: String,
    pub(super) contact_id: String,
    body: String,
    user_id: String,
    title: String,
    color: String,
    pinned: bool,
    date_added: DateTime<Utc>,
}

impl Child for Note {
    fn id(&self) -> &str {
        &self.id
    }

    fn contact_id(&self) -> &str {
        &self.contact_id
    }

    fn date_added(&self) -> DateTime<Utc> {
        self.date_added
    }
}

impl Note {
    fn blank(id: String, contact_id: String, at: DateTime<Utc>) -> Self {
        Self {
            id,
            contact_id,
            body: String::new(),
            user_id: String::new(),
            title: String::new(),
            color: String::new(),
            pinned: false,
            date_added: at,
        }
    }

    fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            let slot = match name.as_str() {
                "body" if value == "" => return Err("body should not be empty".into()),
                "body" => &mut self.body,
                "userId" => &mut self.user_id,
                "title" => &mut self.title,
                "color" => &mut self.color,
                "pinned" => {
                    self.pinned = value.as_bool().ok_or("pinned must be a boolean value")?;
                    continue;
                }
                other => return Err(format!("property {other} should not exist")),
            };
            let text = value.as_str().ok_or_else(|| format!("{name} must be a string"))?;
            text.clone_into(slot);
        }
        Ok(())
    }

    fn texts(&self) -> [(&'static str, &str); 4] {
        [
            ("body", &self.body),
            ("userId", &self.user_id),
            ("title", &self.title),
            ("color", &self.color),
        ]
    }

    /// The one shape; unset texts are left out.
    pub(super) fn shown(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        for (name, text) in self.texts().into_iter().filter(|(_, text)| !text.is_empty()) {
            members.insert(name.into(), json!(text));
        }
        members.insert("dateAdded".into(), json!(iso_millis(self.date_added)));
        members.insert("contactId".into(), json!(self.contact_id));
        members.insert("pinned".into(), json!(self.pinned));
        Value::Object(members)
    }

    /// Everything that can be written, by write name; the contact moves by a merge only.
    fn fields(&self) -> Fields {
        let texts = self.texts().into_iter().filter(|(_, text)| !text.is_empty());
        let mut fields: Fields = texts.map(|(name, text)| (name.to_owned(), json!(text))).collect();
        fields.insert("pinned".into(), json!(self.pinned));
        fields.insert("contactId".into(), json!(self.contact_id));
        fields
    }
}

/// All of a contact's notes, oldest first; there are no pages, and the real order is unpublished.
pub(super) fn list(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let mut notes = highlevel.notes.of(&contact.id);
    if occasion.switches.notes_newest_first {
        notes.sort_by_key(|note| std::cmp::Reverse(note.date_added));
    }
    let rows: Vec<Value> = notes.iter().map(Note::shown).collect();
    Ok(Response::json(200, &json!({ "notes": rows })))
}

pub(super) fn create(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let body = check(call, &CREATE_MEMBERS)?;
    let note = highlevel.add_note(occasion, &contact.id, &body).map_err(unprocessable)?;
    Ok(Response::json(201, &json!({ "note": note.shown() })))
}

pub(super) fn get(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let note = find(highlevel, occasion, call)?;
    Ok(Response::json(200, &json!({ "note": note.shown() })))
}

/// Whether members that are not sent stay is unpublished, so a switch decides.
pub(super) fn update(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let note = find(highlevel, occasion, call)?;
    let body = check(call, &UPDATE_MEMBERS)?;
    let kept = match occasion.switches.note_put_replaces {
        true => Note::blank(note.id, note.contact_id, note.date_added),
        false => note,
    };
    let note = highlevel.change_note(occasion, kept, &body).map_err(unprocessable)?;
    Ok(Response::json(200, &json!({ "note": note.shown() })))
}

pub(super) fn delete(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let note = find(highlevel, occasion, call)?;
    highlevel.drop_note(occasion, &note);
    highlevel.touch(occasion, &note.contact_id, occasion.switches.note_moves_date_updated);
    Ok(Response::json(200, &json!({ "succeded": true })))
}

/// The note, if it hangs on the contact of the path.
fn find(highlevel: &HighLevel, occasion: &Occasion<'_>, call: &Call<'_>) -> Result<Note, Response> {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let id = call.param(1);
    let status = occasion.switches.missing_note_status;
    let missing = || error(status, json!(format!("Note not found for id:{id}")));
    let found = highlevel.notes.get(id).filter(|note| note.contact_id == contact.id);
    found.cloned().ok_or_else(missing)
}

impl HighLevel {
    pub(super) fn add_note(
        &mut self,
        occasion: &mut Occasion<'_>,
        contact_id: &str,
        set: &Map<String, Value>,
    ) -> Result<Note, String> {
        let id = self.random.alphanumeric_id();
        let mut note = Note::blank(id, contact_id.to_owned(), occasion.side_time);
        note.write(set)?;
        occasion.created("note", note.id.as_str(), note.shown());
        self.notes.put(note.clone());
        self.touch(occasion, contact_id, occasion.switches.note_moves_date_updated);
        Ok(note)
    }

    /// Writes `set` over what a change leaves of the note.
    pub(super) fn change_note(
        &mut self,
        occasion: &mut Occasion<'_>,
        mut kept: Note,
        set: &Map<String, Value>,
    ) -> Result<Note, String> {
        kept.write(set)?;
        self.settle_note(occasion, kept.clone());
        Ok(kept)
    }

    /// Stores a changed note and notes the effects.
    fn settle_note(&mut self, occasion: &mut Occasion<'_>, after: Note) {
        let before = self.notes.get(&after.id).map(Note::fields).unwrap_or_default();
        let moved = occasion.changed("note", after.id.as_str(), &before, &after.fields());
        let contact_id = after.contact_id.clone();
        self.notes.put(after);
        let moves = occasion.switches.note_moves_date_updated && !moved.is_empty();
        self.touch(occasion, &contact_id, moves);
    }

    /// The winner of a merge gets the notes (§6.7).
    pub(super) fn move_notes(&mut self, occasion: &mut Occasion<'_>, from: &str, to: &str) {
        for mut note in self.notes.of(from) {
            to.clone_into(&mut note.contact_id);
            self.settle_note(occasion, note);
        }
    }

    pub(super) fn drop_note(&mut self, occasion: &mut Occasion<'_>, note: &Note) {
        occasion.deleted("note", note.id.as_str(), note.shown());
        self.notes.remove(&note.id);
    }
}
