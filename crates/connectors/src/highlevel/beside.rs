//! What does HighLevel know beside a record that nobody mirrors? A contact's appointments, and who belongs
//! to a business. Asked for one record at a time, when a person looks at it.

use concordat_model::{RecordId, Resource};
use concordat_remote::Failure;

use super::wire::beside::{self, Appointment};
use super::{Highlevel, operations};
use crate::call::Call;

/// Contacts of a business per page: more are not given (§1).
const CONTACTS_PER_PAGE: usize = 100;
/// A business with more contacts than these pages hold is told of in part.
const PAGES_MAX: usize = 10;

/// Who belongs to a business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The contacts, each once.
    pub contacts: Vec<RecordId>,
    /// How many there are, as the side says.
    pub total: u64,
}

impl Highlevel {
    /// The appointments with a contact, in the order in which the side lists them.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn appointments(&self, contact: &RecordId) -> Result<Vec<Appointment>, Failure> {
        let ids = [contact.as_str()];
        let call = Call::new(operations::APPOINTMENTS, &ids).about(Resource::Contact, contact);
        let reply = self.caller.call(call).await?;
        Ok(self.caller.understood(&reply, beside::appointments(&reply.body))?)
    }

    /// The contacts that belong to a business, the first thousand of them.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn contacts_of(&self, business: &RecordId) -> Result<Belonging, Failure> {
        let ids = [business.as_str()];
        let mut of = Belonging { contacts: Vec::new(), total: 0 };
        for page in 0..PAGES_MAX {
            let call = Call::new(operations::CONTACTS_OF, &ids)
                .about(Resource::Business, business)
                .query("locationId", self.location.as_str())
                .query("limit", CONTACTS_PER_PAGE.to_string())
                .query("skip", (page * CONTACTS_PER_PAGE).to_string());
            let reply = self.caller.call(call).await?;
            let beside::Listing { contacts, total } =
                self.caller.understood(&reply, beside::contacts(&reply.body))?;
            let is_last = contacts.len() < CONTACTS_PER_PAGE;
            of.total = total;
            for contact in contacts {
                if !of.contacts.contains(&contact) {
                    of.contacts.push(contact);
                }
            }
            if is_last {
                break;
            }
        }
        Ok(of)
    }
}
