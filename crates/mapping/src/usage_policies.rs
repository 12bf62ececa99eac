//! Which task does the usage policy of an app become once it moved? The built-in mapping `usage_policies`, and
//! what a person may say about it. Off until it is asked for.
//!
//! UpGuard does not say when a policy moved (`upguard.md` §6), so what it was when the app was first seen is
//! remembered, and a move is what differs from that. Policies cannot be written: people complete the task, and
//! the next move opens it again.

use std::collections::BTreeMap;

use concordat_model::{Field, Resource, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::lens::Lens;
use crate::rules::{Baseline, Due, Mapping};
use crate::settings::FieldSettings;
use crate::tasks::{self, Found};

/// `[mapping.usage_policies]`: usage policies of the apps that our people use, and HighLevel tasks where one
/// moved. It needs `[mapping.anchors]` to name the contact at which tasks about our own organisation stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UsagePolicies {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What becomes of a task whose app is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due.
    pub due_days: u16,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for UsagePolicies {
    fn default() -> Self {
        UsagePolicies {
            enabled: false,
            gone: WhenGone::default(),
            due_days: 7,
            fields: BTreeMap::new(),
        }
    }
}

/// The field by which it is seen that a policy moved.
const STATE: &str = "state";

/// The mapping. `anchor`: the contact at which the tasks stand.
pub(crate) fn usage_policies(policies: &UsagePolicies, anchor: &str) -> Mapping {
    let found = Found {
        name: "usage_policies",
        resource: Resource::App,
        called: None,
        place: tasks::at(anchor),
        baseline: Some(Baseline::Until(Field::new(STATE))),
        over: ("policy", Lens::Anew),
        unless: Vec::new(),
        // Nothing says how pressing it is, nor since when: it is due so many days after it was seen.
        due: Due {
            at: None,
            severity: "severity".into(),
            since: "moved".into(),
            days: BTreeMap::new(),
            otherwise: policies.due_days,
        },
    };
    let mut mapping = found.mapping();
    // Of a task that is found again, nobody knows for which move people completed it: then it stays so.
    let state = mapping.fields.iter_mut().filter(|it| it.name == Field::new(STATE));
    state.for_each(|it| it.adopt = Some(Side::Highlevel));
    mapping
}
