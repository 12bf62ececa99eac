//! Do webhooks tell what changed, as sparsely and as badly as the real ones?

use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::desk::Desk;

fn sent(desk: &mut Desk) -> Value {
    let (status, answer) = desk.control("GET", "/webhooks", Value::Null);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn bodies(desk: &mut Desk) -> Vec<Value> {
    let sent = sent(desk);
    let rows = sent["deliveries"].as_array().expect("deliveries").clone();
    let body = |row: &Value| serde_json::from_str(row["body"].as_str().expect("a raw body"));
    rows.iter().map(|row| body(row).expect("JSON")).collect()
}

fn kinds(desk: &mut Desk) -> Vec<String> {
    bodies(desk).iter().map(|it| it["type"].as_str().expect("a type").to_owned()).collect()
}

/// A life of a contact and of what hangs on it.
fn lived() -> Desk {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "firstName": "Ann", "city": "Oslo" }));
    desk.pass(1);
    let put = json!({ "city": "Bergen" });
    desk.highlevel("PUT", &format!("/contacts/{id}"), put);
    desk.pass(1);
    desk.highlevel("POST", &format!("/contacts/{id}/tags"), json!({ "tags": ["vip"] }));
    desk.highlevel("POST", &format!("/contacts/{id}/notes"), json!({ "body": "Hello" }));
    let task =
        json!({ "title": "Call", "body": "soon", "dueDate": "2026-06-01", "completed": false });
    let (_, task) = desk.highlevel("POST", &format!("/contacts/{id}/tasks"), task);
    let task = format!("/contacts/{id}/tasks/{}", task["task"]["id"].as_str().expect("an id"));
    desk.pass(1);
    desk.highlevel("PUT", &task, json!({ "title": "Call back" }));
    for completed in [true, false] {
        desk.pass(1);
        desk.highlevel("PUT", &format!("{task}/completed"), json!({ "completed": completed }));
    }
    desk
}

#[test]
fn events_are_sparse_and_some_changes_have_none() {
    let mut desk = lived();
    let all = bodies(&mut desk);
    let told: Vec<&str> = all.iter().filter_map(|it| it["type"].as_str()).collect();
    let expected = [
        "ContactCreate",
        "ContactUpdate",
        "ContactTagUpdate",
        "NoteCreate",
        "TaskCreate",
        "TaskComplete",
    ];
    assert_eq!(told, expected, "no task is told of that changed, or is open again");
    assert_eq!(all[1].get("city"), None, "a missing member is not a cleared one");
    assert_eq!(all[1]["email"], "a@x.com");
    assert_eq!((all[4].get("contactId"), all[4].get("body")), (None, None));
    assert!(all[5]["contactId"].is_string());
    desk.turn(json!({ "webhook_tasks_lack_contact": false, "webhooks_of_api_writes": true }));
    assert!(bodies(&mut desk)[4]["contactId"].is_string());
    desk.turn(json!({ "webhooks_of_api_writes": false }));
    assert_eq!(kinds(&mut desk), Vec::<String>::new());
}

#[test]
fn who_is_merged_vanishes_without_an_event() {
    let mut desk = Desk::empty();
    let (one, other) =
        (desk.contact(json!({ "email": "a@x.com" })), desk.contact(json!({ "email": "b@x.com" })));
    desk.pass(1);
    desk.edit(json!({ "side": "highlevel", "entity": "contact", "id": one, "merge": [other] }));
    desk.pass(1);
    desk.edit(json!({ "side": "highlevel", "entity": "contact", "id": one, "delete": true }));
    let told = kinds(&mut desk);
    assert_eq!(told.iter().filter(|it| *it == "ContactDelete").count(), 1, "{told:?}");
}

#[test]
fn they_come_late_twice_and_out_of_order() {
    let mut desk = lived();
    let in_order = kinds(&mut desk);
    desk.turn(json!({ "webhook_times": 2, "webhooks_reordered": true }));
    let twice = kinds(&mut desk);
    assert_eq!(twice.len(), 2 * in_order.len());
    assert!(twice.chunks(2).all(|pair| pair[0] == pair[1]));
    assert_ne!(twice.into_iter().step_by(2).collect::<Vec<_>>(), in_order);
    let ids: Vec<Value> = bodies(&mut desk).iter().map(|it| it["webhookId"].clone()).collect();
    assert_eq!(ids[0], ids[1], "the same event has the same id");
    assert!(ids.chunks(2).skip(1).all(|pair| pair[0] != ids[0]), "and another one another");
    desk.turn(json!({ "webhook_delay_seconds": 60 }));
    assert_eq!(kinds(&mut desk), Vec::<String>::new());
    desk.pass(60);
    assert!(!kinds(&mut desk).is_empty());
}

#[test]
fn the_signature_is_of_the_raw_bytes_or_is_none() {
    let mut desk = lived();
    let mut holds = |signature: &str| {
        desk.turn(json!({ "webhook_signature": signature }));
        let sent = sent(&mut desk);
        let row = &sent["deliveries"][0];
        let key = bytes(sent["public_key"].as_str().expect("a key"));
        let given = row["headers"]["x-ghl-signature"].as_str().map(str::to_owned)?;
        let key = UnparsedPublicKey::new(&ED25519, &key[key.len() - 32..]);
        let raw = row["body"].as_str().expect("a body").as_bytes();
        Some((given == "N/A", key.verify(raw, &bytes(&given)).is_ok()))
    };
    assert_eq!(holds("right"), Some((false, true)));
    assert_eq!(holds("wrong"), Some((false, false)));
    assert_eq!(holds("not_applicable"), Some((true, false)));
    assert_eq!(holds("missing"), None);
}

/// RFC 4648 §4, written anew so that an error in the sandbox's own does not hide.
fn bytes(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = text
        .chars()
        .filter_map(|letter| letters.find(letter))
        .map(|value| format!("{value:06b}"))
        .collect();
    let whole = bits.len() / 8;
    (0..whole).map(|at| u8::from_str_radix(&bits[8 * at..8 * at + 8], 2).expect("bits")).collect()
}
