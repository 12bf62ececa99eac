//! What is deleted, and what is spared? Stories of what concordat made for records that are gone, told by the
//! plan that follows.

use concordat_model::link::ARCHIVED;
use concordat_model::{Field, Lesson, Side, Unkept, Value};
use concordat_tests::paper;
use concordat_tests::told::{check, only_step, task};
use concordat_tests::world::{World, at};

/// A vendor with somebody whose contact we make; tasks stand at the contact `desk`.
const ACME: &str = "
    on threats at desk
    gone contacts delete
    gone threats delete
    contact desk | first=Sue | last=Desk | email=desk@us.com
    vendor v1 | name=Acme | host=acme.com
    business b1 | name=Acme | website=acme.com
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.play(edits);
    world
}

/// The id of the contact that stands for `person`.
fn contact(world: &World, person: &str) -> String {
    let link = world.link_of(person).expect("a link");
    world.agreements.links[&link].ends.highlevel[0].id.to_string()
}

#[test]
fn what_we_made_for_somebody_who_is_gone_is_deleted_after_two_nights() {
    let mut world = after("");
    let ann = contact(&world, "p1");
    world.play("person p1 missed");
    check(&world, &[&format!("wait to delete {ann} for p1: 1 of 2")]);
    world.play("person p1 here");
    check(&world, &[]);
    world.play("person p1 gone");
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
    let step = only_step(&world);
    let held: Vec<String> = step.fields.iter().map(|it| format!("{}", it.name)).collect();
    assert!(step.fields.iter().all(|it| it.after.is_none() && it.before.is_some()), "{step:?}");
    for name in ["first_name", "last_name", "email", "company", "tags", "concordat_id"] {
        assert!(held.contains(&name.to_owned()), "{name} is not in the history: {held:?}");
    }
    let effect = "contacts delete: it is deleted in HighLevel, and what belongs to it";
    assert_eq!(step.side_effects, [effect]);
    assert!(world.plan().gates.contains("contacts delete"), "the settings allow it by name");
    world.play("agree");
    check(&world, &[]);
    assert!(world.agreements.dismissed.is_empty(), "no person deleted it");
    // Whoever returns is somebody new.
    world.play("person p1 here");
    check(
        &world,
        &[
            "create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; company Acme",
        ],
    );
    world.play("agree");
    assert!(world.link_of("p1").is_some());
    check(&world, &[]);
}

#[test]
fn what_somebody_took_a_tag_off_is_archived() {
    let mut world = after("");
    let ann = contact(&world, "p1");
    // The tag that new contacts get; that moves no stamp.
    world.play(&format!("contact {ann} | tags=-\n person p1 gone"));
    check(&world, &[&format!("archive {ann} [WorkedOn UpGuard]")]);
}

#[test]
fn without_the_setting_nothing_is_deleted() {
    let mut world = World::of(&ACME.replace("gone contacts delete", ""));
    let ann = contact(&world, "p1");
    world.play("person p1 gone");
    check(&world, &[&format!("archive {ann} [Vanished UpGuard]")]);
    assert!(!world.plan().gates.contains("contacts delete"));
    // What was archived before it was asked for stays.
    world.play("agree\n gone contacts delete");
    check(&world, &[]);
}

#[test]
fn what_people_made_is_archived() {
    let bob = "contact c2 | first=Bob | last=Ray | email=bob@acme.com
               person p2 of v1 | name=Bob Ray | email=bob@acme.com
               agree
               person p2 gone";
    check(&after(bob), &["archive c2 [NotMade UpGuard]"]);
    let waiting = after(&bob.replace("p2 gone", "p2 missed"));
    check(&waiting, &["wait c2 for p2: 1 of 2"]);
    // Nor is one deleted that does not say any more that we made it, or says that of somebody else.
    let mut world = after("person p1 gone");
    let ann = contact(&world, "p1");
    for marker in ["-", "another"] {
        world.play(&format!("contact {ann} | marker={marker}"));
        check(&world, &[&format!("archive {ann} [NotMade UpGuard]")]);
    }
}

#[test]
fn what_anybody_has_worked_with_is_archived() {
    let mut world = after("person p1 gone");
    let ann = contact(&world, "p1");
    let archived = format!("archive {ann} [WorkedOn UpGuard]");
    for touched in ["tags=concordat:new+vip", "city=Rome", "@5000"] {
        let mut world = world.clone();
        let by = if touched.starts_with('@') { touched.to_owned() } else { format!("| {touched}") };
        world.play(&format!("contact {ann} {by}"));
        check(&world, &[&archived]);
    }
    world.play(&format!("contact {ann} | phone=9"));
    check(&world, &["held p1 [EditWins UpGuard]"]);
    // What somebody changed and we wrote over, or left as drift, was worked with for ever.
    let mut world = after("");
    world.play(&format!("contact {ann} | phone=9\n agree\n contact {ann} | phone=-\n agree"));
    world.play("person p1 gone");
    check(&world, &[&archived]);
    let mut world =
        World::of(&ACME.replace("agree", "rule contacts first_name drift=restore\n agree"));
    world.play(&format!("contact {ann} | first=Anna\n agree\n person p1 gone"));
    check(&world, &[&archived]);
}

#[test]
fn a_change_of_ours_is_no_work_of_others() {
    let mut world = after("on labels\n vendor v1 | labels=Cloud\n agree");
    let ann = contact(&world, "p1");
    world.play(
        "person p1 @90 | phone=7\n agree\n vendor v1 | labels=Cloud+EU\n agree\n person p1 gone",
    );
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
    world.play(&format!("contact {ann} | tags=concordat:new+ug:Cloud+ug:EU+ug:Mine"));
    check(&world, &[&format!("archive {ann} [WorkedOn UpGuard]")]);
}

#[test]
fn a_contact_at_which_something_stands_is_archived() {
    let mut world = after("");
    let ann = contact(&world, "p1");
    let archived = format!("archive {ann} [Inhabited UpGuard]");
    world.play(&format!("person p1 gone\n task t9 of {ann} | title=Call her"));
    check(&world, &[&archived]);
    world.play("task t9 gone");
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
    // Nor is the one at which the tasks of our own organisation stand.
    world.settings.anchors.organisation = Some("ann@acme.com".into());
    check(&world, &[&archived]);
}

#[test]
fn a_task_is_deleted_with_its_threat_unless_somebody_has_dealt_with_it() {
    let mut world =
        after("threat t1 | title=Stolen password | state=open\n agree\n threat t1 gone");
    let id = task(&world);
    check(&world, &[&format!("delete {id} [Vanished UpGuard]")]);
    let mut seen = world.clone();
    seen.play(&format!("task {id} @5000"));
    check(&seen, &[&format!("archive {id} [WorkedOn UpGuard]")]);
    let mut done = world.clone();
    done.play(&format!("task {id} | done=yes"));
    check(&done, &[&format!("settle t1 = {id}: archived left")]);
    world.play("agree");
    check(&world, &[]);
    world.play("threat t1 here");
    assert!(paper::text(&world.plan()).starts_with("create task from t1"), "a new one");
}

#[test]
fn what_is_deleted_must_still_hold_all_that_it_held_when_that_was_decided() {
    let world = after("person p1 gone");
    let step = only_step(&world);
    let record = &world.views.highlevel.records[step.record.as_ref().expect("a contact")].record;
    let held = record.reading.iter().map(|(path, held)| (path.clone(), held.clone()));
    assert_eq!(step.identity, held.collect());
    assert!(step.identity.contains_key(&"city".into()), "also what is not ours to carry");
}

#[test]
fn what_the_side_did_not_let_us_delete_is_archived() {
    let mut world = after("person p1 gone");
    let ann = contact(&world, "p1");
    let field = (world.link_of("p1").expect("a link"), Field::new(ARCHIVED));
    let sent = |sent| Lesson { side: Side::Highlevel, sent, what: Unkept::Rejected, at: at(1000) };
    // That it once did not take some sign says nothing about deleting.
    world.agreements.lessons.insert(field.clone(), sent(Some(Value::text("x"))));
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
    world.agreements.lessons.insert(field, sent(None));
    check(&world, &[&format!("archive {ann} [Undeletable UpGuard]")]);
}

#[test]
fn a_task_that_says_more_than_we_did_is_archived() {
    let mut world =
        after("threat t1 | title=Stolen password | state=open\n agree\n threat t1 gone");
    let id = task(&world);
    world.play(&format!("task {id} | by=bob@us.com"));
    let told = paper::text(&world.plan());
    assert!(!told.contains("delete"), "{told}");
}

#[test]
fn a_quarantine_can_be_stopped_and_a_listing_that_was_cut_off_deletes_nothing() {
    let mut world = after("person p1 gone\n cancel p1");
    let ann = contact(&world, "p1");
    check(&world, &[&format!("wait to delete {ann} for p1: 2 of 2, cancelled")]);
    world.play("approve p1\n incomplete person");
    check(&world, &[&format!("wait to delete {ann} for p1: 2 of 2, not certified, approved")]);
    world.play("complete person");
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
    // Without a base, and in a first agreement, nobody knows what would be lost.
    world.agreements.first_done.clear();
    check(&world, &["held p1 [Gone UpGuard]"]);
}

#[test]
fn a_contact_of_several_people_stays_as_long_as_one_of_them_does() {
    let mut world = after(
        "vendor v2 | name=Beta | host=beta.com
         person p9 of v2 | name=Ann Lee | email=ann@acme.com
         agree
         person p1 gone",
    );
    let ann = contact(&world, "p9");
    check(&world, &[]);
    world.play("person p9 gone");
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
}

#[test]
fn any_task_is_deleted_with_what_it_stands_for() {
    let found = [
        ("risks", "risk v1:new of v1 | title=New: Acme | severity=critical | detected=2000 | waived=no"),
        ("questionnaires", "questionnaire q1 of v1 | name=ISO | sent=2000 | due=9000 | over=no"),
        ("waivers", "waiver w1 | title=Waived | began=100 | expires=90000 | ended=no"),
        ("disclosures", "leak l1 | title=Leaked keys | status=Disclosed | detected=100"),
        (
            "usage_policies",
            "app a1 | title=Slack: tolerate | policy=p0\n agree\n app a1 | title=Slack: block | policy=p1
             agree\n app a1 | title=Slack: nudge | policy=p2",
        ),
    ];
    for (mapping, made) in found {
        let on = match mapping {
            "usage_policies" => "apps",
            "disclosures" => "leaks",
            other => other,
        };
        let mut world = after(&format!("on {on}\n gone {mapping} delete\n agree\n {made}\n agree"));
        let id = task(&world);
        let what: Vec<&str> = made.split_whitespace().take(2).collect();
        world.play(&format!("{} {} gone", what[0], what[1]));
        check(&world, &[&format!("delete {id} [Vanished UpGuard]")]);
        world.agree();
        check(&world, &[]);
    }
}

/// People keep both in one contact, or two share an address: whoever is asked about has a say first.
#[test]
fn a_contact_that_may_be_somebody_elses_waits_for_the_answer() {
    let mut world = after("");
    let ann = contact(&world, "p1");
    world.play(
        "person p1 gone
         person p2 of v1 | name=Kate Roe | email=ann@acme.com",
    );
    let says = "a record has its e-mail address, but another name";
    check(&world, &[&format!("case p2: {says} ({ann})"), "held p1 [Asked UpGuard]"]);
    world.play("person p2 gone");
    check(&world, &[&format!("delete {ann} [Vanished UpGuard]")]);
}
