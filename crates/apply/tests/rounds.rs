//! What if a write cannot leave in time, or only a part of it arrives? The record is read and compared
//! again, and what is still to be done takes another round. A side made of paper says what becomes of each
//! write, and a person may act in between.

use concordat_apply::{Effect, Fate};
use concordat_model::*;
use concordat_remote::{Cause, WriteError};

use crate::paper::*;

#[tokio::test]
async fn a_write_that_is_late_is_compared_again_and_leaves_what_moved() {
    let paper = Paper::of(Some(business("old")), [Late(&[("phone", "theirs")]), Arrives]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    let confirmed = Verdict::Confirmed;
    assert_eq!(written(&done), [("name", confirmed), ("email", confirmed)]);
    assert_eq!(paper.holds("phone").as_deref(), Some("theirs"), "nothing of it is undone");
    assert_eq!(done.untouched.len(), 1);
    assert!(!done.untouched[0].satisfied, "{:?}", done.untouched);
    assert_eq!(ledger.open_intents().count(), 0);
}

#[tokio::test]
async fn what_arrived_is_agreed_on_and_what_did_not_goes_again() {
    let paper = Paper::of(Some(business("old")), [Part(&["name"]), Late(&[]), Arrives]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert_eq!(
        paper.sent(),
        [vec!["name", "phone", "email"], vec!["phone", "email"], vec!["phone", "email"]]
    );
    let names: Vec<&str> = written(&done).iter().map(|it| it.0).collect();
    assert_eq!(names, ["name", "phone", "email"]);
    assert_eq!(agreed(&ledger), ["email", "name", "phone"]);
    assert!(
        ledger.all_agreements().unwrap().lessons.is_empty(),
        "what never arrived was not discarded"
    );
}

#[tokio::test]
async fn after_three_rounds_it_is_left_to_the_next_run() {
    let late = || Late(&[]);
    let paper = Paper::of(Some(business("old")), [late(), late(), late()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (3, 0));

    let lost = || Part(&[]);
    let paper = Paper::of(Some(business("old")), [lost(), lost(), lost()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::InDoubt(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 1, "the next run looks for it");

    let paper = Paper::of(Some(business("old")), [Part(&["name"]), lost(), late()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    let Fate::Failed(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert!(says.ends_with("; name was written"), "{says}");
    assert_eq!(agreed(&ledger), ["name"]);
}

#[tokio::test]
async fn what_arrived_in_the_last_round_is_told_and_none_follows() {
    let late = || Late(&[]);
    let paper = Paper::of([business("old")], [late(), late(), Part(&["name"])]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    let Fate::Failed(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert!(says.ends_with("; name was written"), "{says}");
    assert_eq!((agreed(&ledger), paper.sent().len()), (vec!["name".to_owned()], 3));
    // If all of it did, nothing is left to be done.
    let all = || Part(&["name", "phone", "email"]);
    let paper = Paper::of([business("old")], [late(), late(), all()]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert_eq!((written(&done).len(), agreed(&ledger).len()), (3, 3));
}

/// Both are told in the same second.
#[tokio::test]
async fn what_was_read_before_a_write_is_older_than_what_was_read_after_it() {
    let paper = Paper::of(Some(business("old")), [Arrives]);
    let mut told = Vec::new();
    let (done, _) = watched(step(Some(key())), &paper, &mut |_, at| told.push(at)).await;
    let Fate::Applied(receipt) = &done.fate else { panic!("{:?}", done.fate) };
    assert_eq!(told.len(), 2);
    assert!(told[0] < told[1] && told[1] == receipt.read_at, "{told:?}");
}

#[tokio::test]
async fn a_refusal_is_believed_only_once_somebody_looked() {
    let paper = Paper::of(Some(business("old")), [Denied]);
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::InDoubt(_)), "{:?}", done.fate);
    assert_eq!(ledger.open_intents().count(), 1, "the next run looks for it");
    assert!(ledger.all_agreements().expect("a sound store").lessons.is_empty());
}

/// What the next run finds of a write of which it was not known whether it arrived, if `paths` hold it.
async fn settled(paths: &[&str]) -> (Effect, Vec<String>) {
    let lost = || Part(&[]);
    let paper = Paper::of(Some(business("old")), [lost(), lost(), lost()]);
    let (_, ledger) = carried(step(Some(key())), &paper).await;
    paths.iter().for_each(|path| paper.set(path, text("new")));
    let (effect, ledger) = found_out(ledger, &paper).await;
    (effect, agreed(&ledger))
}

#[tokio::test]
async fn of_what_arrived_in_part_the_history_tells_the_part() {
    assert_eq!(settled(&[]).await, (Effect::Absent, Vec::new()));
    assert_eq!(settled(&["name"]).await, (Effect::Adopted, vec!["name".to_owned()]));
    let all = ["email", "name", "phone"];
    assert_eq!(settled(&all).await, (Effect::Adopted, all.map(str::to_owned).into()));
}

#[tokio::test]
async fn a_set_that_somebody_else_changed_as_well_is_not_agreed() {
    let set = |all: &[&str]| Some(Value::Set(all.iter().map(ToString::to_string).collect()));
    let mut step = step(Some(key()));
    step.fields.truncate(1);
    (step.fields[0].before, step.fields[0].after) = (set(&["a"]), set(&["a", "b"]));
    for (held, expected) in [(set(&["a", "b"]), vec!["name"]), (set(&["a", "b", "c"]), vec![])] {
        let paper = Paper::of(Some(business("old")), []);
        paper.set("name", held);
        let (done, ledger) = carried(step.clone(), &paper).await;
        assert_eq!(
            (done.fate, agreed(&ledger)),
            (Fate::Satisfied, expected.iter().map(ToString::to_string).collect())
        );
    }
}

#[tokio::test]
async fn before_a_late_create_goes_again_it_is_looked_for_again() {
    let late = WriteError::NoEffect(Paper::failure(Cause::Late));
    let paper = Paper::of(None, [Fails(late, vec![business("theirs")])]);
    let (done, ledger) = carried(step(None), &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (1, 0), "it is not made twice");
}

/// A contact took over the address of one that was merged into it: no plan sees that it is the one.
#[tokio::test]
async fn what_another_record_answers_to_is_not_made_and_not_tried_every_night() {
    let lookup = Lookup { path: Path::from("email"), value: Value::text("new") };
    let create = Step { lookup: Some(lookup), ..step(None) };
    let paper = Paper::of(Some(business("theirs")), []);
    let (done, ledger) = carried(create.clone(), &paper).await;
    assert_eq!(
        done.fate,
        Fate::Refused("HighLevel has another business with the same email".into())
    );
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (0, 0));
    let rebuff = &ledger.all_agreements().expect("a sound store").rebuffs[&LinkId::from("L1")];
    assert_eq!(rebuff.duplicate, Some(key()));

    let paper = Paper::of(Some(business("NEW")), []);
    let (done, ledger) = carried(create, &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "the next plan sees it: {:?}", done.fate);
    assert!(ledger.all_agreements().expect("a sound store").rebuffs.is_empty());
}

#[tokio::test]
async fn nothing_is_archived_whose_counterpart_is_there_again() {
    let archive = Step { action: Action::Archive, sources: vec![key()], ..step(Some(key())) };
    let paper = Paper::of(Some(business("old")), [Arrives]);
    let (done, ledger) = carried(archive, &paper).await;
    let Fate::Superseded(says) = &done.fate else { panic!("{:?}", done.fate) };
    assert_eq!(says, "HighLevel business B1 is there again");
    assert!(paper.sent().is_empty() && agreed(&ledger).is_empty());
}
