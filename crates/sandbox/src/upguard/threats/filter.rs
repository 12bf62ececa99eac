//! Which threats does a list or a count mean? The filters of §4.4: repeated keys are alternatives,
//! save for the two filters of one value, and what a rule has dismissed is left out unless asked
//! for.

use chrono::{DateTime, TimeDelta, Utc};

use super::record::Threat;
use crate::http::{Call, Response};
use crate::upguard::{reads, unprocessable};

const STATUSES: [&str; 4] = ["open", "investigating", "remediating", "closed"];
const CLOSED_STATUSES: [&str; 5] =
    ["dismissed", "dismissed_by_rule", "smart_filtered", "remediated", "waived"];
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "info"];
const MODULES: [&str; 3] = ["dark_web", "open_web", "social_media"];
/// Days back; `None` is no bound.
const PERIODS: [(&str, Option<i64>); 7] = [
    ("last_twenty_four_hours", Some(1)),
    ("last_seven_days", Some(7)),
    ("last_thirty_days", Some(30)),
    ("last_three_months", Some(91)),
    ("last_six_months", Some(182)),
    ("last_twelve_months", Some(365)),
    ("all_time", None),
];

/// The filters of one request.
#[derive(Debug)]
pub(super) struct Filter {
    status: Option<String>,
    closed_status: Vec<String>,
    severities: Vec<String>,
    module: Option<String>,
    threat_types: Vec<String>,
    source_types: Vec<String>,
    transforms: Vec<String>,
    auto_dismissed: bool,
    days: Option<i64>,
}

impl Filter {
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Response> {
        let period = call.request.query("date_period").unwrap_or("all_time");
        let days = PERIODS.iter().find(|(name, _)| *name == period).map(|(_, days)| *days);
        Ok(Self {
            status: single(call, "threat_status", &STATUSES)?,
            closed_status: one_of(call, "closed_status", &CLOSED_STATUSES)?,
            severities: one_of(call, "severities", &SEVERITIES)?,
            module: single(call, "module", &MODULES)?,
            threat_types: all(call, "threat_types"),
            source_types: all(call, "source_types"),
            transforms: all(call, "transforms"),
            auto_dismissed: reads::flag(call, "auto_dismissed")?,
            days: days.ok_or_else(|| unprocessable("date_period is not a known period"))?,
        })
    }

    pub(super) fn passes(&self, threat: &Threat, now: DateTime<Utc>) -> bool {
        let among = |wanted: &[String], held: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted == held)
        };
        let overlaps = |wanted: &[String], held: &[String]| {
            wanted.is_empty() || held.iter().any(|held| wanted.contains(held))
        };
        self.auto_dismissed == threat.auto_dismissed
            && self.status.as_ref().is_none_or(|wanted| wanted == threat.status.name())
            && among(&self.closed_status, &threat.closed_status)
            && among(&self.severities, &threat.severity)
            && self.module.as_ref().is_none_or(|wanted| *wanted == threat.module)
            && among(&self.source_types, &threat.source)
            && overlaps(&self.threat_types, &threat.threat_types)
            && overlaps(&self.transforms, &threat.transforms)
            && self.days.is_none_or(|days| now - TimeDelta::days(days) <= threat.detected)
    }
}

/// Every value of a parameter that is repeated for several (§1: `collectionFormat: multi`).
fn all(call: &Call<'_>, name: &str) -> Vec<String> {
    let given = call.request.query.iter().filter(|(known, text)| known == name && !text.is_empty());
    given.map(|(_, text)| text.clone()).collect()
}

fn one_of(call: &Call<'_>, name: &str, known: &[&str]) -> Result<Vec<String>, Response> {
    let given = all(call, name);
    match given.iter().find(|text| !known.contains(&text.as_str())) {
        Some(odd) => {
            Err(unprocessable(format!("{name}: {odd} is not one of {}", known.join(", "))))
        }
        None => Ok(given),
    }
}

/// A filter of one value; what several would mean is unpublished, so they are refused.
fn single(call: &Call<'_>, name: &str, known: &[&str]) -> Result<Option<String>, Response> {
    let mut given = one_of(call, name, known)?;
    match given.len() {
        0 | 1 => Ok(given.pop()),
        _ => Err(unprocessable(format!("{name} must be given once"))),
    }
}
