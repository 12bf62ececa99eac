//! I4: does nothing come back that a person deleted? What was agreed and then deleted in HighLevel is not made
//! again while its source stays as it was.
//!
//! Open, and passed: what is made again after its source was edited, since an edit beats a deletion; tasks and
//! notes whose contact is gone, since they go to the next anchor; what was deleted before any whole night had
//! seen both. If a person asks for a record again with a decision, tell that life in two.

use super::Complaint;
use super::life::{Effect, Life, Moment};
use super::timeline::By;
use super::twice::marks;
use crate::{Name, text};

/// Complaints about what the program made although a person had deleted it.
pub(super) fn risen(life: &Life) -> Vec<Complaint> {
    let creates: Vec<&Effect> = life.deeds().filter(|it| it.creates()).collect();
    let mut complaints = Vec::new();
    for (place, deed) in creates.iter().enumerate() {
        let marked = |it: &&&Effect| marks(it).iter().any(|mark| marks(deed).contains(mark));
        let mut earlier = creates[..place].iter().filter(marked);
        let by_mark = earlier.find(|it| is_over(life, &it.name, it.moment + 1, deed));
        let found = by_mark.map(|it| it.name.clone()).or_else(|| dismissed(life, deed));
        if let Some(first) = found {
            let says = format!("a person had deleted {}, which was the same thing", first.id);
            complaints.push(deed.wrong("I4", says));
        }
    }
    complaints
}

/// Whether a person deleted what had been known since a moment, for good.
fn is_over(life: &Life, name: &Name, since: Moment, deed: &Effect) -> bool {
    let died = life.timeline.spans(name).iter().find_map(|it| it.died);
    let Some((died, By::Person)) = died.filter(|(died, _)| *died <= deed.moment) else {
        return false;
    };
    let is_known = life.is_night_between(since, died - 1)
        || life
            .nights
            .iter()
            .any(|it| it.whole && since <= it.to && it.to < died && it.from < since);
    // The last night that had seen it: whoever edited the source since then wins.
    let seen = life.nights.iter().rev().find(|it| it.whole && it.to < died);
    let seen = seen.map_or(0, |it| it.from);
    let is_edited = life.links.possible(name).any(|it| life.is_touched_since(it, seen));
    is_known && !is_edited && !lost_its_place(life, name, deed)
}

/// Whether the contact at which it stood is gone too.
fn lost_its_place(life: &Life, name: &Name, deed: &Effect) -> bool {
    let contact = text(&life.timeline.value(name, "contactId", deed.moment));
    let (side, entity) = ("highlevel".to_owned(), "contact".to_owned());
    !contact.is_empty() && !life.timeline.is_there(&Name { side, entity, id: contact }, deed.moment)
}

/// A record that stood for what this one can only stand for, and that a person deleted.
fn dismissed(life: &Life, deed: &Effect) -> Option<Name> {
    if !["contact", "business", "task"].contains(&deed.name.entity.as_str()) {
        return None;
    }
    let sources: Vec<&Name> = life
        .links
        .possible(&deed.name)
        .filter(|it| life.timeline.is_there(it, deed.moment))
        .collect();
    let over = |source: &&Name| {
        let mut links = life.links.sure().iter().filter(|it| it.upguard == **source);
        links.find(|it| is_over(life, &it.highlevel, it.since, deed)).map(|it| it.highlevel.clone())
    };
    let all: Option<Vec<Name>> = sources.iter().map(over).collect();
    all?.into_iter().next()
}
