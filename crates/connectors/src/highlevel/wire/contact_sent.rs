//! What do we send about contacts: a search, a create, an update (`highlevel.md` §6.1–§6.4)? Exactly
//! the documented members, since one unknown member makes the side refuse the whole body.

use std::collections::BTreeMap;

use concordat_model::{Held, Path, Value};
use serde::Serialize;
use serde_json::value::RawValue;

use super::contact::{MARKER, PAGE};
use super::{CustomField, Sent};
use crate::wire::{self, Unreadable};

/// The body of a search: everything, oldest first, so that a contact made meanwhile comes last;
/// or those whose custom field holds our marker.
pub(in crate::highlevel) fn search(
    location: &str,
    search_after: Option<&str>,
    marked: Option<(&str, &str)>,
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
        value: &'a str,
    }
    #[derive(Serialize)]
    struct Sort {
        field: &'static str,
        direction: &'static str,
    }
    let search_after = search_after.map(|text| wire::decode(text.as_bytes())).transpose()?;
    let filters = marked.into_iter().map(|(field, value)| Filter {
        field: format!("customFields.{field}"),
        operator: "eq",
        value,
    });
    Ok(wire::encode(&Search {
        location_id: location,
        page_limit: PAGE,
        filters: filters.collect(),
        sort: [Sort { field: "dateAdded", direction: "asc" }],
        search_after,
    }))
}

/// The members of a create or an update: what `set` names and nothing else (§6.1). `updates` says
/// which; a create leaves out what is empty.
pub(in crate::highlevel) fn body(
    set: &[(Path, Held)],
    updates: bool,
    marker_field: Option<&str>,
    marker: Option<&str>,
) -> Result<BTreeMap<String, Sent>, String> {
    let mut body = BTreeMap::new();
    let mut marker = marker.map(str::to_owned);
    for (path, held) in set {
        if held.is_none() && !updates {
            continue;
        }
        if path.as_str() == MARKER {
            // Whether null or "" clears a custom field is not published; the read-back tells.
            marker = Some(text(path, held)?.unwrap_or_default());
            continue;
        }
        body.insert(path.as_str().to_owned(), member(path, held, updates)?);
    }
    if let Some(marker) = marker {
        let id = marker_field.ok_or("the custom field `concordat_id` is not defined")?.to_owned();
        let fields = vec![CustomField { id, field_value: marker }];
        body.insert("customFields".to_owned(), Sent::CustomFields(fields));
    }
    Ok(body)
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
        "companyName" | "tags" if updates => cannot("cannot be changed by an update"),
        "companyName" => Ok(text(path, held)?.map_or(Sent::Null, Sent::Text)),
        "tags" => match held {
            Some(Value::Set(tags)) => Ok(Sent::Texts(tags.iter().cloned().collect())),
            Some(_) | None => cannot("holds a set only"),
        },
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
