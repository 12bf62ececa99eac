//! How do disclosed data leaks answer (§4.6 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

/// A desk at which one was disclosed, and its id.
fn disclosed() -> (Desk, u64) {
    let mut desk = Desk::empty();
    let id = desk.edit(json!({ "side": "upguard", "entity": "disclosure", "create": {
        "description": "Leaked WordPress DB credentials", "severity": 7, "payload": "{}",
    }}));
    (desk, id.as_u64().expect("a number"))
}

fn list(desk: &mut Desk, query: &str) -> (u16, Value) {
    desk.upguard("GET", &format!("/dataleaks/disclosures{query}"), Value::Null)
}

fn set(desk: &mut Desk, query: &str) -> u16 {
    desk.upguard("PUT", &format!("/dataleaks/disclosures/status?{query}"), Value::Null).0
}

#[test]
fn they_are_listed_all_at_once_or_as_asked_for() {
    let (mut desk, id) = disclosed();
    let (status, all) = list(&mut desk, "");
    assert_eq!(status, 200);
    let row = &all["disclosures"][0];
    assert_eq!(
        (&row["id"], &row["status"], &row["severity"]),
        (&json!(id), &json!("Disclosed"), &json!(7))
    );
    assert!(all.get("next_page_token").is_none());
    let count = |answer: (u16, Value)| answer.1["disclosures"].as_array().map(Vec::len);
    let other = id + 1;
    for (query, expected) in [
        (format!("?ids={id},{other}"), 1),
        (format!("?ids={other}"), 0),
        ("?statuses=Disclosed,Investigating".into(), 1),
        ("?statuses=Remediating".into(), 0),
        (format!("?min_time={}", row["date_disclosed"].as_str().expect("a time")), 0),
        ("?min_time=2020-01-01T00:00:00Z&max_time=2020-01-02T00:00:00Z".into(), 0),
    ] {
        assert_eq!(count(list(&mut desk, &query)), Some(expected), "{query}");
    }
    for query in ["?statuses=Closed", "?ids=x", "?min_time=yesterday"] {
        assert_eq!(list(&mut desk, query).0, 422, "{query}");
    }
}

#[test]
fn a_status_is_set_by_query_and_two_are_nobodys_to_set() {
    let (mut desk, id) = disclosed();
    let why = "comment=fixed";
    for status in ["Disclosed", "ClosedFixedVerified", "Closed", ""] {
        assert_eq!(set(&mut desk, &format!("disclosure_id={id}&new_status={status}&{why}")), 422);
    }
    assert_eq!(set(&mut desk, &format!("new_status=Remediating&{why}")), 422);
    assert_eq!(set(&mut desk, &format!("disclosure_id=1&new_status=Remediating&{why}")), 403);
    let wanted = format!("disclosure_id={id}&new_status=ClosedNoIssue");
    assert_eq!(set(&mut desk, &wanted), 422, "no comment");
    let by = |who: &str| format!("{wanted}&{why}&user_email={who}@concordat.example");
    assert_eq!(set(&mut desk, &by("yuki.mori")), 422, "not her role");
    let from = desk.world.effects().len();
    assert_eq!(set(&mut desk, &by("lena.auditor")), 204);
    assert_eq!(
        desk.effects_since(from),
        ["upguard disclosure status \"Disclosed\"→\"ClosedNoIssue\" api"]
    );
    desk.turn(json!({ "upguard_disclosure_needs_comment": false }));
    assert_eq!(set(&mut desk, &format!("disclosure_id={id}&new_status=Investigating")), 204);
    desk.turn(json!({ "upguard_permissions": ["BreachRisk"] }));
    assert_eq!(list(&mut desk, "").0, 403);
}

#[test]
fn in_the_pages_it_gets_any_status_and_is_taken_back() {
    let (mut desk, id) = disclosed();
    let edit = |change: &str, how: Value| json!({ "side": "upguard", "entity": "disclosure", "id": id, change: how });
    desk.edit(edit("set", json!({ "status": "ClosedFixedVerified" })));
    let (_, state) = desk.control("GET", "/state", Value::Null);
    assert_eq!(state["upguard"]["disclosures"][0]["status"], "ClosedFixedVerified");
    let wrong = edit("set", json!({ "status": "Closed" }));
    assert_eq!(desk.control("POST", "/edit", wrong).0, 422);
    desk.edit(edit("delete", json!(true)));
    assert_eq!(list(&mut desk, "").1, json!({ "disclosures": [] }));
}
