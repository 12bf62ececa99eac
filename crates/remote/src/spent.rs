//! What was asked of a side so far? Counted by whoever sends; what it is compared with, others know.

/// What was sent to a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests, each attempt counted.
    pub requests: u64,
    /// Of its day, as the side counts it: how many requests are left, if it says so.
    pub left_today: Option<u64>,
}
