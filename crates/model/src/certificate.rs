//! Why do we believe that we saw everything? A listing is trusted only with a [`Certificate`]; what
//! was not listed is [`Seen::Unseen`], never "deleted".

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Mirrored, Offset, Path, Record, RecordId, RecordKey, Resource, Side, Sight, Time, within_second,
};

/// What one listing covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Partition {
    /// Every record of a resource.
    All(Resource),
    /// The records of a resource that belong to one parent: a vendor's contacts.
    Of(Resource, RecordId),
}

impl Partition {
    /// The resource it lists.
    pub fn resource(&self) -> Resource {
        match self {
            Partition::All(resource) | Partition::Of(resource, _) => *resource,
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let resource = self.resource();
        let (side, noun) = (resource.side(), resource.noun());
        let ending = if noun.ends_with('s') { "es" } else { "s" };
        match self {
            Partition::All(_) => write!(f, "all {side} {noun}{ending}"),
            Partition::Of(_, parent) => write!(f, "the {noun}{ending} of {side} {parent}"),
        }
    }
}

/// The grounds on which a listing counts as complete: it ran to its end without an error, every
/// cursor was new, and the rows agree with the total the side named (where it names one).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// When the listing began, in the side's clock.
    pub began: Time,
    /// When it ended, in the side's clock.
    pub ended: Time,
    /// How many pages it took.
    pub pages: u32,
    /// How many different records it named.
    pub rows: u64,
    /// How many rows the side said there would be.
    pub total: Option<u64>,
    /// Of which records it names all.
    pub coverage: Coverage,
}

/// Of which records a complete listing names all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coverage {
    /// Of those there are: one that it does not name is not there.
    Whole,
    /// Of those that moved since the listing before it began. So did that one, and so on, back to a listing
    /// of all. What none of them names has not moved, as far as the side's stamps tell; and it may be gone.
    Moved(Origin),
}

/// The listing of all at which a chain begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When it began, in the side's clock.
    pub began: Time,
    /// How many records it named.
    pub rows: u64,
}

impl Certificate {
    /// Whether a record that the listing does not name is not there.
    pub fn is_whole(&self) -> bool {
        match self.coverage {
            Coverage::Whole => true,
            Coverage::Moved(_) => false,
        }
    }
}

/// The account a side's credentials open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tenant {
    /// Organisation or location id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether a contact can carry our marker: HighLevel's custom field `concordat_id` is defined.
    /// Always true on UpGuard, where nothing is created.
    pub can_mark: bool,
}

/// Evidence that a record is gone: it was missing from certified listings and a read by id said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// When the read by id said so, in the side's clock.
    pub confirmed: Time,
    /// In how many certified listings in a row it was missing before.
    pub listings: u32,
}

/// What a view says about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// It is there.
    Here(&'a Mirrored),
    /// It is there, but out of scope: a vendor that nobody watches, or outside the pair's slice, or a person
    /// at a vendor that is not there. Nothing is written for it, and nothing follows from what becomes of it.
    Dormant,
    /// It is gone, and this is why we think so.
    Gone(&'a Gone),
    /// We did not see it; that proves nothing.
    Unseen,
}

/// A side's records as of one pull, with the certificates that say what the pull covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The side.
    pub side: Side,
    /// The account it was read from.
    pub tenant: Tenant,
    /// Every record in the mirror.
    pub records: BTreeMap<RecordKey, Mirrored>,
    /// Records whose absence was confirmed.
    pub gone: BTreeMap<RecordKey, Gone>,
    /// The partitions that were read completely.
    pub certificates: BTreeMap<Partition, Certificate>,
    /// Partitions that were tried and not completed, with the reason for people.
    pub uncertified: BTreeMap<Partition, String>,
    /// How far its clock is ahead of ours.
    pub offset: Offset,
    /// The native fields that the account defines for its records itself: custom fields.
    pub defined: BTreeSet<Path>,
    /// The records that the pair is not about, because they are outside its slice. They are dormant, and
    /// so is what belongs to them.
    pub outside: BTreeSet<RecordKey>,
}

impl View {
    /// What this view says about `key`.
    pub fn seen(&self, key: &RecordKey) -> Seen<'_> {
        self.seen_as(key, self.records.get(key))
    }

    /// What this view would say about `key` if it held `known` of it.
    pub fn seen_as<'a>(&'a self, key: &RecordKey, known: Option<&'a Mirrored>) -> Seen<'a> {
        self.seen_under(key, known, |owner| self.seen(owner))
    }

    /// What this view would say about `key` if it held `known` of it, and said of its owner what `owner`
    /// says.
    pub fn seen_under<'a>(
        &'a self,
        key: &RecordKey,
        known: Option<&'a Mirrored>,
        owner: impl FnOnce(&RecordKey) -> Seen<'a>,
    ) -> Seen<'a> {
        let itself = match (known, self.gone.get(key)) {
            _ if self.outside.contains(key) => Seen::Dormant,
            (_, Some(gone)) => Seen::Gone(gone),
            (Some(mirrored), None) if mirrored.record.is_dormant() => Seen::Dormant,
            (Some(mirrored), None) if mirrored.missing == 0 => Seen::Here(mirrored),
            (Some(_), None) | (None, None) => Seen::Unseen,
        };
        let Some(resource) = key.resource.owner() else { return itself };
        let owner = match known.map(|it| it.record.parent.clone()) {
            Some(Some(id)) => owner(&RecordKey { resource, id }),
            // It stands by itself.
            Some(None) => return itself,
            // Of what was never mirrored, nobody knows to whom it belonged.
            None => Seen::Unseen,
        };
        match (itself, owner) {
            (itself, Seen::Here(_)) | (itself @ (Seen::Gone(_) | Seen::Unseen), Seen::Gone(_)) => {
                itself
            }
            // A person at a vendor that is not there is still readable by id, and out of scope. People
            // vanish with a vendor that nobody watches (`upguard.md` §8), and that proves nothing.
            (Seen::Here(_) | Seen::Dormant, Seen::Gone(_) | Seen::Unseen) | (_, Seen::Dormant) => {
                Seen::Dormant
            }
            (Seen::Gone(_) | Seen::Unseen, Seen::Unseen) => Seen::Unseen,
        }
    }

    /// Whether the latest listing of the partition of `key` was complete. In how many it was missing is
    /// counted in those that would name it. What was listed by an owner that is gone would be named by none.
    pub fn is_certified(&self, key: &RecordKey) -> bool {
        let Some(resource) = key.resource.parent() else {
            return self.certificates.contains_key(&Partition::All(key.resource));
        };
        let owner = self.records.get(key).and_then(|it| it.record.parent.clone());
        owner.is_some_and(|id| {
            let owner = RecordKey { resource, id: id.clone() };
            match self.seen(&owner) {
                Seen::Here(_) => self.certificates.contains_key(&Partition::Of(key.resource, id)),
                Seen::Gone(_) => self.is_certified(&owner),
                Seen::Dormant | Seen::Unseen => false,
            }
        })
    }

    /// Whether a record is outside the pair's slice, or belongs to one that is.
    pub fn is_outside(&self, record: &Record) -> bool {
        let owner = record.key.resource.owner().zip(record.parent.clone());
        self.outside.contains(&record.key)
            || owner
                .is_some_and(|(resource, id)| self.outside.contains(&RecordKey { resource, id }))
    }

    /// Whether a new record of `resource` can carry our marker. A contact needs a custom field for it
    /// (`highlevel.md` §6.4); others carry it in their text.
    pub fn can_mark(&self, resource: Resource) -> bool {
        match resource {
            Resource::Contact => self.tenant.can_mark,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => true,
        }
    }

    /// When `mirrored` was last seen as of then, in the side's clock: by id, in a direct listing, or
    /// by its stamp.
    pub fn observed(&self, mirrored: &Mirrored) -> Option<Time> {
        let record = &mirrored.record;
        let listed = match record.sight {
            Sight::Row => record.stamp,
            Sight::Read => None,
            Sight::Listed => {
                let resource = record.key.resource;
                let partition = match &record.parent {
                    Some(parent) => Partition::Of(resource, parent.clone()),
                    None => Partition::All(resource),
                };
                let whole = self.certificates.get(&partition).filter(|it| it.is_whole());
                whole.map(|it| within_second(it.began))
            }
        };
        listed.max(mirrored.read_at)
    }

    /// Whether every partition of `resource` was read completely, or what moved since it was. Only then does
    /// "not listed" allow a create, which looks again itself.
    pub fn is_complete(&self, resource: Resource) -> bool {
        self.certificates.keys().any(|partition| partition.resource() == resource)
            && !self.uncertified.keys().any(|partition| partition.resource() == resource)
    }

    /// The records of `resource` that are there.
    pub fn here(&self, resource: Resource) -> impl Iterator<Item = &Mirrored> {
        self.records
            .values()
            .filter(move |it| it.record.key.resource == resource)
            .filter(|it| matches!(self.seen(&it.record.key), Seen::Here(_)))
    }

    /// How many records of `resource` were seen and are outside the pair's slice.
    pub fn outsiders(&self, resource: Resource) -> u64 {
        if self.outside.is_empty() {
            return 0;
        }
        let here = self.records.values().filter(|it| it.record.key.resource == resource);
        here.filter(|it| it.missing == 0 && self.is_outside(&it.record)).count() as u64
    }

    /// How many records of `resource` are there.
    pub fn population(&self, resource: Resource) -> u64 {
        self.here(resource).count() as u64
    }
}
