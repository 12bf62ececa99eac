//! What becomes of a record that a side refused to make, or that nobody dares to make? Stories, told by the plan that
//! follows.

use concordat_tests::paper;
use concordat_tests::told::{check, only_step};
use concordat_tests::world::World;

const SAID: &str = "case p1: the side says there is such a contact (c9)";
const MADE: &str = "create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; company Acme";

/// A person for whom HighLevel did not make a contact, because of one that is there.
fn refused(edits: &str) -> World {
    let mut world = World::of(
        "vendor v1 | name=Acme | host=acme.com
         contact c9 | first=Zoe | last=Fox | email=zoe@fox.com
         agree
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         rebuff p1 c9",
    );
    world.play(edits);
    world
}

#[test]
fn a_refusal_is_said_for_a_week_and_then_it_is_tried_again() {
    check(&refused(""), &[SAID]);
    let mut world = refused("days 7");
    check(&world, &[MADE]);
    world.minute -= 1;
    check(&world, &[SAID]);
}

#[test]
fn other_values_than_those_that_were_refused_are_tried_at_once() {
    let mut world = refused("person p1 | phone=7");
    check(&world, &[&MADE.replace("; company", "; phone 7; company")]);
    world.play("person p1 | phone=-");
    check(&world, &[SAID]);
}

#[test]
fn what_a_person_wants_made_is_tried_although_it_was_refused() {
    let mut world = refused("person p2 of v1 | name=Bob Ray | email=bob@acme.com\nmatch p2 create");
    let text = paper::text(&world.plan());
    assert!(text.contains(SAID) && text.contains("create contact from p2"), "{text}");
    world.play("match p1 never");
    assert!(!paper::text(&world.plan()).contains("p1"), "{}", paper::text(&world.plan()));
    world.play("match p1 create");
    let text = paper::text(&world.plan());
    assert!(text.contains(MADE) && text.contains("create contact from p2"), "{text}");
}

#[test]
fn who_is_made_although_somebody_looks_like_them_is_made_despite_just_these() {
    let mut world = World::of(
        "vendor v1 | name=Acme | host=acme.com
         contact c1 | first=Ann | last=Lee | email=ANN@acme.com
         contact c2 | first=Ann | last=Lee | email=ann@home.org
         agree
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         match p1 create",
    );
    let step = only_step(&world);
    let despite: Vec<&str> = step.despite.iter().map(|it| it.id.as_str()).collect();
    assert_eq!((despite, step.name.as_str()), (vec!["c1"], "Ann Lee"));
    world.play("contact c1 | email=lee@acme.com\nmatch p1 create");
    assert!(only_step(&world).despite.is_empty(), "nobody looks like them any more");
}

#[test]
fn of_whom_too_little_is_known_nothing_is_made() {
    let world = World::of(
        "vendor v1 | host=acme.com | phone=+16502530000
         vendor v2 | name=Beta | host=beta.com
         agree
         person p1 of v1 | email=-",
    );
    check(&world, &["held v1 [Incompletable UpGuard]", "held p1 [Incompletable UpGuard]"]);
}

#[test]
fn a_part_that_names_a_person_says_what_becomes_of_them_whether_made_or_not() {
    let more = "person p2 of v1 | name=Bob Ray | email=bob@acme.com";
    check(&refused(&format!("{more}\nonly p1")), &[SAID]);
    check(&refused(&format!("{more}\ndays 7\nonly p1")), &[MADE]);
    let held = "held p3 [Incompletable UpGuard]";
    check(&refused("vendor v2 | host=beta.com\nperson p3 of v2 | email=-\nonly p3"), &[held]);
    let desk = "on threats at nobody@us.com\nthreat t1 | title=Stolen password | state=open";
    check(&World::of(&format!("{desk}\nonly t1")), &["held t1 [NoAnchor HighLevel]"]);
}
