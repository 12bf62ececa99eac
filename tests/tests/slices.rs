//! What if a pair is about a part of the organisation only? What is outside is left as it is on both
//! sides, and goes on where it was when it comes back. As stories, told by the plan; and with the program,
//! three locations over one organisation, sliced by label, tier and portfolio.

use concordat_model::Class;
use concordat_model::guard::{Limits, check};
use concordat_oracle::{labels, text};
use concordat_tests::night::{ALLOW_FIRST, Night};
use concordat_tests::paper;
use concordat_tests::world::World;
use serde_json::{Value, json};

/// A vendor of each region, with a contact each, agreed upon.
const REGIONS: &str = "
    on labels
    vendor v1 | name=Acme | host=acme.com | labels=EU | phone=+16502530000
    vendor v2 | name=Beta | host=beta.com | labels=US | phone=+16502530001
    person p1 of v1 @50 | name=Ann Lee | email=ann@acme.com
    person p2 of v2 @50 | name=Bob Ray | email=bob@beta.com
    business b1 | name=Acme | website=acme.com | phone=+16502530000
    business b2 | name=Beta | website=beta.com | phone=+16502530001
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    contact c2 | first=Bob | last=Ray | email=bob@beta.com
    agree";

fn after(edits: &str) -> World {
    let mut world = World::of(REGIONS);
    world.play(edits);
    world
}

fn deeds(world: &World) -> Vec<String> {
    let text = paper::text(&world.plan());
    let told = text.lines().filter(|it| !it.starts_with("settle ") && *it != "nothing");
    told.map(str::to_owned).collect()
}

#[test]
fn nothing_of_a_vendor_outside_is_written_made_or_asked() {
    let edits = "
        vendor v2 @60..70 | phone=+16502530009
        business b2 @60..70 | phone=+16502530008
        person p2 @70 | phone=+16502530007
        person p3 of v2 @70 | name=Eve Fox | email=eve@beta.com
        contact c2 @70 | tags=ug:us+ug:vip
        vendor v3 | name=Gamma | host=gamma.com | labels=US";
    let world = after(&format!("slice eu*\n{edits}"));
    assert_eq!(deeds(&world), Vec::<String>::new());
    let whole = deeds(&after(edits));
    assert!(whole.len() >= 4, "each of these edits would have done something: {whole:#?}");
}

#[test]
fn a_vendor_that_comes_back_goes_on_where_it_was() {
    let mut world = after("slice eu*");
    world.play(
        "business b2 @100..110 | phone=+16502530008
         contact c2 @110 | phone=+16502530077
         contact c2 @110 | tags=ug:us+ug:vip",
    );
    assert_eq!(deeds(&world), Vec::<String>::new());
    // It gets the label on the other side, by somebody who knows nothing of pairs.
    world.play("vendor v2 @200..210 | labels=US+EU");
    let deeds = deeds(&world);
    let phone = "write v2: phone +16502530001 -> +16502530008 [OnlyMoved HighLevel]";
    assert!(deeds.iter().any(|it| it == phone), "{deeds:#?}");
    let vip = deeds.iter().any(|it| it.starts_with("write v2: labels") && it.contains("vip"));
    assert!(vip, "{deeds:#?}");
    world.agree();
    // And leaves again: what was agreed stays agreed.
    let links = world.agreements.links.len();
    world.play("vendor v2 @300..310 | labels=US");
    assert_eq!(self::deeds(&world), Vec::<String>::new());
    assert_eq!(world.agreements.links.len(), links);
}

#[test]
fn a_person_outside_is_left_alone_and_so_is_their_contact() {
    let edits = "
        person p1 @70 | phone=+16502530007
        contact c1 @70 | tags=ug:eu+ug:vip
        person p3 of v1 @70 | name=Eve Fox | email=eve@acme.com
        vendor v2 @60..70 | phone=+16502530009";
    let world =
        after(&format!("where person vendor.name != 'Acme' or 'zed' in email_address\n{edits}"));
    let only = ["write b2: phone +16502530001 -> +16502530009 [OnlyMoved UpGuard]"];
    assert_eq!(deeds(&world), only, "the vendor itself is inside, its people are not");
    assert!(deeds(&after(edits)).len() >= 4, "each of these edits would have done something");
    // Who comes in is dealt with, and goes on where they were.
    let mut world = world;
    world.play("person p3 @80 | email=eve@zed.com");
    let made = deeds(&world);
    assert!(
        made.iter().any(|it| it.starts_with("create") && it.contains("eve@zed.com")),
        "{made:#?}"
    );
    assert!(!made.iter().any(|it| it.contains("c1")), "{made:#?}");
    world.slice = Default::default();
    assert!(deeds(&world).iter().any(|it| it.contains("+16502530007")));
}

#[test]
fn a_vendor_of_which_nothing_can_be_said_is_outside() {
    let world = after(
        "where vendor tier <= 2\nvendor v2 @60..70 | tier=2 | phone=+16502530009\nvendor v1 @60..70 | phone=+16502530008",
    );
    let deeds = deeds(&world);
    assert!(deeds.iter().any(|it| it.contains("+16502530009")), "{deeds:#?}");
    assert!(!deeds.iter().any(|it| it.contains("+16502530008")), "it has no tier: {deeds:#?}");
    assert_eq!(world.slice.to_string(), "where tier <= 2");
}

#[test]
fn an_empty_slice_is_refused_and_one_that_shrank_is_told_as_such() {
    let refused = |world: &World| {
        let plan = world.plan();
        let refused = check(plan, &Limits::default(), &[]).expect_err("a refusal");
        let shrunken = refused.refusals.into_iter().find(|it| it.class == Class::Shrunken);
        shrunken.expect("too few records").says
    };
    let world = World::of(&REGIONS.replace("agree", "slice apac"));
    assert_eq!(
        refused(&world),
        "this pair's slice has 0 vendor records of UpGuard (2 are outside): nothing is in it"
    );
    let mut world = after("slice apac");
    world.agreements.population = world.plan().census.iter().map(|it| (it.resource, 2)).collect();
    assert_eq!(
        refused(&world),
        "this pair's slice has 0 vendor records of UpGuard (2 are outside), the last run saw 2"
    );
}

#[test]
fn another_slice_is_another_mapping() {
    let mut world = after("slice eu*");
    let before = world.rules().fingerprint;
    world.play("slice eu* us*");
    assert_ne!(world.rules().fingerprint, before);
    world.slice = Default::default();
    assert_eq!(world.rules().fingerprint, World::of(REGIONS).rules().fingerprint);
    world.agreements.mapping = Some(before);
    world.play("vendor v2 @60..70 | phone=+16502530009");
    let refused = check(world.plan(), &Limits::default(), &[]).expect_err("a refusal");
    assert!(refused.refusals.iter().any(|it| it.class == Class::Mapping), "{refused:?}");
}

const PAIRS: [&str; 3] = ["pair-1", "pair-2", "pair-3"];

fn told<'a>(document: &'a Value, pair: &str) -> &'a Value {
    let pairs = document["pairs"].as_array().expect("pairs");
    pairs.iter().find(|it| it["pair"] == pair).unwrap_or_else(|| panic!("no {pair}: {document:#}"))
}

fn location(night: &Night, pair: &str) -> Value {
    let number: usize = pair.trim_start_matches("pair-").parse().expect("a number");
    night.sandbox.state()["highlevel"]["locations"][number - 1].clone()
}

fn find(rows: &Value, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
    rows.as_array().expect("rows").iter().find(|it| is_it(it)).cloned()
}

fn business(night: &Night, pair: &str, host: &str) -> Option<Value> {
    let is_it = |it: &Value| it["website"].as_str().is_some_and(|it| it.contains(host));
    find(&location(night, pair)["businesses"], is_it)
}

fn contact(night: &Night, pair: &str, email: &str) -> Option<Value> {
    find(&location(night, pair)["contacts"], |it| it["email"] == email)
}

fn vendor(night: &Night, host: &str) -> Value {
    let state = night.sandbox.state();
    find(&state["upguard"]["vendors"], |it| it["primary_hostname"] == host).expect("the vendor")
}

fn made(night: &Night, host: &str, set: &Value) {
    let mut create = json!({ "name": host, "primary_hostname": host });
    create.as_object_mut().expect("an object").extend(set.as_object().expect("fields").clone());
    night.sandbox.person(&json!({ "side": "upguard", "entity": "vendor", "create": create }));
    let id = vendor(night, host)["id"].clone();
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact",
        "create": { "vendor_id": id, "name": "Ann Lee", "email_address": format!("ann@{host}") } }));
}

fn edit_vendor(night: &Night, host: &str, set: Value) {
    night.sandbox.edit("upguard", "vendor", &vendor(night, host)["id"].to_string(), set);
}

/// Runs all pairs until none finds anything to do.
#[track_caller]
fn converge(night: &Night) -> Value {
    for _ in 0..8 {
        let ran = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
        let document = ran.json();
        let quiet = |pair: &&str| told(&document, pair)["run"]["operations"] == 0;
        if PAIRS.iter().all(quiet) {
            return document;
        }
    }
    panic!("they do not converge: {}", night.run(&["reconcile"]).told());
}

/// Three locations: vendors labelled `eu`, those of tier 1, those in the portfolio `Key`.
fn sliced(seed: u64) -> Night {
    let night = Night::of_pairs(3, seed, 4, 6);
    let slices = [r#"labels = ["eu*"]"#, "tiers = [1]", r#"portfolios = ["Key"]"#];
    night.configure(|text| {
        let mut text = text;
        for (pair, slice) in PAIRS.iter().zip(slices) {
            let id = format!("id = \"{pair}\"\n");
            text = text.replace(&id, &format!("{id}slice = {{ {slice} }}\n"));
        }
        text
    });
    made(&night, "eu.example", &json!({ "labels": ["EU-north"] }));
    made(&night, "top.example", &json!({ "tier": 1 }));
    made(&night, "key.example", &json!({ "portfolios": ["Key"] }));
    night
}

#[test]
fn three_locations_get_their_slice_and_a_vendor_moves_between_them() {
    let night = sliced(41);
    let doctor = night.run(&["doctor"]).exits(0);
    for says in ["labelled eu*", "of tier 1", "in portfolio \"Key\""] {
        assert!(doctor.out.contains(says), "{says}: {}", doctor.told());
    }
    converge(&night);
    for (pair, own) in PAIRS.iter().zip(["eu.example", "top.example", "key.example"]) {
        for host in ["eu.example", "top.example", "key.example"] {
            let there = (business(&night, pair, host).is_some(), host == own);
            assert_eq!(there.0, there.1, "{host} in {pair}");
            let email = format!("ann@{host}");
            assert_eq!(contact(&night, pair, &email).is_some(), there.1, "{email} in {pair}");
        }
    }

    // From the first slice to the second: its label goes, and it becomes a vendor of tier 1.
    edit_vendor(&night, "eu.example", json!({ "labels": ["moved"], "tier": 1 }));
    let before = location(&night, "pair-1");
    let ann = contact(&night, "pair-1", "ann@eu.example").expect("the contact");
    let effects = night.sandbox.effects().len();
    converge(&night);
    assert!(business(&night, "pair-2", "eu.example").is_some());
    assert_eq!(location(&night, "pair-1"), before, "nothing is written, made or deleted");

    // Somebody in the first location edits what is dormant there.
    let tags: Vec<String> =
        labels::items(&ann, "tags").into_iter().chain(["ug:hot".to_owned()]).collect();
    night.sandbox.person(&json!({
        "side": "highlevel", "location": before["location_id"], "entity": "contact",
        "id": ann["id"], "set": { "tags": tags },
    }));
    let dormant = location(&night, "pair-1");
    converge(&night);
    assert_eq!(labels::items(&vendor(&night, "eu.example"), "labels"), ["moved".to_owned()].into());
    assert_eq!(location(&night, "pair-1"), dormant);
    let says = "outside the slice that this pair is about";
    night.run(&["--pair", "pair-1", "explain", &text(&ann["id"])]).exits(0).says(&[says]);

    // It comes back: the tag reaches the vendor, the vendor's new label the contact, and the second
    // location, which is still about it, both.
    edit_vendor(&night, "eu.example", json!({ "labels": ["moved", "EU-north"] }));
    converge(&night);
    let expected = ["EU-north", "hot", "moved"].map(str::to_owned).into();
    assert_eq!(labels::items(&vendor(&night, "eu.example"), "labels"), expected);
    for pair in ["pair-1", "pair-2"] {
        let ann = contact(&night, pair, "ann@eu.example").expect("the contact");
        let tags = labels::items(&ann, "tags");
        for tag in ["ug:eu-north", "ug:hot", "ug:moved"] {
            assert!(tags.contains(tag), "{tag} in {pair}: {tags:?}");
        }
    }
    let deleted = |it: &Value| it["field"].is_null() && it["after"].is_null();
    let effects = night.sandbox.api_effects_from(effects);
    assert!(!effects.iter().any(deleted), "{effects:#?}");
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn another_slice_in_the_configuration_is_asked_about_before_it_makes_a_night_of_changes() {
    let night = sliced(42);
    converge(&night);
    night.configure(|text| text.replace(r#"labels = ["eu*"]"#, r#"labels = ["*"]"#));
    made(&night, "more.example", &json!({ "labels": ["us"] }));
    let effects = night.sandbox.effects().len();
    let pair = ["--pair", "pair-1"];
    night.run(&[&pair[..], &["reconcile"]].concat()).exits(5).says(&["mapping was edited"]);
    assert!(night.sandbox.api_effects_from(effects).is_empty());
    night.configure(|text| text.replace(r#"labels = ["*"]"#, r#"labels = ["nobody"]"#));
    night.run(&[&pair[..], &["reconcile"]].concat()).exits(5).says(&["this pair's slice has 0"]);
    night.run(&[&pair[..], &["doctor"]].concat()).says(&["✗ slice", "labelled nobody"]);
    let ran = night.run(&["config", "check"]).exits(0);
    assert!(ran.out.contains("vendors of tier 1"), "{}", ran.told());
}

#[test]
fn a_slice_with_a_misspelt_key_or_nothing_in_a_list_is_told_at_its_line() {
    let night = sliced(43);
    let good = std::fs::read_to_string(night.config()).expect("the configuration");
    for (wrong, says) in [
        ("label = [\"eu\"]", "did you mean labels?"),
        ("tiers = [0]", "tiers begin with 1"),
        ("portfolios = [\" \"]", "a portfolio has a name"),
    ] {
        night.configure(|_| good.replace("tiers = [1]", wrong));
        let ran = night.run(&["config", "check"]).exits(2);
        assert!(ran.err.contains(says), "{says}: {}", ran.told());
    }
    night.configure(|_| good.replace("tiers = [1]", "tiers = [1, 2]"));
    let shown = night.run(&["config", "show", "--origin"]).exits(0);
    assert!(shown.out.contains("tiers = [1, 2]"), "{}", shown.told());
    assert_eq!(text(&Value::from(night.sandbox.requests())), "0");
}
