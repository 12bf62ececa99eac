//! Can any answer bring a client down? Arbitrary bytes, and documented answers with a piece changed,
//! go through every call; whatever comes out, it is not a panic and not a made-up record.

mod side;

use concordat_model::{Partition, RecordId, RecordKey, Resource, Value};
use concordat_remote::{Sought, Source, Target, Write};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use side::{Script, highlevel, set, text, upguard};

/// Every call of both clients, each fed with the same answer again and again.
fn feed(status: u16, body: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let same = || {
            let answer =
                concordat_remote::Response { status, headers: vec![], body: body.to_vec() };
            Script::new((0..20).map(move |_| Ok(answer.clone())))
        };
        for partition in [
            Partition::All(Resource::Vendor),
            Partition::Of(Resource::VendorContact, RecordId::new("5")),
        ] {
            drop(upguard(&same()).page(&partition, None).await);
        }
        for partition in [Partition::All(Resource::Contact), Partition::All(Resource::Business)] {
            drop(highlevel(&same()).page(&partition, None).await);
        }
        for resource in Resource::ALL {
            let key = RecordKey::new(resource, "R1");
            drop(upguard(&same()).read(&key).await);
            drop(highlevel(&same()).read(&key).await);
            let set = vec![set("name", text("x"))];
            let write = Write { resource, current: None, set, marker: None };
            drop(highlevel(&same()).send(&write).await);
        }
        drop(upguard(&same()).tenant().await);
        drop(highlevel(&same()).tenant().await);
        let key = Some(("email".into(), Value::text("a@x.com")));
        let sought = Sought { resource: Resource::Contact, marker: Some("0123ABCD".into()), key };
        drop(highlevel(&same()).find(&sought).await);
    });
}

/// Documented answers, all in one object, so that one body fits every call.
fn documented() -> Json {
    json!({"id": 5, "name": "Acme", "primary_hostname": "acme.com", "first_monitored": "2023-01-05T00:00:00Z",
        "tier": 2, "attributes": {"Owner": "x"}, "vendors": [{"id": 1, "attributes": {"Owner": null}}],
        "next_page_token": "t", "total_results": 1, "email_address": "a@x.com", "vendor_id": 5,
        "location": {"id": "LOC", "name": "Shop"}, "total": 1,
        "customFields": [{"id": "cfMark", "fieldKey": "contact.concordat_id", "dataType": "TEXT"}],
        "contacts": [{"id": "C1", "email": "a@x.com", "tags": ["a"], "dnd": false,
            "customFields": [{"id": "cfMark", "value": "0123ABCD"}], "searchAfter": [1, "C1"]}],
        "contact": {"id": "C1", "firstName": "A", "customFields": [], "dateUpdated": "2026-03-06T20:27:20.348Z"},
        "businesses": [{"id": "B1", "description": "[concordat:0123ABCD]"}],
        "business": {"id": "B1", "name": "Acme"}, "message": ["property x should not exist"],
        "meta": {"contactId": "C7", "matchingField": "email"}, "traceId": "t", "error": "x"})
}

fn scrap() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!("")),
        Just(json!([[], {}, null, "x", 1e300])),
        any::<i64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|yes| json!(yes)),
        ".{0,12}".prop_map(|text| json!(text)),
    ]
}

fn places(value: &Json, at: String, into: &mut Vec<String>) {
    into.push(at.clone());
    match value {
        Json::Object(members) => {
            for (name, inner) in members {
                places(inner, format!("{at}/{name}"), into);
            }
        }
        Json::Array(rows) => {
            for (index, inner) in rows.iter().enumerate() {
                places(inner, format!("{at}/{index}"), into);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_are_survived(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        status in prop_oneof![Just(200_u16), Just(400), Just(422), any::<u16>()],
    ) {
        feed(status, &body);
    }

    #[test]
    fn a_documented_answer_with_a_piece_changed_is_survived(
        place in any::<proptest::sample::Index>(),
        scrap in scrap(),
        status in prop_oneof![Just(200_u16), Just(400), Just(422)],
    ) {
        let mut body = documented();
        let mut all = Vec::new();
        places(&body, String::new(), &mut all);
        if let Some(piece) = body.pointer_mut(place.get::<String>(&all)) {
            *piece = scrap;
        }
        feed(status, body.to_string().as_bytes());
    }

    #[test]
    fn a_cut_off_answer_is_survived(cut in any::<proptest::sample::Index>()) {
        let body = documented().to_string().into_bytes();
        feed(200, &body[..cut.index(body.len())]);
    }
}

#[test]
fn bombs_are_survived() {
    for body in [
        "[".repeat(200_000),
        r#"{"contacts":["#.to_owned() + &"[".repeat(100_000),
        format!(r#"{{"vendors":[{{"id":1,"x":{}{}}}]}}"#, "[".repeat(5000), "]".repeat(5000)),
        r#"{"contacts":[{"id":"C1","email":"\ud800"}],"business":{"id":"\udfff"}}"#.to_owned(),
        r#"{"id":1,"id":2,"name":"a","name":"b"}"#.to_owned(),
        r#"{"id":99999999999999999999999999,"tier":1e999}"#.to_owned(),
        "\u{feff}{}".to_owned(),
        "NaN".to_owned(),
    ] {
        feed(200, body.as_bytes());
    }
}
