//! How are tasks listed, read, written and found again (`highlevel.md` §7)? All of them are listed by
//! a search of the location; one is read and written at its contact only.

use concordat_model::{Record, RecordId, Resource};
use concordat_remote::{Answer, Cause, Cursor, Failure, Found, Page, Sought, Write, WriteError};

use super::find::marker_of;
use super::wire::task;
use super::{Highlevel, operations};
use crate::call::Call;
use crate::operation::Operation;
use crate::wire::{Rows, Unreadable, encode};

impl Highlevel {
    pub(super) async fn tasks(&self, cursor: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        let operation = operations::TASKS;
        let body = task::search(cursor.map(|cursor| cursor.0.as_str()))
            .map_err(|_| self.caller.refuse(operation, "the cursor is not one of ours"))?;
        let ids = [self.location.as_str()];
        let reply = self.caller.call(Call::new(operation, &ids).body(body)).await?;
        self.searched(&reply, cursor, task::list(&reply.body, &self.people))
    }

    pub(super) async fn task(
        &self,
        id: &RecordId,
        contact: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let contact = self.contact_of(operations::TASK, contact)?;
        let ids = [contact.as_str(), id.as_str()];
        let decode = |body: &[u8]| task::detail(body, &self.people, contact);
        self.caller.look(Call::new(operations::TASK, &ids).about(Resource::Task, id), decode).await
    }

    pub(super) async fn create_task(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_TASK;
        let contact = self.contact_of(operation, write.parent.as_ref());
        let contact = contact.map_err(WriteError::Refused)?;
        let body = task::creation(&write.set, contact, write.marker.as_deref(), &self.people)
            .map_err(|says| self.cannot(operation, says))?;
        let ids = [contact.as_str()];
        self.make(write, Call::new(operation, &ids).body(encode(&body)), task::made).await
    }

    pub(super) async fn update_task(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_TASK;
        let contact = self.contact_of(operation, current.parent.as_ref());
        let contact = contact.map_err(WriteError::Refused)?;
        let bodies =
            task::update(&write.set, &self.people).map_err(|says| self.cannot(operation, says))?;
        let ids = [contact.as_str(), current.key.id.as_str()];
        let calls = [operation, operations::COMPLETE_TASK].into_iter().zip(bodies);
        let calls = calls
            .filter(|(_, body)| !body.is_empty())
            .map(|(operation, body)| Call::new(operation, &ids).body(encode(&body)));
        self.replace(operation, write, current, calls.collect()).await
    }

    pub(super) async fn find_task(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        let contact = self.contact_of(operations::TASKS_OF, sought.parent.as_ref())?;
        let ids = [contact.as_str()];
        let call = Call::new(operations::TASKS_OF, &ids).about(Resource::Contact, contact);
        self.find_at_contact(call, sought, |body| task::list_of(body, &self.people, contact)).await
    }

    /// All of its kind at the contact are listed, from the primary store. A contact that is gone may
    /// have been merged, and what stood at it moved: that proves nothing.
    pub(super) async fn find_at_contact(
        &self,
        call: Call<'_>,
        sought: &Sought,
        decode: impl FnOnce(&[u8]) -> Result<Rows, Unreadable>,
    ) -> Result<Answer<Found>, Failure> {
        let reply = match self.caller.call(call).await {
            Ok(reply) => reply,
            Err(failed) => {
                let failure = Failure::from(failed);
                if failure.cause != Cause::Missing {
                    return Err(failure);
                }
                let found = Found { records: Vec::new(), proves_absence: false };
                return Ok(Answer { at: self.caller.their_now(), body: found });
            }
        };
        let mut rows = self.caller.understood(&reply, decode(&reply.body))?;
        let marker = sought.marker.as_deref();
        rows.records.retain(|it| marker.is_some() && marker_of(it, task::MARKER) == marker);
        let proves_absence = marker.is_some() && rows.unreadable.is_empty();
        Ok(Answer { at: reply.at, body: Found { records: rows.records, proves_absence } })
    }

    pub(super) fn contact_of<'a>(
        &self,
        operation: Operation,
        contact: Option<&'a RecordId>,
    ) -> Result<&'a RecordId, Failure> {
        let says = "the contact that it belongs to is not known";
        contact.ok_or_else(|| self.caller.refuse(operation, says))
    }
}
