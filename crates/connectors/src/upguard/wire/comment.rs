//! What is a comment on a threat, read and made (`upguard.md` §4.4)? Comments and the answers to them
//! stand in their threat; here they are one list. Our marker is a trailer of the text.

use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::{Deserialize, Serialize};

use crate::marker::{self, Described};
use crate::wire::{self, Id, Rows, Unreadable, held_moment, held_text};

const CONTENT: &str = "content";
const THREAT: &str = "threat";
/// How much of its text names a comment, in characters.
const NAME_MAX: usize = 60;

#[derive(Deserialize)]
struct Comment {
    comment_id: Id,
    content: Option<String>,
    created_at: Option<String>,
    user: Option<User>,
    #[serde(default)]
    children: Option<Vec<Comment>>,
}

#[derive(Deserialize)]
struct User {
    name: Option<String>,
    email: Option<String>,
}

impl User {
    fn called(self) -> Held {
        let filled = |it: &String| !it.trim().is_empty();
        self.name.filter(filled).or(self.email.filter(filled)).and_then(held_text)
    }
}

impl Comment {
    fn record(self, threat: &RecordId, sight: Sight) -> Record {
        let Described { text, marker } = marker::split(self.content.as_deref().unwrap_or_default());
        let name = wire::beginning(text.as_deref().unwrap_or_default(), NAME_MAX);
        let mut reading: Reading = [
            (CONTENT, text.map(Value::Text)),
            ("marker", marker.map(Value::Text)),
            ("author", self.user.and_then(User::called)),
            (THREAT, Some(Value::text(threat.as_str()))),
        ]
        .into_iter()
        .map(|(path, held)| (Path::from(path), held))
        .collect();
        if let Some(held) = self.created_at.map_or(Some(None), |text| held_moment(&text)) {
            reading.set("created".into(), held);
        }
        Record {
            name: wire::name_of([Some(name.as_str())], &self.comment_id.0).into(),
            key: RecordKey::new(Resource::Comment, self.comment_id.0),
            parent: Some(threat.clone()),
            stamp: None,
            reading,
            sight,
        }
    }
}

/// The comments in `GET /threatmonitoring/threat`. A threat that says it has some, and shows none, cannot be
/// read.
pub(in crate::upguard) fn list(
    body: &[u8],
    threat: &RecordId,
    sight: Sight,
) -> Result<Rows, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        threat_details: Details,
    }
    #[derive(Deserialize)]
    struct Details {
        #[serde(default)]
        comments: Option<Vec<Comment>>,
        #[serde(default)]
        number_of_comments: Option<u64>,
    }
    let Details { comments, number_of_comments } = wire::decode::<Answer>(body)?.threat_details;
    if comments.is_none() && number_of_comments.is_some_and(|it| it > 0) {
        return Err(Unreadable("`threat_details.comments` is missing or has another shape".into()));
    }
    let mut left = comments.unwrap_or_default();
    let mut records = Vec::new();
    while let Some(mut comment) = left.pop() {
        left.extend(comment.children.take().unwrap_or_default());
        records.push(comment.record(threat, sight));
    }
    records.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Rows { records, unreadable: Vec::new() })
}

/// The answer to a new comment: its id.
pub(in crate::upguard) fn made(body: &[u8]) -> Result<String, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        comment_id: Id,
    }
    Ok(wire::decode::<Answer>(body)?.comment_id.0)
}

/// The body of a new comment: the text and, as its trailer, the marker.
pub(in crate::upguard) fn creation(
    set: &[(Path, Held)],
    threat: &RecordId,
    marker: Option<&str>,
) -> Result<Vec<u8>, String> {
    #[derive(Serialize)]
    struct Body {
        content: String,
    }
    let mut described = Described { text: None, marker: marker.map(str::to_owned) };
    for (path, held) in set {
        let text = held.as_ref().and_then(Value::as_text);
        match path.as_str() {
            THREAT if text == Some(threat.as_str()) => {}
            CONTENT => described.text = text.map(str::to_owned),
            _ => return Err(format!("`{path}` of a comment cannot be written")),
        }
    }
    match described.text {
        None => Err("a comment needs a text".into()),
        Some(_) => Ok(wire::encode(&Body { content: marker::join(&described) })),
    }
}
