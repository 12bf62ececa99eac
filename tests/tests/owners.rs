//! Of which records are comments and notes asked for? Each owner is a request, so only those are named that may have
//! something to say.

use std::collections::BTreeSet;

use concordat_diff::{Asking, Here, kept_at, owners};
use concordat_model::{Mirrored, RecordId, RecordKey, Resource, Side, Value};
use concordat_tests::world::{World, at};

/// The ids by which `resource` is listed, a line for each group; nothing: all there are.
fn asked(world: &World, resource: Resource) -> Option<Vec<String>> {
    let (rules, kept) = (world.rules(), BTreeSet::from([RecordId::new("c7")]));
    let view = &world.views[resource.side()];
    let here: &Here<'_> =
        &|it| Box::new(view.here(it).cloned()) as Box<dyn Iterator<Item = Mirrored>>;
    let asking = Asking { rules: &rules, kept: &kept, now: at(world.minute) };
    let ids = |group: BTreeSet<RecordId>| {
        group.iter().map(RecordId::as_str).collect::<Vec<_>>().join(" ")
    };
    Some(owners(asking, resource, here)?.into_iter().map(ids).collect())
}

/// UpGuard says how many comments a threat has.
fn counts(world: &mut World, counts: &[(&str, i64)]) {
    for (id, count) in counts {
        let key = RecordKey::new(Resource::Threat, *id);
        let threat = world.views.upguard.records.get_mut(&key).expect("a threat");
        threat.record.reading.set("comments".into(), Some(Value::Integer(*count)));
    }
}

#[test]
fn a_threat_is_asked_for_comments_while_it_is_open_or_some_are_not_known() {
    let mut world = World::of(
        "on threats at desk
         contact desk | first=Sue | last=Desk | email=desk@us.com
         threat silent | title=A | state=open
         threat talked | title=B | state=investigating
         threat known | title=C | state=closed
         threat unknown | title=D | state=closed
         threat uncounted | title=E | state=closed
         comment k1 of talked | text=Seen. | by=Ada | when=1
         comment k2 of known | text=Seen. | by=Ada | when=1
         comment k3 of known | text=Reset. | by=Ada | when=1
         comment k4 of unknown | text=Seen. | by=Ada | when=1",
    );
    counts(&mut world, &[("silent", 0), ("talked", 1), ("known", 2), ("unknown", 2)]);
    let asked = asked(&world, Resource::Comment);
    assert_eq!(asked, Some(vec!["talked uncounted unknown".to_owned()]));
}

#[test]
fn notes_are_asked_for_where_a_threats_task_stands_at_the_anchor_and_where_ours_are_kept() {
    let mut world = World::of(
        "on threats at desk@us.com
         contact desk | first=Sue | last=Desk | email=desk@us.com
         contact c2 | first=Ann | last=Lee | email=ann@acme.com
         contact c3 | first=Bob | last=Ray | email=bob@acme.com
         threat t1 | title=Stolen password | state=open
         agree
         task mine of c3 | title=Call",
    );
    let groups = |talk: &str| Some(vec![talk.to_owned(), "c7".to_owned()]);
    assert_eq!(asked(&world, Resource::Note), groups("desk"));
    // Somebody moves the task to another contact.
    let link = world.link_of("t1").expect("a link");
    let moved = world.agreements.links[&link].ends.highlevel[0].id.to_string();
    world.play(&format!("task {moved} of c2 | at=c2"));
    assert_eq!(asked(&world, Resource::Note), groups("c2 desk"));
    world.play(&format!("task {moved} | marker=-"));
    assert_eq!(asked(&world, Resource::Note), groups("desk"), "it is nobody's but the CRM's");
    world.settings.threats.enabled = false;
    assert_eq!(asked(&world, Resource::Note), groups(""), "there is nothing to talk about");
}

#[test]
fn a_vendors_note_is_read_anew_once_it_is_too_old() {
    let mut world = World::of(
        "on notes
         vendor fresh | name=A | host=a.com | labels=EU
         vendor stale | name=B | host=b.com | labels=EU
         vendor unread | name=C | host=c.com | labels=EU
         vendor empty | name=D | host=d.com | labels=EU
         vendor outside | name=E | host=e.com | labels=US
         person p1 of fresh | name=Ann Lee
         person p2 of stale | name=Bob Ray
         person p3 of unread | name=Eve Fox
         person p5 of outside | name=Kim Orr
         memo fresh of fresh | text=New.
         memo stale of stale | text=Old.",
    );
    world.settings.vendor_notes.every_hours = 20;
    for (id, minutes) in [("fresh", 20 * 60 - 1), ("stale", 20 * 60)] {
        let key = RecordKey::new(Resource::VendorNote, id);
        let note = world.views.upguard.records.get_mut(&key).expect("a note");
        note.read_at = Some(at(world.minute - minutes));
    }
    let whole = vec!["outside stale unread".to_owned()];
    assert_eq!(asked(&world, Resource::VendorNote), Some(whole));
    world.play("slice eu");
    assert_eq!(asked(&world, Resource::VendorNote), Some(vec!["stale unread".to_owned()]));
}

#[test]
fn whatever_a_side_lists_as_a_whole_is_not_asked_for_by_owners() {
    let world = World::of("on threats\non notes");
    let others = Resource::ALL
        .into_iter()
        .filter(|it| !matches!(it, Resource::Comment | Resource::Note | Resource::VendorNote));
    for resource in others {
        assert_eq!(asked(&world, resource), None, "{resource:?}");
    }
}

#[test]
fn only_what_is_kept_up_to_date_is_looked_at_again_where_it_stands() {
    let mut world = World::of(
        "on activity
         on notes
         vendor v1 | name=Acme | host=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         memo v1 of v1 | text=Key supplier.
         notification 7 | when=9000 | about=acme.com | text=One.",
    );
    world.agreements.since = Some(at(1000));
    world.agree();
    let kept = |world: &World| {
        let links = world.agreements.links.values();
        let at = |it| Some((kept_at(&world.rules(), it)?.to_string(), it.mapping.to_string()));
        links.filter_map(at).collect::<Vec<_>>()
    };
    let note = [("c1".to_owned(), "vendor_notes".to_owned())];
    assert_eq!(kept(&world), note);
    // Lost, and found again by its marker, it is kept up to date as before.
    world.agreements.links.retain(|_, link| link.mapping.as_str() != "vendor_notes");
    assert_eq!(kept(&world), []);
    world.agree();
    assert_eq!(kept(&world), note);
    assert_eq!(world.views[Side::Highlevel].here(Resource::Note).count(), 2);
}
