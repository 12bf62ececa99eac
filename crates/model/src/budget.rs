//! What may a run use up, and which bound did it reach? It does not count, and measures no time.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::{MappingName, Side};

/// What one run may use up; what is not said is not bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Requests to each side.
    pub requests_per_run: Option<u64>,
    /// Requests to each side, together with the other runs of the day.
    pub requests_per_day: Option<u64>,
    /// So many of a day's requests, as the side itself counts them, are left to others.
    pub daily_reserve: u64,
    /// How long it may take.
    pub max_duration: Option<Duration>,
    /// Steps that write, by mapping.
    pub steps_per_run: BTreeMap<MappingName, u64>,
}

/// The bound at which a run ends, or a mapping's part of it. The next run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The requests of this run to a side.
    RequestsPerRun(Side, u64),
    /// Our requests of this day to a side.
    RequestsPerDay(Side, u64),
    /// Of the side's day so many are left, and they are for others.
    DailyReserve(Side, u64),
    /// The time of this run.
    MaxDuration(Duration),
    /// The steps of a mapping in this run.
    StepsPerRun(MappingName, u64),
}

impl Reached {
    /// The setting that says so.
    pub fn setting(&self) -> String {
        match self {
            Reached::RequestsPerRun(..) => "limits.requests_per_run".into(),
            Reached::RequestsPerDay(..) => "limits.requests_per_day".into(),
            Reached::DailyReserve(..) => "limits.daily_reserve".into(),
            Reached::MaxDuration(_) => "limits.max_duration".into(),
            Reached::StepsPerRun(mapping, _) => format!("limits.steps_per_run.{mapping}"),
        }
    }

    /// The mapping that it concerns alone; nothing: the whole run.
    pub fn mapping(&self) -> Option<&MappingName> {
        match self {
            Reached::StepsPerRun(mapping, _) => Some(mapping),
            Reached::RequestsPerRun(..)
            | Reached::RequestsPerDay(..)
            | Reached::DailyReserve(..)
            | Reached::MaxDuration(_) => None,
        }
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reached::RequestsPerRun(side, count) => {
                write!(f, "{side}: the request budget of this run is used up, {count}")?;
            }
            Reached::RequestsPerDay(side, count) => {
                write!(f, "{side}: the request budget of this day is used up, {count}")?;
            }
            Reached::DailyReserve(side, left) => {
                write!(f, "{side}: of its daily quota {left} requests are left, kept for others")?;
            }
            Reached::MaxDuration(time) => {
                write!(f, "the time of this run is used up, {} s", time.as_secs())?;
            }
            Reached::StepsPerRun(mapping, count) => {
                write!(f, "the steps of {mapping} in this run are used up, {count}")?;
            }
        }
        write!(f, " ({})", self.setting())
    }
}
