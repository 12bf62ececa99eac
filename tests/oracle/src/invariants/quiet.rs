//! I2: does the program rest once all is done? A whole night after a whole night, with nobody at work since the
//! first of them began, changes nothing.
//!
//! Open, and passed: the nights after a deletion, in which a quarantine may come to its end; notes of what people
//! did shortly before; the tags that a new contact's vendor got in the night that made it.

use super::Complaint;
use super::life::{Effect, Life, Moment, Night};

/// For so many whole nights after a deletion something may fall due.
const QUARANTINE: usize = 4;

/// Complaints about what the program changed in nights in which nothing was to be done.
pub(super) fn restless(life: &Life) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (place, two) in life.nights.windows(2).enumerate() {
        let [first, second] = two else { continue };
        let mut whole = life.nights[..=place].iter().rev().filter(|it| it.whole);
        let patient = whole.nth(QUARANTINE - 1).map_or(0, |it| it.from);
        let before = &life.effects[patient..second.to];
        let is_due = before.iter().any(|it| !it.by_program && it.deletes());
        let mut between = life.effects[first.from..second.to].iter();
        let is_quiet = first.whole && second.whole && between.all(|it| it.by_program);
        if is_quiet && !is_due {
            let is_late = |it: &&Effect| is_told_late(it, before) || is_given_late(it, life, first);
            let deeds = life.effects[second.from..second.to].iter().filter(|it| !is_late(it));
            complaints.extend(deeds.map(|it| it.wrong("I2", "changed once more for nothing")));
        }
    }
    complaints
}

/// Whether it is a note of something that people did shortly before: what notes tell of is read now and then.
fn is_told_late(deed: &Effect, before: &[Effect]) -> bool {
    let is_noted = |it: &Effect| {
        ["note", "comment", "notification"].contains(&it.name.entity.as_str())
            || it.field.as_deref().is_some_and(|it| ["note", "notes"].contains(&it))
    };
    deed.name.entity == "note" && before.iter().any(|it| !it.by_program && is_noted(it))
}

/// Whether it is a tag of a contact that was made the night before, with what its vendor had then and not with
/// what that was to get.
fn is_given_late(deed: &Effect, life: &Life, before: &Night) -> bool {
    let mut made = life.effects[before.from..before.to].iter().filter(|it| it.creates());
    deed.field.as_deref() == Some("tags") && made.any(|it| it.name == deed.name)
}

/// Complaints about everything the program changed from a moment on.
pub(super) fn stirred(life: &Life, from: Moment) -> Vec<Complaint> {
    let later = life.effects.get(from..).unwrap_or_default().iter().filter(|it| it.by_program);
    later.map(|it| it.wrong("I2", "changed, where all was done")).collect()
}
