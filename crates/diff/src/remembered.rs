//! What of a record that gets no counterpart until it moves? What it held when it was first seen is remembered: as
//! a link with one end, in which that is agreed. So a move is what differs from what the ledger holds, whenever
//! and from whichever mirror a plan is made. What we wrote there ourselves comes from the side that would be asked
//! to look at it, and is no move.

use concordat_mapping::{Baseline, FieldRule, Mapping};
use concordat_model::{
    Agreed, Agreement, Base, Field, Held, Link, LinkId, Mirrored, RecordKey, Seen, Settlement,
    Side, Sides,
};

use crate::Inputs;
use crate::merge::{Contender, Outcome, differs, merge};
use crate::pairing::Linked;
use crate::sitting::Sitting;
use crate::steps::{conditions, stamp};

/// What becomes of a record that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Nothing: it holds what it held, is not there, or nobody knows yet who changed it.
    Still,
    /// It holds something else, and gets a counterpart.
    Moved,
    /// It is remembered as it is now: what it held is not known, or we changed it.
    Anew,
}

/// Who changed what a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    /// Its own side.
    Theirs,
    /// We did, for the other side.
    Ours,
    /// A write of ours is in doubt, or what was seen is older than one.
    Unknown,
}

/// The field whose moves ask for a counterpart, if there is one.
fn watched(mapping: &Mapping) -> Option<&FieldRule> {
    match mapping.alike()?.creates.baseline.as_ref()? {
        Baseline::Until(field) => mapping.field(field),
        Baseline::Since(_) => None,
    }
}

/// Whether a mapping makes something of the records of `side` only once they move.
pub fn watches(mapping: &Mapping, side: Side) -> bool {
    mapping.source() == side && watched(mapping).is_some()
}

/// Whether a record of a `link` holds something else than is agreed on there, whoever changed it.
pub fn differs_from(inputs: &Inputs<'_>, mapping: &Mapping, link: &Link, it: &Mirrored) -> bool {
    let held = watched(mapping).and_then(|rule| {
        let (source, base) = (mapping.source(), link.base.get(&rule.name)?);
        let now = it.record.reading.get(&rule.ends[source].path)?;
        Some(differs(rule, source, &base.held[source], now, &conditions(inputs)))
    });
    held.unwrap_or(false)
}

/// What becomes of `linked`, if it only remembers its record: nothing stands for that where records are made.
pub fn recall(inputs: &Inputs<'_>, mapping: &Mapping, linked: &Linked) -> Option<Memory> {
    let (source, rule) = (mapping.source(), watched(mapping)?);
    if !linked.ends[source.other()].is_empty() {
        return None;
    }
    let path = &rule.ends[source].path;
    let here = linked.ends[source].iter().find_map(|key| match inputs.views[source].seen(key) {
        Seen::Here(it) => Some((it, it.record.reading.get(path)?)),
        Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
    });
    let known = inputs.agreements.links.get(&linked.id);
    Some(match (here, known.filter(|it| it.base.contains_key(&rule.name))) {
        (None, _) => Memory::Still,
        (Some(_), None) => Memory::Anew,
        (Some((it, _)), Some(known)) if !differs_from(inputs, mapping, known, it) => Memory::Still,
        (Some((it, now)), Some(known)) => match hand(inputs, rule, known, it, now) {
            Hand::Theirs => Memory::Moved,
            Hand::Ours => Memory::Anew,
            Hand::Unknown => Memory::Still,
        },
    })
}

/// Who made a record hold what it holds `now`, since that field of it was last agreed on in `link`.
fn hand(inputs: &Inputs<'_>, rule: &FieldRule, link: &Link, it: &Mirrored, now: &Held) -> Hand {
    let (key, side) = (&it.record.key, it.record.key.side());
    let (path, observed) = (&rule.ends[side].path, inputs.views[side].observed(it));
    let since = link.agreed.get(&rule.name).map(|it| it.entry);
    let is_ours = |other: &Link, name: &Field| {
        let accord = other.agreed.get(name).filter(|it| it.written == Some(side));
        let is_later = accord.is_some_and(|it| Some(it.entry) > since);
        is_later && other.base.get(name).is_some_and(|it| it.held[side] == *now)
    };
    let is_open = |other: &Link| {
        let is_late = observed.is_some() && observed < other.read_back[side];
        is_late || inputs.in_doubt.get(&other.id) == Some(&side)
    };
    let mut hand = Hand::Theirs;
    for other in inputs.agreements.links.values().filter(|it| it.ends[side].contains(key)) {
        let rules = inputs.rules.mapping(&other.mapping).map_or(&[][..], |it| &it.fields);
        for same in rules.iter().filter(|it| it.ends[side].path == *path) {
            if is_ours(other, &same.name) {
                return Hand::Ours;
            }
            if is_open(other) {
                hand = Hand::Unknown;
            }
        }
    }
    hand
}

/// What follows for the field that is watched, where its source moved and that may have been by our hand.
pub fn weigh(sitting: &Sitting<'_>, contender: &Contender<'_>, outcome: Outcome) -> Outcome {
    let (inputs, mapping) = (sitting.inputs, sitting.mapping);
    let (source, rule) = (mapping.source(), contender.rule);
    let is_watched = watched(mapping).is_some_and(|it| it.name == rule.name);
    let record = sitting.ends[source].first();
    let (true, Some(link), Some(record)) = (is_watched, sitting.known, record) else {
        return outcome;
    };
    let (Some(base), Some(now)) = (contender.base, &contender.now[source]) else { return outcome };
    if !differs_from(inputs, mapping, link, record) {
        return outcome;
    }
    match hand(inputs, rule, link, record, now) {
        Hand::Theirs => outcome,
        Hand::Unknown => Outcome::Unmoved,
        Hand::Ours => {
            let mut base = base.clone();
            base.held[source].clone_from(now);
            match merge(&Contender { base: Some(&base), ..contender.clone() }, &conditions(inputs))
            {
                Outcome::Unmoved => Outcome::Agree(base.how),
                moved => moved,
            }
        }
    }
}

/// That a record is remembered as it is now; nothing: it is not of this kind, or what it holds is not covered.
pub fn settlement(inputs: &Inputs<'_>, mapping: &Mapping, key: &RecordKey) -> Option<Settlement> {
    let (source, rule) = (mapping.source(), watched(mapping)?);
    let record = inputs.views[source].records.get(key)?;
    Some(Settlement {
        link: LinkId::of(inputs.pair, &mapping.name, key),
        mapping: mapping.name.clone(),
        name: record.record.name.clone(),
        ends: only(source, vec![key.clone()]),
        matched: None,
        fields: [(rule.name.clone(), agreed(rule, source, record)?)].into(),
        stamps: only(source, stamp(&[record])),
    })
}

/// That a record took the place of one that is remembered: what is agreed stays.
pub fn followed(inputs: &Inputs<'_>, mapping: &Mapping, linked: &Linked) -> Settlement {
    let source = mapping.source();
    let here = linked.ends[source].iter().filter_map(|it| inputs.views[source].records.get(it));
    let here: Vec<&Mirrored> = here.collect();
    Settlement {
        link: linked.id.clone(),
        mapping: mapping.name.clone(),
        name: here.first().map(|it| it.record.name.clone()).unwrap_or_default(),
        ends: linked.ends.clone().map(|_, keys| keys.into_iter().collect()),
        matched: linked.matched.clone(),
        fields: Base::new(),
        stamps: only(source, stamp(&here)),
    }
}

/// That people deleted what stood for a record: they are done with that move, and the record is remembered until
/// the next. Nothing: it is not of this kind, or what it holds is not covered.
pub fn released(sitting: &mut Sitting<'_>) -> Option<Settlement> {
    let (source, rule) = (sitting.mapping.source(), watched(sitting.mapping)?);
    let agreed = agreed(rule, source, sitting.ends[source].first()?)?;
    sitting.agreed.insert(rule.name.clone(), agreed);
    Some(sitting.laid_down(source.other()))
}

fn agreed(rule: &FieldRule, source: Side, record: &Mirrored) -> Option<Agreed> {
    let held = record.record.reading.get(&rule.ends[source].path)?.clone();
    Some(Agreed { held: only(source, held), how: Agreement::Left })
}

/// Something of one side.
fn only<T: Default>(side: Side, it: T) -> Sides<T> {
    let mut both = Sides::default();
    both[side] = it;
    both
}

/// Whether `id` only remembers a record, which has not moved since.
pub fn is_still(inputs: &Inputs<'_>, mapping: &Mapping, id: &LinkId) -> bool {
    let known = inputs.agreements.links.get(id).map(Linked::from);
    match known.and_then(|it| recall(inputs, mapping, &it)) {
        Some(Memory::Still | Memory::Anew) => true,
        Some(Memory::Moved) | None => false,
    }
}
