//! How much was asked of a side today, and how did it answer lately? A row for each pair, kept between runs.
//! Nothing but a bound and a forecast rests on it: what cannot be read is counted anew.

use std::cmp::Ordering;

use concordat_model::{Fingerprint, PairId, Sides, Time};
use concordat_remote::Traffic;
use concordat_store::{Batch, Key, Rows, StoreError, Table, Tables, codec};
use serde::{Deserialize, Serialize};

// What can be said again comes before it.
const TALLY: Table = Table::new(16);

const FORMAT: u8 = 4;

/// How a side answered is told of so many requests, at most twice as many.
const LATELY: u64 = 1000;
/// A pace that nobody kept for longer is found out anew: so many days.
const PACE_DAYS: u64 = 7;

/// A row: whom was asked, and what of each.
type Row = (Sides<Option<Fingerprint>>, Sides<Tally>);

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
        if self.day == day {
            return self;
        }
        let pace = self.lately.pace.filter(|_| self.day.abs_diff(day) <= PACE_DAYS);
        Tally { day, requests: 0, lately: Traffic { pace, ..self.lately } }
    }

    /// With what a client sent between two moments of the same day.
    pub(crate) fn and(self, before: &Traffic, after: &Traffic) -> Tally {
        let all = self.lately.and(before, after);
        let lately = if all.requests > 2 * LATELY { all.halved() } else { all };
        Tally { requests: self.requests + after.requests - before.requests, lately, ..self }
    }
}

/// What was counted for this pair. How another account answered says nothing about these.
///
/// # Errors
/// If the store cannot be read.
pub(crate) fn of(
    tables: &dyn Tables,
    pair: &PairId,
    accounts: &Sides<Option<Fingerprint>>,
) -> Result<Sides<Tally>, StoreError> {
    let (whom, tally) = row(tables, pair)?;
    Ok(tally.map(|side, tally| match whom[side] == accounts[side] {
        true => tally,
        false => Tally { lately: Traffic::default(), ..tally },
    }))
}

fn row(tables: &dyn Tables, pair: &PairId) -> Result<Row, StoreError> {
    let row = tables.get(TALLY, Key::of(pair).as_ref())?;
    Ok(row.and_then(|row| codec::decode(FORMAT, &row).ok()).unwrap_or_default())
}

/// How many requests the runs of this pair sent to each side on the day of `now`, one of UTC; to UpGuard, with
/// those of the other pairs. What a run has under way, or left uncounted when it crashed, is not in it.
///
/// # Errors
/// If the store cannot be read.
pub fn asked_today(
    tables: &dyn Tables,
    pair: &PairId,
    now: Time,
) -> Result<Sides<u64>, StoreError> {
    let ((_, own), elsewhere) = (row(tables, pair)?, elsewhere(tables, pair)?);
    let of_day = |tally: Tally| tally.on(now).requests;
    Ok(own.map(|side, own| of_day(own) + of_day(elsewhere[side])))
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
        let (_, other) = codec::decode::<Row>(FORMAT, &row).unwrap_or_default();
        let other = other.upguard;
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
    accounts: &Sides<Option<Fingerprint>>,
    tally: &Sides<Tally>,
) -> Result<(), StoreError> {
    let Ok(row) = codec::encode(FORMAT, &(accounts, tally)) else { return Ok(()) };
    let mut batch = Batch::new();
    batch.put(TALLY, Key::of(pair), row);
    tables.commit(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use concordat_remote::Pace;
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
    fn a_pace_is_forgotten_after_a_week() {
        let pace = Some(Pace { borne: Duration::from_millis(40), refused: None });
        let lately = Traffic { pace, ..sent(100) };
        let known = Tally { day: 20_000, requests: 100, lately };
        let on = |day: i64| known.on(Time::from_timestamp(day * 86_400, 0).expect("a time"));
        assert_eq!(on(20_007).lately, lately);
        assert_eq!(on(20_008).lately, sent(100));
        assert_eq!(on(19_992).lately, sent(100), "a clock that went wrong");
    }

    #[test]
    fn how_another_account_answered_is_not_known_of_this_one() {
        let tables = MemoryTables::new();
        let pair = PairId::from("a");
        let account = |key: &str| {
            let fingerprint = Fingerprint::of("test", &[key.as_bytes()]);
            Sides { upguard: Some(fingerprint), highlevel: None }
        };
        let tally = Sides::from_fn(|_| Tally { day: 7, requests: 20, lately: sent(20) });
        put(&tables, &pair, &account("one"), &tally).expect("written");
        assert_eq!(of(&tables, &pair, &account("one")).expect("read"), tally);
        let other = of(&tables, &pair, &account("other")).expect("read");
        assert_eq!(other.highlevel, tally.highlevel);
        assert_eq!(other.upguard, Tally { lately: Traffic::default(), ..tally.upguard });
    }

    #[test]
    fn pairs_share_one_upguard_and_have_a_location_each() {
        let tables = MemoryTables::new();
        let [ours, other] = ["a", "b"].map(PairId::from);
        let unnamed = Sides::default();
        let tally = |day, requests| Tally { day, requests, ..Tally::default() };
        let sides = |day, requests| Sides::from_fn(|_| tally(day, requests));
        put(&tables, &ours, &unnamed, &sides(7, 1)).expect("written");
        put(&tables, &other, &unnamed, &sides(7, 20)).expect("written");
        put(&tables, &PairId::from("c"), &unnamed, &sides(6, 300)).expect("written");
        assert_eq!(of(&tables, &ours, &unnamed).expect("read"), sides(7, 1));
        let elsewhere = elsewhere(&tables, &ours).expect("read");
        assert_eq!((elsewhere.upguard.requests, elsewhere.highlevel.requests), (20, 0));
        let on = |day: i64| {
            let noon = Time::from_timestamp(day * 86_400 + 43_200, 0).expect("a time");
            asked_today(&tables, &ours, noon).expect("read")
        };
        assert_eq!(on(7), Sides { upguard: 21, highlevel: 1 });
        assert_eq!(on(8), Sides::default());
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
            pace: Some(Pace {
                borne: Duration::from_millis(40),
                refused: Some(Duration::from_millis(20)),
            }),
        };
        let tally = Tally { day: 20_000, requests: 5, lately };
        let fingerprint = Fingerprint::of("test", &[]);
        let account = Sides { upguard: Some(fingerprint.clone()), highlevel: None };
        let row = (account, Sides { upguard: tally, highlevel: Tally::default() });
        let row = codec::encode(FORMAT, &row).expect("bytes");
        let asked = [0, 251, 64, 156, 5, 4, 3, 2, 1, 252, 192, 207, 106, 0, 8, 0, 1, 9, 10, 0];
        let (pace, nothing) = ([1, 0, 252, 0, 90, 98, 2, 1, 0, 252, 0, 45, 49, 1], [0; 11]);
        let account = fingerprint.as_str().as_bytes();
        assert_eq!(row, [&[4, 1, 64], account, &asked, &pace, &nothing].concat());
    }
}
