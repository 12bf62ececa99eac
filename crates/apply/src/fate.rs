//! What became of a step? As the words in which `apply` answers; it does not say how they are told.

use concordat_model::{Field, Held, Receipt, Step};

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub fate: Fate,
    /// Its fields that were not written: what each was found to hold, and whether that is what the
    /// plan wanted it to hold.
    pub untouched: Vec<Untouched>,
}

/// A field of a step that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// The field.
    pub name: Field,
    /// What it held right before.
    pub found: Held,
    /// Whether that is already what was wanted; else it moved since the plan was made.
    pub satisfied: bool,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Written, and read back.
    Applied(Receipt),
    /// The record already held everything.
    Satisfied,
    /// Something the plan built on no longer holds; nothing was written.
    Superseded(String),
    /// It certainly had no effect, or was refused because of one field and can go without it: another run
    /// helps.
    Failed(String),
    /// It was refused for good. It is not sent again for some time, unless a value changes.
    Refused(String),
    /// The credentials do not allow it; nothing was written.
    Unwritable(String),
    /// It is not known whether it was written.
    InDoubt(String),
    /// The run ended before its turn.
    NotReached,
}
