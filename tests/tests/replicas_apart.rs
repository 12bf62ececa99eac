//! What becomes of labels and tiers where a contact leaves, is new, or was not heard of in time? Stories, told by the
//! plan that follows.

use concordat_model::{Plan, RecordKey, Resource, Side};
use concordat_tests::paper;
use concordat_tests::world::{World, at};

/// A vendor with two contacts, agreed upon.
const ACME: &str = "
    on labels
    on profiles
    vendor v1 | name=Acme | host=acme.com | labels=PCI | tier=2
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v1 | name=Bob Ray | email=bob@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com | tags=vip+ug:pci
    contact c2 | first=Bob | last=Ray | email=bob@acme.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

/// What a plan writes and holds back about labels and tiers.
fn told(plan: &Plan) -> Vec<String> {
    let text = paper::text(plan);
    let lines = text.lines().filter(|it| it.contains("labels") || it.contains("tier"));
    lines.filter(|it| !it.starts_with("settle ")).map(str::to_owned).collect()
}

#[test]
fn a_contact_that_leaves_keeps_the_tags_that_it_never_had_from_its_vendor() {
    let world = after(
        "vendor v1 gone\nperson p1 gone\nperson p2 gone
         contact c1 | tags=vip+ug:pci+ug:mine",
    );
    let left = "write c1: labels ug:mine, ug:pci, vip -> ug:mine, vip [Left UpGuard]";
    assert!(told(&world.plan()).contains(&left.to_owned()), "{:#?}", told(&world.plan()));
}

#[test]
fn a_tag_that_could_not_be_taken_off_is_not_tried_again_every_night() {
    let mut world = after("ignores contact tags\nvendor v1 gone\nperson p1 gone\nperson p2 gone");
    let plan = world.plan();
    assert_eq!(told(&plan).len(), 2, "{:#?}", told(&plan));
    world.apply(&plan);
    assert_eq!(told(&world.plan()), [""; 0]);
}

#[test]
fn a_vendor_seen_before_our_own_write_to_it_takes_nothing_back() {
    let mut world = after("contact c2 | tags=ug:pci+ug:new\nagree");
    let key = RecordKey::new(Resource::Vendor, "v1");
    let vendor = world.views.upguard.records.get_mut(&key).expect("the vendor");
    vendor.read_at = Some(at(900));
    world.play("vendor v1 | labels=PCI");
    assert_eq!(told(&world.plan()), [""; 0]);
}

#[test]
fn a_contact_to_which_a_write_may_have_arrived_is_left_until_that_is_known() {
    let mut world = after("vendor v1 | labels=PCI+EU");
    let plan = world.plan();
    assert_eq!(told(&plan).len(), 2);
    world.in_doubt.insert(plan.steps[0].link.clone(), Side::Highlevel);
    assert_eq!(told(&world.plan()), told(&plan)[1..]);
    // Nor does what it lacks count as lost.
    let lost = "contact c1 | tags=vip\ncontact c2 | tags=-\nvendor v1 | labels=PCI";
    world.play(lost);
    assert_eq!(told(&world.plan()), ["write c2: labels - -> ug:pci [PutBack UpGuard]"]);
}

#[test]
fn another_label_than_the_one_that_the_vendor_did_not_keep_is_tried() {
    let mut world = after("ignores vendor labels\ncontact c2 | tags=ug:pci+ug:new");
    let plan = world.plan();
    world.apply(&plan);
    assert!(told(&world.plan())[0].ends_with("[Discarded UpGuard]"), "{:#?}", told(&world.plan()));
    world.play("contact c2 | tags=ug:pci+ug:other");
    let tried = "write v1: labels PCI -> PCI, other [OnlyMoved HighLevel]";
    assert_eq!(told(&world.plan())[0], tried);
}

#[test]
fn new_contacts_that_differ_only_receive() {
    let world = after(
        "person p3 of v1 | name=Kim Orr | email=kim@acme.com
         contact c3 | first=Kim | last=Orr | email=kim@acme.com | tier=5
         person p4 of v1 | name=Eve Fox | email=eve@acme.com
         contact c4 | first=Eve | last=Fox | email=eve@acme.com | tier=4",
    );
    let mut told = told(&world.plan());
    told.retain(|it| it.contains("tier"));
    told.sort();
    let received = [
        "write c3: tier 5 -> 2 [NewReplica UpGuard]",
        "write c4: tier 4 -> 2 [NewReplica UpGuard]",
    ];
    assert_eq!(told, received);
}

#[test]
fn what_the_vendor_is_not_given_in_a_part_no_contact_is_given_either() {
    let mut world = after("contact c2 | tags=ug:pci+ug:new");
    assert_eq!(told(&world.plan()).len(), 2, "the vendor, and the other contact");
    world.play("only c1");
    assert_eq!(told(&world.plan()), [""; 0]);
    world.play("only v1");
    assert_eq!(told(&world.plan()).len(), 2);
}

#[test]
fn a_contact_with_a_tag_that_nobody_can_place_takes_no_label_off_its_vendors() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com | labels=Cloud
         person p9 of v2 | name=Ann Lee | email=ann@acme.com
         agree
         contact c1 | tags=ug:new+ug:pci+vip",
    );
    let held_back = [
        "held c1.labels PCI / ug:new, ug:pci, vip [Shared HighLevel]",
        "held c1.labels Cloud / ug:new, ug:pci, vip [Shared HighLevel]",
        "held c1.tier - / 2 [Shared HighLevel]",
    ];
    for night in 1..=3 {
        assert_eq!(told(&world.plan()), held_back, "night {night}");
        world.play("agree");
    }
    // Somebody says for whom it is meant, and then what was taken off is taken off.
    world.play("vendor v1 | labels=PCI+new");
    let gone = "write v2: labels Cloud -> - [OnlyMoved HighLevel]";
    assert!(told(&world.plan()).contains(&gone.to_owned()), "{:#?}", told(&world.plan()));
    world.play("agree\nagree");
    let held_back = "held c1.tier - / 2 [Shared HighLevel]";
    assert_eq!(told(&world.plan()), [held_back]);
    world.play("vendor v1 | labels=PCI");
    let taken = "write c1: labels ug:new, ug:pci, vip -> ug:pci, vip [OnlyMoved UpGuard]";
    let too = "write c2: labels ug:new, ug:pci -> ug:pci [OnlyMoved UpGuard]";
    assert_eq!(told(&world.plan()), [taken, too, held_back]);
}
