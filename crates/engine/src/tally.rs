//! How much was asked of a side today, and how did it answer lately? A row for each pair, kept between runs.
//! Nothing but a bound and a forecast rests on it: what cannot be read is counted anew.

use std::cmp::Ordering;

use concordat_model::{PairId, Sides, Time};
use concordat_remote::Traffic;
use concordat_store::{Batch, Key, Rows, StoreError, Table, Tables, codec};
use serde::{Deserialize, Serialize};

// What can be said again comes before it.
const TALLY: Table = Table::new(16);

const FORMAT: u8 = 3;

/// How a side answered is told of so many requests, at most twice as many.
const LATELY: u64 = 1000;

/// What was asked of one side. A day is one of UTC: when HighLevel's begins is not published
/// (`highlevel.md` §3), and what it says itself of what is left stands above this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Days since 1970.
    pub day: i64,
    /// Requests on that day.
    pub requests: u64,
    /// How it answered lately, whatever the day.
    pub lately: Traffic,
}

impl Tally {
    /// The same at `now`: of another day nothing was counted yet.
    pub(crate) fn on(self, now: Time) -> Tally {
        let day = now.timestamp().div_euclid(86_400);
        match self.day == day {
            true => self,
            false => Tally { day, requests: 0, ..self },
        }
    }

    /// With what a client sent between two moments of the same day.
    pub(crate) fn and(self, before: &Traffic, after: &Traffic) -> Tally {
        let all = self.lately.and(before, after);
        let lately = if all.requests > 2 * LATELY { all.halved() } else { all };
        Tally { requests: self.requests + after.requests - before.requests, lately, ..self }
    }
}

/// What was counted for this pair.
///
/// # Errors
/// If the store cannot be read.
pub(crate) fn of(tables: &dyn Tables, pair: &PairId) -> Result<Sides<Tally>, StoreError> {
    let row = tables.get(TALLY, Key::of(pair).as_ref())?;
    Ok(row.and_then(|row| codec::decode(FORMAT, &row).ok()).unwrap_or_default())
}

/// What was counted for the other pairs on the newest day, where they ask the same account: all have one
/// UpGuard, and each a location of its own.
pub(crate) fn elsewhere(tables: &dyn Tables, pair: &PairId) -> Result<Sides<Tally>, StoreError> {
    let (mut all, own) = (Tally::default(), Key::of(pair));
    for row in Rows::of(tables, TALLY, []) {
        let (key, row) = row?;
        if key == own.as_ref() {
            continue;
        }
        let other = codec::decode::<Sides<Tally>>(FORMAT, &row).unwrap_or_default().upguard;
        all = match other.day.cmp(&all.day) {
            Ordering::Greater => other,
            Ordering::Equal => Tally { requests: all.requests + other.requests, ..all },
            Ordering::Less => all,
        };
    }
    Ok(Sides { upguard: all, highlevel: Tally::default() })
}

/// Keeps what was counted for this pair.
pub(crate) fn put(
    tables: &dyn Tables,
    pair: &PairId,
    tally: &Sides<Tally>,
) -> Result<(), StoreError> {
    let Ok(row) = codec::encode(FORMAT, tally) else { return Ok(()) };
    let mut batch = Batch::new();
    batch.put(TALLY, Key::of(pair), row);
    tables.commit(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use concordat_store::MemoryTables;
    use std::time::Duration;

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn sent(requests: u64) -> Traffic {
        let answering = Duration::from_millis(3 * requests);
        Traffic { requests, failed: requests / 10, answering, ..Traffic::default() }
    }

    #[test]
    fn a_day_is_counted_from_its_midnight_and_what_was_seen_lately_is_kept() {
        let evening = Tally::default().on(at("2026-11-25T23:59:59Z"));
        let evening = evening.and(&sent(0), &sent(50));
        assert_eq!(evening.requests, 50);
        assert_eq!(evening.on(at("2026-11-25T00:00:00Z")).requests, 50, "the same day");
        let morning = evening.on(at("2026-11-26T00:00:00Z"));
        assert_eq!(morning.requests, 0);
        let morning = morning.and(&sent(50), &sent(60));
        assert_eq!((morning.requests, morning.lately), (10, sent(60)));
    }

    #[test]
    fn what_was_long_ago_fades() {
        let mut tally = Tally::default();
        for hundred in 0..80 {
            tally = tally.and(&sent(100 * hundred), &sent(100 * (hundred + 1)));
        }
        let Traffic { requests, failed, .. } = tally.lately;
        assert_eq!(tally.requests, 8000);
        assert!((1000..=2000).contains(&requests), "{requests}");
        assert!(failed.abs_diff(requests / 10) < 5, "{failed} of {requests}");
    }

    #[test]
    fn pairs_share_one_upguard_and_have_a_location_each() {
        let tables = MemoryTables::new();
        let [ours, other] = ["a", "b"].map(PairId::from);
        let tally = |day, requests| Tally { day, requests, ..Tally::default() };
        let sides = |day, requests| Sides::from_fn(|_| tally(day, requests));
        put(&tables, &ours, &sides(7, 1)).expect("written");
        put(&tables, &other, &sides(7, 20)).expect("written");
        put(&tables, &PairId::from("c"), &sides(6, 300)).expect("written");
        assert_eq!(of(&tables, &ours).expect("read"), sides(7, 1));
        let elsewhere = elsewhere(&tables, &ours).expect("read");
        assert_eq!((elsewhere.upguard.requests, elsewhere.highlevel.requests), (20, 0));
    }

    /// A stored form is not changed without another number.
    #[test]
    fn the_stored_form_is_this() {
        let lately = Traffic {
            requests: 4,
            throttled: 3,
            failed: 2,
            answering: Duration::from_millis(1007),
            held: Duration::from_secs(8),
            window: Some((9, Duration::from_secs(10))),
        };
        let tally = Tally { day: 20_000, requests: 5, lately };
        let row = codec::encode(FORMAT, &Sides { upguard: tally, highlevel: Tally::default() });
        let empty = [0; 10];
        let expected = [3, 251, 64, 156, 5, 4, 3, 2, 1, 252, 192, 207, 106, 0, 8, 0, 1, 9, 10, 0];
        assert_eq!(row.expect("bytes"), [&expected[..], &empty].concat());
    }
}
