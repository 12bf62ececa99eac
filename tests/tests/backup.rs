//! What if an old backup is put in the place of the newest state? It is refused wherever something else knows
//! better, and gone on from once a person says so.

use std::fs;
use std::path::Path;

use concordat_oracle::{text, twins};
use concordat_tests::night::{Night, copy, waiting};
use serde_json::{Value, json};

const ADOPT: [&str; 4] = ["state", "adopt-backup", "--reason", "the disk is lost"];

/// Two systems that agreed, a backup of the state, and a night after it in which somebody was made.
fn with_backup(seed: u64) -> Night {
    let night = Night::falls(seed, 6, 8);
    night.first_agreement();
    drop(night.run(&["reconcile"]));
    copy(&night.state_dir(), &night.file("backup"));
    let state = night.sandbox.state();
    let vendors = state["upguard"]["vendors"].as_array().expect("vendors");
    let create = json!({
        "vendor_id": text(&vendors[0]["id"]), "name": "Nia Later",
        "email_address": "nia.later@example.com",
    });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "contact", "create": create }));
    let before = made(&night);
    reconciles(&night);
    assert_eq!(made(&night), before + 1);
    // The index of HighLevel knows of it by then.
    night.sandbox.minutes_pass(2);
    night
}

fn made(night: &Night) -> usize {
    let effects = night.sandbox.effects();
    let is_made = |it: &&Value| it["entity"] == "contact" && it["side"] == "highlevel";
    effects.iter().filter(is_made).filter(|it| it["field"].is_null()).count()
}

fn reconciles(night: &Night) -> Value {
    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    ran.json()
}

fn put_back(night: &Night, part: &str) {
    let (from, to) = (night.file("backup").join(part), night.state_dir().join(part));
    fs::remove_dir_all(&to).expect("what is replaced");
    copy(&from, &to);
}

#[track_caller]
fn is_refused(night: &Night) {
    let (writes, ledger) = (night.sandbox.writing_requests(), frames(&night.state_dir()));
    for command in [&["reconcile"][..], &["plan"]] {
        night.run(command).exits(13).says(&["error[C0606]", "state adopt-backup"]);
    }
    assert_eq!(night.sandbox.writing_requests(), writes);
    assert!(frames(&night.state_dir()) >= ledger);
}

fn frames(state: &Path) -> u64 {
    let entries = fs::read_dir(state.join("ledger")).expect("a ledger").flatten();
    let frames = entries.filter(|it| it.file_name().to_string_lossy().ends_with(".frames"));
    frames.map(|it| it.metadata().expect("a file").len()).sum()
}

#[track_caller]
fn is_adopted(night: &Night) {
    night.run(&["state", "adopt-backup"]).exits(2);
    night.run(&ADOPT).exits(0).says(&["what came after this backup is lost"]);
    night.run(&["doctor"]).says(&["it is a backup, adopted", "nothing is archived or deleted yet"]);
    reconciles(night);
    night.finds_nothing();
    assert_eq!(twins::made_twice(&night.sandbox.effects()), Vec::<String>::new());
    night.run(&["history", "list"]).exits(0).says(&["went on from a backup", "the disk is lost"]);
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn an_old_ledger_is_refused_until_a_person_goes_on_from_it() {
    let night = with_backup(1);
    put_back(&night, "ledger");
    is_refused(&night);
    // Whoever deletes the mirror, which costs nothing, does not get round it.
    fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror");
    is_refused(&night);
    is_adopted(&night);
}

#[test]
fn a_state_that_was_put_back_whole_is_known_by_what_it_never_made() {
    let night = with_backup(2);
    put_back(&night, "");
    is_refused(&night);
    is_adopted(&night);
}

#[test]
fn nothing_is_archived_before_an_adopted_backup_agrees_on_everything() {
    let night = with_backup(3);
    let state = night.sandbox.state();
    let people = state["upguard"]["contacts"].as_array().expect("people");
    let nia = people.iter().find(|it| it["email_address"] == "nia.later@example.com");
    let nia = text(&nia.expect("who was made")["id"]);
    night
        .sandbox
        .person(&json!({ "side": "upguard", "entity": "contact", "id": nia, "delete": true }));
    for _ in 0..3 {
        night.run(&["pull"]).exits(0);
    }
    night.run(&ADOPT).exits(0);
    let archived = |night: &Night| {
        let contacts = night.sandbox.state()["highlevel"]["contacts"].to_string();
        contacts.contains("concordat:archived")
    };
    let run = reconciles(&night);
    let held = run["held"].as_array().expect("held");
    assert!(held.iter().any(|it| it["why"]["rule"] == "from_backup"), "{run:#}");
    assert!(!archived(&night));
    reconciles(&night);
    assert!(archived(&night), "from then on all is as usual");
    night.finds_nothing();
}
