//! How does a change read at a glance? Both values in parts, so that what is the same can step back
//! and what differs can stand out; long ones are cut where nothing differs, and say how long they are.

use std::collections::BTreeSet;

use concordat_model::{Held, Value};
use serde::Serialize;

use crate::style::{self, EMPTY, columns, cut, grouped, visible};

/// A value in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    /// Whether the field holds nothing.
    pub is_empty: bool,
    /// Whether the parts are items of a set.
    pub is_set: bool,
    pub parts: Vec<Part>,
    /// What is not shown.
    pub rest: Option<String>,
}

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    pub text: String,
    /// Whether the other value has something else here.
    pub differs: bool,
}

/// Shorter texts are shown as they are, without a word about where they differ.
const WHOLE_MAX: usize = 32;
/// Letters shown on either side of a difference.
const AROUND: usize = 48;
/// Columns of a text, or of its differing part.
const COLUMNS_MAX: usize = 600;
/// Items of a set, and columns of an item.
const ITEMS_MAX: usize = 12;
const ITEM_MAX: usize = 80;

/// What a field holds.
pub(crate) fn one(held: &Held) -> Shown {
    match held {
        None => Shown {
            is_empty: true,
            parts: vec![Part { text: EMPTY.into(), differs: false }],
            ..Shown::default()
        },
        Some(Value::Set(items)) if !items.is_empty() => set(items),
        Some(value) => whole(&style::held(value)),
    }
}

/// What a set gains and loses. Everything else in it stays, whatever that is by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Turnover {
    /// `+ ug:pci`, one by one.
    pub gained: Vec<String>,
    /// `− ug:old`, one by one.
    pub lost: Vec<String>,
    /// What is not shown.
    pub rest: Option<String>,
}

/// How a set changes; nothing: it is none, or no change can be seen.
pub(crate) fn turnover(before: &Held, after: &Held) -> Option<Turnover> {
    let (gained, lost) = moved(before, after)?;
    let mut room = ITEMS_MAX;
    let mut told = |sign: &str, items: &[&String]| -> Vec<String> {
        let shown = items.iter().take(room);
        let shown = shown.map(|it| format!("{sign} {}", cut(&visible(it), ITEM_MAX))).collect();
        room = room.saturating_sub(items.len());
        shown
    };
    let (all_gained, all_lost) = (told("+", &gained), told("−", &lost));
    let left = (gained.len() + lost.len()).saturating_sub(ITEMS_MAX) as u64;
    let rest = (left > 0).then(|| format!("and {} more", grouped(left)));
    Some(Turnover { gained: all_gained, lost: all_lost, rest })
}

/// The items that a set gains, and those that it loses.
pub(crate) fn moved<'h>(
    before: &'h Held,
    after: &'h Held,
) -> Option<(Vec<&'h String>, Vec<&'h String>)> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    let items = |held: &'h Held| match held {
        Some(Value::Set(items)) => Some(items),
        None => Some(&NONE),
        Some(_) => None,
    };
    let (old, new) = (items(before)?, items(after)?);
    (old != new).then(|| (new.difference(old).collect(), old.difference(new).collect()))
}

/// What a field holds, and what it shall hold.
pub(crate) fn pair(before: &Held, after: &Held) -> (Shown, Shown) {
    match (before, after) {
        (Some(old @ Value::Text(_)), Some(new @ Value::Text(_))) => {
            let (old, new) = (style::held(old), style::held(new));
            (text(&old, &new), text(&new, &old))
        }
        _ => (one(before), one(after)),
    }
}

impl Shown {
    /// On one line of at most `room` columns, without its marks.
    pub fn line(&self, room: usize) -> String {
        let between = if self.is_set { ", " } else { "" };
        let parts: Vec<&str> = self.parts.iter().map(|it| it.text.as_str()).collect();
        let line = cut(&parts.join(between), room);
        match &self.rest {
            Some(rest) if self.parts.is_empty() => format!("({rest})"),
            Some(rest) => format!("{line} ({rest})"),
            None => line,
        }
    }
}

fn whole(text: &str) -> Shown {
    let part = Part { text: cut(text, COLUMNS_MAX), differs: false };
    Shown { parts: vec![part], ..Shown::default() }
}

fn set(items: &BTreeSet<String>) -> Shown {
    let part = |text: &String| Part { text: cut(&visible(text), ITEM_MAX), differs: false };
    let left = items.len().saturating_sub(ITEMS_MAX) as u64;
    Shown {
        is_set: true,
        parts: items.iter().take(ITEMS_MAX).map(part).collect(),
        rest: (left > 0).then(|| format!("and {} more", grouped(left))),
        ..Shown::default()
    }
}

/// `this`, with what `that` has differently marked.
fn text(this: &str, that: &str) -> Shown {
    let same = |(one, other): &(char, char)| one == other;
    let lengths = [this, that].map(|it| it.chars().count());
    let head = this.chars().zip(that.chars()).take_while(same).count();
    let room = lengths[0].min(lengths[1]) - head;
    let tail = this.chars().rev().zip(that.chars().rev()).take_while(same).count().min(room);
    // Whole words differ, not letters of them.
    let head = head - in_word(this.chars().take(head).collect::<Vec<_>>().into_iter().rev());
    let tail = tail - in_word(this.chars().skip(lengths[0] - tail));
    let is_long = lengths[0].max(lengths[1]) > WHOLE_MAX;
    // A shared letter or two is chance.
    if !is_long || head + tail < 8 {
        return whole(this);
    }
    let letters = |skip: usize, take: usize| this.chars().skip(skip).take(take).collect::<String>();
    let hidden = [head, tail].map(|it| it.saturating_sub(AROUND + 12));
    let shown_head = if hidden[0] > 0 { AROUND } else { head };
    let mut parts = Vec::new();
    let skipped = if hidden[0] > 0 { "…" } else { "" };
    let before = format!("{skipped}{}", letters(head - shown_head, shown_head));
    let middle = cut(&letters(head, lengths[0] - head - tail), COLUMNS_MAX);
    let after = match hidden[1] {
        0 => letters(lengths[0] - tail, tail),
        _ => letters(lengths[0] - tail, AROUND) + "…",
    };
    for (text, differs) in [(before, false), (middle, true), (after, false)] {
        if !text.is_empty() {
            parts.push(Part { text, differs });
        }
    }
    let is_cut = hidden != [0, 0] || columns(this) > COLUMNS_MAX;
    let rest = is_cut.then(|| format!("{} characters", grouped(lengths[0] as u64)));
    Shown { parts, rest, ..Shown::default() }
}

/// How many letters there are before the first that is in no word.
fn in_word(letters: impl Iterator<Item = char>) -> usize {
    letters.take_while(|it| it.is_alphanumeric()).count()
}
