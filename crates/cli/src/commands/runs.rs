//! `runs`: which runs there were, and what each did. Of every pair, unless one is named. Reads the
//! ledger and the request log without taking them, so that it works while a run is at work.

mod requests;

use concordat_model::{Entry, RunId};
use concordat_report::runs::RunRow;
use concordat_report::{
    LoggedRow, RequestTotals, RunShownDocument, RunsDocument, run_shown_text, runs, runs_text,
};
use concordat_requests::Logged;

use crate::args::RunsCommand;
use crate::code::Code;
use crate::commands::history::newest;
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::shell::Shell;

/// What stands for the newest run.
const LAST: &str = "last";

/// Lists or shows.
pub fn run(command: &RunsCommand, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    match command {
        RunsCommand::List { limit, all } => list(*limit, *all, pairs, shell),
        RunsCommand::Show { run, requests } if requests.is_any() => {
            requests::show(run, requests, pairs, shell)
        }
        RunsCommand::Show { run, requests: _ } => {
            let mut shown = shown(&pairs.entries()?, run)?;
            let logged = sent(pairs)?.into_iter().find(|it| it.run == shown.run.run);
            shown.run.requests = logged.map(|it| it.requests);
            shell.say(&run_shown_text(&shown, shell.paint()))?;
            shell.document(|out| shown.write(out))?;
            Ok(Exit::Ok)
        }
    }
}

fn list(limit: Option<usize>, all: bool, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    let mut rows = runs(&pairs.entries()?);
    let mut others = Vec::new();
    for logged in sent(pairs)? {
        match rows.iter_mut().find(|row| row.run == logged.run) {
            Some(row) => row.requests = Some(logged.requests),
            None if all => others.push(logged),
            None => {}
        }
    }
    let document = RunsDocument::of(newest::<RunRow>(rows, limit), newest(others, limit));
    shell.say(&runs_text(&document, shell.paint()))?;
    shell.document(|out| document.write(out))?;
    Ok(Exit::Ok)
}

/// The runs whose requests are logged, in numbers.
fn sent(pairs: &Pairs) -> Result<Vec<LoggedRow>, Failure> {
    let mut rows = Vec::new();
    for session in pairs {
        for run in session.logged()? {
            rows.push(row(&run)?);
        }
    }
    rows.sort_by(|one: &LoggedRow, other| (one.began, &one.run).cmp(&(other.began, &other.run)));
    Ok(rows)
}

fn row(run: &Logged) -> Result<LoggedRow, Failure> {
    let requests = RequestTotals::of(&run.traffic()?);
    let head = &run.head;
    let (pair, command) = (head.pair.clone(), head.command.clone());
    Ok(LoggedRow { run: head.run.clone(), pair, command, began: head.began, requests })
}

fn shown(entries: &[Entry], wanted: &str) -> Result<RunShownDocument, Failure> {
    let known: Vec<RunId> = runs(entries).into_iter().map(|it| it.run).collect();
    let named = known.iter().find(|it| it.as_str().eq_ignore_ascii_case(wanted));
    let run = if wanted == LAST { known.last() } else { named };
    run.and_then(|run| RunShownDocument::of(entries, run)).ok_or_else(|| {
        let failure = Failure::new(Code::NotFound, format!("the ledger knows no run {wanted}"));
        failure.hint(
            "`concordat runs list` lists them; a pull or a refused plan is no run, and has requests \
             only: `concordat runs show RUN --requests`",
        )
    })
}
