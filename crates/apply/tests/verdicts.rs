//! What if a side keeps another value than the one it was given, or refuses it? Only what is known to be there
//! is agreed, and only what it will refuse again is not sent again.

use std::collections::BTreeSet;

use concordat_apply::{Carried, Fate, Halt};
use concordat_model::*;
use concordat_remote::{Ask, Cause, WriteError};

use crate::paper::*;

fn refused(cause: Cause) -> Fortune {
    Fails(WriteError::Refused(Paper::failure(cause)), Vec::new())
}

/// Another record has the same in `field`, if the side says where.
fn taken(field: Option<&str>) -> Fortune {
    refused(Cause::Duplicate { id: None, field: field.map(str::to_owned) })
}

#[tokio::test]
async fn a_value_that_comes_back_in_a_form_of_the_sides_own_is_agreed_and_another_value_is_not() {
    let sent = "Acme Ltd. (North)";
    for (kept, verdict) in [
        (&[("name", "Acme Ltd. (North)")], Verdict::Confirmed),
        (&[("name", "ACME LTD NORTH")], Verdict::Normalised),
        (&[("name", "Acme Ltd.")], Verdict::Normalised),
        (&[("name", "")], Verdict::Overtaken),
        (&[("name", "Beta Inc.")], Verdict::Overtaken),
        (&[("name", "Acme Ltd. (South)")], Verdict::Overtaken),
        (&[("name", "old")], Verdict::Discarded),
    ] {
        let mut change = only(&["name"], step(Some(key())));
        change.fields[0].after = text(sent);
        let paper = Paper::of([business("old")], [Turns(kept)]);
        let (done, ledger) = carried(change, &paper).await;
        assert_eq!(written(&done), [("name", verdict)], "{kept:?}");
        let is_kept = matches!(verdict, Verdict::Confirmed | Verdict::Normalised);
        assert_eq!(!agreed(&ledger).is_empty(), is_kept, "{kept:?}");
    }
}

#[tokio::test]
async fn one_of_several_fields_that_is_taken_does_not_keep_back_the_others() {
    let says = "HighLevel has another business with the same email".to_owned();
    let unknown = "HighLevel has another business with the same identity".to_owned();
    for (names, field, fate) in [
        (&["name", "email"][..], Some("email"), Fate::Failed(says.clone())),
        (&["email"], Some("email"), Fate::Refused(says)),
        (&["name", "email"], None, Fate::Refused(unknown)),
    ] {
        let paper = Paper::of([business("old")], [taken(field)]);
        let (done, ledger) = carried(only(names, step(Some(key()))), &paper).await;
        assert_eq!(done.fate, fate);
        let lessons = ledger.all_agreements().expect("a sound store").lessons;
        let learned: Vec<&str> = lessons.keys().map(|(_, field)| field.as_str()).collect();
        let expected = if field.is_some() { vec!["email"] } else { vec!["email", "name"] };
        assert_eq!(learned, expected, "what is taken is not sent again");
    }
}

#[tokio::test]
async fn what_another_record_has_did_not_arrive_and_nobody_needs_to_look() {
    let paper = Paper::of([business("old")], [taken(Some("email"))]);
    carried(step(Some(key())), &paper).await;
    let asked: Vec<Ask> = paper.asked().into_iter().map(|it| it.1).collect();
    assert_eq!(asked, [Ask::Read(Resource::Business), Ask::Send]);
}

#[tokio::test]
async fn a_set_of_which_nothing_arrived_is_refused_as_anything_else_is() {
    let set = |all: &str| {
        let all: BTreeSet<String> = all.split(' ').map(str::to_owned).collect();
        Some(Value::Set(all))
    };
    let mut change = only(&["name"], step(Some(key())));
    (change.fields[0].before, change.fields[0].after) = (set("kept old"), set("kept new"));
    let paper = Paper::of([business("old")], [refused(Cause::Rejected)]);
    paper.set("name", set("kept old"));
    let (done, ledger) = carried(change, &paper).await;
    assert!(matches!(done.fate, Fate::Refused(_)), "{:?}", done.fate);
    assert_eq!(ledger.all_agreements().expect("a sound store").lessons.len(), 1);
}

#[tokio::test]
async fn what_would_end_every_other_call_too_ends_the_run_and_says_why() {
    let paper = Paper::of([business("old")], []);
    *paper.hidden.lock().expect("whether it is hidden") = Some(Cause::Credentials);
    let steps = vec![step(Some(key())), Step { id: StepId::from("S2"), ..step(Some(key())) }];
    let Carried { done, halt, .. } = Desk::knowing([]).push(plan(steps), &paper).await;
    let Some(Halt::Remote(failure)) = halt else { panic!("{halt:?}") };
    assert_eq!(done[0].fate, Fate::Failed(failure.to_string()));
    assert_eq!(done[1].fate, Fate::NotReached);
    assert_eq!(paper.asked().len(), 1);
}
