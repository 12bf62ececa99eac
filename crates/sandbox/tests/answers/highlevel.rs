//! What does every HighLevel request meet first, and what do businesses, tags and definitions
//! answer?

use concordat_sandbox::{Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

#[track_caller]
fn check(desk: &mut Desk, method: &str, target: &str, body: Value, status: u16) -> Value {
    let (answered, value) = desk.highlevel(method, target, body);
    assert_eq!(answered, status, "{method} {target}: {value}");
    assert!(value["traceId"].is_string(), "every answer is traceable: {value}");
    value
}

#[test]
fn credentials_are_told_apart() {
    let mut desk = Desk::empty();
    let location = desk.location();
    let ask = |desk: &mut Desk, authorization: &str, version: &str| {
        let request = Request::new("GET", &format!("/locations/{}", desk.location()))
            .with_header("authorization", authorization)
            .with_header("version", version);
        let response = desk.world.handle(desk.now, System::HighLevel, &request);
        (response.status, response.value()["message"].as_str().unwrap_or_default().to_owned())
    };
    let good = format!("Bearer {}", desk.options.token);
    assert_eq!(ask(&mut desk, &good, "2021-07-28").0, 200);
    let pit = ask(&mut desk, "Bearer pit-wrong", "2021-07-28");
    assert_eq!(pit, (401, "Invalid Private Integration token".into()));
    let expired = ask(&mut desk, "Bearer eyJ", "2021-07-28");
    assert_eq!(expired, (401, "Invalid token: access token is invalid".into()));
    assert_eq!(ask(&mut desk, &good, "v3").0, 400);
    desk.turn(json!({ "highlevel_scopes": ["contacts.readonly"] }));
    let scope = check(&mut desk, "GET", &format!("/locations/{location}"), Value::Null, 401);
    assert_eq!(scope["message"], "The token is not authorized for this scope.");
    desk.turn(json!({ "highlevel_scopes": null }));
    let foreign = check(&mut desk, "GET", "/locations/elsewhere", Value::Null, 403);
    assert_eq!(foreign["message"], "The token does not have access to this location.");
    check(&mut desk, "GET", "/businesses/?locationId=elsewhere", Value::Null, 403);
    let lost = check(&mut desk, "POST", "/contacts/tasks/search", json!({}), 404);
    assert_eq!(lost["message"], "Cannot POST /contacts/tasks/search");
}

#[test]
fn limits_are_counted_told_and_enforced() {
    let mut desk = Desk::empty();
    desk.turn(json!({ "highlevel_burst_limit": 3, "highlevel_daily_limit": 5 }));
    let target = format!("/locations/{}", desk.location());
    let ask = |desk: &mut Desk| desk.send(System::HighLevel, Request::new("GET", &target));
    let first = ask(&mut desk);
    let header = |name: &str| first.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("X-RateLimit-Limit-Daily"), "5");
    assert_eq!(header("X-RateLimit-Daily-Remaining"), "4");
    assert_eq!(header("X-RateLimit-Interval-Milliseconds"), "10000");
    assert_eq!(header("X-RateLimit-Max"), "3");
    assert_eq!(header("X-RateLimit-Remaining"), "2");
    let statuses: Vec<u16> = (0..3).map(|_| ask(&mut desk).status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    assert!(ask(&mut desk).header("retry-after").is_none());
    desk.pass(10);
    let statuses: Vec<u16> = (0..3).map(|_| ask(&mut desk).status).collect();
    assert_eq!(statuses, [200, 200, 429], "the day is spent");
    desk.turn(json!({ "highlevel_retry_after_seconds": 7 }));
    assert_eq!(ask(&mut desk).header("retry-after"), Some("7"));
    desk.pass(86_400);
    assert_eq!(ask(&mut desk).status, 200);
}

#[test]
fn businesses_misspell_and_refuse_as_the_real_ones() {
    let mut desk = Desk::empty();
    let location = desk.location();
    let unnamed = check(&mut desk, "POST", "/businesses/", json!({ "locationId": location }), 422);
    assert!(unnamed["message"].is_array());
    let id = desk.business(json!({ "name": "Microsoft", "city": "Redmond" }));
    let target = format!("/businesses/{id}");
    let got = check(&mut desk, "GET", &target, Value::Null, 200);
    assert_eq!(got["business"]["name"], "Microsoft");
    assert!(got["business"].get("phone").is_none());
    let refused = check(&mut desk, "PUT", &target, json!({ "locationId": location }), 422);
    assert_eq!(refused["message"], json!(["property locationId should not exist"]));
    desk.pass(5);
    let from = desk.world.effects().len();
    let put = check(&mut desk, "PUT", &target, json!({ "name": "Microsoft", "city": "" }), 200);
    assert!(put["buiseness"].get("city").is_none());
    assert_ne!(put["buiseness"]["updatedAt"], got["business"]["updatedAt"]);
    assert_eq!(desk.effects_since(from), ["highlevel business city \"Redmond\"→null api"]);
    desk.pass(5);
    let again = check(&mut desk, "PUT", &target, json!({ "name": "Microsoft" }), 200);
    assert_eq!(again["buiseness"]["updatedAt"], put["buiseness"]["updatedAt"]);
    let bad = check(&mut desk, "GET", "/businesses/xyz", Value::Null, 400);
    assert!(bad["message"].as_str().is_some_and(|text| text.contains("not a valid ObjectId")));
    check(&mut desk, "DELETE", &target, Value::Null, 200);
    check(&mut desk, "GET", &target, Value::Null, 400);
    desk.turn(json!({ "missing_business_status": 404 }));
    check(&mut desk, "GET", &target, Value::Null, 404);
}

#[test]
fn businesses_are_listed_by_limit_and_skip() {
    let mut desk = Desk::empty();
    for number in 0..5 {
        desk.business(json!({ "name": format!("Business {number}") }));
    }
    let location = desk.location();
    let page = |desk: &mut Desk, rest: &str| {
        let target = format!("/businesses/?locationId={location}{rest}");
        let page = check(desk, "GET", &target, Value::Null, 200);
        let rows = page["businesses"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["name"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page(&mut desk, "").len(), 5);
    assert_eq!(page(&mut desk, "&limit=2&skip=3"), ["\"Business 3\"", "\"Business 4\""]);
    check(&mut desk, "GET", "/businesses/", Value::Null, 422);
}

#[test]
fn a_business_is_linked_in_bulk_only() {
    let mut desk = Desk::empty();
    let (contact, business) =
        (desk.contact(json!({ "email": "a@x.com" })), desk.business(json!({ "name": "X" })));
    let body = |business: Value, desk: &Desk| json!({ "locationId": desk.location(), "ids": [contact], "businessId": business });
    let from = desk.world.effects().len();
    let link = body(json!(business), &desk);
    let answer = check(&mut desk, "POST", "/contacts/bulk/business", link, 200);
    assert_eq!(answer["ids"], json!([contact]));
    let target = format!("/contacts/business/{business}?locationId={}", desk.location());
    let rows = check(&mut desk, "GET", &target, Value::Null, 200);
    assert_eq!(rows["count"], 1);
    assert!(rows["contacts"][0].get("dateUpdated").is_none());
    let unlink = body(Value::Null, &desk);
    check(&mut desk, "POST", "/contacts/bulk/business", unlink, 200);
    let expected = [
        format!("highlevel contact businessId null→\"{business}\" api"),
        format!("highlevel contact businessId \"{business}\"→null api"),
    ];
    assert_eq!(desk.effects_since(from), expected);
    check(
        &mut desk,
        "PUT",
        &format!("/contacts/{contact}"),
        json!({ "businessId": business }),
        422,
    );
}

#[test]
fn tags_are_lower_cased_and_changed_by_delta() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "tags": ["Prospect"] }));
    let target = format!("/contacts/{id}/tags");
    let stamp = desk.read_contact(&id)["dateUpdated"].clone();
    desk.pass(60);
    let from = desk.world.effects().len();
    let added = check(&mut desk, "POST", &target, json!({ "tags": ["UG:PCI", "prospect"] }), 201);
    assert_eq!(added["tags"], json!(["prospect", "ug:pci"]));
    check(&mut desk, "POST", &target, json!({ "tags": ["ug:pci"] }), 201);
    let removed = check(&mut desk, "DELETE", &target, json!({ "tags": ["PROSPECT"] }), 200);
    assert_eq!(removed["tags"], json!(["ug:pci"]));
    let expected = [
        "highlevel contact tags [\"prospect\"]→[\"prospect\",\"ug:pci\"] api",
        "highlevel contact tags [\"prospect\",\"ug:pci\"]→[\"ug:pci\"] api",
    ];
    assert_eq!(desk.effects_since(from), expected);
    assert_eq!(desk.read_contact(&id)["dateUpdated"], stamp, "tags do not move it by default");
    desk.turn(json!({ "tag_moves_date_updated": true, "tags_answer": "delta" }));
    let delta = check(&mut desk, "POST", &target, json!({ "tags": ["New"] }), 201);
    assert_eq!(delta["tags"], json!(["new"]));
    assert_ne!(desk.read_contact(&id)["dateUpdated"], stamp);
    let dictionary = format!("/locations/{}/tags", desk.location());
    let names = check(&mut desk, "GET", &dictionary, Value::Null, 200);
    assert_eq!(names["tags"].as_array().map(Vec::len), Some(3));
}

#[test]
fn bulk_tags_report_row_by_row() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com", "tags": ["old"] }));
    let body = json!({
        "locationId": desk.location(), "contacts": [id, "abcdef"], "tags": ["New"]
    });
    let target = "/contacts/bulk/tags/update/add";
    let answer = check(&mut desk, "POST", target, body.clone(), 201);
    assert_eq!((&answer["succeded"], &answer["errorCount"]), (&json!(true), &json!(1)));
    assert_eq!(answer["responses"][0]["oldTags"], json!(["old"]));
    assert_eq!(answer["responses"][0]["tagsAdded"], json!(["new"]));
    assert_eq!(answer["responses"][1]["type"], "error");
    let remove = "/contacts/bulk/tags/update/remove";
    let removed = check(&mut desk, "POST", remove, body.clone(), 201);
    assert_eq!(removed["responses"][0]["tagsRemoved"], json!(["new"]));
    assert_eq!(desk.read_contact(&id)["tags"], json!(["old"]));
    let mut all = body;
    all["removeAllTags"] = json!(true);
    let removed = check(&mut desk, "POST", remove, all, 201);
    assert_eq!(removed["responses"][0]["tagsRemoved"], json!(["old"]));
    assert_eq!(desk.read_contact(&id)["tags"], json!([]));
}

#[test]
fn custom_fields_are_partial_and_forgiving() {
    let mut desk = Desk::empty();
    let target = format!("/locations/{}/customFields", desk.location());
    let listed = check(&mut desk, "GET", &format!("{target}?model=contact"), Value::Null, 200);
    let marker = listed["customFields"][0].clone();
    assert_eq!(marker["fieldKey"], "contact.concordat_id");
    let definition = json!({ "name": "Lead source", "dataType": "TEXT", "model": "contact" });
    let made = check(&mut desk, "POST", &target, definition, 201)["customField"].clone();
    assert_eq!(made["fieldKey"], "contact.lead_source");
    for (member, value, status) in [
        ("model", "contact", 400),
        ("model", "company", 422),
        ("dataType", "MONETARY", 422),
        ("name", "", 422),
        ("fieldKey", "contact.mine", 422),
    ] {
        let mut wrong = json!({ "name": "Lead source", "dataType": "TEXT" });
        wrong[member] = json!(value);
        check(&mut desk, "POST", &target, wrong, status);
    }
    let listed = check(&mut desk, "GET", &format!("{target}?model=contact"), Value::Null, 200);
    assert!(listed["customFields"].as_array().is_some_and(|rows| rows.contains(&made)));
    let deals = check(&mut desk, "GET", &format!("{target}?model=opportunity"), Value::Null, 200);
    assert_eq!(deals["customFields"], json!([]));
    let contact = desk.contact(json!({
        "email": "a@x.com",
        "customFields": [{ "id": marker["id"], "field_value": "[concordat:1]" }]
    }));
    let target = format!("/contacts/{contact}");
    let rows = json!({ "customFields": [
        { "key": "lead_source", "field_value": "fair" },
        { "key": "no_such_key", "field_value": "lost" },
    ]});
    let answer = check(&mut desk, "PUT", &target, rows, 200);
    let fields = answer["contact"]["customFields"].as_array().cloned().unwrap_or_default();
    assert_eq!(fields.len(), 2, "the marker stays, the unknown key is thrown away");
    assert!(fields.contains(&json!({ "id": made["id"], "value": "fair" })));
    let clear = json!({ "customFields": [{ "id": made["id"], "field_value": "" }] });
    desk.turn(json!({ "custom_field_empty_clears": false }));
    let kept = check(&mut desk, "PUT", &target, clear.clone(), 200);
    assert_eq!(kept["contact"]["customFields"].as_array().map(Vec::len), Some(2));
    desk.turn(json!({ "custom_field_empty_clears": true }));
    let cleared = check(&mut desk, "PUT", &target, clear, 200);
    assert_eq!(cleared["contact"]["customFields"].as_array().map(Vec::len), Some(1));
}
