//! How does one write become requests? Anything that cannot be sent as it is meant is refused
//! here, before a byte leaves.

use std::sync::Arc;

use concordat_model::{Record, RecordId, RecordKey, Resource};
use concordat_remote::{Answer, Failure, Write, WriteError};

use super::roll::Roll;
use super::wire::custom::Definitions;
use super::wire::{Sent, business, contact, contact_sent};
use super::{Highlevel, OTHER_SIDE, operations};
use crate::call::Call;
use crate::caller::lock;
use crate::operation::Operation;
use crate::wire::{Unreadable, encode};

impl Highlevel {
    pub(super) async fn send_write(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        match (write.resource, &write.current) {
            (Resource::Contact, None) => self.create_contact(write).await,
            (Resource::Contact, Some(current)) => self.update_contact(write, current).await,
            (Resource::Business, None) => self.create_business(write).await,
            (Resource::Business, Some(current)) => self.update_business(write, current).await,
            (Resource::Task, None) => self.create_task(write).await,
            (Resource::Task, Some(current)) => self.update_task(write, current).await,
            (Resource::Note, None) => self.create_note(write).await,
            (Resource::Note, Some(current)) => self.update_note(write, current).await,
            (Resource::CustomField, None) => self.define(write).await,
            (Resource::CustomField, Some(_)) => {
                Err(self.cannot(operations::DEFINE, "what is defined is not changed"))
            }
            (
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
                | Resource::VendorNote,
                _,
            ) => Err(self.cannot(operations::CREATE_CONTACT, OTHER_SIDE)),
        }
    }

    async fn create_contact(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_CONTACT;
        let definitions = self.definitions().await.map_err(WriteError::NoEffect)?;
        let mut body = contact_sent::body(&write.set, false, &definitions, write.marker.as_deref())
            .map_err(|says| self.cannot(operation, says))?;
        body.insert("locationId".into(), Sent::Text(self.location.clone()));
        let business =
            contact_sent::business(&write.set).map_err(|says| self.cannot(operation, says))?;
        let call = Call::new(operation, &[]).body(encode(&body));
        let made = self.make(write, call, contact::made).await?;
        if let Some(business) = business.flatten() {
            // It was made, whatever becomes of this: a doubt, which reading it settles.
            let call = self.link(made.body.as_str(), Some(business));
            let linked = self.caller.call(call.of(write)).await.map_err(WriteError::from);
            linked.map_err(|error| WriteError::InDoubt(error.failure().clone()))?;
        }
        Ok(made)
    }

    /// The location belongs into the path of nothing and into no body here: it is refused (§6.1).
    async fn update_contact(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_CONTACT;
        let definitions = match write.set.iter().any(|(path, _)| Definitions::are_about(path)) {
            true => self.definitions().await.map_err(WriteError::NoEffect)?,
            false => Arc::default(),
        };
        let refused = |says| self.cannot(operation, says);
        let body = contact_sent::body(&write.set, true, &definitions, None).map_err(refused)?;
        let [added, removed] =
            contact_sent::retagged(&write.set, &current.reading).map_err(refused)?;
        let ids = [current.key.id.as_str()];
        let call = |operation, body| Call::new(operation, &ids).body(body);
        let mut calls = Vec::new();
        if !body.is_empty() {
            calls.push(call(operation, encode(&body)));
        }
        for (operation, tags) in [(operations::ADD_TAGS, added), (operations::REMOVE_TAGS, removed)]
        {
            if !tags.is_empty() {
                calls.push(call(operation, contact_sent::only_tags(tags)));
            }
        }
        let business = contact_sent::business(&write.set).map_err(refused)?;
        calls.extend(business.map(|it| self.link(ids[0], it)));
        self.replace(operation, write, current, calls).await
    }

    /// Puts a contact under a business, or under none: no other request does (§6.1).
    fn link(&self, contact: &str, business: Option<String>) -> Call<'static> {
        let body = contact_sent::linked(&self.location, contact, business);
        Call::new(operations::LINK_BUSINESS, &[]).body(body)
    }

    async fn create_business(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::CREATE_BUSINESS;
        let mut body = business::body(&write.set, None, write.marker.as_deref())
            .map_err(|says| self.cannot(operation, says))?;
        if !body.contains_key("name") {
            return Err(self.cannot(operation, "a business needs a name"));
        }
        body.insert("locationId".into(), Sent::Text(self.location.clone()));
        let call = Call::new(operation, &[]).body(encode(&body));
        let made = self.make(write, call, business::made).await;
        self.enrol(&made, |roll, id| roll.add(id.clone(), write));
        made
    }

    /// Keeps the roll up with a write to a business. Of one that is in doubt it knows nothing.
    fn enrol(
        &self,
        sent: &Result<Answer<RecordId>, WriteError>,
        keep_up: impl FnOnce(&mut Roll, &RecordId),
    ) {
        let mut roll = lock(&self.roll);
        match sent {
            Ok(answer) => {
                if let Some(roll) = roll.as_mut() {
                    keep_up(roll, &answer.body);
                }
            }
            Err(WriteError::NoEffect(_) | WriteError::Refused(_)) => {}
            Err(WriteError::InDoubt(_)) => *roll = None,
        }
    }

    async fn update_business(
        &self,
        write: &Write,
        current: &Record,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::UPDATE_BUSINESS;
        let body = business::body(&write.set, Some(&current.reading), None)
            .map_err(|says| self.cannot(operation, says))?;
        let ids = [current.key.id.as_str()];
        let call = Call::new(operation, &ids).body(encode(&body));
        let calls = if body.is_empty() { Vec::new() } else { vec![call] };
        let changed = self.replace(operation, write, current, calls).await;
        self.enrol(&changed, |roll, id| roll.change(id, write));
        changed
    }

    pub(super) async fn make(
        &self,
        write: &Write,
        call: Call<'_>,
        made: impl FnOnce(&[u8]) -> Result<String, Unreadable>,
    ) -> Result<Answer<RecordId>, WriteError> {
        let reply = self.caller.call(call.of(write)).await?;
        // It was made, but we cannot say under which id: that is a doubt, not a success.
        let id = RecordId::new(self.caller.understood(&reply, made(&reply.body))?);
        reply.note.made(RecordKey { resource: write.resource, id: id.clone() });
        Ok(Answer { at: reply.at, body: id })
    }

    pub(super) async fn replace(
        &self,
        operation: Operation,
        write: &Write,
        current: &Record,
        calls: Vec<Call<'_>>,
    ) -> Result<Answer<RecordId>, WriteError> {
        // No answer's body is trusted: 200 does not mean stored (§6.4). The caller reads back.
        match self.caller.in_turn(write, calls).await? {
            Some(at) => Ok(Answer { at, body: current.key.id.clone() }),
            None => Err(self.cannot(operation, "there is nothing to write")),
        }
    }

    pub(super) fn cannot(&self, operation: Operation, says: impl Into<String>) -> WriteError {
        let failure: Failure = self.caller.refuse(operation, says);
        WriteError::Refused(failure)
    }
}
