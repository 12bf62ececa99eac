//! What is a vendor, read and written (`upguard.md` §4.1, §4.3)? List and detail name members
//! differently and are two structs.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::record::MONITORED;
use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Listing, next};
use crate::wire::{self, Id, Loose, Unreadable, held_set, held_text};

/// The prefix of an attribute's path.
pub(in crate::upguard) const ATTRIBUTE: &str = "attributes.";
pub(in crate::upguard) const HOSTNAME: &str = "primary_hostname";
pub(in crate::upguard) const LABELS: &str = "labels";
pub(in crate::upguard) const TIER: &str = "tier";
pub(in crate::upguard) const PORTFOLIOS: &str = "portfolios";

/// `GET /vendors`: the monitored vendors.
pub(in crate::upguard) fn list(
    body: &[u8],
    known: &BTreeSet<String>,
) -> Result<Listing, Unreadable> {
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
        labels: Option<Vec<String>>,
        #[serde(rename = "overallScore")]
        score: Option<i64>,
        #[serde(rename = "assessmentStatus")]
        assessment: Option<String>,
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
            labels: row.labels,
            score: row.score,
            assessment: row.assessment,
            portfolios: None,
            attributes: row.attributes,
        };
        (row.monitored != Some(false)).then(|| vendor.record(known, Sight::Listed, true))
    });
    // Rows that are left out make the total uncountable for us.
    let all_kept = rows.records.len() + rows.unreadable.len() == listed.len();
    let total = page.total_results.filter(|_| all_kept);
    Ok(Listing { rows, next: next(page.next_page_token), total })
}

/// `GET /vendor`. It answers for vendors that nobody monitors, too (§4.2). `portfolios`: whether they
/// are wanted.
pub(in crate::upguard) fn detail(
    body: &[u8],
    known: &BTreeSet<String>,
    portfolios: bool,
) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Detail {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
        first_monitored: Option<String>,
        tier: Option<i64>,
        labels: Option<Vec<String>>,
        #[serde(rename = "overallScore")]
        score: Option<i64>,
        #[serde(rename = "assessment_status")]
        assessment: Option<String>,
        portfolios: Option<Vec<String>>,
        attributes: Option<BTreeMap<String, Option<Loose>>>,
    }
    let it: Detail = wire::decode(body)?;
    let monitored = it.first_monitored.is_some_and(|since| !since.is_empty());
    let vendor = Vendor {
        id: it.id.0,
        name: it.name,
        hostname: it.primary_hostname,
        tier: it.tier,
        labels: it.labels,
        score: it.score,
        assessment: it.assessment,
        portfolios: portfolios.then(|| it.portfolios.unwrap_or_default()),
        attributes: it.attributes,
    };
    Ok(vendor.record(known, Sight::Read, monitored))
}

/// What is noted of a vendor, in `GET /vendor`; nothing: nobody monitors it. The list lacks it (§4.1).
pub(in crate::upguard) fn note(body: &[u8], sight: Sight) -> Result<Option<Record>, Unreadable> {
    #[derive(Deserialize)]
    struct Noted {
        id: Id,
        name: Option<String>,
        primary_hostname: Option<String>,
        first_monitored: Option<String>,
        note: Option<String>,
    }
    let it: Noted = wire::decode(body)?;
    let name = wire::name_of([it.name.as_deref(), it.primary_hostname.as_deref()], &it.id.0);
    let is_monitored = it.first_monitored.is_some_and(|since| !since.is_empty());
    let mut reading = Reading::new();
    reading.set("note".into(), it.note.and_then(held_text));
    Ok(is_monitored.then(|| Record {
        parent: Some(RecordId::new(it.id.0.clone())),
        key: RecordKey::new(Resource::VendorNote, it.id.0),
        name: format!("{name}: note").into(),
        stamp: None,
        reading,
        sight,
    }))
}

/// What list and detail have in common.
struct Vendor {
    id: String,
    name: Option<String>,
    hostname: Option<String>,
    tier: Option<i64>,
    labels: Option<Vec<String>>,
    score: Option<i64>,
    assessment: Option<String>,
    /// Nothing: this answer does not say (§4.1: only the detail does), or nobody wants to know.
    portfolios: Option<Vec<String>>,
    attributes: Option<BTreeMap<String, Option<Loose>>>,
}

impl Vendor {
    fn record(self, known: &BTreeSet<String>, sight: Sight, monitored: bool) -> Record {
        let name = wire::name_of([self.name.as_deref(), self.hostname.as_deref()], &self.id);
        let mut reading = Reading::new();
        reading.set(MONITORED.into(), Some(Value::Bool(monitored)));
        reading.set("name".into(), self.name.and_then(held_text));
        reading.set(HOSTNAME.into(), self.hostname.and_then(held_text));
        // 0 is how a tier is removed (§4.3).
        reading.set(TIER.into(), self.tier.filter(|tier| *tier != 0).map(Value::Integer));
        reading.set(LABELS.into(), self.labels.and_then(held_set));
        // The scan and the questionnaires together; the member `score` is deprecated (§4.1).
        reading.set("score".into(), self.score.map(Value::Integer));
        reading.set("assessment".into(), self.assessment.and_then(held_text));
        if let Some(portfolios) = self.portfolios {
            reading.set(PORTFOLIOS.into(), held_set(portfolios));
        }
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

/// The body of `PUT /vendor/attributes`: names that are not sent stay, null clears (§4.3).
pub(in crate::upguard) fn attributes(hostname: &str, set: &[(&str, Option<&str>)]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        vendor_primary_hostname: &'a str,
        attributes: BTreeMap<&'a str, Option<&'a str>>,
    }
    let attributes = set.iter().copied().collect();
    wire::encode(&Body { vendor_primary_hostname: hostname, attributes })
}

/// The value of an attribute as it is written; `None`: this kind is not text.
pub(in crate::upguard) fn written(held: &Held) -> Option<Option<&str>> {
    match held {
        None => Some(None),
        Some(value) => value.as_text().map(|text| (!text.is_empty()).then_some(text)),
    }
}

/// The parameter `labels` of `PUT /vendor/labels`: the whole set, separated by commas; the empty
/// one empties it.
pub(in crate::upguard) fn labels(held: &Held) -> Result<String, &'static str> {
    match held {
        None => Ok(String::new()),
        // How a comma in a label is sent is not published (§1).
        Some(Value::Set(labels)) if labels.iter().any(|label| label.contains(',')) => {
            Err("a label with a comma cannot be sent")
        }
        Some(Value::Set(labels)) => {
            Ok(labels.iter().map(String::as_str).collect::<Vec<_>>().join(","))
        }
        Some(_) => Err("`labels` of a vendor holds a set only"),
    }
}

/// The parameter `tier` of `PUT /vendor/tier`: 0 removes it.
pub(in crate::upguard) fn tier(held: &Held) -> Result<String, &'static str> {
    match held {
        None => Ok("0".to_owned()),
        Some(Value::Integer(tier)) if *tier >= 0 => Ok(tier.to_string()),
        Some(_) => Err("`tier` of a vendor is a whole number from 0 on"),
    }
}
