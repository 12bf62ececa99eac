//! Does a plan cost what it says? Twenty nights on which people change nothing, some or much, and on which the
//! sides refuse and fail: what each plan forecast before it was carried out, beside what both systems then
//! counted, and how long it took.
//!
//! At HighLevel's documented limit of 100 requests in 10 s, with answers that each take another time. The systems
//! are in this process and time is tokio's, paused: minutes of waiting pass at once, and none of it is this
//! machine's. What is left out is the time that the ledger's disk takes. `CONCORDAT_VENDORS=800` for a town in
//! which chance counts for less.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use concordat_model::Sides;
use concordat_tests::night::persons::Dice;
use concordat_tests::night::{ALLOW_FIRST, Night};
use serde_json::Value;

use crate::paced::{Counted, Town, Weather};

/// Of hundred records, so many are changed in a night.
const CHANGED: [usize; 5] = [10, 0, 1, 10, 10];

/// When a refusal or a failure comes, nobody knows. One write more or less that fails is looked for, and what it
/// rests on is asked again: so many requests.
const CHANCE_REQUESTS: f64 = 3.0;
/// One answer is slower than another: so many seconds.
const CHANCE_SECONDS: f64 = 0.5;
/// In which parts of a second an operation is forecast: what is less is not told.
const TOLD_IN: f64 = 0.1;

/// A forecast, and what it came to.
#[derive(Clone, Copy)]
struct Figure {
    forecast: f64,
    actual: f64,
}

impl Figure {
    /// Within this part of what it came to, or less than what is told; or else within what chance may do. As a
    /// mark, or a complaint.
    fn judged(self, part: f64, told_in: f64, chance: f64) -> Result<&'static str, String> {
        let Figure { forecast, actual } = self;
        match (forecast - actual).abs() {
            error if error <= actual * part || error < told_in => Ok(" "),
            error if error <= chance => Ok("~"),
            _ => Err(format!("{forecast} is forecast, and it came to {actual}")),
        }
    }
}

/// Tells of five nights, and complains of those that cost something else.
async fn five_nights(seed: u64, weather: Weather) {
    let mut town = Town::founded(seed, weather).await;
    let mut dice = Dice::of(seed);
    let mut table =
        String::from("\nnight                            | UpGuard     | HighLevel   | seconds\n");
    let mut complaints = Vec::new();
    for of_hundred in CHANGED {
        town.edited(&mut dice, of_hundred);
        let (plan, forecast) = town.plans().await;
        let (before, began) = (town.counted(), town.seconds());
        town.applies(plan).await;
        let took = town.seconds() - began;
        let Counted { sides, operations } = town.counted().since(&before);
        if matches!(weather, Weather::Fair) {
            let each = forecast.operations.iter().map(|it| (it.operation.clone(), it.requests));
            assert_eq!(operations, each.collect(), "of each operation");
        }
        let of = |side| forecast.operations.iter().filter(move |it| it.side == side);
        let Sides { upguard, highlevel } = Sides::from_fn(|side| Figure {
            forecast: of(side).map(|it| it.requests).sum::<u64>() as f64,
            actual: sides[side] as f64,
        });
        let seconds = forecast.operations.iter().map(|it| it.seconds).sum();
        let seconds = Figure { forecast: seconds, actual: took };
        let night = format!("{weather:?}, {of_hundred} %");
        write!(table, "{night:32} ").expect("text");
        for (figure, part, told_in, chance, decimals) in [
            (upguard, 0.05, 0.0, CHANCE_REQUESTS, 0),
            (highlevel, 0.05, 0.0, CHANCE_REQUESTS, 0),
            (seconds, 0.1, TOLD_IN, CHANCE_SECONDS + weather.wait(), 1),
        ] {
            let Figure { forecast, actual } = figure;
            let judged = figure.judged(part, told_in, chance);
            let mark = judged.as_ref().map_or("!", |mark| mark);
            write!(table, "| {forecast:5.decimals$}/{actual:5.decimals$}{mark}").expect("text");
            complaints.extend(judged.err().map(|says| format!("{night}: {says}")));
        }
        table.push('\n');
    }
    eprintln!("{table}");
    assert!(complaints.is_empty(), "{table}\n{}", complaints.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn fair_nights_cost_what_their_plans_said() {
    five_nights(1, Weather::Fair).await;
}

#[tokio::test(start_paused = true)]
async fn nights_of_refusals_cost_what_their_plans_said() {
    five_nights(2, Weather::Refused(25, Some(2))).await;
}

#[tokio::test(start_paused = true)]
async fn nights_of_failures_cost_what_their_plans_said() {
    five_nights(3, Weather::Failing(40)).await;
}

#[tokio::test(start_paused = true)]
async fn nights_of_refusals_that_say_no_more_cost_what_their_plans_said() {
    five_nights(4, Weather::Refused(60, None)).await;
}

/// Answers come at once, so the limiter is what a run waits for.
#[tokio::test(start_paused = true)]
async fn a_run_begins_at_the_pace_of_the_one_before() {
    let least = Sides::from_fn(|_| Duration::from_millis(1));
    let mut town = Town::of(3, least, 5, Weather::Fair);
    let first = town.asks(80).await;
    let second = town.asks(80).await;
    assert!(second < 0.6 * first, "{first:.1} s, and then {second:.1} s");
    // Nobody asked for eight days.
    tokio::time::advance(Duration::from_secs(8 * 86_400)).await;
    let forgotten = town.asks(80).await;
    assert!((forgotten - first).abs() < 0.1 * first, "{first:.1} s, and then {forgotten:.1} s");
}

/// The sandbox gives some placeholders other names.
fn nameless(operation: &str) -> String {
    let segments = operation.split('/').map(|it| if it.starts_with('{') { "{}" } else { it });
    segments.collect::<Vec<_>>().join("/")
}

/// What the sandbox counted of each operation.
fn counted(night: &Night) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for row in night.sandbox.counted() {
        let name = [&row["method"], &row["path"]].map(|it| it.as_str().expect("a text"));
        let count = row["count"].as_u64().expect("a count");
        *counted.entry(nameless(&name.join(" "))).or_default() += count;
    }
    counted
}

/// Over HTTP, and on disk: the program says before a first agreement what it then sends.
#[test]
fn a_plan_that_is_saved_says_what_applying_it_costs() {
    let night = Night::falls(1, 8, 16);
    let forecast = &night.document(0, &["plan", "--out", "first.json"])["forecast"];
    let before = counted(&night);
    night.run(&[&["apply", "first.json"], &ALLOW_FIRST[..]].concat()).exits(0);
    let mut sent = counted(&night);
    for (operation, count) in &mut sent {
        *count -= before.get(operation).copied().unwrap_or_default();
    }
    sent.retain(|_, count| *count > 0);
    let rows = forecast["operations"].as_array().expect("operations").iter();
    let count = |row: &Value| {
        let operation = row["operation"].as_str().expect("a name");
        (nameless(operation), row["requests"].as_u64().expect("a count"))
    };
    assert_eq!(sent, rows.map(count).collect());
    assert_eq!(forecast["requests"], sent.values().sum::<u64>());
}
