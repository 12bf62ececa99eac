//! Is a proven winner the later one, however wrong the clocks are within their limit, and is told apart what can be?
//! A field changes on both sides, pulls see that now and then, and the clocks of both are not quite as far ahead as
//! was measured.
//!
//! ```sh
//! cargo test -p concordat-snapshot --test all clocks:: -- --nocapture    # shows the table
//! ```

use std::collections::BTreeMap;

use concordat_model::time::judge;
use concordat_model::*;
use concordat_store::MemoryTables;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::script::*;

const WORLDS: u64 = 1000;
const PULLS: i64 = 12;
/// How wrong the clocks may be against each other: the two, and the whole seconds in which they tell the time.
const LIMIT_MS: i64 = 30_000;
const WRONG_MS: i64 = (LIMIT_MS - 1000) / 2;

/// What happens on a side, in true milliseconds since the first pull.
#[derive(Clone, Copy, Debug)]
struct Happening {
    /// It is seen in the rows of an index, and not in a direct listing.
    in_rows: bool,
    /// Its change moves the stamp of the row.
    stamped: bool,
    changed: i64,
    /// When something else moved that stamp.
    touched: i64,
    measured: Offset,
    wrong_ms: i64,
}

impl Happening {
    fn path(&self) -> &'static str {
        if self.stamped { "s" } else { "u" }
    }

    /// The second that the side's clock shows.
    fn told(&self, moment: i64) -> i64 {
        (moment + self.measured.ahead_ms + self.wrong_ms).div_euclid(1000)
    }

    fn stamp(&self, now: i64) -> i64 {
        let moved = [self.touched, if self.stamped { self.changed } else { i64::MAX }];
        moved.into_iter().filter(|it| *it <= now).max().unwrap_or(-1_000_000)
    }

    /// What the mirror makes of it.
    fn mirrored(&self, side: Side, period: i64) -> Interval {
        let tables = MemoryTables::new();
        let resource = match side {
            Side::Upguard => Resource::Vendor,
            Side::Highlevel => Resource::Contact,
        };
        let (key, path) = (RecordKey::new(resource, "it"), Path::from(self.path()));
        let mut moved = None;
        for now in (0..=PULLS).map(|it| it * period) {
            let fields = [(self.path(), if self.changed <= now { "new" } else { "old" })];
            let (stamp, sight) = match self.in_rows {
                true => (Some(at(self.told(self.stamp(now)))), Sight::Row),
                false => (None, Sight::Listed),
            };
            let record = record(key.clone(), stamp, &fields, sight);
            let pages = vec![Ok(page(self.told(now), vec![record]))];
            let script = Script::new().list(resource, pages);
            let view = try_pull(&tables, &script, request(side, &[])).expect("a pull");
            moved = view.records[&key].moved.get(&path).copied();
        }
        moved.expect("it was seen to move")
    }

    /// After which moment it changed, and until when, for whoever sees the same and has a clock that is right.
    fn known(&self, period: i64) -> (i64, i64) {
        let old = (self.changed - 1).div_euclid(period) * period;
        let new = old + period;
        (
            if self.in_rows { self.stamp(old) } else { old },
            if self.in_rows && self.stamped { self.stamp(new) } else { new },
        )
    }
}

fn happening(period: i64) -> impl Strategy<Value = Happening> + Clone {
    let time = || 1..period * PULLS;
    let kind = select(&[(false, false), (true, false), (true, true), (true, true)][..]);
    let clock = (-3_600_000..3_600_000_i64, -WRONG_MS..=WRONG_MS);
    (kind, time(), time(), clock).prop_map(|(kind, changed, touched, clock)| Happening {
        in_rows: kind.0,
        stamped: kind.1,
        changed,
        touched,
        measured: Offset { ahead_ms: clock.0 },
        wrong_ms: clock.1,
    })
}

/// How far pulls are apart, and what happens.
fn worlds() -> impl Strategy<Value = (i64, Sides<Happening>)> {
    select(&[60_000, 900_000, 3_600_000, 86_400_000][..]).prop_flat_map(|period| {
        let both = (happening(period), happening(period));
        (Just(period), both.prop_map(|(upguard, highlevel)| Sides { upguard, highlevel }))
    })
}

/// Whether right clocks would tell which was later.
fn is_separable(period: i64, of: &Sides<Happening>) -> bool {
    let known = of.map(|_, it| it.known(period));
    let apart = |later: Side| known[later].0 - known[later.other()].1 > LIMIT_MS;
    let between = (known.upguard.1 - known.highlevel.1).abs();
    let both_stamped = Side::BOTH.into_iter().all(|it| of[it].stamped);
    Side::BOTH.into_iter().any(apart) || both_stamped && between > LIMIT_MS
}

#[test]
fn a_proven_winner_is_the_later_one_and_nearly_all_that_can_be_told_apart_is() {
    let mut runner = TestRunner::deterministic();
    let mut told: BTreeMap<Evidence, [u64; 2]> = BTreeMap::new();
    let (mut separable, mut decided) = (0, 0);
    for _ in 0..WORLDS {
        let (period, of) = worlds().new_tree(&mut runner).expect("a world").current();
        let moved = Sides::from_fn(|side| of[side].mirrored(side, period));
        let verdict = judge(moved, Sides::from_fn(|side| of[side].measured), LIMIT_MS);
        let is_right = verdict.later.is_none_or(|it| of[it.other()].changed <= of[it].changed);
        assert!(is_right || verdict.evidence != Evidence::Proven, "{verdict:?} {moved:?} {of:?}");
        told.entry(verdict.evidence).or_default()[usize::from(!is_right)] += 1;
        if is_separable(period, &of) {
            separable += 1;
            decided += u64::from(verdict.later.is_some());
        }
    }
    eprintln!("evidence  | right | wrong");
    for (evidence, [right, wrong]) in &told {
        eprintln!("{:9} | {right:5} | {wrong:5}", evidence.to_string());
    }
    let share = |some: u64, of: u64| some as f64 * 100.0 / of as f64;
    let undecided: u64 = told[&Evidence::Undecided].iter().sum();
    eprintln!(
        "{WORLDS} worlds, {:.1} % undecided; of {separable} that can be told apart {:.1} % decided",
        share(undecided, WORLDS),
        share(decided, separable)
    );
    assert!(
        told[&Evidence::Proven][0] > WORLDS / 4 && separable > WORLDS / 4,
        "too little happens"
    );
    assert!(share(decided, separable) >= 95.0);
}
