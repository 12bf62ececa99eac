//! Where does each row of the mirror lie? One per record, per confirmed absence, per partition and per
//! side, and one for each record that moved since it was last planned for; each begins with the pair.

use concordat_model::{Gone, Mirrored, PairId, Partition, RecordId, RecordKey, Resource, Side};
use concordat_store::{Batch, CodecError, Key, Rows, Table, Tables, codec};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::SnapshotError;
use crate::mirror::{PartitionRow, SideRow};

pub(crate) const RECORDS: Table = Table::new(1);
pub(crate) const GONE: Table = Table::new(2);
pub(crate) const PARTITIONS: Table = Table::new(3);
pub(crate) const SIDES: Table = Table::new(4);
pub(crate) const DIRTY: Table = Table::new(5);
pub(crate) const LOOKED: Table = Table::new(6);

/// The format of the rows of all tables.
const FORMAT: u8 = 3;

/// Which mirror.
#[derive(Clone)]
pub(crate) struct Place {
    pair: PairId,
    pub side: Side,
    /// Whether a plan ever looked at everything: before, all of it has to be looked at anyway.
    is_planned: bool,
}

impl Place {
    pub(crate) fn of(
        tables: &dyn Tables,
        pair: &PairId,
        side: Side,
    ) -> Result<Place, SnapshotError> {
        let is_planned = tables.get(LOOKED, Key::of(pair).as_ref())?.is_some();
        Ok(Place { pair: pair.clone(), side, is_planned })
    }

    /// What every key of this mirror begins with; also the key of the side's own row.
    pub(crate) fn key(&self) -> Key {
        Key::of(&self.pair).text(self.side.key())
    }

    /// What the key of every record of `resource` begins with.
    pub(crate) fn resource(&self, resource: Resource) -> Key {
        self.key().text(resource.entity())
    }

    pub(crate) fn record(&self, key: &RecordKey) -> Key {
        self.resource(key.resource).text(key.id.as_str())
    }

    /// The id of the record of `resource` that lies under `key`.
    pub(crate) fn id(&self, resource: Resource, key: &[u8]) -> Result<RecordId, SnapshotError> {
        const LENGTH_BYTES: usize = 4;
        let begin = self.resource(resource).as_ref().len() + LENGTH_BYTES;
        let id = key.get(begin..).and_then(|id| std::str::from_utf8(id).ok());
        let source = CodecError::Damaged { says: "its key is none" };
        id.map(RecordId::new).ok_or(SnapshotError::Row { table: "records", source })
    }

    pub(crate) fn partition(&self, partition: &Partition) -> Key {
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
        self.stir(batch, &mirrored.record.key)
    }

    /// What a plan says about it has to be found out anew.
    fn stir(&self, batch: &mut Batch, key: &RecordKey) -> Result<(), SnapshotError> {
        if self.is_planned {
            batch.put(DIRTY, self.record(key), encode(key, "moves")?);
        }
        Ok(())
    }

    /// Removes everything of this mirror. All has to be looked at then, as before the first plan.
    pub(crate) fn clear(&mut self, tables: &dyn Tables) -> Result<(), SnapshotError> {
        let mut batch = Batch::new();
        for table in [RECORDS, GONE, PARTITIONS, SIDES, DIRTY] {
            for row in Rows::of(tables, table, self.key()) {
                batch.remove(table, row?.0);
            }
        }
        batch.remove(LOOKED, Key::of(&self.pair));
        tables.commit(batch)?;
        self.is_planned = false;
        Ok(())
    }

    pub(crate) fn remove_record(&self, batch: &mut Batch, key: &RecordKey) {
        batch.remove(RECORDS, self.record(key));
    }

    pub(crate) fn put_gone(
        &self,
        batch: &mut Batch,
        key: &RecordKey,
        gone: &Gone,
    ) -> Result<(), SnapshotError> {
        batch.put(GONE, self.record(key), encode(&(key, gone), "absences")?);
        self.stir(batch, key)
    }

    pub(crate) fn remove_gone(
        &self,
        batch: &mut Batch,
        key: &RecordKey,
    ) -> Result<(), SnapshotError> {
        batch.remove(GONE, self.record(key));
        self.stir(batch, key)
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

pub(crate) fn encode<T: Serialize>(row: &T, table: &'static str) -> Result<Vec<u8>, SnapshotError> {
    codec::encode(FORMAT, row).map_err(|source| SnapshotError::Row { table, source })
}

fn decode<T: DeserializeOwned>(bytes: &[u8], table: &'static str) -> Result<T, SnapshotError> {
    codec::decode(FORMAT, bytes).map_err(|source| SnapshotError::Row { table, source })
}

pub(crate) fn get<T: DeserializeOwned>(
    tables: &dyn Tables,
    table: Table,
    key: &Key,
    name: &'static str,
) -> Result<Option<T>, SnapshotError> {
    tables.get(table, key.as_ref())?.map(|bytes| decode(&bytes, name)).transpose()
}

/// Every row whose key begins with `prefix`, one after the other.
pub(crate) fn rows<'t, T: DeserializeOwned>(
    tables: &'t dyn Tables,
    table: Table,
    prefix: &Key,
    name: &'static str,
) -> impl Iterator<Item = Result<T, SnapshotError>> + use<'t, T> {
    Rows::of(tables, table, prefix).map(move |row| decode(&row?.1, name))
}
