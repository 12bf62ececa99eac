//! What time is it? The one place that asks the operating system.

use chrono::Utc;
use concordat_model::Time;
use concordat_remote::Clock;

/// The operating system's clock.
#[derive(Clone, Copy, Debug)]
pub struct OsClock;

impl Clock for OsClock {
    fn now(&self) -> Time {
        now()
    }
}

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door through which the wall clock enters"
)]
pub fn now() -> Time {
    Utc::now()
}
