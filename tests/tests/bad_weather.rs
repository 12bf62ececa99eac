//! What if the systems misbehave while it works? Answers are lost, errors come after everything was
//! stored, limits are hit, the index lags, values are dropped. The nightly job is simply run again;
//! within a few nights nothing is left to do, nothing was made twice, and the history tells of
//! everything that happened.

use std::thread;

use concordat_oracle::{labels, reported, twins};
use concordat_tests::night::persons::{Dice, Side, Spot};
use concordat_tests::night::shared::{Group, vendors_of};
use concordat_tests::night::watched::Watched;
use concordat_tests::night::{ALLOW_FIRST, Night};
use serde_json::{Map, Value, json};

/// After so many nights without faults everything is done.
const NIGHTS_MAX: usize = 3;

#[track_caller]
fn no_complaints(story: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
}

const FAULTS: [&str; 6] = [
    "error_before_effect",
    "error_after_commit",
    "unprocessable_after_commit",
    "drop_before_effect",
    "drop_after_commit",
    "rate_limited",
];

/// Faults that hit requests here and there, in another order for every seed.
fn storm(dice: &mut Dice) -> Value {
    let mut faults = Map::new();
    for fault in FAULTS {
        let mut strike = || {
            let mut strike = json!({ "after": dice.below(12), "next": 1 + dice.below(2) });
            if fault == "rate_limited" {
                strike["retry_after_seconds"] = 1.into();
            } else {
                strike["method"] = ["POST", "PUT", "DELETE"][dice.below(3)].into();
            }
            strike
        };
        faults.insert(fault.to_owned(), json!([strike(), strike(), strike()]));
    }
    Value::Object(faults)
}

fn calm() -> Value {
    Value::Object(FAULTS.map(|it| (it.to_owned(), json!(false))).into_iter().collect())
}

/// Runs the nightly job until nothing is left, in fair weather.
#[track_caller]
fn clears_up(story: &str, night: &Night, watched: &mut Watched<'_>, permissions: &[&str]) {
    night.sandbox.turn(calm());
    for _ in 0..NIGHTS_MAX {
        night.sandbox.minutes_pass(24 * 60);
        let ran = watched.reconciles(permissions);
        assert!(matches!(ran.code, Some(0 | 3 | 6)), "{story}: {}", ran.told());
        if ran.json()["operations"] == 0 {
            break;
        }
    }
    watched.finds_nothing();
    watched.is_faultless(story);
    let effects = night.sandbox.effects();
    no_complaints(story, twins::made_twice(&effects));
    let by_api = |it: &Value| it["actor"] == "api" && it["entity"] != "customField";
    let api: Vec<Value> = effects.into_iter().filter(by_api).collect();
    let history = night.document(0, &["history", "list"]);
    no_complaints(story, reported::history_differs(&api, &history));
}

fn told(seed: u64, switches: &Value) {
    let story = format!("seed {seed}, {switches}");
    let night = Night::falls(seed, 8, 14);
    let mut dice = Dice::of(seed);
    let clears = json!(switches["business_empty_clears"] != false);
    let mut watched = Watched::begins(&night).on_terms("clears", clears);
    night.sandbox.turn(switches.clone());
    night.run(&["doctor", "--fix"]).exits(0);
    night.sandbox.turn(storm(&mut dice));
    for _ in 0..2 {
        let ran = watched.reconciles(&ALLOW_FIRST);
        assert!(matches!(ran.code, Some(0 | 1 | 3 | 6)), "{story}: {}", ran.told());
    }
    clears_up(&story, &night, &mut watched, &ALLOW_FIRST);

    for (number, spot) in dice.shuffled(Spot::all(&night)).iter().take(12).enumerate() {
        let side = if dice.below(2) == 0 { Side::Upguard } else { Side::Highlevel };
        let value = if dice.below(5) == 0 { String::new() } else { spot.value(number).0 };
        spot.set(&night, side, &value);
    }
    for (number, group) in Group::all(&night).iter().enumerate() {
        group.relabel(&night, |it| drop(it.pop_first()));
        group.relabel(&night, |it| it.extend([format!("Topic {number}")]));
        let place = dice.below(group.contacts.len());
        group.retag(&night, place, |it| it.extend([format!("ug:said {number}")]));
        let set = json!({ "customFields.contact.vendor_tier": number % 4 + 1 });
        night.sandbox.edit("highlevel", "contact", &group.contacts[place], set);
    }
    night.sandbox.minutes_pass(10);
    night.sandbox.turn(storm(&mut dice));
    for _ in 0..2 {
        night.nothing_is_overlooked();
        let ran = watched.reconciles(&[]);
        assert!(matches!(ran.code, Some(0 | 1 | 3 | 6)), "{story}: {}", ran.told());
    }
    clears_up(&story, &night, &mut watched, &[]);
    let state = night.sandbox.state();
    no_complaints(&story, labels::differ(&state, &vendors_of(&night)));
}

#[test]
fn whatever_goes_wrong_it_is_done_in_the_end() {
    let late = json!({ "index_lag_seconds": 30 });
    let switches = [
        late.clone(),
        late.clone(),
        late,
        json!({ "phone_format": "spaced", "put_company_name": "refuse", "put_duplicate": "drop" }),
        json!({ "null_clears": false, "empty_clears": false, "business_empty_clears": false }),
        json!({ "missing_contact_status": 404, "missing_business_status": 404 }),
        json!({ "upguard_empty_next_page_token": true, "upguard_contact_page_size": 3 }),
        json!({ "identical_put_moves_date_updated": true, "put_duplicate": "allow" }),
    ];
    thread::scope(|nights| {
        for (seed, switches) in (11..).zip(switches) {
            nights.spawn(move || told(seed, &switches));
        }
    });
}
