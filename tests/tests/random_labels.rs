//! What becomes of labels, tags and tiers that people change at random on both sides? Each change reaches
//! the vendor and all of its contacts, once, and what nobody shares stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use concordat_oracle::labels::{self, tags};
use concordat_oracle::{reported, rows, states, text};
use concordat_tests::night::persons::Dice;
use concordat_tests::night::shared::{Group, vendors_of};
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

#[track_caller]
fn no_complaints(story: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
}

/// A night that may change as much as it likes, and has not begun.
fn falls(seed: u64, vendors: u64, contacts: u64) -> Night {
    let night = Night::falls(seed, vendors, contacts);
    let ceiling = "percent = 100\nmin_population = 0\nabsolute = 1000\n";
    night
        .configure(|text| format!("{text}\n[guards.updates]\n{ceiling}[guards.clears]\n{ceiling}"));
    night.run(&["doctor", "--fix"]).exits(0);
    night
}

fn agreed(seed: u64) -> Night {
    let night = falls(seed, 24, 60);
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

/// A vendor has what is expected, and so has each of its contacts.
#[track_caller]
fn holds(story: &str, night: &Night, group: &Group, expected: &Expected) {
    assert_eq!(group.labels(night), expected.labels, "{story}: {group:?}");
    assert_eq!(text(&group.now(night)["tier"]), expected.tier, "{story}: {group:?}");
    for place in 0..group.contacts.len() {
        let contact = group.contact(night, place);
        let held = text(&contact["custom.vendor_tier"]);
        assert_eq!(held, expected.tier, "{story}: {group:?}, contact {place}");
        let tags: BTreeSet<String> = labels::items(&contact, "tags");
        let ours: BTreeSet<String> =
            tags.into_iter().filter(|it| it.starts_with(labels::NAMESPACE)).collect();
        assert_eq!(
            ours,
            labels::tags(expected.labels.clone()),
            "{story}: {group:?}, contact {place}"
        );
    }
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
        groups.iter().for_each(|it| holds(&story, &night, it, &expected[&it.vendor]));
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

/// Vendors for some of whose people contacts were made in `run`, and which it did not write themselves.
fn just_made(night: &Night, run: &Value) -> Vec<Group> {
    let steps = rows(&run["steps"]);
    let made: BTreeSet<String> = steps
        .iter()
        .filter(|it| it["action"] == "create" && it["outcome"] == "applied")
        .map(|it| text(&it["record"]["id"]))
        .collect();
    let written: BTreeSet<String> = steps
        .iter()
        .filter(|it| it["mapping"] == "labels" || it["mapping"] == "profiles")
        .map(|it| text(&it["record"]["id"]))
        .collect();
    let mut groups = Group::all(night);
    groups.retain(|it| {
        it.contacts.iter().any(|it| made.contains(it)) && !written.contains(&it.vendor)
    });
    groups
}

/// The day after a vendor's contacts were made.
fn told_at_once(seed: u64) {
    let night = falls(seed, 8, 20);
    let run = night.first_agreement();
    let groups = just_made(&night, &run);
    assert!(groups.iter().any(|it| !it.labels(&night).is_empty()), "seed {seed}: {groups:?}");
    let mut dice = Dice::of(seed);
    let edit = |(number, group)| edits(&night, group, &mut dice, number);
    let expected: Vec<Expected> = groups.iter().enumerate().map(edit).collect();
    night.sandbox.minutes_pass(60);
    night.nothing_is_overlooked();
    let ran = night.run(&["--json", "reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "seed {seed}: {}", ran.told());
    for (group, expected) in groups.iter().zip(&expected) {
        holds(&format!("seed {seed}, at once"), &night, group, expected);
    }
}

#[test]
fn what_people_change_right_after_the_contacts_were_made_counts() {
    thread::scope(|nights| {
        for seed in 51..=52 {
            nights.spawn(move || told_at_once(seed));
        }
    });
}
