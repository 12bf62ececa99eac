//! When did a field move, and which of two moves was later? Intervals instead of moments, because
//! neither system says when a field changed; the verdict says how sure it is.
//!
//! Nothing here reads a clock: times come from the answering side's `Date` header.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Side, Sides};

/// A moment, in the clock of whoever answered.
pub type Time = DateTime<Utc>;

/// How far a side's clock is ahead of ours, as measured from its `Date` headers, in milliseconds.
/// Negative: behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Offset {
    /// Milliseconds; the header has a resolution of one second.
    pub ahead_ms: i64,
}

impl Offset {
    /// `time`, told by that side's clock, in ours.
    pub fn to_ours(self, time: Time) -> Time {
        time - TimeDelta::milliseconds(self.ahead_ms)
    }

    /// `time`, told by our clock, in that side's.
    pub fn to_theirs(self, time: Time) -> Time {
        time + TimeDelta::milliseconds(self.ahead_ms)
    }
}

/// The last moment that may be meant where an answer told `at`: answers tell the time in whole seconds.
pub fn within_second(at: Time) -> Time {
    at + TimeDelta::milliseconds(999)
}

/// The time within which a field got the value it has now: after it was last seen with the old
/// value, until it was first known to have the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The last observation of the old value; `None`: never observed.
    pub after: Option<Time>,
    /// The record's own stamp if `stamped`, else the first observation of the new value.
    pub until: Time,
    /// Whether `until` is a stamp that the side itself moved with this field.
    pub stamped: bool,
}

impl Interval {
    /// In our clock; and never with its beginning after its end, which the two clocks of one side (its
    /// stamps and its `Date` header) can make of it. Else both sides could be the later one.
    fn in_our_clock(self, offset: Offset) -> Interval {
        Interval {
            after: self.after.map(|time| offset.to_ours(time.min(self.until))),
            until: offset.to_ours(self.until),
            stamped: self.stamped,
        }
    }
}

/// How sure we are that one change was later than the other.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The intervals do not overlap and are apart by more than the skew limit.
    Proven,
    /// Both are stamped and the stamps are apart by more than the skew limit.
    Likely,
    /// Neither of the above.
    Undecided,
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Evidence::Proven => "proven",
            Evidence::Likely => "likely",
            Evidence::Undecided => "undecided",
        })
    }
}

/// Which side's change was the later one?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The side that wrote last; `None` exactly if the evidence is undecided.
    pub later: Option<Side>,
    /// How sure that is.
    pub evidence: Evidence,
    /// By how many milliseconds, as far as is known: between the intervals if proven, between the
    /// stamps if likely, 0 if undecided.
    pub apart_ms: i64,
}

/// Judges two moves of the same field. Symmetric: swapping the sides swaps the answer.
///
/// `skew_limit_ms` is how wrong the two clocks may be against each other after their offsets were
/// taken out (30 s by default).
pub fn judge(moved: Sides<Interval>, offsets: Sides<Offset>, skew_limit_ms: i64) -> Verdict {
    let moved = moved.zip(offsets).map(|_, (interval, offset)| interval.in_our_clock(offset));
    let gap = |later: Side| {
        let after = moved[later].after?;
        Some((after - moved[later.other()].until).num_milliseconds())
    };
    for side in Side::BOTH {
        match gap(side) {
            Some(apart_ms) if apart_ms > skew_limit_ms => {
                return Verdict { later: Some(side), evidence: Evidence::Proven, apart_ms };
            }
            Some(_) | None => {}
        }
    }
    let between = (moved.upguard.until - moved.highlevel.until).num_milliseconds();
    if moved.upguard.stamped && moved.highlevel.stamped && between.abs() > skew_limit_ms {
        let later = if between > 0 { Side::Upguard } else { Side::Highlevel };
        return Verdict { later: Some(later), evidence: Evidence::Likely, apart_ms: between.abs() };
    }
    Verdict { later: None, evidence: Evidence::Undecided, apart_ms: 0 }
}
