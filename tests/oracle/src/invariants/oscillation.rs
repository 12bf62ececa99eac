//! I20: does the program never go to and fro? It writes no value a second time into a field, or element into a
//! set, unless a person did something in between to that record or to one that may feed it. An automation that
//! changes what was written is no such reason: it would again.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaint;
use super::life::{Effect, Life, Moment};
use super::sources;
use crate::{Name, rows, text, unmarked};

/// What the program put where.
type Place = (Name, String, String);

/// Complaints about what the program did twice for no reason.
pub(super) fn to_and_fro(life: &Life) -> Vec<Complaint> {
    let mut done: BTreeMap<Place, Moment> = BTreeMap::new();
    let mut complaints = Vec::new();
    for deed in life.deeds() {
        for (field, put) in puts(deed) {
            let place = (deed.name.clone(), field.clone(), put.clone());
            let earlier = done.insert(place, deed.moment);
            if earlier.is_some_and(|it| !is_provoked(life, &deed.name, it, deed.moment)) {
                let says = format!("{field}: {put} a second time, and no person did anything");
                complaints.push(deed.wrong("I20", says));
            }
        }
    }
    complaints
}

/// What an effect puts into fields: values, and elements that come or go.
fn puts(deed: &Effect) -> Vec<(String, String)> {
    let Some(field) = &deed.field else { return Vec::new() };
    if !deed.before.is_array() && !deed.after.is_array() {
        return vec![(field.clone(), format!("set to {:?}", unmarked(&text(&deed.after))))];
    }
    let elements = |list| -> BTreeSet<String> { rows(list).iter().map(text).collect() };
    let (before, after) = (elements(&deed.before), elements(&deed.after));
    let came = after.difference(&before).map(|it| format!("added {it:?}"));
    let went = before.difference(&after).map(|it| format!("removed {it:?}"));
    came.chain(went).map(|it| (field.clone(), it)).collect()
}

/// Whether a person touched the record, or what may feed it, between two moments.
fn is_provoked(life: &Life, name: &Name, from: Moment, to: Moment) -> bool {
    let near = neighbours(life, name);
    let between = life.effects[from..to].iter().filter(|it| !it.by_program && !it.is_automatic);
    between.map(|it| &it.name).any(|it| it == name || near.contains(it))
}

/// Whatever may feed a record: its partners, their owners and people, and what else these may feed.
fn neighbours(life: &Life, name: &Name) -> BTreeSet<Name> {
    let mut near: BTreeSet<Name> = life.links.possible(name).cloned().collect();
    let (vendors, contacts) = match (name.side.as_str(), name.entity.as_str()) {
        ("upguard", "vendor") => (BTreeSet::new(), sources::contacts_of(life, name)),
        ("highlevel", "contact") => {
            let vendors = sources::vendors_of(life, name);
            let contacts = vendors.iter().flat_map(|it| sources::contacts_of(life, it));
            (vendors.clone(), contacts.collect())
        }
        _ => return near,
    };
    let people = contacts.iter().flat_map(|it| life.links.possible(it).cloned());
    near.extend(people);
    near.extend(vendors);
    near.extend(contacts);
    near
}
