//! What do the listings say that are only shown (`highlevel.md` §6.2, §8)? Appointments, with times that
//! name no zone, and the contacts of a business, of which only the ids are taken.

use concordat_model::RecordId;
use serde::Deserialize;

use crate::wire::{self, Id, OnlyId, Unreadable};

/// An appointment with a contact. Its title may name people: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Appointment {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Option<String>,
    /// When it begins, as the side writes it: without a zone.
    pub starts: Option<String>,
    /// When it ends, likewise.
    pub ends: Option<String>,
    /// `confirmed`, `cancelled` and so on, as the side says.
    pub status: Option<String>,
}

/// `GET /contacts/{contactId}/appointments`: all of them, there are no pages.
pub(in crate::highlevel) fn appointments(body: &[u8]) -> Result<Vec<Appointment>, Unreadable> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Row {
        id: Id,
        title: Option<String>,
        start_time: Option<String>,
        end_time: Option<String>,
        appointment_status: Option<String>,
    }
    #[derive(Deserialize)]
    struct Events {
        events: Vec<Row>,
    }
    let rows = wire::decode::<Events>(body)?.events.into_iter();
    let appointment = |row: Row| Appointment {
        id: row.id.0,
        title: row.title,
        starts: row.start_time,
        ends: row.end_time,
        status: row.appointment_status,
    };
    Ok(rows.map(appointment).collect())
}

/// A page of the contacts of a business.
pub(in crate::highlevel) struct Listing {
    pub contacts: Vec<RecordId>,
    /// How many the business has.
    pub total: u64,
}

/// `GET /contacts/business/{businessId}`.
pub(in crate::highlevel) fn contacts(body: &[u8]) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Page {
        contacts: Vec<OnlyId>,
        count: u64,
    }
    let Page { contacts, count: total } = wire::decode(body)?;
    let contacts = contacts.into_iter().map(|it| RecordId::new(it.id.0)).collect();
    Ok(Listing { contacts, total })
}
