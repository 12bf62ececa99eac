//! What did the last plan say of people who wait, that can be said again? A row for each standstill.
//!
//! None of it is needed: what is lost, or cannot be read, is thought through anew. But none of it may
//! outlive what it rests on, so it is put before the marks are taken from what moved.

use std::collections::BTreeSet;

use concordat_model::PairId;
use concordat_model::standstill::Standstill;
use concordat_store::{Batch, Key, Rows, Table, Tables, codec};

use crate::EngineError;

// The mirror's tables and the ledger's come before it.
const SAID: Table = Table::new(15);

const FORMAT: u8 = 2;

/// What can be said again, as far as it can be read.
pub fn all(tables: &dyn Tables, pair: &PairId) -> Result<Vec<Standstill>, EngineError> {
    let mut found = Vec::new();
    for row in Rows::of(tables, SAID, Key::of(pair)) {
        found.extend(codec::decode(FORMAT, &row?.1));
    }
    Ok(found)
}

/// Puts what can be said again now in place of what could before: what still can, and what is new.
pub fn put(
    tables: &dyn Tables,
    pair: &PairId,
    still: &[Standstill],
    new: &[Standstill],
) -> Result<(), EngineError> {
    let kept: BTreeSet<Vec<u8>> = still.iter().filter_map(|it| key(pair, it)).collect();
    let mut batch = Batch::new();
    for row in Rows::of(tables, SAID, Key::of(pair)) {
        let (key, _) = row?;
        if !kept.contains(&key) {
            batch.remove(SAID, &key);
        }
    }
    for it in new {
        // What cannot be written is thought through anew.
        if let Some((key, row)) = key(pair, it).zip(codec::encode(FORMAT, it).ok()) {
            batch.put(SAID, key, row);
        }
    }
    Ok(tables.commit(batch)?)
}

fn key(pair: &PairId, it: &Standstill) -> Option<Vec<u8>> {
    let record = it.waiting.first()?;
    let key = Key::of(pair).text(record.resource.entity()).text(record.id.as_str());
    Some(key.as_ref().to_vec())
}
