//! What a vendor shares with its contacts: people change labels, tags and a tier, and what became of
//! it is looked up in both systems, not taken from a report.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{RecordKey, Resource, Side};
use serde_json::{Value, json};

use super::Demo;
use crate::code::Code;
use crate::desk::Desk;
use crate::failure::Failure;

/// What the tags that are labels begin with.
const NAMESPACE: &str = "ug:";
/// A label in capitals, which tags cannot have.
const LABEL: &str = "PCI";
/// Another, where the vendor has that one already.
const OTHER_LABEL: &str = "Renewal 2027";
const ADDED_TAG: &str = "asked for soc 2";
const FOREIGN_TAG: &str = "plays golf";

/// What people changed, and what both systems held then.
pub struct Shared {
    vendor: RecordKey,
    contacts: Vec<RecordKey>,
    added: &'static str,
    /// A label whose tag somebody took from one of the contacts.
    missing: Option<String>,
    tier: i64,
    before: Value,
}

/// People change what a vendor and its contacts share. Nothing: no vendor has several contacts of its
/// own.
///
/// # Errors
/// If the state cannot be read.
pub fn edits(demo: &Demo<'_>) -> Result<Option<Shared>, Failure> {
    let state = demo.state();
    let Some((vendor, contacts)) = cast(demo, &state)? else { return Ok(None) };
    let labels = list(record(&state, &vendor), "labels");
    let missing = labels.iter().find(|it| *it == LABEL).or(labels.first()).cloned();
    let added = if labels.iter().any(|it| it == LABEL) { OTHER_LABEL } else { LABEL };
    let more: Vec<&str> = labels.iter().map(String::as_str).chain([added]).collect();
    demo.edit(&format!("a label, {added}"), &vendor, json!({ "labels": more }))?;

    let mut tags = list(record(&state, &contacts[0]), "tags");
    tags.extend([format!("{NAMESPACE}{ADDED_TAG}"), FOREIGN_TAG.to_owned()]);
    let what = format!("a tag, {NAMESPACE}{ADDED_TAG}, and one of the CRM's own");
    demo.edit(&what, &contacts[0], json!({ "tags": tags }))?;
    if let Some(label) = &missing {
        let mut tags = list(record(&state, &contacts[1]), "tags");
        let gone = tag(label);
        tags.retain(|it| *it != gone);
        demo.edit(
            &format!("{gone} is taken away here only"),
            &contacts[1],
            json!({ "tags": tags }),
        )?;
    }
    let tier = record(&state, &vendor)["tier"].as_i64().unwrap_or(0) % 3 + 1;
    let set = json!({ "customFields.contact.vendor_tier": tier });
    demo.edit(&format!("tier {tier} in its custom field"), &contacts[0], set)?;
    Ok(Some(Shared { vendor, contacts, added, missing, tier, before: demo.state() }))
}

/// What became of it, one sentence for each.
///
/// # Errors
/// If anything is not as it has to be.
pub fn look_up(demo: &Demo<'_>, shared: &Shared) -> Result<Vec<String>, Failure> {
    let after = demo.state();
    let Shared { vendor, contacts, added, missing, tier, before } = shared;
    let count = contacts.len();
    let (was, is) =
        (list(record(before, vendor), "labels"), list(record(&after, vendor), "labels"));
    let on_all = |tag: &str| {
        contacts.iter().all(|it| list(record(&after, it), "tags").iter().any(|it| it == tag))
    };
    let mut told = Vec::new();
    let mut holds = |is_so: bool, says: String| {
        if !is_so {
            let says = format!("{vendor}: it is not so: {says}");
            return Err(Failure::new(Code::Unforeseen, says));
        }
        told.push(says);
        Ok(())
    };
    let (label, tagged) = (tag(added), tag(ADDED_TAG));
    holds(on_all(&label), format!("{label} is on all {count} contacts"))?;
    holds(
        is.iter().any(|it| it == ADDED_TAG) && on_all(&tagged),
        format!("the tag {tagged} is a label in UpGuard, and on all {count} contacts"),
    )?;
    let kept = was.iter().all(|it| is.contains(it)) && is.iter().any(|it| it == LABEL);
    holds(
        kept && on_all(&tag(LABEL)),
        format!("UpGuard's {LABEL} is spelled as before, its tag is {}", tag(LABEL)),
    )?;
    if let Some(label) = missing {
        let put_back = tag(label);
        holds(on_all(&put_back), format!("{put_back} is put back where it was taken away"))?;
    }
    let (foreign_before, foreign) = (foreign_tags(before), foreign_tags(&after));
    let kept = foreign_before.iter().all(|(id, tags)| foreign.get(id) == Some(tags));
    let tags: usize = foreign_before.values().map(BTreeSet::len).sum();
    holds(kept, format!("all {tags} tags that are no labels are where they were"))?;
    let is_there = record(&after, vendor)["tier"] == *tier
        && contacts.iter().all(|it| holds_number(record(&after, it), before, &contacts[0], *tier));
    holds(is_there, format!("tier {tier} is in UpGuard, and on all {count} contacts"))?;
    Ok(told)
}

/// A vendor that can be written and has several contacts that are no other vendor's; best one that has
/// [`LABEL`].
fn cast(demo: &Demo<'_>, state: &Value) -> Result<Option<(RecordKey, Vec<RecordKey>)>, Failure> {
    let desk = Desk::open(&demo.session, "plan", demo.shell)?;
    let agreements = desk.ledger().all_agreements()?;
    let links = agreements.links.values().filter(|it| it.mapping.as_str() == "labels");
    let ends = links.filter_map(|it| it.ends.upguard.first().zip(it.ends.highlevel.first()));
    let mut groups: BTreeMap<&RecordKey, Vec<RecordKey>> = BTreeMap::new();
    let mut vendors_of: BTreeMap<&RecordKey, usize> = BTreeMap::new();
    for (vendor, contact) in ends {
        groups.entry(vendor).or_default().push(contact.clone());
        *vendors_of.entry(contact).or_default() += 1;
    }
    let fits = |vendor: &RecordKey, contacts: &[RecordKey]| {
        let row = record(state, vendor);
        contacts.len() > 1
            && contacts.iter().all(|it| vendors_of[it] == 1)
            && row["primary_hostname"].as_str().is_some_and(|it| !it.is_empty())
            && list(row, "labels").iter().all(|it| !it.contains(','))
    };
    let mut fitting: Vec<_> =
        groups.iter().filter(|(vendor, contacts)| fits(vendor, contacts)).collect();
    fitting.sort_by_key(|(vendor, _)| {
        !list(record(state, vendor), "labels").iter().any(|it| it == LABEL)
    });
    let first = fitting.first();
    Ok(first.map(|(vendor, contacts)| ((**vendor).clone(), (*contacts).clone())))
}

fn tag(label: &str) -> String {
    format!("{NAMESPACE}{}", label.to_lowercase())
}

/// A record as its system shows it.
fn record<'s>(state: &'s Value, key: &RecordKey) -> &'s Value {
    let (side, rows) = match (key.side(), key.resource) {
        (Side::Upguard, Resource::Vendor) => ("upguard", "vendors"),
        (Side::Upguard, _) => ("upguard", "contacts"),
        (Side::Highlevel, Resource::Business) => ("highlevel", "businesses"),
        (Side::Highlevel, _) => ("highlevel", "contacts"),
    };
    let is_it = |row: &&Value| match &row["id"] {
        Value::String(id) => id == key.id.as_str(),
        id => id.as_u64() == key.id.as_str().parse().ok(),
    };
    let found = state[side][rows].as_array().and_then(|rows| rows.iter().find(is_it));
    found.unwrap_or(&Value::Null)
}

fn list(record: &Value, member: &str) -> Vec<String> {
    let items = record[member].as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The tags of every contact that are nobody's business here, by the contact's id.
fn foreign_tags(state: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let rows = state["highlevel"]["contacts"].as_array().into_iter().flatten();
    let foreign = |row: &Value| {
        list(row, "tags").into_iter().filter(|it| !it.starts_with(NAMESPACE)).collect()
    };
    rows.map(|row| (row["id"].to_string(), foreign(row))).collect()
}

/// Whether a contact holds `number` in the custom field in which `first` held it `before`.
fn holds_number(contact: &Value, before: &Value, first: &RecordKey, number: i64) -> bool {
    let rows = |record: &Value| record["customFields"].as_array().cloned().unwrap_or_default();
    let named = |row: &Value| {
        (row["id"] != Value::Null && row["value"] == number).then(|| row["id"].clone())
    };
    let ids: Vec<Value> = rows(record(before, first)).iter().filter_map(named).collect();
    rows(contact).iter().filter_map(named).any(|id| ids.contains(&id))
}
