//! What if something was agreed, written or left in doubt since the plan was made? What is newer than the plan
//! is not undone by it, and what the plan itself did is not done twice.

use concordat_apply::{Carried, Fate};
use concordat_model::entry::RunBegan;
use concordat_model::*;

use crate::paper::*;

/// L1 is agreed on, and that is the entry 1 of the ledger: 0 says that it was opened.
fn agreed_on_all() -> Desk {
    Desk::knowing([Event::Settled(linked("L1", "vendors", key(), Some("old")))])
}

#[tokio::test]
async fn what_was_agreed_on_since_the_plan_is_not_touched_by_it() {
    let paper = Paper::of([business("old")], []);
    let mut desk = agreed_on_all();
    let done = desk.carry(step(Some(key())), &paper).await;
    assert_eq!(done.fate, Fate::Superseded("a newer plan has agreed on it since".into()));
    let mut desk = agreed_on_all();
    let deletion = Step { action: Action::Delete, ..step(Some(key())) };
    let done = desk.carry(deletion, &paper).await;
    assert_eq!(done.fate, Fate::Superseded("a newer plan has agreed on it since".into()));
    assert!(paper.sent().is_empty());
}

#[tokio::test]
async fn what_was_agreed_on_before_the_plan_is_what_it_builds_on() {
    let paper = Paper::of([business("old")], [Arrives]);
    let mut desk = agreed_on_all();
    desk.position = desk.ledger.position();
    let done = desk.carry(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::Applied(_)), "{:?}", done.fate);
}

#[tokio::test]
async fn a_newer_agreement_that_did_all_of_it_leaves_nothing_to_be_said() {
    let paper = Paper::of([business("new")], []);
    let done = agreed_on_all().carry(step(Some(key())), &paper).await;
    assert_eq!(done.fate, Fate::Satisfied);
    // Of a part of it, somebody should know.
    paper.set("phone", text("old"));
    let done = agreed_on_all().carry(step(Some(key())), &paper).await;
    assert_eq!(done.fate, Fate::Superseded("a newer plan has agreed on it since".into()));
    paper.set("phone", text("theirs"));
    let done = agreed_on_all().carry(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::Superseded(_)), "{:?}", done.fate);
}

#[tokio::test]
async fn a_saved_plan_that_is_applied_again_does_not_undo_what_was_changed_since() {
    let Plan { scope, mapping, tenants, first_agreement, .. } = plan(Vec::new());
    let began = RunBegan {
        command: "apply".into(),
        plan: basis(),
        scope,
        allowed: Vec::new(),
        reason: None,
        mapping,
        tenants,
        first_agreement,
    };
    let mut desk = Desk::knowing([Event::Planned { plan: basis() }]);
    desk.ledger.append(at(0), Some(&desk.run), Event::RunBegan(began)).expect("an entry");
    let paper = Paper::of([business("old")], [Arrives]);
    let done = desk.carry(step(Some(key())), &paper).await;
    assert!(matches!(done.fate, Fate::Applied(_)), "{:?}", done.fate);
    paper.set("name", text("old"));
    let done = desk.carry(step(Some(key())), &paper).await;
    let says = "this plan has written it already, and it was changed since";
    assert_eq!(done.fate, Fate::Superseded(says.into()));
    assert_eq!((paper.sent().len(), paper.holds("name").as_deref()), (1, Some("old")));
}

#[tokio::test]
async fn where_a_write_is_in_doubt_no_other_one_is_sent_and_other_links_go_on() {
    let paper = Paper::of([business("old")], [Arrives]);
    let open = step(Some(key()));
    let intent = IntentId::of(&RunId::from("r0"), &open);
    let intended = Event::Intended { intent, step: Box::new(open.clone()) };
    let mut desk = Desk::knowing([intended]);
    let others = Step { id: StepId::from("S2"), link: LinkId::from("L2"), ..open.clone() };
    let Carried { done, .. } = desk.push(plan(vec![open, others]), &paper).await;
    assert!(matches!(done[0].fate, Fate::InDoubt(_)), "{:?}", done[0].fate);
    assert!(matches!(done[1].fate, Fate::Applied(_)), "{:?}", done[1].fate);
    assert_eq!(paper.sent().len(), 1);
}

#[tokio::test]
async fn what_its_side_does_not_watch_any_more_is_not_written() {
    let paper = Paper::of([business("old")], []);
    paper.set("monitored", Some(Value::Bool(false)));
    for action in [Action::Update, Action::Delete] {
        let (done, _) = carried(Step { action, ..step(Some(key())) }, &paper).await;
        assert_eq!(done.fate, Fate::Superseded("nobody watches the record any more".into()));
    }
}

fn dismissal(link: &str) -> Dismissal {
    Dismissal {
        case: link.into(),
        mapping: MappingName::from("vendors"),
        link: LinkId::from(link),
        name: "Acme".into(),
        gone: vec![key()],
        sources: vec![RecordKey::new(Resource::Vendor, "1")],
        why: step(None).why,
    }
}

#[tokio::test]
async fn what_both_sides_hold_already_is_recorded_unless_it_was_agreed_on_anew() {
    let settle = |link| linked(link, "vendors", key(), Some("new"));
    let old = |link| Event::Settled(linked(link, "vendors", key(), Some("old")));
    let mut desk = Desk::knowing([old("L1"), old("L3")]);
    let settlements = ["L1", "L2", "L5"].map(settle).into();
    let dismissals = ["L3", "L4"].map(dismissal).into();
    let plan = Plan { settlements, dismissals, ..plan(Vec::new()) };
    let carried = desk.push(plan, &Paper::of(None, [])).await;
    assert_eq!(carried.settled, 2, "what is recorded, and no dismissal");
    let held = |link: &str| {
        let link = desk.ledger.link(&LinkId::from(link)).expect("a sound store");
        link.and_then(|it| it.base.get(&Field::from("name"))?.held[Side::Upguard].clone())
    };
    assert_eq!(["L1", "L2", "L3", "L5"].map(held), ["old", "new", "old", "new"].map(text));
    let dismissed = desk.ledger.all_agreements().expect("a sound store").dismissed;
    assert_eq!(dismissed.into_keys().collect::<Vec<_>>(), [LinkId::from("L4")]);
}

#[tokio::test]
async fn of_what_is_there_only_what_is_wanted_is_agreed_and_not_what_moved() {
    let paper = Paper::of([business("new")], []);
    paper.set("phone", text("theirs"));
    let (done, ledger) = carried(step(Some(key())), &paper).await;
    assert_eq!(done.fate, Fate::Superseded("phone moved since the plan".into()));
    assert_eq!(agreed(&ledger), ["email", "name"]);
}

#[tokio::test]
async fn an_agreement_without_a_write_keeps_the_records_that_the_link_joins() {
    let older = linked("L1", "vendors", RecordKey::new(Resource::Business, "B0"), None);
    let mut desk = Desk::knowing([Event::Settled(older.clone())]);
    desk.position = desk.ledger.position();
    let done = desk.carry(step(Some(key())), &Paper::of([business("new")], [])).await;
    assert_eq!(done.fate, Fate::Satisfied);
    let link = desk.ledger.link(&LinkId::from("L1")).expect("a sound store").expect("it is there");
    assert_eq!((link.ends, link.base.len()), (older.ends, 3));
}
