//! Does UpGuard answer as its sheet says? Paging, casing, omissions, and writes by query.

use concordat_sandbox::{Options, Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

/// A world of one made-up vendor with one person; answers both ids.
fn one_vendor() -> (Desk, Value, Value) {
    let mut desk = Desk::empty();
    let vendor = desk.edit(json!({
        "side": "upguard", "entity": "vendor",
        "create": { "name": "Acme", "primary_hostname": "acme.com" }
    }));
    let person = desk.edit(json!({
        "side": "upguard", "entity": "contact",
        "create": { "vendor_id": vendor, "name": "Jane Smith", "email_address": "jane@acme.com" }
    }));
    (desk, vendor, person)
}

#[track_caller]
fn check(desk: &mut Desk, method: &str, target: &str, body: Value, status: u16) -> Value {
    let (answered, value) = desk.upguard(method, target, body);
    assert_eq!(answered, status, "{method} {target}: {value}");
    value
}

#[test]
fn the_key_goes_raw_and_a_bad_one_is_refused() {
    let (mut desk, ..) = one_vendor();
    let ask = |desk: &mut Desk, key: &str| {
        let request =
            Request::new("GET", "/api/public/organisation").with_header("Authorization", key);
        desk.world.handle(desk.now, System::UpGuard, &request).status
    };
    let key = desk.options.api_key.clone();
    assert_eq!(ask(&mut desk, &key), 200);
    assert_eq!(ask(&mut desk, &format!("Bearer {key}")), 401);
    desk.turn(json!({ "upguard_bad_key_status": 403 }));
    assert_eq!(ask(&mut desk, "wrong"), 403);
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    check(&mut desk, "GET", "/organisation", Value::Null, 403);
    check(&mut desk, "GET", "/vendors", Value::Null, 200);
}

#[test]
fn vendors_are_paged_by_short_lived_opaque_tokens() {
    let mut desk = Desk::with(Options { vendors: 25, contacts: 0, ..Options::default() });
    let first = check(&mut desk, "GET", "/vendors?page_size=10", Value::Null, 200);
    assert_eq!(first["total_results"], 24, "the unmonitored one is not listed");
    let token = first["next_page_token"].as_str().expect("more pages").to_owned();
    let next = |desk: &mut Desk, token: &str, size: u8| {
        let request = Request::new("GET", "/api/public/vendors")
            .with_query("page_size", &size.to_string())
            .with_query("page_token", token);
        let response = desk.send(System::UpGuard, request);
        (response.status, response.value())
    };
    let (_, second) = next(&mut desk, &token, 10);
    assert_ne!(first["vendors"][0]["id"], second["vendors"][0]["id"]);
    let token = second["next_page_token"].as_str().expect("one more page").to_owned();
    let (_, third) = next(&mut desk, &token, 10);
    assert_eq!(third["vendors"].as_array().map(Vec::len), Some(4));
    assert!(third.get("next_page_token").is_none());
    let whole = check(&mut desk, "GET", "/vendors?page_size=24", Value::Null, 200);
    assert!(whole.get("next_page_token").is_none(), "a full last page is the last");
    desk.turn(json!({ "upguard_empty_next_page_token": true }));
    let whole = check(&mut desk, "GET", "/vendors?page_size=24", Value::Null, 200);
    assert_eq!(whole["next_page_token"], "");
    assert_eq!(next(&mut desk, "garbage", 10).0, 422);
    assert_eq!(next(&mut desk, &token, 5).0, 422, "page_size starts at 10");
    desk.pass(301);
    assert_eq!(next(&mut desk, &token, 10).0, 422, "tokens expire");
}

#[test]
fn requests_are_limited_per_endpoint_and_minute() {
    let (mut desk, ..) = one_vendor();
    desk.turn(json!({ "upguard_requests_per_minute": 1 }));
    check(&mut desk, "GET", "/labels", Value::Null, 200);
    check(&mut desk, "GET", "/labels", Value::Null, 429);
    check(&mut desk, "GET", "/vendors", Value::Null, 200);
    desk.pass(60);
    check(&mut desk, "GET", "/labels", Value::Null, 200);
}

#[test]
fn list_and_detail_spell_differently_and_leave_empties_out() {
    let (mut desk, vendor, _) = one_vendor();
    let detail_target = format!("/vendor?id={vendor}");
    let bare = check(&mut desk, "GET", "/vendors", Value::Null, 200);
    let row = bare["vendors"][0].as_object().expect("one row").clone();
    assert_eq!(row.keys().collect::<Vec<_>>(), ["id", "name", "primary_hostname", "monitored"]);
    desk.edit(json!({
        "side": "upguard", "entity": "vendor", "id": vendor,
        "set": { "assessmentStatus": "Published", "note": "key supplier", "tier": 2 }
    }));
    let row = check(&mut desk, "GET", "/vendors", Value::Null, 200)["vendors"][0].clone();
    assert_eq!(row["assessmentStatus"], "Published");
    assert!(row.get("note").is_none());
    let detail = check(&mut desk, "GET", &detail_target, Value::Null, 200);
    assert_eq!(detail["assessment_status"], "Published");
    assert_eq!(detail["note"], "key supplier");
    assert!(detail.get("assessmentStatus").is_none() && detail.get("monitored").is_none());
    assert!(detail["first_monitored"].is_string());
    let missing = check(&mut desk, "GET", "/vendor?hostname=nobody.com", Value::Null, 404);
    assert_eq!(missing["error"], "vendor was not found");
    check(&mut desk, "GET", "/vendor", Value::Null, 422);
    check(&mut desk, "GET", "/vendor?id=x", Value::Null, 422);
}

#[test]
fn reads_that_spend_a_licence_leave_an_effect() {
    let (mut desk, vendor, _) = one_vendor();
    let from = desk.world.effects().len();
    check(&mut desk, "GET", &format!("/vendor?id={vendor}"), Value::Null, 200);
    assert!(desk.effects_since(from).is_empty());
    check(
        &mut desk,
        "GET",
        "/vendor?hostname=acme.com&generate_ad_hoc_report=true",
        Value::Null,
        200,
    );
    check(&mut desk, "GET", "/vendor?hostname=new.com&start_monitoring=true", Value::Null, 202);
    for refused in [
        "hostname=acme.com&start_monitoring=true&generate_ad_hoc_report=maybe",
        "start_monitoring=true",
        "id=x&start_monitoring=true",
    ] {
        check(&mut desk, "GET", &format!("/vendor?{refused}"), Value::Null, 422);
    }
    check(&mut desk, "GET", "/vendor?id=1&start_monitoring=true", Value::Null, 404);
    let expected = [
        "upguard vendor licence null→\"generate_ad_hoc_report\" api",
        "upguard vendor licence null→\"start_monitoring\" api",
    ];
    assert_eq!(desk.effects_since(from), expected);
}

#[test]
fn contacts_are_listed_per_vendor_and_missing_ones_are_forbidden() {
    let (mut desk, vendor, person) = one_vendor();
    desk.turn(json!({ "upguard_contact_page_size": 1 }));
    desk.edit(json!({
        "side": "upguard", "entity": "contact",
        "create": { "vendor_id": vendor, "name": "Second" }
    }));
    let by_host = "/vendor/contact/list?vendor_primary_hostname=acme.com";
    let page = check(&mut desk, "GET", by_host, Value::Null, 200);
    assert_eq!(page["contacts"][0]["id"], person);
    assert!(page["contacts"][0].get("phone_mobile").is_none());
    let by_id = format!("/vendor/contact/list?vendor_id={vendor}");
    let token = page["next_page_token"].as_str().expect("a second page");
    let request =
        Request::new("GET", &format!("/api/public{by_id}")).with_query("page_token", token);
    let second = desk.send(System::UpGuard, request).value();
    assert_eq!(second["contacts"][0]["name"], "Second");
    check(&mut desk, "GET", &format!("/vendor/contact?id={person}"), Value::Null, 200);
    desk.edit(json!({ "side": "upguard", "entity": "contact", "id": person, "delete": true }));
    check(&mut desk, "GET", &format!("/vendor/contact?id={person}"), Value::Null, 403);
    check(&mut desk, "GET", "/vendor/contact", Value::Null, 422);
    check(
        &mut desk,
        "GET",
        "/vendor/contact/list?vendor_primary_hostname=no.com",
        Value::Null,
        403,
    );
}

#[test]
fn attributes_merge_and_null_clears() {
    let (mut desk, vendor, _) = one_vendor();
    let write = |desk: &mut Desk, attributes: Value, status: u16| {
        let body = json!({ "vendor_primary_hostname": "acme.com", "attributes": attributes });
        check(desk, "PUT", "/vendor/attributes", body, status)
    };
    let from = desk.world.effects().len();
    write(&mut desk, json!({ "Main phone": "+1 555", "cost centre": "1234" }), 204);
    write(&mut desk, json!({ "Main phone": "+1 555" }), 204);
    write(&mut desk, json!({ "Main phone": null }), 204);
    write(&mut desk, json!({ "Main phone": "1", "Unheard of": "x" }), 422);
    write(&mut desk, json!({ "Main phone": 5 }), 422);
    let expected = [
        "upguard vendor attributes.Main phone null→\"+1 555\" api",
        "upguard vendor attributes.cost centre null→\"1234\" api",
        "upguard vendor attributes.Main phone \"+1 555\"→null api",
    ];
    assert_eq!(desk.effects_since(from), expected);
    let detail = check(&mut desk, "GET", &format!("/vendor?id={vendor}"), Value::Null, 200);
    assert_eq!(detail["attributes"], json!({ "cost centre": "1234" }));
    let foreign = json!({ "vendor_primary_hostname": "no.com", "attributes": {} });
    check(&mut desk, "PUT", "/vendor/attributes", foreign.clone(), 403);
    desk.turn(json!({ "upguard_unknown_host_status": 404 }));
    check(&mut desk, "PUT", "/vendor/attributes", foreign, 404);
}

#[test]
fn labels_and_tier_take_query_parameters_only() {
    let (mut desk, ..) = one_vendor();
    let from = desk.world.effects().len();
    let in_body = json!({ "vendor_primary_hostname": "acme.com", "labels": ["pci"], "tier": 2 });
    check(&mut desk, "PUT", "/vendor/labels", in_body.clone(), 422);
    check(&mut desk, "PUT", "/vendor/tier", in_body, 422);
    let host = "vendor_primary_hostname=acme.com";
    check(
        &mut desk,
        "PUT",
        &format!("/vendor/labels?{host}&labels=pci,new%20one"),
        Value::Null,
        204,
    );
    check(
        &mut desk,
        "PUT",
        &format!("/vendor/labels?{host}&labels=new%20one,pci"),
        Value::Null,
        204,
    );
    check(&mut desk, "PUT", &format!("/vendor/labels?{host}&labels="), Value::Null, 204);
    check(&mut desk, "PUT", &format!("/vendor/tier?{host}&tier=2"), Value::Null, 204);
    check(&mut desk, "PUT", &format!("/vendor/tier?{host}&tier=2"), Value::Null, 204);
    check(&mut desk, "PUT", &format!("/vendor/tier?{host}&tier=0"), Value::Null, 204);
    let expected = [
        "upguard vendor labels []→[\"pci\",\"new one\"] api",
        "upguard vendor labels [\"pci\",\"new one\"]→[] api",
        "upguard vendor tier null→2 api",
        "upguard vendor tier 2→null api",
    ];
    assert_eq!(desk.effects_since(from), expected);
    let known = check(&mut desk, "GET", "/labels", Value::Null, 200);
    assert!(known["labels"].as_array().is_some_and(|labels| labels.contains(&json!("new one"))));
    check(&mut desk, "GET", "/vendors?labels=unheard", Value::Null, 422);
    desk.turn(json!({ "upguard_label_autocreate": false }));
    check(&mut desk, "PUT", &format!("/vendor/labels?{host}&labels=unheard"), Value::Null, 422);
}

#[test]
fn labels_are_a_set_and_every_comma_separates() {
    let (mut desk, vendor, _) = one_vendor();
    let put = |desk: &mut Desk, labels: &str| {
        let request = Request::new("PUT", "/api/public/vendor/labels")
            .with_query("vendor_primary_hostname", "acme.com")
            .with_query("labels", labels);
        assert_eq!(desk.send(System::UpGuard, request).status, 204);
    };
    let edit = |desk: &mut Desk, labels: Value| {
        desk.edit(json!({
            "side": "upguard", "entity": "vendor", "id": vendor, "set": { "labels": labels }
        }));
    };
    let from = desk.world.effects().len();
    edit(&mut desk, json!(["PCI", "Legal, HR", "PCI"]));
    edit(&mut desk, json!(["Legal, HR", "PCI"]));
    put(&mut desk, "PCI,Legal, HR,pci");
    desk.turn(json!({ "upguard_label_case_folding": true }));
    put(&mut desk, "pci");
    let expected = [
        "upguard vendor labels []→[\"PCI\",\"Legal, HR\"] person",
        "upguard vendor labels [\"PCI\",\"Legal, HR\"]→[\"PCI\",\"Legal\",\"HR\",\"pci\"] api",
        "upguard vendor labels [\"PCI\",\"Legal\",\"HR\",\"pci\"]→[\"PCI\"] api",
    ];
    assert_eq!(desk.effects_since(from), expected);
}

#[test]
fn a_person_moves_updated_at_and_nothing_moves_it_otherwise() {
    let (mut desk, _, person) = one_vendor();
    let target = format!("/vendor/contact?id={person}");
    let before = check(&mut desk, "GET", &target, Value::Null, 200);
    desk.pass(60);
    let edit = json!({
        "side": "upguard", "entity": "contact", "id": person, "set": { "title": "CISO" }
    });
    desk.edit(edit.clone());
    let after = check(&mut desk, "GET", &target, Value::Null, 200);
    assert_ne!(before["updated_at"], after["updated_at"]);
    assert_eq!(before["created_at"], after["created_at"]);
    let from = desk.world.effects().len();
    desk.pass(60);
    desk.edit(edit);
    assert!(desk.effects_since(from).is_empty());
    assert_eq!(check(&mut desk, "GET", &target, Value::Null, 200), after);
}
