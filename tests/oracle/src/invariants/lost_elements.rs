//! I3, of sets: does no label and no tag go that somebody still says, and does none come back that somebody
//! took away?
//!
//! Open, and passed: what becomes of a contact's tags when its people or their vendor change; what a tag does
//! that was put on a contact of several vendors.

use super::Complaint;
use super::life::{Effect, Life, Moment};
use super::sources::{self, shared, shared_in};
use super::timeline::By;
use crate::Name;

/// Complaints about elements that the program took away or brought back without a right to.
pub(super) fn removed_or_undone(life: &Life) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for deed in life.deeds() {
        let (before, after) =
            (shared_in(&deed.name, &deed.before), shared_in(&deed.name, &deed.after));
        match (deed.name.side.as_str(), deed.field.as_deref()) {
            ("upguard", Some("labels")) => {
                complaints
                    .extend(before.difference(&after).filter_map(|it| unlabelled(life, deed, it)));
                complaints
                    .extend(after.difference(&before).filter_map(|it| labelled(life, deed, it)));
            }
            ("highlevel", Some("tags")) => {
                complaints
                    .extend(before.difference(&after).filter_map(|it| untagged(life, deed, it)));
                complaints
                    .extend(after.difference(&before).filter_map(|it| tagged(life, deed, it)));
            }
            _ => {}
        }
    }
    complaints
}

/// A label goes only once it is gone from every contact that had it.
fn unlabelled(life: &Life, deed: &Effect, label: &str) -> Option<Complaint> {
    let read = life.read_from(deed.moment);
    let still = |it: &&Name| {
        // A contact that came with this night only receives.
        let of = sources::sure_vendors(life, it, read);
        of.is_some_and(|it| it.iter().eq([&deed.name]))
            && !is_made_amid(life, it, &deed.name)
            && life.timeline.is_there(it, deed.moment)
            && [read, deed.moment].iter().all(|moment| shared(life, it, *moment).contains(label))
    };
    let contacts = sources::contacts_of(life, &deed.name);
    if let Some(contact) = contacts.iter().find(still) {
        let says = format!("the label {label} went, and contact {} still has its tag", contact.id);
        return Some(deed.wrong("I3", says));
    }
    // Only what a contact had since the label came can have gone there; or since the tag was read that brought it.
    // One that a person put there while the night was at work it may not have seen.
    let came = match turned(life, &deed.name, label, deed.moment) {
        Some((when, By::Person)) if when > read => return None,
        Some((when, By::Person | By::Start)) => when,
        Some((when, By::Program)) => life.read_from(when - 1),
        None => 0,
    };
    let had = |it: &Name| {
        let told = life.timeline.between(it, "tags", came, deed.moment);
        told.iter().any(|held| shared_in(it, &held.value).contains(label))
    };
    let says = || format!("the label {label} went, and no contact lost its tag");
    (!contacts.iter().any(had)).then(|| deed.wrong("I3", says()))
}

/// Whether a contact was made on a night that wrote the labels of its vendor too: what it was made with was what the
/// vendor had, not what it was to have, and nothing is agreed about it before the next night.
fn is_made_amid(life: &Life, contact: &Name, vendor: &Name) -> bool {
    let made = life.timeline.spans(contact).iter().filter(|it| it.by == By::Program);
    let nights: Vec<Moment> = made.map(|it| life.read_from(it.born)).collect();
    life.deeds().any(|it| {
        it.name == *vendor
            && it.field.as_deref() == Some("labels")
            && nights.contains(&life.read_from(it.moment))
    })
}

/// A label comes because a contact has its tag; if people took it from the vendor, then because somebody put
/// it on a contact afterwards.
fn labelled(life: &Life, deed: &Effect, label: &str) -> Option<Complaint> {
    let read = life.read_from(deed.moment);
    let contacts = sources::contacts_of(life, &deed.name);
    let has = |it: &&Name| {
        life.timeline
            .between(it, "tags", read, deed.moment)
            .iter()
            .any(|held| shared_in(it, &held.value).contains(label))
    };
    let tagged: Vec<&Name> = contacts.iter().filter(has).collect();
    if tagged.is_empty() {
        let says = format!("the label {label} came, and no contact has its tag");
        return Some(deed.wrong("I21", says));
    }
    let taken = turned(life, &deed.name, label, deed.moment).filter(|(_, by)| *by == By::Person)?.0;
    if read < taken || !life.is_night_between(0, taken) {
        return None;
    }
    // Put on a contact, or brought by one, since the vendor had it.
    let given = turned_on_before(life, &deed.name, label, taken);
    let is_put = |it: &&Name| {
        let put = turned(life, it, label, deed.moment);
        let is_new =
            life.timeline.spans(it).iter().any(|it| it.by == By::Person && given < it.born);
        is_new || put.is_some_and(|(when, by)| by == By::Person && given < when)
    };
    let says = || format!("people took the label {label} away, and it came back");
    (!tagged.iter().any(is_put)).then(|| deed.wrong("I3", says()))
}

/// A tag goes only if no vendor of the contact has its label, and no person put it there since it was read.
fn untagged(life: &Life, deed: &Effect, label: &str) -> Option<Complaint> {
    let vendors = sources::sure_vendors(life, &deed.name, deed.moment)?;
    if let Some(vendor) = vendors.iter().find(|it| shared(life, it, deed.moment).contains(label)) {
        let says = format!("the tag of label {label} went, and vendor {} has it", vendor.id);
        return Some(deed.wrong("I3", says));
    }
    let (put, by) = turned(life, &deed.name, label, deed.moment)?;
    let read = life.read_from(deed.moment);
    // Whoever has been linked for one night at least has a base: what is added then is passed on.
    let is_known = life
        .links
        .sure()
        .iter()
        .any(|it| it.highlevel == deed.name && life.is_night_between(it.since, put));
    let told = |vendor: &Name| {
        let held = life.timeline.between(vendor, "labels", put, deed.moment);
        held.iter().any(|it| shared_in(vendor, &it.value).contains(label))
    };
    let is_moved = sources::vendors_of(life, &deed.name).len() != 1;
    let is_lost = by == By::Person && put <= read && is_known && !vendors.iter().any(told);
    let says =
        || format!("a person added the tag of {label}, and it went before the vendor had it");
    (is_lost && !is_moved).then(|| deed.wrong("I3", says()))
}

/// A tag comes because a vendor of the contact has its label.
fn tagged(life: &Life, deed: &Effect, label: &str) -> Option<Complaint> {
    let read = life.read_from(deed.moment);
    let has = |it: &Name| {
        let held = life.timeline.between(it, "labels", read, deed.moment);
        held.iter().any(|held| shared_in(it, &held.value).contains(label))
    };
    let vendors = sources::vendors_of(life, &deed.name);
    let says = || format!("the tag of label {label} came, and no vendor has it");
    (!vendors.iter().any(has)).then(|| deed.wrong("I21", says()))
}

/// When an element last came or went on a record before a moment, and by whom.
fn turned(life: &Life, name: &Name, label: &str, until: Moment) -> Option<(Moment, By)> {
    let field = if name.side == "upguard" { "labels" } else { "tags" };
    let told = life.timeline.between(name, field, 0, until);
    let mut last = None;
    let mut was = None;
    for held in &told {
        let has = shared_in(name, &held.value).contains(label);
        if was.is_some_and(|it| it != has) || was.is_none() && has {
            last = Some((held.since, held.by));
        }
        was = Some(has);
    }
    last
}

/// When the element had last come to a record before it went.
fn turned_on_before(life: &Life, name: &Name, label: &str, gone: Moment) -> Moment {
    turned(life, name, label, gone.saturating_sub(1)).map_or(0, |(when, _)| when)
}
