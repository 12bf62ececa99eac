//! Do tasks behave as the sheet says? No timestamps below a contact, 201 and `_id` in the search of
//! the location, which lags.

use serde_json::{Value, json};

use crate::desk::Desk;

#[track_caller]
fn check(desk: &mut Desk, method: &str, target: &str, body: Value, status: u16) -> Value {
    let (answered, value) = desk.highlevel(method, target, body);
    assert_eq!(answered, status, "{method} {target}: {value}");
    value
}

/// Creates a task and answers its path below the contact.
#[track_caller]
fn task(desk: &mut Desk, contact: &str, set: Value) -> String {
    let mut body =
        json!({ "title": "Call", "dueDate": "2026-06-01T10:00:00Z", "completed": false });
    for (name, value) in set.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let answer = check(desk, "POST", &format!("/contacts/{contact}/tasks"), body, 201);
    format!("/contacts/{contact}/tasks/{}", answer["task"]["id"].as_str().expect("an id"))
}

fn found(desk: &mut Desk, body: Value) -> Vec<Value> {
    let target = format!("/locations/{}/tasks/search", desk.location());
    let answer = check(desk, "POST", &target, body, 201);
    assert_eq!(answer.as_object().map(|answer| answer.contains_key("total")), Some(false));
    answer["tasks"].as_array().cloned().unwrap_or_default()
}

fn titles(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["title"].as_str()).collect()
}

fn desk_with_contact() -> (Desk, String) {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "email": "a@x.com", "firstName": "Ann" }));
    (desk, contact)
}

#[test]
fn a_task_lives_without_timestamps() {
    let (mut desk, contact) = desk_with_contact();
    let path = task(
        &mut desk,
        &contact,
        json!({ "body": "Ask", "assignedTo": "U", "dueDate": "2026-06-01T12:00:00+02:00" }),
    );
    let id = path.rsplit('/').next().unwrap_or_default();
    let shown = json!({
        "id": id, "title": "Call", "body": "Ask", "assignedTo": "U",
        "dueDate": "2026-06-01T10:00:00.000Z", "completed": false, "contactId": contact
    });
    assert_eq!(check(&mut desk, "GET", &path, Value::Null, 200)["task"], shown);
    let listed = check(&mut desk, "GET", &format!("/contacts/{contact}/tasks"), Value::Null, 200);
    assert_eq!(listed["tasks"], json!([shown]));
    let put = json!({ "title": "Call back", "assignedTo": "" });
    let answer = check(&mut desk, "PUT", &path, put.clone(), 200);
    assert_eq!(answer["task"]["body"], "Ask", "a PUT is partial");
    check(&mut desk, "PUT", &path, put, 200);
    let done = json!({ "completed": true });
    let answer = check(&mut desk, "PUT", &format!("{path}/completed"), done, 200);
    assert_eq!(answer["task"]["completed"], true);
    assert_eq!(check(&mut desk, "DELETE", &path, Value::Null, 200)["succeded"], true);
    let gone = check(&mut desk, "GET", &path, Value::Null, 400);
    assert_eq!(gone["message"], format!("Task not found for id:{id}"));
    desk.turn(json!({ "missing_task_status": 404 }));
    check(&mut desk, "DELETE", &path, Value::Null, 404);
    let expected = [
        "highlevel task (record) null→{…} api",
        "highlevel task assignedTo \"U\"→null api",
        "highlevel task title \"Call\"→\"Call back\" api",
        "highlevel task completed false→true api",
        "highlevel task (record) {…}→null api",
    ];
    assert_eq!(desk.effects_since(1), expected);
}

#[test]
fn wrong_bodies_are_refused_whole() {
    let (mut desk, contact) = desk_with_contact();
    let path = task(&mut desk, &contact, json!({}));
    let tasks = format!("/contacts/{contact}/tasks");
    let whole = json!({ "title": "x", "dueDate": "2026-06-01", "completed": false });
    for (member, value) in [
        ("title", json!("")),
        ("title", Value::Null),
        ("dueDate", json!("soon")),
        ("dueDate", Value::Null),
        ("completed", json!("no")),
        ("completed", Value::Null),
        ("body", json!(5)),
        ("contactId", json!(contact)),
        ("status", json!("to_do")),
    ] {
        let mut body = whole.clone();
        body[member] = value.clone();
        let refused = check(&mut desk, "POST", &tasks, body, 422);
        assert!(refused["message"].is_array(), "{refused}");
        check(&mut desk, "PUT", &path, json!({ "body": "y", member: value }), 422);
    }
    check(&mut desk, "PUT", &format!("{path}/completed"), json!({}), 422);
    check(&mut desk, "PUT", &format!("{path}/completed"), whole.clone(), 422);
    let nobody = "/contacts/Aa0Aa0Aa0Aa0Aa0Aa0Aa/tasks";
    let missing = check(&mut desk, "POST", nobody, whole, 400);
    assert_eq!(missing["message"], "Contact not found for id:Aa0Aa0Aa0Aa0Aa0Aa0Aa");
    let other = desk.contact(json!({ "email": "b@x.com" }));
    check(&mut desk, "GET", &path.replace(&contact, &other), Value::Null, 400);
    assert_eq!(desk.effects_since(3), [""; 0]);
}

#[test]
fn the_search_pages_by_cursor_to_a_short_page() {
    let (mut desk, contact) = desk_with_contact();
    for number in 0..30 {
        desk.pass(i64::from(number % 3));
        task(&mut desk, &contact, json!({ "title": format!("{number}") }));
    }
    let first = found(&mut desk, json!({}));
    assert_eq!(first.len(), 25, "the default limit");
    let mut walked = Vec::new();
    let mut body = json!({ "limit": 7 });
    loop {
        let page = found(&mut desk, body.clone());
        walked.extend(page.iter().map(|row| row["_id"].to_string()));
        if page.len() < 7 {
            break;
        }
        body["searchAfter"] = page[6]["searchAfter"].clone();
    }
    let distinct: std::collections::BTreeSet<&String> = walked.iter().collect();
    assert_eq!((walked.len(), distinct.len()), (30, 30));
    let skipped = found(&mut desk, json!({ "limit": 500, "skip": 28 }));
    assert_eq!(skipped[1]["_id"].to_string(), walked[29]);
    let target = format!("/locations/{}/tasks/search", desk.location());
    for body in [
        json!({ "limit": 501 }),
        json!({ "limit": 0 }),
        json!({ "searchAfter": [] }),
        json!({ "contactId": contact }),
        json!({ "sortKey": "dueDate" }),
    ] {
        check(&mut desk, "POST", &target, body, 422);
    }
    check(&mut desk, "POST", "/locations/other/tasks/search", json!({}), 403);
}

#[test]
fn the_search_filters() {
    let (mut desk, ann) = desk_with_contact();
    let bob = desk.contact(json!({ "email": "b@x.com" }));
    let business = desk.business(json!({ "name": "Acme" }));
    desk.edit(json!({
        "side": "highlevel", "entity": "contact", "id": bob, "set": { "businessId": business }
    }));
    task(&mut desk, &ann, json!({ "title": "one", "assignedTo": "U" }));
    desk.pass(1);
    task(&mut desk, &bob, json!({ "title": "two", "body": "About the Audit" }));
    desk.pass(1);
    task(&mut desk, &bob, json!({ "title": "three", "completed": true }));
    for (body, expected) in [
        (json!({}), vec!["three", "two", "one"]),
        (json!({ "contactId": [] }), vec!["three", "two", "one"]),
        (json!({ "contactId": [ann] }), vec!["one"]),
        (json!({ "completed": false }), vec!["two", "one"]),
        (json!({ "assignedTo": ["U", "V"] }), vec!["one"]),
        (json!({ "query": "audit" }), vec!["two"]),
        (json!({ "businessId": business, "completed": true }), vec!["three"]),
    ] {
        assert_eq!(titles(&found(&mut desk, body.clone())), expected, "{body}");
    }
    let row = &found(&mut desk, json!({ "contactId": [ann] }))[0];
    assert_eq!(row["contactDetails"], json!({ "firstName": "Ann", "lastName": null }));
    assert!(row.get("id").is_none());
}

#[test]
fn the_search_lags_and_tells_when_a_task_moved() {
    let (mut desk, contact) = desk_with_contact();
    desk.turn(json!({ "index_lag_seconds": 10 }));
    let path = task(&mut desk, &contact, json!({}));
    assert!(found(&mut desk, json!({})).is_empty(), "not yet there");
    desk.pass(10);
    check(&mut desk, "PUT", &path, json!({ "title": "New" }), 200);
    let stale = found(&mut desk, json!({}));
    assert_eq!(titles(&stale), ["Call"]);
    desk.pass(10);
    let row = found(&mut desk, json!({})).remove(0);
    assert_eq!(row["title"], "New");
    assert_eq!(row["dateAdded"], "2026-05-28T20:26:40.000Z");
    assert_eq!(row["dateUpdated"], "2026-05-28T20:26:50.000Z");
    check(&mut desk, "DELETE", &path, Value::Null, 200);
    assert_eq!(found(&mut desk, json!({})).len(), 1, "deleted rows linger");
    desk.pass(10);
    assert!(found(&mut desk, json!({})).is_empty());
}

#[test]
fn a_task_moves_its_contact_only_where_the_switch_says_so() {
    let (mut desk, contact) = desk_with_contact();
    let stamp = desk.read_contact(&contact)["dateUpdated"].clone();
    desk.pass(60);
    let path = task(&mut desk, &contact, json!({}));
    assert_eq!(desk.read_contact(&contact)["dateUpdated"], stamp);
    desk.turn(json!({ "task_moves_date_updated": true }));
    check(&mut desk, "PUT", &path, json!({ "title": "New" }), 200);
    assert_ne!(desk.read_contact(&contact)["dateUpdated"], stamp);
    let of_contact = |line: &String| line.contains("contact");
    assert!(!desk.effects_since(1).iter().any(of_contact), "derived stamps are no effects");
}

#[test]
fn tasks_go_with_their_contact_or_to_the_winner_of_a_merge() {
    let (mut desk, master) = desk_with_contact();
    let loser = desk.contact(json!({ "email": "b@x.com" }));
    let path = task(&mut desk, &loser, json!({}));
    let merge = json!({ "side": "highlevel", "entity": "contact", "id": master, "merge": [loser] });
    desk.edit(merge);
    let moved = path.replace(&loser, &master);
    assert_eq!(
        check(&mut desk, "GET", &moved, Value::Null, 200)["task"]["contactId"],
        json!(master)
    );
    let expected = format!("highlevel task contactId \"{loser}\"→\"{master}\" person");
    assert!(desk.effects_since(3).contains(&expected), "{:?}", desk.effects_since(3));
    check(&mut desk, "DELETE", &format!("/contacts/{master}"), Value::Null, 200);
    assert!(desk.effects_since(3).contains(&"highlevel task (record) {…}→null api".to_owned()));
    assert!(found(&mut desk, json!({})).is_empty());
}

#[test]
fn people_work_on_tasks_too() {
    let (mut desk, contact) = desk_with_contact();
    let id = desk.edit(json!({
        "side": "highlevel", "entity": "task",
        "create": { "contactId": contact, "title": "Visit", "dueDate": "2026-07-01" }
    }));
    let set =
        json!({ "side": "highlevel", "entity": "task", "id": id, "set": { "completed": true } });
    desk.edit(set);
    let state = desk.control("GET", "/state", Value::Null).1;
    assert_eq!(state["highlevel"]["tasks"][0]["completed"], true);
    for edit in [
        json!({ "entity": "task", "create": { "title": "x" } }),
        json!({ "entity": "task", "id": "x", "set": {} }),
        json!({ "entity": "task", "id": id, "set": { "dueDate": "never" } }),
        json!({ "entity": "task", "id": id, "set": { "status": "x" } }),
    ] {
        let mut edit = edit;
        edit["side"] = json!("highlevel");
        assert_eq!(desk.control("POST", "/edit", edit.clone()).0, 422, "{edit}");
    }
    desk.edit(json!({ "side": "highlevel", "entity": "task", "id": id, "delete": true }));
    let expected = [
        "highlevel task (record) null→{…} person",
        "highlevel task completed false→true person",
        "highlevel task (record) {…}→null person",
    ];
    assert_eq!(desk.effects_since(1), expected);
}
