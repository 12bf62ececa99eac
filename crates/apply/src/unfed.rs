//! Which steps have nothing to carry? A value goes to the one record first; where it was not agreed on
//! there, it goes no further.

use std::collections::BTreeSet;

use concordat_model::entry::FieldReceipt;
use concordat_model::{Field, FieldStep, MappingName, RecordKey, Step};

use crate::{Done, Fate};

/// A field of a record that was to be written and was not.
pub type Unwritten = (MappingName, RecordKey, Field);

/// Why a step has nothing to carry: one of its sources was to be given the value first, and was not.
pub fn unfed(step: &Step, unwritten: &BTreeSet<Unwritten>) -> Option<String> {
    let of = |source: &RecordKey, field: &FieldStep| {
        unwritten.contains(&(step.mapping.clone(), source.clone(), field.name.clone()))
    };
    let field = step.fields.iter().find(|field| step.sources.iter().any(|it| of(it, field)))?;
    Some(format!("{} was not agreed on with {} first", field.name, step.side.other()))
}

impl Done {
    /// The fields of its record that it was to write and did not.
    pub(crate) fn unwritten(&self) -> impl Iterator<Item = Unwritten> {
        let kept = |field: &Field| match &self.fate {
            Fate::Applied(receipt) => {
                let found = receipt.fields.iter().find(|it| it.name == *field);
                let untouched = self.untouched.iter().find(|it| it.name == *field);
                found.is_some_and(FieldReceipt::is_kept) || untouched.is_some_and(|it| it.satisfied)
            }
            Fate::Satisfied => true,
            Fate::Superseded(_) | Fate::Failed(_) | Fate::InDoubt(_) | Fate::NotReached => false,
        };
        let fields = self.step.fields.iter().map(|it| &it.name).filter(move |it| !kept(it));
        let place = self.step.record.as_ref().map(|key| (&self.step.mapping, key));
        place.into_iter().flat_map(move |(mapping, key)| {
            fields.clone().map(move |field| (mapping.clone(), key.clone(), field.clone()))
        })
    }
}
