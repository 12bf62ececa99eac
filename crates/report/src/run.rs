//! What became of a plan? [`RunReport`] is filled by the engine while it works; [`RunDocument`] is
//! what `apply --json` and `reconcile --json` print of it.

use std::collections::BTreeMap;
use std::io;

use concordat_model::entry::FieldReceipt;
use concordat_model::plan::{Case, Conflict, Notice};
use concordat_model::{
    Action, Dismissal, Field, FieldStep, Fingerprint, Held, MappingName, Name, PairId, Path,
    Quarantined, Receipt, RecordKey, Refusal, Resource, RunId, Side, Step, StepId, Summary, Time,
    Value, Verdict, Why,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EndpointRow, Forecast, Mask, RequestTotals, SCHEMA_VERSION, json};

/// What became of a step.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Written, read back and verified.
    Applied,
    /// The record already held everything; nothing was sent.
    Satisfied,
    /// Something no longer held what the plan says; nothing was sent.
    Superseded,
    /// Refused by the side, or without effect.
    Failed,
    /// The credentials do not allow it; nothing was written.
    Unwritable,
    /// Sent, and it is not known whether it was carried out.
    InDoubt,
}

impl StepOutcome {
    /// Every outcome, in the order in which they are counted.
    pub const ALL: [StepOutcome; 6] = [
        StepOutcome::Applied,
        StepOutcome::Satisfied,
        StepOutcome::Superseded,
        StepOutcome::Failed,
        StepOutcome::Unwritable,
        StepOutcome::InDoubt,
    ];

    /// The word for it in text.
    pub fn word(self) -> &'static str {
        match self {
            StepOutcome::Applied => "applied",
            StepOutcome::Satisfied => "satisfied",
            StepOutcome::Superseded => "superseded",
            StepOutcome::Failed => "failed",
            StepOutcome::Unwritable => "unwritable",
            StepOutcome::InDoubt => "in doubt",
        }
    }
}

/// What became of one field of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldReport {
    /// The mapped field.
    pub name: Field,
    /// The native field.
    pub path: Path,
    /// What it held before: right before the write if there was one, else when the plan was made.
    pub before: Held,
    /// What was sent, or would have been.
    pub after: Held,
    /// What it held right after the write; nothing without a verdict.
    pub found: Held,
    /// What that means; nothing if nothing was read back.
    pub verdict: Option<Verdict>,
    /// Why it was to be written.
    pub why: Why,
}

impl From<&FieldStep> for FieldReport {
    fn from(field: &FieldStep) -> Self {
        FieldReport {
            name: field.name.clone(),
            path: field.path.clone(),
            before: field.before.clone(),
            after: field.after.clone(),
            found: None,
            verdict: None,
            why: field.why,
        }
    }
}

impl From<&FieldReceipt> for FieldReport {
    fn from(field: &FieldReceipt) -> Self {
        FieldReport {
            name: field.name.clone(),
            path: field.path.clone(),
            before: field.before.clone(),
            after: field.sent.clone(),
            found: field.found.clone(),
            verdict: Some(field.verdict),
            why: field.why,
        }
    }
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    /// The step's name in its plan.
    pub id: StepId,
    /// Its mapping.
    pub mapping: MappingName,
    /// What the side calls the record's kind.
    pub entity: String,
    /// The collection.
    pub resource: Resource,
    /// The side it writes.
    pub side: Side,
    /// What it does.
    pub action: Action,
    /// What a person calls the record.
    pub name: Name,
    /// The record; nothing for a create that made none.
    pub record: Option<RecordKey>,
    /// What became of it.
    pub outcome: StepOutcome,
    /// The circumstances, for people: what was superseded by what, what the side answered.
    pub says: Option<String>,
    /// Whether it is a step of an earlier run that a crash or a lost answer had left open.
    pub adopted: bool,
    /// Its fields.
    pub fields: Vec<FieldReport>,
    /// What is sent beside them.
    pub constants: BTreeMap<Path, Value>,
}

impl StepReport {
    /// A step of which nothing was read back.
    pub fn of(step: &Step, outcome: StepOutcome, says: Option<String>) -> StepReport {
        StepReport {
            id: step.id.clone(),
            mapping: step.mapping.clone(),
            entity: step.entity.clone(),
            resource: step.resource,
            side: step.side,
            action: step.action,
            name: step.name.clone(),
            record: step.record.clone(),
            outcome,
            says,
            adopted: false,
            fields: step.fields.iter().map(FieldReport::from).collect(),
            constants: step.constants.clone(),
        }
    }

    /// A step that was written and read back.
    pub fn applied(step: &Step, receipt: &Receipt) -> StepReport {
        StepReport {
            record: Some(receipt.record.clone()),
            adopted: receipt.adopted,
            fields: receipt.told().map(FieldReport::from).collect(),
            ..StepReport::of(step, StepOutcome::Applied, None)
        }
    }
}

/// A run, as far as it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// The run; nothing if it was refused before it began.
    pub run: Option<RunId>,
    /// The command: `apply`, `reconcile`.
    pub command: String,
    /// The pair.
    pub pair: PairId,
    /// The plan it carried out; nothing if it ended before there was one.
    pub plan_hash: Option<Fingerprint>,
    /// When it began.
    pub began: Time,
    /// When it ended.
    pub ended: Time,
    /// Whether everything in the plan was tried.
    pub complete: bool,
    /// Why it ended early, for people.
    pub stopped: Option<String>,
    /// What the command answers to its caller.
    pub exit_code: u8,
    /// What was planned.
    pub planned: Summary,
    /// The number of steps planned.
    pub operations: u64,
    /// What it was expected to cost.
    pub forecast: Forecast,
    /// How many links and agreements were recorded without writing to a side.
    pub settled: u64,
    /// The guards that refused it.
    pub refusals: Vec<Refusal>,
    /// Listings that were not complete, and why. Nothing follows from what they do not show.
    pub incomplete: Vec<String>,
    /// What became of each step that was looked at, in the order in which they were.
    pub steps: Vec<StepReport>,
    /// Fields that wait for a person.
    pub conflicts: Vec<Conflict>,
    /// Records that wait for a person.
    pub cases: Vec<Case>,
    /// Changes that could not be carried to the other side.
    pub drift: Vec<Notice>,
    /// What was not done for another reason.
    pub held: Vec<Notice>,
    /// Archives and deletions that wait, in case what is gone comes back.
    pub quarantined: Vec<Quarantined>,
    /// Records that people deleted, of which that was remembered.
    pub dismissals: Vec<Dismissal>,
    /// The requests it sent, by endpoint; none if they are not logged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<EndpointRow>,
}

impl RunReport {
    /// How many steps came to `outcome`.
    pub fn count(&self, outcome: StepOutcome) -> u64 {
        self.steps.iter().filter(|it| it.outcome == outcome).count() as u64
    }

    /// The requests it sent, in numbers.
    pub fn sent(&self) -> RequestTotals {
        RequestTotals::of(self.requests.iter().map(|it| &it.traffic))
    }

    /// What was planned and what became of it, in numbers.
    pub fn totals(&self) -> RunTotals {
        RunTotals {
            planned: self.planned.clone(),
            applied: self.count(StepOutcome::Applied),
            satisfied: self.count(StepOutcome::Satisfied),
            superseded: self.count(StepOutcome::Superseded),
            failed: self.count(StepOutcome::Failed),
            in_doubt: self.count(StepOutcome::InDoubt),
        }
    }
}

/// A run in numbers: a plan's summary, and beside it what became of the steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunTotals {
    /// What was planned.
    #[serde(flatten)]
    pub planned: Summary,
    /// Steps that were written and verified.
    pub applied: u64,
    /// Steps whose record already held everything.
    pub satisfied: u64,
    /// Steps of which something no longer held, so that nothing was written.
    pub superseded: u64,
    /// Steps that were refused or had no effect.
    pub failed: u64,
    /// Steps of which it is not known whether they were written.
    pub in_doubt: u64,
}

/// A run for scripts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The run in numbers.
    pub summary: RunTotals,
    /// Whether names and values are masked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// The run. Its members stand beside those above.
    #[serde(flatten)]
    pub report: RunReport,
}

impl RunDocument {
    /// The document of `report`.
    pub fn of(report: RunReport) -> RunDocument {
        RunDocument {
            schema_version: SCHEMA_VERSION,
            summary: report.totals(),
            masked: false,
            report,
        }
    }

    /// The document of `report` as `mask` lets it be seen.
    pub fn masked(report: &RunReport, mask: Mask) -> RunDocument {
        match mask {
            Mask::Reveal => RunDocument::of(report.clone()),
            Mask::Personal => RunDocument { masked: true, ..RunDocument::of(mask.run(report)) },
        }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}
