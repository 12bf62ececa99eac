//! Do faults strike where they are told, and leave behind what they should?

use concordat_sandbox::{Fault, Request, System, fault_profile};
use serde_json::{Value, json};

use crate::desk::Desk;

/// Creates a contact under one fault; answers the status and whether the contact was stored.
fn strike(fault: &str) -> (u16, bool) {
    let mut desk = Desk::empty();
    desk.turn(json!({ fault: { "method": "POST", "path": "/contacts/", "next": 1 } }));
    let create = json!({ "locationId": desk.location(), "email": "a@x.com" });
    let (status, _) = desk.highlevel("POST", "/contacts/", create.clone());
    let stored = !desk.world.effects().is_empty();
    let (again, _) = desk.highlevel("POST", "/contacts/", create);
    assert_eq!(again, if stored { 400 } else { 201 }, "{fault} strikes once");
    (status, stored)
}

#[test]
fn every_fault_strikes_once_and_commits_or_not() {
    for (fault, expected) in [
        (Fault::ErrorBeforeEffect, (500, false)),
        (Fault::ErrorAfterCommit, (502, true)),
        (Fault::UnprocessableAfterCommit, (422, true)),
        (Fault::RateLimited, (429, false)),
        (Fault::TokenExpired, (401, false)),
        (Fault::ScopeMissing, (401, false)),
        (Fault::Forbidden, (403, false)),
        (Fault::DropBeforeEffect, (0, false)),
        (Fault::DropAfterCommit, (0, true)),
    ] {
        assert_eq!(strike(fault.name()), expected, "{}", fault.name());
    }
}

#[test]
fn storms_carry_retry_after_when_told() {
    let mut desk = Desk::empty();
    desk.turn(
        json!({ "rate_limited": { "system": "upguard", "next": 2, "retry_after_seconds": 3 } }),
    );
    let ask =
        |desk: &mut Desk| desk.send(System::UpGuard, Request::new("GET", "/api/public/labels"));
    let first = ask(&mut desk);
    assert_eq!((first.status, first.header("retry-after")), (429, Some("3")));
    assert_eq!(ask(&mut desk).status, 429);
    assert_eq!(ask(&mut desk).status, 200);
    desk.turn(json!({ "rate_limited": 1 }));
    assert_eq!(ask(&mut desk).header("retry-after"), None);
}

#[test]
fn fields_can_be_thrown_away_silently() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com" }));
    desk.turn(json!({ "drop_fields": { "path": "/contacts/{contactId}", "fields": ["city"] } }));
    let body = json!({ "city": "Oslo", "state": "O" });
    let (status, answer) = desk.highlevel("PUT", &format!("/contacts/{id}"), body);
    assert_eq!((status, answer["contact"].get("city")), (200, None));
    assert_eq!(answer["contact"]["state"], "O");
    desk.turn(json!({ "drop_fields": null }));
    desk.highlevel("PUT", &format!("/contacts/{id}"), json!({ "city": "Oslo" }));
    assert_eq!(desk.read_contact(&id)["city"], "Oslo");
}

#[test]
fn switches_are_listed_checked_and_restored() {
    let mut desk = Desk::empty();
    let (_, fresh) = desk.control("GET", "/faults", Value::Null);
    let (status, answer) =
        desk.control("POST", "/faults", json!({ "index_lag_seconds": 3, "nonsense": 1 }));
    assert_eq!(status, 422);
    let text = answer["error"].as_str().unwrap_or_default();
    assert!(text.contains("index_lag_seconds") && text.contains("drop_after_commit"), "{text}");
    assert_eq!(desk.control("GET", "/faults", Value::Null).1, fresh, "all or none");
    for bad in [json!({ "tags_answer": "some" }), json!({ "rate_limited": "often" })] {
        assert_eq!(desk.control("POST", "/faults", bad).0, 422);
    }
    desk.turn(json!({ "index_lag_seconds": 3, "forbidden": true }));
    desk.turn(json!({ "index_lag_seconds": null, "forbidden": false }));
    assert_eq!(desk.control("GET", "/faults", Value::Null).1, fresh);
}

#[test]
fn profiles_are_made_of_known_switches() {
    for name in ["none", "lag", "flaky", "strict"] {
        let profile = fault_profile(name).expect("a known profile");
        Desk::empty().turn(profile);
    }
    assert!(fault_profile("gentle").is_none());
}

#[test]
fn children_are_kept_though_the_answer_says_otherwise() {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "email": "a@x.com" }));
    desk.turn(json!({
        "unprocessable_after_commit": { "path": "/contacts/{contactId}/tasks", "next": 1 },
        "error_after_commit": { "path": "/contacts/{contactId}/notes", "next": 1 },
    }));
    let (tasks, notes) =
        (format!("/contacts/{contact}/tasks"), format!("/contacts/{contact}/notes"));
    let task = json!({ "title": "x", "dueDate": "2026-06-01", "completed": false });
    assert_eq!(desk.highlevel("POST", &tasks, task).0, 422);
    assert_eq!(desk.highlevel("POST", &notes, json!({ "body": "x" })).0, 502);
    let count = |answer: &Value, list: &str| answer[list].as_array().map(Vec::len);
    assert_eq!(count(&desk.highlevel("GET", &tasks, Value::Null).1, "tasks"), Some(1));
    assert_eq!(count(&desk.highlevel("GET", &notes, Value::Null).1, "notes"), Some(1));
    let (_, answer) = desk.control("GET", "/requests", Value::Null);
    let templates: Vec<&str> = answer["requests"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter(|row| row["method"] == "GET")
        .filter_map(|row| row["path"].as_str())
        .collect();
    assert_eq!(templates, ["/contacts/{contactId}/notes", "/contacts/{contactId}/tasks"]);
}
