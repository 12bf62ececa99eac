//! Under which business does a contact stand? Under the one of its vendor, where the settings say so; also
//! one that is made in the same run. What a person moves is listed and left.

use concordat_tests::night::{ALLOW_FIRST, Night, waiting};
use concordat_tests::paper;
use concordat_tests::world::World;
use serde_json::{Value, json};

/// A vendor and its business, which both sides agree on, and somebody who works there.
const ACME: &str = "on businesses
    vendor v1 | name=Acme | host=acme.com
    business b1 | name=Acme | website=acme.com
    person p1 of v1 @50 | name=Ann Lee | email=ann@acme.com
    contact c1 @60 | first=Ann | last=Lee | email=ann@acme.com";

/// A second one.
const BETA: &str = "
    vendor v2 | name=Beta | host=beta.com
    business b2 | name=Beta | website=beta.com";

/// What is planned and said, but for what is recorded as it is.
#[track_caller]
fn check(world: &World, expect: &str) {
    let plan = paper::text(&world.plan());
    let said: Vec<&str> = plan.lines().filter(|it| !it.starts_with("settle")).collect();
    let expect: Vec<&str> = expect.lines().map(str::trim).collect();
    let said: Vec<&str> = said.into_iter().filter(|it| *it != "nothing").collect();
    assert!(said == expect, "planned <<<\n{}\n>>> instead of\n{}", plan, expect.join("\n"));
}

fn held(world: &World, contact: &str) -> String {
    let key = world.known(contact);
    let held = world.views.highlevel.records[&key].record.reading.get(&"businessId".into());
    paper::held(&held.cloned().flatten())
}

#[test]
fn a_contact_stands_under_the_business_of_its_vendor() {
    let mut world = World::of(ACME);
    check(&world, "write c1: business - -> b1 [Fill UpGuard]");
    world.agree();
    assert_eq!(held(&world, "c1"), "b1");
    // Nobody asked for it, so nobody is moved.
    let off = World::of(&ACME.replace("on businesses\n", ""));
    check(&off, "");
}

#[test]
fn a_business_that_the_same_plan_makes_is_awaited() {
    let script: String =
        ACME.lines().filter(|it| !it.contains("business b1")).collect::<Vec<_>>().join("\n");
    let mut world =
        World::of(&format!("{script}\nperson p2 of v1 | name=Bob Day | email=bob@acme.com"));
    check(
        &world,
        "create business from v1, marked: name Acme; website https://acme.com
         write c1: business - -> Acme (new) [Fill UpGuard]
         create contact from p2, marked: first_name Bob; last_name Day; email bob@acme.com; company Acme; business Acme (new)",
    );
    let plan = world.plan();
    world.apply(&plan);
    check(&world, "");
    let made = world
        .views
        .highlevel
        .records
        .keys()
        .find(|it| it.resource == concordat_model::Resource::Business);
    let made = made.expect("a business").id.to_string();
    assert_eq!((held(&world, "c1"), held(&world, "new2")), (made.clone(), made));
    // Where the business is left out, the contact is made without it.
    let mut part = World::of(&format!(
        "{script}\nperson p2 of v1 | name=Bob Day | email=bob@acme.com\nonly contacts"
    ));
    check(
        &part,
        "create contact from p2, marked: first_name Bob; last_name Day; email bob@acme.com; company Acme",
    );
    part.line("whole");
    part.agree();
}

#[test]
fn whom_a_person_moved_is_listed_once_and_left() {
    let mut world = World::of(&format!("{ACME}{BETA}\nagree\ncontact c1 @2000 | business=b2"));
    check(&world, "drift c1.business b1 / b2 [Drift HighLevel]");
    world.agree();
    assert_eq!(held(&world, "c1"), "b2");
    // Whoever changes vendors is moved all the same, for that is news.
    world.play("person p1 of v2\nagree");
    assert_eq!(held(&world, "c1"), "b2");
    world.play("person p1 of v1");
    check(&world, "write c1: business b2 -> b1 [OnlyMoved UpGuard]");
    // Taken out by hand is moved by hand.
    let mut world = World::of(&format!("{ACME}\nagree\ncontact c1 @2000 | business=-"));
    check(&world, "drift c1.business b1 / - [Drift HighLevel]");
    world.agree();
    assert_eq!(held(&world, "c1"), "-");
}

#[test]
fn rules_count_as_for_any_field() {
    let script = format!("{ACME}{BETA}\ncontact c1 | business=b2");
    check(&World::of(&script), "ask Ann Lee.business: b1 / b2 [FirstDiffers]");
    let adopts = World::of(&format!("rule contacts business adopt=upguard\n{script}"));
    check(&adopts, "write c1: business b2 -> b1 [Adopt UpGuard]");
    check(&World::of(&format!("rule contacts business strength=fill\n{script}")), "");
    let moved = format!(
        "{ACME}{BETA}\nrule contacts business drift=restore\nagree\ncontact c1 | business=b2"
    );
    check(&World::of(&moved), "write c1: business b2 -> b1 [Restore UpGuard]");
}

#[test]
fn people_of_several_vendors_stand_under_none_in_particular() {
    let both = format!("{ACME}{BETA}\nperson p2 of v2 | name=Ann Lee | email=ann@acme.com");
    let mut world = World::of(&both);
    let says = "held c1.business - / - [Shared HighLevel]";
    check(&world, says);
    world.agree();
    check(&world, says);
    // One of them is as good as the other.
    world.line("contact c1 @2000 | business=b2");
    check(&world, "");
    world.line("contact c1 @2001 | business=b9");
    check(&world, "held c1.business - / b9 [Shared HighLevel]");
}

#[test]
fn nothing_follows_from_a_business_that_is_not_there() {
    let mut world = World::of(&format!(
        "{ACME}\nagree\nbusiness b1 gone\nperson p2 of v1 | name=Bob Day | email=bob@acme.com"
    ));
    let plan = paper::text(&world.plan());
    assert!(plan.contains("create contact from p2") && !plan.contains("; business b1"), "{plan}");
    assert!(!plan.contains("write c1"), "{plan}");
    world.line("business b1 here");
    assert!(paper::text(&world.plan()).contains("company Acme; business b1"));
}

/// Contacts by business, as the sandbox has them: who stands where, by e-mail address.
fn standing(state: &Value) -> Vec<(String, String)> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let contacts = state["highlevel"]["contacts"].as_array().expect("contacts");
    contacts.iter().map(|it| (text(&it["id"]), text(&it["businessId"]))).collect()
}

#[test]
fn a_night_puts_contacts_under_businesses_and_the_next_finds_nothing() {
    let night = Night::falls(3, 6, 14);
    night.configure(|text| format!("{text}\n[mapping.contacts]\nbusiness = true\n"));
    // It is not published whether it moves the stamp; both ways it is seen and kept.
    night.sandbox.turn(json!({ "business_link_moves_date_updated": false }));
    let run = night.first_agreement();
    assert!(run["summary"]["applied"].as_u64() > Some(0), "{run}");
    let stand = standing(&night.sandbox.state());
    let effects = night.sandbox.api_effects_from(0);
    let put = effects.iter().filter(|it| it["field"] == "businessId");
    let put: Vec<&Value> = put.collect();
    assert!(put.len() > 3, "{put:#?}");
    assert_eq!(night.sandbox.requests_for("/contacts/bulk/business"), put.len() as u64);
    for effect in &put {
        assert!(effect["before"].is_null(), "who stands somewhere is asked about: {effect}");
    }
    night.finds_nothing();
    night.nothing_is_overlooked();
    let (contact, business) = stand.iter().find(|(_, it)| !it.is_empty()).expect("one").clone();
    let another = stand.iter().find(|(_, it)| !it.is_empty() && *it != business).expect("another");
    night.sandbox.edit("highlevel", "contact", &contact, json!({ "businessId": another.1 }));
    night.sandbox.minutes_pass(60);
    let ran = night.run(&["--json", "reconcile", "--full"]);
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    assert_eq!(ran.json()["summary"]["drift"], json!(1), "{}", ran.told());
    assert_eq!(
        standing(&night.sandbox.state()).iter().find(|it| it.0 == contact).map(|it| &it.1),
        Some(&another.1)
    );
    night.finds_nothing();
}

/// Making a contact and putting it under a business are two requests.
#[test]
fn a_contact_that_was_made_and_not_put_is_put_by_the_next_run() {
    let night = Night::falls(3, 4, 8);
    night.configure(|text| format!("{text}\n[mapping.contacts]\nbusiness = true\n"));
    let broken = json!({ "system": "highlevel", "path": "/contacts/bulk/business" });
    night.sandbox.turn(json!({ "error_before_effect": broken }));
    let made = || {
        let effects = night.sandbox.api_effects_from(0);
        let new = |it: &&Value| it["entity"] == "contact" && it["field"].is_null();
        effects.iter().filter(new).map(|it| it["id"].clone()).collect::<Vec<_>>()
    };
    let put = |id: &Value| {
        standing(&night.sandbox.state()).iter().any(|(it, under)| id == it && !under.is_empty())
    };
    night
        .run(&[&["reconcile"], &ALLOW_FIRST[..]].concat())
        .exits(3)
        .says(&["made without its business"]);
    let first = made();
    assert!(!first.is_empty() && !first.iter().any(put), "{first:?}");
    night.sandbox.turn(json!({ "error_before_effect": null }));
    let ran = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    assert_eq!(made(), first, "nobody is made twice");
    assert!(first.iter().all(put), "{first:?}");
    night.finds_nothing();
}
