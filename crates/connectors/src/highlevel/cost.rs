//! Which operations does a question or a write take (`highlevel.md` §5)? As `find.rs`, `send.rs` and `tasks.rs`
//! do it, if each succeeds.

use std::collections::BTreeSet;

use concordat_model::{Action, Held, Path, Resource, Step, Value};
use concordat_remote::Ask;

use super::deletion::Deletable;
use super::operations as the;
use super::wire::contact::{BUSINESS, TAGS};
use super::wire::task::COMPLETED;
use crate::operation::Operation;

/// What is asked for the account.
pub(crate) const OPENING: &[Operation] = &[the::LOCATION, the::CUSTOM_FIELDS];

/// What is gone through, page by page, where nothing can be searched (§9).
pub(crate) const LISTED_TO_FIND: Operation = the::BUSINESSES;

/// Whether what the step makes is looked for in a listing of all.
pub(crate) fn lists_to_find(step: &Step) -> bool {
    step.resource == Resource::Business && step.action == Action::Create
}

/// The operations of `ask`.
pub(crate) fn asked(ask: Ask, step: &Step, can_mark: bool) -> Vec<Operation> {
    match ask {
        Ask::Read(resource) => read(resource).into_iter().collect(),
        Ask::Find { .. } => find(step, can_mark),
        Ask::Send => send(step),
    }
}

fn read(resource: Resource) -> Option<Operation> {
    match resource {
        Resource::Contact => Some(the::CONTACT),
        Resource::Business => Some(the::BUSINESS),
        Resource::Task => Some(the::TASK),
        Resource::Note => Some(the::NOTE),
        Resource::CustomField => Some(the::CUSTOM_FIELDS),
        Resource::Vendor
        | Resource::VendorContact
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire
        | Resource::Comment
        | Resource::Notification
        | Resource::VendorNote => None,
    }
}

fn find(step: &Step, can_mark: bool) -> Vec<Operation> {
    match step.resource {
        Resource::Contact => {
            let is_looked_up = step.lookup.as_ref().is_some_and(|it| it.path.as_str() == "email");
            let is_searched = step.marker.is_some() && can_mark;
            let operations =
                [(is_looked_up, the::DUPLICATE), (is_searched, the::CONTACTS)].into_iter();
            operations.filter(|(is_asked, _)| *is_asked).map(|(_, it)| it).collect()
        }
        Resource::Task => vec![the::TASKS_OF],
        Resource::Note => vec![the::NOTES],
        Resource::CustomField => vec![the::CUSTOM_FIELDS],
        Resource::Business
        | Resource::Vendor
        | Resource::VendorContact
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire
        | Resource::Comment
        | Resource::Notification
        | Resource::VendorNote => Vec::new(),
    }
}

fn send(step: &Step) -> Vec<Operation> {
    let is_new = match step.action {
        Action::Create => true,
        Action::Update | Action::Archive => false,
        Action::Delete => return delete(step.resource),
    };
    let sent = step.sent();
    let sends = |about: fn(&Path) -> bool| sent.iter().any(|(path, _)| about(path));
    let operations: Vec<(bool, Operation)> = match (step.resource, is_new) {
        (Resource::Contact, true) => {
            vec![(true, the::CREATE_CONTACT), (sends(is_business), the::LINK_BUSINESS)]
        }
        (Resource::Contact, false) => {
            let [added, removed] = retagged(step);
            vec![
                (sends(is_member), the::UPDATE_CONTACT),
                (added, the::ADD_TAGS),
                (removed, the::REMOVE_TAGS),
                (sends(is_business), the::LINK_BUSINESS),
            ]
        }
        (Resource::Business, true) => vec![(true, the::CREATE_BUSINESS)],
        (Resource::Business, false) => vec![(true, the::UPDATE_BUSINESS)],
        (Resource::Task, true) => vec![(true, the::CREATE_TASK)],
        (Resource::Task, false) => vec![
            (sends(|path| path.as_str() != COMPLETED), the::UPDATE_TASK),
            (sends(|path| path.as_str() == COMPLETED), the::COMPLETE_TASK),
        ],
        (Resource::Note, true) => vec![(true, the::CREATE_NOTE)],
        (Resource::Note, false) => vec![(true, the::UPDATE_NOTE)],
        (Resource::CustomField, is_new) => vec![(is_new, the::DEFINE)],
        (
            Resource::Vendor
            | Resource::VendorContact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Comment
            | Resource::Notification
            | Resource::VendorNote,
            _,
        ) => Vec::new(),
    };
    operations.into_iter().filter(|(is_sent, _)| *is_sent).map(|(_, it)| it).collect()
}

/// What stands at a contact is asked for first.
fn delete(resource: Resource) -> Vec<Operation> {
    match Deletable::of(resource) {
        Some(Deletable::Contact) => {
            vec![the::NOTES, the::TASKS_OF, the::APPOINTMENTS, the::DELETE_CONTACT]
        }
        Some(Deletable::Task) => vec![the::DELETE_TASK],
        None => Vec::new(),
    }
}

/// Whether it is set by a request of its own (§6.1).
fn is_business(path: &Path) -> bool {
    path.as_str() == BUSINESS
}

/// Whether an update of a contact sends it.
fn is_member(path: &Path) -> bool {
    path.as_str() != TAGS
        && !is_business(path)
        // A business that is not there yet is named by its link.
        && Some(path) != Resource::Contact.names_by_link().as_ref()
}

/// Whether tags come, and whether tags go.
fn retagged(step: &Step) -> [bool; 2] {
    let Some(field) = step.fields.iter().find(|it| it.path.as_str() == TAGS) else {
        return [false, false];
    };
    let (before, after) = (tags(&field.before), tags(&field.after));
    [!after.is_subset(&before), !before.is_subset(&after)]
}

/// The side keeps them in small letters (§6.5).
fn tags(held: &Held) -> BTreeSet<String> {
    match held {
        Some(Value::Set(tags)) => tags.iter().map(|tag| tag.to_lowercase()).collect(),
        Some(
            Value::Text(_)
            | Value::Integer(_)
            | Value::Decimal(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_),
        )
        | None => BTreeSet::new(),
    }
}
