//! Does `doctor` say which custom fields are missing, and define them when it is told to, once?

use concordat_oracle::{rows, text};
use concordat_tests::night::Night;
use serde_json::{Value, json};

/// What doctor finds about custom fields: whether it is in order, and what it says.
fn findings(told: &Value) -> Vec<(bool, String)> {
    let findings = rows(&told["findings"]).iter().filter(|it| it["check"] == "custom field");
    findings.map(|it| (it["ok"] == true, text(&it["says"]))).collect()
}

#[test]
fn what_is_missing_is_told_and_defined_when_asked_for() {
    let night = Night::falls(3, 4, 4);
    let missing = findings(&night.document(0, &["doctor"]));
    assert_eq!(missing.iter().filter(|(ok, _)| !ok).count(), 3, "{missing:?}");
    night.run(&["doctor"]).exits(0).says(&[
        "✓ custom field concordat_id is defined, for text",
        "✗ custom field vendor_tier is not defined, so it is left out",
        "→ `concordat doctor --fix` defines it",
    ]);
    let sent = night.sandbox.writing_requests();
    night.run(&["doctor", "--fix"]).exits(0).says(&[
        "✓ custom field vendor_assessment is defined now, for text",
        "✓ custom field vendor_score is defined now, for a number",
        "✓ custom field vendor_tier is defined now, for a number",
    ]);
    assert_eq!(night.sandbox.writing_requests(), sent + 3);
    let told = findings(&night.document(0, &["doctor"]));
    assert!(told.len() == 4 && told.iter().all(|(ok, _)| *ok), "{told:?}");
    night.run(&["doctor", "--fix"]).exits(0);
    assert_eq!(night.sandbox.writing_requests(), sent + 3, "nothing is missing any more");
}

#[test]
fn a_token_that_may_not_define_is_told_so() {
    let night = Night::falls(3, 4, 4);
    let scopes = [
        "locations.readonly",
        "locations/customFields.readonly",
        "contacts.readonly",
        "businesses.readonly",
    ];
    night.sandbox.turn(json!({ "highlevel_scopes": scopes }));
    night.run(&["doctor"]).exits(0);
    night.run(&["doctor", "--fix"]).exits(0).says(&[
        "✗ custom field",
        "POST /locations/{locationId}/customFields",
        "give the token the scope locations/customFields.write",
    ]);
}

#[test]
fn a_field_that_holds_something_else_is_left_to_its_owner() {
    let night = Night::falls(3, 4, 4);
    night.configure(|text| text + "\n[mapping.profiles]\nassessment = \"lead_score\"\n");
    let sent = night.sandbox.writing_requests();
    let says = [
        "✗ custom field lead_score is defined, but not for text, so it is left out",
        "name another key in [mapping.profiles]",
    ];
    night.run(&["doctor"]).exits(0).says(&says);
    night.run(&["doctor", "--fix"]).exits(0).says(&says);
    assert_eq!(night.sandbox.writing_requests(), sent + 2, "the two others are defined");
}
