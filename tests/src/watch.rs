//! What time is it in a test whose time is tokio's, paused? It begins on a summer's day and passes only while
//! everybody waits.

use chrono::{DateTime, TimeDelta, Utc};
use concordat_model::Time;
use concordat_remote::Clock;
use tokio::time::Instant;

/// Wall clock and stopwatch in one.
pub struct Watch(pub Instant);

impl Clock for Watch {
    fn now(&self) -> Time {
        let began: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("a time");
        began + TimeDelta::from_std(self.0.elapsed()).expect("not for ever")
    }
}
