//! Where are the things kept that hang on a contact? Tasks and notes alike: by id, and by the
//! contact they belong to. Knows no HTTP.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

/// Something that cannot be without its contact.
pub(crate) trait Child: Clone {
    fn id(&self) -> &str;
    fn contact_id(&self) -> &str;
    fn date_added(&self) -> DateTime<Utc>;
}

/// All children of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Children<T> {
    by_id: BTreeMap<String, T>,
    by_contact: BTreeMap<String, BTreeSet<String>>,
}

impl<T> Default for Children<T> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), by_contact: BTreeMap::new() }
    }
}

impl<T: Child> Children<T> {
    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.by_id.values()
    }

    /// Those of one contact, oldest first.
    pub(super) fn of(&self, contact: &str) -> Vec<T> {
        let ids = self.by_contact.get(contact).into_iter().flatten();
        let mut rows: Vec<T> = ids.filter_map(|id| self.by_id.get(id)).cloned().collect();
        rows.sort_by_key(Child::date_added);
        rows
    }

    pub(super) fn put(&mut self, child: T) {
        self.remove(child.id());
        let of_contact = self.by_contact.entry(child.contact_id().to_owned()).or_default();
        of_contact.insert(child.id().to_owned());
        self.by_id.insert(child.id().to_owned(), child);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        let child = self.by_id.remove(id)?;
        if let Some(ids) = self.by_contact.get_mut(child.contact_id()) {
            ids.remove(id);
            if ids.is_empty() {
                self.by_contact.remove(child.contact_id());
            }
        }
        Some(child)
    }
}
