//! What becomes of the mirror once the listings of a resource are through? Certified partitions are
//! swapped in, each in one commit; what a complete listing does not name is missing, not gone.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Certificate, Coverage, Mirrored, Partition, Record, RecordKey, Resource, Sight,
};
use concordat_remote::Cause;
use concordat_store::Batch;

use crate::fold::{fold, is_doubtful};
use crate::listing::{Listing, Staged, Verdict};
use crate::mirror::{Mirror, PartitionRow, partition_of};
use crate::{SnapshotError, Stamped};

/// What was listed of a resource.
pub(crate) struct Listed {
    pub resource: Resource,
    pub listings: BTreeMap<Partition, Listing>,
    /// The partitions whose turn it was not: they stay as they are.
    pub rest: BTreeSet<Partition>,
    /// Whether the records it is listed by are all known; nothing if it is listed as a whole.
    pub parents: Option<Result<Certificate, String>>,
    /// Whether all of them are its owners.
    pub all_owners: bool,
}

/// What came of a resource's listings.
#[derive(Default)]
pub(crate) struct Swapped {
    /// The records that were named and are there.
    pub seen: BTreeSet<RecordKey>,
    /// Those that must be read by id.
    pub doubtful: BTreeSet<RecordKey>,
    /// The partitions that were listed completely, and directly.
    pub direct: BTreeSet<Partition>,
}

/// Takes what was listed into the mirror.
pub(crate) fn swap(
    mirror: &mut Mirror<'_>,
    listed: Listed,
    stamped: Stamped<'_>,
) -> Result<Swapped, SnapshotError> {
    let Listed { resource, listings, rest, parents, all_owners } = listed;
    let mut doubtful = denied(&listings);
    let mut rows = BTreeMap::new();
    let Harvest { mut seen, news, twice } = harvest(mirror, &mut rows, listings);
    let every_owner = all_owners && parents.as_ref().is_none_or(Result::is_ok);
    let mut changes: BTreeMap<Option<Partition>, Change> = BTreeMap::new();
    for (mirrored, partition) in missing(mirror, resource, (&rows, &rest), &seen, every_owner)? {
        if resource.passes() {
            changes.entry(partition).or_default().past.push(mirrored.record.key);
            continue;
        }
        let missing = mirrored.missing.saturating_add(1);
        changes.entry(partition).or_default().records.push(Mirrored { missing, ..mirrored });
    }
    for (key, (partition, staged)) in news {
        if is_ghost(mirror, &key, &staged) {
            seen.remove(&key);
            continue;
        }
        let home = rows.contains_key(&partition).then_some(partition);
        let change = changes.entry(home).or_default();
        let old = mirror.record(&key)?;
        let is_newer = staged.record.stamp > old.as_ref().and_then(|old| old.record.stamp);
        if twice.contains(&key) && !is_newer
            || old.as_ref().is_some_and(|it| is_doubtful(it, &staged.record, staged.at, stamped))
        {
            doubtful.insert(key.clone());
        }
        let listed = mirror.listed(old.as_ref());
        change.records.extend(fold(old.as_ref(), staged.record, staged.at, listed, stamped));
        if mirror.gone.contains_key(&key) {
            change.back.push(key);
        }
    }
    for (partition, row) in &rows {
        let change = changes.remove(&Some(partition.clone())).unwrap_or_default();
        let mut batch = Batch::new();
        mirror.place.put_partition(&mut batch, row)?;
        change.commit(mirror, batch)?;
    }
    let others = changes.remove(&None).unwrap_or_default();
    let mut batch = Batch::new();
    let whole = account_for_parents(mirror, &mut batch, resource, (&rows, &rest), parents)?;
    others.commit(mirror, batch)?;
    let direct = rows.iter().filter(|(_, row)| row.direct && row.is_whole());
    let direct = direct.map(|(partition, _)| partition.clone()).collect();
    mirror.partitions.extend(rows);
    mirror.partitions.extend(whole);
    Ok(Swapped { seen, doubtful, direct })
}

/// The owners of whom the side says, when it is asked what belongs to them, that there is none.
fn denied(listings: &BTreeMap<Partition, Listing>) -> BTreeSet<RecordKey> {
    let is_denied = |listing: &Listing| match &listing.verdict {
        Verdict::Broken { failure: Some(failure), .. } => failure.cause == Cause::Missing,
        Verdict::Broken { failure: None, .. } | Verdict::Certified(_) | Verdict::Incomplete(_) => {
            false
        }
    };
    let owner = |partition: &Partition| match partition {
        Partition::Of(resource, id) => {
            Some(RecordKey { resource: resource.parent()?, id: id.clone() })
        }
        Partition::All(_) => None,
    };
    let denied = listings.iter().filter(|(_, listing)| is_denied(listing));
    denied.filter_map(|(partition, _)| owner(partition)).collect()
}

/// Whether a row says anything that the mirror does not.
pub(crate) fn is_news(
    mirror: &Mirror<'_>,
    staged: &Staged,
    stamped: Stamped<'_>,
) -> Result<bool, SnapshotError> {
    let Staged { record, at } = staged;
    let Some(old) = mirror.record(&record.key)? else { return Ok(true) };
    let is_here = mirror.is_here(&old);
    let listed = mirror.listed(Some(&old));
    Ok(!is_here
        || is_doubtful(&old, record, *at, stamped)
        || fold(Some(&old), record.clone(), *at, listed, stamped).is_some())
}

/// What the listings that count brought together.
#[derive(Default)]
struct Harvest {
    seen: BTreeSet<RecordKey>,
    news: BTreeMap<RecordKey, (Partition, Staged)>,
    /// Records that were shown both with news and without.
    twice: BTreeSet<RecordKey>,
}

/// A record that moved from one parent to another while we listed may be in both partitions, so
/// nothing is missing before all of them are known.
fn harvest(
    mirror: &Mirror<'_>,
    rows: &mut BTreeMap<Partition, PartitionRow>,
    listings: BTreeMap<Partition, Listing>,
) -> Harvest {
    let mut all = Harvest::default();
    for (partition, listing) in listings {
        let old = mirror.partitions.get(&partition);
        let (row, counts) = row_of(&partition, old, &listing);
        rows.insert(partition.clone(), row);
        if !counts {
            continue;
        }
        let Listing { mut seen, news, twice, .. } = listing;
        all.twice.extend(twice);
        let quiet_elsewhere =
            |key: &RecordKey, all: &Harvest| all.seen.contains(key) && !all.news.contains_key(key);
        let again = news.keys().filter(|key| quiet_elsewhere(key, &all)).cloned();
        let again: Vec<RecordKey> = again
            .chain(
                all.news
                    .keys()
                    .filter(|key| seen.contains(key) && !news.contains_key(key))
                    .cloned(),
            )
            .collect();
        all.twice.extend(again);
        all.seen.append(&mut seen);
        for (key, staged) in news {
            let newer = match all.news.remove(&key) {
                None => (partition.clone(), staged),
                Some((other, kept)) => {
                    let newer = kept.newer(staged);
                    let home = partition_of(&newer.record).unwrap_or(other);
                    (home, newer)
                }
            };
            all.news.insert(key, newer);
        }
    }
    all
}

/// What changes in one commit.
#[derive(Default)]
struct Change {
    records: Vec<Mirrored>,
    /// Records that were thought gone.
    back: Vec<RecordKey>,
    /// Records that were shown for some time, and are not any more.
    past: Vec<RecordKey>,
}

impl Change {
    fn commit(self, mirror: &mut Mirror<'_>, mut batch: Batch) -> Result<(), SnapshotError> {
        for mirrored in &self.records {
            mirror.place.put_record(&mut batch, mirrored)?;
        }
        for key in &self.back {
            mirror.place.remove_gone(&mut batch, key)?;
        }
        for key in &self.past {
            mirror.place.remove_record(&mut batch, key);
        }
        mirror.commit(batch)?;
        for key in self.back {
            mirror.gone.remove(&key);
        }
        Ok(())
    }
}

/// The partition's new row, and whether what was listed counts.
fn row_of(
    partition: &Partition,
    old: Option<&PartitionRow>,
    listing: &Listing,
) -> (PartitionRow, bool) {
    let failed = |says: &String| PartitionRow {
        partition: partition.clone(),
        certificate: old.and_then(|row| row.certificate.clone()),
        direct: old.is_some_and(|row| row.direct),
        failed: Some(says.clone()).filter(|_| !zoo::is_in(Bug::EveryListingWhole)),
    };
    match &listing.verdict {
        Verdict::Certified(certificate) => {
            let row = PartitionRow {
                partition: partition.clone(),
                certificate: Some(certificate.clone()),
                direct: listing.direct,
                failed: None,
            };
            (row, true)
        }
        Verdict::Incomplete(says) => (failed(says), true),
        Verdict::Broken { says, .. } => (failed(says), zoo::is_in(Bug::EveryListingWhole)),
    }
}

/// The partitions that were listed, and those whose turn it was not.
type Asked<'a> = (&'a BTreeMap<Partition, PartitionRow>, &'a BTreeSet<Partition>);

/// The mirrored records that a complete listing should have named and did not, with the partition in
/// whose commit they are counted.
fn missing(
    mirror: &Mirror<'_>,
    resource: Resource,
    (rows, rest): Asked<'_>,
    seen: &BTreeSet<RecordKey>,
    every_owner: bool,
) -> Result<Vec<(Mirrored, Option<Partition>)>, SnapshotError> {
    let all_listed = every_owner && rest.is_empty();
    let all_complete = all_listed && rows.values().all(PartitionRow::is_whole);
    let place = |record: &Record| match partition_of(record) {
        Some(partition) if rest.contains(&partition) => None,
        Some(partition) => match rows.get(&partition).map(PartitionRow::is_whole) {
            Some(true) => Some(Some(partition)),
            Some(false) => None,
            // Its parent is not there to be listed by.
            None => every_owner.then_some(None),
        },
        None => all_complete.then_some(None),
    };
    let mut missing = Vec::new();
    for key in mirror.keys(resource) {
        let key = key?;
        if seen.contains(&key) {
            continue;
        }
        let Some(mirrored) = mirror.record(&key)? else { continue };
        if let Some(partition) = place(&mirrored.record) {
            missing.push((mirrored, partition));
        }
    }
    Ok(missing)
}

/// Whether a row of a lagging index names a record that a later read by id found to be gone.
fn is_ghost(mirror: &Mirror<'_>, key: &RecordKey, staged: &Staged) -> bool {
    let is_row = match staged.record.sight {
        Sight::Row => true,
        Sight::Listed | Sight::Read => false,
    };
    is_row
        && mirror
            .gone
            .get(key)
            .is_some_and(|gone| staged.record.stamp.is_none_or(|stamp| stamp <= gone.confirmed))
}

/// For a resource that is listed by its parents: forgets the partitions of parents that are not there
/// any more, and says in a row for the resource as a whole if not all parents are known, or if there
/// are none. Answers that row.
fn account_for_parents(
    mirror: &mut Mirror<'_>,
    batch: &mut Batch,
    resource: Resource,
    (rows, rest): Asked<'_>,
    parents: Option<Result<Certificate, String>>,
) -> Result<Option<(Partition, PartitionRow)>, SnapshotError> {
    let all = Partition::All(resource);
    let row = |certificate, failed| PartitionRow {
        partition: all.clone(),
        certificate,
        direct: true,
        failed,
    };
    let Some(parents) = parents else {
        return Ok(None);
    };
    let stale: BTreeSet<Partition> = mirror
        .partitions
        .keys()
        .filter(|it| it.resource() == resource && !rows.contains_key(it) && !rest.contains(it))
        .cloned()
        .collect();
    for partition in stale {
        mirror.place.remove_partition(batch, &partition);
        mirror.partitions.remove(&partition);
    }
    let row = match parents {
        Err(says) => Some(row(None, Some(says))),
        Ok(_) if !(rows.is_empty() && rest.is_empty()) => None,
        Ok(certificate) => {
            let coverage = Coverage::Whole;
            let nobody = Certificate { pages: 0, rows: 0, total: None, coverage, ..certificate };
            Some(row(Some(nobody), None))
        }
    };
    if let Some(row) = &row {
        mirror.place.put_partition(batch, row)?;
    }
    Ok(row.map(|row| (all, row)))
}
