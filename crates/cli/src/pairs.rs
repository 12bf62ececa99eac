//! Which pairs does a command work on, and how are several told as one? A pair that fails stops no
//! other: each is opened, run and told by itself, and the command ends as the worst of them did.

use std::slice;

use concordat_model::{Entry, PairId};
use concordat_report::{visible, write_json};
use serde_json::Value;

use crate::args::Cli;
use crate::code::Code;
use crate::config::{SignIn, Surroundings, load};
use crate::documents::{PairTold, PairsDocument, SCHEMA_VERSION, Told};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::shell::Shell;

/// The pairs of a command: all of the configuration, or the one that `--pair` names.
pub struct Pairs {
    /// At least one.
    sessions: Vec<Session>,
}

impl Pairs {
    /// As the command line says.
    ///
    /// # Errors
    /// If there is no configuration, something is wrong with it, or it has no pair of that name.
    pub fn load(cli: &Cli) -> Result<Pairs, Failure> {
        let around = Surroundings::of_process();
        let loaded = load(cli.config.as_deref(), &around)?;
        let mut sessions = Session::each(loaded, around, cli.state_dir.as_deref())?;
        if let Some(id) = &cli.pair {
            let known = names(&sessions);
            sessions.retain(|it| it.pair.as_str() == id);
            if sessions.is_empty() {
                let says = format!("the configuration has no pair {id:?}");
                return Err(Failure::new(Code::NotFound, says).hint(format!("it has {known}")));
            }
        }
        if sessions.len() > 1 {
            Session::share_upguard(&mut sessions);
        }
        Ok(Pairs { sessions })
    }

    /// The one pair there is.
    ///
    /// # Errors
    /// If there are several: which.
    pub fn only(&self) -> Result<&Session, Failure> {
        match self.sessions.as_slice() {
            [only] => Ok(only),
            several => {
                let says = format!("this is done for one pair, and there are {}", names(several));
                Err(Failure::usage(says).hint("name one: --pair ID"))
            }
        }
    }

    /// The pair into whose location a person signs in: the only one, or any of those that share an agency.
    ///
    /// # Errors
    /// If there are several that do not: which.
    pub fn signing_in(&self) -> Result<&Session, Failure> {
        let shares = |it: &&Session| it.oauth().is_ok_and(|it| it.sign_in == SignIn::Agency);
        self.sessions.iter().find(shares).map_or_else(|| self.only(), Ok)
    }

    /// The pair of this name; the first, if there is none.
    pub fn named(&self, pair: &PairId) -> &Session {
        self.sessions.iter().find(|it| it.pair == *pair).unwrap_or(self.any())
    }

    /// Whether these are all pairs of the configuration.
    pub fn are_all(&self) -> bool {
        self.sessions.len() == self.any().loaded().pairs.len()
    }

    /// Any of them, for what is the same for all.
    pub fn any(&self) -> &Session {
        &self.sessions[0]
    }

    /// Their names.
    pub fn ids(&self) -> Vec<PairId> {
        self.sessions.iter().map(|it| it.pair.clone()).collect()
    }

    /// Their names, for people.
    pub fn names(&self) -> String {
        names(&self.sessions)
    }

    /// Everything the ledger says about them, oldest first, without taking it.
    ///
    /// # Errors
    /// If it cannot be read, or is not what was written.
    pub fn entries(&self) -> Result<Vec<Entry>, Failure> {
        Session::entries_of(&self.sessions)
    }

    /// Does `work` for each, and answers how the worst ended. `told` says what its document is.
    ///
    /// # Errors
    /// Of a single pair: its own. Of several: none but that they cannot be told.
    pub async fn each(
        &self,
        shell: &Shell,
        told: fn(Value) -> Told,
        work: impl AsyncFn(&Session, &Shell) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        if let [only] = self.sessions.as_slice() {
            return work(only, shell).await;
        }
        let (mut exits, mut pairs) = (Vec::new(), Vec::new());
        for session in self {
            let shell = shell.among(&session.pair);
            let ended = work(session, &shell).await;
            if let Err(failure) = &ended {
                shell.progress_ended();
                shell.fails(failure);
            }
            let (exit, error) = match ended {
                Ok(exit) => (exit, None),
                Err(failure) => (failure.exit(), Some(failure.into())),
            };
            exits.push(exit);
            pairs.push(PairTold {
                pair: session.pair.clone(),
                exit_code: exit.code(),
                told: shell.kept().map(told),
                error,
            });
        }
        let exit = Exit::worst(exits);
        shell.report(&summary(&pairs), exit)?;
        let document =
            PairsDocument { schema_version: SCHEMA_VERSION, exit_code: exit.code(), pairs };
        shell.document(|out| write_json(&document, out))?;
        Ok(exit)
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = &'a Session;
    type IntoIter = slice::Iter<'a, Session>;

    fn into_iter(self) -> Self::IntoIter {
        self.sessions.iter()
    }
}

fn names(sessions: &[Session]) -> String {
    let names: Vec<&str> = sessions.iter().map(|it| it.pair.as_str()).collect();
    names.join(", ")
}

/// How each ended, a line for each.
fn summary(pairs: &[PairTold]) -> String {
    let width = pairs.iter().map(|it| it.pair.as_str().len()).max().unwrap_or(0);
    let waits = [Exit::Waiting.code(), Exit::Pending.code()];
    let line = |it: &PairTold| {
        let (mark, code) = match it.exit_code {
            0 => ("✓", String::new()),
            code if waits.contains(&code) => ("!", format!("  exit {code}")),
            code => ("✗", format!("  exit {code}")),
        };
        let says = it.error.as_ref().map(|error| format!(": {}", error.failure.message));
        let says = says.unwrap_or_default();
        format!("{mark} {:width$}{code}{}\n", it.pair.as_str(), visible(&says))
    };
    let lines: String = pairs.iter().map(line).collect();
    format!("\n━━ {} pairs ━━\n\n{lines}", pairs.len())
}
