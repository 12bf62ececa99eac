//! I21: does the program keep to what it may touch? Only the fields and tags of the field map, no foreign tag,
//! no record that stands for nothing on the other side or for what nobody monitors, no side effect without a
//! permission by name.
//!
//! Open, and passed: what is touched in a vendor that somebody stopped monitoring while the night was at work;
//! what stands in a note.

use std::collections::BTreeSet;

use super::Complaint;
use super::absence::{ARCHIVED, archives};
use super::life::{Effect, Life};
use super::{links, sources};
use crate::labels::NAMESPACE;
use crate::{MARKER_FIELD, Name, rows, text};

/// What a contact is made with beside its fields.
const NEW: &str = "concordat:new";

/// Complaints about everything the program touched that is none of its business.
pub(super) fn strayed(life: &Life) -> Vec<Complaint> {
    let mut complaints = sources::from_nowhere(life);
    for deed in life.deeds() {
        complaints.extend(not_writable(life, deed).map(|it| deed.wrong("I21", it)));
        complaints.extend(outside(life, deed).map(|it| deed.wrong("I21", it)));
        complaints.extend(foreign_tags(deed));
    }
    complaints
}

/// Why this kind of change is never made.
fn not_writable(life: &Life, deed: &Effect) -> Option<String> {
    let Name { side, entity, .. } = &deed.name;
    let Some(native) = &deed.field else {
        let is_made = ["contact", "business", "task", "note", "customField"];
        let may = match side.as_str() {
            "highlevel" => is_made.contains(&entity.as_str()),
            _ => entity == "comment",
        };
        return (deed.creates() && !may).then(|| format!("made, and no mapping makes a {entity}"));
    };
    if side == "upguard" && ["threat", "remediation_request"].contains(&entity.as_str()) {
        return ungated(life, deed, native);
    }
    let is_mapped = life.fields.iter().any(|it| it.is_at(side, entity, native) && it.goes_to(side));
    let beside: &[&str] = match (side.as_str(), entity.as_str()) {
        ("upguard", "vendor") => &["labels"],
        ("highlevel", "contact") => &["tags", MARKER_FIELD],
        ("highlevel", "task") => &["assignedTo"],
        ("highlevel", "note") => &["body"],
        _ => &[],
    };
    let is_business = native == "businessId" && life.terms.allow.contains("business");
    let may = is_mapped || is_business || beside.contains(&native.as_str());
    (!may).then(|| format!("{native} was written, and no mapping has it"))
}

/// Which permission a change of a threat lacks.
fn ungated(life: &Life, deed: &Effect, native: &str) -> Option<String> {
    let gates: &[&str] = match native {
        "investigator" => &["assign", "reopen"],
        "threat_status" if deed.after == "closed" => &["close"],
        "threat_status" if deed.before == "closed" => &["reopen"],
        "threat_status" => &["assign"],
        "title" | "severity" | "archived" | "labels" => &[],
        _ => &["close"],
    };
    let is_allowed = gates.iter().any(|it| life.terms.allow.contains(*it));
    (!is_allowed).then(|| format!("{native} became {}, which nobody allowed", deed.after))
}

/// Why this record is left alone.
fn outside(life: &Life, deed: &Effect) -> Option<String> {
    let Name { side, entity, .. } = &deed.name;
    let native = deed.field.as_deref()?;
    let timeline = &life.timeline;
    let read = life.read_from(deed.moment);
    // At any moment since, for nobody knows when it was read.
    let is_dormant =
        |it: &Name| (read..=deed.moment).all(|at| links::is_unmonitored(timeline, it, at));
    match (side.as_str(), entity.as_str()) {
        ("upguard", "vendor") => {
            let labels = rows(&deed.before);
            let is_split = native == "labels" && labels.iter().any(|it| text(it).contains(','));
            let webless = text(&timeline.value(&deed.name, "primary_hostname", deed.moment));
            let why = [
                (is_dormant(&deed.name), "nobody monitors it"),
                (is_split, "one of its labels has a comma"),
                (webless.is_empty(), "it has no web address"),
            ];
            let why = why.iter().find(|(is_so, _)| *is_so);
            why.map(|(_, why)| format!("{native} was written, and {why}"))
        }
        ("highlevel", "contact" | "business") => {
            let mut sources = life.links.possible(&deed.name).peekable();
            if sources.peek().is_none() {
                return Some(format!("{native} was written, and it stands for nothing in UpGuard"));
            }
            let was_there = |it: &&Name| {
                [read, deed.moment].iter().any(|moment| timeline.is_there(it, *moment))
            };
            let there: Vec<&Name> = sources.filter(was_there).collect();
            // Whoever it stood for may be gone, and somebody else share its key.
            let mut links = life.links.sure().iter();
            let mut maybe = life.links.possible(&deed.name);
            let is_ending = match native {
                "tags" if archives(deed) => maybe.any(|it| !timeline.is_there(it, deed.moment)),
                "tags" => links.any(|it| {
                    it.highlevel == deed.name && !timeline.is_there(&it.upguard, deed.moment)
                }),
                _ => false,
            };
            let is_over = !is_ending && !there.is_empty() && there.iter().all(|it| is_dormant(it));
            is_over.then(|| format!("{native} was written, and nobody monitors its vendor"))
        }
        ("highlevel", "task" | "note") => {
            let is_ours = links::is_made(timeline, &deed.name)
                || text(&timeline.value(&deed.name, "body", deed.moment)).contains(crate::MARKER);
            (!is_ours).then(|| format!("{native} was written, and we did not make it"))
        }
        _ => None,
    }
}

/// Tags that are nobody's business, and contacts that anybody could write to at once.
fn foreign_tags(deed: &Effect) -> Option<Complaint> {
    let is_contact = deed.is_of("highlevel", "contact");
    if is_contact && deed.creates() {
        let tags = rows(&deed.after["tags"]).iter().map(text);
        let known = |it: &String| it == NEW || it.starts_with(NAMESPACE);
        let strange: Vec<String> = tags.filter(|it| !known(it)).collect();
        let says = match (strange.is_empty(), deed.after["dnd"] == true) {
            (true, true) => return None,
            (false, _) => format!("made with {strange:?}"),
            (true, false) => "made without dnd".to_owned(),
        };
        return Some(deed.wrong("I21", says));
    }
    if !is_contact || deed.field.as_deref() != Some("tags") {
        return None;
    }
    let set = |list| -> BTreeSet<String> { rows(list).iter().map(text).collect() };
    let (before, after) = (set(&deed.before), set(&deed.after));
    let foreign = |it: &&String| !it.starts_with(NAMESPACE) && *it != ARCHIVED;
    let tag = before.symmetric_difference(&after).find(foreign)?;
    Some(deed.wrong("I21", format!("the tag {tag} is nobody's business")))
}
