//! Which custom fields of contacts are defined, and how is one defined, read and found again? All are
//! listed at once, directly (`highlevel.md` §5). Looked up once per pull: definitions change between pulls.

use std::sync::Arc;

use concordat_model::custom_field::key_of;
use concordat_model::{Record, RecordId, Sight};
use concordat_remote::{Answer, Failure, Found, Page, Sought, Write, WriteError};

use super::wire::custom::{self, Definitions};
use super::{Highlevel, operations};
use crate::call::{Call, Reply};
use crate::caller::lock;

impl Highlevel {
    /// Those known, else those looked up.
    pub(super) async fn definitions(&self) -> Result<Arc<Definitions>, Failure> {
        // Held while asking, so that many first readers ask once.
        let _asking = self.asking.lock().await;
        if let Some(known) = self.known_definitions() {
            return Ok(known);
        }
        let (_, listing) = self.list_definitions().await?;
        Ok(self.learn(listing.definitions))
    }

    /// Those looked up anew.
    pub(super) async fn look_up_definitions(&self) -> Result<Arc<Definitions>, Failure> {
        let _asking = self.asking.lock().await;
        let (_, listing) = self.list_definitions().await?;
        Ok(self.learn(listing.definitions))
    }

    pub(super) fn known_definitions(&self) -> Option<Arc<Definitions>> {
        lock(&self.definitions).clone()
    }

    fn learn(&self, listed: Vec<custom::Listed>) -> Arc<Definitions> {
        let learnt = Arc::new(Definitions::of(listed, &self.custom_fields));
        *lock(&self.definitions) = Some(Arc::clone(&learnt));
        learnt
    }

    async fn list_definitions(&self) -> Result<(Reply, custom::Listing), Failure> {
        let ids = [self.location.as_str()];
        let call = Call::new(operations::CUSTOM_FIELDS, &ids).query("model", "contact");
        let reply = self.caller.call(call).await?;
        let listing = self.caller.understood(&reply, custom::list(&reply.body))?;
        Ok((reply, listing))
    }

    pub(super) async fn defined_fields(&self) -> Result<Answer<Page>, Failure> {
        let (reply, custom::Listing { definitions, unreadable }) = self.list_definitions().await?;
        let records: Vec<Record> = definitions.iter().map(|it| it.record(Sight::Listed)).collect();
        self.learn(definitions);
        let total = Some((records.len() + unreadable.len()) as u64);
        Ok(Answer { at: reply.at, body: Page { records, unreadable, next: None, total } })
    }

    /// One definition; out of the list, as there is no cheaper way to be sure of what it holds.
    pub(super) async fn defined_field(
        &self,
        id: &RecordId,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let Answer { at, body: page } = self.defined_fields().await?;
        let sought = page.records.into_iter().find(|it| it.key.id == *id);
        Ok(Answer { at, body: sought.map(|it| Record { sight: Sight::Read, ..it }) })
    }

    /// The definitions with this key, or with a name of which the side would make it.
    pub(super) async fn find_defined(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        let Answer { at, body: page } = self.defined_fields().await?;
        let key = sought.key.as_ref().filter(|(path, _)| path.as_str() == custom::KEY);
        let key = key.and_then(|(_, value)| value.as_text());
        let text = |record: &Record, path: &str| -> Option<String> {
            Some(record.reading.get(&path.into())?.as_ref()?.as_text()?.to_owned())
        };
        let is_sought = |record: &Record| {
            key.is_some_and(|key| {
                text(record, custom::KEY).is_some_and(|it| it == key)
                    || text(record, custom::NAME).is_some_and(|it| key_of(&it) == key)
            })
        };
        let records: Vec<Record> = page.records.into_iter().filter(is_sought).collect();
        match page.unreadable.first() {
            // Nothing is defined beside one that may be it.
            Some(what) if records.is_empty() => {
                let says = format!("a definition cannot be read, and may be the one: {what}");
                Err(self.caller.malformed(operations::CUSTOM_FIELDS, says).into())
            }
            Some(_) | None => Ok(Answer { at, body: Found { records, proves_absence: true } }),
        }
    }

    pub(super) async fn define(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::DEFINE;
        let body = custom::definition(&write.set).map_err(|says| self.cannot(operation, says))?;
        let ids = [self.location.as_str()];
        self.make(write, Call::new(operation, &ids).body(body), custom::made).await
    }
}
