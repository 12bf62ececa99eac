//! Which native fields may a person name as the end of a field, and how? Those that the API sheets say are
//! there, and those that an account defines itself.

use concordat_model::{Path, Resource};

use crate::capability::{ATTRIBUTE, CUSTOM};
use crate::named::Keeps;
use crate::nearest::nearest;

/// How HighLevel begins the key of a contact's custom field (`highlevel.md` §6.4).
pub const FIELD_KEY: &str = "contact.";

/// The native field of `resource` that `text` names; else what is wrong, and what would be right.
pub(crate) fn end(
    resource: Resource,
    is_replica: bool,
    text: &str,
) -> Result<Path, (String, Option<String>)> {
    // Of what several contacts carry of a vendor, only custom fields are theirs to lose.
    let only_custom = is_replica && resource == Resource::Contact;
    let fields = if only_custom { &[] } else { fields(resource) };
    if let Some(name) = text.strip_prefix(ATTRIBUTE).filter(|_| resource == Resource::Vendor) {
        return match name.trim() == name && !name.is_empty() {
            true => Ok(Path::new(text)),
            false => Err(("an attribute has a name, without spaces around it".into(), None)),
        };
    }
    if let Some(key) = text.strip_prefix(FIELD_KEY).filter(|_| resource == Resource::Contact) {
        return custom(key);
    }
    if fields.contains(&text) {
        return Ok(Path::new(text));
    }
    let near = nearest(text, fields.iter().copied());
    let hint = match (elsewhere(resource, text), near) {
        (Some(hint), _) => hint.to_owned(),
        (None, Some(near)) => format!("did you mean {near:?}?"),
        (None, None) => {
            let open = [
                (Resource::Vendor, "\"attributes.NAME\""),
                (Resource::Contact, "\"contact.KEY\", a custom field by its key"),
            ];
            let open = open.into_iter().filter(|(it, _)| *it == resource).map(|(_, it)| it);
            let known = fields.iter().map(|it| format!("{it:?}"));
            let known: Vec<String> = known.chain(open.map(str::to_owned)).collect();
            format!("there are {}", known.join(", "))
        }
    };
    Err((
        format!(
            "{} {} has no field {text:?} that could be mapped here",
            resource.side(),
            resource.noun()
        ),
        Some(hint),
    ))
}

/// How a person names the native field `path` in the configuration.
pub fn said(path: &Path) -> String {
    match path.as_str().strip_prefix(CUSTOM) {
        Some(key) => format!("{FIELD_KEY}{key}"),
        None => path.to_string(),
    }
}

/// The path of the custom field with this key. HighLevel makes keys of names: small letters, and `_` for
/// everything else.
fn custom(key: &str) -> Result<Path, (String, Option<String>)> {
    let plain = |it: char| it.is_alphanumeric() && !it.is_uppercase() || it == '_';
    if key == "concordat_id" {
        return Err(("this custom field holds concordat's own mark".into(), None));
    }
    if !key.is_empty() && key.chars().all(plain) {
        return Ok(Path::new(format!("{CUSTOM}{key}")));
    }
    let tidy: String = key
        .trim()
        .to_lowercase()
        .chars()
        .map(|it| if it.is_alphanumeric() { it } else { '_' })
        .collect();
    let hint = (!tidy.is_empty()).then(|| format!("did you mean \"{FIELD_KEY}{tidy}\"?"));
    let says = "the key of a custom field has small letters, digits and underscores; HighLevel shows \
                it in Settings, Custom Fields";
    Err((says.into(), hint))
}

/// The native fields that a person may name, those left out that an account defines itself (`upguard.md`
/// §4.1–4.3, `highlevel.md` §6.1 and §9). Each of them has a capability.
pub fn fields(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Vendor => &["name", "primary_hostname", "tier", "score", "assessment"],
        Resource::VendorContact => {
            &["name", "title", "email_address", "phone_mobile", "notes", "vendor.name"]
        }
        Resource::Business => &[
            "name",
            "phone",
            "email",
            "website",
            "address",
            "city",
            "state",
            "postalCode",
            "country",
            "description",
        ],
        Resource::Contact => &[
            "firstName",
            "lastName",
            "email",
            "phone",
            "address1",
            "city",
            "state",
            "postalCode",
            "country",
            "website",
            "companyName",
        ],
        Resource::Threat
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
        | Resource::CustomField => &[],
    }
}

/// Where something belongs that is there, but not to be mapped like this.
fn elsewhere(resource: Resource, text: &str) -> Option<&'static str> {
    match (resource, text) {
        (Resource::Vendor, "labels") | (Resource::Contact, "tags") => {
            Some("labels and tags are sets, merged element by element: see [mapping.labels]")
        }
        (Resource::Business, text) if text.starts_with(FIELD_KEY) => {
            Some("custom fields of contacts belong to [mapping.profiles.fields.NAME]")
        }
        (Resource::Contact, "source" | "dnd") => {
            Some("it is set when a contact is made: see [mapping.contacts.create]")
        }
        (Resource::Contact, "businessId") => {
            Some("a contact stands under its vendor's business: see [mapping.contacts], business")
        }
        (Resource::Contact, text) if text.starts_with(CUSTOM) => {
            Some("a custom field is named by its key in HighLevel: \"contact.KEY\"")
        }
        (Resource::Vendor, text) if text.starts_with("attribute") => {
            Some("an attribute is named \"attributes.NAME\", with its capitals")
        }
        (_, _) => None,
    }
}

pub(crate) fn keeps(path: &Path) -> Keeps {
    match path.as_str() {
        "tier" | "score" => Keeps::Number,
        custom if custom.starts_with(CUSTOM) => Keeps::AsDefined,
        _ => Keeps::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::capability;

    #[test]
    fn every_field_that_may_be_named_has_a_capability() {
        for resource in Resource::ALL {
            for field in fields(resource) {
                assert!(
                    capability(resource, &Path::from(*field)).is_some(),
                    "{resource:?} {field}"
                );
            }
        }
    }
}
