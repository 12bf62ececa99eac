//! What becomes of the mirror once the listings of a resource are through? Certified partitions are
//! swapped in, each in one commit; what a complete listing does not name is missing, not gone.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Certificate, Mirrored, Partition, RecordKey, Resource, Sight};
use concordat_store::{Batch, Tables};

use crate::fold::{fold, is_doubtful};
use crate::listing::{Listing, Staged, Verdict};
use crate::mirror::{Mirror, PartitionRow, partition_of};
use crate::{SnapshotError, Stamped};

/// What was listed of a resource.
pub(crate) struct Listed {
    pub resource: Resource,
    pub listings: BTreeMap<Partition, Listing>,
    /// Whether the records it is listed by are all known; nothing if it is listed as a whole.
    pub parents: Option<Result<Certificate, String>>,
    /// Whether it was listed by all of them.
    pub all_owners: bool,
}

/// Takes what was listed into the mirror. Answers the records that must be read by id.
pub(crate) fn swap(
    mirror: &mut Mirror,
    tables: &dyn Tables,
    listed: Listed,
    stamped: Stamped<'_>,
) -> Result<BTreeSet<RecordKey>, SnapshotError> {
    let Listed { resource, listings, parents, all_owners } = listed;
    let mut rows = BTreeMap::new();
    let mut doubtful = BTreeSet::new();
    // A record that moved from one parent to another while we listed may be in both partitions, so
    // nothing is missing before all of them are known.
    let mut listed: BTreeMap<RecordKey, (Partition, Staged)> = BTreeMap::new();
    for (partition, listing) in listings {
        let old = mirror.partitions.get(&partition);
        let (row, counts) = row_of(&partition, old, &listing);
        rows.insert(partition.clone(), row);
        for (key, staged) in listing.records.into_iter().filter(|_| counts) {
            let newer = match listed.remove(&key) {
                None => (partition.clone(), staged),
                Some((other, kept)) => {
                    let newer = kept.newer(staged);
                    let home = partition_of(&newer.record).unwrap_or(other);
                    (home, newer)
                }
            };
            listed.insert(key, newer);
        }
    }
    let every_owner = all_owners && parents.as_ref().is_none_or(Result::is_ok);
    let missing = missing(mirror, resource, &rows, &listed, every_owner);

    let mut changes: BTreeMap<Option<Partition>, Change> = BTreeMap::new();
    for (key, (partition, staged)) in listed {
        if is_ghost(mirror, &key, &staged) {
            continue;
        }
        let home = rows.contains_key(&partition).then_some(partition);
        let change = changes.entry(home).or_default();
        let old = mirror.records.get(&key);
        if old.is_some_and(|old| is_doubtful(old, &staged.record, staged.at, stamped)) {
            doubtful.insert(key.clone());
        }
        let listed = mirror.listed(&key);
        change.records.extend(fold(old, staged.record, staged.at, listed, stamped));
        if mirror.gone.contains_key(&key) {
            change.back.push(key);
        }
    }
    for (key, partition) in missing {
        if let Some(mirrored) = mirror.records.get(&key) {
            let missing = mirrored.missing.saturating_add(1);
            let change = changes.entry(partition).or_default();
            change.records.push(Mirrored { missing, ..mirrored.clone() });
        }
    }
    for (partition, row) in &rows {
        let change = changes.remove(&Some(partition.clone())).unwrap_or_default();
        let mut batch = Batch::new();
        mirror.place.put_partition(&mut batch, row)?;
        change.commit(mirror, tables, batch)?;
    }
    let rest = changes.remove(&None).unwrap_or_default();
    let mut batch = Batch::new();
    let whole = account_for_parents(mirror, &mut batch, resource, &rows, parents)?;
    rest.commit(mirror, tables, batch)?;
    mirror.partitions.extend(rows);
    mirror.partitions.extend(whole);
    Ok(doubtful)
}

/// What changes in one commit.
#[derive(Default)]
struct Change {
    records: Vec<Mirrored>,
    /// Records that were thought gone.
    back: Vec<RecordKey>,
}

impl Change {
    fn commit(
        self,
        mirror: &mut Mirror,
        tables: &dyn Tables,
        mut batch: Batch,
    ) -> Result<(), SnapshotError> {
        for mirrored in &self.records {
            mirror.place.put_record(&mut batch, mirrored)?;
        }
        for key in &self.back {
            mirror.place.remove_gone(&mut batch, key);
        }
        if !batch.is_empty() {
            tables.commit(batch)?;
        }
        for mirrored in self.records {
            mirror.records.insert(mirrored.record.key.clone(), mirrored);
        }
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
        failed: Some(says.clone()),
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
        Verdict::Broken { says, .. } => (failed(says), false),
    }
}

/// The mirrored records that a complete listing should have named and did not, with the partition in
/// whose commit they are counted.
fn missing(
    mirror: &Mirror,
    resource: Resource,
    rows: &BTreeMap<Partition, PartitionRow>,
    listed: &BTreeMap<RecordKey, (Partition, Staged)>,
    every_owner: bool,
) -> Vec<(RecordKey, Option<Partition>)> {
    let all_complete = every_owner && rows.values().all(PartitionRow::is_complete);
    mirror
        .records
        .values()
        .filter(|it| it.record.key.resource == resource)
        .filter(|it| !listed.contains_key(&it.record.key))
        .filter_map(|it| {
            let key = it.record.key.clone();
            match partition_of(&it.record) {
                Some(partition) => match rows.get(&partition).map(PartitionRow::is_complete) {
                    Some(true) => Some((key, Some(partition))),
                    Some(false) => None,
                    // Its parent is not there to be listed by.
                    None => every_owner.then_some((key, None)),
                },
                None => all_complete.then_some((key, None)),
            }
        })
        .collect()
}

/// Whether a row of a lagging index names a record that a later read by id found to be gone.
fn is_ghost(mirror: &Mirror, key: &RecordKey, staged: &Staged) -> bool {
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
    mirror: &mut Mirror,
    batch: &mut Batch,
    resource: Resource,
    rows: &BTreeMap<Partition, PartitionRow>,
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
        .filter(|it| it.resource() == resource && !rows.contains_key(it))
        .cloned()
        .collect();
    for partition in stale {
        mirror.place.remove_partition(batch, &partition);
        mirror.partitions.remove(&partition);
    }
    let row = match parents {
        Err(says) => Some(row(None, Some(says))),
        Ok(_) if !rows.is_empty() => None,
        Ok(certificate) => {
            let nobody = Certificate { pages: 0, rows: 0, total: None, ..certificate };
            Some(row(Some(nobody), None))
        }
    };
    if let Some(row) = &row {
        mirror.place.put_partition(batch, row)?;
    }
    Ok(row.map(|row| (all, row)))
}
