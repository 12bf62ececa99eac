//! Does it matter which side is which, in what order things were read, or how wrong the clocks are?
//! It must not, beyond what the design says.

use concordat_mapping::{Access, Contest, Drift, Fallback, Strength};
use concordat_model::time::judge;
use concordat_model::{
    Endowment, Evidence, Interval, Offset, Plan, Settlement, Side, Sides, Step, Take, Time, View,
};
use concordat_tests::by_the_book::{Letter, Row, Says};
use concordat_tests::rows::{Clocks, engine};
use concordat_tests::wild::worlds;
use concordat_tests::world::World;
use proptest::prelude::*;
use proptest::sample::select;

fn sides<T: Clone + std::fmt::Debug>(
    one: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Sides<T>> {
    (one.clone(), one).prop_map(|(upguard, highlevel)| Sides { upguard, highlevel })
}

/// Any interval, contradictory ones included: a stamp may lie before the last sight of the old value.
fn interval() -> impl Strategy<Value = Interval> + Clone {
    let second = 0..200_i64;
    (prop::option::of(second.clone()), second, any::<bool>()).prop_map(|(after, until, stamped)| {
        Interval { after: after.map(at), until: at(until), stamped }
    })
}

fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

fn clocks() -> impl Strategy<Value = Clocks> {
    let offset = (-50_000..50_000_i64).prop_map(|ahead_ms| Offset { ahead_ms });
    (sides(interval()), sides(offset), 0..60_000_i64)
        .prop_map(|(moved, offsets, skew_limit_ms)| Clocks { moved, offsets, skew_limit_ms })
}

fn row() -> impl Strategy<Value = Row> {
    let letter = || select(&[None, Some('a'), Some('b'), Some('c')][..]);
    let side = || select(&Side::BOTH[..]);
    let contest = prop_oneof![
        select(&[Fallback::Upguard, Fallback::Highlevel, Fallback::Hold][..])
            .prop_map(|fallback| Contest::LastWriteWins { fallback }),
        side().prop_map(Contest::Prefer),
        Just(Contest::Hold),
    ];
    let take = prop_oneof![side().prop_map(Take::Side), Just(Take::Leave)];
    let rule = (
        contest,
        select(&[Strength::Enforce, Strength::Enforce, Strength::Fill, Strength::Initial][..]),
        prop::option::of(side()),
        sides(select(&[Access::Never, Access::OnCreate, Access::Always, Access::Always][..])),
        sides(any::<bool>()),
        select(&[Drift::Report, Drift::Restore][..]),
    );
    let held = (
        prop::option::weighted(0.8, sides(letter())),
        sides(prop::option::weighted(0.95, letter())),
        prop::option::weighted(0.2, take),
        sides(prop::bool::weighted(0.9)),
        prop::option::weighted(0.2, (side(), letter())),
    );
    (rule, held).prop_map(|(rule, (base, now, taken, writable, discarded))| Row {
        base,
        now,
        contest: rule.0,
        strength: rule.1,
        adopt: rule.2,
        access: rule.3,
        clearable: rule.4,
        drift: rule.5,
        later: (None, Evidence::Undecided),
        taken,
        writable,
        discarded,
    })
}

/// The same row, seen from the other side.
fn mirrored(row: &Row) -> Row {
    let contest = match row.contest {
        Contest::Prefer(side) => Contest::Prefer(side.other()),
        Contest::LastWriteWins { fallback } => Contest::LastWriteWins {
            fallback: match fallback {
                Fallback::Upguard => Fallback::Highlevel,
                Fallback::Highlevel => Fallback::Upguard,
                Fallback::Hold => Fallback::Hold,
            },
        },
        Contest::Hold => Contest::Hold,
    };
    let discarded: Option<(Side, Letter)> =
        row.discarded.map(|(side, letter)| (side.other(), letter));
    Row {
        base: row.base.map(Sides::swap),
        now: row.now.swap(),
        contest,
        strength: row.strength,
        adopt: row.adopt.map(Side::other),
        access: row.access.swap(),
        clearable: row.clearable.swap(),
        drift: row.drift,
        later: row.later,
        taken: row.taken.map(|take| match take {
            Take::Side(side) => Take::Side(side.other()),
            Take::Leave => Take::Leave,
        }),
        writable: row.writable.swap(),
        discarded,
    }
}

fn mirrored_answer(says: Says) -> Says {
    match says {
        Says::Write(to, after, rule, about, evidence) => {
            Says::Write(to.other(), after, rule, about.map(Side::other), evidence)
        }
        Says::Listed(rule, about, evidence) => Says::Listed(rule, about.map(Side::other), evidence),
        Says::Quiet | Says::Agreed(_) | Says::Ask(..) | Says::Withheld(_) => says,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    /// Swapping the sides of everything swaps the answer.
    #[test]
    fn the_merge_does_not_know_left_from_right(row in row(), clocks in clocks()) {
        let other = Clocks {
            moved: clocks.moved.swap(),
            offsets: clocks.offsets.swap(),
            skew_limit_ms: clocks.skew_limit_ms,
        };
        prop_assert_eq!(engine(&mirrored(&row), &other), mirrored_answer(engine(&row, &clocks)));
    }

    #[test]
    fn the_judge_does_not_know_left_from_right(it in clocks()) {
        let here = judge(it.moved, it.offsets, it.skew_limit_ms);
        let there = judge(it.moved.swap(), it.offsets.swap(), it.skew_limit_ms);
        prop_assert_eq!(here.later, there.later.map(Side::other));
        prop_assert_eq!((here.evidence, here.apart_ms), (there.evidence, there.apart_ms));
        prop_assert_eq!(here.later.is_none(), here.evidence == Evidence::Undecided);
    }

    /// A wider limit may take a verdict away. It never makes one, never turns one round, and never
    /// makes one surer.
    #[test]
    fn doubting_the_clocks_more_never_makes_a_winner(it in clocks(), more in 0..100_000_i64) {
        let strict = judge(it.moved, it.offsets, it.skew_limit_ms);
        let lenient = judge(it.moved, it.offsets, it.skew_limit_ms + more);
        prop_assert!(lenient.later.is_none() || lenient.later == strict.later);
        prop_assert!(lenient.evidence >= strict.evidence);
    }

    /// A side whose clock is wrong, and known to be, is judged as if it were right.
    #[test]
    fn a_known_offset_changes_nothing(it in clocks(), wrong_ms in -10_000_000..10_000_000_i64) {
        for side in Side::BOTH {
            let (mut moved, mut offsets) = (it.moved, it.offsets);
            let shift = Offset { ahead_ms: wrong_ms };
            offsets[side].ahead_ms += wrong_ms;
            moved[side] = Interval {
                after: moved[side].after.map(|time| shift.to_theirs(time)),
                until: shift.to_theirs(moved[side].until),
                ..moved[side]
            };
            prop_assert_eq!(
                judge(moved, offsets, it.skew_limit_ms),
                judge(it.moved, it.offsets, it.skew_limit_ms)
            );
        }
    }

    /// Proven means proven: whatever the true moments within the intervals, and however wrong the
    /// clocks within the limit, the later one is the later one. And never by the end of an interval
    /// that is no stamp.
    #[test]
    fn a_proven_winner_is_the_later_one(it in clocks(), place in sides(0.0..=1.0_f64)) {
        let verdict = judge(it.moved, it.offsets, it.skew_limit_ms);
        let Some(later) = verdict.later else { return Ok(()) };
        if verdict.evidence == Evidence::Likely {
            prop_assert!(it.moved.upguard.stamped && it.moved.highlevel.stamped);
            return Ok(());
        }
        let moment = |side: Side| -> f64 {
            let ms = |time: Time| (it.offsets[side].to_ours(time) - at(0)).num_milliseconds() as f64;
            let until = ms(it.moved[side].until);
            let after = it.moved[side].after.map_or(until - 1e9, ms).min(until);
            after + (until - after) * place[side]
        };
        prop_assert!(moment(later) - moment(later.other()) > it.skew_limit_ms as f64);
    }
}

/// `view` as a side whose clock is `ahead_ms` ahead would show it.
fn as_told_by(view: &mut View, ahead_ms: i64) {
    let shift = Offset { ahead_ms };
    view.offset.ahead_ms += ahead_ms;
    for certificate in view.certificates.values_mut() {
        certificate.began = shift.to_theirs(certificate.began);
        certificate.ended = shift.to_theirs(certificate.ended);
    }
    for mirrored in view.records.values_mut() {
        mirrored.record.stamp = mirrored.record.stamp.map(|it| shift.to_theirs(it));
        mirrored.read_at = mirrored.read_at.map(|it| shift.to_theirs(it));
        for interval in mirrored.moved.values_mut() {
            interval.after = interval.after.map(|it| shift.to_theirs(it));
            interval.until = shift.to_theirs(interval.until);
        }
    }
}

/// The plan without the stamps it records, which are told in a side's own clock.
fn without_stamps(plan: Plan) -> Plan {
    let settlements = plan.settlements.into_iter();
    let settlements = settlements.map(|it| Settlement { stamps: Sides::default(), ..it }).collect();
    let steps = plan.steps.into_iter().map(|it| Step { source_stamp: None, ..it }).collect();
    let endowments = plan.endowments.into_iter();
    let endowments = endowments.map(|it| Endowment { stamp: None, ..it }).collect();
    Plan { endowments, settlements, steps, ..plan }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    /// The order in which records were read is the order of pages; the plan does not depend on it.
    #[test]
    fn the_order_of_pages_means_nothing(
        (wild, shuffled) in worlds().prop_flat_map(|wild| {
            let shuffled = Just(wild.before.clone()).prop_shuffle();
            (Just(wild), shuffled)
        })
    ) {
        let first = World::of(&[&wild.rules[..], &wild.before[..]].concat().join("\n")).plan();
        let second = World::of(&[&wild.rules[..], &shuffled[..]].concat().join("\n")).plan();
        let bytes = |plan: &Plan| serde_json::to_string(plan).expect("a plan is a document");
        prop_assert_eq!(bytes(&first), bytes(&second));
    }

    /// The same world gives the same bytes twice.
    #[test]
    fn the_same_world_gives_the_same_bytes(wild in worlds()) {
        let bytes = || serde_json::to_string(&World::of(&wild.script()).plan()).expect("a document");
        prop_assert_eq!(bytes(), bytes());
    }

    /// A whole side with a wrong clock, known to be wrong, gives the same plan.
    #[test]
    fn a_side_with_a_wrong_clock_gives_the_same_plan(
        wild in worlds(),
        side in select(&Side::BOTH[..]),
        ahead_ms in -10_000_000..10_000_000_i64,
    ) {
        let right = World::of(&wild.script());
        let mut wrong = right.clone();
        as_told_by(&mut wrong.views[side], ahead_ms);
        for link in wrong.agreements.links.values_mut() {
            let shift = Offset { ahead_ms };
            link.stamps[side] = link.stamps[side].map(|it| shift.to_theirs(it));
            link.read_back[side] = link.read_back[side].map(|it| shift.to_theirs(it));
            for agreed in link.agreed.values_mut() {
                agreed.stamps[side] = agreed.stamps[side].map(|it| shift.to_theirs(it));
            }
        }
        prop_assert_eq!(without_stamps(right.plan()), without_stamps(wrong.plan()));
    }
}
