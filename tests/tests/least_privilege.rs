//! What if the credentials allow less? Where nothing may be written plans become reports: nothing fails,
//! and nothing is tried again and again. `doctor` says what each mapping needs, and what is missing.

use concordat_oracle::{rows, text};
use concordat_tests::night::persons::{Side, Spot};
use concordat_tests::night::{ALLOW_FIRST, Night, waiting};
use serde_json::{Value, json};

const READING: [&str; 6] = [
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/tasks.readonly",
    "contacts.readonly",
    "businesses.readonly",
    "users.readonly",
];

/// Carries a first agreement out; answers the run.
#[track_caller]
fn run(night: &Night) -> Value {
    reconciled(night, &ALLOW_FIRST)
}

/// A run in which nothing fails.
#[track_caller]
fn reconciled(night: &Night, args: &[&str]) -> Value {
    let ran = night.run(&[&["--json", "reconcile"], args].concat());
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    run
}

/// Of the steps of a run on one side: how many, and how each of them ended, without doubles.
fn ended(run: &Value, side: &str) -> (usize, Vec<String>) {
    let steps: Vec<_> = rows(&run["steps"]).iter().filter(|it| it["side"] == side).collect();
    let mut ends: Vec<String> = steps.iter().map(|it| text(&it["outcome"])).collect();
    ends.sort();
    ends.dedup();
    (steps.len(), ends)
}

/// How many changes a system has seen from us.
fn changed(night: &Night, side: &str) -> usize {
    night.sandbox.effects().iter().filter(|it| it["actor"] == "api" && it["side"] == side).count()
}

#[test]
fn with_a_token_that_only_reads_a_plan_is_a_report() {
    let night = Night::falls(7, 6, 10);
    night.sandbox.turn(json!({ "highlevel_scopes": READING }));
    for _ in 0..2 {
        let sent = night.sandbox.writing_requests();
        let (before, run) = (changed(&night, "upguard"), run(&night));
        let (steps, ends) = ended(&run, "highlevel");
        assert!(steps > 10, "{run:#}");
        assert_eq!(ends, ["unwritable"], "{run:#}");
        let to_upguard = (changed(&night, "upguard") - before) as u64;
        let refused = night.sandbox.writing_requests() - sent - to_upguard;
        assert!(refused <= 2, "one for each scope shows it, and {refused} were sent");
    }
    assert_eq!(changed(&night, "highlevel"), 0);
    let everything = json!({ "highlevel_scopes": Value::Null });
    night.sandbox.turn(everything);
    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(
        ended(&ran.json(), "highlevel").1.iter().filter(|it| *it == "unwritable").count(),
        0
    );
    assert!(changed(&night, "highlevel") > 10, "the same plan, and a token that may");
}

#[test]
fn what_is_set_to_read_only_is_not_even_tried() {
    let night = Night::falls(7, 6, 10);
    night.configure(|text| {
        text.replace("[highlevel]\n", "[highlevel]\nread_only = true\n")
            .replace("[upguard]\n", "[upguard]\nread_only = true\n")
    });
    for _ in 0..2 {
        let run = run(&night);
        assert!(ended(&run, "highlevel").0 > 10);
        for side in ["highlevel", "upguard"] {
            assert!(ended(&run, side).1.iter().all(|it| it == "unwritable"), "{run:#}");
        }
    }
    night.run(&["doctor", "--fix"]).exits(0).says(&["set to `read_only`"]);
    assert_eq!(night.sandbox.writing_requests(), 0);
    night.run(&["reconcile"]).says(&["unwritable", "not allowed by the key or token"]);
}

/// UpGuard answers 403 whether the key lacks a permission or the record cannot be reached, so only saying
/// `read_only` makes it certain.
#[test]
fn a_key_that_may_not_write_fails_nothing_and_is_not_tried_again() {
    let night = Night::falls(7, 6, 10);
    night.first_agreement();
    let spot = Spot::all(&night).swap_remove(0);
    spot.set(&night, Side::Highlevel, &spot.value(1).0);
    night.sandbox.turn(json!({ "forbidden": { "system": "upguard", "method": "PUT" } }));
    let (before, sent) = (changed(&night, "upguard"), night.sandbox.writing_requests());
    let told = night.document(6, &["reconcile"]);
    let (steps, ends) = ended(&told, "upguard");
    assert!(steps > 0 && ends == ["failed"], "{told:#}");
    assert!(text(&rows(&told["steps"])[0]["says"]).contains("lacks the permission VendorRisk"));
    reconciled(&night, &[]);
    assert_eq!(night.sandbox.writing_requests(), sent + steps as u64, "not tried again so soon");
    assert_eq!(changed(&night, "upguard"), before);
}

#[test]
fn doctor_says_what_each_mapping_needs_and_what_is_missing() {
    let night = Night::falls(7, 6, 10);
    night.run(&["doctor"]).exits(0).says(&[
        "vendors needs UpGuard Platform, VendorRisk · HighLevel businesses.readonly, \
         locations.readonly; to write, businesses.write",
        "labels needs",
        "contacts.write",
    ]);
    let some: Vec<&str> = READING.into_iter().filter(|it| !it.starts_with("businesses")).collect();
    night.sandbox.turn(json!({ "highlevel_scopes": some }));
    night.run(&["doctor"]).exits(4).says(&[
        "✗ permissions",
        "the token lacks the scope businesses.readonly",
        "→ give it businesses.readonly, or switch off the mappings that need a business",
    ]);
}

#[test]
fn each_401_has_its_own_remedy() {
    let night = Night::falls(7, 2, 2);
    night.sandbox.turn(json!({ "token_expired": { "system": "highlevel" } }));
    night.run(&["pull"]).exits(4).says(&["C0304", "has expired or was withdrawn"]);
    night.sandbox.turn(json!({ "token_expired": false }));
    night.sandbox.turn(json!({ "highlevel_scopes": ["locations.readonly"] }));
    night.run(&["pull"]).exits(4).says(&["C0302", "lacks the scope"]);
    night.sandbox.turn(json!({ "highlevel_scopes": Value::Null }));
    let token = night.file("concordat.highlevel.token");
    std::fs::write(&token, "pit-another").expect("a writable file");
    let says =
        ["C0301", "private integration token is not valid", "Settings › Private Integrations"];
    night.run(&["pull"]).exits(4).says(&says);
}
