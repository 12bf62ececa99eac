//! I20: does the program never go to and fro? It writes no value a second time into a field, or element into a
//! set, unless a person did something in between to that record or to one that may feed it. An automation that
//! changes what was written is a reason for a few times only: it would again.

use std::collections::{BTreeMap, BTreeSet};

use super::Complaint;
use super::life::{Effect, Life, Moment};
use super::sources;
use crate::{Name, rows, text, unmarked};

/// What the program put where.
type Place = (Name, String, String);

/// So often an automation is believed.
const TURNS_MAX: u32 = 3;

/// Complaints about what the program did twice for no reason.
pub(super) fn to_and_fro(life: &Life) -> Vec<Complaint> {
    let mut done: BTreeMap<Place, (Moment, u32)> = BTreeMap::new();
    let mut complaints = Vec::new();
    for deed in life.deeds() {
        for (field, put) in puts(deed) {
            let place = (deed.name.clone(), field.clone(), put.clone());
            let earlier = done.get(&place).copied();
            let between = earlier.map(|(it, _)| actors(life, &deed.name, it, deed.moment));
            let again = match between {
                None | Some(Between { person: true, .. }) => 0,
                Some(Between { automation: true, .. }) => earlier.map_or(0, |(_, again)| again) + 1,
                Some(Between { .. }) => TURNS_MAX + 1,
            };
            done.insert(place, (deed.moment, again));
            if again > TURNS_MAX {
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

/// Who touched a record, or what may feed it.
struct Between {
    person: bool,
    automation: bool,
}

/// Who did so between two moments.
fn actors(life: &Life, name: &Name, from: Moment, to: Moment) -> Between {
    let near = neighbours(life, name);
    let others = life.effects[from..to].iter().filter(|it| !it.by_program);
    let others = others.filter(|it| it.name == *name || near.contains(&it.name));
    let (automatic, persons): (Vec<&Effect>, Vec<&Effect>) = others.partition(|it| it.is_automatic);
    Between { person: !persons.is_empty(), automation: !automatic.is_empty() }
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
