//! What is a notification (`upguard.md` §5)? What its `context` holds is not published and may be
//! anything: only what names a vendor or a host is read of it.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Path, Record, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, next};
use crate::wire::{self, Id, Loose, Unreadable, held_moment, held_set, held_text};

/// How much of its text names a notification, in characters.
const NAME_MAX: usize = 60;
/// What the name of a member of `context` that names a vendor has in it, in lower case. `Domain` is
/// documented, the rest is for the types whose context is not.
const SUBJECTS: [&str; 3] = ["vendor", "domain", "hostname"];
/// A longer text is no name.
const SUBJECT_MAX: usize = 255;

#[derive(Deserialize)]
struct Notification {
    notification_id: Id,
    #[serde(rename = "type")]
    kind: Option<String>,
    description: Option<String>,
    occurred_at: Option<String>,
    #[serde(default)]
    context: Option<BTreeMap<String, Option<Loose>>>,
}

impl Notification {
    fn record(self) -> Record {
        let name = wire::beginning(self.description.as_deref().unwrap_or_default(), NAME_MAX);
        let names = [Some(name.as_str()), self.kind.as_deref()];
        let name = wire::name_of(names, &self.notification_id.0);
        let mut reading = concordat_model::Reading::new();
        let about = subjects(self.context.unwrap_or_default());
        reading.set("about".into(), held_set(about.into_iter().collect()));
        reading.set("type".into(), self.kind.and_then(held_text));
        reading.set("description".into(), self.description.and_then(held_text));
        if let Some(held) = self.occurred_at.map_or(Some(None), |text| held_moment(&text)) {
            reading.set(Path::from("occurred"), held);
        }
        Record {
            key: RecordKey::new(Resource::Notification, self.notification_id.0),
            parent: None,
            name: name.into(),
            stamp: None,
            reading,
            sight: Sight::Listed,
        }
    }
}

/// What of a context names a vendor, by id, name or host.
fn subjects(context: BTreeMap<String, Option<Loose>>) -> BTreeSet<String> {
    let is_subject = |name: &str| {
        let name = name.to_lowercase();
        SUBJECTS.iter().any(|it| name.contains(it))
    };
    let said = context.into_iter().filter(|(name, _)| is_subject(name));
    let held = said.filter_map(|(_, value)| value?.held()?);
    let texts = held.filter_map(|value| match value {
        Value::Text(text) => Some(text.trim().to_owned()),
        Value::Integer(_)
        | Value::Decimal(_)
        | Value::Bool(_)
        | Value::Time(_)
        | Value::Date(_)
        | Value::Set(_) => None,
    });
    texts.filter(|it| !it.is_empty() && it.chars().count() <= SUBJECT_MAX).collect()
}

/// A page of `GET /notifications`: those of the last seven days, by id.
pub(in crate::upguard) fn list(body: &[u8]) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Notifications<'a> {
        #[serde(borrow, default)]
        notifications: Option<Vec<&'a RawValue>>,
        next_page_token: Option<String>,
    }
    let page: Notifications<'_> = wire::decode(body)?;
    let listed = page.notifications.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Notification| Some(row.record()));
    Ok(Listing { rows, next: next(page.next_page_token), total: None })
}
