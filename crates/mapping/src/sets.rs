//! Which elements of a native set do both sides share, and how does each side spell them? Labels of
//! one side are tags of the other; what is not shared is nobody's business here.
//!
//! It does not know who added or removed what.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{Field, Held, Path, Sides, Value};
use unicode_normalization::UnicodeNormalization;
use wildmatch::WildMatch;

/// Two native sets that correspond, element by element.
#[derive(Clone, Debug)]
pub struct SetRule {
    /// Its name on both sides.
    pub name: Field,
    /// The native set on each side.
    pub ends: Sides<SetEnd>,
}

/// One side's end of a set.
#[derive(Clone, Debug)]
pub struct SetEnd {
    /// The native field.
    pub path: Path,
    /// Which of its elements are shared.
    pub shares: Shares,
    /// An element that holds this makes it impossible to write the set (`upguard.md` §1: labels are
    /// written as one text, separated by commas).
    pub barrier: Option<char>,
}

/// Which elements of a native set are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shares {
    /// Those in this namespace; the prefix itself is no part of an element.
    Namespace(String),
    /// Those that any of these patterns matches (`*` any text, `?` any character).
    Patterns(Vec<String>),
}

/// What an element is compared by: letter case and the spaces around it mean nothing.
pub type Element = String;

/// The shared elements of a native set, each with its spelling there, the namespace left out. Where a
/// set spells an element in several ways, the first in order is told.
pub type Spelled = BTreeMap<Element, String>;

/// What `text` is compared by.
pub fn element(text: &str) -> Element {
    text.trim().nfc().flat_map(char::to_lowercase).collect()
}

impl SetEnd {
    /// The shared elements of `native`.
    pub fn elements(&self, native: &Held) -> Spelled {
        let mut found = Spelled::new();
        for (element, spelling) in items(native).filter_map(|it| self.shared(it)) {
            found.entry(element).or_insert(spelling);
        }
        found
    }

    /// `native` with just `wanted` as its shared elements. What it has already keeps its spelling, what
    /// is new is spelled as `wanted` says; what is not shared stays. Nothing: this set cannot be
    /// written.
    pub fn with(&self, native: &Held, wanted: &Spelled) -> Option<Held> {
        let there = self.elements(native);
        let stays =
            |it: &&String| self.shared(it).is_none_or(|(element, _)| wanted.contains_key(&element));
        let new = wanted.iter().filter(|(element, _)| !there.contains_key(*element));
        let set: BTreeSet<String> = items(native)
            .filter(stays)
            .cloned()
            .chain(new.map(|(element, spelling)| self.native(element, spelling)))
            .collect();
        let barred = self
            .barrier
            .is_some_and(|barrier| items(native).chain(&set).any(|it| it.contains(barrier)));
        (!barred).then(|| (!set.is_empty()).then_some(Value::Set(set)))
    }

    fn native(&self, element: &Element, spelling: &str) -> String {
        match &self.shares {
            Shares::Namespace(prefix) => format!("{prefix}{element}"),
            Shares::Patterns(_) => spelling.to_owned(),
        }
    }

    /// The element that `item` is, and its spelling; nothing: it is not shared.
    fn shared(&self, item: &str) -> Option<(Element, String)> {
        let spelling = match &self.shares {
            Shares::Namespace(prefix) => item.trim().strip_prefix(prefix.as_str())?.trim(),
            Shares::Patterns(_) => item.trim(),
        };
        let element = element(spelling);
        let matches = match &self.shares {
            Shares::Namespace(_) => true,
            Shares::Patterns(patterns) => {
                patterns.iter().any(|it| WildMatch::new(&it.to_lowercase()).matches(&element))
            }
        };
        (matches && !element.is_empty()).then(|| (element, spelling.to_owned()))
    }
}

/// The elements of a native set, whether or not they are shared.
pub(crate) fn items(native: &Held) -> impl Iterator<Item = &String> {
    let set = match native {
        Some(Value::Set(set)) => Some(set),
        Some(
            Value::Text(_)
            | Value::Integer(_)
            | Value::Decimal(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_),
        )
        | None => None,
    };
    set.into_iter().flatten()
}
