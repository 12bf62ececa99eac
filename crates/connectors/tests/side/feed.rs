//! Every call of both clients, each fed with the same answer again and again: what is sent?

use std::cell::RefCell;
use std::sync::Arc;

use concordat_connectors::Operation;
use concordat_model::{
    CustomKind, Held, Partition, Path, Record, RecordId, RecordKey, Resource, Sight, Value,
};
use concordat_remote::{Remote, Request, Response, Sought, Trail, Write};
use serde_json::{Value as Json, json};

use super::{Script, highlevel, set, text, time, upguard};

/// No call may need more requests than this: the script panics at the next one.
const REQUESTS_MAX: usize = 20;

/// Every call of both clients, each fed with the same answer again and again. Answers what was sent.
pub fn feed(status: u16, body: &[u8]) -> Vec<Request> {
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
        call(&|| upguard(&same())).await;
        call(&|| highlevel(&same())).await;
        drop(highlevel(&same()).appointments(&RecordId::new("7")).await);
        drop(highlevel(&same()).contacts_of(&RecordId::new("7")).await);
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
        // The id of a risk names its vendor and its kind.
        let id = if resource == Resource::Risk { "7:domain_expired" } else { "7" };
        drop(client().read(&RecordKey::new(resource, id), parent.as_ref()).await);
        for (status, fields) in fields() {
            let (mark, current) = (Some("0123ABCD".to_owned()), Some(current(resource, status)));
            let owner = RecordId::new("5");
            drop(client().send(&write(resource, None, &owner, fields.clone(), mark)).await);
            drop(client().send(&write(resource, current, &owner, fields, None)).await);
        }
        let (whole, owner) = (Some(current(resource, "open")), RecordId::new("5"));
        drop(client().delete(&write(resource, whole, &owner, Vec::new(), None)).await);
        let key = Some(("email".into(), Value::text("a@x.com")));
        let sought = Sought {
            resource,
            parent,
            marker: Some("0123ABCD".into()),
            key,
            max_age: std::time::Duration::ZERO,
        };
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

/// What defines a custom field.
pub fn definition(key: &str, name: &str, kind: CustomKind) -> Vec<(Path, Held)> {
    let (key, name, kind) = (text(key), text(name), text(kind.data_type()));
    vec![set("key", key), set("name", name), set("dataType", kind)]
}

/// What the writes set, and on what status: for every operation that writes, something it takes.
pub fn fields() -> Vec<(&'static str, Vec<(Path, Held)>)> {
    let yes = Some(Value::Bool(true));
    let due = Some(Value::Time(time("2026-10-25T11:00:00Z")));
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
        ("open", vec![set("firstName", text("x")), set("businessId", text("5"))]),
        ("open", vec![set("title", text("x")), set("dueDate", due), set("completed", yes)]),
        ("open", vec![set("investigator", text("a@x.com"))]),
        ("open", vec![set("body", text("x")), set("contactId", text("5"))]),
        ("open", vec![set("body", text("x"))]),
        (
            "open",
            vec![set("body", text("x")), set("title", text("x")), set("contactId", text("5"))],
        ),
        ("open", vec![set("content", text("x")), set("threat", text("5"))]),
        ("open", definition("vendor_tier", "Vendor tier", CustomKind::Number)),
        ("open", vec![set("status", text("ClosedNoIssue")), set("comment", text("x"))]),
        ("open", closed()),
        ("remediating", closed()),
        ("closed", reopened),
    ]
}

/// A write that leaves whenever its turn comes, of a record that belongs to `owner`.
pub fn write(
    resource: Resource,
    current: Option<Record>,
    owner: &RecordId,
    set: Vec<(Path, Held)>,
    marker: Option<String>,
) -> Write {
    Write {
        resource,
        current,
        parent: Some(owner.clone()),
        set,
        marker,
        by: super::whenever(),
        intent: super::intent(),
    }
}

fn current(resource: Resource, status: &str) -> Record {
    Record {
        key: RecordKey::new(resource, "7"),
        parent: Some(RecordId::new("5")),
        name: "Acme".into(),
        stamp: None,
        reading: [
            set("primary_hostname", text("acme.com")),
            set("tags", Some(Value::Set(["a".to_owned()].into()))),
            set("threat_status", text(status)),
            set("title", text("x")),
            set("color", text("#FFAA00")),
            set("userId", text("U")),
            set("pinned", Some(Value::Bool(false))),
        ]
        .into_iter()
        .collect(),
        sight: Sight::Read,
    }
}

/// Whether the request is one of `operation`.
pub fn is_of(request: &Request, operation: &Operation) -> bool {
    let (path, template) = (request.path.split('/'), operation.template.split('/'));
    request.method == operation.method
        && path.clone().count() == template.clone().count()
        && path
            .zip(template)
            .all(|(part, wanted)| part == wanted || wanted.starts_with('{') && !part.is_empty())
}

/// Documented answers, all in one object, so that one body fits every call.
pub fn documented() -> Json {
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
        "notifications": [{"notification_id": "20", "type": "x", "occurred_at": "2023-10-13T02:40:00Z",
            "description": "x", "context": {"Domain": "acme.com"}}],
        "disclosures": [{"id": 3426, "status": "Disclosed", "description": "x", "payload": "{}"}],
        "questionnaires": [{"id": 9, "name": "x", "status": "sent", "sent_at": "2022-03-20T21:42:53.8Z"}],
        "users_and_orgs_with_access": [{"user_email": "a@x.com", "user_name": "Ann Lee"}], "invited_emails": ["b@x.com"],
        "risks": [{"id": "domain_expired", "severity": "critical", "title": "x", "risk_waivers": [{"all_hostnames": true}]}], "vendors_with_risk": [{"vendor_id": 7}],
        "apps": [{"name": "Slack", "usage_policy": {"base_rule": "block", "source": "app"}}],
        "notes": [{"id": "N1", "body": "x [concordat:0123ABCD]"}], "note": {"id": "N1", "body": "x"},
        "events": [{"id": "A1", "title": "x", "startTime": "2021-07-16 11:00:00"}], "count": 1,
        "meta": {"contactId": "C7", "matchingField": "email"}, "traceId": "t", "error": "x"})
}
