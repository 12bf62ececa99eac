//! Does it hold, whatever happens? A few lives of the simulation, as an ordinary test; `docs/testing.md` says
//! how to live thousands.

use std::process::Command;

use concordat_tests::simulate::cells::{Blow, Cells, Stage};
use concordat_tests::simulate::life;

/// The same as `simulate --seeds 14` lives, without faults, too: an engine that never acts must not pass.
#[test]
fn whatever_happens_a_life_ends_well() {
    let mut violations = Vec::new();
    let (mut written, mut cells) = ([0; 4], Cells::default());
    for seed in 0..14 {
        let lived = life(seed, false);
        cells.add(&lived.tally.cells);
        violations.extend(lived.violations.into_iter().map(|says| format!("seed {seed}: {says}")));
        let fair = life(seed, true);
        (0..4).for_each(|at| written[at] += fair.written[at]);
        violations.extend(fair.violations.into_iter().map(|says| format!("fair {seed}: {says}")));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    let [made, changed, archived, _] = written;
    assert!(made > 50 && changed > 50 && archived > 0, "{written:?}");
    assert!(cells.faults() > 30 && cells.killed() > 3, "{cells}");
    assert_eq!(cells.unheard_of(), [""; 0], "{cells}");
    let is_hit = |stage| Blow::all().any(|blow| cells.count(blow, stage) > 0);
    // So few seeds need not come to a doubt.
    let mut sure = Stage::ALL.into_iter().filter(|it| *it != Stage::InDoubt);
    assert!(sure.all(is_hit), "{cells}");
}

/// Seeds that once ended badly, and why.
#[test]
fn what_went_wrong_once_does_not_again() {
    let once = [
        // Somebody wrote below the marker of a note whose making was in doubt, and it was made again.
        (254, false),
        // A contact of two vendors lost the tags of the one that nobody watched any more.
        (2121, true),
    ];
    let violations = once.map(|(seed, fair)| life(seed, fair).violations);
    assert_eq!(violations, once.map(|_| Vec::<String>::new()));
}

/// Every cell is either possible and has to be filled, or impossible and has to stay empty.
#[test]
fn what_never_happened_is_missed() {
    let mut cells = Cells::default();
    let missing = cells.missing().len();
    assert_eq!((missing, cells.least().0, cells.unheard_of().len()), (94, 0, 0));
    let all = || Blow::all().flat_map(|blow| Stage::ALL.map(|stage| (blow, stage)));
    let (impossible, possible): (Vec<_>, Vec<_>) =
        all().partition(|(blow, stage)| blow.impossible(*stage).is_some());
    possible.iter().for_each(|(blow, stage)| cells.hit(*blow, *stage));
    assert_eq!((cells.missing().len(), cells.least().0), (0, 1));
    impossible.iter().for_each(|(blow, stage)| cells.hit(*blow, *stage));
    assert_eq!(cells.unheard_of().len(), impossible.len());
}

#[test]
fn one_seed_is_one_life() {
    for seed in [2, 8] {
        let (one, other) = (life(seed, false), life(seed, false));
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_eq!(format!("{:?}", one.tally), format!("{:?}", other.tally));
    }
    assert_ne!(life(2, false).trace, life(3, false).trace);
}

/// Without an argument that says how many, and with one.
#[test]
fn the_command_says_how_it_went() {
    let simulate = |args: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_simulate")).args(args).output().expect("a run");
        (ran.status.code(), String::from_utf8(ran.stdout).expect("text"))
    };
    assert_eq!(
        simulate(&[]),
        (Some(2), "simulate --seeds N [--from M] [--threads T]\n".to_owned())
    );
    let (code, told) = simulate(&["--seeds", "3", "--from", "7"]);
    let closing = told.lines().last().expect("a closing line");
    assert!(closing.starts_with("3 seeds, ") && closing.ends_with(", 0 violations"), "{told}");
    assert_eq!(code, Some(0));
    for threads in ["1", "3"] {
        let args = ["--seeds", "3", "--from", "7", "--threads", threads];
        assert_eq!(simulate(&args), (code, told.clone()), "{threads} threads");
    }
}
