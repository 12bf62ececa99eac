//! What is a contact, as a search row and as read alone (`highlevel.md` §6)? Row and detail name
//! members differently and are two structs.
//!
//! A member missing from a detail is empty. A member missing from a row is not covered: the row
//! comes from an index whose shape nobody promises, and absence there is not a cleared field.

use concordat_model::{Held, Reading, Record, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::custom::{Custom, Definitions};
use super::search::Listing;
use crate::wire::{self, Id, Member, OnlyId, Unreadable, held_set, held_text};

pub(in crate::highlevel) const TAGS: &str = "tags";
pub(in crate::highlevel) const BUSINESS: &str = "businessId";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Id,
    #[serde(default)]
    contact_name: Member<String>,
    #[serde(default)]
    first_name: Member<String>,
    #[serde(default)]
    first_name_raw: Member<String>,
    #[serde(default)]
    last_name: Member<String>,
    #[serde(default)]
    last_name_raw: Member<String>,
    #[serde(default)]
    email: Member<String>,
    #[serde(default)]
    phone: Member<String>,
    #[serde(default)]
    company_name: Member<String>,
    #[serde(default)]
    business_id: Member<String>,
    #[serde(default)]
    website: Member<String>,
    #[serde(default)]
    address: Member<String>,
    #[serde(default)]
    city: Member<String>,
    #[serde(default)]
    state: Member<String>,
    #[serde(default)]
    postal_code: Member<String>,
    #[serde(default)]
    country: Member<String>,
    #[serde(default)]
    source: Member<String>,
    #[serde(default)]
    tags: Member<Vec<String>>,
    #[serde(default)]
    dnd: Member<bool>,
    #[serde(default)]
    custom_fields: Member<Vec<Custom>>,
    #[serde(default)]
    date_updated: Member<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    id: Id,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    company_name: Option<String>,
    business_id: Option<String>,
    website: Option<String>,
    address1: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    source: Option<String>,
    tags: Option<Vec<String>>,
    dnd: Option<bool>,
    #[serde(default)]
    custom_fields: Member<Vec<Custom>>,
    date_updated: Option<String>,
}

/// Everything a contact covers, still as it came.
struct Covered {
    id: String,
    name: Option<String>,
    texts: [(&'static str, Member<String>); 13],
    tags: Member<Vec<String>>,
    dnd: Member<bool>,
    custom_fields: Member<Vec<Custom>>,
    updated: Option<String>,
}

impl Covered {
    fn record(self, definitions: &Definitions, sight: Sight) -> Record {
        let text = |path: &str| {
            let found = self.texts.iter().find(|(it, _)| *it == path);
            found.and_then(|(_, member)| member.as_ref()).map(String::as_str)
        };
        let parts = [text("firstName"), text("lastName")];
        let full = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let names = [Some(full.as_str()), self.name.as_deref(), text("email"), text("phone")];
        let name = wire::name_of(names, &self.id);
        let mut reading = Reading::new();
        let mut cover = |path: &str, held: Option<Held>| {
            if let Some(held) = held {
                reading.set(path.into(), held);
            }
        };
        for (path, member) in self.texts {
            cover(path, member.map(held_text));
        }
        cover(TAGS, self.tags.map(held_set));
        cover("dnd", self.dnd.map(|dnd| Some(Value::Bool(dnd))));
        definitions.read(&self.custom_fields, &mut reading);
        Record {
            key: RecordKey::new(Resource::Contact, self.id),
            parent: None,
            name: name.into(),
            stamp: self.updated.as_deref().and_then(wire::moment),
            reading,
            sight,
        }
    }
}

impl From<Row> for Covered {
    fn from(row: Row) -> Covered {
        // Some answers lower-case the names and keep the original beside them (§6.6).
        let original = |raw: Member<String>, shown| match raw {
            Member::Is(raw) => Member::Is(raw),
            Member::Missing | Member::Null => shown,
        };
        Covered {
            id: row.id.0,
            name: row.contact_name.as_ref().cloned(),
            texts: [
                ("firstName", original(row.first_name_raw, row.first_name)),
                ("lastName", original(row.last_name_raw, row.last_name)),
                ("email", row.email),
                ("phone", row.phone),
                ("companyName", row.company_name),
                (BUSINESS, row.business_id),
                ("website", row.website),
                ("address1", row.address),
                ("city", row.city),
                ("state", row.state),
                ("postalCode", row.postal_code),
                ("country", row.country),
                ("source", row.source),
            ],
            tags: row.tags,
            dnd: row.dnd,
            custom_fields: row.custom_fields,
            updated: row.date_updated.as_ref().cloned(),
        }
    }
}

impl From<Detail> for Covered {
    fn from(it: Detail) -> Covered {
        fn present<T>(member: Option<T>) -> Member<T> {
            member.map_or(Member::Null, Member::Is)
        }
        Covered {
            id: it.id.0,
            name: it.name,
            texts: [
                ("firstName", present(it.first_name)),
                ("lastName", present(it.last_name)),
                ("email", present(it.email)),
                ("phone", present(it.phone)),
                ("companyName", present(it.company_name)),
                (BUSINESS, present(it.business_id)),
                ("website", present(it.website)),
                ("address1", present(it.address1)),
                ("city", present(it.city)),
                ("state", present(it.state)),
                ("postalCode", present(it.postal_code)),
                ("country", present(it.country)),
                ("source", present(it.source)),
            ],
            tags: present(it.tags),
            dnd: present(it.dnd),
            custom_fields: it.custom_fields,
            updated: it.date_updated,
        }
    }
}

/// `POST /contacts/search`.
pub(in crate::highlevel) fn list(
    body: &[u8],
    definitions: &Definitions,
) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        contacts: Vec<&'a RawValue>,
        total: Option<u64>,
    }
    let Answer { contacts, total } = wire::decode(body)?;
    let keep = |row: Row| Some(Covered::from(row).record(definitions, Sight::Row));
    Ok(Listing::of(&contacts, total, keep))
}

/// `GET /contacts/{contactId}`.
pub(in crate::highlevel) fn detail(
    body: &[u8],
    definitions: &Definitions,
) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        contact: Detail,
    }
    let contact = wire::decode::<Answer>(body)?.contact;
    Ok(Covered::from(contact).record(definitions, Sight::Read))
}

/// The answer to a create: the id.
pub(in crate::highlevel) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        contact: OnlyId,
    }
    Ok(wire::decode::<Answer>(body)?.contact.id.0)
}

/// What `GET /contacts/search/duplicate` says. Its shape is not published (§5).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::highlevel) enum Lookup {
    /// These contacts.
    Found(Vec<String>),
    /// None.
    Nothing,
    /// An answer that cannot be understood proves nothing.
    Unclear,
}

pub(in crate::highlevel) fn lookup(body: &[u8]) -> Lookup {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        contact: Member<OnlyId>,
        #[serde(default)]
        contacts: Member<Vec<OnlyId>>,
    }
    match wire::decode::<Option<Answer>>(body) {
        Err(_) => Lookup::Unclear,
        Ok(None) => Lookup::Nothing,
        Ok(Some(answer)) => match (answer.contact, answer.contacts) {
            (Member::Is(contact), _) => Lookup::Found(vec![contact.id.0]),
            (_, Member::Is(contacts)) if !contacts.is_empty() => {
                Lookup::Found(contacts.into_iter().map(|it| it.id.0).collect())
            }
            (Member::Missing, Member::Missing) => Lookup::Unclear,
            (Member::Missing | Member::Null, _) => Lookup::Nothing,
        },
    }
}
