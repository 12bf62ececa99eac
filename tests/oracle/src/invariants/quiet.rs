//! I2: does the program rest once all is done? A whole night after a whole night, with nobody at work since the
//! first of them began, changes nothing.
//!
//! Open, and passed: the nights after a deletion, in which a quarantine may come to its end.

use super::Complaint;
use super::life::{Life, Moment};

/// For so many nights after a deletion something may fall due.
const QUARANTINE: usize = 4;

/// Complaints about what the program changed in nights in which nothing was to be done.
pub(super) fn restless(life: &Life) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (place, two) in life.nights.windows(2).enumerate() {
        let [first, second] = two else { continue };
        let patient = life.nights[(place + 1).saturating_sub(QUARANTINE)].from;
        let before = &life.effects[patient..second.to];
        let is_due = before.iter().any(|it| !it.by_program && it.deletes());
        let mut between = life.effects[first.from..second.to].iter();
        let is_quiet = first.whole && second.whole && between.all(|it| it.by_program);
        if is_quiet && !is_due {
            let deeds = &life.effects[second.from..second.to];
            complaints
                .extend(deeds.iter().map(|it| it.wrong("I2", "changed once more for nothing")));
        }
    }
    complaints
}

/// Complaints about everything the program changed from a moment on.
pub(super) fn stirred(life: &Life, from: Moment) -> Vec<Complaint> {
    let later = life.effects.get(from..).unwrap_or_default().iter().filter(|it| it.by_program);
    later.map(|it| it.wrong("I2", "changed, where all was done")).collect()
}
