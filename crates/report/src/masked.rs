//! What is left of a plan or a run once nobody in it can be recognised by a stranger? The same
//! document with every name and value masked, so that each renderer of files has one thing to lay
//! out and nothing to decide.

use std::collections::BTreeMap;

use concordat_model::plan::{Candidate, Case, Conflict, Notice};
use concordat_model::{
    Dismissal, FieldStep, Held, Lookup, Name, Plan, Quarantined, Refusal, Resource, Scope,
    Settlement, Sides, Step,
};

use crate::mask::Mask;
use crate::run::{FieldReport, RunReport, StepReport};

impl Mask {
    /// The plan as it may be seen. It is no longer a plan that could be carried out.
    pub(crate) fn plan(self, plan: &Plan) -> Plan {
        Plan {
            scope: Scope {
                only: plan.scope.only.as_ref().map(|it| self.scope(it, plan).into_owned()),
                ..plan.scope.clone()
            },
            steps: plan.steps.iter().map(|it| self.step(it)).collect(),
            // They stand among the constants of the steps, too, and only who carries it out needs them.
            endowments: Vec::new(),
            settlements: plan.settlements.iter().map(|it| self.settlement(it)).collect(),
            conflicts: plan.conflicts.iter().map(|it| self.conflict(it)).collect(),
            cases: plan.cases.iter().map(|it| self.case(it)).collect(),
            drift: plan.drift.iter().map(|it| self.notice(it)).collect(),
            held: plan.held.iter().map(|it| self.notice(it)).collect(),
            quarantined: self.quarantined(&plan.quarantined),
            dismissals: self.dismissals(&plan.dismissals),
            // The rest names accounts, counts and ids.
            ..plan.clone()
        }
    }

    /// The run as it may be seen.
    pub(crate) fn run(self, report: &RunReport) -> RunReport {
        RunReport {
            stopped: report.stopped.as_ref().map(|it| self.sentence(it).into_owned()),
            refusals: self.refusals(&report.refusals),
            incomplete: report.incomplete.iter().map(|it| self.sentence(it).into()).collect(),
            steps: report.steps.iter().map(|it| self.outcome(it)).collect(),
            conflicts: report.conflicts.iter().map(|it| self.conflict(it)).collect(),
            cases: report.cases.iter().map(|it| self.case(it)).collect(),
            drift: report.drift.iter().map(|it| self.notice(it)).collect(),
            held: report.held.iter().map(|it| self.notice(it)).collect(),
            quarantined: self.quarantined(&report.quarantined),
            dismissals: self.dismissals(&report.dismissals),
            ..report.clone()
        }
    }

    pub(crate) fn refusals(self, refusals: &[Refusal]) -> Vec<Refusal> {
        let masked = |it: &Refusal| Refusal { says: self.sentence(&it.says).into(), ..it.clone() };
        refusals.iter().map(masked).collect()
    }

    pub(crate) fn step(self, step: &Step) -> Step {
        Step {
            name: self.named(Some(step.resource), &step.name),
            fields: step.fields.iter().map(|it| self.field(it)).collect(),
            blanks: step.blanks.iter().map(|it| self.field(it)).collect(),
            lookup: step.lookup.as_ref().map(|it| Lookup {
                path: it.path.clone(),
                value: self.value(&it.value).into_owned(),
            }),
            identity: self.each(&step.identity),
            side_effects: step.side_effects.iter().map(|it| self.sentence(it).into()).collect(),
            ..step.clone()
        }
    }

    fn field(self, field: &FieldStep) -> FieldStep {
        FieldStep {
            before: self.held(&field.before),
            after: self.held(&field.after),
            source: self.held(&field.source),
            ..field.clone()
        }
    }

    fn settlement(self, it: &Settlement) -> Settlement {
        let mut masked = it.clone();
        masked.name = self.named(
            it.ends.iter().flat_map(|(_, keys)| keys).next().map(|it| it.resource),
            &it.name,
        );
        for agreed in masked.fields.values_mut() {
            agreed.held = self.both(&agreed.held);
        }
        masked
    }

    fn conflict(self, it: &Conflict) -> Conflict {
        Conflict {
            name: self.named(it.resource(), &it.name),
            base: it.base.as_ref().map(|it| self.both(it)),
            held: self.both(&it.held),
            ..it.clone()
        }
    }

    fn case(self, it: &Case) -> Case {
        let candidate = |it: &Candidate| Candidate {
            name: self.named(Some(it.record.resource), &it.name),
            record: it.record.clone(),
        };
        Case {
            name: self.named(Some(it.record.resource), &it.name),
            candidates: it.candidates.iter().map(candidate).collect(),
            says: self.sentence(&it.says).into_owned(),
            ..it.clone()
        }
    }

    fn notice(self, it: &Notice) -> Notice {
        Notice {
            name: self.named(Some(it.record.resource), &it.name),
            held: it.held.as_ref().map(|it| self.both(it)),
            ..it.clone()
        }
    }

    fn quarantined(self, all: &[Quarantined]) -> Vec<Quarantined> {
        let masked = |it: &Quarantined| Quarantined {
            name: self.named(Some(it.record.resource), &it.name),
            ..it.clone()
        };
        all.iter().map(masked).collect()
    }

    fn dismissals(self, all: &[Dismissal]) -> Vec<Dismissal> {
        let masked = |it: &Dismissal| Dismissal {
            name: self.named(it.gone.first().map(|it| it.resource), &it.name),
            ..it.clone()
        };
        all.iter().map(masked).collect()
    }

    fn outcome(self, it: &StepReport) -> StepReport {
        let field = |it: &FieldReport| FieldReport {
            before: self.held(&it.before),
            after: self.held(&it.after),
            found: self.held(&it.found),
            ..it.clone()
        };
        StepReport {
            name: self.named(Some(it.resource), &it.name),
            says: it.says.as_ref().map(|it| self.sentence(it).into_owned()),
            fields: it.fields.iter().map(field).collect(),
            ..it.clone()
        }
    }

    fn named(self, resource: Option<Resource>, name: &Name) -> Name {
        self.name(resource, name).into_owned().into()
    }

    fn both(self, held: &Sides<Held>) -> Sides<Held> {
        Sides::from_fn(|side| self.held(&held[side]))
    }

    fn each<K: Clone + Ord>(self, held: &BTreeMap<K, Held>) -> BTreeMap<K, Held> {
        held.iter().map(|(key, held)| (key.clone(), self.held(held))).collect()
    }
}
