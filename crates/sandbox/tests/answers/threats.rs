//! Do threats live as the sheet says? The state machine with its required texts, comments, filters,
//! and secrets in `additional_attributes`.

use concordat_sandbox::upguard::PLANTED_SECRET;
use concordat_sandbox::{Options, Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

const ADA: &str = "ada.brook@concordat.example";
const YUKI: &str = "yuki.mori@concordat.example";

fn desk(threats: usize) -> Desk {
    Desk::with(Options { vendors: 0, contacts: 0, threats, ..Options::default() })
}

/// A desk with one fresh threat.
fn one_threat() -> (Desk, String) {
    let mut desk = desk(0);
    let create = json!({ "title": "Credentials", "severity": "high" });
    let id = desk.edit(json!({ "side": "upguard", "entity": "threat", "create": create }));
    (desk, id.as_str().expect("a uuid").to_owned())
}

/// Calls `/threatmonitoring/threat{below}` with `uuid` and the other parameters.
fn call(
    desk: &mut Desk,
    below: &str,
    uuid: &str,
    query: &[(&str, &str)],
    body: Value,
) -> (u16, Value) {
    let method = if below.is_empty() { "GET" } else { "POST" };
    let target = format!("/api/public/threatmonitoring/threat{below}");
    let mut request = Request::new(method, &target).with_query("uuid", uuid);
    for (name, value) in query {
        request = request.with_query(name, value);
    }
    if !body.is_null() {
        request = request.with_json(&body);
    }
    let response = desk.send(System::UpGuard, request);
    (response.status, response.value())
}

#[track_caller]
fn check(desk: &mut Desk, below: &str, uuid: &str, query: &[(&str, &str)], status: u16) -> Value {
    let (answered, value) = call(desk, below, uuid, query, Value::Null);
    assert_eq!(answered, status, "{below} {query:?}: {value}");
    assert_eq!(value["error"].is_string(), status != 200, "{value}");
    value
}

#[track_caller]
fn say(desk: &mut Desk, uuid: &str, query: &[(&str, &str)], content: &str, status: u16) -> Value {
    let (answered, value) = call(desk, "/comment/add", uuid, query, json!({ "content": content }));
    assert_eq!(answered, status, "{query:?}: {value}");
    value
}

fn read(desk: &mut Desk, uuid: &str) -> Value {
    check(desk, "", uuid, &[], 200)["threat_details"].clone()
}

fn listed(desk: &mut Desk, query: &str) -> Vec<Value> {
    let target = format!("/threatmonitoring/threat/list{query}");
    let (status, answer) = desk.upguard("GET", &target, Value::Null);
    assert_eq!(status, 200, "{answer}");
    answer["results"].as_array().cloned().unwrap_or_default()
}

#[test]
fn assigning_an_open_threat_makes_it_investigated() {
    let (mut desk, uuid) = one_threat();
    assert_eq!(read(&mut desk, &uuid)["threat_status"], "open");
    for email in ["", "nobody@concordat.example", "lena.auditor@concordat.example"] {
        check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", email)], 422);
    }
    check(&mut desk, "/investigator/update", &uuid, &[], 422);
    let assign = [("investigator_email", ADA)];
    let answer = check(&mut desk, "/investigator/update", &uuid, &assign, 200);
    let ada = json!({ "name": "Ada Brook", "email": ADA });
    assert_eq!(answer, json!({ "uuid": uuid, "status": "investigating", "investigator": ada }));
    check(&mut desk, "/investigator/update", &uuid, &assign, 200);
    check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", YUKI)], 200);
    let threat = read(&mut desk, &uuid);
    assert_eq!((&threat["investigating"], &threat["closed"]), (&json!(true), &json!(false)));
    let expected = [
        format!("upguard threat investigator null→\"{ADA}\" api"),
        "upguard threat threat_status \"open\"→\"investigating\" api".to_owned(),
        format!("upguard threat investigator \"{ADA}\"→\"{YUKI}\" api"),
    ];
    assert_eq!(desk.effects_since(1), expected);
}

#[test]
fn comments_need_an_investigation_and_make_a_tree() {
    let (mut desk, uuid) = one_threat();
    say(&mut desk, &uuid, &[], "too early", 422);
    check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", ADA)], 200);
    let from = desk.world.effects().len();
    say(&mut desk, &uuid, &[], " ", 422);
    say(&mut desk, &uuid, &[], &"é".repeat(4001), 422);
    say(&mut desk, &uuid, &[("parent_id", "1")], "no such parent", 422);
    say(&mut desk, &uuid, &[("parent_id", "x")], "no number", 422);
    say(&mut desk, &uuid, &[("private", "true")], "not under remediation", 422);
    check(&mut desk, "/comment/add", &uuid, &[("content", "in the query")], 422);
    assert_eq!(desk.effects_since(from), [""; 0]);
    let first = say(&mut desk, &uuid, &[], &"é".repeat(4000), 200);
    let parent = first["comment_id"].to_string();
    let reply = say(&mut desk, &uuid, &[("parent_id", &parent)], "reply", 200);
    assert_eq!(reply["children"], json!([]));
    let threat = read(&mut desk, &uuid);
    assert_eq!(threat["number_of_comments"], 2);
    assert_eq!(threat["comments"][0]["children"], json!([reply]));
    assert_eq!(threat["comments"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.effects_since(from), ["upguard comment (record) null→{…} api"; 2]);
    check(&mut desk, "/close", &uuid, &[("reason", "false_positive")], 200);
    say(&mut desk, &uuid, &[], "too late", 422);
}

#[test]
fn a_remediation_request_leads_to_an_outcome_and_no_way_back() {
    let (mut desk, uuid) = one_threat();
    let add = "/remediation_request/add";
    let whole =
        [("email", "desk@x.com"), ("due_date", "2026-06-01"), ("reminder_date", "2026-05-30")];
    check(&mut desk, add, &uuid, &whole, 422);
    check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", ADA)], 200);
    let from = desk.world.effects().len();
    for query in [
        &[][..],
        &[("email", "nobody")],
        &[("email", "desk@x.com"), ("reminder_date", "2026-05-30")],
        &[("email", "desk@x.com"), ("due_date", "soon")],
        &[("email", "desk@x.com"), ("due_date", "2026-05-28")],
        &[("email", "desk@x.com"), ("due_date", "2026-05-28T20:26:39Z")],
        &[("email", "desk@x.com"), ("copy_threat_comments", "maybe")],
    ] {
        check(&mut desk, add, &uuid, query, 422);
    }
    let long = json!({ "email_message": "x".repeat(4001) });
    assert_eq!(call(&mut desk, add, &uuid, &whole, long).0, 422);
    assert_eq!(desk.effects_since(from), [""; 0]);
    let answer = check(&mut desk, add, &uuid, &whole, 200);
    assert_eq!((&answer["threat_uuid"], &answer["status"]), (&json!(uuid), &json!("remediating")));
    say(&mut desk, &uuid, &[("private", "true")], "between us", 200);
    check(&mut desk, add, &uuid, &whole, 422);
    check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", YUKI)], 422);
    let close = "/remediation_request/close";
    check(&mut desk, close, &uuid, &[], 422);
    check(&mut desk, close, &uuid, &[("reason", "forgotten")], 422);
    check(&mut desk, close, &uuid, &[("reason", "waived")], 422);
    let waive = [("reason", "waived"), ("reason_description", "Accepted")];
    let closed = check(&mut desk, close, &uuid, &waive, 200);
    let id = &answer["remediation_request_id"];
    assert_eq!(closed, json!({ "remediation_request_id": id, "status": "Closed" }));
    check(&mut desk, close, &uuid, &waive, 422);
    let threat = read(&mut desk, &uuid);
    assert_eq!(threat["threat_status"], "closed");
    assert_eq!(threat["closed_status"], "waived");
    assert_eq!(threat["remediation_outcome"], "waived");
    assert!(!threat.to_string().contains("desk@x.com"), "no read tells of the request");
    check(&mut desk, "/reopen", &uuid, &[("investigator_email", YUKI)], 422);
    let expected = [
        "upguard threat threat_status \"investigating\"→\"remediating\" api",
        "upguard remediation_request (record) null→{…} api",
        "upguard comment (record) null→{…} api",
        "upguard threat threat_status \"remediating\"→\"closed\" api",
        "upguard threat remediation_outcome null→\"waived\" api",
        "upguard threat remediation_outcome_notes null→\"Accepted\" api",
        "upguard remediation_request status \"Open\"→\"Closed\" api",
    ];
    let mut effects = desk.effects_since(from);
    effects.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(effects, expected);
}

#[test]
fn what_closing_a_request_does_to_the_threat_is_a_switch() {
    let (mut desk, uuid) = one_threat();
    desk.turn(json!({ "upguard_request_close_closes_threat": false }));
    check(&mut desk, "/investigator/update", &uuid, &[("investigator_email", ADA)], 200);
    check(&mut desk, "/remediation_request/add", &uuid, &[("email", "desk@x.com")], 200);
    let done = [("reason", "remediated")];
    check(&mut desk, "/remediation_request/close", &uuid, &done, 200);
    check(&mut desk, "/remediation_request/close", &uuid, &done, 422);
    assert_eq!(read(&mut desk, &uuid)["threat_status"], "remediating");
    check(&mut desk, "/close", &uuid, &[("reason", "false_positive")], 200);
    check(&mut desk, "/reopen", &uuid, &[("investigator_email", YUKI)], 422);
}

#[test]
fn closing_needs_a_reason_and_its_texts() {
    let remediated = ("reason", "remediated");
    for (query, closed_status) in [
        (&[][..], None),
        (&[("reason", "bored")], None),
        (&[("reason", "risk_accepted")], None),
        (&[("reason", "risk_accepted"), ("justification", " ")], None),
        (&[remediated], None),
        (&[remediated, ("remediation_reason", "magic")], None),
        (&[remediated, ("remediation_reason", "other")], None),
        (&[("reason", "false_positive")], Some("dismissed")),
        (&[("reason", "risk_accepted"), ("justification", "Small")], Some("dismissed")),
        (&[remediated, ("remediation_reason", "system_patched")], Some("remediated")),
        (
            &[
                remediated,
                ("remediation_reason", "other"),
                ("remediation_description", "Unplugged"),
            ],
            Some("remediated"),
        ),
    ] {
        let (mut desk, uuid) = one_threat();
        let status = if closed_status.is_some() { 200 } else { 422 };
        check(&mut desk, "/close", &uuid, query, status);
        let threat = read(&mut desk, &uuid);
        assert_eq!(threat["closed_status"].as_str(), closed_status, "{query:?}");
        assert_eq!(threat["closed"], json!(closed_status.is_some()));
        if closed_status.is_some() {
            check(&mut desk, "/close", &uuid, query, 422);
            check(&mut desk, "/reopen", &uuid, &[], 422);
            let by = [("investigator_email", YUKI)];
            let reopened = check(&mut desk, "/reopen", &uuid, &by, 200);
            assert_eq!(reopened, json!({ "uuid": uuid, "status": "investigating" }));
            let threat = read(&mut desk, &uuid);
            assert_eq!(threat["investigator"]["email"], YUKI);
            for gone in ["closed_status", "dismissed_at", "remediated_at"] {
                assert!(threat.get(gone).is_none(), "{gone}");
            }
        } else {
            assert_eq!(desk.effects_since(1), [""; 0]);
        }
        check(&mut desk, "/reopen", &uuid, &[("investigator_email", YUKI)], 422);
    }
}

#[test]
fn lists_are_filtered_paged_and_without_secrets() {
    let mut desk = desk(120);
    let all = listed(&mut desk, "?page_size=2000");
    let dismissed = listed(&mut desk, "?page_size=2000&auto_dismissed=true");
    assert_eq!(all.len() + dismissed.len(), 120, "rules' dismissals are a list of their own");
    assert_eq!(listed(&mut desk, "").len(), 50, "the default page");
    assert!(!json!(all).to_string().contains(PLANTED_SECRET));
    let with_snippets = listed(&mut desk, "?page_size=2000&include_snippets=true");
    assert!(json!(with_snippets).to_string().contains(PLANTED_SECRET));
    let stamp = |row: &Value| row["date_detected"].as_str().unwrap_or_default()[..19].to_owned();
    assert!(all.is_sorted_by(|one, two| stamp(two) <= stamp(one)));
    for (query, member, wanted) in [
        ("threat_status=open", "threat_status", &["open"][..]),
        ("closed_status=dismissed&closed_status=waived", "closed_status", &["dismissed"]),
        ("severities=high&severities=critical", "severity", &["high", "critical"]),
        ("module=open_web", "module", &["open_web"]),
        ("source_types=stealer_logs", "source", &["stealer_logs"]),
    ] {
        let rows = listed(&mut desk, &format!("?page_size=2000&{query}"));
        let fits = |row: &&Value| row[member].as_str().is_some_and(|held| wanted.contains(&held));
        assert!(!rows.is_empty() && rows.iter().all(|row| fits(&row)), "{query}");
        assert_eq!(rows.len(), all.iter().filter(fits).count(), "{query}");
        let target = format!("/threatmonitoring/threat/count?{query}");
        let (_, count) = desk.upguard("GET", &target, Value::Null);
        assert_eq!(count, json!({ "total_results": rows.len() }));
    }
    assert_eq!(listed(&mut desk, "?date_period=last_seven_days").len(), 0);
    for query in [
        "page_size=0",
        "page_size=2001",
        "page_token=x",
        "threat_status=done",
        "severities=high,low",
        "threat_status=open&threat_status=closed",
        "module=dark_web&module=open_web",
        "date_period=ever",
        "sort_by=severity",
        "auto_dismissed=2",
    ] {
        let target = format!("/threatmonitoring/threat/list?{query}");
        assert_eq!(desk.upguard("GET", &target, Value::Null).0, 422, "{query}");
    }
    let first = desk.upguard("GET", "/threatmonitoring/threat/list?page_size=60", Value::Null).1;
    let token = first["next_page_token"].as_str().unwrap_or_default();
    let request = Request::new("GET", "/api/public/threatmonitoring/threat/list?page_size=60");
    let second = desk.send(System::UpGuard, request.with_query("page_token", token)).value();
    assert_eq!(json!(all[60..]), second["results"]);
}

#[test]
fn seeds_decide_and_the_first_five_are_one_of_each() {
    let state = |seed| {
        let options = Options { seed, threats: 30, ..Options::default() };
        Desk::with(options).control("GET", "/state", Value::Null).1["upguard"]["threats"].clone()
    };
    assert_eq!(state(3), state(3));
    assert_ne!(state(3), state(4));
    let mut desk = desk(5);
    let shown = desk.control("GET", "/state", Value::Null).1["upguard"]["threats"].clone();
    let mut statuses: Vec<&str> = shown
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(|threat| threat["threat_status"].as_str())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["closed", "closed", "investigating", "open", "remediating"]);
    let uuid = shown[0]["uuid"].as_str().unwrap_or_default().to_owned();
    assert_eq!(read(&mut desk, &uuid), shown[0]);
    assert!(shown.to_string().contains(&format!("\"password\":\"{PLANTED_SECRET}")));
    let without = Desk::open().control("GET", "/state", Value::Null).1;
    let with = Desk::with(Options { threats: 9, ..Options::default() });
    let mut with = with;
    let with = with.control("GET", "/state", Value::Null).1;
    assert_eq!(with["highlevel"], without["highlevel"], "threats disturb nobody else");
    assert_eq!(with["upguard"]["vendors"], without["upguard"]["vendors"]);
}

#[test]
fn a_threat_must_be_named_and_allowed() {
    let (mut desk, uuid) = one_threat();
    check(&mut desk, "", "", &[], 422);
    check(&mut desk, "", "6f0c", &[], 422);
    check(&mut desk, "", "6f0c2f1e-5a5e-4b5e-9d57-0c4f4b1f8a11", &[], 404);
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    check(&mut desk, "", &uuid, &[], 403);
    check(&mut desk, "/close", &uuid, &[("reason", "false_positive")], 403);
}

#[test]
fn people_handle_threats_by_the_same_rules() {
    let (mut desk, uuid) = one_threat();
    let edit =
        |set: Value| json!({ "side": "upguard", "entity": "threat", "id": uuid, "set": set });
    let comment = |content: &str| {
        let create = json!({ "uuid": uuid, "content": content, "email": YUKI });
        json!({ "side": "upguard", "entity": "comment", "create": create })
    };
    for refused in [
        comment("too early"),
        edit(json!({ "threat_status": "remediating" })),
        edit(json!({ "threat_status": "closed" })),
        edit(json!({ "investigator": "nobody@x.com" })),
        edit(json!({ "remediation_outcome": "remediated" })),
        edit(json!({ "colour": "red" })),
    ] {
        assert_eq!(desk.control("POST", "/edit", refused.clone()).0, 422, "{refused}");
    }
    assert_eq!(desk.effects_since(1), [""; 0]);
    desk.edit(edit(json!({ "investigator": ADA })));
    desk.edit(comment("Looking into it"));
    assert_eq!(read(&mut desk, &uuid)["comments"][0]["user"]["name"], "Yuki Mori");
    desk.edit(edit(json!({ "threat_status": "closed", "reason": "false_positive" })));
    assert_eq!(read(&mut desk, &uuid)["dismissed_by"]["name"], "Ada Brook");
    desk.edit(edit(json!({ "threat_status": "investigating" })));
    desk.edit(edit(json!({ "remediation_request": { "email": "desk@x.com" } })));
    desk.edit(edit(json!({ "remediation_outcome": "remediated" })));
    assert_eq!(read(&mut desk, &uuid)["closed_status"], "remediated");
    assert!(desk.effects_since(0).iter().all(|effect| effect.ends_with("person")));
    desk.edit(json!({ "side": "upguard", "entity": "threat", "id": uuid, "delete": true }));
    check(&mut desk, "", &uuid, &[], 404);
}
