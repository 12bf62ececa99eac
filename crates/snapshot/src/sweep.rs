//! At which owners is listed in this pull? Where each is a request, and most have nothing new to say, the
//! round goes on from pull to pull: what moved first, then who was not listed for longest. Who is not
//! listed keeps what was read there and when; nothing follows from it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use concordat_model::{Partition, RecordId, RecordKey, Resource, Time};

use crate::SnapshotError;
use crate::mirror::{Mirror, PartitionRow};
use crate::pull::PullRequest;

/// How often a resource is listed at each of its owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// No listing is older than this after a pull.
    pub staleness: TimeDelta,
    /// So many owners of a group are listed in any pull; where there are no more, all are in each.
    pub owners_min: usize,
}

/// What a pull does with the partitions of a resource.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// They are listed, in this order.
    pub due: Vec<Partition>,
    /// They stay as they are.
    pub rest: BTreeSet<Partition>,
}

/// Whose turn it is. Each of `groups` is swept by itself.
pub(crate) fn round(
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    resource: Resource,
    groups: Vec<Vec<Partition>>,
    now: Time,
) -> Result<Round, SnapshotError> {
    let Some(sweep) = request.sweeps.get(&resource) else { return Ok(Round::all(groups)) };
    if groups.iter().all(|group| group.len() <= sweep.owners_min) {
        return Ok(Round::all(groups));
    }
    let Some(wanting) = wanting(mirror, request, resource)? else { return Ok(Round::all(groups)) };
    let mut round = Round::default();
    for group in groups {
        let mut turns = Vec::with_capacity(group.len());
        for partition in group {
            let listed = listed(mirror, &partition).filter(|_| !wanting.contains(&partition));
            let moved = moved(mirror, &partition)?;
            turns.push((
                listed.filter(|listed| moved.is_none_or(|moved| moved < *listed)),
                partition,
            ));
        }
        turns.sort();
        let quota = quota(*sweep, &turns, now);
        let is_due = |place: usize, listed: Option<Time>| {
            place < quota || listed.is_none_or(|listed| now - listed >= sweep.staleness)
        };
        for (place, (listed, partition)) in turns.into_iter().enumerate() {
            if is_due(place, listed) {
                round.due.push(partition);
            } else {
                round.rest.insert(partition);
            }
        }
    }
    Ok(round)
}

impl Round {
    fn all(groups: Vec<Vec<Partition>>) -> Round {
        Round { due: groups.into_iter().flatten().collect(), rest: BTreeSet::new() }
    }
}

/// How many are listed, whatever their age: those who must be, and of the others the share of the
/// staleness that passed since the last pull that listed any.
fn quota(sweep: Sweep, turns: &[(Option<Time>, Partition)], now: Time) -> usize {
    let must = turns.iter().take_while(|(listed, _)| listed.is_none()).count();
    let latest = turns.iter().map(|(listed, _)| Reverse(*listed)).min();
    let passed = latest.and_then(|it| it.0).map_or(sweep.staleness, |latest| now - latest);
    let part = |span: TimeDelta| u128::try_from(span.num_milliseconds()).unwrap_or(0);
    let others = (turns.len() - must) as u128;
    let share = (others * part(passed)).div_ceil(part(sweep.staleness).max(1)).min(others);
    must + usize::try_from(share).unwrap_or(usize::MAX).max(sweep.owners_min)
}

/// When the last listing began, if it was the latest and complete.
fn listed(mirror: &Mirror<'_>, partition: &Partition) -> Option<Time> {
    let row = mirror.partitions.get(partition).filter(|row| row.is_whole());
    row.and_then(PartitionRow::listed)
}

/// When the owner itself last moved, as far as its stamp tells.
fn moved(mirror: &Mirror<'_>, partition: &Partition) -> Result<Option<Time>, SnapshotError> {
    let Partition::Of(resource, owner) = partition else { return Ok(None) };
    let Some(resource) = resource.parent() else { return Ok(None) };
    let owner = mirror.record(&RecordKey { resource, id: owner.clone() })?;
    Ok(owner.and_then(|it| it.record.stamp))
}

/// Where an expected record is missing and its quarantine goes on. Nothing: it may be anywhere, so all are
/// asked.
fn wanting(
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    resource: Resource,
) -> Result<Option<BTreeSet<Partition>>, SnapshotError> {
    let mut wanting = BTreeSet::new();
    let gone = |key: &RecordKey| mirror.gone.contains_key(key);
    for key in request.expected.keys().filter(|key| key.resource == resource) {
        match mirror.record(key)? {
            None if gone(key) => {}
            Some(it) if it.missing == 0 || it.missing >= request.quarantine_views => {}
            Some(it) if !moves(resource) => {
                let owner = it.record.parent.map(|owner: RecordId| Partition::Of(resource, owner));
                wanting.extend(owner);
            }
            None | Some(_) => return Ok(None),
        }
    }
    Ok(Some(wanting))
}

/// Whether what is missing at one owner may have turned up at another, under another id.
fn moves(resource: Resource) -> bool {
    match resource {
        Resource::VendorContact => true,
        Resource::Vendor
        | Resource::Business
        | Resource::Contact
        | Resource::Threat
        | Resource::Task
        | Resource::Comment
        | Resource::Note
        | Resource::Notification
        | Resource::VendorNote
        | Resource::CustomField
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire => false,
    }
}
