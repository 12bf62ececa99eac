//! Is a contact put under a business by the one request that does so, and what is known if it fails?

use concordat_model::{Held, Path, Reading, RecordId, Resource, Value};
use concordat_remote::{Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, definitions, highlevel, json as reply, set, text};

fn write(current: Option<Reading>, set: Vec<(Path, Held)>) -> Write {
    side::write(Resource::Contact, current, set)
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_put_under_a_business_by_a_request_of_its_own() {
    let put = |business: Json| json!({"locationId": "LOC", "ids": ["R1"], "businessId": business});
    for (fields, lines, body) in [
        (
            vec![set("businessId", text("B1"))],
            vec!["POST /contacts/bulk/business"],
            put(json!("B1")),
        ),
        (vec![set("businessId", None)], vec!["POST /contacts/bulk/business"], put(Json::Null)),
        (
            vec![set("city", text("Rome")), set("businessId", text("B1"))],
            vec!["PUT /contacts/R1", "POST /contacts/bulk/business"],
            put(json!("B1")),
        ),
    ] {
        let script = Script::new(lines.iter().map(|_| reply(200, json!({"success": true}))));
        let update = write(Some(Reading::new()), fields);
        highlevel(&script).send(&update).await.expect("written");
        assert_eq!(script.lines(), lines);
        assert_eq!(script.body(lines.len() - 1), body);
        assert!(lines.len() == 1 || script.body(0) == json!({"city": "Rome"}));
    }
    // A new one is made first. Whatever becomes of the other request, it was.
    let made = || reply(201, json!({"contact": {"id": "C9"}}));
    let create = write(None, vec![set("firstName", text("Ann")), set("businessId", text("B1"))]);
    let script = Script::new([definitions(), made(), reply(200, json!({"success": true}))]);
    let sent = highlevel(&script).send(&create).await.expect("made");
    assert_eq!(sent.body, RecordId::new("C9"));
    assert_eq!(script.body(1), json!({"firstName": "Ann", "locationId": "LOC"}));
    assert_eq!(script.body(2), json!({"locationId": "LOC", "ids": ["C9"], "businessId": "B1"}));
    let refused = reply(400, json!({"message": "Business not found for id:B1"}));
    let script = Script::new([definitions(), made(), refused]);
    let error = highlevel(&script).send(&create).await.expect_err("half made");
    assert!(matches!(error, WriteError::InDoubt(_)), "{error}");
    // Only an id is one.
    let fields = vec![set("firstName", text("Ann")), set("businessId", Some(Value::Integer(7)))];
    for current in [None, Some(Reading::new())] {
        let script = Script::new(current.is_none().then(definitions));
        let error = highlevel(&script).send(&write(current, fields.clone())).await;
        assert!(matches!(error, Err(WriteError::Refused(_))));
        assert!(script.lines().iter().all(|line| line.starts_with("GET")));
    }
}
