//! `zoo [--seeds N] [--bug NAME,…] [--threads T]`: puts known bugs into the engine, one at a time, and says who notices;
//! see `docs/testing.md`.

use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use concordat_model::zoo::Bug;
use concordat_tests::zoo::{Catch, hunt, story, unclean};

/// Within so many seeds a bug is noticed.
const SEEDS_MAX: u64 = 10_000;
/// So many seeds are lived without a bug first.
const CLEAN: u64 = 100;
/// So much of a complaint is shown.
const SHOWN: usize = 90;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |name: &str| words.get(words.iter().position(|it| it == name)? + 1);
    let number = |name: &str| word(name)?.parse::<u64>().ok();
    let seeds = number("--seeds").unwrap_or(SEEDS_MAX);
    let threads = number("--threads")
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, |it| it.get() as u64));
    let is_named = |names: &String, bug: &Bug| names.split(',').any(|it| it == format!("{bug:?}"));
    let is_meant = |bug: &&Bug| word("--bug").is_none_or(|names| is_named(names, bug));
    let bugs: Vec<Bug> = Bug::ALL.iter().filter(is_meant).copied().collect();
    // A bug may make the engine panic; the table tells.
    panic::set_hook(Box::new(|_| {}));
    match shown(&bugs, seeds, threads) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// Prints the table; whether all is as it should be.
fn shown(bugs: &[Bug], seeds: u64, threads: u64) -> io::Result<bool> {
    if let Some(Catch { seed, complaint }) = unclean(CLEAN.min(seeds), threads) {
        say(&format!("without a bug, seed {seed}: {complaint}"))?;
        return Ok(false);
    }
    say(&format!("without a bug, {} seeds: nothing is wrong", CLEAN.min(seeds)))?;
    say(&format!("{:28} {:>6} {:>8}  complaint", "bug", "seed", "seconds"))?;
    let (told, hunted): (Vec<Bug>, Vec<Bug>) = bugs.iter().partition(|it| story(**it).is_some());
    let mut caught = 0;
    for bug in &hunted {
        let began = Instant::now();
        let found = hunt(*bug, seeds, threads);
        let seconds = began.elapsed().as_secs_f64();
        caught += usize::from(found.is_some());
        let (seed, complaint) = match found {
            Some(Catch { seed, complaint }) => (seed.to_string(), shortened(&complaint)),
            None => ("-".to_owned(), "nobody noticed".to_owned()),
        };
        say(&format!("{:28} {seed:>6} {seconds:>8.1}  {complaint}", format!("{bug:?}")))?;
    }
    for bug in &told {
        let story = story(*bug).unwrap_or_default();
        say(&format!("{:28} not hunted: cargo test --test all {story}", format!("{bug:?}")))?;
    }
    say(&format!("{caught} of {} bugs caught within {seeds} seeds", hunted.len()))?;
    Ok(caught == hunted.len() && !bugs.is_empty())
}

fn shortened(complaint: &str) -> String {
    let line = complaint.lines().next().unwrap_or_default();
    line.chars().take(SHOWN).collect()
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
