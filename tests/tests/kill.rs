//! Does a process that is killed leave anything behind that the next one does not mend? A few kills of the kill
//! harness, as an ordinary test, and the null control; `docs/testing.md` says how to kill thousands.

use std::process::Command;

use concordat_tests::kill::life;
use concordat_tests::kill::state::{Cells, State};

#[test]
fn whenever_it_is_killed_the_work_is_done_in_the_end() {
    let life = life(1, 5, false);
    assert!(life.violations.is_empty(), "{:#?}", life.violations);
    assert_eq!(life.cells.kills(), 5, "{}", life.cells);
    assert!(life.edits > 15 && life.compared > 10, "{life:?}");
}

/// The same life in which nobody is killed: it must not pass for one in which somebody was.
#[test]
fn nobody_was_killed_where_nobody_was_killed() {
    let null = life(1, 3, true);
    assert!(null.violations.is_empty(), "{:#?}", null.violations);
    assert_eq!((null.cells.kills(), null.done), (0, 3));

    let program = env!("CARGO_BIN_EXE_concordat-under-test");
    let args = ["--kills", "2", "--null", "--program", program];
    let ran = Command::new(env!("CARGO_BIN_EXE_kill")).args(args).output().expect("a run");
    let told = String::from_utf8(ran.stdout).expect("text");
    assert!(told.contains("0 processes died of signal 9, not 2"), "{told}");
    let closing = told.lines().last().expect("a closing line");
    assert!(closing.starts_with("0 kills, ") && closing.ends_with(", 1 violations"), "{told}");
    assert_eq!(ran.status.code(), Some(1));
}

#[test]
fn a_state_in_which_too_few_were_killed_is_missed() {
    let mut cells = Cells::default();
    assert_eq!(cells.missing(1).len(), State::ALL.len());
    State::ALL.into_iter().for_each(|state| cells.hit(state));
    assert_eq!((cells.missing(1), cells.missing(2).len()), (Vec::new(), State::ALL.len()));
}
