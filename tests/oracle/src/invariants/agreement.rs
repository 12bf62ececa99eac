//! I1: do both sides say the same in the end? Every mapped field of everything that surely is one, and the
//! tags of every contact, once two whole nights have seen the last edit and the second did nothing more.
//!
//! Open, and passed: what both had set differently when they first met, for it waits for a person; what
//! people wrote later on a side that cannot pass it on (drift, and what UpGuard takes no writes for); tiers on
//! which several contacts differ; what HighLevel gives to one contact only; states of tasks that people ticked;
//! what one of several people said of a contact who is gone, until another says something new; the tier of a
//! contact that has stood for people of several vendors.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields::Field;
use super::life::{Life, Moment};
use super::sources::{self, other};
use super::timeline::By;
use super::{AT_THE_END, Complaint, links};
use crate::{Name, rows, text};

/// Complaints about linked records whose fields differ at the end.
pub(super) fn apart(life: &Life) -> Vec<Complaint> {
    let Some(settled) = life.settled() else { return Vec::new() };
    let end = life.effects.len();
    let mut complaints = Vec::new();
    for field in &life.fields {
        let (entity, native) = field.highlevel;
        for name in life.timeline.of_kind("highlevel", entity) {
            let sources = stands_for(life, field, name);
            if sources.is_empty() || !life.timeline.is_there(name, end) {
                continue;
            }
            let is_late = |it: &Name| {
                life.is_touched_since(it, settled) || links::is_unmonitored(&life.timeline, it, end)
            };
            let is_open = is_late(name)
                || sources.iter().any(is_late)
                || !is_defined(life, native)
                || sources.iter().any(|it| is_excused(life, field, it, name));
            if !is_open && !sources.iter().any(|it| says_the_same(life, field, it, name, end)) {
                let held = life.timeline.value(name, native, end);
                let says: Vec<String> = sources
                    .iter()
                    .map(|it| life.timeline.value(it, &field.upguard.1, end).to_string())
                    .collect();
                let says = format!("{native} is {held}, and UpGuard says {}", says.join(" or "));
                complaints.push(missing("I1", name, says));
            }
        }
    }
    complaints
}

fn missing(invariant: &'static str, record: &Name, says: String) -> Complaint {
    Complaint { invariant, record: record.clone(), at: AT_THE_END.to_owned(), says }
}

/// What surely feeds a field of a record at the end; nothing if it is in doubt.
fn stands_for(life: &Life, field: &Field, name: &Name) -> BTreeSet<Name> {
    let end = life.effects.len();
    if field.mapping == "profiles" {
        // A contact of several vendors is left alone.
        return sources::sure_vendors(life, name, end)
            .filter(|it| it.len() == 1)
            .unwrap_or_default();
    }
    let entity = field.upguard.0;
    let sure = life.links.linked_with(&life.timeline, name, end);
    let sure: BTreeSet<Name> = sure.into_iter().filter(|it| it.entity == entity).collect();
    let there = life.links.possible(name).filter(|it| life.timeline.is_there(it, end));
    if there.count() == sure.len() { sure } else { BTreeSet::new() }
}

/// Whether a custom field exists at all.
fn is_defined(life: &Life, native: &str) -> bool {
    let Some(key) = native.strip_prefix("custom.") else { return true };
    let defined = rows(&life.end["highlevel"]["customFields"]).iter();
    defined.map(|it| text(&it["fieldKey"])).any(|it| it.strip_prefix("contact.") == Some(key))
}

fn says_the_same(life: &Life, field: &Field, ours: &Name, theirs: &Name, at: Moment) -> bool {
    let said = life.timeline.value(ours, &field.upguard.1, at);
    let held = life.timeline.value(theirs, field.highlevel.1, at);
    field.is_alike(("upguard", &said), ("highlevel", &held))
}

/// Whether the design lets this pair of values differ.
fn is_excused(life: &Life, field: &Field, ours: &Name, theirs: &Name) -> bool {
    let end = life.effects.len();
    let said = life.timeline.held(ours, &field.upguard.1, end);
    let held = life.timeline.held(theirs, field.highlevel.1, end);
    let is_silent = field.read("upguard", &said.value).is_empty();
    let is_empty = field.read("highlevel", &held.value).is_empty();
    // They first met like this.
    let never_agreed = sources::agreed(life, field, (theirs, ours), end + 1).surely.is_none();
    let webless = text(&life.timeline.value(ours, "primary_hostname", end)).is_empty();
    let is_unwritable = ours.entity == "vendor" && webless;
    let by_person = held.by == By::Person;
    let is_later = by_person && said.since < held.since;
    let is_drift = is_later && (!field.both_ways || is_unwritable);
    let is_ticked = field.mapping == "threats" && by_person;
    let is_kept = is_silent && (!life.terms.clears || !field.is_emptied);
    // What waits at one contact is not spread to the others.
    let is_contested = (by_person || never_agreed) && is_contested(life, field, ours, theirs);
    let is_asked = field.adopt.is_none() || is_unwritable;
    // Nothing in UpGuard empties nothing, and what only goes to HighLevel does not fill UpGuard.
    let is_unfilled = is_silent && (!field.both_ways || is_unwritable);
    let is_waiting = never_agreed && !is_empty && (is_unfilled || is_asked && !is_silent);
    !field.is_restored && (is_waiting || is_drift || is_ticked || is_contested)
        || is_kept
        || is_taken(life, field, theirs, &said.value)
        || is_left(life, field, theirs, (&held.value, said.since))
        || field.mapping == "profiles"
            && !field.is_restored
            && sources::vendors_of(life, theirs).len() > 1
}

/// Whether somebody said it who is gone, and nobody else has said anything new since.
fn is_left(life: &Life, field: &Field, contact: &Name, (held, new): (&Value, Moment)) -> bool {
    let said_it = |it: &&Name| {
        let died = life.timeline.spans(it).last().and_then(|it| it.died);
        died.is_some_and(|(died, _)| {
            let said = life.timeline.value(it, &field.upguard.1, died - 1);
            new < died && field.is_alike(("upguard", &said), ("highlevel", held))
        })
    };
    field.mapping == "contacts" && life.links.possible(contact).any(|it| said_it(&it))
}

/// Whether people said something else on another contact of the vendor, which waits for a person.
fn is_contested(life: &Life, field: &Field, ours: &Name, theirs: &Name) -> bool {
    let end = life.effects.len();
    let (side, native) = ("highlevel", field.highlevel.1);
    let said = life.timeline.value(theirs, native, end);
    let differs = |it: &Name| {
        let held = life.timeline.held(it, native, end);
        held.by == By::Person
            && life.timeline.is_there(it, end)
            && !says_the_same(life, field, ours, it, end)
            && !field.is_alike((side, &held.value), (side, &said))
    };
    field.mapping == "profiles" && sources::contacts_of(life, ours).iter().any(differs)
}

/// Whether another contact has the value that only one may have.
fn is_taken(life: &Life, field: &Field, contact: &Name, said: &Value) -> bool {
    let end = life.effects.len();
    let native = field.highlevel.1;
    let is_unique = field.mapping == "contacts" && ["email", "phone"].contains(&native);
    let mut others = life.timeline.of_kind("highlevel", "contact").filter(|it| *it != contact);
    is_unique
        && others.any(|it| {
            let held = life.timeline.value(it, native, end);
            life.timeline.is_there(it, end)
                && !field.read("highlevel", &held).is_empty()
                && field.is_alike(("upguard", said), (other("upguard"), &held))
        })
}

/// Complaints about contacts whose tags are not the labels of their vendors at the end.
///
/// Open, and passed: what becomes of any label while a tag waits that people put on a contact of several
/// vendors, or that a vendor cannot take; labels and tags with a comma.
pub(super) fn labels_apart(life: &Life) -> Vec<Complaint> {
    let Some(settled) = life.settled() else { return Vec::new() };
    let end = life.effects.len();
    let mut complaints = Vec::new();
    for name in life.timeline.of_kind("highlevel", "contact") {
        let Some(vendors) = sources::sure_vendors(life, name, end) else { continue };
        let people = life.links.linked_with(&life.timeline, name, end);
        let late = |it: &Name| life.is_touched_since(it, settled);
        let dormant = |it: &Name| links::is_unmonitored(&life.timeline, it, end);
        let all = vendors.iter().chain(&people).chain([name]);
        if !life.timeline.is_there(name, end) || all.clone().any(|it| late(it) || dormant(it)) {
            continue;
        }
        let labels: BTreeSet<String> =
            vendors.iter().flat_map(|it| sources::shared(life, it, end)).collect();
        let tags = sources::shared(life, name, end);
        let is_writable = |it: &Name| {
            let host = text(&life.timeline.value(it, "primary_hostname", end));
            !host.is_empty() && !sources::shared(life, it, end).iter().any(|it| it.contains(','))
        };
        let by_person = life.timeline.held(name, "tags", end).by == By::Person;
        let siblings = vendors.iter().flat_map(|it| sources::contacts_of(life, it));
        let there = siblings.filter(|it| life.timeline.is_there(it, end));
        let said: BTreeSet<String> = there.flat_map(|it| sources::shared(life, &it, end)).collect();
        let waits = !said.is_subset(&labels);
        // A tag with a comma is none that a vendor could take.
        let is_split = said.iter().any(|it| it.contains(','));
        let is_free = vendors.len() == 1 && vendors.iter().all(is_writable) && !is_split;
        let is_open = !is_free && (by_person || waits);
        let lacks: Vec<&String> = labels.difference(&tags).filter(|it| !it.contains(',')).collect();
        let surplus: Vec<&String> = tags.difference(&labels).filter(|_| is_free).collect();
        if !(is_open || lacks.is_empty() && surplus.is_empty()) {
            let says = format!("lacks tags of {lacks:?}, and has those of {surplus:?} too many");
            complaints.push(missing("I1", name, says));
        }
    }
    complaints
}
