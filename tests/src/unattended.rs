//! What does the nightly job do that nobody watches? Both systems in this process, people who edit them by day,
//! and one run a night with the guards as they are at first and no permission. The clients, engine and ledger are
//! the real ones; the mirror and the disk are in memory, and time is tokio's, paused.
//!
//! Everything happens in the thread that asks for it, so that a bug of [`concordat_model::zoo`] can be put in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use concordat_apply::{Done, Fate};
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_engine::{Engine, EngineError, Look, Order, Ration, Terms, heads};
use concordat_ledger::{Disk, Ledger, MemoryDisk};
use concordat_mapping::Rules;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, Allowance, Budget, Class, Limits, PairId, Plan, Refusal, RunId, Scope, Side, Sides,
    guard,
};
use concordat_remote::{Clock, Remote, Request, Response, Transport, TransportError};
use concordat_report::plan_hash;
use concordat_sandbox::{Actor, Change, Edit, Effect, Options, System, World};
use concordat_store::{Batch, MemoryTables, Table, Tables};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use crate::operator;
use crate::simulate::road::asked;
use crate::watch::Watch;

/// A request and its answer take so long.
const WAY: Duration = Duration::from_millis(100);

/// What the world answers.
pub type Answers<'w> =
    &'w mut dyn FnMut(&concordat_sandbox::Request) -> concordat_sandbox::Response;

/// What lies between us and the world: what becomes of a request on its way there, and of its answer back.
pub type Between = Box<
    dyn FnMut(System, concordat_sandbox::Request, Answers<'_>) -> concordat_sandbox::Response
        + Send,
>;

/// A pair whose job runs every night.
pub struct Job {
    runtime: Runtime,
    outside: Arc<Outside>,
    options: Options,
    rules: Rules,
    pair: PairId,
    disk: MemoryDisk,
    tables: Arc<MemoryTables>,
    ledger: Ledger,
    runs: u32,
    /// The guards.
    pub limits: Limits,
}

/// Both systems, and what lies before them.
struct Outside {
    world: Mutex<World>,
    between: Mutex<Between>,
    watch: Watch,
}

/// How a night went.
#[derive(Debug)]
pub struct Night {
    /// The listings that were not complete, and why, as the report names them.
    pub incomplete: Vec<String>,
    /// What was planned.
    pub plan: Plan,
    /// Why the guards refused it; then nothing was done.
    pub refusals: Vec<Refusal>,
    /// What became of each step.
    pub done: Vec<Done>,
}

impl Night {
    /// The classes of the guards that refused.
    pub fn refused(&self) -> Vec<Class> {
        self.refusals.iter().map(|it| it.class).collect()
    }

    /// What the guards said, and of which listings it is told that they were not complete.
    pub fn says(&self) -> String {
        let refusals = self.refusals.iter().map(|it| it.says.clone());
        refusals.chain(self.incomplete.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    /// How many steps of this kind were planned.
    pub fn planned(&self, action: Action) -> usize {
        self.plan.steps.iter().filter(|it| it.action == action).count()
    }

    /// Steps that did not go well, and why.
    pub fn troubles(&self) -> Vec<String> {
        let told = |it: &Done| match &it.fate {
            Fate::Applied(_) | Fate::Satisfied | Fate::NotReached => None,
            Fate::Superseded(says)
            | Fate::Failed(says)
            | Fate::Refused(says)
            | Fate::Unwritable(says)
            | Fate::InDoubt(says) => Some(format!("{}: {says}", it.step.name.as_str())),
        };
        self.done.iter().filter_map(told).collect()
    }
}

impl Job {
    /// Two systems that never met. `adjusts` the mapping that somebody has who tries concordat on the sandbox.
    pub fn new(options: Options, adjusts: impl FnOnce(&mut Value)) -> Job {
        let world = World::new(&options);
        let mut settings = operator::settings(&world.state());
        adjusts(&mut settings);
        let kept = (MemoryDisk::new(), MemoryTables::new());
        Job::opens((world, options, operator::rules(settings)), kept, Duration::ZERO)
    }

    /// The same job once more: what becomes of one does not concern the other.
    pub fn twin(&self) -> Job {
        let mut disk = MemoryDisk::new();
        for name in self.disk.list().expect("memory") {
            let bytes = self.disk.read(&name).expect("memory");
            disk.create(&name).expect("memory");
            disk.write(&name, 0, &bytes).expect("memory");
            disk.sync(&name).expect("memory");
        }
        let (tables, mut batch) = (MemoryTables::new(), Batch::new());
        for table in (1..=127).map(Table::new) {
            let rows = self.tables.scan(table, &[]).expect("memory");
            rows.into_iter().for_each(|(key, value)| batch.put(table, key, value));
        }
        tables.commit(batch).expect("memory");
        let passed = self.runtime.block_on(async { self.outside.watch.0.elapsed() });
        let what = (self.world().clone(), self.options.clone(), self.rules.clone());
        Job { runs: self.runs, limits: self.limits, ..Job::opens(what, (disk, tables), passed) }
    }

    /// What is kept is opened, after so much time.
    fn opens(
        (world, options, rules): (World, Options, Rules),
        (disk, tables): (MemoryDisk, MemoryTables),
        passed: Duration,
    ) -> Job {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let (pair, tables) = (PairId::from("default"), Arc::new(tables));
        let (watch, ledger) = runtime.block_on(async {
            let watch = Watch(Instant::now());
            sleep(passed).await;
            let (kept, salt) = (Box::new(disk.clone()), Box::new(|| [0; 32]));
            let at_hand = Arc::clone(&tables) as _;
            let now = watch.now();
            (watch, Ledger::open_on(kept, pair.clone(), now, "test", salt, at_hand))
        });
        let between: Between = Box::new(|_, request, world| world(&request));
        let between = Mutex::new(between);
        let outside = Outside { world: Mutex::new(world), between, watch };
        Job {
            runtime,
            outside: Arc::new(outside),
            options,
            rules,
            pair,
            disk,
            tables,
            ledger: ledger.expect("a ledger"),
            runs: 0,
            limits: Limits::default(),
        }
    }

    /// Both systems.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.outside.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What both systems hold.
    pub fn state(&self) -> Value {
        self.world().state()
    }

    /// Turns switches and strikes.
    pub fn turn(&self, wanted: Value) {
        self.world().turn(&members(wanted)).expect("known switches");
    }

    /// Lets something lie between us and the world from now on.
    pub fn meets(&self, between: Between) {
        *self.outside.between.lock().unwrap_or_else(PoisonError::into_inner) = between;
    }

    /// Nothing lies between us and the world any more.
    pub fn meets_nothing(&self) {
        self.meets(Box::new(|_, request, world| world(&request)));
    }

    /// A person does something in a system's own pages; answers the record's id.
    #[track_caller]
    pub fn person(&self, side: System, entity: &str, change: Change) -> Value {
        let edit = Edit { side, location: None, entity: entity.into(), change };
        let now = self.runtime.block_on(async { self.outside.watch.now() });
        self.world().edit(now, &edit).expect("what the page takes")
    }

    /// A person makes a record.
    #[track_caller]
    pub fn makes(&self, side: System, entity: &str, set: Value) -> Value {
        self.person(side, entity, Change::Create(members(set)))
    }

    /// A person changes a record.
    #[track_caller]
    pub fn sets(&self, side: System, entity: &str, id: &Value, set: Value) {
        self.person(side, entity, Change::Set(id.clone(), members(set)));
    }

    /// A person deletes a record.
    #[track_caller]
    pub fn deletes(&self, side: System, entity: &str, id: &Value) {
        self.person(side, entity, Change::Delete(id.clone()));
    }

    /// What we did so far.
    pub fn effects(&self) -> Vec<Effect> {
        self.world().effects().iter().filter(|it| it.actor == Actor::Api).cloned().collect()
    }

    /// So much time passes.
    pub fn passes(&self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
    }

    /// The first agreement, read and allowed by a person, and then night after night until nothing is left.
    #[track_caller]
    pub fn agrees(&mut self) {
        for _ in 0..8 {
            let night = self.runs(&[Class::FirstAgreement]).expect("a run");
            assert_eq!(night.says(), "", "the first agreement is undisturbed");
            if night.plan.steps.is_empty() {
                return;
            }
        }
        panic!("two systems that do not come to rest");
    }

    /// A day passes, and the job runs by itself.
    #[track_caller]
    pub fn night(&mut self) -> Night {
        self.passes(Duration::from_secs(24 * 3600));
        self.runs(&[]).expect("a run")
    }

    /// The job runs now, with these permissions.
    ///
    /// # Errors
    /// If it comes to nothing.
    pub fn runs(&mut self, allowed: &[Class]) -> Result<Night, EngineError> {
        self.runs += 1;
        let remotes = self.remotes();
        let sides = remotes.as_ref().map(|_, it| it.as_ref());
        let Job { runtime, outside, rules, pair, tables, ledger, runs, limits, .. } = self;
        let watch = &outside.watch;
        runtime.block_on(async {
            let ration =
                Ration::open(Budget::default(), pair, sides, tables.as_ref(), watch.now())?;
            let mut engine = Engine {
                terms: Terms {
                    pair,
                    rules,
                    canaries: &[],
                    quarantine_views: 2,
                    economy: operator::economy(),
                },
                run: RunId::new(format!("r{runs:06}")),
                remotes: sides,
                tables: tables.as_ref(),
                ledger,
                clock: watch,
                progress: &|_| {},
                ration: &ration,
                go_on: &|| true,
            };
            engine.settle().await?;
            engine.pull(Look::Moved).await?;
            let heads = heads(engine.tables, pair)?.ok_or(EngineError::NeverPulled)?;
            let incomplete = Side::BOTH.into_iter().flat_map(|side| &heads[side].uncertified);
            let incomplete = incomplete.map(|(it, says)| format!("{it}: {says}")).collect();
            let plan = engine.plan(heads, &Scope::default(), Look::Moved)?;
            let allowed: Vec<Allowance> =
                allowed.iter().map(|&class| Allowance { class, up_to: None }).collect();
            let order = Order { command: "reconcile".into(), reason: None, plan: plan_hash(&plan) };
            Ok(match guard::check(plan, limits, &allowed) {
                Err(it) => {
                    let (plan, refusals) = (it.plan, it.refusals);
                    Night { incomplete, plan, refusals, done: Vec::new() }
                }
                Ok(checked) => {
                    let pushed = engine.push(&checked, order).await?;
                    pushed.halt.map_or(Ok(()), |halt| Err(EngineError::from(halt)))?;
                    let plan = checked.into_plan();
                    Night { incomplete, plan, refusals: Vec::new(), done: pushed.done }
                }
            })
        })
    }

    fn remotes(&self) -> Sides<Arc<dyn Remote>> {
        let road = |system| Arc::new(Road { outside: Arc::clone(&self.outside), system });
        let clock = || Arc::clone(&self.outside) as Arc<dyn Clock>;
        let Options { api_key, token, location_id, .. } = self.options.clone();
        let settings = UpguardSettings {
            attributes: operator::ATTRIBUTES.map(str::to_owned).into(),
            ..UpguardSettings::default()
        };
        let upguard = Upguard::new(road(System::UpGuard), api_key.into(), clock(), settings);
        let settings = HighlevelSettings {
            custom_fields: self.rules.custom_fields(),
            people: operator::people(),
            ..HighlevelSettings::default()
        };
        let highlevel =
            Highlevel::new(road(System::HighLevel), token.into(), location_id, clock(), settings);
        Sides { upguard: Arc::new(upguard), highlevel: Arc::new(highlevel) }
    }
}

impl Clock for Outside {
    fn now(&self) -> concordat_model::Time {
        self.watch.now()
    }
}

/// The way to one of the two systems.
struct Road {
    outside: Arc<Outside>,
    system: System,
}

#[async_trait]
impl Transport for Road {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        sleep(WAY / 2).await;
        let answer = {
            let Outside { world, between, watch } = self.outside.as_ref();
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            let mut between = between.lock().unwrap_or_else(PoisonError::into_inner);
            let (now, request) = (watch.now(), asked(self.system, request));
            between(self.system, request, &mut |it| world.handle(now, self.system, it))
        };
        sleep(WAY / 2).await;
        match answer.dropped {
            true => Err(TransportError::NoAnswer("cut".into())),
            false => {
                Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
            }
        }
    }
}

/// The members of an object.
pub fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

/// What happens with these layers of protection off.
pub fn off<T>(layers: &[Bug], act: &mut dyn FnMut() -> T) -> T {
    match layers {
        [] => act(),
        [layer, rest @ ..] => zoo::with(*layer, || off(rest, act)),
    }
}

/// A night on which nothing is to be done.
#[track_caller]
pub fn is_quiet(night: &Night) {
    assert_eq!(night.refused(), [], "{}", night.says());
    assert!(night.plan.steps.is_empty(), "{:#?}", night.plan.steps);
}
