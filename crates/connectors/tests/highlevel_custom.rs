//! Are custom fields used only where they are defined as expected, and defined no more than once?

mod side;

use std::sync::Arc;

use concordat_connectors::{CustomKind, Defined, Highlevel, HighlevelSettings};
use concordat_model::{Held, Reading, Record, RecordKey, Resource, Sight, Value};
use concordat_remote::{Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};
use side::{Outcome, Script, answer, fields, highlevel_with, json as reply, lost, set, text};

fn client(script: &Arc<Script>) -> Highlevel {
    let wanted = [
        ("vendor_tier", CustomKind::Number),
        ("vendor_score", CustomKind::Number),
        ("vendor_assessment", CustomKind::Text),
        ("vendor_missing", CustomKind::Text),
    ];
    let custom_fields = wanted.map(|(key, kind)| (key.to_owned(), kind)).into();
    highlevel_with(script, HighlevelSettings { custom_fields, ..HighlevelSettings::default() })
}

/// The score is a text here, so it is none of ours.
fn defined() -> Vec<Json> {
    [
        ("cfMark", "contact.concordat_id", "TEXT"),
        ("cfTier", "contact.vendor_tier", "NUMERICAL"),
        ("cfScore", "contact.vendor_score", "TEXT"),
        ("cfText", "contact.vendor_assessment", "LARGE_TEXT"),
        ("cfOther", "vendor_missing", "TEXT"),
    ]
    .map(|(id, key, kind)| json!({"id": id, "name": key, "fieldKey": key, "dataType": kind}))
    .to_vec()
}

fn listed(rows: Vec<Json>) -> Outcome {
    reply(200, json!({"customFields": rows}))
}

#[tokio::test(start_paused = true)]
async fn a_field_is_covered_where_it_is_defined_and_the_array_is_there() {
    let location = || reply(200, json!({"location": {"id": "LOC"}}));
    let contact =
        |fields: Json| reply(200, json!({"contact": {"id": "C1", "customFields": fields}}));
    let script = Script::new([
        location(),
        listed(defined()),
        contact(json!([{"id": "cfTier", "value": "2"}, {"id": "cfText", "value": "Published"},
            {"id": "cfScore", "value": "712"}, {"id": "cfOther", "value": "x"}])),
        contact(json!([{"id": "cfTier", "value": 2.5}, {"id": "cfText", "value": null}])),
        contact(json!([{"id": "cfTier", "value": "high"}, {"id": "cfText", "value": {"a": 1}}])),
        contact(Json::Null),
        location(),
        listed(vec![]),
    ]);
    let side = client(&script);
    assert!(side.defined().is_empty(), "nothing is known yet");
    assert!(side.tenant().await.expect("a tenant").can_mark);
    let paths: Vec<String> = side.defined().iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["custom.vendor_assessment", "custom.vendor_tier"]);
    for expected in [
        vec!["concordat_id=", "custom.vendor_assessment=Published", "custom.vendor_tier=2"],
        vec!["concordat_id=", "custom.vendor_assessment=", "custom.vendor_tier=2.5"],
        vec!["concordat_id="],
        vec![],
    ] {
        let read = side.read(&RecordKey::new(Resource::Contact, "C1"), None).await;
        let record = read.expect("an answer").body.expect("a contact");
        let mut shown = fields(&record);
        shown.retain(|it| it.starts_with("custom.") || it.starts_with("concordat_id"));
        assert_eq!(shown, expected);
    }
    assert!(!side.tenant().await.expect("a tenant").can_mark);
    assert!(side.defined().is_empty(), "the definitions are gone");
}

fn write(update: bool, path: &str, held: Held) -> Write {
    let current = Record {
        key: RecordKey::new(Resource::Contact, "C1"),
        parent: None,
        name: "Ann".into(),
        stamp: None,
        reading: Reading::new(),
        sight: Sight::Read,
    };
    let (current, marker) = match update {
        true => (Some(current), None),
        false => (None, Some("0123ABCD".to_owned())),
    };
    let set = vec![set(path, held)];
    Write {
        resource: Resource::Contact,
        current,
        parent: None,
        set,
        marker,
        by: side::whenever(),
        intent: side::intent(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_is_written_as_its_kind_by_the_id_of_its_definition() {
    let (tier, note) = ("custom.vendor_tier", "custom.vendor_assessment");
    for (path, held, id, value) in [
        (tier, Some(Value::Integer(2)), "cfTier", json!(2)),
        (tier, Some(Value::Decimal("2.50".into())), "cfTier", json!(2.5)),
        (tier, None, "cfTier", json!("")),
        (note, text("Published"), "cfText", json!("Published")),
        (note, None, "cfText", json!("")),
    ] {
        let script = Script::new([listed(defined()), reply(200, json!({}))]);
        client(&script).send(&write(true, path, held.clone())).await.expect("written");
        assert_eq!(script.lines()[1], "PUT /contacts/C1");
        let field = json!({"id": id, "field_value": value});
        assert_eq!(script.body(1), json!({ "customFields": [field] }));
        if held.is_some() {
            let made = reply(201, json!({"contact": {"id": "C9"}}));
            let script = Script::new([listed(defined()), made]);
            client(&script).send(&write(false, path, held)).await.expect("made");
            let marker = json!({"id": "cfMark", "field_value": "0123ABCD"});
            assert_eq!(script.body(1)["customFields"], json!([field, marker]));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_not_defined_or_does_not_hold_that_is_not_written() {
    for (path, held) in [
        ("custom.vendor_missing", text("PII-CANARY")),
        ("custom.vendor_score", Some(Value::Integer(712))),
        ("custom.vendor_tier", text("PII-CANARY")),
        ("custom.vendor_tier", Some(Value::Decimal("PII-CANARY".into()))),
        ("custom.vendor_assessment", Some(Value::Integer(1))),
    ] {
        for update in [true, false] {
            let script = Script::new([listed(defined())]);
            let error = client(&script).send(&write(update, path, held.clone())).await;
            let error = error.expect_err(path);
            assert!(matches!(error, WriteError::Refused(_)), "{error}");
            assert!(!error.to_string().contains("CANARY"), "{error}");
        }
    }
}

async fn define(answers: Vec<Outcome>) -> (Result<Defined, WriteError>, Arc<Script>) {
    let script = Script::new(answers);
    let done = client(&script).define("vendor_tier", "Vendor tier", CustomKind::Number).await;
    (done, script)
}

#[tokio::test(start_paused = true)]
async fn a_field_is_defined_once_and_seen_afterwards() {
    let (done, script) = define(vec![listed(defined())]).await;
    assert_eq!((done, script.requests().len()), (Ok(Defined::Already), 1));
    let script = Script::new([listed(vec![]), reply(201, json!({})), listed(defined())]);
    let side = client(&script);
    let done = side.define("vendor_tier", "Vendor tier", CustomKind::Number).await;
    assert_eq!(done, Ok(Defined::Made));
    assert!(side.defined().contains(&"custom.vendor_tier".into()));
    assert_eq!(script.lines()[1], "POST /locations/LOC/customFields");
    let body = json!({"name": "Vendor tier", "dataType": "NUMERICAL", "model": "contact"});
    assert_eq!(script.body(1), body);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_may_be_there_is_not_defined_a_second_time() {
    let other = |key: &str, name: &str| json!({"id": "x", "fieldKey": key, "name": name, "dataType": "TEXT"});
    for before in [
        vec![other("contact.vendor_tier", "Tier")],
        vec![other("contact.vendor_tier_1", "vendor TIER ")],
        vec![json!({"id": "x", "fieldKey": ["odd"]})],
    ] {
        let (done, script) = define(vec![listed(before)]).await;
        assert!(matches!(done, Err(WriteError::Refused(_))));
        assert_eq!(script.requests().len(), 1);
    }
    let script = Script::new([]);
    let wrong = client(&script).define("vendor_tier", "Tier", CustomKind::Number).await;
    assert!(matches!(wrong, Err(WriteError::Refused(_))), "another key would come of it");
    let (done, _) = define(vec![lost(), lost(), lost()]).await;
    assert!(matches!(done, Err(WriteError::NoEffect(_))), "it could not look");
    for unclear in [
        vec![listed(vec![]), lost()],
        vec![listed(vec![]), answer(500, "")],
        vec![listed(vec![]), reply(201, json!({})), listed(vec![])],
        vec![listed(vec![]), reply(201, json!({})), answer(401, "")],
    ] {
        let (done, script) = define(unclear).await;
        assert!(matches!(done, Err(WriteError::InDoubt(_))));
        let posts = script.lines().iter().filter(|line| line.starts_with("POST")).count();
        assert_eq!((posts, script.left()), (1, 0));
    }
}
