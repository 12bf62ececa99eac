//! HighLevel: how are contacts, businesses and tasks read, written and found again?
//!
//! Contacts and tasks are listed through search indexes that lag; everything that must be true is read by id
//! (`highlevel.md` §6.3). Writes name only the fields that change, of tags only those that come and
//! go; there is no upsert here, and nothing but a contact or a task is ever deleted.

mod beside;
mod businesses;
mod cost;
mod definitions;
mod deletion;
mod find;
mod notes;
pub mod oauth;
mod operations;
mod roll;
mod send;
mod tasks;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concordat_model::{
    CustomKind, Offset, Partition, Path, Record, RecordId, RecordKey, Resource, Tenant, Time,
};
use concordat_remote::{
    Answer, Clock, Cursor, Failure, Found, Observer, Page, Sought, Source, Spent, Target,
    Transport, Write, WriteError,
};
use secrecy::{ExposeSecret, SecretString};

use crate::call::{Call, Reply};
use crate::caller::Caller;
use crate::credentials::Credentials;
use crate::pacing::Pacer;
use crate::reach::Reach;
use crate::wire::Unreadable;

use roll::Roll;
use wire::contact_sent::Wanted;
use wire::custom::Definitions;
use wire::search::{Listing, PAGE};
use wire::task::People;

pub use beside::Belonging;
pub(crate) use businesses::pages;
pub(crate) use cost::{LISTED_TO_FIND, OPENING, asked, lists_to_find};
pub use operations::{
    ALWAYS, LOCATION_TOKEN, REQUESTS_PER_DAY, SIGN_IN, SIGNING, needs, operations,
};
pub use wire::beside::Appointment;

/// The version of the API this client speaks (§1).
const VERSION: &str = "2021-07-28";

/// Why a record of UpGuard is not read, sought or written here.
const OTHER_SIDE: &str = "this is a record of the other side";

/// What the mapping and the operator want to know. Names people: no `Debug`.
#[derive(Clone, Default)]
pub struct HighlevelSettings {
    /// The custom fields of contacts that a reading covers, by key without `contact.`: those that
    /// the location defines, and whose type fits.
    pub custom_fields: BTreeMap<String, CustomKind>,
    /// The users of the location, e-mail to id: tasks are assigned by id.
    pub people: BTreeMap<String, String>,
    /// What the credentials are known to reach.
    pub reach: Reach,
}

fn sign(token: &SecretString, headers: &mut Vec<(String, String)>) {
    headers.push(("version".into(), VERSION.into()));
    headers.push(("authorization".into(), format!("Bearer {}", token.expose_secret())));
}

/// HighLevel, as a side.
pub struct Highlevel {
    caller: Caller,
    location: String,
    custom_fields: BTreeMap<String, CustomKind>,
    people: People,
    /// Once they were looked up.
    definitions: Mutex<Option<Arc<Definitions>>>,
    /// Whoever looks them up holds this.
    asking: tokio::sync::Mutex<()>,
    /// All businesses, once they were listed to look for one.
    roll: Mutex<Option<Roll>>,
}

impl Highlevel {
    /// The location `location_id`, opened by `token`.
    pub fn new(
        transport: Arc<dyn Transport>,
        token: SecretString,
        location_id: String,
        clock: Arc<dyn Clock>,
        settings: HighlevelSettings,
    ) -> Self {
        Highlevel::opened_by(transport, Arc::new(token), location_id, clock, settings)
    }

    /// The same, opened by whatever does at the time.
    pub fn opened_by(
        transport: Arc<dyn Transport>,
        credentials: Arc<dyn Credentials>,
        location_id: String,
        clock: Arc<dyn Clock>,
        settings: HighlevelSettings,
    ) -> Self {
        let caller = Caller::new(
            (transport, clock),
            (credentials, sign),
            (wire::refusal::refusal, wire::refusal::trace),
            Pacer::announced(),
            settings.reach,
        );
        Highlevel {
            caller,
            location: location_id,
            custom_fields: settings.custom_fields,
            people: People::new(settings.people),
            definitions: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            roll: Mutex::default(),
        }
    }

    /// The same, which tells of every request.
    pub fn heard_by(mut self, observer: Observer) -> Self {
        self.caller.hear(observer);
        self
    }

    /// All contacts, or those whose `dateUpdated` is not before `since`.
    async fn contacts(
        &self,
        since: Option<Time>,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        let operation = operations::CONTACTS;
        let definitions = self.definitions().await?;
        let search_after = cursor.map(|cursor| cursor.0.as_str());
        let wanted = since.map_or(Wanted::All, Wanted::MovedSince);
        let body = wire::contact_sent::search(&self.location, search_after, wanted)
            .map_err(|_| self.caller.refuse(operation, "the cursor is not one of ours"))?;
        let reply = self.caller.call(Call::new(operation, &[]).body(body)).await?;
        self.searched(&reply, cursor, wire::contact::list(&reply.body, &definitions))
    }

    /// The page of a search index that `cursor` led to. The side may show fewer rows than it was asked for,
    /// so only one that shows none is the last, or a first one that shows all there are.
    fn searched(
        &self,
        reply: &Reply,
        cursor: Option<&Cursor>,
        decoded: Result<Listing, Unreadable>,
    ) -> Result<Answer<Page>, Failure> {
        let listing = self.caller.understood(reply, decoded)?;
        let shows = listing.length as u64;
        let is_all = cursor.is_none() && listing.total.is_some_and(|total| total <= shows);
        let next = match (is_all || shows == 0, listing.search_after) {
            (true, _) => None,
            (false, Some(search_after)) => Some(Cursor(search_after)),
            (false, None) if listing.length < PAGE => None,
            // Ending here would make a cut-off listing look complete.
            (false, None) => {
                let what = "the last row of a full page has no `searchAfter`";
                reply.note.is_malformed();
                return Err(self.caller.malformed(reply.operation, what).into());
            }
        };
        let (records, unreadable) = (listing.rows.records, listing.rows.unreadable);
        Ok(Answer { at: reply.at, body: Page { records, unreadable, next, total: listing.total } })
    }

    /// One record, from the primary store; tasks and notes are found only at their contact.
    async fn one(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let ids = [key.id.as_str()];
        match key.resource {
            Resource::Contact => {
                let definitions = self.definitions().await?;
                let decode = |body: &[u8]| wire::contact::detail(body, &definitions);
                self.caller
                    .look(Call::new(operations::CONTACT, &ids).about(key.resource, &key.id), decode)
                    .await
            }
            Resource::Business => {
                let call = Call::new(operations::BUSINESS, &ids).about(key.resource, &key.id);
                self.caller.look(call, wire::business::detail).await
            }
            Resource::Task => self.task(&key.id, parent).await,
            Resource::Note => self.note(&key.id, parent).await,
            Resource::CustomField => self.defined_field(&key.id).await,
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
            | Resource::VendorNote => Err(self.caller.refuse(operations::CONTACT, OTHER_SIDE)),
        }
    }
}

#[async_trait]
impl Source for Highlevel {
    /// Also looks the custom fields up anew: definitions change between pulls.
    async fn tenant(&self) -> Result<Tenant, Failure> {
        let ids = [self.location.as_str()];
        let reply = self.caller.call(Call::new(operations::LOCATION, &ids)).await?;
        let (id, name) = self.caller.understood(&reply, wire::account::location(&reply.body))?;
        let can_mark = self.look_up_definitions().await?.marker_field().is_some();
        Ok(Tenant { id, name, can_mark })
    }

    /// The custom fields of the settings that exist, as `custom.<key>`.
    fn defined(&self) -> BTreeSet<Path> {
        self.known_definitions().map(|known| known.custom()).unwrap_or_default()
    }

    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        match partition {
            Partition::All(Resource::Contact) => self.contacts(None, cursor).await,
            Partition::All(Resource::Business) => self.businesses(cursor).await,
            Partition::All(Resource::Task) => self.tasks(cursor).await,
            Partition::All(Resource::CustomField) => self.defined_fields().await,
            Partition::Of(Resource::Note, contact) => self.notes(contact).await,
            Partition::All(
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
                | Resource::Note
                | Resource::Notification
                | Resource::VendorNote,
            )
            | Partition::Of(..) => {
                let says = format!("{partition} cannot be listed");
                Err(self.caller.refuse(operations::CONTACTS, says))
            }
        }
    }

    async fn moved(
        &self,
        partition: &Partition,
        since: Time,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        match partition {
            Partition::All(Resource::Contact) => self.contacts(Some(since), cursor).await,
            Partition::All(_) | Partition::Of(..) => self.page(partition, cursor).await,
        }
    }

    async fn read(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.one(key, parent).await
    }

    fn offset(&self) -> Offset {
        self.caller.offset()
    }

    fn spent(&self) -> Spent {
        self.caller.spent()
    }
}

#[async_trait]
impl Target for Highlevel {
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.send_write(write).await
    }

    async fn delete(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.send_deletion(write).await
    }

    fn unwritable(&self, resource: Resource) -> Option<String> {
        self.caller.keeps_from(needs(resource).writes)
    }

    async fn find(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        self.find_sought(sought).await
    }
}
