//! What may be called? Every operation concordat ever uses is a constant of
//! this type; there is no other way to a side, so the catalogue is complete by construction.

use concordat_model::Side;
use concordat_remote::Method;

/// What a call does to the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// Changes a record: doing it a second time undoes what somebody did in between.
    Changes,
    /// Makes a record: doing it twice makes two.
    Makes,
}

/// One operation of a side's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Whose.
    pub side: Side,
    /// The method.
    pub method: Method,
    /// The path below the base address, ids as `{placeholders}`.
    pub template: &'static str,
    /// The scope (HighLevel) or permission (UpGuard) the credential needs.
    pub permission: &'static str,
    /// What it does.
    pub effect: Effect,
}

/// What is called for one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// To read it.
    pub reads: &'static [Operation],
    /// To write it.
    pub writes: &'static [Operation],
}

impl Needs {
    pub(crate) const NOTHING: Needs = Needs { reads: &[], writes: &[] };
}

impl Operation {
    /// Method and template: `PUT /contacts/{contactId}`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method.as_str(), self.template)
    }

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        match self.effect {
            Effect::Reads => false,
            Effect::Changes | Effect::Makes => true,
        }
    }
}
