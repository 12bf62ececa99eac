//! Where is the record whose id we do not know? Asked before every create, and after one whose
//! outcome is in doubt.
//!
//! A contact is looked up by e-mail in the primary store, and by marker in the search index, which
//! lags and so only finds, never proves (`highlevel.md` §6.3). Businesses have no search worth the
//! name (§9); all of them are listed, directly, which proves ([`roll`](super::roll)). So are the tasks and the notes of one contact (§7, §8).

use std::collections::BTreeSet;

use concordat_model::{Path, Record, RecordKey, Resource, Value};
use concordat_remote::{Answer, Failure, Found, Sought, Trail};
use tokio::time::Instant;

use super::roll::Roll;
use super::wire::contact_sent::{self, Wanted};
use super::wire::custom::{self, Definitions};
use super::wire::{business, contact};
use super::{Highlevel, OTHER_SIDE, operations};
use crate::call::Call;
use crate::caller::lock;

impl Highlevel {
    pub(super) async fn find_sought(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        match sought.resource {
            Resource::Contact => self.find_contact(sought).await,
            Resource::Business => self.find_business(sought).await,
            Resource::Task => self.find_task(sought).await,
            Resource::Note => self.find_note(sought).await,
            Resource::CustomField => self.find_defined(sought).await,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Comment
            | Resource::Notification
            | Resource::VendorNote => Err(self.caller.refuse(operations::DUPLICATE, OTHER_SIDE)),
        }
    }

    async fn find_contact(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        let mut ids: Vec<String> = Vec::new();
        let mut proves_absence = false;
        let key = sought.key.as_ref().filter(|(path, _)| path.as_str() == "email");
        if let Some(email) = key.and_then(|(_, value)| value.as_text()) {
            match self.look_up(email).await? {
                contact::Lookup::Found(found) => {
                    ids.extend(found);
                    proves_absence = true;
                }
                contact::Lookup::Nothing => proves_absence = true,
                contact::Lookup::Unclear => {}
            }
        }
        let looked_up = ids.len();
        if let Some(marker) = &sought.marker
            && let Some(field) = self.definitions().await?.marker_field()
        {
            ids.extend(self.search_marker(field, marker).await?);
        }
        let mut found = Found { records: Vec::new(), proves_absence };
        let mut at = self.caller.their_now();
        let mut seen: Vec<&str> = Vec::new();
        for (index, id) in ids.iter().enumerate() {
            if seen.contains(&id.as_str()) {
                continue;
            }
            seen.push(id);
            let answer = self.one(&RecordKey::new(Resource::Contact, id.as_str()), None).await?;
            at = answer.at;
            // The index may show a marker that was taken off since; the lookup was the side's own.
            let holds = |record: &Record| {
                index < looked_up || marker_of(record, custom::MARKER) == sought.marker.as_deref()
            };
            found.records.extend(answer.body.filter(holds));
        }
        Ok(Answer { at, body: found })
    }

    async fn look_up(&self, email: &str) -> Result<contact::Lookup, Failure> {
        let call = Call::new(operations::DUPLICATE, &[])
            .query("locationId", self.location.as_str())
            .query("email", email);
        let reply = self.caller.call(call).await?;
        Ok(contact::lookup(&reply.body))
    }

    async fn search_marker(&self, field: &str, marker: &str) -> Result<Vec<String>, Failure> {
        let operation = operations::CONTACTS;
        let body = contact_sent::search(&self.location, None, Wanted::Marked { field, marker })
            .map_err(|what| self.caller.refuse(operation, what.0))?;
        let reply = self.caller.call(Call::new(operation, &[]).body(body)).await?;
        let listing =
            self.caller.understood(&reply, contact::list(&reply.body, &Definitions::default()))?;
        let ids = listing.rows.records.into_iter().map(|record| record.key.id.as_str().to_owned());
        Ok(ids.collect())
    }

    /// A listing that is young enough serves again if nothing is found in it.
    async fn find_business(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        if let Some(nothing) = self.known_to_be_absent(sought) {
            return Ok(nothing);
        }
        let roll = self.call_the_roll().await?;
        let sought = roll.records.iter().filter(|record| is_sought(record, sought));
        let found = Found { records: sought.cloned().collect(), proves_absence: roll.is_whole };
        let answer = Answer { at: roll.at, body: found };
        *lock(&self.roll) = Some(roll);
        Ok(answer)
    }

    fn known_to_be_absent(&self, sought: &Sought) -> Option<Answer<Found>> {
        let roll = lock(&self.roll);
        let roll = roll.as_ref().filter(|it| it.is_whole && it.is_younger_than(sought.max_age))?;
        let is_absent = !roll.records.iter().any(|record| is_sought(record, sought));
        let nothing = Found { records: Vec::new(), proves_absence: true };
        is_absent.then_some(Answer { at: roll.at, body: nothing })
    }

    /// Lists all businesses, each once.
    async fn call_the_roll(&self) -> Result<Roll, Failure> {
        let began = Instant::now();
        let (mut records, mut seen, mut is_whole) = (Vec::new(), BTreeSet::new(), true);
        let (mut trail, mut cursor) = (Trail::default(), None);
        loop {
            let page = self.businesses(cursor.as_ref()).await?;
            cursor = trail
                .follow(&page.body)
                .map_err(|says| self.caller.malformed(operations::BUSINESSES, says))?;
            is_whole &= page.body.unreadable.is_empty();
            let new = page.body.records.into_iter().filter(|it| seen.insert(it.key.clone()));
            records.extend(new);
            if cursor.is_none() {
                return Ok(Roll::new(began, page.at, is_whole, records));
            }
        }
    }
}

pub(super) fn marker_of<'a>(record: &'a Record, path: &str) -> Option<&'a str> {
    record.reading.get(&Path::from(path))?.as_ref()?.as_text()
}

fn is_sought(record: &Record, sought: &Sought) -> bool {
    let marked = marker_of(record, business::MARKER)
        .is_some_and(|marker| sought.marker.as_deref() == Some(marker));
    let keyed = sought.key.as_ref().is_some_and(|(path, value)| {
        let held = record.reading.get(path).and_then(|held| held.as_ref());
        held.is_some_and(|held| same(held, value))
    });
    marked || keyed
}

/// Equal as a person sees it.
fn same(held: &Value, wanted: &Value) -> bool {
    match (held.as_text(), wanted.as_text()) {
        (Some(held), Some(wanted)) => held.trim().to_lowercase() == wanted.trim().to_lowercase(),
        (Some(_) | None, _) => held == wanted,
    }
}
