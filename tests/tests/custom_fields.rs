//! Does `doctor` say which custom fields are missing, and define them when it is told to, as a run whose
//! writes are planned, intended, read back and recorded, once, whatever happens in between?

use concordat_oracle::{rows, text};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::http::exchange;
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{Child, Night};
use serde_json::{Value, json};

const DEFINITIONS: &str = "/locations/{locationId}/customFields";

/// The keys of the fields that were defined by requests, as often as they were.
fn defined(night: &Night) -> Vec<String> {
    let effects = night.sandbox.effects().into_iter();
    let made = effects.filter(|it| it["entity"] == "customField" && it["field"].is_null());
    let mut keys: Vec<String> = made.map(|it| text(&it["after"]["fieldKey"])).collect();
    keys.sort();
    keys
}

const ALL: [&str; 3] = ["contact.vendor_assessment", "contact.vendor_score", "contact.vendor_tier"];

/// Somebody else defines a field.
fn somebody_defines(night: &Night, name: &str, data_type: &str) {
    let address = night.sandbox.contract("/highlevel/base_url").trim_start_matches("http://");
    let (host, path) = address
        .split_once('/')
        .map_or((address, String::new()), |(host, path)| (host, format!("/{path}")));
    let path = format!(
        "{path}/locations/{}/customFields",
        night.sandbox.contract("/highlevel/location_id")
    );
    let body = json!({ "name": name, "dataType": data_type, "model": "contact" }).to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nversion: 2021-07-28\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        night.sandbox.contract("/highlevel/token"),
        body.len(),
    );
    let answer = exchange(host, request.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&answer));
}

/// `doctor --fix` dies at its `nth` write.
fn dies_at(night: &Night, nth: u64, held: Held) -> Gate {
    let gate = Gate::before(night.sandbox.contract("/highlevel/base_url"));
    night.configure(|text| gate.through(text));
    gate.close_at(nth, held);
    let child: Child = night.start(&["doctor", "--fix"]);
    until("the write to die at", || gate.holds());
    child.kill();
    gate.open();
    gate
}

/// What the ledger says of definitions: the record and the field, of what was written.
fn recorded(night: &Night) -> Vec<(String, String)> {
    let told = night.document(0, &["history", "list"]);
    let rows = rows(&told["changes"]).iter().filter(|it| it["mapping"] == "custom_fields");
    let fields = rows.filter(|it| !it["field"].is_null());
    fields.map(|it| (text(&it["name"]), text(&it["field"]))).collect()
}

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

#[test]
fn defining_is_a_run_that_history_shows() {
    let night = Night::falls(3, 4, 4);
    night.run(&["doctor", "--fix"]).exits(0);
    let recorded = recorded(&night);
    for key in ["vendor_assessment", "vendor_score", "vendor_tier"] {
        for field in ["key", "name", "type"] {
            assert!(recorded.contains(&(key.into(), field.into())), "{key} {field}: {recorded:?}");
        }
    }
    assert_eq!(recorded.len(), 9, "{recorded:?}");
    night.run(&["runs", "list"]).exits(0).says(&["doctor --fix"]);
    night.run(&["runs", "show", "last"]).exits(0).says(&["vendor_tier", "NUMERICAL"]);
    night.run(&["history", "verify"]).exits(0);
    night.run(&["doctor", "--fix"]).exits(0);
    let runs = night.document(0, &["runs", "list"]);
    assert_eq!(rows(&runs["runs"]).len(), 1, "a run that defines nothing is none");
    // It says nothing about what is normal: the first agreement is still to be allowed.
    night.first_agreement();
    night.finds_nothing();
}

#[test]
fn a_definition_that_a_crash_left_open_is_found_and_never_made_twice() {
    for (held, became) in [
        (Held::Coming, "had arrived, and is recorded now"),
        (Held::Going, "had not arrived, and is planned anew"),
    ] {
        let night = Night::falls(3, 4, 4);
        let _gate = dies_at(&night, 2, held);
        let before = recorded(&night).len();
        assert_eq!(before, 3, "the first was read back before the second was sent");
        night
            .run(&["doctor", "--fix"])
            .exits(0)
            .says(&[became, "✓ custom field vendor_tier is defined"]);
        assert_eq!(defined(&night), ALL);
        assert_eq!(recorded(&night).len(), 9);
    }
}

#[test]
fn any_run_settles_what_defining_left_open() {
    let night = Night::falls(3, 4, 4);
    let _gate = dies_at(&night, 1, Held::Coming);
    night.run(&["reconcile"]).exits(5).says(&["had arrived, and is recorded now"]);
    assert_eq!(recorded(&night).len(), 3);
    night.run(&["doctor", "--fix"]).exits(0);
    assert_eq!(defined(&night), ALL);
}

#[test]
fn what_somebody_else_defined_meanwhile_is_not_taken_for_ours() {
    let night = Night::falls(3, 4, 4);
    let _gate = dies_at(&night, 1, Held::Going);
    somebody_defines(&night, "Vendor assessment", "NUMERICAL");
    night.run(&["doctor", "--fix"]).exits(0).says(&[
        "had not arrived",
        "✗ custom field vendor_assessment is defined, but not for text",
        "✓ custom field vendor_tier is defined now",
    ]);
    let names: Vec<String> = recorded(&night).into_iter().map(|(name, _)| name).collect();
    assert!(!names.contains(&"vendor_assessment".to_owned()), "{names:?}");
}

#[test]
fn a_field_of_another_key_with_its_name_is_left_alone() {
    let night = Night::falls(3, 4, 4);
    let put = json!({ "/customFields/0/name": "Vendor TIER", "/customFields/0/fieldKey": "contact.grade" });
    night.sandbox.turn(json!({ "altered": { "method": "GET", "path": DEFINITIONS, "put": put } }));
    let sent = night.sandbox.writing_requests();
    let says =
        ["✗ custom field vendor_tier is not defined, and another field is called “Vendor tier”"];
    night.run(&["doctor"]).exits(0).says(&says);
    assert_eq!(night.sandbox.writing_requests(), sent);
    night.run(&["doctor", "--fix"]).says(&says);
    assert!(!defined(&night).contains(&ALL[2].to_owned()));
}

#[test]
fn an_answer_that_is_lost_or_wrong_defines_nothing_twice() {
    for fault in ["unprocessable_after_commit", "error_after_commit", "drop_after_commit"] {
        let night = Night::falls(3, 4, 4);
        let strike = json!({ "method": "POST", "path": DEFINITIONS, "after": 1, "next": 1 });
        night.sandbox.turn(json!({ fault: strike }));
        night.run(&["doctor", "--fix"]).exits(0).says(&[
            "✓ custom field vendor_score is defined now",
            "✓ custom field vendor_tier is defined now",
        ]);
        assert_eq!(defined(&night), ALL, "{fault}");
        assert_eq!(recorded(&night).len(), 9, "{fault}");
    }
}

#[test]
fn nothing_is_defined_while_another_run_has_the_state() {
    let night = Night::falls(3, 4, 4);
    let gate = Gate::before(night.sandbox.contract("/highlevel/base_url"));
    night.configure(|text| gate.through(text));
    gate.close_at(1, Held::Going);
    let child = night.start(&["doctor", "--fix"]);
    until("a run that has the state", || gate.holds());
    night
        .run(&["doctor", "--fix"])
        .exits(11)
        .says(&["✗ fix", "✗ custom field vendor_tier is not defined"]);
    child.kill();
    assert!(defined(&night).is_empty());
}
