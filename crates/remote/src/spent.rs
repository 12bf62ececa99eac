//! What was asked of a side so far, and how did it answer? Counted by whoever sends; what it is compared with,
//! and how long it is remembered, others know.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What was sent to a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// All of it, and how it was answered.
    pub traffic: Traffic,
    /// Of its day, as the side counts it: how many requests are left, if it says so.
    pub left_today: Option<u64>,
    /// Of how many, if it says so.
    pub limit_today: Option<u64>,
}

/// How a side answered so many requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests, each attempt counted.
    pub requests: u64,
    /// Those of them that the side refused because there were too many at once.
    pub throttled: u64,
    /// Those of them that failed in another way that another attempt can help: an outage, a lost answer.
    pub failed: u64,
    /// How long the answers took, in all.
    pub answering: Duration,
    /// How long the side was left alone after refusals, in all.
    pub held: Duration,
    /// How many requests it allows in how long, if it says so.
    pub window: Option<(u64, Duration)>,
    /// At which pace it may be asked, where that was found out.
    pub pace: Option<Pace>,
}

/// A pace that was found out by asking, each as the time from one request to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The pace that the side is known to bear.
    pub borne: Duration,
    /// The one that it refused, if it did.
    pub refused: Option<Duration>,
}

impl Traffic {
    /// With what was sent between two moments.
    #[must_use]
    pub fn and(self, before: &Traffic, after: &Traffic) -> Traffic {
        Traffic {
            requests: self.requests + after.requests - before.requests,
            throttled: self.throttled + after.throttled - before.throttled,
            failed: self.failed + after.failed - before.failed,
            answering: self.answering + after.answering - before.answering,
            held: self.held + after.held - before.held,
            window: after.window.or(self.window),
            pace: after.pace.or(self.pace),
        }
    }

    /// Half as much of the same.
    #[must_use]
    pub fn halved(self) -> Traffic {
        Traffic {
            requests: self.requests / 2,
            throttled: self.throttled / 2,
            failed: self.failed / 2,
            answering: self.answering / 2,
            held: self.held / 2,
            ..self
        }
    }
}
