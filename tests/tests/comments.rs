//! What becomes of what people say about a threat? Stories, told by the plan that follows.

use concordat_model::{Side, Step, Value};
use concordat_tests::paper;
use concordat_tests::world::{World, at};

/// A threat under investigation and its task, agreed upon; tasks stand at the contact `desk`. Nothing
/// before minute 1000 is mirrored.
const STOLEN: &str = "
    on threats at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    threat t1 | title=Stolen password | state=investigating | severity=high | detected=100
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(STOLEN);
    world.agreements.since = Some(at(1000));
    world.play(edits);
    world
}

/// The reference that the task of `t1` shows.
fn reference(world: &World) -> String {
    let mut tasks = world.views.highlevel.here(concordat_model::Resource::Task);
    let task = &tasks.next().expect("a task").record;
    let held = task.reading.get(&"reference".into()).cloned().flatten();
    held.expect("a reference").to_string()
}

#[track_caller]
fn check(world: &World, expect: &[&str]) {
    let text = paper::text(&world.plan());
    let told: Vec<&str> = text.lines().filter(|it| *it != "nothing").collect();
    assert_eq!(told, expect);
}

#[track_caller]
fn only_step(world: &World) -> Step {
    let mut steps = world.plan().steps;
    assert_eq!(steps.len(), 1, "{}", paper::text(&world.plan()));
    steps.remove(0)
}

fn only_note(world: &World) -> String {
    let mut notes = world.views.highlevel.here(concordat_model::Resource::Note);
    notes.next().expect("a note").record.key.id.as_str().to_owned()
}

fn body(step: &Step) -> String {
    step.fields[0].after.as_ref().expect("a text").to_string()
}

#[test]
fn a_comment_becomes_a_note_at_the_contact_of_the_task() {
    let mut world = after("comment k1 of t1 | text=Password reset. | by=Ada Brook | when=1500");
    let step = only_step(&world);
    assert_eq!(
        (step.entity.as_str(), step.parent().expect("a contact").as_str()),
        ("note", "desk")
    );
    let body = body(&step);
    let (head, said) = body.split_once("\n\n").expect("a head");
    assert!(head.starts_with(&reference(&world)), "{head}");
    assert!(head.contains("Ada Brook in UpGuard") && head.ends_with("comment k1"), "{head}");
    assert_eq!(said, "Password reset.");
    world.agree();
    check(&world, &[]);
}

#[test]
fn a_note_that_names_the_threat_becomes_a_comment_and_comes_back_once() {
    let mut world = after("");
    world.play(&format!(
        "note n1 of desk | text=[{}] Called the user. | when=1500",
        reference(&world)
    ));
    let step = only_step(&world);
    assert_eq!(
        (step.entity.as_str(), step.parent().expect("a threat").as_str()),
        ("comment", "t1")
    );
    assert_eq!(body(&step), "Called the user.");
    world.agree();
    check(&world, &[]);
    let comments = world.views.upguard.here(concordat_model::Resource::Comment).count();
    let notes = world.views.highlevel.here(concordat_model::Resource::Note).count();
    assert_eq!((comments, notes), (1, 1), "it does not come back as a note");
}

#[test]
fn other_notes_and_older_texts_stay_where_they_are() {
    let world = after(
        "note n1 of desk | text=Asked for a quote. | when=1500
         note n2 of desk | text=[sic] as she said | when=1500
         comment k1 of t1 | text=Old news. | by=Ada | when=900",
    );
    check(&world, &[]);
}

#[test]
fn a_note_waits_while_the_threat_takes_no_comments() {
    let mut world = after("threat t1 | state=open\nagree");
    world.play(&format!("note n1 of desk | text=[{}] Hm. | when=1500", reference(&world)));
    check(&world, &["held n1 [NotInvestigated UpGuard]"]);
    world.play("threat t1 | state=remediating");
    assert_eq!(only_step(&world).entity, "comment");
}

#[test]
fn a_reference_that_names_nothing_is_said() {
    check(
        &after("note n1 of desk | text=[T-0000] Hm. | when=1500"),
        &["held n1 [UnknownReference HighLevel]"],
    );
}

#[test]
fn a_note_that_is_too_long_for_a_comment_is_held() {
    let mut world = after("");
    let long = "x".repeat(4000);
    world.play(&format!("note n1 of desk | text=[{}] {long} | when=1500", reference(&world)));
    check(&world, &["held n1 [TooLong UpGuard]"]);
}

#[test]
fn a_lost_link_is_found_again_by_the_marker_and_nothing_comes_back() {
    let mut world = after("comment k1 of t1 | text=Password reset. | by=Ada | when=1500");
    let note = format!("note n1 of desk | text=[{}] Called. | when=1500", reference(&world));
    world.play(&format!("{note}\nagree"));
    world.agreements.links.retain(|_, link| link.mapping.as_str() != "comments");
    // When a side says it was written is not what tells ours from theirs.
    for side in Side::BOTH {
        let records = world.views[side].records.values_mut();
        for it in records.filter(|it| it.record.key.id.as_str().starts_with("new")) {
            let written = if side == Side::Upguard { "created" } else { "added" };
            it.record.reading.set(written.into(), Some(Value::Time(at(1600))));
        }
    }
    let plan = world.plan();
    assert!(plan.steps.is_empty(), "{}", paper::text(&plan));
    assert_eq!(plan.settlements.len(), 2);
    world.agree();
    check(&world, &[]);
}

#[test]
fn an_edited_mirror_and_an_edited_note_are_told_once_and_left() {
    let mut world = after("comment k1 of t1 | text=Password reset. | by=Ada | when=1500\nagree");
    let id = only_note(&world);
    world.play(&format!("note {id} | text=Something else."));
    let plan = world.plan();
    assert!(plan.steps.is_empty());
    assert_eq!(plan.drift.len(), 1, "{}", paper::text(&plan));
    world.agree();
    check(&world, &[]);
}

#[test]
fn a_deleted_mirror_is_not_restored() {
    let mut world = after("comment k1 of t1 | text=Password reset. | by=Ada | when=1500\nagree");
    let id = only_note(&world);
    world.play(&format!("note {id} gone"));
    let plan = world.plan();
    assert!(plan.steps.is_empty(), "{}", paper::text(&plan));
}
