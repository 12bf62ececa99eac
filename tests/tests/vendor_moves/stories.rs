//! When does a move become a task, and what becomes of it as moves, people and vendors go on?

use concordat_model::{Action, Resource, Side, Value as Held};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};

use super::{OURS, UPGUARDS, after, steps_of, tasks};

#[test]
fn what_a_vendor_is_when_it_is_first_seen_is_remembered_and_gets_no_task() {
    let mut world = after("vendor v2 | name=Bolt | host=bolt.com | tier=1");
    let plan = world.plan();
    let remembered = plan.settlements.iter().filter(|it| it.ends[Side::Highlevel].is_empty());
    let of: Vec<&str> = remembered.map(|it| it.mapping.as_str()).collect();
    assert_eq!(of, ["vendor_tiers", "vendor_assessments"]);
    world.agree();
    check(&world, &[]);
    assert_eq!(tasks(&world), 0);
}

#[test]
fn a_move_becomes_a_task_at_the_vendors_contact_and_the_next_one_opens_it_again() {
    let mut world = after(UPGUARDS);
    check(
        &world,
        &[
            "write c1: tier 2 -> 1 [OnlyMoved UpGuard]",
            "create task from v1, marked: title Tier of Acme: 1; body acme.com; state no",
        ],
    );
    let step = steps_of(&world, "vendor_tiers").remove(0);
    let constant = |name: &str| step.constants.get(&name.into()).cloned();
    assert_eq!(constant("contactId"), Some(Held::text("c1")));
    assert_eq!(constant("dueDate"), Some(Held::Time(at(world.minute + 7 * 24 * 60))));
    world.agree();
    check(&world, &[]);
    // Open, it says what it is now.
    let id = task(&world);
    world.play("vendor v1 | tier=4");
    check(
        &world,
        &[
            "write c1: tier 1 -> 4 [OnlyMoved UpGuard]",
            &format!("write {id}: title Tier of Acme: 1 -> Tier of Acme: 4 [OnlyMoved UpGuard]"),
            &format!("settle v1 = {id}: state equal"),
        ],
    );
    world.agree();
    // Completed, it stays so until the tier moves, were it back to what it was.
    world.play(&format!("task {id} | done=yes"));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "told once");
    world.apply(&plan);
    check(&world, &[]);
    world.play("vendor v1 | score=700 | assessment=Draft\nagree");
    check(&world, &[]);
    world.play(UPGUARDS);
    let again = "title Tier of Acme: 4 -> Tier of Acme: 1 [OnlyMoved UpGuard]; state yes -> no";
    check(
        &world,
        &[
            "write c1: tier 4 -> 1 [OnlyMoved UpGuard]",
            &format!("write {id}: {again} [OnlyMoved UpGuard]"),
        ],
    );
    world.agree();
    check(&world, &[]);
    assert_eq!(tasks(&world), 1, "one for each vendor");
}

#[test]
fn the_state_of_an_assessment_has_a_task_of_its_own() {
    let mut world = after("vendor v1 | assessment=Published");
    let made = "create task from v1, marked: title Assessment of Acme: Published; body acme.com";
    check(&world, &[&format!("{made}; state no")]);
    world.play("agree\nvendor v1 | tier=1\nagree");
    assert_eq!(tasks(&world), 2);
    check(&world, &[]);
    world.play("vendor v1 | assessment=-");
    let step = only_step(&world);
    assert_eq!(step.fields[0].after, Some(Held::text("Assessment of Acme: none")));
    world.play("agree\nvendor v1 | assessment=Draft\nagree");
    check(&world, &[]);
    assert_eq!(tasks(&world), 2);
}

#[test]
fn that_there_is_none_any_more_is_a_move_too() {
    let mut world = after("vendor v1 | tier=-");
    let step = steps_of(&world, "vendor_tiers").remove(0);
    assert_eq!(step.fields[0].after, Some(Held::text("Tier of Acme: none")));
    world.agree();
    let id = task(&world);
    for tier in ["2", "-"] {
        world.play(&format!("task {id} | done=yes\nagree\nvendor v1 | tier={tier}"));
        let opened = steps_of(&world, "vendor_tiers").remove(0);
        assert!(opened.fields.iter().any(|it| it.name.as_str() == "state"), "{opened:?}");
        world.agree();
    }
    // What is not covered has not moved.
    check(&after("vendor v1 | tier=?"), &[]);
}

#[test]
fn one_that_moves_there_and_back_while_nobody_looks_did_not_move() {
    check(&after(&format!("{UPGUARDS}\nvendor v1 | tier=2")), &[]);
}

#[test]
fn a_vendor_without_contacts_waits_and_gets_its_task_with_the_first() {
    let mut world =
        after("vendor v2 | name=Bolt | host=bolt.com | tier=2\nagree\nvendor v2 | tier=1");
    let waits = "held v2 [NoAnchor HighLevel]";
    check(&world, &[waits]);
    world.apply(&world.plan());
    check(&world, &[waits]);
    world.play("person p2 of v2 | name=Bo Ek | email=bo@bolt.com");
    let plan = world.plan();
    let made = plan.steps.iter().find(|it| it.mapping.as_str() == "vendor_tiers").expect("a task");
    assert!(made.awaits().is_some(), "at the contact that the same plan makes");
    world.agree();
    assert_eq!(tasks(&world), 1);
    world.play("incomplete task\nvendor v1 | tier=1");
    let held = world.plan().held;
    assert_eq!(held.len(), 1, "{held:?}");
}

#[test]
fn a_deleted_task_is_done_with_and_the_next_move_makes_one() {
    let mut world = after(&format!("{UPGUARDS}\nagree"));
    world.play(&format!("task {} gone", task(&world)));
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.dismissals.is_empty());
    world.apply(&plan);
    check(&world, &[]);
    world.play(&format!("{OURS}\nagree"));
    assert_eq!(tasks(&world), 0, "the CRM's own");
    world.play("vendor v1 | tier=4");
    assert_eq!(steps_of(&world, "vendor_tiers")[0].action, Action::Create);
    world.agree();
    check(&world, &[]);
}

#[test]
fn a_vendor_that_is_gone_completes_its_task_and_without_one_is_forgotten_quietly() {
    let of_moves = |world: &World| {
        let plan = world.plan();
        let held = plan.held.iter().filter(|it| it.mapping.as_str().starts_with("vendor_"));
        (steps_of(world, "vendor_tiers").len(), held.count())
    };
    let mut world = after("vendor v1 gone");
    assert_eq!(of_moves(&world), (0, 0));
    world.play(&format!("vendor v1 here\n{UPGUARDS}\nagree\nvendor v1 gone"));
    let [step] = steps_of(&world, "vendor_tiers").try_into().expect("one step");
    assert_eq!(
        (step.action, step.record.expect("a task").id.as_str()),
        (Action::Archive, &*task(&world))
    );
    world.play("gone vendor_tiers delete");
    assert_eq!(steps_of(&world, "vendor_tiers")[0].action, Action::Delete);
}

#[test]
fn what_moves_while_nobody_watches_a_vendor_or_outside_the_slice_waits_until_it_is_back() {
    for (leaves, returns) in
        [("vendor v1 dormant", "vendor v1 watched"), ("slice pci", "vendor v1 | labels=PCI")]
    {
        let mut world = after(&format!("{leaves}\n{UPGUARDS}"));
        let plan = world.plan();
        let said = plan.held.iter().filter(|it| it.mapping.as_str() == "vendor_tiers").count();
        assert_eq!((plan.steps.len(), plan.settlements.len(), said), (0, 0, 0), "{leaves}");
        world.apply(&plan);
        world.play(returns);
        assert_eq!(steps_of(&world, "vendor_tiers")[0].action, Action::Create, "{leaves}");
        world.agree();
        // What has a task is left as it is.
        world.play(&format!("vendor v1 | labels=-\n{leaves}\nvendor v1 | tier=4"));
        assert!(world.plan().steps.is_empty(), "{leaves}");
    }
}

#[test]
fn a_vendor_that_was_added_again_goes_on_where_it_was() {
    let again = "vendor v1 gone
        vendor v9 | name=Acme | host=acme.com | tier=2 | assessment=Draft";
    let mut world = after(again);
    world.agree();
    assert_eq!(tasks(&world), 0);
    world.play("person p1 of v9\nvendor v9 | tier=1");
    assert_eq!(steps_of(&world, "vendor_tiers").len(), 1, "it is remembered as it was");
    // Added again with another tier, it has moved.
    let mut world = after(&again.replace("tier=2", "tier=1"));
    world.play("person p1 of v9");
    world.agree();
    assert_eq!(tasks(&world), 1);
    // Also where nobody is there yet at whom a task could stand.
    let mut world = after(&again.replace("tier=2", "tier=1"));
    world.agree();
    assert_eq!(tasks(&world), 0);
    world.play("person p1 of v9\nagree");
    assert_eq!(tasks(&world), 1);
    // Its task goes with it.
    let mut world = after(&format!("{UPGUARDS}\nagree\n{}", again.replace("tier=2", "tier=4")));
    world.play("person p1 of v9");
    world.agree();
    check(&world, &[]);
    assert_eq!(tasks(&world), 1);
    let title = &world.views.highlevel.here(Resource::Task).next().expect("a task").record.name;
    assert_eq!(&**title, "Tier of Acme: 4");
}

#[test]
fn a_task_that_is_found_again_without_a_base_is_left_as_people_left_it() {
    let mut world = after(&format!("{UPGUARDS}\nagree"));
    world.play(&format!("task {} | done=yes", task(&world)));
    world.agreements.links.clear();
    assert!(world.plan().conflicts.is_empty());
    world.agree();
    check(&world, &[]);
    world.play("vendor v1 | tier=4");
    assert!(
        steps_of(&world, "vendor_tiers")[0].fields.iter().any(|it| it.name.as_str() == "state")
    );
}

#[test]
fn it_needs_the_contacts_of_vendors() {
    let mut world = World::of("on tiers\non assessments");
    let names = |world: &World| -> Vec<String> {
        world.rules().mappings.iter().map(|it| it.name.to_string()).collect()
    };
    assert_eq!(names(&world), ["vendors", "contacts", "vendor_tiers", "vendor_assessments"]);
    assert_eq!(names(&World::default()), ["vendors", "contacts"]);
    world.settings.contacts.enabled = false;
    let problems = concordat_mapping::rules(&world.settings, 0).expect_err("nobody to stand at");
    let places: Vec<&str> = problems.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(places, ["mapping.vendor_tiers.enabled", "mapping.vendor_assessments.enabled"]);
}
