//! I3: is no value of a person lost? What the program replaces has been mirrored to the other side since it
//! was set, or lost against a later change there.
//!
//! Open, and passed: which of two values wins where the earlier one stands on the side that the mapping names
//! for undecided times, or both are of one night, which may have read the earlier one's side before it and the
//! later one's after it; whatever follows where a record on the other side was made meanwhile; what comes to a
//! field from another person of the same contact. That the loser is told is for the history to show
//! ([`crate::reported::history_differs`]).

use std::ops::Range;

use super::Complaint;
use super::fields::Field;
use super::life::{Effect, Life, Moment};
use super::lost_elements;
use super::sources::{Agreed, agreed, other, partners};
use super::timeline::{By, Held};
use crate::Name;

/// Complaints about values of people that the program replaced without a right to.
pub(super) fn updates(life: &Life) -> Vec<Complaint> {
    let mut complaints = lost_elements::removed_or_undone(life);
    for (deed, field, was) in replaced(life) {
        if life.read_from(deed.moment) < was.since && was.by == By::Person {
            continue;
        }
        let verdicts: Vec<Verdict> = partners(life, &deed.name, field)
            .iter()
            .map(|partner| weigh(life, deed, field, &was, partner))
            .collect();
        if let Some(worst) = verdicts.iter().min() {
            let native = deed.field.as_deref().unwrap_or_default();
            let why = match worst {
                Verdict::Rightful => continue,
                Verdict::Older => "an older change won against it",
                Verdict::Unmoved => "nothing had changed on the other side",
                Verdict::NeverAgreed => "both were set and differed when they first met",
            };
            let says = format!("{native} was {} and became {}: {why}", deed.before, deed.after);
            complaints.push(deed.wrong("I3", says));
        }
    }
    complaints
}

/// What a person wrote while the night was at work, and it replaced.
pub(super) fn races(life: &Life) -> Vec<Complaint> {
    replaced(life)
        .into_iter()
        .filter(|(deed, _, was)| was.by == By::Person && life.read_from(deed.moment) < was.since)
        .map(|(deed, _, _)| {
            let native = deed.field.as_deref().unwrap_or_default();
            let says =
                format!("{native} was made {} by a person meanwhile, and replaced", deed.before);
            deed.wrong("I3 race", says)
        })
        .collect()
}

/// The program's writes that took the place of something that it had not put there itself.
fn replaced(life: &Life) -> Vec<(&Effect, &Field, Held)> {
    let mut found = Vec::new();
    for deed in life.deeds() {
        let Some(native) = &deed.field else { continue };
        let Name { side, entity, .. } = &deed.name;
        let was = life.timeline.held(&deed.name, native, deed.moment);
        for field in life.fields.iter().filter(|it| it.is_at(side, entity, native)) {
            let is_empty = field.read(side, &was.value).is_empty();
            // What was empty when both first met is filled; so is what held nothing but our marker.
            let held_something = || {
                let before = life.timeline.value(&deed.name, native, was.since - 1);
                !field.read(side, &before).is_empty()
            };
            let is_cleared =
                was.by == By::Person && life.is_night_between(0, was.since - 1) && held_something();
            if was.by != By::Program && !field.is_restored && (!is_empty || is_cleared) {
                found.push((deed, field, was.clone()));
            }
        }
    }
    found
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Rightful,
    Older,
    Unmoved,
    NeverAgreed,
}

/// Whether a partner's value had the right to take the place.
fn weigh(life: &Life, deed: &Effect, field: &Field, was: &Held, partner: &Name) -> Verdict {
    let (side, there) = (deed.name.side.as_str(), other(&deed.name.side));
    let theirs = field.on(there).1;
    let says = |mine: &Held, it: &Held| field.is_alike((side, &mine.value), (there, &it.value));
    let since = life.timeline.between(partner, theirs, was.since, deed.moment);
    if since.iter().any(|it| says(was, it)) {
        return Verdict::Rightful;
    }
    let Agreed { surely, perhaps } = agreed(life, field, (&deed.name, partner), was.since);
    // What is empty where both never agreed is filled, whoever emptied it.
    let is_filled = field.read(side, &was.value).is_empty();
    // A side that is back at what was agreed has not moved.
    let is_back = |since: Moment| {
        let then = life.timeline.value(&deed.name, field.on(side).1, since);
        field.is_alike((side, &then), (side, &was.value))
    };
    // Nor has one that is back at what the program put there last, whatever stood on the other side then.
    let native = field.on(side).1;
    let before = life.timeline.between(&deed.name, native, 0, was.since);
    let ours = before.iter().rev().find(|it| it.by == By::Program);
    let is_ours = ours.is_some_and(|it| field.is_alike((side, &it.value), (side, &was.value)));
    // Where nobody can say since when both agree, whatever follows from any of it passes.
    let each = perhaps.into_iter().map(Some).chain([surely]);
    let verdicts = each.map(|agreed| {
        let since = agreed.unwrap_or(0);
        match (moved(life, field, partner, since..deed.moment, &deed.name), agreed) {
            (None, Some(_)) => Verdict::Unmoved,
            (None, None) if is_filled || field.adopt.as_deref() == Some(there) => Verdict::Rightful,
            (None, None) if is_new_replica(life, field, &deed.name, partner, deed.moment) => {
                Verdict::Rightful
            }
            (None, None) => Verdict::NeverAgreed,
            (Some(_), Some(since)) if is_back(since) => Verdict::Rightful,
            // A night saw both differ, and left that to a person.
            (Some(when), None) if is_filled && life.is_night_between(when, was.since - 1) => {
                Verdict::Rightful
            }
            (Some(when), _) if is_ours || life.is_one_night(when, was.since) => Verdict::Rightful,
            (Some(when), _) if when < was.since && field.undecided != there => Verdict::Older,
            (Some(_), _) => Verdict::Rightful,
        }
    });
    verdicts.min().unwrap_or(Verdict::Rightful)
}

/// Whether a contact came to a vendor that had agreed with another one: it takes over what the vendor says.
fn is_new_replica(
    life: &Life,
    field: &Field,
    contact: &Name,
    vendor: &Name,
    before: Moment,
) -> bool {
    let has_agreed = |it: &Name| {
        let Agreed { surely, perhaps } = agreed(life, field, (it, vendor), before);
        surely.is_some() || !perhaps.is_empty()
    };
    field.mapping == "profiles"
        && contact.side == "highlevel"
        && partners(life, vendor, field).iter().any(|it| it != contact && has_agreed(it))
}

/// When a person last changed what a partner says, between two moments: there, or on another record than `but`
/// from which it came there.
fn moved(
    life: &Life,
    field: &Field,
    partner: &Name,
    when: Range<Moment>,
    but: &Name,
) -> Option<Moment> {
    let there = partner.side.as_str();
    let by_person = |name: &Name, native: &str| {
        let told = life.timeline.between(name, native, when.start, when.end).into_iter();
        told.filter(|it| it.by == By::Person && when.start < it.since).map(|it| it.since).max()
    };
    let direct = by_person(partner, field.on(there).1);
    let back = other(there);
    let siblings = partners(life, partner, field);
    let siblings = siblings.iter().filter(|it| *it != but && field.mapping == "profiles");
    let through = siblings.filter_map(|it| by_person(it, field.on(back).1)).max();
    direct.max(through)
}
