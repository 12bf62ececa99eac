//! Is this the ledger that was written, and where does it end? One walk over all frames, which
//! opening, reading and verifying share. It only looks; what to do about a torn end is up to them.

use std::io;

use concordat_model::zoo::{self, Bug};

use crate::frame::{self, Bad, Frame, State};
use crate::mark::{self, Mark};
use crate::{Disk, Hash, LedgerError};

const SEGMENT_SUFFIX: &str = ".frames";

/// The end of a file that was being written when the machine stopped. No entry in it was confirmed
/// to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub file: String,
    /// Where the torn part begins.
    pub offset: u64,
    /// How long it is.
    pub bytes: u64,
}

/// Where the ledger ends.
pub(crate) struct End {
    pub next_seq: u64,
    /// The hash of the last leaf.
    pub head: Hash,
    /// The last epoch; 0 before the first.
    pub epoch: u64,
    /// The last file, and how much of it is good.
    pub segment: Option<(String, u64)>,
    pub torn: Option<Torn>,
}

/// The name of the file whose first entry is `seq`.
pub(crate) fn segment_name(seq: u64) -> String {
    format!("{seq:020}{SEGMENT_SUFFIX}")
}

/// Makes durable what the last file holds.
pub(crate) fn sync_last(disk: &mut dyn Disk) -> Result<(), LedgerError> {
    let place = disk.place();
    let failed = |file: &str, source| LedgerError::Io {
        place: place.clone(),
        file: file.to_owned(),
        operation: "made durable",
        source,
    };
    let names = disk.list().map_err(|source| failed("the directory", source))?;
    match names.into_iter().filter(|name| name.ends_with(SEGMENT_SUFFIX)).max() {
        Some(last) => disk.sync(&last).map_err(|source| failed(&last, source)),
        None => Ok(()),
    }
}

/// Visits every frame, with its file and offset, after it was checked against the chain.
pub(crate) fn walk(
    disk: &dyn Disk,
    visit: &mut dyn FnMut(Frame, &str, u64) -> Result<(), LedgerError>,
) -> Result<End, LedgerError> {
    let failed = |file: &str, source: io::Error| LedgerError::Io {
        place: disk.place(),
        file: file.to_owned(),
        operation: "read",
        source,
    };
    // Before the frames: a writer may be at work, and what is durable now is durable later.
    let mark = mark::read(disk, mark::FILE).map_err(|source| failed(mark::FILE, source))?;
    let mut segments = disk.list().map_err(|source| failed("the directory", source))?;
    segments.retain(|name| name.ends_with(SEGMENT_SUFFIX));
    segments.sort();

    let mut end = End { next_seq: 0, head: Hash::NONE, epoch: 0, segment: None, torn: None };
    for (index, name) in segments.iter().enumerate() {
        let bytes = disk.read(name).map_err(|source| failed(name, source))?;
        if *name != segment_name(end.next_seq) {
            return Err(corrupt(disk, name, 0, end.next_seq, "the file before it is missing"));
        }
        let good = walk_segment(disk, name, &bytes, mark, &mut end, visit)?;
        if good < bytes.len() && index + 1 < segments.len() {
            let says = "the frame is bad, and later files follow";
            return Err(corrupt(disk, name, good, end.next_seq, says));
        }
        end.segment = Some((name.clone(), good as u64));
    }
    match mark {
        Some(mark) if mark.seq >= end.next_seq && !zoo::is_in(Bug::MarkIgnored) => {
            let (file, offset) = end.segment.unwrap_or_else(|| (segment_name(0), 0));
            let says = format!("the ledger ends here, but entry {} was durable", mark.seq);
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            Err(corrupt(disk, &file, offset, end.next_seq, &says))
        }
        Some(_) | None => Ok(end),
    }
}

/// Walks one file and answers how much of it is good.
fn walk_segment(
    disk: &dyn Disk,
    name: &str,
    bytes: &[u8],
    mark: Option<Mark>,
    end: &mut End,
    visit: &mut dyn FnMut(Frame, &str, u64) -> Result<(), LedgerError>,
) -> Result<usize, LedgerError> {
    let mut at = 0;
    while at < bytes.len() {
        let broken = |says: &str, seq: u64| corrupt(disk, name, at, seq, says);
        let frame = match frame::parse(&bytes[at..]) {
            Ok(frame) => frame,
            Err(Bad::Newer(found)) => {
                return Err(LedgerError::Newer {
                    place: disk.place(),
                    file: name.to_owned(),
                    found,
                    supported: frame::FORMAT,
                });
            }
            Err(Bad::Damaged(_)) if is_torn(bytes, at, end.next_seq) => {
                end.torn = Some(Torn {
                    file: name.to_owned(),
                    offset: at as u64,
                    bytes: (bytes.len() - at) as u64,
                });
                return Ok(at);
            }
            Err(Bad::Damaged(says)) => return Err(broken(says, end.next_seq)),
        };
        if frame.leaf.seq != end.next_seq {
            return Err(broken("another entry stands in its place", end.next_seq));
        }
        if frame.leaf.prev != end.head {
            return Err(broken("it does not follow from the entry before it", end.next_seq));
        }
        if frame.leaf.epoch < end.epoch {
            return Err(broken("its epoch is over", end.next_seq));
        }
        match &frame.opening {
            State::Whole { opening, .. } if opening.entry.seq != frame.leaf.seq => {
                return Err(broken("its opening is of another entry", end.next_seq));
            }
            State::Whole { .. } | State::Erased { .. } => {}
        }
        if mark.is_some_and(|it| it.seq == end.next_seq && it.hash != frame.leaf_hash) {
            return Err(broken("another entry was durable in its place", end.next_seq));
        }
        end.next_seq += 1;
        end.head = frame.leaf_hash;
        end.epoch = frame.leaf.epoch;
        let length = frame.bytes;
        visit(frame, name, at as u64)?;
        at += length;
    }
    Ok(at)
}

/// Whether the bad frame at `at`, where entry `seq` belongs, was torn while it was written: nothing
/// good follows, or only frames of the same unconfirmed write, whose pieces may have reached the disk
/// in any order. A good frame of a later write means that this one was confirmed, and then rotted.
fn is_torn(bytes: &[u8], at: usize, seq: u64) -> bool {
    if zoo::is_in(Bug::RotCutOff) {
        return true;
    }
    let mut from = at + 1;
    while let Some((begin, frame)) = frame::find(bytes, from) {
        let same_write = frame.leaf.seq.saturating_sub(u64::from(frame.place)) <= seq;
        if !same_write {
            return false;
        }
        from = begin + frame.bytes;
    }
    true
}

pub(crate) fn corrupt(
    disk: &dyn Disk,
    file: &str,
    offset: usize,
    seq: u64,
    says: &str,
) -> LedgerError {
    LedgerError::Corrupt {
        place: disk.place(),
        file: file.to_owned(),
        offset: offset as u64,
        seq,
        says: says.to_owned(),
    }
}
