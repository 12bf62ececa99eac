//! Do the answers have the members that the fixtures have? Compared are paths, not values; members
//! of free maps (`attributes`, category scores) count as one.

use std::collections::BTreeSet;
use std::path::Path;

use concordat_sandbox::{Options, Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

const FREE_MAPS: [&str; 5] =
    ["attributes", "category_scores", "categoryScores", "additional_attributes", "context"];

fn fixture(name: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let text = std::fs::read_to_string(root.join(name)).expect("a fixture");
    let fixture: Value = serde_json::from_str(&text).expect("JSON");
    assert!(fixture["_source"].as_str().is_some_and(|source| source.contains("fact sheet §")));
    fixture["body"].clone()
}

fn collect(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                if !FREE_MAPS.contains(&name.as_str()) {
                    collect(value, &path, paths);
                }
                paths.insert(path);
            }
        }
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, path, paths)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[track_caller]
fn check(name: &str, answers: &[Value]) {
    let (mut wanted, mut answered) = (BTreeSet::new(), BTreeSet::new());
    collect(&fixture(name), "", &mut wanted);
    answers.iter().for_each(|answer| collect(answer, "", &mut answered));
    assert_eq!(answered, wanted, "{name}");
}

#[test]
fn upguard_answers_have_the_fixtures_members() {
    let mut desk = Desk::with(Options { vendors: 60, contacts: 200, ..Options::default() });
    desk.turn(json!({ "upguard_contact_page_size": 1 }));
    let page = desk.upguard("GET", "/vendors?page_size=50", Value::Null).1;
    let rows = page["vendors"].as_array().cloned().unwrap_or_default();
    check("upguard/vendors_page.json", &[page]);
    let ids = rows.iter().map(|row| row["id"].clone());
    let mut details = Vec::new();
    let mut lists = Vec::new();
    for id in ids {
        details.push(desk.upguard("GET", &format!("/vendor?id={id}"), Value::Null).1);
        let target = format!("/vendor/contact/list?vendor_id={id}");
        lists.push(desk.upguard("GET", &target, Value::Null).1);
    }
    check("upguard/vendor_detail.json", &details);
    check("upguard/vendor_contact_list.json", &lists);
    for (name, target) in [
        ("organisation", "/organisation"),
        ("labels", "/labels"),
        ("error_vendor_not_found", "/vendor?id=1"),
        ("error_contact_forbidden", "/vendor/contact?id=1"),
    ] {
        let answer = desk.upguard("GET", target, Value::Null).1;
        check(&format!("upguard/{name}.json"), std::slice::from_ref(&answer));
        if name.starts_with("error") {
            assert_eq!(answer, fixture(&format!("upguard/{name}.json")));
        }
    }
}

#[test]
fn threat_answers_have_the_fixtures_members() {
    let mut desk = Desk::with(Options { threats: 40, ..Options::default() });
    let page = desk.upguard("GET", "/threatmonitoring/threat/list?page_size=20", Value::Null).1;
    let uuids: Vec<String> = page["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["uuid"].as_str().map(str::to_owned))
        .collect();
    let fresh = desk.edit(json!({
        "side": "upguard", "entity": "threat", "create": { "title": "x", "severity": "high" }
    }));
    let query = |fresh: &Value, rest: &str| format!("?uuid={}{rest}", fresh.as_str().unwrap_or(""));
    let mut post = |path: &str, rest: &str, body: Value| {
        let target = format!("/threatmonitoring/threat/{path}{}", query(&fresh, rest));
        desk.upguard("POST", &target, body).1
    };
    let ada = "&investigator_email=ada.brook@concordat.example";
    check("upguard/threat_assigned.json", &[post("investigator/update", ada, Value::Null)]);
    let content = json!({ "content": "x" });
    check("upguard/threat_comment.json", &[post("comment/add", "", content)]);
    let closed = post("close", "&reason=false_positive", Value::Null);
    check("upguard/threat_closed.json", &[closed]);
    check("upguard/threat_reopened.json", &[post("reopen", ada, Value::Null)]);
    let asked = post("remediation_request/add", "&email=desk@x.com", Value::Null);
    check("upguard/remediation_request_added.json", &[asked]);
    let waived = "&reason=waived&reason_description=x";
    let ended = post("remediation_request/close", waived, Value::Null);
    check("upguard/remediation_request_closed.json", &[ended]);
    let page = desk.upguard("GET", "/threatmonitoring/threat/list?page_size=20", Value::Null).1;
    check("upguard/threat_list_page.json", &[page]);
    let count = desk.upguard("GET", "/threatmonitoring/threat/count", Value::Null).1;
    check("upguard/threat_count.json", &[count]);
    let uuids = uuids.into_iter().map(Value::from).chain([fresh.clone()]);
    let details: Vec<Value> = uuids
        .map(|uuid| {
            let target = format!("/threatmonitoring/threat{}", query(&uuid, ""));
            desk.upguard("GET", &target, Value::Null).1
        })
        .collect();
    check("upguard/threat_detail.json", &details);
    desk.turn(json!({ "upguard_notification_page_size": 1 }));
    for _ in 0..2 {
        desk.edit(json!({
            "side": "upguard", "entity": "notification",
            "create": { "type": "x", "description": "x", "context": { "Vendor": "Acme" } }
        }));
    }
    let feed = desk.upguard("GET", "/notifications", Value::Null).1;
    check("upguard/notifications_page.json", &[feed]);
    let nobody = "/threatmonitoring/threat?uuid=6f0c2f1e-5a5e-4b5e-9d57-0c4f4b1f8a11";
    let missing = desk.upguard("GET", nobody, Value::Null).1;
    assert_eq!(missing, fixture("upguard/error_threat_not_found.json"));
}

#[test]
fn highlevel_answers_have_the_fixtures_members() {
    let mut desk = Desk::empty();
    let location = desk.location();
    let mut business = fixture("highlevel/business_created.json")["buiseness"].clone();
    for derived in ["id", "createdAt", "updatedAt"] {
        business.as_object_mut().map(|members| members.shift_remove(derived));
    }
    let (_, created) = desk.highlevel("POST", "/businesses/", business);
    let business_id = created["buiseness"]["id"].clone();
    check("highlevel/business_created.json", &[created]);
    let target = format!("/businesses/?locationId={location}");
    check("highlevel/businesses_page.json", &[desk.highlevel("GET", &target, Value::Null).1]);
    let target = format!("/locations/{location}/customFields?model=contact");
    let fields = desk.highlevel("GET", &target, Value::Null).1;
    let field = fields["customFields"][0]["id"].clone();
    check("highlevel/custom_fields.json", &[fields]);

    let shown = fixture("highlevel/contact_get.json")["contact"].clone();
    let mut create = json!({
        "locationId": location,
        "customFields": [{ "id": field, "field_value": "[concordat:7K2QM4XA]" }],
    });
    for member in [
        "firstName",
        "lastName",
        "email",
        "phone",
        "address1",
        "city",
        "state",
        "postalCode",
        "country",
        "website",
        "timezone",
        "dateOfBirth",
        "companyName",
        "assignedTo",
        "source",
        "tags",
        "dnd",
    ] {
        create[member] = shown[member].clone();
    }
    let (_, created) = desk.highlevel("POST", "/contacts/", create.clone());
    let id = created["contact"]["id"].as_str().unwrap_or_default().to_owned();
    check("highlevel/contact_created.json", &[created]);
    desk.edit(json!({
        "side": "highlevel", "entity": "contact", "id": id,
        "set": { "businessId": business_id, "additionalEmails": ["noemie@home.example"] }
    }));
    let target = format!("/contacts/{id}");
    check("highlevel/contact_get.json", &[desk.highlevel("GET", &target, Value::Null).1]);
    let put = json!({ "city": "Potsdam" });
    check("highlevel/contact_updated.json", &[desk.highlevel("PUT", &target, put).1]);
    check("highlevel/contacts_search_page.json", &[desk.search(json!({})).1]);
    let tags = json!({ "tags": ["ug:pci"] });
    let added = desk.highlevel("POST", &format!("{target}/tags"), tags).1;
    check("highlevel/tags_added.json", &[added]);
    check("highlevel/error_duplicate.json", &[desk.highlevel("POST", "/contacts/", create).1]);
}

#[test]
fn highlevel_children_have_the_fixtures_members() {
    let mut desk = Desk::empty();
    let contact = desk.contact(json!({ "firstName": "Ines", "lastName": "Vogt" }));
    let mut task = fixture("highlevel/task.json")["task"].clone();
    for derived in ["id", "contactId"] {
        task.as_object_mut().map(|members| members.shift_remove(derived));
    }
    let target = format!("/contacts/{contact}/tasks");
    check("highlevel/task.json", &[desk.highlevel("POST", &target, task).1]);
    check("highlevel/tasks.json", &[desk.highlevel("GET", &target, Value::Null).1]);
    let target = format!("/locations/{}/tasks/search", desk.location());
    let found = desk.highlevel("POST", &target, json!({})).1;
    check("highlevel/tasks_search_page.json", &[found]);

    let mut note = fixture("highlevel/note.json")["note"].clone();
    for derived in ["id", "contactId", "dateAdded"] {
        note.as_object_mut().map(|members| members.shift_remove(derived));
    }
    let target = format!("/contacts/{contact}/notes");
    check("highlevel/note.json", &[desk.highlevel("POST", &target, note).1]);
    check("highlevel/notes.json", &[desk.highlevel("GET", &target, Value::Null).1]);
}

#[test]
fn highlevel_errors_are_the_fixtures() {
    let mut desk = Desk::empty();
    let id = desk.contact(json!({ "email": "a@x.com" }));
    let refused = desk.highlevel("PUT", &format!("/contacts/{id}"), json!({ "gender": "x" })).1;
    let gone = desk.highlevel("GET", "/contacts/Aa0Aa0Aa0Aa0Aa0Aa0Aa", Value::Null).1;
    desk.turn(json!({ "highlevel_scopes": [] }));
    let unscoped = desk.highlevel("GET", &format!("/contacts/{id}"), Value::Null).1;
    let mut with_token = |token: &str| {
        let request = Request::new("GET", "/contacts/x")
            .with_header("version", "2021-07-28")
            .with_header("authorization", &format!("Bearer {token}"));
        desk.world.handle(desk.now, System::HighLevel, &request).value()
    };
    let (pit, expired) = (with_token("pit-old"), with_token("eyJ"));
    for (name, mut answer) in [
        ("error_unknown_member", refused),
        ("error_contact_not_found", gone),
        ("error_scope", unscoped),
        ("error_private_integration", pit),
        ("error_token_expired", expired),
    ] {
        let wanted = fixture(&format!("highlevel/{name}.json"));
        answer["traceId"] = wanted["traceId"].clone();
        assert_eq!(answer, wanted, "{name}");
    }
}
