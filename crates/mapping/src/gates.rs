//! What may a write set off outside the records of both systems, and what goes with it? Somebody is told,
//! or has to do something (`upguard.md` §2), so each such gate is shut until the settings open it by name.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Path, Resource, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a write sets off.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// It is over: a threat or its remediation request is closed, or a disclosure.
    Close,
    /// What was closed is opened again.
    Reopen,
    /// Somebody is made a threat's investigator.
    Assign,
}

impl Gate {
    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Gate::Close => "close",
            Gate::Reopen => "reopen",
            Gate::Assign => "assign",
        }
    }

    /// Its name in a plan, where the gates of all resources stand side by side.
    pub fn full_name(self, resource: Resource) -> String {
        match resource {
            Resource::Threat => self.name().to_owned(),
            other => format!("{} {}", other.noun(), self.name()),
        }
    }
}

/// Which gates of a resource are open, and what its side is told with a write that passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// What may be set off.
    pub allowed: BTreeSet<Gate>,
    /// What goes with a closing; nothing: no reason is configured.
    pub closing: Option<BTreeMap<Path, Value>>,
    /// What goes with opening again.
    pub reopening: Reopening,
}

/// What goes with opening again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reopening {
    /// The e-mail address of whoever is to deal with it; never where it was asked to be remediated.
    #[default]
    ForSomebody,
    /// This, whoever deals with it.
    With(BTreeMap<Path, Value>),
}

impl Gates {
    /// Every value that is configured here.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Value> {
        let reopening = match &self.reopening {
            Reopening::ForSomebody => None,
            Reopening::With(said) => Some(said),
        };
        self.closing.iter().chain(reopening).flat_map(BTreeMap::values)
    }
}
