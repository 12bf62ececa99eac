//! How is it spread? How many cards of each kind there are per mapping, as bars and as numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::view::{NAME_MAX, anchor, clean};
use crate::run::StepOutcome;
use crate::sheet::{Card, Fate, Kind, Sheet};
use crate::style::grouped;

/// How many cards of which kind each mapping has.
#[derive(Serialize)]
pub(crate) struct Chart {
    pub(super) keys: Vec<Key>,
    pub(super) rows: Vec<Bar>,
}

#[derive(Serialize)]
pub(super) struct Key {
    pub word: &'static str,
    pub label: String,
    pub class: String,
    pub count: String,
}

#[derive(Serialize)]
pub(super) struct Bar {
    pub mapping: String,
    anchor: String,
    says: String,
    total: String,
    segments: Vec<Segment>,
}

#[derive(Serialize)]
pub(super) struct Segment {
    class: String,
    x: f64,
    width: f64,
}

/// By what a card is counted: what became of it in a run, else what it is.
pub(super) fn key(card: &Card<'_>) -> (usize, &'static str) {
    let place = |kind: Kind| Kind::ALL.iter().position(|it| *it == kind).unwrap_or_default();
    match card.fate {
        None => (10 + place(card.kind), card.kind.word()),
        Some(Fate::NotTried) => (9, Fate::NotTried.word()),
        Some(Fate::Tried(outcome)) => {
            let place = StepOutcome::ALL.iter().position(|it| *it == outcome);
            (place.unwrap_or_default(), outcome.word())
        }
    }
}

pub(super) fn class(word: &str) -> String {
    format!("k-{}", word.replace(' ', "-"))
}

/// A noun as it stands beside a number; what is no noun stays as it is.
pub(super) fn plural(count: u64, word: &str) -> String {
    let is_noun =
        ["create", "update", "archive", "delete", "conflict", "field", "guard"].contains(&word);
    if is_noun && count != 1 { format!("{word}s") } else { word.to_owned() }
}

/// How many cards of each kind there are, per mapping; the longest bar is the largest mapping.
pub(crate) fn chart(sheet: &Sheet<'_>) -> Chart {
    let mut totals: BTreeMap<(usize, &'static str), u64> = BTreeMap::new();
    let mut rows = Vec::new();
    let largest = sheet.sections.iter().map(|it| it.cards.len()).max().unwrap_or_default().max(1);
    for section in sheet.sections.iter().filter(|it| !it.cards.is_empty()) {
        let mut counts: BTreeMap<(usize, &'static str), u64> = BTreeMap::new();
        for card in &section.cards {
            *counts.entry(key(card)).or_default() += 1;
        }
        let mut x = 0.0;
        let mut segments = Vec::new();
        let mut says = Vec::new();
        for (&(place, word), &count) in &counts {
            *totals.entry((place, word)).or_default() += count;
            let width = (count as f64 * 10_000.0 / largest as f64).round() / 100.0;
            segments.push(Segment { class: class(word), x, width });
            x = ((x + width) * 100.0).round() / 100.0;
            says.push(format!("{} {}", grouped(count), plural(count, word)));
        }
        rows.push(Bar {
            mapping: clean(section.mapping.as_str(), NAME_MAX),
            anchor: anchor(&format!("mapping {}", section.mapping), &mut BTreeSet::new()),
            says: says.join(", "),
            total: grouped(section.cards.len() as u64),
            segments,
        });
    }
    let keys = totals.into_iter().map(|((_, word), count)| Key {
        word,
        label: plural(count, word),
        class: class(word),
        count: grouped(count),
    });
    Chart { keys: keys.collect(), rows }
}
