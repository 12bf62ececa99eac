//! What people do about threats: a task is completed, a note and a comment are written; and what became
//! of it is looked up in both systems.

use concordat_model::{RecordKey, Resource, Side};
use serde_json::{Value, json};

use super::Demo;
use crate::code::Code;
use crate::failure::Failure;

const CALLED: &str = "Called the registrar.";
const ASKED: &str = "Take-down requested.";

/// What people did.
pub struct Talk {
    /// The threat whose task was completed.
    closed: String,
    /// The threat about which something was said.
    talked: String,
    /// The contact at which its task stands.
    contact: String,
}

/// People complete one task, and talk about another threat. Nothing: no two threats have a task, one open
/// and one that is investigated.
///
/// # Errors
/// If the sandbox refuses an edit.
pub fn edits(demo: &Demo<'_>) -> Result<Option<Talk>, Failure> {
    let state = demo.state();
    let of = |status: &str| {
        let threat = rows(&state, "upguard", "threats").find(|it| it["threat_status"] == status)?;
        let ours = |task: &&Value| {
            task["title"] == threat["title"] && text(&task["body"]).contains("[concordat:")
        };
        Some((threat, rows(&state, "highlevel", "tasks").find(ours)?))
    };
    let Some(((first, done), (second, other))) = of("open").zip(of("investigating")) else {
        return Ok(None);
    };
    let Some(reference) = text(&other["body"]).lines().find(|it| it.starts_with("[T-")) else {
        return Ok(None);
    };
    let contact = text(&other["contactId"]).to_owned();
    let done = RecordKey::new(Resource::Task, text(&done["id"]));
    demo.edit("completed", &done, json!({ "completed": true }))?;
    let note = json!({ "contactId": contact, "body": format!("{reference} {CALLED}") });
    demo.add(Side::Highlevel, "note", &format!("{reference} {CALLED}"), note)?;
    let comment = json!({ "uuid": second["uuid"], "content": ASKED });
    demo.add(Side::Upguard, "comment", ASKED, comment)?;
    Ok(Some(Talk {
        closed: text(&first["uuid"]).to_owned(),
        talked: text(&second["uuid"]).to_owned(),
        contact,
    }))
}

/// What became of it, one sentence for each.
///
/// # Errors
/// If anything is not as it has to be.
pub fn look_up(demo: &Demo<'_>, talk: &Talk) -> Result<Vec<String>, Failure> {
    let state = demo.state();
    let threat = |uuid: &str| {
        let mut threats = rows(&state, "upguard", "threats");
        threats.find(|it| it["uuid"] == uuid).unwrap_or(&Value::Null)
    };
    let (closed, talked) = (threat(&talk.closed), threat(&talk.talked));
    let comments = talked["comments"].as_array().into_iter().flatten();
    let called = comments.filter(|it| text(&it["content"]).starts_with(CALLED)).count();
    let notes = || {
        let notes = rows(&state, "highlevel", "notes");
        notes.filter(|it| it["contactId"] == talk.contact.as_str())
    };
    let asked = notes().filter(|it| text(&it["body"]).contains(ASKED)).count();
    let back = notes().filter(|it| text(&it["body"]).contains(CALLED)).count();
    let sentences = [
        (closed["threat_status"] == "closed", "the completed task closed its threat in UpGuard"),
        (called == 1, "the note that names the threat is a comment on it, once"),
        (asked == 1, "the comment is a note at the contact of the task, once"),
        (back == 1, "and the note did not come back as another"),
    ];
    let mut told = Vec::new();
    for (is_so, says) in sentences {
        if !is_so {
            return Err(Failure::new(Code::Unforeseen, format!("it is not so: {says}")));
        }
        told.push(says.to_owned());
    }
    Ok(told)
}

pub(super) fn rows<'s>(
    state: &'s Value,
    side: &str,
    name: &str,
) -> impl Iterator<Item = &'s Value> {
    state[side][name].as_array().into_iter().flatten()
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
