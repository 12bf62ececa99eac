//! Which steps have nothing to carry? A value goes to the one record first; where it was not agreed on
//! there, it goes no further. Records made of one source are made in order; where one was not, what comes
//! after it waits.

use std::collections::BTreeSet;

use concordat_model::entry::FieldReceipt;
use concordat_model::{Field, FieldStep, MappingName, RecordKey, Step};

use crate::{Done, Fate};

/// A field of a record that was to be written and was not.
pub type Unwritten = (MappingName, RecordKey, Field);

/// Of what is the next record made? Several that are made of the same are parts of one text.
type Series = (MappingName, Vec<RecordKey>);

/// What the steps so far did not do.
#[derive(Default)]
pub struct Undone {
    unwritten: BTreeSet<Unwritten>,
    unmade: BTreeSet<Series>,
}

impl Undone {
    /// Why a step cannot be carried out: what had to be done before it was not.
    pub fn keeps_from(&self, step: &Step) -> Option<String> {
        let of = |source: &RecordKey, field: &FieldStep| {
            let field = (step.mapping.clone(), source.clone(), field.name.clone());
            self.unwritten.contains(&field)
        };
        let unfed = step.fields.iter().find(|field| step.sources.iter().any(|it| of(it, field)));
        if let Some(field) = unfed {
            let side = step.side.other();
            return Some(format!("{} was not agreed on with {side} first", field.name));
        }
        let is_late = step.record.is_none() && self.unmade.contains(&series(step));
        is_late.then(|| "what comes before it was not made".to_owned())
    }

    /// Takes up how a step ended.
    pub fn learn(&mut self, done: &Done) {
        self.unwritten.extend(done.unwritten());
        if done.step.record.is_none() && !done.is_made() {
            self.unmade.insert(series(&done.step));
        }
    }
}

fn series(step: &Step) -> Series {
    (step.mapping.clone(), step.sources.clone())
}

impl Done {
    /// Whether the record it was to make is there.
    fn is_made(&self) -> bool {
        match &self.fate {
            Fate::Applied(_) | Fate::Satisfied => true,
            Fate::Superseded(_)
            | Fate::Failed(_)
            | Fate::Refused(_)
            | Fate::InDoubt(_)
            | Fate::NotReached => false,
        }
    }

    /// The fields of its record that it was to write and did not.
    fn unwritten(&self) -> impl Iterator<Item = Unwritten> {
        let kept = |field: &Field| match &self.fate {
            Fate::Applied(receipt) => {
                let found = receipt.fields.iter().find(|it| it.name == *field);
                let untouched = self.untouched.iter().find(|it| it.name == *field);
                found.is_some_and(FieldReceipt::is_kept) || untouched.is_some_and(|it| it.satisfied)
            }
            Fate::Satisfied => true,
            Fate::Superseded(_)
            | Fate::Failed(_)
            | Fate::Refused(_)
            | Fate::InDoubt(_)
            | Fate::NotReached => false,
        };
        let fields = self.step.fields.iter().map(|it| &it.name).filter(move |it| !kept(it));
        let place = self.step.record.as_ref().map(|key| (&self.step.mapping, key));
        place.into_iter().flat_map(move |(mapping, key)| {
            fields.clone().map(move |field| (mapping.clone(), key.clone(), field.clone()))
        })
    }
}
