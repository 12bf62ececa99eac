//! Which requests did a run send, how did they end, and what were they about? The request log, told by
//! endpoint and one by one. It does not know where the log is kept.

use std::collections::BTreeMap;
use std::io;

use concordat_model::{
    Action, Entry, Event, Exchange, IntentId, MappingName, Name, Outcome, PairId, RecordKey,
    Resource, RunId, Step, StepId, Time, Traffic,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SCHEMA_VERSION, json};

/// Requests in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestTotals {
    /// How many were sent.
    pub requests: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many of them were further attempts of a call.
    pub retries: u64,
}

impl RequestTotals {
    /// Of all endpoints together.
    pub fn of<'a>(traffic: impl IntoIterator<Item = &'a Traffic>) -> RequestTotals {
        traffic.into_iter().fold(RequestTotals::default(), |all, it| RequestTotals {
            requests: all.requests + it.requests,
            failed: all.failed + it.failed,
            retries: all.retries + it.retries,
        })
    }
}

/// The requests to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointRow {
    /// Which, and how many.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// How long the answers took, of those requests that are still logged; nothing: none is.
    pub latency: Option<Latency>,
}

/// How long answers took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Half of them took no longer.
    pub median_ms: u64,
    /// Nineteen of twenty took no longer.
    pub p95_ms: u64,
    /// None took longer.
    pub max_ms: u64,
}

impl Latency {
    /// By the nearest rank; nothing: there are none.
    fn of(mut latencies_ms: Vec<u64>) -> Option<Latency> {
        latencies_ms.sort_unstable();
        let rank = |percent: usize| (latencies_ms.len() * percent).div_ceil(100).checked_sub(1);
        let at = |percent| latencies_ms.get(rank(percent)?).copied();
        Some(Latency { median_ms: at(50)?, p95_ms: at(95)?, max_ms: at(100)? })
    }
}

/// Adds up requests by endpoint.
#[derive(Default)]
pub struct Endpoints {
    traffic: Vec<Traffic>,
    latencies_ms: BTreeMap<String, Vec<u64>>,
}

impl Endpoints {
    /// After requests that are not shown any more, and only counted.
    pub fn after(traffic: Vec<Traffic>) -> Endpoints {
        Endpoints { traffic, latencies_ms: BTreeMap::new() }
    }

    /// Adds one.
    pub fn add(&mut self, exchange: &Exchange) {
        Traffic::count(&mut self.traffic, exchange);
        let key = format!("{} {}", exchange.side, exchange.operation);
        self.latencies_ms.entry(key).or_default().push(exchange.latency_ms);
    }

    /// A row for each endpoint, by side and path.
    pub fn rows(mut self) -> Vec<EndpointRow> {
        let path = |it: &Traffic| it.operation.split(' ').nth(1).map(str::to_owned);
        self.traffic.sort_by_key(|it| (it.side, path(it), it.operation.clone()));
        let row = |traffic: Traffic| {
            let key = format!("{} {}", traffic.side, traffic.operation);
            let latency = self.latencies_ms.remove(&key).and_then(Latency::of);
            EndpointRow { traffic, latency }
        };
        self.traffic.into_iter().map(row).collect()
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestRow {
    /// The request. Its members stand beside those below.
    #[serde(flatten)]
    pub exchange: Exchange,
    /// The code of the error, if it failed: `C0402`.
    pub code: Option<String>,
    /// What people call the record, as far as the history knows.
    pub name: Option<Name>,
    /// The step of the plan that it carried out; nothing for what reads.
    pub step: Option<StepNamed>,
}

/// A step of a plan, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepNamed {
    /// Its id in the plan and in the run's report.
    pub id: StepId,
    /// Its mapping.
    pub mapping: MappingName,
    /// What it does.
    pub action: Action,
}

/// What the history knows of what requests were about.
#[derive(Default)]
pub struct Known<'a> {
    intents: BTreeMap<&'a IntentId, &'a Step>,
    names: BTreeMap<&'a RecordKey, &'a Name>,
}

impl<'a> Known<'a> {
    /// What these entries tell; the latest counts.
    pub fn of(entries: &'a [Entry]) -> Known<'a> {
        let mut known = Known::default();
        for entry in entries {
            match &entry.event {
                Event::Settled(it) => {
                    let [upguard, highlevel] = [&it.ends.upguard, &it.ends.highlevel];
                    known.names.extend(highlevel.iter().map(|key| (key, &it.name)));
                    known.sources(upguard, highlevel.first(), &it.name);
                }
                Event::Intended { intent, step } => {
                    known.intents.insert(intent, step);
                    known.names.extend(step.record.iter().map(|key| (key, &step.name)));
                }
                Event::Closed { intent: _, outcome: Outcome::Verified(receipt) } => {
                    known.names.insert(&receipt.record, &receipt.name);
                    known.sources(&receipt.sources, Some(&receipt.record), &receipt.name);
                }
                Event::Closed {
                    intent: _,
                    outcome: Outcome::NoEffect { .. } | Outcome::Refused { .. },
                }
                | Event::Opened { .. }
                | Event::RunBegan(_)
                | Event::Planned { .. }
                | Event::Decided { .. }
                | Event::RunEnded(_)
                | Event::Dismissed(_) => {}
            }
        }
        known
    }

    /// Records of UpGuard are called like what was made of them, where that is the same thing.
    fn sources(&mut self, sources: &'a [RecordKey], of: Option<&RecordKey>, name: &'a Name) {
        let same = |it: &&RecordKey| {
            of.is_some_and(|of| match it.resource {
                Resource::Vendor => of.resource == Resource::Business,
                Resource::VendorContact | Resource::Lead => of.resource == Resource::Contact,
                Resource::Threat
                | Resource::Disclosure
                | Resource::Risk
                | Resource::Waiver
                | Resource::App
                | Resource::Questionnaire => of.resource == Resource::Task,
                Resource::Comment
                | Resource::Notification
                | Resource::VendorNote
                | Resource::CustomField
                | Resource::Business
                | Resource::Contact
                | Resource::Task
                | Resource::Note => false,
            })
        };
        self.names.extend(sources.iter().filter(same).map(|key| (key, name)));
    }

    /// The request, with what is known of it. `code`: of its error.
    pub fn row(&self, exchange: Exchange, code: Option<String>) -> RequestRow {
        let step = exchange.intent.as_ref().and_then(|it| self.intents.get(it));
        let of_record = exchange.record.as_ref().and_then(|key| self.names.get(key).copied());
        RequestRow {
            code,
            name: of_record.or(step.map(|it| &it.name)).cloned(),
            step: step.map(|it| StepNamed {
                id: it.id.clone(),
                mapping: it.mapping.clone(),
                action: it.action,
            }),
            exchange,
        }
    }
}

impl RequestRow {
    /// Whether it is about the record `wanted`: its id, or its name in any case.
    pub fn is_about(&self, wanted: &str) -> bool {
        self.exchange.record.as_ref().is_some_and(|key| key.id.as_str() == wanted)
            || self.name.as_ref().is_some_and(|it| it.to_lowercase() == wanted.to_lowercase())
    }
}

/// `runs show --requests --json`, and with `--errors` or `--record`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The run.
    pub run: RunId,
    /// The pair.
    pub pair: PairId,
    /// The command.
    pub command: String,
    /// When it began, in our clock.
    pub began: Time,
    /// All of its requests in numbers.
    pub summary: RequestTotals,
    /// How many of them, the first, are only counted: they had to make room.
    pub only_counted: u64,
    /// How many lines of the log cannot be read, cut off as a process died or damaged.
    pub unreadable: u64,
    /// By endpoint.
    pub endpoints: Vec<EndpointRow>,
    /// How many requests were asked for with `--errors` or `--record`.
    pub found: u64,
    /// These, or the newest of them, in the order in which they were answered.
    pub requests: Vec<RequestRow>,
}

impl RequestsDocument {
    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }

    /// The version of every one.
    pub const VERSION: u32 = SCHEMA_VERSION;
}

/// A run of which there is only the log of its requests: a pull, a plan, or one that carried out nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedRow {
    /// Its name.
    pub run: RunId,
    /// The pair.
    pub pair: PairId,
    /// The command.
    pub command: String,
    /// When it began, in our clock.
    pub began: Time,
    /// Its requests in numbers.
    pub requests: RequestTotals,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_ranked() {
        let of = |latencies: Vec<u64>| {
            Latency::of(latencies).map(|it| (it.median_ms, it.p95_ms, it.max_ms))
        };
        assert_eq!(of(Vec::new()), None);
        assert_eq!(of(vec![7]), Some((7, 7, 7)));
        assert_eq!(of(vec![2, 1]), Some((1, 2, 2)));
        assert_eq!(of((1..=100).rev().collect()), Some((50, 95, 100)));
        assert_eq!(of((1..=20).collect()), Some((10, 19, 20)));
    }
}
