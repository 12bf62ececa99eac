//! Which businesses are there, as of a moment ago? There is no search (`highlevel.md` §9), so all are
//! listed before one is made; for the next one this listing serves again, together with what was made and
//! changed since, while it is young enough for whoever asks.

use std::time::Duration;

use concordat_model::{Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Time};
use concordat_remote::Write;
use tokio::time::Instant;

use super::wire::business::MARKER;

/// A listing of all businesses, kept up with what we do.
pub(super) struct Roll {
    began: Instant,
    /// When it ended, in the side's clock.
    pub(super) at: Time,
    /// Whether every row could be read: else it proves nothing.
    pub(super) is_whole: bool,
    pub(super) records: Vec<Record>,
}

impl Roll {
    /// Of a listing that began then.
    pub(super) fn new(began: Instant, at: Time, is_whole: bool, records: Vec<Record>) -> Self {
        Roll { began, at, is_whole, records }
    }

    pub(super) fn is_younger_than(&self, max_age: Duration) -> bool {
        self.began.elapsed() < max_age
    }

    /// One was made, as `write` says, under this id.
    pub(super) fn add(&mut self, id: RecordId, write: &Write) {
        let mut reading: Reading = write.set.iter().cloned().collect();
        let marker = write.marker.as_deref().map(concordat_model::Value::text);
        reading.set(Path::from(MARKER), marker);
        let key = RecordKey { resource: Resource::Business, id };
        let name = key.id.as_str().into();
        let sight = Sight::Listed;
        self.records.push(Record { key, parent: None, name, stamp: None, reading, sight });
    }

    /// One was changed, as `write` says.
    pub(super) fn change(&mut self, id: &RecordId, write: &Write) {
        if let Some(record) = self.records.iter_mut().find(|it| it.key.id == *id) {
            let set = write.set.iter().cloned();
            set.for_each(|(path, held)| record.reading.set(path, held));
        }
    }
}
