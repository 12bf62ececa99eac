//! How do risks at vendors answer (§4.5 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

/// A desk at which a vendor has a critical risk on two hosts, and both ids.
fn found() -> (Desk, u64, String) {
    let mut desk = Desk::empty();
    let vendor = desk.edit(json!({ "side": "upguard", "entity": "vendor", "create": {
        "name": "Acme", "primary_hostname": "acme.com", "labels": ["pci"],
    }}));
    let risk = desk.edit(json!({ "side": "upguard", "entity": "risk", "create": {
        "vendor_id": vendor, "risk": "domain_expired", "hosts": ["a.acme.com", "b.acme.com"],
    }}));
    let id = risk.as_str().expect("an id").to_owned();
    (desk, vendor.as_u64().expect("a number"), id)
}

fn get(desk: &mut Desk, what: &str) -> (u16, Value) {
    desk.upguard("GET", &format!("/risks/{what}"), Value::Null)
}

fn set(desk: &mut Desk, id: &str, set: Value) {
    desk.edit(json!({ "side": "upguard", "entity": "risk", "id": id, "set": set }));
}

fn since(desk: &Desk, hours: i64) -> String {
    (desk.now - chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn the_overview_names_kinds_in_pages_and_counts_vendors() {
    let (mut desk, _, _) = found();
    let (status, all) = get(&mut desk, "vendors/all");
    assert_eq!(status, 200);
    let row = &all["risks"][0];
    assert_eq!(
        (&row["id"], &row["severity"], &row["num_failed_vendors"]),
        (&json!("domain_expired"), &json!("critical"), &json!(1))
    );
    let last = all["risks"].as_array().expect("kinds").last().expect("a kind");
    assert_eq!(last["severity"], "pass", "what nobody has is below all others");
    for (query, expected) in [
        ("?vendor_labels=pci", 1),
        ("?vendor_ids=1", 0),
        ("?vendor_tiers=3", 0),
        ("?page_size=10", 1),
    ] {
        let (_, listed) = get(&mut desk, &format!("vendors/all{query}"));
        let rows = listed["risks"].as_array().expect("kinds").iter();
        assert_eq!(rows.filter(|it| it["id"] == "domain_expired").count(), expected, "{query}");
    }
    for query in ["?vendor_labels=none", "?vendor_ids=x", "?page_size=9", "?page_token=x"] {
        assert_eq!(get(&mut desk, &format!("vendors/all{query}")).0, 422, "{query}");
    }
}

#[test]
fn the_vendors_of_a_kind_come_all_at_once() {
    let (mut desk, vendor, id) = found();
    let (status, answer) = get(&mut desk, "vendors_with_risk?risk_id=domain_expired");
    assert_eq!((status, &answer["risk_severity"]), (200, &json!("critical")));
    let row = &answer["vendors_with_risk"][0];
    assert_eq!(
        (&row["vendor_id"], &row["count_hostnames_failed"], &row["is_waived"]),
        (&json!(vendor), &json!(2), &json!(false))
    );
    set(&mut desk, &id, json!({ "waived": true }));
    let (_, answer) = get(&mut desk, "vendors_with_risk?risk_id=domain_expired");
    assert_eq!(answer["vendors_with_risk"][0]["is_waived"], true);
    desk.edit(json!({ "side": "upguard", "entity": "risk", "id": id, "delete": true }));
    let (_, answer) = get(&mut desk, "vendors_with_risk?risk_id=domain_expired");
    assert_eq!(answer["vendors_with_risk"], json!([]));
    assert_eq!(answer["total_vendors_matching_filter"], 1, "not those that have it");
    assert_eq!(get(&mut desk, "vendors_with_risk").0, 422);
    assert_eq!(get(&mut desk, "vendors_with_risk?risk_id=none").0, 422);
}

#[test]
fn the_differences_say_what_the_scan_found_and_lost_since() {
    let (mut desk, vendor, id) = found();
    let start = since(&desk, 1);
    let (_, answer) = get(&mut desk, &format!("vendors/diffs?start_date={start}"));
    assert_eq!(answer["total_results"], 1);
    let row = &answer["vendors"][0];
    let risk = &row["risksIntroduced"][0]["risks"][0];
    assert_eq!(
        (&row["id"], &risk["id"], &risk["severity"]),
        (&json!(vendor), &json!("domain_expired"), &json!(5))
    );
    assert_eq!(risk["scanDiffs"][1]["hostname"], "b.acme.com");
    desk.pass(7200);
    set(&mut desk, &id, json!({ "hosts": ["b.acme.com"] }));
    let start = since(&desk, 1);
    let (_, answer) = get(&mut desk, &format!("vendors/diffs?start_date={start}"));
    let row = &answer["vendors"][0];
    assert_eq!(row["risksIntroduced"], json!([]));
    let scan = &row["risksResolved"][0]["risks"][0]["scanDiffs"][0];
    assert_eq!(
        (&scan["hostname"], &scan["scanB"]["status"]),
        (&json!("a.acme.com"), &json!("PASS"))
    );
    desk.pass(7200);
    let start = since(&desk, 1);
    let (_, answer) = get(&mut desk, &format!("vendors/diffs?start_date={start}"));
    assert_eq!(answer["vendors"], json!([]));
}

#[test]
fn a_window_of_more_than_thirty_days_is_refused() {
    let (mut desk, _, _) = found();
    let start = since(&desk, 30 * 24 + 1);
    for query in [
        String::new(),
        "?start_date=yesterday".into(),
        format!("?start_date={start}"),
        format!("?start_date={}&page_size=9", since(&desk, 1)),
        format!("?start_date={}&end_date={}", since(&desk, 1), since(&desk, 2)),
    ] {
        assert_eq!(get(&mut desk, &format!("vendors/diffs{query}")).0, 422, "{query}");
    }
}
