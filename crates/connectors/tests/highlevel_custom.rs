//! Are custom fields used only where they are defined as expected, and defined no more than once?

use std::sync::Arc;
use std::time::Duration;

use concordat_connectors::{Highlevel, HighlevelSettings};
use concordat_model::{
    CustomKind, Held, Reading, Record, RecordId, RecordKey, Resource, Sight, Value,
};
use concordat_remote::{Sought, Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, feed::definition};
use crate::side::{
    Outcome, Script, answer, fields, highlevel_with, json as reply, lost, set, text,
};

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

fn tier(name: &str) -> Write {
    let nobody = RecordId::new("5");
    let set = definition("vendor_tier", name, CustomKind::Number);
    side::feed::write(Resource::CustomField, None, &nobody, set, None)
}

fn sought() -> Sought {
    Sought {
        resource: Resource::CustomField,
        parent: None,
        marker: None,
        key: Some(("key".into(), Value::text("vendor_tier"))),
        max_age: Duration::ZERO,
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_is_defined_and_read_back_under_its_id() {
    let made = || reply(201, json!({"customField": {"id": "cfTier"}}));
    let script = Script::new([listed(vec![]), made(), listed(defined())]);
    let side = client(&script);
    let nothing = side.find(&sought()).await.expect("an answer").body;
    assert!(nothing.records.is_empty() && nothing.proves_absence);
    let id = side.send(&tier("Vendor tier")).await.expect("made").body;
    assert_eq!(script.lines()[1], "POST /locations/LOC/customFields");
    let body = json!({"name": "Vendor tier", "dataType": "NUMERICAL", "model": "contact"});
    assert_eq!(script.body(1), body);
    let key = RecordKey { resource: Resource::CustomField, id };
    let read = side.read(&key, None).await.expect("an answer").body.expect("it is there");
    for (path, holds) in [("key", "vendor_tier"), ("dataType", "NUMERICAL")] {
        assert_eq!(read.reading.get(&path.into()), Some(&text(holds)));
    }
    assert!(side.defined().contains(&"custom.vendor_tier".into()), "contacts can hold it now");
}

#[tokio::test(start_paused = true)]
async fn what_may_be_the_field_is_found_by_its_key_and_by_its_name() {
    let other = |key: &str, name: &str| json!({"id": "x", "fieldKey": key, "name": name, "dataType": "TEXT"});
    for (before, found) in [
        (vec![other("contact.vendor_tier", "Tier")], Some(1)),
        (vec![other("contact.vendor_tier_1", "vendor TIER ")], Some(1)),
        (vec![other("opportunity.vendor_tier", "Tier"), other("contact.tier", "Tier")], Some(0)),
        (vec![json!({"id": "x", "fieldKey": ["odd"]})], None),
        (vec![json!({"id": "x", "fieldKey": ["odd"]}), other("contact.vendor_tier", "")], Some(1)),
    ] {
        let script = Script::new([listed(before)]);
        let answer = client(&script).find(&sought()).await;
        let records = answer.ok().map(|it| {
            assert!(it.body.proves_absence);
            it.body.records.len()
        });
        assert_eq!(records, found, "one that cannot be read may be the one");
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_is_sent_once_and_only_under_a_name_that_gives_its_key() {
    let script = Script::new([]);
    let wrong = client(&script).send(&tier("Tier")).await;
    assert!(matches!(wrong, Err(WriteError::Refused(_))), "another key would come of it");
    for unclear in [lost(), answer(500, ""), reply(201, json!({}))] {
        let script = Script::new([unclear]);
        let done = client(&script).send(&tier("Vendor tier")).await;
        assert!(matches!(done, Err(WriteError::InDoubt(_))));
        assert_eq!((script.requests().len(), script.left()), (1, 0));
    }
    let current = Record {
        key: RecordKey::new(Resource::CustomField, "cfTier"),
        parent: None,
        name: "vendor_tier".into(),
        stamp: None,
        reading: Reading::new(),
        sight: Sight::Read,
    };
    let script = Script::new([]);
    let change = Write { current: Some(current), ..tier("Vendor tier") };
    let changed = client(&script).send(&change).await;
    assert!(matches!(changed, Err(WriteError::Refused(_))), "what is defined is not changed");
}
