//! What if a record is to be made that may be there already? It is made at most once: before it is sent, and
//! when nobody knows what became of it, it is looked for, and nobody else's is taken for it.

use std::time::Duration;

use concordat_apply::{Fate, asks};
use concordat_model::*;
use concordat_remote::{Ask, Cause, Failure, WriteError};

use crate::paper::*;

const NOW: Duration = Duration::ZERO;

fn lookup() -> Option<Lookup> {
    Some(Lookup { path: Path::from("email"), value: Value::text("new") })
}

/// A step that makes a business, by whose name it is known.
fn create() -> Step {
    Step { identity: [(Path::from("name"), text("new"))].into(), ..step(None) }
}

fn lost() -> WriteError {
    WriteError::InDoubt(Paper::failure(Cause::NoAnswer))
}

fn answered(status: u16) -> WriteError {
    let cause = Cause::Rejected;
    WriteError::InDoubt(Failure { status: Some(status), ..Paper::failure(cause) })
}

fn with_marker(marker: &str, mut record: Record) -> Record {
    record.reading.set(Path::from("marker"), text(marker));
    record
}

fn second(record: Record) -> Record {
    Record { key: RecordKey::new(Resource::Business, "B2"), ..record }
}

/// What becomes of `step` if these records are there after it was sent and no answer came.
async fn after(step: &Step, records: impl Into<Vec<Record>>) -> Fate {
    let paper = Paper::of(None, [Fails(lost(), records.into())]);
    carried(step.clone(), &paper).await.0.fate
}

fn made(fate: Fate) -> Option<RecordKey> {
    match fate {
        Fate::Applied(receipt) => Some(receipt.record),
        Fate::InDoubt(_) => None,
        fate => panic!("{fate:?}"),
    }
}

#[tokio::test]
async fn what_the_link_has_already_is_not_made_again() {
    let mut desk = Desk::knowing([Event::Settled(linked("L1", "vendors", key(), None))]);
    let paper = Paper::of([business("new")], []);
    assert_eq!(desk.carry(create(), &paper).await.fate, Fate::Satisfied);
    assert!(paper.asked().is_empty());
    // Of a link that lost it, there is nothing.
    let mut lost = linked("L1", "vendors", key(), None);
    lost.ends[Side::Highlevel].clear();
    let mut desk = Desk::knowing([Event::Settled(lost)]);
    let done = desk.carry(create(), &Paper::of(None, [Arrives])).await;
    assert_eq!(made(done.fate), Some(key()));
}

#[tokio::test]
async fn three_times_too_late_is_left_to_the_next_run_and_each_time_it_is_looked_for_anew() {
    let paper = Paper::of(None, [Late(&[]), Late(&[]), Late(&[])]);
    let (done, ledger) = carried(create(), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!((paper.sent().len(), ledger.open_intents().count()), (3, 0));
    let ages = paper.asked().into_iter().filter_map(|(_, ask)| match ask {
        Ask::Find { max_age } => Some(max_age),
        Ask::Read(_) | Ask::Send => None,
    });
    let ages: Vec<Duration> = ages.collect();
    let [lately, NOW, NOW] = ages[..] else { panic!("{ages:?}") };
    assert_eq!(asks(&create())[0].1, Ask::Find { max_age: lately });
}

#[tokio::test]
async fn what_had_no_effect_for_another_reason_is_not_tried_again_at_once() {
    let error = WriteError::NoEffect(Paper::failure(Cause::Unreachable));
    let paper = Paper::of(None, [Fails(error, Vec::new())]);
    let (done, _) = carried(create(), &paper).await;
    assert!(matches!(done.fate, Fate::Failed(_)), "{:?}", done.fate);
    assert_eq!(paper.sent().len(), 1);
}

#[tokio::test]
async fn a_record_of_the_same_identity_is_the_one_that_was_made() {
    assert_eq!(made(after(&create(), [business("new")]).await), Some(key()));
    assert_eq!(made(after(&create(), [business("theirs")]).await), None);
    let two = [second(business("theirs")), business("new")];
    assert_eq!(made(after(&create(), two).await), Some(key()));
    let twice = [second(business("new")), business("new")];
    assert_eq!(made(after(&create(), twice).await), None, "nobody can tell which");
    let despite = Step { despite: vec![key()], ..create() };
    assert_eq!(
        made(after(&despite, [business("new")]).await),
        None,
        "a person said that it is not"
    );
}

#[tokio::test]
async fn a_record_is_made_with_its_marker() {
    let paper = Paper::of(None, [Arrives]);
    carried(Step { marker: Some("m1".into()), ..create() }, &paper).await;
    assert_eq!(paper.holds("marker").as_deref(), Some("m1"));
}

#[tokio::test]
async fn a_record_with_our_marker_is_ours_whatever_it_holds() {
    let step = Step { marker: Some("m1".into()), ..create() };
    let ours = with_marker("m1", business("theirs"));
    let other = with_marker("m2", second(business("theirs")));
    assert_eq!(made(after(&step, [other.clone()]).await), None);
    assert_eq!(made(after(&step, [other, ours]).await), Some(key()));
    assert_eq!(made(after(&create(), [business("theirs")]).await), None, "both have no marker");
}

#[tokio::test]
async fn what_has_our_marker_before_it_was_sent_is_ours_and_agreed_as_far_as_it_holds_it() {
    let step = Step { marker: Some("m1".into()), ..create() };
    let paper = Paper::of([with_marker("m1", business("new"))], []);
    paper.set("phone", text("theirs"));
    let (done, ledger) = carried(step, &paper).await;
    assert_eq!(
        (done.fate, agreed(&ledger)),
        (Fate::Satisfied, vec!["email".into(), "name".into()])
    );
    assert!(paper.sent().is_empty());
}

#[tokio::test]
async fn a_record_that_is_somebody_elses_in_the_same_mapping_is_not_taken_for_ours() {
    for (mapping, expected) in [("vendors", None), ("people", Some(key()))] {
        let mut desk = Desk::knowing([Event::Settled(linked("L2", mapping, key(), None))]);
        let paper = Paper::of(None, [Fails(lost(), vec![business("new")])]);
        let done = desk.carry(create(), &paper).await;
        assert_eq!(made(done.fate), expected, "{mapping}");
    }
}

#[tokio::test]
async fn a_rejection_counts_once_the_record_is_proven_not_to_be_there() {
    for (error, proven, is_refused) in [
        (answered(422), true, true),
        (answered(422), false, false),
        (answered(503), true, false),
        (lost(), true, false),
    ] {
        let mut paper = Paper::of(None, [Fails(error.clone(), Vec::new())]);
        paper.proves_absence = proven;
        let (done, ledger) = carried(create(), &paper).await;
        assert_eq!(matches!(done.fate, Fate::Refused(_)), is_refused, "{error}: {:?}", done.fate);
        assert_eq!(matches!(done.fate, Fate::InDoubt(_)), !is_refused, "{error}: {:?}", done.fate);
        assert_eq!(ledger.open_intents().count(), usize::from(!is_refused), "{error}");
        let rebuffs = ledger.all_agreements().expect("a sound store").rebuffs;
        assert_eq!(rebuffs.len(), usize::from(is_refused), "{error}");
    }
}

#[tokio::test]
async fn what_exists_already_is_linked_unless_it_is_linked_to_another() {
    for (mapping, is_linked) in [("people", true), ("vendors", false)] {
        let cause = Cause::Duplicate { id: Some("B1".into()), field: Some("email".into()) };
        let error = WriteError::Refused(Paper::failure(cause));
        let mut desk = Desk::knowing([Event::Settled(linked("L2", mapping, key(), None))]);
        let paper = Paper::of(None, [Fails(error, vec![business("new")])]);
        let done = desk.carry(Step { lookup: lookup(), ..create() }, &paper).await;
        assert_eq!(matches!(done.fate, Fate::Superseded(_)), is_linked, "{:?}", done.fate);
        assert_eq!(matches!(done.fate, Fate::Refused(_)), !is_linked, "{:?}", done.fate);
        assert_eq!(agreed(&desk.ledger).len(), if is_linked { 3 } else { 0 });
    }
}

/// The phone that the business was made with is the vendor contact's, and its name would be.
#[tokio::test]
async fn what_a_record_was_made_with_for_others_sake_is_agreed_with_them_if_it_is_there() {
    let one = |id: &str| RecordKey::new(Resource::VendorContact, id);
    let endowment = |id: &str, name: &str| Endowment {
        made_for: LinkId::from("L1"),
        mapping: MappingName::from("contacts"),
        one: one(id),
        name: "Ann".into(),
        stamp: None,
        fields: only(&[name], step(None)).fields,
    };
    let others = Endowment { made_for: LinkId::from("L9"), ..endowment("3", "email") };
    let endowments = vec![endowment("1", "phone"), endowment("2", "name"), others];
    let plan = Plan { endowments, ..plan(vec![create()]) };
    let mut desk = Desk::knowing([]);
    let carried = desk.push(plan, &Paper::of(None, [Turns(&[("name", "theirs")])])).await;
    assert!(matches!(carried.done[0].fate, Fate::Applied(_)), "{:?}", carried.done[0].fate);
    let [link] = &desk.ledger.links_of(&one("1")).expect("a sound store")[..] else {
        panic!("no link")
    };
    assert_eq!(link.ends[Side::Highlevel], [key()]);
    assert_eq!(link.base.keys().map(Field::as_str).collect::<Vec<_>>(), ["phone"]);
    for id in ["2", "3"] {
        assert!(desk.ledger.links_of(&one(id)).expect("a sound store").is_empty(), "{id}");
    }
}
