//! Who is looked at although they did not move? Of whom the same is said night after night is looked at again only
//! once something moves around them, or its time is over.

use concordat_diff::Seeds;
use concordat_model::Resource;
use concordat_tests::world::{World, at};

/// A world, and where the next night begins.
struct Nights {
    world: World,
    seeds: Seeds,
}

impl Nights {
    /// After a plan of everything.
    fn of(script: &str) -> Nights {
        let world = World::of(script);
        let seeds = world.restless(&world.plan());
        Nights { world, seeds }
    }

    /// How many people are looked at after `edits`; what is said is what a plan of everything says.
    #[track_caller]
    fn looked_at(&mut self, edits: &str) -> usize {
        let before = self.world.clone();
        self.world.play(edits);
        let moved = self.world.moved_since(&before);
        let mut seeds = std::mem::take(&mut self.seeds);
        seeds.records.extend(moved.records);
        seeds.links.extend(moved.links);
        let (part, people, next) = self.world.look_around(seeds);
        assert_eq!(part, self.world.plan(), "{edits}");
        self.seeds = next;
        people
    }
}

/// Somebody without an address, who could be either of two contacts; and two others.
const NAMESAKES: &str = "
    vendor v1 | name=Acme | host=acme.com
    contact c1 | first=Ann | last=Lee
    contact c2 | first=Ann | last=Lee
    contact c3 | first=Zoe | last=Fox | email=zoe@fox.com
    agree
    person p1 of v1 | name=Ann Lee";

#[test]
fn who_could_be_several_is_looked_at_again_once_one_of_them_moves() {
    let mut nights = Nights::of(NAMESAKES);
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("contact c3 | phone=+16502530000"), 1, "a stranger");
    assert_eq!(nights.looked_at("contact c2 | phone=+16502530001"), 3);
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("contact c9 | first=Ann | last=Lee"), 4, "one more of that name");
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("contact c9 | last=Wolf"), 4, "and one less");
    nights.looked_at("person p1 | email=ann@acme.com");
    assert!(nights.world.plan().cases.is_empty());
}

#[test]
fn who_waits_for_a_listing_is_looked_at_every_night() {
    let mut nights = Nights::of(&format!("{NAMESAKES}\nincomplete contact"));
    assert_eq!(nights.looked_at(""), 3);
    assert_eq!(nights.looked_at(""), 3);
    assert_eq!(nights.looked_at("complete contact"), 3);
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("incomplete contact"), 3);
}

#[test]
fn who_was_refused_is_looked_at_again_when_it_is_tried_again() {
    let mut nights = Nights::of(
        "vendor v1 | name=Acme | host=acme.com
         contact c9 | first=Zoe | last=Fox | email=zoe@fox.com
         agree
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         rebuff p1 c9",
    );
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("days 6"), 0);
    assert_eq!(nights.looked_at("contact c9 | phone=+16502530000"), 2, "whom they are said to be");
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("days 1"), 2);
    assert_eq!(nights.world.plan().steps.len(), 1, "now it is tried again");
}

#[test]
fn whose_value_was_not_taken_is_looked_at_again_when_they_move() {
    let mut world = World::of(
        "vendor v1 | name=Acme | host=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         person p2 of v1 | name=Bob Day | email=bob@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         contact c2 | first=Bob | last=Day | email=bob@acme.com
         agree
         ignores contact phone
         person p1 @90 | phone=+16502530000",
    );
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(world.plan().held.len(), 1);
    let learned = world.agreements.lessons.values_mut();
    learned.for_each(|it| it.at = at(world.minute));
    let seeds = world.restless(&world.plan());
    let mut nights = Nights { world, seeds };
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("contact c2 | city=Rome"), 2, "somebody else");
    assert_eq!(nights.looked_at("contact c1 | city=Rome"), 2);
    assert_eq!(nights.looked_at(""), 0);
    assert_eq!(nights.looked_at("days 7"), 2, "it is tried again");
    assert_eq!(nights.world.plan().steps.len(), 1);
}

/// Two vendors of which the pair is about one, with somebody each.
const REGIONS: &str = "
    slice eu
    vendor v1 | name=Acme | host=acme.com | labels=EU
    vendor v2 | name=Beta | host=beta.com | labels=US
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    person p2 of v2 | name=Bob Day | email=bob@beta.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    agree";

#[test]
fn who_is_outside_is_counted_and_not_looked_at() {
    for about in ["slice eu", "slice eu\nwhere person vendor.name == 'Acme'"] {
        let mut nights = Nights::of(&REGIONS.replace("slice eu", about));
        assert_eq!(nights.looked_at(""), 0, "{about}");
        assert_eq!(nights.looked_at("vendor v1 | phone=+16502530000"), 2, "{about}");
        let people = nights
            .world
            .plan()
            .census
            .into_iter()
            .find(|it| it.resource == Resource::VendorContact);
        let people = people.expect("they are counted");
        assert_eq!((people.now, people.outside), (1, 1), "{about}");
    }
}

#[test]
fn where_a_note_or_a_task_is_to_be_made_the_people_are_looked_at_until_it_is() {
    let mut world = World::of(
        "on activity
         on notes
         on questionnaires
         vendor v1 | name=Acme | host=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         person p2 of v1 | name=Bob Day | email=bob@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com
         contact c2 | first=Bob | last=Day | email=bob@acme.com",
    );
    world.agreements.since = Some(at(1000));
    world.agree();
    for said in [
        "memo v1 of v1 | text=Key supplier.",
        "notification 7 | when=9000 | about=acme.com | text=One.",
        "questionnaire q1 of v1 | name=ISO | sent=2000 | due=9000 | over=no",
    ] {
        let seeds = world.restless(&world.plan());
        let mut nights = Nights { world, seeds };
        // Where something stands is at hand, and who it stands for.
        assert!(nights.looked_at("") <= 2, "before: {said}");
        assert_eq!(nights.looked_at(said), 4, "{said}");
        world = nights.world;
        assert_eq!(world.plan().steps.len(), 1, "{said}");
        world.agree();
    }
    let seeds = world.restless(&world.plan());
    assert!(Nights { world, seeds }.looked_at("") <= 2, "all is made");
}
