//! When has a field gone to and fro too often, and what is the reason, most likely?

use super::*;

fn at(days: i64) -> Time {
    Time::UNIX_EPOCH + TimeDelta::days(days)
}

fn both(text: &str) -> Sides<Held> {
    Sides::from_fn(|_| Some(Value::text(text)))
}

/// Agreed on one after the other, each so many days after the one before and, if it came from HighLevel, so many
/// minutes after that was written.
fn agreed(values: &[&str], days: i64, minutes: i64) -> Turns {
    let (written, after_ms) = (Some(Side::Upguard), Some(minutes * 60_000));
    let pairs = values.iter().zip(&values[1..]).zip(1..);
    let next = |known, ((was, is), nth): ((&&str, &&str), i64)| {
        let found = Occasion::found(0, at(nth * days));
        let occasion = Occasion { written, after_ms, ..found };
        Some(Turns::next(known, both(was), &both(is), occasion))
    };
    pairs.fold(None, next).expect("two values")
}

/// What is said of one turn more, a day later.
fn says(turns: &Turns, held: &str) -> Option<Rule> {
    let moved = turns.at + TimeDelta::days(1);
    let why = turns.enough(Side::Upguard, moved, &Some(Value::text(held)));
    why.map(|it| it.rule)
}

#[test]
fn only_what_returns_counts() {
    for (values, count) in [
        (&["a", "b"][..], 0),
        (&["a", "b", "a"], 1),
        (&["a", "b", "a", "b", "a"], 3),
        (&["a", "b", "a", "b", "c"], 0),
        (&["a", "b", "c", "a", "b"], 0),
    ] {
        assert_eq!(agreed(values, 1, 0).count, count, "{values:?}");
    }
}

#[test]
fn turns_far_apart_are_none() {
    assert_eq!(agreed(&["a", "b", "a", "b", "a"], 14, 0).count, 3);
    assert_eq!(agreed(&["a", "b", "a", "b", "a"], 15, 0).count, 0);
    let turns = agreed(&["a", "b", "a", "b", "a"], 1, 0);
    let much_later = turns.at + TimeDelta::days(15);
    assert_eq!(turns.enough(Side::Upguard, much_later, &both("a").upguard), None);
}

#[test]
fn three_turns_are_enough_and_the_cause_is_named() {
    assert_eq!(says(&agreed(&["a", "b", "a", "b"], 1, 1), "b"), None);
    for (values, minutes, rule) in [
        (["up", "to", "up", "to", "up"], 1, Rule::Rewritten),
        (["up", "to", "up", "to", "up"], 15, Rule::Rewritten),
        (["up", "to", "up", "to", "up"], 16, Rule::Alternates),
        (["1 Main St", "1 MAIN ST.", "1 Main St", "1 MAIN ST.", "1 Main St"], 1, Rule::Respelled),
        (["+", "-", "+", "-", "+"], 16, Rule::Alternates),
    ] {
        assert_eq!(says(&agreed(&values, 1, minutes), values[4]), Some(rule), "{values:?}");
    }
}
