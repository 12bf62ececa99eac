//! How much was asked of a side today, and how did it answer lately? A row for each pair, kept
//! between runs. Nothing but a forecast and a bound rests on it: what cannot be read is counted anew.

use std::cmp::Ordering;
use std::time::Duration;

use concordat_model::{PairId, Sides, Time};
use concordat_remote::Spent;
use concordat_store::{Batch, Key, Rows, StoreError, Table, Tables, codec};
use serde::{Deserialize, Serialize};

// What can be said again comes before it.
const TALLY: Table = Table::new(16);

const FORMAT: u8 = 1;

/// How a side answered is told of so many requests, at most twice as many.
const LATELY: u64 = 1000;

/// What was asked of one side. A day is one of UTC: when HighLevel's begins is not published
/// (`highlevel.md` §3), and what it says itself of what is left stands above this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Days since 1970.
    pub day: i64,
    /// Requests on that day.
    pub requests: u64,
    /// How many the side said were left of that day, if it did.
    pub left: Option<u64>,
    /// How it answered lately, whatever the day.
    pub lately: Lately,
}

/// How a side answered its last thousand requests or so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lately {
    /// The requests.
    pub requests: u64,
    /// Those that were not carried out, and repeated if that could help.
    pub repeated: u64,
    /// Those of these that were too many at once.
    pub throttled: u64,
    /// How long the answers took, in all.
    pub answering_ms: u64,
    /// How long the side made us wait, in all.
    pub held_ms: u64,
}

impl Tally {
    /// The same at `now`: of another day nothing was counted yet.
    pub(crate) fn on(self, now: Time) -> Tally {
        let day = now.timestamp().div_euclid(86_400);
        match self.day == day {
            true => self,
            false => Tally { day, requests: 0, left: None, lately: self.lately },
        }
    }

    /// With what a client sent between two moments.
    pub(crate) fn and(mut self, before: &Spent, after: &Spent) -> Tally {
        let Tally { requests, left, lately, .. } = &mut self;
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        *requests += after.requests - before.requests;
        *left = after.left_today.or(*left);
        lately.requests += after.requests - before.requests;
        lately.repeated += after.repeated - before.repeated;
        lately.throttled += after.throttled - before.throttled;
        lately.answering_ms += ms(after.answering) - ms(before.answering);
        lately.held_ms += ms(after.held) - ms(before.held);
        while lately.requests > 2 * LATELY {
            let Lately { requests, repeated, throttled, answering_ms, held_ms } = *lately;
            *lately = Lately {
                requests: requests / 2,
                repeated: repeated / 2,
                throttled: throttled / 2,
                answering_ms: answering_ms / 2,
                held_ms: held_ms / 2,
            };
        }
        self
    }

    /// Together with what others asked of the same account on the same day.
    pub(crate) fn beside(mut self, others: &Tally) -> Tally {
        self.requests += others.requests;
        self
    }
}

/// What was counted for this pair.
///
/// # Errors
/// If the store cannot be read.
pub fn of(tables: &dyn Tables, pair: &PairId) -> Result<Sides<Tally>, StoreError> {
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
            Ordering::Equal => all.beside(&other),
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

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn spent(requests: u64, left_today: Option<u64>) -> Spent {
        let answering = Duration::from_millis(3 * requests);
        Spent { requests, repeated: requests / 10, answering, left_today, ..Spent::default() }
    }

    #[test]
    fn a_day_is_counted_from_its_midnight_and_what_was_seen_lately_is_kept() {
        let evening = Tally::default().on(at("2026-11-25T23:59:59Z"));
        let evening = evening.and(&spent(0, None), &spent(50, Some(900)));
        assert_eq!((evening.requests, evening.left), (50, Some(900)));
        assert_eq!(evening.on(at("2026-11-25T00:00:00Z")).requests, 50, "the same day");
        let morning = evening.on(at("2026-11-26T00:00:00Z"));
        assert_eq!((morning.requests, morning.left), (0, None));
        let morning = morning.and(&spent(50, None), &spent(60, None));
        assert_eq!((morning.requests, morning.lately.requests), (10, 60));
        assert_eq!((morning.lately.repeated, morning.lately.answering_ms), (6, 180));
    }

    #[test]
    fn what_was_long_ago_fades() {
        let all = Tally::default().and(&spent(0, None), &spent(8000, None));
        assert_eq!((all.requests, all.lately.requests, all.lately.repeated), (8000, 2000, 200));
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
        let lately =
            Lately { requests: 4, repeated: 3, throttled: 2, answering_ms: 300, held_ms: 1 };
        let tally = Tally { day: 20_000, requests: 5, left: Some(6), lately };
        let row = codec::encode(FORMAT, &Sides { upguard: tally, highlevel: Tally::default() });
        let expected = [1, 251, 64, 156, 5, 1, 6, 4, 3, 2, 251, 44, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(row.expect("bytes"), expected);
    }
}
