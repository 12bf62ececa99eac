//! What is each thing called? One type per kind of name, so that no two kinds can be confused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Side, fingerprint};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(#[schemars(with = "String")] SmolStr);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<SmolStr>) -> Self {
                $name(text.into())
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }
    };
}

name! {
    /// One UpGuard organisation (or a slice of it) together with one HighLevel location. In every
    /// key, path and ledger entry.
    PairId
}
name! {
    /// A mapping of the configuration: `vendors`, `contacts`.
    MappingName
}
name! {
    /// A mapped field, the name both sides share: `phone`.
    Field
}
name! {
    /// A native field of one resource: `phone_mobile`, `attributes.Main phone`.
    Path
}
name! {
    /// The id a side gave a record. Opaque, case-sensitive.
    RecordId
}
name! {
    /// A link's id: the same for ever, whatever happens to the records it joins.
    LinkId
}
name! {
    /// A step of a plan, unique within it and stable when the same plan is made again.
    StepId
}
name! {
    /// One run, in the order in which runs began.
    RunId
}

/// What a person calls a record. Often a person's own name: `Debug` shows its length only.
#[derive(
    Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name(<{} chars>)", self.0.chars().count())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Name {
    fn from(text: T) -> Self {
        Name(text.into())
    }
}

impl LinkId {
    /// The id of the link that `founder` (the source record it was first made for) belongs to.
    pub fn of(pair: &PairId, mapping: &MappingName, founder: &RecordKey) -> LinkId {
        LinkId::new(fingerprint::short(
            "link",
            &[pair.as_str(), mapping.as_str(), founder.resource.entity(), founder.id.as_str()],
        ))
    }

    /// The id of the link that `founder` and the `piece`th text that stands for it belong to: the first
    /// one's is [`LinkId::of`].
    pub fn of_piece(
        pair: &PairId,
        mapping: &MappingName,
        founder: &RecordKey,
        piece: Piece,
    ) -> LinkId {
        if piece == Piece::FIRST {
            return LinkId::of(pair, mapping, founder);
        }
        let Piece { edition, part } = piece;
        let (edition, part) = (edition.to_string(), part.to_string());
        let entity = founder.resource.entity();
        LinkId::new(fingerprint::short(
            "piece",
            &[pair.as_str(), mapping.as_str(), entity, founder.id.as_str(), &edition, &part],
        ))
    }

    /// The id of the link between `one` record and one of its `replica`s.
    pub fn between(
        pair: &PairId,
        mapping: &MappingName,
        one: &RecordKey,
        replica: &RecordKey,
    ) -> LinkId {
        LinkId::new(fingerprint::short(
            "replica",
            &[
                pair.as_str(),
                mapping.as_str(),
                one.resource.entity(),
                one.id.as_str(),
                replica.resource.entity(),
                replica.id.as_str(),
            ],
        ))
    }
}

/// One of the texts that stand for one source on the other side: a text that is too long for it
/// becomes several, and a source that was edited later may get further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// 0 for what the source said first, and one more for each correction.
    pub edition: u32,
    /// The part, from 1 on.
    pub part: u32,
}

impl Piece {
    /// What stands for every source.
    pub const FIRST: Piece = Piece { edition: 0, part: 1 };
}

/// A native collection of one side.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// UpGuard: a company whose risk is watched.
    Vendor,
    /// UpGuard: a person at a vendor. Read-only.
    VendorContact,
    /// HighLevel: a company.
    Business,
    /// HighLevel: a person.
    Contact,
    /// UpGuard: something found that endangers our own organisation.
    Threat,
    /// HighLevel: something to be done, at a contact.
    Task,
    /// UpGuard: what somebody said about a threat. Added, never changed.
    Comment,
    /// HighLevel: a text at a contact.
    Note,
    /// UpGuard: something it tells as it happens. Shown for some days, and never changed.
    Notification,
    /// UpGuard: what is noted of a vendor. Only the vendor's own answer shows it.
    VendorNote,
    /// UpGuard: data of our own organisation that was found where it should not be.
    Disclosure,
}

impl Resource {
    /// Every resource, in a fixed order.
    pub const ALL: [Resource; 11] = [
        Resource::Vendor,
        Resource::VendorContact,
        Resource::Business,
        Resource::Contact,
        Resource::Threat,
        Resource::Task,
        Resource::Comment,
        Resource::Note,
        Resource::Notification,
        Resource::VendorNote,
        Resource::Disclosure,
    ];

    /// The side that holds it.
    pub fn side(self) -> Side {
        match self {
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Comment
            | Resource::Notification
            | Resource::VendorNote => Side::Upguard,
            Resource::Business | Resource::Contact | Resource::Task | Resource::Note => {
                Side::Highlevel
            }
        }
    }

    /// The resource whose records own it, if it can only be listed per owner (`upguard.md` §4.2:
    /// vendor contacts have no list of their own, §4.1: the list of vendors lacks their notes, §4.4:
    /// comments stand in their threat; `highlevel.md` §8: notes are listed by contact).
    pub fn parent(self) -> Option<Resource> {
        match self {
            Resource::VendorContact | Resource::VendorNote => Some(Resource::Vendor),
            Resource::Comment => Some(Resource::Threat),
            Resource::Note => Some(Resource::Contact),
            Resource::Vendor
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Task
            | Resource::Notification => None,
        }
    }

    /// Whether its records are shown for some time only, and never alone (`upguard.md` §5): that one is
    /// not shown any more says nothing.
    pub fn passes(self) -> bool {
        match self {
            Resource::Notification => true,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::VendorNote => false,
        }
    }

    /// Whether its records are what people say, of which a night may bring any number, however many there
    /// are.
    pub fn accrues(self) -> bool {
        match self {
            Resource::Comment | Resource::Note | Resource::Notification => true,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Task
            | Resource::VendorNote => false,
        }
    }

    /// Whether its side refuses a record that is not there in the words in which it refuses one that may
    /// not be read (`upguard.md` §4.2: 403 for an unknown contact).
    pub fn hides_absence(self) -> bool {
        match self {
            Resource::VendorContact => true,
            Resource::Vendor
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote => false,
        }
    }

    /// The native field that carries our marker: a trailer of a text, or a custom field.
    pub fn marker(self) -> Option<Path> {
        match self {
            Resource::Business | Resource::Task | Resource::Comment | Resource::Note => {
                Some(Path::from("marker"))
            }
            Resource::Contact => Some(Path::from("concordat_id")),
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Notification
            | Resource::VendorNote => None,
        }
    }

    /// The native field that names the record it belongs to, if it is found only there
    /// (`highlevel.md` §7: a task is read by contact and id; a comment stands in its threat).
    pub fn belongs_by(self) -> Option<Path> {
        match self {
            Resource::Task | Resource::Note => Some(Path::from("contactId")),
            Resource::Comment => Some(Path::from("threat")),
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Notification
            | Resource::VendorNote => None,
        }
    }

    /// Where a plan says, in place of [`Resource::belongs_by`], which link's record a new one will
    /// belong to: one that the same plan makes.
    pub fn belongs_by_link(self) -> Option<Path> {
        self.belongs_by().map(|path| Path::new(format!("{path} of link")))
    }

    /// What the side itself calls one of them.
    pub fn entity(self) -> &'static str {
        match self {
            Resource::Vendor => "vendor",
            Resource::VendorContact | Resource::Contact => "contact",
            Resource::Business => "business",
            Resource::Threat => "threat",
            Resource::Disclosure => "disclosure",
            Resource::Task => "task",
            Resource::Comment => "comment",
            Resource::Note => "note",
            Resource::Notification => "notification",
            Resource::VendorNote => "vendor note",
        }
    }

    /// The word for one of them in a sentence that does not name the side.
    pub fn noun(self) -> &'static str {
        match self {
            Resource::Vendor => "vendor",
            Resource::VendorContact => "vendor contact",
            Resource::Business => "business",
            Resource::Contact => "contact",
            Resource::Threat => "threat",
            Resource::Disclosure => "disclosure",
            Resource::Task => "task",
            Resource::Comment => "comment",
            Resource::Note => "note",
            Resource::Notification => "notification",
            Resource::VendorNote => "vendor note",
        }
    }
}

/// One record of one side.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct RecordKey {
    /// The collection it is in; this also says which side.
    pub resource: Resource,
    /// The id that side gave it.
    pub id: RecordId,
}

impl RecordKey {
    /// The record `id` of `resource`.
    pub fn new(resource: Resource, id: impl Into<SmolStr>) -> Self {
        RecordKey { resource, id: RecordId::new(id) }
    }

    /// The side that holds it.
    pub fn side(&self) -> Side {
        self.resource.side()
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.side(), self.resource.entity(), self.id)
    }
}
