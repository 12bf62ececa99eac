//! Which task does a risk at a vendor become? The built-in mapping `risks`, and what a person may say about
//! it. Off until it is asked for.
//!
//! Risks cannot be written (`upguard.md` §2), so a task that people complete stays completed.

use std::collections::BTreeMap;

use concordat_model::{Path, Resource, Severity, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Stands;
use crate::archive::WhenGone;
use crate::lens::Lens;
use crate::rules::{Baseline, Mapping, Place};
use crate::settings::FieldSettings;
use crate::tasks::Found;
use crate::threats::DueDays;

/// `[mapping.risks]`: risks that UpGuard found at vendors, and HighLevel tasks at the vendors' contacts.
/// What was there at the first agreement gets no task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Risks {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// How severe a risk has to be to become a task.
    pub severity: Severity,
    /// So many tasks that are not completed stand at any one contact; more wait.
    pub per_contact: u16,
    /// What becomes of a task whose risk is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due, by the severity of its risk.
    pub due_days: DueDays,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Risks {
    fn default() -> Self {
        Risks {
            enabled: false,
            severity: Severity::Critical,
            per_contact: 5,
            gone: WhenGone::default(),
            due_days: DueDays::default(),
            fields: BTreeMap::new(),
        }
    }
}

/// The mapping. `stands`: how a vendor's contact is found.
pub(crate) fn risks(risks: &Risks, stands: Stands) -> Mapping {
    let below = Severity::ALL.into_iter().filter(|it| *it < risks.severity);
    let below = below.map(|it| (Path::from("severity"), Value::text(it.word())));
    let waived = (Path::from("waived"), Value::Bool(true));
    let found = Found {
        name: "risks",
        resource: Resource::Risk,
        called: None,
        body: "summary",
        place: Place::Vendor { stands, most: risks.per_contact },
        over: ("waived", Lens::Plain),
        unless: below.chain([waived]).collect(),
        baseline: Some(Baseline::Since("detected".into())),
        due: risks.due_days.due("detected"),
    };
    found.mapping()
}
