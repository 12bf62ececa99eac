//! What does the ledger keep of a write that was read back, and of an agreement without one? It appends nothing.

use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Agreed, Agreement, FieldStep, Matched, Receipt, Record, RecordKey, Settlement, Side, Sides,
    Step,
};
use concordat_remote::Answer;

/// The receipt of a write that was read back.
pub fn receipt(
    step: &Step,
    read: &Answer<Record>,
    fields: Vec<FieldReceipt>,
    adopted: bool,
) -> Receipt {
    let Answer { at: read_at, body: read } = read;
    Receipt {
        mapping: step.mapping.clone(),
        link: step.link.clone(),
        side: step.side,
        record: read.key.clone(),
        sources: step.sources.clone(),
        source_stamp: step.source_stamp,
        name: step.name.clone(),
        action: step.action,
        matched: step.matched.clone(),
        adopted,
        fields,
        stamp: read.stamp,
        read_at: *read_at,
    }
}

/// An agreement without a write: both sides hold the same in the fields for which `holds` is true.
pub fn agreed(
    step: &Step,
    record: &Record,
    holds: impl Fn(&FieldStep) -> bool,
    ends: Sides<Vec<RecordKey>>,
    matched: Option<Matched>,
) -> Settlement {
    let fields = step.fields.iter().filter(|field| holds(field)).map(|field| {
        let mut held = Sides::default();
        held[step.side] = record.reading.get(&field.path).cloned().flatten();
        held[step.side.other()] = field.source.clone();
        (field.name.clone(), Agreed { held, how: Agreement::Equal })
    });
    let mut stamps = Sides::from_fn(|_| step.source_stamp);
    stamps[step.side] = record.stamp;
    Settlement {
        link: step.link.clone(),
        mapping: step.mapping.clone(),
        name: step.name.clone(),
        ends,
        matched,
        fields: fields.collect(),
        stamps,
    }
}

/// Records as the ends of a link.
pub fn ends(side: Side, record: RecordKey, sources: &[RecordKey]) -> Sides<Vec<RecordKey>> {
    let mut ends = Sides::default();
    ends[side] = vec![record];
    ends[side.other()] = sources.to_vec();
    ends
}
