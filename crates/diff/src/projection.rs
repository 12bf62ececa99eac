//! What does each end of a link hold, field by field? Several records of one side are folded into one
//! reading: for each field the newest record that has a value speaks.

use std::cmp::Reverse;

use concordat_mapping::{End, Mapping, is_stamped};
use concordat_model::{
    Held, Interval, Mirrored, Name, Path, Reading, RecordKey, Resource, Seen, Side, Sides, Time,
    View,
};

use crate::Inputs;

/// The native field under which a vendor contact carries its vendor's name. It is not in the
/// contact's own answer (`upguard.md` §4.2: "no company field, join vendor").
const VENDOR_NAME: &str = "vendor.name";

/// What one end of a link holds in one field.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The native value; nothing: not covered.
    pub now: Option<Held>,
    /// When it came about.
    pub moved: Interval,
}

/// The native value of `end`, joined from the parent record where it stands there, or made of both.
pub fn native(view: &View, mirrored: &Mirrored, end: &End) -> Option<Held> {
    let reading = &mirrored.record.reading;
    match (&end.made, end.path.as_str()) {
        (Some(made), _) if mirrored.record.key.resource == Resource::Vendor => {
            made.text(reading, None).ok()
        }
        (Some(made), _) => made.text(reading, Some(vendor(view, mirrored)?)).ok(),
        (None, VENDOR_NAME) => vendor(view, mirrored)?.get(&"name".into()).cloned(),
        (None, _) => reading.get(&end.path).cloned(),
    }
}

/// What is known of the vendor to which a person belongs.
fn vendor<'a>(view: &'a View, person: &Mirrored) -> Option<&'a Reading> {
    let vendor = RecordKey { resource: Resource::Vendor, id: person.record.parent.clone()? };
    match view.seen(&vendor) {
        Seen::Here(vendor) => Some(&vendor.record.reading),
        Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
    }
}

/// One end of a link, as it is there now.
#[derive(Clone, Copy, Debug)]
pub struct Speakers<'a> {
    /// The side.
    pub side: Side,
    /// The records that are there.
    pub records: &'a [&'a Mirrored],
    /// Whether a record of this end is gone.
    pub has_gaps: bool,
    /// The newest stamp of this end when the field was last agreed on.
    pub agreed: Option<Time>,
}

/// What one end holds in the field that `end` reads, where `base` is what it held when both last
/// agreed.
///
/// Several records speak as one: who changed the field last since then, else whoever still holds what
/// was agreed, else the newest who holds anything. One that is gone moves nothing.
pub fn fold(inputs: &Inputs<'_>, bench: Speakers<'_>, end: &End, base: Option<&Held>) -> Holding {
    let view = inputs.views[bench.side];
    let now = view.offset.to_theirs(inputs.now);
    let shared = |held: &Held| end.lens.get(held, inputs.rules.region);
    let voices: Vec<Voice<'_>> = bench
        .records
        .iter()
        .filter_map(|record| Some((*record, native(view, record, end)?)))
        .map(|(record, held)| Voice {
            moved: record.moved.get(&end.path).map(|it| it.until),
            record,
            held,
        })
        .collect();
    let Some(first) = voices.first() else { return Holding { now: None, moved: unknown(now) } };
    if voices.len() == 1 && !bench.has_gaps {
        return Holding {
            now: Some(first.held.clone()),
            moved: interval(first.record, &end.path, now),
        };
    }
    let has_value = |it: &&Voice<'_>| shared(&it.held).is_some();
    let is_fresh = |it: &&Voice<'_>| it.moved.is_some() && it.moved > bench.agreed;
    let agreed = base.and_then(&shared);
    let holds_agreed = |it: &&Voice<'_>| agreed.is_some() && shared(&it.held) == agreed;
    let speaks = newest(voices.iter().filter(has_value).filter(is_fresh))
        .or_else(|| voices.iter().find(holds_agreed).cloned());
    match (speaks, base) {
        (None, Some(base)) if bench.has_gaps => {
            Holding { now: Some(base.clone()), moved: unknown(now) }
        }
        (speaks, _) => {
            let any = || newest(voices.iter().filter(has_value));
            let voice = speaks.or_else(any).unwrap_or_else(|| first.clone());
            let moved = interval(voice.record, &end.path, now);
            Holding { now: Some(voice.held), moved }
        }
    }
}

/// What one record says in one field.
#[derive(Clone)]
struct Voice<'a> {
    record: &'a Mirrored,
    held: Held,
    /// When it was last seen to change the field.
    moved: Option<Time>,
}

/// Who changed the field last; among those never seen to change it, the newest record.
fn newest<'v, 'a: 'v>(voices: impl Iterator<Item = &'v Voice<'a>>) -> Option<Voice<'a>> {
    let rank = |it: &&Voice<'_>| {
        let record = &it.record.record;
        (it.moved, record.stamp, Reverse(record.key.clone()))
    };
    voices.max_by_key(rank).cloned()
}

/// What an end holds that is known otherwise than from its records, and not since when.
pub fn known_now(inputs: &Inputs<'_>, side: Side, now: Option<Held>) -> Holding {
    Holding { now, moved: unknown(inputs.views[side].offset.to_theirs(inputs.now)) }
}

fn unknown(now: Time) -> Interval {
    Interval { after: None, until: now, stamped: false }
}

/// When the field got its value. One that never moved under our eyes got it at the latest by the
/// record's stamp, if the stamp moves with it, else by now; that stamp may be another field's, so it
/// makes nothing likely.
fn interval(mirrored: &Mirrored, path: &Path, now: Time) -> Interval {
    let stamp = mirrored.record.stamp.filter(|_| is_stamped(mirrored.record.key.resource, path));
    mirrored.moved.get(path).copied().unwrap_or(unknown(stamp.unwrap_or(now)))
}

/// What people call the thing these records are.
pub fn title(mapping: &Mapping, ends: &Sides<Vec<&Mirrored>>) -> Name {
    let source = mapping.source();
    let mut records = ends[source].iter().chain(&ends[source.other()]);
    records.next().map(|it| it.record.name.clone()).unwrap_or_default()
}
