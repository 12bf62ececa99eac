//! `simulate --seeds N [--from M]`: lives N lives and says how they went; see `docs/testing.md`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use concordat_tests::simulate::chances::Fault;
use concordat_tests::simulate::mortal::Point;
use concordat_tests::simulate::{Life, life};

/// Of so many seeds one is lived twice, and one without faults.
const AGAIN_EVERY: u64 = 100;
const FAIR_EVERY: u64 = 10;

/// All lives together.
#[derive(Default)]
struct Sum {
    faults: BTreeMap<Fault, u64>,
    crashes: BTreeMap<Point, u64>,
    requests: u64,
    edits: u64,
    broken: u64,
    written: [u64; 3],
    trace: u64,
    violations: u64,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = words.iter().position(|it| it == name)?;
        words.get(at + 1)?.parse::<u64>().ok()
    };
    let Some(seeds) = number("--seeds") else {
        drop(say("simulate --seeds N [--from M]"));
        return ExitCode::from(2);
    };
    let from = number("--from").unwrap_or(0);
    match lives(from..from + seeds) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) | Err(_) => ExitCode::FAILURE,
    }
}

fn lives(seeds: std::ops::Range<u64>) -> io::Result<u64> {
    let count = seeds.end - seeds.start;
    let mut sum = Sum::default();
    let mut fair = [0; 3];
    for seed in seeds {
        let lived = lived(seed, false);
        if seed % AGAIN_EVERY == 0 {
            let again = life(seed, false).trace;
            if again != lived.trace {
                sum.violations += 1;
                say(&format!("seed {seed}: lived twice, it is not the same life"))?;
            }
        }
        if seed % FAIR_EVERY == 0 {
            let lived = self::lived(seed, true);
            (0..3).for_each(|at| fair[at] += lived.written[at]);
            sum.told(seed, &lived)?;
        }
        sum.told(seed, &lived)?;
        sum.add(&lived);
    }
    // An engine that never acts is in nobody's way.
    let idle = ["create", "update", "archive"].into_iter().zip(fair).filter(|(_, it)| *it == 0);
    for (what, _) in idle.filter(|_| count >= 20 * FAIR_EVERY) {
        sum.violations += 1;
        say(&format!("without faults there was nothing to {what}"))?;
    }
    let faults: Vec<String> =
        sum.faults.iter().map(|(fault, count)| format!("{fault:?} {count}")).collect();
    let crashes: Vec<String> =
        sum.crashes.iter().map(|(point, count)| format!("{point:?} {count}")).collect();
    let [created, updated, archived] = sum.written;
    say(&format!(
        "faults: {}; killed: {}; {} requests, {} edits by people, {} runs that broke off; \
         {created} records made, {updated} changed, {archived} archived",
        faults.join(", "),
        crashes.join(", "),
        sum.requests,
        sum.edits,
        sum.broken
    ))?;
    say(&format!(
        "{count} seeds, {} faults, {} crash points, trace {:016x}, {} violations",
        sum.faults.values().sum::<u64>(),
        sum.crashes.values().sum::<u64>(),
        sum.trace,
        sum.violations
    ))?;
    Ok(sum.violations)
}

/// A life in which the engine panics is a bad one.
fn lived(seed: u64, fair: bool) -> Life {
    panic::catch_unwind(|| life(seed, fair))
        .unwrap_or_else(|_| Life { violations: vec!["it panicked".to_owned()], ..Life::default() })
}

impl Sum {
    fn add(&mut self, life: &Life) {
        for (fault, count) in &life.tally.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (point, count) in &life.tally.crashes {
            *self.crashes.entry(*point).or_default() += count;
        }
        self.requests += life.tally.requests;
        self.edits += life.tally.edits;
        self.broken += life.broken;
        (0..3).for_each(|at| self.written[at] += life.written[at]);
        self.trace = self.trace.rotate_left(1) ^ life.trace;
    }

    fn told(&mut self, seed: u64, life: &Life) -> io::Result<()> {
        for says in &life.violations {
            self.violations += 1;
            say(&format!("seed {seed}: {says}"))?;
        }
        if !life.violations.is_empty() {
            say(&format!(
                "again: cargo run --release -p concordat-tests --bin simulate -- --seeds 1 --from {seed}"
            ))?;
        }
        Ok(())
    }
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
