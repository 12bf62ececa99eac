//! What may be called? Every operation concordat ever uses is a constant of
//! this type; there is no other way to a side, so the catalogue is complete by construction.

use concordat_model::Side;
use concordat_remote::Method;

/// What a call does to the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// Sets absolute values: doing it twice is doing it once.
    Replaces,
    /// Makes a record: doing it twice makes two.
    Makes,
    /// Moves a record on in its life: a second time it is refused, or it undoes what somebody did in
    /// between.
    Moves,
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

impl Operation {
    /// Method and template: `PUT /contacts/{contactId}`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method.as_str(), self.template)
    }

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        match self.effect {
            Effect::Reads => false,
            Effect::Replaces | Effect::Makes | Effect::Moves => true,
        }
    }

    /// Whether sending it again after an unclear answer does no harm.
    pub fn repeatable(&self) -> bool {
        match self.effect {
            Effect::Reads | Effect::Replaces => true,
            Effect::Makes | Effect::Moves => false,
        }
    }
}
