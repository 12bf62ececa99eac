//! How fast may we ask? A token bucket per credential whose rate follows what the side says.
//!
//! HighLevel announces its limit in `X-RateLimit-*` headers (`highlevel.md` §3); UpGuard announces
//! nothing, so its rate is probed: up a little with every answer, halved on a 429. Both rates move
//! while the program runs. `governor` fixes a quota when it is built and ignores tokio's paused
//! time; swapping the limiter would lose its fill level exactly when it matters, hence this bucket.
//! Time here only measures waiting; it is never a fact about a record.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use concordat_remote::Response;
use tokio::time::{Instant, sleep};

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
/// Several requests of one burst are refused together; that is one signal, not several.
const HALVE_AT_MOST_EVERY: Duration = Duration::from_secs(1);

enum Policy {
    Announced,
    Probing,
}

struct Bucket {
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
        }
    }

    /// Takes a token, or says how long to wait before asking again.
    fn take(&mut self, now: Instant) -> Option<Duration> {
        match self.held_until {
            Some(until) if now < until => return Some(until - now),
            Some(_) => self.held_until = None,
            None => {}
        }
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled = self.filled.max(now);
        if self.tokens > 1.0 - 1e-6 {
            self.tokens -= 1.0;
            None
        } else {
            Some(Duration::from_secs_f64((1.0 - self.tokens) / self.per_second))
        }
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

    fn follow(&mut self, max: f64, interval: Duration) {
        let burst = (max * BURST_PART).max(1.0);
        let per_second = (max - burst).max(max / 2.0) / interval.as_secs_f64();
        if burst > self.burst && self.held_until.is_none() {
            self.tokens += burst - self.burst;
        }
        self.tokens = self.tokens.min(burst);
        (self.burst, self.per_second, self.interval) = (burst, per_second, interval);
    }
}

/// Lets requests through at the pace the side allows.
pub(crate) struct Pacer {
    policy: Policy,
    bucket: Mutex<Bucket>,
}

impl Pacer {
    /// Starts at HighLevel's documented limit and follows its headers.
    pub(crate) fn announced() -> Self {
        let burst = HIGHLEVEL_MAX * BURST_PART;
        let per_second = (HIGHLEVEL_MAX - burst) / HIGHLEVEL_INTERVAL.as_secs_f64();
        Pacer { policy: Policy::Announced, bucket: Mutex::new(Bucket::new(burst, per_second)) }
    }

    /// Starts at a rate and finds out.
    pub(crate) fn probing() -> Self {
        let bucket = Bucket::new(PROBING_BURST, PROBING_START);
        Pacer { policy: Policy::Probing, bucket: Mutex::new(bucket) }
    }

    /// Waits for this request's turn.
    pub(crate) async fn turn(&self) {
        loop {
            let wait = self.bucket().take(Instant::now());
            match wait {
                None => return,
                Some(wait) => sleep(wait).await,
            }
        }
    }

    /// Learns from an answer.
    pub(crate) fn learn(&self, response: &Response) {
        let now = Instant::now();
        let mut bucket = self.bucket();
        match self.policy {
            Policy::Announced => learn_from_headers(&mut bucket, now, response),
            Policy::Probing => {
                if response.status == 429 {
                    let recent = bucket.halved.is_some_and(|at| now - at < HALVE_AT_MOST_EVERY);
                    if !recent {
                        bucket.per_second = (bucket.per_second / 2.0).max(PROBING_FLOOR);
                        bucket.tokens = bucket.tokens.min(0.0);
                        bucket.halved = Some(now);
                    }
                } else if (200..300).contains(&response.status) {
                    bucket.per_second = (bucket.per_second + PROBING_STEP).min(PROBING_LIMIT);
                }
            }
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

    /// Requests left today, if the side said so.
    pub(crate) fn remaining_daily(&self) -> Option<u64> {
        self.bucket().remaining_daily
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
    let max = number("x-ratelimit-max");
    if let (Some(max), Some(interval)) = (max, interval)
        && max > 0
        && (Duration::from_millis(1)..=INTERVAL_MAX).contains(&interval)
    {
        bucket.follow(max.min(u64::from(u32::MAX)) as f64, interval);
    }
    let lasts = bucket.window_lasts(now);
    if number("x-ratelimit-remaining") == Some(0) {
        bucket.hold(now, lasts);
    }
    bucket.remaining_daily = number("x-ratelimit-daily-remaining").or(bucket.remaining_daily);
}

#[cfg(test)]
#[path = "pacing_tests.rs"]
mod tests;
