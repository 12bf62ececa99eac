//! How far does a plan get of which a mapping may write only so many steps?

use concordat_apply::{Carried, Fate, Halt};
use concordat_model::*;

use crate::paper::*;

/// A change of each of these records, which the mapping asks for; the name of each is to be `new`.
fn changes(mapping: &str, ids: &[&str]) -> Vec<Step> {
    let change = |id: &&str| Step {
        id: StepId::from(*id),
        mapping: MappingName::from(mapping),
        link: LinkId::from(*id),
        sources: vec![RecordKey::new(Resource::Vendor, *id)],
        ..only(&["name"], step(Some(RecordKey::new(Resource::Business, *id))))
    };
    ids.iter().map(change).collect()
}

fn holds(id: &str, name: &str) -> Record {
    Record { key: RecordKey::new(Resource::Business, id), ..business(name) }
}

fn is_written(carried: &Carried) -> Vec<bool> {
    carried.done.iter().map(|it| matches!(it.fate, Fate::Applied(_))).collect()
}

#[tokio::test]
async fn a_mapping_whose_share_is_used_up_is_left_and_the_others_are_carried_out() {
    let ids = ["B1", "B2", "B3", "B4"];
    let paper = Paper::of(ids.map(|id| holds(id, "old")), [Arrives, Arrives, Arrives]);
    let mut desk = Desk::knowing([]);
    desk.steps_max.insert(MappingName::from("vendors"), 2);
    let steps = [changes("vendors", &ids[..3]), changes("people", &ids[3..])].concat();
    let carried = desk.push(plan(steps), &paper).await;
    assert_eq!(is_written(&carried), [true, true, false, true]);
    assert_eq!(carried.done[2].fate, Fate::NotReached);
    let Some(Halt::Budget(reached)) = carried.halt else { panic!("{:?}", carried.halt) };
    assert_eq!(reached, Reached::StepsPerRun(MappingName::from("vendors"), 2));
}

#[tokio::test]
async fn a_share_that_is_just_enough_stops_nothing() {
    let paper = Paper::of(["B1", "B2"].map(|id| holds(id, "old")), [Arrives, Arrives]);
    let mut desk = Desk::knowing([]);
    desk.steps_max.insert(MappingName::from("vendors"), 2);
    let carried = desk.push(plan(changes("vendors", &["B1", "B2"])), &paper).await;
    assert_eq!(is_written(&carried), [true, true]);
    assert!(carried.halt.is_none(), "{:?}", carried.halt);
}

#[tokio::test]
async fn what_is_so_already_uses_up_nothing_of_a_share() {
    let held = [holds("B1", "new"), holds("B2", "new"), holds("B3", "old"), holds("B4", "old")];
    let paper = Paper::of(held, [Arrives]);
    let mut desk = Desk::knowing([]);
    desk.steps_max.insert(MappingName::from("vendors"), 1);
    let carried = desk.push(plan(changes("vendors", &["B1", "B2", "B3", "B4"])), &paper).await;
    assert_eq!(is_written(&carried), [false, false, true, false]);
    let satisfied = carried.done.iter().filter(|it| it.fate == Fate::Satisfied);
    assert_eq!(satisfied.count(), 2);
    assert_eq!(carried.done[3].fate, Fate::NotReached);
}
