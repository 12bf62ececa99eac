//! What is a contact of a vendor (`upguard.md` §4.2)? List and detail have one shape, and nothing of
//! it can be written.

use concordat_model::{Path, Record, RecordId, RecordKey, Resource, Sight};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, next};
use crate::wire::{self, Id, Unreadable, held_text};

#[derive(Deserialize)]
struct Contact {
    id: Id,
    vendor_id: Option<Id>,
    name: Option<String>,
    title: Option<String>,
    email_address: Option<String>,
    phone_mobile: Option<String>,
    notes: Option<String>,
    updated_at: Option<String>,
}

impl Contact {
    fn record(self, vendor: Option<&RecordId>, sight: Sight) -> Record {
        let name = wire::name_of([self.name.as_deref(), self.email_address.as_deref()], &self.id.0);
        let fields: [(&str, Option<String>); 5] = [
            ("name", self.name),
            ("title", self.title),
            ("email_address", self.email_address),
            ("phone_mobile", self.phone_mobile),
            ("notes", self.notes),
        ];
        Record {
            key: RecordKey::new(Resource::VendorContact, self.id.0),
            parent: self.vendor_id.map(|id| RecordId::new(id.0)).or_else(|| vendor.cloned()),
            name: name.into(),
            stamp: self.updated_at.as_deref().and_then(wire::moment),
            reading: fields
                .into_iter()
                .map(|(path, text)| (Path::from(path), text.and_then(held_text)))
                .collect(),
            sight,
        }
    }
}

/// `GET /vendor/contact/list` of one vendor.
pub(in crate::upguard) fn list(body: &[u8], vendor: &RecordId) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Contacts<'a> {
        #[serde(borrow, default)]
        contacts: Option<Vec<&'a RawValue>>,
        next_page_token: Option<String>,
    }
    let page: Contacts<'_> = wire::decode(body)?;
    let listed = page.contacts.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Contact| Some(row.record(Some(vendor), Sight::Listed)));
    Ok(Listing { rows, next: next(page.next_page_token), total: None })
}

/// `GET /vendor/contact`.
pub(in crate::upguard) fn detail(body: &[u8]) -> Result<Record, Unreadable> {
    Ok(wire::decode::<Contact>(body)?.record(None, Sight::Read))
}
