//! Which webhooks does HighLevel send, and in which condition do they arrive (§10)? They are made of what
//! changed when somebody asks for them: sparse, late, twice, out of order, signed or not. Nobody is called;
//! whoever wants them delivers them.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use chrono::{DateTime, Utc};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Map, Value, json};

use super::HighLevel;
use crate::effects::{Actor, Effect};
use crate::http::{System, iso_millis};
use crate::random::Random;
use crate::switches::{Switches, seconds};
use crate::ways::WebhookSignature;

/// Of the key that signs, and of another one that does not belong to it.
const SEEDS: [[u8; 32]; 2] = [[7; 32], [8; 32]];
/// What stands before the 32 bytes of a public key (RFC 8410 §4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What an event of a contact may tell, besides its id.
const OF_CONTACT: [&str; 18] = [
    "firstName",
    "lastName",
    "email",
    "phone",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
    "companyName",
    "website",
    "source",
    "dateOfBirth",
    "dateAdded",
    "dnd",
    "tags",
    "customFields",
    "assignedTo",
];
/// What a change of one tells of it (§10: live, only id, names and e-mail were seen).
const OF_CHANGED: [&str; 3] = ["firstName", "lastName", "email"];

/// Everything that was sent until now: the key, and each delivery with its headers and its raw body.
pub(crate) fn sent(
    locations: &[HighLevel],
    effects: &[Effect],
    now: DateTime<Utc>,
    switches: &Switches,
) -> Value {
    let mut events = Vec::new();
    let mut at = 0;
    while let Some(first) = effects.get(at) {
        let same =
            |it: &&Effect| it.id == first.id && it.entity == first.entity && it.at == first.at;
        let length = match first.field {
            Some(_) => effects[at..].iter().take_while(|it| same(it) && it.field.is_some()).count(),
            None => 1,
        };
        let is_ours = first.actor == Actor::Person || switches.webhooks_of_api_writes;
        if first.side == System::HighLevel && is_ours {
            events.extend(events_of(locations, &effects[at..at + length], switches));
        }
        at += length;
    }
    let due = |(effect, _): &(&Effect, Map<String, Value>)| {
        let at = DateTime::parse_from_rfc3339(&effect.at).map(|at| at.to_utc());
        at.is_ok_and(|at| at + seconds(switches.webhook_delay_seconds) <= now)
    };
    events.retain(due);
    if switches.webhooks_reordered {
        events.sort_by_key(|(effect, _)| Random::new(effect.seq).draw());
    }
    let times = usize::try_from(switches.webhook_times).unwrap_or(1);
    let deliveries: Vec<Value> = events
        .into_iter()
        .map(|(effect, body)| delivery(effect, body, switches))
        .flat_map(|it| std::iter::repeat_n(it, times))
        .collect();
    json!({ "public_key": public_key(), "deliveries": deliveries })
}

/// The events of one change: a record that came or went, or fields of one that moved together.
fn events_of<'e>(
    locations: &[HighLevel],
    change: &'e [Effect],
    switches: &Switches,
) -> Vec<(&'e Effect, Map<String, Value>)> {
    let Some(first) = change.first() else { return Vec::new() };
    let id = first.id.as_str().unwrap_or_default();
    let record = if first.after.is_object() { &first.after } else { &first.before };
    let location = location_of(locations, id, record);
    let moved: BTreeMap<&str, &Value> =
        change.iter().filter_map(|it| Some((it.field.as_deref()?, &it.after))).collect();
    let kinds: Vec<&str> = match (first.entity, &first.field, first.after.is_null()) {
        ("contact", None, false) => vec!["ContactCreate"],
        // Whoever is merged vanishes without an event.
        ("contact", None, true) if location.merged.contains(id) => vec![],
        ("contact", None, true) => vec!["ContactDelete"],
        ("contact", Some(_), _) => changed(&moved),
        ("note", None, false) => vec!["NoteCreate"],
        ("note", None, true) => vec!["NoteDelete"],
        ("note", Some(_), _) => vec!["NoteUpdate"],
        ("task", None, false) => vec!["TaskCreate"],
        ("task", None, true) => vec!["TaskDelete"],
        // There is no TaskUpdate, and none that a task is not completed any more.
        ("task", Some(_), _) if moved.get("completed") == Some(&&json!(true)) => {
            vec!["TaskComplete"]
        }
        ("business", None, false) => vec!["RecordCreate"],
        ("business", None, true) => vec!["RecordDelete"],
        ("business", Some(_), _) => vec!["RecordUpdate"],
        _ => vec![],
    };
    let shown = location.shown_now(first.entity, id).unwrap_or_else(|| record.clone());
    let told = |kind: &str| -> Map<String, Value> {
        let names: &[&str] = match kind {
            "ContactCreate" | "ContactDelete" => &OF_CONTACT,
            "ContactTagUpdate" => &["firstName", "lastName", "email", "tags"],
            "ContactDndUpdate" => &["firstName", "lastName", "email", "dnd", "dndSettings"],
            "ContactUpdate" => &OF_CHANGED,
            note if note.starts_with("Note") => &["body", "contactId", "dateAdded"],
            "TaskCreate" if switches.webhook_tasks_lack_contact => {
                &["title", "assignedTo", "dueDate"]
            }
            task if task.starts_with("Task") => {
                &["title", "body", "assignedTo", "dueDate", "contactId"]
            }
            _ => &[],
        };
        let is_told = |value: &&Value| !value.is_null() && **value != "" && **value != json!([]);
        let member =
            |name: &&str| Some(((*name).to_owned(), shown.get(*name).filter(is_told)?.clone()));
        let mut body = Map::new();
        body.insert("type".into(), json!(kind));
        body.insert("locationId".into(), json!(location.location_id));
        body.insert("id".into(), json!(id));
        body.extend(names.iter().filter_map(member));
        body
    };
    kinds.into_iter().map(|kind| (first, told(kind))).collect()
}

/// The events of fields of a contact that moved.
fn changed(moved: &BTreeMap<&str, &Value>) -> Vec<&'static str> {
    let kind = |field: &&str| match *field {
        "tags" => "ContactTagUpdate",
        "dnd" | "dndSettings" | "inboundDndSettings" => "ContactDndUpdate",
        _ => "ContactUpdate",
    };
    let mut kinds: Vec<&str> = moved.keys().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    // Inbound settings fire nothing (§10).
    if moved.keys().all(|field| *field == "inboundDndSettings") { Vec::new() } else { kinds }
}

/// Where a record is, or was.
fn location_of<'l>(locations: &'l [HighLevel], id: &str, record: &Value) -> &'l HighLevel {
    let owner = record["contactId"].as_str().unwrap_or(id);
    let is_it = |it: &&HighLevel| {
        record["locationId"] == it.location_id.as_str()
            || it.contacts.get(owner).is_some()
            || it.businesses.contains_key(id)
    };
    locations.iter().find(is_it).unwrap_or(&locations[0])
}

fn delivery(effect: &Effect, mut body: Map<String, Value>, switches: &Switches) -> Value {
    let at = DateTime::parse_from_rfc3339(&effect.at).map(|at| at.to_utc()).unwrap_or_default();
    let stamp = at + switches.skew(System::HighLevel) + seconds(switches.webhook_skew_seconds);
    let digest =
        body["type"].to_string().bytes().fold(1_u32, |sum, it| sum.rotate_left(5) ^ u32::from(it));
    body.insert("appId".into(), json!("sandboxApp0000000001"));
    body.insert("versionId".into(), json!("sandboxApp0000000001"));
    body.insert("timestamp".into(), json!(iso_millis(stamp)));
    body.insert(
        "webhookId".into(),
        json!(Random::new(effect.seq << 32 | u64::from(digest)).uuid()),
    );
    let raw = Value::Object(body).to_string();
    let mut headers = Map::new();
    headers.insert("content-type".into(), json!("application/json"));
    let signature = match switches.webhook_signature {
        WebhookSignature::Right => Some(signed(SEEDS[0], &raw)),
        WebhookSignature::Wrong => Some(signed(SEEDS[1], &raw)),
        WebhookSignature::NotApplicable => Some("N/A".to_owned()),
        WebhookSignature::Missing => None,
    };
    if let Some(signature) = signature {
        headers.insert("x-ghl-signature".into(), json!(signature));
    }
    json!({ "headers": headers, "body": raw })
}

fn pair(seed: [u8; 32]) -> Ed25519KeyPair {
    // Invariant: 32 bytes are a seed.
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed of 32 bytes")
}

impl HighLevel {
    /// The record as it is now; nothing if it is not there any more.
    fn shown_now(&self, entity: &str, id: &str) -> Option<Value> {
        match entity {
            "contact" => self.contacts.get(id).map(|it| it.detail(&self.location_id)),
            "task" => self.tasks.get(id).map(|it| it.shown()),
            "note" => self.notes.get(id).map(|it| it.shown()),
            _ => None,
        }
    }
}

fn signed(seed: [u8; 32], raw: &str) -> String {
    BASE64_STANDARD.encode(pair(seed).sign(raw.as_bytes()))
}

/// As the vendor publishes it: SubjectPublicKeyInfo.
fn public_key() -> String {
    BASE64_STANDARD.encode([&SPKI, pair(SEEDS[0]).public_key().as_ref()].concat())
}
