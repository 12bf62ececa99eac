//! Which of two readings of a record is the later one? Answers tell the time in whole seconds, so that what was
//! read before a write may look as late as what was read after it. And is what was read by our own hand? Several
//! steps of one plan may write to the same field of a contact that stands for people of several vendors.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use concordat_model::{Held, Path, Receipt, RecordKey, Time};

/// The readings of one run.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// When each record was last read.
    last: BTreeMap<RecordKey, Time>,
    /// What was read back of what was written, where nobody else had a hand in it.
    ours: BTreeMap<(RecordKey, Path), Held>,
}

impl Readings {
    /// When a record was read for which `at` was told: later than it was read before. A mirror that lost the
    /// reading after a write, and kept one before it, is then known to show the past.
    pub(crate) fn tell(&mut self, key: &RecordKey, at: Time) -> Time {
        let after = self.last.get(key).map(|last| *last + TimeDelta::milliseconds(1));
        let at = after.map_or(at, |after| at.max(after));
        self.last.insert(key.clone(), at);
        at
    }

    /// A write was read back.
    pub(crate) fn wrote(&mut self, receipt: &Receipt) {
        let kept = receipt.fields.iter().filter(|it| it.is_kept());
        let ours = kept.map(|it| ((receipt.record.clone(), it.path.clone()), it.found.clone()));
        self.ours.extend(ours);
    }

    /// Whether a field holds just what a write of this run left there.
    pub(crate) fn is_ours(&self, key: &RecordKey, path: &Path, held: &Held) -> bool {
        self.ours.get(&(key.clone(), path.clone())) == Some(held)
    }
}
