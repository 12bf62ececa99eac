//! Which steps have nothing to carry? A value goes to the one record first; where it was not agreed on
//! there, it goes no further. Records made of one source are made in order; where one was not, what comes
//! after it waits, and so does what would stand at it. What waits for a step that was not reached is not
//! reached either.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::entry::FieldReceipt;
use concordat_model::{Field, FieldStep, LinkId, MappingName, RecordKey, Step};

use crate::{Done, Fate};

/// A field of a record that was to be written and was not.
pub type Unwritten = (MappingName, RecordKey, Field);

/// Of what is the next record made? Several that are made of the same are parts of one text.
type Series = (MappingName, Vec<RecordKey>);

/// What the steps so far did not do.
#[derive(Default)]
pub struct Undone {
    unwritten: BTreeMap<Unwritten, Lasting>,
    unmade: BTreeMap<Series, Lasting>,
    /// What steps that were not reached would have made.
    left: BTreeSet<LinkId>,
}

/// Whether what was not done will not be done by another run either.
#[derive(Clone, Copy)]
enum Lasting {
    Yes,
    No,
    /// It was not tried: the next run begins with it.
    Untried,
}

impl Undone {
    /// What becomes of a step that cannot be carried out, because what had to be done before it was not.
    pub fn keeps_from(&self, step: &Step) -> Option<Fate> {
        let of = |source: &RecordKey, field: &FieldStep| {
            let field = (step.mapping.clone(), source.clone(), field.name.clone());
            self.unwritten.get(&field).copied()
        };
        let mut fields = step.fields.iter();
        let unfed = fields
            .find_map(|field| Some((field, step.sources.iter().find_map(|it| of(it, field))?)));
        if let Some((field, lasting)) = unfed {
            let side = step.side.other();
            return Some(
                lasting.fate(format!("{} was not agreed on with {side} first", field.name)),
            );
        }
        let belongs = step.resource.belongs_by().is_some();
        if belongs && step.awaits().is_some_and(|it| self.left.contains(&it)) {
            return Some(Fate::NotReached);
        }
        let unmade = self.unmade.get(&series(step)).filter(|_| step.record.is_none())?;
        Some(unmade.fate("what comes before it was not made".to_owned()))
    }

    /// Takes up how a step ended.
    pub fn learn(&mut self, done: &Done) {
        let lasting = match &done.fate {
            Fate::Unwritable(_) => Lasting::Yes,
            Fate::NotReached => Lasting::Untried,
            Fate::Applied(_)
            | Fate::Satisfied
            | Fate::Superseded(_)
            | Fate::Failed(_)
            | Fate::Refused(_)
            | Fate::InDoubt(_) => Lasting::No,
        };
        self.unwritten.extend(done.unwritten().map(|it| (it, lasting)));
        if done.step.record.is_none() && !done.is_made() {
            self.unmade.insert(series(&done.step), lasting);
            if matches!(lasting, Lasting::Untried) {
                self.left.insert(done.step.link.clone());
            }
        }
    }
}

impl Lasting {
    fn fate(self, says: String) -> Fate {
        match self {
            Lasting::Yes => Fate::Unwritable(says),
            Lasting::No => Fate::Superseded(says),
            Lasting::Untried => Fate::NotReached,
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
            | Fate::Unwritable(_)
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
            | Fate::Unwritable(_)
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
