//! Does the simulation notice what it is there for? A handful of known bugs, each at a seed at which it is noticed;
//! `docs/testing.md` says how to put in all of them.

use concordat_model::zoo::{self, Bug};
use concordat_tests::simulate::{hard_life, life};
use concordat_tests::zoo::story;

/// The life of this seed notices each of these, and says so; without a bug it complains of nothing.
const SEED: u64 = 0;
const CATCHES: [(Bug, &str); 5] = [
    (Bug::SyncSkipped, "came to nothing"),
    (Bug::RotCutOff, "the ledger is read in spite of a bit that turned"),
    (Bug::EpochRepeated, "began a second time"),
    (Bug::IntentsUntold, "it was done, and not intended before"),
    (Bug::DifferenceAgreed, "and of its business"),
];

#[test]
fn a_known_bug_is_noticed() {
    assert_eq!(life(SEED, false).violations, [""; 0]);
    for (bug, expected) in CATCHES {
        let complaints = zoo::with(bug, || life(SEED, false).violations);
        assert!(complaints.iter().any(|it| it.contains(expected)), "{bug:?}: {complaints:#?}");
    }
}

/// Who is left out of listings while nobody answers to an id is not gone, in a life that only the zoo lives.
#[test]
fn what_only_a_hard_life_comes_to_is_noticed() {
    const HARD: u64 = 4;
    assert_eq!(hard_life(HARD).violations, [""; 0]);
    let complaints = zoo::with(Bug::ForbiddenIsGone, || hard_life(HARD).violations);
    assert!(complaints.iter().any(|it| it.contains("was ended, and")), "{complaints:#?}");
}

#[test]
fn several_can_be_in_and_none_is_left_behind() {
    let are_in = || [Bug::SentAgain, Bug::RotCutOff].map(zoo::is_in);
    zoo::with(Bug::SentAgain, || {
        zoo::with(Bug::RotCutOff, || assert_eq!(are_in(), [true, true]));
        assert_eq!(are_in(), [true, false]);
        let thread = std::thread::spawn(|| zoo::is_in(Bug::SentAgain));
        assert!(!thread.join().expect("it answers"), "it is in another thread");
    });
    let panicked = std::panic::catch_unwind(|| zoo::with(Bug::SentAgain, || panic!("on purpose")));
    assert!(panicked.is_err());
    assert_eq!(are_in(), [false, false]);
}

/// Where the table says that a test puts this bug in, it does.
#[test]
fn a_story_that_is_named_is_told() {
    let files = [
        ("published", include_str!("published.rs")),
        ("published_crm", include_str!("published_crm.rs")),
    ];
    for bug in Bug::ALL {
        let Some((file, name)) = story(*bug).and_then(|it| it.split_once("::")) else { continue };
        let (_, text) = files.iter().find(|it| it.0 == file).expect("a file of stories");
        let (_, told) = text.split_once(&format!("fn {name}()")).expect("a story");
        let told = told.split("#[test]").next().unwrap_or_default();
        assert!(told.contains(&format!("Bug::{bug:?}")), "{name} is not about {bug:?}");
    }
}
