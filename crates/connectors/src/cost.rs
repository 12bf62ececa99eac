//! Which operations does a question or a write of a step take, and what does a plan cost, then? A plan is
//! rehearsed on paper: request by request, through the limiter that will pace it, with answers that take as
//! long as they lately did.
//!
//! Which requests will fail, nobody knows: each is counted as often as, on average, it is sent, and so is what a
//! failed one makes necessary. So each is paced once, and a rehearsal ends however the sides answered. Refusals
//! are waited for as whole ones: a plan of few requests will most likely meet none, and not a tenth of one. It
//! sends nothing and knows no values; what people change until the plan is carried out, nobody does.

use std::time::Duration;

use concordat_model::{Side, Sides, Step};
use concordat_remote::{Ask, FRESH, Traffic};
use tokio::time::Instant;

use crate::operation::{Effect, Operation};
use crate::pacing::Bucket;
use crate::patience::ATTEMPTS_MAX;
use crate::{highlevel, upguard};

/// How long an answer takes of a side that was never asked: an assumption.
const LATENCY: Duration = Duration::from_millis(250);

/// What one operation costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The operation.
    pub operation: Operation,
    /// Requests, with those that repeat one.
    pub requests: u64,
    /// How long they take, with waiting for their turn.
    pub time: Duration,
}

/// A plan that is rehearsed.
pub struct Rehearsal {
    /// When the next request can leave, without the waits after refusals.
    now: Instant,
    /// When the last answer has come, likewise.
    ends: Instant,
    stages: Sides<Stage>,
    /// Whether HighLevel's contacts can carry a marker.
    can_mark: bool,
    businesses: u64,
    /// When these were last listed.
    listed: Option<Instant>,
    expected: Vec<(Operation, Expected)>,
}

/// So many requests, on average, and their time.
#[derive(Clone, Copy, Default)]
struct Expected {
    requests: f64,
    time: Duration,
}

/// One side of it.
struct Stage {
    bucket: Bucket,
    latency: Duration,
    /// How long the side is left alone after a refusal.
    held: Duration,
    /// The part of requests that are refused because there are too many at once.
    throttled: f64,
    /// Refusals that are to be expected since the last; the first one comes when half of it is.
    due: f64,
    /// The part of requests that fail in another way that another attempt can help.
    failing: f64,
}

impl Rehearsal {
    /// Of a plan for sides that lately answered so. `can_mark`: whether contacts of the location can carry a
    /// marker. `businesses`: how many it has.
    pub fn new(lately: &Sides<Traffic>, can_mark: bool, businesses: u64) -> Self {
        let now = Instant::now();
        Rehearsal {
            now,
            ends: now,
            stages: Sides::from_fn(|side| Stage::of(side, &lately[side])),
            can_mark,
            businesses,
            listed: None,
            expected: Vec::new(),
        }
    }

    /// Asks for the accounts, as whoever carries out a plan does first: both sides at the same time.
    pub fn open(&mut self) {
        let began = self.now;
        for opening in [upguard::OPENING, highlevel::OPENING] {
            self.now = began;
            opening.iter().for_each(|operation| self.read(*operation));
        }
        self.now = self.ends;
    }

    /// Carries out a step that asks `asks`.
    pub fn step(&mut self, step: &Step, asks: &[(Side, Ask)]) {
        for (place, (side, ask)) in asks.iter().enumerate() {
            let operations = self.operations(*side, *ask, step);
            if operations.contains(&highlevel::LISTED_TO_FIND) {
                self.listed = Some(self.now);
            }
            for operation in operations {
                match operation.effect {
                    Effect::Reads => self.read(operation),
                    Effect::Changes | Effect::Makes => self.write(operation, step, asks, place),
                }
            }
        }
        self.businesses += u64::from(highlevel::lists_to_find(step));
    }

    /// What it comes to: whole requests, as many on each side as are expected there.
    pub fn costs(self) -> Vec<Cost> {
        let mut rest = Sides::<f64>::default();
        let whole = |(operation, Expected { requests, time }): (Operation, Expected)| {
            let rest = &mut rest[operation.side];
            let rounded = (requests + *rest).round();
            *rest += requests - rounded;
            Cost { operation, requests: rounded as u64, time }
        };
        self.expected.into_iter().map(whole).collect()
    }

    fn operations(&self, side: Side, ask: Ask, step: &Step) -> Vec<Operation> {
        match (side, ask) {
            (Side::Upguard, ask) => upguard::asked(ask, step),
            (Side::Highlevel, Ask::Find { max_age }) if highlevel::lists_to_find(step) => {
                let is_young = self.listed.is_some_and(|at| self.now < at + max_age);
                let pages = if is_young { 0 } else { highlevel::pages(self.businesses) };
                vec![highlevel::LISTED_TO_FIND; pages as usize]
            }
            (Side::Highlevel, ask) => highlevel::asked(ask, step, self.can_mark),
        }
    }

    fn read(&mut self, operation: Operation) {
        let tries = self.stages[operation.side].tries();
        self.passes(operation, tries);
    }

    /// A write leaves while what it rests on is fresh; else that is asked anew. One that failed is looked for,
    /// too.
    fn write(&mut self, operation: Operation, step: &Step, asks: &[(Side, Ask)], place: usize) {
        let stage = &self.stages[operation.side];
        let tries = stage.tries();
        let failed = tries * stage.failing;
        // What it rests on is too old once a refusal was waited for.
        let late = if stage.held >= FRESH { tries * stage.throttled } else { 0.0 };
        self.passes(operation, tries);
        self.again(step, &asks[place + 1..], failed);
        self.again(step, &asks[..place], failed + late);
    }

    /// Asks again what was asked before, so often; that these fail, too, is left out.
    fn again(&mut self, step: &Step, asks: &[(Side, Ask)], often: f64) {
        for (side, ask) in asks.iter().filter(|_| often > 0.0) {
            let ask = match ask {
                Ask::Find { .. } => Ask::Find { max_age: Duration::ZERO },
                Ask::Read(_) | Ask::Send => *ask,
            };
            self.operations(*side, ask, step).into_iter().for_each(|it| self.passes(it, often));
        }
    }

    /// So many requests: their turn, and their answer. Their time is by how much longer it takes for them.
    fn passes(&mut self, operation: Operation, requests: f64) {
        let stage = &mut self.stages[operation.side];
        let leaves = stage.bucket.next(self.now);
        stage.bucket.take(requests, leaves);
        let refused = stage.refuses(requests);
        match operation.side {
            Side::Upguard => stage.bucket.probed(requests * (1.0 - stage.throttled), refused),
            Side::Highlevel => {}
        }
        self.now = leaves + stage.latency.mul_f64(requests);
        let time = self.now.saturating_duration_since(self.ends) + stage.held * refused;
        self.ends = self.ends.max(self.now);
        let place = self.expected.iter().position(|(it, _)| *it == operation);
        let place = place.unwrap_or_else(|| {
            self.expected.push((operation, Expected::default()));
            self.expected.len() - 1
        });
        let (_, expected) = &mut self.expected[place];
        expected.requests += requests;
        expected.time += time;
    }
}

impl Stage {
    fn of(side: Side, lately: &Traffic) -> Stage {
        let Traffic { requests, throttled, failed, answering, held, window, pace } = *lately;
        let each = |all: Duration, count: u64| {
            (count > 0).then(|| Duration::from_secs_f64(all.as_secs_f64() / count as f64))
        };
        let part = |count: u64| if requests == 0 { 0.0 } else { count as f64 / requests as f64 };
        Stage {
            bucket: match side {
                Side::Upguard => Bucket::probing(pace),
                Side::Highlevel => Bucket::announced(window),
            },
            latency: each(answering, requests).unwrap_or(LATENCY),
            held: each(held, throttled).unwrap_or_default(),
            throttled: part(throttled),
            due: 0.5,
            failing: part(failed),
        }
    }

    /// How many of so many requests more are refused.
    fn refuses(&mut self, requests: f64) -> u32 {
        self.due += requests * self.throttled;
        let whole = self.due.floor();
        self.due -= whole;
        whole as u32
    }

    /// How often a request is sent, on average, until it is carried out or given up.
    fn tries(&self) -> f64 {
        let again = self.throttled + self.failing;
        (0..ATTEMPTS_MAX as i32).map(|nth| again.powi(nth)).sum()
    }
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
