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
    pacer.learn(&answer(200, &[("x-ratelimit-daily-remaining", "199999")]));
    pacer.learn(&answer(200, &[]));
    assert_eq!(pacer.remaining_daily(), Some(199_999));
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

#[tokio::test(start_paused = true)]
async fn a_hold_stops_everyone() {
    let pacer = Pacer::probing();
    pacer.hold(Duration::from_secs(7));
    pacer.hold(Duration::from_secs(3));
    // No burst after it: the first request waits for its token.
    let took = seconds_for(&pacer, 1).await;
    assert!((7.1..7.2).contains(&took), "{took}");
}
