//! What if people do everything they can in both systems between two nights: edit, delete, merge, make
//! new records, label, tag and rename companies? Nothing that people made is ever deleted, nothing is made twice, the
//! history tells of every write, and after a few nights nothing is left to do but what waits for people.

use std::thread;

use concordat_oracle::labels::items;
use concordat_oracle::{reported, rows, text, twins};
use concordat_tests::night::Night;
use concordat_tests::night::persons::{Dice, Side, Spot};
use serde_json::{Value, json};

const NIGHTS_MAX: usize = 4;

#[track_caller]
fn no_complaints(story: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{story}\n{}\n", complaints.join("\n"));
}

/// Some record of a kind, as it is now.
fn some(night: &Night, dice: &mut Dice, side: &str, list: &str) -> Option<Value> {
    let state = night.sandbox.state();
    let all = rows(&state[side][list]);
    if all.is_empty() { None } else { Some(all[dice.below(all.len())].clone()) }
}

/// One thing that somebody does.
fn deed(night: &Night, dice: &mut Dice, number: usize) -> Option<Value> {
    let fresh = format!("Person{number}");
    let mail = format!("person.{number}@new.example");
    let vendor = some(night, dice, "upguard", "vendors")?;
    let contact = some(night, dice, "upguard", "contacts");
    let person = some(night, dice, "highlevel", "contacts");
    let business = some(night, dice, "highlevel", "businesses");
    Some(match dice.below(18) {
        0 => json!({ "side": "upguard", "entity": "contact", "create":
            { "vendor_id": vendor["id"], "name": format!("{fresh} Smith"), "email_address": mail } }),
        1 => json!({ "side": "upguard", "entity": "contact", "create":
            { "vendor_id": vendor["id"], "name": format!("{fresh} Nomail") } }),
        2 => json!({ "side": "upguard", "entity": "vendor", "create":
            { "name": format!("New Vendor {number}"), "primary_hostname": format!("new{number}.example") } }),
        3 => json!({ "side": "highlevel", "entity": "contact", "create":
            { "firstName": fresh, "lastName": "Jones", "email": mail, "tags": ["vip"] } }),
        4 => json!({ "side": "highlevel", "entity": "business", "create":
            { "name": format!("New Business {number}"), "website": vendor["primary_hostname"] } }),
        5 => json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "set":
            { "name": format!("{fresh} Renamed"), "phone_mobile": format!("+1212555{number:04}") } }),
        6 => json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "set":
            { "email_address": mail } }),
        7 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "lastName": fresh, "phone": format!("+1646777{number:04}") } }),
        8 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "email": mail } }),
        9 => {
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "delete": true })
        }
        10 => {
            json!({ "side": "highlevel", "entity": "business", "id": business?["id"], "delete": true })
        }
        11 => {
            json!({ "side": "upguard", "entity": "contact", "id": contact?["id"], "delete": true })
        }
        12 => {
            let other = some(night, dice, "highlevel", "contacts")?;
            let master = person?;
            if master["id"] == other["id"] {
                return None;
            }
            json!({ "side": "highlevel", "entity": "contact", "id": master["id"], "merge": [other["id"]] })
        }
        13 => {
            let mut labels = items(&vendor, "labels");
            labels.pop_last();
            labels.insert(format!("Label {number}"));
            json!({ "side": "upguard", "entity": "vendor", "id": vendor["id"], "set": { "labels": labels } })
        }
        14 => {
            let mut tags = items(person.as_ref()?, "tags");
            tags.insert(format!("ug:said {number}"));
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set": { "tags": tags } })
        }
        15 => {
            let mut tags = items(person.as_ref()?, "tags");
            tags.pop_last();
            json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set": { "tags": tags } })
        }
        16 => json!({ "side": "highlevel", "entity": "contact", "id": person?["id"], "set":
            { "customFields.contact.vendor_tier": number % 4 + 1 } }),
        _ => json!({ "side": "upguard", "entity": "vendor", "id": vendor["id"], "set":
            { "name": format!("Renamed {number} Ltd"), "tier": number % 4 + 1 } }),
    })
}

fn told(seed: u64) {
    let story = format!("seed {seed}");
    let night = Night::falls(seed, 10, 18);
    night.configure(|text| text + "\n[guards]\nshrink_percent = 90\n");
    night.run(&["doctor", "--fix"]).exits(0);
    night.first_agreement();
    let mut dice = Dice::of(seed);
    let mut number = 0;
    for _ in 0..2 {
        for _ in 0..10 {
            number += 1;
            if let Some(deed) = deed(&night, &mut dice, number) {
                night.sandbox.person(&deed);
            }
        }
        let spots = dice.shuffled(Spot::all(&night));
        let state = night.sandbox.state();
        let there = |spot: &&Spot| {
            rows(&state["highlevel"]["businesses"])
                .iter()
                .any(|it| text(&it["id"]) == spot.business)
        };
        for spot in spots.iter().filter(there).take(5) {
            number += 1;
            let side = if dice.below(2) == 0 { Side::Upguard } else { Side::Highlevel };
            spot.set(&night, side, &spot.value(number).0);
        }
        night.sandbox.minutes_pass(24 * 60);
        for _ in 0..NIGHTS_MAX {
            night.sandbox.minutes_pass(24 * 60);
            night.nothing_is_overlooked();
            let ran = night.run(&["--json", "reconcile"]);
            assert!(matches!(ran.code, Some(0 | 3 | 6)), "{story}: {}", ran.told());
            if ran.json()["operations"] == 0 {
                break;
            }
        }
        night.finds_nothing();
    }
    let effects = night.sandbox.effects();
    no_complaints(&story, twins::made_twice(&effects));
    let by_api = |it: &Value| it["actor"] == "api" && it["entity"] != "customField";
    let api: Vec<Value> = effects.into_iter().filter(by_api).collect();
    let deleted = api.iter().filter(|it| it["field"].is_null() && it["after"].is_null());
    assert_eq!(deleted.count(), 0, "{story}: nothing is ever deleted");
    let history = night.document(0, &["history", "list"]);
    no_complaints(&story, reported::history_differs(&api, &history));
    night.run(&["history", "verify"]).exits(0);
}

#[test]
fn nothing_is_deleted_or_written_that_was_not_told_while_people_work() {
    thread::scope(|nights| {
        for seed in 31..=36 {
            nights.spawn(move || told(seed));
        }
    });
}
