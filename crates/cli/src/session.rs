//! What does a command work with? The configuration in force, and the doors to everything it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use concordat_connectors::{
    CustomKind, Highlevel, HighlevelSettings, HttpOptions, HttpTransport, Upguard, UpguardSettings,
};
use concordat_engine::{Terms, mirrored};
use concordat_ledger::Ledger;
use concordat_mapping::Rules;
use concordat_mapping::capability::ATTRIBUTE;
use concordat_model::{Entry, Limits, PairId, RecordKey, Side, Sides, View};
use concordat_remote::{Clock, Remote, Transport};
use concordat_store::SledTables;

use crate::args::Cli;
use crate::clock::OsClock;
use crate::code::Code;
use crate::config::{Loaded, StateDir, Surroundings, load};
use crate::failure::Failure;
use crate::shell::Shell;

/// The configuration in force.
pub struct Session {
    /// The pair.
    pub pair: PairId,
    /// What corresponds to what.
    pub rules: Rules,
    /// The ceilings.
    pub limits: Limits,
    /// Records that must be there.
    pub canaries: Vec<RecordKey>,
    /// How old a saved plan may be.
    pub plan_max_age: TimeDelta,
    loaded: Loaded,
    around: Surroundings,
    state: StateDir,
}

impl Session {
    /// As the command line says.
    ///
    /// # Errors
    /// If there is no configuration, or something is wrong with it.
    pub fn load(cli: &Cli) -> Result<Session, Failure> {
        let around = Surroundings::of_process();
        let loaded = load(cli.config.as_deref(), &around)?;
        if let Some(id) = cli.pair.as_deref().filter(|id| *id != loaded.pair.id.as_str()) {
            let says = format!("the configuration has no pair {id:?}");
            return Err(
                Failure::new(Code::NotFound, says).hint(format!("it has {}", loaded.pair.id))
            );
        }
        Session::new(loaded, around, cli.state_dir.as_deref())
    }

    /// With this configuration file and state directory.
    ///
    /// # Errors
    /// If something is wrong with the configuration.
    pub fn at(config: &Path, state: &Path) -> Result<Session, Failure> {
        let around = Surroundings::of_process();
        let loaded = load(Some(config), &around)?;
        Session::new(loaded, around, Some(state))
    }

    /// With a configuration that is not written yet.
    ///
    /// # Errors
    /// If there is no place for the state.
    pub fn of(loaded: Loaded, around: Surroundings) -> Result<Session, Failure> {
        Session::new(loaded, around, None)
    }

    fn new(loaded: Loaded, around: Surroundings, state: Option<&Path>) -> Result<Session, Failure> {
        let state = StateDir::resolve(state, Some(&loaded), &around)?;
        let max_age = loaded.config.plan.max_age.duration();
        Ok(Session {
            pair: loaded.pair.id.clone(),
            rules: loaded.rules.clone(),
            limits: loaded.config.guards.limits(),
            canaries: loaded.config.guards.canaries(),
            plan_max_age: TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX),
            loaded,
            around,
            state,
        })
    }

    /// What a plan of this pair goes by.
    pub fn terms(&self) -> Terms<'_> {
        Terms { pair: &self.pair, rules: &self.rules, canaries: &self.canaries }
    }

    /// The configuration, for people.
    pub fn describe(&self) -> String {
        let mappings: Vec<&str> = self.rules.mappings.iter().map(|it| it.name.as_str()).collect();
        format!("{}, mapping {}", self.loaded.path().display(), mappings.join(" and "))
    }

    /// Where the state is kept.
    pub fn state_dir(&self) -> &Path {
        &self.state.path
    }

    /// Where the ledger is kept.
    pub fn ledger_dir(&self) -> PathBuf {
        self.state.path.join("ledger")
    }

    /// Where the mirror is kept. It can be deleted: ledger and a pull make it anew.
    pub fn store_dir(&self) -> PathBuf {
        self.state.path.join("store")
    }

    /// The names of the vendor attributes that the mapping uses.
    pub fn attributes(&self) -> BTreeSet<String> {
        let fields = self.rules.mappings.iter().flat_map(|it| &it.fields);
        let names = fields.filter_map(|it| it.ends.upguard.path.as_str().strip_prefix(ATTRIBUTE));
        names.map(str::to_owned).collect()
    }

    /// The custom fields of contacts that the mapping uses.
    pub fn custom_fields(&self) -> BTreeMap<String, CustomKind> {
        let kind = |it| match it {
            concordat_mapping::CustomKind::Text => CustomKind::Text,
            concordat_mapping::CustomKind::Number => CustomKind::Number,
        };
        self.rules.custom_fields().into_iter().map(|(key, it)| (key, kind(it))).collect()
    }

    /// Both systems. No request is sent yet.
    ///
    /// # Errors
    /// If a secret is missing, or an address cannot be used.
    pub fn remotes(&self) -> Result<Sides<Box<dyn Remote>>, Failure> {
        let upguard = Upguard::new(
            self.transport(Side::Upguard)?,
            self.loaded.secret(Side::Upguard, &self.around)?,
            Arc::new(OsClock),
            UpguardSettings { attributes: self.attributes(), request_budget: self.budget() },
        );
        Ok(Sides { upguard: Box::new(upguard), highlevel: Box::new(self.highlevel()?) })
    }

    /// HighLevel alone. No request is sent yet.
    ///
    /// # Errors
    /// If its secret is missing, or its address cannot be used.
    pub fn highlevel(&self) -> Result<Highlevel, Failure> {
        Ok(Highlevel::new(
            self.transport(Side::Highlevel)?,
            self.loaded.secret(Side::Highlevel, &self.around)?,
            self.loaded.pair.location_id.clone(),
            Arc::new(OsClock),
            HighlevelSettings {
                custom_fields: self.custom_fields(),
                people: self.loaded.config.mapping.people.clone(),
                request_budget: self.budget(),
            },
        ))
    }

    fn budget(&self) -> Option<u64> {
        self.loaded.config.limits.requests_per_run
    }

    fn transport(&self, side: Side) -> Result<Arc<dyn Transport>, Failure> {
        let url = self.loaded.config.endpoints()[side].address.url().clone();
        let transport = HttpTransport::new(url, &HttpOptions::default())
            .map_err(|error| Failure::new(Code::Config, format!("{side}: {error}")))?;
        Ok(Arc::new(transport))
    }

    /// Opens the ledger for writing, which takes the state for this process.
    ///
    /// # Errors
    /// If another process has it, or it is damaged.
    pub fn ledger(&self) -> Result<Ledger, Failure> {
        self.state.create()?;
        let version = env!("CARGO_PKG_VERSION");
        let dir = self.ledger_dir();
        Ok(Ledger::open(&dir, self.pair.clone(), OsClock.now(), version, Box::new(salt))?)
    }

    /// Opens the mirror.
    ///
    /// # Errors
    /// If another process has it, or a newer concordat wrote it.
    pub fn tables(&self, shell: &Shell) -> Result<SledTables, Failure> {
        let opened = SledTables::open(&self.store_dir())?;
        if let Some(aside) = opened.rebuilt {
            shell.warn(&format!(
                "warning: the mirror was damaged and is moved to {}; this run builds it anew",
                aside.display()
            ));
        }
        Ok(opened.tables)
    }

    /// Both sides as last mirrored; nothing if one was never pulled. Makes no mirror.
    ///
    /// # Errors
    /// If another process has it, or it cannot be read.
    pub fn mirrored(&self, shell: &Shell) -> Result<Option<Sides<View>>, Failure> {
        if !self.store_dir().exists() {
            return Ok(None);
        }
        Ok(mirrored(&self.tables(shell)?, &self.pair)?)
    }

    /// Everything the ledger says about the pair, oldest first, without taking it. What was erased is
    /// left out.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let history = Ledger::read(&self.ledger_dir())?;
        let entries = history.entries().filter_map(|it| it.entry());
        Ok(entries.filter(|it| it.pair == self.pair).cloned().collect())
    }

    /// The configuration as it was loaded.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Who said where the state is.
    pub fn state(&self) -> &StateDir {
        &self.state
    }
}

/// Random bytes for one ledger entry.
fn salt() -> [u8; 32] {
    use ring::rand::{SecureRandom, SystemRandom};
    let mut salt = [0; 32];
    SystemRandom::new().fill(&mut salt).expect("the operating system gives random bytes");
    salt
}

impl From<concordat_snapshot::SnapshotError> for Failure {
    fn from(error: concordat_snapshot::SnapshotError) -> Self {
        use concordat_snapshot::SnapshotError;
        match error {
            SnapshotError::Remote(failure) => (*failure).into(),
            SnapshotError::Store(error) => error.into(),
            error @ SnapshotError::Row { .. } => Failure::new(Code::State, error.to_string())
                .hint("the mirror can be deleted; the next pull builds it anew"),
        }
    }
}
