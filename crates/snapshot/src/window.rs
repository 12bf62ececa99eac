//! May a pull ask only for what moved? If an unbroken chain of such listings goes back to one of all that is
//! not too old, was asked the same, and named more than is quickly listed.

use chrono::TimeDelta;
use concordat_model::{Coverage, Origin, Partition, RecordKey, Time};
use concordat_remote::Source;

use crate::SnapshotError;
use crate::mirror::Mirror;
use crate::pull::PullRequest;

/// When a resource is listed as a whole, and when only what moved since the last listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// No listing of all is older than this after a pull.
    pub full_every: TimeDelta,
    /// A resource with no more records than this is listed as a whole each time.
    pub records_min: u64,
}

/// So far a window reaches back before the listing it follows: an index may lag so long, and clocks differ.
const OVERLAP: TimeDelta = TimeDelta::hours(2);

/// From when on what moved is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    pub at: Time,
    /// The listing of all at which the chain begins.
    pub whole: Origin,
    /// It moved at that time, and was seen then. A window that does not show it shows nothing.
    pub witness: RecordKey,
}

/// The window of `partition`; nothing: all of it is listed.
pub(crate) fn since(
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    source: &dyn Source,
    partition: &Partition,
) -> Result<Option<Since>, SnapshotError> {
    let now = source.offset().to_theirs(request.now);
    let Some(window) = request.windows.get(&partition.resource()) else { return Ok(None) };
    let row = mirror.partitions.get(partition);
    let Some(last) = row.and_then(|row| row.certificate.as_ref()) else { return Ok(None) };
    let whole = match &last.coverage {
        Coverage::Whole => Origin { began: last.began, rows: last.rows },
        Coverage::Moved(whole) => *whole,
    };
    let is_asked_the_same = mirror
        .side
        .as_ref()
        .is_some_and(|it| it.asked == request.conditions && it.defined == source.defined());
    let is_young = now - whole.began < window.full_every;
    if !(is_asked_the_same && is_young && whole.rows > window.records_min) {
        return Ok(None);
    }
    Ok(witness(mirror, partition, last.began - OVERLAP)?.map(|(at, witness)| Since {
        at,
        whole,
        witness,
    }))
}

/// Of the records that are there and moved until then the one that moved last.
fn witness(
    mirror: &Mirror<'_>,
    partition: &Partition,
    until: Time,
) -> Result<Option<(Time, RecordKey)>, SnapshotError> {
    let mut latest = None;
    for it in mirror.records(partition.resource()) {
        let it = it?;
        let stamp = it.record.stamp.filter(|stamp| *stamp <= until && mirror.is_here(&it));
        latest = latest.max(stamp.map(|stamp| (stamp, it.record.key)));
    }
    Ok(latest)
}
