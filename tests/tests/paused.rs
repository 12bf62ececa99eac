//! What if a process stands still, and goes on after another one did its work? While it stands still it has
//! the locks, so the other one is refused. Where its locks were taken from it, it writes nothing any more.

use std::fs;
use std::thread;
use std::time::Duration;

use concordat_oracle::twins;
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{ALLOW_FIRST, Child, Night, copy};

/// Longer than a write may wait for its turn after its record was read.
const LONGER_THAN_FRESH: Duration = Duration::from_secs(6);

const APPLY: [&str; 2] = ["apply", "p.json"];

/// A first agreement that stands still in the middle.
fn paused(seed: u64) -> (Night, Child) {
    let night = Night::falls(seed, 8, 12);
    night.run(&["plan", "--out", "p.json"]).exits(0);
    let child = night.start(&[&APPLY[..], &ALLOW_FIRST[..]].concat());
    until("some writes", || night.sandbox.writing_requests() >= 4);
    child.pause();
    (night, child)
}

#[test]
fn nobody_works_on_the_state_of_a_process_that_stands_still() {
    let (night, mut child) = paused(1);
    night.run(&APPLY).exits(11).says(&["in use by concordat"]);
    assert!(child.runs());
    child.resume();
    assert!(matches!(child.ends(), Some(0 | 3 | 6)));

    // Its lock is removed: what it holds of the mirror still keeps others out, and it stops by itself.
    let (night, child) = paused(2);
    fs::remove_file(night.state_dir().join("ledger/lock")).expect("a lock");
    night.run(&APPLY).exits(11).says(&["in use"]);
    let before = night.sandbox.writing_requests();
    child.resume();
    assert_eq!(child.ends(), Some(11));
    assert!(night.sandbox.writing_requests() <= before + 1, "what was intended, and nothing more");
    let ran = night.run(&APPLY);
    assert!(matches!(ran.code, Some(0 | 3 | 6)), "{}", ran.told());
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
}

#[test]
fn who_goes_on_after_another_did_its_work_sends_nothing() {
    let (night, child) = paused(3);
    // As when a backup of the directory is put in its place.
    let aside = night.file("aside");
    fs::rename(night.state_dir(), &aside).expect("a state to move");
    copy(&aside, &night.state_dir());
    thread::sleep(LONGER_THAN_FRESH);
    let ran = night.run(&APPLY);
    assert!(matches!(ran.code, Some(0 | 3 | 6)), "{}", ran.told());

    let before = night.sandbox.writing_requests();
    child.resume();
    assert_eq!(child.ends(), Some(11));
    assert_eq!(night.sandbox.writing_requests(), before, "its turn is over");
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
    night.run(&["history", "verify"]).exits(0);
}
