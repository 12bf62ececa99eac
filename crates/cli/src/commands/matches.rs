//! `matches`: records that could be several things, and what people say they are; and those that people
//! deleted, which are made again only if somebody asks. Works on the mirror as last pulled; the next run
//! carries an answer out.

use concordat_model::plan::Case;
use concordat_model::{Choice, Decision, Dismissal, Event, RecordKey};
use concordat_report::{MatchesDocument, Waiting, matches_text, visible};

use crate::args::{ChoiceArgs, MatchesCommand};
use crate::code::Code;
use crate::commands::conflicts::person;
use crate::failure::{Exit, Failure};
use crate::paper::{Paper, decide};
use crate::session::Session;
use crate::shell::Shell;

/// Lists or decides.
pub fn run(command: &MatchesCommand, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let paper = Paper::read(session, shell)?;
    let cases = paper.plan.cases.clone();
    match command {
        MatchesCommand::List => {
            let dismissed: Vec<Dismissal> = paper.dismissed().cloned().collect();
            shell.say(&matches_text(&cases, &dismissed, shell.paint()))?;
            document(session, shell, cases, dismissed)?;
        }
        MatchesCommand::Decide { id, choice, reason } => {
            let case = cases.into_iter().find(|it| it.id.eq_ignore_ascii_case(id));
            let Some((mapping, record)) = case
                .as_ref()
                .map(|it| (it.mapping.clone(), it.record.clone()))
                .or_else(|| paper.decided(session, id))
                .or_else(|| paper.deleted(id))
            else {
                let says = format!(
                    "there is no case {id} in the mirror as last pulled, and none was decided"
                );
                return Err(Failure::new(Code::NotFound, says)
                    .hint("`concordat matches list` lists them; `concordat pull` looks again"));
            };
            let (choice, says) = choose(case.as_ref(), choice)?;
            let name = case.as_ref().map_or_else(|| record.to_string(), |it| it.name.to_string());
            let decision = Decision::Match { mapping, record, choice };
            let by = person();
            decide(session, shell, Event::Decided { decision, by, reason: reason.clone() })?;
            shell.say(&visible(&format!("{name}: {says} by the next run")))?;
            document(session, shell, case.into_iter().collect(), Vec::new())?;
        }
    }
    Ok(Exit::Ok)
}

fn choose(case: Option<&Case>, args: &ChoiceArgs) -> Result<(Choice, String), Failure> {
    if let Some(id) = &args.link {
        let Some(case) = case else {
            return Err(Failure::usage("it was decided already, and its candidates are not known")
                .hint("`--ask-again` first; the next `concordat matches list` shows them"));
        };
        let record = candidate(case, id)?;
        return Ok((Choice::Link(record.clone()), format!("it is linked with {record}")));
    }
    Ok(match (args.create, args.never) {
        (true, _) => (Choice::Create, "a new record is made for it".into()),
        (false, true) => (Choice::Never, "it is left unlinked".into()),
        (false, false) => (Choice::Ask, "what was decided is forgotten, and asked again".into()),
    })
}

/// The candidate that `text` names, by its id or its number in the list.
fn candidate(case: &Case, text: &str) -> Result<RecordKey, Failure> {
    let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_id = case.candidates.iter().find(|it| it.record.id.as_str() == text);
    let by_number = number.and_then(|number| case.candidates.get(number));
    by_id.or(by_number).map(|it| it.record.clone()).ok_or_else(|| {
        let ids: Vec<&str> = case.candidates.iter().map(|it| it.record.id.as_str()).collect();
        Failure::new(Code::NotFound, format!("{text} is none of the candidates")).hint(format!(
            "the candidates of {} are {}",
            case.id,
            ids.join(", ")
        ))
    })
}

fn document(
    session: &Session,
    shell: &Shell,
    cases: Vec<Case>,
    dismissed: Vec<Dismissal>,
) -> Result<(), Failure> {
    let pair = &session.pair;
    let document = MatchesDocument::of(
        cases.into_iter().map(|it| Waiting { pair: pair.clone(), it }).collect(),
        dismissed.into_iter().map(|it| Waiting { pair: pair.clone(), it }).collect(),
    );
    shell.document(|out| document.write(out))
}
