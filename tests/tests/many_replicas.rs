//! Do forty contacts and their vendor end up with what the design says? Random edits of all of them at
//! once, held against `replicas_by_the_book`.

use std::collections::BTreeSet;

use concordat_model::{Plan, RecordKey, Resource, Value};
use concordat_tests::lives::{Life, lives};
use concordat_tests::paper;
use concordat_tests::replicas_by_the_book::Tier;
use concordat_tests::town::Town;
use concordat_tests::world::World;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What a record holds: its labels or tags, and its tier.
fn held(world: &World, key: &RecordKey, set: &str, tier: &str) -> (BTreeSet<String>, Tier) {
    let reading = &world.views[key.side()].records[key].record.reading;
    let set = match reading.get(&set.into()) {
        Some(Some(Value::Set(set))) => set.clone(),
        Some(None) => BTreeSet::new(),
        other => panic!("{set} of {key} is {other:?}"),
    };
    let tier = match reading.get(&tier.into()) {
        Some(Some(Value::Integer(number))) => Some(*number),
        Some(None) => None,
        other => panic!("{tier} of {key} is {other:?}"),
    };
    (set, tier)
}

/// A night: a first run does what the text says, a second one finds nothing to write. Answers the plan
/// of the first.
fn night(world: &mut World, town: &mut Town) -> Result<Plan, TestCaseError> {
    world.play(&town.news());
    let plan = world.plan();
    world.apply(&plan);
    let told = format!("\n{}\nof\n{}", paper::text(&plan), town.script());
    let found = held(world, &RecordKey::new(Resource::Vendor, "v"), "labels", "tier");
    town.reconciled(&found);
    prop_assert_eq!(found, town.vendor(), "the vendor after{}", &told);
    for (id, shall) in town.contacts() {
        let key = RecordKey::new(Resource::Contact, id);
        let found = held(world, &key, "tags", "custom.vendor_tier");
        prop_assert_eq!(found, shall, "{} after{}", key, &told);
    }
    let second = world.plan();
    prop_assert!(second.steps.is_empty(), "again:\n{}\nafter{}", paper::text(&second), &told);
    if !second.is_empty() {
        world.apply(&second);
        let third = world.plan();
        prop_assert!(third.is_empty(), "no silence:\n{}\nafter{}", paper::text(&third), &told);
    }
    town.slept();
    Ok(plan)
}

/// What a plan says, one line a thing, with the contacts called by their names among 100 turned round.
fn turned_round(plan: &Plan, turn: fn(usize) -> usize) -> BTreeSet<String> {
    let word = |word: &str| match word.split_at_checked(1) {
        Some((kind @ ("c" | "p" | "N"), name)) if name.len() == 2 => {
            name.parse().map_or(word.to_owned(), |it| format!("{kind}{}", turn(it)))
        }
        _ => word.to_owned(),
    };
    let line = |line: &str| -> String {
        line.split_inclusive(|it: char| !it.is_alphanumeric())
            .map(|it| {
                let end = it.trim_end_matches(|it: char| !it.is_alphanumeric()).len();
                word(&it[..end]) + &it[end..]
            })
            .collect()
    };
    // Of several contacts that disagree, a notice names the first.
    let contested = |it: String| match it.contains("[Contested") {
        true => it.split_once('.').map_or(String::new(), |(_, held)| format!("held .{held}")),
        false => it,
    };
    paper::text(plan).lines().map(line).map(contested).collect()
}

fn forwards(who: usize) -> usize {
    10 + who
}

fn backwards(who: usize) -> usize {
    99 - who
}

/// From one name to the other and back.
fn turn(name: usize) -> usize {
    109 - name
}

fn by_the_book(life: &Life) -> Result<(), TestCaseError> {
    let mut town = Town::founded(life, forwards);
    let mut world = World::default();
    night(&mut world, &mut town)?;
    for day in &life.days {
        town.lives_through(day);
        night(&mut world, &mut town)?;
    }
    Ok(())
}

fn half_of_a_thousand(seed: u64) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(seed);
    ProptestConfig { cases: 500, rng_seed, failure_persistence: None, ..Default::default() }
}

// Two, so that both processors have something to do.
proptest! {
    #![proptest_config(half_of_a_thousand(40))]

    #[test]
    fn forty_contacts_and_their_vendor_hold_what_the_text_says(life in lives()) {
        by_the_book(&life)?;
    }
}

proptest! {
    #![proptest_config(half_of_a_thousand(42))]

    #[test]
    fn and_so_do_as_many_others(life in lives()) {
        by_the_book(&life)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 50,
        rng_seed: RngSeed::Fixed(41),
        failure_persistence: None,
        ..Default::default()
    })]

    /// Records are read in the order of their ids.
    #[test]
    fn the_order_of_contacts_means_nothing(life in lives()) {
        let mut towns = [forwards as fn(usize) -> usize, backwards].map(|names| {
            (World::default(), Town::founded(&life, names))
        });
        for day in 0..=life.days.len() {
            let mut plans = Vec::new();
            for (world, town) in &mut towns {
                if let Some(day) = day.checked_sub(1) {
                    town.lives_through(&life.days[day]);
                }
                plans.push(night(world, town)?);
            }
            let [here, there] = &plans[..] else { unreachable!("two towns") };
            let (here, there) = (turned_round(here, |it| it), turned_round(there, turn));
            let apart: Vec<_> = here.symmetric_difference(&there).collect();
            prop_assert!(apart.is_empty(), "{:#?} in\n{}", apart, towns[0].1.script());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        rng_seed: RngSeed::Fixed(42),
        failure_persistence: None,
        ..Default::default()
    })]

    /// The night that makes them leaves nothing to agree on, and whatever happens before the next one counts.
    #[test]
    fn contacts_that_were_made_are_replicas_like_any_other(life in lives()) {
        let mut town = Town::without_contacts(&life, forwards);
        let mut world = World::of(&town.news());
        let plan = world.plan();
        world.apply(&plan);
        for (id, shall) in town.contacts() {
            let key = RecordKey::new(Resource::Contact, id);
            let found = held(&world, &key, "tags", "custom.vendor_tier");
            prop_assert_eq!(found, shall, "{} after\n{}", key, town.script());
        }
        let left = world.plan();
        let of_vendors = left.settlements.iter().any(|it| it.mapping.as_str() != "contacts");
        prop_assert!(left.steps.is_empty() && !of_vendors, "left:\n{}", paper::text(&left));
        for day in &life.days {
            town.lives_through(day);
            night(&mut world, &mut town)?;
        }
    }
}

/// A vendor and two contacts, all agreed about; then `script`; then a run. Everybody holds the same, and
/// the next run writes nothing.
#[track_caller]
fn is_decided_once(script: &str) {
    let mut world = World::of(
        "on labels
         on profiles
         vendor v | name=Acme | host=acme.com
         business b | name=Acme | website=acme.com
         person p1 of v | name=Ann Lee | email=ann@acme.com
         person p2 of v | name=Bob Fox | email=bob@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         contact c2 | first=Bob | last=Fox | email=bob@acme.com
         agree",
    );
    world.play(script);
    let plan = world.plan();
    world.apply(&plan);
    let first = paper::text(&plan);
    let (labels, tier) = held(&world, &RecordKey::new(Resource::Vendor, "v"), "labels", "tier");
    let tags: BTreeSet<String> = labels.iter().map(|it| format!("ug:{it}")).collect();
    for id in ["c1", "c2"] {
        let key = RecordKey::new(Resource::Contact, id);
        let found = held(&world, &key, "tags", "custom.vendor_tier");
        assert_eq!(found, (tags.clone(), tier), "{id} is not as its vendor after\n{first}");
    }
    let again = world.plan();
    assert!(again.steps.is_empty(), "{}\nafter\n{first}", paper::text(&again));
}

/// One contact is given the tag by hand that all who had it lose.
#[test]
fn a_tag_that_one_contact_gains_and_all_others_lose_is_decided_once() {
    is_decided_once(
        "contact c2 unseen
         contact c1 | tags=ug:eu
         agree
         contact c2 here | tags=ug:eu
         contact c1 | tags=-",
    );
}

/// Both contacts are emptied; for one of them the vendor moved, for the other it did not.
#[test]
fn a_tier_is_decided_once_for_contacts_of_different_age() {
    is_decided_once(
        "vendor v | tier=1
         agree
         contact c2 unseen
         contact c1 | tier=2
         agree
         contact c2 here | tier=-
         contact c1 | tier=-
         vendor v | tier=1",
    );
}
