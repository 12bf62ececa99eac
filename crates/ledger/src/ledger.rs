//! How is an event made durable? [`Ledger`] is the only writer: one process at a time, one group of
//! entries at a time, and after the first failed write none at all, because a sync that is tried
//! again can report a success that never was.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;

use concordat_model::{
    Agreements, Entry, Event, Fingerprint, IntentId, PairId, RunId, StepId, Time,
};
use concordat_store::{CodecError, codec};

use crate::frame::{self, ERASED, FORMAT, Frame, LEAF_BYTES_MAX, State};
use crate::mark::{self, Mark};
use crate::walk::{self, segment_name};
use crate::{Disk, Hash, History, Leaf, LedgerError, OpenIntent, Opening, OsDisk, Standing, Torn};

/// Makes 32 bytes that nobody can guess, new ones each time.
pub type SaltSource = Box<dyn FnMut() -> [u8; 32] + Send>;

/// A file that has grown to this size is followed by another.
const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// The ledger, open for writing and held against every other process.
pub struct Ledger {
    disk: Box<dyn Disk>,
    pair: PairId,
    salt: SaltSource,
    epoch: u64,
    next_seq: u64,
    head: Hash,
    /// The file that is written, and its length.
    segment: Option<(String, u64)>,
    segment_bytes_max: u64,
    /// Counts groups, to alternate the slots of the mark.
    turn: u64,
    standing: Standing,
    torn: Option<Torn>,
    poisoned: bool,
}

impl Ledger {
    /// Opens the ledger in `dir` for one pair and begins an epoch. `now` and `version` are for the
    /// entry that says so.
    pub fn open(
        dir: &Path,
        pair: PairId,
        now: Time,
        version: &str,
        salt: SaltSource,
    ) -> Result<Ledger, LedgerError> {
        let disk = OsDisk::create(dir).map_err(|source| LedgerError::Io {
            place: dir.display().to_string(),
            file: "the directory".to_owned(),
            operation: "created",
            source,
        })?;
        Ledger::open_on(Box::new(disk), pair, now, version, salt)
    }

    /// As [`Ledger::open`], on any disk.
    pub fn open_on(
        mut disk: Box<dyn Disk>,
        pair: PairId,
        now: Time,
        version: &str,
        salt: SaltSource,
    ) -> Result<Ledger, LedgerError> {
        let place = disk.place();
        let failed = |file: &str, operation, source| LedgerError::Io {
            place: place.clone(),
            file: file.to_owned(),
            operation,
            source,
        };
        disk.lock(&holder(now, version))
            .map_err(|source| failed("lock", "taken", source))?
            .map_err(|holder| LedgerError::Locked { place: disk.place(), holder })?;

        let mut standing = Standing::default();
        let mut half_erased = Vec::new();
        let end = walk::walk(disk.as_ref(), &mut |frame, file, offset| {
            match &frame.opening {
                State::Whole { opening, .. } if opening.entry.pair == pair => {
                    standing.apply(&opening.entry);
                }
                State::Whole { .. } | State::Erased { wiped: true } => {}
                State::Erased { wiped: false } => half_erased.push(Spot::of(&frame, file, offset)),
            }
            Ok(())
        })?;
        if let Some(Torn { file, offset, .. }) = &end.torn {
            disk.truncate(file, *offset)
                .and_then(|()| disk.sync(file))
                .map_err(|source| failed(file, "cut off after its last whole entry", source))?;
        }
        for spot in &half_erased {
            spot.wipe(disk.as_mut()).map_err(|source| failed(&spot.file, "erased", source))?;
        }
        prepare_mark(disk.as_mut(), end.next_seq, end.head)
            .map_err(|source| failed(mark::FILE, "written", source))?;
        let mut ledger = Ledger {
            disk,
            pair,
            salt,
            epoch: end.epoch + 1,
            next_seq: end.next_seq,
            head: end.head,
            segment: end.segment,
            segment_bytes_max: SEGMENT_BYTES_MAX,
            turn: 0,
            standing,
            torn: end.torn,
            poisoned: false,
        };
        ledger.append(now, None, Event::Opened { version: version.to_owned() })?;
        Ok(ledger)
    }

    /// Reads the ledger in `dir` without taking it. A directory that is not there is an empty ledger.
    pub fn read(dir: &Path) -> Result<History, LedgerError> {
        History::read_on(&OsDisk::existing(dir))
    }

    /// Appends one event. It is durable when this returns, and only then.
    pub fn append(
        &mut self,
        at: Time,
        run: Option<&RunId>,
        event: Event,
    ) -> Result<u64, LedgerError> {
        Ok(self.append_all(at, run, vec![event])?.start)
    }

    /// Appends several events with one sync. After a crash a beginning of them may be there.
    pub fn append_all(
        &mut self,
        at: Time,
        run: Option<&RunId>,
        events: Vec<Event>,
    ) -> Result<Range<u64>, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned { place: self.disk.place() });
        }
        let begin = self.next_seq;
        let mut bytes = Vec::new();
        let mut head = self.head;
        let mut entries = Vec::with_capacity(events.len());
        for (event, place) in events.into_iter().zip(0_u32..) {
            let entry = Entry {
                seq: begin + u64::from(place),
                epoch: self.epoch,
                at,
                pair: self.pair.clone(),
                run: run.cloned(),
                event,
            };
            let opening = Opening { salt: (self.salt)(), entry };
            let (leaf, opening_bytes) = self.encode(&opening, head)?;
            head = Hash::of_leaf(&leaf);
            bytes.extend_from_slice(&frame::encode(&leaf, &opening_bytes, place));
            entries.push(opening.entry);
        }
        let Some(last) = entries.last() else {
            return Ok(begin..begin);
        };
        let mark = Mark { seq: last.seq, hash: head };
        if let Err((file, source)) = self.write(&bytes, mark) {
            self.poisoned = true;
            let place = self.disk.place();
            return Err(LedgerError::Io { place, file, operation: "written", source });
        }
        self.head = head;
        self.next_seq = mark.seq + 1;
        for entry in &entries {
            self.standing.apply(entry);
        }
        Ok(begin..self.next_seq)
    }

    /// Erases the openings of some entries for good: what they said can neither be read nor guessed
    /// afterwards, and the chain still verifies. The replay of this process still holds what they
    /// said; the next one does not. Answers how many were there to be erased.
    pub fn erase(&mut self, entries: &BTreeSet<u64>) -> Result<u64, LedgerError> {
        if self.poisoned {
            return Err(LedgerError::Poisoned { place: self.disk.place() });
        }
        let mut spots = Vec::new();
        walk::walk(self.disk.as_ref(), &mut |frame, file, offset| {
            let whole = match &frame.opening {
                State::Whole { .. } => true,
                State::Erased { .. } => false,
            };
            if whole && entries.contains(&frame.leaf.seq) {
                spots.push(Spot::of(&frame, file, offset));
            }
            Ok(())
        })?;
        for spot in &spots {
            if let Err(source) = spot.wipe(self.disk.as_mut()) {
                self.poisoned = true;
                let (place, file) = (self.disk.place(), spot.file.clone());
                return Err(LedgerError::Io { place, file, operation: "erased", source });
            }
        }
        Ok(spots.len() as u64)
    }

    /// What this pair's entries add up to.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Everything agreed, decided and learned so far by this pair.
    pub fn agreements(&self) -> &Agreements {
        &self.standing.agreements
    }

    /// The intents of this pair of which it is not known what became of them.
    pub fn open_intents(&self) -> impl Iterator<Item = (&IntentId, &OpenIntent)> {
        self.standing.intents.iter()
    }

    /// Whether a plan with this fingerprint was saved for review.
    pub fn planned(&self, plan: &Fingerprint) -> bool {
        self.standing.planned.contains(plan)
    }

    /// Whether `step` of a saved plan was written and verified in an earlier run.
    pub fn is_finished(&self, plan: &Fingerprint, step: &StepId) -> bool {
        self.standing.is_finished(plan, step)
    }

    /// The number of this opening, from 1.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What a crash left half written and opening has cut off.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    fn encode(&self, opening: &Opening, prev: Hash) -> Result<(Vec<u8>, Vec<u8>), LedgerError> {
        let seq = opening.entry.seq;
        let codec =
            |source: CodecError| LedgerError::Codec { place: self.disk.place(), seq, source };
        let opening_bytes = codec::encode(FORMAT, opening).map_err(codec)?;
        let leaf = Leaf::of(opening, Hash::of_opening(&opening_bytes), prev);
        let leaf_bytes = codec::encode(FORMAT, &leaf).map_err(codec)?;
        if leaf_bytes.len() > LEAF_BYTES_MAX {
            return Err(LedgerError::TooLarge {
                kind: leaf.kind.name(),
                bytes: leaf_bytes.len(),
                bytes_max: LEAF_BYTES_MAX,
            });
        }
        Ok((leaf_bytes, opening_bytes))
    }

    /// Writes a group and waits until it is durable. On an error the name of the file.
    fn write(&mut self, bytes: &[u8], mark: Mark) -> Result<(), (String, io::Error)> {
        let (name, length) = match self.segment.take() {
            Some((name, length)) if length < self.segment_bytes_max => (name, length),
            Some(_) | None => {
                let name = segment_name(self.next_seq);
                let made = self.disk.create(&name).and_then(|()| self.disk.sync_dir());
                made.map_err(|source| (name.clone(), source))?;
                (name, 0)
            }
        };
        let written = self.disk.write(&name, length, bytes).and_then(|()| self.disk.sync(&name));
        written.map_err(|source| (name.clone(), source))?;
        self.segment = Some((name, length + bytes.len() as u64));
        self.turn += 1;
        mark::write(self.disk.as_mut(), self.turn, mark)
            .map_err(|source| (mark::FILE.to_owned(), source))
    }
}

/// Where an opening lies.
struct Spot {
    file: String,
    flag_at: u64,
    opening_bytes: usize,
}

impl Spot {
    fn of(frame: &Frame, file: &str, offset: u64) -> Spot {
        Spot {
            file: file.to_owned(),
            flag_at: offset + frame.flag_at,
            opening_bytes: frame::opening_bytes(frame),
        }
    }

    /// Flags the opening as erased, then overwrites it. In this order, each durable before the next:
    /// an opening that is overwritten but not flagged would look like damage.
    fn wipe(&self, disk: &mut dyn Disk) -> io::Result<()> {
        disk.write(&self.file, self.flag_at, &ERASED)?;
        disk.sync(&self.file)?;
        let opening_at = self.flag_at + ERASED.len() as u64;
        disk.write(&self.file, opening_at, &vec![0; self.opening_bytes])?;
        disk.sync(&self.file)
    }
}

/// Makes the mark's file if need be, and makes it durable for all that is there already.
fn prepare_mark(disk: &mut dyn Disk, next_seq: u64, head: Hash) -> io::Result<()> {
    if !disk.list()?.iter().any(|name| name == mark::FILE) {
        disk.create(mark::FILE)?;
        disk.sync_dir()?;
    }
    if let Some(seq) = next_seq.checked_sub(1) {
        mark::write(disk, 0, Mark { seq, hash: head })?;
    }
    disk.sync(mark::FILE)
}

/// What a second process is told about this one.
fn holder(now: Time, version: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("this machine", str::trim);
    let pid = std::process::id();
    format!("concordat {version}, process {pid} on {host}, since {}", now.to_rfc3339())
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
