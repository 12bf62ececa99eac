//! Why do we believe that we saw everything? A listing is trusted only with a [`Certificate`]; what
//! was not listed is [`Seen::Unseen`], never "deleted".

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Mirrored, Offset, Path, Record, RecordId, RecordKey, Resource, Side, Sight, Time};

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
        match self {
            Partition::All(resource) => write!(f, "all {} {}s", resource.side(), resource.noun()),
            Partition::Of(resource, parent) => {
                write!(f, "the {}s of {} {parent}", resource.noun(), resource.side())
            }
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
        match (self.records.get(key), self.gone.get(key)) {
            (_, Some(gone)) => Seen::Gone(gone),
            (Some(mirrored), None) if mirrored.missing == 0 && !self.outside.contains(key) => {
                Seen::Here(mirrored)
            }
            (Some(_), None) | (None, None) => Seen::Unseen,
        }
    }

    /// Whether the record that `mirrored` belongs to, if it belongs to one, is there. A person at a
    /// vendor that is not watched any more is still readable by id, and out of scope.
    pub fn is_owned(&self, mirrored: &Mirrored) -> bool {
        let owner = mirrored.record.key.resource.parent().zip(mirrored.record.parent.clone());
        owner.is_none_or(|(resource, id)| {
            matches!(self.seen(&RecordKey { resource, id }), Seen::Here(_))
        })
    }

    /// Whether a record is outside the pair's slice, or belongs to one that is.
    pub fn is_outside(&self, record: &Record) -> bool {
        let owner = record.key.resource.parent().zip(record.parent.clone());
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
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote => true,
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
                self.certificates.get(&partition).map(|it| it.began)
            }
        };
        listed.max(mirrored.read_at)
    }

    /// Whether every partition of `resource` was read completely. Only then does "not listed" allow
    /// a create.
    pub fn is_complete(&self, resource: Resource) -> bool {
        self.certificates.keys().any(|partition| partition.resource() == resource)
            && !self.uncertified.keys().any(|partition| partition.resource() == resource)
    }

    /// The records of `resource` that are there.
    pub fn here(&self, resource: Resource) -> impl Iterator<Item = &Mirrored> {
        self.records
            .values()
            .filter(move |it| it.record.key.resource == resource && it.missing == 0)
            .filter(|it| !self.gone.contains_key(&it.record.key) && self.is_owned(it))
            .filter(|it| !self.outside.contains(&it.record.key))
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
