//! What does a process that is killed leave behind, whenever it dies? The real program, killed with signal 9 again
//! and again, in its recoveries too, while people edit both systems; then nights in peace, and a judgement.

mod judge;
mod lookout;
mod people;
mod scene;
pub mod state;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crate::night::Night;

pub use judge::{Kind, Violation};
use scene::Scene;
use state::Cells;

/// So many are killed in a life, and so many between two judgements.
pub const KILLS: u64 = 45;
const KILLS_IN_A_ROW: u64 = 9;
/// So often as many processes are started at most: some are done before they can be killed.
const TRIES: u64 = 3;

/// What became of a life.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// How many died of signal 9, in which state.
    pub cells: Cells,
    /// How many were done before.
    pub done: u64,
    /// How many edits people made.
    pub edits: u64,
    /// How many writes were found by a later process to have arrived, and how many not.
    pub recovered: [u64; 2],
    /// How many changes were compared with the history.
    pub compared: u64,
    /// What must not be.
    pub violations: Vec<Violation>,
    /// Where that can be looked at: the state, and the life that was judged.
    pub kept: Option<PathBuf>,
}

/// Lives a life with so many kills. `is_null`: nobody is killed, and everything else is the same.
pub fn life(seed: u64, kills: u64, is_null: bool) -> Life {
    let mut life = Life::default();
    let lived = catch_unwind(AssertUnwindSafe(|| lived(seed, kills, is_null, &mut life)));
    if let Err(panic) = lived {
        let says = panic.downcast::<String>().map_or_else(|_| "it panicked".to_owned(), |it| *it);
        life.violations.push(Violation::of(Kind::Other)(says));
    }
    life
}

fn lived(seed: u64, kills: u64, is_null: bool, life: &mut Life) {
    let night = Night::falls(seed, 5, 9);
    let mut scene = Scene::of(&night, seed, is_null);
    // Nobody is tried again whom nobody meant to kill.
    let tries = if is_null { 1 } else { TRIES };
    let mut left = kills * tries;
    while life.cells.kills() < kills && left > 0 && life.violations.is_empty() {
        let some = kills.min(life.cells.kills() + KILLS_IN_A_ROW);
        let rest = left.saturating_sub(KILLS_IN_A_ROW * tries);
        while life.cells.kills() < some && left > rest {
            scene.runs_and_is_killed(life);
            left -= 1;
        }
        scene.comes_to_rest(life);
    }
    life.edits = scene.people.edits;
    life.recovered = scene.recovered();
    drop(scene);
    life.kept = (!life.violations.is_empty()).then(|| night.is_kept());
}
