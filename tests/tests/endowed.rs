//! Does what a contact is made with count at once? A vendor's labels and tier are on it from the start, and what
//! people change before the next run travels like any change. Stories, told by the next plan.

use concordat_model::{Held, Plan, RecordKey, Resource};
use concordat_tests::paper;
use concordat_tests::world::World;

/// A vendor and two of its people, for whom contacts were made and nothing else was done since.
const MADE: &str = "
    on labels
    on profiles
    vendor v1 | name=Acme | host=acme.com | labels=PCI+SaaS | tier=2
    business b1 | name=Acme | website=acme.com
    agree
    person p1 of v1 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
    person p2 of v1 | name=Bob Ray | email=bob@acme.com | phone=+16502530001";

/// The world after one run.
fn made(script: &str) -> World {
    let mut world = World::of(script);
    run(&mut world);
    world
}

fn run(world: &mut World) -> Plan {
    let plan = world.plan();
    world.apply(&plan);
    plan
}

/// What is written, asked and held, and what else is agreed on about labels and tiers.
fn told(plan: &Plan) -> Vec<String> {
    let text = paper::text(plan);
    let told = text.lines().filter(|it| !it.starts_with("create ") && *it != "nothing");
    told.map(str::to_owned).collect()
}

fn held(world: &World, id: &str, path: &str) -> String {
    let key: RecordKey = world.known(id);
    let record = &world.views[key.side()].records[&key].record;
    let held: &Held = record.reading.get(&path.into()).expect("a covered field");
    held.as_ref().map_or("-".into(), ToString::to_string)
}

/// The tags and the tiers of all contacts.
fn contacts(world: &World) -> Vec<String> {
    let here = world.views.highlevel.here(Resource::Contact);
    let tags_and_tier = |id: &str| {
        format!("{} at {}", held(world, id, "tags"), held(world, id, "custom.vendor_tier"))
    };
    here.map(|it| tags_and_tier(it.record.key.id.as_str())).collect()
}

/// After `edits` the next run does `deeds`, and then everybody has these labels and this tier.
#[track_caller]
fn travels(edits: &str, deeds: &[&str], labels: &str, contact: &str, tier: &str) {
    let mut world = made(MADE);
    world.play(edits);
    assert_eq!(told(&run(&mut world)), deeds, "{edits}");
    assert_eq!(held(&world, "v1", "labels"), labels, "{edits}");
    assert_eq!(held(&world, "v1", "tier"), tier, "{edits}");
    assert_eq!(contacts(&world), [format!("{contact} at {tier}"), format!("{contact} at {tier}")]);
    assert!(world.plan().steps.is_empty(), "{edits}:\n{}", paper::text(&world.plan()));
}

#[test]
fn nothing_is_left_to_agree_on() {
    let mut world = World::of(MADE);
    let endowed = ["labels", "labels", "tier, score", "tier, score"];
    let endowed = endowed.map(|fields| format!("endow from v1: {fields}"));
    assert_eq!(told(&run(&mut world)), endowed);
    assert_eq!(contacts(&world), ["concordat:new, ug:pci, ug:saas at 2"; 2]);
    assert!(world.plan().is_empty(), "{}", paper::text(&world.plan()));
}

#[test]
fn a_label_removed_from_the_vendor_is_taken_off_the_contacts() {
    let taken =
        "labels concordat:new, ug:pci, ug:saas -> concordat:new, ug:saas [OnlyMoved UpGuard]";
    let deeds = ["new1", "new2"].map(|it| format!("write {it}: {taken}"));
    travels(
        "vendor v1 | labels=SaaS",
        &deeds.each_ref().map(String::as_str),
        "SaaS",
        "concordat:new, ug:saas",
        "2",
    );
}

#[test]
fn a_tag_taken_off_every_contact_is_removed_from_the_vendor() {
    travels(
        "contact new1 | tags=concordat:new+ug:saas\ncontact new2 | tags=concordat:new+ug:saas",
        &["write v1: labels PCI, SaaS -> SaaS [OnlyMoved HighLevel]"],
        "SaaS",
        "concordat:new, ug:saas",
        "2",
    );
}

#[test]
fn a_tag_taken_off_one_of_them_is_put_back() {
    let back = "labels concordat:new, ug:saas -> concordat:new, ug:pci, ug:saas [PutBack UpGuard]";
    travels(
        "contact new1 | tags=concordat:new+ug:saas",
        &[&format!("write new1: {back}")],
        "PCI, SaaS",
        "concordat:new, ug:pci, ug:saas",
        "2",
    );
}

#[test]
fn a_tag_put_on_one_of_them_reaches_the_vendor_and_the_other() {
    let all = "concordat:new, ug:new, ug:pci, ug:saas";
    travels(
        "contact new1 | tags=concordat:new+ug:pci+ug:saas+ug:new",
        &[
            "write v1: labels PCI, SaaS -> PCI, SaaS, new [OnlyMoved HighLevel]",
            &format!(
                "write new2: labels concordat:new, ug:pci, ug:saas -> {all} [Replica HighLevel]"
            ),
        ],
        "PCI, SaaS, new",
        all,
        "2",
    );
}

#[test]
fn a_tier_that_moved_on_one_side_wins() {
    let tags = "concordat:new, ug:pci, ug:saas";
    travels(
        "vendor v1 | tier=4",
        &[
            "write new1: tier 2 -> 4 [OnlyMoved UpGuard]",
            "write new2: tier 2 -> 4 [OnlyMoved UpGuard]",
        ],
        "PCI, SaaS",
        tags,
        "4",
    );
    travels(
        "contact new2 | tier=1",
        &[
            "write v1: tier 2 -> 1 [OnlyMoved HighLevel]",
            "write new1: tier 2 -> 1 [Replica HighLevel]",
        ],
        "PCI, SaaS",
        tags,
        "1",
    );
}

/// What was empty on both sides is agreed on, too.
#[test]
fn a_tier_that_nobody_had_can_be_emptied_again() {
    let mut world = made(&MADE.replace(" | tier=2", ""));
    world.play("contact new1 | tier=3");
    let plan = run(&mut world);
    let deeds = [
        "write v1: tier - -> 3 [OnlyMoved HighLevel]",
        "write new2: tier - -> 3 [Replica HighLevel]",
    ];
    assert_eq!(told(&plan), deeds);
}

/// What the side drops was not given: the next run gives it again, and nobody lost it.
#[test]
fn tags_that_are_not_kept_are_not_agreed_on() {
    let mut world = made(&format!("ignores contact tags\n{MADE}"));
    assert_eq!(held(&world, "v1", "labels"), "PCI, SaaS");
    world.ignored.clear();
    let united = "labels - -> ug:pci, ug:saas [Unite]";
    let deeds = ["new1", "new2"].map(|it| format!("write {it}: {united}"));
    assert_eq!(told(&run(&mut world)), deeds);
    assert_eq!(held(&world, "v1", "labels"), "PCI, SaaS");
}

/// A contact that is made while the vendor is written has no say in what others lost: its tag is what the
/// vendor had.
#[test]
fn a_contact_made_while_a_label_goes_does_not_keep_it() {
    let mut world = made(MADE);
    world.play(
        "contact new1 | tags=-
         contact new2 | tags=-
         person p3 of v1 | name=Eve Fox | email=eve@acme.com | phone=+16502530002",
    );
    let mut plan = world.plan();
    let write = "write v1: labels PCI, SaaS -> - [OnlyMoved HighLevel]";
    assert_eq!(told(&plan), [write, "endow from v1: tier, score"]);
    // The vendor does not take it this time.
    plan.steps.retain(|it| it.resource != Resource::Vendor);
    world.apply(&plan);
    assert_eq!(contacts(&world)[2], "concordat:new, ug:pci, ug:saas at 2");
    let gone = "labels concordat:new, ug:pci, ug:saas -> concordat:new [NewReplica UpGuard]";
    let told = told(&run(&mut world));
    assert_eq!(told[..2], [write.to_owned(), format!("write new3: {gone}")], "{told:#?}");
    assert!(contacts(&world).iter().all(|it| !it.contains("ug:")), "{:?}", contacts(&world));
}

/// Whose tier a contact of two vendors has nobody knows; that says nothing about the others, and what people
/// change in a new one is theirs.
#[test]
fn a_contact_made_beside_one_of_two_vendors_is_heard() {
    let mut world = made(
        "on profiles
         vendor v1 | name=Acme | host=acme.com | tier=2
         vendor v2 | name=Beta | host=beta.com | tier=3
         business b1 | name=Acme | website=acme.com
         business b2 | name=Beta | website=beta.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
         person p2 of v2 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
         person p3 of v1 | name=Bob Ray | email=bob@acme.com | phone=+16502530001
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         contact c3 | first=Bob | last=Ray | email=bob@acme.com
         person p4 of v1 | name=Eve Fox | email=eve@acme.com | phone=+16502530002",
    );
    world.play("contact new4 | tier=5");
    let told = told(&run(&mut world));
    assert!(told.contains(&"write v1: tier 2 -> 5 [OnlyMoved HighLevel]".into()), "{told:#?}");
    assert_eq!(held(&world, "new4", "custom.vendor_tier"), "5");
}

/// Two contacts disagree about the tier. A third that is made meanwhile is a voice like theirs from then on.
#[test]
fn a_contact_made_while_others_disagree_is_heard() {
    let mut world = made(MADE);
    world.play(
        "contact new1 | tier=3
         contact new2 | tier=4
         person p3 of v1 | name=Eve Fox | email=eve@acme.com | phone=+16502530002",
    );
    let first = told(&run(&mut world));
    assert!(first.contains(&"endow from v1: tier, score".into()), "{first:#?}");
    world.play("contact new3 | tier=5");
    let told = told(&run(&mut world));
    assert!(told.contains(&"held new3.tier 2 / 5 [Contested HighLevel]".into()), "{told:#?}");
    assert_eq!(held(&world, "new3", "custom.vendor_tier"), "5");
}

/// Before anything was agreed, whoever was there unites with the vendor; that nobody could write the vendor
/// yet does not make them receivers of it.
#[test]
fn a_first_agreement_unites_although_a_contact_was_made_before_it() {
    let script = "
        on labels
        on profiles
        vendor v1 | name=Acme | host=acme.com | labels=PCI | tier=2
        person p1 of v1 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
        person p2 of v1 | name=Bob Ray | email=bob@acme.com | phone=+16502530001
        contact c2 | first=Bob | last=Ray | email=bob@acme.com | tags=ug:eu | tier=3";
    let mut world = World::of(script);
    let mut plan = world.plan();
    let first = told(&plan);
    assert!(first.contains(&"endow from v1: score".into()), "{first:#?}");
    plan.steps.retain(|it| it.resource != Resource::Vendor && it.record.is_none());
    world.apply(&plan);
    let told = told(&run(&mut world));
    let write = "write v1: labels PCI -> PCI, eu [Unite]".to_owned();
    assert!(told.contains(&write), "{told:#?}");
    assert!(told.contains(&"held c2.tier 2 / 3 [Contested HighLevel]".into()), "{told:#?}");
    assert!(contacts(&world)[0].contains("ug:eu"), "{:?}", contacts(&world));
}

/// A contact that stands for people of two vendors has the labels of both, and agrees with each on its own;
/// whose tier it should have nobody knows.
#[test]
fn a_contact_of_two_vendors_agrees_with_each() {
    let mut world = made(
        "on labels
         on profiles
         vendor v1 | name=Acme | host=acme.com | labels=PCI+Cloud | tier=2
         vendor v2 | name=Beta | host=beta.com | labels=EU+Cloud | tier=2
         person p1 of v1 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
         person p2 of v2 | name=Ann Lee | email=ann@acme.com | phone=+16502530000",
    );
    assert_eq!(contacts(&world), ["concordat:new, ug:cloud, ug:eu, ug:pci at -"]);
    world.play("vendor v1 | labels=-");
    let mut told = told(&run(&mut world));
    told.retain(|it| it.contains("labels"));
    assert_eq!(
        told,
        [
            "write new2: labels concordat:new, ug:cloud, ug:eu, ug:pci -> concordat:new, ug:cloud, ug:eu \
          [OnlyMoved UpGuard]"
        ]
    );
    assert_eq!(held(&world, "v2", "labels"), "Cloud, EU");
}

/// A part of a plan that makes the contact makes it with the same.
#[test]
fn what_a_pilot_makes_is_agreed_on_too() {
    let mut world = World::of(&format!("{MADE}\nonly Ann Lee"));
    let plan = run(&mut world);
    assert_eq!(plan.steps.len(), 1, "{}", paper::text(&plan));
    assert_eq!(plan.endowments.len(), 2, "{}", paper::text(&plan));
    world.play("whole\nvendor v1 | labels=SaaS");
    let taken =
        "labels concordat:new, ug:pci, ug:saas -> concordat:new, ug:saas [OnlyMoved UpGuard]";
    let told = told(&run(&mut world));
    assert!(told.contains(&format!("write new1: {taken}")), "{told:#?}");
}
