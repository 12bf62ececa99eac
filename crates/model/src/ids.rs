//! What is each thing called? One type per kind of name, so that no two kinds can be confused.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Resource, Side, fingerprint};

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
