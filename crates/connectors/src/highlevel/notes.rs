//! How are notes listed, read, written and found again (`highlevel.md` §8)? Only at their contact, and
//! directly.

use concordat_model::{Record, RecordId, Resource};
use concordat_remote::{Answer, Failure, Found, Page, Sought, Write, WriteError};

use super::wire::note;
use super::{Highlevel, operations};
use crate::call::Call;
use crate::wire::encode;

impl Highlevel {
    pub(super) async fn notes(&self, contact: &RecordId) -> Result<Answer<Page>, Failure> {
        let ids = [contact.as_str()];
        let call = Call::new(operations::NOTES, &ids).about(Resource::Contact, contact);
        let reply = self.caller.call(call).await?;
        let rows = self.caller.understood(&reply, note::list(&reply.body, contact))?;
        let total = Some((rows.records.len() + rows.unreadable.len()) as u64);
        let (records, unreadable) = (rows.records, rows.unreadable);
        Ok(Answer { at: reply.at, body: Page { records, unreadable, next: None, total } })
    }

    pub(super) async fn note(
        &self,
        id: &RecordId,
        contact: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let contact = self.contact_of(operations::NOTE, contact)?;
        let ids = [contact.as_str(), id.as_str()];
        let decode = |body: &[u8]| note::detail(body, contact);
        self.caller.look(Call::new(operations::NOTE, &ids).about(Resource::Note, id), decode).await
    }

    pub(super) async fn create_note(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_NOTE;
        let contact = self.contact_of(operation, write.parent.as_ref());
        let contact = contact.map_err(WriteError::Refused)?;
        let body = note::creation(&write.set, contact, write.marker.as_deref())
            .map_err(|says| self.cannot(operation, says))?;
        let ids = [contact.as_str()];
        self.make(write, Call::new(operation, &ids).body(encode(&body)), note::made).await
    }

    /// Whether a member that is not sent stays is not published (§13): all that are known are sent.
    pub(super) async fn update_note(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_NOTE;
        let contact = self.contact_of(operation, current.parent.as_ref());
        let contact = contact.map_err(WriteError::Refused)?;
        let body = note::update(&write.set, &current.reading)
            .map_err(|says| self.cannot(operation, says))?;
        let ids = [contact.as_str(), current.key.id.as_str()];
        let call = Call::new(operation, &ids).body(encode(&body));
        self.replace(operation, write, current, vec![call]).await
    }

    pub(super) async fn find_note(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        let contact = self.contact_of(operations::NOTES, sought.parent.as_ref())?;
        let ids = [contact.as_str()];
        let call = Call::new(operations::NOTES, &ids).about(Resource::Contact, contact);
        self.find_at_contact(call, sought, |body| note::list(body, contact)).await
    }
}
