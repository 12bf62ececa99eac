//! How does the projection lie in the store? Rows, keys and formats; what they add up to is
//! `projection`'s business.
//!
//! | Table | Key after the pair | Row |
//! |---|---|---|
//! | links | link | the link |
//! | ends | record, link | the link's id: which links a record is in |
//! | dirt | link or record | what was touched, and by which entry |
//! | standing | number | a part of everything that is no link |
//! | checkpoints | | up to which entry all of it goes |
//!
//! The rows of one pair are good together or not at all: a row that cannot be read, or a number of
//! links that is not the checkpoint's, and the whole is made anew from the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concordat_model::{Link, LinkId, PairId, RecordKey};
use concordat_store::{Batch, CodecError, Key, Row, Rows, Table, Tables, codec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::mark::Mark;
use crate::{Hash, LedgerError, Standing};

// Tables 1 to 9 are the mirror's.
const LINKS: Table = Table::new(10);
const ENDS: Table = Table::new(11);
const DIRT: Table = Table::new(12);
const STANDING: Table = Table::new(13);
const CHECKPOINTS: Table = Table::new(14);

/// The format of all five tables, and of what the replay makes of the same entries. No old format is
/// read: what it says is made anew.
const FORMAT: u8 = 6;

/// So many rows are removed at once.
const REMOVED_AT_ONCE: usize = 500;

/// Up to which entry the rows go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// The program that made them. Another may make something else of the same entries.
    pub version: String,
    /// The last entry that is in them.
    pub seq: u64,
    /// The hash of its leaf, which binds every entry before it.
    pub hash: Hash,
    /// How many openings up to it were erased: what they said must not be in the rows.
    pub erased: u64,
    /// How many links there are.
    pub links: u64,
    /// In how many rows everything else lies.
    pub parts: u32,
    /// Whether a plan has looked at everything since the rows were made anew.
    pub looked_through: bool,
}

/// Something that may have to be planned anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Thing {
    Link(LinkId),
    Record(RecordKey),
    Waiting(RecordKey),
}

/// The rows of one pair.
pub(crate) struct Shelf {
    tables: Arc<dyn Tables>,
    pair: PairId,
    /// A row was not what was put: nothing may make the others count again.
    is_damaged: AtomicBool,
}

impl Shelf {
    pub(crate) fn new(tables: Arc<dyn Tables>, pair: PairId) -> Shelf {
        Shelf { tables, pair, is_damaged: AtomicBool::new(false) }
    }

    pub(crate) fn link(&self, id: &LinkId) -> Result<Option<Link>, LedgerError> {
        self.get(LINKS, &self.link_key(id))
    }

    /// Every link, in bounded memory.
    pub(crate) fn links(&self) -> impl Iterator<Item = Result<Link, LedgerError>> {
        self.rows(LINKS, self.key())
    }

    /// The ids of the links that `record` is in.
    pub(crate) fn links_of(
        &self,
        record: &RecordKey,
    ) -> impl Iterator<Item = Result<LinkId, LedgerError>> + use<'_> {
        self.rows(ENDS, self.record_key(record))
    }

    /// Everything touched and not looked at since, and by which entry.
    pub(crate) fn dirt(&self) -> impl Iterator<Item = Result<(Thing, u64), LedgerError>> {
        self.rows(DIRT, self.key())
    }

    /// The last entry that is in the rows, whichever program made them.
    pub(crate) fn newest(&self) -> Result<Option<Mark>, LedgerError> {
        let stored = readable(self.get::<Checkpoint>(CHECKPOINTS, &self.key()))?;
        Ok(stored.map(|it| Mark { seq: it.seq, hash: it.hash }))
    }

    /// The checkpoint, and what it is the checkpoint of; nothing if there is none that this program
    /// can go on from.
    pub(crate) fn standing(
        &self,
        version: &str,
    ) -> Result<Option<(Checkpoint, Standing)>, LedgerError> {
        let Some(checkpoint) = readable(self.get::<Checkpoint>(CHECKPOINTS, &self.key()))? else {
            return Ok(None);
        };
        if checkpoint.version != version {
            return Ok(None);
        }
        let mut standing = Standing::default();
        for number in 0..checkpoint.parts {
            match readable(self.get(STANDING, &self.part_key(number)))? {
                Some(part) => standing.absorb(part),
                None => return Ok(None),
            }
        }
        Ok(Some((checkpoint, standing)))
    }

    /// Puts `link`, of which `before` is what stands there now.
    pub(crate) fn put_link(
        &self,
        batch: &mut Batch,
        link: &Link,
        before: Option<&Link>,
    ) -> Result<(), LedgerError> {
        batch.put(LINKS, self.link_key(&link.id), encode(link)?);
        for (side, ends) in before.into_iter().flat_map(|it| it.ends.iter()) {
            for record in ends.iter().filter(|it| !link.ends[side].contains(it)) {
                batch.remove(ENDS, self.record_key(record).text(link.id.as_str()));
            }
        }
        for record in link.ends.iter().flat_map(|(_, ends)| ends) {
            let is_new = before.is_none_or(|it| !it.ends[record.side()].contains(record));
            if is_new {
                let key = self.record_key(record).text(link.id.as_str());
                batch.put(ENDS, key, encode(&link.id)?);
            }
        }
        Ok(())
    }

    pub(crate) fn put_dirt(
        &self,
        batch: &mut Batch,
        thing: &Thing,
        seq: u64,
    ) -> Result<(), LedgerError> {
        batch.put(DIRT, self.thing_key(thing), encode(&(thing, seq))?);
        Ok(())
    }

    pub(crate) fn remove_dirt(&self, batch: &mut Batch, thing: &Thing) {
        batch.remove(DIRT, self.thing_key(thing));
    }

    /// By which entry `thing` was last touched, if nobody looked at it since.
    pub(crate) fn dirt_of(&self, thing: &Thing) -> Result<Option<u64>, LedgerError> {
        let row: Option<(Thing, u64)> = self.get(DIRT, &self.thing_key(thing))?;
        Ok(row.map(|(_, seq)| seq))
    }

    /// Puts everything that is no link in place of the first `before` parts, and answers how many
    /// parts there are now.
    pub(crate) fn put_standing(
        &self,
        batch: &mut Batch,
        standing: &Standing,
        before: u32,
    ) -> Result<u32, LedgerError> {
        let mut count = 0;
        for part in standing.parts() {
            batch.put(STANDING, self.part_key(count), encode(&part)?);
            count += 1;
        }
        (count..before).for_each(|number| batch.remove(STANDING, self.part_key(number)));
        Ok(count)
    }

    pub(crate) fn put_checkpoint(
        &self,
        batch: &mut Batch,
        checkpoint: &Checkpoint,
    ) -> Result<(), LedgerError> {
        batch.put(CHECKPOINTS, self.key(), encode(checkpoint)?);
        Ok(())
    }

    /// Makes all changes of `batch`, or none.
    pub(crate) fn commit(&self, batch: Batch) -> Result<(), LedgerError> {
        if self.is_damaged.load(Ordering::Relaxed) {
            return Err(self.damaged("a row was damaged before"));
        }
        Ok(self.tables.commit(batch)?)
    }

    /// Removes everything of the pair, durably. The checkpoint first: without it no other row counts.
    pub(crate) fn clear(&self) -> Result<(), LedgerError> {
        self.revoke()?;
        for table in [LINKS, ENDS, DIRT, STANDING] {
            loop {
                let rows = self.tables.page(table, self.key().as_ref(), None, REMOVED_AT_ONCE)?;
                if rows.is_empty() {
                    break;
                }
                let mut batch = Batch::new();
                rows.iter().for_each(|(key, _)| batch.remove(table, key));
                self.tables.commit(batch)?;
            }
        }
        self.is_damaged.store(false, Ordering::Relaxed);
        Ok(self.tables.flush()?)
    }

    /// The rows are not what was put: says so, and sees to it that the next opening makes them anew.
    pub(crate) fn damaged(&self, says: &str) -> LedgerError {
        self.is_damaged.store(true, Ordering::Relaxed);
        match self.revoke() {
            Ok(()) => LedgerError::Projection { says: says.to_owned() },
            Err(error) => error,
        }
    }

    fn revoke(&self) -> Result<(), LedgerError> {
        let mut batch = Batch::new();
        batch.remove(CHECKPOINTS, self.key());
        Ok(self.tables.commit(batch)?)
    }

    fn get<T: DeserializeOwned>(&self, table: Table, key: &Key) -> Result<Option<T>, LedgerError> {
        let row = self.tables.get(table, key.as_ref())?;
        row.map(|bytes| self.decode(&bytes)).transpose()
    }

    fn rows<T: DeserializeOwned>(
        &self,
        table: Table,
        prefix: Key,
    ) -> impl Iterator<Item = Result<T, LedgerError>> + use<'_, T> {
        let rows = Rows::of(self.tables.as_ref(), table, prefix);
        rows.map(|row| {
            let (_, bytes): Row = row?;
            self.decode(&bytes)
        })
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, LedgerError> {
        codec::decode(FORMAT, bytes).map_err(|error| self.damaged(&error.to_string()))
    }

    fn key(&self) -> Key {
        Key::of(&self.pair)
    }

    fn link_key(&self, id: &LinkId) -> Key {
        self.key().text(id.as_str())
    }

    fn record_key(&self, record: &RecordKey) -> Key {
        self.key().text(record.side().key()).text(record.resource.entity()).text(record.id.as_str())
    }

    fn thing_key(&self, thing: &Thing) -> Key {
        match thing {
            Thing::Link(id) => self.link_key(id),
            Thing::Record(record) => self.record_key(record),
            Thing::Waiting(record) => self.record_key(record).text("waiting"),
        }
    }

    fn part_key(&self, number: u32) -> Key {
        self.key().bytes(&number.to_be_bytes())
    }
}

fn encode<T: Serialize + ?Sized>(row: &T) -> Result<Vec<u8>, LedgerError> {
    codec::encode(FORMAT, row)
        .map_err(|error: CodecError| LedgerError::Projection { says: error.to_string() })
}

/// A row that this program cannot read is none.
fn readable<T>(row: Result<Option<T>, LedgerError>) -> Result<Option<T>, LedgerError> {
    match row {
        Err(LedgerError::Projection { .. }) => Ok(None),
        Ok(row) => Ok(row),
        Err(error) => Err(error),
    }
}
