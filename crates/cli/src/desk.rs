//! A session at work: both systems, the mirror and the ledger, opened together for one run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concordat_apply::Settled;
use concordat_engine::{
    Definition, Engine, EngineError, Look, Order, Pushed, Ration, asked_today, heads, population,
};
use concordat_ledger::Ledger;
use concordat_model::{
    CheckedPlan, Event, Plan, Resource, RunId, Scope, Side, Sides, Tenant, View,
};
use concordat_remote::{Clock, Remote};
use concordat_report::{EndpointRow, Forecast};
use concordat_store::SledTables;

use crate::clock::OsClock;
use crate::code::Code;
use crate::failure::{Exit, Failure};
use crate::forecast::forecast;
use crate::request_log::Noting;
use crate::session::Session;
use crate::shell::Shell;

/// Set by the first Ctrl-C: the step at hand is finished, then the run ends.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Everything one run needs, held for as long as it takes.
pub struct Desk<'a> {
    session: &'a Session,
    remotes: Sides<Arc<dyn Remote>>,
    tables: Arc<SledTables>,
    ledger: Ledger,
    ration: Ration,
    run: RunId,
    _noting: Noting,
}

/// What both sides hold, and what earlier runs left open.
pub struct Sight {
    /// Both sides, without their records.
    pub heads: Sides<View>,
    /// What became of writes that earlier runs left open.
    pub settled: Vec<Settled>,
}

impl Sight {
    /// The listings that are not complete, for people.
    pub fn incomplete(&self) -> Vec<String> {
        let of = |view: &View| -> Vec<String> {
            view.uncertified
                .iter()
                .map(|(partition, says)| format!("{partition}: {says}"))
                .collect()
        };
        Side::BOTH.into_iter().flat_map(|side| of(&self.heads[side])).collect()
    }

    /// What it means for the caller: an incomplete listing is worth another try.
    pub fn exit(&self) -> Exit {
        if self.incomplete().is_empty() { Exit::Ok } else { Exit::Partial }
    }
}

/// There is no mirror to look at.
pub fn never_pulled() -> Failure {
    Failure::new(Code::NeverPulled, "nothing was pulled yet")
        .hint("`concordat pull` mirrors both systems")
}

impl<'a> Desk<'a> {
    /// Opens everything for one run of `command`.
    ///
    /// # Errors
    /// If another process has the state, a secret is missing, or the state cannot be read; or a person
    /// has interrupted the command already, at the pair before.
    pub fn open(session: &'a Session, command: &str, shell: &Shell) -> Result<Desk<'a>, Failure> {
        if INTERRUPTED.load(Ordering::Relaxed) {
            let says = "not reached: interrupted before this pair was begun";
            return Err(Failure::new(Code::Interrupted, says)
                .hint("run it again, or with --pair for this one alone"));
        }
        let remotes = session.remotes()?;
        let (ledger, tables) = session.books(shell)?;
        if ledger.torn().is_some() {
            shell.note(
                "the ledger's last entry was cut off by a crash, before anything was sent for it",
            );
        }
        let run = RunId::new(format!("r{:06}", ledger.epoch()));
        let sides = remotes.as_ref().map(|_, remote| remote.as_ref());
        let budget = session.budget.clone();
        let ration = Ration::open(budget, &session.pair, sides, tables.as_ref(), OsClock.now())?;
        let noting = session.note_requests(&run, command);
        Ok(Desk { session, remotes, tables, ledger, ration, run, _noting: noting })
    }

    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The requests sent so far, by endpoint.
    pub fn endpoints(&self) -> Vec<EndpointRow> {
        self.session.endpoints(&self.run)
    }

    /// What carrying `plan` out is expected to cost, as the sides answered lately.
    pub fn forecast(&self, plan: &Plan) -> Forecast {
        forecast(plan, &self.ration.lately())
    }

    /// How many requests earlier runs sent to each side today.
    ///
    /// # Errors
    /// If the mirror cannot be read.
    pub fn asked_today(&self) -> Result<Sides<u64>, Failure> {
        Ok(asked_today(self.tables.as_ref(), &self.session.pair, OsClock.now())?)
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Settles what was left open, and pulls both sides; with [`Look::Everything`] also what was asked lately.
    ///
    /// # Errors
    /// If a side refuses its credentials, or the state cannot be written.
    pub async fn look(&mut self, look: Look, shell: &Shell) -> Result<Sight, Failure> {
        let progress = |it| shell.progress(it);
        let mut engine = self.engine(&progress);
        let seen = async {
            let settled = engine.settle().await?;
            engine.pull(look).await?;
            Ok::<_, EngineError>(settled)
        }
        .await;
        shell.progress_ended();
        let seen = Sight { settled: seen?, ..self.mirrored()? };
        for says in seen.incomplete() {
            shell.warn(&format!("warning: incomplete: {says}"));
        }
        Ok(seen)
    }

    /// Both sides as last mirrored. What earlier runs left open is not looked for.
    ///
    /// # Errors
    /// If the mirror cannot be read, or nothing was ever pulled.
    pub fn mirrored(&self) -> Result<Sight, Failure> {
        let heads = heads(self.tables.as_ref(), &self.session.pair)?.ok_or_else(never_pulled)?;
        Ok(Sight { heads, settled: Vec::new() })
    }

    /// What would have to be done.
    ///
    /// # Errors
    /// If mirror or ledger cannot be read.
    pub fn plan(&mut self, sight: &Sight, scope: &Scope, look: Look) -> Result<Plan, Failure> {
        Ok(self.engine(&|_| {}).plan(sight.heads.clone(), scope, look)?)
    }

    /// How many records of each resource of the mapping are there.
    ///
    /// # Errors
    /// If mirror or ledger cannot be read.
    pub fn population(&self, sight: &Sight) -> Result<BTreeMap<Resource, u64>, Failure> {
        let heads = sight.heads.clone();
        Ok(population(self.session.terms(), self.tables.as_ref(), &self.ledger, heads)?)
    }

    /// The accounts the credentials open now.
    ///
    /// # Errors
    /// If a side does not say.
    pub async fn tenants(&mut self) -> Result<Sides<Tenant>, Failure> {
        Ok(self.engine(&|_| {}).tenants().await?)
    }

    /// Finds out what became of every write that an earlier run left open.
    ///
    /// # Errors
    /// If nothing can be recorded, or no call can succeed.
    pub async fn settle(&mut self) -> Result<Vec<Settled>, Failure> {
        Ok(self.engine(&|_| {}).settle().await?)
    }

    /// Carries out a plan that no guard refuses.
    ///
    /// # Errors
    /// If the run cannot be recorded.
    pub async fn push(
        &mut self,
        checked: &CheckedPlan,
        order: Order,
        shell: &Shell,
    ) -> Result<Pushed, Failure> {
        let progress = |it| shell.progress(it);
        let pushed = self.engine(&progress).push(checked, order).await;
        shell.progress_ended();
        Ok(pushed?)
    }

    /// The plan that defines the custom fields of `needed` that are missing.
    ///
    /// # Errors
    /// If a side does not say which account it is, or the ledger cannot be read.
    pub async fn definitions(&mut self, needed: &[Definition]) -> Result<Plan, Failure> {
        Ok(self.engine(&|_| {}).definitions(needed).await?)
    }

    /// Records an event outside a run.
    ///
    /// # Errors
    /// If it cannot be made durable.
    pub fn record(&mut self, event: Event) -> Result<(), Failure> {
        self.ledger.append(OsClock.now(), None, event)?;
        Ok(())
    }

    fn engine<'e>(
        &'e mut self,
        progress: &'e (dyn Fn(concordat_engine::Progress) + Sync),
    ) -> Engine<'e> {
        Engine {
            terms: self.session.terms(),
            run: self.run.clone(),
            remotes: self.remotes.as_ref().map(|_, remote| remote.as_ref()),
            tables: self.tables.as_ref(),
            ledger: &mut self.ledger,
            clock: &OsClock,
            progress,
            ration: &self.ration,
            go_on: &|| !INTERRUPTED.load(Ordering::Relaxed),
        }
    }
}
