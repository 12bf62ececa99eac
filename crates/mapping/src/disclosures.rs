//! Which task does a disclosed data leak become, and what may a task do to its disclosure? The built-in
//! mapping `disclosures`, and what a person may say about it. Off until it is asked for.
//!
//! A new status is told to people who work in UpGuard, and may end or begin their work (`upguard.md`
//! §4.6), so it is off until the settings allow it by name.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Path, Resource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::gates::{Gate, Gates, Reopening};
use crate::lens::{Ending, Lens};
use crate::rules::{Due, Mapping};
use crate::settings::FieldSettings;
use crate::tasks::{self, Found};

/// `[mapping.disclosures]`: UpGuard disclosures of data leaks and HighLevel tasks. It needs
/// `[mapping.anchors]` to name the contact at which tasks about our own organisation stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Disclosures {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What a task may do to its disclosure: `close`, `reopen`.
    pub allow: BTreeSet<Move>,
    /// The status of a disclosure whose task is completed.
    pub ending: Ending,
    /// What goes with a new status, in words.
    pub comment: String,
    /// Who changes the status, by e-mail address: somebody with the role "Data Leaks" in UpGuard. Not
    /// said: nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What becomes of a task whose disclosure is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due.
    pub due_days: u16,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Disclosures {
    fn default() -> Self {
        Disclosures {
            enabled: false,
            allow: BTreeSet::new(),
            ending: Ending::default(),
            comment: "As its task in HighLevel says".into(),
            user: None,
            gone: WhenGone::default(),
            due_days: 7,
            fields: BTreeMap::new(),
        }
    }
}

/// What a task may do to its disclosure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// End it.
    Close,
    /// Have it investigated again.
    Reopen,
}

impl From<Move> for Gate {
    fn from(it: Move) -> Gate {
        match it {
            Move::Close => Gate::Close,
            Move::Reopen => Gate::Reopen,
        }
    }
}

/// What the settings allow a task to do to its disclosure.
pub(crate) fn gates(disclosures: &Disclosures) -> Gates {
    let said = [("comment", Some(&disclosures.comment)), ("user_email", disclosures.user.as_ref())];
    let said: BTreeMap<Path, Value> = said
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?.trim())))
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (Path::from(name), Value::text(text)))
        .collect();
    Gates {
        allowed: disclosures.allow.iter().copied().map(Gate::from).collect(),
        closing: Some(said.clone()),
        reopening: Reopening::With(said),
    }
}

/// The statuses with which a disclosure is over (`upguard.md` §4.6).
const OVER: [&str; 4] =
    ["ClosedNoIssue", "ClosedRiskAccepted", "ClosedFixedUnverified", "ClosedFixedVerified"];

/// The mapping. `anchor`: the contact at which the tasks stand.
pub(crate) fn disclosures(disclosures: &Disclosures, anchor: &str) -> Mapping {
    let found = Found {
        name: "disclosures",
        resource: Resource::Disclosure,
        called: None,
        body: "summary",
        place: tasks::at(anchor),
        baseline: None,
        over: ("status", Lens::Ended(disclosures.ending)),
        unless: OVER.map(|it| (Path::from("status"), Value::text(it))).into(),
        // It has a severity from 1 to 10 (§4.6), and nothing says what is pressing.
        due: Due {
            at: None,
            severity: "severity".into(),
            since: "disclosed".into(),
            days: BTreeMap::new(),
            otherwise: disclosures.due_days,
        },
    };
    found.mapping()
}
