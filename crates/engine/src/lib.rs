//! The order of one run: settle, pull, plan, check, push.
//!
//! Each stage is another room's work; this file only says what follows what, and carries the results
//! across. It knows nothing of files, terminals or of how anything looks.

mod definitions;
mod extent;
mod pull;
mod ration;
mod said;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use concordat_apply::{Basis, Bench, Carried, Done, Fate, Halt, Readings, Settled};
/// A custom field that contacts need, and how it stands.
pub use concordat_diff::definitions::{Definition, Standing};
/// What a plan would do with one record, for whoever asks without a run.
pub use concordat_diff::{Extent, Inputs, account, identity, merge::Outcome, reconcile};
use concordat_ledger::{Ledger, LedgerError};
use concordat_mapping::{Rules, Slice, is_stamped};
use concordat_model::entry::{RunBegan, RunEnded};
use concordat_model::{
    Agreements, CheckedPlan, Event, Fingerprint, LinkId, MappingName, PairId, Plan, Reached,
    Record, RecordKey, Resource, RunId, RunSummary, Scope, Side, Sides, Step, Tenant, Time, View,
};
use concordat_remote::{Clock, Failure, Remote};
use concordat_snapshot::SnapshotError;
use concordat_store::{StoreError, Tables};
use thiserror::Error;

pub use crate::definitions::needed;
pub use crate::extent::{Look, heads, population};
pub use crate::pull::Economy;
pub use crate::ration::Ration;
pub use crate::tally::asked_today;

/// What a person configured for one pair.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The pair.
    pub pair: &'a PairId,
    /// What corresponds to what.
    pub rules: &'a Rules,
    /// Records that must be there.
    pub canaries: &'a [RecordKey],
    /// So many complete listings in a row have to miss a record before its counterpart is archived.
    pub quarantine_views: u32,
    /// What a pull need not ask again.
    pub economy: Economy,
}

impl<'a> Terms<'a> {
    /// What a plan is made from.
    pub fn inputs(
        self,
        agreements: &'a Agreements,
        in_doubt: BTreeMap<LinkId, Side>,
        views: &'a Sides<View>,
        scope: &'a Scope,
        now: Time,
    ) -> Inputs<'a> {
        let Terms { pair, rules, canaries, quarantine_views, .. } = self;
        let (views, extent) = (views.as_ref(), Extent::Whole);
        Inputs {
            pair,
            rules,
            agreements,
            views,
            extent,
            in_doubt,
            canaries,
            quarantine_views,
            scope,
            now,
        }
    }
}

/// Both sides as last mirrored, without what the pair is not about; nothing if one was never pulled.
///
/// # Errors
/// If the mirror cannot be read.
pub fn mirrored(
    tables: &dyn Tables,
    pair: &PairId,
    slice: &Slice,
) -> Result<Option<Sides<View>>, SnapshotError> {
    let load = |side| concordat_snapshot::load(tables, pair, side);
    let views = load(Side::Upguard)?.zip(load(Side::Highlevel)?);
    Ok(views.map(|(upguard, highlevel)| {
        let outside = slice.outside(&upguard);
        Sides { upguard: View { outside, ..upguard }, highlevel }
    }))
}

/// One pair, opened for one run.
pub struct Engine<'a> {
    /// What was configured.
    pub terms: Terms<'a>,
    /// The run.
    pub run: RunId,
    /// Both systems.
    pub remotes: Sides<&'a dyn Remote>,
    /// The mirror.
    pub tables: &'a dyn Tables,
    /// What was agreed, intended and done.
    pub ledger: &'a mut Ledger,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Told how far it is.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// What the run may use up, and has.
    pub ration: &'a Ration,
    /// Asked before every step whether to go on.
    pub go_on: &'a (dyn Fn() -> bool + Sync),
}

/// How far a run is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Reading a side.
    Pull(concordat_snapshot::Progress),
    /// Carrying out the plan: steps done, of how many.
    Push(usize, usize),
}

/// Why a run cannot go on.
#[derive(Debug, Error)]
pub enum EngineError {
    /// A side does not answer as it must.
    #[error(transparent)]
    Remote(#[from] Failure),
    /// A pull cannot go on.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The mirror cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What it may use up is used up.
    #[error("{0}")]
    Budget(Reached),
    /// A person interrupted it.
    #[error("interrupted; what was begun is finished and recorded")]
    Interrupted,
    /// There is no mirror.
    #[error("nothing was pulled yet")]
    NeverPulled,
    /// The ledger is older than what was written.
    #[error(
        "{count} records carry this pair's mark, {link} for one, and the ledger knows of no write that made \
         them: it is an old backup, or another concordat works with the same pair elsewhere. Nothing was \
         written"
    )]
    NotTheNewest {
        /// How many, at least.
        count: usize,
        /// One of them, by its link.
        link: LinkId,
    },
}

impl From<Halt> for EngineError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Ledger(error) => EngineError::Ledger(error),
            Halt::Remote(failure) => EngineError::Remote(failure),
            Halt::Budget(reached) => EngineError::Budget(reached),
            Halt::Interrupted => EngineError::Interrupted,
        }
    }
}

/// A run's command line, as the ledger records it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The command.
    pub command: String,
    /// Why guards were overruled, in the person's words.
    pub reason: Option<String>,
    /// The plan.
    pub plan: Fingerprint,
}

/// What became of a plan.
#[derive(Debug)]
pub struct Pushed {
    /// Every step.
    pub done: Vec<Done>,
    /// How many links and agreements were recorded without writing.
    pub settled: u64,
    /// What ended the run before its plan did.
    pub halt: Option<Halt>,
    /// The run in numbers.
    pub summary: RunSummary,
}

impl Engine<'_> {
    /// Finds out what became of every write that an earlier run left open.
    ///
    /// # Errors
    /// If nothing can be recorded, or no call can succeed.
    #[tracing::instrument(level = "info", skip_all, fields(run = %self.run))]
    pub async fn settle(&mut self) -> Result<Vec<Settled>, EngineError> {
        let mut mirror = Learning::new(self.tables, self.terms.pair);
        let settled = {
            let mut observe = |record, at| mirror.learn(record, at);
            let work = Work { basis: None, progress: &|_, _| {}, go_on: &|_| Ok(()) };
            concordat_apply::settle(&mut self.bench(work, &mut observe)).await
        };
        mirror.close()?;
        self.count()?;
        Ok(settled?)
    }

    /// The accounts both sides' credentials open now.
    ///
    /// # Errors
    /// If a side does not say.
    pub async fn tenants(&self) -> Result<Sides<Tenant>, EngineError> {
        let (upguard, highlevel) =
            tokio::join!(self.remotes.upguard.tenant(), self.remotes.highlevel.tenant());
        Ok(Sides { upguard: upguard?, highlevel: highlevel? })
    }

    /// Carries out a plan that no guard refuses, and records the run.
    ///
    /// # Errors
    /// If the run cannot be recorded. What ends it in between is part of the answer.
    #[tracing::instrument(level = "info", skip_all, fields(run = %self.run))]
    pub async fn push(
        &mut self,
        checked: &CheckedPlan,
        order: Order,
    ) -> Result<Pushed, EngineError> {
        let plan = order.plan.clone();
        self.record(Event::RunBegan(began(checked, order)))?;
        let mut mirror = Learning::new(self.tables, self.terms.pair);
        let Carried { done, settled, halt } = {
            let mut observe = |record, at| mirror.learn(record, at);
            let told = self.progress;
            let progress = move |done, total| told(Progress::Push(done, total));
            let basis = Basis { plan: &plan, position: checked.plan().position };
            let Engine { go_on, remotes, tables, ration, clock, .. } = *self;
            let go_on = |step: &Step| match go_on() {
                false => Err(Halt::Interrupted),
                true => {
                    ration.affords_step(step, remotes, tables, clock.now()).map_err(Halt::Budget)
                }
            };
            let work = Work { basis: Some(basis), progress: &progress, go_on: &go_on };
            concordat_apply::push(&mut self.bench(work, &mut observe), checked).await
        };
        mirror.close()?;
        self.count()?;
        let plan = checked.plan();
        let summary = summary(plan, &done);
        if !matches!(halt, Some(Halt::Ledger(_))) {
            let complete = plan.census.iter().filter(|it| it.complete);
            self.record(Event::RunEnded(RunEnded {
                complete: halt.is_none(),
                certified: plan.census.iter().all(|it| it.complete),
                summary: summary.clone(),
                population: complete.map(|it| (it.resource, it.now)).collect(),
                carried: self.carried(plan, &done),
            }))?;
            self.ledger.checkpoint()?;
        }
        Ok(Pushed { done, settled, halt, summary })
    }

    fn bench<'b>(
        &'b mut self,
        work: Work<'b>,
        observe: &'b mut (dyn FnMut(Record, Time) + Send),
    ) -> Bench<'b> {
        let Work { basis, progress, go_on } = work;
        Bench {
            remotes: self.remotes,
            ledger: self.ledger,
            clock: self.clock,
            run: &self.run,
            basis,
            observe,
            progress,
            go_on,
            steps_max: self.ration.steps_max(),
            readings: Readings::default(),
        }
    }

    /// Writes down what was asked of both sides so far.
    fn count(&self) -> Result<(), EngineError> {
        Ok(self.ration.save(self.remotes, self.tables, self.clock.now())?)
    }

    /// The mappings whose first agreement this run carried through: every listing was complete, and
    /// every step was tried and is known to have arrived or not.
    fn carried(&self, plan: &Plan, done: &[Done]) -> BTreeSet<MappingName> {
        let is_open = |name: &MappingName| {
            done.iter().any(|it| {
                it.step.mapping == *name
                    && matches!(it.fate, Fate::InDoubt(_) | Fate::Unwritable(_) | Fate::NotReached)
            })
        };
        let is_certified = |resource: Resource| {
            plan.census.iter().any(|it| it.resource == resource && it.complete)
        };
        let seen = |name: &MappingName| {
            self.terms.rules.mapping(name).is_some_and(|mapping| {
                Side::BOTH.into_iter().all(|side| is_certified(mapping.resources[side]))
            })
        };
        let carried = plan.first_agreement.iter().filter(|it| seen(it) && !is_open(it));
        carried.cloned().collect()
    }

    fn record(&mut self, event: Event) -> Result<(), EngineError> {
        self.ledger.append(self.clock.now(), Some(&self.run), event)?;
        Ok(())
    }
}

/// What is to be carried out.
struct Work<'a> {
    basis: Option<Basis<'a>>,
    progress: &'a (dyn Fn(usize, usize) + Sync),
    go_on: &'a (dyn Fn(&Step) -> Result<(), Halt> + Sync),
}

/// The mirror while it learns, record by record, what is read by id on the way: a crash must not leave
/// it behind what was agreed.
struct Learning<'a> {
    tables: &'a dyn Tables,
    pair: PairId,
    trouble: Option<SnapshotError>,
}

impl<'a> Learning<'a> {
    fn new(tables: &'a dyn Tables, pair: &PairId) -> Self {
        Learning { tables, pair: pair.clone(), trouble: None }
    }

    fn learn(&mut self, record: Record, at: Time) {
        // What contacts can hold is asked for whenever it matters.
        if record.key.resource == Resource::CustomField {
            return;
        }
        let observed =
            concordat_snapshot::observe(self.tables, &self.pair, record, at, &is_stamped);
        if let Err(error) = observed {
            self.trouble.get_or_insert(error);
        }
    }

    fn close(self) -> Result<(), EngineError> {
        match self.trouble {
            Some(error) => Err(error.into()),
            None => Ok(self.tables.flush()?),
        }
    }
}

fn began(checked: &CheckedPlan, order: Order) -> RunBegan {
    let plan = checked.plan();
    RunBegan {
        command: order.command,
        plan: order.plan,
        scope: plan.scope.clone(),
        allowed: checked.used().to_vec(),
        reason: order.reason,
        mapping: plan.mapping.clone(),
        tenants: plan.tenants.clone(),
        first_agreement: plan.first_agreement.clone(),
    }
}

fn summary(plan: &Plan, done: &[Done]) -> RunSummary {
    let mut summary = RunSummary { planned: plan.summary(), ..RunSummary::default() };
    for it in done {
        match &it.fate {
            Fate::Applied(_) => summary.applied += 1,
            Fate::Satisfied => summary.satisfied += 1,
            Fate::Superseded(_) => summary.superseded += 1,
            Fate::Failed(_) | Fate::Refused(_) => summary.failed += 1,
            Fate::InDoubt(_) => summary.in_doubt += 1,
            Fate::Unwritable(_) | Fate::NotReached => {}
        }
    }
    summary
}
