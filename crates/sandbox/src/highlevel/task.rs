//! What is a task, and how does it look in every answer? Without timestamps per contact, with them
//! in the search of the location (HighLevel sheet §7).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::children::Child;
use super::contact::{Contact, Text};
use super::members::{Kind, Member, optional, required};
use crate::effects::Fields;
use crate::http::iso_millis;

/// Members of a create body.
pub(super) const CREATE_MEMBERS: [Member; 5] = [
    required("title", Kind::Text),
    optional("body", Kind::Text),
    required("dueDate", Kind::Text),
    required("completed", Kind::Bool),
    optional("assignedTo", Kind::Text),
];

/// Members of a `PUT` body, which is partial.
pub(super) const UPDATE_MEMBERS: [Member; 5] = [
    optional("title", Kind::Text),
    optional("body", Kind::Text),
    optional("dueDate", Kind::Text),
    optional("completed", Kind::Bool),
    optional("assignedTo", Kind::Text),
];

/// A task as the primary store holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(super) id: String,
    pub(super) contact_id: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) assigned_to: String,
    pub(super) due_date: DateTime<Utc>,
    pub(super) completed: bool,
    pub(super) date_added: DateTime<Utc>,
    pub(super) date_updated: DateTime<Utc>,
}

impl Child for Task {
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

impl Task {
    pub(super) fn new(id: String, contact_id: String, at: DateTime<Utc>) -> Self {
        Self {
            id,
            contact_id,
            title: String::new(),
            body: String::new(),
            assigned_to: String::new(),
            due_date: at,
            completed: false,
            date_added: at,
            date_updated: at,
        }
    }

    /// Writes the members that are there; an empty body or assignee clears it. Due dates become
    /// UTC (§6.6).
    pub(super) fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            let text = value.as_str().map(str::to_owned);
            let text = || text.clone().ok_or_else(|| format!("{name} must be a string"));
            match name.as_str() {
                "title" if value == "" => return Err("title should not be empty".into()),
                "title" => self.title = text()?,
                "body" => self.body = text()?,
                "assignedTo" => self.assigned_to = text()?,
                "completed" => {
                    self.completed = value.as_bool().ok_or("completed must be a boolean value")?;
                }
                "dueDate" => {
                    let due = instant(&text()?);
                    self.due_date = due.ok_or("dueDate must be a valid ISO 8601 date string")?;
                }
                other => return Err(format!("property {other} should not exist")),
            }
        }
        Ok(())
    }

    /// The shape of the operations below a contact: no timestamps at all.
    pub(super) fn shown(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        members.insert("title".into(), json!(self.title));
        for (name, text) in [("body", &self.body), ("assignedTo", &self.assigned_to)] {
            if !text.is_empty() {
                members.insert(name.into(), json!(text));
            }
        }
        members.insert("dueDate".into(), json!(iso_millis(self.due_date)));
        members.insert("completed".into(), json!(self.completed));
        members.insert("contactId".into(), json!(self.contact_id));
        Value::Object(members)
    }

    /// A row of the location's search: `_id`, and the timestamps. Users are not modelled, so the
    /// assignee has no name; the status of a completed task is unpublished.
    pub(super) fn search_row(&self, location: &str, contact: Option<&Contact>) -> Value {
        let status = if self.completed { "completed" } else { "to_do" };
        let of_contact = |text| contact.and_then(|contact| contact.text(text));
        json!({
            "_id": self.id,
            "title": self.title,
            "body": set(&self.body),
            "contactId": self.contact_id,
            "locationId": location,
            "assignedTo": set(&self.assigned_to),
            "completed": self.completed,
            "status": status,
            "statusGroup": status,
            "deleted": false,
            "dueDate": iso_millis(self.due_date),
            "dateAdded": iso_millis(self.date_added),
            "dateUpdated": iso_millis(self.date_updated),
            "contactDetails": {
                "firstName": of_contact(Text::FirstName),
                "lastName": of_contact(Text::LastName),
            },
            "updatedAt": iso_millis(self.date_updated),
            "assignedToUserDetails": { "firstName": null, "lastName": null },
        })
    }

    /// Everything that can be written, by write name; the contact moves by a merge only.
    pub(super) fn fields(&self) -> Fields {
        Fields::from([
            ("title".into(), json!(self.title)),
            ("body".into(), set(&self.body)),
            ("assignedTo".into(), set(&self.assigned_to)),
            ("dueDate".into(), json!(iso_millis(self.due_date))),
            ("completed".into(), json!(self.completed)),
            ("contactId".into(), json!(self.contact_id)),
        ])
    }
}

/// The text, or null when there is none.
fn set(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// A time with offset, a time without one (taken as UTC) or a whole day.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let naive = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    with_offset.or_else(|| naive().or_else(day).map(|at| at.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let shown = instant(text).map(iso_millis);
        assert_eq!(shown.as_deref(), expected, "{text}");
    }

    #[test]
    fn due_dates_become_utc() {
        check("2026-10-25T11:00:00Z", Some("2026-10-25T11:00:00.000Z"));
        check("2026-10-25T11:00:00.5+02:00", Some("2026-10-25T09:00:00.500Z"));
        check("2026-10-25T11:00:00", Some("2026-10-25T11:00:00.000Z"));
        check("2026-10-25", Some("2026-10-25T00:00:00.000Z"));
        for nonsense in ["", "soon", "2026-13-01", "1750000000"] {
            check(nonsense, None);
        }
    }
}
