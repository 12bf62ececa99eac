//! What becomes of usage policies of apps that move, and of the tasks that ask people to look at them? Told by the
//! plan that follows, and night by night over HTTP.

use concordat_model::{Action, Held, Resource, Side, Value as Native};
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::{reconciled, tasks, ticks};
use concordat_tests::night::{Night, Population, contents};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};
use serde_json::{Value, json};

/// An app whose policy is remembered; tasks stand at the contact `desk`.
const SEEN: &str = "
    on apps at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    app a1 | title=Slack: tolerate | summary=Chat | policy=p0
    agree";

const MOVED: &str = "app a1 | title=Slack: block | policy=p1";

fn after(edits: &str) -> World {
    let mut world = World::of(SEEN);
    world.play(edits);
    world
}

fn flag(step: &concordat_model::Step) -> Held {
    step.fields.iter().find(|it| it.name.as_str() == "state").expect("the state").after.clone()
}

#[test]
fn what_a_policy_is_when_it_is_first_seen_is_remembered_and_gets_no_task() {
    let mut world = World::of(SEEN.trim().trim_end_matches("agree"));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.settlements.len()), (0, 1));
    assert!(plan.settlements[0].ends[Side::Highlevel].is_empty());
    world.agree();
    check(&world, &[]);
    world.play("app a2 | title=Zoom: block | policy=p7\nagree");
    check(&world, &[]);
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 0);
}

#[test]
fn a_move_becomes_a_task_at_the_anchor_and_the_next_one_opens_it_again() {
    let mut world = after(MOVED);
    let step = only_step(&world);
    let constant = |name: &str| step.constants.get(&name.into()).cloned();
    assert_eq!((step.mapping.as_str(), step.action), ("usage_policies", Action::Create));
    assert_eq!(constant("contactId"), Some(Native::text("desk")));
    assert_eq!(constant("dueDate"), Some(Native::Time(at(world.minute + 7 * 24 * 60))));
    assert_eq!(flag(&step), Some(Native::Bool(false)));
    assert!(step.marker.is_some());
    world.agree();
    check(&world, &[]);
    // Open, it says what it is now.
    let id = task(&world);
    world.play("app a1 | title=Slack: nudge | policy=p2");
    check(
        &world,
        &[
            &format!("write {id}: title Slack: block -> Slack: nudge [OnlyMoved UpGuard]"),
            &format!("settle a1 = {id}: state equal"),
        ],
    );
    world.agree();
    // Completed, it stays so until the policy moves.
    world.play(&format!("task {id} | done=yes"));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "told once");
    world.apply(&plan);
    check(&world, &[]);
    world.play("app a1 | summary=Talk\nagree");
    check(&world, &[]);
    world.play("app a1 | policy=p1");
    assert_eq!(flag(&only_step(&world)), Some(Native::Bool(false)));
    world.agree();
    check(&world, &[]);
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 1, "one for each app");
}

#[test]
fn one_that_moves_there_and_back_while_nobody_looks_did_not_move() {
    check(&after(&format!("{MOVED}\napp a1 | title=Slack: tolerate | policy=p0")), &[]);
}

#[test]
fn a_move_is_not_lost_where_no_task_can_be_made_yet() {
    let mut world = after(&format!("contact desk gone\n{MOVED}"));
    check(&world, &["held a1 [NoAnchor HighLevel]"]);
    let plan = world.plan();
    world.apply(&plan);
    world.play("contact desk here");
    assert_eq!(only_step(&world).action, Action::Create);
    world.play("incomplete task");
    check(&world, &["held a1 [Incomplete HighLevel]"]);
}

#[test]
fn whatever_a_mirror_knows_of_times_says_nothing() {
    let mut world = after(MOVED);
    let plan = world.plan();
    for view in [&mut world.views.upguard, &mut world.views.highlevel] {
        view.records.values_mut().for_each(|it| it.moved.clear());
    }
    assert_eq!(world.plan(), plan);
}

#[test]
fn a_deleted_task_is_done_with_and_the_next_move_makes_one() {
    let mut world = after(&format!("{MOVED}\nagree"));
    world.play(&format!("task {} gone", task(&world)));
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.dismissals.is_empty());
    world.apply(&plan);
    check(&world, &[]);
    world.play("app a1 | policy=p2");
    assert_eq!(only_step(&world).action, Action::Create);
    world.agree();
    check(&world, &[]);
}

#[test]
fn an_app_that_is_gone_completes_its_task_and_without_one_is_forgotten_quietly() {
    let mut world = after("app a1 gone");
    check(&world, &[]);
    world.play(&format!("app a1 here\n{MOVED}"));
    assert_eq!(only_step(&world).action, Action::Create);
    world.agree();
    world.play("app a1 gone");
    check(&world, &[&format!("archive {} [Vanished UpGuard]", task(&world))]);
}

#[test]
fn a_task_that_is_found_again_without_a_base_is_left_as_people_left_it() {
    let mut world = after(&format!("{MOVED}\nagree"));
    world.play(&format!("task {} | done=yes", task(&world)));
    world.agreements.links.clear();
    assert!(world.plan().conflicts.is_empty());
    world.agree();
    check(&world, &[]);
    world.play("app a1 | policy=p2");
    assert_eq!(flag(&only_step(&world)), Some(Native::Bool(false)));
}

#[test]
fn without_a_wish_or_an_anchor_it_is_not_even_asked_for() {
    let is_read = |world: &World| world.rules().resources(Side::Upguard).contains(&Resource::App);
    assert!(is_read(&World::of("on apps at desk")));
    assert!(!is_read(&World::of("on threats at desk")));
    let mut nowhere = World::default();
    nowhere.settings.usage_policies.enabled = true;
    assert!(!is_read(&nowhere));
    let off: Vec<String> = nowhere.rules().unanchored.iter().map(ToString::to_string).collect();
    assert_eq!(off, ["threats", "comments", "usage_policies"]);
}

const ON: &str = "\n[mapping.usage_policies]\nenabled = true\n";
const LIST: &str = "/user_risk/apps/list";

/// Tasks stand where those of threats do. Three apps are used from the beginning.
fn world() -> Night {
    Night::over(Population { seed: 5, vendors: 3, contacts: 8, threats: 1, locations: 1 })
}

/// Somebody who is excepted must not be told.
const SOMEBODY: &str = "planted-somebody@us.com";

fn decides(night: &Night, app: &str, how: Value) {
    let deed = json!({ "side": "upguard", "entity": "app", "id": app, "set": how });
    night.sandbox.person(&deed);
}

/// The task about an app, whatever its title says.
fn about(night: &Night, app: &str) -> Vec<Value> {
    let state = night.sandbox.state();
    let about = format!("Usage policy of {app}: ");
    let all = rows(&state["highlevel"]["tasks"]).iter();
    all.filter(|it| text(&it["title"]).starts_with(&about)).cloned().collect()
}

#[test]
fn off_it_costs_no_request() {
    let night = world();
    night.first_agreement();
    night.finds_nothing();
    night.run(&["doctor"]).exits(0);
    assert_eq!(night.sandbox.requests_for(LIST), 0);
}

#[test]
fn a_policy_and_its_task_go_through_their_days() {
    let night = world();
    night.configure(|text| text + ON);
    night.sandbox.turn(json!({ "upguard_page_rows_max": 2 }));
    decides(&night, "Chatter", json!({ "base_rule": "block" }));
    night.first_agreement();
    night.finds_nothing();
    night.nothing_is_overlooked();
    assert!(about(&night, "Chatter").is_empty(), "it was so before");
    let told = night.run(&["explain", "Sketchy"]).exits(0).told();
    assert!(told.contains("has not moved since"), "{told}");

    let custom = json!({ "approve": { "team_names": ["Sales"], "user_emails": [SOMEBODY] } });
    decides(&night, "Sketchy", json!({ "base_rule": "block", "custom_rules": custom }));
    reconciled(&night, &[]);
    let title = "Usage policy of Sketchy: block; approve for 1 team, 1 person";
    let [task] = tasks(&night, title).try_into().expect("one task");
    night.finds_nothing();
    night.nothing_is_overlooked();

    let id = text(&task["id"]);
    ticks(&night, &id, true);
    reconciled(&night, &[]);
    night.finds_nothing();
    decides(&night, "Sketchy", json!({ "base_rule": "nudge" }));
    reconciled(&night, &[]);
    let [again] = about(&night, "Sketchy").try_into().expect("the same task");
    assert_eq!((text(&again["id"]), &again["completed"]), (id, &json!(false)));
    assert!(text(&again["title"]).contains(": nudge; "), "{again}");
    night.finds_nothing();

    // The mirror is lost, and a policy moves meanwhile.
    decides(&night, "Paperclip", json!({ "base_rule": "block" }));
    std::fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
    reconciled(&night, &[]);
    assert_eq!(about(&night, "Paperclip").len(), 1);
    assert_eq!(about(&night, "Sketchy").len(), 1);
    night.finds_nothing();
    for (path, bytes) in contents(&night.state_dir()) {
        let shows = bytes.windows(SOMEBODY.len()).any(|it| it == SOMEBODY.as_bytes());
        assert!(!shows, "{} tells who is excepted", path.display());
    }
}

#[test]
fn doctor_names_what_is_missing_and_the_rest_goes_on() {
    let night = world();
    night.configure(|text| text + ON);
    night.run(&["doctor"]).exits(0).says(&["usage_policies needs UpGuard Platform, UserRisk"]);
    let less = ["Platform", "VendorRisk", "BreachRisk", "Admin"];
    night.sandbox.turn(json!({ "upguard_permissions": less }));
    night.run(&["doctor"]).exits(4).says(&["give it UserRisk", "an app"]);
}
