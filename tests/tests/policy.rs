//! What becomes of what people decide in UpGuard: waivers of risks of our own organisation, and the tasks that
//! stand for them? Told by the plan that follows, and night by night over HTTP.

use chrono::{DateTime, SecondsFormat, TimeDelta};
use concordat_model::{Resource, Side, Value as Held};
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::{reconciled, tasks, ticks};
use concordat_tests::night::{Night, Population, contents};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};
use serde_json::{Value, json};

/// A waiver and its task, agreed upon; tasks stand at the contact `desk`.
const WAIVED: &str = "
    on waivers at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    waiver w1 | title=Waived: Expired | summary=Sold | began=100 | expires=90000 | ended=no
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(WAIVED);
    world.play(edits);
    world
}

#[test]
fn a_waiver_becomes_a_task_at_the_anchor_that_is_due_when_it_ends() {
    let due = |script: &str| {
        let world = World::of(script.trim().trim_end_matches("agree"));
        let step = only_step(&world);
        let constant = |name: &str| step.constants.get(&name.into()).cloned();
        assert_eq!(step.mapping.as_str(), "waivers");
        assert_eq!(constant("contactId"), Some(Held::text("desk")));
        assert!(step.marker.is_some() && constant("reference").is_none());
        constant("dueDate")
    };
    assert_eq!(due(WAIVED), Some(Held::Time(at(90_000))));
    let for_good = WAIVED.replace("expires=90000", "expires=-");
    assert_eq!(due(&for_good), Some(Held::Time(at(100 + 90 * 24 * 60))), "to be looked at again");
    check(&after(""), &[]);
}

#[test]
fn without_a_wish_or_an_anchor_it_is_not_even_asked_for() {
    let is_read =
        |world: &World| world.rules().resources(Side::Upguard).contains(&Resource::Waiver);
    assert!(is_read(&World::of("on waivers at desk")));
    assert!(!is_read(&World::of("on threats at desk")));
    let mut nowhere = World::default();
    nowhere.settings.waivers.enabled = true;
    assert!(!is_read(&nowhere));
    let off: Vec<String> = nowhere.rules().unanchored.iter().map(ToString::to_string).collect();
    assert_eq!(off, ["threats", "comments", "waivers"]);
}

#[test]
fn what_had_ended_before_it_had_a_task_gets_none() {
    let world = World::of(&WAIVED.replace("ended=no", "ended=yes"));
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 0);
    // Not even once its end is not known any more.
    let mut world = after("waiver w2 | title=Waived: Old | expires=90 | ended=yes");
    check(&world, &[]);
    world.play("waiver w2 gone");
    check(&world, &[]);
}

#[test]
fn a_waiver_that_ends_completes_its_task_whether_it_is_listed_then_or_not() {
    let mut world = after("waiver w1 | ended=yes");
    let id = task(&world);
    check(&world, &[&format!("write {id}: state no -> yes [OnlyMoved UpGuard]")]);
    world.play("agree");
    check(&world, &[]);
    let mut world = after("waiver w1 missed");
    check(&world, &[&format!("wait {id} for w1: 1 of 2")]);
    world.play("waiver w1 gone");
    check(&world, &[&format!("archive {id} [Vanished UpGuard]")]);
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn where_the_listing_is_not_complete_nothing_ends() {
    let mut world = after("waiver w1 gone\nincomplete waiver");
    check(&world, &[&format!("wait {} for w1: 2 of 2, not certified", task(&world))]);
    world.play("complete waiver");
    assert_eq!(world.plan().steps.len(), 1);
}

#[test]
fn that_none_is_left_is_no_sign_of_a_side_that_shows_too_little() {
    let plan = after("waiver w1 gone").plan();
    let census = plan.census.iter().find(|it| it.resource == Resource::Waiver).expect("counted");
    assert_eq!((census.now, census.before), (0, None));
}

#[test]
fn a_task_that_people_complete_stays_so_whatever_becomes_of_the_waiver() {
    let mut world = after("");
    let id = task(&world);
    world.play(&format!("task {id} | done=yes"));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "told once");
    world.apply(&plan);
    check(&world, &[]);
    world.play("waiver w1 | ended=yes\nagree\nwaiver w1 gone\nagree");
    check(&world, &[]);
}

#[test]
fn a_deleted_task_is_not_made_again() {
    let mut world = after("");
    world.play(&format!("task {} gone\nagree", task(&world)));
    check(&world, &[]);
}

#[test]
fn what_is_our_own_is_in_every_slice() {
    let world = World::of(&format!("slice eu\n{WAIVED}"));
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 1);
}

const ON: &str = "\n[mapping.waivers]\nenabled = true\n";

/// Tasks stand where those of threats do.
fn world() -> Night {
    Night::over(Population { seed: 5, vendors: 3, contacts: 8, threats: 1, locations: 1 })
}

/// Who decides must not be told.
const SOMEBODY: &str = "planted-somebody@us.com";

/// Somebody waives a risk of ours. Answers the sandbox's id of that.
fn waives(night: &Night, risk: &str, more: Value) -> Value {
    let mut create = json!({ "risk": risk, "created_by": SOMEBODY });
    for (name, value) in more.as_object().expect("members") {
        create[name] = value.clone();
    }
    night.sandbox.person(&json!({ "side": "upguard", "entity": "waiver", "create": create }));
    let state = night.sandbox.state();
    let all = rows(&state["upguard"]["waivers"]).iter();
    all.max_by_key(|it| it["id"].as_u64()).expect("a waiver")["id"].clone()
}

/// So many days after what happened last.
fn in_days(night: &Night, days: i64) -> String {
    let last = text(&night.sandbox.effects().last().expect("something happened")["at"]);
    let last = DateTime::parse_from_rfc3339(&last).expect("a time").to_utc();
    (last + TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[test]
fn off_it_costs_no_request() {
    let night = world();
    waives(&night, "ssl_expired", json!({}));
    night.first_agreement();
    night.finds_nothing();
    night.run(&["doctor"]).exits(0);
    assert_eq!(night.sandbox.requests_for("/risks"), 0);
}

#[test]
fn a_waiver_and_its_task_go_through_their_days() {
    let night = world();
    night.configure(|text| text + ON);
    let for_good = waives(&night, "ssl_expired", json!({}));
    let ends = in_days(&night, 10);
    let why =
        json!({ "expires_at": ends, "justification": "Sold soon", "hostnames": ["old.us.com"] });
    waives(&night, "domain_expired", why);
    night.first_agreement();
    night.finds_nothing();
    night.nothing_is_overlooked();
    let title = format!("Waived until {}: Domain expired", &ends[..10]);
    let [task] = tasks(&night, &title).try_into().expect("one task");
    let body = text(&task["body"]);
    assert!(body.contains("Hosts: old.us.com") && body.contains("Sold soon"), "{body}");
    assert!(text(&task["dueDate"]).starts_with(&ends[..10]), "{task}");
    let [endless] = tasks(&night, "Waived: Certificate expired").try_into().expect("one task");

    // Its end comes. Then it may still be listed, or not any more.
    night.sandbox.turn(json!({ "upguard_lists_ended_waivers": true }));
    night.sandbox.minutes_pass(11 * 24 * 60);
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &title)[0]["completed"], true);
    night.finds_nothing();
    night.sandbox.turn(json!({ "upguard_lists_ended_waivers": false }));
    night.finds_nothing();
    reconciled(&night, &[]);
    night.finds_nothing();

    // The other is cancelled.
    night.sandbox.turn(json!({ "error_before_effect": { "path": "/risks", "status": 422 } }));
    night
        .sandbox
        .person(&json!({ "side": "upguard", "entity": "waiver", "id": for_good, "delete": true }));
    for _ in 0..3 {
        night.run(&["reconcile"]).exits(3);
    }
    night.sandbox.turn(json!({ "error_before_effect": false }));
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &text(&endless["title"]))[0]["completed"], false, "missed once");
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &text(&endless["title"]))[0]["completed"], true, "missed twice");
    night.finds_nothing();
    night.nothing_is_overlooked();
    for (path, bytes) in contents(&night.state_dir()) {
        let shows = bytes.windows(SOMEBODY.len()).any(|it| it == SOMEBODY.as_bytes());
        assert!(!shows, "{} tells who decided", path.display());
    }
}

#[test]
fn a_task_people_complete_stays_so_and_a_waiver_with_another_end_is_another() {
    let night = world();
    night.configure(|text| text + ON);
    let id = waives(&night, "ssl_expired", json!({}));
    let ends = in_days(&night, 5);
    night.sandbox.edit("upguard", "waiver", &text(&id), json!({ "expires_at": ends }));
    night.first_agreement();
    let first = format!("Waived until {}: Certificate expired", &ends[..10]);
    ticks(&night, &text(&tasks(&night, &first)[0]["id"]), true);
    reconciled(&night, &[]);
    night.finds_nothing();
    let ends = in_days(&night, 50);
    night.sandbox.edit("upguard", "waiver", &text(&id), json!({ "expires_at": ends }));
    reconciled(&night, &[]);
    let second = format!("Waived until {}: Certificate expired", &ends[..10]);
    let [made] = tasks(&night, &second).try_into().expect("one task");
    assert_eq!(made["completed"], false);
    reconciled(&night, &[]);
    night.finds_nothing();
    assert_eq!(tasks(&night, &first)[0]["completed"], true);
}

#[test]
fn doctor_names_what_is_missing_and_the_rest_goes_on() {
    let night = world();
    night.configure(|text| text + ON);
    night.run(&["doctor"]).exits(0).says(&["waivers needs UpGuard BreachRisk"]);
    night.sandbox.turn(json!({ "upguard_permissions": ["Platform", "VendorRisk", "Admin"] }));
    night.run(&["doctor"]).exits(4).says(&["give it BreachRisk", "a waiver"]);
    let own = |text: String| {
        let (before, after) = text.split_once("organisation = ").expect("an anchor");
        let after = after.split_once('\n').expect("a line").1;
        format!("{before}\n{after}")
    };
    night.configure(own);
    night.run(&["doctor"]).exits(0).says(&["threats, comments, waivers", "[mapping.anchors]"]);
}
