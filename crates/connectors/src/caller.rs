//! How does one call go out and come back? The only place that does it, in one visible order:
//! limiter, freshness, credentials, count, send, learn, classify, and perhaps once more.
//!
//! What was written by a call that failed follows from three things: what the operation does, whether
//! bytes left, and what came back (`call.rs`). A call is repeated only after an attempt
//! that certainly did nothing, so a write whose effect is in doubt leaves once: what people did
//! meanwhile is seen by whoever reads the record again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use concordat_model::zoo::{self, Bug};
use concordat_model::{Ended, Offset, Record, Time};
use concordat_remote::{
    Answer, Cause, Clock, Failure, Observer, Request, Response, Spent, Traffic, Transport,
    TransportError,
};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::call::{Call, Failed, Known, Refusal, Reply};
use crate::credentials::Credentials;
use crate::noted::Note;
use crate::operation::Operation;
use crate::pacing::Pacer;
use crate::patience::{self, Asked, RetryBudget};
use crate::percent;
use crate::reach::{Grants, Reach};
use crate::wire::Unreadable;

/// Whether, and when, a failed attempt may be repeated.
enum Again {
    No,
    /// At once, if there is another token.
    Renewed,
    /// After a growing pause.
    Outage,
    /// When the side lets us; it certainly did nothing.
    Throttled(Asked),
}

/// How a side sorts its refusals.
pub(crate) type Classify = fn(&Operation, u16, &[u8]) -> Refusal;

/// A side's own id of a call, out of its answer.
pub(crate) type Trace = fn(&[u8]) -> Option<String>;

/// Adds what opens a side to a request's headers.
pub(crate) type Sign = fn(&SecretString, &mut Vec<(String, String)>);

/// A client's way to its side.
pub(crate) struct Caller {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credentials: Arc<dyn Credentials>,
    sign: Sign,
    classify: Classify,
    trace: Trace,
    observer: Option<Observer>,
    pacer: Pacer,
    grants: Grants,
    traffic: Mutex<Traffic>,
    retries: Mutex<RetryBudget>,
    offset: Mutex<Offset>,
}

impl Caller {
    pub(crate) fn new(
        (transport, clock): (Arc<dyn Transport>, Arc<dyn Clock>),
        (credentials, sign): (Arc<dyn Credentials>, Sign),
        (classify, trace): (Classify, Trace),
        pacer: Pacer,
        reach: Reach,
    ) -> Self {
        Caller {
            transport,
            clock,
            credentials,
            sign,
            classify,
            trace,
            observer: None,
            pacer,
            grants: Grants::new(reach),
            traffic: Mutex::default(),
            retries: Mutex::new(RetryBudget::full()),
            offset: Mutex::new(Offset::default()),
        }
    }

    /// Tells of every request from now on.
    pub(crate) fn hear(&mut self, observer: Observer) {
        self.observer = Some(observer);
    }

    /// Makes the call.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Reply, Failed> {
        let operation = call.operation;
        let path = percent::fill(operation.template, call.ids).map_err(|says| Failed {
            failure: self.refuse(operation, says),
            known: Known::Refused,
        })?;
        if let Some(says) = self.grants.keeps_from(&operation) {
            let failure = self.failure(operation, Cause::Scope, None, None, says);
            return Err(Failed { failure, known: Known::Nothing });
        }
        let mut outages = patience::outage_waits();
        let mut throttles = patience::throttle_waits();
        let (mut attempt, mut is_renewed) = (0, false);
        loop {
            attempt += 1;
            let secret = self.opened(self.credentials.current().await)?;
            let (failed, again) = match self.attempt(&call, &path, &secret, attempt).await {
                Ok(reply) => {
                    lock(&self.retries).earn(attempt > 1);
                    return Ok(reply);
                }
                Err(failed) => failed,
            };
            if matches!(again, Again::Renewed) && !is_renewed {
                is_renewed = true;
                if self.opened(self.credentials.instead_of(&secret).await)?.is_some() {
                    continue;
                }
            }
            let wait = match again {
                Again::No | Again::Renewed => None,
                Again::Outage if failed.known == Known::Nothing => outages.next(),
                Again::Outage if zoo::is_in(Bug::WriteRepeated) => outages.next(),
                Again::Outage => None,
                Again::Throttled(Asked::TooLong) => None,
                Again::Throttled(Asked::Wait(wait)) => Some(wait),
                Again::Throttled(Asked::Nothing) => throttles
                    .next()
                    .map(|wait| self.pacer.interval().map_or(wait, |interval| interval + wait / 2)),
            };
            // A throttled side is left alone by every caller, whether or not this one goes on.
            if let (Again::Throttled(_), Some(wait)) = (&again, wait) {
                self.pacer.hold(wait);
                lock(&self.traffic).held += wait;
            }
            match wait {
                Some(wait) if attempt < patience::ATTEMPTS_MAX && lock(&self.retries).spend() => {
                    if matches!(again, Again::Outage) {
                        tokio::time::sleep(wait).await;
                    }
                }
                Some(_) | None => return Err(failed),
            }
        }
    }

    /// What opens the side, or the failure of a call for which there was nothing.
    fn opened<T>(&self, opened: Result<T, Failure>) -> Result<T, Failed> {
        opened.map_err(|failure| Failed { failure, known: Known::Nothing })
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        path: &str,
        secret: &SecretString,
        attempt: u32,
    ) -> Result<Reply, (Failed, Again)> {
        let operation = call.operation;
        self.pacer.turn().await;
        // What it rests on is no longer fresh, now that its turn has come.
        if call.by.is_some_and(|by| Instant::now() > by) {
            let says = "it had to wait, and what it rests on was read too long ago";
            let failure = self.failure(operation, Cause::Late, None, None, says.into());
            return Err((Failed { failure, known: Known::Nothing }, Again::No));
        }
        let request = self.request(call, path, secret);
        let (asked_at, started) = (self.clock.now(), Instant::now());
        let mut note = Note::of(call, attempt, asked_at, self.observer.as_ref());
        lock(&self.traffic).requests += 1;
        let outcome = self.transport.send(request).await;
        let answered_at = self.clock.now();
        let latency = started.elapsed();
        let latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.count(latency, outcome.as_ref().ok().map(|response| response.status));
        let response = match outcome {
            Ok(response) => response,
            Err(error) => {
                tracing::debug!(
                    side = %operation.side,
                    operation = %operation.name(),
                    attempt,
                    latency_ms,
                    "no answer"
                );
                let failed = self.unanswered(operation, &error);
                let kind = failed.0.failure.cause.kind();
                note.ended(Ended::Failed { failed: kind, status: None }, latency_ms, None);
                return Err(failed);
            }
        };
        self.pacer.learn(&response);
        let at = self.time_of(&response, asked_at, answered_at);
        let trace = (self.trace)(&response.body);
        tracing::debug!(
            side = %operation.side,
            operation = %operation.name(),
            attempt,
            status = response.status,
            latency_ms,
            trace,
            "answered"
        );
        let status = response.status;
        if (200..=299).contains(&status) {
            note.ended(Ended::Done { status }, latency_ms, trace.as_deref());
            return Ok(Reply { operation, at, body: response.body, note });
        }
        let failed = self.refused(operation, &response, trace.clone(), answered_at);
        let ended = Ended::Failed { failed: failed.0.failure.cause.kind(), status: Some(status) };
        note.ended(ended, latency_ms, trace.as_deref());
        Err(failed)
    }

    fn request(&self, call: &Call<'_>, path: &str, secret: &SecretString) -> Request {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        if !call.body.is_empty() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        (self.sign)(secret, &mut headers);
        Request {
            method: call.operation.method,
            path: path.to_owned(),
            query: call.query.clone(),
            headers,
            body: call.body.clone(),
        }
    }

    fn unanswered(&self, operation: Operation, error: &TransportError) -> (Failed, Again) {
        let doubt = Known::doubt_unless_read(operation.effect);
        let (cause, known, again) = match error {
            TransportError::NotSent(_) => (Cause::Unreachable, Known::Nothing, Again::Outage),
            TransportError::NoAnswer(_) => (Cause::NoAnswer, doubt, Again::Outage),
            TransportError::TooLarge(_) => (Cause::Malformed, doubt, Again::No),
        };
        let failure = self.failure(operation, cause, None, None, error.to_string());
        (Failed { failure, known }, again)
    }

    fn refused(
        &self,
        operation: Operation,
        response: &Response,
        trace: Option<String>,
        now: Time,
    ) -> (Failed, Again) {
        let Refusal { mut cause, mut says } =
            (self.classify)(&operation, response.status, &response.body);
        let known = Known::of_refusal(operation.effect, response.status, &cause);
        let again = match response.status {
            // A 403 may be about the record (`upguard.md` §1); this is about the token.
            401 if cause == Cause::Expired => Again::Renewed,
            401 if cause == Cause::Scope => {
                self.grants.refused(&operation);
                Again::No
            }
            429 if self.pacer.remaining_daily() == Some(0) => {
                cause = Cause::Budget;
                says = "the side's daily quota is used up".into();
                Again::No
            }
            429 => {
                let asked = patience::retry_after(response, now);
                if asked == Asked::TooLong {
                    says.push_str("; it asks for a longer wait than 120 s: run again later");
                }
                Again::Throttled(asked)
            }
            408 | 500..=599 => Again::Outage,
            _ => Again::No,
        };
        let status = Some(response.status);
        (Failed { failure: self.failure(operation, cause, status, trace, says), known }, again)
    }

    /// The answer's time in the side's clock. Also measures how far that clock is off: the smallest
    /// offset that explains the header, which has a resolution of a second.
    fn time_of(&self, response: &Response, asked_at: Time, answered_at: Time) -> Time {
        let Some(date) = patience::date(response).map(DateTime::<Utc>::from) else {
            return answered_at;
        };
        let ahead = if date > answered_at {
            date - answered_at
        } else {
            (date + TimeDelta::seconds(1) - asked_at).min(TimeDelta::zero())
        };
        *lock(&self.offset) = Offset { ahead_ms: ahead.num_milliseconds() };
        date
    }

    /// Counts how a request ended; without a status: no answer came.
    fn count(&self, latency: Duration, status: Option<u16>) {
        let mut traffic = lock(&self.traffic);
        traffic.answering += latency;
        traffic.throttled += u64::from(status == Some(429));
        traffic.failed += u64::from(matches!(status, None | Some(408 | 500..=599)));
    }

    /// What was sent so far.
    pub(crate) fn spent(&self) -> Spent {
        let (window, pace) = (self.pacer.window(), self.pacer.pace());
        let traffic = Traffic { window, pace, ..*lock(&self.traffic) };
        Spent {
            traffic,
            left_today: self.pacer.remaining_daily(),
            limit_today: self.pacer.limit_daily(),
        }
    }

    /// Goes on at the pace that was found out before.
    pub(crate) fn resume(&self, lately: &Traffic) {
        self.pacer.resume(lately);
    }

    /// Now, in the side's clock.
    pub(crate) fn their_now(&self) -> Time {
        self.offset().to_theirs(self.clock.now())
    }

    pub(crate) fn offset(&self) -> Offset {
        *lock(&self.offset)
    }

    /// Why none of these can be called, if that is known.
    pub(crate) fn keeps_from(&self, operations: &[Operation]) -> Option<String> {
        operations.iter().find_map(|it| self.grants.keeps_from(it))
    }

    /// A failure of our own making: nothing was sent.
    pub(crate) fn refuse(&self, operation: Operation, says: impl Into<String>) -> Failure {
        self.failure(operation, Cause::Rejected, None, None, says.into())
    }

    /// Asks for one record; nothing: there is none.
    pub(crate) async fn look<T: Into<Option<Record>>>(
        &self,
        call: Call<'_>,
        decode: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        match self.call(call).await.map_err(Failure::from) {
            Ok(reply) => {
                let body = self.understood(&reply, decode(&reply.body))?.into();
                Ok(Answer { at: reply.at, body })
            }
            Err(failure) if failure.cause == Cause::Missing => {
                Ok(Answer { at: self.their_now(), body: None })
            }
            Err(failure) => Err(failure),
        }
    }

    /// What was decoded of an answer, or that it cannot be understood.
    pub(crate) fn understood<T>(
        &self,
        reply: &Reply,
        decoded: Result<T, Unreadable>,
    ) -> Result<T, Failed> {
        decoded.map_err(|what| {
            reply.note.is_malformed();
            self.malformed(reply.operation, what)
        })
    }

    /// A 2xx answer that is not what its description says. `what` names places, never contents.
    pub(crate) fn malformed(&self, operation: Operation, what: impl std::fmt::Display) -> Failed {
        let says = format!("the answer is not what its description says: {what}");
        let failure = self.failure(operation, Cause::Malformed, None, None, says);
        Failed { failure, known: Known::doubt_unless_read(operation.effect) }
    }

    fn failure(
        &self,
        operation: Operation,
        cause: Cause,
        status: Option<u16>,
        trace: Option<String>,
        says: String,
    ) -> Failure {
        Failure { side: operation.side, operation: operation.name(), cause, status, trace, says }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one of these is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
