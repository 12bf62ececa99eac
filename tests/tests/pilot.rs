//! Can it be tried on a few records first? A pilot writes what it was limited to and nothing else, the
//! first agreement stays to be allowed, and exit codes tell scripts whether something is left.

use std::collections::BTreeSet;

use concordat_oracle::{Name, reported, states, text};
use concordat_tests::night::{ALLOW_FIRST, Night};
use serde_json::Value;

#[track_caller]
fn no_complaints(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Reconciles a part; answers the records that were written.
#[track_caller]
fn part(night: &Night, code: i32, only: &[&str]) -> BTreeSet<Name> {
    let (before, from) = (night.sandbox.state(), night.sandbox.effects().len());
    let run = night.document(code, &[&["reconcile"], only, &ALLOW_FIRST[..]].concat());
    let effects = night.sandbox.api_effects_from(from);
    no_complaints(reported::differs(&effects, &run));
    no_complaints(states::touched(&before, &night.sandbox.state(), &run));
    effects.iter().map(Name::of_effect).collect()
}

#[test]
fn a_few_records_first_and_then_all() {
    let night = Night::falls(2, 12, 24);
    night.run(&["plan", "--detailed-exitcode"]).exits(10);
    night.run(&["plan", "--detailed-exitcode", "--no-pull"]).exits(10);

    // Without permission a pilot is refused like the whole.
    night.run(&["reconcile", "--limit", "2"]).exits(5).says(&["first-agreement"]);
    let first = part(&night, 6, &["--limit", "2"]);
    assert!((1..=2).contains(&first.len()), "{first:?}");

    // One record, by the name people give it.
    let plan = night.document(0, &["plan"]);
    let steps = plan["steps"].as_array().expect("steps");
    let named = |it: &&Value| it["mapping"] == "vendors" && it["action"] == "update";
    let name = text(&steps.iter().find(named).expect("an update")["name"]);
    let one = part(&night, 0, &["--only", &name]);
    let ids: BTreeSet<String> = steps
        .iter()
        .filter(|it| text(&it["name"]) == name)
        .map(|it| text(&it["record"]["id"]))
        .collect();
    assert!(!one.is_empty() && one.iter().all(|it| ids.contains(&it.id)), "{name}: {one:?}");
    assert!(part(&night, 0, &["--only", &name]).is_empty(), "it is done");

    // One mapping.
    let vendors = part(&night, 6, &["--only", "vendors"]);
    assert!(vendors.iter().all(|it| it.entity == "vendor" || it.entity == "business"));

    // The rest is still a first agreement.
    night.run(&["reconcile"]).exits(5).says(&["first-agreement"]);
    part(&night, 6, &[]);
    night.finds_nothing();
    night.run(&["plan", "--detailed-exitcode"]).exits(0);
    let nobody = night.run(&["plan", "--only", "nobody"]);
    assert_eq!(nobody.code, Some(0), "{}", nobody.told());
}

#[test]
fn a_plan_of_a_part_is_applied_as_that_part() {
    let night = Night::falls(3, 12, 24);
    night.run(&["plan", "--only", "contacts", "--limit", "3", "--out", "few.json"]).exits(0);
    let run = night.document(0, &[&["apply", "few.json"], &ALLOW_FIRST[..]].concat());
    let effects = night.sandbox.effects();
    no_complaints(reported::differs(&effects, &run));
    let records: BTreeSet<Name> = effects.iter().map(Name::of_effect).collect();
    assert!((1..=3).contains(&records.len()), "{records:?}");
    assert!(records.iter().all(|it| it.entity == "contact"));
    night.run(&["show", "few.json"]).exits(0).says(&["contacts", "Summary"]);
}
