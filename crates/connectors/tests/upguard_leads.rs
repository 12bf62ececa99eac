//! How do people to whom our Trust Center is shown become records?

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Source};
use serde_json::{Value as Json, json};

use crate::side::{Script, answer, fields, json as reply, upguard};

const ALL: Partition = Partition::All(Resource::Lead);

fn access() -> Json {
    json!({
        "users_and_orgs_with_access": [
            {"user_email": "Ann@X.com", "org_name": "X", "updated_at": "2026-03-20T15:30:00Z",
                "resources": {"documents": [{"uuid": "PII-CANARY"}]}},
            {"org_name": "Whole Corp"},
            {"user_email": ["PII-CANARY"]},
        ],
        "access_requests": [
            {"id": 4, "user_email": "ann@x.com", "user_name": "Ann Lee", "message": "PII-CANARY",
                "updated_at": "2026-03-21T15:30:00Z"},
        ],
        "invited_emails": ["bo@y.com", "ann@x.com", null, ""],
    })
}

#[tokio::test(start_paused = true)]
async fn a_person_is_one_record_however_often_they_are_named() {
    let script = Script::new([reply(200, access()), reply(200, json!({}))]);
    let side = upguard(&script);
    let page = side.page(&ALL, None).await.expect("a page").body;
    let mut told: Vec<Vec<String>> = page.records.iter().map(fields).collect();
    told.sort();
    assert_eq!(
        told,
        [
            ["company=", "email_address=bo@y.com", "name="],
            ["company=X", "email_address=Ann@X.com", "name=Ann Lee"],
        ]
    );
    let ann = page.records.iter().find(|it| it.name.as_str() == "Ann Lee").expect("her");
    assert_eq!(ann.stamp.map(|it| it.to_rfc3339()).as_deref(), Some("2026-03-21T15:30:00+00:00"));
    assert_eq!(ann.sight, Sight::Listed);
    assert!(!ann.key.id.as_str().to_lowercase().contains("ann"), "{}", ann.key.id);
    assert_eq!(page.unreadable.len(), 2, "{:?}", page.unreadable);
    assert!(!format!("{page:?}").contains("CANARY"));
    assert!(side.page(&ALL, None).await.expect("a page").body.records.is_empty());
    assert_eq!(script.lines()[0], "GET /trust_exchange/trust_center/access");
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_listing_all() {
    let whole = json!({ "invited_emails": ["bo@y.com"] });
    let script = Script::new([
        reply(200, whole.clone()),
        reply(200, whole),
        reply(200, json!({})),
        reply(200, json!({ "invited_emails": [7] })),
        answer(403, ""),
    ]);
    let side = upguard(&script);
    let key = side.page(&ALL, None).await.expect("a page").body.records[0].key.clone();
    let read = async |key: &RecordKey| side.read(key, None).await.map(|it| it.body);
    let found = read(&key).await.expect("an answer").expect("a lead");
    assert_eq!((found.key.clone(), found.sight), (key.clone(), Sight::Read));
    assert!(read(&key).await.expect("an answer").is_none());
    assert_eq!(read(&key).await.expect_err("unreadable").cause, Cause::Malformed);
    let failure = read(&key).await.expect_err("no permission");
    assert!(failure.cause == Cause::Scope && failure.to_string().contains("TrustExchange"));
}
