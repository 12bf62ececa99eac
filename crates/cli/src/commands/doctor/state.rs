//! Is the state what it was: the directory, the ledger, the mirror and what it keeps of the ledger? Looks while
//! nobody else has it.

use std::sync::Arc;

use concordat_ledger::{Standing, audit, verify};
use concordat_store::{SledTables, Tables};

use super::{Check, bad, good, weak};
use crate::code::Code;
use crate::failure::Failure;
use crate::pairs::Pairs;
use crate::session::{Session, VERSION};
use crate::shell::Shell;

pub fn check(pairs: &Pairs, shell: &Shell) -> Vec<Check> {
    let any = pairs.any();
    let mut checks = vec![directory(any), ledger(any)];
    for session in pairs {
        let of_pair = adopted(session).into_iter().chain(mirror(session, shell));
        checks.extend(of_pair.map(|mut it| {
            it.finding.pair = Some(session.pair.clone()).filter(|_| pairs.ids().len() > 1);
            it
        }));
    }
    checks.extend(aside(any));
    checks
}

fn directory(session: &Session) -> Check {
    let place = session.state_dir().display();
    match session.state().check() {
        Ok(true) => good("state", format!("in {place}")),
        Ok(false) => good("state", format!("goes to {place}, which the first run makes")),
        Err(failure) => bad("state", &failure),
    }
}

fn ledger(session: &Session) -> Check {
    match verify(&session.ledger_dir()) {
        Ok(verified) => {
            good("ledger", format!("{} entries, every one in its place", verified.entries))
        }
        Err(error) => bad("ledger", &Failure::from(error)),
    }
}

/// A backup that is gone on from, and what is left out because of that.
fn adopted(session: &Session) -> Option<Check> {
    let standing = Standing::read(&session.ledger_dir(), &session.pair).ok()?;
    let since = standing.agreements.adopted?.format("%Y-%m-%d %H:%M UTC");
    Some(weak(
        "ledger",
        format!("it is a backup, adopted {since}: nothing is archived or deleted yet"),
        "a `concordat reconcile` that carries everything out ends that",
    ))
}

/// Every record is read, and what the mirror keeps of the ledger is compared with all entries.
fn mirror(session: &Session, shell: &Shell) -> Option<Check> {
    if !session.store_dir().exists() {
        return None;
    }
    let looked = session.tables(shell).and_then(|tables| {
        let tables = Arc::new(tables);
        let views = session.mirror_of(tables.as_ref())?;
        let records = views.map_or(0, |views| views.iter().map(|(_, it)| it.records.len()).sum());
        let (dir, pair) = (session.ledger_dir(), &session.pair);
        let links = audit(&dir, pair, VERSION, tables as Arc<dyn Tables>)?;
        Ok((records, links))
    });
    Some(match looked {
        Ok((records, Some(links))) => {
            good("mirror", format!("{records} records, and {links} links as the ledger has them"))
        }
        Ok((records, None)) => {
            good("mirror", format!("{records} records; the next run adds up the ledger anew"))
        }
        Err(failure) if failure.code == Code::Locked => {
            good("mirror", "another command has it; not looked at")
        }
        Err(failure) => bad("mirror", &failure),
    })
}

/// What is kept of mirrors that were damaged or built anew.
fn aside(session: &Session) -> Option<Check> {
    let kept = SledTables::moved_aside(&session.store_dir());
    let last = kept.last()?;
    Some(weak(
        "mirror",
        format!("{} kept that was moved aside, the last in {}", kept.len(), last.display()),
        "delete what is kept: nothing in it is the only copy",
    ))
}
