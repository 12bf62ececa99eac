//! What becomes of people who leave, as the program does it over HTTP? They are archived after two
//! nights and never sooner, come back as they were, and what the CRM deletes stays deleted until somebody
//! asks for it.

use concordat_oracle::{rows, text};
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

/// Two systems in agreement.
fn agreed(seed: u64) -> Night {
    let night = Night::falls(seed, 10, 18);
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    night.sandbox.minutes_pass(24 * 60);
    until_quiet(&night);
    night
}

/// One nightly run, in which nothing goes wrong.
fn nightly(night: &Night) -> Value {
    night.sandbox.minutes_pass(24 * 60);
    let ran = night.run(&["--json", "reconcile"]);
    assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    run
}

fn until_quiet(night: &Night) {
    for _ in 0..4 {
        if nightly(night)["operations"] == 0 {
            return;
        }
    }
    night.finds_nothing();
}

/// A person whose contact in the CRM is nobody else's: the UpGuard record, and the id of the contact.
fn pairs(night: &Night) -> Vec<(Value, String)> {
    let state = night.sandbox.state();
    let contacts = rows(&state["highlevel"]["contacts"]);
    let people = rows(&state["upguard"]["contacts"]);
    let mail = |it: &Value, name: &str| text(&it[name]).to_lowercase();
    let alone = |it: &&Value| {
        let same = |other: &&&Value| mail(other, "email_address") == mail(it, "email_address");
        !mail(it, "email_address").is_empty() && people.iter().filter(|it| same(&it)).count() == 1
    };
    let pair = |it: &Value| {
        let found: Vec<&Value> =
            contacts.iter().filter(|c| mail(c, "email") == mail(it, "email_address")).collect();
        match found.as_slice() {
            [one] => Some((it.clone(), text(&one["id"]))),
            _ => None,
        }
    };
    people.iter().filter(alone).filter_map(pair).collect()
}

fn tags(night: &Night, id: &str) -> Vec<String> {
    let state = night.sandbox.state();
    let contacts = rows(&state["highlevel"]["contacts"]);
    let contact = contacts.iter().find(|it| text(&it["id"]) == id).expect("the contact");
    contact["tags"].as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
}

fn is_archived(night: &Night, id: &str) -> bool {
    tags(night, id).iter().any(|it| it == "concordat:archived")
}

fn gone(night: &Night, side: &str, id: &Value) {
    night.sandbox.person(&json!({ "side": side, "entity": "contact", "id": id, "delete": true }));
}

fn quarantined(night: &Night) -> Vec<Value> {
    rows(&night.document(0, &["quarantine", "list"])["quarantined"]).to_vec()
}

#[test]
fn a_person_deleted_in_upguard_is_archived_after_two_nights_and_not_if_somebody_edits_or_objects() {
    let night = agreed(6);
    let all = pairs(&night);
    let [(left, contact), (edited, kept), (objected, spared), ..] = &all[..] else {
        panic!("{all:?}")
    };
    for person in [left, edited, objected] {
        gone(&night, "upguard", &person["id"]);
    }
    night.sandbox.edit("highlevel", "contact", kept, json!({ "lastName": "Edited" }));
    let run = nightly(&night);
    assert_eq!(run["planned"]["highlevel"]["archives"], 0, "nobody is archived the first night");
    let waits = quarantined(&night);
    assert_eq!(waits.len(), 2, "an edit wins: {waits:#?}");
    night.run(&["quarantine", "list"]).exits(0).says(&["if one more complete listing misses it"]);
    let of = |id: &str| waits.iter().find(|it| text(&it["record"]["id"]) == id).expect("it waits");
    let id = text(&of(spared)["id"]);
    let cancel = ["quarantine", "cancel", &id, "--reason", "on leave"];
    night.run(&cancel).exits(0).says(&["not archived as long as it stays gone"]);
    night.run(&["quarantine", "approve", "q-NOBODY"]).exits(2).says(&["quarantine list"]);

    let run = nightly(&night);
    assert_eq!(run["planned"]["highlevel"]["archives"], 1, "{run:#}");
    assert!(is_archived(&night, contact), "the second night");
    assert!(!is_archived(&night, kept) && !is_archived(&night, spared));
    night
        .run(&["explain", contact])
        .exits(0)
        .says(&["it was archived, because its UpGuard record"]);
    night.run(&["explain", kept]).exits(0).says(&["an edit wins"]);
    night.run(&["history", "list"]).exits(0).says(&["on leave", "its UpGuard record is gone"]);
    night.run(&["quarantine", "approve", &id]).exits(0).says(&["by the next run"]);
    nightly(&night);
    assert!(is_archived(&night, spared), "a person may change their mind");
    until_quiet(&night);

    // She is hired again: a new record of the same person takes the old one's place.
    let create = json!({ "vendor_id": left["vendor_id"], "name": left["name"],
        "email_address": left["email_address"] });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": create }));
    let before = rows(&night.sandbox.state()["highlevel"]["contacts"]).len();
    nightly(&night);
    assert!(!is_archived(&night, contact), "{:?}", tags(&night, contact));
    until_quiet(&night);
    assert_eq!(rows(&night.sandbox.state()["highlevel"]["contacts"]).len(), before, "nobody twice");
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn a_listing_that_was_cut_off_archives_nothing() {
    let night = agreed(2);
    let (left, contact) = pairs(&night).remove(0);
    gone(&night, "upguard", &left["id"]);
    nightly(&night);
    night.sandbox.turn(json!({ "error_before_effect": [
        { "system": "upguard", "path": "/vendor/contact/list" },
    ]}));
    night.sandbox.minutes_pass(24 * 60);
    night.run(&["reconcile"]).exits(3).says(&["incomplete"]);
    assert!(!is_archived(&night, &contact));
    night.sandbox.turn(json!({ "error_before_effect": null }));
    nightly(&night);
    assert!(is_archived(&night, &contact));
}

#[test]
fn what_the_crm_deletes_stays_deleted_until_somebody_asks_for_it() {
    let night = agreed(3);
    let (person, contact) = pairs(&night).remove(0);
    gone(&night, "highlevel", &json!(contact));
    let count = || rows(&night.sandbox.state()["highlevel"]["contacts"]).len();
    let (before, from) = (count(), night.sandbox.effects().len());
    nightly(&night);
    let run = nightly(&night);
    assert_eq!(rows(&run["dismissals"]).len(), 1, "{run:#}");
    until_quiet(&night);
    assert_eq!(count(), before, "it is not made again");
    let api = night.sandbox.api_effects_from(from);
    assert!(api.iter().all(|it| it["side"] != "upguard"), "and never deleted there: {api:#?}");

    let listed = night.document(0, &["matches", "list"]);
    let case = text(&rows(&listed["dismissed"])[0]["case"]);
    night.run(&["matches", "list"]).exits(0).says(&["1 record was deleted", &case]);
    night.run(&["explain", &text(&person["id"])]).exits(0).says(&["it was deleted in HighLevel"]);
    night.run(&["matches", "decide", &case, "--create"]).exits(0).says(&["a new record is made"]);
    nightly(&night);
    assert_eq!(count(), before + 1);
    until_quiet(&night);
    assert_eq!(count(), before + 1, "once");
    assert!(rows(&night.document(0, &["matches", "list"])["dismissed"]).is_empty());
}

#[test]
fn contacts_merged_in_the_crm_and_a_vendor_added_again_are_followed() {
    let night = agreed(4);
    let all = pairs(&night);
    let (person, contact) = &all[0];
    // Somebody enters the same person by hand, and merges ours into that.
    let name = text(&person["name"]);
    let first = name.split(' ').next().expect("a name");
    let master = json!({ "firstName": first, "lastName": "Atdesk", "tags": ["vip"] });
    night.sandbox.person(&json!({ "side": "highlevel", "entity": "contact", "create": master }));
    let state = night.sandbox.state();
    let contacts = rows(&state["highlevel"]["contacts"]);
    let master = contacts.iter().find(|it| it["lastName"] == "Atdesk").expect("the new one");
    let deed =
        json!({ "side": "highlevel", "entity": "contact", "id": master["id"], "merge": [contact] });
    night.sandbox.person(&deed);
    let before = tags(&night, &text(&master["id"]));
    let count = || rows(&night.sandbox.state()["highlevel"]["contacts"]).len();
    let contacts = count();
    nightly(&night);
    until_quiet(&night);
    assert_eq!(count(), contacts, "nobody is made twice");
    let after = tags(&night, &text(&master["id"]));
    assert!(before.iter().all(|it| after.contains(it)), "{before:?} {after:?}");
    night.run(&["explain", &text(&master["id"])]).exits(0).says(&[&text(&person["id"])]);

    // A vendor is removed and added again, with its people.
    let state = night.sandbox.state();
    let vendor = rows(&state["upguard"]["vendors"])
        .iter()
        .find(|it| it["id"] == all[1].0["vendor_id"])
        .expect("a vendor")
        .clone();
    let people: Vec<Value> = rows(&state["upguard"]["contacts"])
        .iter()
        .filter(|it| it["vendor_id"] == vendor["id"])
        .cloned()
        .collect();
    let tagged = tags(&night, &all[1].1);
    let deed = |side: &str, entity: &str| json!({ "side": side, "entity": entity });
    let mut remove = deed("upguard", "vendor");
    (remove["id"], remove["delete"]) = (vendor["id"].clone(), json!(true));
    night.sandbox.person(&remove);
    let mut add = deed("upguard", "vendor");
    add["create"] =
        json!({ "name": vendor["name"], "primary_hostname": vendor["primary_hostname"] });
    night.sandbox.person(&add);
    let state = night.sandbox.state();
    let again = rows(&state["upguard"]["vendors"])
        .iter()
        .find(|it| it["primary_hostname"] == vendor["primary_hostname"])
        .expect("it is there again")
        .clone();
    assert_ne!(again["id"], vendor["id"]);
    for person in &people {
        let mut add = deed("upguard", "contact");
        add["create"] = json!({ "vendor_id": again["id"], "name": person["name"],
            "email_address": person["email_address"], "phone_mobile": person["phone_mobile"] });
        night.sandbox.person(&add);
    }
    let businesses = rows(&state["highlevel"]["businesses"]).len();
    until_quiet(&night);
    let state = night.sandbox.state();
    assert_eq!(rows(&state["highlevel"]["businesses"]).len(), businesses, "no business twice");
    assert_eq!(count(), contacts, "no contact twice");
    let now = tags(&night, &all[1].1);
    assert!(tagged.iter().all(|it| now.contains(it)), "no tag vanishes: {tagged:?} {now:?}");
}

#[test]
fn a_vendor_that_is_not_monitored_any_more_is_left_alone() {
    let night = agreed(5);
    let (person, contact) = pairs(&night).remove(0);
    let vendor = text(&person["vendor_id"]);
    let watch = |monitored: bool| {
        night.sandbox.edit("upguard", "vendor", &vendor, json!({ "monitored": monitored }));
    };
    night.sandbox.turn(json!({ "upguard_unmonitored_contacts": false }));
    watch(false);
    let from = night.sandbox.effects().len();
    for _ in 0..3 {
        nightly(&night);
    }
    assert!(
        night.sandbox.api_effects_from(from).is_empty(),
        "nothing is written, nothing archived"
    );
    assert!(quarantined(&night).is_empty());
    night.run(&["explain", &contact]).exits(0).says(&["does not watch it any more"]);
    watch(true);
    let from = night.sandbox.effects().len();
    nightly(&night);
    assert!(night.sandbox.api_effects_from(from).is_empty(), "and everything is as it was");
    night.finds_nothing();
}
