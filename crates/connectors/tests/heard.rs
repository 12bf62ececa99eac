//! What is told of requests? Each attempt once, how it ended, what it was about, and names only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use concordat_connectors::Highlevel;
use concordat_connectors::highlevel::oauth::{App, Holder, Office};
use concordat_model::{
    Ended, Exchange, FailureKind, Path, Record, RecordKey, Resource, Sight, Value,
};
use concordat_remote::{Cause, Observer, Sought, Source, Target, Transport, Write};
use serde_json::json;

use crate::side::{
    self, Script, answer, definitions, highlevel, json as reply, lost, set, text, upguard,
};

const CANARY: &str = "PII-CANARY@example.com";

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Exchange>>>);

impl Heard {
    fn observer(&self) -> Observer {
        let heard = self.clone();
        Arc::new(move |it| heard.0.lock().expect("no poison").push(it))
    }

    fn all(&self) -> Vec<Exchange> {
        self.0.lock().expect("no poison").clone()
    }

    /// Operation, attempt and end of each.
    fn ended(&self) -> Vec<(String, u32, Ended)> {
        self.all().into_iter().map(|it| (it.operation, it.attempt, it.ended)).collect()
    }
}

fn heard_by(script: &Arc<Script>) -> (Highlevel, Heard) {
    let heard = Heard::default();
    (highlevel(script).heard_by(heard.observer()), heard)
}

fn failed(failed: FailureKind, status: impl Into<Option<u16>>) -> Ended {
    Ended::Failed { failed, status: status.into() }
}

fn business(id: &str) -> RecordKey {
    RecordKey::new(Resource::Business, id)
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_told_once() {
    let script = Script::new([
        answer(503, CANARY),
        lost(),
        reply(200, json!({"business": {"id": "B1", "name": CANARY}, "traceId": "tr-3"})),
    ]);
    let (side, heard) = heard_by(&script);
    side.read(&business("B1"), None).await.expect("a business");
    let operation = || "GET /businesses/{businessId}".to_owned();
    assert_eq!(
        heard.ended(),
        [
            (operation(), 1, failed(FailureKind::Broken, 503)),
            (operation(), 2, failed(FailureKind::NoAnswer, None)),
            (operation(), 3, Ended::Done { status: 200 }),
        ]
    );
    let told = heard.all();
    assert_eq!(told[2].trace.as_deref(), Some("tr-3"));
    assert!(told.iter().all(|it| it.record == Some(business("B1")) && it.intent.is_none()));
    assert!(told.iter().all(|it| it.fields.is_empty()), "a read sends no fields");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_understood_is_a_failure() {
    let script = Script::new([
        reply(200, json!({"business": {"name": CANARY}, "traceId": "tr-1"})),
        reply(200, json!({"businesses": {"x": CANARY}})),
    ]);
    let (side, heard) = heard_by(&script);
    side.read(&business("B1"), None).await.expect_err("no id");
    let all = concordat_model::Partition::All(Resource::Business);
    side.page(&all, None).await.expect_err("no list");
    let ended: Vec<Ended> = heard.ended().into_iter().map(|(_, _, ended)| ended).collect();
    assert_eq!(ended, [failed(FailureKind::Malformed, 200), failed(FailureKind::Malformed, 200)]);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_told_with_its_intent_and_the_names_of_its_fields() {
    let script = Script::new([
        reply(201, json!({"business": {"id": "B9"}, "traceId": "tr-1"})),
        reply(422, json!({"message": ["phone must be a string"], "traceId": "tr-2"})),
    ]);
    let (side, heard) = heard_by(&script);
    let create = Write {
        resource: Resource::Business,
        current: None,
        parent: None,
        set: vec![set("name", text(CANARY)), set("phone", text(CANARY))],
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    side.send(&create).await.expect("made");
    side.send(&create).await.expect_err("refused");
    let told = heard.all();
    // What was made is known once it was made.
    assert_eq!(told[0].record, Some(business("B9")));
    assert_eq!(told[1].record, None);
    for it in &told {
        assert_eq!(it.intent, Some(side::intent()));
        assert_eq!(it.fields, ["locationId", "name", "phone"]);
    }
    assert_eq!(told[1].ended, failed(FailureKind::Rejected, 422));
    assert_eq!(told[1].trace.as_deref(), Some("tr-2"));
}

#[tokio::test(start_paused = true)]
async fn no_value_is_told() {
    let script = Script::new([
        reply(400, json!({"message": CANARY, "traceId": CANARY})),
        definitions(),
        reply(200, json!({"contact": {"id": "C1", "email": CANARY, "phone": {"x": CANARY}}})),
        reply(404, json!({"message": CANARY})),
    ]);
    let (side, heard) = heard_by(&script);
    let sought = Sought {
        resource: Resource::Contact,
        parent: None,
        marker: None,
        key: Some((Path::from("email"), text(CANARY).expect("a value"))),
        max_age: Duration::ZERO,
    };
    side.find(&sought).await.expect_err("rejected");
    let contact = RecordKey::new(Resource::Contact, "C1");
    side.read(&contact, None).await.expect_err("unreadable");
    side.read(&business(CANARY), None).await.expect("an answer");
    let told = serde_json::to_string(&heard.all()).expect("JSON");
    assert_eq!(heard.all().len(), 4);
    assert!(told.contains("/contacts/search/duplicate"), "{told}");
    assert!(!told.contains("CANARY") && !told.contains('@'), "{told}");
}

#[tokio::test(start_paused = true)]
async fn attributes_and_parameters_are_told_by_their_names() {
    let script = Script::new([reply(200, json!({})), reply(200, json!({}))]);
    let heard = Heard::default();
    let side = upguard(&script).heard_by(heard.observer());
    let current = Record {
        key: RecordKey::new(Resource::Vendor, "17"),
        parent: None,
        name: "a name".into(),
        stamp: None,
        reading: [set("primary_hostname", text("host.example"))].into_iter().collect(),
        sight: Sight::Read,
    };
    let write = Write {
        resource: Resource::Vendor,
        current: Some(current),
        parent: None,
        set: vec![
            set("attributes.Main phone", text(CANARY)),
            set("labels", Some(Value::Set([CANARY.to_owned()].into()))),
        ],
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    side.send(&write).await.expect("written");
    let told = heard.all();
    assert!(told.iter().all(|it| it.record == Some(RecordKey::new(Resource::Vendor, "17"))));
    assert_eq!(told[0].fields, ["attributes.Main phone", "vendor_primary_hostname"]);
    assert_eq!(told[1].fields, ["vendor_primary_hostname", "labels"]);
    let told = serde_json::to_string(&told).expect("JSON");
    assert!(!told.contains("CANARY") && !told.contains("host.example"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_of_tokens_is_told_without_them() {
    let tokens = json!({"access_token": CANARY, "refresh_token": CANARY, "expires_in": 86_399});
    let given = json!({"access_token": CANARY, "expires_in": 86_399, "locationId": "LOC"});
    let answers = [answer(503, CANARY), reply(200, tokens), answer(401, CANARY), reply(200, given)];
    let script = Script::new(answers);
    let transport: Arc<dyn Transport> = script.clone();
    let holder = Holder::Agency;
    let app = App { client_id: CANARY.into(), client_secret: CANARY.into(), holder };
    let heard = Heard::default();
    let office = Office::new(transport, app).heard_by(Arc::new(side::Still), heard.observer());
    assert!(office.refresh(&CANARY.into()).await.is_ok());
    let refused = office.location_token(&CANARY.into(), CANARY, "LOC").await.err();
    assert_eq!(refused.map(|it| it.cause), Some(Cause::Credentials));
    assert!(office.location_token(&CANARY.into(), CANARY, "LOC").await.is_ok());
    let opened = || "POST /oauth/locationToken".to_owned();
    let operation = || "POST /oauth/token".to_owned();
    assert_eq!(
        heard.ended(),
        [
            (operation(), 1, failed(FailureKind::Broken, 503)),
            (operation(), 2, Ended::Done { status: 200 }),
            (opened(), 1, failed(FailureKind::Credentials, 401)),
            (opened(), 1, Ended::Done { status: 200 }),
        ]
    );
    let told = serde_json::to_string(&heard.all()).expect("JSON");
    assert!(
        told.contains("refresh_token") && told.contains("companyId") && !told.contains("CANARY"),
        "{told}"
    );
}
