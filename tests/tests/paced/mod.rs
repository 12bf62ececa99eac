//! Both systems in this process, and an engine that works on them, in tokio's paused time: the clients are the
//! real ones, the way to the sandbox takes each request another time. Nothing of a terminal, a configuration
//! file or a disk.

mod road;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use concordat_cli::forecast::forecast;
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_engine::{Engine, EngineError, Look, Order, Pushed, Ration, Terms, heads};
use concordat_ledger::{Ledger, MemoryDisk};
use concordat_mapping::Rules;
use concordat_model::{Allowance, Budget, Class, PairId, Plan, RunId, Scope, Side, Sides, guard};
use concordat_remote::{Clock, Remote};
use concordat_report::{Forecast, plan_hash};
use concordat_sandbox::{Change, Edit, Options, System, World};
use concordat_store::MemoryTables;
use concordat_tests::night::persons::Dice;
use concordat_tests::operator;
use concordat_tests::watch::Watch;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use road::Road;
pub use road::{Counted, Weather};

/// Both systems, and what was agreed between them.
pub struct Town {
    world: Arc<Mutex<World>>,
    watch: Arc<Watch>,
    options: Options,
    pair: PairId,
    rules: Rules,
    tables: Arc<MemoryTables>,
    /// Where the ledger is.
    pub disk: MemoryDisk,
    ledger: Ledger,
    runs: u32,
    edits: usize,
    /// From this to as much more a request and its answer take.
    least: Sides<Duration>,
}

impl Town {
    /// Two systems whose first agreement was carried through.
    pub async fn founded(seed: u64, weather: Weather) -> Town {
        // How long we wait before we ask again is chance, and would be another one each time.
        fastrand::seed(seed);
        let vendors = std::env::var("CONCORDAT_VENDORS").map_or(Ok(200), |it| it.parse());
        let vendors: usize = vendors.expect("CONCORDAT_VENDORS is a number");
        let least = Sides { upguard: 150, highlevel: 80 }.map(|_, it| Duration::from_millis(it));
        let mut town = Town::of(vendors, least, seed, weather);
        for _ in 0..8 {
            let (plan, _) = town.plans().await;
            if plan.steps.is_empty() {
                return town;
            }
            town.applies(plan).await;
        }
        panic!("two systems that do not come to rest");
    }

    /// Two systems that never met, with so many vendors.
    pub fn of(vendors: usize, least: Sides<Duration>, seed: u64, weather: Weather) -> Town {
        let (contacts, threats) = (vendors * 5 / 4, vendors / 5);
        let options = Options { seed, vendors, contacts, threats, ..Options::default() };
        let mut world = World::new(&options);
        world.turn(&members(weather.brews())).expect("known switches");
        let rules = operator::rules(operator::settings(&world.state()));
        let world = Arc::new(Mutex::new(world));
        let watch = Arc::new(Watch(Instant::now()));
        let pair = PairId::from("default");
        let tables = Arc::new(MemoryTables::new());
        let disk = MemoryDisk::new();
        let ledger = Ledger::open_on(
            Box::new(disk.clone()),
            pair.clone(),
            watch.now(),
            "test",
            Box::new(|| [0; 32]),
            Arc::clone(&tables) as _,
        );
        Town {
            rules,
            ledger: ledger.expect("a ledger"),
            runs: 0,
            edits: 0,
            world,
            watch,
            options,
            pair,
            tables,
            disk,
            least,
        }
    }

    /// Both clients, as a process that begins has them.
    fn remotes(&self) -> Sides<Arc<dyn Remote>> {
        let road = |system, side| {
            Arc::new(Road {
                world: Arc::clone(&self.world),
                watch: Arc::clone(&self.watch),
                system,
                least: self.least[side],
                travelled: Mutex::new(self.runs),
            })
        };
        let Options { api_key, token, location_id, .. } = self.options.clone();
        let settings = UpguardSettings {
            attributes: operator::ATTRIBUTES.map(str::to_owned).into(),
            ..UpguardSettings::default()
        };
        let upguard = Upguard::new(
            road(System::UpGuard, Side::Upguard),
            api_key.into(),
            Arc::clone(&self.watch) as _,
            settings,
        );
        let settings =
            HighlevelSettings { people: operator::people(), ..HighlevelSettings::default() };
        let highlevel = Highlevel::new(
            road(System::HighLevel, Side::Highlevel),
            token.into(),
            location_id,
            Arc::clone(&self.watch) as _,
            settings,
        );
        Sides { upguard: Arc::new(upguard), highlevel: Arc::new(highlevel) }
    }

    /// Lets an engine work, as one process does.
    async fn works<T>(&mut self, work: impl AsyncFnOnce(&mut Engine<'_>) -> T) -> T {
        self.runs += 1;
        let remotes = self.remotes();
        let sides = remotes.as_ref().map(|_, it| it.as_ref());
        let budget = Budget::default();
        let now = self.watch.now();
        let ration = Ration::open(budget, &self.pair, sides, self.tables.as_ref(), now);
        let ration = ration.expect("a store");
        let mut engine = Engine {
            terms: Terms {
                pair: &self.pair,
                rules: &self.rules,
                canaries: &[],
                quarantine_views: 2,
                economy: operator::economy(),
            },
            run: RunId::new(format!("r{:06}", self.runs)),
            remotes: sides,
            tables: self.tables.as_ref(),
            ledger: &mut self.ledger,
            clock: self.watch.as_ref(),
            progress: &|_| {},
            ration: &ration,
            go_on: &|| true,
        };
        work(&mut engine).await
    }

    /// A run that only asks UpGuard which account it is, so often: how many seconds that takes.
    pub async fn asks(&mut self, requests: u32) -> f64 {
        let began = self.seconds();
        let asked = self.works(async |engine| {
            for _ in 0..requests {
                engine.remotes.upguard.tenant().await?;
            }
            // What was asked is kept at the end of a stage.
            engine.settle().await
        });
        asked.await.expect("answers");
        self.seconds() - began
    }

    /// As `plan` does, and what carrying it out would cost.
    pub async fn plans(&mut self) -> (Plan, Forecast) {
        let tables = Arc::clone(&self.tables);
        let pair = self.pair.clone();
        let planned = self.works(async |engine| {
            engine.settle().await?;
            engine.pull(Look::Moved).await?;
            let heads = heads(tables.as_ref(), &pair)?.expect("a mirror");
            let plan = engine.plan(heads, &Scope::default(), Look::Moved)?;
            let forecast = forecast(&plan, &engine.ration.lately());
            Ok::<_, EngineError>((plan, forecast))
        });
        planned.await.expect("a plan")
    }

    /// As `apply` does, with every permission.
    pub async fn applies(&mut self, plan: Plan) {
        let pushed = self.pushes(plan).await.expect("a run");
        assert!(pushed.halt.is_none(), "{:?}", pushed.halt);
    }

    /// The same, however it ends.
    pub async fn pushes(&mut self, plan: Plan) -> Result<Pushed, EngineError> {
        let allowed = [Allowance { class: Class::FirstAgreement, up_to: None }];
        let plan_hash = plan_hash(&plan);
        let checked =
            guard::check(plan, &operator::wide_open(), &allowed).map_err(|it| it.refusals);
        let checked = checked.expect("a plan that passes");
        let order = Order { command: "apply".into(), reason: None, plan: plan_hash };
        let pushed = self.works(async |engine| {
            engine.settle().await?;
            engine.tenants().await?;
            engine.push(&checked, order).await
        });
        pushed.await
    }

    /// What the sandbox counted so far.
    pub fn counted(&self) -> Counted {
        let request = concordat_sandbox::Request {
            method: "GET".into(),
            path: "/requests".into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let answer = self.world.lock().expect("no poison").control(self.watch.now(), &request);
        let body: Value = serde_json::from_slice(&answer.body).expect("counters");
        let mut counted = Counted::default();
        for row in body["requests"].as_array().expect("rows") {
            let count = row["count"].as_u64().expect("a count");
            let side: Side = serde_json::from_value(row["side"].clone()).expect("a side");
            counted.sides[side] += count;
            let text = |name: &str| row[name].as_str().expect("a text").to_owned();
            let name = format!("{} {}", text("method"), text("path"));
            *counted.operations.entry(name).or_default() += count;
        }
        counted
    }

    /// Seconds since it was founded.
    pub fn seconds(&self) -> f64 {
        self.watch.0.elapsed().as_secs_f64()
    }

    /// People change so many of hundred records: of vendors, businesses, people and threats.
    pub fn edited(&mut self, dice: &mut Dice, of_hundred: usize) {
        let state = self.world.lock().expect("no poison").state();
        let of = |place: &str| -> Vec<Value> {
            state.pointer(place).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let some = |dice: &mut Dice, mut all: Vec<Value>| {
            let count = all.len() * of_hundred / 100;
            all = dice.shuffled(all);
            all.truncate(count);
            all
        };
        let mut edits = Vec::new();
        for it in some(dice, of("/upguard/vendors")) {
            self.edits += 1;
            let phone = format!("+1646{:07}", 5_550_000 + self.edits);
            let label = format!("wave {}", self.edits % 7);
            let set = match dice.below(3) {
                0 => json!({ "attributes": { "Main phone": phone } }),
                1 => json!({ "attributes": { "Postal address": phone }, "labels": [label] }),
                _ => json!({ "labels": ["Critical", label] }),
            };
            edits.push((System::UpGuard, "vendor", Change::Set(it["id"].clone(), members(set))));
        }
        for it in some(dice, of("/highlevel/businesses")) {
            self.edits += 1;
            let set = json!({ "email": format!("desk-{}@people.example", self.edits) });
            edits.push((
                System::HighLevel,
                "business",
                Change::Set(it["id"].clone(), members(set)),
            ));
        }
        for it in some(dice, of("/upguard/vendors")) {
            self.edits += 1;
            let set = json!({
                "vendor_id": it["id"], "first_name": "Ada", "last_name": format!("Of {}", self.edits),
                "email_address": format!("ada-{}@people.example", self.edits),
            });
            edits.push((System::UpGuard, "contact", Change::Create(members(set))));
        }
        for it in some(dice, of("/highlevel/tasks")) {
            let completed = json!({ "completed": it["completed"] != true });
            edits.push((
                System::HighLevel,
                "task",
                Change::Set(it["id"].clone(), members(completed)),
            ));
        }
        let now = self.watch.now();
        let mut world = self.world.lock().expect("no poison");
        for (side, entity, change) in edits {
            let edit = Edit { side, location: None, entity: entity.into(), change };
            // Not every threat may be reopened, nor every task be completed: what a page refuses is not done.
            drop(world.edit(now, &edit));
        }
    }
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}
