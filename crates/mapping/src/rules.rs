//! Which fields correspond, in which direction, and who wins? The rules as the engine reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use concordat_model::{
    CustomKind, Field, Fingerprint, Held, MappingName, Path, Resource, Severity, Side, Sides, Value,
};
use rlibphonenumber::Region;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::activity::{Feed, Memo};
pub(crate) use crate::capability::Access;
use crate::capability::CUSTOM;
pub use crate::creates::{Baseline, Creates, Due};
use crate::expression::Expression;
use crate::gates::Gates;
use crate::lens::{Kind, Lens, Unwritten};
pub use crate::place::Place;
use crate::proof::keeps_numbers;
use crate::sets::SetRule;
use crate::slice::Slice;

/// Everything the settings add up to.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The mappings that are on, in the order in which they are planned.
    pub mappings: Vec<Mapping>,
    /// The country in which phone numbers without a country code are read.
    pub region: Option<Region>,
    /// How wrong the two clocks may be against each other, in milliseconds.
    pub skew_limit_ms: i64,
    /// What may be set off outside the records of both systems, by what is written.
    pub gates: BTreeMap<Resource, Gates>,
    /// How severe the risks are that are read, if any are.
    pub severity: Option<Severity>,
    /// Mappings that delete what they made for a record that is gone, in place of archiving it.
    pub deletes: BTreeSet<MappingName>,
    /// The vendors that it is all about.
    pub slice: Slice,
    /// Mappings that are wished for and off, because the settings name no contact at which their records
    /// could stand.
    pub unanchored: Vec<MappingName>,
    /// Equal settings have equal fingerprints.
    pub fingerprint: Fingerprint,
}

impl Rules {
    /// The same rules, about a slice of the organisation. Another slice is another mapping: what follows
    /// from it is not taken for what happened in the two systems.
    pub fn about(self, slice: &Slice) -> Rules {
        if slice.is_whole() {
            return self;
        }
        let said = slice.said();
        let fingerprint =
            Fingerprint::of("slice", &[self.fingerprint.as_str().as_bytes(), said.as_bytes()]);
        Rules { slice: slice.clone(), fingerprint, ..self }
    }

    /// The resources of `side` that any mapping reads, owners before what they own.
    pub fn resources(&self, side: Side) -> Vec<Resource> {
        let mut needed = Vec::new();
        for mapping in &self.mappings {
            let resource = mapping.resources[side];
            needed.extend(resource.owner());
            let place = mapping.alike().map_or(&Place::Itself, |it| &it.creates.place);
            let is_placed = *place != Place::Itself && side == Side::Highlevel;
            needed.extend(is_placed.then_some(Resource::Contact));
            needed.push(resource);
        }
        needed.sort();
        needed.dedup();
        needed
    }

    /// The custom fields of contacts that any mapping reads, by key, and whether they hold numbers.
    pub fn custom_fields(&self) -> BTreeMap<String, CustomKind> {
        let rules = self.mappings.iter().flat_map(|it| &it.fields);
        let ends = rules.flat_map(|rule| rule.ends.iter().map(move |(_, end)| (rule, end)));
        ends.filter_map(|(rule, end)| {
            let key = end.path.as_str().strip_prefix(CUSTOM)?;
            let kind = match keeps_numbers(&end.lens, rule.kind) {
                true => CustomKind::Number,
                false => CustomKind::Text,
            };
            Some((key.to_owned(), kind))
        })
        .collect()
    }

    /// Every custom field that contacts need, by key: those that a mapping reads, and the one for our marker.
    pub fn definitions(&self) -> BTreeMap<String, CustomKind> {
        let marker = Resource::Contact.marker().map(|path| (path.to_string(), CustomKind::Text));
        self.custom_fields().into_iter().chain(marker).collect()
    }

    /// The contact at which stands what is about our own organisation, by id or e-mail address, if one is
    /// named.
    pub fn anchor(&self) -> Option<&str> {
        self.mappings.iter().find_map(|mapping| match &mapping.joins {
            Joins::Alike(alike) => alike.creates.place.anchor(),
            Joins::Feed(feed) => feed.anchor.as_deref(),
            Joins::Replicas(_) | Joins::Appended(_) | Joins::Memo(_) => None,
        })
    }

    /// Whether notifications are read, and then whether those that name no vendor have a place.
    pub fn feed(&self) -> Option<bool> {
        self.mappings.iter().find_map(|mapping| match &mapping.joins {
            Joins::Feed(feed) => Some(feed.anchor.is_some()),
            Joins::Alike(_) | Joins::Replicas(_) | Joins::Appended(_) | Joins::Memo(_) => None,
        })
    }

    /// The mapping called `name`.
    pub fn mapping(&self, name: &MappingName) -> Option<&Mapping> {
        self.mappings.iter().find(|it| it.name == *name)
    }
}

/// Records of one resource per side that correspond, and how.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its name.
    pub name: MappingName,
    /// The collection on each side.
    pub resources: Sides<Resource>,
    /// How records of the two are found to belong together.
    pub joins: Joins,
    /// The fields, in the order in which people read them.
    pub fields: Vec<FieldRule>,
    /// The sets, which are merged element by element.
    pub sets: Vec<SetRule>,
    /// Native fields that must still hold what they held when the plan was made, or it is another
    /// thing under the same id. One that is empty makes the record unwritable.
    pub identity: Sides<Vec<Path>>,
}

impl Mapping {
    /// The rule for `field`.
    pub fn field(&self, field: &Field) -> Option<&FieldRule> {
        self.fields.iter().find(|it| it.name == *field)
    }

    /// How its records are recognised and made, if they are the same thing on both sides.
    pub fn alike(&self) -> Option<&Alike> {
        match &self.joins {
            Joins::Alike(alike) => Some(alike.as_ref()),
            Joins::Replicas(_) | Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => None,
        }
    }

    /// The side whose records give a link its name.
    pub fn source(&self) -> Side {
        match &self.joins {
            Joins::Alike(alike) => alike.creates.side.other(),
            Joins::Replicas(replicas) => replicas.single,
            Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => Side::Upguard,
        }
    }
}

/// How records of the two sides are found to belong together.
#[derive(Clone, Debug)]
pub enum Joins {
    /// They are the same thing.
    Alike(Box<Alike>),
    /// One record of a side and several of the other carry the same fields.
    Replicas(Replicas),
    /// What is added on one side is added on the other, and never changed.
    Appended(Appended),
    /// What one side tells as it happens is noted on the other, once.
    Feed(Feed),
    /// What is noted of a record on one side is one note on the other, kept up to date.
    Memo(Memo),
}

/// Where what was added belongs: a comment to a threat, a note to the contact at which its task stands.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The mapping that links the records to which texts are added.
    pub through: MappingName,
    /// How many characters each side takes.
    pub longest: Sides<usize>,
    /// What is done when a text is edited that was passed on already.
    pub on_edit: OnEdit,
}

/// What is done when a text is edited that was passed on already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnEdit {
    /// It is told as drift, once.
    #[default]
    Report,
    /// A further text says what it says now, once for each edit.
    Correction,
}

/// How the records that carry the same fields are found: a vendor, and the contacts of its people.
#[derive(Clone, Debug)]
pub struct Replicas {
    /// The side that has one record; the other has the replicas.
    pub single: Side,
    /// The mapping that links the records which belong to that one with the replicas.
    pub through: MappingName,
}

/// How records that are the same thing are recognised, and made where one is missing.
#[derive(Clone, Debug)]
pub struct Alike {
    /// How records are recognised that no link and no marker joins, best first.
    pub keys: Vec<Key>,
    /// Whether several source records may be one record on the side where records are made: one
    /// person known at two vendors.
    pub gathers: bool,
    /// The side on which missing records are made, and how.
    pub creates: Creates,
}

/// A natural key: a field whose equality makes two records the same thing, if it is unique.
#[derive(Clone, Debug)]
pub struct Key {
    /// The field.
    pub field: Field,
    /// What a person calls it.
    pub title: &'static str,
    /// What makes an equal key ambiguous all the same.
    pub unless: Option<Unless>,
}

/// What speaks against two records of equal key being the same thing.
#[derive(Clone, Debug)]
pub enum Unless {
    /// Both have a value here, and they differ.
    Differs(Field),
    /// Both have values here, and no word in common: two people who share a mailbox.
    NoCommonWord(Vec<Field>),
}

/// Two native fields that correspond.
#[derive(Clone, Debug)]
pub struct FieldRule {
    /// Its name on both sides.
    pub name: Field,
    /// How its values are compared.
    pub kind: Kind,
    /// The native field on each side.
    pub ends: Sides<End>,
    /// Who wins if both moved.
    pub contest: Contest,
    /// When the winner's value is written.
    pub strength: Strength,
    /// First agreement, both differ: whose value is adopted; nothing: a person is asked.
    pub adopt: Option<Side>,
    /// What happens if the winner's partner cannot be written.
    pub drift: Drift,
}

/// One side's end of a field.
#[derive(Clone)]
pub struct End {
    /// The native field.
    pub path: Path,
    /// In place of a native field: the text that this makes of a record's fields.
    pub made: Option<Expression>,
    /// How it is read and written.
    pub lens: Lens,
    /// When it can be written.
    pub access: Access,
    /// Whether it can be emptied.
    pub clearable: bool,
    /// The only texts it takes, in lower case; nothing: any.
    pub takes: Option<BTreeSet<String>>,
}

/// Part of the fingerprint of the rules. What an end is made of stands in its path already.
impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let End { path, made: _, lens, access, clearable, takes } = self;
        let mut shown = f.debug_struct("End");
        shown.field("path", path);
        shown.field("lens", lens).field("access", access).field("clearable", clearable);
        shown.field("takes", takes).finish()
    }
}

impl End {
    /// How its side writes the value, as the end of "UpGuard writes it …"; nothing: as the other side does.
    pub fn form(&self) -> Option<String> {
        match &self.lens {
            Lens::Form(form) | Lens::ReadOnly(form) => Some(form.to_string()),
            Lens::Plain
            | Lens::Phone
            | Lens::WebAddress
            | Lens::FirstName
            | Lens::LastName
            | Lens::Part { .. }
            | Lens::Memo(..)
            | Lens::Closed
            | Lens::Ended(_)
            | Lens::Anew => None,
        }
    }

    /// The native value to write for a shared one.
    ///
    /// # Errors
    /// If this end cannot hold it.
    pub fn put(&self, shared: &Held) -> Result<Held, Unwritten> {
        let text = shared.as_ref().and_then(Value::as_text);
        match (&self.takes, text) {
            (Some(takes), Some(text)) if !takes.contains(&text.to_lowercase()) => {
                Err(Unwritten::ReadOnly)
            }
            (Some(_) | None, Some(_) | None) => self.lens.put(shared),
        }
    }
}

/// Who wins if both sides moved since they last agreed, and differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contest {
    /// The later change, where the times prove it or make it likely.
    LastWriteWins {
        /// What happens where they do not.
        fallback: Fallback,
    },
    /// Always this side.
    Prefer(Side),
    /// Neither; a person is asked.
    Hold,
}

/// What happens where the times do not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fallback {
    /// UpGuard's value wins.
    Upguard,
    /// HighLevel's value wins.
    Highlevel,
    /// Neither side changes; a person is asked.
    Hold,
}

impl Fallback {
    /// The side that wins, if one does.
    pub fn side(self) -> Option<Side> {
        match self {
            Fallback::Upguard => Some(Side::Upguard),
            Fallback::Highlevel => Some(Side::Highlevel),
            Fallback::Hold => None,
        }
    }
}

/// When the winner's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Whenever it differs.
    Enforce,
    /// Only where the other side holds nothing.
    Fill,
    /// Only when the record is made.
    Initial,
}

/// What happens if a value wins whose partner cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// It is listed once and left.
    Report,
    /// The source's value is written back over it.
    Restore,
}
