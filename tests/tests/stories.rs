//! What is planned in the stories people will ask about? Who is who, what was seen, what a person
//! decided; a script in, a plan as text out.

use concordat_tests::paper;
use concordat_tests::world::World;

#[track_caller]
fn check(script: &str, expect: &str) {
    let plan = paper::text(&World::of(script).plan());
    let expect: Vec<&str> = expect.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let expect = expect.join("\n");
    assert!(plan == expect, "planned <<<\n{plan}\n>>> instead of\n{expect}");
}

#[test]
fn a_vendor_without_a_host_name_is_read_but_never_written() {
    check(
        "vendor v1 | name=Acme | phone=1
         business b1 | name=Acme | email=hi@acme.com",
        "write b1: phone - -> 1 [Fill UpGuard]
         settle v1 = b1 by name: address equal, description equal, name equal, website equal
         held v1.email - / hi@acme.com [Unwritable UpGuard]",
    );
}

#[test]
fn a_record_that_was_not_seen_or_is_gone_is_left_alone() {
    let agreed = "
        vendor v1 | name=Acme | host=acme.com | phone=1
        business b1 | name=Acme | website=acme.com | phone=1
        agree
        vendor v1 | phone=2";
    check(&format!("{agreed}\n business b1 unseen"), "held b1 [NotSeen HighLevel]");
    check(&format!("{agreed}\n business b1 missed"), "held b1 [Gone HighLevel]");
    check(&format!("{agreed}\n vendor v1 gone"), "held v1 [Unarchivable UpGuard]");
    check(
        &format!("{agreed}\n vendor v1 unseen\n business b1 | phone=3"),
        "held v1 [NotSeen UpGuard]",
    );
}

#[test]
fn a_late_row_of_a_search_index_moves_nothing() {
    let people = "
        vendor v1 | name=Acme | host=acme.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=1
        contact c1 @200 | first=Ann | last=Lee | email=ann@acme.com | phone=1
        agree";
    check(&format!("{people}\n contact c1 row @100 | phone=9"), "nothing");
    check(
        &format!("{people}\n contact c1 row @300 | phone=9"),
        "settle p1 = c1: phone drift
         drift c1.phone 1 / 9 [Drift HighLevel]",
    );
    check(
        &format!("{people}\n contact c1 @300 row\n person p1 @250 | phone=8"),
        "write c1: phone 1 -> 8 [OnlyMoved UpGuard]",
    );
}

#[test]
fn an_incomplete_listing_stops_creates_there_and_nothing_else() {
    check(
        "vendor v1 | name=Acme | host=acme.com | phone=1
         business b1 | name=Acme | website=acme.com | phone=1
         agree
         vendor v1 | phone=2
         vendor v2 | name=Beta | host=beta.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         incomplete business",
        "write b1: phone 1 -> 2 [OnlyMoved UpGuard]
         create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; company Acme
         held v2 [Incomplete HighLevel]",
    );
}

#[test]
fn a_person_known_at_two_vendors_becomes_one_contact() {
    let two = "
        vendor v1 | name=Acme | host=acme.com
        vendor v2 | name=Beta | host=beta.com
        business b1 | name=Acme | website=acme.com
        business b2 | name=Beta | website=beta.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=1
        person p2 of v2 @20 | name=Anna Lee | email=Ann@acme.com | phone=-";
    check(two, "create contact from p1+p2, marked: first_name Anna; last_name Lee; email Ann@acme.com; phone 1; company Beta
         settle v2 = b2 by web address: address equal, description equal, email equal, name equal, phone equal, website equal
         settle v1 = b1 by web address: address equal, description equal, email equal, name equal, phone equal, website equal");
    check(
        &format!("{two}\n agree\n person p1 @30 | phone=5"),
        "write new2: phone 1 -> 5 [OnlyMoved UpGuard]",
    );
    check(
        &format!("{two}\n agree\n person p1 @30 | phone=5\n person p2 @40 | phone=6"),
        "write new2: phone 1 -> 6 [OnlyMoved UpGuard]",
    );
}

#[test]
fn a_person_who_was_not_seen_leaves_no_word_to_the_other() {
    let two = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=1
        person p2 of v1 @20 | name=Ann Lee | email=ann@acme.com | phone=2
        contact c1 @20 | first=Ann | last=Lee | email=ann@acme.com | phone=2
        agree";
    check(&format!("{two}\n person p2 unseen"), "held p2 [NotSeen UpGuard]");
    check(&format!("{two}\n person p1 unseen"), "held p1 [NotSeen UpGuard]");
    // One that is gone says nothing, and what it said stays until somebody says something new.
    check(&format!("{two}\n person p2 gone"), "nothing");
    check(
        &format!("{two}\n person p2 gone\n person p1 @90 | phone=7"),
        "write c1: phone 2 -> 7 [OnlyMoved UpGuard]",
    );
}

#[test]
fn a_conflict_stays_open_while_other_fields_of_the_person_are_settled() {
    let torn = "
        rule contacts phone rule=hold
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=1
        person p2 of v1 @20 | name=Ann Lee | email=ann@acme.com | phone=1
        contact c1 @20 | first=Ann | last=Lee | email=ann@acme.com | phone=1
        agree
        person p1 @300 | phone=8
        contact c1 | first=Anna | phone=9";
    check(
        torn,
        "settle p1+p2 = c1: first_name drift
         ask Ann Lee.phone: 8 / 9 [Hold]
         drift c1.first_name Ann / Anna [Drift HighLevel]",
    );
    check(&format!("{torn}\n agree"), "ask Ann Lee.phone: 8 / 9 [Hold]");
    check(
        &format!("{torn}\n agree\n take phone upguard"),
        "write c1: phone 9 -> 8 [Decided UpGuard]",
    );
}

#[test]
fn the_newest_person_joins_a_contact_that_is_linked_already() {
    check(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com
         contact c1 @10 | first=Ann | last=Lee | email=ann@acme.com
         agree
         person p2 of v1 @90 | name=Ann Lee | email=ann@acme.com | phone=7",
        "write c1: phone - -> 7 [OnlyMoved UpGuard]
         settle p1+p2 = c1 by e-mail address",
    );
}

#[test]
fn a_colleague_of_a_linked_person_joins_them_although_the_crm_changed_the_address() {
    check(
        "vendor v1 | name=Acme | host=acme.com
         vendor v2 | name=Beta | host=beta.com
         business b1 | name=Acme | website=acme.com
         business b2 | name=Beta | website=beta.com
         person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com
         contact c1 @10 | first=Ann | last=Lee | email=ann@acme.com
         agree
         contact c1 @50 | email=ann.lee@home.example
         person p2 of v2 @5 | name=Ann Lee | email=ann@acme.com",
        "settle p1+p2 = c1 by e-mail address: email drift
         drift c1.email ann@acme.com / ann.lee@home.example [Drift HighLevel]",
    );
}

#[test]
fn people_who_share_a_mailbox_are_not_one_contact() {
    let linked = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        person p1 of v1 @10 | name=Anna Alpha | email=security@acme.com
        contact c1 @10 | first=Anna | last=Alpha | email=security@acme.com
        agree";
    check(
        &format!("{linked}\n person p2 of v1 @20 | name=Bob Beta | email=security@acme.com"),
        "case p2: a record has its e-mail address, but another name (c1)",
    );
    check(
        &format!("{linked}\n person p2 of v1 @20 | name=Anna Alpha | email=security@acme.com"),
        "settle p1+p2 = c1 by e-mail address",
    );
    check(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         agree
         person p1 of v1 @10 | name=Anna Alpha | email=security@acme.com
         person p2 of v1 @20 | name=Bob Beta | email=security@acme.com",
        "create contact from p1, marked: first_name Anna; last_name Alpha; email security@acme.com; company Acme
         case p2: somebody of another name has the same e-mail address ()",
    );
}

#[test]
fn what_the_crm_holds_of_its_own_is_not_emptied_with_the_source() {
    let drifted = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=1
        contact c1 @10 | first=Ann | last=Lee | email=ann@acme.com | phone=1
        agree
        contact c1 @20 | phone=2
        agree";
    check(
        &format!("{drifted}\n person p1 @30 | phone=-"),
        "settle p1 = c1: phone drift
         drift p1.phone - / 2 [OwnValue UpGuard]",
    );
}

#[test]
fn an_ambiguous_web_address_is_a_case_for_a_person() {
    let two = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme East | website=acme.com
        business b2 | name=Acme West | website=www.acme.com/";
    check(two, "case v1: 2 records have its web address (b1, b2)");
    check(&format!("{two}\n match v1 link b2"), "settle v1 = b2 by a person: address equal, description equal, email equal, phone equal, website equal
         ask Acme.name: Acme / Acme West [FirstDiffers]");
    check(
        &format!("{two}\n match v1 create"),
        "create business from v1, marked: name Acme; website https://acme.com",
    );
    check(&format!("{two}\n match v1 never"), "nothing");
}

#[test]
fn two_vendors_never_share_a_business() {
    check(
        "vendor v1 | name=Acme | host=acme.com
         vendor v2 | name=Acme Labs | host=acme.com
         business b1 | name=Acme | website=acme.com",
        "case v1: 2 records have the same web address (b1)
         case v2: 2 records have the same web address (b1)",
    );
    check(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         agree
         vendor v2 | name=Acme Labs | host=acme.com",
        "case v2: the record with its web address is linked to another (b1)",
    );
}

#[test]
fn an_equal_name_with_another_web_address_is_not_enough() {
    check(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=ACME | website=acme-plumbing.com",
        "case v1: a record has its name, but another website (b1)",
    );
}

#[test]
fn a_marker_beats_an_equal_key() {
    let mut world = World::of(
        "vendor v1 | name=Acme | host=acme.com
         business b0 | name=Elsewhere | website=elsewhere.com",
    );
    let marker = world.plan().steps[0].marker.clone().expect("a create is marked");
    world.play(&format!(
        "business b1 | name=Acme | website=acme.com
         business b2 | name=Acme Inc | website=acme.org | marker={marker}"
    ));
    let plan = paper::text(&world.plan());
    assert!(plan.contains("settle v1 = b2 by marker"), "{plan}");
    world.line(&format!("business b3 | name=Copy | marker={marker}"));
    let plan = paper::text(&world.plan());
    assert_eq!(plan, "case v1: 2 records carry its marker (b2, b3)");
}

#[test]
fn a_person_without_address_is_not_made_beside_a_namesake() {
    let namesake = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        agree
        person p1 of v1 | name=Ann Lee";
    check(
        &format!("{namesake}\n contact c1 | first=ann | last=lee"),
        "case p1: it has no e-mail address, and a record of the same name exists (c1)",
    );
    check(namesake, "create contact from p1, marked: first_name Ann; last_name Lee; company Acme");
    check(&format!("{namesake}\n unmarkable"), "held p1 [NoIdentity]");
}

#[test]
fn a_refused_create_is_a_case_until_a_person_decides() {
    let refused = "
        vendor v1 | name=Acme | host=acme.com
        business b1 | name=Acme | website=acme.com
        agree
        person p1 of v1 | name=Ann Lee | email=ann@acme.com
        contact c1 | first=Bob | phone=1
        rebuff p1 c1";
    check(refused, "case p1: the side says there is such a contact (c1)");
    check(
        &format!("{refused}\n match p1 create"),
        "create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; company Acme",
    );
    check(
        &format!("{refused}\n match p1 link c1"),
        "write c1: last_name - -> Lee [Fill UpGuard]; email - -> ann@acme.com [Fill UpGuard]
         settle p1 = c1 by a person: company left, phone left
         ask Ann Lee.first_name: Ann / Bob [FirstDiffers]",
    );
}

#[test]
fn a_link_in_doubt_is_not_touched() {
    let agreed = "
        vendor v1 | name=Acme | host=acme.com | phone=1
        business b1 | name=Acme | website=acme.com | phone=1
        vendor v2 | name=Beta | host=beta.com | phone=1
        business b2 | name=Beta | website=beta.com | phone=1
        agree
        vendor v1 | phone=2
        vendor v2 | phone=2";
    check(
        &format!("{agreed}\n doubt v1"),
        "write b2: phone 1 -> 2 [OnlyMoved UpGuard]
         held v1 [InDoubt HighLevel]",
    );
    check(
        &format!("{agreed}\n vendor v3 | name=Gamma | host=gamma.com\n doubt v3"),
        "write b1: phone 1 -> 2 [OnlyMoved UpGuard]
         write b2: phone 1 -> 2 [OnlyMoved UpGuard]
         held v3 [InDoubt HighLevel]",
    );
}

const CONTESTED: &str = "
    rule vendors phone rule=hold
    vendor v1 | name=Acme | host=acme.com | phone=1
    business b1 | name=Acme | website=acme.com | phone=1
    agree
    vendor v1 | phone=2
    business b1 | phone=3";

#[test]
fn a_conflict_changes_neither_side_and_is_the_same_conflict_tomorrow() {
    let mut world = World::of(CONTESTED);
    let first = world.plan();
    world.apply(&first);
    let second = world.plan();
    assert_eq!(first.conflicts, second.conflicts);
    assert_eq!(paper::text(&second), "ask Acme.phone: 2 / 3 [Hold]");
    let base = second.conflicts[0].base.clone().expect("a base");
    assert_eq!(base.map(|_, it| it.expect("a value").to_string()).upguard, "1");
}

#[test]
fn a_decision_counts_while_the_values_are_those_the_person_saw() {
    check(&format!("{CONTESTED}\n take phone upguard"), "write b1: phone 3 -> 2 [Decided UpGuard]");
    check(
        &format!("{CONTESTED}\n take phone highlevel"),
        "write v1: phone 2 -> 3 [Decided HighLevel]",
    );
    check(&format!("{CONTESTED}\n take phone leave"), "settle v1 = b1: phone decided");
    check(&format!("{CONTESTED}\n take phone leave\n agree"), "nothing");
    check(
        &format!("{CONTESTED}\n take phone upguard\n business b1 | phone=4"),
        "ask Acme.phone: 2 / 4 [Hold]",
    );
    check(
        &format!("{CONTESTED}\n take phone upguard\n agree\n business b1 | phone=3"),
        "write v1: phone 2 -> 3 [OnlyMoved HighLevel]",
    );
}

#[test]
fn a_pilot_takes_whole_links_and_nothing_else() {
    let three = "
        vendor v1 | name=Acme | host=acme.com | phone=1
        vendor v2 | name=Beta | host=beta.com | phone=2
        business b1 | name=Acme | website=acme.com | email=hi@acme.com
        business b2 | name=Beta | website=beta.com
        person p1 of v1 | name=Ann Lee | email=ann@acme.com";
    check(&format!("{three}\n only v1"), "write b1: phone - -> 1 [Fill UpGuard]
         write v1: email - -> hi@acme.com [Fill HighLevel]
         settle v1 = b1 by web address: address equal, description equal, name equal, website equal");
    check(&format!("{three}\n only b2"), "write b2: phone - -> 2 [Fill UpGuard]
         settle v2 = b2 by web address: address equal, description equal, email equal, name equal, website equal");
    check(
        &format!("{three}\n only contacts"),
        "create contact from p1, marked: first_name Ann; last_name Lee; email ann@acme.com; company Acme",
    );
    check(&format!("{three}\n only acme"), "write b1: phone - -> 1 [Fill UpGuard]
         write v1: email - -> hi@acme.com [Fill HighLevel]
         settle v1 = b1 by web address: address equal, description equal, name equal, website equal");
    check(&format!("{three}\n limit 1"), "write b1: phone - -> 1 [Fill UpGuard]
         settle v1 = b1 by web address: address equal, description equal, name equal, website equal");
}

#[test]
fn a_pilot_shows_what_waits_for_a_person_too() {
    for name in ["b1", "v1", "acme", "vendors"] {
        check(&format!("{CONTESTED}\n only {name}"), "ask Acme.phone: 2 / 3 [Hold]");
    }
    check(&format!("{CONTESTED}\n only v9"), "nothing");
}
