//! Do notes behave as the sheet says? Below a contact only, and an edit leaves no time behind.

use serde_json::{Value, json};

use crate::desk::Desk;

#[track_caller]
fn check(desk: &mut Desk, method: &str, target: &str, body: Value, status: u16) -> Value {
    let (answered, value) = desk.highlevel(method, target, body);
    assert_eq!(answered, status, "{method} {target}: {value}");
    value
}

#[track_caller]
fn note(desk: &mut Desk, contact: &str, body: Value) -> String {
    let answer = check(desk, "POST", &format!("/contacts/{contact}/notes"), body, 201);
    format!("/contacts/{contact}/notes/{}", answer["note"]["id"].as_str().expect("an id"))
}

fn desk_with_contact() -> (Desk, String) {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "email": "a@x.com" }));
    (desk, contact)
}

#[test]
fn a_note_has_no_time_of_change() {
    let (mut desk, contact) = desk_with_contact();
    let whole =
        json!({ "body": "Hi", "userId": "U", "title": "T", "color": "#FFAA00", "pinned": true });
    let path = note(&mut desk, &contact, whole);
    let before = check(&mut desk, "GET", &path, Value::Null, 200)["note"].clone();
    desk.pass(60);
    let after = check(&mut desk, "PUT", &path, json!({ "body": "Hello" }), 200)["note"].clone();
    let mut expected = before;
    expected["body"] = json!("Hello");
    assert_eq!(after, expected);
    assert!(after.get("dateUpdated").is_none());
    desk.pass(1);
    let bare = note(&mut desk, &contact, json!({ "body": "Bare" }));
    let bare = check(&mut desk, "GET", &bare, Value::Null, 200)["note"].clone();
    let members: Vec<&String> = bare.as_object().into_iter().flat_map(|note| note.keys()).collect();
    assert_eq!(members, ["id", "body", "dateAdded", "contactId", "pinned"]);
    let listed = check(&mut desk, "GET", &format!("/contacts/{contact}/notes"), Value::Null, 200);
    assert_eq!(listed["notes"], json!([after, bare]));
    assert_eq!(check(&mut desk, "DELETE", &path, Value::Null, 200)["succeded"], true);
    let gone = check(&mut desk, "GET", &path, Value::Null, 400);
    assert!(
        gone["message"].as_str().is_some_and(|text| text.starts_with("Note not found for id:"))
    );
    let expected = [
        "highlevel note (record) null→{…} api",
        "highlevel note body \"Hi\"→\"Hello\" api",
        "highlevel note (record) null→{…} api",
        "highlevel note (record) {…}→null api",
    ];
    assert_eq!(desk.effects_since(1), expected);
}

#[test]
fn wrong_bodies_are_refused_whole() {
    let (mut desk, contact) = desk_with_contact();
    let path = note(&mut desk, &contact, json!({ "body": "Hi" }));
    let notes = format!("/contacts/{contact}/notes");
    check(&mut desk, "POST", &notes, json!({ "title": "no body" }), 422);
    for (member, value) in [
        ("body", json!("")),
        ("body", Value::Null),
        ("pinned", json!("yes")),
        ("title", json!(["x"])),
        ("dateAdded", json!("2026-01-01T00:00:00Z")),
        ("contactId", json!(contact)),
    ] {
        let mut body = json!({ "body": "x", "title": "y" });
        body[member] = value;
        assert!(check(&mut desk, "POST", &notes, body.clone(), 422)["message"].is_array());
        check(&mut desk, "PUT", &path, body, 422);
    }
    check(&mut desk, "POST", "/contacts/Aa0Aa0Aa0Aa0Aa0Aa0Aa/notes", json!({ "body": "x" }), 400);
    let other = desk.contact(json!({ "email": "b@x.com" }));
    check(&mut desk, "GET", &path.replace(&contact, &other), Value::Null, 400);
    desk.turn(json!({ "missing_note_status": 404 }));
    check(&mut desk, "GET", &path.replace(&contact, &other), Value::Null, 404);
    assert_eq!(desk.effects_since(3), [""; 0]);
}

#[test]
fn a_put_that_replaces_is_a_switch() {
    let (mut desk, contact) = desk_with_contact();
    let path = note(&mut desk, &contact, json!({ "body": "Hi", "title": "T", "pinned": true }));
    desk.turn(json!({ "note_put_replaces": true }));
    let after = check(&mut desk, "PUT", &path, json!({ "body": "Hello" }), 200)["note"].clone();
    assert_eq!((&after["title"], &after["pinned"]), (&Value::Null, &json!(false)));
}

#[test]
fn a_note_moves_its_contact_only_where_the_switch_says_so() {
    let (mut desk, contact) = desk_with_contact();
    let stamp = desk.read_contact(&contact)["dateUpdated"].clone();
    desk.pass(60);
    let path = note(&mut desk, &contact, json!({ "body": "Hi" }));
    assert_eq!(desk.read_contact(&contact)["dateUpdated"], stamp);
    desk.turn(json!({ "note_moves_date_updated": true }));
    check(&mut desk, "PUT", &path, json!({ "body": "Hello" }), 200);
    assert_ne!(desk.read_contact(&contact)["dateUpdated"], stamp);
}

#[test]
fn notes_go_with_their_contact_or_to_the_winner_of_a_merge() {
    let (mut desk, master) = desk_with_contact();
    let loser = desk.contact(json!({ "email": "b@x.com" }));
    let path = note(&mut desk, &loser, json!({ "body": "Hi" }));
    let merge = json!({ "side": "highlevel", "entity": "contact", "id": master, "merge": [loser] });
    desk.edit(merge);
    check(&mut desk, "GET", &path.replace(&loser, &master), Value::Null, 200);
    let expected = format!("highlevel note contactId \"{loser}\"→\"{master}\" person");
    assert!(desk.effects_since(3).contains(&expected));
    desk.edit(json!({ "side": "highlevel", "entity": "contact", "id": master, "delete": true }));
    assert_eq!(desk.control("GET", "/state", Value::Null).1["highlevel"]["notes"], json!([]));
}

#[test]
fn people_write_notes_too() {
    let (mut desk, contact) = desk_with_contact();
    let id = desk.edit(json!({
        "side": "highlevel", "entity": "note", "create": { "contactId": contact, "body": "Hi" }
    }));
    let set = json!({ "title": "T" });
    desk.edit(json!({ "side": "highlevel", "entity": "note", "id": id, "set": set }));
    for edit in [
        json!({ "side": "highlevel", "entity": "note", "create": { "contactId": contact } }),
        json!({ "side": "highlevel", "entity": "note", "create": { "body": "x" } }),
        json!({ "side": "highlevel", "entity": "note", "id": id, "set": { "body": "" } }),
        json!({ "side": "highlevel", "entity": "note", "id": "x", "delete": true }),
    ] {
        assert_eq!(desk.control("POST", "/edit", edit.clone()).0, 422, "{edit}");
    }
    desk.edit(json!({ "side": "highlevel", "entity": "note", "id": id, "delete": true }));
    let expected = [
        "highlevel note (record) null→{…} person",
        "highlevel note title null→\"T\" person",
        "highlevel note (record) {…}→null person",
    ];
    assert_eq!(desk.effects_since(1), expected);
}
