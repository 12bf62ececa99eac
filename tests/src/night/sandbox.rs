//! How does a test look at both systems, and act as the people who work in them? The sandbox as a
//! process of its own, steered by its control API.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use concordat_oracle::named::Keys;
use serde_json::{Value, json};

use super::http;
use super::program::{self, Child};

/// A sandbox that listens takes no longer than this to say so.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many there are of what.
#[derive(Clone, Copy, Debug)]
pub struct Population {
    /// Whatever is random follows from it.
    pub seed: u64,
    /// UpGuard vendors.
    pub vendors: u64,
    /// HighLevel contacts in each location.
    pub contacts: u64,
    /// UpGuard threats.
    pub threats: u64,
    /// HighLevel locations.
    pub locations: u64,
}

/// Both systems.
pub struct Sandbox {
    /// The first line it printed: addresses and credentials.
    pub contract: Value,
    _process: Child,
}

impl Sandbox {
    /// Starts both systems, without request limits, and has the configuration written for them.
    pub fn start(population: Population, config: &Path) -> Sandbox {
        let Population { seed, vendors, contacts, threats, locations } = population;
        let mut command = program::command();
        command.args(["sandbox", "--no-limits", "--write-config"]).arg(config);
        for (name, number) in [
            ("--locations", locations),
            ("--seed", seed),
            ("--vendors", vendors),
            ("--contacts", contacts),
            ("--threats", threats),
        ] {
            command.arg(name).arg(number.to_string());
        }
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Child::of(command);
        let (says, said) = mpsc::channel();
        let stdout = process.stdout();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            read.map(|_| says.send(line)).ok()
        });
        let line = said.recv_timeout(PATIENCE).expect("a sandbox that starts");
        let contract = serde_json::from_str(&line).expect("the contract: one JSON object");
        Sandbox { contract, _process: process }
    }

    /// A text of the contract, by its pointer.
    pub fn contract(&self, pointer: &str) -> &str {
        self.contract.pointer(pointer).and_then(Value::as_str).expect("a text of the contract")
    }

    fn get(&self, what: &str) -> Value {
        http::get(&format!("{}/{what}", self.contract("/control_url"))).body
    }

    #[track_caller]
    fn post(&self, what: &str, body: &Value) -> Value {
        let answer = http::post(&format!("{}/{what}", self.contract("/control_url")), body);
        assert_eq!(answer.status, 200, "{what} {body}: {}", answer.body);
        answer.body
    }

    /// Every change so far.
    pub fn effects(&self) -> Vec<Value> {
        let keys = Keys::of(&self.get("state"));
        let mut effects = self.get("effects")["effects"].as_array().expect("effects").clone();
        effects.iter_mut().for_each(|it| keys.in_effect(it));
        effects
    }

    /// The changes that requests caused, from the `from`th effect on.
    pub fn api_effects_from(&self, from: usize) -> Vec<Value> {
        let effects = self.effects().into_iter().skip(from);
        effects.filter(|it| it["actor"] == "api").collect()
    }

    /// What both systems hold.
    pub fn state(&self) -> Value {
        let mut state = self.get("state");
        Keys::of(&state).in_state(&mut state);
        state
    }

    /// How often what was asked for, and how it was answered.
    pub fn counted(&self) -> Vec<Value> {
        self.get("requests")["requests"].as_array().expect("requests").clone()
    }

    fn count(&self, counts: impl Fn(&Value) -> bool) -> u64 {
        let rows = self.counted();
        rows.iter().filter(|row| counts(row)).filter_map(|row| row["count"].as_u64()).sum()
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.count(|_| true)
    }

    /// How many requests to a side there were.
    pub fn requests_to(&self, side: &str) -> u64 {
        self.count(|row| row["side"] == side)
    }

    /// How many requests for the path template there were.
    pub fn requests_for(&self, path: &str) -> u64 {
        self.count(|row| row["path"] == path)
    }

    /// How many requests tried to write.
    pub fn writing_requests(&self) -> u64 {
        self.count(|row| row["writing"] == true)
    }

    /// A person changes fields of a record.
    #[track_caller]
    pub fn edit(&self, side: &str, entity: &str, id: &str, set: Value) {
        let id = if side == "upguard" {
            json!(id.parse::<u64>().expect("UpGuard's ids are numbers"))
        } else {
            json!(id)
        };
        self.post("edit", &json!({ "side": side, "entity": entity, "id": id, "set": set }));
    }

    /// A person does something: `create`, `set`, `delete` or `merge`, as the control API takes it.
    #[track_caller]
    pub fn person(&self, deed: &Value) {
        self.post("edit", deed);
    }

    /// Switches faults and limits.
    #[track_caller]
    pub fn turn(&self, switches: Value) {
        self.post("faults", &switches);
    }

    /// Every switch as it stands; of what strikes single requests what is still to come.
    pub fn switches(&self) -> Value {
        self.get("faults")
    }

    /// Lets time pass for both systems.
    #[track_caller]
    pub fn minutes_pass(&self, minutes: u64) {
        self.post("clock", &json!({ "advance_seconds": minutes * 60 }));
    }
}

/// Asks until it is so.
#[track_caller]
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "{what} never came");
        thread::sleep(Duration::from_millis(2));
    }
}
