//! What becomes of labels and profiles that stand on several contacts? Stories, told by the plan that
//! follows and by the state in which both sides come to rest.

use concordat_model::{Held, RecordKey, Resource};
use concordat_tests::paper;
use concordat_tests::world::World;

/// A vendor with three contacts, agreed upon.
const ACME: &str = "
    on labels
    on profiles
    vendor v1 | name=Acme | host=acme.com | labels=PCI | tier=2
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v1 | name=Bob Ray | email=bob@acme.com
    person p3 of v1 | name=Eve Fox | email=eve@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com | tags=vip+ug:pci
    contact c2 | first=Bob | last=Ray | email=bob@acme.com | tags=newsletter
    contact c3 | first=Eve | last=Fox | email=eve@acme.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

/// The lines of a plan that say what is written, waits or is held.
fn deeds(world: &World) -> Vec<String> {
    let text = paper::text(&world.plan());
    let told = text.lines().filter(|it| !it.starts_with("settle ") && *it != "nothing");
    told.map(str::to_owned).collect()
}

fn held(world: &World, id: &str, path: &str) -> String {
    let key: RecordKey = world.known(id);
    let record = &world.views[key.side()].records[&key].record;
    let held: &Held = record.reading.get(&path.into()).expect("a covered field");
    held.as_ref().map_or("-".into(), ToString::to_string)
}

fn tags(world: &World) -> [String; 3] {
    ["c1", "c2", "c3"].map(|id| held(world, id, "tags"))
}

/// Plans and applies once; then nothing may be left to write.
fn one_run(world: &mut World) {
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(deeds(world), Vec::<String>::new());
    world.agree();
}

#[test]
fn a_first_agreement_unites_what_the_vendor_and_its_contacts_have() {
    let world = World::of(&ACME.replace("tags=newsletter", "tags=newsletter+ug:saas"));
    assert_eq!(held(&world, "v1", "labels"), "PCI, saas");
    assert_eq!(
        tags(&world),
        ["ug:pci, ug:saas, vip", "newsletter, ug:pci, ug:saas", "ug:pci, ug:saas"]
    );
    assert_eq!(["c1", "c2", "c3"].map(|it| held(&world, it, "custom.vendor_tier")), ["2"; 3]);
}

#[test]
fn a_label_is_given_to_every_contact_and_keeps_its_spelling() {
    let mut world = after("vendor v1 | labels=PCI+SOC 2");
    assert_eq!(
        deeds(&world),
        [
            "write c1: labels ug:pci, vip -> ug:pci, ug:soc 2, vip [OnlyMoved UpGuard]",
            "write c2: labels newsletter, ug:pci -> newsletter, ug:pci, ug:soc 2 [OnlyMoved UpGuard]",
            "write c3: labels ug:pci -> ug:pci, ug:soc 2 [OnlyMoved UpGuard]",
        ]
    );
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI, SOC 2");
}

#[test]
fn a_tag_added_on_one_contact_reaches_the_vendor_first_and_then_the_others() {
    let mut world = after("contact c2 | tags=newsletter+ug:pci+ug:key account");
    assert_eq!(
        deeds(&world),
        [
            "write v1: labels PCI -> PCI, key account [OnlyMoved HighLevel]",
            "write c1: labels ug:pci, vip -> ug:key account, ug:pci, vip [Replica HighLevel]",
            "write c3: labels ug:pci -> ug:key account, ug:pci [Replica HighLevel]",
        ]
    );
    one_run(&mut world);
}

#[test]
fn a_tag_removed_from_one_of_several_contacts_is_put_back() {
    let mut world = after("contact c1 | tags=vip");
    assert_eq!(deeds(&world), ["write c1: labels vip -> ug:pci, vip [PutBack UpGuard]"]);
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI");
}

#[test]
fn a_tag_removed_from_every_contact_is_removed_from_the_vendor() {
    let mut world =
        after("contact c1 | tags=vip\ncontact c2 | tags=newsletter\ncontact c3 | tags=-");
    assert_eq!(deeds(&world), ["write v1: labels PCI -> - [OnlyMoved HighLevel]"]);
    one_run(&mut world);
}

#[test]
fn a_contact_that_was_not_seen_may_still_have_the_tag() {
    let world = after("contact c1 | tags=vip\ncontact c2 unseen\ncontact c3 | tags=-");
    let written: Vec<String> =
        deeds(&world).into_iter().filter(|it| it.contains("labels")).collect();
    assert_eq!(
        written,
        [
            "write c1: labels vip -> ug:pci, vip [PutBack UpGuard]",
            "write c3: labels - -> ug:pci [PutBack UpGuard]",
        ]
    );
}

#[test]
fn a_removed_label_is_taken_from_every_contact_and_nothing_else_is() {
    let mut world = after("vendor v1 | labels=-");
    one_run(&mut world);
    assert_eq!(tags(&world), ["vip", "newsletter", "-"]);
}

#[test]
fn a_new_contact_only_receives() {
    let mut world = after(
        "person p4 of v1 | name=Kim Orr | email=kim@acme.com
         contact c4 | first=Kim | last=Orr | email=kim@acme.com | tags=ug:stray+vip | tier=5",
    );
    assert_eq!(
        deeds(&world),
        [
            "write c4: labels ug:stray, vip -> ug:pci, vip [NewReplica UpGuard]",
            "write c4: tier 5 -> 2 [NewReplica UpGuard]",
        ]
    );
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI");
}

#[test]
fn a_person_who_changes_the_vendor_changes_the_tags() {
    let mut world = after("vendor v2 | name=Beta | host=beta.com | labels=Cloud | tier=4\nagree");
    world.play("person p1 of v2");
    one_run(&mut world);
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, vip");
    assert_eq!(held(&world, "c1", "custom.vendor_tier"), "4");
    assert_eq!(held(&world, "v1", "labels"), "PCI");
    assert_eq!(held(&world, "v2", "labels"), "Cloud");
}

#[test]
fn a_contact_of_two_vendors_has_the_labels_of_both() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com | labels=Cloud
         person p9 of v2 | name=Ann Lee | email=ann@acme.com
         agree",
    );
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, ug:pci, vip");
    assert_eq!(held(&world, "v1", "labels"), "PCI");
    world.play("vendor v1 | labels=PCI+Cloud\nagree\nvendor v1 | labels=-\nagree");
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, vip");
    world.play("contact c1 | tags=ug:cloud+ug:new+vip");
    let held_back = [
        "held c1.labels - / ug:cloud, ug:new, vip [Shared HighLevel]",
        "held c1.labels Cloud / ug:cloud, ug:new, vip [Shared HighLevel]",
        "held c1.tier - / 2 [Shared HighLevel]",
    ];
    assert_eq!(deeds(&world), held_back, "nobody knows for which vendor it is meant");
    world.play("agree");
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, ug:new, vip");
    assert_eq!(deeds(&world), held_back, "nor does anybody know it the night after");
}

#[test]
fn a_shared_contact_loses_what_it_had_from_a_vendor_it_left_or_that_is_gone() {
    let told = |end: &str| {
        let mut world = after(
            "vendor v2 | name=Beta | host=beta.com | labels=Cloud
             person p9 of v2 | name=Ann Lee | email=ann@acme.com
             agree",
        );
        world.play(end);
        let told = deeds(&world).into_iter();
        let written: Vec<String> = told.filter(|it| it.starts_with("write")).collect();
        world.play("agree");
        (written, held(&world, "c1", "tags"))
    };
    for gone in ["person p9 gone", "vendor v2 gone\nperson p9 gone"] {
        let (written, tags) = told(gone);
        let step = "write c1: labels ug:cloud, ug:pci, vip -> ug:pci, vip [Left UpGuard]";
        assert_eq!(written, [step], "{gone}");
        assert_eq!(tags, "ug:pci, vip");
    }
    // Not before the quarantine is over, and not because nobody watches the vendor any more.
    for there in [
        "vendor v2 gone",
        "person p9 missed",
        "vendor v2 dormant\nperson p9 gone",
        "vendor v2 gone\nperson p9 gone\nincomplete vendor",
    ] {
        assert_eq!(told(there), (Vec::new(), "ug:cloud, ug:pci, vip".into()), "{there}");
    }
}

#[test]
fn a_shared_contact_keeps_what_it_had_from_a_vendor_that_was_not_seen_with_all_its_people() {
    let both = ACME.replace("agree", "")
        + "vendor v2 | name=Beta | host=beta.com | labels=PCI+Cloud
         person p9 of v2 | name=Ann Lee | email=ann@acme.com";
    for unseen in ["vendor v1 dormant", "vendor v1 unseen", "vendor v2 dormant", "vendor v2 unseen"]
        .into_iter()
        .chain(["person p1 unseen", "person p9 unseen"])
    {
        let mut world = World::of(&both);
        let plan = world.plan();
        world.apply(&plan);
        let told = |world: &World| ["tags", "custom.vendor_tier"].map(|it| held(world, "c1", it));
        let before = told(&world);
        world.play(&format!("{unseen}\nagree"));
        assert!(before[0].contains("ug:cloud"), "{}", before[0]);
        let after = told(&world);
        assert_eq!(after[0], before[0], "{unseen}");
        // Whose tier it is to have nobody knows, unless nobody watches the other one.
        assert!(after[1] == before[1] || unseen.ends_with("dormant"), "{unseen}: {}", after[1]);
    }
}

#[test]
fn a_tag_that_somebody_adds_between_plan_and_write_travels_the_next_night() {
    let mut world = after("vendor v1 | labels=PCI+Cloud");
    let plan = world.plan();
    world.play("contact c1 | tags=vip+ug:pci+ug:new");
    world.apply(&plan);
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, ug:new, ug:pci, vip");
    world.play("agree");
    assert_eq!(held(&world, "v1", "labels"), "Cloud, PCI, new");
    assert_eq!(held(&world, "c2", "tags"), "newsletter, ug:cloud, ug:new, ug:pci");
    assert_eq!(deeds(&world), [""; 0]);
}

#[test]
fn a_label_that_somebody_adds_between_plan_and_write_travels_the_next_night() {
    let mut world = after("contact c1 | tags=vip+ug:pci+ug:new");
    let plan = world.plan();
    world.play("vendor v1 | labels=PCI+Cloud");
    world.apply(&plan);
    assert_eq!(held(&world, "v1", "labels"), "Cloud, PCI, new");
    world.play("agree");
    assert_eq!(held(&world, "c1", "tags"), "ug:cloud, ug:new, ug:pci, vip");
    assert_eq!(deeds(&world), [""; 0]);
}

#[test]
fn a_label_that_was_removed_stays_so_where_only_the_vendor_was_written() {
    let mut world = after("vendor v1 | labels=Cloud\ncontact c1 | tags=vip+ug:pci+ug:new");
    let mut plan = world.plan();
    plan.steps.retain(|it| it.resource == Resource::Vendor);
    assert_eq!(plan.steps.len(), 1);
    world.apply(&plan);
    assert_eq!(held(&world, "v1", "labels"), "Cloud, new");
    assert_eq!(tags(&world), ["ug:new, ug:pci, vip", "newsletter, ug:pci", "ug:pci"]);
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "Cloud, new");
    let followed = ["ug:cloud, ug:new, vip", "newsletter, ug:cloud, ug:new", "ug:cloud, ug:new"];
    assert_eq!(tags(&world), followed);
}

#[test]
fn a_label_with_a_comma_makes_the_vendor_unwritable_and_nothing_is_lost() {
    let world = after("vendor v1 | labels=PCI+a,b\nagree\ncontact c2 | tags=ug:pci+ug:a,b+ug:new");
    assert_eq!(held(&world, "c1", "tags"), "ug:a,b, ug:pci, vip");
    let told = deeds(&world);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].ends_with("[Unwritable UpGuard]"), "{told:#?}");
}

#[test]
fn a_vendor_that_does_not_keep_a_label_keeps_it_from_the_contacts_too() {
    let mut world = after("ignores vendor labels\ncontact c2 | tags=newsletter+ug:pci+ug:new");
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(held(&world, "c1", "tags"), "ug:pci, vip");
    let told = deeds(&world);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].ends_with("[Discarded UpGuard]"), "{told:#?}");
}

#[test]
fn scores_that_two_contacts_changed_differently_are_no_quarrel() {
    let mut world = after("vendor v1 | score=700\nagree");
    assert_eq!(held(&world, "c1", "custom.vendor_score"), "700");
    world.play("contact c1 | score=1\ncontact c2 | score=2\nagree");
    assert_eq!(["c1", "c2"].map(|it| held(&world, it, "custom.vendor_score")), ["700", "700"]);
}

#[test]
fn a_tier_set_on_one_contact_is_set_everywhere() {
    let mut world = after("contact c2 | tier=1");
    assert_eq!(
        deeds(&world),
        [
            "write v1: tier 2 -> 1 [OnlyMoved HighLevel]",
            "write c1: tier 2 -> 1 [Replica HighLevel]",
            "write c3: tier 2 -> 1 [Replica HighLevel]",
        ]
    );
    one_run(&mut world);
}

#[test]
fn different_tiers_on_two_contacts_wait_for_a_person() {
    let world = after("contact c1 | tier=1\ncontact c2 | tier=3");
    assert_eq!(
        deeds(&world),
        ["held c1.tier 2 / 1 [Contested HighLevel]", "held c2.tier 2 / 3 [Contested HighLevel]"]
    );
}

#[test]
fn a_score_written_over_in_the_crm_is_put_back() {
    let mut world = after("vendor v1 | score=700\nagree\ncontact c1 | score=900");
    assert_eq!(deeds(&world), ["write c1: score 900 -> 700 [Restore UpGuard]"]);
    one_run(&mut world);
}

#[test]
fn a_contact_that_is_made_has_labels_and_tier_from_the_start() {
    let mut world = after("person p4 of v1 | name=Kim Orr | email=kim@acme.com");
    one_run(&mut world);
    let mut contacts = world.views.highlevel.here(Resource::Contact);
    let made = contacts.find(|it| it.record.key.id.as_str().starts_with("new"));
    let made = made.expect("a new contact").record.key.id.as_str().to_owned();
    assert_eq!(held(&world, &made, "tags"), "concordat:new, ug:pci");
    assert_eq!(held(&world, &made, "custom.vendor_tier"), "2");
}

#[test]
fn a_label_given_again_is_not_taken_by_a_contact_that_slept_through_it() {
    let mut world = after("contact c2 unseen\nvendor v1 | labels=-\nagree");
    world.play("contact c2 here | tags=newsletter\nvendor v1 | labels=PCI");
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI");
    assert_eq!(held(&world, "c2", "tags"), "newsletter, ug:pci");
}

#[test]
fn a_label_is_spelled_as_other_vendors_spell_it() {
    let mut world = after("vendor v2 | name=Beta | host=beta.com | labels=SOC 2\nagree");
    world.play("contact c1 | tags=ug:pci+ug:soc 2+vip");
    one_run(&mut world);
    assert_eq!(held(&world, "v1", "labels"), "PCI, SOC 2");
}

#[test]
fn what_a_former_vendor_had_can_be_given_to_the_new_one() {
    let mut world = after("vendor v2 | name=Beta | host=beta.com\nagree\nperson p1 of v2\nagree");
    assert_eq!(held(&world, "c1", "tags"), "vip");
    world.play("contact c1 | tags=ug:pci+vip");
    one_run(&mut world);
    assert_eq!(held(&world, "v2", "labels"), "PCI");
}

#[test]
fn a_vendor_that_is_gone_takes_its_tags_along_and_its_contacts_are_archived() {
    let mut world = after("vendor v1 gone\n person p1 gone\n person p2 gone\n person p3 gone");
    let archived = |id: &str| format!("archive {id} [Vanished UpGuard]");
    let left = |id: &str, tags: &str| format!("write {id}: labels {tags} [Left UpGuard]");
    assert_eq!(
        deeds(&world),
        [
            archived("c1"),
            archived("c2"),
            archived("c3"),
            left("c1", "ug:pci, vip -> vip"),
            left("c2", "newsletter, ug:pci -> newsletter"),
            left("c3", "ug:pci -> -"),
            "held v1 [Unarchivable UpGuard]".to_owned(),
        ]
    );
    world.play("agree");
    assert_eq!(held(&world, "c1", "tags"), "concordat:archived, vip");
    assert_eq!(deeds(&world), ["held v1 [Unarchivable UpGuard]"]);
    // It returns, and with it everything.
    world.play("vendor v1 here\n person p1 here\n person p2 here\n person p3 here\n agree");
    assert_eq!(held(&world, "c1", "tags"), "ug:pci, vip");
    assert_eq!(held(&world, "c3", "tags"), "ug:pci");
    assert_eq!(deeds(&world), [""; 0]);
}

#[test]
fn an_archived_contact_keeps_its_tags_and_has_no_say_any_more() {
    let mut world = after("person p1 gone\n agree");
    assert_eq!(held(&world, "c1", "tags"), "concordat:archived, ug:pci, vip");
    world.play("contact c2 | tags=newsletter\n contact c3 | tags=-\n agree");
    assert_eq!(held(&world, "v1", "labels"), "-", "every contact that counts lost it");
    assert_eq!(held(&world, "c1", "tags"), "concordat:archived, ug:pci, vip");
    assert_eq!(deeds(&world), [""; 0]);
}
