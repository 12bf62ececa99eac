//! The way to one of the two systems. Each request takes its time there and back, and on the way people are at
//! work and things go wrong.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use concordat_ledger::MemoryDisk;
use concordat_model::Time;
use concordat_remote::{Clock, Request, Response, Transport, TransportError};
use concordat_sandbox::System;
use tokio::time::sleep;

use super::cells::{Blow, Stage};
use super::chances::Fault;
use super::mortal::{Mortal, Point};
use super::scene::{Fate, Scene, is_writing};
use crate::watch::Watch;

/// How long a request takes there, and how long its answer takes back, in milliseconds: from this to as much
/// more.
const ONE_WAY: usize = 40;
/// A slow one takes so many seconds at most.
const SLOW: usize = 20;

/// The way there and back.
pub struct Road {
    /// What is at its other end.
    pub scene: Arc<Mutex<Scene>>,
    /// The time.
    pub watch: Arc<Watch>,
    /// Which system.
    pub system: System,
    /// Whose requests.
    pub mortal: Arc<Mortal>,
    /// Where the ledger is that says how far they are.
    pub disk: MemoryDisk,
    /// Until then its side asked to be left alone.
    pub quiet_until: Mutex<Option<Time>>,
}

/// A request of ours as the sandbox hears it.
pub fn asked(system: System, request: Request) -> concordat_sandbox::Request {
    concordat_sandbox::Request {
        method: request.method.as_str().to_owned(),
        path: match system {
            System::UpGuard => format!("/api/public{}", request.path),
            System::HighLevel => request.path,
        },
        query: request.query,
        headers: request.headers,
        body: request.body,
    }
}

/// Longer than this nobody waits.
const PATIENCE: f64 = 120.0;
/// What a timer may be early.
const EARLY: TimeDelta = TimeDelta::milliseconds(50);

impl Road {
    /// How long its side asks to be left alone.
    fn hears(&self, answer: &concordat_sandbox::Response) {
        let says = answer.headers.iter().find(|(name, _)| name == "retry-after");
        let seconds = says.and_then(|(_, it)| it.parse::<f64>().ok());
        let asks = |it: &f64| answer.status == 429 && (0.0..=PATIENCE).contains(it);
        if let Some(seconds) = seconds.filter(asks) {
            let wait = TimeDelta::from_std(Duration::from_secs_f64(seconds)).expect("short");
            let until = self.watch.now() + wait - EARLY;
            let mut quiet = self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
            *quiet = (*quiet).max(Some(until));
        }
    }

    /// Nothing leaves before.
    fn is_patient(&self, request: &concordat_sandbox::Request) {
        let (now, system) = (self.watch.now(), self.system);
        let until = *self.quiet_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until.filter(|it| now < *it) {
            let (method, path) = (&request.method, &request.path);
            let says = format!("{system:?} asked to be left alone until {until}: {method} {path}");
            self.scene().impatient.push(says);
        }
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Road {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let request = asked(self.system, request);
        self.is_patient(&request);
        let (fault, there, back) = {
            let mut scene = self.scene();
            let fault = scene.fault(is_writing(&request));
            if let Some(fault) = fault {
                let stage = Stage::of(&self.disk, &scene.process);
                scene.struck(Blow::Fault(fault), stage);
            }
            let mut way = || Duration::from_millis((ONE_WAY + scene.dice.below(ONE_WAY)) as u64);
            let (there, mut back) = (way(), way());
            if fault == Some(Fault::Slow) {
                back += Duration::from_secs(1 + scene.dice.below(SLOW) as u64);
            }
            (fault, there, back)
        };
        if self.mortal.passes(Point::BeforeRequest) {
            self.scene().dies(self.watch.now(), self.system, request);
            return pending().await;
        }
        if is_writing(&request) && fault != Some(Fault::Unreachable) {
            self.scene().process.wrote = Some(self.watch.now());
        }
        if self.system == System::HighLevel {
            self.scene().work.leaves(self.watch.now());
        }
        sleep(there).await;
        let fate = {
            let (mut scene, now) = (self.scene(), self.watch.now());
            scene.passes(now);
            scene.arrives(now, (self.system, &request), fault)
        };
        let left = !matches!(fate, Fate::NotSent);
        if left && self.mortal.passes(Point::AfterRequest) {
            return pending().await;
        }
        sleep(back).await;
        self.scene().passes(self.watch.now());
        match fate {
            Fate::NotSent => Err(TransportError::NotSent("no connection".into())),
            Fate::NoAnswer => Err(TransportError::NoAnswer("cut".into())),
            Fate::Answered(answer) => {
                self.hears(&answer);
                Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
            }
        }
    }
}
