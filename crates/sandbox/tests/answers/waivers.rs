//! How do risks of our own organisation answer, and their waivers (§4.5 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

fn get(desk: &mut Desk, query: &str) -> (u16, Value) {
    desk.upguard("GET", &format!("/risks{query}"), Value::Null)
}

/// The waivers of a risk that is listed.
fn waivers(desk: &mut Desk, kind: &str) -> Value {
    let all = get(desk, "").1;
    let found = all["risks"].as_array().expect("risks").iter().find(|it| it["id"] == kind).cloned();
    found.expect("the risk")["risk_waivers"].clone()
}

fn waive(desk: &mut Desk, how: Value) -> Value {
    desk.edit(json!({ "side": "upguard", "entity": "waiver", "create": how }))
}

#[test]
fn they_are_listed_with_their_risks_and_have_no_id() {
    let mut desk = Desk::empty();
    let soon = json!({ "risk": "domain_expired", "hostnames": ["a.us.com"], "justification": "Sold",
        "expires_at": "2999-01-01T00:00:00Z" });
    let id = waive(&mut desk, soon);
    waive(&mut desk, json!({ "risk": "ssl_expired" }));
    let (status, all) = get(&mut desk, "");
    // Two are there from the beginning, and nobody waived the third.
    assert_eq!((status, all["risks"].as_array().map(Vec::len)), (200, Some(3)));
    let risk = &all["risks"][1];
    assert_eq!((&risk["id"], &risk["severity"]), (&json!("domain_expired"), &json!("critical")));
    assert_eq!(all["risks"][0]["risk_waivers"], json!([]));
    let waiver = &risk["risk_waivers"][0];
    assert_eq!(
        (&waiver["hostnames"], &waiver["all_hostnames"], &waiver["expires_at"]),
        (&json!(["a.us.com"]), &json!(false), &json!("2999-01-01T00:00:00Z"))
    );
    assert!(waiver.get("id").is_none() && waiver.get("approved_by").is_none(), "{waiver}");
    let whole = &all["risks"][2]["risk_waivers"][0];
    assert_eq!(whole["all_hostnames"], true);
    for left_out in ["hostnames", "expires_at", "justification"] {
        assert!(whole.get(left_out).is_none(), "{left_out}");
    }
    let severe = get(&mut desk, "?min_severity=critical").1;
    assert_eq!(severe["risks"].as_array().map(Vec::len), Some(1));
    for wrong in ["?min_severity=pass", "?min_severity=worst", "?include_meta=maybe"] {
        assert_eq!(get(&mut desk, wrong).0, 422, "{wrong}");
    }

    let of = |how: (&str, Value)| json!({ "side": "upguard", "entity": "waiver", "id": id, how.0: how.1 });
    desk.edit(of(("set", json!({ "justification": "Sold last year", "expires_at": null }))));
    let edited = waivers(&mut desk, "domain_expired")[0].clone();
    assert!(edited["justification"] == "Sold last year" && edited.get("expires_at").is_none());
    assert_eq!(desk.control("POST", "/edit", of(("set", json!({ "by": "me" })))).0, 422);
    desk.edit(of(("delete", json!(true))));
    assert_eq!(waivers(&mut desk, "domain_expired"), json!([]));
    desk.edit(
        json!({ "side": "upguard", "entity": "own_risk", "id": "ssl_expired", "delete": true }),
    );
    assert_eq!(get(&mut desk, "").1["risks"].as_array().map(Vec::len), Some(2));
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    assert_eq!(get(&mut desk, "").0, 403);
}

#[test]
fn one_whose_end_has_come_may_still_be_listed() {
    let mut desk = Desk::empty();
    let ended = json!({ "risk": "domain_expired", "expires_at": "2001-01-01T00:00:00Z" });
    waive(&mut desk, ended);
    let count = |desk: &mut Desk| waivers(desk, "domain_expired").as_array().map(Vec::len);
    assert_eq!(count(&mut desk), Some(0));
    desk.turn(json!({ "upguard_lists_ended_waivers": true }));
    assert_eq!(count(&mut desk), Some(1));
}
