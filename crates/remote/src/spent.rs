//! What was asked of a side so far? Counted by whoever sends; what it is compared with, others know.

use std::time::Duration;

/// What was sent to a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests, each attempt counted.
    pub requests: u64,
    /// Those of them that were not carried out and were sent, or could be sent, again: too many at once, an
    /// outage, a lost answer.
    pub repeated: u64,
    /// Those of these that the side refused because there were too many at once.
    pub throttled: u64,
    /// How long the answers took, in all.
    pub answering: Duration,
    /// How long the side made us wait, in all: after a 429, or because its window was full.
    pub held: Duration,
    /// Of its day, as the side counts it: how many requests are left, if it says so.
    pub left_today: Option<u64>,
}
