//! What becomes of labels, tags and tiers that people change at random on both sides? Each change reaches
//! the vendor and all of its contacts, once, and what nobody shares stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use concordat_oracle::labels::{self, tags};
use concordat_oracle::{reported, states, text};
use concordat_tests::night::persons::Dice;
use concordat_tests::night::shared::{Group, vendors_of};
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

#[track_caller]
fn no_complaints(story: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
}

fn agreed(seed: u64) -> Night {
    let night = Night::falls(seed, 24, 60);
    let ceiling = "percent = 100\nmin_population = 0\nabsolute = 1000\n";
    night
        .configure(|text| format!("{text}\n[guards.updates]\n{ceiling}[guards.clears]\n{ceiling}"));
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    // What was refused because of one field is sent without it.
    let ran = night.run(&["--json", "reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    night.finds_nothing();
    night
}

/// What has to be in UpGuard afterwards.
#[derive(Clone, Debug, Default)]
struct Expected {
    labels: BTreeSet<String>,
    tier: String,
}

/// People change what a group shares; each label in one way only.
fn edits(night: &Night, group: &Group, dice: &mut Dice, number: usize) -> Expected {
    let mut labels = group.labels(night);
    let all = group.contacts.len();
    // A label may be spelled in several ways; its tag is one.
    for tag in tags(labels.clone()) {
        let stays = |label: &String| tags([label.clone()]).first() != Some(&tag);
        match dice.below(4) {
            0 => {
                group.relabel(night, |it| it.retain(stays));
                labels.retain(stays);
            }
            1 => {
                (0..all).for_each(|place| {
                    group.retag(night, place, |it| {
                        it.remove(&tag);
                    })
                });
                labels.retain(stays);
            }
            2 if all > 1 => {
                let spared = dice.below(all);
                for place in (0..all).filter(|it| *it != spared) {
                    group.retag(night, place, |it| {
                        it.remove(&tag);
                    });
                }
            }
            _ => {}
        }
    }
    if dice.below(2) == 0 {
        let label = format!("Topic {number}");
        group.relabel(night, |it| {
            it.insert(label.clone());
        });
        labels.insert(label);
    }
    if dice.below(2) == 0 {
        let (one, other) = (dice.below(all), dice.below(all));
        for place in [one, other] {
            group.retag(night, place, |it| {
                it.insert(format!("ug:said {number}"));
            });
        }
        labels.insert(format!("said {number}"));
    }
    group.retag(night, dice.below(all), |it| {
        it.insert(format!("private {number}"));
    });
    Expected { labels, tier: tier(night, group, dice) }
}

/// A tier is set in UpGuard, or on one of the contacts.
fn tier(night: &Night, group: &Group, dice: &mut Dice) -> String {
    let was = group.now(night)["tier"].as_i64().unwrap_or(0);
    let tier = was % 4 + 1;
    match dice.below(3) {
        0 => night.sandbox.edit("upguard", "vendor", &group.vendor, json!({ "tier": tier })),
        1 => {
            let contact = &group.contacts[dice.below(group.contacts.len())];
            let set = json!({ "customFields.contact.vendor_tier": tier });
            night.sandbox.edit("highlevel", "contact", contact, set);
        }
        _ => return text(&group.now(night)["tier"]),
    }
    tier.to_string()
}

fn told(seed: u64) {
    let night = agreed(seed);
    let vendors_of = vendors_of(&night);
    no_complaints("after the first night", labels::differ(&night.sandbox.state(), &vendors_of));
    let groups = Group::all(&night);
    assert!(
        groups.iter().filter(|it| it.contacts.len() > 1).count() > 2,
        "seed {seed}: {groups:?}"
    );
    let mut dice = Dice::of(seed);
    for round in 0..3 {
        let story = format!("seed {seed}, round {round}");
        let expected: BTreeMap<String, Expected> = groups
            .iter()
            .enumerate()
            .map(|(place, group)| {
                let number = round * 100 + place;
                (group.vendor.clone(), edits(&night, group, &mut dice, number))
            })
            .collect();
        // HighLevel's search index lags behind what people do.
        night.sandbox.minutes_pass(60);
        if round == 1 {
            lose_the_mirror(&night);
        }
        if round == 2 {
            night.nothing_is_overlooked();
        }
        let (before, from) = (night.sandbox.state(), night.sandbox.effects().len());
        let ran = night.run(&["--json", "reconcile"]);
        let run: Value = ran.json();
        assert_eq!(ran.code, Some(waiting(&run)), "{story}: {}", ran.told());
        let after = night.sandbox.state();
        no_complaints(&story, reported::differs(&night.sandbox.api_effects_from(from), &run));
        no_complaints(&story, states::touched(&before, &after, &run));
        no_complaints(&story, labels::others_differ(&before, &after));
        no_complaints(&story, labels::differ(&after, &vendors_of));
        for group in &groups {
            let expected = &expected[&group.vendor];
            assert_eq!(group.labels(&night), expected.labels, "{story}: {group:?}");
            assert_eq!(text(&group.now(&night)["tier"]), expected.tier, "{story}: {group:?}");
            for place in 0..group.contacts.len() {
                let held = text(&group.contact(&night, place)["custom.vendor_tier"]);
                assert_eq!(held, expected.tier, "{story}: {group:?}, contact {place}");
            }
        }
        night.finds_nothing();
    }
    lose_the_mirror(&night);
    night.finds_nothing();
}

/// What is decided stands in the ledger: without a mirror nothing is forgotten.
fn lose_the_mirror(night: &Night) {
    std::fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
}

#[test]
fn what_people_change_reaches_the_vendor_and_all_its_contacts() {
    thread::scope(|nights| {
        for seed in 51..=54 {
            nights.spawn(move || told(seed));
        }
    });
}
