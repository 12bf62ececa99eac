//! What becomes of what people delete, on either side, by accident or for good? Stories, told by the
//! plan that follows.

use concordat_model::{Partition, Resource, Value};
use concordat_tests::paper;
use concordat_tests::told::{check, only_step};
use concordat_tests::world::{World, at};

/// A vendor with two people, agreed upon; tasks stand at the contact `desk`.
const ACME: &str = "
    on threats at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    vendor v1 | name=Acme | host=acme.com
    business b1 | name=Acme | website=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v1 | name=Bob Ray | email=bob@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com | tags=vip
    contact c2 | first=Bob | last=Ray | email=bob@acme.com
    threat t1 | title=Stolen password | state=open
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

fn tags(world: &World, id: &str) -> String {
    let key = world.known(id);
    let record = &world.views[key.side()].records[&key].record;
    let held = record.reading.get(&"tags".into()).cloned().flatten();
    held.map_or("-".into(), |it| it.to_string())
}

#[test]
fn a_person_deleted_in_upguard_two_nights_running_is_archived_and_nothing_else_happens() {
    let mut world = after("person p1 missed");
    check(&world, &["wait c1 for p1: 1 of 2"]);
    let waiting = world.plan();
    world.apply(&waiting);
    world.play("person p1 gone");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
    world.play("agree");
    assert_eq!(tags(&world, "c1"), "concordat:archived, vip", "other tags stay");
    check(&world, &[]);
    // Archived is archived: nobody overrules a person who takes the tag off, or goes on working there.
    world.play("contact c1 | tags=vip | phone=9");
    check(&world, &[]);
}

#[test]
fn a_person_who_reappears_leaves_the_quarantine_or_the_archive() {
    let mut world = after("person p1 missed");
    world.play("cancel p1\n person p1 here");
    check(&world, &["settle p1 = c1"]);
    world.play("agree");
    assert!(world.agreements.rulings.is_empty(), "what was said while she was gone is over");
    world.play("person p1 gone\n agree");
    assert_eq!(tags(&world, "c1"), "concordat:archived, vip");
    world.play("person p1 here @90 | phone=7");
    check(
        &world,
        &[
            "write c1: archived concordat:archived, vip -> vip [Returned UpGuard]; phone - -> 7 [OnlyMoved UpGuard]",
        ],
    );
    world.play("agree");
    assert_eq!(tags(&world, "c1"), "vip");
    check(&world, &[]);
}

#[test]
fn an_edit_wins_over_a_deletion() {
    let world = after("person p1 gone\n contact c1 | phone=9");
    check(&world, &["held p1 [EditWins UpGuard]"]);
    // What is not ours to carry is no edit of it.
    let world = after("person p1 gone\n contact c1 | tags=vip+hot | city=Rome");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
}

#[test]
fn an_edit_of_what_was_never_agreed_on_wins_over_a_deletion_too() {
    // The first names differ from the start, and nobody has decided yet.
    let mut world = World::of(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Anja | last=Lee | email=ann@acme.com
         agree
         person p1 gone",
    );
    check(&world, &["archive c1 [Vanished UpGuard]"]);
    world.play("contact c1 @100 | first=Anna");
    check(&world, &["held p1 [EditWins UpGuard]"]);
}

#[test]
fn what_the_crm_deletes_is_never_deleted_in_upguard_and_not_made_again_unless_asked() {
    let mut world = after("contact c1 missed");
    check(&world, &["held c1 [Gone HighLevel]"]);
    world.play("contact c1 gone");
    check(&world, &["dismiss c1 of p1 [Dismissed HighLevel]"]);
    world.play("agree");
    check(&world, &[]);
    world.play("person p1 @90 | phone=7");
    check(&world, &[]);
    world.play("match p1 create");
    check(
        &world,
        &[
            "create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; phone 7; company Acme",
        ],
    );
    world.play("agree");
    check(&world, &[]);
    // Deleted again, it is not made a third time because of what was said about the second.
    let made = world.link_of("p1").expect("a link");
    let made = world.agreements.links[&made].ends.highlevel[0].id.to_string();
    world.play(&format!("contact {made} gone\n agree"));
    check(&world, &[]);
    assert!(world.agreements.dismissed.len() == 1);
}

#[test]
fn what_was_deleted_is_linked_again_with_one_that_is_there() {
    let world =
        after("contact c1 gone\n agree\n contact c9 | first=Ann | last=Lee | email=ann@acme.com");
    check(
        &world,
        &[
            "settle p1 = c9 by e-mail address: company left, email equal, first_name equal, last_name equal, phone equal",
        ],
    );
}

#[test]
fn a_threat_that_is_gone_completes_its_task_and_the_task_closes_nothing() {
    let mut world = after("allow close\n reason false_positive\n threat t1 gone");
    check(&world, &["archive new4 [Vanished UpGuard]"]);
    world.play("agree");
    check(&world, &[]);
    world.play("threat t1 here");
    check(&world, &["write new4: archived yes -> no [Returned UpGuard]"]);
    world.play("agree");
    check(&world, &[]);
    // One that was done already is not done by us, and is not undone either.
    let mut world = after("threat t1 | state=closed\n agree\n threat t1 gone");
    check(&world, &["settle t1 = new4: archived left"]);
    world.play("agree\n threat t1 here");
    check(&world, &["settle t1 = new4: archived equal"]);
    world.play("agree");
    check(&world, &[]);
}

#[test]
fn a_task_deleted_alone_is_dismissed_and_what_becomes_of_its_threat_is_no_business_of_it() {
    let mut world = after("task new4 gone");
    check(&world, &["dismiss new4 of t1 [Dismissed HighLevel]"]);
    world.play("agree\n threat t1 | state=closed");
    check(&world, &[]);
    world.play("threat t1 gone");
    check(&world, &[]);
}

#[test]
fn a_listing_that_was_cut_off_archives_nothing_and_holds_nobody_else_up() {
    let mut world = after("person p1 gone\n threat t1 gone\n incomplete person");
    check(&world, &["archive new4 [Vanished UpGuard]", "wait c1 for p1: 2 of 2, not certified"]);
    world.play("incomplete threat");
    check(
        &world,
        &["wait c1 for p1: 2 of 2, not certified", "wait new4 for t1: 2 of 2, not certified"],
    );
}

#[test]
fn a_business_has_no_field_in_which_to_say_so() {
    check(
        &after("vendor v1 gone"),
        &[
            "held v1 [Unarchivable UpGuard]",
            "held p1 [Dormant UpGuard]",
            "held p2 [Dormant UpGuard]",
        ],
    );
}

#[test]
fn a_vendor_nobody_watches_any_more_is_dormant_and_comes_back_as_it_was() {
    let edits = "contact c1 | phone=9\n business b1 | phone=9\n person p2 @95 | phone=2";
    let mut world = after(&format!("vendor v1 dormant\n person p1 gone\n {edits}"));
    let asleep =
        ["held v1 [Dormant UpGuard]", "held p1 [Dormant UpGuard]", "held p2 [Dormant UpGuard]"];
    check(&world, &asleep);
    world.play("contact c2 gone");
    check(&world, &asleep);
    world.play("agree");
    world.play("vendor v1 watched\n person p1 here\n contact c2 here");
    check(
        &world,
        &[
            "write v1: phone - -> 9 [OnlyMoved HighLevel]",
            "write c2: phone - -> 2 [OnlyMoved UpGuard]",
            "settle p1 = c1: phone drift",
            "drift c1.phone - / 9 [Drift HighLevel]",
        ],
    );
}

#[test]
fn a_contact_of_several_people_is_archived_when_all_of_them_are_gone() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com
         person p9 of v2 | name=Ann Lee | email=ann@acme.com
         agree
         person p1 gone",
    );
    check(&world, &[]);
    world.play("person p9 missed");
    check(&world, &["wait c1 for p1+p9: 1 of 2"]);
    world.play("person p9 gone");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
}

#[test]
fn a_quarantine_can_be_cut_short_or_stopped() {
    let mut world = after("quarantine 5\n person p1 gone");
    check(&world, &["wait c1 for p1: 2 of 5"]);
    world.play("cancel p1");
    check(&world, &["wait c1 for p1: 2 of 5, cancelled"]);
    world.play("approve p1");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
    // Nobody can wave through what only one listing missed.
    let mut world = after("quarantine 5\n person p1 missed\n approve p1");
    check(&world, &["wait c1 for p1: 1 of 2, approved"]);
    world.play("person p1 gone");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
}

#[test]
fn nothing_is_archived_without_a_base_or_in_a_first_agreement() {
    let mut world = after("person p1 gone");
    world.agreements.first_done.clear();
    check(&world, &["held p1 [Gone UpGuard]"]);
    world.play("agree\n forget bases");
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.quarantined.is_empty(), "{}", paper::text(&plan));
}

#[test]
fn an_archive_that_the_side_does_not_keep_is_not_tried_every_night() {
    let mut world = after("ignores contact tags\n person p1 gone");
    let plan = world.plan();
    world.apply(&plan);
    check(&world, &["held c1 [Discarded HighLevel]"]);
    // With other tags beside it the sign is another value, and is tried again.
    world.play("contact c1 | tags=vip+hot");
    check(&world, &["archive c1 [Vanished UpGuard]"]);
}

#[test]
fn of_several_people_nobody_is_gone_until_every_vendors_people_were_listed() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com
         person p9 of v2 | name=Ann Lee | email=ann@acme.com
         agree
         person p1 gone
         person p9 gone",
    );
    let of_beta = Partition::Of(Resource::VendorContact, "v2".into());
    world.views.upguard.certificates.remove(&of_beta).expect("it was listed");
    world.views.upguard.uncertified.insert(of_beta, "a page was missing".into());
    check(&world, &["wait c1 for p1+p9: 2 of 2, not certified"]);
}

#[test]
fn what_is_archived_must_still_be_what_it_was_when_that_was_decided() {
    let step = only_step(&after("person p1 gone"));
    let still = |path: &str| step.identity.get(&path.into()).cloned().flatten();
    assert_eq!(still("email"), Some(Value::text("ann@acme.com")));
    assert_eq!(still("firstName"), Some(Value::text("Ann")));
    assert!(step.identity.contains_key(&"phone".into()), "that it has no number counts, too");
    assert!(!step.identity.contains_key(&"city".into()), "what is not ours to carry does not");
}

#[test]
fn a_state_from_a_backup_archives_nobody_and_takes_up_who_is_archived() {
    let mut world = after("person p1 gone");
    world.agreements.adopted = Some(at(990));
    check(&world, &["held p1 [FromBackup UpGuard]"]);
    world.play("contact c1 | tags=vip+concordat:archived");
    check(&world, &["settle p1 = c1: archived left"]);
}

#[test]
fn who_takes_the_place_of_another_is_recorded_although_the_contact_was_not_seen() {
    let mut world = after("person p1 gone\nperson p8 of v1 | name=Ann Lee | email=ann@acme.com");
    world.play("contact c1 missed");
    let told = paper::text(&world.plan());
    assert!(told.contains("settle p8 = c1 in place of a gone one by e-mail address"), "{told}");
    assert!(told.contains("held c1 [Gone HighLevel]"), "{told}");
    world.play("contact c1 gone");
    let told = paper::text(&world.plan());
    assert!(told.contains("dismiss c1") && !told.contains("settle"), "{told}");
}

#[test]
fn of_two_people_whose_contact_was_deleted_each_finds_their_own_way_back() {
    let world = World::of(
        "vendor v0 | name=Acme | host=acme.com
         person p0 of v0 | name=Ann Lee | email=ann@acme.com
         person p3 of v0 | name=Ann Lee | email=ann@acme.com
         contact c0 | first=Ann | last=Lee | email=ann@acme.com
         agree
         person p0 | email=eve@eve.org
         agree
         contact c0 gone
         agree
         contact c0 here
         agree",
    );
    let links = [world.link_of("p0"), world.link_of("p3"), world.link_of("c0")];
    assert_eq!(links[1], links[2], "whose address it has");
    assert_ne!(links[0], links[1], "what stood for the other was deleted");
    assert!(world.plan().is_empty());
}
