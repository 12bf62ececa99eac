//! How does a group of frames become durable at the end of the last file, and may it still be written? Not
//! after a write that failed, because a sync that is tried again can report a success that never was; and
//! not once somebody else could have written.

use std::io;

use concordat_model::zoo::{self, Bug};

use crate::erasure::Spot;
use crate::mark::{self, Mark};
use crate::walk::{End, segment_name};
use crate::{Disk, LedgerError};

/// A file that has grown to this size is followed by another.
const SEGMENT_BYTES_MAX: u64 = 16 << 20;

/// The end of the ledger, open for writing.
pub(crate) struct Tail {
    /// The file that is written, and its length.
    pub(crate) segment: Option<(String, u64)>,
    pub(crate) segment_bytes_max: u64,
    /// Counts groups, to alternate the slots of the mark.
    turn: u64,
    poisoned: bool,
    /// Where the high-water mark stands.
    elsewhere: Option<Box<dyn Disk>>,
    /// Holds the lock.
    disk: Box<dyn Disk>,
}

impl Tail {
    /// Goes on at `end`, where what is torn is cut off.
    pub(crate) fn open(
        mut disk: Box<dyn Disk>,
        mut elsewhere: Option<Box<dyn Disk>>,
        end: &End,
    ) -> Result<Tail, LedgerError> {
        let place = disk.place();
        let failed = |file: &str, operation, source| LedgerError::Io {
            place: place.clone(),
            file: file.to_owned(),
            operation,
            source,
        };
        if let Some(torn) = end.torn.as_ref().filter(|_| !zoo::is_in(Bug::TornEndKept)) {
            disk.truncate(&torn.file, torn.offset)
                .and_then(|()| disk.sync(&torn.file))
                .map_err(|it| failed(&torn.file, "cut off after its last whole entry", it))?;
        }
        let newest = end.next_seq.checked_sub(1).map(|seq| Mark { seq, hash: end.head });
        let prepared = |disk: &mut dyn Disk, file| {
            mark::prepare(disk, file, newest).map_err(|it| failed(file, "written", it))
        };
        prepared(disk.as_mut(), mark::FILE)?;
        elsewhere
            .as_deref_mut()
            .map_or(Ok(()), |elsewhere| prepared(elsewhere, mark::HIGH_WATER))?;
        Ok(Tail {
            segment: end.segment.clone(),
            segment_bytes_max: SEGMENT_BYTES_MAX,
            turn: 0,
            poisoned: false,
            elsewhere,
            disk,
        })
    }

    /// Where it is written.
    pub(crate) fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    /// Whether anything may be written, as far as that is known without looking.
    pub(crate) fn is_sound(&self) -> Result<(), LedgerError> {
        match self.poisoned {
            true => Err(LedgerError::Poisoned { place: self.disk.place() }),
            false => Ok(()),
        }
    }

    /// Writes a group that ends with the entry of `mark`, of which `first` is the first, and waits until it is
    /// durable.
    pub(crate) fn write(
        &mut self,
        bytes: &[u8],
        first: u64,
        mark: Mark,
    ) -> Result<(), LedgerError> {
        self.is_still_ours()?;
        self.put(bytes, first, mark).map_err(|(file, source)| self.failed(file, "written", source))
    }

    /// Erases openings.
    pub(crate) fn wipe(&mut self, spots: &[Spot]) -> Result<(), LedgerError> {
        for spot in spots {
            spot.wipe(self.disk.as_mut())
                .map_err(|source| self.failed(spot.file.clone(), "erased", source))?;
        }
        Ok(())
    }

    fn failed(&mut self, file: String, operation: &'static str, source: io::Error) -> LedgerError {
        self.poisoned = true;
        LedgerError::Io { place: self.disk.place(), file, operation, source }
    }

    /// A process that was paused may find that another has run meanwhile, if its lock was taken from it:
    /// then nothing may be written, and so nothing sent.
    fn is_still_ours(&mut self) -> Result<(), LedgerError> {
        let ends_as_left = match &self.segment {
            Some((name, length)) => self.disk.length(name).is_ok_and(|it| it == *length),
            None => true,
        };
        match self.disk.is_held() {
            Ok(true) if ends_as_left => Ok(()),
            Ok(_) | Err(_) => {
                self.poisoned = true;
                Err(LedgerError::Lost { place: self.disk.place() })
            }
        }
    }

    /// On an error the name of the file.
    fn put(&mut self, bytes: &[u8], first: u64, mark: Mark) -> Result<(), (String, io::Error)> {
        let (name, length) = match self.segment.take() {
            Some((name, length)) if length < self.segment_bytes_max => (name, length),
            Some(_) | None => {
                let name = segment_name(first);
                let made = self.disk.create(&name).and_then(|()| self.disk.sync_dir());
                made.map_err(|source| (name.clone(), source))?;
                (name, 0)
            }
        };
        self.settle(&name, length, bytes).map_err(|source| (name.clone(), source))?;
        self.segment = Some((name, length + bytes.len() as u64));
        self.turn += 1;
        let turn = self.turn;
        mark::write(self.disk.as_mut(), mark::FILE, turn, mark)
            .map_err(|source| (mark::FILE.to_owned(), source))?;
        match &mut self.elsewhere {
            None => Ok(()),
            Some(elsewhere) => mark::write(elsewhere.as_mut(), mark::HIGH_WATER, turn, mark)
                .map_err(|source| (mark::HIGH_WATER.to_owned(), source)),
        }
    }

    /// Writes at the end of a file, and waits until that is durable.
    fn settle(&mut self, name: &str, end: u64, bytes: &[u8]) -> io::Result<()> {
        if zoo::is_in(Bug::SyncedLater) {
            return self.disk.sync(name).and_then(|()| self.disk.write(name, end, bytes));
        }
        self.disk.write(name, end, bytes)?;
        if zoo::is_in(Bug::SyncSkipped) {
            return Ok(());
        }
        match self.disk.sync(name) {
            Err(_) if zoo::is_in(Bug::SyncErrorIgnored) => Ok(()),
            synced => synced,
        }
    }
}
