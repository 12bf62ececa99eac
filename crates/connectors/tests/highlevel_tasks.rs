//! Are tasks read with what is ours told apart, written at their contact, and found again?

use std::sync::Arc;

use concordat_connectors::{Highlevel, HighlevelSettings};
use concordat_model::{Held, Partition, Path, Record, RecordId, RecordKey, Resource, Sight, Value};
use concordat_remote::{Cause, Cursor, Sought, Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{
    self, Script, answer, fields, highlevel_with, json as reply, lost, set, text, time,
};

fn client(script: &Arc<Script>) -> Highlevel {
    let people = [("jane@x.com".to_owned(), "USR1".to_owned())].into();
    highlevel_with(script, HighlevelSettings { people, ..HighlevelSettings::default() })
}

const BODY: &str = "See the log.\n\n[T-7K2Q]\n[concordat:0123ABCD]";

fn row(id: &str, more: Json) -> Json {
    let mut row = json!({"_id": id, "searchAfter": [1788329940000_u64, id]});
    for (name, value) in more.as_object().expect("members") {
        row[name] = value.clone();
    }
    row
}

#[tokio::test(start_paused = true)]
async fn a_search_row_covers_what_it_shows() {
    let full = row(
        "T1",
        json!({"title": "Review", "body": BODY, "contactId": "C1", "assignedTo": "USR1",
        "completed": false, "deleted": false, "dueDate": "2026-07-25T06:00:00.000Z",
        "dateUpdated": "2026-09-01T15:27:09.725Z", "contactDetails": {"firstName": "PII-CANARY"}}),
    );
    let stranger = row(
        "T2",
        json!({"title": "", "body": null, "contactId": "C1", "assignedTo": "USR9",
        "completed": true, "dueDate": "soon"}),
    );
    let bare = row("T3", json!({"assignedTo": null}));
    let deleted = row("T4", json!({"title": "x", "deleted": true}));
    let odd = row("T5", json!({"completed": "PII-CANARY"}));
    let script = Script::new([reply(201, json!({"tasks": [full, stranger, bare, deleted, odd]}))]);
    let page = client(&script).page(&Partition::All(Resource::Task), None).await;
    let page = page.expect("a page").body;
    let [full, stranger, bare] = page.records.as_slice() else { panic!("three rows") };
    assert_eq!(
        fields(full),
        [
            "assignee=jane@x.com",
            "body=See the log.",
            "completed=no",
            "contactId=C1",
            "dueDate=2026-07-25T06:00:00+00:00",
            "marker=0123ABCD",
            "title=Review",
        ]
    );
    assert_eq!((full.name.as_str(), full.sight), ("Review", Sight::Row));
    assert_eq!(full.stamp, Some(time("2026-09-01T15:27:09.725Z")));
    assert_eq!(full.parent, Some(RecordId::new("C1")));
    // Somebody we do not know is not nobody.
    assert_eq!(fields(stranger), ["body=", "completed=yes", "contactId=C1", "marker=", "title="]);
    assert_eq!(fields(bare), ["assignee="]);
    assert_eq!((bare.parent.clone(), bare.name.as_str()), (None, "T3"));
    assert_eq!(page.unreadable, ["T5: `completed` is missing or has another shape"]);
    let next = Some(Cursor(r#"[1788329940000,"T5"]"#.into()));
    assert_eq!((page.next, page.total), (next, None), "nothing says that these are all");
    assert_eq!(script.lines(), ["POST /locations/LOC/tasks/search"]);
    assert_eq!(script.body(0), json!({"limit": 500}));
}

#[tokio::test(start_paused = true)]
async fn a_search_goes_on_behind_the_last_row_of_a_full_page() {
    let rows: Vec<Json> =
        (0..500).map(|index| row(&format!("T{index}"), json!({"deleted": index == 7}))).collect();
    let mut stuck = rows.clone();
    stuck[499] = json!({"_id": "T499"});
    let script = Script::new([
        reply(201, json!({"tasks": rows})),
        reply(201, json!({"tasks": []})),
        reply(201, json!({"tasks": stuck})),
    ]);
    let (side, all) = (client(&script), Partition::All(Resource::Task));
    let page = side.page(&all, None).await.expect("a page").body;
    assert_eq!(page.records.len(), 499);
    assert_eq!(page.next, Some(Cursor(r#"[1788329940000,"T499"]"#.into())));
    let last = side.page(&all, page.next.as_ref()).await.expect("a page").body;
    assert_eq!(last.next, None);
    let after = json!({"limit": 500, "searchAfter": [1788329940000_u64, "T499"]});
    assert_eq!(script.body(1), after);
    let failure = side.page(&all, None).await.expect_err("it cannot go on");
    assert_eq!(failure.cause, Cause::Malformed);
    let strange = Cursor("PII-CANARY".into());
    let failure = side.page(&all, Some(&strange)).await.expect_err("not ours");
    assert_eq!((failure.cause, script.left()), (Cause::Rejected, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_is_read_at_its_contact() {
    let script = Script::new([
        reply(200, json!({"task": {"id": "T1", "title": "Review", "completed": true}})),
        reply(400, json!({"message": "Task not found for id:T1"})),
        reply(404, json!({"message": "Contact not found for id:C1"})),
    ]);
    let side = client(&script);
    let (key, contact) = (RecordKey::new(Resource::Task, "T1"), RecordId::new("C1"));
    let read = side.read(&key, Some(&contact)).await.expect("an answer").body.expect("a task");
    let expected = [
        "assignee=",
        "body=",
        "completed=yes",
        "contactId=C1",
        "dueDate=",
        "marker=",
        "title=Review",
    ];
    assert_eq!(fields(&read), expected, "what is left out is empty");
    assert_eq!((read.sight, read.stamp, read.parent), (Sight::Read, None, Some(contact.clone())));
    for _ in 0..2 {
        assert_eq!(side.read(&key, Some(&contact)).await.expect("an answer").body, None);
    }
    assert!(script.lines().iter().all(|line| line == "GET /contacts/C1/tasks/T1"));
    let failure = side.read(&key, None).await.expect_err("nobody knows where");
    assert_eq!((failure.cause, failure.status), (Cause::Rejected, None));
}

fn creation(more: Vec<(Path, Held)>) -> Write {
    let mut set = vec![
        set("title", text("Review")),
        set("body", text("See the log.")),
        set("dueDate", Some(Value::Time(time("2026-10-25T11:00:00Z")))),
        set("completed", Some(Value::Bool(false))),
        set("contactId", text("C1")),
    ];
    for (path, held) in more {
        set.retain(|(it, _)| *it != path);
        set.push((path, held));
    }
    let (parent, marker) = (Some(RecordId::new("C1")), Some("0123ABCD".to_owned()));
    Write {
        resource: Resource::Task,
        current: None,
        parent,
        set,
        marker,
        by: side::whenever(),
        intent: side::intent(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_made_at_its_contact_with_a_trailer() {
    for (more, body, assignee) in [
        (
            vec![set("reference", text("T-7K2Q")), set("assignee", text("Jane@X.com"))],
            BODY,
            json!("USR1"),
        ),
        (vec![set("assignee", None)], "See the log.\n\n[concordat:0123ABCD]", Json::Null),
        (vec![set("body", None)], "[concordat:0123ABCD]", Json::Null),
    ] {
        let script = Script::new([reply(201, json!({"task": {"id": "T9"}}))]);
        let sent = client(&script).send(&creation(more)).await.expect("made");
        assert_eq!(sent.body, RecordId::new("T9"));
        assert_eq!(script.lines(), ["POST /contacts/C1/tasks"]);
        let mut expected = json!({"title": "Review", "body": body, "completed": false,
            "dueDate": "2026-10-25T11:00:00.000Z"});
        if !assignee.is_null() {
            expected["assignedTo"] = assignee;
        }
        assert_eq!(script.body(0), expected);
    }
    // Made once, whatever comes back.
    for unclear in [lost(), answer(500, ""), answer(201, "{}"), answer(422, "{}")] {
        let script = Script::new([unclear]);
        let sent = client(&script).send(&creation(vec![])).await;
        assert!(matches!(sent, Err(WriteError::InDoubt(_))));
    }
}

fn update(set: Vec<(Path, Held)>) -> Write {
    let current = Record {
        key: RecordKey::new(Resource::Task, "T1"),
        parent: Some(RecordId::new("C1")),
        name: "PII-CANARY".into(),
        stamp: None,
        reading: [side::set("completed", Some(Value::Bool(false)))].into_iter().collect(),
        sight: Sight::Read,
    };
    Write {
        resource: Resource::Task,
        current: Some(current),
        parent: None,
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_names_only_what_changes_and_completion_goes_its_own_way() {
    let due = || set("dueDate", Some(Value::Time(time("2026-10-25T11:00:00.5Z"))));
    let completed = || set("completed", Some(Value::Bool(true)));
    let (put, done) = ("PUT /contacts/C1/tasks/T1", "PUT /contacts/C1/tasks/T1/completed");
    for (fields, expected) in [
        (vec![set("title", text("New"))], vec![(put, json!({"title": "New"}))]),
        (vec![due()], vec![(put, json!({"dueDate": "2026-10-25T11:00:00.500Z"}))]),
        (vec![set("assignee", text("jane@x.com"))], vec![(put, json!({"assignedTo": "USR1"}))]),
        (vec![set("assignee", None)], vec![(put, json!({"assignedTo": ""}))]),
        (vec![completed()], vec![(done, json!({"completed": true}))]),
        (
            vec![completed(), set("title", text("New"))],
            vec![(put, json!({"title": "New"})), (done, json!({"completed": true}))],
        ),
    ] {
        let script = Script::new(expected.iter().map(|_| reply(200, json!({"task": {}}))));
        let sent = client(&script).send(&update(fields)).await.expect("written");
        assert_eq!(sent.body, RecordId::new("T1"));
        let lines = script.lines();
        let sent = lines.iter().enumerate().map(|(at, line)| (line.as_str(), script.body(at)));
        assert_eq!(sent.collect::<Vec<_>>(), expected);
    }
    let script = Script::new([reply(200, json!({})), reply(422, json!({"message": ["x"]}))]);
    let both = update(vec![completed(), set("title", text("New"))]);
    assert!(matches!(client(&script).send(&both).await, Err(WriteError::InDoubt(_))));
}

#[tokio::test(start_paused = true)]
async fn what_a_task_cannot_take_is_refused_before_anything_is_sent() {
    let nowhere = Write { parent: None, ..creation(vec![]) };
    let mut lost_one = update(vec![set("title", text("x"))]);
    lost_one.current.as_mut().expect("a record").parent = None;
    let unmarked = creation(vec![set("reference", text("T-7K2Q"))]);
    for refused in [
        nowhere,
        lost_one,
        Write { marker: None, ..unmarked },
        Write { marker: Some("short".into()), ..creation(vec![]) },
        creation(vec![set("title", None)]),
        creation(vec![set("title", text(" "))]),
        creation(vec![set("dueDate", None)]),
        creation(vec![set("dueDate", text("PII-CANARY"))]),
        creation(vec![set("completed", None)]),
        creation(vec![set("contactId", text("C2"))]),
        creation(vec![set("reference", text("PII-CANARY"))]),
        creation(vec![set("assignee", text("PII-CANARY@x.com"))]),
        creation(vec![set("status", text("x"))]),
        update(vec![set("body", text("PII-CANARY"))]),
        update(vec![set("marker", None)]),
        update(vec![set("title", None)]),
        update(vec![set("completed", None)]),
        update(vec![set("assignee", text("PII-CANARY@x.com"))]),
        update(vec![]),
    ] {
        let error = client(&Script::new([])).send(&refused).await.expect_err("refused");
        assert!(matches!(error, WriteError::Refused(_)), "{error}");
        assert!(!error.to_string().contains("CANARY"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_found_among_those_of_its_contact() {
    let sought = |contact: Option<&str>, marker: Option<&str>| Sought {
        resource: Resource::Task,
        parent: contact.map(RecordId::new),
        marker: marker.map(str::to_owned),
        key: None,
        max_age: std::time::Duration::ZERO,
    };
    let ours = || json!({"id": "T1", "title": "Review", "body": BODY});
    let rows = || reply(200, json!({"tasks": [{"id": "T0", "body": "See"}, ours()]}));
    let odd = || reply(200, json!({"tasks": [{"id": "T0", "title": 7}]}));
    let gone = || reply(400, json!({"message": "Contact not found for id:C1"}));
    for (answered, marker, expected, proves) in [
        (rows(), Some("0123ABCD"), vec!["T1"], true),
        (rows(), Some("ZZZZZZZZ"), vec![], true),
        (rows(), None, vec![], false),
        (odd(), Some("0123ABCD"), vec![], false),
        // It may have been merged, and the task moved.
        (gone(), Some("0123ABCD"), vec![], false),
    ] {
        let script = Script::new([answered]);
        let found =
            client(&script).find(&sought(Some("C1"), marker)).await.expect("an answer").body;
        let ids: Vec<&str> = found.records.iter().map(|record| record.key.id.as_str()).collect();
        assert_eq!((ids, found.proves_absence), (expected, proves));
        assert!(found.records.iter().all(|it| it.sight == Sight::Listed));
        assert_eq!(script.lines(), ["GET /contacts/C1/tasks"]);
    }
    let nowhere = client(&Script::new([])).find(&sought(None, Some("0123ABCD"))).await;
    assert_eq!(nowhere.expect_err("nobody knows where").cause, Cause::Rejected);
}
