//! How many requests are left? Burst and daily counters of one location and the headers that tell
//! (HighLevel sheet §3). Windows start with their first request; days turn at midnight UTC.

use chrono::{DateTime, TimeDelta, Utc};

use crate::http::Response;
use crate::switches::Switches;

const INTERVAL_MS_MAX: i64 = 366 * 86_400_000;

/// The two counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    window_start: DateTime<Utc>,
    used: u64,
    day: i64,
    used_today: u64,
}

impl Meter {
    /// Counts one request; false when a limit was already spent.
    pub(super) fn count(&mut self, at: DateTime<Utc>, switches: &Switches) -> bool {
        let interval =
            TimeDelta::milliseconds(switches.highlevel_burst_interval_ms.clamp(0, INTERVAL_MS_MAX));
        if self.window_start + interval <= at {
            (self.window_start, self.used) = (at, 0);
        }
        let day = at.timestamp().div_euclid(86_400);
        if self.day != day {
            (self.day, self.used_today) = (day, 0);
        }
        let spent = switches.highlevel_burst_limit <= self.used
            || switches.highlevel_daily_limit <= self.used_today;
        if !spent {
            self.used += 1;
            self.used_today += 1;
        }
        !spent
    }

    pub(super) fn tell(&self, switches: &Switches, response: &mut Response) {
        if !switches.highlevel_limit_headers {
            return;
        }
        let daily_left = switches.highlevel_daily_limit.saturating_sub(self.used_today);
        let left = switches.highlevel_burst_limit.saturating_sub(self.used);
        response.set("x-ratelimit-limit-daily", switches.highlevel_daily_limit);
        response.set("x-ratelimit-daily-remaining", daily_left);
        response.set("x-ratelimit-interval-milliseconds", switches.highlevel_burst_interval_ms);
        response.set("x-ratelimit-max", switches.highlevel_burst_limit);
        response.set("x-ratelimit-remaining", left);
    }
}
