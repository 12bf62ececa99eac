//! Which task does a questionnaire become that was sent to a vendor? The built-in mapping `questionnaires`, and
//! what a person may say about it. Off until it is asked for.
//!
//! Sending one writes to people outside, and none can be ended (`upguard.md` §2), so nothing of one is ever
//! written: a task that people complete stays completed.

use std::collections::BTreeMap;

use concordat_model::{Path, Resource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Stands;
use crate::archive::WhenGone;
use crate::lens::Lens;
use crate::rules::{Due, Mapping, Place};
use crate::settings::FieldSettings;
use crate::tasks::Found;

/// `[mapping.questionnaires]`: UpGuard questionnaires that were sent to vendors, and HighLevel tasks at the
/// vendors' contacts. One that is over before it has a task gets none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Questionnaires {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What becomes of a task whose questionnaire is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due whose questionnaire has no due date, from when it was sent.
    pub due_days: u16,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Questionnaires {
    fn default() -> Self {
        Questionnaires {
            enabled: false,
            gone: WhenGone::default(),
            due_days: 14,
            fields: BTreeMap::new(),
        }
    }
}

/// What a task is called: a questionnaire does not name the vendor to which it was sent.
const TITLE: &str = "'Questionnaire ' ~ (name ~ ': ' if name else 'to ') ~ (vendor.name or vendor.primary_hostname)";

/// The mapping. `stands`: how a vendor's contact is found.
pub(crate) fn questionnaires(questionnaires: &Questionnaires, stands: Stands) -> Mapping {
    let found = Found {
        name: "questionnaires",
        resource: Resource::Questionnaire,
        called: Some(TITLE.parse().expect("an expression that can be read")),
        body: "summary",
        // A vendor is asked a few things at a time, and each of them has to be answered.
        place: Place::Vendor { stands, most: u16::MAX },
        over: ("over", Lens::Plain),
        unless: vec![(Path::from("over"), Value::Bool(true))],
        baseline: None,
        due: Due {
            at: Some("due".into()),
            severity: "severity".into(),
            since: "sent".into(),
            days: BTreeMap::new(),
            otherwise: questionnaires.due_days,
        },
    };
    found.mapping()
}
