//! Does nonsense get an answer? The operations listed here are asked with bodies and parameters of
//! many wrong kinds; none may panic, answer 5xx or change a record. A body that happens to be whole
//! may make one.

use std::collections::BTreeSet;

use concordat_sandbox::{Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

const ID: &str = "AAAAAAAAAAAAAAAAAAAA";

const UPGUARD: [(&str, &str); 20] = [
    ("PUT", "/vendor/attributes"),
    ("PUT", "/vendor/labels"),
    ("PUT", "/vendor/tier"),
    ("GET", "/organisation"),
    ("GET", "/labels"),
    ("GET", "/vendors"),
    ("GET", "/vendor"),
    ("GET", "/vendor/contact/list"),
    ("GET", "/vendor/contact"),
    ("GET", "/notifications"),
    ("GET", "/threatmonitoring/threat/list"),
    ("GET", "/threatmonitoring/threat/count"),
    ("GET", "/threatmonitoring/threat"),
    ("POST", "/threatmonitoring/threat/investigator/update"),
    ("POST", "/threatmonitoring/threat/comment/add"),
    ("POST", "/threatmonitoring/threat/remediation_request/add"),
    ("POST", "/threatmonitoring/threat/remediation_request/close"),
    ("POST", "/threatmonitoring/threat/close"),
    ("POST", "/threatmonitoring/threat/reopen"),
    ("PATCH", "/vendor"),
];

/// `{id}` and `x` are nobody; the others are there. What is there is neither deleted nor, where any
/// text would do, written to.
const HIGHLEVEL: [(&str, &str); 35] = [
    ("POST", "/contacts/search"),
    ("GET", "/contacts/search/duplicate"),
    ("POST", "/contacts/upsert"),
    ("POST", "/contacts/"),
    ("GET", "/contacts/{real}"),
    ("PUT", "/contacts/{id}"),
    ("DELETE", "/contacts/{id}"),
    ("DELETE", "/contacts/{real}/tags"),
    ("POST", "/contacts/{real}/tags"),
    ("POST", "/contacts/bulk/business"),
    ("POST", "/contacts/bulk/tags/update/add"),
    ("POST", "/contacts/bulk/tags/update/x"),
    ("GET", "/contacts/business/x"),
    ("GET", "/contacts/{real}/tasks"),
    ("POST", "/contacts/{real}/tasks"),
    ("GET", "/contacts/{real}/tasks/{task}"),
    ("PUT", "/contacts/{real}/tasks/x"),
    ("PUT", "/contacts/{real}/tasks/{task}/completed"),
    ("DELETE", "/contacts/{real}/tasks/x"),
    ("POST", "/locations/sandboxLocation00001/tasks/search"),
    ("GET", "/contacts/{real}/notes"),
    ("POST", "/contacts/{real}/notes"),
    ("GET", "/contacts/{real}/notes/{note}"),
    ("PUT", "/contacts/{real}/notes/{note}"),
    ("DELETE", "/contacts/{real}/notes/x"),
    ("GET", "/businesses/"),
    ("POST", "/businesses/"),
    ("GET", "/businesses/x"),
    ("PUT", "/businesses/x"),
    ("DELETE", "/businesses/x"),
    ("GET", "/locations/sandboxLocation00001"),
    ("GET", "/locations/sandboxLocation00001/customFields"),
    ("POST", "/locations/sandboxLocation00001/customFields"),
    ("GET", "/locations/sandboxLocation00001/tags"),
    ("GET", "//"),
];

fn bodies() -> Vec<Vec<u8>> {
    let members = [
        "locationId",
        "pageLimit",
        "searchAfter",
        "filters",
        "sort",
        "tags",
        "contacts",
        "ids",
        "customFields",
        "email",
        "phone",
        "dateOfBirth",
        "vendor_primary_hostname",
        "attributes",
        "contactId",
        "completed",
        "dueDate",
        "limit",
        "skip",
        "body",
        "pinned",
        "content",
        "email_message",
    ];
    let values = [
        json!(null),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("\u{0}é"),
        json!([[]]),
        json!([1]),
        json!({ "a": [{}] }),
        json!([{ "field": 1, "group": "OR", "filters": 3, "id": {} }]),
        json!(true),
        json!(u64::MAX),
    ];
    let mut bodies: Vec<Vec<u8>> =
        ["", "{", "null", "[]", "\"x\"", "5"].map(|raw| raw.as_bytes().to_vec()).into();
    bodies.push(vec![0xff, 0xfe]);
    for value in &values {
        let all: serde_json::Map<String, Value> =
            members.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
        bodies.push(Value::Object(all).to_string().into_bytes());
        for member in members {
            bodies.push(json!({ member: value }).to_string().into_bytes());
        }
    }
    bodies
}

#[test]
fn nonsense_is_refused_or_harmless() {
    let mut desk = Desk::open();
    desk.turn(json!({ "highlevel_burst_limit": 1_000_000_000 }));
    let real = desk.contact(json!({ "email": "real@x.com" }));
    let task = desk.edit(json!({
        "side": "highlevel", "entity": "task",
        "create": { "contactId": real, "title": "x", "dueDate": "2026-06-01", "completed": true }
    }));
    let task = task.as_str().unwrap_or_default().to_owned();
    let threat = desk.edit(json!({
        "side": "upguard", "entity": "threat", "create": { "title": "x" }
    }));
    let threat = threat.as_str().unwrap_or_default().to_owned();
    let note = desk.edit(json!({
        "side": "highlevel", "entity": "note",
        "create": { "contactId": real, "body": "\u{0}é", "pinned": true }
    }));
    let note = note.as_str().unwrap_or_default().to_owned();
    let queries = [
        "",
        "?page_token=eyJ2IjoxODQ0Njc0NDA3MzcwOTU1MTYxNX0%3D&page_size=18446744073709551616",
        "?id=-1&tier=x&vendor_id=1e9&labels=,,&limit=99999999999999999999&skip=-1&page_size=x",
        "?locationId=&limit=18446744073709551615&skip=18446744073709551615&model=x&hostname=%00",
        &format!("?uuid={threat}"),
        &format!("?uuid={threat}&reason=x&parent_id=-1&private=x&email=%00&due_date=%FF"),
    ];
    for raw in bodies() {
        for query in queries {
            let upguard = UPGUARD.iter().map(|route| (System::UpGuard, route));
            let highlevel = HIGHLEVEL.iter().map(|route| (System::HighLevel, route));
            for (system, (method, path)) in upguard.chain(highlevel) {
                let base = if system == System::UpGuard { "/api/public" } else { "" };
                let path = path
                    .replace("{id}", ID)
                    .replace("{real}", &real)
                    .replace("{task}", &task)
                    .replace("{note}", &note);
                let mut request = Request::new(method, &format!("{base}{path}{query}"));
                request.body.clone_from(&raw);
                let status = desk.send(system, request).status;
                assert!((200..500).contains(&status), "{method} {path}{query}: {status}");
            }
        }
        for path in ["/edit", "/faults", "/clock"] {
            let mut request = Request::new("POST", path);
            request.body.clone_from(&raw);
            let status = desk.world.control(desk.now, &request).status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
    }
    let effects: BTreeSet<String> = desk.effects_since(4).into_iter().collect();
    let notes = BTreeSet::from(["highlevel note (record) null→{…} api".to_owned()]);
    assert_eq!(effects, notes, "a text alone makes a note, and nothing else");
}

#[test]
fn switches_of_any_size_do_not_overflow_a_clock() {
    let mut desk = Desk::open();
    for extreme in [i64::MAX, i64::MIN] {
        desk.turn(json!({
            "index_lag_seconds": extreme, "upguard_skew_seconds": extreme,
            "highlevel_skew_seconds": extreme, "upguard_page_token_seconds": extreme,
            "highlevel_burst_interval_ms": extreme,
        }));
        desk.control("POST", "/clock", json!({ "advance_seconds": 3.0e9 }));
        desk.search(json!({}));
        desk.upguard("GET", "/vendors?page_size=10", Value::Null);
        desk.contact(json!({ "name": "x" }));
    }
}
