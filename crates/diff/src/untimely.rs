//! Which records are too late or too early for a counterpart? What was over before it had one, and what was
//! there already when both sides agreed for the first time.

use concordat_mapping::{Alike, Baseline, Mapping};
use concordat_model::{Mirrored, Path, Rule, Value};

use crate::Inputs;

/// Why a record that has no counterpart gets none, if it gets none.
pub fn untimely(inputs: &Inputs<'_>, mapping: &Mapping, record: &Mirrored) -> Option<Rule> {
    let alike = mapping.alike()?;
    if is_over(alike, record) {
        return Some(Rule::Over);
    }
    let since = match alike.creates.baseline.as_ref()? {
        Baseline::Since(path) => record.record.reading.get(path),
        Baseline::Until(_) => return Some(Rule::Baseline),
    };
    let first = inputs.agreements.first_done.get(&mapping.name);
    match (first, since.and_then(Option::as_ref)) {
        (Some(first), Some(Value::Time(since))) if since >= first => None,
        (Some(_) | None, Some(_) | None) => Some(Rule::Baseline),
    }
}

/// Whether a record was over before it had a counterpart.
pub fn is_over(alike: &Alike, record: &Mirrored) -> bool {
    let holds = |(path, value): &(Path, Value)| {
        record.record.reading.get(path).and_then(Option::as_ref) == Some(value)
    };
    alike.creates.unless.iter().any(holds)
}

/// Whether a record does not say whether it was over before it had a counterpart.
pub fn may_be_over(alike: &Alike, record: &Mirrored) -> bool {
    let is_told = |(path, _): &(Path, Value)| record.record.reading.get(path).is_some();
    !alike.creates.unless.iter().all(is_told)
}
