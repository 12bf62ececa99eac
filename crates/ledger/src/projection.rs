//! What does the ledger add up to, when that is more than fits into memory? Links lie in the store as
//! of a checkpoint; what entries after it changed lies on top, in memory, until the next one.
//!
//! The store never knows more than the ledger: what is put there was durable in the ledger before. It
//! may know less, for entries after the checkpoint are replayed at the next opening; and it may be of
//! another ledger, of another program or gone, and is then made anew. So the replay over all entries
//! is what it is checked against, in the tests and whenever in doubt.

use std::collections::BTreeMap;
use std::sync::Arc;

use concordat_model::zoo::{self, Bug};
use concordat_model::{Entry, Event, Link, LinkId, PairId, RecordKey};
use concordat_store::{Batch, Tables};

use crate::erasure::Spot;
use crate::frame::{Frame, State};
use crate::mark::Mark;
use crate::shelf::{Checkpoint, Shelf, Thing};
use crate::touched::{Touched, changed_by};
use crate::walk::{self, End};
use crate::witness::Witness;
use crate::{Disk, Hash, LedgerError, Standing};

/// So many links are changed in memory before a checkpoint, if little else would be written with them.
const CHANGED_MIN: usize = 250;
/// So many may be, however much else there is.
const CHANGED_MAX: usize = 4_000;

/// Which links and records may have to be planned anew, as far as the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dirty {
    /// All of them: the projection was made anew, and nobody has looked at everything since.
    Everything,
    /// Only what entries touched since somebody looked.
    Only(Touched),
}

/// The sum of a pair's entries: links in the store, everything else in memory.
pub(crate) struct Projection {
    shelf: Shelf,
    pair: PairId,
    /// What the store holds; its position says nothing while nothing is stored.
    stored: Option<Checkpoint>,
    version: String,
    /// Its links are only those that were changed since the checkpoint.
    standing: Standing,
    /// What was touched since the checkpoint, and by which entry.
    touched: BTreeMap<Thing, u64>,
    looked_through: bool,
    /// The last entry that was added, of whatever pair.
    last: Option<(u64, Hash)>,
    /// How many of the entries up to it are erased.
    erased: u64,
}

impl Projection {
    /// The projection as the store holds it, if it is one of this program; else an empty one.
    pub(crate) fn open(
        tables: Arc<dyn Tables>,
        pair: PairId,
        version: &str,
    ) -> Result<Projection, LedgerError> {
        let shelf = Shelf::new(tables, pair.clone());
        let newest = shelf.newest()?.map(|it| (it.seq, it.hash));
        let stored = shelf.standing(version)?;
        let (stored, standing) = stored.map_or_else(Default::default, |(at, it)| (Some(at), it));
        Ok(Projection {
            shelf,
            pair,
            version: version.to_owned(),
            looked_through: stored.as_ref().is_some_and(|it: &Checkpoint| it.looked_through),
            last: newest,
            erased: stored.as_ref().map_or(0, |it| it.erased),
            stored,
            standing,
            touched: BTreeMap::new(),
        })
    }

    /// What the store knows of the ledger's end, as long as nothing was added.
    pub(crate) fn witness(&self) -> Option<Witness> {
        self.last.map(|(seq, hash)| Witness::of("the store", Mark { seq, hash }))
    }

    /// Adds the entries it does not have yet, and answers where the ledger ends and which openings are
    /// only half erased. If the store's are of no use, they are forgotten, and all are added.
    ///
    /// # Errors
    /// Among others, that the ledger has not what one of `witnesses` knows: then nothing is forgotten.
    pub(crate) fn catch_up(
        &mut self,
        disk: &dyn Disk,
        witnesses: &mut [Witness],
    ) -> Result<(End, Vec<Spot>), LedgerError> {
        if self.last.is_none() {
            self.forget()?;
        }
        let (end, spots, is_of_use) = self.follow(disk, witnesses)?;
        witnesses.iter().try_for_each(|it| it.agrees(disk, &end))?;
        if is_of_use {
            return Ok((end, spots));
        }
        self.forget()?;
        let (end, spots, _) = self.follow(disk, &mut [])?;
        Ok((end, spots))
    }

    /// Walks over all entries and adds those after the checkpoint. Whether what is stored is of use: the
    /// checkpoint was on the way, with as many openings erased before it, and this program made it.
    fn follow(
        &mut self,
        disk: &dyn Disk,
        witnesses: &mut [Witness],
    ) -> Result<(End, Vec<Spot>, bool), LedgerError> {
        let mut spots = Vec::new();
        let mut erased = 0;
        let from = self.last;
        let is_readable = self.stored.is_some();
        let mut is_ours = false;
        let end = walk::walk(disk, &mut |frame, file, offset| {
            witnesses.iter_mut().for_each(|it| it.meet(frame.leaf.seq, frame.leaf_hash));
            match &frame.opening {
                State::Whole { .. } => {}
                State::Erased { wiped } => {
                    erased += 1;
                    if !wiped {
                        spots.push(Spot::of(&frame, file, offset));
                    }
                }
            }
            let at = (frame.leaf.seq, frame.leaf_hash);
            match from {
                Some((seq, _)) if frame.leaf.seq < seq => Ok(()),
                Some((seq, _)) if frame.leaf.seq == seq => {
                    is_ours = is_readable && from == Some(at) && self.erased == erased;
                    Ok(())
                }
                Some(_) if !is_ours || zoo::is_in(Bug::StoreBelieved) => Ok(()),
                Some(_) | None => {
                    self.erased = erased;
                    self.replay(frame)
                }
            }
        })?;
        Ok((end, spots, from.is_none() || is_ours))
    }

    fn replay(&mut self, frame: Frame) -> Result<(), LedgerError> {
        let last = (frame.leaf.seq, frame.leaf_hash);
        match frame.opening {
            State::Whole { opening, .. } if opening.entry.pair == self.pair => {
                self.fetch(&opening.entry.event)?;
                self.add(&opening.entry);
                // Whoever looks at everything looks at this as well.
                if !self.looked_through {
                    self.touched.clear();
                }
            }
            State::Whole { .. } => {}
            // Nobody can say any more what it was about.
            State::Erased { .. } => self.looked_through = false,
        }
        self.last = Some(last);
        self.make_room()
    }

    /// Takes the link that `event` changes into memory. Before its entry is written: afterwards
    /// nothing may fail any more.
    pub(crate) fn fetch(&mut self, event: &Event) -> Result<(), LedgerError> {
        let Some(id) = changed_by(event) else { return Ok(()) };
        if !self.standing.agreements.links.contains_key(id)
            && let Some(link) = self.shelf.link(id)?
        {
            self.standing.agreements.links.insert(id.clone(), link);
        }
        Ok(())
    }

    /// Adds an entry of this pair, whose link was fetched.
    pub(crate) fn add(&mut self, entry: &Entry) {
        for thing in things(self.standing.touched_by(entry)) {
            self.touched.insert(thing, entry.seq);
        }
        self.standing.apply(entry);
    }

    /// The last entry of the ledger is in it.
    pub(crate) fn stands_at(&mut self, seq: u64, hash: Hash) {
        self.last = Some((seq, hash));
    }

    /// Makes a checkpoint if much was changed since the last.
    pub(crate) fn make_room(&mut self) -> Result<(), LedgerError> {
        let changed = self.standing.agreements.links.len().max(self.touched.len());
        // Everything that is no link is written each time: the more that is, the less often.
        match changed >= self.standing.items().clamp(CHANGED_MIN, CHANGED_MAX) {
            true => self.checkpoint(Batch::new()),
            false => Ok(()),
        }
    }

    /// Whether entries were added since the checkpoint.
    pub(crate) fn is_ahead(&self) -> bool {
        self.stored.as_ref().map(|it| (it.seq, it.hash)) != self.last
    }

    /// Puts everything into the store, together with `batch`.
    pub(crate) fn checkpoint(&mut self, mut batch: Batch) -> Result<(), LedgerError> {
        let Some((seq, hash)) = self.last else { return Ok(()) };
        let (mut links, parts) = self.stored.as_ref().map_or((0, 0), |it| (it.links, it.parts));
        for link in self.standing.agreements.links.values() {
            let before = self.shelf.link(&link.id)?;
            links += u64::from(before.is_none());
            self.shelf.put_link(&mut batch, link, before.as_ref())?;
        }
        for (thing, seq) in &self.touched {
            self.shelf.put_dirt(&mut batch, thing, *seq)?;
        }
        let checkpoint = Checkpoint {
            version: self.version.clone(),
            seq,
            hash,
            erased: self.erased,
            links,
            parts: self.shelf.put_standing(&mut batch, &self.standing, parts)?,
            looked_through: self.looked_through,
        };
        self.shelf.put_checkpoint(&mut batch, &checkpoint)?;
        self.shelf.commit(batch)?;
        self.stored = Some(checkpoint);
        self.standing.agreements.links.clear();
        self.touched.clear();
        Ok(())
    }

    /// Forgets everything, in the store as well.
    pub(crate) fn forget(&mut self) -> Result<(), LedgerError> {
        self.shelf.clear()?;
        self.stored = None;
        self.standing = Standing::default();
        self.touched.clear();
        self.looked_through = false;
        self.last = None;
        self.erased = 0;
        Ok(())
    }

    /// The sum, but for its links.
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(crate) fn link(&self, id: &LinkId) -> Result<Option<Link>, LedgerError> {
        match self.standing.agreements.links.get(id) {
            Some(link) => Ok(Some(link.clone())),
            None => self.shelf.link(id),
        }
    }

    pub(crate) fn links_of(&self, record: &RecordKey) -> Result<Vec<Link>, LedgerError> {
        let changed = &self.standing.agreements.links;
        let holds = |link: &&Link| link.ends[record.side()].contains(record);
        let mut found: Vec<Link> = changed.values().filter(holds).cloned().collect();
        for id in self.shelf.links_of(record) {
            let id = id?;
            if !changed.contains_key(&id) {
                let link = self.shelf.link(&id)?;
                found.push(link.ok_or_else(|| self.shelf.damaged("a link is missing"))?);
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }

    /// Every link, in bounded memory. The last item is an error if some are missing.
    pub(crate) fn links(&self) -> impl Iterator<Item = Result<Link, LedgerError>> {
        let changed = &self.standing.agreements.links;
        let mut missing = self.stored.as_ref().map_or(0, |it| it.links);
        let mut stored = self.shelf.links();
        let stored = std::iter::from_fn(move || match stored.next() {
            Some(link) => {
                missing = missing.wrapping_sub(1);
                Some(link)
            }
            None if missing != 0 => {
                missing = 0;
                Some(Err(self.shelf.damaged("links are missing")))
            }
            None => None,
        });
        let is_current = |it: &Result<Link, LedgerError>| match it {
            Ok(link) => !changed.contains_key(&link.id),
            Err(_) => true,
        };
        stored.filter(is_current).chain(changed.values().cloned().map(Ok))
    }

    pub(crate) fn dirty(&self) -> Result<Dirty, LedgerError> {
        if !self.looked_through {
            return Ok(Dirty::Everything);
        }
        let mut touched = Touched::default();
        let stored = self.shelf.dirt().map(|row| row.map(|(thing, _)| thing));
        for thing in stored.chain(self.touched.keys().cloned().map(Ok)) {
            match thing? {
                Thing::Link(id) => touched.links.insert(id),
                Thing::Record(record) => touched.records.insert(record),
                Thing::Waiting(record) => touched.waiting.insert(record),
            };
        }
        Ok(Dirty::Only(touched))
    }

    /// Somebody who knew all entries up to `position` has looked at `looked` and is done with all of
    /// it but `open`.
    pub(crate) fn clean(
        &mut self,
        looked: &Dirty,
        open: Touched,
        position: u64,
    ) -> Result<(), LedgerError> {
        let mut batch = Batch::new();
        let is_seen = |seq: u64| seq <= position;
        match looked {
            Dirty::Everything => {
                for row in self.shelf.dirt() {
                    let (thing, seq) = row?;
                    if is_seen(seq) {
                        self.shelf.remove_dirt(&mut batch, &thing);
                    }
                }
                self.touched.retain(|_, seq| !is_seen(*seq));
                self.looked_through = true;
            }
            Dirty::Only(touched) => {
                for thing in things(touched.clone()) {
                    if self.shelf.dirt_of(&thing)?.is_some_and(is_seen) {
                        self.shelf.remove_dirt(&mut batch, &thing);
                    }
                    if self.touched.get(&thing).copied().is_some_and(is_seen) {
                        self.touched.remove(&thing);
                    }
                }
            }
        }
        for thing in things(open) {
            self.touched.entry(thing).or_insert(position);
        }
        self.checkpoint(batch)
    }
}

fn things(touched: Touched) -> impl Iterator<Item = Thing> {
    let links = touched.links.into_iter().map(Thing::Link);
    let records = touched.records.into_iter().map(Thing::Record);
    links.chain(records).chain(touched.waiting.into_iter().map(Thing::Waiting))
}
