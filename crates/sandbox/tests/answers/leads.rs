//! How do people answer to whom our Trust Center is shown (§4.7 of the UpGuard sheet)?

use serde_json::{Value, json};

use crate::desk::Desk;

fn get(desk: &mut Desk) -> (u16, Value) {
    desk.upguard("GET", "/trust_exchange/trust_center/access", Value::Null)
}

#[test]
fn they_are_listed_by_where_they_stand_and_a_request_alone_has_an_id() {
    let mut desk = Desk::empty();
    let edit = |how: Value| json!({ "side": "upguard", "entity": "lead", "create": how });
    let asking = desk.edit(edit(json!({ "user_email": "a@x.com", "message": "Please" })));
    desk.edit(edit(json!({ "user_email": "b@x.com", "standing": "invited" })));
    let (status, all) = get(&mut desk);
    assert_eq!(status, 200);
    let request = &all["access_requests"][0];
    assert_eq!((&request["id"], &request["message"]), (&asking, &json!("Please")));
    assert_eq!(all["invited_emails"], json!(["b@x.com"]));
    assert_eq!(all["users_and_orgs_with_access"], json!([]));

    let of = |how: (&str, Value)| json!({ "side": "upguard", "entity": "lead", "id": asking, how.0: how.1 });
    desk.edit(of(("set", json!({ "standing": "admitted", "user_name": "Ann Lee" }))));
    let all = get(&mut desk).1;
    let admitted = &all["users_and_orgs_with_access"][0];
    assert_eq!((&admitted["user_email"], &admitted["id"]), (&json!("a@x.com"), &Value::Null));
    assert!(admitted.get("message").is_none() && all["access_requests"] == json!([]));
    let wrong = of(("set", json!({ "standing": "gone" })));
    assert_eq!(desk.control("POST", "/edit", wrong).0, 422);
    desk.edit(of(("delete", json!(true))));
    assert_eq!(get(&mut desk).1["users_and_orgs_with_access"], json!([]));
    desk.turn(json!({ "upguard_permissions": ["VendorRisk"] }));
    assert_eq!(get(&mut desk).0, 403);
}
