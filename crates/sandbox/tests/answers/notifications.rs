//! Does the feed tell of a week, in order and in pages?

use concordat_sandbox::{Request, System};
use serde_json::{Value, json};

use crate::desk::Desk;

fn notify(desk: &mut Desk, description: &str) -> Value {
    desk.edit(json!({
        "side": "upguard", "entity": "notification",
        "create": {
            "type": "RiskAssessmentPublished", "description": description,
            "context": { "Vendor": "Acme" }
        }
    }))
}

fn page(desk: &mut Desk, token: &str) -> (Vec<String>, Value) {
    let request = Request::new("GET", "/api/public/notifications").with_query("page_token", token);
    let answer = desk.send(System::UpGuard, request).value();
    let rows = answer["notifications"].as_array().cloned().unwrap_or_default();
    let told = rows.iter().map(|row| row["description"].as_str().unwrap_or_default().to_owned());
    (told.collect(), answer["next_page_token"].clone())
}

#[test]
fn the_feed_tells_of_seven_days_in_pages() {
    let mut desk = Desk::empty();
    notify(&mut desk, "old");
    desk.pass(86_400);
    let id = notify(&mut desk, "one");
    notify(&mut desk, "two");
    desk.turn(json!({ "upguard_notification_page_size": 2 }));
    let (told, token) = page(&mut desk, "");
    assert_eq!(told, ["old", "one"]);
    let (told, end) = page(&mut desk, token.as_str().unwrap_or_default());
    assert_eq!((told, end), (vec!["two".to_owned()], Value::Null));
    desk.pass(6 * 86_400 + 1);
    assert_eq!(page(&mut desk, "").0, ["one", "two"]);
    let (_, answer) = desk.upguard("GET", "/notifications", Value::Null);
    let expected = json!({
        "notification_id": id, "type": "RiskAssessmentPublished", "description": "one",
        "occurred_at": "2026-05-29T20:26:40Z", "context": { "Vendor": "Acme" }
    });
    assert_eq!(answer["notifications"][0], expected);
    assert!(id.is_string(), "the feed spells its ids as strings");
    assert_eq!(desk.effects_since(2), ["upguard notification (record) null→{…} person"]);
    desk.turn(json!({ "upguard_permissions": ["VendorRisk", "BreachRisk"] }));
    assert_eq!(desk.upguard("GET", "/notifications", Value::Null).0, 403);
    let bare = json!({ "side": "upguard", "entity": "notification", "create": { "type": "x" } });
    assert_eq!(desk.control("POST", "/edit", bare).0, 422);
}
