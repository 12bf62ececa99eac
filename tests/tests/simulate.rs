//! Does it hold, whatever happens? A few lives of the simulation, as an ordinary test; `docs/testing.md` says
//! how to live thousands.

use std::process::Command;

use concordat_tests::simulate::life;

/// The same as `simulate --seeds 14` lives, without faults, too: an engine that never acts must not pass.
#[test]
fn whatever_happens_a_life_ends_well() {
    let mut violations = Vec::new();
    let (mut written, mut faults, mut killed) = ([0; 3], 0, 0);
    for seed in 0..14 {
        let lived = life(seed, false);
        faults += lived.tally.faults.values().sum::<u64>();
        killed += lived.tally.crashes.values().sum::<u64>();
        violations.extend(lived.violations.into_iter().map(|says| format!("seed {seed}: {says}")));
        let fair = life(seed, true);
        (0..3).for_each(|at| written[at] += fair.written[at]);
        violations.extend(fair.violations.into_iter().map(|says| format!("fair {seed}: {says}")));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    let [made, changed, archived] = written;
    assert!(made > 50 && changed > 50 && archived > 0, "{written:?}");
    assert!(faults > 30 && killed > 3, "{faults} faults, {killed} killed");
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
    assert_eq!(simulate(&[]), (Some(2), "simulate --seeds N [--from M]\n".to_owned()));
    let (code, told) = simulate(&["--seeds", "3", "--from", "7"]);
    let closing = told.lines().last().expect("a closing line");
    assert!(closing.starts_with("3 seeds, ") && closing.ends_with(", 0 violations"), "{told}");
    assert_eq!(code, Some(0));
    assert_eq!(simulate(&["--seeds", "3", "--from", "7"]), (code, told));
}
