//! What becomes of what UpGuard tells and notes? Stories, told by the plan that follows.

use chrono::TimeDelta;
use concordat_model::{Resource, Side, Step, Value};
use concordat_tests::paper;
use concordat_tests::told::{check, reference};
use concordat_tests::world::{World, at};

/// A vendor with two people, both of whom are contacts, and the contact `desk` of our own organisation.
/// Nothing from before minute 1000 is told.
const ACME: &str = "
    on activity
    on notes
    organisation at desk
    contact desk | first=Sue | last=Desk | email=desk@us.com
    vendor v1 | name=Acme | host=acme.com
    person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | title=Buyer
    person p2 of v1 @10 | name=Bo Ek | email=bo@acme.com | title=Security lead
    contact c1 @10 | first=Ann | last=Lee | email=ann@acme.com
    contact c2 @10 | first=Bo | last=Ek | email=bo@acme.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(ACME);
    world.agreements.since = Some(at(1000));
    world.play(edits);
    world
}

/// Where a note stands, and what it says.
fn note(step: &Step) -> (String, String) {
    assert_eq!(step.resource, Resource::Note);
    let at = step.parent().map(|it| it.to_string()).or(step.awaits().map(|it| it.to_string()));
    let body = step.fields[0].after.as_ref().expect("a text").to_string();
    (at.expect("a place"), body)
}

#[track_caller]
fn only_note(world: &World) -> (String, String) {
    let plan = world.plan();
    assert_eq!(plan.steps.len(), 1, "{}", paper::text(&plan));
    note(&plan.steps[0])
}

fn notes(world: &World) -> Vec<String> {
    let notes = world.views.highlevel.here(Resource::Note);
    let body = |it: &concordat_model::Mirrored| {
        it.record.reading.get(&"body".into()).cloned().flatten().expect("a text").to_string()
    };
    notes.map(body).collect()
}

#[test]
fn a_notification_about_a_vendor_is_noted_at_its_contact_once() {
    let mut world = after(
        "notification 7 | type=RiskAssessmentPublished | when=1500
        | text=Ada published a risk assessment for vendor 'Acme' | about=acme.com"
            .replace('\n', "")
            .as_str(),
    );
    let (place, body) = only_note(&world);
    assert_eq!(place, "c1", "without a preference the first of its people");
    let (head, said) = body.split_once("\n\n").expect("a head");
    assert!(head.starts_with("UpGuard · RiskAssessmentPublished · "), "{head}");
    assert!(head.ends_with(" UTC · notification 7"), "{head}");
    assert_eq!(said, "Ada published a risk assessment for vendor 'Acme'");
    world.agree();
    check(&world, &[]);
    assert_eq!(notes(&world).len(), 1);
}

#[test]
fn the_preferred_title_is_chosen_and_then_kept() {
    let mut world = after("prefer *security*\nnotification 7 | when=1500 | about=Acme | text=One.");
    assert_eq!(only_note(&world).0, "c2");
    world.play("agree\nprefer buyer");
    check(&world, &[]);
}

#[test]
fn the_vendor_is_known_by_the_text_too() {
    let world = after(
        "notification 7 | when=1500 | text=User published a new assessment for vendor 'Acme'",
    );
    assert_eq!(only_note(&world).0, "c1");
}

#[test]
fn a_vendor_that_only_the_text_names_is_known_although_something_else_is_named_beside_it() {
    let world = after(
        "notification 7 | when=1500 | about=our.com | text=User published it for vendor 'Acme'",
    );
    assert_eq!(only_note(&world).0, "c1");
}

#[test]
fn what_is_about_a_vendor_of_another_part_of_the_organisation_is_not_told() {
    let told = "vendor v1 | labels=EU\nvendor v2 | name=Beta | host=beta.com | labels=US\nagree
         notification 7 | when=1500 | about=beta.com | text=One.";
    assert_eq!(only_note(&after(told)).0, "desk");
    check(&after(&format!("slice eu\n{told}")), &[]);
}

#[test]
fn parts_of_which_one_may_have_arrived_wait_for_it() {
    let long = "word ".repeat(2500);
    let mut world = after(&format!("notification 7 | when=1500 | text={long}"));
    let steps = world.plan().steps;
    world.in_doubt.insert(steps[1].link.clone(), Side::Highlevel);
    assert_eq!(world.plan().steps, steps[..1], "what comes before it does not wait");
    world.in_doubt = [(steps[0].link.clone(), Side::Highlevel)].into();
    check(&world, &["held 7 [InDoubt HighLevel]"]);
}

#[test]
fn a_note_stands_at_the_contact_whatever_else_the_same_run_writes_or_makes() {
    let world = after(
        "person p1 @90 | phone=7 | notes=Prefers e-mail.
         memo v1 of v1 | text=Key supplier.
         notification 7 | when=1500 | about=acme.com | text=One.",
    );
    let notes: Vec<Step> =
        world.plan().steps.into_iter().filter(|it| it.resource == Resource::Note).collect();
    let places: Vec<String> = notes.iter().map(|it| note(it).0).collect();
    assert_eq!(places, ["c1", "c1", "c1"]);
    assert!(notes.iter().all(|it| it.awaits().is_none()), "it is there already");
}

#[test]
fn what_is_about_no_vendor_or_several_stands_at_the_organisation() {
    for about in ["our.com", "acme.com+other.com"] {
        let world = after(&format!(
            "vendor v2 | name=Other | host=other.com\nagree
             notification 7 | when=1500 | about={about} | text=One."
        ));
        assert_eq!(only_note(&world).0, "desk", "{about}");
    }
}

#[test]
fn without_an_organisation_only_what_is_about_vendors_is_noted() {
    let mut world = after("notification 7 | when=1500 | text=One.");
    world.settings.anchors.organisation = None;
    check(&world, &[]);
    world.settings.anchors.organisation = Some("nobody@us.com".into());
    check(&world, &["held 7 [NoAnchor HighLevel]"]);
}

#[test]
fn nothing_older_than_the_state_is_told() {
    check(&after("notification 7 | when=999 | text=Old news."), &[]);
}

#[test]
fn what_happens_in_the_second_in_which_concordat_begins_to_watch_is_told() {
    let mut world = after("notification 7 | when=1000 | text=One.");
    for (milliseconds, steps) in [(900, 1), (1000, 0)] {
        world.agreements.since = Some(at(1000) + TimeDelta::milliseconds(milliseconds));
        assert_eq!(world.plan().steps.len(), steps, "{milliseconds}");
    }
}

#[test]
fn a_type_that_is_left_out_is_not_told() {
    let mut world = after("notification 7 | type=UserLoggedIn | when=1500 | text=One.");
    world.settings.activity.exclude = vec!["user*".into()];
    check(&world, &[]);
    world.settings.activity.exclude.clear();
    world.settings.activity.include = vec!["Risk*".into()];
    check(&world, &[]);
}

#[test]
fn a_note_that_was_deleted_is_not_made_again_and_one_that_was_edited_is_left() {
    let mut world = after("notification 7 | when=1500 | text=One.\nagree");
    let id = world.views.highlevel.here(Resource::Note).next().expect("it").record.key.id.clone();
    world.play(&format!("note {id} | text=Something else."));
    check(&world, &[]);
    world.play(&format!("note {id} gone"));
    check(&world, &[]);
    world.play("notification 7 unseen");
    check(&world, &[]);
}

#[test]
fn a_long_notification_becomes_parts_in_order_and_an_interrupted_one_is_finished() {
    let long = "word ".repeat(2500);
    let mut world = after(&format!("notification 7 | when=1500 | text={long}"));
    let plan = world.plan();
    let bodies: Vec<String> = plan.steps.iter().map(|it| note(it).1).collect();
    assert_eq!(bodies.len(), 3);
    for (number, body) in (1..).zip(&bodies) {
        assert!(body.chars().count() <= 5000 - 30, "there is room for the marker");
        let head = body.lines().next().expect("a head");
        assert!(head.ends_with(&format!("part {number}/3")), "{head}");
    }
    let said: String =
        bodies.iter().filter_map(|it| it.split_once("\n\n")).map(|it| it.1).collect();
    assert_eq!(said.matches("word").count(), 2500, "nothing is lost");
    let markers: std::collections::BTreeSet<_> =
        plan.steps.iter().filter_map(|it| it.marker.clone()).collect();
    assert_eq!(markers.len(), 3, "each has a marker of its own");

    world.scope.limit = Some(1);
    let first = world.plan();
    world.apply(&first);
    world.scope.limit = None;
    let rest = world.plan();
    assert_eq!(rest.steps, plan.steps[1..], "what is left, as it was");
    world.agree();
    assert_eq!(notes(&world).len(), 3);
}

#[test]
fn what_is_noted_of_a_vendor_is_one_note_kept_up_to_date() {
    let mut world = after("memo v1 of v1 | text=Key supplier.");
    let (place, body) = only_note(&world);
    assert_eq!(place, "c1");
    assert_eq!(body, "UpGuard's note on this vendor:\n\nKey supplier.");
    world.play("agree\nmemo v1 | text=Review in May.");
    let plan = world.plan();
    assert_eq!(plan.steps.len(), 1, "{}", paper::text(&plan));
    assert!(plan.steps[0].record.is_some(), "it is changed in place");
    world.agree();
    assert_eq!(notes(&world), ["UpGuard's note on this vendor:\n\nReview in May."]);
    world.play("memo v1 | text=-\nagree");
    assert_eq!(notes(&world), ["UpGuard's note on this vendor: nothing"]);
    check(&world, &[]);
    world.play("memo v1 | text=nothing\nagree");
    assert_eq!(notes(&world), ["UpGuard's note on this vendor:\n\nnothing"]);
    check(&world, &[]);
}

#[test]
fn what_is_noted_of_a_person_stands_at_the_persons_contact() {
    let world = after("person p2 | notes=Prefers e-mail.");
    let (place, body) = only_note(&world);
    assert_eq!(
        (place.as_str(), body.as_str()),
        ("c2", "UpGuard's note on this person:\n\nPrefers e-mail.")
    );
}

#[test]
fn nothing_noted_makes_no_note() {
    check(&after("memo v1 of v1 | text=-"), &[]);
}

#[test]
fn a_note_that_was_edited_here_is_told_once_and_put_back_only_if_so_configured() {
    let mut world = after("memo v1 of v1 | text=Key supplier.\nagree");
    let id = world.views.highlevel.here(Resource::Note).next().expect("it").record.key.id.clone();
    let edit = format!("note {id} | text=Not ours any more.");
    world.play(&edit);
    let mut strict = world.clone();
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.drift.len() == 1, "{}", paper::text(&plan));
    world.agree();
    check(&world, &[]);
    world.play("memo v1 | text=Review in May.\nagree");
    assert_eq!(notes(&world), ["UpGuard's note on this vendor:\n\nReview in May."]);

    strict.play("rule vendor_notes text drift=restore\nagree");
    assert_eq!(notes(&strict), ["UpGuard's note on this vendor:\n\nKey supplier."]);
}

#[test]
fn a_note_on_a_person_that_is_new_here_is_made_together_with_the_contact() {
    let mut world = after(
        "vendor v9 | name=Newcomer | host=new.com
         person p9 of v9 @10 | name=Cy New | email=cy@new.com | notes=Met in Oslo.
         memo v9 of v9 | text=On trial.
         notification 7 | when=1500 | about=new.com | text=One.",
    );
    let plan = world.plan();
    let contact = plan.steps.iter().position(|it| it.resource == Resource::Contact).expect("it");
    let placed: Vec<_> = plan.steps.iter().filter(|it| it.resource == Resource::Note).collect();
    assert_eq!(placed.len(), 3, "{}", paper::text(&plan));
    let first = plan.steps.iter().position(|it| it.resource == Resource::Note).expect("notes");
    assert!(contact < first, "the contact comes first");
    assert!(placed.iter().all(|it| it.awaits().as_ref() == Some(&plan.steps[contact].link)));
    world.apply(&plan);
    assert!(world.plan().steps.is_empty(), "a second run has nothing to write");
    assert_eq!(notes(&world).len(), 3);

    // Without the contact there is no place for them.
    let mut part =
        after("person p9 of v1 @10 | name=Cy New | email=cy@new.com | notes=Met in Oslo.");
    part.scope.only = Some("contact_notes".into());
    check(&part, &[]);
}

#[test]
fn a_long_text_is_several_notes_each_kept_up_to_date() {
    let long = "word ".repeat(1500);
    let mut world = after(&format!("memo v1 of v1 | text={long}\nagree"));
    assert_eq!(notes(&world).len(), 2);
    assert!(notes(&world)[1].starts_with("UpGuard's note on this vendor, part 2:"));
    world.play("memo v1 | text=Short now.\nagree");
    let told = notes(&world);
    assert_eq!(told[0], "UpGuard's note on this vendor:\n\nShort now.");
    assert_eq!(told[1], "UpGuard's note on this vendor, part 2: nothing");
    check(&world, &[]);
}

#[test]
fn a_lost_link_is_found_again_by_the_marker() {
    let mut world = after("memo v1 of v1 | text=Key supplier.\nagree");
    world.agreements.links.retain(|_, link| link.mapping.as_str() != "vendor_notes");
    let plan = world.plan();
    assert!(plan.steps.is_empty() && plan.settlements.len() == 1, "{}", paper::text(&plan));
    world.agree();
    check(&world, &[]);
}

#[test]
fn no_note_of_ours_becomes_a_comment() {
    let mut world = after("");
    world.settings.threats.enabled = true;
    world.play("threat t1 | title=Stolen password | state=investigating | severity=high | detected=100\nagree");
    let reference = reference(&world, "t1");
    world.play(&format!(
        "notification 7 | when=1500 | text=One.\nmemo v1 of v1 | text=[{reference}] Key.\nagree"
    ));
    let ids: Vec<String> =
        world.views.highlevel.here(Resource::Note).map(|it| it.record.key.id.to_string()).collect();
    for id in ids {
        let record = &mut world.views.highlevel.records;
        let note = record.values_mut().find(|it| it.record.key.id.as_str() == id).expect("a note");
        note.record.reading.set("added".into(), Some(Value::Time(at(1600))));
        world.play(&format!("note {id} | text=[{reference}] Rewritten."));
    }
    let plan = world.plan();
    assert!(plan.steps.iter().all(|it| it.resource != Resource::Comment), "{}", paper::text(&plan));
}
