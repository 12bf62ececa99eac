//! How long, and how often, do we wait before asking again? `Retry-After`, backoff, and the budget
//! that keeps a broken side from being hammered.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use concordat_model::Time;
use concordat_model::zoo::{self, Bug};
use concordat_remote::Response;

/// Attempts per repeatable call, the first included.
pub(crate) const ATTEMPTS_MAX: u32 = 3;
/// A side that wants more patience than this gets none: the run stops and can be resumed.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// The waits between attempts after an outage: jittered, doubling.
pub(crate) fn outage_waits() -> impl Iterator<Item = Duration> {
    waits(Duration::from_millis(100), Duration::from_secs(20))
}

/// The waits after a 429 that does not say how long.
pub(crate) fn throttle_waits() -> impl Iterator<Item = Duration> {
    waits(Duration::from_secs(1), Duration::from_secs(60))
}

fn waits(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_max_times(ATTEMPTS_MAX as usize)
        .with_jitter()
        .build()
}

/// What a 429 says about waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing that can be understood.
    Nothing,
    /// This long.
    Wait(Duration),
    /// Longer than we are ready to wait.
    TooLong,
}

/// Reads `Retry-After`: seconds or an HTTP date, told by the side's own clock where it says so.
pub(crate) fn retry_after(response: &Response, now: Time) -> Asked {
    if zoo::is_in(Bug::RetryAfterIgnored) {
        return Asked::Nothing;
    }
    let Some(text) = response.header("retry-after").map(str::trim) else { return Asked::Nothing };
    if let Ok(seconds) = text.parse::<f64>() {
        return match seconds {
            _ if seconds.is_nan() || seconds < 0.0 => Asked::Nothing,
            _ if seconds > RETRY_AFTER_MAX.as_secs_f64() => Asked::TooLong,
            _ => Asked::Wait(Duration::from_secs_f64(seconds)),
        };
    }
    let Ok(until) = httpdate::parse_http_date(text) else { return Asked::Nothing };
    let now = date(response).unwrap_or_else(|| now.into());
    match until.duration_since(now) {
        Ok(wait) if wait > RETRY_AFTER_MAX => Asked::TooLong,
        Ok(wait) => Asked::Wait(wait),
        // Already over.
        Err(_) => Asked::Wait(Duration::ZERO),
    }
}

/// The `Date` header.
pub(crate) fn date(response: &Response) -> Option<SystemTime> {
    httpdate::parse_http_date(response.header("date")?.trim()).ok()
}

/// How many retries are left. Every retry costs, every success pays a little back, so that a few
/// hiccups are ridden out and an outage is not.
pub(crate) struct RetryBudget {
    tokens: u32,
}

impl RetryBudget {
    const FULL: u32 = 500;
    const PER_RETRY: u32 = 14;

    pub(crate) fn full() -> Self {
        RetryBudget { tokens: Self::FULL }
    }

    pub(crate) fn spend(&mut self) -> bool {
        match self.tokens.checked_sub(Self::PER_RETRY) {
            Some(left) => {
                self.tokens = left;
                true
            }
            None => false,
        }
    }

    pub(crate) fn earn(&mut self, retried: bool) {
        let earned = if retried { Self::PER_RETRY } else { 1 };
        self.tokens = (self.tokens + earned).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(retry_after: &str, date: Option<&str>) -> Asked {
        let mut headers = vec![("retry-after".to_owned(), retry_after.to_owned())];
        headers.extend(date.map(|date| ("date".to_owned(), date.to_owned())));
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        super::retry_after(&Response { status: 429, headers, body: Vec::new() }, now)
    }

    #[test]
    fn retry_after_is_read_as_far_as_it_makes_sense() {
        let seconds = |seconds| Asked::Wait(Duration::from_secs(seconds));
        for (text, expected) in [
            ("0", seconds(0)),
            ("7", seconds(7)),
            (" 120 ", seconds(120)),
            ("121", Asked::TooLong),
            ("1e9", Asked::TooLong),
            ("99999999999999999999999999", Asked::TooLong),
            ("inf", Asked::TooLong),
            ("-5", Asked::Nothing),
            ("NaN", Asked::Nothing),
            ("soon", Asked::Nothing),
            ("", Asked::Nothing),
            ("Thu, 01 Jan 2026 00:00:30 GMT", seconds(30)),
            ("Wed, 31 Dec 2025 23:59:00 GMT", seconds(0)),
            ("Fri, 01 Jan 2027 00:00:00 GMT", Asked::TooLong),
        ] {
            assert_eq!(asked(text, None), expected, "{text}");
        }
        // The side's clock is an hour ahead of ours; its date is meant in its own time.
        let ahead = Some("Thu, 01 Jan 2026 01:00:00 GMT");
        assert_eq!(asked("Thu, 01 Jan 2026 01:00:10 GMT", ahead), seconds(10));
    }

    #[test]
    fn the_retry_budget_runs_dry_and_refills() {
        let mut budget = RetryBudget::full();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 35);
        for _ in 0..14 {
            budget.earn(false);
        }
        assert!(budget.spend());
    }
}
