//! Do the laws of any bytes hold? Of the seeds, of what becomes of these where bytes are changed, cut out, doubled
//! or mixed, and of bytes that chance makes. `tests/fuzz` looks for more, and what it finds becomes a seed.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use concordat_model::zoo::{self, Bug};
use concordat_tests::fuzz::{TARGETS, Target, target};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Beside its seeds a target is given so many inputs, the same each time; or as many others as `CONCORDAT_FUZZ` says.
fn runner() -> TestRunner {
    let cases = std::env::var("CONCORDAT_FUZZ").map(|it| it.parse().expect("a number"));
    let config = |cases| Config { cases, failure_persistence: None, ..Config::default() };
    match cases {
        Ok(cases) => TestRunner::new(config(cases)),
        Err(_) => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config(48), rng)
        }
    }
}

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index, usize),
    Put(Index, Vec<u8>),
    Double(Index, usize),
    End(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let word = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..6),
        proptest::sample::select(
            &[
                "null",
                "\"\"",
                "-1",
                "1e999",
                "[",
                "{",
                "\\ud800",
                "\u{0}",
                "\u{202e}",
                "=1+1",
                "<script>",
                "9999999999"
            ][..]
        )
        .prop_map(|it| it.as_bytes().to_vec()),
    ];
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        (at(), word).prop_map(|(at, word)| Change::Put(at, word)),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Double(at, length)),
        at().prop_map(Change::End),
    ]
}

fn changed(mut input: Vec<u8>, change: Change) -> Vec<u8> {
    let place = |at: Index, input: &[u8]| at.index(input.len() + 1);
    let from = |at: Index, length: usize, input: &[u8]| {
        let begin = place(at, input);
        begin..(begin + length).min(input.len())
    };
    match change {
        Change::Set(at, byte) => {
            let at = place(at, &input);
            input.splice(at..(at + 1).min(input.len()), [byte]);
        }
        Change::Flip(at, bit) => {
            let at = place(at, &input);
            input.iter_mut().skip(at).take(1).for_each(|it| *it ^= 1 << bit);
        }
        Change::Cut(at, length) => drop(input.drain(from(at, length, &input))),
        Change::Put(at, word) => {
            let at = place(at, &input);
            input.splice(at..at, word);
        }
        Change::Double(at, length) => {
            let range = from(at, length, &input);
            let twice = input[range.clone()].to_vec();
            input.splice(range.start..range.start, twice);
        }
        Change::End(at) => input.truncate(place(at, &input)),
    }
    input
}

fn inputs(target: &Target) -> impl Strategy<Value = Vec<u8>> + use<> {
    let seeds: Vec<Vec<u8>> = target.seeds().into_iter().map(|it| it.1).collect();
    let like_a_seed = (proptest::sample::select(seeds), proptest::collection::vec(change(), 1..5))
        .prop_map(|(seed, changes)| changes.into_iter().fold(seed, changed));
    prop_oneof![5 => like_a_seed, 1 => proptest::collection::vec(any::<u8>(), 0..120)]
}

fn holds(name: &str) {
    let target = target(name).expect("a target");
    target.seeds().iter().for_each(|(_, seed)| (target.law)(seed));
    let outcome = runner().run(&inputs(target), |input| {
        (target.law)(&input);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{name}: {failure}"));
}

/// A law that nothing breaks proves nothing: with each of these bugs in, a seed does.
#[test]
fn a_law_notices_the_bugs_it_is_about() {
    for (bug, name) in [
        (Bug::TornEndKept, "ledger"),
        (Bug::RotCutOff, "ledger"),
        (Bug::MarkIgnored, "ledger"),
        (Bug::FirstPageIsAll, "listings"),
        (Bug::RetryAfterIgnored, "waits"),
    ] {
        let target = target(name).expect("a target");
        let holds = |seed: &[u8]| catch_unwind(|| zoo::with(bug, || (target.law)(seed))).is_ok();
        let seeds = target.seeds();
        assert!(!seeds.iter().all(|(_, seed)| holds(seed)), "{name} does not notice {bug:?}");
    }
}

macro_rules! laws {
    ($($name:ident)*) => {
        $(#[test] fn $name() { holds(stringify!($name)); })*

        #[test]
        fn every_target_is_tried_and_has_seeds() {
            let tried = [$(stringify!($name)),*];
            assert_eq!(tried.to_vec(), TARGETS.map(|it| it.name).to_vec());
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
            let mut folders: Vec<_> = fs::read_dir(folder)
                .expect("a folder")
                .map(|it| it.expect("a folder that can be read").file_name().to_string_lossy().into_owned())
                .collect();
            folders.sort();
            assert_eq!(folders, tried, "a folder of seeds for each");
            assert!(TARGETS.iter().all(|it| it.seeds().len() > 1));
        }
    };
}

laws! { configuration dates highlevel ledger lenses listings mapping phones plan_file sheets upguard waits }
