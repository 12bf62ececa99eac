//! What can each native field do: can it be written, emptied, and does the record's stamp move with
//! it? Facts about the two systems, from the API sheets; no opinion about what should be synced.

use concordat_model::{Held, Path, Resource, Value};

use crate::gates::Gate;
use crate::lens::ENDED;

/// When a field can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Never.
    Never,
    /// Only while the record is made.
    OnCreate,
    /// At any time.
    Always,
}

/// What one native field can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// When it can be written.
    pub access: Access,
    /// Whether it can be emptied.
    pub clearable: bool,
    /// Whether the record's stamp is known to move with it.
    pub stamped: bool,
}

pub(crate) const READ_ONLY: Capability =
    Capability { access: Access::Never, clearable: false, stamped: false };

/// The attributes of a vendor are native fields under this prefix.
pub const ATTRIBUTE: &str = "attributes.";

/// The custom fields of a contact are native fields under this prefix, by their key without
/// `contact.` (`highlevel.md` §6.4).
pub const CUSTOM: &str = "custom.";

/// Where a person's vendor stands in HighLevel: the id of its business. UpGuard does not know it, the
/// links of the vendors do.
pub const VENDOR_BUSINESS: &str = "vendor.business";

/// What `path` of `resource` can do; nothing: there is no such field.
///
/// Sources: `upguard.md` §4.1–4.6 and §6 (vendors, threats and disclosures carry no modification time; contacts are
/// read-only and stamped by `updated_at`), `highlevel.md` §6.1 (field matrix), §7 (tasks: a stamp in the
/// search only, and nothing published about what moves it), §8 (notes: no time of change) and §9
/// (businesses).
pub fn capability(resource: Resource, path: &Path) -> Option<Capability> {
    let written = |clearable, stamped| Capability { access: Access::Always, clearable, stamped };
    let once = Capability { access: Access::OnCreate, clearable: false, stamped: true };
    Some(match (resource, path.as_str()) {
        (Resource::Vendor, "name" | "primary_hostname" | "score" | "assessment") => READ_ONLY,
        (Resource::Vendor, "tier" | "labels") => written(true, false),
        (Resource::Vendor, attribute) if attribute.starts_with(ATTRIBUTE) => written(true, false),
        (
            Resource::VendorContact,
            "name" | "title" | "email_address" | "phone_mobile" | "notes",
        ) => Capability { stamped: true, ..READ_ONLY },
        (Resource::VendorContact, "vendor.name" | VENDOR_BUSINESS) => READ_ONLY,
        (Resource::Business, "name") => written(false, true),
        (
            Resource::Business,
            "phone" | "email" | "website" | "address" | "city" | "state" | "postalCode" | "country"
            | "description",
        ) => written(true, true),
        (Resource::Business, "marker") => once,
        (
            Resource::Contact,
            "firstName" | "lastName" | "email" | "phone" | "address1" | "city" | "state"
            | "website",
        ) => written(true, true),
        (Resource::Contact, "postalCode" | "country") => written(false, true),
        (Resource::Contact, "companyName" | "source" | "dnd" | "concordat_id") => once,
        // Whether a tag, a business or a custom field moves the stamp is not published (§8, §13).
        (Resource::Contact, "tags" | "businessId") => written(true, false),
        (Resource::Contact, custom) if custom.starts_with(CUSTOM) => written(true, false),
        (
            Resource::Threat,
            "title" | "summary" | "severity" | "detected" | "archived" | "dismissed" | "requested"
            | "comments",
        ) => READ_ONLY,
        (Resource::Threat, "threat_status" | "investigator") => written(false, false),
        (Resource::Lead, "name" | "email_address" | "company") => {
            Capability { stamped: true, ..READ_ONLY }
        }
        (Resource::App, "title" | "summary" | "policy") => READ_ONLY,
        (Resource::Waiver, "title" | "summary" | "severity" | "began" | "expires" | "ended") => {
            READ_ONLY
        }
        (Resource::Risk, "title" | "summary" | "severity" | "detected" | "waived") => READ_ONLY,
        (Resource::Questionnaire, "name" | "summary" | "sent" | "due" | "over") => READ_ONLY,
        (Resource::Disclosure, "title" | "summary" | "severity" | "disclosed") => READ_ONLY,
        (Resource::Disclosure, "status") => written(false, false),
        (Resource::Task, "title" | "completed") => written(false, false),
        (Resource::Task, "assignee") => written(true, false),
        (Resource::Task, "body" | "dueDate" | "marker" | "contactId") => once,
        (Resource::Comment, "author" | "created") => READ_ONLY,
        (Resource::Note, "added" | "color" | "pinned" | "userId") => READ_ONLY,
        (Resource::Notification, "description" | "type" | "occurred" | "about") => READ_ONLY,
        (Resource::VendorNote, "note") => READ_ONLY,
        // Comments cannot be changed (`upguard.md` §2).
        (Resource::Comment, "content" | "marker" | "threat") => once,
        (Resource::Note, "body") => written(false, false),
        (Resource::Note, "title" | "marker" | "contactId") => once,
        (
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
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
            | Resource::CustomField,
            _,
        ) => {
            return None;
        }
    })
}

/// What writing `after` into `path` of `resource` sets off outside the records, if anything (`upguard.md`
/// §2: writes with outside effects).
pub fn gate(resource: Resource, path: &Path, after: &Held) -> Option<Gate> {
    match (resource, path.as_str()) {
        (Resource::Threat, "threat_status") => {
            let closes = after.as_ref().and_then(Value::as_text) == Some("closed");
            Some(if closes { Gate::Close } else { Gate::Reopen })
        }
        (Resource::Threat, "investigator") => Some(Gate::Assign),
        (Resource::Disclosure, "status") => {
            let status = after.as_ref().and_then(Value::as_text);
            let ends = status.is_some_and(|it| it.starts_with(ENDED));
            Some(if ends { Gate::Close } else { Gate::Reopen })
        }
        (
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
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
            | Resource::CustomField,
            _,
        ) => None,
    }
}

/// Whether the stamp of a `resource` record is known to move with `path`.
pub fn is_stamped(resource: Resource, path: &Path) -> bool {
    capability(resource, path).is_some_and(|it| it.stamped)
}
