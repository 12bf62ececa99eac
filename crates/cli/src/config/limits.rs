//! What may a person write under `[limits]`? What a run may use up before it ends, and the next one goes on.

use std::collections::BTreeMap;

use concordat_model::MappingName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::Span;

/// `[limits]`. A run that reaches one of these finishes the step at hand and ends with exit code 8; the next run
/// goes on with the rest. Not said: as much as it takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// How many requests one run may send to each side. UpGuard's are shared by the pairs that a command
    /// runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub requests_per_run: Option<u64>,
    /// How many requests all runs of a day together may send to each side; days are those of UTC. UpGuard's
    /// are shared by all pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub requests_per_day: Option<u64>,
    /// So many of a day's requests, as HighLevel counts them, are left to whatever else uses the same
    /// credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_reserve: Option<u64>,
    /// How long a run may take: `30m`, `4h`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duration: Option<Span>,
    /// How many steps of a mapping one run may carry out, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(inner(range(min = 1)))]
    pub steps_per_run: BTreeMap<String, u64>,
}

impl Budget {
    /// As the engine takes it.
    pub fn budget(&self) -> concordat_model::Budget {
        let Budget { requests_per_run, requests_per_day, daily_reserve, .. } = *self;
        let steps = self.steps_per_run.iter().map(|(name, max)| (MappingName::new(name), *max));
        concordat_model::Budget {
            requests_per_run,
            requests_per_day,
            daily_reserve: daily_reserve.unwrap_or(0),
            max_duration: self.max_duration.map(Span::duration),
            steps_per_run: steps.collect(),
        }
    }
}
