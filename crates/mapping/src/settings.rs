//! What may a person say about the mappings? The `[mapping]` part of the configuration, as data.

use std::collections::BTreeMap;
use std::ops::Range;

use concordat_model::{Field, MappingName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::activity::{Activity, ContactNotes, VendorNotes};
use crate::archive::WhenGone;
use crate::disclosures::Disclosures;
use crate::expression::Expression;
use crate::leads::Leads;
use crate::named::LensSettings;
use crate::own::{self, Cell, Flow};
use crate::questionnaires::Questionnaires;
use crate::risks::Risks;
use crate::rules::{Drift, Fallback, OnEdit, Strength};
use crate::threats::Threats;
use crate::usage_policies::UsagePolicies;
use crate::vendor_moves::VendorMoves;
use crate::waivers::Waivers;

/// `[mapping]`: what corresponds to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The country (ISO 3166, two letters) in which phone numbers without a country code are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_region: Option<String>,
    /// UpGuard vendors and HighLevel businesses.
    pub vendors: Vendors,
    /// UpGuard vendor contacts and HighLevel contacts.
    pub contacts: Contacts,
    /// Labels of UpGuard vendors and tags of their HighLevel contacts.
    pub labels: Labels,
    /// UpGuard vendors and custom fields of their HighLevel contacts.
    pub profiles: Profiles,
    /// UpGuard threats and HighLevel tasks.
    pub threats: Threats,
    /// Comments on UpGuard threats and HighLevel notes.
    pub comments: Comments,
    /// UpGuard disclosures of data leaks and HighLevel tasks.
    pub disclosures: Disclosures,
    /// Risks that UpGuard found at vendors and HighLevel tasks.
    pub risks: Risks,
    /// UpGuard questionnaires that were sent to vendors and HighLevel tasks.
    pub questionnaires: Questionnaires,
    /// People who look into our UpGuard Trust Center, and HighLevel contacts.
    pub leads: Leads,
    /// Waivers of risks of our own organisation, and HighLevel tasks.
    pub waivers: Waivers,
    /// Usage policies of apps that moved, and HighLevel tasks.
    pub usage_policies: UsagePolicies,
    /// Vendors whose tier moved in UpGuard, and HighLevel tasks.
    pub vendor_tiers: VendorMoves,
    /// Vendors the state of whose assessment moved, and HighLevel tasks.
    pub vendor_assessments: VendorMoves,
    /// UpGuard notifications and HighLevel notes.
    pub activity: Activity,
    /// What UpGuard notes of vendors, and HighLevel notes.
    pub vendor_notes: VendorNotes,
    /// What UpGuard notes of vendor contacts, and HighLevel notes.
    pub contact_notes: ContactNotes,
    /// Where tasks and notes stand.
    pub anchors: Anchors,
    /// Who is who: the e-mail address of somebody in UpGuard, and their user id in HighLevel.
    pub people: BTreeMap<String, String>,
    /// Lenses of your own, by name: how the two sides write what both mean.
    pub lenses: BTreeMap<String, LensSettings>,
}

impl Settings {
    /// The fields of a mapping that takes fields of a person's own.
    fn extensible(&self, mapping: &MappingName) -> Option<&BTreeMap<String, FieldSettings>> {
        match mapping.as_str() {
            "vendors" => Some(&self.vendors.fields),
            "contacts" => Some(&self.contacts.fields),
            "profiles" => Some(&self.profiles.fields),
            _ => None,
        }
    }

    /// What is said of a field of a person's own; nothing: it is built in.
    pub fn own_field(&self, mapping: &MappingName, field: &Field) -> Option<&FieldSettings> {
        self.extensible(mapping)?.get(field.as_str()).filter(|it| own::is_own(it))
    }

    /// Whether `mapping` takes fields of a person's own.
    pub(crate) fn takes_own(mapping: &MappingName) -> bool {
        Settings::default().extensible(mapping).is_some()
    }
}

/// `[mapping.vendors]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vendors {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// Which vendor attribute holds which business field. A field without one is not mapped.
    /// Attributes are defined by an UpGuard administrator; their names are case-sensitive.
    pub attributes: Attributes,
    /// Rules for single fields, by name: `name`, `website`, `phone`, `email`, `address`,
    /// `description`, and fields of your own.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Vendors {
    fn default() -> Self {
        Vendors { enabled: true, attributes: Attributes::default(), fields: BTreeMap::new() }
    }
}

/// `[mapping.vendors.attributes]`: names of UpGuard vendor attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// Holds the business's phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Holds the business's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Holds the business's street address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Holds the business's description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// `[mapping.contacts]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Contacts {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// Whether a contact stands under the business of the vendor to which its person belongs.
    pub business: bool,
    /// What becomes of a contact whose person is gone: `archive` tags it, `delete` deletes it with all that
    /// belongs to it.
    pub gone: WhenGone,
    /// How new HighLevel contacts arrive.
    pub create: NewContact,
    /// Rules for single fields, by name: `first_name`, `last_name`, `email`, `phone`, `company`,
    /// `business`, and fields of your own.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Contacts {
    fn default() -> Self {
        let (create, fields) = (NewContact::default(), BTreeMap::new());
        Contacts { enabled: true, business: false, gone: WhenGone::default(), create, fields }
    }
}

/// `[mapping.contacts.create]`: what is set on a new HighLevel contact beside its fields. API writes
/// start the location's workflows; these defaults keep new contacts from being written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewContact {
    /// Do not disturb.
    pub dnd: bool,
    /// The contact's source.
    pub source: String,
    /// Tags; HighLevel keeps them in lower case.
    pub tags: Vec<String>,
}

impl Default for NewContact {
    fn default() -> Self {
        NewContact { dnd: true, source: "concordat".into(), tags: vec!["concordat:new".into()] }
    }
}

/// `[mapping.labels]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What the tags that are labels begin with. All other tags are never touched.
    pub namespace: String,
    /// The labels that become tags: patterns, in which `*` is any text and `?` any character. Letter
    /// case means nothing.
    pub include: Vec<String>,
}

impl Default for Labels {
    fn default() -> Self {
        Labels { enabled: true, namespace: "ug:".into(), include: vec!["*".into()] }
    }
}

/// `[mapping.profiles]`: what UpGuard knows of a vendor, in custom fields of its contacts. A custom
/// field that the location does not define is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profiles {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// The key of the custom field that holds the vendor's tier, a number; both ways.
    pub tier: String,
    /// The key of the custom field that holds the vendor's score, a number.
    pub score: String,
    /// The key of the custom field that holds the state of the vendor's assessment, a text.
    pub assessment: String,
    /// Rules for single fields, by name: `tier`, `score`, `assessment`, and fields of your own.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Profiles {
    fn default() -> Self {
        Profiles {
            enabled: true,
            tier: "vendor_tier".into(),
            score: "vendor_score".into(),
            assessment: "vendor_assessment".into(),
            fields: BTreeMap::new(),
        }
    }
}

/// `[mapping.comments]`: on as long as threats are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Comments {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What is done when a comment or note is edited that was passed on already: `report`, or a
    /// `correction` is added.
    pub on_edit: OnEdit,
}

impl Default for Comments {
    fn default() -> Self {
        Comments { enabled: true, on_edit: OnEdit::default() }
    }
}

/// `[mapping.anchors]`: a HighLevel task or note stands at a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Anchors {
    /// The contact, by id or e-mail address, for what is about our own organisation: threats,
    /// disclosures, waivers, usage policies, and notifications that name no vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Who of a vendor's people is preferred for what is about the vendor, by title, best first:
    /// patterns, in which `*` is any text and `?` any character. Letter case means nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vendor_titles: Vec<String>,
}

/// Rules for one field. What is not said stays as built in (see `docs/field-map.md`). A field with two
/// ends is one of your own (see `docs/mapping.md`); `vendors`, `profiles` and `contacts` take them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FieldSettings {
    /// Of a field of your own: the native field in UpGuard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upguard: Option<String>,
    /// Of a field of your own, in place of `upguard`: a text made of the fields of a vendor or person, for
    /// one way only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
    /// Of a field of your own: the native field in HighLevel; a custom field by its key, `contact.KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlevel: Option<String>,
    /// Of a field of your own: which way values go. Not said: both ways, as far as the ends can be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
    /// Of a field of your own: how the two sides write what both mean; `text`, `email`, `phone`,
    /// `web_address`, `number`, `date`, `yes_no`, `caseless`, `upper`, `lower`, or a lens of your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
    /// Of a field of your own: values as its source holds them, of which it is proven that they come back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Cell>,
    /// Whether the field is mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Who wins if both sides changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleName>,
    /// For `last_write_wins`: what happens where the times do not decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// First agreement, both have different values: whose is adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Fallback>,
    /// When the winner's value is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
    /// What happens if a value wins whose partner cannot be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// Who wins if both sides changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleName {
    /// The later change.
    LastWriteWins,
    /// UpGuard.
    PreferUpguard,
    /// HighLevel.
    PreferHighlevel,
    /// Neither; a person is asked.
    Hold,
}

/// Settings that parse but make no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {says}")]
pub struct Problem {
    /// The key, as in the file: `mapping.vendors.fields.fax`.
    pub place: String,
    /// What is wrong.
    pub says: String,
    /// What would be right, if that is not plain.
    pub hint: Option<String>,
    /// Where in the text that stands there, in bytes, if not all of it is meant.
    pub within: Option<Range<usize>>,
}
