//! Does a field go to and fro? Two sides that each insist on a value of their own have it written again and
//! again, every night, and nobody is told. Counted from what was agreed about it, one agreement after the other.
//!
//! It does not know what a field is called or how its values are compared across the sides.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{Held, Rule, Side, Sides, Time, Value, Why};

/// After so many turns a field is not written once more.
const TURNS_MAX: u32 = 3;

/// Turns that are further apart than this are changes like any other.
const TURNS_WITHIN: TimeDelta = TimeDelta::days(14);

/// Whoever changes a value back so soon after it was written does it because of that: a workflow. Milliseconds.
const AT_ONCE_MS: i64 = 15 * 60 * 1000;

/// How a field has gone to and fro.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turns {
    /// What each side held before both last agreed.
    pub before: Sides<Held>,
    /// How often in a row what was agreed is what had been agreed the time before the last.
    count: u32,
    /// When that was last so, in our clock.
    at: Time,
    /// The side that changed it back soonest after it was written there, and after how many milliseconds.
    soonest: Option<(Side, i64)>,
}

/// When and how something is agreed on.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// By which ledger entry.
    pub entry: u64,
    /// When, in our clock.
    pub at: Time,
    /// The side that we wrote to for it, if we did.
    pub written: Option<Side>,
    /// How many milliseconds after an earlier write of ours the other one moved, as far as its records tell.
    pub after_ms: Option<i64>,
}

impl Occasion {
    /// Both hold it, and nothing was written.
    pub fn found(entry: u64, at: Time) -> Self {
        Occasion { entry, at, written: None, after_ms: None }
    }
}

impl Turns {
    /// After `was` was agreed on, `is` is. `known`: the turns until then.
    pub(crate) fn next(
        known: Option<Turns>,
        was: Sides<Held>,
        is: &Sides<Held>,
        occasion: Occasion,
    ) -> Turns {
        let Occasion { at, written, after_ms, .. } = occasion;
        let moved = written.map(Side::other).zip(after_ms);
        let known = known.filter(|it| it.before == *is && at - it.at <= TURNS_WITHIN);
        let (count, soonest) = match known {
            Some(Turns { count, soonest, .. }) => {
                (count + 1, soonest.into_iter().chain(moved).min_by_key(|(_, after_ms)| *after_ms))
            }
            None => (0, None),
        };
        Turns { before: was, count, at, soonest }
    }

    /// Why one turn more is not taken, if there were too many. `back`: the side by whose change it would go
    /// back, at that time. `held`: what that side held at the last agreement.
    pub fn enough(&self, back: Side, moved: Time, held: &Held) -> Option<Why> {
        if self.count < TURNS_MAX || moved - self.at > TURNS_WITHIN {
            return None;
        }
        let letters = [&self.before[back], held].map(letters);
        let soonest = self.soonest.filter(|(_, after_ms)| *after_ms <= AT_ONCE_MS);
        Some(match (letters, soonest) {
            ([Some(one), Some(other)], _) if one == other => Why::about(Rule::Respelled, back),
            (_, Some((side, _))) => Why::about(Rule::Rewritten, side),
            (_, None) => Why::about(Rule::Alternates, back),
        })
    }
}

/// What is left of a text without its spelling; nothing: it is no text, or nothing is left.
fn letters(held: &Held) -> Option<String> {
    let text = held.as_ref().and_then(Value::as_text)?;
    let letters: String =
        text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (!letters.is_empty()).then_some(letters)
}

#[cfg(test)]
#[path = "turns_tests.rs"]
mod tests;
