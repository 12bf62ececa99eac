//! `conflicts`: fields on which both systems differ, and what people say about them. Works on the
//! mirror as last pulled; the next run carries an answer out.

use concordat_model::plan::Conflict;
use concordat_model::{Decision, Event, Side, Take};
use concordat_report::{ConflictsDocument, Waiting, conflict_text, conflicts_text, visible};

use crate::args::{ConflictsCommand, TakeArg};
use crate::code::Code;
use crate::failure::{Exit, Failure};
use crate::paper::{Paper, decide};
use crate::session::Session;
use crate::shell::Shell;

/// Lists, shows or decides.
pub fn run(command: &ConflictsCommand, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let conflicts = Paper::read(session, shell)?.plan.conflicts;
    match command {
        ConflictsCommand::List => {
            shell.say(&conflicts_text(&conflicts, shell.paint()))?;
            document(session, shell, conflicts)?;
        }
        ConflictsCommand::Show { id } => {
            let conflict = find(conflicts, id)?;
            shell.say(&conflict_text(&conflict, shell.paint()))?;
            document(session, shell, vec![conflict])?;
        }
        ConflictsCommand::Resolve { id, take, reason } => {
            let conflict = find(conflicts, id)?;
            let (take, says) = match take {
                TakeArg::Upguard => (Take::Side(Side::Upguard), "UpGuard's value is taken"),
                TakeArg::Highlevel => (Take::Side(Side::Highlevel), "HighLevel's value is taken"),
                TakeArg::Leave => (Take::Leave, "both are left as they are"),
            };
            let says = format!("{}, {}: {says} by the next run", conflict.name, conflict.field);
            let decision = Decision::Conflict {
                link: conflict.link.clone(),
                field: conflict.field.clone(),
                held: conflict.held.clone(),
                take,
            };
            let by = person();
            decide(session, shell, Event::Decided { decision, by, reason: reason.clone() })?;
            shell.say(&visible(&says))?;
            document(session, shell, vec![conflict])?;
        }
    }
    Ok(Exit::Ok)
}

fn find(conflicts: Vec<Conflict>, id: &str) -> Result<Conflict, Failure> {
    conflicts.into_iter().find(|it| it.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let says = format!("there is no conflict {id} in the mirror as last pulled");
        Failure::new(Code::NotFound, says)
            .hint("`concordat conflicts list` lists them; `concordat pull` looks again")
    })
}

fn document(session: &Session, shell: &Shell, conflicts: Vec<Conflict>) -> Result<(), Failure> {
    let waiting = |it| Waiting { pair: session.pair.clone(), it };
    let document = ConflictsDocument::of(conflicts.into_iter().map(waiting).collect());
    shell.document(|out| document.write(out))
}

/// Who decides, as the operating system names them.
pub fn person() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()))
        .unwrap_or_else(|| "unknown".into())
}
