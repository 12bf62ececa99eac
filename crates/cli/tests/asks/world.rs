//! A sandbox, a configuration that points at it, and people who edit.

use clap::Parser;
use concordat_cli::args::Cli;
use concordat_cli::clock;
use concordat_cli::desk::Desk;
use concordat_cli::sandbox_config;
use concordat_cli::session::Session;
use concordat_cli::shell::Shell;
use concordat_engine::{Look, Order};
use concordat_model::{Allowance, Class, Link, LinkId, Plan, RecordKey, Scope, Side, guard};
use concordat_report::plan_hash;
use concordat_sandbox::{Change, Edit, Options, Running, Sandbox, System};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub const REASON: &str = "read by two of us";

pub struct World {
    pub session: Session,
    pub shell: Shell,
    running: Running,
    _dir: TempDir,
}

impl World {
    pub async fn begins() -> World {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { vendors: 8, contacts: 16, ..Options::default() };
        let running = Sandbox::start(options, clock::now).await.unwrap();
        let switches = Map::from_iter([
            ("highlevel_burst_limit".to_owned(), json!(1_000_000_000_u64)),
            ("index_lag_seconds".to_owned(), json!(0)),
        ]);
        running.with_world(|world| world.turn(&switches)).unwrap();
        let config = dir.path().join("concordat.toml");
        sandbox_config::write(&config, &running).unwrap();
        // Nobody falls back on a side for this one: a person is asked.
        let text = std::fs::read_to_string(&config).unwrap();
        let held = "description = { adopt = \"highlevel\", fallback = \"hold\" }";
        let text = text.replace("description = { adopt = \"highlevel\" }", held);
        assert!(text.contains(held));
        std::fs::write(&config, text).unwrap();
        let session = |state: &str| match Session::at(&config, &dir.path().join(state)) {
            Ok(session) => session,
            Err(failure) => panic!("{failure}"),
        };
        let shell = Shell::new(&Cli::parse_from(["concordat", "--quiet", "--color=never", "pull"]));
        // Defining is a run; the state that is asked has seen none.
        let made = concordat_cli::commands::doctor::define(&session("defining"), &shell).await;
        assert_eq!(made.map_or(0, |it| it.len()), 3, "tier, score and assessment");
        let session = session("state");
        World { session, shell, running, _dir: dir }
    }

    fn desk(&self) -> Desk<'_> {
        match Desk::open(&self.session, "pull", &self.shell) {
            Ok(desk) => desk,
            Err(failure) => panic!("{failure}"),
        }
    }

    pub async fn pull(&self) {
        self.running.with_world(|world| world.advance(chrono::TimeDelta::minutes(10)));
        self.desk().look(Look::Moved, &self.shell).await.unwrap();
    }

    /// What `plan --no-pull` would say.
    pub fn plan(&self) -> Plan {
        let mut desk = self.desk();
        let sight = desk.mirrored().unwrap();
        desk.plan(&sight, &Scope::default(), Look::Moved).unwrap()
    }

    /// The first agreement, allowed by a person.
    pub async fn agree(&self) {
        let plan = self.plan();
        let order =
            Order { command: "apply".into(), reason: Some(REASON.into()), plan: plan_hash(&plan) };
        let allowed = [Allowance { class: Class::FirstAgreement, up_to: None }];
        let checked = guard::check(plan, &self.session.limits, &allowed).unwrap();
        let pushed = self.desk().push(&checked, order, &self.shell).await.unwrap();
        assert!(pushed.halt.is_none());
        self.pull().await;
    }

    fn agreed(&self) -> Vec<Link> {
        self.desk().ledger().all_agreements().unwrap().links.into_values().collect()
    }

    pub fn links(&self) -> Vec<LinkId> {
        self.agreed().into_iter().map(|it| it.id).collect()
    }

    /// Linked vendors that can be written on both sides.
    pub fn vendors(&self) -> Vec<Link> {
        let agreed = self.agreed().into_iter();
        let website = |it: &Link| it.base.get(&"website".into())?.held.upguard.clone();
        agreed
            .filter(|it| it.mapping.as_str() == "vendors" && it.base.len() > 5)
            .filter(|it| website(it).is_some())
            .collect()
    }

    /// Linked people.
    pub fn people(&self) -> Vec<Link> {
        self.agreed().into_iter().filter(|it| it.mapping.as_str() == "contacts").collect()
    }

    /// A vendor that can be written and the contacts that are its alone, the more the better.
    pub fn family(&self) -> (RecordKey, Vec<RecordKey>) {
        let links = self.agreed().into_iter().filter(|it| it.mapping.as_str() == "profiles");
        let ends = links.map(|it| (it.ends.upguard[0].clone(), it.ends.highlevel[0].clone()));
        let ends: Vec<(RecordKey, RecordKey)> = ends.collect();
        let hosts: Vec<RecordKey> =
            self.vendors().into_iter().flat_map(|it| it.ends.upguard).collect();
        let families = hosts.into_iter().map(|vendor| {
            let own = |(one, contact): &(RecordKey, RecordKey)| {
                let others = ends.iter().filter(|(_, it)| it == contact).count();
                (*one == vendor && others == 1).then(|| contact.clone())
            };
            let contacts: Vec<RecordKey> = ends.iter().filter_map(own).collect();
            (vendor, contacts)
        });
        families.max_by_key(|(_, contacts)| contacts.len()).expect("a vendor")
    }

    /// Every record of both sides.
    pub fn records(&self) -> Vec<RecordKey> {
        let views = self.session.mirrored(&self.shell).unwrap().unwrap();
        let keys = |side: Side| views[side].records.keys().cloned().collect::<Vec<_>>();
        Side::BOTH.into_iter().flat_map(keys).collect()
    }

    pub fn name(&self, link: &Link) -> String {
        let views = self.session.mirrored(&self.shell).unwrap().unwrap();
        views.upguard.records[&link.ends.upguard[0]].record.name.to_string()
    }

    /// A name that two records have which are not the same thing.
    pub fn namesakes(&self) -> String {
        let case = self.plan().cases.into_iter().next().expect("an ambiguous record");
        case.candidates[0].name.to_string()
    }

    /// A person changes fields of one record.
    pub fn edit(&self, link: &Link, side: Side, set: Value) {
        self.edit_record(&link.ends[side][0], set);
    }

    /// The same, of any record.
    pub fn edit_record(&self, key: &RecordKey, set: Value) {
        let side = key.side();
        let Value::Object(set) = set else { panic!("fields are an object") };
        let id = match (side, key.id.as_str().parse::<u64>()) {
            (Side::Upguard, Ok(number)) => json!(number),
            (Side::Upguard | Side::Highlevel, _) => json!(key.id.as_str()),
        };
        let side = match side {
            Side::Upguard => System::UpGuard,
            Side::Highlevel => System::HighLevel,
        };
        let entity = key.resource.entity().to_owned();
        let edit = Edit { side, location: None, entity, change: Change::Set(id, set) };
        self.running.with_world(|world| world.edit(clock::now(), &edit)).unwrap();
    }
}
