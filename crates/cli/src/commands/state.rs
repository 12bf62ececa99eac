//! `state`: what helps when the state is not what it was. What is in the way is moved aside, never deleted.

use concordat_ledger::Taken;
use concordat_remote::Clock;
use concordat_store::SledTables;

use crate::args::{PullArgs, StateCommand};
use crate::clock::OsClock;
use crate::commands::pull;
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::session::VERSION;
use crate::shell::Shell;

/// Mends.
pub async fn run(command: &StateCommand, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    match command {
        StateCommand::Rebuild => rebuild(pairs, shell).await,
    }
}

/// Moves the mirror aside, and pulls everything of every pair. Opening the ledger adds it up anew.
async fn rebuild(pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    let any = pairs.any();
    any.state().create()?;
    // Nobody else may be at work meanwhile.
    let taken = Taken::take(&any.ledger_dir(), OsClock.now(), VERSION)?;
    match SledTables::move_aside(&any.store_dir())? {
        Some(aside) => shell.note(&format!(
            "the mirror is moved to {}; once this has ended well, that directory can be deleted",
            aside.display()
        )),
        None => shell.note("there is no mirror yet"),
    }
    drop(taken);
    pull::run(&PullArgs { full: true }, pairs, shell).await
}
