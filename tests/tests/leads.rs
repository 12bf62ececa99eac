//! What becomes of people who look into our Trust Center? Told by the plan that follows, and night by night
//! over HTTP.

use concordat_model::Resource;
use concordat_oracle::{rows, text};
use concordat_tests::night::tasks::reconciled;
use concordat_tests::night::{Night, Population};
use concordat_tests::told::{check, only_step};
use concordat_tests::world::World;
use serde_json::{Value, json};

/// A vendor with one person, who is a contact.
const ACME: &str = "
    on leads
    vendor v1 | name=Acme | host=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

fn contacts(world: &World) -> usize {
    world.views.highlevel.here(Resource::Contact).count()
}

#[test]
fn somebody_new_becomes_a_contact_and_somebody_known_is_filled_in() {
    let mut world = after("lead l1 @1500 | name=Bo Ek | email=bo@shop.com | company=Shop");
    let step = only_step(&world);
    assert_eq!((step.mapping.as_str(), step.entity.as_str()), ("leads", "contact"));
    assert_eq!(step.constants[&"dnd".into()].to_string(), "yes");
    assert!(step.marker.is_some() && step.lookup.is_some());
    world.agree();
    check(&world, &[]);
    world.play("contact c2 @1510 | first=Cy | email=cy@shop.com\nlead l2 @1500 | name=Cy Fox | email=CY@shop.com");
    // His first name is the CRM's; the last one was missing.
    let step = only_step(&world);
    let fields: Vec<&str> = step.fields.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((step.entity.as_str(), fields), ("contact", vec!["last_name"]));
}

#[test]
fn what_a_contact_holds_is_never_overwritten() {
    let mut world = after("lead l1 @1500 | name=Bo Ek | email=bo@shop.com\nagree");
    let made = world.link_of("l1").expect("a link");
    let id = world.agreements.links[&made].ends.highlevel[0].id.clone();
    world.play(&format!("contact {id} @1600 | last=Berg\nlead l1 @1700 | name=Bob Ek"));
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.conflicts.is_empty(), "{plan:?}");
}

#[test]
fn whose_contact_a_vendors_person_has_gets_no_other_say_under_a_new_address() {
    let world = after(
        "contact c1 | email=ann@home.org\nagree
         lead l1 @1500 | name=Anna Lee | email=ann@home.org | company=Else",
    );
    check(&world, &[]);
}

#[test]
fn whoever_works_for_a_vendor_stays_that_vendors_contact() {
    let lead = "lead l1 @1500 | name=Ann Smith | email=ANN@acme.com | company=Else";
    let mut world = after(lead);
    check(&world, &[]);
    // Her address was changed in the CRM; she is who she is on both sides of that.
    world.play("contact c1 @1600 | email=ann@home.com\nagree");
    world.play("lead l2 @1700 | name=Ann Lee | email=ann@home.com");
    check(&world, &[]);
    // In one night both begin: one contact is made, not two.
    let mut world = after(
        "person p2 of v1 | name=Bo Ek | email=bo@acme.com
         lead l1 @1500 | name=Bo Ek | email=bo@acme.com",
    );
    assert_eq!(only_step(&world).mapping.as_str(), "contacts");
    world.agree();
    check(&world, &[]);
    assert_eq!(contacts(&world), 2);
}

#[test]
fn a_lead_who_comes_to_work_for_a_vendor_is_left_to_it_from_then_on() {
    let mut world = after("lead l1 @1500 | name=Bo Ek | email=bo@shop.com\nagree");
    world.play("contact c9 | first=Zoe\nperson p2 of v1 | name=Bo Ek | email=bo@shop.com\nagree");
    check(&world, &[]);
    assert_eq!((contacts(&world), world.plan().unmatched), (3, 1), "whom nobody stands for");
    world.play("lead l1 gone");
    check(&world, &[]);
    world.play("person p2 missed");
    assert_eq!(world.plan().quarantined.len(), 1, "the vendor has the say");
}

#[test]
fn one_whose_access_is_gone_is_archived_as_everybody_is() {
    let mut world = after("lead l1 @1500 | name=Bo Ek | email=bo@shop.com\nagree\nlead l1 missed");
    assert_eq!(world.plan().quarantined.len(), 1);
    world.play("lead l1 gone");
    assert_eq!(only_step(&world).action, concordat_model::Action::Archive);
    world.play("agree\nlead l1 here");
    assert_eq!(only_step(&world).fields[0].name.as_str(), "archived");
}

#[test]
fn without_a_wish_it_is_not_even_asked_for() {
    let reads = |world: &World| {
        let rules = world.rules();
        rules.resources(concordat_model::Side::Upguard).contains(&Resource::Lead)
    };
    assert!(!reads(&World::default()) && reads(&World::of("on leads")));
}

const ACCESS: &str = "/trust_exchange/trust_center/access";

fn night() -> Night {
    let night =
        Night::over(Population { seed: 5, vendors: 4, contacts: 9, threats: 0, locations: 1 });
    night.configure(|text| text + "\n[mapping.leads]\nenabled = true\n");
    night
}

/// Somebody asks for access. Answers the id of that.
fn asks(night: &Night, how: Value) -> u64 {
    night.sandbox.person(&json!({ "side": "upguard", "entity": "lead", "create": how }));
    let state = night.sandbox.state();
    let last = rows(&state["upguard"]["leads"]).last().expect("a lead");
    last["id"].as_u64().expect("a number")
}

fn found(night: &Night, email: &str) -> Vec<Value> {
    let state = night.sandbox.state();
    let contacts = rows(&state["highlevel"]["contacts"]).iter();
    contacts.filter(|it| text(&it["email"]).eq_ignore_ascii_case(email)).cloned().collect()
}

#[test]
fn a_lead_goes_through_its_days() {
    let night = night();
    let known = {
        let state = night.sandbox.state();
        let mut people = rows(&state["upguard"]["contacts"]).iter();
        let known = people.find(|it| it.get("email_address").is_some()).expect("somebody");
        text(&known["email_address"])
    };
    asks(&night, json!({ "user_email": known, "user_name": "Some One" }));
    night.first_agreement();
    night.finds_nothing();
    assert!(found(&night, &known).len() <= 1, "a vendor's contact is not made twice");

    let asked = json!({ "user_email": "Jo.Doe@lead.example", "user_name": "Jo Doe",
        "org_name": "Lead Inc", "message": "May I?" });
    let id = asks(&night, asked);
    reconciled(&night, &[]);
    let [made] = found(&night, "jo.doe@lead.example").try_into().expect("one contact");
    assert_eq!(
        (text(&made["firstName"]), text(&made["companyName"])),
        ("Jo".into(), "Lead Inc".into())
    );
    assert_eq!(made["dnd"], true);
    night.finds_nothing();
    night.nothing_is_overlooked();

    // Let in, she is the same person, and the request is gone.
    night.sandbox.edit("upguard", "lead", &id.to_string(), json!({ "standing": "admitted" }));
    reconciled(&night, &[]);
    night.finds_nothing();
    assert_eq!(found(&night, "jo.doe@lead.example").len(), 1);

    night.sandbox.turn(json!({ "error_before_effect": { "path": ACCESS, "status": 422 } }));
    for _ in 0..3 {
        night.run(&["reconcile"]).exits(3);
    }
    night.sandbox.turn(json!({ "error_before_effect": false }));
    let tags = |night: &Night| text(&found(night, "jo.doe@lead.example")[0]["tags"]);
    assert!(!tags(&night).contains("concordat:archived"), "{}", tags(&night));
    night.sandbox.person(&json!({ "side": "upguard", "entity": "lead", "id": id, "delete": true }));
    reconciled(&night, &[]);
    reconciled(&night, &[]);
    assert!(tags(&night).contains("concordat:archived"), "{}", tags(&night));
    night.finds_nothing();
}

#[test]
fn doctor_names_what_is_needed() {
    night().run(&["doctor"]).exits(0).says(&["leads needs UpGuard Platform, TrustExchange"]);
}
