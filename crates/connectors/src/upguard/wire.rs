//! What do UpGuard's answers look like, and which of their members do we read (`upguard.md` §4)?
//! List and detail of a vendor differ and are two structs. Empty things are left out of the
//! answers, so an absent member is an empty one.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::caller::Refusal;
use crate::operation::Operation;
use crate::wire::{self, Id, Loose, Rows, Unreadable, held_text};
use concordat_remote::Cause;

/// The prefix of a vendor attribute's path.
pub(super) const ATTRIBUTE: &str = "attributes.";

/// `GET /organisation`: id and name.
pub(super) fn organisation(body: &[u8]) -> Result<(String, String), Unreadable> {
    #[derive(Deserialize)]
    struct Organisation {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
    }
    let it: Organisation = wire::decode(body)?;
    let name = wire::name_of([it.name.as_deref(), it.primary_hostname.as_deref()], &it.id.0);
    Ok((it.id.0, name))
}

/// A page of a listing.
pub(super) struct Listing {
    pub(super) rows: Rows,
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
}

fn next(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// `GET /vendors`: the monitored vendors.
pub(super) fn vendors(body: &[u8], known: &BTreeSet<String>) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Vendors<'a> {
        #[serde(borrow, default)]
        vendors: Option<Vec<&'a RawValue>>,
        next_page_token: Option<String>,
        total_results: Option<u64>,
    }
    #[derive(Deserialize)]
    struct Row {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
        monitored: Option<bool>,
        tier: Option<i64>,
        attributes: Option<BTreeMap<String, Option<Loose>>>,
    }
    let page: Vendors<'_> = wire::decode(body)?;
    let listed = page.vendors.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Row| {
        let vendor = Vendor {
            id: row.id.0,
            name: row.name,
            hostname: row.primary_hostname,
            tier: row.tier,
            attributes: row.attributes,
        };
        (row.monitored != Some(false)).then(|| vendor.record(known, Sight::Listed))
    });
    // Rows that are left out make the total uncountable for us.
    let all_kept = rows.records.len() + rows.unreadable.len() == listed.len();
    let total = page.total_results.filter(|_| all_kept);
    Ok(Listing { rows, next: next(page.next_page_token), total })
}

/// `GET /vendor`; nothing: it answers, but nobody monitors it.
pub(super) fn vendor(body: &[u8], known: &BTreeSet<String>) -> Result<Option<Record>, Unreadable> {
    #[derive(Deserialize)]
    struct Detail {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
        first_monitored: Option<String>,
        tier: Option<i64>,
        attributes: Option<BTreeMap<String, Option<Loose>>>,
    }
    let it: Detail = wire::decode(body)?;
    let monitored = it.first_monitored.is_some_and(|since| !since.is_empty());
    let vendor = Vendor {
        id: it.id.0,
        name: it.name,
        hostname: it.primary_hostname,
        tier: it.tier,
        attributes: it.attributes,
    };
    Ok(monitored.then(|| vendor.record(known, Sight::Read)))
}

/// What list and detail have in common.
struct Vendor {
    id: String,
    name: Option<String>,
    hostname: Option<String>,
    tier: Option<i64>,
    attributes: Option<BTreeMap<String, Option<Loose>>>,
}

impl Vendor {
    fn record(self, known: &BTreeSet<String>, sight: Sight) -> Record {
        let name = wire::name_of([self.name.as_deref(), self.hostname.as_deref()], &self.id);
        let mut reading = Reading::new();
        reading.set("name".into(), self.name.and_then(held_text));
        reading.set("primary_hostname".into(), self.hostname.and_then(held_text));
        // 0 is how a tier is removed (§4.3).
        reading.set("tier".into(), self.tier.filter(|tier| *tier != 0).map(Value::Integer));
        let held = self.attributes.unwrap_or_default();
        let absent = known.iter().filter(|name| !held.contains_key(*name));
        for name in absent {
            reading.set(attribute(name), None);
        }
        for (name, value) in held {
            if let Some(held) = value.map_or(Some(None), Loose::held) {
                reading.set(attribute(&name), held);
            }
        }
        let key = RecordKey::new(Resource::Vendor, self.id);
        Record { key, parent: None, name: name.into(), stamp: None, reading, sight }
    }
}

fn attribute(name: &str) -> Path {
    Path::new(format!("{ATTRIBUTE}{name}"))
}

#[derive(Deserialize)]
struct Contact {
    id: Id,
    vendor_id: Option<Id>,
    name: Option<String>,
    title: Option<String>,
    email_address: Option<String>,
    phone_mobile: Option<String>,
    updated_at: Option<String>,
}

impl Contact {
    fn record(self, vendor: Option<&RecordId>, sight: Sight) -> Record {
        let name = wire::name_of([self.name.as_deref(), self.email_address.as_deref()], &self.id.0);
        let fields: [(&str, Option<String>); 4] = [
            ("name", self.name),
            ("title", self.title),
            ("email_address", self.email_address),
            ("phone_mobile", self.phone_mobile),
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
pub(super) fn contacts(body: &[u8], vendor: &RecordId) -> Result<Listing, Unreadable> {
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
pub(super) fn contact(body: &[u8]) -> Result<Record, Unreadable> {
    Ok(wire::decode::<Contact>(body)?.record(None, Sight::Read))
}

/// The body of `PUT /vendor/attributes`: names that are not sent stay, null clears (§4.3).
pub(super) fn attributes(hostname: &str, set: &[(&str, Option<&str>)]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        vendor_primary_hostname: &'a str,
        attributes: BTreeMap<&'a str, Option<&'a str>>,
    }
    let attributes = set.iter().copied().collect();
    wire::encode(&Body { vendor_primary_hostname: hostname, attributes })
}

/// What a refusal means. UpGuard's `{"error": text}` is not quoted: it may name what was asked for.
pub(super) fn refusal(operation: &Operation, status: u16, _body: &[u8]) -> Refusal {
    let permission = operation.permission;
    let (cause, says) = match status {
        300..=399 => {
            (Cause::Malformed, "it answered with a redirect, which is not followed".into())
        }
        401 => (Cause::Credentials, "the API key is not accepted".into()),
        402 => (Cause::Rejected, "the licence does not cover this".into()),
        403 => (
            Cause::Scope,
            format!(
                "the API key lacks the permission {permission}, or the record is not accessible"
            ),
        ),
        404 => (Cause::Missing, "there is no such record".into()),
        408 => (Cause::NoAnswer, "the side gave up waiting".into()),
        422 => (Cause::Rejected, "a parameter is missing or not accepted".into()),
        429 => (Cause::Throttled, "too many requests".into()),
        500..=599 => (Cause::Broken, format!("the side failed with status {status}")),
        _ => (Cause::Rejected, format!("the request was rejected with status {status}")),
    };
    Refusal { cause, says, trace: None }
}

/// The value of an attribute as it is written; `None`: this kind is not text.
pub(super) fn written(held: &Held) -> Option<Option<&str>> {
    match held {
        None => Some(None),
        Some(value) => value.as_text().map(|text| (!text.is_empty()).then_some(text)),
    }
}
