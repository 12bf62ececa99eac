//! Whose move is it, where both sides write the tier? What the CRM wrote is none, whatever happened in between.

use concordat_model::{Action, LinkId, RecordKey, Resource, Side, Value as Held};
use concordat_tests::paper;
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::World;

use super::{OURS, SEEN, UPGUARDS, after, steps_of, tasks};

/// The link that a profile of `contact` has with the vendor.
fn profile(contact: &str) -> LinkId {
    let pair = World::default().pair;
    let [vendor, contact] = [(Resource::Vendor, "v1"), (Resource::Contact, contact)]
        .map(|(it, id)| RecordKey::new(it, id));
    LinkId::between(&pair, &"profiles".into(), &vendor, &contact)
}

#[test]
fn what_the_crm_wrote_is_no_move_and_is_remembered() {
    let mut world = after(OURS);
    check(&world, &["write v1: tier 2 -> 3 [OnlyMoved HighLevel]"]);
    world.apply(&world.plan());
    let plan = world.plan();
    assert!(plan.steps.is_empty(), "nothing to look at, and a second run writes nothing");
    assert_eq!(plan.settlements.len(), 1, "remembered");
    world.agree();
    check(&world, &[]);
    // Taken back in UpGuard, it is a move, although it is what it was at first.
    world.play("vendor v1 | tier=2");
    let step = steps_of(&world, "vendor_tiers").remove(0);
    assert_eq!(
        (step.action, step.fields[0].after.clone()),
        (Action::Create, Some(Held::text("Tier of Acme: 2")))
    );
}

#[test]
fn what_the_crm_wrote_before_it_was_ever_seen_is_no_move() {
    let first = SEEN
        .replace("| tier=2", "")
        .replace("email=ann@acme.com\n    agree", "email=ann@acme.com | tier=3\nagree");
    let world = World::of(&first);
    check(&world, &[]);
    assert_eq!(tasks(&world), 0);
}

#[test]
fn a_completed_task_stays_so_where_the_crm_moved_it_and_says_what_it_is() {
    let mut world = after(&format!("{UPGUARDS}\nagree"));
    let id = task(&world);
    world.play(&format!("task {id} | done=yes\nagree\n{OURS}"));
    check(&world, &["write v1: tier 1 -> 3 [OnlyMoved HighLevel]"]);
    world.apply(&world.plan());
    check(
        &world,
        &[
            &format!("write {id}: title Tier of Acme: 1 -> Tier of Acme: 3 [OnlyMoved UpGuard]"),
            &format!("settle v1 = {id}: state drift"),
        ],
    );
    world.agree();
    check(&world, &[]);
    // That people completed it meanwhile is still told once.
    world.play(&format!("task {id} | done=no\nagree\ncontact c1 | tier=4"));
    world.apply(&world.plan());
    world.play(&format!("task {id} | done=yes"));
    assert_eq!(world.plan().drift.len(), 1);
    world.agree();
    check(&world, &[]);
    world.play(UPGUARDS);
    assert!(
        steps_of(&world, "vendor_tiers")[0].fields.iter().any(|it| it.name.as_str() == "state")
    );
}

#[test]
fn whichever_field_carries_a_tier_the_crms_own_is_no_move() {
    let own = "rule vendors rank upguard=tier highlevel=city
        business b1 | name=Acme | website=acme.com
        vendor v1 | name=Acme | host=acme.com | tier=2
        on tiers\n agree";
    let mut world = World::of(own);
    world.play("business b1 | city=3\nagree");
    check(&world, &[]);
    assert_eq!(tasks(&world), 0);
    world.play("vendor v1 | tier=1");
    let waits = "held v1 [NoAnchor HighLevel]";
    check(&world, &["write b1: rank 3 -> 1 [OnlyMoved UpGuard]", waits]);
}

#[test]
fn of_several_contacts_one_is_enough() {
    let more = "person p2 of v1 | name=Bo Ek | email=bo@acme.com
        contact c2 | first=Bo | last=Ek | email=bo@acme.com\n agree";
    let mut world = after(&format!("{more}\ncontact c2 | tier=3\nagree"));
    check(&world, &[]);
    assert_eq!(tasks(&world), 0);
    world.play(&format!("{UPGUARDS}\nagree"));
    assert_eq!(tasks(&world), 1);
}

#[test]
fn where_both_moved_it_in_one_night_upguards_move_is_one() {
    // The CRM's is later: UpGuard's was a move all the same, and its task says what came of it.
    let mut world = after("vendor v1 @10..20 | tier=1\ncontact c1 @30..40 | tier=3");
    let plan = world.plan();
    assert!(
        plan.steps.iter().any(|it| it.mapping.as_str() == "profiles" && it.side == Side::Upguard)
    );
    assert_eq!(steps_of(&world, "vendor_tiers").len(), 1);
    world.agree();
    let title =
        world.views.highlevel.here(Resource::Task).next().expect("a task").record.name.clone();
    assert_eq!(&*title, "Tier of Acme: 3");
    // UpGuard's is later.
    let mut world = after("vendor v1 @30..40 | tier=1\ncontact c1 @10..20 | tier=3\nagree");
    assert_eq!(tasks(&world), 1);
    // Both to the same: somebody in UpGuard did it, too.
    world = after("vendor v1 | tier=1\ncontact c1 | tier=1\nagree");
    assert_eq!(tasks(&world), 1);
    check(&world, &[]);
}

#[test]
fn a_tier_that_upguard_does_not_keep_has_not_moved() {
    let mut world = after("ignores vendor tier");
    world.play(OURS);
    world.apply(&world.plan());
    let text = paper::text(&world.plan());
    assert_eq!(text, "held v1.tier 2 / 3 [Discarded UpGuard]");
    world.ignored.clear();
    world.play(UPGUARDS);
    assert_eq!(steps_of(&world, "vendor_tiers").len(), 1);
}

#[test]
fn as_long_as_a_write_is_in_doubt_nobody_knows_whose_it_is() {
    let mut world = after("vendor v1 | tier=3\ncontact c1 | tier=3");
    world.in_doubt.insert(profile("c1"), Side::Upguard);
    assert!(steps_of(&world, "vendor_tiers").is_empty());
    world.in_doubt.clear();
    assert_eq!(steps_of(&world, "vendor_tiers").len(), 1, "it had not arrived");
    // The same of a task that people completed.
    let mut world = after(&format!("{UPGUARDS}\nagree"));
    world.play(&format!("task {} | done=yes\nagree\nvendor v1 | tier=3", task(&world)));
    let reopens = |world: &World| {
        let fields = steps_of(world, "vendor_tiers").into_iter().flat_map(|it| it.fields);
        fields.into_iter().any(|it| it.name.as_str() == "state")
    };
    world.in_doubt.insert(profile("c1"), Side::Upguard);
    assert!(!reopens(&world));
    world.in_doubt.clear();
    assert!(reopens(&world));
}

#[test]
fn what_was_seen_before_the_last_write_shows_the_past() {
    let mut world = after(&format!("{OURS}\nagree\nvendor v1 | tier=2"));
    assert_eq!(steps_of(&world, "vendor_tiers").len(), 1);
    let vendor = world.known("v1");
    world.views.upguard.records.get_mut(&vendor).expect("the vendor").read_at = None;
    assert!(
        steps_of(&world, "vendor_tiers").is_empty(),
        "of a listing that is older than the write"
    );
}

#[test]
fn what_is_told_of_in_parts_is_told_all_the_same() {
    // The contact is written in a run that is about profiles only; UpGuard's move is still one.
    let mut world = after(UPGUARDS);
    world.play("only profiles");
    world.apply(&world.plan());
    world.play("whole");
    assert_eq!(only_step(&world).action, Action::Create);
    // And what the CRM wrote is none.
    let mut world = after(OURS);
    world.play("only profiles");
    world.apply(&world.plan());
    world.play("whole\nagree");
    assert_eq!(tasks(&world), 0);
}

#[test]
fn what_we_wrote_and_remembered_hides_no_later_move() {
    let more = "person p2 of v1 | name=Bo Ek | email=bo@acme.com
        contact c2 | first=Bo | last=Ek | email=bo@acme.com\n agree";
    // The link that says so is not agreed on again, because its contact is not seen.
    let mut world = after(&format!("{more}\n{OURS}\nagree\ncontact c1 unseen\n{UPGUARDS}\nagree"));
    assert_eq!(tasks(&world), 1);
    world.play(&format!("task {} | done=yes\nagree\nvendor v1 | tier=3", task(&world)));
    let fields = steps_of(&world, "vendor_tiers").remove(0).fields;
    assert!(fields.iter().any(|it| it.name.as_str() == "state"), "by another hand");
}

#[test]
fn what_we_wrote_long_ago_hides_no_later_move() {
    let mut world = after(&format!("{OURS}\nagree"));
    world.settings.profiles.enabled = false;
    world.play("vendor v1 | tier=1\nagree");
    let id = task(&world);
    world.play(&format!("task {id} | done=yes\nagree\nvendor v1 | tier=3"));
    let fields = only_step(&world).fields;
    assert!(
        fields.iter().any(|it| it.name.as_str() == "state"),
        "it holds what we wrote, by another hand"
    );
    // Without profiles the CRM holds a tier of its own, which is nobody's business.
    world.play("agree\ncontact c1 | tier=4");
    check(&world, &[]);
}

#[test]
fn whatever_a_mirror_knows_of_times_says_nothing() {
    for edits in [UPGUARDS, OURS] {
        let mut world = after(edits);
        world.apply(&world.plan());
        let plan = world.plan();
        for view in [&mut world.views.upguard, &mut world.views.highlevel] {
            view.records.values_mut().for_each(|it| it.moved.clear());
        }
        assert_eq!(world.plan(), plan);
    }
}
