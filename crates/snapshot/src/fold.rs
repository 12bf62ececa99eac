//! What does a new sight of a record change, and since when? Pure: the mirrored record and the new
//! one in, the record to mirror out.
//!
//! When a field moved is an interval: after the last observation of its old value, until the first
//! of its new one. What counts as an observation depends on the sight: a row of a lagging index shows
//! the record as of its own stamp, a direct listing and a read by id show it as of now.

use std::collections::BTreeMap;

use concordat_model::zoo::{self, Bug};
use concordat_model::{Interval, Mirrored, Record, Sight, Time, within_second};

use crate::Stamped;

/// Takes `record`, seen at `at`, into the mirror. `listed`: when the last direct and complete listing
/// of its partition began. Nothing: nothing is to be written.
pub(crate) fn fold(
    old: Option<&Mirrored>,
    record: Record,
    at: Time,
    listed: Option<Time>,
    stamped: Stamped<'_>,
) -> Option<Mirrored> {
    match record.sight {
        Sight::Read => return Some(read(old, record, at, listed, stamped)),
        Sight::Row | Sight::Listed => {}
    }
    let Some(old) = old else {
        return Some(first(record));
    };
    if is_late(old, &record, at) {
        // An old picture of it, but it is there.
        return (old.missing > 0).then(|| Mirrored { missing: 0, ..old.clone() });
    }
    let new = over(old, record, at, listed, stamped);
    let is_same = new.record.reading == old.record.reading
        && new.record.stamp == old.record.stamp
        && new.record.parent == old.record.parent
        && new.record.name == old.record.name;
    (!is_same || old.missing > 0).then_some(new)
}

/// Takes `record`, read by id at `at`, into the mirror: that it was read is always to be written.
pub(crate) fn read(
    old: Option<&Mirrored>,
    record: Record,
    at: Time,
    listed: Option<Time>,
    stamped: Stamped<'_>,
) -> Mirrored {
    let record = Record { sight: Sight::Read, ..record };
    let new = match old {
        None => first(record),
        Some(old) => over(old, record, at, listed, stamped),
    };
    Mirrored { read_at: new.read_at.max(Some(at)), ..new }
}

fn first(record: Record) -> Mirrored {
    Mirrored { record, moved: BTreeMap::new(), read_at: None, missing: 0 }
}

/// The new sight over the old one: what it does not cover stays.
fn over(
    old: &Mirrored,
    record: Record,
    at: Time,
    listed: Option<Time>,
    stamped: Stamped<'_>,
) -> Mirrored {
    let mut moved = old.moved.clone();
    moved.extend(moves(old, &record, at, listed, stamped));
    let record = Record {
        parent: record.parent.or_else(|| old.record.parent.clone()),
        stamp: record.stamp.or(old.record.stamp),
        reading: record.reading.over(&old.record.reading),
        ..record
    };
    Mirrored { record, moved, read_at: old.read_at, missing: 0 }
}

/// Whether a row shows the record as it was before we last saw it: its index lags, or its listing was
/// asked for before we read the record by id, and is told again. A read need not tell a stamp (a task's does
/// not, `highlevel.md` §7), so a row's may be newer than the one we know, and still older than the read.
fn is_late(old: &Mirrored, record: &Record, at: Time) -> bool {
    if zoo::is_in(Bug::LaggingRowBelieved) {
        return false;
    }
    match (record.sight, record.stamp, old.record.stamp) {
        (Sight::Row, Some(new), Some(ours)) => {
            let read_since = old.record.sight == Sight::Read || old.read_at >= Some(ours);
            new < ours || (new == ours && read_since) || is_between(old, new)
        }
        (Sight::Row, None, _) | (Sight::Row, _, None) => false,
        (Sight::Listed, _, _) => old.read_at > Some(within_second(at)),
        (Sight::Read, _, _) => false,
    }
}

/// Whether a stamp is newer than the one we know, and no newer than our last read by id.
fn is_between(old: &Mirrored, stamp: Time) -> bool {
    Some(stamp) > old.record.stamp && old.record.sight == Sight::Read && old.read_at >= Some(stamp)
}

/// Whether a row shows another value than we read since, in a field that does not move the stamp: it may
/// be older or newer than what we read, and nothing in it tells. So it is with a field that was not
/// covered when we read: it is defined only since. And so with any field under a stamp that the read did
/// not tell.
pub(crate) fn is_doubtful(old: &Mirrored, record: &Record, at: Time, stamped: Stamped<'_>) -> bool {
    let is_new = record.stamp.is_some_and(|stamp| is_between(old, stamp));
    let differs = |(path, held)| match old.record.reading.get(path) {
        Some(was) => (is_new || !stamped(record.key.resource, path)) && was != held,
        None => true,
    };
    is_late(old, record, at)
        && (is_new || record.stamp == old.record.stamp)
        && record.reading.iter().any(differs)
}

/// The fields whose value is another one now. A field that is covered for the first time has not
/// moved under our eyes, and one that is not covered has not moved at all.
fn moves<'a>(
    old: &'a Mirrored,
    record: &'a Record,
    at: Time,
    listed: Option<Time>,
    stamped: Stamped<'a>,
) -> BTreeMap<concordat_model::Path, Interval> {
    let seen = last_seen(old, listed);
    // A stamp that did not move with a field says nothing about it, whatever the table says.
    let stamp = record.stamp.filter(|stamp| Some(*stamp) > old.record.stamp);
    record
        .reading
        .iter()
        .filter(|(path, held)| old.record.reading.get(path).is_some_and(|was| was != *held))
        .map(|(path, _)| {
            let stamp = stamp.filter(|_| stamped(record.key.resource, path));
            let until = stamp.unwrap_or(at);
            let interval = Interval {
                // The clocks of a side's servers differ by a little: never an interval that ends
                // before it begins.
                after: seen.map(|seen| seen.min(until)),
                until,
                stamped: stamp.is_some(),
            };
            (path.clone(), interval)
        })
        .collect()
}

/// When the mirrored values were last known to be the present ones.
fn last_seen(old: &Mirrored, listed: Option<Time>) -> Option<Time> {
    // While it was missing, the listings did not see it.
    let listed = listed.filter(|_| old.missing == 0);
    [old.read_at, listed, old.record.stamp].into_iter().flatten().max()
}
