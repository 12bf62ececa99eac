//! Is this the newest ledger there was? What stands elsewhere of its end tells: the store's checkpoint, and
//! its high-water mark. A ledger that has not that entry is an old backup, or another one.

use crate::mark::{self, Mark};
use crate::walk::End;
use crate::{Disk, Hash, LedgerError};

/// An entry that was durable once.
pub(crate) struct Witness {
    by: &'static str,
    mark: Mark,
    is_met: bool,
}

impl Witness {
    /// `by` knows of the entry.
    pub(crate) fn of(by: &'static str, mark: Mark) -> Witness {
        Witness { by, mark, is_met: false }
    }

    /// The ledger has this entry.
    pub(crate) fn meet(&mut self, seq: u64, hash: Hash) {
        self.is_met |= self.mark == Mark { seq, hash };
    }

    /// After all entries were met.
    ///
    /// # Errors
    /// That the ledger has not the one that is known.
    pub(crate) fn agrees(&self, disk: &dyn Disk, end: &End) -> Result<(), LedgerError> {
        if self.is_met {
            return Ok(());
        }
        let says = match end.next_seq.checked_sub(1) {
            None => "is empty".to_owned(),
            Some(last) if last < self.mark.seq => format!("ends with entry {last}"),
            Some(_) => "holds another one in its place".to_owned(),
        };
        Err(LedgerError::Older { place: disk.place(), by: self.by, known: self.mark.seq, says })
    }
}

/// What the high-water mark knows.
pub(crate) fn at_high_water(elsewhere: &dyn Disk) -> Result<Option<Witness>, LedgerError> {
    let known = mark::read(elsewhere, mark::HIGH_WATER).map_err(|source| LedgerError::Io {
        place: elsewhere.place(),
        file: mark::HIGH_WATER.to_owned(),
        operation: "read",
        source,
    })?;
    Ok(known.map(|mark| Witness::of("its high-water mark", mark)))
}
