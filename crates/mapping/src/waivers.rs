//! Which task does a waiver of a risk of our own organisation become? The built-in mapping `waivers`, and what
//! a person may say about it. Off until it is asked for.
//!
//! Nobody waives a risk by API (`upguard.md` §2), so a task that people complete stays completed.

use std::collections::BTreeMap;

use concordat_model::{Path, Resource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::lens::Lens;
use crate::rules::{Due, Mapping};
use crate::settings::FieldSettings;
use crate::tasks::{self, Found};

/// `[mapping.waivers]`: waivers of risks of our own organisation, and HighLevel tasks. It needs
/// `[mapping.anchors]` to name the contact at which tasks about our own organisation stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Waivers {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What becomes of a task whose waiver is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days the task of a waiver is due that does not end by itself. Others are due when
    /// they end.
    pub review_days: u16,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Waivers {
    fn default() -> Self {
        Waivers {
            enabled: false,
            gone: WhenGone::default(),
            review_days: 90,
            fields: BTreeMap::new(),
        }
    }
}

/// The mapping. `anchor`: the contact at which the tasks stand.
pub(crate) fn waivers(waivers: &Waivers, anchor: &str) -> Mapping {
    let found = Found {
        name: "waivers",
        resource: Resource::Waiver,
        called: None,
        body: "summary",
        place: tasks::at(anchor),
        baseline: None,
        over: ("ended", Lens::Plain),
        unless: vec![(Path::from("ended"), Value::Bool(true))],
        due: Due {
            at: Some("expires".into()),
            severity: "severity".into(),
            since: "began".into(),
            days: BTreeMap::new(),
            otherwise: waivers.review_days,
        },
    };
    found.mapping()
}
