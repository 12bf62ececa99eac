//! What does a step wait for? A value goes to the vendor first and from there to the business; of records
//! that are made of the same vendor one comes after the other. What was not done keeps back what rests on it,
//! and nothing else.

use concordat_apply::Fate;
use concordat_model::*;
use concordat_remote::{Cause, WriteError};

use crate::paper::*;

fn vendor() -> RecordKey {
    RecordKey::new(Resource::Vendor, "1")
}

/// These fields of the vendor, from `old` to `new`.
fn first(names: &[&str]) -> Step {
    Step {
        id: StepId::from("S0"),
        link: LinkId::from("L0"),
        side: Side::Upguard,
        entity: "vendor".into(),
        resource: Resource::Vendor,
        sources: Vec::new(),
        ..only(names, step(Some(vendor())))
    }
}

/// The same to one field of the business that stands for the vendor.
fn then(name: &str) -> Step {
    let (id, link) = (StepId::from(name), LinkId::from(name));
    Step { id, link, ..only(&[name], step(Some(key()))) }
}

/// A vendor and a business that hold the same.
fn both(value: &str, fortunes: impl IntoIterator<Item = Fortune>) -> Paper {
    Paper::of([Record { key: vendor(), ..business(value) }, business("old")], fortunes)
}

fn fails(cause: Cause) -> Fortune {
    Fails(WriteError::NoEffect(Paper::failure(cause)), Vec::new())
}

fn made(nth: &str) -> Step {
    Step { id: StepId::from(nth), link: LinkId::from(nth), ..step(None) }
}

async fn fates(steps: impl Into<Vec<Step>>, paper: &Paper) -> Vec<Fate> {
    let carried = Desk::knowing([]).push(plan(steps.into()), paper).await;
    assert!(carried.halt.is_none(), "{:?}", carried.halt);
    carried.done.into_iter().map(|it| it.fate).collect()
}

fn is_applied(fate: &Fate) -> bool {
    matches!(fate, Fate::Applied(_))
}

fn superseded(says: &str) -> Fate {
    Fate::Superseded(says.to_owned())
}

#[tokio::test]
async fn what_did_not_reach_the_vendor_goes_no_further() {
    let paper = both("old", [fails(Cause::Unreachable), Arrives]);
    let fates = fates([first(&["name", "phone"]), then("name"), then("email")], &paper).await;
    assert!(matches!(fates[0], Fate::Failed(_)), "{:?}", fates[0]);
    assert_eq!(fates[1], superseded("name was not agreed on with UpGuard first"));
    assert!(is_applied(&fates[2]), "the vendor was to get nothing of it: {:?}", fates[2]);
    assert_eq!(paper.sent(), [vec!["name", "phone"], vec!["email"]]);
}

#[tokio::test]
async fn what_may_not_be_written_at_the_vendor_is_not_tried_at_the_business_either() {
    let paper = both("old", [fails(Cause::Scope)]);
    let fates = fates([first(&["name"]), then("name")], &paper).await;
    let [Fate::Unwritable(_), Fate::Unwritable(says)] = &fates[..] else { panic!("{fates:?}") };
    assert_eq!(says, "name was not agreed on with UpGuard first");
}

#[tokio::test]
async fn of_what_the_vendor_keeps_in_part_only_that_part_goes_further() {
    let paper = both("old", [Turns(&[("name", "old")]), Arrives, Arrives]);
    let all = first(&["name", "phone", "email"]);
    let fates = fates([all, then("name"), then("phone"), then("email")], &paper).await;
    let goes: Vec<bool> = fates.iter().map(is_applied).collect();
    assert_eq!(goes, [true, false, true, true], "{fates:?}");
}

#[tokio::test]
async fn what_the_vendor_holds_already_goes_further_and_what_moved_there_does_not() {
    let paper = both("old", [Arrives, Arrives, Arrives]);
    paper.set("name", text("new"));
    paper.set("phone", text("theirs"));
    let all = first(&["name", "phone", "email"]);
    let fates = fates([all, then("name"), then("phone"), then("email")], &paper).await;
    let goes: Vec<bool> = fates.iter().map(is_applied).collect();
    assert_eq!(goes, [true, true, false, true], "{fates:?}");
}

#[tokio::test]
async fn a_vendor_that_holds_all_of_it_feeds_the_business() {
    let paper = both("new", [Arrives]);
    let fates = fates([first(&["name"]), then("name")], &paper).await;
    assert_eq!(fates[0], Fate::Satisfied);
    assert!(is_applied(&fates[1]), "{:?}", fates[1]);
}

#[tokio::test]
async fn where_one_was_not_made_the_next_of_the_same_source_waits() {
    let paper = Paper::of(None, [fails(Cause::Unreachable), Arrives]);
    let others = Step { sources: vec![RecordKey::new(Resource::Vendor, "2")], ..made("S3") };
    let fates = fates([made("S1"), made("S2"), others], &paper).await;
    assert!(matches!(fates[0], Fate::Failed(_)), "{:?}", fates[0]);
    assert_eq!(fates[1], superseded("what comes before it was not made"));
    assert!(is_applied(&fates[2]), "another vendor has nothing to do with it: {:?}", fates[2]);
}

#[tokio::test]
async fn where_one_was_made_the_next_of_the_same_source_follows() {
    let mut paper = Paper::of(None, [Arrives, Arrives]);
    paper.unlisted = 2.into();
    let fates = fates([made("S1"), made("S2")], &paper).await;
    assert!(fates.iter().all(is_applied), "{fates:?}");
}

#[tokio::test]
async fn a_change_that_failed_keeps_nothing_from_being_made() {
    let mut paper = Paper::of([business("old")], [fails(Cause::Unreachable), Arrives]);
    paper.unlisted = 1.into();
    let fates = fates([step(Some(key())), made("S2")], &paper).await;
    assert!(matches!(fates[0], Fate::Failed(_)), "{:?}", fates[0]);
    assert!(is_applied(&fates[1]), "{:?}", fates[1]);
}

fn contact(nth: &str) -> Step {
    Step { entity: "contact".into(), resource: Resource::Contact, ..made(nth) }
}

/// A step that makes a task at a contact: at one that is there, or at the one that is made for a link.
fn task(id: &str, path: &str, at: &str) -> Step {
    Step {
        id: StepId::from(id),
        mapping: MappingName::from("tasks"),
        link: LinkId::from(id),
        entity: "task".into(),
        resource: Resource::Task,
        constants: [(Path::from(path), Value::text(at))].into(),
        sources: vec![RecordKey::new(Resource::Risk, id)],
        ..only(&["name"], step(None))
    }
}

#[tokio::test]
async fn a_task_stands_at_the_contact_that_was_made_for_it() {
    for (fortune, is_made) in [(Arrives, true), (fails(Cause::Unreachable), false)] {
        let mut paper = Paper::of(None, [fortune, Arrives]);
        paper.unlisted = 2.into();
        let fates = fates([contact("S1"), task("T1", "contactId of link", "S1")], &paper).await;
        assert_eq!(is_applied(&fates[1]), is_made, "{fates:?}");
        match is_made {
            true => assert_eq!(paper.sent()[1], ["name", "contactId"]),
            false => {
                let says = "the record at which it would stand was not made";
                assert_eq!(fates[1], superseded(says));
            }
        }
    }
}

#[tokio::test]
async fn what_would_stand_at_a_contact_that_was_not_reached_is_not_reached_either() {
    let mut desk = Desk::knowing([]);
    desk.steps_max.insert(MappingName::from("vendors"), 1);
    let mut paper = Paper::of([business("old")], [Arrives, Arrives]);
    paper.unlisted = 1.into();
    let awaits = task("T1", "contactId of link", "S2");
    let stands = task("T2", "contactId", "C1");
    let steps = vec![step(Some(key())), contact("S2"), awaits, stands];
    let done = desk.push(plan(steps), &paper).await.done;
    assert_eq!((&done[1].fate, &done[2].fate), (&Fate::NotReached, &Fate::NotReached));
    assert!(is_applied(&done[3].fate), "where it stands, there is one: {:?}", done[3].fate);
}
