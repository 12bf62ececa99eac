//! What if several readers ask one side the same, one after the other? Its account and its listings are
//! asked for once and told again, with the times at which they were given: whether a question becomes
//! a request is a connector's business, and nobody else's. It does not know which side that is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use concordat_model::{
    Fingerprint, Offset, Partition, Path, Record, RecordId, RecordKey, Resource, Tenant,
};
use concordat_remote::{
    Answer, Cursor, Failure, Found, Page, Remote, Sought, Source, Spent, Target, Traffic, Write,
    WriteError,
};

/// A side whose account and listings are asked for once. Reads by id, searches and writes always go
/// through. A write forgets the listings of its resource: they would show what is no longer so. A
/// listing that broke off is forgotten too.
pub struct ListedOnce<R> {
    remote: R,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    tenant: Option<Tenant>,
    pages: BTreeMap<Partition, HashMap<Option<Cursor>, Answer<Page>>>,
}

impl Told {
    fn page(&self, partition: &Partition, cursor: Option<&Cursor>) -> Option<Answer<Page>> {
        self.pages.get(partition)?.get(&cursor.cloned()).cloned()
    }

    fn forget(&mut self, resource: Resource) {
        self.pages.retain(|partition, _| partition.resource() != resource);
    }
}

impl<R> ListedOnce<R> {
    /// `remote`, of which nothing is known yet.
    pub fn new(remote: R) -> Self {
        ListedOnce { remote, told: Mutex::default() }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<R: Remote> Source for ListedOnce<R> {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        let known = self.told().tenant.clone();
        match known {
            Some(tenant) => Ok(tenant),
            None => {
                let tenant = self.remote.tenant().await?;
                Ok(self.told().tenant.insert(tenant).clone())
            }
        }
    }

    fn defined(&self) -> BTreeSet<Path> {
        self.remote.defined()
    }

    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        let known = self.told().page(partition, cursor);
        if let Some(page) = known {
            return Ok(page);
        }
        let answer = self.remote.page(partition, cursor).await;
        let mut told = self.told();
        match &answer {
            Ok(page) => {
                let pages = told.pages.entry(partition.clone()).or_default();
                pages.insert(cursor.cloned(), page.clone());
            }
            Err(_) => drop(told.pages.remove(partition)),
        }
        answer
    }

    async fn read(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.remote.read(key, parent).await
    }

    fn offset(&self) -> Offset {
        self.remote.offset()
    }

    fn spent(&self) -> Spent {
        self.remote.spent()
    }

    fn account(&self) -> Option<Fingerprint> {
        self.remote.account()
    }

    fn resume(&self, lately: &Traffic) {
        self.remote.resume(lately);
    }
}

#[async_trait]
impl<R: Remote> Target for ListedOnce<R> {
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.told().forget(write.resource);
        self.remote.send(write).await
    }

    async fn delete(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.told().forget(write.resource);
        self.remote.delete(write).await
    }

    fn unwritable(&self, resource: Resource) -> Option<String> {
        self.remote.unwritable(resource)
    }

    async fn find(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        self.remote.find(sought).await
    }
}

#[cfg(test)]
#[path = "listed_once_tests.rs"]
mod tests;
