//! Does search lag, filter, sort and page as its sheet says?

use concordat_sandbox::Options;
use serde_json::{Value, json};

use crate::desk::Desk;

#[track_caller]
fn emails(desk: &mut Desk, body: Value) -> Vec<String> {
    let (status, answer) = desk.search(body);
    assert_eq!(status, 200, "{answer}");
    let rows = answer["contacts"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["email"].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn the_index_misses_lingers_and_is_stale() {
    let mut desk = Desk::empty();
    desk.turn(json!({ "index_lag_seconds": 5 }));
    let id = desk.contact(json!({ "email": "a@x.com", "city": "Oslo" }));
    assert_eq!(emails(&mut desk, json!({})), [""; 0], "new rows are missing");
    desk.pass(5);
    assert_eq!(emails(&mut desk, json!({})), ["a@x.com"]);
    desk.highlevel("PUT", &format!("/contacts/{id}"), json!({ "city": "Bergen" }));
    let (_, stale) = desk.search(json!({}));
    assert_eq!(stale["contacts"][0]["city"], "Oslo", "values are stale");
    desk.highlevel("DELETE", &format!("/contacts/{id}"), Value::Null);
    assert_eq!(emails(&mut desk, json!({})), ["a@x.com"], "deleted rows linger");
    desk.control("POST", "/clock", json!({ "advance_seconds": 5 }));
    assert_eq!(emails(&mut desk, json!({})), [""; 0]);
}

#[test]
fn rows_are_spelt_in_their_own_way() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "name": "John Doe", "address1": "1 Main St", "tags": ["P"] }));
    let (_, answer) = desk.search(json!({}));
    let row = &answer["contacts"][0];
    assert_eq!(answer["total"], 1);
    assert_eq!(row["contactName"], "john doe");
    assert_eq!(row["address"], "1 Main St");
    assert!(row.get("address1").is_none() && row.get("name").is_none());
    assert_eq!(row["searchAfter"], json!([desk.now.timestamp_millis(), id]));
    assert_eq!(row["businessName"], Value::Null);
}

#[test]
fn bad_questions_are_refused() {
    let mut desk = Desk::empty();
    let many = json!([{ "field": "email" }, { "field": "dnd" }, { "field": "source" }]);
    let location = desk.location();
    let (status, _) = desk.highlevel("POST", "/contacts/search", json!({ "locationId": location }));
    assert_eq!(status, 422, "pageLimit is required");
    let filter = |field: &str, operator: &str, value: Value| json!({ "filters": [{ "field": field, "operator": operator, "value": value }] });
    for (body, expected) in [
        (json!({ "pageLimit": 501 }), 422),
        (json!({ "page": 21 }), 400),
        (json!({ "page": 20 }), 200),
        (json!({ "page": 1, "searchAfter": [1, "a"] }), 422),
        (json!({ "sort": many }), 422),
        (json!({ "sort": [{ "field": "city" }] }), 400),
        (json!({ "nonsense": 1 }), 422),
        (json!({ "query": "x".repeat(76) }), 422),
        (filter("additional_phones", "eq", json!("1")), 400),
        (filter("email", "contains", json!("x")), 400),
        (filter("city", "contains", json!("a+b")), 400),
        (filter("city", "like", json!("a")), 400),
        (filter("city", "eq", json!("x".repeat(76))), 422),
        (filter("dateUpdated", "range", json!({ "low": 1 })), 400),
    ] {
        let (status, answer) = desk.search(body.clone());
        assert_eq!(status, expected, "{body}: {answer}");
    }
    desk.turn(json!({ "range_keys": "low_high" }));
    assert_eq!(desk.search(filter("dateUpdated", "range", json!({ "low": 1 }))).0, 200);
}

#[test]
fn filters_choose_rows() {
    let mut desk = Desk::empty();
    let listed = format!("/locations/{}/customFields", desk.location());
    let (_, fields) = desk.highlevel("GET", &listed, Value::Null);
    let marker = fields["customFields"][0]["id"].as_str().expect("the marker field").to_owned();
    desk.contact(json!({
        "email": "ann@x.com", "firstName": "Ann", "tags": ["upguard"], "phone": "+14155550100",
        "customFields": [{ "id": marker, "field_value": "[concordat:A]" }]
    }));
    desk.pass(100);
    desk.contact(json!({ "email": "bob@x.com", "firstName": "Bob", "city": "New York" }));
    let second = desk.now.to_rfc3339();
    let one = |field: &str, operator: &str, value: Value| json!({ "field": field, "operator": operator, "value": value });
    let either = json!({ "group": "OR", "filters": [
        one("tags", "eq", json!("UpGuard")), one("city", "contains", json!("york"))
    ]});
    for (filters, expected) in [
        (json!([one("email", "eq", json!("ANN@x.com"))]), vec!["ann@x.com"]),
        (json!([one("phone", "eq", json!("+1 415 555 0100"))]), vec!["ann@x.com"]),
        (json!([one("tags", "not_eq", json!("upguard"))]), vec!["bob@x.com"]),
        (json!([one("city", "exists", Value::Null)]), vec!["bob@x.com"]),
        (json!([one("city", "not_exists", Value::Null)]), vec!["ann@x.com"]),
        (json!([one("dateUpdated", "range", json!({ "gte": second }))]), vec!["bob@x.com"]),
        (json!([one("dateUpdated", "range", json!({ "lt": second }))]), vec!["ann@x.com"]),
        (
            json!([one(&format!("customFields.{marker}"), "eq", json!("[concordat:A]"))]),
            vec!["ann@x.com"],
        ),
        (json!([one("customFields.contact.concordat_id", "eq", json!("[concordat:A]"))]), vec![]),
        (json!([either.clone()]), vec!["bob@x.com", "ann@x.com"]),
        (json!([either, one("email", "eq", json!("bob@x.com"))]), vec!["bob@x.com"]),
    ] {
        let found = emails(&mut desk, json!({ "filters": filters }));
        assert_eq!(found, expected, "{filters}");
    }
    assert_eq!(emails(&mut desk, json!({ "query": "BOB" })), ["bob@x.com"]);
}

#[test]
fn a_field_of_several_values_is_found_by_each() {
    let mut desk = Desk::empty();
    let listed = format!("/locations/{}/customFields", desk.location());
    let (_, fields) = desk.highlevel("GET", &listed, Value::Null);
    let rows = fields["customFields"].as_array().cloned().unwrap_or_default();
    let interests = rows.iter().find(|row| row["dataType"] == "MULTIPLE_OPTIONS");
    let id = interests.expect("a field of several values")["id"].clone();
    let values = json!([{ "id": id, "field_value": ["Golf", "Sailing"] }]);
    desk.contact(json!({ "email": "ann@x.com", "customFields": values }));
    desk.contact(json!({ "email": "bob@x.com" }));
    let field = format!("customFields.{}", id.as_str().unwrap_or_default());
    for (value, expected) in
        [("golf", vec!["ann@x.com"]), ("Sailing", vec!["ann@x.com"]), ("Chess", vec![])]
    {
        let filter = json!([{ "field": field, "operator": "eq", "value": value }]);
        assert_eq!(emails(&mut desk, json!({ "filters": filter })), expected, "{value}");
    }
}

#[test]
fn an_answer_follows_the_names_of_businesses() {
    let mut desk = Desk::empty();
    let business = desk.business(json!({ "name": "Old" }));
    let contact = desk.contact(json!({ "email": "ann@x.com" }));
    let set = json!({ "businessId": business });
    desk.edit(json!({ "side": "highlevel", "entity": "contact", "id": contact, "set": set }));
    let named = |name: &str| json!({ "filters": [{ "field": "businessName", "operator": "eq", "value": name }] });
    assert_eq!(emails(&mut desk, named("Old")), ["ann@x.com"]);
    desk.highlevel("PUT", &format!("/businesses/{business}"), json!({ "name": "New" }));
    assert_eq!(emails(&mut desk, named("Old")), [""; 0]);
    assert_eq!(emails(&mut desk, named("New")), ["ann@x.com"]);
}

#[test]
fn a_walk_sees_every_row_once_in_both_modes() {
    let mut desk = Desk::with(Options { vendors: 20, contacts: 300, ..Options::default() });
    let (_, all) = desk.search(json!({}));
    let total = all["total"].as_u64().expect("a total") as usize;
    assert!(200 < total);
    for sort in
        [json!([]), json!([{ "field": "dateUpdated", "direction": "asc" }, { "field": "email" }])]
    {
        let mut seen = std::collections::BTreeSet::new();
        let mut cursor = Value::Null;
        loop {
            let mut body = json!({ "pageLimit": 37, "sort": sort });
            if !cursor.is_null() {
                body["searchAfter"] = cursor.clone();
            }
            let (_, page) = desk.search(body);
            let rows = page["contacts"].as_array().cloned().unwrap_or_default();
            for row in &rows {
                assert!(seen.insert(row["id"].to_string()), "a row came twice");
                cursor = row["searchAfter"].clone();
            }
            if rows.len() < 37 {
                break;
            }
        }
        assert_eq!(seen.len(), total);
    }
    let (_, second) = desk.search(json!({ "page": 2, "pageLimit": 10 }));
    assert_eq!(second["contacts"][0]["id"], all["contacts"][10]["id"]);
}
