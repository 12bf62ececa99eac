//! What does `contacts/search` see? A copy that hears of changes at once and believes them only
//! when they are as old as the lag: new rows are missing, deleted rows linger, values are stale
//! (HighLevel sheet §6.3). Rows are shared with the primary store, not copied.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::contact::Contact;
use super::contacts::digits;
use super::filter::held;

#[derive(Clone, Debug)]
struct News {
    at: DateTime<Utc>,
    id: String,
    contact: Option<Arc<Contact>>,
}

/// The delayed copy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    rows: BTreeMap<String, Arc<Contact>>,
    /// Ids by a look-up key, see [`keys`].
    holders: HashMap<String, BTreeSet<String>>,
    pending: VecDeque<News>,
    version: u64,
}

impl Index {
    pub(super) fn hear(&mut self, at: DateTime<Utc>, id: String, contact: Option<Arc<Contact>>) {
        self.pending.push_back(News { at, id, contact });
    }

    /// Believes everything that is at least `lag` old.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>, lag: TimeDelta) {
        while self.pending.front().is_some_and(|news| news.at + lag <= now) {
            let Some(news) = self.pending.pop_front() else { return };
            self.believe(news);
        }
    }

    /// Moves with every believed change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Contact>> {
        self.rows.values()
    }

    /// The rows that may hold `value` in `field`; `None` if the field has no look-up.
    pub(super) fn holders(&self, field: &str, value: &str) -> Option<BTreeSet<String>> {
        let key = key(field, value)?;
        Some(self.holders.get(&key).cloned().unwrap_or_default())
    }

    pub(super) fn row(&self, id: &str) -> Option<&Arc<Contact>> {
        self.rows.get(id)
    }

    fn believe(&mut self, news: News) {
        self.version += 1;
        if let Some(old) = self.rows.remove(&news.id) {
            for key in keys(&old) {
                if let Some(ids) = self.holders.get_mut(&key) {
                    ids.remove(&news.id);
                }
            }
        }
        if let Some(contact) = news.contact {
            for key in keys(&contact) {
                self.holders.entry(key).or_default().insert(news.id.clone());
            }
            self.rows.insert(news.id, contact);
        }
    }
}

fn key(field: &str, value: &str) -> Option<String> {
    match field {
        "email" => Some(format!("email {}", value.to_lowercase())),
        "phone" => Some(format!("phone {}", digits(value))),
        custom if custom.starts_with("customFields.") => {
            Some(format!("{custom} {}", value.to_lowercase()))
        }
        _ => None,
    }
}

/// One key per value, so that a field of several values is found by each.
fn keys(contact: &Contact) -> Vec<String> {
    let custom = contact.custom_fields.keys().map(|id| format!("customFields.{id}"));
    let fields = ["email", "phone"].map(str::to_owned).into_iter().chain(custom);
    let of_field = |field: String| {
        let values = held(contact, None, &field);
        values.into_iter().filter_map(move |value| key(&field, &value))
    };
    fields.flat_map(of_field).collect()
}
