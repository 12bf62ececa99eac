//! How do questionnaires answer that were sent to vendors (§4.6 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

/// A desk at which one was sent to a vendor; both by id.
fn asked() -> (Desk, u64, u64) {
    let mut desk = Desk::empty();
    let create =
        |entity: &str, it: Value| json!({ "side": "upguard", "entity": entity, "create": it });
    let vendor =
        desk.edit(create("vendor", json!({ "name": "Acme", "primary_hostname": "acme.com" })));
    let vendor = vendor.as_u64().expect("a number");
    let due = "2026-12-01T00:00:00Z";
    let id = desk.edit(create(
        "questionnaire",
        json!({ "vendor_id": vendor, "name": "ISO 27001", "due_date": due }),
    ));
    (desk, vendor, id.as_u64().expect("a number"))
}

fn list(desk: &mut Desk, query: &str) -> (u16, Value) {
    desk.upguard("GET", &format!("/vendor/questionnaires/v2?{query}"), Value::Null)
}

fn read(desk: &mut Desk, id: u64) -> (u16, Value) {
    desk.upguard("GET", &format!("/vendor/questionnaire?id={id}"), Value::Null)
}

fn set(id: u64, set: Value) -> Value {
    json!({ "side": "upguard", "entity": "questionnaire", "id": id, "set": set })
}

#[test]
fn they_are_listed_at_their_vendor_and_nowhere_else() {
    let (mut desk, vendor, id) = asked();
    let (status, all) = list(&mut desk, &format!("vendor_id={vendor}"));
    assert_eq!((status, all["questionnaires"].as_array().map(Vec::len)), (200, Some(1)));
    let row = &all["questionnaires"][0];
    assert_eq!(
        (&row["id"], &row["status"], &row["archived"], &row["due_date"]),
        (&json!(id), &json!("sent"), &json!(false), &json!("2026-12-01T00:00:00Z"))
    );
    assert!(row.get("returned_at").is_none() && row.get("vendor_id").is_none());
    assert_eq!(all["shared_questionnaires"], json!([]));
    assert_eq!(list(&mut desk, "vendor_primary_hostname=ACME.com").1, all);
    let none = |answer: (u16, Value)| answer.1["questionnaires"] == json!([]);
    assert!(none(list(&mut desk, &format!("vendor_id={vendor}&usage_type=relationship"))));
    desk.edit(set(id, json!({ "archived": true })));
    assert!(!none(list(&mut desk, &format!("vendor_id={vendor}"))));
    assert!(none(list(&mut desk, &format!("vendor_id={vendor}&exclude_archived=true"))));
    for query in ["", "vendor_id=1", "vendor_id=x", &format!("vendor_id={vendor}&usage_type=x")] {
        assert_eq!(list(&mut desk, query).0, 422, "{query}");
    }
    desk.turn(json!({ "upguard_permissions": ["BreachRisk"] }));
    assert_eq!(list(&mut desk, &format!("vendor_id={vendor}")).0, 403);
}

#[test]
fn one_is_read_without_its_vendor_and_is_missing_in_one_of_two_ways() {
    let (mut desk, _, id) = asked();
    let (status, detail) = read(&mut desk, id);
    assert_eq!((status, &detail["questionnaire_name"]), (200, &json!("ISO 27001")));
    assert!(["vendor_id", "archived", "answered_at"].iter().all(|it| detail.get(it).is_none()));
    assert_eq!(read(&mut desk, id + 1).0, 404);
    desk.turn(json!({ "upguard_missing_questionnaire_status": 403 }));
    assert_eq!(read(&mut desk, id + 1).0, 403);
    assert_eq!(desk.upguard("GET", "/vendor/questionnaire", Value::Null).0, 422);
}

#[test]
fn it_goes_on_as_people_work_and_ends_for_good_when_it_is_cancelled() {
    let (mut desk, vendor, id) = asked();
    let row =
        |desk: &mut Desk| list(desk, &format!("vendor_id={vendor}")).1["questionnaires"][0].clone();
    for status in ["opened", "returned", "opened", "returned", "inreview", "complete", "inreview"] {
        desk.edit(set(id, json!({ "status": status })));
        let row = row(&mut desk);
        assert_eq!(row["status"], status);
        assert_eq!(row.get("returned_at").is_none(), status == "opened", "{status}");
    }
    for wrong in ["sent", "published", "frozen"] {
        let edit = set(id, json!({ "status": wrong }));
        assert_eq!(desk.control("POST", "/edit", edit).0, 422, "{wrong}");
    }
    let from = desk.world.effects().len();
    desk.edit(set(id, json!({ "status": "cancelled", "due_date": null })));
    assert_eq!(
        desk.effects_since(from),
        [
            "upguard questionnaire due_date \"2026-12-01T00:00:00Z\"→null person",
            "upguard questionnaire status \"inreview\"→\"cancelled\" person",
        ]
    );
    let reopened = set(id, json!({ "status": "opened" }));
    assert_eq!(desk.control("POST", "/edit", reopened).0, 422);
    assert!(row(&mut desk).get("due_date").is_none());
}

#[test]
fn it_goes_by_itself_or_with_its_vendor() {
    let (mut desk, vendor, id) = asked();
    let delete = |entity: &str, id: u64| json!({ "side": "upguard", "entity": entity, "id": id, "delete": true });
    let second =
        json!({ "side": "upguard", "entity": "questionnaire", "create": { "vendor_id": vendor } });
    let second = desk.edit(second).as_u64().expect("a number");
    desk.edit(delete("questionnaire", id));
    assert_eq!((read(&mut desk, id).0, read(&mut desk, second).0), (404, 200));
    desk.edit(delete("vendor", vendor));
    assert_eq!(read(&mut desk, second).0, 404);
    let (_, state) = desk.control("GET", "/state", Value::Null);
    assert_eq!(state["upguard"]["questionnaires"], json!([]));
}
