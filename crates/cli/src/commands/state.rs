//! `state`: what helps when the state is not what it was. What is in the way is moved aside, never deleted.

use std::sync::Arc;

use concordat_ledger::Taken;
use concordat_model::{Decision, Event};
use concordat_remote::Clock;
use concordat_store::{MemoryTables, SledTables};

use crate::args::{PullArgs, StateCommand};
use crate::clock::OsClock;
use crate::commands::conflicts::person;
use crate::commands::{history, pull};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::session::{VERSION, salt};
use crate::shell::Shell;

/// Mends.
pub async fn run(command: &StateCommand, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    match command {
        StateCommand::Rebuild => rebuild(pairs, shell).await,
        StateCommand::AdoptBackup { reason } => adopt(reason, pairs, shell),
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

/// Records of every pair that it goes on from a backup; only then is what is known of a newer ledger put aside.
/// Whatever breaks off in between leaves the backup refused.
fn adopt(reason: &str, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    if !pairs.are_all() {
        return Err(Failure::usage(
            "the ledger is one of all pairs, and is adopted for all of them",
        )
        .hint("leave --pair out"));
    }
    let any = pairs.any();
    any.state().create()?;
    for session in pairs {
        let taken = Taken::take(&any.ledger_dir(), OsClock.now(), VERSION)?;
        let beside = Arc::new(MemoryTables::new());
        let mut ledger = taken.adopt(session.pair.clone(), Box::new(salt), beside)?;
        let (decision, by) = (Decision::Backup, person());
        let decided = Event::Decided { decision, by, reason: Some(reason.to_owned()) };
        ledger.append(OsClock.now(), None, decided)?;
    }
    for session in pairs {
        session.adopted_books(shell)?;
    }
    shell.note(
        "what came after this backup is lost: nothing is archived or deleted before both sides agree on \
         everything again, which `concordat reconcile` brings about",
    );
    history::verify(&any.ledger_dir(), shell)
}
