//! `kill --kills N [--from SEED] [--program PATH] [--threads T] [--null]`: kills the release program N times and says
//! how it bore that; see `docs/testing.md`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use concordat_tests::kill::{KILLS, Kind, Life, life};
use concordat_tests::night::program;
use sha2::{Digest, Sha256};

/// From so many kills on there have to be so many in each state.
const FLOOR_FROM: u64 = 2000;
const FLOOR: u64 = 100;
/// So many worlds live at a time: most of their time they wait for the disk.
const THREADS: u64 = 6;

/// What was asked for.
struct Order {
    kills: u64,
    from: u64,
    threads: u64,
    is_null: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let said = |name: &str| words.get(words.iter().position(|it| it == name)? + 1);
    let number = |name: &str| said(name)?.parse::<u64>().ok();
    let Some(kills) = number("--kills") else {
        drop(say("kill --kills N [--from SEED] [--program PATH] [--threads T] [--null]"));
        return ExitCode::from(2);
    };
    let order = Order {
        kills,
        from: number("--from").unwrap_or(0),
        threads: number("--threads").unwrap_or(THREADS).max(1),
        is_null: words.iter().any(|it| it == "--null"),
    };
    match begins(said("--program").map(PathBuf::from)).and_then(|()| order.lives()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            drop(say(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// Finds the program, and says which it is. Nobody else's program is built for it: it has to be there.
fn begins(told: Option<PathBuf>) -> io::Result<()> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.join("concordat"));
    let path = told.or_else(beside).ok_or(io::ErrorKind::NotFound)?.canonicalize()?;
    let version = Command::new(&path).arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    say(&format!("{}: {version}, SHA-256 {}", name(&path), digest(&fs::read(&path)?)))?;
    program::take(path);
    Ok(())
}

fn name(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(3).collect();
    parts.into_iter().rev().collect::<PathBuf>().display().to_string()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|it| format!("{it:02x}")).collect()
}

impl Order {
    /// How many are killed in each life.
    fn shares(&self) -> Vec<u64> {
        let whole = usize::try_from(self.kills / KILLS).unwrap_or(usize::MAX);
        let mut shares = vec![KILLS; whole];
        shares.extend(Some(self.kills % KILLS).filter(|it| *it > 0));
        shares
    }

    /// Lives all lives, and tells what became of them. Answers how many violations there were.
    fn lives(&self) -> io::Result<u64> {
        let (shares, next) = (self.shares(), AtomicU64::new(0));
        let (lived, told) = mpsc::channel();
        let mut sum = Sum::default();
        thread::scope(|scope| {
            for _ in 0..self.threads {
                let (lived, next, shares) = (lived.clone(), &next, &shares);
                scope.spawn(move || {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let share = usize::try_from(place).ok().and_then(|it| shares.get(it));
                        let Some(share) = share else { return };
                        let seed = self.from + place;
                        if lived.send((seed, *share, life(seed, *share, self.is_null))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(lived);
            told.iter().try_for_each(|(seed, share, life)| sum.take(seed, share, life))
        })?;
        sum.closes(self)
    }
}

/// All lives together.
#[derive(Default)]
struct Sum {
    all: Life,
    seeds: u64,
    violations: u64,
}

impl Sum {
    fn take(&mut self, seed: u64, share: u64, life: Life) -> io::Result<()> {
        for it in &life.violations {
            self.wrong(&format!("seed {seed}: {:?}: {}", it.kind, it.says))?;
        }
        if let Some(kept) = &life.kept {
            say(&format!("kept: {}", kept.display()))?;
        }
        if !life.violations.is_empty() {
            say(&format!(
                "again: cargo run --release -p concordat-tests --bin kill -- --kills {share} --from {seed}"
            ))?;
        }
        self.seeds += 1;
        self.all.cells.add(&life.cells);
        self.all.done += life.done;
        self.all.edits += life.edits;
        self.all.compared += life.compared;
        (0..2).for_each(|at| self.all.recovered[at] += life.recovered[at]);
        self.all.violations.extend(life.violations);
        Ok(())
    }

    fn closes(mut self, order: &Order) -> io::Result<u64> {
        let kills = self.all.cells.kills();
        say(&self.all.cells.to_string())?;
        let mut missing = Vec::new();
        if kills != order.kills {
            missing.push(format!("{kills} processes died of signal 9, not {}", order.kills));
        }
        if order.kills >= FLOOR_FROM {
            missing.extend(self.all.cells.missing(FLOOR));
        }
        for says in missing {
            self.wrong(&says)?;
        }
        let [arrived, not] = self.all.recovered;
        say(&format!(
            "{} edits by people; {} processes were done before they could be killed; of the writes that were left \
             open {arrived} had arrived and {not} had not; {} changes compared with the history",
            self.all.edits, self.all.done, self.all.compared
        ))?;
        let of = |kind| self.all.violations.iter().filter(|it| it.kind == kind).count();
        say(&format!(
            "{kills} kills, {} seeds from {}, {} duplicates, {} lost edits, {} unconverged, {} holes in the history, \
             {} violations",
            self.seeds,
            order.from,
            of(Kind::Duplicate),
            of(Kind::LostEdit),
            of(Kind::Unconverged),
            of(Kind::Hole),
            self.violations
        ))?;
        Ok(self.violations)
    }

    fn wrong(&mut self, says: &str) -> io::Result<()> {
        self.violations += 1;
        say(says)
    }
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
