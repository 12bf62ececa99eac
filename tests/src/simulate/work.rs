//! Does a run ask no more than it has to (I10)? What a process asks is noted as it leaves and as it is answered, and
//! held against what the API allows, what there is to read, and what was to be done. It does not know why
//! anything was asked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::TimeDelta;
use concordat_model::Time;
use concordat_sandbox::{Request, Response};
use serde_json::Value;

use super::scene::{Fate, is_writing};

/// In so long HighLevel takes so many requests, unless its answers say otherwise.
const WINDOW: TimeDelta = TimeDelta::seconds(10);
const ALLOWED: usize = 100;

/// So many requests are free, and so many follow from a reading (a listing that does not hold together is asked for
/// once more), from a step, from a failure, and from a record that is there.
const FREE: usize = 2;
const PER_READING: usize = 2;
const PER_STEP: usize = 6;
const PER_FAILURE: usize = 3;
const LISTINGS: usize = 24;
const PER_RECORD: usize = 3;

/// What a process has asked until now.
#[derive(Clone, Debug, Default)]
pub struct Work {
    asked: usize,
    failed: usize,
    /// Everything it read, each once.
    read: BTreeSet<String>,
    /// When its last requests to HighLevel left.
    left: VecDeque<Time>,
    /// How many HighLevel said that it takes.
    allowed: Option<usize>,
    /// By which cursors each listing went on since it was begun.
    cursors: BTreeMap<String, BTreeSet<String>>,
    complaints: BTreeSet<String>,
}

impl Work {
    /// A request to HighLevel leaves.
    pub fn leaves(&mut self, now: Time) {
        self.left.retain(|at| now - *at < WINDOW);
        self.left.push_back(now);
        let allowed = self.allowed.unwrap_or(ALLOWED);
        if allowed < self.left.len() {
            self.complaints.insert(format!("more than {allowed} requests to HighLevel in 10 s"));
        }
    }

    /// A request was answered, or was not.
    pub fn answered(&mut self, request: &Request, fate: &Fate) {
        self.asked += 1;
        let answer = match fate {
            Fate::Answered(answer) => Some(answer),
            Fate::NotSent | Fate::NoAnswer => None,
        };
        self.allows(answer);
        let is_good = answer.is_some_and(|it| it.status < 300 && is_whole(it));
        self.failed += usize::from(!is_good);
        if is_writing(request) {
            return;
        }
        let (listing, cursor) = page(request);
        self.read.insert(format!("{listing} {cursor:?}"));
        let known = self.cursors.entry(listing.clone()).or_default();
        match cursor {
            None => known.clear(),
            Some(cursor) if known.contains(&cursor) => {
                self.complaints.insert(format!("{listing} went on from {cursor} a second time"));
            }
            // What was not understood may be asked for once more.
            Some(cursor) if is_good => drop(known.insert(cursor)),
            Some(_) => {}
        }
    }

    /// What left before HighLevel said how many it takes does not count.
    fn allows(&mut self, answer: Option<&Response>) {
        let said =
            answer.and_then(|it| it.header("x-ratelimit-max")).and_then(|it| it.parse().ok());
        if self.allowed.is_none() && said.is_some() {
            (self.allowed, self.left) = (said, VecDeque::new());
        }
    }

    /// Complaints about the whole of it. `steps`: what was to be done, if that is known; `records`: how many there
    /// are on both sides.
    pub fn complaints(&self, steps: Option<usize>, records: usize) -> Vec<String> {
        let mut all: Vec<String> = self.complaints.iter().cloned().collect();
        let Some(steps) = steps else { return all };
        let Work { asked, failed, .. } = self;
        let read = self.read.len();
        if FREE + PER_READING * read + PER_FAILURE * failed + PER_STEP * steps < *asked {
            all.push(format!(
                "{asked} requests, of which {failed} failed, for {read} readings and {steps} steps"
            ));
        }
        if LISTINGS + PER_RECORD * records + PER_STEP * steps < read {
            all.push(format!("{read} readings of {records} records, for {steps} steps"));
        }
        all
    }
}

/// Whether the answer looks like one that was not damaged.
fn is_whole(answer: &Response) -> bool {
    matches!(answer.body[..], [] | [b'{', .., b'}'] | [b'[', .., b']'])
}

/// The listing of which a request asks for a page, and from where on; nothing: from its beginning.
fn page(request: &Request) -> (String, Option<String>) {
    let mut cursor = None;
    let mut query = request.query.clone();
    query.retain(|(name, value)| match name.as_str() {
        "page_token" | "skip" => {
            cursor = Some(value.clone()).filter(|it| it != "0");
            false
        }
        _ => true,
    });
    let mut body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if let Some(after) = body.as_object_mut().and_then(|it| it.remove("searchAfter")) {
        cursor = Some(after.to_string());
    }
    (format!("{} {query:?} {body}", request.path), cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
    }

    fn answer(max: Option<&str>) -> Fate {
        let headers = max.map(|it| ("x-ratelimit-max".to_owned(), it.to_owned()));
        let headers = headers.into_iter().collect();
        Fate::Answered(Response { status: 200, headers, ..Response::default() })
    }

    #[test]
    fn one_request_too_many_in_a_window_is_noticed() {
        let paced = |apart: i64| {
            let mut work = Work::default();
            (0..300).for_each(|number| work.leaves(at(number * apart)));
            work.complaints(None, 0).len()
        };
        assert_eq!((paced(100), paced(99)), (0, 1));
        let mut told = Work::default();
        told.answered(&Request::new("GET", "/contacts/1"), &answer(Some("3")));
        (0..3).for_each(|number| told.leaves(at(number)));
        assert_eq!(told.complaints(None, 0), [""; 0]);
        told.leaves(at(9_999));
        assert_eq!(told.complaints(None, 0).len(), 1);
    }

    #[test]
    fn a_cursor_leads_on_once() {
        let ask = |work: &mut Work, target: &str, fate: &Fate| {
            work.answered(&Request::new("GET", target), fate);
        };
        let mut work = Work::default();
        for target in ["/vendors", "/vendors?page_token=a", "/vendors", "/vendors?page_token=a"] {
            ask(&mut work, target, &answer(None));
        }
        ask(&mut work, "/vendors?page_token=b", &Fate::NoAnswer);
        ask(&mut work, "/vendors?page_token=b", &answer(None));
        assert_eq!(work.complaints(None, 0), [""; 0]);
        ask(&mut work, "/vendors?page_token=b", &answer(None));
        assert_eq!(work.complaints(None, 0).len(), 1);
    }

    #[test]
    fn what_is_read_again_without_a_step_is_too_much() {
        let mut work = Work::default();
        (0..4).for_each(|_| work.answered(&Request::new("GET", "/contacts/1"), &answer(None)));
        assert_eq!(work.complaints(Some(0), 1), [""; 0]);
        work.answered(&Request::new("GET", "/contacts/1"), &answer(None));
        assert_eq!(work.complaints(Some(0), 1).len(), 1);
        assert_eq!(work.complaints(Some(1), 1), [""; 0]);
        let each = |number: usize| Request::new("GET", &format!("/contacts/{number}"));
        (0..40).for_each(|number| work.answered(&each(number), &answer(None)));
        assert_eq!(work.complaints(Some(1), 1).len(), 1);
    }
}
