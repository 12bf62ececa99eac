//! What if people do everything they can in both systems between two nights: edit, delete, merge, make
//! new records, label, tag and rename companies? Nothing that people made is ever deleted, nothing is made twice, the
//! history tells of every write, after a few nights nothing is left to do but what waits for people, and no
//! judge of their whole lives complains.

use std::thread;

use concordat_oracle::{reported, rows, text, twins};
use concordat_tests::night::Night;
use concordat_tests::night::busy::deed;
use concordat_tests::night::persons::{Dice, Side, Spot};
use concordat_tests::night::watched::Watched;
use serde_json::Value;

const NIGHTS_MAX: usize = 4;

#[track_caller]
fn no_complaints(story: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
}

fn told(seed: u64) {
    let story = format!("seed {seed}");
    let night = Night::falls(seed, 10, 18);
    night.configure(|text| text + "\n[guards]\nshrink_percent = 90\n");
    let mut watched = Watched::begins(&night);
    night.run(&["doctor", "--fix"]).exits(0);
    watched.first_agreement();
    drop(watched.reconciles(&[]));
    let mut dice = Dice::of(seed);
    let mut number = 0;
    for _ in 0..2 {
        for _ in 0..10 {
            number += 1;
            if let Some(deed) = deed(&night, &mut dice, number) {
                night.sandbox.person(&deed);
            }
        }
        let spots = dice.shuffled(Spot::all(&night));
        let state = night.sandbox.state();
        let there = |spot: &&Spot| {
            rows(&state["highlevel"]["businesses"])
                .iter()
                .any(|it| text(&it["id"]) == spot.business)
        };
        for spot in spots.iter().filter(there).take(5) {
            number += 1;
            let side = if dice.below(2) == 0 { Side::Upguard } else { Side::Highlevel };
            spot.set(&night, side, &spot.value(number).0);
        }
        night.sandbox.minutes_pass(24 * 60);
        for _ in 0..NIGHTS_MAX {
            night.sandbox.minutes_pass(24 * 60);
            night.nothing_is_overlooked();
            let ran = watched.reconciles(&[]);
            assert!(matches!(ran.code, Some(0 | 3 | 6)), "{story}: {}", ran.told());
            if ran.json()["operations"] == 0 {
                break;
            }
        }
        watched.finds_nothing();
        watched.is_faultless(&story);
    }
    let effects = night.sandbox.effects();
    no_complaints(&story, twins::made_twice(&effects));
    let by_api = |it: &Value| it["actor"] == "api" && it["entity"] != "customField";
    let api: Vec<Value> = effects.into_iter().filter(by_api).collect();
    let deleted = api.iter().filter(|it| it["field"].is_null() && it["after"].is_null());
    assert_eq!(deleted.count(), 0, "{story}: nothing is ever deleted");
    let history = night.document(0, &["history", "list"]);
    no_complaints(&story, reported::history_differs(&api, &history));
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn nothing_is_deleted_or_written_that_was_not_told_while_people_work() {
    thread::scope(|nights| {
        for seed in 31..=36 {
            nights.spawn(move || told(seed));
        }
    });
}
