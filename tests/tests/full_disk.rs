//! What if the disk is full, or a sync fails? What cannot be recorded is not sent, and nothing is tried again;
//! once the disk is well, the same command finishes the work.

use std::fs;
use std::process::Command;
use std::time::Duration;

use concordat_apply::{Done, Fate, Halt};
use concordat_engine::{EngineError, Pushed};
use concordat_ledger::{History, LedgerError};
use concordat_model::{Event, Sides};
use concordat_oracle::twins;
use concordat_tests::night::{ALLOW_FIRST, Night, Ran};

use crate::paced::{Town, Weather};

/// The command, on a disk on which no file can be longer than so many bytes.
fn cramped(command: &Command, bytes: u64) -> Ran {
    // The shell's blocks are of 512 bytes. A file that is too long is an error, and no signal.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", bytes / 512);
    let mut sh = Command::new("sh");
    sh.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => sh.env(name, value),
            None => sh.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        sh.current_dir(dir);
    }
    Ran::of(sh)
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    let night = Night::falls(4, 8, 12);
    night.run(&["plan", "--out", "p.json"]).exits(0);
    let length = |name: &str| fs::metadata(night.state_dir().join(name)).expect("a file").len();
    let frames = "ledger/00000000000000000000.frames";
    let apply = [&["apply", "p.json"], &ALLOW_FIRST[..]].concat();
    let mut stopped = 0;
    for room in [512, 4 << 10, 16 << 10, 48 << 10] {
        let at_first = length(frames);
        let longest = length("store/db").max(at_first);
        let before = night.sandbox.writing_requests();
        let ran = cramped(&night.command(&apply), longest + room);
        assert!(!ran.err.contains("panicked"), "{}", ran.told());
        if ran.code == Some(1) {
            stopped += 1;
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains("could not be") || said.contains("failed"), "{}", ran.told());
        }
        let sent = night.sandbox.writing_requests() - before;
        assert!(sent == 0 || length(frames) > at_first, "{sent} were sent and none recorded");
    }
    assert!(stopped > 0, "the disk was never full");
    let ran = night.run(&apply);
    assert!(matches!(ran.code, Some(0 | 3 | 6)), "{}", ran.told());
    let ran = night.run(&["reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
    night.finds_nothing();
    night.run(&["history", "verify"]).exits(0);
}

/// Goal: a write is sent if its intent is durable, and never otherwise. Method: a first agreement whose ledger
/// fails at one sync after the other, or at one length after the other.
#[tokio::test(start_paused = true)]
async fn a_ledger_that_fails_ends_the_run_before_the_write() {
    let least = Sides::from_fn(|_| Duration::from_millis(1));
    let mut failed = 0;
    for nth in 0..24_u32 {
        let mut town = Town::of(4, least, 3, Weather::Fair);
        let (plan, _) = town.plans().await;
        match nth % 2 {
            0 => town.disk.fail_sync(nth / 2),
            _ => town.disk.fill_up(600 * nth as usize),
        }
        let before = writes(&town);
        let pushed = town.pushes(plan.clone()).await;
        let recorded = History::read_on(&town.disk).expect("a ledger");
        let events = recorded.entries().filter_map(|it| it.entry()).map(|it| &it.event);
        let intended = events.filter(|it| matches!(it, Event::Intended { .. })).count() as u64;
        let sent = writes(&town) - before;
        assert!(sent <= intended, "case {nth}: {sent} sent, {intended} intended");
        let error = match &pushed {
            Ok(Pushed { halt: None, .. }) => continue,
            Ok(Pushed { halt: Some(Halt::Ledger(error)), done, .. }) => {
                let is_applied = |it: &Done| matches!(it.fate, Fate::Applied(_) | Fate::Satisfied);
                assert!(!done.iter().all(is_applied), "case {nth}: nothing is left");
                error
            }
            // Its beginning or its end could not be recorded.
            Err(EngineError::Ledger(error)) => error,
            Ok(_) | Err(_) => panic!("case {nth}: {pushed:?}"),
        };
        failed += 1;
        assert!(matches!(error, LedgerError::Io { .. }), "case {nth}: {error}");
        // The same process tries nothing more, even now that the disk is well.
        town.disk.fill_up(usize::MAX);
        let before = writes(&town);
        assert!(town.pushes(plan).await.is_err(), "case {nth}");
        assert_eq!(writes(&town), before, "case {nth}");
    }
    assert!(failed > 20, "{failed}");
}

/// How many requests were sent that write.
fn writes(town: &Town) -> u64 {
    let counted = town.counted().operations.into_iter();
    let writing = counted.filter(|(name, _)| !name.starts_with("GET ") && !name.contains("search"));
    writing.map(|(_, count)| count).sum()
}
