//! UpGuard: how are vendors, their contacts, notes, risks and questionnaires, threats, comments, disclosures,
//! waivers, apps, notifications and leads read, and what of a vendor, a threat and a disclosure is written?
//!
//! Vendors are written by host name, which may have passed to another vendor, so the caller must have
//! read id *and* host just before; [`Write::current`] is that reading.

mod apps;
mod comments;
mod cost;
mod disclosures;
mod leads;
mod operations;
mod questionnaires;
mod risks;
mod send;
mod waivers;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use concordat_model::{
    Fingerprint, Offset, Partition, Record, RecordId, RecordKey, Resource, Severity, Sight, Tenant,
};
use concordat_remote::{
    Answer, Cause, Clock, Cursor, Failure, Found, Observer, Page, Sought, Source, Spent, Target,
    Traffic, Transport, Write, WriteError,
};
use secrecy::{ExposeSecret, SecretString};

use crate::call::Call;
use crate::caller::Caller;
use crate::operation::Operation;
use crate::pacing::Pacer;
use crate::reach::Reach;
use crate::wire::Unreadable;
use wire::vendor::PORTFOLIOS;

pub(crate) use cost::{OPENING, asked};
pub use operations::{ALWAYS, needs, operations};

/// What the mapping and the operator want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpguardSettings {
    /// Where it is, as far as that tells it from others.
    pub address: String,
    /// Attributes a reading covers even where a vendor does not have them.
    pub attributes: BTreeSet<String>,
    /// Whether readings of vendors cover their portfolios. For a listing that costs a request for each vendor: only
    /// the detail names them (§4.1).
    pub portfolios: bool,
    /// How severe the risks are that are listed.
    pub least_severity: Severity,
    /// What the credentials are known to reach.
    pub reach: Reach,
}

impl Default for UpguardSettings {
    fn default() -> Self {
        UpguardSettings {
            address: String::new(),
            attributes: BTreeSet::new(),
            portfolios: false,
            least_severity: Severity::Critical,
            reach: Reach::default(),
        }
    }
}

/// The raw key, without `Bearer` (§1).
fn sign(key: &SecretString, headers: &mut Vec<(String, String)>) {
    headers.push(("authorization".into(), key.expose_secret().to_owned()));
}

/// UpGuard, as a side.
pub struct Upguard {
    caller: Caller,
    account: Fingerprint,
    attributes: BTreeSet<String>,
    portfolios: bool,
    least_severity: Severity,
}

impl Upguard {
    /// The organisation that `key` opens.
    pub fn new(
        transport: Arc<dyn Transport>,
        key: SecretString,
        clock: Arc<dyn Clock>,
        settings: UpguardSettings,
    ) -> Self {
        let parts = [settings.address.as_bytes(), key.expose_secret().as_bytes()];
        let account = Fingerprint::of("account", &parts);
        let caller = Caller::new(
            (transport, clock),
            (Arc::new(key), sign),
            (wire::refusal, wire::trace),
            Pacer::probing(),
            settings.reach,
        );
        let UpguardSettings { attributes, portfolios, least_severity, .. } = settings;
        Upguard { caller, account, attributes, portfolios, least_severity }
    }

    /// The same, which tells of every request.
    pub fn heard_by(mut self, observer: Observer) -> Self {
        self.caller.hear(observer);
        self
    }

    fn unlisted(&self, partition: &Partition) -> Failure {
        self.caller.refuse(operations::VENDORS, format!("{partition} cannot be listed"))
    }

    async fn list(
        &self,
        call: Call<'_>,
        cursor: Option<&Cursor>,
        decode: impl FnOnce(&[u8]) -> Result<wire::Listing, Unreadable>,
    ) -> Result<Answer<Page>, Failure> {
        let call = match cursor {
            Some(cursor) => call.query("page_token", cursor.0.clone()),
            None => call,
        };
        let reply = self.caller.call(call).await?;
        let listing = self.caller.understood(&reply, decode(&reply.body))?;
        let page = Page {
            records: listing.rows.records,
            unreadable: listing.rows.unreadable,
            next: listing.next.map(Cursor),
            total: listing.total,
        };
        Ok(Answer { at: reply.at, body: page })
    }

    /// A page of vendors with their portfolios, if these are wanted. Of a vendor that went away meanwhile
    /// they stay unknown.
    async fn with_portfolios(&self, mut page: Answer<Page>) -> Result<Answer<Page>, Failure> {
        let vendors = page.body.records.iter_mut().filter(|_| self.portfolios);
        for vendor in vendors {
            if let Some(detail) = self.read_vendor(&vendor.key.id).await?.body {
                let held = detail.reading.get(&PORTFOLIOS.into()).cloned().flatten();
                vendor.reading.set(PORTFOLIOS.into(), held);
            }
        }
        Ok(page)
    }

    async fn read_vendor(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let call = Call::new(operations::VENDOR, &[])
            .query("id", self.id(operations::VENDOR, id)?)
            .about(Resource::Vendor, id);
        let decode = |body: &[u8]| wire::vendor::detail(body, &self.attributes, self.portfolios);
        self.caller.look(call, decode).await
    }

    /// The contacts of one vendor.
    async fn contacts(
        &self,
        vendor: &RecordId,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        let decode = |body: &[u8]| wire::contact::list(body, vendor);
        self.listed_at(operations::CONTACTS, vendor, cursor, decode).await
    }

    /// What belongs to one vendor. One that may not be seen is no reason to give up on the others.
    async fn listed_at(
        &self,
        operation: Operation,
        vendor: &RecordId,
        cursor: Option<&Cursor>,
        decode: impl FnOnce(&[u8]) -> Result<wire::Listing, Unreadable>,
    ) -> Result<Answer<Page>, Failure> {
        let call = Call::new(operation, &[])
            .query("vendor_id", self.id(operation, vendor)?)
            .about(Resource::Vendor, vendor);
        match self.list(call, cursor, decode).await {
            Err(failure) if failure.status == Some(403) => {
                let says = "the vendor is not there, or may not be seen";
                Err(self.about_one(failure, Cause::Missing, says).await)
            }
            listed => listed,
        }
    }

    /// A 403 says "no permission" or "not this record" (§1, errors). It says the latter if the key still opens
    /// the list of all vendors.
    async fn about_one(&self, failure: Failure, cause: Cause, says: &str) -> Failure {
        let probe = Call::new(operations::VENDORS, &[]).query("page_size", "10");
        match self.caller.call(probe).await {
            Ok(_) => Failure { cause, says: says.into(), ..failure },
            Err(_) => failure,
        }
    }

    /// What is noted of one vendor: it stands in the vendor's own answer only.
    async fn vendor_note(&self, vendor: &RecordId) -> Result<Answer<Page>, Failure> {
        let Answer { at, body: record } = self.read_vendor_note(vendor).await?;
        let records: Vec<Record> = record.into_iter().collect();
        let total = Some(records.len() as u64);
        Ok(Answer { at, body: Page { records, unreadable: Vec::new(), next: None, total } })
    }

    async fn read_vendor_note(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let call = Call::new(operations::VENDOR, &[])
            .query("id", self.id(operations::VENDOR, id)?)
            .about(Resource::Vendor, id);
        self.caller.look(call, |body| wire::vendor::note(body, Sight::Read)).await
    }

    /// An unknown contact is a 403, and so is a key that lost its permission (§4.2). Only a key that
    /// still opens the organisation makes it an absence; whoever draws conclusions from absences
    /// must also have seen another contact answer in the same run.
    async fn read_contact(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let operation = operations::CONTACT;
        let call = Call::new(operation, &[])
            .query("id", self.id(operation, id)?)
            .about(Resource::VendorContact, id);
        let failure = match self.caller.call(call).await.map_err(Failure::from) {
            Ok(reply) => {
                let body =
                    Some(self.caller.understood(&reply, wire::contact::detail(&reply.body))?);
                return Ok(Answer { at: reply.at, body });
            }
            Err(failure) => failure,
        };
        match failure.status {
            Some(403 | 404) => {
                let probe = self.caller.call(Call::new(operations::ORGANISATION, &[])).await;
                let reply = probe.map_err(|_| failure)?;
                Ok(Answer { at: reply.at, body: None })
            }
            Some(_) | None => Err(failure),
        }
    }

    fn id(&self, operation: Operation, id: &RecordId) -> Result<String, Failure> {
        match id.as_str() {
            "" => Err(self.caller.refuse(operation, "an id is empty")),
            id => Ok(id.to_owned()),
        }
    }
}

#[async_trait]
impl Source for Upguard {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        let reply = self.caller.call(Call::new(operations::ORGANISATION, &[])).await?;
        let (id, name) = self.caller.understood(&reply, wire::organisation(&reply.body))?;
        Ok(Tenant { id, name, can_mark: true })
    }

    /// All monitored vendors, threats, disclosures, waivers, apps, risks, leads or notifications, or one vendor's
    /// contacts or questionnaires; there is no list of all of these.
    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        match partition {
            Partition::All(Resource::Vendor) => {
                let call = Call::new(operations::VENDORS, &[]).query("page_size", "1000");
                let page =
                    self.list(call, cursor, |body| wire::vendor::list(body, &self.attributes));
                self.with_portfolios(page.await?).await
            }
            Partition::Of(Resource::VendorContact, vendor) => self.contacts(vendor, cursor).await,
            // Whatever its state; what a rule has dismissed, the side leaves out.
            Partition::All(Resource::Threat) => {
                let call = Call::new(operations::THREATS, &[]).query("page_size", "200");
                self.list(call, cursor, wire::threat::list).await
            }
            Partition::Of(Resource::Comment, threat) => self.comments(threat).await,
            // The answer names a next page; how it is asked for is not published (§5).
            Partition::All(Resource::Notification) => {
                self.list(
                    Call::new(operations::NOTIFICATIONS, &[]),
                    cursor,
                    wire::notification::list,
                )
                .await
            }
            Partition::Of(Resource::VendorNote, vendor) => self.vendor_note(vendor).await,
            Partition::Of(Resource::Questionnaire, vendor) => self.questionnaires(vendor).await,
            Partition::All(Resource::Disclosure) => self.disclosures().await,
            Partition::All(Resource::Lead) => self.leads().await,
            Partition::All(Resource::Waiver) => self.waivers().await,
            Partition::All(Resource::App) => self.apps(cursor).await,
            Partition::All(Resource::Risk) => self.risks(self.least_severity).await,
            Partition::All(
                Resource::VendorContact
                | Resource::Business
                | Resource::Contact
                | Resource::Task
                | Resource::Comment
                | Resource::Note
                | Resource::VendorNote
                | Resource::Questionnaire
                | Resource::CustomField,
            )
            | Partition::Of(
                Resource::Vendor
                | Resource::Business
                | Resource::Contact
                | Resource::Threat
                | Resource::Disclosure
                | Resource::Lead
                | Resource::Waiver
                | Resource::App
                | Resource::Risk
                | Resource::Task
                | Resource::Note
                | Resource::Notification
                | Resource::CustomField,
                _,
            ) => Err(self.unlisted(partition)),
        }
    }

    /// A vendor nobody monitors reads as one that is dormant; the listing leaves it out.
    async fn read(
        &self,
        key: &RecordKey,
        parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        match key.resource {
            Resource::Vendor => self.read_vendor(&key.id).await,
            Resource::VendorContact => self.read_contact(&key.id).await,
            Resource::Threat => {
                let id = self.id(operations::THREAT, &key.id)?;
                let call = Call::new(operations::THREAT, &[])
                    .query("uuid", id)
                    .about(key.resource, &key.id);
                self.caller.look(call, wire::threat::detail).await
            }
            Resource::Comment => self.comment(&key.id, parent).await,
            Resource::VendorNote => self.read_vendor_note(&key.id).await,
            Resource::Questionnaire => self.questionnaire(&key.id, parent).await,
            Resource::Disclosure => self.disclosure(&key.id).await,
            Resource::Lead => self.lead(&key.id).await,
            Resource::Waiver => self.waiver(&key.id).await,
            Resource::App => self.app(&key.id).await,
            Resource::Risk => self.risk(&key.id).await,
            Resource::Notification => {
                let says = "a notification cannot be read alone";
                Err(self.caller.refuse(operations::NOTIFICATIONS, says))
            }
            Resource::Business
            | Resource::Contact
            | Resource::Task
            | Resource::Note
            | Resource::CustomField => {
                Err(self.caller.refuse(operations::VENDOR, "this is a record of the other side"))
            }
        }
    }

    fn offset(&self) -> Offset {
        self.caller.offset()
    }

    fn spent(&self) -> Spent {
        self.caller.spent()
    }

    fn account(&self) -> Option<Fingerprint> {
        Some(self.account.clone())
    }

    fn resume(&self, lately: &Traffic) {
        self.caller.resume(lately);
    }
}

#[async_trait]
impl Target for Upguard {
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.send_write(write).await
    }

    /// Nothing is ever deleted in UpGuard.
    async fn delete(&self, _: &Write) -> Result<Answer<RecordId>, WriteError> {
        Err(self.cannot(operations::ATTRIBUTES, "nothing is deleted on this side"))
    }

    fn unwritable(&self, resource: Resource) -> Option<String> {
        self.caller.keeps_from(needs(resource).writes)
    }

    /// Only comments are ever made on UpGuard; of other records nothing is proven.
    async fn find(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        if sought.resource == Resource::Comment {
            return self.find_comment(sought).await;
        }
        let found = Found { records: Vec::new(), proves_absence: false };
        Ok(Answer { at: self.caller.their_now(), body: found })
    }
}
