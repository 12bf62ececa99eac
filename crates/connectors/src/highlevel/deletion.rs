//! How is a contact or a task deleted (`highlevel.md` §6.7, §7)? Nothing brings it back, and whatever stands at
//! a contact goes with it: one at which anything stands is not deleted.
//!
//! It cannot see conversations and opportunities, which other scopes open.

use concordat_model::{RecordId, Resource};
use concordat_remote::{Answer, Failure, Write, WriteError};

use super::wire::{note, task};
use super::{Highlevel, operations};
use crate::call::Call;

/// What can be deleted.
#[derive(Clone, Copy)]
pub(super) enum Deletable {
    Contact,
    Task,
}

impl Deletable {
    /// Nothing: records of that kind are never deleted.
    pub(super) fn of(resource: Resource) -> Option<Self> {
        match resource {
            Resource::Contact => Some(Deletable::Contact),
            Resource::Task => Some(Deletable::Task),
            Resource::Business
            | Resource::Note
            | Resource::CustomField
            | Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Risk
            | Resource::Comment
            | Resource::Notification
            | Resource::VendorNote
            | Resource::Waiver
            | Resource::App
            | Resource::Questionnaire => None,
        }
    }
}

impl Highlevel {
    pub(super) async fn send_deletion(
        &self,
        write: &Write,
    ) -> Result<Answer<RecordId>, WriteError> {
        let what = write.current.as_ref().zip(Deletable::of(write.resource));
        let (current, what) = what.ok_or_else(|| {
            self.cannot(operations::DELETE_CONTACT, "only a contact or a task is deleted")
        })?;
        let id = &current.key.id;
        match what {
            Deletable::Contact => {
                let operation = operations::DELETE_CONTACT;
                let tenants = self.tenants(id).await.map_err(WriteError::NoEffect)?;
                if !tenants.is_empty() {
                    let says = format!("there stand at it: {}", tenants.join(", "));
                    return Err(self.cannot(operation, says));
                }
                let ids = [id.as_str()];
                self.replace(operation, write, current, vec![Call::new(operation, &ids)]).await
            }
            Deletable::Task => {
                let operation = operations::DELETE_TASK;
                let contact = self.contact_of(operation, current.parent.as_ref());
                let ids = [contact.map_err(WriteError::Refused)?.as_str(), id.as_str()];
                self.replace(operation, write, current, vec![Call::new(operation, &ids)]).await
            }
        }
    }

    /// What stands at a contact, as far as the scopes for contacts show it: "2 notes".
    async fn tenants(&self, contact: &RecordId) -> Result<Vec<String>, Failure> {
        let ids = [contact.as_str()];
        let asked = |operation| Call::new(operation, &ids).about(Resource::Contact, contact);
        let notes = self.caller.call(asked(operations::NOTES)).await?;
        let notes = self.caller.understood(&notes, note::list(&notes.body, contact))?;
        let tasks = self.caller.call(asked(operations::TASKS_OF)).await?;
        let tasks =
            self.caller.understood(&tasks, task::list_of(&tasks.body, &self.people, contact))?;
        let appointments = self.appointments(contact).await?.len();
        let counts = [
            (notes.records.len() + notes.unreadable.len(), "note"),
            (tasks.records.len() + tasks.unreadable.len(), "task"),
            (appointments, "appointment"),
        ];
        let some = counts.into_iter().filter(|(count, _)| *count > 0);
        Ok(some
            .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect())
    }
}
