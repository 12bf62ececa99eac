//! What if a night asks only some of those who might have something to say? Nothing is made or taken for
//! gone because somebody was not asked, and what people did there is seen in time. Over HTTP, with so few
//! asked in each run as there never are in a small organisation.

use std::collections::BTreeSet;
use std::fs;

use concordat_oracle::{rows, text};
use concordat_tests::night::{Night, waiting};
use serde_json::{Value, json};

const NOTES: &str = "/contacts/{contactId}/notes";
const PEOPLE: &str = "/vendor/contact/list";

/// A world after its first agreement, with one contact and one vendor asked in each run beside those that
/// moved.
fn sparing() -> Night {
    let night = Night::falls(3, 24, 72);
    let pull =
        "[pull]\nowners_min = 1\nnotes_staleness = \"7d\"\nvendor_contacts_staleness = \"7d\"\n";
    night.configure(|text| format!("{text}\n{pull}"));
    night.first_agreement();
    // Until the search index shows what was made.
    night.sandbox.minutes_pass(10);
    night
}

/// How many requests for `path` a run sends that has nothing to do.
fn quiet(night: &Night, path: &str) -> (u64, Value) {
    let before = night.sandbox.requests_for(path);
    let run = night.finds_nothing();
    (night.sandbox.requests_for(path) - before, run)
}

/// At how many contacts these notes stand.
fn owners(notes: &[Value]) -> u64 {
    notes.iter().map(|it| text(&it["contactId"])).collect::<BTreeSet<_>>().len() as u64
}

/// The notes of ours that are kept up to date.
fn kept(night: &Night) -> Vec<Value> {
    let state = night.sandbox.state();
    let is_kept = |it: &&Value| text(&it["body"]).starts_with("UpGuard's note on this");
    rows(&state["highlevel"]["notes"]).iter().filter(is_kept).cloned().collect()
}

#[test]
fn a_run_asks_few_contacts_and_an_edit_is_told_within_the_staleness() {
    let night = sparing();
    let notes = kept(&night);
    let contacts = owners(&notes);
    assert!(contacts >= 7, "this world has notes: {contacts}");
    let (first, _) = quiet(&night, NOTES);
    assert_eq!(first, contacts, "where a note was made is looked at once");
    // Stamps and listings may fall into the same second.
    night.sandbox.minutes_pass(1);
    quiet(&night, NOTES);
    let (next, _) = quiet(&night, NOTES);
    assert_eq!(next, 1, "then one after the other");

    for note in &notes {
        let edited = json!({ "body": format!("{} Ask Ada.", text(&note["body"])) });
        night.sandbox.edit("highlevel", "note", &text(&note["id"]), edited);
    }
    let mut told = 0;
    for _ in 0..8 {
        night.sandbox.minutes_pass(24 * 60);
        let (asked, run) = quiet(&night, NOTES);
        assert!(asked <= contacts.div_ceil(7) + 1, "a seventh of {contacts}, and not {asked}");
        told += rows(&run["drift"]).len();
    }
    assert_eq!(told, notes.len(), "each once");
}

#[test]
fn an_edit_is_told_at_once_where_everything_is_asked() {
    let night = sparing();
    let notes = kept(&night);
    night.sandbox.minutes_pass(1);
    quiet(&night, NOTES);
    quiet(&night, NOTES);
    for note in &notes {
        let edited = json!({ "body": format!("{} Ask Ada.", text(&note["body"])) });
        night.sandbox.edit("highlevel", "note", &text(&note["id"]), edited);
    }
    let ran = night.run(&["--json", "reconcile", "--full"]);
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    assert_eq!(rows(&run["drift"]).len(), notes.len());
}

#[test]
fn a_lost_mirror_asks_everybody_and_nothing_is_made_twice() {
    let night = sparing();
    quiet(&night, NOTES);
    let before = kept(&night);
    fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
    let (asked, _) = quiet(&night, NOTES);
    assert_eq!(asked, owners(&before));
    assert_eq!(kept(&night), before);
}

#[test]
fn a_person_is_not_gone_because_the_vendor_was_not_asked() {
    let night = sparing();
    let vendors = rows(&night.sandbox.state()["upguard"]["vendors"]).len() as u64;
    let (asked, _) = quiet(&night, PEOPLE);
    assert!(asked < vendors / 2, "{asked} of {vendors}");
    let person = linked_person(&night);
    let id = person["id"].to_string();
    night.sandbox.person(
        &json!({ "side": "upguard", "entity": "contact", "id": person["id"], "delete": true }),
    );
    let archived = || {
        let contacts = night.sandbox.state();
        let contacts = rows(&contacts["highlevel"]["contacts"]).to_vec();
        let email = text(&person["email_address"]).to_lowercase();
        let contact = contacts.iter().find(|it| text(&it["email"]).to_lowercase() == email);
        let contact = contact.unwrap_or_else(|| panic!("no contact of {id}")).clone();
        rows(&contact["tags"]).iter().any(|it| it == "concordat:archived")
    };
    // It takes until the vendor is asked, and then the quarantine: one more run, that asks all.
    let mut nights = 0;
    while !archived() {
        nights += 1;
        assert!(nights <= 9, "not archived within staleness and quarantine");
        night.sandbox.minutes_pass(24 * 60);
        let ran = night.run(&["--json", "reconcile"]);
        assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
    }
    assert!(nights >= 2, "two listings have to miss it");
}

/// A person of UpGuard with a contact of the same address, and no other person of that address.
fn linked_person(night: &Night) -> Value {
    let state = night.sandbox.state();
    let email = |it: &Value, name: &str| text(&it[name]).to_lowercase();
    let people = rows(&state["upguard"]["contacts"]);
    let contacts = rows(&state["highlevel"]["contacts"]);
    let is_one = |it: &&Value| {
        let address = email(it, "email_address");
        !address.is_empty()
            && people.iter().filter(|other| email(other, "email_address") == address).count() == 1
            && contacts.iter().filter(|other| email(other, "email") == address).count() == 1
    };
    people.iter().find(is_one).expect("one").clone()
}
