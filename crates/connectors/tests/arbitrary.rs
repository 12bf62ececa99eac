//! Can any answer bring a client down? Arbitrary bytes, and documented answers with a piece changed,
//! go through every operation of both clients; whatever comes out, no call panics and every call ends.

mod side;

use std::cell::RefCell;
use std::sync::Arc;

use concordat_connectors::{CustomKind, Operation, highlevel, upguard};
use concordat_model::{Held, Partition, Path, Record, RecordId, RecordKey, Resource, Sight, Value};
use concordat_remote::{Remote, Request, Response, Sought, Trail, Write};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use side::{Script, set, text};

/// No call may need more requests than this: the script panics at the next one.
const REQUESTS_MAX: usize = 20;

/// Every call of both clients, each fed with the same answer again and again. Answers what was sent.
fn feed(status: u16, body: &[u8]) -> Vec<Request> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let answer = Response { status, headers: vec![], body: body.to_vec() };
    let scripts: RefCell<Vec<Arc<Script>>> = RefCell::default();
    // A fresh script for every call.
    let same = || {
        let script = Script::new(vec![Ok(answer.clone()); REQUESTS_MAX]);
        scripts.borrow_mut().push(Arc::clone(&script));
        script
    };
    runtime.block_on(async {
        call(&|| side::upguard(&same())).await;
        call(&|| side::highlevel(&same())).await;
        let side = side::highlevel(&same());
        drop(side.define("vendor_tier", "Vendor tier", CustomKind::Number).await);
    });
    scripts.into_inner().iter().flat_map(|script| script.requests()).collect()
}

/// Every call of one client, each on a client of its own.
async fn call<R: Remote>(client: &dyn Fn() -> R) {
    drop(client().tenant().await);
    for resource in Resource::ALL {
        list(&client(), &Partition::All(resource)).await;
        list(&client(), &Partition::Of(resource, RecordId::new("5"))).await;
        let parent = Some(RecordId::new("5"));
        drop(client().read(&RecordKey::new(resource, "R1"), parent.as_ref()).await);
        for (status, fields) in fields() {
            let (mark, current) = (Some("0123ABCD".to_owned()), Some(current(resource, status)));
            drop(client().send(&write(resource, None, fields.clone(), mark)).await);
            drop(client().send(&write(resource, current, fields, None)).await);
        }
        let key = Some(("email".into(), Value::text("a@x.com")));
        let sought = Sought { resource, parent, marker: Some("0123ABCD".into()), key };
        drop(client().find(&sought).await);
    }
}

async fn list(client: &impl Remote, partition: &Partition) {
    let (mut trail, mut cursor) = (Trail::default(), None);
    while let Ok(page) = client.page(partition, cursor.as_ref()).await {
        match trail.follow(&page.body) {
            Ok(Some(next)) => cursor = Some(next),
            Ok(None) | Err(_) => return,
        }
    }
}

/// What the writes set, and on what status: for every operation that writes, something it takes.
fn fields() -> Vec<(&'static str, Vec<(Path, Held)>)> {
    let yes = Some(Value::Bool(true));
    let due = Some(Value::Time(side::time("2026-10-25T11:00:00Z")));
    let closed = || {
        vec![
            set("threat_status", text("closed")),
            set("close.reason", text("false_positive")),
            set("close.request_reason", text("remediated")),
        ]
    };
    let reopened = vec![
        set("threat_status", text("investigating")),
        set("reopen.investigator", text("a@x.com")),
    ];
    vec![
        ("open", vec![set("name", text("x"))]),
        ("open", vec![set("email", None)]),
        ("open", vec![set("attributes.Owner", None)]),
        ("open", vec![set("labels", None), set("tier", None)]),
        ("open", vec![set("tags", Some(Value::Set(["b".to_owned()].into())))]),
        ("open", vec![set("title", text("x")), set("dueDate", due), set("completed", yes)]),
        ("open", vec![set("investigator", text("a@x.com"))]),
        ("open", vec![set("body", text("x")), set("contactId", text("5"))]),
        ("open", vec![set("content", text("x")), set("threat", text("5"))]),
        ("open", closed()),
        ("remediating", closed()),
        ("closed", reopened),
    ]
}

fn write(
    resource: Resource,
    current: Option<Record>,
    set: Vec<(Path, Held)>,
    marker: Option<String>,
) -> Write {
    Write { resource, current, parent: Some(RecordId::new("5")), set, marker }
}

fn current(resource: Resource, status: &str) -> Record {
    Record {
        key: RecordKey::new(resource, "R1"),
        parent: Some(RecordId::new("5")),
        name: "Acme".into(),
        stamp: None,
        reading: [
            set("primary_hostname", text("acme.com")),
            set("tags", Some(Value::Set(["a".to_owned()].into()))),
            set("threat_status", text(status)),
        ]
        .into_iter()
        .collect(),
        sight: Sight::Read,
    }
}

/// Whether the request is one of `operation`.
fn is_of(request: &Request, operation: &Operation) -> bool {
    let (path, template) = (request.path.split('/'), operation.template.split('/'));
    request.method == operation.method
        && path.clone().count() == template.clone().count()
        && path.zip(template).all(|(part, wanted)| part == wanted || wanted.starts_with('{'))
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
        "results": [{"uuid": "U1", "title": "x", "threat_status": "open", "archived": false,
            "investigator": {"email": "a@x.com"}, "date_detected": "2026-05-01T15:04:05.999999Z"}],
        "threat_details": {"uuid": "U1", "threat_context": "x", "additional_attributes": {"a": [1]}},
        "tasks": [{"_id": "T1", "body": "x [concordat:0123ABCD]", "completed": false, "dueDate": "2026-07-25",
            "assignedTo": "U", "deleted": false, "searchAfter": [1, "T1"]}],
        "task": {"id": "T1", "title": "x", "contactId": "5"},
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_full_page_that_never_changes_is_survived(
        place in any::<proptest::sample::Index>(),
        scrap in scrap(),
    ) {
        let mut body = documented();
        let mut row = json!({"id": "R1", "email": "a@x.com", "searchAfter": [1, "R1"]});
        let mut all = Vec::new();
        places(&row, String::new(), &mut all);
        if let Some(piece) = row.pointer_mut(place.get::<String>(&all)) {
            *piece = scrap;
        }
        for (rows, length) in [("vendors", 1), ("results", 1), ("contacts", 500), ("tasks", 500), ("businesses", 100)] {
            body[rows] = vec![row.clone(); length].into();
        }
        feed(200, body.to_string().as_bytes());
    }
}

#[test]
fn every_operation_is_fed() {
    let sent = feed(200, documented().to_string().as_bytes());
    for operation in upguard::operations().iter().chain(highlevel::operations()) {
        assert!(sent.iter().any(|it| is_of(it, operation)), "{} was not sent", operation.name());
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
