//! How much of its share of a run has a mapping used up? Steps that wrote count, or may have; what was
//! found to be so already costs nothing, so that a plan that is applied again gets further.

use std::collections::BTreeMap;

use concordat_model::{MappingName, Reached, Step};

use crate::{Done, Fate};

/// How many more steps of each mapping that is bounded may write.
pub struct Shares<'a> {
    steps_max: &'a BTreeMap<MappingName, u64>,
    taken: BTreeMap<MappingName, u64>,
    reached: Option<Reached>,
}

impl<'a> Shares<'a> {
    pub fn of(steps_max: &'a BTreeMap<MappingName, u64>) -> Self {
        Shares { steps_max, taken: BTreeMap::new(), reached: None }
    }

    /// Whether nothing of the step's mapping may be begun any more.
    pub fn is_used_up(&mut self, step: &Step) -> bool {
        let Some(max) = self.steps_max.get(&step.mapping) else { return false };
        let is_used_up = self.taken.get(&step.mapping).is_some_and(|taken| taken >= max);
        if is_used_up {
            let reached = || Reached::StepsPerRun(step.mapping.clone(), *max);
            self.reached.get_or_insert_with(reached);
        }
        is_used_up
    }

    /// Takes up how a step ended.
    pub fn take(&mut self, done: &Done) {
        match &done.fate {
            Fate::Applied(_) | Fate::Failed(_) | Fate::Refused(_) | Fate::InDoubt(_) => {
                *self.taken.entry(done.step.mapping.clone()).or_default() += 1;
            }
            Fate::Satisfied | Fate::Superseded(_) | Fate::Unwritable(_) | Fate::NotReached => {}
        }
    }

    /// The first share at whose end a step was left.
    pub fn reached(self) -> Option<Reached> {
        self.reached
    }
}
