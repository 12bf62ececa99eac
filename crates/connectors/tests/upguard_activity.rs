//! How does what UpGuard notifies of, and notes of vendors and their people, become records?

use concordat_model::{Partition, RecordId, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Cursor, Source};
use serde_json::json;

use crate::side::{Script, fields, json as reply, upguard};

const ALL: Partition = Partition::All(Resource::Notification);

#[tokio::test(start_paused = true)]
async fn notifications_are_read_page_by_page_and_of_their_context_only_who_is_meant() {
    let first = json!({"notifications": [
        {"notification_id": "20", "type": "RiskAssessmentPublished", "occurred_at": "2023-10-13T02:40:00Z",
         "description": "User published a new risk assessment for vendor 'UpGuard'",
         "context": {"Domain": "acme.com", "VendorID": 7, "LatestScore": 599, "Reason": "PII-CANARY",
                     "Vendors": ["x"], "VendorNote": null}},
        {"notification_id": 21},
        {"type": "no id"},
    ], "next_page_token": "more"});
    let script = Script::new([reply(200, first), reply(200, json!({}))]);
    let side = upguard(&script);
    let page = side.page(&ALL, None).await.expect("a page").body;
    let [told, bare] = page.records.as_slice() else { panic!("two notifications") };
    assert_eq!(
        fields(told),
        [
            "about=7, acme.com",
            "description=User published a new risk assessment for vendor 'UpGuard'",
            "occurred=2023-10-13T02:40:00+00:00",
            "type=RiskAssessmentPublished",
        ]
    );
    assert_eq!((told.key.id.as_str(), bare.key.id.as_str()), ("20", "21"));
    assert_eq!(told.sight, Sight::Listed);
    assert_eq!(page.unreadable.len(), 1, "{:?}", page.unreadable);
    assert_eq!(page.next, Some(Cursor("more".into())));
    let last = side.page(&ALL, page.next.as_ref()).await.expect("a page").body;
    assert!(last.records.is_empty() && last.next.is_none());
    assert_eq!(script.lines(), ["GET /notifications", "GET /notifications?page_token=more"]);
    let key = RecordKey::new(Resource::Notification, "20");
    assert!(side.read(&key, None).await.is_err(), "none can be read alone");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_named() {
    let script = Script::new([reply(403, json!({"error": "PII-CANARY"}))]);
    let failure = upguard(&script).page(&ALL, None).await.expect_err("no permission");
    assert_eq!(failure.cause, Cause::Scope);
    let says = failure.to_string();
    assert!(says.contains("Admin") && !says.contains("CANARY"), "{says}");
}

#[tokio::test(start_paused = true)]
async fn what_is_noted_of_a_vendor_stands_in_its_own_answer() {
    let vendor = json!({"id": 7, "name": "Acme", "note": "key supplier", "first_monitored": "2023-01-05T00:00:00Z"});
    let left = json!({"id": 8, "name": "Left"});
    let silent = json!({"id": 7, "name": "Acme", "first_monitored": "2023-01-05T00:00:00Z"});
    let script = Script::new([reply(200, vendor), reply(200, left), reply(200, silent)]);
    let side = upguard(&script);
    let of = |id: &str| Partition::Of(Resource::VendorNote, RecordId::new(id));
    let page = side.page(&of("7"), None).await.expect("a page").body;
    let [note] = page.records.as_slice() else { panic!("one note") };
    assert_eq!(fields(note), ["note=key supplier"]);
    assert_eq!((note.parent.as_ref(), note.sight), (Some(&RecordId::new("7")), Sight::Read));
    let page = side.page(&of("8"), None).await.expect("a page").body;
    assert!(page.records.is_empty(), "nobody monitors it");
    let key = RecordKey::new(Resource::VendorNote, "7");
    let read = side.read(&key, None).await.expect("an answer").body.expect("a note");
    assert_eq!(fields(&read), ["note="]);
    assert_eq!(script.lines(), ["GET /vendor?id=7", "GET /vendor?id=8", "GET /vendor?id=7"]);
}
