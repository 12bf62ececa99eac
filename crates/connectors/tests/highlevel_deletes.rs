//! What is deleted, and what keeps a contact from being deleted?

use concordat_model::{Reading, RecordId, Resource};
use concordat_remote::{Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, highlevel, json as reply};

fn deletion(resource: Resource, current: Option<Reading>) -> Write {
    side::write(resource, current, Vec::new())
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_deleted_only_if_nothing_stands_at_it() {
    let all = |notes: Json, tasks: Json, events: Json| {
        [json!({ "notes": notes }), json!({ "tasks": tasks }), json!({ "events": events })]
            .map(|body| reply(200, body))
    };
    let write = deletion(Resource::Contact, Some(Reading::new()));
    let gone = reply(200, json!({"succeded": true}));
    let script = Script::new(all(json!([]), json!([]), json!([])).into_iter().chain([gone]));
    let sent = highlevel(&script).delete(&write).await.expect("deleted");
    assert_eq!(sent.body, RecordId::new("R1"));
    assert_eq!(
        script.lines(),
        [
            "GET /contacts/R1/notes",
            "GET /contacts/R1/tasks",
            "GET /contacts/R1/appointments",
            "DELETE /contacts/R1"
        ]
    );
    let (note, task) =
        (json!({"id": "N1", "body": "PII-CANARY"}), json!({"id": "T1", "title": "PII-CANARY"}));
    let visit = json!({"id": "A1", "title": "PII-CANARY"});
    for (answers, says) in [
        (all(json!([note]), json!([]), json!([])), "1 note"),
        (all(json!([]), json!([task, task]), json!([])), "2 tasks"),
        (all(json!([]), json!([]), json!([visit])), "1 appointment"),
    ] {
        let script = Script::new(answers);
        let error = highlevel(&script).delete(&write).await.expect_err("it is not alone");
        assert!(matches!(error, WriteError::Refused(_)), "{error}");
        assert!(error.to_string().contains(says) && !error.to_string().contains("PII"), "{error}");
        assert_eq!(script.lines().len(), 3);
    }
    // What cannot be asked is no answer.
    let script = Script::new([reply(403, json!({"message": "Forbidden"}))]);
    let error = highlevel(&script).delete(&write).await.expect_err("nobody knows");
    assert!(matches!(error, WriteError::NoEffect(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_task_is_deleted_at_its_contact_and_nothing_else_is() {
    let mut write = deletion(Resource::Task, Some(Reading::new()));
    write.current.as_mut().expect("a task").parent = Some(RecordId::new("C1"));
    let script = Script::new([reply(200, json!({"succeded": true}))]);
    highlevel(&script).delete(&write).await.expect("deleted");
    assert_eq!(script.lines(), ["DELETE /contacts/C1/tasks/R1"]);
    for (resource, current) in [
        (Resource::Business, Some(Reading::new())),
        (Resource::Note, Some(Reading::new())),
        (Resource::Task, Some(Reading::new())),
        (Resource::Contact, None),
    ] {
        let script = Script::new([]);
        let error = highlevel(&script).delete(&deletion(resource, current)).await;
        assert!(matches!(error, Err(WriteError::Refused(_))), "{resource:?}");
        assert_eq!(script.lines(), [""; 0]);
    }
}
