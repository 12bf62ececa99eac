//! `matches`: records that could be several things, and what people say they are. Works on the mirror
//! as last pulled; the next run carries an answer out.

use concordat_model::plan::Case;
use concordat_model::{Choice, Decision, Event, RecordKey, Scope};
use concordat_report::{MatchesDocument, Waiting, matches_text};

use crate::args::{ChoiceArgs, MatchesCommand};
use crate::commands::conflicts::person;
use crate::desk::Desk;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::shell::Shell;

/// Lists or decides.
pub fn run(command: &MatchesCommand, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let mut desk = Desk::open(session, shell)?;
    let sight = desk.mirrored()?;
    let cases = desk.plan(&sight, &Scope::default()).cases;
    match command {
        MatchesCommand::List => {
            shell.say(&matches_text(&cases, shell.look()))?;
            document(session, shell, cases)?;
        }
        MatchesCommand::Decide { id, choice, reason } => {
            let case =
                cases.into_iter().find(|it| it.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
                    Failure::usage(format!("there is no case {id} in the mirror as last pulled"))
                        .hint("`concordat matches list` lists them; `concordat pull` looks again")
                })?;
            let (choice, says) = choose(&case, choice)?;
            let decision = Decision::Match {
                mapping: case.mapping.clone(),
                record: case.record.clone(),
                choice,
            };
            desk.record(Event::Decided { decision, by: person(), reason: reason.clone() })?;
            shell.say(&format!("{}: {says} by the next run", case.name))?;
            document(session, shell, vec![case])?;
        }
    }
    Ok(Exit::Ok)
}

fn choose(case: &Case, args: &ChoiceArgs) -> Result<(Choice, String), Failure> {
    let Some(id) = &args.link else {
        return Ok(match args.create {
            true => (Choice::Create, "a new record is made for it".into()),
            false => (Choice::Never, "it is left unlinked".into()),
        });
    };
    let record = candidate(case, id)?;
    Ok((Choice::Link(record.clone()), format!("it is linked with {record}")))
}

/// The candidate that `text` names, by its id or its number in the list.
fn candidate(case: &Case, text: &str) -> Result<RecordKey, Failure> {
    let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_id = case.candidates.iter().find(|it| it.record.id.as_str() == text);
    let by_number = number.and_then(|number| case.candidates.get(number));
    by_id.or(by_number).map(|it| it.record.clone()).ok_or_else(|| {
        let ids: Vec<&str> = case.candidates.iter().map(|it| it.record.id.as_str()).collect();
        Failure::usage(format!("{text} is none of the candidates")).hint(format!(
            "the candidates of {} are {}",
            case.id,
            ids.join(", ")
        ))
    })
}

fn document(session: &Session, shell: &Shell, cases: Vec<Case>) -> Result<(), Failure> {
    let waiting = |it| Waiting { pair: session.pair.clone(), it };
    let document = MatchesDocument::of(cases.into_iter().map(waiting).collect());
    shell.document(|out| document.write(out))
}
