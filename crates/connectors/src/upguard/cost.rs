//! Which operations does a question or a write take (`upguard.md` §3)? As `send.rs`, `comments.rs` and
//! `disclosures.rs` do it, if each succeeds.

use concordat_model::{Held, Resource, Step, Value};
use concordat_remote::Ask;

use super::operations as the;
use super::wire::threat::{INVESTIGATOR, REMEDIATING, STATUS};
use super::wire::vendor::{LABELS, TIER};
use crate::operation::Operation;

/// What is asked for the account.
pub(crate) const OPENING: &[Operation] = &[the::ORGANISATION];

/// The operations of `ask`.
pub(crate) fn asked(ask: Ask, step: &Step) -> Vec<Operation> {
    match ask {
        Ask::Read(resource) => read(resource).into_iter().collect(),
        // Only comments are made here.
        Ask::Find { .. } if step.resource == Resource::Comment => vec![the::THREAT],
        Ask::Find { .. } => Vec::new(),
        Ask::Send => send(step),
    }
}

fn read(resource: Resource) -> Option<Operation> {
    match resource {
        Resource::Vendor | Resource::VendorNote => Some(the::VENDOR),
        Resource::VendorContact => Some(the::CONTACT),
        Resource::Threat | Resource::Comment => Some(the::THREAT),
        Resource::Disclosure => Some(the::DISCLOSURES),
        Resource::Lead => Some(the::TRUST_CENTER),
        Resource::Waiver => Some(the::OWN_RISKS),
        Resource::App => Some(the::APPS),
        Resource::Risk => Some(the::RISK_VENDORS),
        Resource::Questionnaire => Some(the::QUESTIONNAIRE),
        Resource::Notification
        | Resource::Business
        | Resource::Contact
        | Resource::Task
        | Resource::Note
        | Resource::CustomField => None,
    }
}

fn send(step: &Step) -> Vec<Operation> {
    match step.resource {
        Resource::Vendor => vendor(step),
        Resource::Threat => threat(step),
        Resource::Comment => vec![the::ADD_COMMENT],
        Resource::Disclosure => vec![the::DISCLOSURE_STATUS],
        Resource::VendorContact
        | Resource::VendorNote
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire
        | Resource::Notification
        | Resource::Business
        | Resource::Contact
        | Resource::Task
        | Resource::Note
        | Resource::CustomField => Vec::new(),
    }
}

/// Attributes together, labels and tier each on its own (§4.3).
fn vendor(step: &Step) -> Vec<Operation> {
    let is_sent = |operation: &Operation| {
        step.fields.iter().any(|field| match field.path.as_str() {
            LABELS => *operation == the::LABELS,
            TIER => *operation == the::TIER,
            _ => *operation == the::ATTRIBUTES,
        })
    };
    [the::ATTRIBUTES, the::LABELS, the::TIER].into_iter().filter(is_sent).collect()
}

/// As the threat stood when the plan was made (§4.4).
fn threat(step: &Step) -> Vec<Operation> {
    let text = |held: &Held| held.as_ref().and_then(Value::as_text).map(str::to_owned);
    let field = |path: &str| step.fields.iter().find(|it| it.path.as_str() == path);
    let assigned = field(INVESTIGATOR).map(|_| the::ASSIGN);
    let moved = field(STATUS).and_then(|it| {
        match (text(&it.before).as_deref(), text(&it.after).as_deref()) {
            (Some(REMEDIATING), Some("closed")) => Some(the::CLOSE_REQUEST),
            (_, Some("closed")) => Some(the::CLOSE),
            (Some("closed"), _) => Some(the::REOPEN),
            // The assignment does it.
            (_, _) => None,
        }
    });
    assigned.into_iter().chain(moved).collect()
}
