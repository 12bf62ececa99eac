//! What did a run leave alone? Compares everything both systems held before and after: a record that no
//! applied step names must be the same to the letter, and one that a step names must differ in that
//! step's fields only, and in what the system itself moves along with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{Name, rows, text};

/// What both systems call their lists, and what they call what is in them.
const LISTS: [(&str, &str, &str); 6] = [
    ("upguard", "vendors", "vendor"),
    ("upguard", "contacts", "contact"),
    ("highlevel", "contacts", "contact"),
    ("highlevel", "businesses", "business"),
    ("highlevel", "tasks", "task"),
    ("highlevel", "notes", "note"),
];

/// Members that a system moves whenever a record is written.
const STAMPS: [&str; 4] = ["dateUpdated", "updatedAt", "updated_at", "lastActivity"];

/// Complaints about everything that changed without an applied step of `run`.
pub fn touched(before: &Value, after: &Value, run: &Value) -> Vec<String> {
    let mut written: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    let mut made = BTreeSet::new();
    for step in rows(&run["steps"]).iter().filter(|it| it["outcome"] == "applied") {
        let name = Name::of_step(step);
        if step["action"] == "create" {
            made.insert(name.clone());
        }
        let paths = rows(&step["fields"]).iter().map(|field| text(&field["path"]));
        written.entry(name).or_default().extend(paths);
    }
    let (before, after) = (records(before), records(after));
    let mut complaints = Vec::new();
    for (name, was) in &before {
        let Some(is) = after.get(name) else {
            complaints.push(format!("{name:?} is gone"));
            continue;
        };
        let none = BTreeSet::new();
        let paths = written.get(name).unwrap_or(&none);
        let (was, is) = (without(was, paths), without(is, paths));
        if was != is {
            complaints.push(format!("{name:?} was touched beside {paths:?}:\n{was}\n{is}"));
        }
    }
    let new = after.keys().filter(|name| !before.contains_key(*name) && !made.contains(*name));
    complaints.extend(new.map(|name| format!("{name:?} came from nowhere")));
    complaints
}

fn records(state: &Value) -> BTreeMap<Name, Value> {
    let of = |(side, list, entity): (&str, &str, &str)| {
        let row = |record: &Value| {
            let name = Name { side: side.into(), entity: entity.into(), id: text(&record["id"]) };
            (name, record.clone())
        };
        rows(&state[side][list]).iter().map(row).collect::<Vec<_>>()
    };
    LISTS.into_iter().flat_map(of).collect()
}

/// The record without what `paths` name, and without what the system moves along with them.
fn without(record: &Value, paths: &BTreeSet<String>) -> Value {
    let mut record = record.clone();
    let Some(members) = record.as_object_mut().filter(|_| !paths.is_empty()) else { return record };
    for path in paths {
        match path.split_once('.').filter(|_| !members.contains_key(path)) {
            Some((outer, inner)) => {
                let inside = members.get_mut(outer).and_then(Value::as_object_mut);
                drop(inside.and_then(|it| it.remove(inner)));
            }
            None => drop(members.remove(path)),
        }
        members.remove(&format!("{path}LowerCase"));
    }
    if ["firstName", "lastName"].iter().any(|it| paths.contains(*it)) {
        members.remove("fullNameLowerCase");
    }
    for stamp in STAMPS {
        members.remove(stamp);
    }
    // No attributes, and an empty table of them, are the same.
    if members.get("attributes").and_then(Value::as_object).is_some_and(Map::is_empty) {
        members.remove("attributes");
    }
    // The order of what is left says nothing.
    let sorted: BTreeMap<String, Value> =
        members.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::Object(sorted.into_iter().collect())
}
