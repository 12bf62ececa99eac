//! What becomes of risks at vendors and the tasks that stand for them? Told by the plan that follows, and
//! night by night over HTTP.

use concordat_model::{Resource, Rule, Severity, Step, Value as Held};
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::{reconciled, tasks, ticks};
use concordat_tests::night::{Night, Population};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};
use serde_json::{Value, json};

/// A vendor with two people, both of whom are contacts, and a risk that was there at the first agreement,
/// which was at minute 1060.
const ACME: &str = "
    on risks
    vendor v1 | name=Acme | host=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com | title=Buyer
    person p2 of v1 | name=Bo Ek | email=bo@acme.com | title=Security lead
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    contact c2 | first=Bo | last=Ek | email=bo@acme.com
    risk v1:old of v1 | title=Old: Acme | severity=critical | detected=100 | waived=no
    agree";

/// Something that the scan finds later.
const NEW: &str = "risk v1:new of v1 | title=New: Acme | summary=Hosts: a.acme.com | severity=critical \
     | detected=2000 | waived=no";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

fn stands_at(step: &Step) -> String {
    step.constants[&"contactId".into()].to_string()
}

#[test]
fn what_was_there_at_the_first_agreement_gets_no_task_and_what_is_found_later_gets_one() {
    let world = after("");
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 0);
    check(&world, &[]);
    let mut world = after(NEW);
    let step = only_step(&world);
    assert_eq!((step.mapping.as_str(), stands_at(&step).as_str()), ("risks", "c1"));
    let due = step.constants.get(&"dueDate".into()).cloned();
    assert_eq!(due, Some(Held::Time(at(2000 + 24 * 60))), "one day: critical");
    assert!(step.marker.is_some() && !step.constants.contains_key(&"reference".into()));
    world.agree();
    check(&world, &[]);
}

#[test]
fn the_preferred_title_is_chosen_and_a_vendor_without_people_has_to_wait() {
    let world = after(&format!("prefer *security*\n{NEW}"));
    assert_eq!(stands_at(&only_step(&world)), "c2");
    let world = after(
        "vendor v2 | name=Bolt | host=bolt.com
         risk v2:new of v2 | title=New: Bolt | severity=critical | detected=2000 | waived=no",
    );
    let waits = "held v2:new [NoAnchor HighLevel]";
    check(&world, &["create business from v2, marked: name Bolt; website https://bolt.com", waits]);
}

#[test]
fn a_task_waits_for_the_contact_that_the_same_plan_makes() {
    let world = after(
        "vendor v2 | name=Bolt | host=bolt.com
         person p3 of v2 | name=Cy Fox | email=cy@bolt.com
         risk v2:new of v2 | title=New: Bolt | severity=critical | detected=2000 | waived=no",
    );
    let steps = world.plan().steps;
    let place = |mapping: &str| steps.iter().position(|it| it.mapping.as_str() == mapping);
    let made = &steps[place("contacts").expect("a contact")];
    let task = &steps[place("risks").expect("a task")];
    assert_eq!(task.awaits(), Some(made.link.clone()));
    assert!(place("contacts") < place("risks"));
    let mut world = world;
    world.agree();
    check(&world, &[]);
    let made = world.views.highlevel.here(Resource::Task).next().expect("a task").record.clone();
    let at = made.reading.get(&"contactId".into()).cloned().flatten().expect("a contact");
    let contact = world.link_of("p3").expect("a link");
    assert_eq!(world.agreements.links[&contact].ends.highlevel[0].id.as_str(), at.to_string());
}

#[test]
fn what_is_not_severe_enough_waived_or_of_unknown_age_gets_no_task() {
    for (with, without) in [
        ("severity=critical", "severity=high"),
        ("waived=no", "waived=yes"),
        ("detected=2000", "detected=-"),
        ("detected=2000", "detected=1000"),
    ] {
        check(&after(&NEW.replace(with, without)), &[]);
    }
    let mut world = after("");
    world.settings.risks.severity = Severity::High;
    world.play(&NEW.replace("severity=critical", "severity=high"));
    let due = only_step(&world).constants.get(&"dueDate".into()).cloned();
    assert_eq!(due, Some(Held::Time(at(2000 + 3 * 24 * 60))), "three days: high");
}

#[test]
fn so_many_stand_at_a_contact_and_those_that_are_due_first() {
    let mut world = after("");
    world.settings.risks.per_contact = 2;
    let risk = |name: &str, detected: u32| {
        format!(
            "risk v1:{name} of v1 | title={name}: Acme | summary=x | severity=critical \
             | detected={detected} | waived=no"
        )
    };
    world.play(&[risk("a", 2300), risk("b", 2100), risk("c", 2200)].join("\n"));
    let made = |world: &World| -> Vec<String> {
        world.plan().steps.iter().map(|it| it.name.to_string()).collect()
    };
    assert_eq!(made(&world), ["b: Acme", "c: Acme"]);
    world.settings.risks.per_contact = 1;
    assert_eq!(made(&world), ["b: Acme"]);
    world.settings.risks.per_contact = 2;
    let held = world.plan().held;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].record.id.as_str(), "v1:a");
    let plan = world.plan();
    world.apply(&plan);
    check(&world, &["held v1:a [Enough HighLevel]"]);
    world.play(&format!("task {} | done=yes", task(&world)));
    assert_eq!(only_step(&world).name.as_str(), "a: Acme", "there is room again");
    world.agree();
    check(&world, &[]);
}

#[test]
fn a_waived_risk_completes_its_task() {
    let world = after(&format!("{NEW}\nagree\nrisk v1:new | waived=yes"));
    let says = format!("write {}: state no -> yes [OnlyMoved UpGuard]", task(&world));
    check(&world, &[&says]);
}

#[test]
fn a_task_that_people_complete_stays_so_whatever_becomes_of_the_risk() {
    let mut world = after(&format!("{NEW}\nagree"));
    world.play(&format!("task {} | done=yes", task(&world)));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "told once");
    world.apply(&plan);
    check(&world, &[]);
    world.play("risk v1:new | summary=Hosts: b.acme.com\nagree");
    check(&world, &[]);
    world.play("risk v1:new gone\nagree\nrisk v1:new here");
    check(&world, &[&format!("settle v1:new = {}: archived equal", task(&world))]);
    world.play("agree");
    check(&world, &[]);
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 1);
}

#[test]
fn a_risk_that_is_gone_twice_completes_its_task_and_one_that_returns_opens_it_again() {
    let mut world = after(&format!("{NEW}\nagree"));
    let id = task(&world);
    world.play("risk v1:new missed");
    check(&world, &[&format!("wait {id} for v1:new: 1 of 2")]);
    world.play("risk v1:new gone");
    check(&world, &[&format!("archive {id} [Vanished UpGuard]")]);
    world.play("agree\nrisk v1:new here");
    check(&world, &[&format!("write {id}: archived yes -> no [Returned UpGuard]")]);
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn that_there_are_fewer_is_no_sign_of_a_side_that_shows_too_little() {
    let plan = after(&format!("{NEW}\nagree\nrisk v1:new gone\nrisk v1:old gone")).plan();
    let of = |resource| plan.census.iter().find(|it| it.resource == resource).expect("counted");
    assert_eq!((of(Resource::Risk).now, of(Resource::Risk).before), (0, None));
    assert!(of(Resource::Vendor).before.is_some());
}

#[test]
fn a_deleted_task_is_not_made_again() {
    let mut world = after(&format!("{NEW}\nagree"));
    world.play(&format!("task {} gone\nagree", task(&world)));
    check(&world, &[]);
}

#[test]
fn what_is_at_a_vendor_outside_the_slice_is_left() {
    let plan = after(&format!("slice eu\n{NEW}")).plan();
    let waits = plan.held.iter().filter(|it| it.record.id.as_str() == "v1:new").count();
    assert_eq!((plan.steps.len(), waits), (0, 0), "it does not even wait for a contact");
}

#[test]
fn a_risk_at_a_vendor_nobody_watches_any_more_is_dormant_and_not_gone() {
    let mut world = after(&format!("{NEW}\nagree\nvendor v1 dormant\nrisk v1:new gone"));
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.quarantined.is_empty());
    let sleeps = plan.held.iter().find(|it| it.record.id.as_str() == "v1:new").expect("held");
    assert_eq!(sleeps.why.rule, Rule::Dormant);
    world.play("vendor v1 watched\nrisk v1:new here");
    check(&world, &[]);
}

#[test]
fn without_a_wish_it_is_not_even_asked_for() {
    let mut world = World::default();
    let reads = |world: &World| {
        let rules = world.rules();
        rules.resources(concordat_model::Side::Upguard).contains(&Resource::Risk)
    };
    assert!(!reads(&world));
    world.play("on risks");
    assert!(reads(&world));
    world.settings.contacts.enabled = false;
    let problems = concordat_mapping::rules(&world.settings, 0).expect_err("nobody to stand at");
    assert_eq!(problems[0].place, "mapping.risks.enabled");
}

const ON: &str = "\n[mapping.risks]\nenabled = true\n";

fn world() -> Night {
    Night::over(Population { seed: 5, vendors: 6, contacts: 18, threats: 0, locations: 1 })
}

fn switched_on() -> Night {
    let night = world();
    night.configure(|text| text + ON);
    night.first_agreement();
    night.finds_nothing();
    night
}

/// A vendor with people and a web site, by id.
fn vendor(night: &Night) -> u64 {
    let state = night.sandbox.state();
    let named = rows(&state["upguard"]["vendors"]).iter();
    let of_it = |id: &Value| {
        let people = rows(&state["upguard"]["contacts"]).iter();
        people.filter(|it| it["vendor_id"] == *id && it.get("email_address").is_some()).count()
    };
    let mut known =
        named.filter(|it| it["monitored"] == true && it.get("primary_hostname").is_some());
    let found = known.find(|it| of_it(&it["id"]) > 1).expect("a vendor");
    found["id"].as_u64().expect("a number")
}

/// The scan finds something there. Answers its id.
fn finds(night: &Night, kind: &str, hosts: &[&str]) -> String {
    night.sandbox.minutes_pass(60);
    let vendor = vendor(night);
    night.sandbox.person(&json!({ "side": "upguard", "entity": "risk", "create": {
        "vendor_id": vendor, "risk": kind, "hosts": hosts,
    }}));
    format!("{vendor}:{kind}")
}

fn all_tasks(night: &Night) -> Vec<Value> {
    let state = night.sandbox.state();
    let ours = |it: &&Value| text(&it["body"]).contains("[concordat:");
    rows(&state["highlevel"]["tasks"]).iter().filter(ours).cloned().collect()
}

#[test]
fn off_it_costs_no_request() {
    let night = world();
    night.first_agreement();
    night.finds_nothing();
    for path in ["/risks/vendors/all", "/risks/vendors/diffs", "/risks/vendors_with_risk"] {
        assert_eq!(night.sandbox.requests_for(path), 0, "{path}");
    }
}

#[test]
fn a_risk_and_its_task_go_through_their_days() {
    let night = switched_on();
    assert!(all_tasks(&night).is_empty(), "what was there before");
    finds(&night, "ssl_expired", &["old.example"]);
    let risk = finds(&night, "verified_vuln:CVE-2021-34473", &["mx1.example", "mx2.example"]);
    reconciled(&night, &[]);
    let [task] = all_tasks(&night).try_into().expect("one task");
    let title = text(&task["title"]);
    assert!(title.starts_with("Verified vulnerability: CVE-2021-34473: "), "{title}");
    let body = text(&task["body"]);
    assert!(body.contains("Hosts: mx1.example, mx2.example") && !body.contains("[T-"), "{body}");
    night.finds_nothing();
    night.nothing_is_overlooked();
    let explained = night.run(&["explain", &risk]).exits(0);
    assert!(explained.told().contains("Verified vulnerability"), "{}", explained.told());
    let state = night.sandbox.state();
    let severe = |it: &&Value| it["risk"] != "ssl_expired" && text(&it["id"]) != risk;
    let old = rows(&state["upguard"]["risks"]).iter().find(severe).expect("an old one");
    let told = night.run(&["explain", &text(&old["id"])]).exits(0).told();
    assert!(told.contains("it was there at the first agreement"), "{told}");

    night.sandbox.person(&json!({ "side": "upguard", "entity": "risk", "id": risk, "set": {
        "hosts": ["mx2.example"],
    }}));
    reconciled(&night, &[]);
    assert_eq!(all_tasks(&night).len(), 1, "fewer hosts are the same risk");
    night
        .sandbox
        .person(&json!({ "side": "upguard", "entity": "risk", "id": risk, "delete": true }));
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &title)[0]["completed"], false, "missed once");
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &title)[0]["completed"], true, "missed twice");
    night.finds_nothing();
}

#[test]
fn a_completed_task_stays_completed_and_a_waived_risk_completes_one() {
    let night = switched_on();
    finds(&night, "verified_vuln:CVE-2021-34473", &["mx1.example"]);
    reconciled(&night, &[]);
    let [first] = all_tasks(&night).try_into().expect("one task");
    ticks(&night, &text(&first["id"]), true);
    reconciled(&night, &[]);
    night.finds_nothing();
    assert_eq!(tasks(&night, &text(&first["title"]))[0]["completed"], true);
    let waived = finds(&night, "exposed_database", &["db.example"]);
    reconciled(&night, &[]);
    let second = all_tasks(&night).into_iter().find(|it| it["completed"] == false);
    let title = text(&second.expect("a second task")["title"]);
    night.sandbox.person(&json!({ "side": "upguard", "entity": "risk", "id": waived, "set": {
        "waived": true,
    }}));
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &title)[0]["completed"], true);
    night.finds_nothing();
    night.nothing_is_overlooked();
}

#[test]
fn where_a_listing_breaks_off_nothing_follows_from_it() {
    let night = switched_on();
    let risk = finds(&night, "verified_vuln:CVE-2021-34473", &["mx1.example"]);
    reconciled(&night, &[]);
    let title = text(&all_tasks(&night)[0]["title"]);
    night
        .sandbox
        .person(&json!({ "side": "upguard", "entity": "risk", "id": risk, "delete": true }));
    for path in ["/risks/vendors/all", "/risks/vendors/diffs", "/risks/vendors_with_risk"] {
        night.sandbox.turn(json!({ "error_before_effect": { "path": path, "status": 422 } }));
        for _ in 0..3 {
            night.run(&["reconcile"]).exits(3);
            assert_eq!(tasks(&night, &title)[0]["completed"], false, "{path}");
        }
    }
    night.sandbox.turn(json!({ "error_before_effect": false }));
    reconciled(&night, &[]);
    reconciled(&night, &[]);
    assert_eq!(tasks(&night, &title)[0]["completed"], true);
}

#[test]
fn doctor_names_what_is_needed() {
    let night = world();
    night.configure(|text| text + ON);
    night.run(&["doctor"]).exits(0).says(&["risks needs UpGuard Platform, VendorRisk"]);
    let severe = |text: String| text.replace(ON, &format!("{ON}severity = \"worst\"\n"));
    night.configure(severe);
    night.run(&["doctor"]).exits(2).says(&["severity"]);
}
