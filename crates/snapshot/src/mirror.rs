//! Where does the mirror lie, and how is it read without a pull? One row per record, per confirmed
//! absence, per partition and per side; each begins with the pair.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{
    Certificate, Gone, Mirrored, Offset, PairId, Partition, Path, Record, RecordKey, Resource,
    Side, Tenant, Time, View,
};
use concordat_store::{Batch, Key, Table, Tables, codec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{SnapshotError, Stamped, fold};

const RECORDS: Table = Table::new(1);
const GONE: Table = Table::new(2);
const PARTITIONS: Table = Table::new(3);
const SIDES: Table = Table::new(4);

/// The format of the rows of all four tables.
const FORMAT: u8 = 2;

/// One side of a pair, as it is mirrored.
pub(crate) struct Mirror {
    pub place: Place,
    pub records: BTreeMap<RecordKey, Mirrored>,
    pub gone: BTreeMap<RecordKey, Gone>,
    pub partitions: BTreeMap<Partition, PartitionRow>,
    pub side: Option<SideRow>,
}

/// Which mirror.
#[derive(Clone)]
pub(crate) struct Place {
    pub pair: PairId,
    pub side: Side,
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
}

/// What the mirror holds of a side, without asking it. Nothing: it was never pulled.
pub fn load(tables: &dyn Tables, pair: &PairId, side: Side) -> Result<Option<View>, SnapshotError> {
    Ok(Mirror::load(tables, pair, side)?.into_view())
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
    let place = Place { pair: pair.clone(), side: record.key.side() };
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
    place.remove_gone(&mut batch, &key);
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
    /// Whether the latest listing was complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.failed.is_none() && self.certificate.is_some()
    }

    /// When the last complete listing began, if it showed its records as of then.
    pub(crate) fn listed(&self) -> Option<Time> {
        self.certificate.as_ref().filter(|_| self.direct).map(|it| it.began)
    }
}

impl Mirror {
    pub(crate) fn load(
        tables: &dyn Tables,
        pair: &PairId,
        side: Side,
    ) -> Result<Mirror, SnapshotError> {
        let place = Place { pair: pair.clone(), side };
        let prefix = place.key();
        let records: Vec<Mirrored> = scan(tables, RECORDS, &prefix, "records")?;
        let gone: Vec<(RecordKey, Gone)> = scan(tables, GONE, &prefix, "absences")?;
        let partitions: Vec<PartitionRow> = scan(tables, PARTITIONS, &prefix, "partitions")?;
        Ok(Mirror {
            records: records.into_iter().map(|it| (it.record.key.clone(), it)).collect(),
            gone: gone.into_iter().collect(),
            partitions: partitions.into_iter().map(|it| (it.partition.clone(), it)).collect(),
            side: get(tables, SIDES, &prefix, "sides")?,
            place,
        })
    }

    /// Forgets everything, in the store as well: it is the mirror of another account.
    pub(crate) fn clear(&mut self, tables: &dyn Tables) -> Result<(), SnapshotError> {
        let mut batch = Batch::new();
        for key in self.records.keys() {
            batch.remove(RECORDS, self.place.record(key));
        }
        for key in self.gone.keys() {
            batch.remove(GONE, self.place.record(key));
        }
        for partition in self.partitions.keys() {
            batch.remove(PARTITIONS, self.place.partition(partition));
        }
        batch.remove(SIDES, self.place.key());
        tables.commit(batch)?;
        (self.records, self.gone, self.partitions) = Default::default();
        self.side = None;
        Ok(())
    }

    /// When the partition in which `key` was last seen was last listed directly and completely.
    pub(crate) fn listed(&self, key: &RecordKey) -> Option<Time> {
        let partition = partition_of(&self.records.get(key)?.record)?;
        self.partitions.get(&partition)?.listed()
    }

    /// The records of `resource` that are there.
    pub(crate) fn here(&self, resource: Resource) -> impl Iterator<Item = &Mirrored> {
        self.records.values().filter(move |it| {
            let key = &it.record.key;
            key.resource == resource && it.missing == 0 && !self.gone.contains_key(key)
        })
    }

    /// The view; nothing if the side was never pulled.
    pub(crate) fn into_view(self) -> Option<View> {
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
            records: self.records,
            gone: self.gone,
            certificates,
            uncertified,
            offset: side.offset,
            defined: side.defined,
        })
    }
}

impl Place {
    /// What every key of this mirror begins with; also the key of the side's own row.
    fn key(&self) -> Key {
        let side = match self.side {
            Side::Upguard => "upguard",
            Side::Highlevel => "highlevel",
        };
        Key::of(&self.pair).text(side)
    }

    fn record(&self, key: &RecordKey) -> Key {
        self.key().text(key.resource.entity()).text(key.id.as_str())
    }

    fn partition(&self, partition: &Partition) -> Key {
        let key = self.key().text(partition.resource().entity());
        match partition {
            Partition::All(_) => key.text("all"),
            Partition::Of(_, parent) => key.text("of").text(parent.as_str()),
        }
    }

    pub(crate) fn put_record(
        &self,
        batch: &mut Batch,
        mirrored: &Mirrored,
    ) -> Result<(), SnapshotError> {
        let bytes = encode(mirrored, "records")?;
        batch.put(RECORDS, self.record(&mirrored.record.key), bytes);
        Ok(())
    }

    pub(crate) fn put_gone(
        &self,
        batch: &mut Batch,
        key: &RecordKey,
        gone: &Gone,
    ) -> Result<(), SnapshotError> {
        batch.put(GONE, self.record(key), encode(&(key, gone), "absences")?);
        Ok(())
    }

    pub(crate) fn remove_gone(&self, batch: &mut Batch, key: &RecordKey) {
        batch.remove(GONE, self.record(key));
    }

    pub(crate) fn put_partition(
        &self,
        batch: &mut Batch,
        row: &PartitionRow,
    ) -> Result<(), SnapshotError> {
        batch.put(PARTITIONS, self.partition(&row.partition), encode(row, "partitions")?);
        Ok(())
    }

    pub(crate) fn remove_partition(&self, batch: &mut Batch, partition: &Partition) {
        batch.remove(PARTITIONS, self.partition(partition));
    }

    pub(crate) fn put_side(&self, batch: &mut Batch, row: &SideRow) -> Result<(), SnapshotError> {
        batch.put(SIDES, self.key(), encode(row, "sides")?);
        Ok(())
    }
}

fn encode<T: Serialize>(row: &T, table: &'static str) -> Result<Vec<u8>, SnapshotError> {
    codec::encode(FORMAT, row).map_err(|source| SnapshotError::Row { table, source })
}

fn decode<T: DeserializeOwned>(bytes: &[u8], table: &'static str) -> Result<T, SnapshotError> {
    codec::decode(FORMAT, bytes).map_err(|source| SnapshotError::Row { table, source })
}

fn get<T: DeserializeOwned>(
    tables: &dyn Tables,
    table: Table,
    key: &Key,
    name: &'static str,
) -> Result<Option<T>, SnapshotError> {
    tables.get(table, key.as_ref())?.map(|bytes| decode(&bytes, name)).transpose()
}

fn scan<T: DeserializeOwned>(
    tables: &dyn Tables,
    table: Table,
    prefix: &Key,
    name: &'static str,
) -> Result<Vec<T>, SnapshotError> {
    tables.scan(table, prefix.as_ref())?.iter().map(|(_, bytes)| decode(bytes, name)).collect()
}
