//! What is an appointment, and what does the listing of a contact's answer (HighLevel sheet §8)? People make
//! them in the calendar; here they are only read.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use super::children::Child;
use super::{HighLevel, people};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

/// How its times are written: without a zone.
const TIME: &str = "%Y-%m-%d %H:%M:%S";
const STATUSES: [&str; 6] = ["new", "confirmed", "cancelled", "showed", "noshow", "invalid"];

/// An appointment with a contact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Appointment {
    pub(super) id: String,
    contact_id: String,
    calendar_id: String,
    title: String,
    starts: NaiveDateTime,
    ends: NaiveDateTime,
    status: String,
    date_added: DateTime<Utc>,
}

impl Child for Appointment {
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

impl Appointment {
    fn shown(&self, location_id: &str) -> Value {
        let added = self.date_added.naive_utc().format(TIME).to_string();
        json!({
            "id": self.id,
            "calendarId": self.calendar_id,
            "status": "booked",
            "appointmentStatus": self.status,
            "title": self.title,
            "startTime": self.starts.format(TIME).to_string(),
            "endTime": self.ends.format(TIME).to_string(),
            "locationId": location_id,
            "contactId": self.contact_id,
            "dateAdded": added,
            "dateUpdated": added,
            "assignedResources": [],
        })
    }
}

/// All of a contact's, there are no parameters.
pub(super) fn list(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let rows: Vec<Value> = highlevel
        .appointments
        .of(&contact.id)
        .iter()
        .map(|it| it.shown(&highlevel.location_id))
        .collect();
    Ok(Response::json(200, &json!({ "events": rows })))
}

impl HighLevel {
    pub(super) fn add_appointment(
        &mut self,
        occasion: &mut Occasion<'_>,
        contact_id: &str,
        set: &Map<String, Value>,
    ) -> Result<String, String> {
        let text = |name: &str| set.get(name).and_then(Value::as_str);
        let time = |name: &str| {
            let written = text(name).and_then(|it| NaiveDateTime::parse_from_str(it, TIME).ok());
            written.ok_or_else(|| format!("{name}: a time like 2021-07-16 11:00:00"))
        };
        let known = ["title", "startTime", "endTime", "appointmentStatus"];
        if let Some(other) = set.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("an appointment has no {other}"));
        }
        let status = text("appointmentStatus").unwrap_or("confirmed");
        if !STATUSES.contains(&status) {
            return Err(format!("appointmentStatus: one of {}", STATUSES.join(", ")));
        }
        let appointment = Appointment {
            id: self.random.alphanumeric_id(),
            contact_id: contact_id.to_owned(),
            calendar_id: self.random.alphanumeric_id(),
            title: text("title").ok_or("an appointment needs a title")?.to_owned(),
            starts: time("startTime")?,
            ends: time("endTime")?,
            status: status.to_owned(),
            date_added: occasion.side_time,
        };
        let id = appointment.id.clone();
        occasion.created("appointment", id.as_str(), appointment.shown(&self.location_id));
        self.appointments.put(appointment);
        Ok(id)
    }

    /// They go with their contact.
    pub(super) fn drop_appointments(&mut self, occasion: &mut Occasion<'_>, contact_id: &str) {
        for appointment in self.appointments.of(contact_id) {
            let shown = appointment.shown(&self.location_id);
            occasion.deleted("appointment", appointment.id.as_str(), shown);
            self.appointments.remove(&appointment.id);
        }
    }
}
