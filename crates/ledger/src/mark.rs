//! How far was the ledger durable? A small file beside the frames names the last entry that a sync
//! confirmed, so that a frame which rots after it was durable is not taken for one that was torn
//! while it was written.
//!
//! The mark is written after every sync and not synced itself: after a loss of power it may name an
//! earlier entry (a weaker check), never a later one. Two slots take turns, so that a torn mark
//! leaves the one before it.
//!
//! Its copy in another directory, if there is one, is the high-water mark: a backup that is put in
//! the ledger's place does not bring that back.

use std::io;

use crate::hash::checksum;
use crate::{Disk, Hash};

pub(crate) const FILE: &str = "durable";
/// Its copy elsewhere.
pub(crate) const HIGH_WATER: &str = "high-water";
/// The slots lie in different sectors.
const SLOT_BYTES: u64 = 512;
const SLOTS: u64 = 2;

/// The last entry known to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub seq: u64,
    pub hash: Hash,
}

/// The newest mark in `file`, if there is a readable one.
pub(crate) fn read(disk: &dyn Disk, file: &str) -> io::Result<Option<Mark>> {
    let bytes = match disk.read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let slots = bytes.chunks(usize::try_from(SLOT_BYTES).unwrap_or(usize::MAX));
    Ok(slots.filter_map(decode).max_by_key(|mark| mark.seq))
}

/// Notes `mark`. Groups of entries alternate between the slots by `turn`.
pub(crate) fn write(disk: &mut dyn Disk, file: &str, turn: u64, mark: Mark) -> io::Result<()> {
    let mut bytes = mark.seq.to_be_bytes().to_vec();
    bytes.extend_from_slice(mark.hash.as_bytes());
    let sum = checksum(&[&bytes]);
    bytes.extend_from_slice(&sum);
    disk.write(file, turn % SLOTS * SLOT_BYTES, &bytes)
}

/// Makes the file if need be, and makes it durable that all up to `newest` is.
pub(crate) fn prepare(disk: &mut dyn Disk, file: &str, newest: Option<Mark>) -> io::Result<()> {
    if !disk.list()?.iter().any(|name| name == file) {
        disk.create(file)?;
        disk.sync_dir()?;
    }
    // Neither slot may know more: what is lost when an old backup is adopted stays lost.
    let Some(newest) = newest else {
        disk.truncate(file, 0)?;
        return disk.sync(file);
    };
    for turn in 0..SLOTS {
        write(disk, file, turn, newest)?;
        disk.sync(file)?;
    }
    Ok(())
}

fn decode(slot: &[u8]) -> Option<Mark> {
    let (body, sum) = (slot.get(..40)?, slot.get(40..48)?);
    if sum != checksum(&[body]) {
        return None;
    }
    let seq = u64::from_be_bytes(body[..8].try_into().ok()?);
    Some(Mark { seq, hash: Hash::from_bytes(body[8..].try_into().ok()?) })
}
