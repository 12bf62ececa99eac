//! Which contact does a person become who looks into our Trust Center? The built-in mapping `leads`, and what
//! a person may say about it. Off until it is asked for.
//!
//! Leads cannot be written (`upguard.md` §4.7). A contact is the CRM's: what it holds is never overwritten, and
//! somebody who is a contact of a vendor already stays just that.

use std::collections::BTreeMap;

use concordat_model::{MappingName, Resource, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::builtin::field;
use crate::contacts::creates;
use crate::lens::{Kind, Lens};
use crate::rules::{Alike, FieldRule, Joins, Key, Mapping, Strength, Unless};
use crate::settings::{FieldSettings, NewContact};

/// `[mapping.leads]`: people to whom our UpGuard Trust Center is shown, who asked for that or are invited, and
/// HighLevel contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Leads {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What becomes of a contact whose person is gone: `archive` tags it, `delete` deletes it.
    pub gone: WhenGone,
    /// How new HighLevel contacts arrive.
    pub create: NewContact,
    /// Rules for single fields, by name: `first_name`, `last_name`, `email`, `company`.
    pub fields: BTreeMap<String, FieldSettings>,
}

/// The mapping.
pub(crate) fn leads(leads: &Leads) -> Mapping {
    let resources = Sides { upguard: Resource::Lead, highlevel: Resource::Contact };
    let filled = |name, kind, upguard: (&str, Lens), highlevel| FieldRule {
        strength: Strength::Fill,
        ..field(resources, name, kind, upguard, (highlevel, Lens::Plain))
    };
    let company = filled("company", Kind::Text, ("company", Lens::Plain), "companyName");
    Mapping {
        name: MappingName::new("leads"),
        resources,
        fields: vec![
            filled("first_name", Kind::Text, ("name", Lens::FirstName), "firstName"),
            filled("last_name", Kind::Text, ("name", Lens::LastName), "lastName"),
            filled("email", Kind::Email, ("email_address", Lens::Plain), "email"),
            FieldRule { strength: Strength::Initial, ..company },
        ],
        sets: Vec::new(),
        identity: Sides::default(),
        joins: Joins::Alike(Box::new(Alike {
            keys: vec![Key {
                field: "email".into(),
                title: "e-mail address",
                unless: Some(Unless::NoCommonWord(vec!["first_name".into(), "last_name".into()])),
            }],
            gathers: false,
            creates: creates(&leads.create, Vec::new()),
        })),
    }
}
