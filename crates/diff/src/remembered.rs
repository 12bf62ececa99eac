//! What of a record that gets no counterpart until it moves? What it held when it was first seen is remembered: as
//! a link with one end, in which that is agreed. So a move is what differs from what the ledger holds, whenever
//! and from whichever mirror a plan is made.

use concordat_mapping::{Baseline, FieldRule, Mapping};
use concordat_model::{
    Agreed, Agreement, LinkId, Mirrored, RecordKey, Seen, Settlement, Side, Sides,
};

use crate::Inputs;
use crate::merge::differs;
use crate::pairing::Linked;
use crate::sitting::Sitting;
use crate::steps::{conditions, stamp};

/// What becomes of a record that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Nothing: it holds what it held, or is not there.
    Still,
    /// It holds something else, and gets a counterpart.
    Moved,
    /// What it held is not known, and is remembered anew.
    Lost,
}

/// The field whose moves ask for a counterpart, if there is one.
fn watched(mapping: &Mapping) -> Option<&FieldRule> {
    match mapping.alike()?.creates.baseline.as_ref()? {
        Baseline::Until(field) => mapping.field(field),
        Baseline::Since(_) => None,
    }
}

/// What becomes of `linked`, if it only remembers its record: nothing stands for that where records are made.
pub fn recall(inputs: &Inputs<'_>, mapping: &Mapping, linked: &Linked) -> Option<Memory> {
    let (source, rule) = (mapping.source(), watched(mapping)?);
    if !linked.ends[source.other()].is_empty() {
        return None;
    }
    let path = &rule.ends[source].path;
    let now = linked.ends[source].iter().find_map(|key| match inputs.views[source].seen(key) {
        Seen::Here(it) => it.record.reading.get(path),
        Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
    });
    let known = inputs.agreements.links.get(&linked.id);
    Some(match (now, known.and_then(|it| it.base.get(&rule.name))) {
        (None, _) => Memory::Still,
        (Some(_), None) => Memory::Lost,
        (Some(now), Some(base)) => {
            let moved = differs(rule, source, &base.held[source], now, &conditions(inputs));
            if moved { Memory::Moved } else { Memory::Still }
        }
    })
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
        Some(Memory::Still | Memory::Lost) => true,
        Some(Memory::Moved) | None => false,
    }
}
