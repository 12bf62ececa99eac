//! Which of two readings of a record is the later one? Answers tell the time in whole seconds, so that what was
//! read before a write may look as late as what was read after it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use concordat_model::{RecordKey, Time};

/// The readings of one run.
#[derive(Clone, Debug, Default)]
pub struct Readings(BTreeMap<RecordKey, Time>);

impl Readings {
    /// When a record was read for which `at` was told: later than it was read before. A mirror that lost the
    /// reading after a write, and kept one before it, is then known to show the past.
    pub(crate) fn tell(&mut self, key: &RecordKey, at: Time) -> Time {
        let after = self.0.get(key).map(|last| *last + TimeDelta::milliseconds(1));
        let at = after.map_or(at, |after| at.max(after));
        self.0.insert(key.clone(), at);
        at
    }
}
