//! How is everything that is no link cut into rows? What grows with the number of records is cut into
//! pieces, since a row must not grow for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::{iter, mem};

use concordat_model::{
    Choice, Dismissal, Field, Fingerprint, Held, IntentId, Lesson, LinkId, MappingName, Rebuff,
    RecordKey, Ruling, Sides, StepId, Take,
};
use serde::{Deserialize, Serialize};

use crate::{OpenIntent, Standing};

/// So many items stand in one row: far from the largest row there may be.
const ITEMS: usize = 256;

/// A part of a standing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Part {
    /// What does not grow with the number of records.
    Trunk(Box<Standing>),
    Taken(BTreeMap<(LinkId, Field), (Sides<Held>, Take)>),
    Choices(BTreeMap<(MappingName, RecordKey), Choice>),
    Lessons(BTreeMap<(LinkId, Field), Lesson>),
    Rebuffs(BTreeMap<LinkId, Rebuff>),
    Intents(BTreeMap<IntentId, OpenIntent>),
    Finished(BTreeSet<(Fingerprint, StepId)>),
    Rulings(BTreeMap<LinkId, Ruling>),
    Dismissed(BTreeMap<LinkId, Dismissal>),
}

impl Standing {
    /// How many items there are of what grows with the number of records.
    pub(crate) fn items(&self) -> usize {
        self.agreements.taken.len()
            + self.agreements.choices.len()
            + self.agreements.lessons.len()
            + self.agreements.rebuffs.len()
            + self.agreements.rulings.len()
            + self.agreements.dismissed.len()
            + self.intents.len()
            + self.finished.len()
    }

    /// Everything but the links.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut trunk = self.clone();
        trunk.agreements.links.clear();
        let grown = &mut trunk.agreements;
        let mut parts: Vec<Part> = pieces(mem::take(&mut grown.taken)).map(Part::Taken).collect();
        parts.extend(pieces(mem::take(&mut grown.choices)).map(Part::Choices));
        parts.extend(pieces(mem::take(&mut grown.lessons)).map(Part::Lessons));
        parts.extend(pieces(mem::take(&mut grown.rebuffs)).map(Part::Rebuffs));
        parts.extend(pieces(mem::take(&mut grown.rulings)).map(Part::Rulings));
        parts.extend(pieces(mem::take(&mut grown.dismissed)).map(Part::Dismissed));
        parts.extend(pieces(mem::take(&mut trunk.intents)).map(Part::Intents));
        parts.extend(pieces(mem::take(&mut trunk.finished)).map(Part::Finished));
        parts.insert(0, Part::Trunk(Box::new(trunk)));
        parts
    }

    /// Takes up a part; the trunk comes first.
    pub(crate) fn absorb(&mut self, part: Part) {
        match part {
            Part::Trunk(trunk) => *self = *trunk,
            Part::Taken(it) => self.agreements.taken.extend(it),
            Part::Choices(it) => self.agreements.choices.extend(it),
            Part::Lessons(it) => self.agreements.lessons.extend(it),
            Part::Rebuffs(it) => self.agreements.rebuffs.extend(it),
            Part::Rulings(it) => self.agreements.rulings.extend(it),
            Part::Dismissed(it) => self.agreements.dismissed.extend(it),
            Part::Intents(it) => self.intents.extend(it),
            Part::Finished(it) => self.finished.extend(it),
        }
    }
}

/// A collection as collections of at most [`ITEMS`] items.
fn pieces<C: IntoIterator + FromIterator<C::Item>>(whole: C) -> impl Iterator<Item = C> {
    let mut items = whole.into_iter().peekable();
    iter::from_fn(move || {
        items.peek()?;
        Some(items.by_ref().take(ITEMS).collect())
    })
}
