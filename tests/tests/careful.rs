//! What if a night goes wrong at the worst moment? Nothing is taken for agreed that nobody saw, a
//! permission holds for what it was given for, and a plan writes a step once.

use concordat_oracle::text;
use concordat_tests::night::{ALLOW_FIRST, Night};
use serde_json::{Value, json};

#[test]
fn a_first_night_that_saw_nothing_is_no_first_agreement() {
    let night = Night::falls(1, 12, 24);
    night.sandbox.turn(json!({ "error_before_effect": [
        { "system": "highlevel", "path": "/businesses/" },
        { "system": "highlevel", "path": "/contacts/search" },
    ]}));
    night.run(&["reconcile"]).exits(3).says(&["incomplete"]);
    night.sandbox.turn(json!({ "error_before_effect": null }));
    night.run(&["reconcile"]).exits(5).says(&["first-agreement"]);
    assert!(night.sandbox.effects().is_empty(), "nobody has allowed anything");
}

#[test]
fn a_permission_holds_for_the_mappings_it_was_given_for() {
    let night = Night::falls(2, 12, 24);
    let without = |config: String| format!("{config}\n[mapping.contacts]\nenabled = false\n");
    let all = std::fs::read_to_string(night.config()).expect("the configuration");
    let all = all.replace("[mapping.contacts.fields]", "[mapping.other.fields]");
    let (vendors, _) = all.split_once("[mapping.other.fields]").expect("the last table");
    let vendors = vendors.to_owned();
    night.configure(|_| without(vendors.clone()));
    night.sandbox.turn(json!({ "token_expired": {
        "system": "highlevel", "method": "PUT", "path": "/businesses/{businessId}", "after": 2
    }}));
    night.run(&[&["reconcile"], &ALLOW_FIRST[..]].concat()).exits(4);
    night.sandbox.turn(json!({ "token_expired": null }));

    let before = night.sandbox.effects().len();
    night.configure(|_| vendors.clone());
    night.run(&["reconcile"]).exits(5).says(&["first-agreement", "contacts"]);
    assert!(night.sandbox.api_effects_from(before).is_empty(), "nobody allowed the contacts");
    // What was allowed and interrupted needs no second permission.
    night.configure(|_| without(vendors.clone()));
    let ran = night.run(&["reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
}

#[test]
fn a_plan_does_not_write_over_what_people_did_after_it() {
    let night = Night::falls(3, 12, 24);
    let plan = night.document(0, &["plan", "--out", "p.json"]);
    night.run(&[&["apply", "p.json"], &ALLOW_FIRST[..]].concat()).exits(0);
    let steps = plan["steps"].as_array().expect("steps");
    let renamed = |it: &&Value| {
        it["side"] == "highlevel" && it["entity"] == "business" && it["fields"][0]["path"] == "name"
    };
    let step = steps.iter().find(renamed).expect("a business that gets another name");
    let (id, field) = (text(&step["record"]["id"]), &step["fields"][0]);
    night.sandbox.edit("highlevel", "business", &id, json!({ "name": field["before"] }));
    let before = night.sandbox.effects().len();
    night.run(&["apply", "p.json"]).exits(3).says(&["this plan has written it already"]);
    assert!(night.sandbox.api_effects_from(before).is_empty(), "the person's name stands");
}
