//! Who is who after people merged contacts, moved a person to another vendor, or added a vendor again?
//! The link follows, what was agreed stays, and nothing is made twice. Stories, told by the plan.

use concordat_tests::paper;
use concordat_tests::world::World;

const ACME: &str = "
    on labels
    on profiles
    vendor v1 | name=Acme | host=acme.com | labels=PCI | tier=2
    business b1 | name=Acme | website=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v1 | name=Bob Ray | email=bob@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com | tags=vip
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

/// What is written, waits or is held; links that are only recorded are not told.
fn deeds(world: &World) -> Vec<String> {
    let text = paper::text(&world.plan());
    let told = text.lines().filter(|it| !it.starts_with("settle ") && *it != "nothing");
    told.map(str::to_owned).collect()
}

fn told(world: &World, wanted: &str) -> bool {
    paper::text(&world.plan()).lines().any(|it| it.starts_with(wanted))
}

fn held(world: &World, id: &str, path: &str) -> String {
    let key = world.known(id);
    let record = &world.views[key.side()].records[&key].record;
    let held = record.reading.get(&path.into()).cloned().flatten();
    held.map_or("-".into(), |it| it.to_string())
}

/// Lets the succession be recorded, and then what follows from it.
fn settled(world: &mut World) {
    world.play("agree");
    assert_eq!(deeds(world), [""; 0]);
}

#[test]
fn contacts_that_people_merged_are_one_and_keep_what_was_agreed() {
    // Bob's contact was made by us, and carries our marker; people merge it into one of theirs.
    let mut world = after("");
    let link = world.link_of("p2").expect("a link");
    let made = world.agreements.links[&link].ends.highlevel[0].id.to_string();
    let marker = held(&world, &made, "concordat_id");
    world.play(&format!(
        "contact {made} missed
         contact c9 | first=Robert | last=Ray | email=rob@home.example | tags=theirs+ug:pci+ug:new | marker={marker}"
    ));
    assert!(told(&world, "settle p2 = c9 in place of a gone one by marker"));
    world.play("agree");
    assert_eq!(world.link_of("p2"), Some(link), "it is the same link");
    assert_eq!(held(&world, "c9", "firstName"), "Robert", "an edit of theirs is drift");
    assert_eq!(held(&world, "v1", "labels"), "PCI, new", "a tag that was added meanwhile is news");
    assert_eq!(held(&world, "c9", "tags"), "theirs, ug:new, ug:pci");
    assert_eq!(held(&world, "c1", "tags"), "ug:new, ug:pci, vip");
    settled(&mut world);
    assert!(world.agreements.dismissed.is_empty());
}

#[test]
fn a_merge_in_which_the_tags_were_lost_takes_no_label_from_the_vendor() {
    let mut world = after("person p2 gone\n agree");
    world.play(
        "contact c1 missed\n contact c9 | first=Ann | last=Lee | email=ann@acme.com | tags=theirs",
    );
    settled(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI");
    assert_eq!(held(&world, "c9", "tags"), "theirs, ug:pci");
    assert_eq!(held(&world, "c9", "custom.vendor_tier"), "2");
}

#[test]
fn a_contact_merged_into_one_that_is_linked_already_is_dismissed() {
    let mut world = after("");
    let link = world.link_of("p2").expect("a link");
    let made = world.agreements.links[&link].ends.highlevel[0].id.to_string();
    world.play(&format!("contact {made} gone"));
    assert_eq!(deeds(&world), [format!("dismiss {made} of p2 [Dismissed HighLevel]")]);
    settled(&mut world);
    // Nor does it take a second person over because it has their address by now.
    let mut world = after("person p3 of v1 | name=Ann Day | email=day@acme.com\n agree");
    let link = world.link_of("p3").expect("a link");
    let made = world.agreements.links[&link].ends.highlevel[0].id.to_string();
    world.play(&format!("contact {made} | email=ann@acme.com\n agree\n contact c1 gone"));
    assert_eq!(deeds(&world), ["dismiss c1 of p1 [Dismissed HighLevel]"]);
}

#[test]
fn a_person_who_moved_to_another_vendor_keeps_the_contact() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com | labels=Cloud
         business b2 | name=Beta | website=beta.com
         agree
         person p1 missed
         person p8 of v2 | name=Ann Lee | email=ANN@acme.com",
    );
    assert!(told(&world, "settle p8 = c1 in place of a gone one by e-mail address"));
    world.play("agree");
    assert_eq!(world.link_of("p8"), world.link_of("c1"));
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, vip", "she left Acme, and with it its label");
    assert!(world.views.highlevel.records.keys().filter(|it| it.id.as_str() == "c1").count() == 1);
    settled(&mut world);
}

#[test]
fn somebody_else_under_the_same_address_is_no_successor() {
    let world = after("person p1 gone\n person p8 of v1 | name=Kim Fox | email=ann@acme.com");
    assert!(!told(&world, "settle p8"), "{}", paper::text(&world.plan()));
    assert!(told(&world, "case p8: a record has its e-mail address, but another name"));
}

#[test]
fn of_two_successors_none_is_guessed() {
    let world = after(
        "contact c1 gone
         contact c8 | first=Ann | last=Lee | email=ann@acme.com
         contact c9 | first=Ann | last=Lee | email=ann@acme.com",
    );
    assert_eq!(deeds(&world), ["dismiss c1 of p1 [Dismissed HighLevel]"]);
}

#[test]
fn a_vendor_that_was_added_again_takes_up_where_it_was() {
    let mut world = after(
        "vendor v1 missed
         person p1 missed
         person p2 missed
         vendor v7 | name=Acme | host=www.acme.com
         person p6 of v7 | name=Ann Lee | email=ann@acme.com
         person p7 of v7 | name=Bob Ray | email=bob@acme.com",
    );
    assert!(told(&world, "settle v7 = b1 in place of a gone one by web address"));
    assert!(
        told(&world, "settle v7 = c1 in place of a gone one"),
        "{}",
        paper::text(&world.plan())
    );
    let contacts = world.views.highlevel.records.len();
    settled(&mut world);
    assert_eq!(world.views.highlevel.records.len(), contacts, "nothing is made twice");
    assert_eq!(held(&world, "c1", "tags"), "ug:pci, vip", "no tag vanishes");
    assert_eq!(held(&world, "v7", "labels"), "pci", "and the vendor has its label again");
    assert_eq!(held(&world, "c1", "custom.vendor_tier"), "2");
    // From then on a removal is one.
    world.play("vendor v7 | labels=-\n agree");
    assert_eq!(held(&world, "c1", "tags"), "vip");
}

#[test]
fn the_same_vendor_under_a_new_host_is_followed_and_a_stranger_is_a_case() {
    let mut world = after("vendor v1 | host=acme.io");
    assert_eq!(
        deeds(&world),
        ["write b1: website acme.com -> https://acme.io [OnlyMoved UpGuard]"]
    );
    settled(&mut world);
    let mut world = after("vendor v1 gone\n vendor v7 | name=Acme | host=acme.io");
    let told = deeds(&world);
    assert!(
        told.iter()
            .any(|it| it.starts_with("case v7: the record with its name is linked to another"))
            || told.iter().any(|it| it.starts_with("case v7: a record has its name, but another")),
        "{told:?}"
    );
    world.play("match v7 link b1");
    let text = paper::text(&world.plan());
    assert!(text.contains("settle v7 = b1 by a person"), "{text}");
    assert!(text.contains("write b1: website acme.com -> https://acme.io"), "{text}");
}

#[test]
fn what_was_only_missed_by_a_listing_has_no_successor() {
    let mut world = after("contact c9 | first=Ann | last=Lee | email=ann@acme.com");
    world.play("contact c1 unseen");
    assert_eq!(deeds(&world), ["held c1 [NotSeen HighLevel]"]);
}
