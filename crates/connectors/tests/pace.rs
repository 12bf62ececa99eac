//! Is HighLevel asked as fast as it allows, and never faster? Against the counters of the sandbox, at the
//! documented limit of 100 requests in 10 s (`highlevel.md` §3), in tokio's paused time: minutes pass at once.

mod side;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use concordat_connectors::{Highlevel, HighlevelSettings};
use concordat_model::{Partition, Resource, Time};
use concordat_remote::{Clock, Request, Response, Source, Transport, TransportError};
use concordat_sandbox::{Options, System, World};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const REQUESTS: u32 = 2_000;
const PERMITTED_PER_SECOND: f64 = 10.0;

/// Wall clock and stopwatch in one: both follow the paused time.
struct Watch(Instant);

impl Clock for Watch {
    fn now(&self) -> Time {
        let began: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("a time");
        began + TimeDelta::from_std(self.0.elapsed()).expect("hours at most")
    }
}

/// The way to the sandbox. There and back takes each request another time, from 20 ms to that and `slowest`.
struct Road {
    world: Mutex<World>,
    watch: Arc<Watch>,
    slowest: Duration,
    arrived: Mutex<Vec<(Duration, u16)>>,
}

impl Road {
    /// How long one way takes.
    fn one_way(&self, number: usize) -> Duration {
        let part = (number as f64 * 0.618_034).fract();
        (Duration::from_millis(20) + self.slowest.mul_f64(part)) / 2
    }
}

#[async_trait]
impl Transport for Road {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let number = self.arrived.lock().expect("no poison").len();
        sleep(self.one_way(number)).await;
        let now = self.watch.now();
        let answer = {
            let mut world = self.world.lock().expect("no poison");
            side::answered(&mut world, now, System::HighLevel, &request)
        };
        self.arrived.lock().expect("no poison").push((self.watch.0.elapsed(), answer.status));
        sleep(self.one_way(number + 1)).await;
        Ok(answer)
    }
}

/// Asks so often from several places at once, and says what arrived at the sandbox, and when.
async fn asked(places: u32, slowest: Duration) -> Vec<(Duration, u16)> {
    let options = Options { vendors: 3, contacts: 3, threats: 0, ..Options::default() };
    let watch = Arc::new(Watch(Instant::now()));
    let road = Arc::new(Road {
        world: Mutex::new(World::new(&options)),
        watch: Arc::clone(&watch),
        slowest,
        arrived: Mutex::default(),
    });
    let highlevel = Arc::new(Highlevel::new(
        Arc::clone(&road) as _,
        options.token.into(),
        options.location_id,
        watch,
        HighlevelSettings::default(),
    ));
    let mut asking = JoinSet::new();
    for _ in 0..places {
        let highlevel = Arc::clone(&highlevel);
        asking.spawn(async move {
            for _ in 0..REQUESTS / places {
                let page = highlevel.page(&Partition::All(Resource::Business), None).await;
                page.expect("an answer");
            }
        });
    }
    while let Some(ended) = asking.join_next().await {
        ended.expect("nothing panics");
    }
    road.arrived.lock().expect("no poison").clone()
}

/// So many at once, so many milliseconds at most above 20 for each, and so many a second at least.
///
/// A run asks a side one thing at a time: what it reaches is bound by the time answers take. Where several
/// ask, and answers take very different times, requests arrive in clumps; a window that is full is waited
/// out, and that costs more than a tenth in the last row.
const ROWS: [(u32, u64, f64); 6] = [
    (1, 60, 0.9 * PERMITTED_PER_SECOND),
    (1, 300, 5.0),
    (4, 300, 0.9 * PERMITTED_PER_SECOND),
    (8, 500, 0.9 * PERMITTED_PER_SECOND),
    (20, 900, 0.9 * PERMITTED_PER_SECOND),
    (10, 1500, 8.5),
];

#[tokio::test(start_paused = true)]
async fn two_thousand_requests_cause_no_429_and_use_what_is_permitted() {
    for (places, slowest, at_least) in ROWS {
        let arrived = asked(places, Duration::from_millis(slowest)).await;
        let refused = arrived.iter().filter(|(_, status)| *status == 429).count();
        let seconds = arrived.last().map_or(0.0, |(at, _)| at.as_secs_f64());
        let rate = arrived.len() as f64 / seconds;
        eprintln!(
            "{places:>2} at once, 20 to {} ms: {} requests in {seconds:.1} s, {rate:.2} a second, \
             {refused} times 429",
            20 + slowest,
            arrived.len()
        );
        assert_eq!(arrived.len(), REQUESTS as usize, "every request is sent once");
        assert_eq!(refused, 0, "{places} at once, {slowest} ms");
        assert!(rate >= at_least, "{places} at once, {slowest} ms: {rate:.2} a second");
    }
}
