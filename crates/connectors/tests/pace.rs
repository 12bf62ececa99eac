//! Is HighLevel asked as fast as it allows, and never faster? Against the counters of the sandbox, at the
//! documented limit of 100 requests in 10 s (`highlevel.md` §3), in tokio's paused time: minutes pass at once. And
//! does a run that begins at the pace of the one before cause UpGuard, which announces nothing, to refuse more?

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_model::{Partition, Resource, Time};
use concordat_remote::{
    Clock, Pace, Request, Response, Source, Traffic, Transport, TransportError,
};
use concordat_sandbox::{Options, System, World};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::side;

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
    // Whatever an earlier run remembers of it, what it announces now counts.
    let (window, pace) =
        (Some((1_000_000, Duration::from_secs(10))), Some(Duration::from_millis(1)));
    let pace = pace.map(|borne| Pace { borne, refused: None });
    highlevel.resume(&Traffic { window, pace, ..Traffic::default() });
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

/// A side that carries out so many requests within a second, and refuses the others without a word for how
/// long.
struct Wall {
    per_second: usize,
    carried: Mutex<Vec<Instant>>,
}

#[async_trait]
impl Transport for Wall {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        sleep(Duration::from_millis(10)).await;
        let now = Instant::now();
        let status = {
            let mut carried = self.carried.lock().expect("no poison");
            let lately = carried.iter().filter(|it| now - **it < Duration::from_secs(1)).count();
            let is_carried = lately < self.per_second;
            carried.extend(is_carried.then_some(now));
            if is_carried { 200 } else { 429 }
        };
        sleep(Duration::from_millis(10)).await;
        Ok(Response { status, headers: Vec::new(), body: br#"{"id":1,"name":"One"}"#.to_vec() })
    }
}

/// A run asks so often, and goes on where the one before was. How it went, and how many seconds it took.
async fn run(wall: &Arc<Wall>, requests: u32, before: &Traffic) -> (Traffic, f64) {
    let watch = Arc::new(Watch(Instant::now()));
    let key = "key".to_owned().into();
    let transport = Arc::clone(wall) as Arc<dyn Transport>;
    let upguard = Upguard::new(transport, key, watch.clone(), UpguardSettings::default());
    upguard.resume(before);
    for _ in 0..requests {
        upguard.tenant().await.expect("an answer");
    }
    (upguard.spent().traffic, watch.0.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn a_run_that_remembers_is_not_refused_more_often_and_not_slower() {
    for per_second in [3, 6, 12, 16, 20, 25, 30, 1000] {
        let wall = Arc::new(Wall { per_second, carried: Mutex::default() });
        let (first, began) = run(&wall, 100, &Traffic::default()).await;
        let (mut before, mut told) = (first, Vec::new());
        for _ in 0..5 {
            sleep(Duration::from_secs(3600)).await;
            let (next, took) = run(&wall, 100, &before).await;
            told.push((next.throttled, took));
            before = next;
        }
        eprintln!(
            "{per_second} a second: {} refused, {began:.1} s; then {told:.1?}",
            first.throttled
        );
        let refused: u64 = told.iter().map(|(throttled, _)| throttled).sum();
        let took: f64 = told.iter().map(|(_, took)| took).sum();
        // A limit that the first run did not reach has to be found, too.
        let found = if first.throttled == 0 { 3 } else { 0 };
        assert!(refused <= 5 * first.throttled + found, "{refused} refused, {}", first.throttled);
        // How long a refusal is waited for is drawn by lot.
        assert!(took <= 5.0 * began * 1.2, "{took} s in five runs, and {began} s in one");
    }
}
