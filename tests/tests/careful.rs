//! What if a night goes wrong at the worst moment? Nothing is taken for agreed that nobody saw, a
//! permission holds for what it was given for, and a plan writes a step once.

use concordat_oracle::text;
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::{ALLOW_FIRST, Night, waiting};
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

#[test]
fn a_night_whose_requests_are_used_up_by_reading_says_so_and_goes_on_when_there_are_more() {
    let night = Night::falls(4, 12, 24);
    night.first_agreement();
    let limits = |count: u64| format!("\n[limits]\nrequests_per_run = {count}\n");
    night.configure(|config| format!("{config}{}", limits(5)));
    for command in ["pull", "reconcile", "plan"] {
        let ran = night.run(&["--json", command]).exits(8).says(&["request budget of this run"]);
        assert!(ran.err.contains("requests_per_run"), "{}", ran.told());
    }
    let before = night.sandbox.writing_requests();
    night.configure(|config| config.replace(&limits(5), &limits(5000)));
    let run = night.run(&["--json", "reconcile"]).json();
    assert!(matches!(run["exit_code"].as_i64(), Some(0 | 6)), "{run:#}");
    assert!(night.sandbox.writing_requests() >= before);
    night.finds_nothing();
}

#[test]
fn a_write_that_is_refused_for_good_waits_and_no_rerun_is_asked_for() {
    const HOST: &str = "refused.example";
    let night = Night::falls(5, 6, 12);
    let create = json!({ "name": "Before", "primary_hostname": HOST });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "vendor", "create": create }));
    night.first_agreement();
    drop(night.run(&["reconcile"]));
    night.finds_nothing();
    let gate = Gate::before(night.sandbox.contract("/highlevel/base_url"));
    night.configure(|config| gate.through(config));
    let state = night.sandbox.state();
    let vendors = state["upguard"]["vendors"].as_array().expect("vendors");
    let vendor = vendors.iter().find(|it| it["primary_hostname"] == HOST).expect("the vendor");
    night.sandbox.edit("upguard", "vendor", &text(&vendor["id"]), json!({ "name": "After" }));
    let refusal = "HTTP/1.1 422 Unprocessable Entity\r\n";
    gate.meanwhile("/businesses/", Held::Going, refusal, || {});
    let run = night.document(6, &["reconcile"]);
    assert!(gate.has_answered(), "{run:#}");
    let steps = run["steps"].as_array().expect("steps");
    let step = steps.iter().find(|it| it["outcome"] == "failed").expect("a refused step");
    assert_eq!((&step["entity"], &step["name"]), (&json!("business"), &json!("After")));
    // It is remembered, and not sent again the next night.
    let run = night.finds_nothing();
    let held = run["held"].as_array().expect("held");
    assert!(held.iter().any(|it| it["why"]["rule"] == "rejected"), "{run:#}");
    assert_eq!(run["exit_code"], waiting(&run));
}
