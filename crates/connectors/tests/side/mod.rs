//! A side made of paper: answers in the order they were written, requests kept to look at. And the way to the
//! sandbox, in process.

pub mod feed;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_model::{Held, Path, Reading, Record, RecordKey, Resource, Sight, Time, Value};
use concordat_remote::{Clock, Request, Response, Transport, TransportError, Write};
use concordat_sandbox::{System, World};
use serde_json::Value as Json;
use tokio::time::Instant;

/// The credentials no text may ever show.
pub const KEY: &str = "SECRET-CANARY-key";

pub type Outcome = Result<Response, TransportError>;

/// A write to the record `R1` that stands nowhere.
pub fn write(resource: Resource, current: Option<Reading>, set: Vec<(Path, Held)>) -> Write {
    let current = current.map(|reading| Record {
        key: RecordKey::new(resource, "R1"),
        parent: None,
        name: "PII-CANARY".into(),
        stamp: None,
        reading,
        sight: Sight::Read,
    });
    let (by, intent) = (whenever(), intent());
    Write { resource, current, parent: None, set, marker: None, by, intent }
}

/// A transport that answers from a script.
#[derive(Default)]
pub struct Script {
    answers: Mutex<VecDeque<Outcome>>,
    requests: Mutex<Vec<Request>>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Outcome>) -> Arc<Self> {
        let answers = Mutex::new(answers.into_iter().collect());
        Arc::new(Script { answers, requests: Mutex::default() })
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no poison").clone()
    }

    /// `GET /path?name=value`, one line per request.
    pub fn lines(&self) -> Vec<String> {
        let requests = self.requests();
        let line = |request: &Request| {
            let query = request.query.iter().map(|(name, value)| format!("{name}={value}"));
            let query = query.collect::<Vec<_>>().join("&");
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{} {}{mark}{query}", request.method.as_str(), request.path)
        };
        requests.iter().map(line).collect()
    }

    /// The JSON body of request `index`.
    pub fn body(&self, index: usize) -> Json {
        serde_json::from_slice(&self.requests()[index].body).expect("a JSON body")
    }

    pub fn left(&self) -> usize {
        self.answers.lock().expect("no poison").len()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request) -> Outcome {
        self.requests.lock().expect("no poison").push(request);
        let next = self.answers.lock().expect("no poison").pop_front();
        next.expect("a request nobody expected")
    }
}

/// What one of the sandbox's systems answers to a request.
pub fn answered(world: &mut World, now: Time, system: System, request: &Request) -> Response {
    let base = match system {
        System::UpGuard => concordat_sandbox::upguard::BASE_PATH,
        System::HighLevel => "",
    };
    let request = concordat_sandbox::Request {
        method: request.method.as_str().to_owned(),
        path: format!("{base}{}", request.path),
        query: request.query.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    };
    let answer = world.handle(now, system, &request);
    Response { status: answer.status, headers: answer.headers, body: answer.body }
}

/// The intent of a write that nobody asks about.
pub fn intent() -> concordat_model::IntentId {
    concordat_model::IntentId("r000001/s-1".into())
}

/// A write may leave whenever its turn comes.
pub fn whenever() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Our clock, standing still.
pub struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        time("2026-11-20T12:00:00Z")
    }
}

pub fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

pub fn answer(status: u16, body: &str) -> Outcome {
    with(status, &[], body)
}

pub fn json(status: u16, body: Json) -> Outcome {
    answer(status, &body.to_string())
}

pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Ok(Response { status, headers: headers.collect(), body: body.as_bytes().to_vec() })
}

pub fn refused() -> Outcome {
    Err(TransportError::NotSent("no connection".into()))
}

pub fn lost() -> Outcome {
    Err(TransportError::NoAnswer("no answer in time".into()))
}

/// The definitions answer that HighLevel clients ask for before their first contact.
pub fn definitions() -> Outcome {
    json(
        200,
        serde_json::json!({"customFields": [
            {"id": 7, "fieldKey": ["odd"]},
            {"id": "cfPin", "fieldKey": "contact.pincode", "dataType": "TEXT"},
            {"id": "cfMark", "fieldKey": "contact.concordat_id", "dataType": "TEXT", "model": "contact"}
        ]}),
    )
}

pub fn highlevel(script: &Arc<Script>) -> Highlevel {
    highlevel_with(script, HighlevelSettings::default())
}

pub fn highlevel_with(script: &Arc<Script>, settings: HighlevelSettings) -> Highlevel {
    let transport: Arc<dyn Transport> = script.clone();
    Highlevel::new(transport, KEY.into(), "LOC".into(), Arc::new(Still), settings)
}

pub fn upguard(script: &Arc<Script>) -> Upguard {
    upguard_with(script, false)
}

pub fn upguard_with(script: &Arc<Script>, portfolios: bool) -> Upguard {
    let attributes = ["Main phone".to_owned(), "Owner".to_owned()].into();
    let settings = UpguardSettings { attributes, portfolios, ..UpguardSettings::default() };
    let transport: Arc<dyn Transport> = script.clone();
    Upguard::new(transport, KEY.into(), Arc::new(Still), settings)
}

/// The fields of a record as `path=value`; an empty one as `path=`. Not covered: not there.
pub fn fields(record: &Record) -> Vec<String> {
    let shown = |(path, held): (&Path, &Held)| {
        format!("{path}={}", held.as_ref().map(Value::to_string).unwrap_or_default())
    };
    record.reading.iter().map(shown).collect()
}

pub fn text(text: &str) -> Held {
    Some(Value::text(text))
}

/// One field of a write.
pub fn set(path: &str, held: Held) -> (Path, Held) {
    (Path::from(path), held)
}
