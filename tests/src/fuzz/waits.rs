//! What holds for any headers of an answer? A side that asks to be left alone for so many seconds is, one that asks
//! for too long ends the call, and nothing makes a call wait for ever or try more often than three times. What is
//! left of the day is what the side says.
//!
//! An input is the lines of a head, each `name: value`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use concordat_remote::{Cause, Remote, Request, Response, Source, Transport, TransportError};
use tokio::time::Instant;

use super::answers::{highlevel_of, in_no_time, upguard_of};

const ATTEMPTS_MAX: usize = 3;
/// The longest that a side may ask for.
const PATIENCE: u64 = 120;

/// No request waits for longer: for its turn at the slowest pace that a side may announce, and for as long as one may
/// ask for.
const TURN_MAX: u64 = 3 * PATIENCE + 60;

/// A side that answers everything with the same, and remembers when.
struct Head {
    answer: Response,
    asked: Mutex<Vec<Instant>>,
}

#[async_trait]
impl Transport for Head {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        Ok(self.answer.clone())
    }
}

fn headers(input: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(input);
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_lowercase(), value.to_owned()))
    };
    text.lines().filter_map(header).collect()
}

fn number(response: &Response, name: &str) -> Option<u64> {
    let text = response.header(name)?.trim();
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The law of waiting.
pub fn any_headers(input: &[u8]) {
    let headers = headers(input);
    throttled(&headers, |way| Box::new(highlevel_of(way)));
    throttled(&headers, |way| Box::new(upguard_of(way)));
    in_no_time(answered(headers));
}

fn side(status: u16, headers: &[(String, String)]) -> Arc<Head> {
    let body = br#"{"location":{"id":"LOC","name":"x"},"customFields":[],"id":1}"#.to_vec();
    let answer = Response { status, headers: headers.to_vec(), body };
    Arc::new(Head { answer, asked: Mutex::default() })
}

/// Too many requests, every time.
fn throttled(headers: &[(String, String)], client: fn(Arc<dyn Transport>) -> Box<dyn Remote>) {
    let side = side(429, headers);
    let began = in_no_time(async {
        let client = client(Arc::clone(&side) as Arc<dyn Transport>);
        let began = Instant::now();
        let failure = client.tenant().await.expect_err("it is refused");
        // The day of the side may be used up.
        let is_over = number(&side.answer, "x-ratelimit-daily-remaining") == Some(0);
        let causes = [Some(Cause::Throttled), is_over.then_some(Cause::Budget)];
        assert!(causes.contains(&Some(failure.cause.clone())), "{failure}");
        let took = began.elapsed().as_secs();
        assert!(took <= ATTEMPTS_MAX as u64 * TURN_MAX, "a call that waits for {took} s");
        began
    });
    let asked = side.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!((1..=ATTEMPTS_MAX).contains(&asked.len()), "{} attempts", asked.len());
    assert!(began <= asked[0]);
    if let Some(seconds) = number(&side.answer, "retry-after") {
        let wait = Duration::from_secs(seconds.min(PATIENCE));
        let is_left_alone = asked.windows(2).all(|it| it[1] - it[0] >= wait);
        assert!(is_left_alone, "asked again before {seconds} s were over");
        let is_one = asked.len() == 1;
        assert!(is_one || seconds <= PATIENCE, "asked again at {seconds} s");
    }
}

/// Carried out, every time.
async fn answered(headers: Vec<(String, String)>) {
    let side = side(200, &headers);
    let client = highlevel_of(Arc::clone(&side) as Arc<dyn Transport>);
    let began = Instant::now();
    for _ in 0..2 {
        client.tenant().await.expect("an account");
    }
    let took = began.elapsed().as_secs();
    assert!(took <= 4 * TURN_MAX, "two calls that wait for {took} s");
    let left = number(&side.answer, "x-ratelimit-daily-remaining");
    assert!(left.is_none() || client.spent().left_today == left, "what is left of the day");
}
