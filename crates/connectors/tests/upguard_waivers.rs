//! How do waivers of risks of our own organisation become records?

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Source};
use serde_json::{Value as Json, json};

use crate::side::{Script, answer, fields, json as reply, upguard};

const ALL: Partition = Partition::All(Resource::Waiver);

/// A risk with such waivers.
fn risk(waivers: Json) -> Json {
    json!({ "risks": [{ "id": "domain_expired", "finding": "Domain expired\nof ours", "severity": "high",
        "category": "dns", "hostnames": ["x"], "risk_waivers": waivers }] })
}

fn waiver() -> Json {
    json!({ "all_hostnames": false, "hostnames": ["b.us.com", "A.us.com"], "justification": " Sold. ",
        "created_by": "PII-CANARY@us.com", "approved_by": "PII-CANARY@us.com",
        "active_at": "2019-10-12T07:20:50.52Z", "expires_at": "2999-05-01T00:00:00Z" })
}

/// The waiver with these members in place of its own.
fn with(members: Json) -> Json {
    let mut waiver = waiver();
    for (name, value) in members.as_object().expect("members") {
        waiver[name] = value.clone();
    }
    waiver
}

/// The ids under which `waivers` are listed.
async fn ids(waivers: Json) -> Vec<String> {
    let script = Script::new([reply(200, risk(waivers))]);
    let page = upguard(&script).page(&ALL, None).await.expect("a page").body;
    page.records.iter().map(|it| it.key.id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_is_one_record_that_does_not_tell_who_decided_so() {
    let bare = json!({ "all_hostnames": true, "active_at": "once", "expires_at": "soon" });
    let mut odd = risk(json!([waiver(), bare]));
    let rows = odd["risks"].as_array_mut().expect("risks");
    rows.push(json!({ "id": "none" }));
    rows.push(json!({ "id": "bad", "risk_waivers": [{ "hostnames": "PII-CANARY" }] }));
    let script = Script::new([reply(200, odd), reply(200, json!({}))]);
    let side = upguard(&script);
    let page = side.page(&ALL, None).await.expect("a page").body;
    assert_eq!((page.records.len(), page.unreadable.len(), page.next.is_none()), (2, 1, true));
    let told = page.records.iter().find(|it| it.reading.get(&"began".into()).is_some());
    let told = told.expect("the one with times");
    assert_eq!(
        fields(told),
        [
            "began=2019-10-12T07:20:50.520+00:00",
            "ended=no",
            "expires=2999-05-01T00:00:00+00:00",
            "severity=high",
            "summary=Severity: high\nCategory: dns\nHosts: a.us.com, b.us.com\n\
             Waived since: 2019-10-12\n\nSold.",
            "title=Waived until 2999-05-01: Domain expired",
        ]
    );
    assert_eq!((told.sight, told.parent.clone()), (Sight::Listed, None));
    assert!(told.key.id.as_str().starts_with("domain_expired:"), "{}", told.key.id);
    let bare = page.records.iter().find(|it| it.key != told.key).expect("the other");
    assert_eq!(
        fields(bare),
        [
            "severity=high",
            "summary=Severity: high\nCategory: dns\nHosts: all",
            "title=Waived: Domain expired"
        ],
        "what is no time is not covered"
    );
    assert!(!format!("{page:?} {:?}", fields(told)).contains("CANARY"));
    assert!(side.page(&ALL, None).await.expect("a page").body.records.is_empty());
    assert_eq!(script.lines(), ["GET /risks", "GET /risks"]);
}

#[tokio::test(start_paused = true)]
async fn one_stays_the_same_however_it_is_written_down_and_is_another_with_another_scope_or_end() {
    let [own] = ids(json!([waiver()])).await.try_into().expect("one");
    for same in [
        json!({ "hostnames": ["a.us.com", "B.us.com "] }),
        json!({ "justification": "Sold last year." }),
        json!({ "approved_by": null }),
        json!({ "expires_at": "2999-05-01T00:00:00.000Z", "active_at": "2019-10-12T09:20:50+02:00" }),
    ] {
        let found = ids(json!([with(same.clone())])).await;
        assert_eq!(found, std::slice::from_ref(&own), "{same}");
    }
    let others = [
        json!({ "hostnames": ["a.us.com"] }),
        json!({ "all_hostnames": true }),
        json!({ "created_by": "x@us.com" }),
        json!({ "active_at": "2019-10-13T07:20:50Z" }),
        json!({ "expires_at": null }),
        json!({ "expires_at": "2999-05-02T00:00:00Z" }),
    ];
    let mut all: Vec<Json> = others.into_iter().map(with).collect();
    all.extend([waiver(), with(json!({ "justification": "Told twice" }))]);
    let mut found = ids(Json::Array(all)).await;
    assert!(found.contains(&own));
    found.dedup();
    assert_eq!(found.len(), 7, "six others, and it once: {found:?}");
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_listing_all_and_has_ended_once_its_time_has_come() {
    let ended = with(json!({ "expires_at": "2001-05-01T00:00:00Z" }));
    let script = Script::new([
        reply(200, risk(json!([ended, waiver()]))),
        reply(200, risk(json!([waiver(), ended]))),
        reply(200, json!({ "risks": [] })),
        reply(200, json!({ "risks": [{ "id": "x", "risk_waivers": 7 }] })),
        answer(403, ""),
    ]);
    let side = upguard(&script);
    let has_ended = "ended=yes".to_owned();
    let page = side.page(&ALL, None).await.expect("a page").body;
    let key =
        page.records.iter().find(|it| fields(it).contains(&has_ended)).expect("one").key.clone();
    let read = async |key: &RecordKey| side.read(key, None).await.map(|it| it.body);
    let found = read(&key).await.expect("an answer").expect("a waiver");
    assert_eq!((found.key.clone(), found.sight), (key.clone(), Sight::Read));
    assert!(fields(&found).contains(&has_ended));
    assert!(read(&key).await.expect("an answer").is_none());
    assert_eq!(read(&key).await.expect_err("unreadable").cause, Cause::Malformed);
    let failure = read(&key).await.expect_err("no permission");
    assert!(failure.cause == Cause::Scope && failure.to_string().contains("BreachRisk"));
}
