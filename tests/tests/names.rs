//! By which names do people answer what a plan asks? Each question has one of its own, the same every night.

use std::collections::BTreeSet;

use concordat_model::Plan;
use concordat_tests::world::World;

/// Two vendors' numbers that differ, two people who are gone, and two of whom nobody knows who they are.
const ASKED: &str = "
    vendor v1 | name=Acme | host=acme.com | phone=+16502530000
    vendor v2 | name=Beta | host=beta.com | phone=+16502530001
    business b1 | name=Acme | website=acme.com | phone=+16502530002
    business b2 | name=Beta | website=beta.com | phone=+16502530003
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v1 | name=Bob Ray | email=bob@acme.com
    person p3 of v1 | name=Eve Fox | email=eve@acme.com
    person p4 of v1 | name=Kim Orr | email=kim@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    contact c2 | first=Bob | last=Ray | email=bob@acme.com
    contact c3 | first=Eve | last=Fox | email=eve@acme.com
    contact c4 | first=Kim | last=Orr | email=kim@acme.com
    contact c5 | first=Joe | last=Day
    contact c6 | first=Sam | last=May
    agree
    person p3 missed
    person p4 missed
    person p5 of v1 | name=Joe Day
    person p6 of v1 | name=Sam May
    ";

fn names(plan: &Plan) -> [Vec<&str>; 3] {
    [
        plan.conflicts.iter().map(|it| it.id.as_str()).collect(),
        plan.quarantined.iter().map(|it| it.id.as_str()).collect(),
        plan.cases.iter().map(|it| it.id.as_str()).collect(),
    ]
}

#[test]
fn no_two_questions_have_the_same_name_and_it_says_what_kind_they_are() {
    let world = World::of(ASKED);
    let plan = world.plan();
    for (names, (kind, count)) in names(&plan).into_iter().zip([("c-", 2), ("q-", 2), ("m-", 2)]) {
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count, "{names:?}");
        assert!(names.iter().all(|it| it.starts_with(kind)), "{names:?}");
    }
}

#[test]
fn a_question_keeps_its_name_whatever_else_happens() {
    let mut world = World::of(ASKED);
    let before = world.plan();
    world.play("days 3\nvendor v3 | name=Gamma | host=gamma.com\nperson p1 | phone=7");
    assert_eq!(names(&world.plan()), names(&before));
}

#[test]
fn a_question_says_which_answers_can_be_carried_out() {
    let world = World::of(
        "vendor v1 | name=Acme | host=acme.com | phone=+16502530000
         business b1 | name=Acme | website=acme.com | phone=+16502530002
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Anja | last=Lee | email=ann@acme.com",
    );
    let conflicts = world.plan().conflicts;
    let of = |mapping: &str| {
        let it = conflicts.iter().find(|it| it.mapping.as_str() == mapping).expect("a question");
        (it.can_write.upguard, it.can_write.highlevel)
    };
    assert_eq!(of("vendors"), (true, true));
    assert_eq!(of("contacts"), (false, true), "nobody writes people in UpGuard");
}
