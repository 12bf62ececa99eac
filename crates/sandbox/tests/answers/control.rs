//! Does the control API keep its contract?

use concordat_sandbox::System;
use serde_json::{Value, json};

use crate::desk::Desk;

#[test]
fn state_shows_what_the_apis_would() {
    let mut desk = Desk::open();
    let (_, state) = desk.control("GET", "/state", Value::Null);
    let row = |side: &str, kind: &str| state[side][kind][0].clone();
    let contact = row("upguard", "contacts");
    let target = format!("/vendor/contact?id={}", contact["id"]);
    assert_eq!(desk.upguard("GET", &target, Value::Null).1, contact);
    let person = row("highlevel", "contacts");
    assert_eq!(desk.read_contact(person["id"].as_str().unwrap_or_default()), person);
    let listed = desk.upguard("GET", "/vendors", Value::Null).1;
    assert_eq!(listed["vendors"][0], row("upguard", "vendors"));
    for (side, kind) in [("upguard", "threats"), ("highlevel", "tasks"), ("highlevel", "notes")] {
        assert_eq!(state[side][kind], json!([]));
    }
}

#[test]
fn people_edit_create_and_delete() {
    let mut desk = Desk::empty();
    let vendor = desk.edit(json!({
        "side": "upguard", "entity": "vendor",
        "create": { "name": "Acme", "primary_hostname": "acme.com", "labels": ["pci"] }
    }));
    desk.edit(json!({
        "side": "upguard", "entity": "vendor", "id": vendor,
        "set": { "attributes": { "Main phone": "+1 555" }, "attributes.Main email": "i@acme.com" }
    }));
    desk.edit(json!({
        "side": "upguard", "entity": "vendor", "id": vendor,
        "set": { "attributes.Main phone": null, "tier": 3 }
    }));
    let contact = desk.edit(json!({
        "side": "highlevel", "entity": "contact",
        "create": { "firstName": "Jane", "companyName": "Acme", "tags": ["VIP"] }
    }));
    let business = desk.edit(json!({
        "side": "highlevel", "entity": "business", "create": { "name": "Acme Inc" }
    }));
    desk.edit(json!({
        "side": "highlevel", "entity": "contact", "id": contact,
        "set": { "businessId": business, "customFields.contact.concordat_id": "x", "companyName": null }
    }));
    desk.edit(json!({ "side": "highlevel", "entity": "business", "id": business, "delete": true }));
    desk.edit(json!({ "side": "highlevel", "entity": "contact", "id": contact, "delete": true }));
    let effects = desk.effects_since(0);
    let marker = effects.iter().find(|effect| effect.contains("customFields.")).cloned();
    let expected = [
        "upguard vendor (record) null→{…} person".to_owned(),
        "upguard vendor attributes.Main email null→\"i@acme.com\" person".into(),
        "upguard vendor attributes.Main phone null→\"+1 555\" person".into(),
        "upguard vendor attributes.Main phone \"+1 555\"→null person".into(),
        "upguard vendor tier null→3 person".into(),
        "highlevel contact (record) null→{…} person".into(),
        "highlevel business (record) null→{…} person".into(),
        format!("highlevel contact businessId null→{business} person"),
        "highlevel contact companyName \"Acme\"→null person".into(),
        marker.unwrap_or_default(),
        format!("highlevel contact businessId {business}→null person"),
        "highlevel business (record) {…}→null person".into(),
        "highlevel contact (record) {…}→null person".into(),
    ];
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(effects), sorted(expected.to_vec()));
    assert_eq!(desk.world.effects()[0].request, None);
}

#[test]
fn merged_contacts_vanish_into_their_master() {
    let mut desk = Desk::empty();
    let master = desk.contact(json!({ "email": "a@x.com", "tags": ["one"] }));
    let loser = desk.contact(json!({ "email": "b@x.com", "tags": ["two"], "city": "Oslo" }));
    let from = desk.world.effects().len();
    let merge = json!({ "side": "highlevel", "entity": "contact", "id": master, "merge": [loser] });
    desk.edit(merge);
    let expected = [
        "highlevel contact additionalEmails []→[\"b@x.com\"] person",
        "highlevel contact tags [\"one\"]→[\"one\",\"two\"] person",
        "highlevel contact city null→\"Oslo\" person",
        "highlevel contact (record) {…}→null person",
    ];
    assert_eq!(desk.effects_since(from), expected);
    assert_eq!(desk.highlevel("GET", &format!("/contacts/{loser}"), Value::Null).0, 400);
    assert_eq!(desk.read_contact(&master)["email"], "a@x.com");
}

#[test]
fn edits_that_make_no_sense_are_refused() {
    let mut desk = Desk::open();
    for edit in [
        json!({ "side": "nowhere", "entity": "vendor", "create": {} }),
        json!({ "side": "upguard", "entity": "planet", "create": {} }),
        json!({ "side": "upguard", "entity": "vendor", "id": 1, "set": { "name": "x" } }),
        json!({ "side": "upguard", "entity": "vendor", "id": 1 }),
        json!({ "side": "upguard", "entity": "vendor", "create": { "attributes": { "No": "x" } } }),
        json!({ "side": "highlevel", "entity": "contact", "create": { "shoeSize": 44 } }),
        json!({ "side": "highlevel", "entity": "business", "id": "x", "delete": true }),
        json!({ "side": "highlevel", "entity": "business", "create": { "name": 5 } }),
    ] {
        let (status, answer) = desk.control("POST", "/edit", edit.clone());
        assert_eq!(status, 422, "{edit}: {answer}");
    }
    assert_eq!(desk.control("POST", "/edit", json!([])).0, 400);
    assert_eq!(desk.control("POST", "/nothing", json!({})).0, 404);
    assert_eq!(desk.control("DELETE", "/effects", json!({})).0, 405);
    assert!(desk.world.effects().is_empty());
}

#[test]
fn requests_are_counted_by_template_and_status() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com" }));
    desk.read_contact(&id);
    desk.read_contact(&id);
    desk.highlevel("GET", "/contacts/AAAAAAAAAAAAAAAAAAAA", Value::Null);
    desk.search(json!({}));
    desk.upguard("GET", "/organisation", Value::Null);
    let (_, answer) = desk.control("GET", "/requests", Value::Null);
    let row = |side: &str, method: &str, path: &str, status: u16, count: u8, writing: bool| {
        json!({ "side": side, "method": method, "path": path, "status": status, "count": count,
                "writing": writing })
    };
    let expected = json!([
        row("upguard", "GET", "/organisation", 200, 1, false),
        row("highlevel", "GET", "/contacts/{contactId}", 200, 2, false),
        row("highlevel", "GET", "/contacts/{contactId}", 400, 1, false),
        row("highlevel", "POST", "/contacts/", 201, 1, true),
        row("highlevel", "POST", "/contacts/search", 200, 1, false),
    ]);
    assert_eq!(answer["requests"], expected);
}

#[test]
fn the_clock_moves_and_skews() {
    let mut desk = Desk::empty();
    let date = |desk: &mut Desk, system: System, path: &str| {
        let response = desk.send(system, concordat_sandbox::Request::new("GET", path));
        response.header("date").unwrap_or_default().to_owned()
    };
    assert_eq!(
        date(&mut desk, System::UpGuard, "/api/public/labels"),
        "Thu, 28 May 2026 20:26:40 GMT"
    );
    desk.turn(json!({ "highlevel_skew_seconds": -20 }));
    let (_, clock) = desk.control("POST", "/clock", json!({ "advance_seconds": 30 }));
    assert_eq!(clock["now"], "2026-05-28T20:27:10.000Z");
    assert_eq!(
        date(&mut desk, System::UpGuard, "/api/public/labels"),
        "Thu, 28 May 2026 20:27:10 GMT"
    );
    assert_eq!(date(&mut desk, System::HighLevel, "/x"), "Thu, 28 May 2026 20:26:50 GMT");
    let id = desk.contact(json!({ "email": "a@x.com" }));
    assert_eq!(desk.read_contact(&id)["dateAdded"], "2026-05-28T20:26:50.000Z");
    assert_eq!(desk.world.effects()[0].at, "2026-05-28T20:27:10.000Z");
    assert_eq!(desk.control("POST", "/clock", json!({})).0, 422);
}
