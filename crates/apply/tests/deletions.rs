//! What if a deletion waits, is refused or in doubt, or somebody changes the record meanwhile?

use concordat_apply::Fate;
use concordat_model::*;
use concordat_remote::{Cause, WriteError};

use crate::paper::*;

/// Its name and phone are seen to be old, and all of it is to go.
fn deletion() -> Step {
    let step = step(Some(key()));
    let gone = |it: FieldStep| FieldStep { after: None, source: None, ..it };
    let fields = step.fields.into_iter().filter(|it| it.name.as_str() != "email").map(gone);
    let fields: Vec<FieldStep> = fields.collect();
    let identity = fields.iter().map(|it| (it.path.clone(), it.before.clone())).collect();
    Step { action: Action::Delete, fields, identity, ..step }
}

#[tokio::test]
async fn a_deletion_keeps_all_that_was_there_and_ends_its_link() {
    let paper = Paper::of(Some(business("old")), [Late(&[]), Arrives]);
    let (done, ledger) = carried(deletion(), &paper).await;
    let Fate::Applied(receipt) = &done.fate else { panic!("{:?}", done.fate) };
    let kept = receipt.fields.iter().filter(|it| it.before == text("old") && it.found.is_none());
    assert_eq!(kept.count(), 3, "also what no listing shows: {receipt:?}");
    assert_eq!(paper.sent().len(), 2);
    let link = ledger.link(&LinkId::from("L1")).expect("a sound store").expect("it was there");
    assert!(link.ends.iter().all(|(_, keys)| keys.is_empty()), "{link:?}");
}

#[tokio::test]
async fn a_deletion_is_taken_back_by_any_change_and_sent_once_if_it_is_in_doubt() {
    let paper = Paper::of(Some(business("old")), [Late(&[("phone", "theirs")])]);
    let (done, ledger) = carried(deletion(), &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 0);
    // By its stamp somebody did something to it that no field shows.
    let stamped = Record { stamp: Some(at(5)), ..business("old") };
    let (done, _) = carried(deletion(), &Paper::of(Some(stamped), [])).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
    // What is gone is there again.
    let back = Step { sources: vec![key()], ..deletion() };
    let (done, _) = carried(back, &Paper::of(Some(business("old")), [])).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
    let paper = Paper::of(Some(business("old")), [Part(&[])]);
    let (done, ledger) = carried(deletion(), &paper).await;
    assert!(matches!(done.fate, Fate::InDoubt(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 1, "the next run looks for it");
    // Refused, it is known to be undeletable; gone already, it was somebody else.
    let refused = WriteError::Refused(Paper::failure(Cause::Rejected));
    let paper = Paper::of(Some(business("old")), [Fails(refused, Vec::new())]);
    let (done, ledger) = carried(deletion(), &paper).await;
    assert!(matches!(done.fate, Fate::Refused(_)), "{:?}", done.fate);
    let lessons = ledger.all_agreements().expect("agreements").lessons;
    assert!(lessons.values().all(|it| it.sent.is_none()) && lessons.len() == 1, "{lessons:?}");
    let (done, _) = carried(deletion(), &Paper::of(None, [])).await;
    assert!(matches!(done.fate, Fate::Satisfied), "{:?}", done.fate);
}

#[tokio::test]
async fn a_deletion_that_is_too_late_three_times_is_left_to_the_next_run() {
    let paper = Paper::of([business("old")], [Late(&[]), Late(&[]), Late(&[])]);
    let (done, ledger) = carried(deletion(), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (3, 0));
    // Another reason is no better a moment later.
    let error = WriteError::NoEffect(Paper::failure(Cause::Unreachable));
    let paper = Paper::of([business("old")], [Fails(error, Vec::new())]);
    let (done, _) = carried(deletion(), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!(paper.sent().len(), 1);
}

#[tokio::test]
async fn a_record_nobody_touched_since_its_link_was_agreed_on_is_deleted() {
    for (stamp, is_deleted) in [(5, true), (10, true), (11, false)] {
        let mut link = linked("L1", "vendors", key(), Some("old"));
        link.stamps[Side::Highlevel] = Some(at(10));
        let mut desk = Desk::knowing([Event::Settled(link)]);
        desk.position = desk.ledger.position();
        let stamped = Record { stamp: Some(at(stamp)), ..business("old") };
        let paper = Paper::of([stamped], is_deleted.then_some(Arrives));
        let done = desk.carry(deletion(), &paper).await;
        assert_eq!(matches!(done.fate, Fate::Applied(_)), is_deleted, "{stamp}: {:?}", done.fate);
    }
}
