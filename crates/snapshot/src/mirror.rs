//! How is the mirror read, without a pull and during one? Its records stay in the store and are taken
//! out one by one; what there is about partitions and absences is at hand.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{
    Certificate, Fingerprint, Gone, Mirrored, Offset, PairId, Partition, Path, Record, RecordKey,
    Resource, Side, Tenant, Time, View,
};
use concordat_store::{Batch, Rows, Tables};
use serde::{Deserialize, Serialize};

use crate::place::{GONE, PARTITIONS, Place, RECORDS, SIDES, get, rows};
use crate::{SnapshotError, Stamped, fold};

/// One side of a pair, as it is mirrored.
pub struct Mirror<'t> {
    tables: &'t dyn Tables,
    pub(crate) place: Place,
    pub(crate) gone: BTreeMap<RecordKey, Gone>,
    pub(crate) partitions: BTreeMap<Partition, PartitionRow>,
    pub(crate) side: Option<SideRow>,
}

/// What is known of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartitionRow {
    pub partition: Partition,
    /// The last complete listing.
    pub certificate: Option<Certificate>,
    /// Whether that listing showed its records as of then.
    pub direct: bool,
    /// Why the latest listing, if it is a later one, is not complete.
    pub failed: Option<String>,
}

/// What is known of a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SideRow {
    pub tenant: Tenant,
    pub offset: Offset,
    pub defined: BTreeSet<Path>,
    /// What it was asked under.
    pub asked: Fingerprint,
}

/// What the mirror holds of a side, without asking it. Nothing: it was never pulled.
pub fn load(tables: &dyn Tables, pair: &PairId, side: Side) -> Result<Option<View>, SnapshotError> {
    let mirror = Mirror::open(tables, pair, side)?;
    let all = rows(tables, RECORDS, &mirror.place.key(), "records");
    let all = all.map(|it: Result<Mirrored, _>| it.map(|it| (it.record.key.clone(), it)));
    let records = all.collect::<Result<_, _>>()?;
    Ok(mirror.into_head().map(|head| View { records, ..head }))
}

/// Takes a record that was read by id at `at`, in the side's clock, into the mirror, and answers how
/// it stands there now. A record the mirror does not have is added.
pub fn observe(
    tables: &dyn Tables,
    pair: &PairId,
    record: Record,
    at: Time,
    stamped: Stamped<'_>,
) -> Result<Mirrored, SnapshotError> {
    let place = Place::of(tables, pair, record.key.side())?;
    let key = record.key.clone();
    let old: Option<Mirrored> = get(tables, RECORDS, &place.record(&key), "records")?;
    let listed = match old.as_ref().and_then(|old| partition_of(&old.record)) {
        Some(partition) => {
            let row: Option<PartitionRow> =
                get(tables, PARTITIONS, &place.partition(&partition), "partitions")?;
            row.and_then(|row| row.listed())
        }
        None => None,
    };
    let mirrored = fold::read(old.as_ref(), record, at, listed, stamped);
    let mut batch = Batch::new();
    place.put_record(&mut batch, &mirrored)?;
    place.remove_gone(&mut batch, &key)?;
    tables.commit(batch)?;
    Ok(mirrored)
}

/// The partition whose listing names `record`; nothing if its parent is not known.
pub(crate) fn partition_of(record: &Record) -> Option<Partition> {
    let resource = record.key.resource;
    match resource.parent() {
        None => Some(Partition::All(resource)),
        Some(_) => record.parent.clone().map(|parent| Partition::Of(resource, parent)),
    }
}

impl PartitionRow {
    /// Whether the latest listing was complete, and named all there is.
    pub(crate) fn is_whole(&self) -> bool {
        self.failed.is_none() && self.certificate.as_ref().is_some_and(Certificate::is_whole)
    }

    /// When the last complete listing began, if it showed its records as of then.
    pub(crate) fn listed(&self) -> Option<Time> {
        self.certificate.as_ref().filter(|it| self.direct && it.is_whole()).map(|it| it.began)
    }
}

impl<'t> Mirror<'t> {
    /// Opens it, whether it was ever pulled or not.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(
        tables: &'t dyn Tables,
        pair: &PairId,
        side: Side,
    ) -> Result<Mirror<'t>, SnapshotError> {
        let place = Place::of(tables, pair, side)?;
        let prefix = place.key();
        let partition = |row: Result<PartitionRow, _>| row.map(|it| (it.partition.clone(), it));
        Ok(Mirror {
            tables,
            gone: rows(tables, GONE, &prefix, "absences").collect::<Result<_, _>>()?,
            partitions: rows(tables, PARTITIONS, &prefix, "partitions")
                .map(partition)
                .collect::<Result<_, _>>()?,
            side: get(tables, SIDES, &prefix, "sides")?,
            place,
        })
    }

    /// The record as it was last seen.
    ///
    /// # Errors
    /// If the row cannot be read.
    pub fn record(&self, key: &RecordKey) -> Result<Option<Mirrored>, SnapshotError> {
        get(self.tables, RECORDS, &self.place.record(key), "records")
    }

    /// Every record of `resource`, one after the other.
    pub fn records(
        &self,
        resource: Resource,
    ) -> impl Iterator<Item = Result<Mirrored, SnapshotError>> + use<'t> {
        rows(self.tables, RECORDS, &self.place.resource(resource), "records")
    }

    /// The key of every record of `resource`, one after the other.
    pub(crate) fn keys(
        &self,
        resource: Resource,
    ) -> impl Iterator<Item = Result<RecordKey, SnapshotError>> + '_ {
        let rows = Rows::of(self.tables, RECORDS, self.place.resource(resource));
        rows.map(move |row| Ok(RecordKey { resource, id: self.place.id(resource, &row?.0)? }))
    }

    /// Makes all changes of `batch`, or none.
    pub(crate) fn commit(&self, batch: Batch) -> Result<(), SnapshotError> {
        if !batch.is_empty() {
            self.tables.commit(batch)?;
        }
        Ok(())
    }

    /// Forgets everything, in the store as well: it is the mirror of another account.
    pub(crate) fn clear(&mut self) -> Result<(), SnapshotError> {
        self.place.clear(self.tables)?;
        (self.gone, self.partitions) = Default::default();
        self.side = None;
        Ok(())
    }

    /// When the partition in which the record was last seen was last listed directly and completely.
    pub(crate) fn listed(&self, old: Option<&Mirrored>) -> Option<Time> {
        let partition = partition_of(&old?.record)?;
        self.partitions.get(&partition)?.listed()
    }

    /// Whether the record was there when it was last looked for.
    pub(crate) fn is_here(&self, it: &Mirrored) -> bool {
        it.missing == 0 && !it.record.is_dormant() && !self.gone.contains_key(&it.record.key)
    }

    /// Ends a pull that listed `resources`: certificates of others are of earlier ones.
    pub(crate) fn close(
        &mut self,
        side: SideRow,
        resources: &[Resource],
    ) -> Result<(), SnapshotError> {
        let mut batch = Batch::new();
        if self.side.as_ref() != Some(&side) {
            self.place.put_side(&mut batch, &side)?;
            self.side = Some(side);
        }
        self.partitions.retain(|partition, _| {
            let is_kept = resources.contains(&partition.resource());
            if !is_kept {
                self.place.remove_partition(&mut batch, partition);
            }
            is_kept
        });
        self.commit(batch)
    }

    /// The view without its records; nothing if the side was never pulled.
    pub fn into_head(self) -> Option<View> {
        let side = self.side?;
        let mut certificates = BTreeMap::new();
        let mut uncertified = BTreeMap::new();
        for (partition, row) in self.partitions {
            match (row.failed, row.certificate) {
                (Some(says), _) => {
                    uncertified.insert(partition, says);
                }
                (None, Some(certificate)) => {
                    certificates.insert(partition, certificate);
                }
                (None, None) => {}
            }
        }
        Some(View {
            side: self.place.side,
            tenant: side.tenant,
            records: BTreeMap::new(),
            gone: self.gone,
            certificates,
            uncertified,
            offset: side.offset,
            defined: side.defined,
            outside: BTreeSet::new(),
        })
    }
}
