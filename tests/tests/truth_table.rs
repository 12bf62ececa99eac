//! Does the merge table decide every row as the design says? All of them, against an oracle that was
//! written from the design's text and shares no code with the engine.

use std::collections::BTreeMap;

use concordat_mapping::{Access, Contest, Drift, Fallback, Strength};
use concordat_model::{Evidence, Interval, Side, Sides, Take, Time};
use concordat_tests::by_the_book::{Letter, Row, expected};
use concordat_tests::rows::{Clocks, engine};

const STRENGTHS: [Strength; 3] = [Strength::Enforce, Strength::Fill, Strength::Initial];
const ACCESS: [Access; 3] = [Access::Never, Access::OnCreate, Access::Always];
const YES_NO: [bool; 2] = [true, false];
const NOWS: [Option<Letter>; 5] =
    [None, Some(None), Some(Some('a')), Some(Some('b')), Some(Some('c'))];

/// Equal, agreed-different, both empty, one empty each way; and never agreed.
const BASES: [Option<Sides<Letter>>; 6] = [
    None,
    Some(Sides { upguard: Some('a'), highlevel: Some('a') }),
    Some(Sides { upguard: Some('a'), highlevel: Some('b') }),
    Some(Sides { upguard: None, highlevel: None }),
    Some(Sides { upguard: Some('a'), highlevel: None }),
    Some(Sides { upguard: None, highlevel: Some('b') }),
];

const TAKEN: [Option<Take>; 4] =
    [None, Some(Take::Leave), Some(Take::Side(Side::Upguard)), Some(Take::Side(Side::Highlevel))];

/// Every contest, with every situation of the clocks in which it makes a difference, and one in which
/// it must not: times never decide for `prefer` and `hold`.
fn contests() -> Vec<(Contest, (Option<Side>, Evidence))> {
    let later = [
        (Some(Side::Upguard), Evidence::Proven),
        (Some(Side::Highlevel), Evidence::Proven),
        (Some(Side::Upguard), Evidence::Likely),
        (Some(Side::Highlevel), Evidence::Likely),
        (None, Evidence::Undecided),
    ];
    let mut all = Vec::new();
    for fallback in [Fallback::Upguard, Fallback::Highlevel, Fallback::Hold] {
        all.extend(later.map(|later| (Contest::LastWriteWins { fallback }, later)));
    }
    for contest in [Contest::Prefer(Side::Upguard), Contest::Prefer(Side::Highlevel), Contest::Hold]
    {
        all.push((contest, later[0]));
        all.push((contest, later[3]));
    }
    all
}

fn sides<T: Copy>(choices: &[T]) -> Vec<Sides<T>> {
    let pairs = choices
        .iter()
        .flat_map(|&upguard| choices.iter().map(move |&highlevel| Sides { upguard, highlevel }));
    pairs.collect()
}

/// The rows of the whole table for one base, without obstacles: records can be written and nothing
/// was learned about them.
fn plain_rows(base: Option<Sides<Letter>>) -> Vec<Row> {
    let adopts: &[Option<Side>] = match base {
        None => &[None, Some(Side::Upguard), Some(Side::Highlevel)],
        Some(_) => &[None],
    };
    let mut rows = Vec::new();
    for now in sides(&NOWS) {
        for (contest, later) in contests() {
            for strength in STRENGTHS {
                for access in sides(&ACCESS) {
                    for clearable in sides(&YES_NO) {
                        for drift in [Drift::Report, Drift::Restore] {
                            for &adopt in adopts {
                                rows.extend(TAKEN.map(|taken| Row {
                                    base,
                                    now,
                                    contest,
                                    strength,
                                    adopt,
                                    access,
                                    clearable,
                                    drift,
                                    later,
                                    taken,
                                    writable: Sides { upguard: true, highlevel: true },
                                    discarded: None,
                                }));
                            }
                        }
                    }
                }
            }
        }
    }
    rows
}

/// When `side` moved, such that the clocks say what `later` says.
fn moment((later, evidence): (Option<Side>, Evidence), side: Side) -> Interval {
    let at = |second: i64| Time::from_timestamp(1_800_000_000 + second, 0).expect("a time");
    let (early, late) = (at(0), at(3600));
    match (evidence, later == Some(side)) {
        (Evidence::Proven, true) => Interval { after: Some(late), until: at(4000), stamped: false },
        (Evidence::Proven, false) => Interval { after: None, until: early, stamped: false },
        (Evidence::Likely, true) => Interval { after: None, until: late, stamped: true },
        (Evidence::Likely, false) => Interval { after: None, until: early, stamped: true },
        (Evidence::Undecided, _) => Interval { after: None, until: early, stamped: false },
    }
}

#[track_caller]
fn check(rows: &[Row], at_least: usize) {
    assert!(rows.len() >= at_least, "only {} rows", rows.len());
    let mut differ: BTreeMap<(String, String), (u64, String)> = BTreeMap::new();
    for row in rows {
        let clocks = Clocks {
            moved: Sides::from_fn(|side| moment(row.later, side)),
            offsets: Sides::default(),
            skew_limit_ms: 30_000,
        };
        let (engine, design) = (engine(row, &clocks), expected(row));
        if engine != design {
            let kind = (format!("{engine:?}"), format!("{design:?}"));
            differ.entry(kind).or_insert_with(|| (0, format!("{row:?}"))).0 += 1;
        }
    }
    let lines = differ.iter().map(|((engine, design), (count, row))| {
        format!("{count} rows: engine {engine}, design {design}; first: {row}\n")
    });
    let lines: String = lines.collect();
    assert!(lines.is_empty(), "{lines}");
}

#[test]
fn a_link_that_never_agreed() {
    check(&plain_rows(BASES[0]), 1_300_000);
}

#[test]
fn both_agreed_on_the_same() {
    check(&plain_rows(BASES[1]), 450_000);
}

#[test]
fn both_agreed_to_differ() {
    check(&plain_rows(BASES[2]), 450_000);
}

#[test]
fn both_agreed_on_nothing() {
    check(&plain_rows(BASES[3]), 450_000);
}

#[test]
fn one_side_agreed_on_nothing() {
    check(&plain_rows(BASES[4]), 450_000);
    check(&plain_rows(BASES[5]), 450_000);
}

/// Records that cannot be written and values that were not kept, over a smaller part of the table.
#[test]
fn obstacles() {
    let lessons = [None, Some(Some('a')), Some(Some('c')), Some(None)]
        .into_iter()
        .flat_map(|sent| Side::BOTH.map(move |side| sent.map(|sent| (side, sent))));
    let lessons: Vec<Option<(Side, Letter)>> = lessons.collect();
    let neutral = |row: &Row| {
        matches!(
            (row.contest, row.later.1),
            (Contest::Prefer(_), Evidence::Proven)
                | (Contest::LastWriteWins { fallback: Fallback::Highlevel }, Evidence::Likely)
        ) && row.now.upguard.is_some()
            && row.now.highlevel.is_some()
            && row.access.iter().all(|(_, it)| *it != Access::OnCreate)
            && row.clearable.upguard == row.clearable.highlevel
    };
    let mut rows = Vec::new();
    for base in BASES {
        for row in plain_rows(base).into_iter().filter(neutral) {
            for writable in sides(&YES_NO) {
                rows.extend(lessons.iter().map(|&discarded| Row { writable, discarded, ..row }));
            }
        }
    }
    check(&rows, 1_000_000);
}

/// The table would be worth nothing if most of its rows said the same.
#[test]
fn every_kind_of_answer_occurs() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for base in BASES {
        for row in plain_rows(base).iter().step_by(7) {
            let says = format!("{:?}", expected(row));
            *seen.entry(says.split('(').next().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    for kind in ["Quiet", "Agreed", "Write", "Ask", "Listed", "Withheld"] {
        assert!(seen.get(kind).copied().unwrap_or_default() > 1000, "{kind} is rare: {seen:?}");
    }
}
