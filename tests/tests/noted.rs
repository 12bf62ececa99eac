//! What becomes of what UpGuard tells and notes, night by night, over HTTP: each is a note once, is kept up
//! to date where it can change, and neither a deletion nor a kill makes a second one.

use std::fs;
use std::thread;

use concordat_oracle::{reported, rows, text};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{Night, Population, waiting};
use serde_json::{Value, json};

/// A world after its first agreement, a day later; and one of its vendors that has a contact in the CRM.
fn a_day_later() -> (Night, Value) {
    let night = Night::falls(3, 12, 24);
    night.first_agreement();
    night.sandbox.minutes_pass(24 * 60);
    let vendor = vendor_with_contact(&night);
    (night, vendor)
}

fn vendor_with_contact(night: &Night) -> Value {
    let state = night.sandbox.state();
    let emails: Vec<String> = rows(&state["highlevel"]["contacts"])
        .iter()
        .map(|it| text(&it["email"]).to_lowercase())
        .collect();
    let people = rows(&state["upguard"]["contacts"]);
    let is_there = |it: &&Value| emails.contains(&text(&it["email_address"]).to_lowercase());
    let person =
        people.iter().filter(|it| it["email_address"].is_string()).find(is_there).expect("one");
    let vendors = rows(&state["upguard"]["vendors"]);
    vendors.iter().find(|it| it["id"] == person["vendor_id"]).expect("their vendor").clone()
}

fn tells(night: &Night, vendor: &Value, says: &str) {
    night.sandbox.person(&json!({ "side": "upguard", "entity": "notification", "create": {
        "type": "RiskAssessmentPublished", "description": says,
        "context": { "Domain": vendor["primary_hostname"] },
    }}));
}

/// The notes that say so, in the order in which they were made.
fn notes(night: &Night, says: &str) -> Vec<Value> {
    let state = night.sandbox.state();
    let all = rows(&state["highlevel"]["notes"]);
    let mut notes: Vec<Value> =
        all.iter().filter(|it| text(&it["body"]).contains(says)).cloned().collect();
    notes.sort_by_key(|it| text(&it["dateAdded"]));
    notes
}

fn reconciled(night: &Night) -> Value {
    let before = night.sandbox.effects().len();
    let ran = night.run(&["--json", "reconcile"]);
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    let complaints = reported::differs(&night.sandbox.api_effects_from(before), &run);
    assert!(complaints.is_empty(), "{complaints:#?}");
    run
}

#[test]
fn what_is_noted_at_the_first_agreement_is_there_in_one_night() {
    let night = Night::falls(3, 12, 24);
    night.first_agreement();
    night.finds_nothing();
    let state = night.sandbox.state();
    let people = rows(&state["upguard"]["contacts"]);
    let noted = people.iter().filter(|it| it["notes"].is_string()).count();
    assert!(noted > 0, "this world has notes");
    assert!(!notes(&night, "UpGuard's note on this person").is_empty());
    assert!(!notes(&night, "UpGuard's note on this vendor").is_empty());
}

#[test]
fn a_notification_is_noted_once_and_a_deleted_note_stays_deleted() {
    let (night, vendor) = a_day_later();
    tells(&night, &vendor, "A risk assessment was published.");
    reconciled(&night);
    let [note] = notes(&night, "A risk assessment was published.").try_into().expect("one note");
    let head = text(&note["body"]);
    assert!(head.starts_with("UpGuard · RiskAssessmentPublished · 20"), "{head}");
    night.finds_nothing();
    night.sandbox.person(
        &json!({ "side": "highlevel", "entity": "note", "id": note["id"], "delete": true }),
    );
    night.finds_nothing();
    fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
    night.finds_nothing();
    night.sandbox.minutes_pass(8 * 24 * 60);
    night.finds_nothing();
    assert!(notes(&night, "A risk assessment was published.").is_empty());
}

#[test]
fn what_is_noted_is_kept_up_to_date_and_an_edit_is_told() {
    let (night, vendor) = a_day_later();
    let id = vendor["id"].to_string();
    let set = |note: &str| night.sandbox.edit("upguard", "vendor", &id, json!({ "note": note }));
    set("Renewal in March.");
    reconciled(&night);
    let [first] = notes(&night, "Renewal in March.").try_into().expect("one note");
    night.finds_nothing();

    let edited = json!({ "body": format!("{} Ask Ada.", text(&first["body"])) });
    night.sandbox.edit("highlevel", "note", &text(&first["id"]), edited);
    let run = night.finds_nothing();
    assert_eq!(rows(&run["drift"]).len(), 1, "{run:#}");
    assert_eq!(rows(&night.finds_nothing()["drift"]).len(), 0, "told once");

    set("Renewal in April.");
    night.finds_nothing();
    night.sandbox.minutes_pass(21 * 60);
    reconciled(&night);
    let [second] = notes(&night, "Renewal in April.").try_into().expect("one note");
    assert_eq!((&second["id"], &second["title"]), (&first["id"], &first["title"]), "in place");

    set("");
    night.sandbox.minutes_pass(21 * 60);
    reconciled(&night);
    let state = night.sandbox.state();
    let note = rows(&state["highlevel"]["notes"]).iter().find(|it| it["id"] == first["id"]);
    let body = text(&note.expect("the note")["body"]);
    assert!(body.starts_with("UpGuard's note on this vendor: nothing"), "{body}");
    night.finds_nothing();
}

#[test]
fn without_the_permission_the_rest_goes_on_and_doctor_says_what_is_missing() {
    let (night, vendor) = a_day_later();
    night.sandbox.turn(json!({ "upguard_permissions": ["Platform", "VendorRisk", "BreachRisk"] }));
    tells(&night, &vendor, "Nobody hears of this.");
    let id = vendor["id"].to_string();
    night.sandbox.edit("upguard", "vendor", &id, json!({ "note": "Renewal in March." }));
    night.run(&["reconcile"]).exits(3).says(&["notification", "Admin"]);
    assert_eq!(notes(&night, "Renewal in March.").len(), 1);
    assert!(notes(&night, "Nobody hears of this.").is_empty());
    night.run(&["doctor"]).exits(4).says(&["notifications", "Admin", "[mapping.activity]"]);
    night.configure(|text| format!("{text}\n[mapping.activity]\nenabled = false\n"));
    night.run(&["doctor"]).exits(0);
}

/// A text of three parts, killed at each of its writes, before it arrives and after.
#[test]
fn a_long_text_that_was_cut_short_is_finished_once() {
    thread::scope(|nights| {
        for nth in 1..=3 {
            for held in [Held::Going, Held::Coming] {
                nights.spawn(move || cut_short(nth, held));
            }
        }
    });
}

fn cut_short(nth: u64, held: Held) {
    let (night, vendor) = a_day_later();
    let gate = Gate::before(night.sandbox.contract("/highlevel/base_url"));
    night.configure(|text| gate.through(text));
    tells(&night, &vendor, &"word ".repeat(2500));
    gate.close_at(nth, held);
    let child = night.start(&["reconcile"]);
    until("the write to die at", || gate.holds());
    child.kill();
    gate.open();
    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    night.finds_nothing();
    let heads: Vec<String> = notes(&night, "RiskAssessmentPublished")
        .iter()
        .map(|it| text(&it["body"]).lines().next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(heads.len(), 3, "{nth} {held:?}: {heads:#?}");
    for (number, head) in (1..).zip(&heads) {
        assert!(head.ends_with(&format!("part {number}/3")), "{nth} {held:?}: {heads:#?}");
    }
    let words: usize = notes(&night, "RiskAssessmentPublished")
        .iter()
        .map(|it| text(&it["body"]).matches("word").count())
        .sum();
    assert_eq!(words, 2500);
}

/// A note about a threat that is longer than a comment may be.
#[test]
fn a_long_note_about_a_threat_becomes_several_comments_once() {
    let night =
        Night::over(Population { seed: 5, vendors: 3, contacts: 6, threats: 6, locations: 1 });
    night.first_agreement();
    night.sandbox.minutes_pass(60);
    let state = night.sandbox.state();
    let threats = rows(&state["upguard"]["threats"]);
    let is_investigated = |it: &&Value| it["threat_status"] == "investigating";
    let threat = threats.iter().find(is_investigated).expect("an investigated threat");
    let tasks = rows(&state["highlevel"]["tasks"]);
    let task = tasks.iter().find(|it| it["title"] == threat["title"]).expect("its task");
    let body = text(&task["body"]);
    let reference = body.lines().find(|it| it.starts_with("[T-")).expect("a reference");
    let long = format!("{reference} {}", "word ".repeat(1500));
    night.sandbox.person(&json!({ "side": "highlevel", "entity": "note",
        "create": { "contactId": task["contactId"], "body": long } }));
    let ran = night.run(&["--json", "reconcile"]);
    assert_eq!(ran.code, Some(waiting(&ran.json())), "{}", ran.told());
    night.finds_nothing();
    let state = night.sandbox.state();
    let threats = rows(&state["upguard"]["threats"]);
    let it = threats.iter().find(|it| it["uuid"] == threat["uuid"]).expect("the threat");
    let said: Vec<String> = rows(&it["comments"]).iter().map(|it| text(&it["content"])).collect();
    let ours: Vec<&String> = said.iter().filter(|it| it.contains("word word")).collect();
    assert_eq!(ours.len(), 2, "{said:#?}");
    assert!(ours.iter().all(|it| it.chars().count() <= 4000));
    let words: usize = ours.iter().map(|it| it.matches("word").count()).sum();
    assert_eq!(words, 1500);
    assert_eq!(notes(&night, "word word").len(), 1, "no part comes back");
}
