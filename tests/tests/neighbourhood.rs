//! Is a plan that is made from what moved the plan that is made from everything? Random towns in which
//! people belong to several vendors, move, vanish, share mailboxes and come back, night after night.

use concordat_diff::{Seeds, identity};
use concordat_model::{Action, LinkId, PairId, Plan, RecordKey, Resource, Step};
use concordat_tests::paper;
use concordat_tests::wild::worlds;
use concordat_tests::world::{World, at};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

const VENDORS: usize = 4;
const PEOPLE: usize = 9;
const LABELS: [&str; 6] = ["-", "PCI", "PCI+SaaS", "SaaS", "PCI+Bank", "Bank"];
const TAGS: [&str; 7] =
    ["-", "ug:pci", "ug:pci+ug:saas", "newsletter", "ug:bank+ug:pci", "ug:new", "ug:saas+vip"];
const TIERS: [&str; 4] = ["-", "1", "2", "3"];
const STREET: usize = 7;
const SEEN: [&str; 3] = ["unseen", "here", "gone"];
const EMAILS: [&str; 5] = ["a@x.com", "b@x.com", "c@x.com", "A@x.com", "-"];
const PHONES: [&str; 3] = ["+16502530000", "+16502530001", "-"];
const NAMES: [&str; 4] = ["Ann Lee", "Bob Day", "Ann Day", "-"];

/// A night's edits.
fn edit() -> impl Strategy<Value = String> {
    let vendor = (0..VENDORS, select(&LABELS[..]), select(&TIERS[..]))
        .prop_map(|(v, labels, tier)| format!("vendor v{v} | labels={labels} | tier={tier}"));
    let tags =
        (0..PEOPLE, select(&TAGS[..])).prop_map(|(c, tags)| format!("contact c{c} | tags={tags}"));
    let tier =
        (0..PEOPLE, select(&TIERS[..])).prop_map(|(c, tier)| format!("contact c{c} | tier={tier}"));
    let person = (0..PEOPLE, 0..VENDORS, select(&EMAILS[..]), select(&NAMES[..])).prop_map(
        |(p, v, email, name)| format!("person p{p} of v{v} | email={email} | name={name}"),
    );
    let contact = (0..PEOPLE, select(&EMAILS[..]))
        .prop_map(|(c, email)| format!("contact c{c} | email={email}"));
    let kind = select(&["person p", "contact c", "vendor v"][..]);
    let seen =
        (kind, 0..PEOPLE, select(&["unseen", "here", "gone", "missed", "dormant", "watched"][..]))
            .prop_map(|(kind, it, how)| {
                format!("{kind}{} {how}", it % if kind == "vendor v" { VENDORS } else { PEOPLE })
            });
    let stranger =
        (20..23, select(&EMAILS[..]), select(&NAMES[..])).prop_map(|(c, email, name)| {
            let (first, last) = name.split_once(' ').unwrap_or(("-", "-"));
            format!("contact c{c} | first={first} | last={last} | email={email}")
        });
    let said = select(&["-", "Key supplier.", "Left."][..]);
    let noted =
        (0..VENDORS, said.clone()).prop_map(|(v, said)| format!("memo v{v} of v{v} | text={said}"));
    let of_person = (0..PEOPLE, said).prop_map(|(p, said)| format!("person p{p} | notes={said}"));
    let told = (0..6, 0..VENDORS + 1)
        .prop_map(|(n, v)| format!("notification n{n} | when=9000 | about=v{v}.com | text=Told."));
    let weather = select(&["incomplete contact", "complete contact", "days 3", "days 8"][..]);
    let weather = weather.prop_map(str::to_owned);
    let phone = (select(&["person p", "contact c"][..]), 0..PEOPLE, select(&PHONES[..]))
        .prop_map(|(kind, it, phone)| format!("{kind}{it} | phone={phone}"));
    let threat = (0..2_usize, select(&["open", "investigating", "closed"][..]))
        .prop_map(|(t, state)| format!("threat t{t} | state={state}"));
    let comment =
        (0..3_usize, 0..2_usize, select(&["Seen.", "Reset."][..])).prop_map(|(k, t, said)| {
            format!("comment k{k} of t{t} | text={said} | by=Ada | when=1500")
        });
    let note = (0..4_usize, 0..PEOPLE, 0..3_usize, select(&["Called.", "Done."][..])).prop_map(
        |(n, c, about, said)| {
            format!("note h{n} of c{c} | text={}{said} | when=1500", named(about))
        },
    );
    let risk = (0..VENDORS, 0..3_usize, select(&["waived=no", "waived=yes", "severity=low"][..]));
    let risk = risk.prop_map(|(v, k, how)| {
        let said = "title=R | summary=x | severity=critical | waived=no";
        format!("risk v{v}:k{k} of v{v} | {said} | detected={} | {how}", 9000 + k)
    });
    let firm = (0..VENDORS + 1, select(&["", "here", "gone", "missed"][..]))
        .prop_map(|(b, how)| format!("business b{b} {how} | name=B{b} | website=v{b}.com"));
    let stands = (0..PEOPLE, select(&["b0", "b1", "new1", "-"][..]))
        .prop_map(|(c, business)| format!("contact c{c} | business={business}"));
    let standing = select(&["", "gone ", "missed ", "here "][..]);
    let lead = (0..3_usize, standing, select(&EMAILS[..]), select(&NAMES[..])).prop_map(
        |(l, standing, email, name)| format!("lead l{l} {standing}| name={name} | email={email}"),
    );
    let talk = prop_oneof![1 => threat, 2 => comment, 2 => note];
    prop_oneof![
        3 => talk, 3 => vendor, 4 => tags, 2 => tier, 2 => person, 2 => contact, 2 => seen, 1 => stranger,
        1 => noted, 1 => of_person, 1 => told, 1 => weather, 2 => phone, 3 => risk,
        2 => firm, 2 => stands, 3 => lead
    ]
}

/// How a note begins that is about the threat of that number; about the third, that there is none.
fn named(threat: usize) -> String {
    let key = RecordKey::new(Resource::Threat, format!("t{threat}"));
    let reference = identity::reference(&PairId::new("pair"), &key);
    if threat == 2 { String::new() } else { format!("[{reference}] ") }
}

/// A town: vendors, and people who belong to some of them and are contacts.
fn town() -> impl Strategy<Value = (String, Vec<Vec<String>>)> {
    let vendors = prop::collection::vec((select(&LABELS[..]), select(&TIERS[..])), VENDORS);
    let people = prop::collection::vec((0..VENDORS, any::<bool>(), 0..PEOPLE), PEOPLE);
    let nights = prop::collection::vec(prop::collection::vec(edit(), 0..4), 1..6);
    // Sometimes the pair is about a part of the vendors only, which they enter and leave.
    let about =
        ["slice pci", "where vendor tier == 1", "where person vendor.tier > 1 or 'N1' in name"];
    let slice = prop_oneof![3 => Just(None), 2 => select(about.to_vec()).prop_map(|it| Some(it.to_owned()))];
    (vendors, people, nights, slice, any::<bool>()).prop_map(
        |(vendors, people, nights, slice, drops)| {
            let mut script =
                ["on labels", "on profiles", "on activity", "on notes", "on risks", "on leads"]
                    .map(str::to_owned)
                    .to_vec();
            script.extend(drops.then(|| "on businesses".to_owned()));
            script.extend(slice);
            for (v, (labels, tier)) in vendors.into_iter().enumerate() {
                let name = format!("vendor v{v} | name=V{v} | host=v{v}.com");
                if drops && v < 2 {
                    script.push(format!("business b{v} | name=B{v} | website=v{v}.com"));
                }
                script.push(format!("{name} | labels={labels} | tier={tier}"));
            }
            for (p, (v, shares, with)) in people.into_iter().enumerate() {
                // Some people are the same contact as another one.
                let mail = if shares { with } else { p };
                script
                    .push(format!("person p{p} of v{v} | name=Kim N{mail} | email=n{mail}@x.com"));
                if mail == p {
                    script.push(format!("contact c{p} | first=Kim | last=N{p} | email=n{p}@x.com"));
                }
            }
            script.push("on threats at c0".to_owned());
            script.extend((0..2).map(|t| {
            format!(
                "threat t{t} | title=Leak {t} | state=investigating | severity=high | detected=100"
            )
        }));
            script.extend(drops.then(|| "ignores contact phone".to_owned()));
            // A name that many have.
            script.extend((40..47).map(|c| format!("contact c{c} | first=Ann | last=Lee")));
            (script.join("\n"), nights)
        },
    )
}

/// A street where nobody is easily told from the others: they share names, numbers and mailboxes, or have
/// none.
fn street() -> impl Strategy<Value = (String, Vec<Vec<String>>)> {
    let field = |name: &'static str, values: &'static [&'static str]| {
        select(values).prop_map(move |value| format!("{name}={value}"))
    };
    let of_person = || {
        prop_oneof![
            field("name", &NAMES),
            field("email", &EMAILS[..3]),
            field("email", &["-"]),
            field("phone", &PHONES)
        ]
    };
    let of_contact = || {
        prop_oneof![
            field("first", &["Ann", "Bob", "-"]),
            field("last", &["Lee", "Day", "-"]),
            field("email", &EMAILS),
            field("phone", &PHONES)
        ]
    };
    let person = (field("name", &NAMES[..3]), field("email", &["-", "-", "a@x.com", "b@x.com"]));
    let person = (person, field("phone", &PHONES), 0..2_usize);
    let contact = (field("first", &["Ann", "Bob"]), field("last", &["Lee", "Day"]));
    let contact = (contact, field("email", &EMAILS), field("phone", &PHONES));
    let people = prop::collection::vec(person, STREET);
    let contacts = prop::collection::vec(contact, STREET);
    let edit = prop_oneof![
        4 => (0..STREET, of_person()).prop_map(|(p, field)| format!("person p{p} | {field}")),
        4 => (0..STREET, of_contact()).prop_map(|(c, field)| format!("contact c{c} | {field}")),
        1 => (0..STREET, select(&["never", "create"][..]))
            .prop_map(|(p, choice)| format!("match p{p} {choice}")),
        1 => (0..STREET, 0..STREET).prop_map(|(p, c)| format!("match p{p} link c{c}")),
        1 => (select(&["person p", "contact c"][..]), 0..STREET, select(&SEEN[..]))
            .prop_map(|(kind, it, how)| format!("{kind}{it} {how}")),
        1 => select(&["vendor v0 dormant", "vendor v0 watched", "vendor v1 gone", "vendor v1 here"][..])
            .prop_map(str::to_owned),
        1 => (30..34, field("first", &["Ann", "Bob"]), field("phone", &PHONES))
            .prop_map(|(c, first, phone)| format!("contact c{c} | {first} | last=Lee | {phone}")),
        2 => select(&["incomplete contact", "complete contact", "days 3", "days 8"][..])
            .prop_map(str::to_owned),
    ];
    let nights = prop::collection::vec(prop::collection::vec(edit, 0..3), 2..8);
    (people, contacts, nights).prop_map(|(people, contacts, nights)| {
        let mut script = vec!["vendor v0 | name=V | host=v.com".to_owned()];
        script.push("vendor v1 | name=W | host=w.com".to_owned());
        for (p, ((name, email), phone, v)) in people.into_iter().enumerate() {
            script.push(format!("person p{p} of v{v} | {name} | {email} | {phone}"));
        }
        for (c, ((first, last), email, phone)) in contacts.into_iter().enumerate() {
            script.push(format!("contact c{c} | {first} | {last} | {email} | {phone}"));
        }
        (script.join("\n"), nights)
    })
}

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
    #![proptest_config(config(600))]

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
    #![proptest_config(config(2_000))]

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
