//! One process: opens what the disk kept, does the nightly job, ends. What `reconcile` does, without a terminal
//! and a configuration file, and with a person who allows whatever a guard asks about.

use std::sync::{Arc, Mutex, PoisonError};

use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_engine::{Engine, EngineError, Look, Order, Pushed, Ration, Terms, heads, needed};
use concordat_ledger::{Ledger, LedgerError, MemoryDisk};
use concordat_mapping::Rules;
use concordat_model::guard::{self, Ceiling, Refusal};
use concordat_model::{
    Allowance, Budget, Class, Limits, PairId, Plan, RunId, Scope, Severity, Sides,
};
use concordat_remote::{Clock, Remote};
use concordat_report::plan_hash;
use concordat_sandbox::{Options, System};
use serde_json::Value;

use super::cells::{Blow, Process, Stage};
use super::mortal::{Mortal, MortalDisk, MortalTables};
use super::ordeal::Ordeal;
use super::road::Road;
use super::scene::Scene;
use super::work::Work;
use crate::operator::{self, ATTRIBUTES, people};
use crate::watch::Watch;

/// What lasts from one process to the next.
pub struct Place {
    /// Everything outside.
    pub scene: Arc<Mutex<Scene>>,
    /// The time.
    pub watch: Arc<Watch>,
    /// The credentials.
    pub options: Options,
    /// What corresponds to what.
    pub rules: Rules,
    /// The pair.
    pub pair: PairId,
    /// Where the ledger is.
    pub disk: MemoryDisk,
    /// Where the mirror is.
    pub tables: MortalTables,
}

/// How a night went.
pub struct Night {
    /// What was planned.
    pub plan: Plan,
    /// What became of it; nothing: a guard refused it.
    pub pushed: Result<Pushed, Vec<Refusal>>,
}

/// Why a night came to nothing.
#[derive(Debug)]
pub enum Trouble {
    /// The engine says why.
    Engine(EngineError),
    /// The ledger cannot be opened.
    Ledger(LedgerError),
    /// The process was killed.
    Killed,
    /// The disk failed it.
    Disk(LedgerError),
    /// A plan that was made from what moved is not the plan made from everything.
    Overlooked(String),
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Trouble {
        Trouble::Engine(error)
    }
}

/// What may be done while nobody looks.
pub const UNATTENDED: Limits = Limits {
    creates: Ceiling { percent: 100, min_population: 0, absolute: 0 },
    updates: Ceiling { percent: 100, min_population: 0, absolute: 50 },
    clears: Ceiling { percent: 100, min_population: 0, absolute: 25 },
    archives: Ceiling { percent: 100, min_population: 0, absolute: 0 },
    deletes: Ceiling { percent: 100, min_population: 0, absolute: 0 },
    shrink_percent: 10,
    shrink_min_population: 20,
};

/// Who looks at a plan before it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// Nobody.
    Nobodys,
    /// Somebody who reads it.
    Open,
    /// Somebody who looked into it, and says yes to less than there was before.
    Wide,
}

/// What a person says yes to who read the plan. Not to less than there was before: what that means has to be
/// looked into first.
const ALLOWED: [Class; 7] = [
    Class::FirstAgreement,
    Class::Creates,
    Class::Updates,
    Class::Clears,
    Class::Archives,
    Class::Deletes,
    Class::SideEffects,
];

impl Place {
    fn remotes(&self, mortal: &Arc<Mortal>) -> Sides<Arc<dyn Remote>> {
        let road = |system| {
            let (scene, watch) = (Arc::clone(&self.scene), Arc::clone(&self.watch));
            let (mortal, disk) = (Arc::clone(mortal), self.disk.clone());
            Arc::new(Road { scene, watch, system, mortal, disk, quiet_until: Mutex::default() })
        };
        let Options { api_key, token, location_id, .. } = self.options.clone();
        let settings = UpguardSettings {
            attributes: ATTRIBUTES.map(str::to_owned).into(),
            least_severity: self.rules.severity.unwrap_or(Severity::Critical),
            ..UpguardSettings::default()
        };
        let watch = || Arc::clone(&self.watch) as Arc<dyn Clock>;
        let upguard = Upguard::new(road(System::UpGuard), api_key.into(), watch(), settings);
        let settings = HighlevelSettings {
            custom_fields: self.rules.custom_fields(),
            people: people(),
            ..HighlevelSettings::default()
        };
        let highlevel =
            Highlevel::new(road(System::HighLevel), token.into(), location_id, watch(), settings);
        Sides { upguard: Arc::new(upguard), highlevel: Arc::new(highlevel) }
    }

    /// Lets a process do `work`. It dies after so many points at which it could, if that is said; what it
    /// had not made durable is lost, or not, as it comes.
    async fn process<T>(
        &mut self,
        dies_after: Option<usize>,
        work: impl AsyncFnOnce(&mut Engine<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mortal = Arc::new(Mortal::new(dies_after));
        let began = self.watch.now();
        {
            let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
            scene.process = Process { began, wrote: None };
            scene.work = Work::default();
        }
        let fails = self.disk_fails();
        let ended = tokio::select! {
            biased;
            () = mortal.dies() => None,
            ended = self.lives(&mortal, work) => Some(ended),
        };
        if fails && mortal.died_at().is_none() {
            // What could not be written to the disk is nowhere.
            self.disk.crash(|_| false);
        }
        match (mortal.died_at(), ended) {
            (
                None,
                Some(Err(Trouble::Engine(EngineError::Ledger(error)) | Trouble::Ledger(error))),
            ) if fails
                && matches!(error, LedgerError::Io { .. } | LedgerError::Poisoned { .. }) =>
            {
                Err(Trouble::Disk(error))
            }
            (None, Some(ended)) => ended,
            (died_at, _) => {
                let point = died_at.expect("who is dead died somewhere");
                let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
                let stage = Stage::of(&self.disk, &scene.process);
                scene.struck(Blow::Death(point), stage);
                let dice = &mut scene.dice;
                let fortune = dice.below(3);
                self.disk.crash(|_| fortune == 0 || fortune == 1 && dice.below(2) == 0);
                self.tables = self.tables.after_crash(dice);
                Err(Trouble::Killed)
            }
        }
    }

    /// Lets the disk fail at some sync of a process, now and then.
    fn disk_fails(&self) -> bool {
        let mut scene = self.scene.lock().unwrap_or_else(PoisonError::into_inner);
        let fails = scene.stormy
            && scene.chances.ordeal == Some(Ordeal::DiskFails)
            && scene.aside.below(2) == 0;
        let never = u32::MAX;
        let after = u32::try_from(scene.aside.below(40)).unwrap_or(never);
        self.disk.fail_sync(if fails { after } else { never });
        fails
    }

    async fn lives<T>(
        &self,
        mortal: &Arc<Mortal>,
        work: impl AsyncFnOnce(&mut Engine<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let tables = Arc::new(self.tables.of(mortal));
        let disk = MortalDisk { disk: self.disk.clone(), mortal: Arc::clone(mortal) };
        let mut ledger = Ledger::open_on(
            Box::new(disk),
            self.pair.clone(),
            self.watch.now(),
            "test",
            Box::new(|| [0; 32]),
            Arc::clone(&tables) as _,
        )
        .map_err(Trouble::Ledger)?;
        let remotes = self.remotes(mortal);
        let sides = remotes.as_ref().map(|_, it| it.as_ref());
        let (budget, now) = (Budget::default(), self.watch.now());
        let ration = Ration::open(budget, &self.pair, sides, tables.as_ref(), now);
        let ration = ration.map_err(EngineError::from)?;
        let mut engine = Engine {
            terms: Terms {
                pair: &self.pair,
                rules: &self.rules,
                canaries: &[],
                quarantine_views: 2,
                economy: operator::economy(),
            },
            run: RunId::new(format!("r{:06}", ledger.epoch())),
            remotes: sides,
            tables: tables.as_ref(),
            ledger: &mut ledger,
            clock: self.watch.as_ref(),
            progress: &|_| {},
            ration: &ration,
            go_on: &|| true,
        };
        work(&mut engine).await
    }

    /// Defines the custom fields that are missing.
    ///
    /// # Errors
    /// If it comes to nothing.
    pub async fn defines(&mut self) -> Result<Night, Trouble> {
        self.process(None, async |engine| {
            let needed = needed(engine.terms.rules, engine.remotes.highlevel).await;
            let needed = needed.map_err(EngineError::from)?;
            let plan = engine.definitions(&needed).await?;
            push(engine, plan, Eyes::Open).await
        })
        .await
    }

    /// The nightly job. `twice`: looks at everything, too, which must come to the same plan. `dies_after`: it dies after
    /// passing so many points at which it can, if that is said.
    ///
    /// # Errors
    /// If it comes to nothing.
    pub async fn reconciles(
        &mut self,
        twice: bool,
        eyes: Eyes,
        dies_after: Option<usize>,
    ) -> Result<Night, Trouble> {
        self.process(dies_after, async |engine| {
            engine.settle().await?;
            engine.pull(Look::Moved).await?;
            let heads = heads(engine.tables, engine.terms.pair)?.ok_or(EngineError::NeverPulled)?;
            let mut plan = engine.plan(heads.clone(), &Scope::default(), Look::Moved)?;
            if twice {
                let whole = engine.plan(heads, &Scope::default(), Look::Everything)?;
                let shown = |plan: &Plan| {
                    let mut shown = serde_json::to_value(plan).expect("a plan");
                    shown.as_object_mut().expect("members").retain(|name, _| name != "position");
                    shown
                };
                if shown(&plan) != shown(&whole) {
                    let says = difference("plan", &shown(&plan), &shown(&whole));
                    return Err(Trouble::Overlooked(says.unwrap_or_default()));
                }
                plan = whole;
            }
            push(engine, plan, eyes).await
        })
        .await
    }
}

async fn push(engine: &mut Engine<'_>, plan: Plan, eyes: Eyes) -> Result<Night, Trouble> {
    let (classes, limits) = match eyes {
        Eyes::Nobodys => (Vec::new(), UNATTENDED),
        Eyes::Open => (ALLOWED.to_vec(), Limits::default()),
        Eyes::Wide => ([&ALLOWED[..], &[Class::Shrunken]].concat(), Limits::default()),
    };
    let allow = |class| Allowance { class, up_to: None };
    let allowed: Vec<Allowance> = classes.into_iter().map(allow).collect();
    let order = Order { command: "reconcile".into(), reason: None, plan: plan_hash(&plan) };
    match guard::check(plan, &limits, &allowed) {
        Err(refused) => Ok(Night { plan: refused.plan, pushed: Err(refused.refusals) }),
        Ok(checked) => {
            let pushed = engine.push(&checked, order).await?;
            Ok(Night { plan: checked.into_plan(), pushed: Ok(pushed) })
        }
    }
}

/// Where two documents differ first, and how.
fn difference(place: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        _ if one == other => None,
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            let mut pairs = names.map(|name| {
                let of = |it: &serde_json::Map<String, Value>| it.get(name).cloned();
                (name, of(one).unwrap_or_default(), of(other).unwrap_or_default())
            });
            pairs
                .find_map(|(name, one, other)| difference(&format!("{place}/{name}"), &one, &other))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(at, (one, other))| difference(&format!("{place}/{at}"), one, other))
        }
        _ => Some(format!("{place}: moved {one}, whole {other}")),
    }
}
