//! Which runs were there, and what did each do? The ledger's entries, run by run.
//!
//! A run is what carried out a plan, even one with nothing to write: pulls and refused plans are none.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use concordat_model::entry::{RunBegan, RunEnded};
use concordat_model::{
    Action, Allowance, Entry, Event, Fingerprint, IntentId, MappingName, Name, Outcome, PairId,
    RecordKey, Resource, RunId, RunSummary, Scope, Side, Sides, Step, Tenant, Time,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ChangeRow, Filter, LoggedRow, RequestTotals, SCHEMA_VERSION, changes, json};

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Everything in its plan was tried.
    Complete,
    /// It ended before everything was tried.
    Stopped,
    /// Its end is not recorded: it is at work, or was killed.
    Open,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRow {
    /// Its name.
    pub run: RunId,
    /// The pair.
    pub pair: PairId,
    /// The command: `apply`, `reconcile`.
    pub command: String,
    /// When it began, in our clock.
    pub began: Time,
    /// When it ended; nothing: that is not recorded.
    pub ended: Option<Time>,
    /// How far it came.
    pub state: RunState,
    /// The plan it carried out.
    pub plan: Fingerprint,
    /// The mapping.
    pub mapping: Fingerprint,
    /// The part it was restricted to.
    pub scope: Scope,
    /// The accounts.
    pub tenants: Sides<Tenant>,
    /// The mappings whose first agreement it was.
    pub first_agreement: BTreeSet<MappingName>,
    /// The guards that were overruled.
    pub allowed: Vec<Allowance>,
    /// Why they were, in the person's words.
    pub reason: Option<String>,
    /// What it recorded at its end; nothing if its end is not recorded.
    pub summary: Option<RunSummary>,
    /// What became of its writes, whenever that was found out.
    pub writes: WriteCounts,
    /// Its requests in numbers; nothing: they are not logged any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<RequestTotals>,
}

/// What became of the writes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriteCounts {
    /// How many it was about to send.
    pub intended: u64,
    /// How many were verified.
    pub verified: u64,
    /// How many of these a later run found.
    pub found_later: u64,
    /// How many were refused, or had no effect.
    pub refused: u64,
    /// Of how many it is not known yet.
    pub open: u64,
}

/// A write that was not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriteRow {
    /// The intent's name.
    pub intent: IntentId,
    /// When it was about to be sent, in our clock.
    pub at: Time,
    /// The mapping.
    pub mapping: MappingName,
    /// The side it was for.
    pub side: Side,
    /// The collection.
    pub resource: Resource,
    /// The record; nothing for a create.
    pub record: Option<RecordKey>,
    /// What people called it.
    pub name: Name,
    /// What it was to do.
    pub action: Action,
    /// Why it has no effect; nothing: it is still open.
    pub says: Option<String>,
}

/// `runs list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunsDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The runs, oldest first.
    pub runs: Vec<RunRow>,
    /// With `--all`: what carried out no plan, and sent requests that are still logged, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logged: Vec<LoggedRow>,
}

/// `runs show --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunShownDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The run. Its members stand beside those above.
    #[serde(flatten)]
    pub run: RunRow,
    /// What it changed, as `history list` tells it.
    pub changes: Vec<ChangeRow>,
    /// Its writes that were refused, or had no effect.
    pub refused: Vec<WriteRow>,
    /// Its writes of which it is not known yet whether they arrived.
    pub open: Vec<WriteRow>,
}

impl RunsDocument {
    /// The document of `runs`, and of what else is logged.
    pub fn of(runs: Vec<RunRow>, logged: Vec<LoggedRow>) -> RunsDocument {
        RunsDocument { schema_version: SCHEMA_VERSION, runs, logged }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}

impl RunShownDocument {
    /// The run called `wanted`; nothing: the ledger knows none. `entries` begin with the ledger's
    /// first.
    pub fn of(entries: &[Entry], wanted: &RunId) -> Option<RunShownDocument> {
        let run = runs(entries).into_iter().find(|it| it.run == *wanted)?;
        let filter = Filter { run: Some(wanted.clone()), ..Filter::default() };
        let (refused, open) = written(entries)
            .into_iter()
            .filter(|it| it.run == Some(wanted) && !matches!(it.became, Became::Verified { .. }))
            .map(|it| it.row())
            .partition(|row| row.says.is_some());
        let changes = changes(entries, &filter);
        Some(RunShownDocument { schema_version: SCHEMA_VERSION, run, changes, refused, open })
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}

/// Every run that `entries` tell of, oldest first. They begin with the ledger's first.
pub fn runs(entries: &[Entry]) -> Vec<RunRow> {
    let mut rows: Vec<RunRow> = Vec::new();
    for entry in entries {
        let Some(run) = &entry.run else { continue };
        match &entry.event {
            Event::RunBegan(began) => rows.push(begun(run, entry, began)),
            Event::RunEnded(ended) => {
                rows.iter_mut()
                    .filter(|row| row.run == *run)
                    .for_each(|row| end(row, entry, ended));
            }
            Event::Opened { .. }
            | Event::Planned { .. }
            | Event::Settled(_)
            | Event::Intended { .. }
            | Event::Closed { .. }
            | Event::Decided { .. }
            | Event::Dismissed(_) => {}
        }
    }
    let written = written(entries);
    for row in &mut rows {
        for write in written.iter().filter(|it| it.run == Some(&row.run)) {
            count(&mut row.writes, &write.became);
        }
    }
    rows
}

fn begun(run: &RunId, entry: &Entry, began: &RunBegan) -> RunRow {
    RunRow {
        run: run.clone(),
        pair: entry.pair.clone(),
        command: began.command.clone(),
        began: entry.at,
        ended: None,
        state: RunState::Open,
        plan: began.plan.clone(),
        mapping: began.mapping.clone(),
        scope: began.scope.clone(),
        tenants: began.tenants.clone(),
        first_agreement: began.first_agreement.clone(),
        allowed: began.allowed.clone(),
        reason: began.reason.clone(),
        summary: None,
        writes: WriteCounts::default(),
        requests: None,
    }
}

fn end(row: &mut RunRow, entry: &Entry, ended: &RunEnded) {
    row.ended = Some(entry.at);
    row.state = if ended.complete { RunState::Complete } else { RunState::Stopped };
    row.summary = Some(ended.summary.clone());
}

fn count(writes: &mut WriteCounts, became: &Became<'_>) {
    writes.intended += 1;
    match became {
        Became::Verified { later } => {
            writes.verified += 1;
            writes.found_later += u64::from(*later);
        }
        Became::Nothing(_) => writes.refused += 1,
        Became::Open => writes.open += 1,
    }
}

/// A write, and what became of it.
struct Written<'a> {
    run: Option<&'a RunId>,
    at: Time,
    intent: &'a IntentId,
    step: &'a Step,
    became: Became<'a>,
}

enum Became<'a> {
    Open,
    Verified { later: bool },
    Nothing(&'a str),
}

impl Written<'_> {
    fn row(&self) -> WriteRow {
        WriteRow {
            intent: self.intent.clone(),
            at: self.at,
            mapping: self.step.mapping.clone(),
            side: self.step.side,
            resource: self.step.resource,
            record: self.step.record.clone(),
            name: self.step.name.clone(),
            action: self.step.action,
            says: match self.became {
                Became::Nothing(says) => Some(says.to_owned()),
                Became::Open | Became::Verified { .. } => None,
            },
        }
    }
}

/// Every write, in the order in which they were meant to be sent.
fn written(entries: &[Entry]) -> Vec<Written<'_>> {
    let mut all: Vec<Written<'_>> = Vec::new();
    let mut places: BTreeMap<&IntentId, usize> = BTreeMap::new();
    for entry in entries {
        match &entry.event {
            Event::Intended { intent, step } => {
                places.insert(intent, all.len());
                let (run, became) = (entry.run.as_ref(), Became::Open);
                all.push(Written { run, at: entry.at, intent, step, became });
            }
            Event::Closed { intent, outcome } => {
                if let Some(&place) = places.get(intent) {
                    all[place].became = match outcome {
                        Outcome::Verified(_) => {
                            Became::Verified { later: entry.run.as_ref() != all[place].run }
                        }
                        Outcome::NoEffect { says } | Outcome::Refused { says, .. } => {
                            Became::Nothing(says)
                        }
                    };
                }
            }
            Event::Opened { .. }
            | Event::RunBegan(_)
            | Event::Planned { .. }
            | Event::Settled(_)
            | Event::Decided { .. }
            | Event::RunEnded(_)
            | Event::Dismissed(_) => {}
        }
    }
    all
}
