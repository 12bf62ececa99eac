//! Where are the contacts kept, and who holds which e-mail or phone? The primary store; the lagging
//! index hears of every change from here. Knows no HTTP.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::contact::{Contact, Text};
use super::index::Index;

/// The primary store with its look-ups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contacts {
    by_id: BTreeMap<String, Arc<Contact>>,
    by_email: HashMap<String, BTreeSet<String>>,
    by_phone: HashMap<String, BTreeSet<String>>,
    by_business: HashMap<String, BTreeSet<String>>,
    pub(super) index: Index,
}

impl Contacts {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Contact>> {
        self.by_id.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Contact>> {
        self.by_id.values()
    }

    pub(crate) fn put(&mut self, contact: Contact, at: DateTime<Utc>) {
        self.forget(&contact.id);
        self.for_each_key(&contact, |ids| {
            ids.insert(contact.id.clone());
        });
        let contact = Arc::new(contact);
        self.index.hear(at, contact.id.clone(), Some(Arc::clone(&contact)));
        self.by_id.insert(contact.id.clone(), contact);
    }

    pub(crate) fn remove(&mut self, id: &str, at: DateTime<Utc>) -> Option<Arc<Contact>> {
        self.forget(id);
        let contact = self.by_id.remove(id)?;
        self.index.hear(at, id.to_owned(), None);
        Some(contact)
    }

    pub(crate) fn ids_of_email(&self, email: &str) -> impl Iterator<Item = &String> {
        self.by_email.get(&email.to_lowercase()).into_iter().flatten()
    }

    pub(crate) fn ids_of_phone(&self, phone: &str) -> impl Iterator<Item = &String> {
        self.by_phone.get(&digits(phone)).into_iter().flatten()
    }

    pub(crate) fn ids_of_business(&self, business: &str) -> Vec<String> {
        self.by_business.get(business).into_iter().flatten().cloned().collect()
    }

    fn forget(&mut self, id: &str) {
        let Some(old) = self.by_id.get(id).cloned() else { return };
        self.for_each_key(&old, |ids| {
            ids.remove(id);
        });
    }

    /// Visits the set of ids under each look-up key of the contact; additional e-mails count too.
    fn for_each_key(&mut self, contact: &Contact, mut visit: impl FnMut(&mut BTreeSet<String>)) {
        let additional = contact.additional_emails.iter().map(String::as_str);
        for email in contact.text(Text::Email).into_iter().chain(additional) {
            visit(self.by_email.entry(email.to_lowercase()).or_default());
        }
        if let Some(phone) = contact.text(Text::Phone) {
            visit(self.by_phone.entry(digits(phone)).or_default());
        }
        if let Some(business) = &contact.business_id {
            visit(self.by_business.entry(business.clone()).or_default());
        }
    }
}

/// The digits of a phone number, by which numbers are compared (§6.6).
pub(super) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}
