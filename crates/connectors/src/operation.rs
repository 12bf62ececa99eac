//! What may be called, and how often was it? Every operation concordat ever uses is a constant of
//! this type; there is no other way to a side, so the catalogue is complete by construction.

use std::collections::BTreeMap;

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
            Effect::Replaces | Effect::Makes => true,
        }
    }

    /// Whether sending it again after an unclear answer does no harm.
    pub fn repeatable(&self) -> bool {
        match self.effect {
            Effect::Reads | Effect::Replaces => true,
            Effect::Makes => false,
        }
    }
}

/// How often an operation was sent, retries included, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCount {
    /// The operation.
    pub operation: Operation,
    /// How many requests were sent.
    pub calls: u64,
    /// How many were answered, by status code.
    pub by_status: BTreeMap<u16, u64>,
    /// How many got no answer.
    pub unanswered: u64,
}

/// The counters of one client, in the order in which operations were first used.
#[derive(Default)]
pub(crate) struct Tally(Vec<CallCount>);

impl Tally {
    pub(crate) fn count(&mut self, operation: Operation, status: Option<u16>) {
        let position = self.0.iter().position(|it| it.operation == operation);
        let position = position.unwrap_or_else(|| {
            let by_status = BTreeMap::new();
            self.0.push(CallCount { operation, calls: 0, by_status, unanswered: 0 });
            self.0.len() - 1
        });
        if let Some(entry) = self.0.get_mut(position) {
            entry.calls += 1;
            match status {
                Some(status) => *entry.by_status.entry(status).or_default() += 1,
                None => entry.unanswered += 1,
            }
        }
    }

    pub(crate) fn counts(&self) -> Vec<CallCount> {
        self.0.clone()
    }
}
