//! Who is shown our Trust Center, who asked for that, and who is invited (`upguard.md` §4.7)? What of it they
//! see, what they wrote and what they signed is not decoded.
//!
//! Only a request has an id, and it ends with the answer to it. So a person is one lead however often the
//! listing names them, and goes by their e-mail address: the id is made of it, and does not show it.

use std::collections::BTreeMap;

use concordat_model::{Path, Record, RecordId, RecordKey, Resource, Sight, fingerprint};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Listing;
use crate::wire::{self, Rows, Unreadable, held_text};

/// Letters of an id: enough that no two of a location's people share one.
const ID_LETTERS: usize = 20;

#[derive(Default, Deserialize)]
struct Person {
    user_email: Option<String>,
    user_name: Option<String>,
    org_name: Option<String>,
    updated_at: Option<String>,
}

impl Person {
    /// Nothing: it is an organisation, or nobody knows who.
    fn record(self, sight: Sight) -> Option<Record> {
        let email = self.user_email.filter(|it| !it.trim().is_empty())?.trim().to_owned();
        let id = fingerprint::letters("lead", &[&email.to_lowercase()], ID_LETTERS);
        let name = wire::name_of([self.user_name.as_deref(), Some(&email)], &id);
        let fields: [(&str, Option<String>); 3] =
            [("name", self.user_name), ("email_address", Some(email)), ("company", self.org_name)];
        Some(Record {
            key: RecordKey::new(Resource::Lead, id),
            parent: None,
            name: name.into(),
            stamp: self.updated_at.as_deref().and_then(wire::moment),
            reading: fields
                .into_iter()
                .map(|(path, text)| (Path::from(path), text.and_then(held_text)))
                .collect(),
            sight,
        })
    }
}

/// `GET /trust_exchange/trust_center/access`: all of them at once.
pub(in crate::upguard) fn list(body: &[u8], sight: Sight) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Access<'a> {
        #[serde(borrow, default)]
        users_and_orgs_with_access: Option<Vec<&'a RawValue>>,
        #[serde(borrow, default)]
        access_requests: Option<Vec<&'a RawValue>>,
        #[serde(borrow, default)]
        invited_emails: Option<Vec<&'a RawValue>>,
    }
    let access: Access<'_> = wire::decode(body)?;
    let person = |row: Person| row.record(sight);
    let invited =
        |email: String| Person { user_email: Some(email), ..Person::default() }.record(sight);
    let read = [
        wire::rows(&access.users_and_orgs_with_access.unwrap_or_default(), person),
        wire::rows(&access.access_requests.unwrap_or_default(), person),
        wire::rows(&access.invited_emails.unwrap_or_default(), invited),
    ];
    Ok(Listing { rows: united(read), next: None, total: None })
}

/// One record for each person. What an earlier row does not say of somebody, a later one may.
fn united(read: [Rows; 3]) -> Rows {
    let mut people: BTreeMap<RecordId, Record> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for rows in read {
        unreadable.extend(rows.unreadable);
        for row in rows.records {
            let Some(known) = people.get_mut(&row.key.id) else {
                people.insert(row.key.id.clone(), row);
                continue;
            };
            let said = |path: &Path| known.reading.get(path).is_some_and(Option::is_some);
            let new: Vec<_> = row.reading.iter().filter(|(path, _)| !said(path)).collect();
            let new: Vec<_> =
                new.into_iter().map(|(path, it)| (path.clone(), it.clone())).collect();
            if new.iter().any(|(path, it)| path.as_str() == "name" && it.is_some()) {
                known.name = row.name;
            }
            new.into_iter().for_each(|(path, held)| known.reading.set(path, held));
            known.stamp = known.stamp.max(row.stamp);
        }
    }
    Rows { records: people.into_values().collect(), unreadable }
}

/// The one with that id, if it is there.
pub(in crate::upguard) fn only(body: &[u8], id: &RecordId) -> Result<Option<Record>, Unreadable> {
    list(body, Sight::Read)?.rows.only(id)
}
