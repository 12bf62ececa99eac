//! How fast may we ask? A token bucket per credential whose rate follows what the side says.
//!
//! HighLevel announces its limit in `X-RateLimit-*` headers (`highlevel.md` §3); UpGuard announces
//! nothing, so its rate is probed: up a little with every answer, halved on a 429. The pace it was seen
//! to bear is told, so that a later run can begin with it. Both rates move while the program runs.
//! `governor` fixes a quota when it is built and ignores tokio's paused time; swapping the limiter would
//! lose its fill level exactly when it matters, hence this bucket.
//! Time here only measures waiting; it is never a fact about a record.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use concordat_remote::{Pace, Response, Traffic};
use tokio::time::{Instant, sleep_until};

/// Of what is documented: 100 requests per 10 s, 4 of them at once.
const HIGHLEVEL_MAX: f64 = 100.0;
const HIGHLEVEL_INTERVAL: Duration = Duration::from_secs(10);
/// The part of a window that may be spent at once; the rest is spread evenly, so that
/// `burst + rate * interval` never exceeds the window's maximum.
const BURST_PART: f64 = 0.04;
/// An announced interval beyond this is not believed.
const INTERVAL_MAX: Duration = Duration::from_secs(120);

/// Requests per second; no limit of UpGuard is documented, so it is probed from the start.
const PROBING_START: f64 = 8.0;
const PROBING_LIMIT: f64 = 50.0;
const PROBING_BURST: f64 = 4.0;
const PROBING_STEP: f64 = 0.25;
const PROBING_FLOOR: f64 = 0.5;
/// A pace that was refused, if it is above that at which probing starts, is approached in small steps from this
/// part of it on.
const NEAR: f64 = 0.75;
const NEAR_STEP: f64 = 0.05;
/// So many requests, carried out one after the other without a refusal, prove a pace.
const STRETCH: u32 = 20;
/// Several requests of one burst are refused together; that is one signal, not several.
const HALVE_AT_MOST_EVERY: Duration = Duration::from_secs(1);

enum Policy {
    Announced,
    Probing,
}

/// How many may go out at once, and how many a second. It is told the time, so that it can be rehearsed.
pub(crate) struct Bucket {
    burst: f64,
    per_second: f64,
    tokens: f64,
    filled: Instant,
    held_until: Option<Instant>,
    halved: Option<Instant>,
    interval: Duration,
    /// By then the side's present window had begun.
    window_seen: Option<Instant>,
    /// Requests left today, if the side says so.
    remaining_daily: Option<u64>,
    /// Of how many, if it says so.
    limit_daily: Option<u64>,
    /// How many requests the side allows in how long, if it says so.
    window: Option<(u64, Duration)>,
    /// Requests per second that the side is known to bear, if it was found out.
    borne: Option<f64>,
    /// Requests per second of which one was too many.
    too_many: Option<f64>,
    /// Since when requests were carried out without a refusal, and how many.
    stretch: Option<(Instant, u32)>,
}

impl Bucket {
    fn new(burst: f64, per_second: f64) -> Self {
        Bucket {
            burst,
            per_second,
            tokens: burst,
            filled: Instant::now(),
            held_until: None,
            halved: None,
            interval: HIGHLEVEL_INTERVAL,
            window_seen: None,
            remaining_daily: None,
            limit_daily: None,
            window: None,
            borne: None,
            too_many: None,
            stretch: None,
        }
    }

    /// At the limit that the side announced, or else the one that is documented.
    pub(crate) fn announced(window: Option<(u64, Duration)>) -> Self {
        let burst = HIGHLEVEL_MAX * BURST_PART;
        let per_second = (HIGHLEVEL_MAX - burst) / HIGHLEVEL_INTERVAL.as_secs_f64();
        let mut bucket = Bucket::new(burst, per_second);
        if let Some((max, interval)) = window {
            bucket.follow(max, interval);
        }
        bucket
    }

    /// At the pace that was found out, or else at one from which to find out.
    pub(crate) fn probing(pace: Option<Pace>) -> Self {
        let mut bucket = Bucket::new(PROBING_BURST, PROBING_START);
        if let Some(pace) = pace {
            bucket.resume(pace);
        }
        bucket
    }

    /// Goes on at a pace that was found out earlier. What was found out since stands above it.
    fn resume(&mut self, pace: Pace) {
        if self.borne.is_none() {
            self.per_second = known(pace.borne);
            (self.borne, self.too_many) = (Some(self.per_second), pace.refused.map(known));
        }
    }

    /// How much more is tried after an answer.
    fn step(&self) -> f64 {
        let is_near = |too_many| PROBING_START <= too_many && NEAR * too_many <= self.per_second;
        if self.too_many.is_some_and(is_near) { NEAR_STEP } else { PROBING_STEP }
    }

    /// When the next request may leave, if none leaves before: `now`, or later.
    pub(crate) fn next(&self, now: Instant) -> Instant {
        let open = self.held_until.map_or(now, |until| until.max(now));
        let lacking = (1.0 - self.tokens_at(open)).max(0.0);
        open + Duration::from_secs_f64(lacking / self.per_second)
    }

    /// So many requests leave.
    pub(crate) fn take(&mut self, requests: f64, at: Instant) {
        self.tokens = self.tokens_at(at) - requests;
        self.filled = self.filled.max(at);
        self.held_until = self.held_until.filter(|until| at < *until);
    }

    fn tokens_at(&self, at: Instant) -> f64 {
        let gained = at.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        (self.tokens + gained).min(self.burst)
    }

    /// A request was carried out: a little more is tried. What is tried is not proven yet: who asks slower
    /// than is tried proves no more than that.
    fn carried(&mut self, now: Instant) {
        self.per_second = (self.per_second + self.step()).min(PROBING_LIMIT);
        let (began, requests) = self.stretch.map_or((now, 0), |(began, it)| (began, it + 1));
        self.stretch = Some((began, requests));
        if requests == STRETCH {
            let reached = f64::from(STRETCH) / (now - began).as_secs_f64();
            let reached = reached.min(self.per_second);
            self.borne = Some(self.borne.unwrap_or(PROBING_START).max(reached));
            self.too_many = self.too_many.filter(|it| reached < *it);
            self.stretch = Some((now, 0));
        }
    }

    /// A request was one too many: half as many are tried.
    fn refused(&mut self, now: Instant) {
        self.stretch = None;
        if self.halved.is_some_and(|at| now - at < HALVE_AT_MOST_EVERY) {
            return;
        }
        self.halve();
        self.halved = Some(now);
        self.borne = Some(self.borne.map_or(self.per_second, |it| it.min(self.per_second)));
    }

    /// The pace that was found out.
    fn pace(&self) -> Option<Pace> {
        let apart = |per_second: f64| Duration::from_secs_f64(per_second.recip());
        self.borne.map(|it| Pace { borne: apart(it), refused: self.too_many.map(apart) })
    }

    fn halve(&mut self) {
        self.too_many = Some(self.per_second);
        self.per_second = (self.per_second / 2.0).max(PROBING_FLOOR);
        self.tokens = self.tokens.min(0.0);
    }

    /// So many requests were carried out in a rehearsal, and so many are one too many.
    pub(crate) fn probed(&mut self, carried: f64, refused: u32) {
        self.per_second = (self.per_second + self.step() * carried).min(PROBING_LIMIT);
        (0..refused).for_each(|_| self.halve());
    }

    /// Nothing goes out for `wait`, and no burst after it: the window is just full.
    fn hold(&mut self, now: Instant, wait: Duration) {
        let until = now + wait.min(INTERVAL_MAX);
        if self.held_until.is_none_or(|held| held < until) {
            self.held_until = Some(until);
            self.tokens = 0.0;
            self.filled = until;
        }
    }

    /// How long the present window lasts at most. Answers overtake each other, so what is left in it does
    /// not tell one from the next; its length does.
    fn window_lasts(&mut self, now: Instant) -> Duration {
        let interval = self.interval;
        let seen = self.window_seen.filter(|seen| now < *seen + interval).unwrap_or(now);
        self.window_seen = Some(seen);
        seen + interval - now
    }

    /// Keeps to what the side announces, if that makes sense.
    fn follow(&mut self, max: u64, interval: Duration) {
        if max == 0 || !(Duration::from_millis(1)..=INTERVAL_MAX).contains(&interval) {
            return;
        }
        self.window = Some((max, interval));
        let max = max.min(u64::from(u32::MAX)) as f64;
        let burst = (max * BURST_PART).max(1.0);
        let per_second = (max - burst).max(max / 2.0) / interval.as_secs_f64();
        if burst > self.burst && self.held_until.is_none() {
            self.tokens += burst - self.burst;
        }
        self.tokens = self.tokens.min(burst);
        (self.burst, self.per_second, self.interval) = (burst, per_second, interval);
    }
}

/// Requests per second at which to go on, half of those without memory at least: what was refused may be over.
fn known(apart: Duration) -> f64 {
    apart.as_secs_f64().recip().clamp(PROBING_START / 2.0, PROBING_LIMIT)
}

/// Lets requests through at the pace the side allows.
pub(crate) struct Pacer {
    policy: Policy,
    bucket: Mutex<Bucket>,
}

impl Pacer {
    /// Starts at HighLevel's documented limit and follows its headers.
    pub(crate) fn announced() -> Self {
        Pacer { policy: Policy::Announced, bucket: Mutex::new(Bucket::announced(None)) }
    }

    /// Starts at a rate and finds out.
    pub(crate) fn probing() -> Self {
        Pacer { policy: Policy::Probing, bucket: Mutex::new(Bucket::probing(None)) }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn(&self) {
        loop {
            let next = self.leave(Instant::now());
            match next {
                None => return,
                Some(next) => sleep_until(next).await,
            }
        }
    }

    /// Lets a request leave, or says when to ask again.
    fn leave(&self, now: Instant) -> Option<Instant> {
        let mut bucket = self.bucket();
        let next = Some(bucket.next(now)).filter(|next| now < *next);
        if next.is_none() {
            bucket.take(1.0, now);
        }
        next
    }

    /// Learns from an answer.
    pub(crate) fn learn(&self, response: &Response) {
        let now = Instant::now();
        let mut bucket = self.bucket();
        match self.policy {
            Policy::Announced => learn_from_headers(&mut bucket, now, response),
            Policy::Probing => match response.status {
                429 => bucket.refused(now),
                200..=299 => bucket.carried(now),
                _ => {}
            },
        }
    }

    /// Holds every request back for `wait`.
    pub(crate) fn hold(&self, wait: Duration) {
        self.bucket().hold(Instant::now(), wait);
    }

    /// After how long a full window is empty again, as far as is known.
    pub(crate) fn interval(&self) -> Option<Duration> {
        match self.policy {
            Policy::Announced => Some(self.bucket().interval),
            Policy::Probing => None,
        }
    }

    /// How many requests the side allows in how long, if it said so.
    pub(crate) fn window(&self) -> Option<(u64, Duration)> {
        self.bucket().window
    }

    /// Goes on at the pace that was found out, where it is one to be found out: what a side announces, it
    /// announces with its first answer.
    pub(crate) fn resume(&self, lately: &Traffic) {
        match (&self.policy, lately.pace) {
            (Policy::Probing, Some(pace)) => self.bucket().resume(pace),
            (Policy::Probing, None) | (Policy::Announced, _) => {}
        }
    }

    /// The pace that was found out.
    pub(crate) fn pace(&self) -> Option<Pace> {
        self.bucket().pace()
    }

    /// Requests left today, if the side said so.
    pub(crate) fn remaining_daily(&self) -> Option<u64> {
        self.bucket().remaining_daily
    }

    /// How many requests the side allows a day, if it said so.
    pub(crate) fn limit_daily(&self) -> Option<u64> {
        self.bucket().limit_daily
    }

    #[cfg(test)]
    pub(crate) fn per_second(&self) -> f64 {
        self.bucket().per_second
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        // Nothing panics while the lock is held; a poisoned bucket is still a bucket.
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn learn_from_headers(bucket: &mut Bucket, now: Instant, response: &Response) {
    let number = |name: &str| response.header(name)?.trim().parse::<u64>().ok();
    let interval = number("x-ratelimit-interval-milliseconds").map(Duration::from_millis);
    if let (Some(max), Some(interval)) = (number("x-ratelimit-max"), interval) {
        bucket.follow(max, interval);
    }
    let lasts = bucket.window_lasts(now);
    if number("x-ratelimit-remaining") == Some(0) {
        bucket.hold(now, lasts);
    }
    bucket.remaining_daily = number("x-ratelimit-daily-remaining").or(bucket.remaining_daily);
    bucket.limit_daily = number("x-ratelimit-limit-daily").or(bucket.limit_daily);
}

#[cfg(test)]
#[path = "pacing_tests.rs"]
mod tests;
