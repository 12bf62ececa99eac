//! How does an event become an entry? [`Ledger`] is the only writer: one process at a time, one group of
//! entries at a time. An entry counts once it is durable (`tail`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Agreements, Entry, Event, Fingerprint, IntentId, Link, LinkId, MappingName, PairId, RecordKey,
    RunId, Side, Step, StepId, Time,
};
use concordat_store::{Batch, CodecError, Tables, codec};

use crate::erasure::Spot;
use crate::frame::{self, FORMAT, LEAF_BYTES_MAX, State};
use crate::mark::Mark;
use crate::projection::Projection;
use crate::tail::Tail;
use crate::walk;
use crate::witness::{self, Witness};
use crate::{
    Dirty, Disk, Hash, History, Leaf, LedgerError, OpenIntent, Opening, OsDisk, Standing, Taken,
    Torn, Touched,
};

/// Makes 32 bytes that nobody can guess, new ones each time.
pub type SaltSource = Box<dyn FnMut() -> [u8; 32] + Send>;

/// The ledger, open for writing and held against every other process.
pub struct Ledger {
    pair: PairId,
    salt: SaltSource,
    epoch: u64,
    next_seq: u64,
    head: Hash,
    projection: Projection,
    torn: Option<Torn>,
    /// Last: others are kept out until the store is closed as well.
    tail: Tail,
}

impl Ledger {
    /// Opens the ledger in `dir` for one pair and begins an epoch. `now` and `version` are for the
    /// entry that says so. What the entries add up to is kept in `tables`, and is never only there.
    pub fn open(
        dir: &Path,
        pair: PairId,
        now: Time,
        version: &str,
        salt: SaltSource,
        tables: Arc<dyn Tables>,
    ) -> Result<Ledger, LedgerError> {
        Taken::take(dir, now, version)?.open(pair, salt, tables)
    }

    /// As [`Ledger::open`], on any disk.
    pub fn open_on(
        disk: Box<dyn Disk>,
        pair: PairId,
        now: Time,
        version: &str,
        salt: SaltSource,
        tables: Arc<dyn Tables>,
    ) -> Result<Ledger, LedgerError> {
        Taken::take_on(disk, now, version)?.open(pair, salt, tables)
    }

    pub(crate) fn of(
        taken: Taken,
        pair: PairId,
        salt: SaltSource,
        tables: Arc<dyn Tables>,
    ) -> Result<Ledger, LedgerError> {
        let Taken { mut disk, elsewhere, is_adopted, now, version } = taken;
        // The last process may have been killed before its sync. What is projected is durable.
        walk::sync_last(disk.as_mut())?;
        let mut projection = Projection::open(tables, pair.clone(), &version)?;
        let high_water = elsewhere.as_deref().map(witness::at_high_water).transpose()?.flatten();
        let mut witnesses: Vec<Witness> = match is_adopted {
            true => Vec::new(),
            false => projection.witness().into_iter().chain(high_water).collect(),
        };
        let (end, half_erased) = projection.catch_up(disk.as_ref(), &mut witnesses)?;
        let mut tail = Tail::open(disk, elsewhere, &end)?;
        tail.wipe(&half_erased)?;
        let mut ledger = Ledger {
            pair,
            salt,
            epoch: end.epoch + u64::from(!zoo::is_in(Bug::EpochRepeated)),
            next_seq: end.next_seq,
            head: end.head,
            projection,
            torn: end.torn,
            tail,
        };
        if ledger.projection.is_ahead() {
            ledger.checkpoint()?;
        }
        ledger.append(now, None, Event::Opened { version })?;
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
        self.tail.is_sound()?;
        self.projection.make_room()?;
        events.iter().try_for_each(|event| self.projection.fetch(event))?;
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
        self.tail.write(&bytes, begin, mark)?;
        self.head = head;
        self.next_seq = mark.seq + 1;
        for entry in &entries {
            self.projection.add(entry);
        }
        self.projection.stands_at(mark.seq, head);
        Ok(begin..self.next_seq)
    }

    /// Erases the openings of some entries for good: what they said can neither be read nor guessed
    /// afterwards, and the chain still verifies. What the entries add up to is made anew without them;
    /// the files of the store may hold old rows until the store itself tidies them up, so whoever needs
    /// certainty deletes the store, which costs nothing. Answers how many were there to be erased.
    pub fn erase(&mut self, entries: &BTreeSet<u64>) -> Result<u64, LedgerError> {
        self.tail.is_sound()?;
        let mut spots = Vec::new();
        walk::walk(self.tail.disk(), &mut |frame, file, offset| {
            let whole = match &frame.opening {
                State::Whole { .. } => true,
                State::Erased { .. } => false,
            };
            if whole && entries.contains(&frame.leaf.seq) {
                spots.push(Spot::of(&frame, file, offset));
            }
            Ok(())
        })?;
        self.tail.wipe(&spots)?;
        if !spots.is_empty() {
            self.projection.forget()?;
            self.projection.catch_up(self.tail.disk(), &mut [])?;
            self.checkpoint()?;
        }
        Ok(spots.len() as u64)
    }

    /// Puts what the entries add up to into the store: the next opening replays only what comes after.
    /// Without, it replays more, and nothing is lost.
    pub fn checkpoint(&mut self) -> Result<(), LedgerError> {
        self.projection.checkpoint(Batch::new())
    }

    /// The pair it is of.
    pub fn pair(&self) -> &PairId {
        &self.pair
    }

    /// The link of that name; nothing: there is none.
    pub fn link(&self, id: &LinkId) -> Result<Option<Link>, LedgerError> {
        self.projection.link(id)
    }

    /// Every link of every mapping that `record` is in, by name.
    pub fn links_of(&self, record: &RecordKey) -> Result<Vec<Link>, LedgerError> {
        self.projection.links_of(record)
    }

    /// Every link, one by one, in no order that means anything.
    pub fn links(&self) -> impl Iterator<Item = Result<Link, LedgerError>> {
        self.projection.links()
    }

    /// When a person said to go on from a backup, until both sides agreed on everything again.
    pub fn adopted(&self) -> Option<Time> {
        self.projection.standing().agreements.adopted
    }

    /// Everything agreed, decided and learned so far by this pair, with these links and no others.
    pub fn agreements(&self, links: BTreeMap<LinkId, Link>) -> Agreements {
        Agreements { links, ..self.projection.standing().agreements.clone() }
    }

    /// Everything agreed, decided and learned so far by this pair, with every link: in memory.
    pub fn all_agreements(&self) -> Result<Agreements, LedgerError> {
        let links = self.links().map(|link| link.map(|link| (link.id.clone(), link)));
        Ok(self.agreements(links.collect::<Result<_, _>>()?))
    }

    /// What this pair's entries add up to, with every link: in memory.
    pub fn standing(&self) -> Result<Standing, LedgerError> {
        let agreements = self.all_agreements()?;
        Ok(Standing { agreements, ..self.projection.standing().clone() })
    }

    /// Which links and records may have to be planned anew.
    pub fn dirty(&self) -> Result<Dirty, LedgerError> {
        self.projection.dirty()
    }

    /// Counts `looked` as planned: by a plan that knew all entries up to `position` and is done with
    /// all of it but `open`. What later entries touched stays dirty.
    pub fn clean(
        &mut self,
        looked: &Dirty,
        open: Touched,
        position: u64,
    ) -> Result<(), LedgerError> {
        self.projection.clean(looked, open, position)
    }

    /// The newest entry.
    pub fn position(&self) -> u64 {
        self.next_seq.saturating_sub(1)
    }

    /// Whether a person allowed the first agreement of all of `mappings` under `rules`, or it was
    /// carried through already.
    pub fn allows_first(&self, mappings: &BTreeSet<MappingName>, rules: &Fingerprint) -> bool {
        self.projection.standing().agreements.allows_first(mappings, rules)
    }

    /// The intents of this pair of which it is not known what became of them.
    pub fn open_intents(&self) -> impl Iterator<Item = (&IntentId, &OpenIntent)> {
        self.projection.standing().intents.iter()
    }

    /// Links with a write of which it is not known whether it arrived, and the side it was for.
    pub fn in_doubt(&self) -> BTreeMap<LinkId, Side> {
        self.projection.standing().in_doubt()
    }

    /// Shows every step that was ever intended, and answers whether these are all: not if entries were erased.
    /// Reads the whole ledger.
    pub fn intended(&self, see: &mut dyn FnMut(&Step)) -> Result<bool, LedgerError> {
        let mut are_all = true;
        walk::walk(self.tail.disk(), &mut |frame, _, _| {
            match frame.opening {
                State::Whole { opening, .. } => {
                    if let Event::Intended { step, .. } = &opening.entry.event {
                        see(step);
                    }
                }
                State::Erased { .. } => are_all = false,
            }
            Ok(())
        })?;
        Ok(are_all)
    }

    /// Whether a plan with this fingerprint was saved for review.
    pub fn planned(&self, plan: &Fingerprint) -> bool {
        self.projection.standing().planned.contains(plan)
    }

    /// Whether `step` of a saved plan was written and verified in an earlier run.
    pub fn is_finished(&self, plan: &Fingerprint, step: &StepId) -> bool {
        self.projection.standing().is_finished(plan, step)
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
        let codec = |source: CodecError| LedgerError::Codec {
            place: self.tail.disk().place(),
            seq,
            source,
        };
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
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
