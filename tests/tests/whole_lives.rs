//! Does the program keep every promise through a whole life of both systems? People do all they can, nights
//! follow, and judges from outside hold everything that ever happened against the design.
//!
//! `CONCORDAT_RUNS=30` tells thirty lives instead of three.

use std::thread;

use concordat_oracle::{invariants, rows, text};
use concordat_tests::night::busy::{deed, watch};
use concordat_tests::night::persons::Dice;
use concordat_tests::night::watched::Watched;
use concordat_tests::night::{ALLOW_FIRST, Night, Population};
use serde_json::{Value, json};

/// After so many nights without people everything is done.
const NIGHTS_MAX: usize = 5;

/// Nights until nothing is left to do, and one more.
#[track_caller]
fn nights(night: &Night, watched: &mut Watched<'_>, story: &str) {
    let mut rested = 0;
    for _ in 0..NIGHTS_MAX + 2 {
        night.sandbox.minutes_pass(24 * 60);
        let ran = watched.reconciles(&ALLOW_FIRST);
        assert!(matches!(ran.code, Some(0 | 3 | 6)), "{story}: {}", ran.told());
        rested = if ran.json()["operations"] == 0 { rested + 1 } else { 0 };
        if rested == 2 {
            return;
        }
    }
    panic!("{story}: it does not come to rest");
}

/// A night, and the contact at which its threats have their tasks. Tasks may do to threats what they can.
fn anchored(seed: u64) -> (Night, Value) {
    let night =
        Night::over(Population { seed, vendors: 9, contacts: 16, threats: 5, locations: 1 });
    night.configure(|text| text + "\n[guards]\nshrink_percent = 90\n");
    let config = std::fs::read_to_string(night.config()).expect("the configuration").to_lowercase();
    let state = night.sandbox.state();
    let is_anchor = |it: &&Value| {
        let email = text(&it["email"]).to_lowercase();
        !email.is_empty() && config.contains(&format!("organisation = \"{email}\""))
    };
    let anchor = rows(&state["highlevel"]["contacts"]).iter().find(is_anchor).cloned();
    (night, anchor.expect("an anchor"))
}

fn lives(seed: u64) {
    let story = format!("seed {seed}");
    let (night, anchor) = anchored(seed);
    let mut watched = Watched::begins(&night)
        .on_terms("anchored", json!(true))
        .on_terms("allow", json!(["close", "reopen", "assign"]));
    night.run(&["doctor", "--fix"]).exits(0);
    nights(&night, &mut watched, &story);
    watched.is_faultless(&format!("{story}, first agreement"));
    let mut dice = Dice::of(seed);
    // Without an anchor there are no tasks: nobody touches that one.
    let is_safe = |deed: &Value| !deed.to_string().contains(&text(&anchor["id"]));
    for round in 1..=2 {
        for number in (0..16).map(|it| round * 100 + it) {
            let act = if number % 4 == 0 { watch } else { deed };
            if let Some(deed) = act(&night, &mut dice, number).filter(is_safe) {
                night.sandbox.person(&deed);
            }
        }
        nights(&night, &mut watched, &story);
        watched.is_faultless(&format!("{story}, round {round}"));
    }
    assert_eq!(invariants::races(&watched.life()), [], "{story}: nobody edited at night");
}

#[test]
fn no_promise_is_broken_while_people_do_what_they_want() {
    let runs = std::env::var("CONCORDAT_RUNS").ok().and_then(|it| it.parse().ok()).unwrap_or(3_u64);
    let seeds: Vec<u64> = (61..61 + runs).collect();
    for seeds in seeds.chunks(3) {
        thread::scope(|nights| {
            for seed in seeds {
                nights.spawn(|| lives(*seed));
            }
        });
    }
}
