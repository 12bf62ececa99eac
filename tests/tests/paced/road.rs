//! The way to the sandbox: how long it takes, what goes wrong on it, and what arrived.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use concordat_model::Sides;
use concordat_remote::{Clock, Request, Response, Transport, TransportError};
use concordat_sandbox::{System, World};
use concordat_tests::simulate::road::asked;
use concordat_tests::watch::Watch;
use serde_json::{Value, json};
use tokio::time::sleep;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Weather {
    /// Nothing.
    Fair,
    /// Every so many requests to a side one is refused, and is to come again after so many seconds; nothing:
    /// the side does not say when.
    Refused(u64, Option<u64>),
    /// Every so many requests to a side one fails.
    Failing(u64),
}

impl Weather {
    /// The switches for it.
    pub fn brews(self) -> Value {
        // Of several strikes one after the other has its turn.
        let strikes = |every: u64, rest: Value| -> Value {
            let strike = |system: &str| {
                let mut strike = rest.clone();
                strike["system"] = system.into();
                strike["after"] = (every - 1).into();
                strike["next"] = 1.into();
                strike
            };
            (0..1000).flat_map(|_| [strike("highlevel"), strike("upguard")]).collect()
        };
        let (mut refused, mut failing) = (Value::Null, Value::Null);
        match self {
            Weather::Fair => {}
            Weather::Refused(every, wait) => {
                refused = strikes(every, json!({ "retry_after_seconds": wait }));
            }
            Weather::Failing(every) => failing = strikes(every, json!({})),
        }
        json!({ "rate_limited": refused, "error_before_effect": failing })
    }

    /// How long a refusal makes us wait: as it says, or HighLevel's interval and some.
    pub fn wait(self) -> f64 {
        match self {
            Weather::Fair | Weather::Failing(_) => 0.0,
            Weather::Refused(_, Some(seconds)) => seconds as f64,
            Weather::Refused(_, None) => 11.0,
        }
    }
}

/// The way to one of the two systems.
pub struct Road {
    pub world: Arc<Mutex<World>>,
    pub watch: Arc<Watch>,
    pub system: System,
    /// From this to as much more a request and its answer take.
    pub least: Duration,
    pub travelled: Mutex<u32>,
}

#[async_trait]
impl Transport for Road {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let number = {
            let mut travelled = self.travelled.lock().expect("no poison");
            *travelled += 1;
            *travelled
        };
        let one_way = self.least.mul_f64(0.5 + (f64::from(number) * 0.618_034).fract() / 2.0);
        sleep(one_way).await;
        let request = asked(self.system, request);
        let now = self.watch.now();
        let answer = self.world.lock().expect("no poison").handle(now, self.system, &request);
        sleep(one_way).await;
        match answer.dropped {
            true => Err(TransportError::NoAnswer("cut".into())),
            false => {
                Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
            }
        }
    }
}

/// What the sandbox counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// Requests to UpGuard and to HighLevel.
    pub sides: Sides<u64>,
    /// Requests by method and path template.
    pub operations: BTreeMap<String, u64>,
}

impl Counted {
    /// What came after `before`.
    pub fn since(&self, before: &Counted) -> Counted {
        let of = |(name, count): (&String, &u64)| {
            let before = before.operations.get(name).copied().unwrap_or(0);
            (*count > before).then(|| (name.clone(), count - before))
        };
        Counted {
            sides: Sides::from_fn(|side| self.sides[side] - before.sides[side]),
            operations: self.operations.iter().filter_map(of).collect(),
        }
    }
}
