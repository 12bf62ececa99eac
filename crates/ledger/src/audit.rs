//! Does the store say what all entries together say? For whoever asks without opening the ledger; an opening
//! takes the store's word for it, once its checkpoint is an entry of this ledger.

use std::path::Path;
use std::sync::Arc;

use concordat_model::PairId;
use concordat_store::Tables;

use crate::frame::State;
use crate::mark::Mark;
use crate::shelf::Shelf;
use crate::walk;
use crate::witness::Witness;
use crate::{LedgerError, OsDisk, Standing};

/// Compares what `tables` hold of the ledger in `dir` with the replay of all its entries, in memory. Answers how
/// many links they hold; nothing: nothing that the program `version` would go on from, and it adds all up anew.
///
/// # Errors
/// That the ledger is not what was written, or not the newest; or that the store says something else. What it
/// says does not count any more then, and is made anew.
pub fn audit(
    dir: &Path,
    pair: &PairId,
    version: &str,
    tables: Arc<dyn Tables>,
) -> Result<Option<u64>, LedgerError> {
    let shelf = Shelf::new(tables, pair.clone());
    let newest = shelf.newest()?;
    let stored = shelf.standing(version)?;
    let mut witness = newest.map(|mark| Witness::of("the store", mark));
    let goes_on = |seq: u64| newest.is_some_and(|Mark { seq: last, .. }| seq <= last);
    let mut replayed = Standing::default();
    let disk = OsDisk::existing(dir);
    let end = walk::walk(&disk, &mut |frame, _, _| {
        witness.iter_mut().for_each(|it| it.meet(frame.leaf.seq, frame.leaf_hash));
        match &frame.opening {
            State::Whole { opening, .. }
                if opening.entry.pair == *pair && goes_on(frame.leaf.seq) =>
            {
                replayed.apply(&opening.entry);
            }
            State::Whole { .. } | State::Erased { .. } => {}
        }
        Ok(())
    })?;
    witness.iter().try_for_each(|it| it.agrees(&disk, &end))?;
    let Some((checkpoint, standing)) = stored else { return Ok(None) };
    let mut links = std::mem::take(&mut replayed.agreements.links);
    for link in shelf.links() {
        let link = link?;
        if links.remove(&link.id).as_ref() != Some(&link) {
            return Err(shelf.damaged("a link is not what the entries say"));
        }
    }
    match (links.is_empty(), standing == replayed) {
        (true, true) => Ok(Some(checkpoint.links)),
        (false, _) => Err(shelf.damaged("links are missing")),
        (true, false) => Err(shelf.damaged("it is not what the entries add up to")),
    }
}
