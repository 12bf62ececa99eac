//! What becomes of what people say about a threat? Stories, told by the plan that follows.

use std::collections::BTreeSet;

use concordat_mapping::OnEdit;
use concordat_model::{Resource, Side, Step, Value};
use concordat_tests::paper;
use concordat_tests::told::{self, check, only_step};
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
    told::reference(world, "t1")
}

fn only_note(world: &World) -> String {
    let mut notes = world.views.highlevel.here(Resource::Note);
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
    let comments = world.views.upguard.here(Resource::Comment).count();
    let notes = world.views.highlevel.here(Resource::Note).count();
    assert_eq!((comments, notes), (1, 1), "it does not come back as a note");
}

#[test]
fn other_notes_and_older_texts_stay_where_they_are() {
    let world = after(
        "note n1 of desk | text=Asked for a quote. | when=1500
         note n2 of desk | text=[sic] as she said | when=1500
         note n3 of desk | text=[x-ray] was taken | when=1500
         note n5 of desk | text=[T-ABC] is a code | when=1500
         note n6 of desk | text=[Q-and-a] with her | when=1500
         note n4 of desk | text=[T-0000] of long ago | when=900
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

/// The texts of all comments, in the order in which they were added.
fn comments(world: &World) -> Vec<String> {
    let mut all: Vec<_> = world.views.upguard.here(Resource::Comment).collect();
    all.sort_by_key(|it| (it.record.key.id.as_str().len(), it.record.key.clone()));
    let said = all.into_iter().map(|it| it.record.reading.get(&"content".into()).cloned());
    said.map(|held| held.flatten().expect("a text").to_string()).collect()
}

/// A world in which a note of three parts was written.
fn with_a_long_note() -> World {
    let mut world = after("");
    let long = "word ".repeat(2000);
    world.play(&format!("note n1 of desk | text=[{}] {long} | when=1500", reference(&world)));
    world
}

#[test]
fn a_note_that_is_too_long_for_a_comment_becomes_parts_in_order() {
    let mut world = with_a_long_note();
    let plan = world.plan();
    let bodies: Vec<String> = plan.steps.iter().map(body).collect();
    assert_eq!(bodies.len(), 3, "{}", paper::text(&plan));
    for (number, body) in (1..).zip(&bodies) {
        assert!(body.starts_with(&format!("(part {number}/3)\n\n")), "{body:.40}");
        assert!(body.chars().count() + 30 <= 4000, "there is room for the marker");
    }
    let words: usize = bodies.iter().map(|it| it.matches("word").count()).sum();
    assert_eq!(words, 2000, "nothing is lost");
    let markers: BTreeSet<_> = plan.steps.iter().filter_map(|it| it.marker.clone()).collect();
    assert_eq!(markers.len(), 3, "each has a marker of its own");
    world.agree();
    check(&world, &[]);
    assert_eq!(world.views.highlevel.here(Resource::Note).count(), 1, "no part comes back");
}

#[test]
fn what_was_begun_is_finished_as_it_was_meant() {
    let whole = with_a_long_note().plan();
    for done in 1..3 {
        let mut world = with_a_long_note();
        world.scope.limit = Some(done);
        let part = world.plan();
        world.apply(&part);
        world.scope.limit = None;
        // Meanwhile the note was cut short: what was begun is finished as it was.
        let mut edited = world.clone();
        edited.play(&format!("note n1 | text=[{}] Short.", reference(&world)));
        for world in [&mut world, &mut edited] {
            assert_eq!(bodies(&world.plan()), bodies(&whole)[done as usize..]);
            assert!(world.plan().drift.is_empty(), "an edit is told of when it is finished");
            world.apply(&world.plan());
            assert_eq!(comments(world).len(), 3);
            assert!(world.plan().steps.is_empty(), "{}", paper::text(&world.plan()));
        }
    }
}

fn bodies(plan: &concordat_model::Plan) -> Vec<String> {
    plan.steps.iter().map(body).collect()
}

#[test]
fn lost_links_of_parts_are_found_again_and_none_comes_back() {
    let mut world = with_a_long_note();
    world.agree();
    world.agreements.links.retain(|_, link| link.mapping.as_str() != "comments");
    for it in world.views.upguard.records.values_mut() {
        if it.record.key.resource == Resource::Comment {
            it.record.reading.set("created".into(), Some(Value::Time(at(1600))));
        }
    }
    let plan = world.plan();
    assert!(plan.steps.is_empty(), "{}", paper::text(&plan));
    assert_eq!(plan.settlements.len(), 3);
    world.agree();
    check(&world, &[]);
}

#[test]
fn an_edited_source_is_told_once_or_corrected_once_for_each_edit() {
    let said = "comment k1 of t1 | text=Password reset. | by=Ada | when=1500\nagree";
    let mut told = after(said);
    told.play("comment k1 | text=Password reset twice.");
    let plan = told.plan();
    assert!(plan.steps.is_empty() && plan.drift.len() == 1, "{}", paper::text(&plan));
    told.agree();
    check(&told, &[]);

    let mut world = after(said);
    world.settings.comments.on_edit = OnEdit::Correction;
    check(&world, &[]);
    for (count, text) in
        [(2, "Password reset twice."), (3, "No: once."), (4, "Password reset twice.")]
    {
        world.play(&format!("comment k1 | text={text}"));
        let body = body(&only_step(&world));
        let (head, now) = body.split_once("\n\n").expect("a head");
        assert!(head.ends_with("comment k1 · correction"), "{head}");
        assert_eq!(now, text);
        world.agree();
        check(&world, &[]);
        assert_eq!(world.views.highlevel.here(Resource::Note).count(), count);
    }
    assert_eq!(comments(&world).len(), 1, "no correction comes back");
    // Once corrected, it is not told again by another rule either.
    world.settings.comments.on_edit = OnEdit::Report;
    check(&world, &[]);
}

#[test]
fn an_edited_note_is_corrected_on_the_threat() {
    let mut world = after("");
    world.settings.comments.on_edit = OnEdit::Correction;
    let reference = reference(&world);
    world.play(&format!("note n1 of desk | text=[{reference}] Called. | when=1500\nagree"));
    world.play(&format!("note n1 | text=[{reference}] Called twice."));
    assert_eq!(body(&only_step(&world)), "(correction)\n\nCalled twice.");
    world.agree();
    check(&world, &[]);
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
    check(&world, &[&format!("held {id} [Gone HighLevel]")]);
}

#[test]
fn what_is_said_in_the_minute_in_which_concordat_begins_to_watch_is_told() {
    assert_eq!(
        only_step(&after("comment k1 of t1 | text=Now. | by=Ada | when=1000")).entity,
        "note"
    );
}

#[test]
fn what_was_begun_is_finished_and_corrected_although_concordat_watches_anew_since() {
    let mut world = after("comment k1 of t1 | text=Reset. | by=Ada | when=1500\nagree");
    world.agreements.since = Some(at(2000));
    world.settings.comments.on_edit = OnEdit::Correction;
    world.play("comment k1 | text=Reset twice.");
    assert!(body(&only_step(&world)).ends_with("Reset twice."));

    let mut world = with_a_long_note();
    world.scope.limit = Some(1);
    world.apply(&world.plan());
    world.scope.limit = None;
    world.agreements.since = Some(at(2000));
    assert_eq!(world.plan().steps.len(), 2);
}

#[test]
fn parts_of_which_one_may_have_arrived_wait_for_it() {
    let mut world = with_a_long_note();
    let steps = world.plan().steps;
    world.in_doubt.insert(steps[1].link.clone(), Side::Upguard);
    assert_eq!(world.plan().steps, steps[..1], "what comes before it does not wait");
    world.in_doubt = [(steps[0].link.clone(), Side::Upguard)].into();
    check(&world, &["held n1 [InDoubt UpGuard]"]);
}

#[test]
fn parts_of_a_note_that_was_cut_short_do_not_come_back_as_notes() {
    let mut world = with_a_long_note();
    world.agree();
    let short = format!("note n1 | text=[{}] Short.", reference(&world));
    world.play(&short);
    world.agreements.links.retain(|_, link| link.mapping.as_str() != "comments");
    for it in world.views.upguard.records.values_mut() {
        if it.record.key.resource == Resource::Comment {
            it.record.reading.set("created".into(), Some(Value::Time(at(1600))));
        }
    }
    let plan = world.plan();
    assert!(plan.steps.iter().all(|it| it.entity != "note"), "{}", paper::text(&plan));
}

#[test]
fn how_many_are_known_depends_on_who_was_asked_and_is_no_sign_of_a_side_that_shows_too_little() {
    let world = after("comment k1 of t1 | text=Done. | when=1500\nagree\nagree");
    let before = |resource| {
        let plan = world.plan();
        plan.census.iter().find(|it| it.resource == resource).expect("counted").before
    };
    assert_eq!([Resource::Comment, Resource::Note].map(before), [None, None]);
    assert_eq!(before(Resource::Task), Some(1));
}
