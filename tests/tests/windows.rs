//! What if a run asks HighLevel only for the contacts that moved? What people do is seen as if all were
//! listed, and who is gone is told by the listings of all. Over HTTP.

use concordat_oracle::{rows, text};
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

const SEARCH: &str = "/contacts/search";

/// A world after its first agreement, three hours later, whose contacts count as many; its search index lags
/// by a minute.
fn many() -> Night {
    let night = Night::falls(5, 12, 40);
    night.configure(|text| format!("{text}\n[pull]\ncontacts_min = 5\nfull_every = \"20h\"\n"));
    night.first_agreement();
    night.sandbox.minutes_pass(60);
    night.finds_nothing();
    night.sandbox.turn(json!({ "index_lag_seconds": 60 }));
    night.sandbox.minutes_pass(180);
    night
}

fn reconciled(night: &Night) -> Value {
    let ran = night.run(&["--json", "reconcile"]);
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    run
}

fn contacts(night: &Night) -> Vec<Value> {
    rows(&night.sandbox.state()["highlevel"]["contacts"]).to_vec()
}

/// A contact that we keep, with its person in UpGuard, who has its address alone: the first or another.
fn kept(night: &Night, place: usize) -> (Value, Value) {
    let state = night.sandbox.state();
    let email = |it: &Value, name: &str| text(&it[name]).to_lowercase();
    let people = rows(&state["upguard"]["contacts"]);
    let contacts = rows(&state["highlevel"]["contacts"]);
    let alone = |address: &str| {
        people.iter().filter(|it| email(it, "email_address") == address).count() == 1
            && contacts.iter().filter(|it| email(it, "email") == address).count() == 1
    };
    let mut kept = people.iter().filter(|it| alone(&email(it, "email_address")));
    let person = kept.nth(place).expect("one");
    let address = email(person, "email_address");
    let contact = contacts.iter().find(|it| email(it, "email") == address).expect("one");
    (person.clone(), contact.clone())
}

#[test]
fn an_unchanged_run_searches_once_and_a_listing_of_all_comes_in_time() {
    let night = many();
    let mut searches = Vec::new();
    for _ in 0..3 {
        let before = night.sandbox.requests_for(SEARCH);
        let run = night.finds_nothing();
        assert_eq!(run["incomplete"], json!([]), "{run:#}");
        searches.push(night.sandbox.requests_for(SEARCH) - before);
        night.sandbox.minutes_pass(7 * 60);
    }
    assert_eq!(searches, [1; 3], "a page holds all of them, moved or not");
    night.nothing_is_overlooked();
}

#[test]
fn a_change_of_a_contact_is_seen_at_once_and_one_that_moves_no_stamp_in_time() {
    let night = many();
    let (_, contact) = kept(&night, 0);
    let id = text(&contact["id"]);
    night.sandbox.edit("highlevel", "contact", &id, json!({ "firstName": "Nobody" }));
    night.sandbox.minutes_pass(2);
    assert_eq!(rows(&night.finds_nothing()["drift"]).len(), 1, "an edit in the CRM is drift");

    // Not the same one: what moved lately is shown once more.
    let (_, contact) = kept(&night, 1);
    let id = text(&contact["id"]);
    night.sandbox.turn(json!({ "tag_moves_date_updated": false }));
    let mut tags = rows(&contact["tags"]).to_vec();
    tags.push(json!("ug:seen late"));
    night.sandbox.edit("highlevel", "contact", &id, json!({ "tags": tags }));
    night.sandbox.minutes_pass(20 * 60);
    night.run(&["pull"]).exits(0);
    night.run(&["explain", &id]).exits(0).says(&["seen late"]);
}

#[test]
fn a_contact_that_somebody_made_meanwhile_is_not_made_again() {
    let night = many();
    let (person, _) = kept(&night, 0);
    let address = "meanwhile@example.com";
    let made = json!({ "firstName": "Mia", "lastName": "Mayer", "email": address });
    let person = json!({
        "vendor_id": person["vendor_id"], "name": "Mia Mayer", "email_address": address,
    });
    night.sandbox.person(&json!({ "side": "highlevel", "entity": "contact", "create": made }));
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": person }));
    // Before the index shows it, and after.
    night.run(&["reconcile"]).exits(3).says(&["a record of the same identity appeared"]);
    night.sandbox.minutes_pass(2);
    reconciled(&night);
    night.finds_nothing();
    let count = contacts(&night).iter().filter(|it| it["email"] == address).count();
    assert_eq!(count, 1);
}

#[test]
fn a_person_whose_contact_is_not_there_gets_one_between_two_listings_of_all() {
    let night = many();
    let (person, _) = kept(&night, 0);
    let person = json!({
        "vendor_id": person["vendor_id"], "name": "Nia Noll", "email_address": "nia@example.com",
    });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": person }));
    reconciled(&night);
    assert!(contacts(&night).iter().any(|it| it["email"] == "nia@example.com"));
    night.sandbox.minutes_pass(2);
    reconciled(&night);
    night.finds_nothing();
}

#[test]
fn who_is_deleted_in_upguard_is_archived_though_most_runs_ask_for_what_moved() {
    let night = many();
    let (person, contact) = kept(&night, 0);
    night.sandbox.person(
        &json!({ "side": "upguard", "entity": "contact", "id": person["id"], "delete": true }),
    );
    for _ in 0..2 {
        reconciled(&night);
        night.sandbox.minutes_pass(60);
    }
    let now = contacts(&night).into_iter().find(|it| it["id"] == contact["id"]).expect("it");
    assert!(rows(&now["tags"]).contains(&json!("concordat:archived")), "{now:#}");
}

#[test]
fn a_contact_that_people_delete_is_gone_after_two_listings_of_all() {
    let night = many();
    let (_, contact) = kept(&night, 0);
    night.sandbox.person(
        &json!({ "side": "highlevel", "entity": "contact", "id": contact["id"], "delete": true }),
    );
    night.sandbox.minutes_pass(2);
    let dismissed = || !rows(&night.document(0, &["matches", "list"])["dismissed"]).is_empty();
    // What it was asked about first told that it is not there: from then on it is not asked about.
    let first = night.run(&["reconcile"]);
    assert!(matches!(first.code, Some(0 | 3 | 6)), "{}", first.told());
    for _ in 0..3 {
        night.finds_nothing();
        assert!(!dismissed(), "no listing of all missed it");
        night.sandbox.minutes_pass(60);
    }
    for _ in 0..3 {
        night.sandbox.minutes_pass(21 * 60);
        reconciled(&night);
    }
    assert!(dismissed(), "two listings of all missed it");
    let address = text(&contact["email"]);
    assert!(!contacts(&night).iter().any(|it| text(&it["email"]) == address));
}

#[test]
fn where_the_filter_is_not_understood_all_are_listed() {
    let night = many();
    night.sandbox.turn(json!({ "range_keys": "low_high" }));
    let before = night.sandbox.requests_for(SEARCH);
    night.finds_nothing();
    assert_eq!(night.sandbox.requests_for(SEARCH) - before, 2, "the window, and then all");
}
