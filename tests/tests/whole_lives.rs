//! Does the program keep every promise through a whole life of both systems? People do all they can, nights
//! follow, and judges from outside hold everything that ever happened against the design.

use std::thread;

use concordat_oracle::invariants;
use concordat_tests::night::busy::deed;
use concordat_tests::night::persons::Dice;
use concordat_tests::night::watched::Watched;
use concordat_tests::night::{Night, Population};

/// After so many nights without people everything is done.
const NIGHTS_MAX: usize = 5;

/// Nights until nothing is left to do, and one more.
#[track_caller]
fn nights(watched: &mut Watched, story: &str) {
    let mut rested = 0;
    for _ in 0..NIGHTS_MAX + 2 {
        watched.night.sandbox.minutes_pass(24 * 60);
        let ran = watched.reconciles();
        assert!(matches!(ran.code, Some(0 | 3 | 6)), "{story}: {}", ran.told());
        rested = if ran.json()["operations"] == 0 { rested + 1 } else { 0 };
        if rested == 2 {
            return;
        }
    }
    panic!("{story}: it does not come to rest");
}

fn lives(seed: u64) {
    let story = format!("seed {seed}");
    let night =
        Night::over(Population { seed, vendors: 9, contacts: 16, threats: 0, locations: 1 });
    night.configure(|text| text + "\n[guards]\nshrink_percent = 90\n");
    let mut watched = Watched::begins(night);
    watched.night.run(&["doctor", "--fix"]).exits(0);
    nights(&mut watched, &story);
    watched.is_faultless(&format!("{story}, first agreement"));
    let mut dice = Dice::of(seed);
    for round in 1..=2 {
        for number in 0..12 {
            if let Some(deed) = deed(&watched.night, &mut dice, round * 100 + number) {
                watched.night.sandbox.person(&deed);
            }
        }
        nights(&mut watched, &story);
        watched.is_faultless(&format!("{story}, round {round}"));
    }
    assert_eq!(invariants::races(&watched.life()), [], "{story}: nobody edited at night");
}

#[test]
fn no_promise_is_broken_while_people_do_what_they_want() {
    thread::scope(|nights| {
        for seed in 61..=63 {
            nights.spawn(move || lives(seed));
        }
    });
}
