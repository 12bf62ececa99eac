//! How do questionnaires that were sent to a vendor become records?

use concordat_model::{Partition, Record, RecordId, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Source, Target, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, answer, feed, fields, json as reply, text, upguard};

fn key() -> RecordKey {
    RecordKey::new(Resource::Questionnaire, "9")
}

fn of_acme() -> Partition {
    Partition::Of(Resource::Questionnaire, RecordId::new("7"))
}

fn sent(id: u64, status: &str, archived: bool) -> Json {
    json!({"id": id, "name": "ISO 27001", "status": status, "archived": archived, "in_remediation": false,
        "due_date": "2026-11-20T00:00:00Z", "sent_at": "2026-10-20T21:42:53.821938Z", "returned_at": null})
}

fn listed(rows: Json) -> side::Outcome {
    reply(200, json!({"questionnaires": rows, "shared_questionnaires": [{"id": "PII-CANARY"}]}))
}

fn over(record: &Record) -> Option<String> {
    fields(record).into_iter().find(|it| it.starts_with("over="))
}

#[tokio::test(start_paused = true)]
async fn they_are_listed_by_vendor_and_what_a_vendor_shares_is_not_decoded() {
    let bare = json!({"id": 10, "status": "returned", "returned_at": "2026-11-02T10:00:00Z"});
    let script = Script::new([
        listed(json!([sent(9, "sent", false), bare, {"id": 11, "name": ["PII-CANARY"]}])),
        reply(200, json!({})),
    ]);
    let side = upguard(&script);
    let page = side.page(&of_acme(), None).await.expect("a page").body;
    let [told, bare] = page.records.as_slice() else { panic!("two questionnaires") };
    assert_eq!(
        fields(told),
        [
            "due=2026-11-20T00:00:00+00:00",
            "name=ISO 27001",
            "over=no",
            "sent=2026-10-20T21:42:53.821938+00:00",
            "summary=Questionnaire: ISO 27001\nSent: 2026-10-20\nDue: 2026-11-20",
        ]
    );
    assert_eq!((told.key.clone(), told.sight), (key(), Sight::Listed));
    assert_eq!(told.parent, Some(RecordId::new("7")));
    assert_eq!(fields(bare), ["due=", "name=", "over=no", "sent=", "summary=Returned: 2026-11-02"]);
    assert_eq!((page.unreadable.len(), page.next, page.total), (1, None, None));
    assert!(!page.unreadable.join(" ").contains("CANARY"));
    assert!(side.page(&of_acme(), None).await.expect("a page").body.records.is_empty());
    assert_eq!(script.lines()[0], "GET /vendor/questionnaires/v2?vendor_id=7");
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_known_says_whether_it_is_over_and_no_other_does() {
    let open = ["sent", "opened", "returned", "inreview"];
    let ended = ["complete", "cancelled", "published"];
    let row = |status: &&str| sent(9, status, false);
    let rows = open.iter().chain(&ended).map(row).chain([sent(9, "sent", true)]);
    let script = Script::new([listed(rows.collect()), listed(json!([sent(9, "frozen", false)]))]);
    let side = upguard(&script);
    let all = side.page(&of_acme(), None).await.expect("a page").body.records;
    let says: Vec<bool> = all.iter().map(|it| over(it).as_deref() == Some("over=yes")).collect();
    assert_eq!(says, [false, false, false, false, true, true, true, true]);
    let odd = side.page(&of_acme(), None).await.expect("a page").body;
    assert_eq!((over(&odd.records[0]), odd.unreadable.len()), (None, 0), "nobody guesses");
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_id_without_its_vendor_and_without_whether_it_is_archived() {
    let detail = |status: &str| {
        reply(
            200,
            json!({"id": 9, "questionnaire_name": "ISO 27001", "type_name": "x", "status": status,
                "percent_completed": 85.5, "score": 750, "sent_at": "2026-10-20T21:42:53Z",
                "sent_by": {"email": "PII-CANARY"}, "recipients": [{"email": "PII-CANARY"}]}),
        )
    };
    let script = Script::new([detail("complete"), detail("opened"), answer(404, "")]);
    let (side, vendor) = (upguard(&script), RecordId::new("7"));
    let read =
        side.read(&key(), Some(&vendor)).await.expect("an answer").body.expect("it is there");
    assert_eq!(
        fields(&read),
        ["due=", "name=ISO 27001", "over=yes", "sent=2026-10-20T21:42:53+00:00"]
    );
    assert_eq!((read.parent, read.sight), (Some(vendor), Sight::Read));
    let open = side.read(&key(), None).await.expect("an answer").body.expect("it is there");
    assert_eq!((over(&open), open.parent), (None, None), "it may be archived");
    assert!(side.read(&key(), None).await.expect("an answer").body.is_none());
    assert_eq!(script.lines()[0], "GET /vendor/questionnaire?id=9");
}

#[tokio::test(start_paused = true)]
async fn that_one_may_not_be_seen_says_nothing_of_whether_it_is_there() {
    let cause = |failure: concordat_remote::Failure| failure.cause;
    let opens = || reply(200, json!({"vendors": []}));
    let script = Script::new([answer(403, ""), opens(), answer(403, ""), answer(403, "")]);
    let side = upguard(&script);
    assert_eq!(side.read(&key(), None).await.map_err(cause), Err(Cause::Rejected));
    assert_eq!(side.read(&key(), None).await.map_err(cause), Err(Cause::Scope), "none may");
    assert_eq!(script.lines()[1], "GET /vendors?page_size=10");

    let script = Script::new([answer(403, ""), opens(), answer(403, ""), answer(403, "")]);
    let side = upguard(&script);
    let listing = side.page(&of_acme(), None).await;
    assert_eq!(listing.map(|_| ()).map_err(cause), Err(Cause::Missing), "of this vendor");
    let listing = side.page(&of_acme(), None).await;
    assert_eq!(listing.map(|_| ()).map_err(cause), Err(Cause::Scope), "of none");
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_questionnaire_is_ever_written() {
    let script = Script::new([listed(json!([sent(9, "sent", false)]))]);
    let side = upguard(&script);
    let current = side.page(&of_acme(), None).await.expect("a page").body.records.pop();
    for current in [current, None] {
        let set = vec![side::set("over", text("yes"))];
        let write = feed::write(Resource::Questionnaire, current, &RecordId::new("7"), set, None);
        assert!(matches!(side.send(&write).await, Err(WriteError::Refused(_))));
    }
    assert_eq!(script.lines().len(), 1);
}
