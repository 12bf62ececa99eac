//! Is what happened exactly what was reported? One change in a system for every field that the program
//! says it wrote, one new record for every record it says it made, with the values it says, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{MARKER_FIELD, Name, rows, text, unmarked};

/// What a system sets by itself in a new record.
const DERIVED: &[&str] = &[
    "id",
    "locationId",
    "firstNameLowerCase",
    "lastNameLowerCase",
    "fullNameLowerCase",
    "emailLowerCase",
    "type",
    "dndSettings",
    "pinned",
    "additionalEmails",
    "additionalPhones",
    "followers",
    "dateAdded",
    "dateUpdated",
    "lastActivity",
    "createdBy",
    "createdAt",
    "updatedAt",
    "country",
];

/// A change of one field, or, without a field, a new record.
type Place = (Name, Option<String>);

/// Complaints if the changes that requests caused are not exactly the applied steps of `run`.
pub fn differs(api_effects: &[Value], run: &Value) -> Vec<String> {
    let mut happened: BTreeMap<Place, Vec<&Value>> = BTreeMap::new();
    for effect in api_effects {
        let place = (Name::of_effect(effect), effect["field"].as_str().map(str::to_owned));
        happened.entry(place).or_default().push(effect);
    }
    let mut complaints = Vec::new();
    for step in rows(&run["steps"]).iter().filter(|it| it["outcome"] == "applied") {
        if step["action"] == "create" {
            let place = (Name::of_step(step), None);
            take(&mut happened, place, &mut complaints, |it| made_otherwise(it, step));
            continue;
        }
        // What a system answered "ok" to and did not keep, the program says it did not keep.
        for field in rows(&step["fields"]).iter().filter(|it| it["verdict"] != "discarded") {
            let place = (Name::of_step(step), Some(text(&field["path"])));
            if is_set(field) {
                take_turnover(&mut happened, place, &mut complaints, field);
                continue;
            }
            take(&mut happened, place, &mut complaints, |it| written_otherwise(it, field));
        }
    }
    for ((name, field), effects) in happened {
        for effect in effects {
            complaints.push(format!("nobody reported {field:?} of {name:?}: {effect}"));
        }
    }
    complaints
}

/// Complaints if the changes that requests caused are not exactly what the history tells of written
/// and made records.
pub fn history_differs(api_effects: &[Value], history: &Value) -> Vec<String> {
    // How fields are defined is compared where they are (`custom_fields.rs`).
    let is_record = |it: &&Value| it["entity"] != "custom field";
    let rows: Vec<&Value> = rows(&history["changes"]).iter().filter(is_record).collect();
    let creates: Vec<&Value> = rows.iter().copied().filter(|it| it["action"] == "create").collect();
    // A new record's fields stand beside it, in the same entry.
    let beside = |row: &Value| creates.iter().any(|it| it["seq"] == row["seq"]);
    let mut steps = Vec::new();
    let told = |it: &&Value| it["action"] == "write" || it["action"] == "create";
    for row in rows.iter().copied().filter(told) {
        if row["action"] == "write" && beside(row) {
            continue;
        }
        let fields: Vec<&Value> = match row["action"] == "create" {
            true => rows
                .iter()
                .copied()
                .filter(|it| it["action"] == "write" && it["seq"] == row["seq"])
                .collect(),
            false => vec![row],
        };
        let field = |row: &Value| {
            json!({
                "path": row["path"],
                "before": row["before"],
                "after": row["sent"],
                "found": row["found"],
                "verdict": row["verdict"],
            })
        };
        steps.push(json!({
            "outcome": "applied",
            "action": row["action"],
            "side": row["side"],
            "entity": row["entity"],
            "record": row["record"],
            "constants": row["constants"],
            "fields": fields.into_iter().map(field).collect::<Vec<_>>(),
        }));
    }
    differs(api_effects, &json!({ "steps": steps }))
}

/// The effect at a place that is as reported, else any.
fn take(
    happened: &mut BTreeMap<Place, Vec<&Value>>,
    place: Place,
    complaints: &mut Vec<String>,
    otherwise: impl Fn(&Value) -> Vec<String>,
) {
    let effects = happened.entry(place.clone()).or_default();
    if effects.is_empty() {
        complaints.push(format!("reported, and did not happen: {place:?}"));
    } else {
        let at = effects.iter().position(|it| otherwise(it).is_empty()).unwrap_or(0);
        complaints.extend(otherwise(effects.remove(at)));
    }
}

fn written_otherwise(effect: &Value, field: &Value) -> Vec<String> {
    ["before", "after"]
        .into_iter()
        .map(|moment| (moment, &effect[moment], kept(field, moment)))
        .filter(|(_, is, said)| !same(is, said))
        .map(|(moment, is, said)| {
            format!("{}: {moment} is {is}, reported as {said}: {effect}", field["path"])
        })
        .collect()
}

fn made_otherwise(effect: &Value, step: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let Some(record) = effect["after"].as_object() else {
        return vec![format!("made without a content: {effect}")];
    };
    let fields = rows(&step["fields"]);
    for field in fields {
        let path = text(&field["path"]);
        let found = record.get(&path).unwrap_or(&Value::Null);
        let said = kept(field, "after");
        if !same(found, said) {
            complaints.push(format!("made with {path} {found}, reported as {said}"));
        }
    }
    let constants = step["constants"].as_object();
    for (path, said) in constants.into_iter().flatten() {
        let found = record.get(path).unwrap_or(&Value::Null);
        if !same(found, said) {
            complaints.push(format!("made with {path} {found}, reported beside it as {said}"));
        }
    }
    for (member, value) in record {
        let reported = fields.iter().any(|field| field["path"] == member.as_str())
            || constants.is_some_and(|it| it.contains_key(member));
        let marker =
            member == MARKER_FIELD || member == "description" && unmarked(&text(value)).is_empty();
        let derived = DERIVED.contains(&member.as_str());
        if !(reported || marker || derived) {
            complaints.push(format!("made with {member} {value}, which nobody reported"));
        }
    }
    complaints
}

/// What a field holds after a write: what was sent, unless the system is said to have rewritten it, or not
/// to have kept it.
fn kept<'a>(field: &'a Value, moment: &str) -> &'a Value {
    let otherwise = field["verdict"] == "normalised" || field["verdict"] == "discarded";
    let rewritten = moment == "after" && otherwise;
    &field[if rewritten { "found" } else { moment }]
}

/// Equal, where an empty text and an empty set are nothing, a marker is no part of a text, a set has no
/// order, and a time is reported as such, without the thousandths of a whole second.
pub fn same(held: &Value, reported: &Value) -> bool {
    if let Some(time) = reported.get("time") {
        return text(held).replace(".000Z", "Z") == text(time).replace(".000Z", "Z");
    }
    let plain = |value: &Value| match value.as_array() {
        Some(items) if items.is_empty() => String::new(),
        Some(items) => {
            let items: BTreeSet<String> = items.iter().map(text).collect();
            format!("{items:?}")
        }
        None => unmarked(&text(value)).trim().to_owned(),
    };
    plain(held) == plain(reported)
}

/// Whether a field holds a set, before or afterwards.
fn is_set(field: &Value) -> bool {
    field["before"].is_array() || field["after"].is_array()
}

/// The effects by which a set became what is reported: one, or, where elements were added and others
/// removed, two that follow each other.
fn take_turnover(
    happened: &mut BTreeMap<Place, Vec<&Value>>,
    place: Place,
    complaints: &mut Vec<String>,
    field: &Value,
) {
    let effects = happened.entry(place.clone()).or_default();
    let (before, after) = (&field["before"], kept(field, "after"));
    let is_half = field["verdict"] == "overtaken";
    let Some(first) = effects.iter().position(|it| same(&it["before"], before)) else {
        // Whoever looks for a write in doubt later sees what was added for another vendor meanwhile, and
        // cannot tell that from a half of its own.
        if is_half {
            return;
        }
        complaints.push(format!("reported, and did not happen: {place:?}: {field}"));
        return;
    };
    // A write that was cut off between its two requests is told as what was found.
    let arrived =
        |it: &Value| same(&it["after"], after) || is_half && same(&it["after"], &field["found"]);
    let mut reached = effects.remove(first);
    if !arrived(reached) {
        let follows = |it: &&Value| same(&it["before"], &reached["after"]);
        if let Some(next) = effects.iter().skip(first).position(follows) {
            reached = effects.remove(first + next);
        }
    }
    if !arrived(reached) {
        complaints.push(format!("{}: reported as {after}: {reached}", field["path"]));
    }
}
