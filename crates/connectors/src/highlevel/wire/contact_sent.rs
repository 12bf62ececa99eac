//! What do we send about contacts: a search, a create, an update, tags (`highlevel.md` §6.1–§6.5)? Exactly
//! the documented members, since one unknown member makes the side refuse the whole body.

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use concordat_model::{Held, Path, Reading, Time, Value};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Sent;
use super::contact::{BUSINESS, TAGS};
use super::custom::{Definitions, MARKER};
use super::search::PAGE;
use crate::wire::{self, Unreadable};

/// Which contacts a search is for.
pub(in crate::highlevel) enum Wanted<'a> {
    /// Everything.
    All,
    /// Those whose `dateUpdated` is not before that.
    MovedSince(Time),
    /// Those whose custom field, by its id, holds our marker.
    Marked { field: &'a str, marker: &'a str },
}

/// The body of a search, oldest first, so that a contact made meanwhile comes last, and one that is changed
/// meanwhile stays where it is.
pub(in crate::highlevel) fn search(
    location: &str,
    search_after: Option<&str>,
    wanted: Wanted<'_>,
) -> Result<Vec<u8>, Unreadable> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Search<'a> {
        location_id: &'a str,
        page_limit: usize,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        filters: Vec<Filter<'a>>,
        sort: [Sort; 1],
        #[serde(skip_serializing_if = "Option::is_none")]
        search_after: Option<&'a RawValue>,
    }
    #[derive(Serialize)]
    struct Filter<'a> {
        field: String,
        operator: &'static str,
        value: Sought<'a>,
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Sought<'a> {
        Text(&'a str),
        Range { gte: String },
    }
    #[derive(Serialize)]
    struct Sort {
        field: &'static str,
        direction: &'static str,
    }
    let search_after = search_after.map(|text| wire::decode(text.as_bytes())).transpose()?;
    let filter = match wanted {
        Wanted::All => None,
        Wanted::MovedSince(since) => Some(Filter {
            field: "dateUpdated".into(),
            operator: "range",
            value: Sought::Range { gte: since.to_rfc3339_opts(SecondsFormat::Millis, true) },
        }),
        Wanted::Marked { field, marker } => Some(Filter {
            field: format!("customFields.{field}"),
            operator: "eq",
            value: Sought::Text(marker),
        }),
    };
    Ok(wire::encode(&Search {
        location_id: location,
        page_limit: PAGE,
        filters: filter.into_iter().collect(),
        sort: [Sort { field: "dateAdded", direction: "asc" }],
        search_after,
    }))
}

/// The members of a create or an update: what `set` names and nothing else (§6.1). `updates` says
/// which; a create leaves out what is empty, an update leaves the tags to [`retagged`], and both the
/// business to [`business`].
pub(in crate::highlevel) fn body(
    set: &[(Path, Held)],
    updates: bool,
    definitions: &Definitions,
    marker: Option<&str>,
) -> Result<BTreeMap<String, Sent>, String> {
    let (mut body, mut custom) = (BTreeMap::new(), Vec::new());
    for (path, held) in set {
        let is_apart = path.as_str() == BUSINESS || path.as_str() == TAGS && updates;
        if is_apart || held.is_none() && !updates {
            continue;
        }
        if Definitions::are_about(path) {
            custom.push(definitions.sent(path, held)?);
        } else {
            body.insert(path.as_str().to_owned(), member(path, held, updates)?);
        }
    }
    if let Some(marker) = marker {
        custom.push(definitions.sent(&Path::from(MARKER), &Some(Value::text(marker)))?);
    }
    if !custom.is_empty() {
        body.insert("customFields".to_owned(), Sent::CustomFields(custom));
    }
    Ok(body)
}

/// The tags that `set` adds to a contact and takes off it. They are not replaced, since people add
/// others meanwhile (§6.5); the side keeps them in small letters.
pub(in crate::highlevel) fn retagged(
    set: &[(Path, Held)],
    current: &Reading,
) -> Result<[Vec<String>; 2], String> {
    let Some((path, wanted)) = set.iter().find(|(path, _)| path.as_str() == TAGS) else {
        return Ok([Vec::new(), Vec::new()]);
    };
    let held = current.get(path).ok_or("the tags of the contact are not known")?;
    let (wanted, held) = (tags(wanted)?, tags(held)?);
    let without = |all: &BTreeSet<String>, others: &BTreeSet<String>| {
        let others: BTreeSet<String> = others.iter().map(|tag| tag.to_lowercase()).collect();
        let left = all.iter().filter(|tag| !others.contains(&tag.to_lowercase()));
        left.cloned().collect()
    };
    Ok([without(wanted, held), without(held, wanted)])
}

fn tags(held: &Held) -> Result<&BTreeSet<String>, String> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    match held {
        None => Ok(&NONE),
        Some(Value::Set(tags)) => Ok(tags),
        Some(_) => Err("`tags` of a contact holds a set only".into()),
    }
}

/// The business that `set` puts a contact under, or under none; nothing: `set` does not say.
pub(in crate::highlevel) fn business(
    set: &[(Path, Held)],
) -> Result<Option<Option<String>>, String> {
    let found = set.iter().find(|(path, _)| path.as_str() == BUSINESS);
    found.map(|(path, held)| text(path, held)).transpose()
}

/// The body that puts a contact under a business, or under none.
pub(in crate::highlevel) fn linked(
    location: &str,
    contact: &str,
    business: Option<String>,
) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        location_id: &'a str,
        ids: [&'a str; 1],
        business_id: Option<String>,
    }
    wire::encode(&Body { location_id: location, ids: [contact], business_id: business })
}

/// The body of adding or removing tags.
pub(in crate::highlevel) fn only_tags(tags: Vec<String>) -> Vec<u8> {
    wire::encode(&BTreeMap::from([(TAGS, tags)]))
}

fn member(path: &Path, held: &Held, updates: bool) -> Result<Sent, String> {
    let cannot = |why: &str| Err(format!("`{path}` of a contact {why}"));
    match path.as_str() {
        "firstName" | "lastName" | "email" | "phone" | "website" | "address1" | "city"
        | "state" => Ok(text(path, held)?.map_or(Sent::Null, Sent::Text)),
        // Not nullable; what "" does is not published, the read-back tells.
        "postalCode" | "country" | "source" => {
            Ok(Sent::Text(text(path, held)?.unwrap_or_default()))
        }
        "companyName" if updates => cannot("cannot be changed by an update"),
        "companyName" => Ok(text(path, held)?.map_or(Sent::Null, Sent::Text)),
        TAGS => Ok(Sent::Texts(tags(held)?.iter().cloned().collect())),
        "dnd" => match held {
            Some(Value::Bool(dnd)) => Ok(Sent::Bool(*dnd)),
            Some(_) | None => cannot("is yes or no"),
        },
        _ => cannot("cannot be written"),
    }
}

fn text(path: &Path, held: &Held) -> Result<Option<String>, String> {
    let wrong = || format!("`{path}` of a contact holds text only");
    held.as_ref().map(|value| value.as_text().map(str::to_owned).ok_or_else(wrong)).transpose()
}
