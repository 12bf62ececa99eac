//! Does the ledger tell all? Start and effects, played, must give what both systems hold at the end: else no
//! judge knows anything.

use std::collections::BTreeSet;

use serde_json::Value;

use super::life::Life;
use super::timeline::{LISTS, flat, id_of};
use super::{AT_THE_END, Complaint};
use crate::{Name, rows, text};

/// Fields besides the mapped ones that have to be told.
const BESIDE: [(&str, &str); 5] = [
    ("vendor", "labels"),
    ("vendor", "monitored"),
    ("contact", "tags"),
    ("contact", "vendor_id"),
    ("task", "assignedTo"),
];

/// Complaints about what came to be without an effect.
pub(super) fn untold(life: &Life) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut there = BTreeSet::new();
    let mut complain = |record: &Name, says: String| {
        let (invariant, at) = ("ledger", AT_THE_END.to_owned());
        complaints.push(Complaint { invariant, record: record.clone(), at, says });
    };
    let end = life.effects.len();
    for (side, list, entity) in LISTS {
        for record in rows(&life.end[side][list]) {
            let name = Name { side: side.into(), entity: entity.into(), id: text(id_of(record)) };
            if !life.timeline.is_there(&name, end) {
                complain(&name, "is there, and no effect made it".to_owned());
            }
            let fields = flat(record);
            let mapped = life.fields.iter().filter(|it| it.on(side).0 == entity);
            let natives = mapped.map(|it| it.on(side).1);
            let beside = BESIDE.iter().filter(|it| it.0 == entity).map(|it| it.1);
            for native in natives.chain(beside) {
                let held = life.timeline.value(&name, native, end);
                let found = fields.get(native).unwrap_or(&Value::Null);
                if plain(&held) != plain(found) {
                    complain(&name, format!("{native} is {found}, and was last told as {held}"));
                }
            }
            there.insert(name);
        }
    }
    for (side, _, entity) in LISTS {
        for name in life.timeline.of_kind(side, entity) {
            if life.timeline.is_there(name, end) && !there.contains(name) {
                complain(name, "is not there, and no effect took it away".to_owned());
            }
        }
    }
    complaints
}

/// Nothing in all its forms is nothing; the order of a list says nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: BTreeSet<String> = items.iter().map(text).collect();
            if items.is_empty() { String::new() } else { format!("{items:?}") }
        }
        Value::Bool(false) => String::new(),
        other => text(other),
    }
}
