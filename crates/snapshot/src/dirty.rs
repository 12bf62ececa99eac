//! Which records moved since a plan last looked at them? Marked in the same commit as the record itself,
//! so that no crash can hide one.
//!
//! A plan that looked under other conditions, with another mapping for instance, counts for nothing.

use std::collections::BTreeSet;

use concordat_model::{Fingerprint, PairId, RecordKey, Time};
use concordat_store::{Batch, Key, Rows, Tables};
use serde::{Deserialize, Serialize};

use crate::SnapshotError;
use crate::place::{DIRTY, LOOKED, encode, get, rows};

/// When a plan last looked at everything, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// What, besides the records and what was agreed, plans depended on.
    pub conditions: Fingerprint,
    /// When, in our clock.
    pub at: Time,
}

/// The records of both sides that moved since they were last planned for.
///
/// # Errors
/// If the mirror cannot be read.
pub fn dirty(tables: &dyn Tables, pair: &PairId) -> Result<BTreeSet<RecordKey>, SnapshotError> {
    rows(tables, DIRTY, &Key::of(pair), "moves").collect()
}

/// When a plan last looked at everything; nothing: none ever did, or the mirror is new.
///
/// # Errors
/// If the mirror cannot be read.
pub fn looked(tables: &dyn Tables, pair: &PairId) -> Result<Option<Looked>, SnapshotError> {
    get(tables, LOOKED, &Key::of(pair), "plans")
}

/// Takes the marks from the records that moved: a plan looked at them. `everything`: it looked at all there
/// are, too.
///
/// # Errors
/// If the mirror cannot be written.
pub fn clean(
    tables: &dyn Tables,
    pair: &PairId,
    everything: Option<&Looked>,
) -> Result<(), SnapshotError> {
    let mut batch = Batch::new();
    for row in Rows::of(tables, DIRTY, Key::of(pair)) {
        batch.remove(DIRTY, row?.0);
    }
    if let Some(looked) = everything {
        batch.put(LOOKED, Key::of(pair), encode(looked, "plans")?);
    }
    tables.commit(batch)?;
    Ok(())
}
