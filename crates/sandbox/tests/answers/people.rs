//! What becomes of contacts that are created, updated, upserted and deleted? One trap per test.

use serde_json::{Value, json};

use crate::desk::Desk;

#[track_caller]
fn put(desk: &mut Desk, id: &str, body: Value, status: u16) -> Value {
    let (answered, value) = desk.highlevel("PUT", &format!("/contacts/{id}"), body);
    assert_eq!(answered, status, "{value}");
    value
}

#[test]
fn unknown_members_refuse_the_whole_body() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com" }));
    let from = desk.world.effects().len();
    let location = desk.location();
    for member in ["companyName", "gender", "locationId", "businessId", "additionalEmails"] {
        let refused = put(&mut desk, &id, json!({ "city": "Oslo", member: location }), 422);
        assert_eq!(refused["message"], json!([format!("property {member} should not exist")]));
        assert_eq!(refused["error"], "Unprocessable Entity");
    }
    put(&mut desk, &id, json!({ "city": 5 }), 422);
    put(&mut desk, &id, json!({ "postalCode": null }), 422);
    put(&mut desk, &id, json!({ "email": "nobody" }), 422);
    put(&mut desk, &id, json!({ "dnd": "yes" }), 422);
    assert!(desk.effects_since(from).is_empty());
    let create = json!({ "locationId": desk.location(), "email": "b@x.com", "birthday": "x" });
    assert_eq!(desk.highlevel("POST", "/contacts/", create).0, 422);
    assert_eq!(desk.highlevel("POST", "/contacts/", json!({ "email": "b@x.com" })).0, 422);
}

#[test]
fn effects_are_exactly_what_changed() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "firstName": "Jane", "email": "jane@x.com" }));
    assert_eq!(desk.effects_since(0), ["highlevel contact (record) null→{…} api"]);
    let stamp = desk.read_contact(&id)["dateUpdated"].clone();
    desk.pass(60);
    put(&mut desk, &id, json!({ "firstName": "Jane" }), 200);
    assert_eq!(desk.effects_since(1), [""; 0]);
    assert_eq!(desk.read_contact(&id)["dateUpdated"], stamp);
    put(&mut desk, &id, json!({ "firstName": "Janet", "phone": "+1 888-888-8888" }), 200);
    let expected = [
        "highlevel contact firstName \"Jane\"→\"Janet\" api",
        "highlevel contact phone null→\"+18888888888\" api",
    ];
    assert_eq!(desk.effects_since(1), expected);
    assert_ne!(desk.read_contact(&id)["dateUpdated"], stamp);
    let request = desk.world.effects()[1].request.clone();
    assert_eq!(request, Some(format!("PUT /contacts/{id}")));
    desk.turn(json!({ "identical_put_moves_date_updated": true }));
    let stamp = desk.read_contact(&id)["dateUpdated"].clone();
    desk.pass(60);
    put(&mut desk, &id, json!({ "firstName": "Janet" }), 200);
    assert_ne!(desk.read_contact(&id)["dateUpdated"], stamp);
    assert_eq!(desk.effects_since(3), [""; 0]);
}

#[test]
fn a_put_of_tags_replaces_the_set() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "tags": ["one", "two"] }));
    put(&mut desk, &id, json!({ "tags": ["TWO", "one"] }), 200);
    assert_eq!(desk.effects_since(1), [""; 0], "the same set in another order");
    put(&mut desk, &id, json!({ "tags": ["three"] }), 200);
    let expected = ["highlevel contact tags [\"one\",\"two\"]→[\"three\"] api"];
    assert_eq!(desk.effects_since(1), expected);
}

#[test]
fn shadows_and_names() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "name": "Jane van der Berg", "email": "Jane@X.com" }));
    let contact = desk.read_contact(&id);
    assert_eq!(contact["firstName"], "Jane");
    assert_eq!(contact["lastName"], "van der Berg");
    assert_eq!(contact["fullNameLowerCase"], "jane van der berg");
    assert_eq!(contact["email"], "Jane@X.com");
    assert_eq!(contact["emailLowerCase"], "jane@x.com");
    assert!(contact.get("city").is_none());
}

#[test]
fn clearing_is_switchable() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "city": "Oslo", "postalCode": "0150" }));
    desk.turn(json!({ "null_clears": false, "empty_clears": false }));
    put(&mut desk, &id, json!({ "city": null, "postalCode": "" }), 200);
    assert_eq!(desk.read_contact(&id)["city"], "Oslo");
    desk.turn(json!({ "null_clears": true, "empty_clears": true }));
    put(&mut desk, &id, json!({ "city": null, "postalCode": "" }), 200);
    let contact = desk.read_contact(&id);
    assert!(contact.get("city").is_none() && contact.get("postalCode").is_none());
}

#[test]
fn phone_format_is_switchable() {
    let mut desk = Desk::empty();
    for (format, kept) in
        [("kept", "+1 (415) 555-0100"), ("e164", "+14155550100"), ("spaced", "+1 415-555-0100")]
    {
        desk.turn(json!({ "phone_format": format, "allow_duplicate_contact": true }));
        let id = desk.contact(json!({ "phone": "+1 (415) 555-0100" }));
        assert_eq!(desk.read_contact(&id)["phone"], kept);
    }
}

#[test]
fn duplicates_are_refused_by_the_order_of_identifiers() {
    let mut desk = Desk::empty();
    let by_email = desk.contact(json!({ "email": "a@x.com", "name": "Ann A" }));
    let by_phone = desk.contact(json!({ "phone": "+14155550100", "name": "Pat P" }));
    let both = json!({
        "locationId": desk.location(), "email": "A@X.com", "phone": "+1 415 555 0100"
    });
    let (status, answer) = desk.highlevel("POST", "/contacts/", both.clone());
    assert_eq!(status, 400);
    assert_eq!(answer["message"], "This location does not allow duplicated contacts.");
    let meta = json!({ "contactId": by_email, "contactName": "Ann A", "matchingField": "email" });
    assert_eq!(answer["meta"], meta);
    desk.turn(json!({ "contact_unique_identifiers": ["phone", "email"] }));
    let (_, answer) = desk.highlevel("POST", "/contacts/", both.clone());
    assert_eq!(answer["meta"]["contactId"], json!(by_phone));
    assert_eq!(answer["meta"]["matchingField"], "phone");
    desk.turn(json!({ "allow_duplicate_contact": true }));
    assert_eq!(desk.highlevel("POST", "/contacts/", both).0, 201);
}

#[test]
fn a_put_that_collides_is_switchable() {
    let mut desk = Desk::empty();
    desk.contact(json!({ "email": "a@x.com" }));
    let id = desk.contact(json!({ "email": "b@x.com" }));
    let collide = json!({ "email": "a@x.com", "city": "Oslo" });
    let refused = put(&mut desk, &id, collide.clone(), 400);
    assert_eq!(refused["meta"]["matchingField"], "email");
    desk.turn(json!({ "put_duplicate": "drop" }));
    let dropped = put(&mut desk, &id, collide.clone(), 200);
    assert_eq!(dropped["contact"]["email"], "b@x.com");
    assert_eq!(dropped["contact"]["city"], "Oslo");
    desk.turn(json!({ "put_duplicate": "allow" }));
    assert_eq!(put(&mut desk, &id, collide, 200)["contact"]["email"], "a@x.com");
    put(&mut desk, &id, json!({ "email": "A@x.com" }), 200);
}

#[test]
fn upsert_updates_the_first_match_and_drops_silently() {
    let mut desk = Desk::empty();
    let location = desk.location();
    desk.contact(json!({ "phone": "+14155550100" }));
    let id = desk.contact(json!({ "email": "a@x.com", "gender": "female" }));
    let body = json!({
        "locationId": location, "email": "a@x.com", "phone": "+14155550100", "gender": "male",
        "companyName": "Acme"
    });
    let (status, answer) = desk.highlevel("POST", "/contacts/upsert", body);
    assert_eq!((status, &answer["new"]), (200, &json!(false)));
    assert_eq!(answer["contact"]["id"], json!(id));
    assert_eq!(answer["contact"]["companyName"], "Acme");
    assert!(answer["contact"].get("phone").is_none(), "it belongs to somebody else");
    let anew = json!({ "locationId": location, "email": "new@x.com" });
    assert_eq!(desk.highlevel("POST", "/contacts/upsert", anew).1["new"], true);
    desk.edit(json!({
        "side": "highlevel", "entity": "contact", "id": id,
        "set": { "additionalEmails": ["second@x.com"] }
    }));
    let second = json!({ "locationId": location, "email": "second@x.com" });
    let (_, promoted) = desk.highlevel("POST", "/contacts/upsert", second);
    assert_eq!(promoted["contact"]["id"], json!(id));
    assert_eq!(promoted["contact"]["email"], "second@x.com");
    assert_eq!(promoted["contact"]["additionalEmails"], json!([]));
}

#[test]
fn a_missing_contact_is_a_400_with_a_text() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com" }));
    let target = format!("/contacts/{id}");
    let (_, gone) = desk.highlevel("DELETE", &target, Value::Null);
    assert_eq!(gone["succeded"], true);
    let (status, answer) = desk.highlevel("GET", &target, Value::Null);
    assert_eq!(status, 400);
    assert_eq!(answer["message"], format!("Contact not found for id:{id}"));
    assert_eq!(desk.highlevel("DELETE", &target, Value::Null).0, 400);
    desk.turn(json!({ "second_delete_not_found": false, "missing_contact_status": 404 }));
    assert_eq!(desk.highlevel("DELETE", &target, Value::Null).0, 200);
    assert_eq!(desk.highlevel("GET", &target, Value::Null).0, 404);
    let (_, odd) = desk.highlevel("GET", "/contacts/tasks", Value::Null);
    assert_eq!(odd["message"], "Contact with id tasks not found");
}

#[test]
fn the_duplicate_lookup_reads_the_primary_store() {
    let mut desk = Desk::empty();
    desk.turn(json!({ "index_lag_seconds": 60 }));
    let id = desk.contact(json!({ "email": "a@x.com", "phone": "+14155550100" }));
    let location = desk.location();
    let mut ask = |rest: &str| {
        let target = format!("/contacts/search/duplicate?locationId={location}{rest}");
        desk.highlevel("GET", &target, Value::Null).1["contact"]["id"].clone()
    };
    assert_eq!(ask("&email=A%40x.com"), json!(id));
    assert_eq!(ask("&email=no%40x.com&number=%2B14155550100"), json!(id));
    assert_eq!(ask("&email=no%40x.com"), Value::Null);
}
