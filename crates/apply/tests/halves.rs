//! What if a set is changed by half? It takes two requests, one for what comes and one for what goes, and the
//! second may have no effect. The rest goes in another round; it is no change of somebody else's.

use std::collections::BTreeSet;

use concordat_apply::{Effect, Fate};
use concordat_model::*;
use concordat_remote::WriteError;

use crate::paper::*;

fn set(all: &str) -> Held {
    let all: BTreeSet<String> = all.split(' ').map(str::to_owned).collect();
    Some(Value::Set(all))
}

/// A step that adds `new` to a set and takes `old` out of it, and what the record holds.
fn swap(held: &str, fortunes: impl IntoIterator<Item = Fortune>) -> (Step, Paper) {
    let mut step = step(Some(key()));
    step.fields.truncate(1);
    (step.fields[0].before, step.fields[0].after) = (set("kept old"), set("kept new"));
    let paper = Paper::of(Some(business("old")), fortunes);
    paper.set("name", set(held));
    (step, paper)
}

fn holds(paper: &Paper) -> Held {
    let held = paper.held.lock().expect("the records");
    held.first().and_then(|it| it.reading.get(&"name".into()).cloned().flatten())
}

#[tokio::test]
async fn the_other_half_goes_in_another_round_and_then_all_is_agreed() {
    for fails in [WriteError::InDoubt, WriteError::Refused] {
        let (step, paper) = swap("kept old", [Half(fails), Arrives]);
        let (done, ledger) = carried(step, &paper).await;
        assert_eq!(holds(&paper), set("kept new"));
        assert_eq!(written(&done), [("name", Verdict::Confirmed)]);
        let Fate::Applied(receipt) = &done.fate else { panic!("{:?}", done.fate) };
        assert_eq!(receipt.fields[0].before, set("kept old"), "the report tells the whole change");
        assert_eq!((agreed(&ledger), paper.sent().len()), (vec!["name".to_owned()], 2));
    }
}

#[tokio::test]
async fn a_half_that_stays_one_is_left_to_the_next_run() {
    let half = || Half(WriteError::InDoubt);
    let (step, paper) = swap("kept old", [half(), half(), half()]);
    let (done, ledger) = carried(step, &paper).await;
    assert_eq!(holds(&paper), set("kept new old"));
    let Fate::InDoubt(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert!(says.ends_with("; name was written"), "{says}");
    assert!(agreed(&ledger).is_empty(), "both do not hold it");
}

#[tokio::test]
async fn what_somebody_added_before_stays_theirs() {
    let (step, paper) = swap("kept old theirs", [Half(WriteError::InDoubt), Arrives]);
    let (done, ledger) = carried(step, &paper).await;
    assert_eq!(holds(&paper), set("kept new theirs"));
    assert_eq!(written(&done), [("name", Verdict::Overtaken)]);
    assert!(agreed(&ledger).is_empty(), "the other side has yet to hear of it");
}

/// A process that died between both requests left a half, or neither of them, or a person was there since.
#[tokio::test]
async fn of_a_half_that_a_dead_process_left_the_history_tells() {
    for (held, effect, is_agreed) in [
        ("kept old", Effect::Absent, false),
        ("kept old theirs", Effect::Absent, false),
        ("kept new old", Effect::Adopted, false),
        ("kept new old theirs", Effect::Adopted, false),
        ("kept new theirs", Effect::Adopted, false),
        ("kept new", Effect::Adopted, true),
    ] {
        let lost = || Part(&[]);
        let (step, paper) = swap("kept old", [lost(), lost(), lost()]);
        let (_, ledger) = carried(step, &paper).await;
        paper.set("name", set(held));
        let (found, ledger) = found_out(ledger, &paper).await;
        assert_eq!(found, effect, "{held}");
        assert_eq!(agreed(&ledger).is_empty(), !is_agreed, "{held}");
    }
}

/// A contact that stands for people of two vendors gets the labels of both, from two steps of one plan. Each
/// agrees on its own, unless a person had a hand in it.
#[tokio::test]
async fn what_another_step_of_the_plan_added_is_no_change_of_somebody_elses() {
    let adds = |number: &str, all: &str| {
        let mut step = only(&["name"], step(Some(key())));
        (step.id, step.link) = (StepId::from(number), LinkId::from(number));
        (step.fields[0].before, step.fields[0].after) = (set("kept"), set(all));
        step
    };
    for (held, verdict) in [("kept", Verdict::Confirmed), ("kept theirs", Verdict::Overtaken)] {
        let paper = Paper::of([business("old")], [Arrives, Arrives]);
        paper.set("name", set(held));
        let steps = vec![adds("L1", "kept one"), adds("L2", "kept two")];
        let carried = Desk::knowing([]).push(plan(steps), &paper).await;
        assert_eq!(holds(&paper), set(&format!("{held} one two")));
        let verdicts: Vec<_> = carried.done.iter().flat_map(written).collect();
        assert_eq!(verdicts, [("name", verdict), ("name", verdict)]);
    }
}
