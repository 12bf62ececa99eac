//! What is a task, as a search row, at its contact, and written (`highlevel.md` §7)? Only the row has a
//! stamp. A member missing from a row is not covered; missing elsewhere, it is empty.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Sent;
use super::search::{Listing, PAGE};
use crate::marker::{self, Described};
use crate::wire::{self, Id, Member, OnlyId, Rows, Unreadable, held_moment, held_text};

/// Where the body's trailer is kept.
pub(in crate::highlevel) const MARKER: &str = "marker";
const TITLE: &str = "title";
const BODY: &str = "body";
const DUE: &str = "dueDate";
pub(in crate::highlevel) const COMPLETED: &str = "completed";
const ASSIGNEE: &str = "assignee";
/// Names the contact it belongs to.
const CONTACT: &str = "contactId";
/// Not a field: the line above the marker of a new task.
const REFERENCE: &str = "reference";

/// Who has a login in the location: e-mail and user id.
pub(in crate::highlevel) struct People(BTreeMap<String, String>);

impl People {
    pub(in crate::highlevel) fn new(ids: BTreeMap<String, String>) -> People {
        People(ids)
    }

    fn email(&self, user: &str) -> Option<&str> {
        self.0.iter().find(|(_, id)| *id == user).map(|(email, _)| email.as_str())
    }

    fn id(&self, email: &str) -> Option<&str> {
        let same = |known: &str| known.eq_ignore_ascii_case(email.trim());
        self.0.iter().find(|(known, _)| same(known)).map(|(_, id)| id.as_str())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    /// `_id` in a row.
    #[serde(alias = "_id")]
    id: Id,
    contact_id: Option<Id>,
    #[serde(default)]
    title: Member<String>,
    #[serde(default)]
    body: Member<String>,
    #[serde(default)]
    due_date: Member<String>,
    #[serde(default)]
    completed: Member<bool>,
    #[serde(default)]
    assigned_to: Member<String>,
    date_updated: Option<String>,
    deleted: Option<bool>,
}

impl Task {
    /// `contact`: the one it was asked of.
    fn record(self, people: &People, contact: Option<&RecordId>, sight: Sight) -> Record {
        let parent = self.contact_id.map(|id| RecordId::new(id.0)).or_else(|| contact.cloned());
        let name = wire::name_of([self.title.as_ref().map(String::as_str)], &self.id.0);
        let mut reading = Reading::new();
        let mut cover = |path: &str, held: Option<Held>| {
            if let Some(held) = held {
                reading.set(path.into(), held);
            }
        };
        let is_row = sight == Sight::Row;
        cover(TITLE, covered(self.title, is_row, |text| Some(held_text(text))));
        cover(DUE, covered(self.due_date, is_row, |text| held_moment(&text)));
        cover(COMPLETED, covered(self.completed, is_row, |yes| Some(Some(Value::Bool(yes)))));
        let email = |user: String| match user.as_str() {
            "" => Some(None),
            user => people.email(user).map(|email| Some(Value::text(email))),
        };
        cover(ASSIGNEE, covered(self.assigned_to, is_row, email));
        let described = match self.body {
            Member::Missing if is_row => None,
            Member::Missing | Member::Null => Some(Described::default()),
            Member::Is(text) => Some(marker::split_referred(&text)),
        };
        if let Some(Described { text, marker }) = described {
            cover(BODY, Some(text.map(Value::Text)));
            cover(MARKER, Some(marker.map(Value::Text)));
        }
        let id = parent.as_ref().map(|id| Some(Value::text(id.as_str())));
        cover(CONTACT, id);
        Record {
            key: RecordKey::new(Resource::Task, self.id.0),
            parent,
            name: name.into(),
            stamp: self.date_updated.as_deref().and_then(wire::moment),
            reading,
            sight,
        }
    }
}

/// What a member holds; the outer `None`: it is not covered.
fn covered<T>(
    member: Member<T>,
    is_row: bool,
    held: impl FnOnce(T) -> Option<Held>,
) -> Option<Held> {
    match member {
        Member::Missing if is_row => None,
        Member::Missing | Member::Null => Some(None),
        Member::Is(it) => held(it),
    }
}

/// The body of a search: all of them.
pub(in crate::highlevel) fn search(search_after: Option<&str>) -> Result<Vec<u8>, Unreadable> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Search<'a> {
        limit: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        search_after: Option<&'a RawValue>,
    }
    let search_after = search_after.map(|text| wire::decode(text.as_bytes())).transpose()?;
    Ok(wire::encode(&Search { limit: PAGE, search_after }))
}

#[derive(Deserialize)]
struct Tasks<'a> {
    #[serde(borrow)]
    tasks: Vec<&'a RawValue>,
}

/// `POST /locations/{locationId}/tasks/search`; deleted ones are left out.
pub(in crate::highlevel) fn list(body: &[u8], people: &People) -> Result<Listing, Unreadable> {
    let rows = wire::decode::<Tasks<'_>>(body)?.tasks;
    let keep =
        |row: Task| (row.deleted != Some(true)).then(|| row.record(people, None, Sight::Row));
    Ok(Listing::of(&rows, None, keep))
}

/// `GET /contacts/{contactId}/tasks`.
pub(in crate::highlevel) fn list_of(
    body: &[u8],
    people: &People,
    contact: &RecordId,
) -> Result<Rows, Unreadable> {
    let rows = wire::decode::<Tasks<'_>>(body)?.tasks;
    Ok(wire::rows(&rows, |row: Task| Some(row.record(people, Some(contact), Sight::Listed))))
}

/// `GET /contacts/{contactId}/tasks/{taskId}`.
pub(in crate::highlevel) fn detail(
    body: &[u8],
    people: &People,
    contact: &RecordId,
) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        task: Task,
    }
    Ok(wire::decode::<Answer>(body)?.task.record(people, Some(contact), Sight::Read))
}

/// The answer to a create: the id.
pub(in crate::highlevel) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        task: OnlyId,
    }
    Ok(wire::decode::<Answer>(body)?.task.id.0)
}

/// The body of a create. The text gets its trailer: the reference, if there is one, and the marker.
pub(in crate::highlevel) fn creation(
    set: &[(Path, Held)],
    contact: &RecordId,
    marker: Option<&str>,
    people: &People,
) -> Result<BTreeMap<&'static str, Sent>, String> {
    let mut body = BTreeMap::new();
    let (mut described, mut reference) = (Described::default(), None);
    for (path, held) in set {
        match path.as_str() {
            CONTACT if text(path, held)? == Some(contact.as_str()) => {}
            CONTACT => return Err("the task is made at another contact than it names".into()),
            BODY => described.text = text(path, held)?.map(str::to_owned),
            REFERENCE => reference = text(path, held)?,
            _ if held.is_none() => {}
            _ => drop(body.insert(member(path)?, sent(path, held, people)?)),
        }
    }
    for needed in [TITLE, DUE, COMPLETED] {
        if !body.contains_key(needed) {
            return Err(format!("a task needs `{needed}`"));
        }
    }
    described.marker = marker.map(str::to_owned);
    if described.marker.as_deref().is_some_and(|letters| !marker::is_marker(letters)) {
        return Err("the marker is not eight letters".into());
    }
    if reference.is_some_and(|it| described.marker.is_none() || !marker::is_reference(it)) {
        return Err("the reference is not `T-` and four letters above a marker".into());
    }
    let described = marker::join_referred(&described, reference);
    if !described.is_empty() {
        body.insert(BODY, Sent::Text(described));
    }
    Ok(body)
}

/// The bodies of an update: of the task, and of whether it is completed, which has a request of its
/// own.
pub(in crate::highlevel) fn update(
    set: &[(Path, Held)],
    people: &People,
) -> Result<[BTreeMap<&'static str, Sent>; 2], String> {
    let (mut body, mut completed) = (BTreeMap::new(), BTreeMap::new());
    for (path, held) in set {
        let member = member(path)?;
        let into = if member == COMPLETED { &mut completed } else { &mut body };
        into.insert(member, sent(path, held, people)?);
    }
    Ok([body, completed])
}

/// The side's name of what can be written at any time.
fn member(path: &Path) -> Result<&'static str, String> {
    match path.as_str() {
        TITLE => Ok(TITLE),
        DUE => Ok(DUE),
        COMPLETED => Ok(COMPLETED),
        ASSIGNEE => Ok("assignedTo"),
        _ => Err(format!("`{path}` of a task cannot be written")),
    }
}

fn sent(path: &Path, held: &Held, people: &People) -> Result<Sent, String> {
    match (path.as_str(), held) {
        // Whether "" takes the assignee off is not published; the read-back tells.
        (ASSIGNEE, None) => Ok(Sent::Text(String::new())),
        (ASSIGNEE, Some(Value::Text(email))) => {
            let id = people.id(email).ok_or("no HighLevel user is named for the assignee")?;
            Ok(Sent::Text(id.to_owned()))
        }
        (TITLE, Some(Value::Text(title))) if !title.trim().is_empty() => {
            Ok(Sent::Text(title.clone()))
        }
        (DUE, Some(Value::Time(due))) => {
            Ok(Sent::Text(due.to_rfc3339_opts(SecondsFormat::Millis, true)))
        }
        (COMPLETED, Some(Value::Bool(yes))) => Ok(Sent::Bool(*yes)),
        _ => Err(format!("`{path}` of a task does not hold that")),
    }
}

fn text<'a>(path: &Path, held: &'a Held) -> Result<Option<&'a str>, String> {
    let wrong = || format!("`{path}` of a task holds text only");
    held.as_ref().map(|value| value.as_text().ok_or_else(wrong)).transpose()
}
