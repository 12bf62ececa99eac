//! Who notices a known bug? It is put into the engine, and lives are lived until one of them complains.

use std::panic::{self, RefUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use concordat_model::zoo::{self, Bug};

use crate::simulate::{Life, hard_life, life};

/// How a bug was noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catch {
    /// In the life of this seed, and of none before it.
    pub seed: u64,
    /// What it complains of first.
    pub complaint: String,
}

/// The test that notices a bug which no life does: what it needs, nobody does in a life, or another guard stands
/// before it.
pub fn story(bug: Bug) -> Option<&'static str> {
    match bug {
        Bug::MissingIsEmpty => Some("published::a_field_that_is_not_told_wipes_nothing"),
        Bug::LaggingRowBelieved => Some("published_crm::ghosts_in_the_index_undo_nothing"),
        Bug::SuccessionIgnored => Some("published_crm::merged_contacts_are_followed"),
        _ => None,
    }
}

/// The first seed below `seeds` in whose life the bug is noticed, and nothing would be without it.
pub fn hunt(bug: Bug, seeds: u64, threads: u64) -> Option<Catch> {
    first(seeds, threads, |seed| {
        let complaint = zoo::with(bug, || complaint(seed))?;
        // Of a life that is not a good one anyway nothing follows.
        self::complaint(seed).is_none().then_some(complaint)
    })
}

/// The first seed below `seeds` in whose life something is wrong although no bug is in.
pub fn unclean(seeds: u64, threads: u64) -> Option<Catch> {
    first(seeds, threads, complaint)
}

/// What a life complains of first: one as it comes, a hard one, and of every third seed one without faults.
fn complaint(seed: u64) -> Option<String> {
    let first = |life: &(dyn Fn() -> Life + RefUnwindSafe)| {
        let lived = panic::catch_unwind(|| life().violations);
        lived.unwrap_or_else(|_| vec!["it panicked".to_owned()]).into_iter().next()
    };
    let fair = || seed.is_multiple_of(3).then(|| first(&|| life(seed, true))).flatten();
    first(&|| life(seed, false)).or_else(|| first(&|| hard_life(seed))).or_else(fair)
}

/// The least seed of which `says` says something, whichever thread comes to it first.
fn first(seeds: u64, threads: u64, says: impl Fn(u64) -> Option<String> + Sync) -> Option<Catch> {
    let (next, end) = (AtomicU64::new(0), AtomicU64::new(seeds));
    let caught: Mutex<Option<Catch>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end.load(Ordering::Relaxed) {
                        return;
                    }
                    let Some(complaint) = says(seed) else { continue };
                    end.fetch_min(seed, Ordering::Relaxed);
                    let mut caught = caught.lock().unwrap_or_else(PoisonError::into_inner);
                    if caught.as_ref().is_none_or(|it| seed < it.seed) {
                        *caught = Some(Catch { seed, complaint });
                    }
                }
            });
        }
    });
    caught.into_inner().unwrap_or_else(PoisonError::into_inner)
}
