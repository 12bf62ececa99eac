//! Does each way in which nobody knows how the systems behave make a difference, and is each named in
//! `docs/sandbox.md`?

use concordat_sandbox::{Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

#[test]
fn the_documentation_names_every_switch_and_no_other() {
    let page = include_str!("../../../../docs/sandbox.md");
    let named: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let (_, switches) = Desk::empty().control("GET", "/faults", Value::Null);
    let known: Vec<&String> = switches.as_object().expect("switches").keys().collect();
    for name in &known {
        assert!(named.contains(&name.as_str()), "docs/sandbox.md does not name {name}");
    }
    for name in named {
        assert!(known.iter().any(|it| *it == name), "there is no switch {name}");
    }
}

#[test]
fn writes_may_need_a_permission_of_their_own() {
    let mut desk = Desk::open();
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    let host =
        desk.upguard("GET", "/vendors", Value::Null).1["vendors"][0]["primary_hostname"].clone();
    let tier =
        format!("/vendor/tier?vendor_primary_hostname={}&tier=2", host.as_str().unwrap_or(""));
    assert_eq!(desk.upguard("PUT", &tier, Value::Null).0, 204);
    desk.turn(json!({ "upguard_writes_need_read_write": true }));
    assert_eq!(desk.upguard("GET", "/vendors", Value::Null).0, 200);
    assert_eq!(desk.upguard("PUT", &tier, Value::Null).0, 403);
    desk.turn(json!({ "upguard_permissions": ["VendorRisk", "ReadWrite"] }));
    assert_eq!(desk.upguard("PUT", &tier, Value::Null).0, 204);
}

#[test]
fn a_limit_may_say_how_long_it_lasts_and_a_contact_that_it_is_not_there() {
    let mut desk = Desk::empty();
    let missing = |desk: &mut Desk| desk.upguard("GET", "/vendor/contact?id=1", Value::Null).0;
    assert_eq!(missing(&mut desk), 403);
    desk.turn(json!({ "upguard_missing_contact_status": 404 }));
    assert_eq!(missing(&mut desk), 404);
    desk.turn(json!({ "upguard_requests_per_minute": 0, "upguard_retry_after_seconds": 7 }));
    let refusal = desk.send(System::UpGuard, Request::new("GET", "/api/public/labels"));
    assert_eq!((refusal.status, refusal.header("retry-after")), (429, Some("7")));
}

#[test]
fn the_feed_may_know_no_pages_and_comments_another_author() {
    let mut desk = Desk::with(concordat_sandbox::Options { threats: 6, ..Default::default() });
    for text in ["one", "two"] {
        desk.edit(json!({ "side": "upguard", "entity": "notification",
            "create": { "type": "T", "description": text } }));
    }
    desk.turn(json!({ "upguard_notification_page_size": 1, "upguard_notifications_paged": false,
        "upguard_api_author": "The Robot" }));
    let (_, first) = desk.upguard("GET", "/notifications", Value::Null);
    let token = first["next_page_token"].as_str().expect("more").to_owned();
    let (_, second) =
        desk.upguard("GET", &format!("/notifications?page_token={token}"), Value::Null);
    assert_eq!(first["notifications"], second["notifications"]);
    let (_, list) = desk.upguard(
        "GET",
        "/threatmonitoring/threat/list?threat_status=investigating",
        Value::Null,
    );
    let uuid = list["results"][0]["uuid"].as_str().expect("a threat").to_owned();
    let target = format!("/threatmonitoring/threat/comment/add?uuid={uuid}");
    let (_, comment) = desk.upguard("POST", &target, json!({ "content": "x" }));
    assert_eq!(comment["user"]["name"], "The Robot", "{comment}");
}

#[test]
fn a_contact_may_be_looked_up_listed_and_written_otherwise() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "firstName": "Ann" }));
    let lookup = format!("/contacts/search/duplicate?locationId={}&email=a@x.com", desk.location());
    assert_eq!(desk.highlevel("GET", &lookup, Value::Null).1["contact"]["id"], json!(id));
    let (_, defined) =
        desk.highlevel("GET", &format!("/locations/{}/customFields", desk.location()), Value::Null);
    let fields = defined["customFields"].as_array().expect("fields").clone();
    let texts: Vec<&Value> = fields.iter().filter(|it| it["dataType"] == "TEXT").collect();
    let put = |desk: &mut Desk, field: &Value| {
        let body = json!({ "customFields": [{ "id": field["id"], "field_value": "x" }] });
        assert_eq!(desk.highlevel("PUT", &format!("/contacts/{id}"), body).0, 200);
        desk.read_contact(&id)["customFields"].as_array().map_or(0, Vec::len)
    };
    let [one, other] = texts[..2] else { panic!("two fields") };
    assert_eq!((put(&mut desk, one), put(&mut desk, other)), (1, 2));
    desk.turn(json!({ "lookup_answer": "many", "custom_fields_replace": true,
        "search_lower_cases_names": true, "bulk_contacts_max": 1, "highlevel_limit_headers": false }));
    assert_eq!(put(&mut desk, one), 1, "the other was not sent");
    assert_eq!(desk.highlevel("GET", &lookup, Value::Null).1["contacts"][0]["id"], json!(id));
    let (_, found) = desk.search(json!({}));
    let row = &found["contacts"][0];
    assert_eq!((&row["firstName"], &row["firstNameRaw"]), (&json!("ann"), &json!("Ann")));
    let bulk = json!({ "contacts": [id, id], "tags": ["t"], "locationId": desk.location() });
    assert_eq!(desk.highlevel("POST", "/contacts/bulk/tags/update/add", bulk).0, 422);
    let answer = desk.send(System::HighLevel, Request::new("GET", "/contacts/none"));
    assert_eq!(answer.header("x-ratelimit-remaining"), None);
}

#[test]
fn notes_may_be_listed_newest_first() {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "email": "a@x.com" }));
    let notes = format!("/contacts/{contact}/notes");
    for body in ["first", "second"] {
        desk.highlevel("POST", &notes, json!({ "body": body }));
        desk.pass(1);
    }
    desk.turn(json!({ "notes_newest_first": true }));
    let (_, listed) = desk.highlevel("GET", &notes, Value::Null);
    assert_eq!(listed["notes"][0]["body"], "second");
}
