//! Is a plan that is made from what moved the plan that is made from everything? In random towns, night
//! after night.

use concordat_diff::Seeds;
use concordat_model::{Action, LinkId, Plan, RecordKey, Resource, Step};
use concordat_tests::neighbours::{street, town};
use concordat_tests::paper;
use concordat_tests::wild::worlds;
use concordat_tests::world::{World, at};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// What becomes of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is only read.
    Read,
    /// It is carried out.
    Done,
    /// It is carried out, but for the first person in it: HighLevel refuses to make one.
    Refused,
}

const FATES: [Fate; 3] = [Fate::Read, Fate::Done, Fate::Refused];

/// Every night, both plans are the same; then what they say is done, or not.
fn nights(world: &mut World, nights: &[Vec<String>], fate: Fate) -> Result<(), TestCaseError> {
    let mut seeds = world.restless(&world.plan());
    for lines in nights {
        let before = world.clone();
        lines.iter().for_each(|line| world.line(line));
        let moved = world.moved_since(&before);
        seeds.records.extend(moved.records);
        seeds.links.extend(moved.links);
        let whole = world.plan();
        let (part, _, next) = world.look_around(seeds);
        prop_assert_eq!(
            &part,
            &whole,
            "part:\n{}\nwhole:\n{}",
            paper::text(&part),
            paper::text(&whole)
        );
        seeds = next;
        if fate != Fate::Read {
            let before = world.clone();
            let mut whole = whole;
            if fate == Fate::Refused {
                seeds.records.extend(refuse(world, &mut whole));
            }
            world.apply(&whole);
            let moved = world.moved_since(&before);
            seeds.records.extend(moved.records);
            seeds.links.extend(moved.links);
        }
    }
    Ok(())
}

/// Takes the first new person out of a plan, and remembers that HighLevel refused them, because of a contact
/// that is there. Answers whom that concerns.
fn refuse(world: &mut World, plan: &mut Plan) -> Vec<RecordKey> {
    let founds = |it: &Step| {
        it.resource == Resource::Contact
            && it.action == Action::Create
            && it.link == LinkId::of(&world.pair, &it.mapping, &it.sources[0])
    };
    let contact = world.views.highlevel.here(Resource::Contact).next();
    let contact = contact.map(|it| it.record.key.clone());
    let Some((index, contact)) = plan.steps.iter().position(founds).zip(contact) else {
        return Vec::new();
    };
    world.line(&format!("rebuff {} {}", plan.steps[index].sources[0].id, contact.id));
    let refused = plan.steps.remove(index);
    plan.steps.retain(|it| it.awaits().as_ref() != Some(&refused.link));
    refused.sources
}

fn config(cases: u32) -> ProptestConfig {
    let seed = if std::env::var_os("CONCORDAT_EXPLORE").is_some() {
        RngSeed::Random
    } else {
        RngSeed::Fixed(2026)
    };
    ProptestConfig { cases, rng_seed: seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_neighbourhood_is_enough_where_people_are_shared((script, edits) in town(), fate in select(&FATES[..])) {
        let mut world = World::of(&script);
        world.agreements.since = Some(at(1000));
        for _ in 0..3 {
            let plan = world.plan();
            world.apply(&plan);
        }
        nights(&mut world, &edits, fate)?;
    }

    #[test]
    fn a_neighbourhood_is_enough_whatever_the_rules(wild in worlds(), fate in select(&FATES[..])) {
        let mut world = World::of(&wild.agreed());
        let edits: Vec<Vec<String>> = wild.after.chunks(2).map(<[_]>::to_vec).collect();
        nights(&mut world, &edits, fate)?;
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn a_neighbourhood_is_enough_where_many_wait((script, edits) in street(), fate in select(&FATES[..])) {
        let mut world = World::of(&script);
        let plan = world.plan();
        world.apply(&plan);
        nights(&mut world, &edits, fate)?;
    }
}

/// Night after night, with a night's edits a line each, whether the plans are only read or carried out.
fn told(script: &str, edits: &[&str]) {
    let night = |edits: &&str| edits.lines().map(str::to_owned).collect();
    let edits: Vec<Vec<String>> = edits.iter().map(night).collect();
    for fate in [Fate::Read, Fate::Done] {
        nights(&mut World::of(script), &edits, fate).expect("the same plans");
    }
}

#[test]
fn a_refusal_is_forgotten_although_nobody_moved() {
    told(
        "vendor v1 | name=Acme | host=acme.com
         contact c9 | first=Zoe | last=Fox | email=zoe@fox.com
         agree
         person p1 of v1 | name=Ann Lee | email=ann@acme.com",
        &["rebuff p1 c9", "", "days 3", "days 5", ""],
    );
}

#[test]
fn whose_contact_it_could_be_is_heard() {
    told(
        "vendor v1 | name=Acme | host=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         agree
         contact c1 | email=lee@home.org | phone=+16502530000
         agree
         person p2 of v1 | name=Bob Day | phone=+16502530000",
        &["", "person p1 | name=Bob Lee", ""],
    );
}

#[test]
fn a_lead_is_heard_of_when_nobody_at_a_vendor_goes_by_its_address_any_more() {
    let script = "on leads
         vendor v1 | name=Acme | host=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         agree
         contact c1 | email=ann@home.org
         agree";
    let lead = "lead l1 | name=Ann Lee | email=ann@acme.com";
    told(
        script,
        &["", lead, "person p1 | email=lee@acme.com", "", "person p1 | email=ann@acme.com"],
    );
}

#[test]
fn where_a_business_comes_or_goes_its_people_are_looked_at() {
    let script = "on businesses
         vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         agree";
    let edits = [
        "business b1 gone\ncontact c1 | business=-",
        "business b1 here",
        "business b1 gone\nperson p2 of v1 | name=Bob Day | email=bob@acme.com",
        "",
        "business b2 | name=Acme | website=acme.com",
        "contact c1 | business=b2",
    ];
    told(script, &edits);
}

#[test]
fn where_nothing_moved_nobody_is_looked_at() {
    let mut world = World::of(
        "on labels
         vendor v1 | name=Acme | host=acme.com | labels=PCI
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         person p2 of v1 | name=Bob Day | email=bob@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         contact c9 | first=Zoe | last=Fox | email=zoe@fox.com
         agree",
    );
    let (plan, people) = world.plan_around(Seeds::default());
    assert_eq!((plan.is_empty(), people, plan.unmatched), (true, 0, 1));
    assert_eq!(plan, world.plan());
    let before = world.clone();
    world.line("contact c9 | last=Wolf");
    let (plan, people) = world.plan_around(world.moved_since(&before));
    assert_eq!((plan.is_empty(), people), (true, 1));
    assert_eq!(plan, world.plan());
}

#[test]
fn of_many_namesakes_a_few_are_named_and_the_others_counted() {
    let namesakes = |count: usize| {
        let mut world = World::of("vendor v1 | name=Acme | host=acme.com\nagree");
        let contact = |c: usize| format!("contact c{} | first=Ann | last=Lee", 10 + c);
        (0..count).for_each(|c| world.line(&contact(c)));
        let before = world.clone();
        world.line("person p1 of v1 | name=Ann Lee");
        let (plan, people) = world.plan_around(world.moved_since(&before));
        assert_eq!(plan, world.plan());
        (paper::text(&plan), people)
    };
    let few = "case p1: it has no e-mail address, and a record of the same name exists";
    assert_eq!(namesakes(2), (format!("{few} (c10, c11)"), 3));
    assert_eq!(namesakes(5), (format!("{few} (c10, c11, c12, c13, c14)"), 6));
    let many =
        "case p1: it has no e-mail address, and 90 records of the same name exist; 5 are named";
    assert_eq!(namesakes(90), (format!("{many} (c10, c11, c12, c13, c14)"), 6));
}
