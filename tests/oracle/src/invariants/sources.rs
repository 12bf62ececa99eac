//! Where does a value come from? The records on the other side that may feed a field, and whether what was
//! written stood there when it was read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Complaint;
use super::fields::{Field, Kind};
use super::life::{Effect, Life, Moment, Night};
use super::links;
use super::timeline::By;
use crate::{Name, text};

/// The other one.
pub(super) fn other(side: &str) -> &'static str {
    if side == "upguard" { "highlevel" } else { "upguard" }
}

/// The records on the other side that possibly ever had to do with a field of this one. Of profiles these are
/// the contacts of a vendor's people, and the vendors of a contact's people.
pub(super) fn partners(life: &Life, name: &Name, field: &Field) -> BTreeSet<Name> {
    match (field.mapping, name.side.as_str()) {
        ("profiles", "upguard") => contacts_of(life, name),
        ("profiles", _) => vendors_of(life, name),
        _ => {
            let entity = field.on(other(&name.side)).0;
            life.links.possible(name).filter(|it| it.entity == entity).cloned().collect()
        }
    }
}

/// The contacts that possibly ever stood for people of a vendor.
pub(super) fn contacts_of(life: &Life, vendor: &Name) -> BTreeSet<Name> {
    let people = life.timeline.of_kind("upguard", "contact");
    let theirs = people.filter(|it| employers(life, it).contains(vendor));
    theirs.flat_map(|it| life.links.possible(it).cloned()).collect()
}

/// The vendors whose people a contact possibly ever stood for.
pub(super) fn vendors_of(life: &Life, contact: &Name) -> BTreeSet<Name> {
    let people = life.links.possible(contact).filter(|it| it.entity == "contact");
    people.flat_map(|it| employers(life, it)).collect()
}

/// The vendors a person ever belonged to.
fn employers(life: &Life, person: &Name) -> BTreeSet<Name> {
    let moments = life.timeline.between(person, "vendor_id", 0, life.effects.len());
    let all = moments.iter().filter_map(|it| links::vendor_of(&life.timeline, person, it.since));
    all.collect()
}

/// When a record and a partner agreed before a moment.
pub(super) struct Agreed {
    /// At the last whole night that surely saw both say the same.
    pub(super) surely: Option<Moment>,
    /// Later, if a night that was at work then saw it. What nobody saw is no agreement.
    pub(super) perhaps: Vec<Moment>,
}

/// When two records agreed in a field before a moment.
pub(super) fn agreed(
    life: &Life,
    field: &Field,
    (name, partner): (&Name, &Name),
    before: Moment,
) -> Agreed {
    let both = [name, partner].map(|it| (it, field.on(&it.side).1));
    let is_agreed = |moment: Moment| {
        let [ours, theirs] = both.map(|(it, native)| life.timeline.value(it, native, moment));
        both.iter().all(|(it, _)| life.timeline.is_there(it, moment))
            && field.is_alike((&name.side, &ours), (&partner.side, &theirs))
    };
    let is_seen = |night: &&Night| {
        let is_told = |(it, native): &(&Name, &str)| {
            let held = life.timeline.held(it, native, night.to);
            let is_dormant = [night.from, night.to]
                .iter()
                .any(|moment| links::is_unmonitored(&life.timeline, it, *moment));
            (held.since <= night.from || held.by == By::Program) && !is_dormant
        };
        let is_in_time = night.whole && night.to < before && is_agreed(night.to);
        is_in_time && both.iter().all(is_told) && is_linked(life, field, name, partner, night.to)
    };
    let surely = life.nights.iter().rev().find(is_seen).map(|it| it.to);
    // It is as it was until something changes.
    let turns = both.iter().flat_map(|(it, native)| life.timeline.turns(it, native));
    let turns: BTreeSet<Moment> = turns.chain([0]).filter(|it| *it < before).collect();
    let ends = turns.iter().skip(1).copied().chain([before]).map(|it| it - 1);
    let is_at_work = |(from, end): &(Moment, Moment)| {
        life.nights.iter().any(|it| it.from <= *end && *from <= it.to)
    };
    let spans = turns.iter().copied().zip(ends).filter(is_at_work);
    let later = spans.map(|(_, end)| end).filter(|end| surely.is_none_or(|it| it < *end));
    Agreed { surely, perhaps: later.filter(|it| is_agreed(*it)).collect() }
}

/// Whether two records were surely known to be one by a moment.
fn is_linked(life: &Life, field: &Field, name: &Name, partner: &Name, by: Moment) -> bool {
    match (field.mapping, name.side.as_str()) {
        ("profiles", "upguard") => is_linked(life, field, partner, name, by),
        ("profiles", _) => sure_vendors(life, name, by).is_some_and(|it| it.contains(partner)),
        _ => life.links.linked_with(&life.timeline, name, by).contains(partner),
    }
}

/// The vendors whose people a contact surely stands for; nothing if it is not sure who all of them are.
pub(super) fn sure_vendors(life: &Life, contact: &Name, moment: Moment) -> Option<BTreeSet<Name>> {
    let people = life.links.linked_with(&life.timeline, contact, moment);
    let possible: BTreeSet<&Name> = life.links.possible(contact).collect();
    let rest = possible.iter().filter(|it| life.timeline.is_there(it, moment));
    if people.is_empty() || rest.count() != people.len() {
        return None;
    }
    people.iter().map(|it| links::vendor_of(&life.timeline, it, moment)).collect()
}

/// Complaints about values that the program wrote and that stood nowhere on the other side, from when its
/// night began to read until then. A value that a side has in a form of its own passes.
pub(super) fn from_nowhere(life: &Life) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for deed in life.deeds() {
        if deed.creates() {
            complaints.extend(made_from_nowhere(life, deed));
        }
        let Some(native) = &deed.field else { continue };
        // A task also ends because its threat is gone: that is for I18.
        let ends = |it: &Field| it.kind == Kind::Closed && deed.after == true;
        let is_it = |it: &&Field| it.is_at(&deed.name.side, &deed.name.entity, native) && !ends(it);
        let mut fields = life.fields.iter().filter(is_it).peekable();
        if fields.peek().is_none() {
            continue;
        }
        if !fields.any(|it| is_told(life, deed, it, &deed.after)) {
            let says =
                format!("{native} became {}, which nobody said on the other side", deed.after);
            complaints.push(deed.wrong("I21", says));
        }
    }
    complaints
}

/// Whether a partner held the value between the moment of reading and the deed.
fn is_told(life: &Life, deed: &Effect, field: &Field, value: &Value) -> bool {
    let side = other(&deed.name.side);
    let from = life.read_from(deed.moment);
    let says = |partner: &Name| {
        let told = life.timeline.between(partner, field.on(side).1, from, deed.moment);
        told.iter().any(|it| field.is_alike((&deed.name.side, value), (side, &it.value)))
    };
    partners(life, &deed.name, field).iter().any(says)
}

/// A record that is made holds in every field what the other side says, or nothing.
fn made_from_nowhere(life: &Life, deed: &Effect) -> Vec<Complaint> {
    let fields = life
        .fields
        .iter()
        .filter(|it| it.mapping != "profiles" && it.on(&deed.name.side).0 == deed.name.entity);
    fields
        .filter_map(|field| {
            let value = deed.after.get(field.on(&deed.name.side).1)?;
            let is_empty = field.read(&deed.name.side, value).is_empty();
            let wrong = !is_empty && !is_told(life, deed, field, value);
            let says = || format!("made with {} {value}, which nobody said", field.highlevel.1);
            wrong.then(|| deed.wrong("I21", says()))
        })
        .collect()
}

/// The element by which labels and tags are compared: without namespace, in small letters.
pub(super) fn element(said: &str) -> String {
    said.trim().strip_prefix(crate::labels::NAMESPACE).unwrap_or(said.trim()).to_lowercase()
}

/// The shared elements that a record holds at a moment: a vendor's labels, a contact's tags that are labels.
pub(super) fn shared(life: &Life, name: &Name, moment: Moment) -> BTreeSet<String> {
    let all = links::elements(&life.timeline, name, moment).into_iter();
    let is_shared =
        |it: &String| name.side == "upguard" || it.starts_with(crate::labels::NAMESPACE);
    all.filter(is_shared).map(|it| element(&it)).collect()
}

/// The same, of a list in an effect.
pub(super) fn shared_in(name: &Name, list: &Value) -> BTreeSet<String> {
    let all = crate::rows(list).iter().map(text);
    let is_shared =
        |it: &String| name.side == "upguard" || it.starts_with(crate::labels::NAMESPACE);
    all.filter(is_shared).map(|it| element(&it)).collect()
}
