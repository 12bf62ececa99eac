//! Was anything done at all? Whatever must have a counterpart has one in the end: monitored vendors, their
//! people, open threats. An engine that never acts breaks no other promise.
//!
//! Open, and passed: what shares a key with something that is there, for then it may be a case for a person;
//! what a person deleted; people whom HighLevel cannot tell from others.

use super::life::Life;
use super::{AT_THE_END, Complaint, links};
use crate::{MARKER_FIELD, Name, rows, text};

/// Complaints about what has no counterpart at the end, once two whole nights have seen it.
pub(super) fn missing(life: &Life) -> Vec<Complaint> {
    let Some(settled) = life.settled() else { return Vec::new() };
    let timeline = &life.timeline;
    let end = life.effects.len();
    let mut complaints = Vec::new();
    let kinds = [("vendor", "business"), ("contact", "contact"), ("threat", "task")];
    for (ours, theirs) in kinds {
        for name in timeline.of_kind("upguard", ours) {
            let vendor = links::vendor_of(timeline, name, end);
            let is_open = !timeline.is_there(name, end)
                || life.is_touched_since(name, settled)
                || vendor.is_some_and(|it| life.is_touched_since(&it, settled))
                || links::is_unmonitored(timeline, name, end)
                || !must_have(life, name);
            let mut possible = life.links.possible(name).filter(|it| it.entity == theirs);
            // One that is there, or one that a person deleted and nobody makes again.
            if !is_open && possible.next().is_none() {
                let says = format!("no {theirs} stands for it, and none ever did");
                let (record, at) = (name.clone(), AT_THE_END.to_owned());
                complaints.push(Complaint { invariant: "I1", record, at, says });
            }
        }
    }
    complaints
}

/// Whether the design gives it a counterpart.
fn must_have(life: &Life, name: &Name) -> bool {
    let end = life.effects.len();
    let held = |field: &str| life.timeline.value(name, field, end);
    match name.entity.as_str() {
        "vendor" => !text(&held("name")).trim().is_empty(),
        "contact" => {
            let has_address = !text(&held("email_address")).trim().is_empty();
            has_address && !shares(life, "phone", &text(&held("phone_mobile")))
                || !has_address && is_told_apart(life, &text(&held("name")))
        }
        _ => {
            let is_over = held("threat_status") == "closed" || held("archived") == true;
            life.terms.anchored
                && !is_over
                && held("auto_dismissed") != true
                && held("dismissed_at").is_null()
        }
    }
}

/// Whether a contact has a number, to which HighLevel then makes no other.
fn shares(life: &Life, native: &str, said: &str) -> bool {
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    let said = digits(said);
    let contacts = life.timeline.of_kind("highlevel", "contact");
    let mut held = contacts
        .flat_map(|it| life.timeline.between(it, native, 0, life.effects.len()))
        .map(|it| digits(&text(&it.value)));
    7 <= said.len() && held.any(|it| 7 <= it.len() && (it.ends_with(&said) || said.ends_with(&it)))
}

/// Whether a person without an address gets a contact: there is a place for the marker, and nobody has the
/// name.
fn is_told_apart(life: &Life, said: &str) -> bool {
    let defined = rows(&life.end["highlevel"]["customFields"]).iter();
    let key = MARKER_FIELD.replace("custom.", "contact.");
    let is_defined = defined.map(|it| text(&it["fieldKey"])).any(|it| it == key);
    let end = life.effects.len();
    let said = said.trim().to_lowercase();
    let mut contacts = life.timeline.of_kind("highlevel", "contact");
    let is_namesake = contacts.any(|it| {
        let name = ["firstName", "lastName"].map(|it2| text(&life.timeline.value(it, it2, end)));
        name.join(" ").trim().to_lowercase() == said
    });
    is_defined && !said.is_empty() && !is_namesake
}
