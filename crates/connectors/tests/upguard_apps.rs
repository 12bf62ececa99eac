//! How do apps that our people use become records, and when did their usage policy move?

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Cursor, Source};
use serde_json::{Value as Json, json};

use crate::side::{Script, answer, fields, json as reply, upguard};

const ALL: Partition = Partition::All(Resource::App);

fn app(policy: Json) -> Json {
    json!({ "name": "Slack", "category": "Chat", "domain": "slack.com", "exposure_level": "elevated",
        "first_detected": "2026-03-20T15:30:00.123Z", "summary": " Messages. ", "is_shadow_ai": false,
        "num_current_users": 7, "sources": ["google"], "metadata": {}, "usage_policy": policy })
}

fn rule(teams: &[&str], people: &[&str]) -> Json {
    json!({ "team_names": teams, "role_names": [], "user_emails": people })
}

/// What is told of an app of that policy: the letters that stand for it, and its title.
async fn told(policy: Json) -> (String, String) {
    let script = Script::new([reply(200, json!({ "apps": [app(policy)] }))]);
    let page = upguard(&script).page(&ALL, None).await.expect("a page").body;
    let [app] = page.records.try_into().expect("one app");
    let held =
        |path: &str| app.reading.get(&path.into()).cloned().flatten().expect(path).to_string();
    (held("policy"), held("title"))
}

#[tokio::test(start_paused = true)]
async fn an_app_goes_by_its_name_and_does_not_tell_who_is_excepted() {
    let policy = json!({ "base_rule": "block", "source": "app",
        "custom_rules": { "approve": rule(&["Sales"], &["PII-CANARY@us.com", "b@us.com"]) } });
    let bad = json!({ "name": "Bad", "usage_policy": { "base_rule": ["PII-CANARY"] } });
    let nameless =
        json!({ "name": " ", "usage_policy": { "base_rule": "block", "source": "app" } });
    let script = Script::new([
        reply(200, json!({ "apps": [app(policy), bad, nameless], "next_page_token": "T2" })),
        reply(200, json!({ "apps": [], "next_page_token": "" })),
        reply(200, json!({})),
    ]);
    let side = upguard(&script);
    let page = side.page(&ALL, None).await.expect("a page").body;
    let [slack] = page.records.as_slice() else { panic!("one app: {page:?}") };
    let all = fields(slack);
    assert!(all[0].starts_with("policy=") && all[0].len() == 27, "{}", all[0]);
    assert_eq!(
        all[1..],
        [
            "summary=Category: Chat\nDomain: slack.com\nExposure: elevated\n\
             First detected: 2026-03-20\n\nMessages.",
            "title=Usage policy of Slack: block; approve for 1 team, 2 people",
        ]
    );
    assert_eq!((slack.sight, slack.name.as_str()), (Sight::Listed, "Slack"));
    assert_eq!(page.unreadable.len(), 1);
    assert!(!format!("{page:?}{all:?}").contains("CANARY"));
    assert_eq!(page.next, Some(Cursor("T2".into())));
    let second = side.page(&ALL, page.next.as_ref()).await.expect("a page").body;
    assert!(second.records.is_empty() && second.next.is_none());
    side.page(&ALL, None).await.expect_err("no list at all");
    assert_eq!(
        script.lines()[..2],
        [
            "GET /user_risk/apps/list?sort_by=name",
            "GET /user_risk/apps/list?sort_by=name&page_token=T2"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_policy_moves_with_what_it_says_and_not_with_how() {
    let of = |base: &str, source: &str, custom: Json| json!({ "base_rule": base, "source": source, "custom_rules": custom });
    let two = rule(&["Sales", "Law"], &["a@us.com"]);
    let (own, _) = told(of("block", "app", json!({ "approve": two }))).await;
    for same in [
        json!({ "approve": rule(&["law", "Sales", "Sales"], &["A@us.com "]) }),
        json!({ "approve": two, "nudge": rule(&[], &[]) }),
    ] {
        assert_eq!(told(of("block", "app", same.clone())).await.0, own, "{same}");
    }
    let (by_default, title) = told(of("block", "org_default", json!(null))).await;
    assert_eq!(title, "Usage policy of Slack: as everywhere");
    assert_eq!(
        told(of("approve", "org_default", json!({}))).await.0,
        by_default,
        "one decision for all"
    );
    let others = [
        of("tolerate", "app", json!({ "approve": two })),
        of("block", "app", json!({ "nudge": two })),
        of("block", "app", json!({ "approve": rule(&["Sales"], &["a@us.com"]) })),
        of("block", "app", json!({ "approve": rule(&["Sales", "Law"], &["b@us.com"]) })),
        of("block", "app", json!({})),
    ];
    let mut found = vec![own, by_default];
    for other in others {
        found.push(told(other).await.0);
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 7, "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_listing_all() {
    let policy = json!({ "base_rule": "block", "source": "app" });
    let other = json!({ "name": "Zoom", "usage_policy": policy });
    let first = json!({ "apps": [other], "next_page_token": "T2" });
    let script = Script::new([
        reply(200, json!({ "apps": [app(policy.clone())] })),
        reply(200, first.clone()),
        reply(200, json!({ "apps": [app(policy)] })),
        reply(200, json!({ "apps": [other] })),
        reply(200, json!({ "apps": [other, { "name": 7 }] })),
        reply(200, first.clone()),
        reply(200, first),
        answer(403, ""),
    ]);
    let side = upguard(&script);
    let key = side.page(&ALL, None).await.expect("a page").body.records[0].key.clone();
    let read = async |key: &RecordKey| side.read(key, None).await.map(|it| it.body);
    let found = read(&key).await.expect("an answer").expect("an app, on the second page");
    assert_eq!((found.key.clone(), found.sight), (key.clone(), Sight::Read));
    assert!(read(&key).await.expect("an answer").is_none());
    assert_eq!(read(&key).await.expect_err("unreadable").cause, Cause::Malformed);
    assert_eq!(read(&key).await.expect_err("it goes round").cause, Cause::Malformed);
    let failure = read(&key).await.expect_err("no permission");
    assert!(failure.cause == Cause::Scope && failure.to_string().contains("UserRisk"));
}
