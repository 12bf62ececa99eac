//! What will carrying a plan out cost, in requests and time? An estimate from the plan alone; the
//! real limiter is in the connectors.

use concordat_model::{Action, Plan, Side, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Read, write, read back.
const REQUESTS_PER_UPDATE: u64 = 3;
/// Search, create, read back, and the read that follows where the answer to the create says little.
const REQUESTS_PER_CREATE: u64 = 4;

/// How fast a side may be asked, and how often a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Requests a second.
    pub per_second: f64,
    /// Requests a day, where the side counts them.
    pub per_day: Option<u64>,
}

impl Pace {
    /// What the two systems allow. HighLevel documents 100 requests in 10 s and 200 000 a day
    /// (`highlevel.md` §3), of which 9.6 a second are used; UpGuard documents nothing, 2 a second is
    /// an assumption.
    pub fn usual() -> Sides<Pace> {
        Sides {
            upguard: Pace { per_second: 2.0, per_day: None },
            highlevel: Pace { per_second: 9.6, per_day: Some(200_000) },
        }
    }
}

/// What carrying a plan out is expected to cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Requests to both sides.
    pub requests: u64,
    /// Seconds, at the pace the sides allow, one step after the other.
    pub seconds: u64,
    /// The share of a day's requests, in percent with two decimals, on the side where it is largest.
    pub daily_quota_percent: f64,
}

/// What carrying out `plan` is expected to cost.
pub fn forecast(plan: &Plan, pace: &Sides<Pace>) -> Forecast {
    let requests = Sides::from_fn(|side| requests(plan, side));
    let seconds: f64 = requests.iter().map(|(side, &it)| it as f64 / pace[side].per_second).sum();
    let share = |(side, &count): (Side, &u64)| {
        pace[side].per_day.map_or(0.0, |per_day| count as f64 * 100.0 / per_day as f64)
    };
    let percent = requests.iter().map(share).fold(0.0, f64::max);
    Forecast {
        requests: requests.upguard + requests.highlevel,
        seconds: seconds.ceil() as u64,
        daily_quota_percent: (percent * 100.0).round() / 100.0,
    }
}

fn requests(plan: &Plan, side: Side) -> u64 {
    let steps = plan.steps.iter().filter(|it| it.side == side);
    steps
        .map(|it| match it.action {
            Action::Create => REQUESTS_PER_CREATE,
            Action::Update => REQUESTS_PER_UPDATE,
        })
        .sum()
}
