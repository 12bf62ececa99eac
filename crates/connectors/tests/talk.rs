//! Are comments and notes read with what is ours told apart, added to what they belong to, and found
//! again?

use concordat_model::{Held, Partition, Path, RecordId, RecordKey, Resource, Sight, Value};
use concordat_remote::{Cause, Sought, Source, Target, Write, WriteError};
use serde_json::json;

use crate::side::{self, Script, fields, highlevel, json as reply, set, text, upguard};

const SAID: &str = "Reset.\n\n[concordat:0123ABCD]";

fn addition(resource: Resource, owner: &str, set: Vec<(Path, Held)>) -> Write {
    let parent = Some(RecordId::new(owner));
    Write {
        resource,
        current: None,
        parent,
        set,
        marker: Some("0123ABCD".into()),
        by: side::whenever(),
        intent: side::intent(),
    }
}

fn sought(resource: Resource, owner: &str) -> Sought {
    let parent = Some(RecordId::new(owner));
    Sought {
        resource,
        parent,
        marker: Some("0123ABCD".into()),
        key: None,
        max_age: std::time::Duration::ZERO,
    }
}

fn threat() -> side::Outcome {
    let user = json!({"name": "Ada", "email": "ada@x.com"});
    let answer = json!({"comment_id": 1002, "content": SAID, "created_at": "2026-05-02T01:00:00Z",
        "user": {"name": "Public API", "email": ""}});
    reply(
        200,
        json!({"threat_details": {"uuid": "U1", "additional_attributes": {"password": "PII-CANARY"},
            "comments": [{"comment_id": 1001, "content": "Found it.\nIn a log.",
                "created_at": "2026-05-02T00:00:00Z", "user": user, "children": [answer]}]}}),
    )
}

#[tokio::test(start_paused = true)]
async fn comments_and_answers_to_them_are_one_list() {
    let script = Script::new([threat()]);
    let partition = Partition::Of(Resource::Comment, RecordId::new("U1"));
    let page = upguard(&script).page(&partition, None).await.expect("a page").body;
    let [first, ours] = page.records.as_slice() else { panic!("two comments") };
    assert_eq!(
        fields(first),
        [
            "author=Ada",
            "content=Found it.\nIn a log.",
            "created=2026-05-02T00:00:00+00:00",
            "marker=",
            "threat=U1",
        ]
    );
    assert_eq!((first.name.as_str(), first.sight), ("Found it.", Sight::Listed));
    assert_eq!(first.parent, Some(RecordId::new("U1")));
    assert_eq!(ours.reading.get(&"content".into()), Some(&text("Reset.")));
    assert_eq!(ours.reading.get(&"marker".into()), Some(&text("0123ABCD")));
    assert_eq!((page.next, page.total), (None, Some(2)));
    assert_eq!(script.lines(), ["GET /threatmonitoring/threat?uuid=U1"]);
}

#[tokio::test(start_paused = true)]
async fn a_comment_is_added_read_back_and_found_again() {
    let made = reply(200, json!({"comment_id": 1002, "content": SAID}));
    let script = Script::new([made, threat(), threat(), threat()]);
    let side = upguard(&script);
    let set = vec![set("content", text("Reset.")), set("threat", text("U1"))];
    let id = side.send(&addition(Resource::Comment, "U1", set)).await.expect("added").body;
    assert_eq!(script.lines(), ["POST /threatmonitoring/threat/comment/add?uuid=U1"]);
    assert_eq!(script.body(0), json!({"content": SAID}));
    let key = RecordKey { resource: Resource::Comment, id };
    let owner = RecordId::new("U1");
    let read = side.read(&key, Some(&owner)).await.expect("an answer").body.expect("a comment");
    assert_eq!((read.key.clone(), read.sight), (key, Sight::Read));
    let found = side.find(&sought(Resource::Comment, "U1")).await.expect("an answer").body;
    assert_eq!(found.records.iter().map(|it| it.key.id.as_str()).collect::<Vec<_>>(), ["1002"]);
    assert!(found.proves_absence);
    let other = Sought { marker: Some("ZZZZZZZZ".into()), ..sought(Resource::Comment, "U1") };
    let found = side.find(&other).await.expect("an answer").body;
    assert!(found.records.is_empty() && found.proves_absence);
}

#[tokio::test(start_paused = true)]
async fn notes_are_listed_directly_at_their_contact() {
    let notes = json!({"notes": [
        {"id": "N1", "body": "[T-7K2Q] Called.", "dateAdded": "2021-07-08T12:02:11.285Z"},
        {"id": "N2", "body": SAID, "userId": "U9", "other": "PII-CANARY"},
        {"body": "no id"},
    ]});
    let script = Script::new([reply(200, notes)]);
    let partition = Partition::Of(Resource::Note, RecordId::new("C1"));
    let page = highlevel(&script).page(&partition, None).await.expect("a page").body;
    let [theirs, ours] = page.records.as_slice() else { panic!("two notes") };
    assert_eq!(
        fields(theirs),
        [
            "added=2021-07-08T12:02:11.285+00:00",
            "body=[T-7K2Q] Called.",
            "color=",
            "contactId=C1",
            "marker=",
            "pinned=",
            "title=",
            "userId=",
        ]
    );
    assert_eq!(theirs.sight, Sight::Listed);
    assert_eq!(
        fields(ours),
        [
            "added=",
            "body=Reset.",
            "color=",
            "contactId=C1",
            "marker=0123ABCD",
            "pinned=",
            "title=",
            "userId=U9",
        ]
    );
    assert_eq!(page.unreadable.len(), 1, "{:?}", page.unreadable);
    assert_eq!(script.lines(), ["GET /contacts/C1/notes"]);
}

#[tokio::test(start_paused = true)]
async fn a_note_is_made_read_back_and_found_again() {
    let note = json!({"id": "N2", "body": SAID, "contactId": "C1"});
    let script = Script::new([
        reply(201, json!({"note": note})),
        reply(200, json!({"note": note})),
        reply(200, json!({"notes": [note]})),
    ]);
    let side = highlevel(&script);
    let set = vec![set("body", text("Reset.")), set("contactId", text("C1"))];
    let id = side.send(&addition(Resource::Note, "C1", set)).await.expect("made").body;
    let owner = RecordId::new("C1");
    let key = RecordKey { resource: Resource::Note, id };
    let read = side.read(&key, Some(&owner)).await.expect("an answer").body.expect("a note");
    assert_eq!(read.reading.get(&"marker".into()), Some(&text("0123ABCD")));
    let found = side.find(&sought(Resource::Note, "C1")).await.expect("an answer").body;
    assert_eq!(found.records.len(), 1);
    assert_eq!(
        script.lines(),
        ["POST /contacts/C1/notes", "GET /contacts/C1/notes/N2", "GET /contacts/C1/notes"]
    );
    assert_eq!(script.body(0), json!({"body": SAID}));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_meant_is_refused_before_a_byte_leaves() {
    let script = Script::new([]);
    let elsewhere = vec![set("body", text("x")), set("contactId", text("C2"))];
    let silent = vec![set("contactId", text("C1"))];
    for set in [elsewhere, silent] {
        let sent = highlevel(&script).send(&addition(Resource::Note, "C1", set)).await;
        assert!(matches!(sent, Err(WriteError::Refused(_))), "{sent:?}");
    }
    let other = vec![set("content", text("x")), set("threat", text("U2"))];
    let sent = upguard(&script).send(&addition(Resource::Comment, "U1", other)).await;
    assert!(matches!(sent, Err(WriteError::Refused(_))), "{sent:?}");
    let key = RecordKey::new(Resource::Note, "N1");
    assert!(highlevel(&script).read(&key, None).await.is_err(), "nobody says at which contact");
    assert!(script.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_comment_that_was_refused_may_have_been_added_all_the_same() {
    let script = Script::new([reply(422, json!({"error": "not investigated: PII-CANARY"}))]);
    let set = vec![set("content", Some(Value::text("x"))), set("threat", text("U1"))];
    let sent = upguard(&script).send(&addition(Resource::Comment, "U1", set)).await;
    let Err(WriteError::InDoubt(failure)) = sent else { panic!("{sent:?}") };
    assert_eq!(failure.cause, Cause::Rejected);
    assert!(!failure.to_string().contains("CANARY"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_note_is_changed_above_its_marker_and_keeps_everything_else() {
    let note = json!({"id": "N2", "body": SAID, "contactId": "C1", "title": "Acme", "pinned": true,
        "color": "#FFAA00", "userId": "U9"});
    let script =
        Script::new([reply(200, json!({"note": note})), reply(200, json!({"note": note}))]);
    let side = highlevel(&script);
    let (key, owner) = (RecordKey::new(Resource::Note, "N2"), RecordId::new("C1"));
    let current = side.read(&key, Some(&owner)).await.expect("an answer").body.expect("a note");
    let write = Write {
        resource: Resource::Note,
        current: Some(current.clone()),
        parent: Some(owner.clone()),
        set: vec![set("body", text("Renewed."))],
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    side.send(&write).await.expect("changed");
    assert_eq!(script.lines()[1], "PUT /contacts/C1/notes/N2");
    assert_eq!(
        script.body(1),
        json!({"body": "Renewed.\n\n[concordat:0123ABCD]", "title": "Acme", "pinned": true,
            "color": "#FFAA00", "userId": "U9"})
    );
    for wrong in [vec![set("body", None)], vec![set("contactId", text("C2"))], Vec::new()] {
        let sent = side.send(&Write { set: wrong, ..write.clone() }).await;
        assert!(matches!(sent, Err(WriteError::Refused(_))), "{sent:?}");
    }
}
