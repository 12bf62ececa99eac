//! Which kinds of records are there, on which side, and what is true of each kind? Facts about the two
//! systems, from the API sheets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Path, Side};

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
    /// UpGuard: one kind of risk at one vendor, on whichever of its hosts. Read-only.
    Risk,
    /// HighLevel: the definition of a field that every contact of the location then has.
    CustomField,
    /// UpGuard: a person to whom our Trust Center is shown, or who asked for that. Read-only.
    Lead,
    /// UpGuard: a decision to live with a risk of our own organisation, for good or for some time. Read-only.
    Waiver,
    /// UpGuard: an app that our own people use, and what is decided about its use. Read-only.
    App,
    /// UpGuard: questions that were sent to a vendor. Read-only.
    Questionnaire,
}

impl Resource {
    /// Every resource, in a fixed order.
    pub const ALL: [Resource; 17] = [
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
        Resource::Risk,
        Resource::CustomField,
        Resource::Lead,
        Resource::Waiver,
        Resource::App,
        Resource::Questionnaire,
    ];

    /// The side that holds it.
    pub fn side(self) -> Side {
        match self {
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Comment
            | Resource::Notification
            | Resource::VendorNote => Side::Upguard,
            Resource::Business
            | Resource::Contact
            | Resource::Task
            | Resource::Note
            | Resource::CustomField => Side::Highlevel,
        }
    }

    /// The resource whose records own it, if it can only be listed per owner (`upguard.md` §4.2:
    /// vendor contacts have no list of their own, §4.6: nor have questionnaires, §4.1: the list of vendors
    /// lacks their notes, §4.4: comments stand in their threat; `highlevel.md` §8: notes are listed by
    /// contact).
    pub fn parent(self) -> Option<Resource> {
        match self {
            Resource::VendorContact | Resource::VendorNote | Resource::Questionnaire => {
                Some(Resource::Vendor)
            }
            Resource::Comment => Some(Resource::Threat),
            Resource::Note => Some(Resource::Contact),
            Resource::Vendor
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Risk
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::Notification
            | Resource::CustomField => None,
        }
    }

    /// The resource whose records own it: without its owner one is not there. It may be listed with all
    /// others (`upguard.md` §4.5: risks are listed by kind), or by its owner alone.
    pub fn owner(self) -> Option<Resource> {
        match self {
            Resource::Risk => Some(Resource::Vendor),
            Resource::Vendor
            | Resource::VendorContact
            | Resource::VendorNote
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::CustomField => self.parent(),
        }
    }

    /// Whether far fewer of them than before are a sign that a side shows too little. Not of what everybody
    /// hopes to see the last of, of what is shown for some time only, nor of what is asked for only of owners
    /// that may have something to say: how many of those are known depends on who was asked.
    pub fn is_counted(self) -> bool {
        match self {
            Resource::Risk
            | Resource::Waiver
            | Resource::Notification
            | Resource::Comment
            | Resource::Note
            | Resource::VendorNote => false,
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::App
            | Resource::Task
            | Resource::CustomField => true,
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
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::VendorNote
            | Resource::CustomField => false,
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
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::VendorNote
            | Resource::CustomField => false,
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
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => false,
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
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => None,
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
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => None,
        }
    }

    /// What the side itself calls one of them.
    pub fn entity(self) -> &'static str {
        match self {
            Resource::Vendor => "vendor",
            Resource::VendorContact | Resource::Contact => "contact",
            Resource::Business => "business",
            Resource::Threat => "threat",
            Resource::Disclosure => "disclosure",
            Resource::Risk => "risk",
            Resource::Questionnaire => "questionnaire",
            Resource::Lead => "lead",
            Resource::Waiver => "waiver",
            Resource::App => "app",
            Resource::Task => "task",
            Resource::Comment => "comment",
            Resource::Note => "note",
            Resource::Notification => "notification",
            Resource::VendorNote => "vendor note",
            Resource::CustomField => "custom field",
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
            Resource::Risk => "risk",
            Resource::Questionnaire => "questionnaire",
            Resource::Lead => "lead",
            Resource::Waiver => "waiver",
            Resource::App => "app",
            Resource::Task => "task",
            Resource::Comment => "comment",
            Resource::Note => "note",
            Resource::Notification => "notification",
            Resource::VendorNote => "vendor note",
            Resource::CustomField => "custom field",
        }
    }
}
