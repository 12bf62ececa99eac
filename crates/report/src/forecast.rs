//! What will carrying a plan out cost, in requests and time? Figures of single operations, added up and
//! rounded. How many requests a step takes, and how fast they may follow each other, the connectors know.

use std::time::Duration;

use concordat_model::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What carrying a plan out is expected to cost: with the questions before and after each write, and with as
/// many repetitions as were needed lately. Reading both sides for another plan is not in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// Requests to both sides.
    pub requests: u64,
    /// Seconds, at the pace the sides allow, one request after the other.
    pub seconds: u64,
    /// The share of a day's requests, in percent with two decimals, on the side that counts them.
    pub daily_quota_percent: f64,
    /// The same for each operation that is called.
    #[serde(default)]
    pub operations: Vec<OperationForecast>,
}

/// What one operation is expected to cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationForecast {
    /// Whose.
    pub side: Side,
    /// Method and path: `PUT /contacts/{contactId}`.
    pub operation: String,
    /// Requests, with those that repeat one.
    pub requests: u64,
    /// Seconds, with one decimal.
    pub seconds: f64,
    /// The share of a day's requests, in percent with two decimals; nothing if the side does not count them.
    pub daily_quota_percent: Option<f64>,
}

/// What one operation was found to cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Whose.
    pub side: Side,
    /// Method and path.
    pub operation: String,
    /// Requests, with those that repeat one.
    pub requests: u64,
    /// How long they take.
    pub time: Duration,
    /// How many requests a day of its side has, if the side counts them.
    pub quota: Option<u64>,
}

impl Figure {
    fn percent(&self) -> Option<f64> {
        self.quota.map(|quota| self.requests as f64 * 100.0 / quota as f64)
    }
}

impl Forecast {
    /// What it comes to.
    pub fn of(figures: Vec<Figure>) -> Forecast {
        let seconds: Duration = figures.iter().map(|it| it.time).sum();
        let operation = |it: Figure| OperationForecast {
            daily_quota_percent: it.percent().map(|percent| rounded(percent, 100.0)),
            side: it.side,
            operation: it.operation,
            requests: it.requests,
            seconds: rounded(it.time.as_secs_f64(), 10.0),
        };
        Forecast {
            requests: figures.iter().map(|it| it.requests).sum(),
            seconds: seconds.as_secs_f64().ceil() as u64,
            daily_quota_percent: rounded(figures.iter().filter_map(Figure::percent).sum(), 100.0),
            operations: figures.into_iter().map(operation).collect(),
        }
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}
