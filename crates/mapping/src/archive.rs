//! How does a record say that what it stood for is gone? In a native field that both systems' people
//! see: a contact by a tag, a task by being done. Or is it deleted? Knows nothing of when that is so.

use std::collections::BTreeSet;

use concordat_model::{Held, MappingName, Path, Resource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// What becomes of a record that was made for one that is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenGone {
    /// It is archived.
    #[default]
    Archive,
    /// It is deleted, if we made it and nobody else has touched it; if not, it is archived.
    Delete,
}

/// The mappings that delete what they made for a record that is gone.
pub(crate) fn deleting(settings: &Settings) -> BTreeSet<MappingName> {
    let wishes = [
        ("contacts", settings.contacts.gone),
        ("leads", settings.leads.gone),
        ("threats", settings.threats.gone),
        ("disclosures", settings.disclosures.gone),
        ("risks", settings.risks.gone),
        ("waivers", settings.waivers.gone),
        ("usage_policies", settings.usage_policies.gone),
        ("questionnaires", settings.questionnaires.gone),
        ("vendor_tiers", settings.vendor_tiers.gone),
        ("vendor_assessments", settings.vendor_assessments.gone),
    ];
    let deleting = wishes.into_iter().filter(|(_, it)| *it == WhenGone::Delete);
    deleting.map(|(name, _)| MappingName::new(name)).collect()
}

/// The tag of an archived contact. Outside the namespace of labels, which are a vendor's.
const TAG: &str = "concordat:archived";

/// Where a record says it, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The native field.
    pub path: Path,
    sign: Sign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    /// By an element of a set.
    Element(&'static str),
    /// By being yes.
    Flag,
}

/// How a record of `resource` is archived; nothing: it has no documented field for that.
pub fn archive(resource: Resource) -> Option<Archive> {
    let (path, sign) = match resource {
        Resource::Contact => ("tags", Sign::Element(TAG)),
        Resource::Task => ("completed", Sign::Flag),
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
        | Resource::Comment
        | Resource::Note
        | Resource::Notification
        | Resource::VendorNote
        | Resource::CustomField => return None,
    };
    Some(Archive { path: path.into(), sign })
}

impl Archive {
    /// What the field holds once its record is archived (`on`), or is not any more.
    pub fn put(&self, held: &Held, on: bool) -> Held {
        match self.sign {
            Sign::Flag => Some(Value::Bool(on)),
            Sign::Element(tag) => {
                let mut set = match held {
                    Some(Value::Set(set)) => set.clone(),
                    Some(_) | None => BTreeSet::new(),
                };
                match on {
                    true => set.insert(tag.to_owned()),
                    false => set.remove(tag),
                };
                (!set.is_empty()).then_some(Value::Set(set))
            }
        }
    }
}
