//! How does one write become one request? Anything that cannot be sent as it is meant is refused
//! here, before a byte leaves.

use concordat_model::{Record, RecordId, Resource};
use concordat_remote::{Answer, Failure, Write, WriteError};

use super::wire::{Sent, business, contact, contact_sent};
use super::{Highlevel, OTHER_SIDE, operations};
use crate::caller::Call;
use crate::operation::Operation;
use crate::wire::{Unreadable, encode};

impl Highlevel {
    pub(super) async fn send_write(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        match (write.resource, &write.current) {
            (Resource::Contact, None) => self.create_contact(write).await,
            (Resource::Contact, Some(current)) => self.update_contact(write, current).await,
            (Resource::Business, None) => self.create_business(write).await,
            (Resource::Business, Some(current)) => self.update_business(write, current).await,
            (Resource::Vendor | Resource::VendorContact | Resource::Threat | Resource::Task, _) => {
                Err(self.cannot(operations::CREATE_CONTACT, OTHER_SIDE))
            }
        }
    }

    async fn create_contact(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_CONTACT;
        let marker_field = self.marker_field().await.map_err(WriteError::NoEffect)?;
        let marker = write.marker.as_deref();
        let mut body = contact_sent::body(&write.set, false, marker_field.as_deref(), marker)
            .map_err(|says| self.cannot(operation, says))?;
        body.insert("locationId".into(), Sent::Text(self.location.clone()));
        self.make(Call::new(operation, &[]).body(encode(&body)), contact::made).await
    }

    /// The location belongs into the path of nothing and into no body here: it is refused (§6.1).
    async fn update_contact(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_CONTACT;
        let marks = write.set.iter().any(|(path, _)| path.as_str() == contact::MARKER);
        let marker_field = match marks {
            true => self.marker_field().await.map_err(WriteError::NoEffect)?,
            false => None,
        };
        let body = contact_sent::body(&write.set, true, marker_field.as_deref(), None)
            .map_err(|says| self.cannot(operation, says))?;
        if body.is_empty() {
            return Err(self.cannot(operation, "there is nothing to write"));
        }
        self.replace(operation, current, encode(&body)).await
    }

    async fn create_business(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_BUSINESS;
        let mut body = business::body(&write.set, None, write.marker.as_deref())
            .map_err(|says| self.cannot(operation, says))?;
        if !body.contains_key("name") {
            return Err(self.cannot(operation, "a business needs a name"));
        }
        body.insert("locationId".into(), Sent::Text(self.location.clone()));
        self.make(Call::new(operation, &[]).body(encode(&body)), business::made).await
    }

    async fn update_business(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_BUSINESS;
        let body = business::body(&write.set, Some(&current.reading), None)
            .map_err(|says| self.cannot(operation, says))?;
        if body.is_empty() {
            return Err(self.cannot(operation, "there is nothing to write"));
        }
        self.replace(operation, current, encode(&body)).await
    }

    async fn make(
        &self,
        call: Call<'_>,
        made: impl FnOnce(&[u8]) -> Result<String, Unreadable>,
    ) -> Result<Answer<RecordId>, WriteError> {
        let reply = self.caller.call(call).await?;
        // It was made, but we cannot say under which id: that is a doubt, not a success.
        let id = self.caller.understood(&reply, made(&reply.body))?;
        Ok(Answer { at: reply.at, body: RecordId::new(id) })
    }

    async fn replace(
        &self,
        operation: Operation,
        current: &Record,
        body: Vec<u8>,
    ) -> Result<Answer<RecordId>, WriteError> {
        let ids = [current.key.id.as_str()];
        let reply = self.caller.call(Call::new(operation, &ids).body(body)).await?;
        // The answer's body is not trusted: 200 does not mean stored (§6.4). The caller reads back.
        Ok(Answer { at: reply.at, body: current.key.id.clone() })
    }

    fn cannot(&self, operation: Operation, says: impl Into<String>) -> WriteError {
        let failure: Failure = self.caller.refuse(operation, says);
        WriteError::Refused(failure)
    }
}
