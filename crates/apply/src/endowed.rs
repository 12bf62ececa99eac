//! What do a new record and others than it is made from agree on? What it was made with for their sake, if it
//! was read back with it.

use std::collections::BTreeMap;

use concordat_model::{Base, Endowment, LinkId, Record, Settlement};

use crate::{Bench, verdict};

/// Endowments by the link for which the record is made that they go to.
pub fn by_link(endowments: &[Endowment]) -> BTreeMap<&LinkId, Vec<&Endowment>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for it in endowments {
        found.entry(&it.made_for).or_default().push(it);
    }
    found
}

/// What is agreed by `endowments` once the record was read back as `made`. What it lacks is left to the next
/// plan, as if it had not been given.
pub fn settlements(bench: &Bench<'_>, endowments: &[&Endowment], made: &Record) -> Vec<Settlement> {
    let settled = endowments.iter().map(|endowment| {
        let fields = endowment.fields.iter();
        let agreed = fields.filter_map(|it| Some((it.name.clone(), verdict::agreed(it, made)?)));
        endowment.settlement(bench.ledger.pair(), made, agreed.collect::<Base>())
    });
    settled.filter(|it| !it.fields.is_empty()).collect()
}
