//! What does each end of a link hold, field by field? Several records of one side are folded into one
//! reading: for each field the newest record that has a value speaks.

use concordat_mapping::{End, Mapping, is_stamped};
use concordat_model::{
    Held, Interval, Mirrored, Name, Path, RecordKey, Resource, Seen, Side, Sides, Time, View,
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

/// The native value of `path`, joined from the parent record where it stands there.
pub fn native(view: &View, mirrored: &Mirrored, path: &Path) -> Option<Held> {
    if path.as_str() != VENDOR_NAME {
        return mirrored.record.reading.get(path).cloned();
    }
    let vendor = RecordKey { resource: Resource::Vendor, id: mirrored.record.parent.clone()? };
    match view.seen(&vendor) {
        Seen::Here(vendor) => vendor.record.reading.get(&"name".into()).cloned(),
        Seen::Gone(_) | Seen::Unseen => None,
    }
}

/// What `records`, the records of one end, hold together in the field that `end` reads.
pub fn fold(inputs: &Inputs<'_>, side: Side, records: &[&Mirrored], end: &End) -> Holding {
    let view = inputs.views[side];
    let region = inputs.rules.region;
    let mut newest_first = records.to_vec();
    newest_first
        .sort_by(|a, b| (b.record.stamp, &a.record.key).cmp(&(a.record.stamp, &b.record.key)));
    let covered = newest_first
        .iter()
        .filter_map(|record| Some((*record, native(view, record, &end.path)?)))
        .collect::<Vec<_>>();
    let speaks = covered
        .iter()
        .find(|(_, held)| end.lens.get(held, region).is_some())
        .or_else(|| covered.first());
    match speaks {
        Some((record, held)) => Holding {
            now: Some(held.clone()),
            moved: interval(record, &end.path, view.offset.to_theirs(inputs.now)),
        },
        None => Holding {
            now: None,
            moved: Interval {
                after: None,
                until: view.offset.to_theirs(inputs.now),
                stamped: false,
            },
        },
    }
}

/// When the field got its value. A field that never moved under our eyes got it at the latest by the
/// record's stamp, if the stamp moves with it, else by now.
fn interval(mirrored: &Mirrored, path: &Path, now: Time) -> Interval {
    let stamp = mirrored.record.stamp.filter(|_| is_stamped(mirrored.record.key.resource, path));
    mirrored.moved.get(path).copied().unwrap_or(Interval {
        after: None,
        until: stamp.unwrap_or(now),
        stamped: stamp.is_some(),
    })
}

/// What people call the thing these records are.
pub fn title(mapping: &Mapping, ends: &Sides<Vec<&Mirrored>>) -> Name {
    let source = mapping.creates.side.other();
    let mut records = ends[source].iter().chain(&ends[source.other()]);
    records.next().map(|it| it.record.name.clone()).unwrap_or_default()
}
