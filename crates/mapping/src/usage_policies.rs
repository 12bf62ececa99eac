//! Which task does the usage policy of an app become once it moved? The built-in mapping `usage_policies`, and
//! what a person may say about it. Off until it is asked for.
//!
//! UpGuard does not say when a policy moved (`upguard.md` §6), so what it was when the app was first seen is
//! remembered, and a move is what differs from that. Policies cannot be written: people complete the task, and
//! the next move opens it again.

use std::collections::BTreeMap;

use concordat_model::Resource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::rules::Mapping;
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

/// The mapping. `anchor`: the contact at which the tasks stand.
pub(crate) fn usage_policies(policies: &UsagePolicies, anchor: &str) -> Mapping {
    let of = ("usage_policies", Resource::App);
    Found::once_moved(of, (tasks::at(anchor), "policy"), policies.due_days).mapping()
}
