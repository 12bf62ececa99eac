//! What happened? The ledger as readers and auditors see it, without taking it from a writer.

use std::collections::BTreeMap;
use std::path::Path;

use concordat_model::{Entry, PairId};

use crate::frame::State;
use crate::walk::{self, corrupt};
use crate::{Disk, Hash, Leaf, LedgerError, Opening, OsDisk, Standing, Torn};

/// Every entry, in memory, with the chain checked.
pub struct History {
    recorded: Vec<Recorded>,
    torn: Option<Torn>,
}

/// One entry as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The part that stays.
    pub leaf: Leaf,
    /// The leaf's hash.
    pub leaf_hash: Hash,
    /// The part with the values; nothing: it was erased.
    pub opening: Option<Opening>,
}

impl Recorded {
    /// The entry; nothing: it was erased.
    pub fn entry(&self) -> Option<&Entry> {
        self.opening.as_ref().map(|opening| &opening.entry)
    }
}

impl History {
    /// Reads a ledger on any disk.
    pub fn read_on(disk: &dyn Disk) -> Result<History, LedgerError> {
        let mut recorded = Vec::new();
        let end = walk::walk(disk, &mut |frame, _, _| {
            let opening = match frame.opening {
                State::Whole { opening, .. } => Some(*opening),
                State::Erased { .. } => None,
            };
            let (leaf, leaf_hash) = (frame.leaf, frame.leaf_hash);
            recorded.push(Recorded { leaf, leaf_hash, opening });
            Ok(())
        })?;
        Ok(History { recorded, torn: end.torn })
    }

    /// Every entry of every pair, in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Recorded> {
        self.recorded.iter()
    }

    /// What the entries of `pair` add up to. Erased ones are skipped.
    pub fn standing(&self, pair: &PairId) -> Standing {
        let mut standing = Standing::default();
        self.recorded
            .iter()
            .filter_map(Recorded::entry)
            .filter(|entry| entry.pair == *pair)
            .for_each(|entry| standing.apply(entry));
        standing
    }

    /// A half-written end: of a crash that the next opening cuts off, or of a writer at work.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }
}

impl Standing {
    /// What the entries of `pair` in the ledger in `dir` add up to, without taking it, and without
    /// holding the entries. A directory that is not there is an empty ledger.
    pub fn read(dir: &Path, pair: &PairId) -> Result<Standing, LedgerError> {
        let mut standing = Standing::default();
        walk::walk(&OsDisk::existing(dir), &mut |frame, _, _| {
            match &frame.opening {
                State::Whole { opening, .. } if opening.entry.pair == *pair => {
                    standing.apply(&opening.entry);
                }
                State::Whole { .. } | State::Erased { .. } => {}
            }
            Ok(())
        })?;
        Ok(standing)
    }
}

/// What was verified. That there is one means that nothing is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many entries there are, from 0 without gaps.
    pub entries: u64,
    /// The last one.
    pub last_seq: Option<u64>,
    /// The hash of its leaf. Whoever knows it can tell whether the ledger was rewritten.
    pub head: Option<Hash>,
    /// How many openings were erased.
    pub erased: u64,
    /// How many openings are whole and unchanged, but flagged neither whole nor erased: an erasure
    /// was interrupted before it began, or the flag was damaged. Nothing is lost.
    pub flags_unclear: u64,
    /// How often the ledger was opened for writing.
    pub epochs: u64,
    /// How many entries each pair has.
    pub pairs: BTreeMap<PairId, u64>,
    /// A half-written end, which belongs to no entry.
    pub torn: Option<Torn>,
}

/// Checks the ledger in `dir`: checksums, chain, the durable mark, and that every leaf follows from
/// its opening.
pub fn verify(dir: &Path) -> Result<Verification, LedgerError> {
    verify_on(&OsDisk::existing(dir))
}

/// As [`verify`], on any disk.
pub fn verify_on(disk: &dyn Disk) -> Result<Verification, LedgerError> {
    let mut verified = Verification::default();
    let end = walk::walk(disk, &mut |frame, file, offset| {
        match &frame.opening {
            State::Erased { .. } => verified.erased += 1,
            State::Whole { opening, flagged } => {
                if Leaf::of(opening, frame.leaf.opening, frame.leaf.prev) != frame.leaf {
                    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                    let says = "its leaf does not say what its opening says";
                    return Err(corrupt(disk, file, offset, frame.leaf.seq, says));
                }
                verified.flags_unclear += u64::from(!flagged);
            }
        }
        *verified.pairs.entry(frame.leaf.pair.clone()).or_default() += 1;
        verified.entries += 1;
        Ok(())
    })?;
    verified.last_seq = end.next_seq.checked_sub(1);
    verified.head = verified.last_seq.map(|_| end.head);
    verified.epochs = end.epoch;
    verified.torn = end.torn;
    Ok(verified)
}
