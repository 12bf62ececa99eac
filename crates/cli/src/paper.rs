//! What would be planned from the mirror as last pulled? Reads ledger and mirror, writes neither, and
//! needs no secret: for commands by which people look and decide. (The mirror can be read by one
//! process at a time, so they wait for a run to end.)

use concordat_engine::{identity, reconcile};
use concordat_ledger::Standing;
use concordat_model::{Dismissal, Event, MappingName, Plan, RecordKey, Scope};
use concordat_remote::Clock;

use crate::clock::OsClock;
use crate::desk::never_pulled;
use crate::failure::Failure;
use crate::session::Session;
use crate::shell::Shell;

/// The plan on paper, and what it builds on.
pub struct Paper {
    /// The plan.
    pub plan: Plan,
    standing: Standing,
}

impl Paper {
    /// Plans from the mirror.
    ///
    /// # Errors
    /// If nothing was ever pulled, or mirror or ledger cannot be read.
    pub fn read(session: &Session, shell: &Shell) -> Result<Paper, Failure> {
        let views = session.mirrored(shell)?.ok_or_else(never_pulled)?;
        let standing = Standing::read(&session.ledger_dir(), &session.pair)?;
        let scope = Scope::default();
        let now = OsClock.now();
        let (agreements, in_doubt) = (&standing.agreements, standing.in_doubt());
        let plan = reconcile(&session.terms().inputs(agreements, in_doubt, &views, &scope, now));
        Ok(Paper { plan, standing })
    }

    /// The records that people deleted.
    pub fn dismissed(&self) -> impl Iterator<Item = &Dismissal> {
        self.standing.agreements.dismissed.values()
    }

    /// What one of them was made for.
    pub fn deleted(&self, id: &str) -> Option<(MappingName, RecordKey)> {
        let it = self.dismissed().find(|it| it.case.eq_ignore_ascii_case(id))?;
        Some((it.mapping.clone(), it.sources.first()?.clone()))
    }

    /// The record that a person decided about under the name of the case `id`.
    pub fn decided(&self, session: &Session, id: &str) -> Option<(MappingName, RecordKey)> {
        let is_it = |(mapping, record): &&(MappingName, RecordKey)| {
            identity::case(&session.pair, mapping, record).eq_ignore_ascii_case(id)
        };
        self.standing.agreements.choices.keys().find(is_it).cloned()
    }
}

/// Records what a person decided.
///
/// # Errors
/// If a run holds the ledger, or it cannot be made durable.
pub fn decide(session: &Session, shell: &Shell, event: Event) -> Result<(), Failure> {
    let (mut ledger, _) = session.books(shell)?;
    ledger.append(OsClock.now(), None, event)?;
    Ok(())
}
