//! What is a business, read and written (`highlevel.md` §9)? All members are text; the description
//! carries our marker as a trailer, which is a field of its own here.

use std::collections::BTreeMap;

use concordat_model::{Held, Path, Reading, Record, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Sent;
use crate::marker::{self, Described};
use crate::wire::{self, Id, OnlyId, Rows, Unreadable, held_text};

/// Where the description's trailer is kept.
pub(in crate::highlevel) const MARKER: &str = "marker";
const DESCRIPTION: &str = "description";

/// Members that travel as they are.
const PLAIN: [&str; 9] =
    ["name", "phone", "email", "website", "address", "city", "state", "postalCode", "country"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Business {
    id: Id,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    website: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
    description: Option<String>,
    updated_at: Option<String>,
}

impl Business {
    fn record(self, sight: Sight) -> Record {
        let names = [self.name.as_deref(), self.website.as_deref(), self.email.as_deref()];
        let name = wire::name_of(names, &self.id.0);
        let held = [
            self.name,
            self.phone,
            self.email,
            self.website,
            self.address,
            self.city,
            self.state,
            self.postal_code,
            self.country,
        ];
        let held = held.into_iter().map(|text| text.and_then(held_text));
        let mut reading: Reading = PLAIN.into_iter().map(Path::from).zip(held).collect();
        let described = marker::split(self.description.as_deref().unwrap_or_default());
        reading.set(DESCRIPTION.into(), described.text.map(Value::Text));
        reading.set(MARKER.into(), described.marker.map(Value::Text));
        Record {
            key: RecordKey::new(Resource::Business, self.id.0),
            parent: None,
            name: name.into(),
            stamp: self.updated_at.as_deref().and_then(wire::moment),
            reading,
            sight,
        }
    }
}

/// A page of `GET /businesses/`.
pub(in crate::highlevel) struct Listing {
    pub(in crate::highlevel) rows: Rows,
    /// How many rows there were, readable or not.
    pub(in crate::highlevel) length: usize,
    /// The ids of the first row and of the last, as far as they can be read.
    pub(in crate::highlevel) ends: [Option<String>; 2],
}

pub(in crate::highlevel) fn list(body: &[u8]) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        businesses: Vec<&'a RawValue>,
    }
    let listed = wire::decode::<Answer<'_>>(body)?.businesses;
    let rows = wire::rows(&listed, |row: Business| Some(row.record(Sight::Listed)));
    let id = |row: Option<&&RawValue>| {
        row.and_then(|row| wire::decode::<OnlyId>(row.get().as_bytes()).ok()).map(|row| row.id.0)
    };
    let ends = [id(listed.first()), id(listed.last())];
    Ok(Listing { rows, length: listed.len(), ends })
}

/// `GET /businesses/{businessId}`.
pub(in crate::highlevel) fn detail(body: &[u8]) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        business: Business,
    }
    Ok(wire::decode::<Answer>(body)?.business.record(Sight::Read))
}

/// The answer to a create, under the key the side spells `buiseness`: the id.
pub(in crate::highlevel) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(alias = "buiseness")]
        business: OnlyId,
    }
    Ok(wire::decode::<Answer>(body)?.business.id.0)
}

/// The body of a create or an update: the members of `set`, an emptied one as `""`. The
/// description is put together from `set` over `current`, so that neither half loses the other.
pub(in crate::highlevel) fn body(
    set: &[(Path, Held)],
    current: Option<&Reading>,
    marker: Option<&str>,
) -> Result<BTreeMap<String, Sent>, String> {
    let mut body = BTreeMap::new();
    let mut composes = marker.is_some();
    for (path, held) in set {
        let text = match held {
            None => "",
            Some(value) => {
                value.as_text().ok_or_else(|| format!("`{path}` of a business holds text only"))?
            }
        };
        match path.as_str() {
            DESCRIPTION | MARKER => composes = true,
            plain if PLAIN.contains(&plain) => {
                // A create leaves out what is empty.
                if current.is_some() || !text.is_empty() {
                    body.insert(plain.to_owned(), Sent::Text(text.to_owned()));
                }
            }
            _ => return Err(format!("`{path}` of a business cannot be written")),
        }
    }
    if composes {
        let text = part(set, current, DESCRIPTION)?;
        let marker = match marker {
            Some(marker) => Some(marker.to_owned()),
            None => part(set, current, MARKER)?,
        };
        if marker.as_deref().is_some_and(|letters| !marker::is_marker(letters)) {
            return Err("the marker is not eight letters".into());
        }
        let described = marker::join(&Described { text, marker });
        if current.is_some() || !described.is_empty() {
            body.insert(DESCRIPTION.to_owned(), Sent::Text(described));
        }
    }
    Ok(body)
}

/// One half of the description: as set, else as it is; a create starts from nothing.
fn part(
    set: &[(Path, Held)],
    current: Option<&Reading>,
    path: &str,
) -> Result<Option<String>, String> {
    let path = Path::from(path);
    let held = match (set.iter().find(|(it, _)| *it == path), current) {
        (Some((_, held)), _) => held.as_ref(),
        (None, None) => None,
        (None, Some(current)) => {
            let held = current.get(&path);
            held.ok_or("the description of the business is not known completely")?.as_ref()
        }
    };
    Ok(held.and_then(Value::as_text).map(str::to_owned))
}
