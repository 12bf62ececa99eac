//! Do tags say what labels say? A contact carries the labels of the vendors whose people it stands for,
//! in small letters and in their namespace, and all other tags are nobody's business.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{rows, text};

/// What the tags that are labels begin with.
pub const NAMESPACE: &str = "ug:";

/// The tags by which a contact says `labels`.
pub fn tags(labels: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    labels.into_iter().map(|it| format!("{NAMESPACE}{}", it.trim().to_lowercase())).collect()
}

/// The texts of a record's list.
pub fn items(record: &Value, member: &str) -> BTreeSet<String> {
    rows(&record[member]).iter().map(text).collect()
}

/// Complaints about contacts whose tags are not the labels of their vendors. `vendors_of`: the vendors of
/// each contact, by their ids.
pub fn differ(state: &Value, vendors_of: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let vendors = rows(&state["upguard"]["vendors"]);
    let labels_of = |id: &String| {
        let vendor = vendors.iter().find(|it| text(&it["id"]) == *id);
        vendor.map(|it| items(it, "labels")).unwrap_or_default()
    };
    let mut complaints = Vec::new();
    for contact in rows(&state["highlevel"]["contacts"]) {
        let id = text(&contact["id"]);
        let vendors = vendors_of.get(&id).cloned().unwrap_or_default();
        let expected = tags(vendors.iter().flat_map(labels_of));
        let is: BTreeSet<String> =
            items(contact, "tags").into_iter().filter(|it| it.starts_with(NAMESPACE)).collect();
        if is != expected {
            complaints.push(format!("{id} of {vendors:?} is tagged {is:?}, not {expected:?}"));
        }
    }
    complaints
}

/// Complaints about contacts whose other tags are not what they were.
pub fn others_differ(before: &Value, after: &Value) -> Vec<String> {
    let others = |contact: &Value| -> BTreeSet<String> {
        items(contact, "tags").into_iter().filter(|it| !it.starts_with(NAMESPACE)).collect()
    };
    let after = rows(&after["highlevel"]["contacts"]);
    rows(&before["highlevel"]["contacts"])
        .iter()
        .filter(|was| {
            let is = after.iter().find(|is| is["id"] == was["id"]);
            is.map(others) != Some(others(was))
        })
        .map(|was| format!("the tags of {} are not what they were", was["id"]))
        .collect()
}
