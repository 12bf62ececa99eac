//! What becomes of disclosed data leaks and the tasks that stand for them? Told by the plan that follows,
//! and night by night over HTTP.

use concordat_model::{Resource, Value as Held};
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::{reconciled, tasks, ticks};
use concordat_tests::night::{Night, Population, contents};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};
use serde_json::json;

/// A leak and its task, agreed upon; tasks stand at the contact `desk`.
const LEAKED: &str = "
    on leaks at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    leak l1 | title=Leaked keys | summary=Read access | status=Disclosed | detected=100
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(LEAKED);
    world.play(edits);
    world
}

#[test]
fn a_disclosure_becomes_a_task_at_the_anchor_without_a_reference() {
    let mut world = World::of(LEAKED.trim().trim_end_matches("agree"));
    let step = only_step(&world);
    let constant = |name: &str| step.constants.get(&name.into()).cloned();
    assert_eq!(step.mapping.as_str(), "disclosures");
    assert_eq!(constant("contactId"), Some(Held::text("desk")));
    assert_eq!(constant("dueDate"), Some(Held::Time(at(100 + 7 * 24 * 60))), "a week");
    assert_eq!(constant("reference"), None, "nobody can say anything about it in UpGuard");
    assert!(step.marker.is_some());
    world.agree();
    check(&world, &[]);
}

#[test]
fn without_a_wish_or_an_anchor_it_is_not_even_asked_for() {
    let is_read = |world: &World| {
        let rules = world.rules();
        rules.resources(concordat_model::Side::Upguard).contains(&Resource::Disclosure)
    };
    assert!(is_read(&World::of("on leaks at desk")));
    assert!(!is_read(&World::of("on threats at desk")));
    let mut nowhere = World::default();
    nowhere.settings.disclosures.enabled = true;
    assert!(!is_read(&nowhere));
    let off: Vec<String> = nowhere.rules().unanchored.iter().map(ToString::to_string).collect();
    assert_eq!(off, ["threats", "comments", "disclosures"]);
}

#[test]
fn what_had_ended_before_it_had_a_task_gets_none() {
    for over in
        ["ClosedNoIssue", "ClosedRiskAccepted", "ClosedFixedUnverified", "ClosedFixedVerified"]
    {
        let world = World::of(&LEAKED.replace("status=Disclosed", &format!("status={over}")));
        assert_eq!(world.views.highlevel.here(Resource::Task).count(), 0, "{over}");
    }
}

#[test]
fn a_step_on_the_way_changes_nothing_and_each_end_completes_the_task() {
    for way in ["Acknowledged", "Investigating", "Remediating"] {
        check(&after(&format!("leak l1 | status={way}")), &[]);
    }
    for end in ["ClosedNoIssue", "ClosedFixedVerified"] {
        let world = after(&format!("leak l1 | status={end}"));
        let says = format!("write {}: state no -> yes [OnlyMoved UpGuard]", task(&world));
        check(&world, &[&says]);
    }
}

#[test]
fn a_completed_task_ends_its_disclosure_once_that_is_allowed() {
    let mut world = after("");
    world.play(&format!("task {} | done=yes", task(&world)));
    check(&world, &["held l1.state no / yes [Gated UpGuard]"]);
    world.play("allow close");
    check(&world, &["held l1.state no / yes [Gated UpGuard]"]);
    world.play("allow leak close");
    let step = only_step(&world);
    assert_eq!(step.constants[&"comment".into()], Held::text("As its task in HighLevel says"));
    assert_eq!(step.side_effects, ["disclosure close: it is closed in UpGuard"]);
    check(&world, &["write l1: state Disclosed -> ClosedFixedUnverified [OnlyMoved HighLevel]"]);
    world.agree();
    check(&world, &[]);
    world.play("leak l1 | status=ClosedFixedVerified");
    check(&world, &[]);
}

#[test]
fn a_task_that_is_not_done_after_all_has_its_disclosure_investigated_again() {
    let mut world = after("leak l1 | status=ClosedNoIssue\nagree");
    world.play(&format!("task {} | done=no", task(&world)));
    check(&world, &["held l1.state yes / no [Gated UpGuard]"]);
    world.play("allow leak reopen");
    check(&world, &["write l1: state ClosedNoIssue -> Investigating [OnlyMoved HighLevel]"]);
    assert_eq!(
        only_step(&world).side_effects,
        ["disclosure reopen: it is opened again in UpGuard"]
    );
    world.agree();
    check(&world, &[]);
}

#[test]
fn tasks_of_threats_and_of_disclosures_are_told_apart_and_counted_once() {
    let mut world = after("threat t1 | title=Stolen password | state=open\nagree");
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 2);
    assert_eq!(world.plan().unmatched, 1, "the desk itself is a contact that nobody matches");
    world.play("task foreign | title=Call back | at=desk");
    assert_eq!(world.plan().unmatched, 2, "and a task of somebody else");
    world.play("leak l1 | status=ClosedNoIssue");
    let step = only_step(&world);
    assert_eq!(step.mapping.as_str(), "disclosures");
}

/// What would give away what leaked, where, and through whom.
const SECRET: &str = "planted-secret";

/// Something is disclosed, with all that it would be wrong to keep. Answers its id.
fn discloses(night: &Night, title: &str) -> u64 {
    let before = night.sandbox.effects().len();
    night.sandbox.person(&json!({ "side": "upguard", "entity": "disclosure", "create": {
        "description": title, "implication": "Exposed credentials", "severity": 9,
        "significance": "They are three years old.", "source": format!("{SECRET}-owner"),
        "url": format!("https://leak.example/{SECRET}"), "payload": format!("{{\"k\":\"{SECRET}\"}}"),
        "image": format!("data:image/png;base64,{SECRET}"),
    }}));
    night.sandbox.effects()[before]["id"].as_u64().expect("an id")
}

fn status(night: &Night, id: u64) -> String {
    let state = night.sandbox.state();
    let found = rows(&state["upguard"]["disclosures"]).iter().find(|it| it["id"] == id);
    text(&found.expect("the disclosure")["status"])
}

fn becomes(night: &Night, id: u64, status: &str) {
    night.sandbox.edit("upguard", "disclosure", &id.to_string(), json!({ "status": status }));
}

const ON: &str =
    "\n[mapping.disclosures]\nenabled = true\nuser = \"lena.auditor@concordat.example\"\n";

/// Tasks stand where those of threats do; of these there are some, too.
fn world() -> Night {
    Night::over(Population { seed: 5, vendors: 3, contacts: 8, threats: 3, locations: 1 })
}

#[test]
fn off_it_costs_no_request() {
    let night = world();
    discloses(&night, "Leaked keys");
    night.first_agreement();
    night.finds_nothing();
    assert_eq!(night.sandbox.requests_for("/dataleaks/disclosures"), 0);
    night.run(&["doctor"]).exits(0);
    assert_eq!(night.sandbox.requests_for("/dataleaks/disclosures"), 0);
}

#[test]
fn a_disclosure_and_its_task_go_through_their_days() {
    let night = world();
    night.configure(|text| text + ON);
    let leak = discloses(&night, "Leaked keys");
    let over = discloses(&night, "Long over");
    becomes(&night, over, "ClosedFixedVerified");
    night.first_agreement();
    night.finds_nothing();
    assert!(tasks(&night, "Long over").is_empty());
    let [task] = tasks(&night, "Leaked keys").try_into().expect("one task");
    let body = text(&task["body"]);
    assert!(body.starts_with("Exposed credentials\n\nThey are three years old."), "{body}");
    assert!(!body.contains("[T-") && body.contains("[concordat:"), "{body}");
    becomes(&night, leak, "Investigating");
    night.finds_nothing();

    let id = text(&task["id"]);
    ticks(&night, &id, true);
    let run = reconciled(&night, &[]);
    assert_eq!(run["summary"]["held"], 2, "it, and a person without a business: {run:#}");
    assert_eq!(status(&night, leak), "Investigating", "nobody allowed it");
    let wider = |text: String| text.replace(ON, &format!("{ON}allow = [\"close\", \"reopen\"]\n"));
    night.configure(wider);
    let run = reconciled(&night, &["--allow", "mapping", "--reason", "both may be moved on"]);
    assert_eq!(rows(&run["steps"]).len(), 1, "{run:#}");
    assert_eq!(status(&night, leak), "ClosedFixedUnverified");
    night.finds_nothing();
    night.nothing_is_overlooked();
    becomes(&night, leak, "ClosedFixedVerified");
    night.finds_nothing();

    ticks(&night, &id, false);
    reconciled(&night, &[]);
    assert_eq!(status(&night, leak), "Investigating");
    becomes(&night, leak, "ClosedNoIssue");
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, "Leaked keys")[0]["completed"], true);
    night.finds_nothing();

    for (path, bytes) in contents(&night.state_dir()) {
        let shows = bytes.windows(SECRET.len()).any(|it| it == SECRET.as_bytes());
        assert!(!shows, "{} keeps what leaked", path.display());
    }
}

#[test]
fn a_disclosure_that_is_taken_back_completes_its_task_and_a_deleted_task_stays_deleted() {
    let night = world();
    night.configure(|text| text + ON);
    let leak = discloses(&night, "Leaked keys");
    discloses(&night, "Leaked plans");
    night.first_agreement();
    let [plans] = tasks(&night, "Leaked plans").try_into().expect("one task");
    let id = &plans["id"];
    night
        .sandbox
        .person(&json!({ "side": "highlevel", "entity": "task", "id": id, "delete": true }));
    night
        .sandbox
        .person(&json!({ "side": "upguard", "entity": "disclosure", "id": leak, "delete": true }));
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, "Leaked keys")[0]["completed"], false, "missed once");
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, "Leaked keys")[0]["completed"], true, "missed twice");
    night.finds_nothing();
    assert!(tasks(&night, "Leaked plans").is_empty());
}

#[test]
fn doctor_names_what_is_missing_and_the_rest_goes_on() {
    let night = world();
    night.configure(|text| text + ON);
    discloses(&night, "Leaked keys");
    night.run(&["doctor"]).exits(0).says(&["disclosures needs UpGuard DataLeaks"]);
    night
        .sandbox
        .turn(json!({ "upguard_permissions": ["Platform", "VendorRisk", "BreachRisk", "Admin"] }));
    night.run(&["doctor"]).exits(4).says(&["give it DataLeaks", "a disclosure"]);
    let own = |text: String| {
        let (before, after) = text.split_once("organisation = ").expect("an anchor");
        let after = after.split_once('\n').expect("a line").1;
        format!("{before}\n{after}")
    };
    night.configure(own);
    night.run(&["doctor"]).exits(0).says(&["threats, comments, disclosures", "[mapping.anchors]"]);
}
