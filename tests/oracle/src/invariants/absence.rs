//! I18: does nothing end because it was not seen? Nothing is tagged as archived, completed or deleted while
//! what it stands for is still there on the other side.
//!
//! Open, and passed: how many views a quarantine waits for, but that what vanished while a night was at work
//! cannot have been missed twice by it; what becomes of a record that nobody can say what it stood for.

use super::Complaint;
use super::life::{Effect, Life};
use super::links;
use crate::{Name, rows, text};

/// The tag of a contact whose people are gone.
pub(super) const ARCHIVED: &str = "concordat:archived";

/// Complaints about what the program ended without a reason.
pub(super) fn unfounded(life: &Life) -> Vec<Complaint> {
    life.deeds().filter_map(|deed| ended(life, deed)).collect()
}

fn ended(life: &Life, deed: &Effect) -> Option<Complaint> {
    if deed.deletes() {
        if !life.terms.allow.contains("delete") {
            return Some(deed.wrong("I18", "deleted, which nobody allowed"));
        }
        return standing(life, deed).map(|it| deed.wrong("I18", format!("deleted, and {it}")));
    }
    match (deed.name.entity.as_str(), deed.field.as_deref()) {
        ("contact", Some("tags")) => {
            let still = standing(life, deed).filter(|_| archives(deed))?;
            Some(deed.wrong("I18", format!("archived, and {still}")))
        }
        ("task", Some("completed")) if deed.after == true => {
            let all: Vec<Name> = life.links.possible(&deed.name).cloned().collect();
            // Whoever opens it again while the night is at work may be too late for it.
            let is_open = |it: &Name| {
                let read = life.read_from(deed.moment);
                let held = |field| life.timeline.between(it, field, read, deed.moment);
                held("threat_status").iter().all(|it| it.value != "closed")
                    && held("archived").iter().all(|it| it.value != true)
                    && [read, deed.moment].iter().all(|at| life.timeline.is_there(it, *at))
            };
            // Of several that it may stand for, one that ended is reason enough.
            let is_unfounded = !all.is_empty() && all.iter().all(is_open);
            is_unfounded.then(|| deed.wrong("I18", format!("completed, and {} is open", all[0].id)))
        }
        _ => None,
    }
}

/// Whether the program laid a contact to rest.
pub(super) fn archives(deed: &Effect) -> bool {
    let has = |list| rows(list).iter().any(|it| text(it) == ARCHIVED);
    has(&deed.after) && !has(&deed.before)
}

/// What the record stands for and is there, if that is sure, or was there when the night began.
fn standing(life: &Life, deed: &Effect) -> Option<String> {
    let read = life.read_from(deed.moment);
    let linked = life.links.linked_with(&life.timeline, &deed.name, read);
    if let Some(source) = linked.first() {
        return Some(format!("{} {} is there", source.entity, source.id));
    }
    // Never surely linked: what shares its key now is what it stands for.
    let keys = |name: &Name| match name.entity.as_str() {
        "contact" => ["email_address", "email"],
        _ => ["title", "title"],
    };
    let [ours, theirs] = keys(&deed.name);
    let said = text(&life.timeline.value(&deed.name, theirs, deed.moment)).to_lowercase();
    let was_linked = life.links.sure().iter().any(|it| it.highlevel == deed.name);
    let is_it = |it: &&Name| {
        life.timeline.is_there(it, deed.moment)
            && !links::is_unmonitored(&life.timeline, it, deed.moment)
            && text(&life.timeline.value(it, ours, deed.moment)).to_lowercase() == said
            // Whoever has the address and another name is a case for a person.
            && (it.entity != "contact"
                || links::is_named_alike(&life.timeline, it, &deed.name, deed.moment))
    };
    let mut possible = life.links.possible(&deed.name);
    let source = possible.find(is_it).filter(|_| !was_linked && !said.is_empty())?;
    Some(format!("{} {} is there", source.entity, source.id))
}
