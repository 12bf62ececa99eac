//! What does a run make of a record that an earlier one may have made? While the index of a side may lag, it
//! waits; it drops nothing that may be there.

use concordat_apply::Effect;
use concordat_remote::{Cause, WriteError};

use crate::paper::*;

/// A run that begins so many seconds after a business was sent of which no answer came, and that is not seen.
async fn later(seconds: i64) -> (Desk, Paper) {
    let lost = WriteError::InDoubt(Paper::failure(Cause::NoAnswer));
    let mut paper = Paper::of(None, [Fails(lost, Vec::new())]);
    paper.proves_absence = false;
    let (_, ledger) = carried(step(None), &paper).await;
    paper.asked.lock().expect("what was asked").clear();
    let mut desk = Desk::new(ledger, "r2");
    desk.now = at(seconds);
    (desk, paper)
}

#[tokio::test]
async fn what_an_index_does_not_show_may_be_there_for_ten_minutes() {
    for (seconds, is_dropped) in [(61, false), (600, false), (601, true)] {
        let (mut desk, paper) = later(seconds).await;
        let effect = desk.settle(&paper).await;
        let unsure = Effect::Unsure("the search index may not show it yet".into());
        assert_eq!(effect, if is_dropped { Effect::Absent } else { unsure }, "{seconds}");
    }
}

#[tokio::test]
async fn what_is_proven_not_to_be_there_is_dropped_at_once() {
    let (mut desk, mut paper) = later(5).await;
    paper.proves_absence = true;
    assert_eq!(desk.settle(&paper).await, Effect::Absent);
    assert_eq!(paper.asked().len(), 1);
}

#[tokio::test]
async fn a_run_that_follows_at_once_looks_again_until_the_index_shows_it() {
    let (mut desk, mut paper) = later(5).await;
    paper.held = vec![business("new")].into();
    paper.unlisted = 1.into();
    assert_eq!(desk.settle(&paper).await, Effect::Adopted);
    assert_eq!(paper.asked().len(), 3, "two looks, and the record is read");
    assert_eq!(agreed(&desk.ledger).len(), 3);
}

#[tokio::test]
async fn a_run_that_follows_later_or_sees_it_does_not_wait() {
    let (mut desk, paper) = later(60).await;
    assert!(matches!(desk.settle(&paper).await, Effect::Unsure(_)));
    assert_eq!(paper.asked().len(), 1);
    let (mut desk, mut paper) = later(5).await;
    paper.held = vec![business("new")].into();
    assert_eq!(desk.settle(&paper).await, Effect::Adopted);
    assert_eq!(paper.asked().len(), 2, "a look, and the record is read");
}
