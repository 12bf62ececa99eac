//! `quarantine`: archives and deletions that wait because what is gone may come back, and what people say about
//! them. Works on the mirror as last pulled; the next run carries an answer out.

use concordat_model::{Decision, Event, Quarantined, Ruling};
use concordat_report::{QuarantineDocument, Waiting, quarantine_text, visible};

use crate::args::QuarantineCommand;
use crate::code::Code;
use crate::commands::conflicts::person;
use crate::failure::{Exit, Failure};
use crate::paper::{Paper, decide};
use crate::session::Session;
use crate::shell::Shell;

/// Lists or decides.
pub fn run(command: &QuarantineCommand, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let quarantined = Paper::read(session, shell)?.plan.quarantined;
    let (id, ruling, reason, says) = match command {
        QuarantineCommand::List => {
            shell.say(&quarantine_text(&quarantined, shell.paint()))?;
            return document(session, shell, quarantined);
        }
        QuarantineCommand::Approve { id, reason } => {
            (id, Ruling::Approved, reason, "archived by the next run that does not find it")
        }
        QuarantineCommand::Cancel { id, reason } => {
            (id, Ruling::Cancelled, reason, "not archived as long as it stays gone")
        }
    };
    let mut found = quarantined.into_iter().filter(|it| it.id.eq_ignore_ascii_case(id));
    let Some(it) = found.next() else {
        let says = format!("no archive {id} waits in the mirror as last pulled");
        return Err(Failure::new(Code::NotFound, says)
            .hint("`concordat quarantine list` lists them; `concordat pull` looks again"));
    };
    let decision = Decision::Quarantine { link: it.link.clone(), ruling };
    let (by, reason) = (person(), reason.clone());
    decide(session, shell, Event::Decided { decision, by, reason })?;
    shell.say(&visible(&format!("{}: {says}", it.name)))?;
    document(session, shell, vec![Quarantined { ruling: Some(ruling), ..it }])
}

fn document(
    session: &Session,
    shell: &Shell,
    quarantined: Vec<Quarantined>,
) -> Result<Exit, Failure> {
    let waiting = |it| Waiting { pair: session.pair.clone(), it };
    let document = QuarantineDocument::of(quarantined.into_iter().map(waiting).collect());
    shell.document(|out| document.write(out))?;
    Ok(Exit::Ok)
}
