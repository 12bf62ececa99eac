//! How do disclosed data leaks become records, and how are they moved on?

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, answer, fields, json as reply, text, upguard, whenever};

fn key() -> RecordKey {
    RecordKey::new(Resource::Disclosure, "3426")
}

fn leak(status: &str) -> Json {
    json!({"id": 3426, "status": status, "severity": 7, "description": "Leaked DB credentials\nof ours",
        "implication": "Exposed credentials", "significance": " Three years old. ",
        "source": "PII-CANARY", "url": "http://PII-CANARY", "payload": "{\"PII\": \"CANARY\"}",
        "image": "data:PII-CANARY", "date_disclosed": "2019-11-09T03:48:57Z"})
}

#[tokio::test(start_paused = true)]
async fn they_are_listed_at_once_and_what_leaked_is_not_decoded() {
    let odd =
        json!({"disclosures": [leak("Disclosed"), {"id": 7, "image": {"x": 1}}, {"status": "x"}]});
    let script = Script::new([reply(200, odd), reply(200, json!({}))]);
    let side = upguard(&script);
    let all = Partition::All(Resource::Disclosure);
    let page = side.page(&all, None).await.expect("a page").body;
    let [told, bare] = page.records.as_slice() else { panic!("two disclosures") };
    assert_eq!(
        fields(told),
        [
            "disclosed=2019-11-09T03:48:57+00:00",
            "severity=7",
            "status=Disclosed",
            "summary=Exposed credentials\n\nThree years old.",
            "title=Leaked DB credentials",
        ]
    );
    assert_eq!((told.key.clone(), told.sight), (key(), Sight::Listed));
    assert_eq!(fields(bare)[1..], ["severity=", "status=", "summary=", "title="]);
    assert_eq!((page.unreadable.len(), page.next), (1, None));
    assert!(side.page(&all, None).await.expect("a page").body.records.is_empty());
    assert_eq!(script.lines(), ["GET /dataleaks/disclosures", "GET /dataleaks/disclosures"]);
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_asking_the_listing_for_its_id() {
    let rows = |rows: Json| reply(200, json!({ "disclosures": rows }));
    let other = json!({"id": 1, "status": "Disclosed"});
    let script = Script::new([
        rows(json!([other, leak("Remediating")])),
        rows(json!([])),
        rows(json!([{"id": 3426, "status": ["PII-CANARY"]}])),
        answer(403, ""),
    ]);
    let side = upguard(&script);
    let found = side.read(&key(), None).await.expect("an answer").body.expect("a disclosure");
    assert!(
        fields(&found).contains(&"status=Remediating".to_owned()) && found.sight == Sight::Read
    );
    assert!(side.read(&key(), None).await.expect("an answer").body.is_none());
    let failure = side.read(&key(), None).await.expect_err("unreadable");
    assert_eq!(failure.cause, Cause::Malformed);
    assert!(!failure.to_string().contains("CANARY"), "{failure}");
    let failure = side.read(&key(), None).await.expect_err("no permission");
    assert!(
        failure.cause == Cause::Scope && failure.to_string().contains("DataLeaks"),
        "{failure}"
    );
    assert_eq!(script.lines()[0], "GET /dataleaks/disclosures?ids=3426");
}

/// What `set` asks of a disclosure of status `held`.
async fn asks(held: &str, set: &[(&str, &str)]) -> Result<Vec<String>, WriteError> {
    let listed = json!({ "disclosures": [leak(held)] });
    let script = Script::new([reply(200, listed), answer(204, "")]);
    let client = upguard(&script);
    let current = client.read(&key(), None).await.expect("an answer").body;
    let set = set.iter().map(|(name, it)| side::set(name, text(it))).collect();
    let resource = Resource::Disclosure;
    let write = Write {
        resource,
        current,
        parent: None,
        set,
        marker: None,
        by: whenever(),
        intent: side::intent(),
    };
    client.send(&write).await.map(|sent| {
        assert_eq!(sent.body, key().id);
        script.lines()[1..].to_vec()
    })
}

#[tokio::test(start_paused = true)]
async fn a_new_status_is_one_request_without_a_body() {
    let said = [("comment", "As told"), ("user_email", "ada@x.com"), ("status", "ClosedNoIssue")];
    assert_eq!(
        asks("Remediating", &said).await.expect("a write"),
        ["PUT /dataleaks/disclosures/status?disclosure_id=3426&new_status=ClosedNoIssue\
          &comment=As told&user_email=ada@x.com"]
    );
    for wrong in [
        &[("status", "ClosedFixedVerified")][..],
        &[("status", "Disclosed")],
        &[("status", "Remediating")],
        &[("title", "x")],
        &[("status", "ClosedNoIssue"), ("title", "x")],
        &[("comment", "x")],
    ] {
        let refused = asks("Remediating", wrong).await;
        assert!(matches!(refused, Err(WriteError::Refused(_))), "{wrong:?}");
    }
}
