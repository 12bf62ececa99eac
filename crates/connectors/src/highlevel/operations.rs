//! Which operations of HighLevel are used (`highlevel.md` §5)? No upsert; one bulk route, for one contact at a
//! time, since there is no other way to set its business; and a contact or a task is deleted only where the
//! settings have that.

use concordat_model::{Resource, Side};
use concordat_remote::Method;

use crate::operation::{Effect, Needs, Operation};

const fn operation(
    method: Method,
    template: &'static str,
    permission: &'static str,
    effect: Effect,
) -> Operation {
    Operation { side: Side::Highlevel, method, template, permission, effect }
}

const fn read(template: &'static str, permission: &'static str) -> Operation {
    operation(Method::Get, template, permission, Effect::Reads)
}

pub(super) const LOCATION: Operation = read("/locations/{locationId}", "locations.readonly");
pub(super) const CUSTOM_FIELDS: Operation =
    read("/locations/{locationId}/customFields", "locations/customFields.readonly");
pub(super) const DEFINE: Operation = operation(
    Method::Post,
    "/locations/{locationId}/customFields",
    "locations/customFields.write",
    Effect::Makes,
);
pub(super) const CONTACTS: Operation =
    operation(Method::Post, "/contacts/search", "contacts.readonly", Effect::Reads);
pub(super) const CONTACT: Operation = read("/contacts/{contactId}", "contacts.readonly");
pub(super) const DUPLICATE: Operation = read("/contacts/search/duplicate", "contacts.readonly");
/// Shown to a person who looks at one record, and asked before a contact is deleted.
pub(super) const APPOINTMENTS: Operation =
    read("/contacts/{contactId}/appointments", "contacts.readonly");
pub(super) const CONTACTS_OF: Operation =
    read("/contacts/business/{businessId}", "contacts.readonly");
pub(super) const CREATE_CONTACT: Operation =
    operation(Method::Post, "/contacts/", "contacts.write", Effect::Makes);
pub(super) const UPDATE_CONTACT: Operation =
    operation(Method::Put, "/contacts/{contactId}", "contacts.write", Effect::Changes);
/// With all that stands at it. Whether a second one is answered alike is not published (§6.7).
pub(super) const DELETE_CONTACT: Operation =
    operation(Method::Delete, "/contacts/{contactId}", "contacts.write", Effect::Changes);
/// Adding and removing by name: twice is once (§6.5).
pub(super) const ADD_TAGS: Operation =
    operation(Method::Post, "/contacts/{contactId}/tags", "contacts.write", Effect::Changes);
pub(super) const REMOVE_TAGS: Operation =
    operation(Method::Delete, "/contacts/{contactId}/tags", "contacts.write", Effect::Changes);
/// No scope is stated; the other writes to contacts need this one. Setting and clearing by value: twice is
/// once (§11).
pub(super) const LINK_BUSINESS: Operation =
    operation(Method::Post, "/contacts/bulk/business", "contacts.write", Effect::Changes);
pub(super) const BUSINESSES: Operation = read("/businesses/", "businesses.readonly");
pub(super) const BUSINESS: Operation = read("/businesses/{businessId}", "businesses.readonly");
pub(super) const CREATE_BUSINESS: Operation =
    operation(Method::Post, "/businesses/", "businesses.write", Effect::Makes);
pub(super) const UPDATE_BUSINESS: Operation =
    operation(Method::Put, "/businesses/{businessId}", "businesses.write", Effect::Changes);

pub(super) const TASKS: Operation = operation(
    Method::Post,
    "/locations/{locationId}/tasks/search",
    "locations/tasks.readonly",
    Effect::Reads,
);
pub(super) const TASKS_OF: Operation = read("/contacts/{contactId}/tasks", "contacts.readonly");
pub(super) const TASK: Operation =
    read("/contacts/{contactId}/tasks/{taskId}", "contacts.readonly");
pub(super) const CREATE_TASK: Operation =
    operation(Method::Post, "/contacts/{contactId}/tasks", "contacts.write", Effect::Makes);
pub(super) const UPDATE_TASK: Operation = operation(
    Method::Put,
    "/contacts/{contactId}/tasks/{taskId}",
    "contacts.write",
    Effect::Changes,
);
pub(super) const COMPLETE_TASK: Operation = operation(
    Method::Put,
    "/contacts/{contactId}/tasks/{taskId}/completed",
    "contacts.write",
    Effect::Changes,
);
pub(super) const DELETE_TASK: Operation = operation(
    Method::Delete,
    "/contacts/{contactId}/tasks/{taskId}",
    "contacts.write",
    Effect::Changes,
);

pub(super) const NOTES: Operation = read("/contacts/{contactId}/notes", "contacts.readonly");
pub(super) const NOTE: Operation =
    read("/contacts/{contactId}/notes/{noteId}", "contacts.readonly");
pub(super) const CREATE_NOTE: Operation =
    operation(Method::Post, "/contacts/{contactId}/notes", "contacts.write", Effect::Makes);

pub(super) const UPDATE_NOTE: Operation = operation(
    Method::Put,
    "/contacts/{contactId}/notes/{noteId}",
    "contacts.write",
    Effect::Changes,
);

static ALL: [Operation; 29] = [
    LOCATION,
    CUSTOM_FIELDS,
    DEFINE,
    CONTACTS,
    CONTACT,
    DUPLICATE,
    APPOINTMENTS,
    CONTACTS_OF,
    CREATE_CONTACT,
    UPDATE_CONTACT,
    DELETE_CONTACT,
    ADD_TAGS,
    REMOVE_TAGS,
    LINK_BUSINESS,
    BUSINESSES,
    BUSINESS,
    CREATE_BUSINESS,
    UPDATE_BUSINESS,
    TASKS,
    TASKS_OF,
    TASK,
    CREATE_TASK,
    UPDATE_TASK,
    COMPLETE_TASK,
    DELETE_TASK,
    NOTES,
    NOTE,
    CREATE_NOTE,
    UPDATE_NOTE,
];

/// Every operation of HighLevel that concordat uses.
pub fn operations() -> &'static [Operation] {
    &ALL
}

/// Requests a day that are documented, of one app in one location (§3).
pub const REQUESTS_PER_DAY: u64 = 200_000;

/// What every run calls.
pub const ALWAYS: &[Operation] = &[LOCATION];

/// What is called for records of this resource.
pub fn needs(resource: Resource) -> Needs {
    match resource {
        Resource::Contact => Needs {
            reads: &[CUSTOM_FIELDS, CONTACTS, CONTACT, DUPLICATE],
            writes: &[
                CREATE_CONTACT,
                UPDATE_CONTACT,
                DELETE_CONTACT,
                ADD_TAGS,
                REMOVE_TAGS,
                LINK_BUSINESS,
            ],
        },
        Resource::Business => {
            Needs { reads: &[BUSINESSES, BUSINESS], writes: &[CREATE_BUSINESS, UPDATE_BUSINESS] }
        }
        Resource::Task => Needs {
            reads: &[TASKS, TASKS_OF, TASK],
            writes: &[CREATE_TASK, UPDATE_TASK, COMPLETE_TASK, DELETE_TASK],
        },
        Resource::Note => Needs { reads: &[NOTES, NOTE], writes: &[CREATE_NOTE, UPDATE_NOTE] },
        Resource::CustomField => Needs { reads: &[CUSTOM_FIELDS], writes: &[DEFINE] },
        Resource::Vendor
        | Resource::VendorContact
        | Resource::Threat
        | Resource::Comment
        | Resource::Notification
        | Resource::VendorNote
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire => Needs::NOTHING,
    }
}

/// Makes access tokens (§2); nothing else is called with the app's own credentials.
pub const SIGN_IN: Operation = operation(Method::Post, "/oauth/token", "-", Effect::Makes);
/// Makes the access token of a location (§2); nothing else is called with that of an agency.
pub const LOCATION_TOKEN: Operation =
    operation(Method::Post, "/oauth/locationToken", "oauth.write", Effect::Makes);
/// What opens a location, where somebody signed in. All send forms.
pub const SIGNING: &[Operation] = &[SIGN_IN, LOCATION_TOKEN];
