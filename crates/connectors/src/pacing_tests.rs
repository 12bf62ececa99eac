//! Does the pace follow what the side says? In tokio's paused time, with scripted headers.

use super::*;

fn answer(status: u16, headers: &[(&str, &str)]) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Response { status, headers: headers.collect(), body: Vec::new() }
}

fn announcing(max: &str, interval_ms: &str, remaining: &str) -> Response {
    answer(
        200,
        &[
            ("x-ratelimit-max", max),
            ("x-ratelimit-interval-milliseconds", interval_ms),
            ("x-ratelimit-remaining", remaining),
        ],
    )
}

async fn seconds_for(pacer: &Pacer, requests: usize) -> f64 {
    let began = Instant::now();
    for _ in 0..requests {
        pacer.turn().await;
    }
    began.elapsed().as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn the_documented_limit_is_kept_without_headers() {
    let pacer = Pacer::announced();
    let mut turns = Vec::new();
    let began = Instant::now();
    for _ in 0..400 {
        pacer.turn().await;
        turns.push(began.elapsed());
    }
    for (index, turn) in turns.iter().enumerate() {
        let window = turns[index..].iter().take_while(|it| **it < *turn + HIGHLEVEL_INTERVAL);
        assert!(window.count() <= 100, "more than 100 requests within 10 s");
    }
    assert!(turns[399].as_secs_f64() < 42.0, "slower than the limit asks for");
}

#[tokio::test(start_paused = true)]
async fn lifted_limits_do_not_slow_us_down() {
    let pacer = Pacer::announced();
    pacer.turn().await;
    pacer.learn(&announcing("1000000", "10000", "999999"));
    assert!(seconds_for(&pacer, 2000).await < 0.1);
}

#[tokio::test(start_paused = true)]
async fn a_smaller_limit_slows_us_down() {
    let pacer = Pacer::announced();
    pacer.learn(&announcing("10", "10000", "9"));
    let took = seconds_for(&pacer, 20).await;
    assert!((19.0..25.0).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn nothing_remaining_waits_the_interval_out() {
    let pacer = Pacer::announced();
    pacer.learn(&announcing("100", "10000", "0"));
    let took = seconds_for(&pacer, 1).await;
    assert!((10.0..10.3).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn a_full_window_is_waited_out_and_no_longer() {
    let pacer = Pacer::announced();
    for (remaining, then) in [("90", 3), ("30", 4), ("35", 2), ("0", 0)] {
        pacer.learn(&announcing("100", "10000", remaining));
        tokio::time::advance(Duration::from_secs(then)).await;
    }
    // The window began 9 s ago, or earlier.
    let took = seconds_for(&pacer, 1).await;
    assert!((1.0..1.3).contains(&took), "{took}");
    // What is told after its end is about another one.
    tokio::time::advance(Duration::from_secs(1)).await;
    pacer.learn(&announcing("100", "10000", "0"));
    let took = seconds_for(&pacer, 1).await;
    assert!((10.0..10.3).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn absurd_headers_change_nothing() {
    let pacer = Pacer::announced();
    let before = pacer.per_second();
    for (max, interval) in [
        ("0", "10000"),
        ("100", "0"),
        ("-5", "10000"),
        ("NaN", "10000"),
        ("1e9", "10000"),
        ("100", "99999999999"),
        ("", ""),
    ] {
        pacer.learn(&announcing(max, interval, "many"));
        assert_eq!(pacer.per_second(), before, "{max} per {interval}");
    }
    pacer.learn(&announcing("18446744073709551615", "1", "1"));
    assert!(pacer.per_second().is_finite());
}

#[tokio::test(start_paused = true)]
async fn one_request_per_window_is_possible() {
    let pacer = Pacer::announced();
    pacer.learn(&announcing("1", "1000", "1"));
    assert!(seconds_for(&pacer, 4).await < 10.0);
}

#[tokio::test(start_paused = true)]
async fn the_daily_quota_is_remembered() {
    let pacer = Pacer::announced();
    assert_eq!(pacer.remaining_daily(), None);
    let headers =
        [("x-ratelimit-limit-daily", "200000"), ("x-ratelimit-daily-remaining", "199999")];
    pacer.learn(&answer(200, &headers));
    pacer.learn(&answer(200, &[]));
    assert_eq!((pacer.remaining_daily(), pacer.limit_daily()), (Some(199_999), Some(200_000)));
}

#[tokio::test(start_paused = true)]
async fn probing_goes_up_slowly_and_down_at_once() {
    let pacer = Pacer::probing();
    assert_eq!(pacer.per_second(), 8.0);
    for _ in 0..8 {
        pacer.learn(&answer(200, &[]));
    }
    assert_eq!(pacer.per_second(), 10.0);
    pacer.learn(&answer(429, &[]));
    pacer.learn(&answer(429, &[]));
    assert_eq!(pacer.per_second(), 5.0, "two refusals of one burst count once");
    tokio::time::advance(Duration::from_secs(2)).await;
    pacer.learn(&answer(429, &[]));
    assert_eq!(pacer.per_second(), 2.5);
    for _ in 0..1000 {
        pacer.learn(&answer(200, &[]));
    }
    assert_eq!(pacer.per_second(), 50.0);
    for _ in 0..20 {
        tokio::time::advance(Duration::from_secs(2)).await;
        pacer.learn(&answer(429, &[]));
    }
    assert_eq!(pacer.per_second(), PROBING_FLOOR);
}

/// So many requests are carried out, at their turn, each answered after so many milliseconds.
async fn carried_out(pacer: &Pacer, requests: usize, each_ms: u64) {
    for _ in 0..requests {
        pacer.turn().await;
        tokio::time::advance(Duration::from_millis(each_ms)).await;
        pacer.learn(&answer(200, &[]));
    }
}

fn borne(pacer: &Pacer) -> Option<f64> {
    pacer.pace().map(|it| it.borne.as_secs_f64().recip())
}

fn lately(borne: Option<Duration>) -> Traffic {
    let pace = borne.map(|borne| Pace { borne, refused: None });
    Traffic { pace, ..Traffic::default() }
}

#[tokio::test(start_paused = true)]
async fn a_pace_is_known_once_it_was_reached() {
    let pacer = Pacer::probing();
    carried_out(&pacer, 20, 10).await;
    assert_eq!(borne(&pacer), None, "too few to tell");
    carried_out(&pacer, 60, 10).await;
    let reached = borne(&pacer).expect("a pace");
    assert!((15.0..pacer.per_second()).contains(&reached), "{reached}");
    // Answers take half a second: far more is tried than is asked.
    let slow = Pacer::probing();
    carried_out(&slow, 150, 500).await;
    assert!(slow.per_second() > 40.0);
    let reached = borne(&slow).expect("a pace");
    assert!((7.9..8.1).contains(&reached), "{reached}: no more than is tried anyway");
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_at_the_pace_that_was_known() {
    let before = Pacer::probing();
    carried_out(&before, 200, 10).await;
    let known = before.pace();
    let pacer = Pacer::probing();
    pacer.resume(&Traffic { pace: known, ..Traffic::default() });
    assert_eq!(pacer.pace(), known);
    assert!(pacer.per_second() > 20.0, "{}", pacer.per_second());
    // What was found out since stands above what was known before.
    pacer.learn(&answer(429, &[]));
    let halved = pacer.per_second();
    pacer.resume(&Traffic { pace: known, ..Traffic::default() });
    assert_eq!(pacer.per_second(), halved);
    // Nothing known, or nonsense.
    let pacer = Pacer::probing();
    pacer.resume(&lately(None));
    assert_eq!(pacer.per_second(), PROBING_START);
    pacer.resume(&lately(Some(Duration::ZERO)));
    assert_eq!(pacer.per_second(), PROBING_LIMIT);
    let pacer = Pacer::probing();
    pacer.resume(&lately(Some(Duration::MAX)));
    assert_eq!(pacer.per_second(), PROBING_START / 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_halves_what_is_known() {
    let pacer = Pacer::probing();
    carried_out(&pacer, 100, 10).await;
    let tried = pacer.per_second();
    pacer.learn(&answer(429, &[]));
    let known = borne(&pacer).expect("a pace");
    assert!((known - tried / 2.0).abs() < 1e-6, "{known}, and {tried} was tried");
    // Not proven by what was carried out before the refusal.
    carried_out(&pacer, 15, 10).await;
    assert_eq!(borne(&pacer), Some(known));
    tokio::time::advance(Duration::from_secs(2)).await;
    pacer.learn(&answer(429, &[]));
    assert!(borne(&pacer).is_some_and(|it| it < known));
    let refused_at_once = Pacer::probing();
    refused_at_once.learn(&answer(429, &[]));
    assert!(borne(&refused_at_once).is_some_and(|it| (3.9..4.1).contains(&it)));
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_approached_slowly_until_it_is_borne() {
    let before = Pacer::probing();
    carried_out(&before, 48, 10).await;
    assert_eq!(before.per_second(), 20.0);
    before.learn(&answer(429, &[]));
    let pacer = Pacer::probing();
    pacer.resume(&Traffic { pace: before.pace(), ..Traffic::default() });
    carried_out(&pacer, 20, 10).await;
    assert!((14.9..15.1).contains(&pacer.per_second()), "{}", pacer.per_second());
    carried_out(&pacer, 40, 10).await;
    assert!((16.9..17.1).contains(&pacer.per_second()), "{}", pacer.per_second());
    // It bears more by now.
    carried_out(&pacer, 120, 10).await;
    assert!(pacer.per_second() > 23.0, "{}", pacer.per_second());
}

#[tokio::test(start_paused = true)]
async fn an_announced_limit_is_not_overruled_by_memory() {
    let pacer = Pacer::announced();
    let before = pacer.per_second();
    let window = Some((1_000_000, HIGHLEVEL_INTERVAL));
    pacer.resume(&Traffic { window, ..lately(Some(Duration::from_millis(1))) });
    assert_eq!(pacer.per_second(), before);
}

#[tokio::test(start_paused = true)]
async fn a_hold_stops_everyone() {
    let pacer = Pacer::probing();
    pacer.hold(Duration::from_secs(7));
    pacer.hold(Duration::from_secs(3));
    // No burst after it: the first request waits for its token.
    let took = seconds_for(&pacer, 1).await;
    assert!((7.1..7.2).contains(&took), "{took}");
}
