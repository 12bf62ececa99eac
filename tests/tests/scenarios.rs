//! What is planned in the stories people will ask about? First agreements and single fields; a script
//! in, a plan as text out.

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
fn the_first_agreement_fills_both_ways_and_asks_where_both_differ() {
    check(
        "vendor v1 | name=Acme | host=acme.com | phone=+16502530000 | address=1 Main St
         business b1 | name=Acme | website=https://acme.com | email=hi@acme.com | address=2 Side St",
        "write b1: phone - -> +16502530000 [Fill UpGuard]
         write v1: email - -> hi@acme.com [Fill HighLevel]
         settle v1 = b1 by web address: description equal, name equal, website equal
         ask Acme.address: 1 Main St / 2 Side St [FirstDiffers]",
    );
}

#[test]
fn what_is_equal_but_for_its_spelling_is_agreed_without_a_write() {
    check(
        "vendor v1 | name=Acme | host=acme.com | phone=(650) 253-0000 | email=HI@acme.com
         business b1 | name=Acme | website=http://www.ACME.com/ | phone=+16502530000 | email=hi@acme.com",
        "settle v1 = b1 by web address: address equal, description equal, email equal, name equal, phone equal, website equal",
    );
}

#[test]
fn the_first_agreement_adopts_a_side_where_the_mapping_says_so() {
    check(
        "rule vendors phone adopt=highlevel
         rule vendors address adopt=upguard
         vendor v1 | name=Acme | host=acme.com | phone=1 | address=1 Main St
         business b1 | name=Acme | website=acme.com | phone=2 | address=2 Side St",
        "write b1: address 2 Side St -> 1 Main St [Adopt UpGuard]
         write v1: phone 1 -> 2 [Adopt HighLevel]
         settle v1 = b1 by web address: description equal, email equal, name equal, website equal",
    );
}

#[test]
fn times_never_decide_a_first_agreement() {
    check(
        "vendor v1 @10..20 | name=Acme | host=acme.com | phone=1
         business b1 @500 | name=Acme | website=acme.com | phone=2",
        "settle v1 = b1 by web address: address equal, description equal, email equal, name equal, website equal
         ask Acme.phone: 1 / 2 [FirstDiffers]",
    );
}

#[test]
fn a_missing_person_is_made_with_everything_known() {
    check(
        "vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         agree
         person p1 of v1 @50 | name=Ann van Lee | email=ann@acme.com | phone=650 253 0000",
        "create contact from p1, marked: first_name Ann; last_name van Lee; email ann@acme.com; phone +16502530000; company Acme",
    );
}

/// The usual start of a story: one vendor, linked and agreed.
const AGREED: &str = "
    vendor v1 | name=Acme | host=acme.com | phone=+16502530000 | email=hi@acme.com
    business b1 | name=Acme | website=acme.com | phone=+16502530000 | email=hi@acme.com
    agree";

#[track_caller]
fn after_agreement(script: &str, expect: &str) {
    check(&format!("{AGREED}\n{script}"), expect);
}

#[test]
fn after_an_agreement_nothing_is_left_to_do() {
    after_agreement("", "nothing");
}

#[test]
fn a_change_on_one_side_goes_to_the_other() {
    after_agreement(
        "vendor v1 | phone=+16502530001",
        "write b1: phone +16502530000 -> +16502530001 [OnlyMoved UpGuard]",
    );
    after_agreement(
        "business b1 | phone=+16502530001",
        "write v1: phone +16502530000 -> +16502530001 [OnlyMoved HighLevel]",
    );
}

#[test]
fn a_change_of_spelling_is_no_change() {
    after_agreement("vendor v1 | phone=650-253-0000 | email=Hi@Acme.com", "nothing");
}

#[test]
fn the_same_change_on_both_sides_is_agreed() {
    after_agreement(
        "vendor v1 | phone=650 253 0009\n business b1 | phone=+16502530009",
        "settle v1 = b1: phone equal",
    );
}

#[test]
fn the_later_change_wins_where_times_prove_it() {
    after_agreement(
        "vendor v1 @100..110 | phone=1\n business b1 @20..30 | phone=2",
        "write b1: phone 2 -> 1 [LastWriteWins UpGuard proven 4200 s]",
    );
    after_agreement(
        "vendor v1 @20..30 | phone=1\n business b1 @100..110 | phone=2",
        "write v1: phone 1 -> 2 [LastWriteWins HighLevel proven 4200 s]",
    );
}

#[test]
fn stamps_alone_make_a_winner_likely() {
    let people = "
        vendor v1 | name=Acme | host=acme.com
        person p1 of v1 @10 | name=Ann Lee | email=ann@acme.com | phone=+16502530000
        contact c1 @10 | first=Ann | last=Lee | email=ann@acme.com | phone=+16502530000
        agree";
    check(
        &format!("{people}\n person p1 @300 | phone=1\n contact c1 @200 | phone=2"),
        "write c1: phone 2 -> 1 [LastWriteWins UpGuard likely 6000 s]",
    );
    check(
        &format!("{people}\n person p1 @200 | phone=1\n contact c1 @300 | phone=2"),
        "settle p1 = c1: phone drift
         drift c1.phone 1 / 2 [Drift HighLevel likely 6000 s]",
    );
}

#[test]
fn where_times_do_not_decide_the_mapping_names_a_side_or_asks() {
    let both = "vendor v1 @20..60 | phone=1\n business b1 @30..50 | phone=2";
    after_agreement(both, "write v1: phone 1 -> 2 [Fallback HighLevel undecided]");
    after_agreement(
        &format!("rule vendors phone fallback=upguard\n {both}"),
        "write b1: phone 2 -> 1 [Fallback UpGuard undecided]",
    );
    after_agreement(
        &format!("rule vendors phone fallback=hold\n {both}"),
        "ask Acme.phone: 1 / 2 [Hold undecided]",
    );
}

#[test]
fn changes_closer_than_the_clocks_can_tell_are_undecided() {
    let close = "vendor v1 @20..50 | phone=1\n business b1 @51..60 | phone=2";
    after_agreement(
        &format!("skew 59\n {close}"),
        "write v1: phone 1 -> 2 [LastWriteWins HighLevel proven 60 s]",
    );
    after_agreement(
        &format!("skew 60\n {close}"),
        "write v1: phone 1 -> 2 [Fallback HighLevel undecided]",
    );
}

#[test]
fn an_unrelated_conflict_blocks_nothing_else() {
    after_agreement(
        "rule vendors phone rule=hold
         vendor v1 | phone=1 | email=new@acme.com
         business b1 | phone=2 | address=1 Main St",
        "write b1: email hi@acme.com -> new@acme.com [OnlyMoved UpGuard]
         write v1: address - -> 1 Main St [OnlyMoved HighLevel]
         ask Acme.phone: 1 / 2 [Hold]",
    );
}

#[test]
fn a_change_that_cannot_be_carried_back_is_listed_once() {
    after_agreement(
        "business b1 | website=other.com",
        "settle v1 = b1: website drift
         drift b1.website acme.com / other.com [Drift HighLevel]",
    );
    after_agreement(
        "business b1 | website=other.com
         agree",
        "nothing",
    );
    after_agreement(
        "business b1 | website=other.com
         agree
         vendor v1 | host=acme.org",
        "write b1: website other.com -> https://acme.org [OnlyMoved UpGuard]",
    );
}

#[test]
fn restore_puts_back_what_the_source_says() {
    after_agreement(
        "rule vendors website drift=restore\n business b1 | website=other.com",
        "write b1: website other.com -> https://acme.com [Restore UpGuard]",
    );
}

#[test]
fn emptying_goes_across_where_the_other_side_can_be_emptied() {
    after_agreement("vendor v1 | phone=-", "write b1: phone +16502530000 -> - [OnlyMoved UpGuard]");
    after_agreement(
        "business b1 | phone=-",
        "write v1: phone +16502530000 -> - [OnlyMoved HighLevel]",
    );
    after_agreement("vendor v1 | name=-", "held v1.name - / Acme [CannotClear UpGuard]");
}

#[test]
fn what_a_reading_does_not_cover_has_not_moved() {
    after_agreement("business b1 | phone=? | email=?", "nothing");
    after_agreement(
        "business b1 | phone=?\n vendor v1 | phone=1 | email=new@acme.com",
        "write b1: email hi@acme.com -> new@acme.com [OnlyMoved UpGuard]",
    );
}

#[test]
fn a_field_that_is_only_filled_is_never_overwritten() {
    let fill = "rule vendors phone strength=fill";
    after_agreement(&format!("{fill}\n vendor v1 | phone=1"), "settle v1 = b1: phone left");
    after_agreement(
        &format!("{fill}\n vendor v1 | phone=1\n business b1 | phone=-"),
        "settle v1 = b1: phone left",
    );
}

#[test]
fn a_value_that_was_not_kept_is_not_sent_again_until_it_changes() {
    let ignored = "ignores business phone\n vendor v1 | phone=1";
    let mut world = World::of(&format!("{AGREED}\n{ignored}"));
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(paper::text(&world.plan()), "held b1.phone 1 / +16502530000 [Discarded HighLevel]");
    world.line("vendor v1 | phone=2");
    let plan = paper::text(&world.plan());
    assert_eq!(plan, "write b1: phone +16502530000 -> 2 [OnlyMoved UpGuard]");
}

#[test]
fn a_lost_base_deletes_nothing_and_asks_again() {
    after_agreement(
        "vendor v1 | phone=- | email=new@acme.com\n forget bases",
        "write v1: phone - -> +16502530000 [Fill HighLevel]
         settle v1 = b1: address equal, description equal, name equal, website equal
         ask Acme.email: new@acme.com / hi@acme.com [FirstDiffers]",
    );
}
