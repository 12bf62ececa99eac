//! What becomes of questionnaires that were sent to vendors, and the tasks that stand for them? Told by the plan
//! that follows, and night by night over HTTP.

use concordat_model::{Resource, Rule, Side, Step, Value as Held};
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::reconciled;
use concordat_tests::night::{Night, Population};
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};
use serde_json::{Value, json};

/// A vendor with two people, both of whom are contacts, and one to whom nobody belongs.
const ACME: &str = "
    on questionnaires
    vendor v1 | name=Acme | host=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com | title=Buyer
    person p2 of v1 | name=Bo Ek | email=bo@acme.com | title=Security lead
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    contact c2 | first=Bo | last=Ek | email=bo@acme.com
    agree";

/// Something that Acme is asked.
const ASKED: &str = "questionnaire q1 of v1 | name=ISO 27001 | summary=Sent: then | sent=2000 | due=9000 \
     | over=no";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

fn stands_at(step: &Step) -> String {
    step.constants[&"contactId".into()].to_string()
}

fn due(step: &Step) -> Option<Held> {
    step.constants.get(&"dueDate".into()).cloned()
}

#[test]
fn one_becomes_a_task_that_names_the_vendor_and_is_due_when_the_answer_is() {
    let mut world = after(ASKED);
    let step = only_step(&world);
    assert_eq!((step.mapping.as_str(), stands_at(&step).as_str()), ("questionnaires", "c1"));
    assert_eq!(due(&step), Some(Held::Time(at(9000))));
    let titles: Vec<_> =
        step.fields.iter().map(|it| (it.name.as_str(), it.after.clone())).collect();
    assert!(titles.contains(&("title", Some(Held::text("Questionnaire ISO 27001: Acme")))));
    assert!(step.marker.is_some() && !step.constants.contains_key(&"reference".into()));
    world.agree();
    check(&world, &[]);
    world.play("vendor v1 | name=Acme Ltd\nagree\nquestionnaire q1 | due=9999");
    check(&world, &[]);
}

#[test]
fn what_is_open_at_the_first_agreement_gets_a_task_and_what_is_over_gets_none() {
    let mut world = World::of(&ACME.replace("agree", &format!("{ASKED}\nagree")));
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 1);
    world.play("questionnaire q2 of v1 | name=PCI | sent=1 | due=- | over=yes");
    check(&world, &[]);
}

#[test]
fn without_a_due_date_it_is_due_some_days_after_it_was_sent() {
    let mut world = after(&ASKED.replace("due=9000", "due=-"));
    let days = |count: i64| Some(Held::Time(at(2000 + count * 24 * 60)));
    assert_eq!(due(&only_step(&world)), days(14));
    world.settings.questionnaires.due_days = 3;
    assert_eq!(due(&only_step(&world)), days(3));
}

#[test]
fn one_without_a_name_is_called_after_its_vendor_and_a_vendor_without_one_after_its_host() {
    let title = |world: &World| {
        let fields = only_step(world).fields;
        fields.into_iter().find(|it| it.name.as_str() == "title").expect("a title").after
    };
    let world = after(&ASKED.replace("ISO 27001", "-"));
    assert_eq!(title(&world), Some(Held::text("Questionnaire to Acme")));
    let world = after(&format!("vendor v1 | name=-\n{ASKED}"));
    assert_eq!(title(&world), Some(Held::text("Questionnaire ISO 27001: acme.com")));
}

#[test]
fn the_preferred_title_is_chosen_and_a_vendor_without_people_has_to_wait() {
    let world = after(&format!("prefer *security*\n{ASKED}"));
    assert_eq!(stands_at(&only_step(&world)), "c2");
    let world = after(
        "vendor v2 | name=Bolt | host=bolt.com
         questionnaire q2 of v2 | name=PCI | sent=2000 | due=- | over=no",
    );
    let waits = "held q2 [NoAnchor HighLevel]";
    check(&world, &["create business from v2, marked: name Bolt; website https://bolt.com", waits]);
}

#[test]
fn one_that_is_over_completes_its_task_and_one_that_goes_on_opens_it_again() {
    let mut world = after(&format!("{ASKED}\nagree\nquestionnaire q1 | over=yes"));
    let id = task(&world);
    check(&world, &[&format!("write {id}: state no -> yes [OnlyMoved UpGuard]")]);
    world.play("agree\nquestionnaire q1 | over=no");
    check(&world, &[&format!("write {id}: state yes -> no [OnlyMoved UpGuard]")]);
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn of_a_status_that_nobody_knows_nothing_follows() {
    let mut world = after(&ASKED.replace("over=no", "over=?"));
    check(&world, &["held q1 [Incompletable UpGuard]"]);
    world.play("questionnaire q1 | over=no\nagree\nquestionnaire q1 | over=?");
    check(&world, &[]);
    assert_eq!(world.views.highlevel.here(Resource::Task).count(), 1);
}

#[test]
fn a_task_that_people_complete_stays_so() {
    let mut world = after(&format!("{ASKED}\nagree"));
    world.play(&format!("task {} | done=yes", task(&world)));
    let plan = world.plan();
    assert_eq!((plan.steps.len(), plan.drift.len()), (0, 1), "told once");
    world.apply(&plan);
    check(&world, &[]);
    world.play("questionnaire q1 | over=yes\nagree");
    check(&world, &[]);
}

#[test]
fn one_that_is_gone_twice_completes_its_task() {
    let mut world = after(&format!("{ASKED}\nagree"));
    let id = task(&world);
    world.play("questionnaire q1 missed");
    check(&world, &[&format!("wait {id} for q1: 1 of 2")]);
    world.play("questionnaire q1 gone");
    check(&world, &[&format!("archive {id} [Vanished UpGuard]")]);
    world.play("agree\nquestionnaire q1 here");
    check(&world, &[&format!("write {id}: archived yes -> no [Returned UpGuard]")]);
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn where_a_vendor_was_not_listed_nothing_is_gone() {
    let mut world =
        after(&format!("{ASKED}\nagree\nquestionnaire q1 gone\nincomplete questionnaire"));
    assert!(world.plan().steps.is_empty());
    world.play("complete questionnaire");
    check(&world, &[&format!("archive {} [Vanished UpGuard]", task(&world))]);
}

#[test]
fn a_deleted_task_is_not_made_again() {
    let mut world = after(&format!("{ASKED}\nagree"));
    world.play(&format!("task {} gone\nagree", task(&world)));
    check(&world, &[]);
}

#[test]
fn at_a_vendor_outside_the_slice_or_one_that_nobody_watches_it_is_left() {
    let plan = after(&format!("slice eu\n{ASKED}")).plan();
    let waits = plan.held.iter().filter(|it| it.record.id.as_str() == "q1").count();
    assert_eq!((plan.steps.len(), waits), (0, 0), "it does not even wait for a contact");
    let mut world = after(&format!("{ASKED}\nagree\nvendor v1 dormant\nquestionnaire q1 gone"));
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.quarantined.is_empty());
    let sleeps = plan.held.iter().find(|it| it.record.id.as_str() == "q1").expect("held");
    assert_eq!(sleeps.why.rule, Rule::Dormant);
    world.play("vendor v1 watched\nquestionnaire q1 here");
    check(&world, &[]);
}

#[test]
fn without_a_wish_it_is_not_even_asked_for() {
    let mut world = World::default();
    let reads =
        |world: &World| world.rules().resources(Side::Upguard).contains(&Resource::Questionnaire);
    assert!(!reads(&world));
    world.play("on questionnaires");
    assert!(reads(&world));
    world.settings.contacts.enabled = false;
    let problems = concordat_mapping::rules(&world.settings, 0).expect_err("nobody to stand at");
    assert_eq!(problems[0].place, "mapping.questionnaires.enabled");
}

const ON: &str = "\n[mapping.questionnaires]\nenabled = true\n";
const LISTING: &str = "/vendor/questionnaires/v2";

fn world() -> Night {
    Night::over(Population { seed: 5, vendors: 6, contacts: 18, threats: 0, locations: 1 })
}

/// A watched vendor with people and a web site, of which nothing was asked: by id.
fn vendor(night: &Night) -> u64 {
    let state = night.sandbox.state();
    let [vendors, people, asked] =
        ["vendors", "contacts", "questionnaires"].map(|it| rows(&state["upguard"][it]));
    let of = |all: &[Value], id: &Value| all.iter().any(|it| it["vendor_id"] == *id);
    let mut fit = vendors.iter().filter(|it| it["monitored"] == true);
    let found = fit.find(|it| of(people, &it["id"]) && !of(asked, &it["id"])).expect("a vendor");
    found["id"].as_u64().expect("a number")
}

fn edit(night: &Night, id: &str, change: &str, how: &Value) {
    let edit = json!({ "side": "upguard", "entity": "questionnaire", "id": id, change: how });
    night.sandbox.person(&edit);
}

fn ours(night: &Night) -> Vec<Value> {
    let state = night.sandbox.state();
    let ours = |it: &&Value| text(&it["title"]).starts_with("Questionnaire ");
    rows(&state["highlevel"]["tasks"]).iter().filter(ours).cloned().collect()
}

/// Those of that name.
fn called(night: &Night, name: &str) -> Vec<Value> {
    ours(night).into_iter().filter(|it| text(&it["title"]).contains(name)).collect()
}

#[test]
fn off_it_costs_no_request_and_on_doctor_names_what_is_needed() {
    let night = world();
    night.first_agreement();
    assert_eq!(night.sandbox.requests_for(LISTING), 0);
    night.configure(|text| text + ON);
    night.run(&["doctor"]).exits(0).says(&["questionnaires needs UpGuard Platform, VendorRisk"]);
    night.configure(|text| text.replace(ON, &format!("{ON}due_days = \"soon\"\n")));
    night.run(&["config", "check"]).exits(2).says(&["due_days"]);
}

#[test]
fn a_questionnaire_and_its_task_go_through_their_days() {
    let night = world();
    night.configure(|text| text + ON);
    night.first_agreement();
    let first = ours(&night);
    assert!(!first.is_empty(), "those that were open");
    let open = |it: &Value| it["completed"] == false && !text(&it["title"]).contains("ISO 27001");
    assert!(first.iter().all(open), "{first:#?}");

    let sent = json!({ "vendor_id": vendor(&night), "name": "PCI DSS", "due_date": "2030-05-01T00:00:00Z" });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "questionnaire", "create": sent }));
    let state = night.sandbox.state();
    let mut asked = rows(&state["upguard"]["questionnaires"]).iter();
    let id = text(&asked.rfind(|it| it["name"] == "PCI DSS").expect("just sent")["id"]);
    reconciled(&night, &[]);
    let [task] = called(&night, "PCI DSS").try_into().expect("one task");
    let title = text(&task["title"]);
    assert!(title.starts_with("Questionnaire PCI DSS: "), "{title}");
    assert!(text(&task["dueDate"]).starts_with("2030-05-01T00:00:00"), "{task}");
    let body = text(&task["body"]);
    assert!(body.starts_with("Questionnaire: PCI DSS\nSent: ") && !body.contains("[T-"), "{body}");
    let explained = night.run(&["explain", &id]).exits(0).told();
    assert!(explained.contains("PCI DSS"), "{explained}");

    let is_done = |night: &Night| called(night, "PCI DSS")[0]["completed"] == true;
    edit(&night, &id, "set", &json!({ "status": "returned" }));
    night.finds_nothing();
    edit(&night, &id, "set", &json!({ "status": "complete" }));
    reconciled(&night, &[]);
    assert!(is_done(&night));
    night.finds_nothing();
    night.nothing_is_overlooked();
    let sent = night.sandbox.api_effects_from(0);
    assert!(sent.iter().all(|it| it["entity"] != "questionnaire"), "{sent:#?}");
}

#[test]
fn gone_is_what_its_vendor_lacks_and_a_read_by_id_says_so() {
    let night = world();
    night.configure(|text| text + ON);
    night.first_agreement();
    let task = ours(&night).into_iter().next().expect("one that is open");
    let state = night.sandbox.state();
    let sent =
        |vendor: &Value| text(&task["title"]).ends_with(&format!(": {}", text(&vendor["name"])));
    let vendor = rows(&state["upguard"]["vendors"]).iter().find(|it| sent(it)).expect("a vendor");
    let mut asked = rows(&state["upguard"]["questionnaires"]).iter();
    let open = asked.find(|it| it["vendor_id"] == vendor["id"] && it["status"] == "sent");
    edit(&night, &text(&open.expect("one that is open")["id"]), "delete", &json!(true));
    let is_done = || {
        let all = ours(&night);
        all.iter().any(|it| it["id"] == task["id"] && it["completed"] == true)
    };
    night.sandbox.turn(json!({ "error_before_effect": { "path": LISTING, "status": 422 } }));
    for _ in 0..2 {
        night.run(&["reconcile"]).exits(3);
        assert!(!is_done(), "its vendor was not listed");
    }
    night
        .sandbox
        .turn(json!({ "error_before_effect": false, "upguard_missing_questionnaire_status": 403 }));
    for _ in 0..2 {
        reconciled(&night, &[]);
        assert!(!is_done(), "a 403 may mean anything");
    }
    night.sandbox.turn(json!({ "upguard_missing_questionnaire_status": 404 }));
    reconciled(&night, &[]);
    assert!(is_done());
    night.finds_nothing();
}
