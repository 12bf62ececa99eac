//! The port to a side: how records are read and written, and the few ways in which that fails.
//!
//! It does not know which system answers, what the fields mean or why they are written. `connectors`
//! implements [`Source`] and [`Target`] for two systems, and [`Transport`] for HTTP; tests put scripts
//! in their place.

mod ask;
mod failure;
mod spent;
mod trail;
mod transport;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use concordat_model::{
    Exchange, Fingerprint, IntentId, Offset, Partition, Path, Record, RecordId, RecordKey,
    Resource, Tenant, Time, Value,
};
use tokio::time::Instant;

pub use ask::{Ask, FRESH};
pub use failure::{Cause, Failure, WriteError};
pub use spent::{Pace, Spent, Traffic};
pub use trail::Trail;
pub use transport::{Method, Request, Response, Transport, TransportError};

/// What time is it here? The wall clock, as a side's client asks for it.
pub trait Clock: Send + Sync {
    /// Now, in our clock.
    fn now(&self) -> Time;
}

/// Is told of every request that was sent, once what came back was looked at. Called in the middle of a
/// run: it must not wait for anything.
pub type Observer = Arc<dyn Fn(Exchange) + Send + Sync>;

/// An answer, and when it was given in the answering side's clock: by its `Date` header, or by our
/// clock where there is none at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// When.
    pub at: Time,
    /// What.
    pub body: T,
}

/// Where a listing goes on. Opaque; only the connector that made it can read it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records on it that could be read.
    pub records: Vec<Record>,
    /// Rows that could not be read as a record, each with its id, or its place on the page if it has
    /// none, and what is wrong. One of them makes the listing incomplete, but not the other rows
    /// useless.
    pub unreadable: Vec<String>,
    /// Where to go on; nothing: this was the last page.
    pub next: Option<Cursor>,
    /// How many records the side says there are in all; nothing if it does not say so, or counts
    /// rows that are not listed here.
    pub total: Option<u64>,
}

/// Reads a side.
#[async_trait]
pub trait Source: Send + Sync {
    /// The account the credentials open.
    async fn tenant(&self) -> Result<Tenant, Failure>;

    /// The native fields that the account defines itself, as of the last [`Source::tenant`].
    fn defined(&self) -> BTreeSet<Path> {
        BTreeSet::new()
    }

    /// One page of `partition`, from its beginning without a cursor.
    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure>;

    /// One page of those records of `partition` whose stamp is not before `since`. A side that cannot tell
    /// them apart shows all.
    async fn moved(
        &self,
        partition: &Partition,
        _since: Time,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        self.page(partition, cursor).await
    }

    /// One record by id; nothing: the side says there is none (or that we may not see it), or none of
    /// those a listing names. `parent`: the record it belongs to, as far as that is known; some sides
    /// find it only there.
    async fn read(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure>;

    /// How far the side's clock is ahead of ours, by its latest answer that told the time.
    fn offset(&self) -> Offset;

    /// What was asked of it so far, through this client.
    fn spent(&self) -> Spent {
        Spent::default()
    }

    /// Tells which account it asks from others, without asking: another address is another account, and so are
    /// other credentials. Nothing: what is remembered of it does not rest on that.
    fn account(&self) -> Option<Fingerprint> {
        None
    }

    /// Goes on at the pace that was found out before, if it is one that has to be found out and nothing was yet.
    fn resume(&self, _lately: &Traffic) {}
}

/// Writes a side.
#[async_trait]
pub trait Target: Send + Sync {
    /// Sends one write, each of its requests again only after an attempt that certainly did nothing,
    /// and none later than [`Write::by`]. Answers the id of the record that was made or changed.
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError>;

    /// Deletes [`Write::current`] under the same promises, unless something stands at it that is none of ours:
    /// then it is refused. Nothing else of the write counts. Answers its id.
    async fn delete(&self, write: &Write) -> Result<Answer<RecordId>, WriteError>;

    /// Why nothing of this resource can be written with the credentials at hand; nothing: it can, as far
    /// as that is known without trying.
    fn unwritable(&self, _resource: Resource) -> Option<String> {
        None
    }

    /// Looks for records that hold the marker or the key, wherever the side can look for them;
    /// [`Found::proves_absence`] says what finding nothing is worth.
    async fn find(&self, sought: &Sought) -> Result<Answer<Found>, Failure>;
}

/// A side that is both read and written.
pub trait Remote: Source + Target {}
impl<T: Source + Target> Remote for T {}

/// One write. It rests on what was read a moment ago, and is sent at most once for each reading: what
/// a person changed since is not undone by it, however long it had to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The collection.
    pub resource: Resource,
    /// The record as it was read a moment ago; nothing: make one.
    pub current: Option<Record>,
    /// The record that a new one will belong to, if it belongs to one.
    pub parent: Option<RecordId>,
    /// What each field shall hold; nothing: empty it.
    pub set: Vec<(Path, Option<Value>)>,
    /// The marker a new record carries.
    pub marker: Option<String>,
    /// The last moment at which a request of it may leave. Later ones answer [`Cause::Late`]: what the
    /// write rests on has to be read again.
    pub by: Instant,
    /// The intent it carries out, by which its requests are known later.
    pub intent: IntentId,
}

/// How to recognise a record whose id is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The collection.
    pub resource: Resource,
    /// The record it belongs to, if it belongs to one.
    pub parent: Option<RecordId>,
    /// Our marker.
    pub marker: Option<String>,
    /// A field by which the side itself tells records apart, and its value.
    pub key: Option<(Path, Value)>,
    /// How old what it is looked for in may be, if nothing is found there. What is found is always looked
    /// at anew.
    pub max_age: Duration,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The records, each once.
    pub records: Vec<Record>,
    /// Whether finding nothing proves that there is nothing. A lagging index proves nothing
    /// (`highlevel.md` §6.3).
    pub proves_absence: bool,
}
