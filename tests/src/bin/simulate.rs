//! `simulate --seeds N [--from M] [--threads T]`: lives N lives and says how they went; see `docs/testing.md`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::panic;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use concordat_tests::simulate::cells::Cells;
use concordat_tests::simulate::{Life, life};

/// Of so many seeds one is lived twice, and one without faults.
const AGAIN_EVERY: u64 = 100;
const FAIR_EVERY: u64 = 3;
/// From so many seeds on everything has to happen that can.
const ALL_FROM: u64 = 5000;
/// Of so many seeds without faults, so many records at least have to be made and archived.
const ACTS_MIN: u64 = 500;

/// All lives together.
#[derive(Default)]
struct Sum {
    cells: Cells,
    requests: u64,
    edits: u64,
    broken: u64,
    written: [u64; 4],
    /// Without faults.
    fair: [u64; 4],
    trace: u64,
    violations: u64,
}

/// What became of a seed.
struct Seed {
    life: Life,
    /// The same world without faults.
    fair: Option<Life>,
    /// Whether it was lived twice, and was not the same.
    is_another: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = words.iter().position(|it| it == name)?;
        words.get(at + 1)?.parse::<u64>().ok()
    };
    let Some(seeds) = number("--seeds") else {
        drop(say("simulate --seeds N [--from M] [--threads T]"));
        return ExitCode::from(2);
    };
    let from = number("--from").unwrap_or(0);
    let threads = number("--threads")
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, |it| it.get() as u64));
    match lives(from..from + seeds, threads.max(1)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}

/// Lives all of them, and tells of them in their order, whichever thread lived them.
fn lives(seeds: Range<u64>, threads: u64) -> io::Result<u64> {
    let mut sum = Sum::default();
    let (lived, told) = mpsc::channel();
    let next = AtomicU64::new(seeds.start);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (lived, next, end) = (lived.clone(), &next, seeds.end);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || lived.send((seed, Seed::lived(seed))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(lived);
        let mut early = BTreeMap::new();
        for wanted in seeds.clone() {
            while !early.contains_key(&wanted) {
                let (seed, lived) = told.recv().expect("every seed is lived");
                early.insert(seed, lived);
            }
            let lived = early.remove(&wanted).expect("it is there");
            sum.take(wanted, &lived)?;
        }
        Ok::<(), io::Error>(())
    })?;
    sum.closes(seeds.end - seeds.start)?;
    Ok(sum.violations)
}

impl Seed {
    fn lived(seed: u64) -> Seed {
        let life = lived(seed, false);
        let again = seed.is_multiple_of(AGAIN_EVERY).then(|| lived(seed, false));
        let fair = seed.is_multiple_of(FAIR_EVERY).then(|| lived(seed, true));
        Seed { is_another: again.is_some_and(|it| it.trace != life.trace), life, fair }
    }
}

/// A life in which the engine panics is a bad one.
fn lived(seed: u64, fair: bool) -> Life {
    panic::catch_unwind(|| life(seed, fair))
        .unwrap_or_else(|_| Life { violations: vec!["it panicked".to_owned()], ..Life::default() })
}

impl Sum {
    fn take(&mut self, seed: u64, Seed { life, fair, is_another }: &Seed) -> io::Result<()> {
        if *is_another {
            self.wrong(&format!("seed {seed}: lived twice, it is not the same life"))?;
        }
        if let Some(fair) = fair {
            (0..4).for_each(|at| self.fair[at] += fair.written[at]);
            self.told(&format!("seed {seed} without faults"), seed, fair)?;
        }
        self.told(&format!("seed {seed}"), seed, life)?;
        self.cells.add(&life.tally.cells);
        self.requests += life.tally.requests;
        self.edits += life.tally.edits;
        self.broken += life.broken;
        (0..4).for_each(|at| self.written[at] += life.written[at]);
        self.trace = self.trace.rotate_left(1) ^ life.trace;
        Ok(())
    }

    fn told(&mut self, whose: &str, seed: u64, life: &Life) -> io::Result<()> {
        for says in &life.violations {
            self.wrong(&format!("{whose}: {says}"))?;
        }
        if life.violations.is_empty() {
            return Ok(());
        }
        say(&format!(
            "again: cargo run --release -p concordat-tests --bin simulate -- --seeds 1 --from {seed}"
        ))
    }

    /// What they come to together.
    fn closes(&mut self, seeds: u64) -> io::Result<()> {
        let mut missing = self.cells.unheard_of();
        // An engine that never acts is in nobody's way.
        let least = if seeds >= ALL_FROM { ACTS_MIN } else { u64::from(seeds >= 20 * FAIR_EVERY) };
        for (what, count) in ["made", "changed", "archived", "deleted"].into_iter().zip(self.fair) {
            // Few lives delete, and most of what is gone is spared.
            let least = if what == "deleted" { least / 50 } else { least };
            if count < least {
                missing.push(format!("without faults {count} records were {what}, not {least}"));
            }
        }
        if seeds >= ALL_FROM {
            missing.extend(self.cells.missing());
        }
        for says in missing {
            self.wrong(&says)?;
        }
        say(&self.cells.to_string())?;
        let (least, cell) = self.cells.least();
        say(&format!("of what can happen, {cell} is the rarest: {least}"))?;
        let told = |[created, updated, archived, deleted]: [u64; 4]| {
            format!(
                "{created} records made, {updated} changed, {archived} archived, {deleted} deleted"
            )
        };
        say(&format!(
            "{} requests, {} edits by people, {} runs that broke off; {}; without faults: {}",
            self.requests,
            self.edits,
            self.broken,
            told(self.written),
            told(self.fair)
        ))?;
        say(&format!(
            "{seeds} seeds, {} faults, {} crash points, trace {:016x}, {} violations",
            self.cells.faults(),
            self.cells.killed(),
            self.trace,
            self.violations
        ))
    }

    fn wrong(&mut self, says: &str) -> io::Result<()> {
        self.violations += 1;
        say(says)
    }
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
