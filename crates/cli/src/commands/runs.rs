//! `runs`: which runs there were, and what each did. Of every pair, unless one is named. Reads the
//! ledger without taking it, so that it works while a run is at work.

use concordat_model::{Entry, RunId};
use concordat_report::{RunShownDocument, RunsDocument, run_shown_text, runs, runs_text};

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
    let entries = pairs.entries()?;
    match command {
        RunsCommand::List { limit } => {
            let rows = newest(runs(&entries), *limit);
            shell.say(&runs_text(&rows, shell.paint()))?;
            shell.document(|out| RunsDocument::of(rows).write(out))?;
        }
        RunsCommand::Show { run } => {
            let shown = shown(&entries, run)?;
            shell.say(&run_shown_text(&shown, shell.paint()))?;
            shell.document(|out| shown.write(out))?;
        }
    }
    Ok(Exit::Ok)
}

fn shown(entries: &[Entry], wanted: &str) -> Result<RunShownDocument, Failure> {
    let known: Vec<RunId> = runs(entries).into_iter().map(|it| it.run).collect();
    let named = known.iter().find(|it| it.as_str().eq_ignore_ascii_case(wanted));
    let run = if wanted == LAST { known.last() } else { named };
    run.and_then(|run| RunShownDocument::of(entries, run)).ok_or_else(|| {
        let failure = Failure::new(Code::NotFound, format!("the ledger knows no run {wanted}"));
        failure.hint("`concordat runs list` lists them; a pull or a refused plan is no run")
    })
}
