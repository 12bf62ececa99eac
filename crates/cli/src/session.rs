//! What does a command work with in one pair? The configuration in force, and the doors to everything
//! it names.

mod signed_in;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use concordat_connectors::{
    Highlevel, HighlevelSettings, HttpOptions, HttpTransport, ListedOnce, Reach, Upguard,
    UpguardSettings,
};
use concordat_engine::{Economy, Terms, asked_today, mirrored};
use concordat_ledger::{Ledger, LedgerError, OsDisk, Taken};
use concordat_mapping::Rules;
use concordat_mapping::capability::ATTRIBUTE;
use concordat_model::{
    Budget, CustomKind, Entry, Limits, PairId, RecordKey, Severity, Side, Sides, View,
};
use concordat_remote::{Clock, Remote, Transport};
use concordat_snapshot::forget_outdated;
use concordat_store::{Found, SledTables, Tables};

use crate::clock::OsClock;
use crate::code::Code;
use crate::config::{Loaded, Pair, StateDir, Surroundings, load};
use crate::failure::Failure;
use crate::request_log::RequestLog;
use crate::shell::Shell;

/// What the ledger calls this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The configuration in force for one pair.
pub struct Session {
    /// The pair.
    pub pair: PairId,
    /// What corresponds to what.
    pub rules: Rules,
    /// The ceilings.
    pub limits: Limits,
    /// Records that must be there.
    pub canaries: Vec<RecordKey>,
    /// So many complete listings have to miss a record before its counterpart is archived.
    pub quarantine_views: u32,
    /// What a pull need not ask again.
    pub economy: Economy,
    /// What a run may use up.
    pub budget: Budget,
    /// How old a saved plan may be.
    pub plan_max_age: TimeDelta,
    place: Pair,
    loaded: Arc<Loaded>,
    around: Arc<Surroundings>,
    state: StateDir,
    upguard: Shared,
    request_log: RequestLog,
}

/// How a pair reaches UpGuard.
#[derive(Clone)]
enum Shared {
    /// By itself.
    No,
    /// Together with the other pairs of a run: what one has listed is not asked again for the next.
    Yes(Arc<OnceLock<Arc<dyn Remote>>>),
}

impl Session {
    /// With this configuration file and state directory; the first pair.
    ///
    /// # Errors
    /// If something is wrong with the configuration.
    pub fn at(config: &Path, state: &Path) -> Result<Session, Failure> {
        let around = Surroundings::of_process();
        let loaded = load(Some(config), &around)?;
        Ok(Session::each(loaded, around, Some(state))?.swap_remove(0))
    }

    /// With a configuration that is not written yet; the first pair.
    ///
    /// # Errors
    /// If there is no place for the state.
    pub fn of(loaded: Loaded, around: Surroundings) -> Result<Session, Failure> {
        Ok(Session::each(loaded, around, None)?.swap_remove(0))
    }

    /// One for each pair of the configuration, in its order; at least one.
    ///
    /// # Errors
    /// If there is no place for the state.
    pub fn each(
        loaded: Loaded,
        around: Surroundings,
        state: Option<&Path>,
    ) -> Result<Vec<Session>, Failure> {
        let state = StateDir::resolve(state, Some(&loaded), &around)?;
        let (loaded, around) = (Arc::new(loaded), Arc::new(around));
        let request_log = RequestLog::default();
        let session = |place: &Pair| Session {
            pair: place.id.clone(),
            rules: place.rules.clone(),
            limits: loaded.config.guards.limits(),
            canaries: loaded.config.guards.canaries(&place.id),
            quarantine_views: loaded.config.guards.quarantine_views,
            economy: loaded.config.pull.economy(),
            budget: loaded.config.limits.budget(),
            plan_max_age: loaded.config.plan.max_age.delta(),
            place: place.clone(),
            loaded: Arc::clone(&loaded),
            around: Arc::clone(&around),
            state: state.clone(),
            upguard: Shared::No,
            request_log: request_log.clone(),
        };
        Ok(loaded.pairs.iter().map(session).collect())
    }

    /// Lets these reach UpGuard together, for one run over all of them.
    pub fn share_upguard(sessions: &mut [Session]) {
        let shared = Shared::Yes(Arc::default());
        sessions.iter_mut().for_each(|it| it.upguard = shared.clone());
    }

    /// What a plan of this pair goes by.
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            pair: &self.pair,
            rules: &self.rules,
            canaries: &self.canaries,
            quarantine_views: self.quarantine_views,
            economy: self.economy,
        }
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

    /// The contact at which stands what is about our own organisation, by id or e-mail address, if one is
    /// named.
    pub fn anchor(&self) -> Option<&str> {
        self.rules.anchor()
    }

    /// The custom fields of contacts that the mapping uses.
    pub fn custom_fields(&self) -> BTreeMap<String, CustomKind> {
        self.rules.custom_fields()
    }

    /// Both systems. No request is sent yet.
    ///
    /// # Errors
    /// If a secret is missing, or an address cannot be used.
    pub fn remotes(&self) -> Result<Sides<Arc<dyn Remote>>, Failure> {
        let upguard: Arc<dyn Remote> = match &self.upguard {
            Shared::No => Arc::new(self.upguard()?),
            Shared::Yes(known) => match known.get() {
                Some(upguard) => Arc::clone(upguard),
                None => {
                    let upguard = ListedOnce::new(self.upguard()?);
                    Arc::clone(known.get_or_init(|| Arc::new(upguard)))
                }
            },
        };
        Ok(Sides { upguard, highlevel: Arc::new(self.highlevel()?) })
    }

    fn upguard(&self) -> Result<Upguard, Failure> {
        Ok(Upguard::new(
            self.transport(Side::Upguard)?,
            self.loaded.secret(&self.loaded.config.api_key(), &self.around)?,
            Arc::new(OsClock),
            UpguardSettings {
                address: self.loaded.config.addresses()[Side::Upguard].to_string(),
                attributes: self.attributes(),
                portfolios: self.needs_portfolios(),
                least_severity: self.least_severity(),
                reach: self.reach(Side::Upguard),
            },
        )
        .heard_by(self.request_log.observer()))
    }

    /// Whether portfolios matter to this pair, or to any with which it shares UpGuard.
    fn needs_portfolios(&self) -> bool {
        let needs = |rules: &Rules| rules.slice.needs_portfolios();
        match &self.upguard {
            Shared::No => needs(&self.rules),
            Shared::Yes(_) => self.loaded.pairs.iter().any(|it| needs(&it.rules)),
        }
    }

    /// How severe risks have to be that matter to this pair, or to any with which it shares UpGuard.
    fn least_severity(&self) -> Severity {
        let least = match &self.upguard {
            Shared::No => self.rules.severity,
            Shared::Yes(_) => self.loaded.pairs.iter().filter_map(|it| it.rules.severity).min(),
        };
        least.unwrap_or(Severity::Critical)
    }

    /// HighLevel alone. No request is sent yet.
    ///
    /// # Errors
    /// If its secret is missing, or its address cannot be used.
    pub fn highlevel(&self) -> Result<Highlevel, Failure> {
        Ok(Highlevel::opened_by(
            self.transport(Side::Highlevel)?,
            self.credentials()?,
            self.place.location_id.clone(),
            Arc::new(OsClock),
            HighlevelSettings {
                custom_fields: self.custom_fields(),
                people: self.place.people.clone(),
                reach: self.reach(Side::Highlevel),
            },
        )
        .heard_by(self.request_log.observer()))
    }

    /// What the credentials of a side are known to reach.
    pub fn reach(&self, side: Side) -> Reach {
        match self.loaded.config.reach(side) {
            Reach::Untold if side == Side::Highlevel => self.signed_reach(),
            said => said,
        }
    }

    fn transport(&self, side: Side) -> Result<Arc<dyn Transport>, Failure> {
        let url = self.loaded.config.addresses()[side].url().clone();
        let transport = HttpTransport::new(url, &HttpOptions::default())
            .map_err(|error| Failure::new(Code::Config, format!("{side}: {error}")))?;
        Ok(Arc::new(transport))
    }

    /// Opens ledger and mirror for writing. The ledger first: its lock takes the state for this
    /// process, and says who has it.
    ///
    /// # Errors
    /// If another process has them, or the ledger is damaged, or not the newest.
    pub fn books(&self, shell: &Shell) -> Result<(Ledger, Arc<SledTables>), Failure> {
        self.opened(shell, |taken, tables| taken.open(self.pair.clone(), Box::new(salt), tables))
    }

    /// Opens both, although the ledger may be an old backup: a person has said so, and that is recorded.
    ///
    /// # Errors
    /// As [`Session::books`], but for the last.
    pub fn adopted_books(&self, shell: &Shell) -> Result<(Ledger, Arc<SledTables>), Failure> {
        self.opened(shell, |taken, tables| taken.adopt(self.pair.clone(), Box::new(salt), tables))
    }

    fn opened(
        &self,
        shell: &Shell,
        open: impl FnOnce(Taken, Arc<dyn Tables>) -> Result<Ledger, LedgerError>,
    ) -> Result<(Ledger, Arc<SledTables>), Failure> {
        self.state.create()?;
        let taken = Taken::take(&self.ledger_dir(), OsClock.now(), VERSION)?;
        let taken = taken.marked(Box::new(OsDisk::existing(self.state_dir())));
        let is_new = !self.store_dir().exists();
        let tables = Arc::new(self.tables(shell)?);
        let ledger = open(taken, Arc::clone(&tables) as _)?;
        if is_new && ledger.epoch() > 1 {
            shell.note("note: there was no mirror; it is built anew from the ledger and a pull");
        }
        Ok((ledger, tables))
    }

    /// Opens the mirror.
    ///
    /// # Errors
    /// If another process has it, or a newer concordat wrote it.
    pub fn tables(&self, shell: &Shell) -> Result<SledTables, Failure> {
        let opened = SledTables::open(&self.store_dir())?;
        match opened.found {
            Found::Tables | Found::Nothing => {}
            Found::Damaged { aside, says } => shell.warn(&format!(
                "warning: the mirror was damaged ({says}) and is moved to {}; it is built anew from the \
                 ledger and a pull, and nothing is lost",
                aside.display()
            )),
        }
        if forget_outdated(&opened.tables, &self.pair)? {
            shell.warn("note: the mirror was made by an older concordat; a pull makes it anew");
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
        self.mirror_of(&self.tables(shell)?)
    }

    /// Both sides as last mirrored in `tables`; nothing if one was never pulled.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn mirror_of(&self, tables: &SledTables) -> Result<Option<Sides<View>>, Failure> {
        Ok(mirrored(tables, &self.pair, &self.rules.slice)?)
    }

    /// How many requests runs sent to each side today, as [`asked_today`] counts. Makes no mirror.
    ///
    /// # Errors
    /// If another process has it, or it cannot be read.
    pub fn asked_today(&self, shell: &Shell) -> Result<Sides<u64>, Failure> {
        if !self.store_dir().exists() {
            return Ok(Sides::default());
        }
        Ok(asked_today(&self.tables(shell)?, &self.pair, OsClock.now())?)
    }

    /// Everything the ledger says about the pair, as [`Session::entries_of`] does.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        Session::entries_of(slice::from_ref(self))
    }

    /// Everything the ledger says about these pairs, oldest first, without taking it. What was erased
    /// is left out.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub fn entries_of(sessions: &[Session]) -> Result<Vec<Entry>, Failure> {
        let Some(any) = sessions.first() else { return Ok(Vec::new()) };
        let history = Ledger::read(&any.ledger_dir())?;
        let ours = |it: &&Entry| sessions.iter().any(|session| session.pair == it.pair);
        Ok(history.entries().filter_map(|it| it.entry()).filter(ours).cloned().collect())
    }

    /// The configuration as it was loaded.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Where requests are noted.
    pub(crate) fn request_log(&self) -> &RequestLog {
        &self.request_log
    }

    /// Who said where the state is.
    pub fn state(&self) -> &StateDir {
        &self.state
    }
}

/// Random bytes for one ledger entry.
pub fn salt() -> [u8; 32] {
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
                .hint("`concordat state rebuild` moves the mirror aside and builds it anew"),
        }
    }
}
