//! `history`: who changed what, when, from what to what, and why; and whether anybody changed the
//! record of it. Of every pair, unless one is named. Reads the ledger without taking it, so that it
//! works while a run is at work.

use std::fmt::Write as _;
use std::path::Path;

use concordat_ledger::Verification;
use concordat_model::{Entry, RunId};
use concordat_report::{
    Cells, ChangeRow, Filter, HistoryDocument, Mask, changes, csv, history_text, jsonl, write_json,
};

use crate::args::{ExportFormat, HistoryCommand};
use crate::documents::{SCHEMA_VERSION, VerifyDocument};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::shell::{Shell, write_file};

/// Lists, shows, verifies or exports.
pub fn run(command: &HistoryCommand, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    match command {
        HistoryCommand::List(wish) => {
            let filter = Filter {
                run: wish.run.as_deref().map(RunId::from),
                field: wish.field.as_deref().map(Into::into),
                ..Filter::default()
            };
            tell(newest(changes(&pairs.entries()?, &filter), wish.limit), shell)
        }
        HistoryCommand::Show { record } => {
            let filter = Filter { record: Some(record.clone()), ..Filter::default() };
            let rows = changes(&pairs.entries()?, &filter);
            if rows.is_empty() {
                shell.note(&format!("nothing was ever written to or linked with {record}"));
            }
            tell(rows, shell)
        }
        HistoryCommand::Verify => verify(&pairs.any().ledger_dir(), shell),
        HistoryCommand::Export { format, out, raw } => {
            let rows = all(&pairs.entries()?);
            let cells = if *raw { Cells::Raw } else { Cells::Guarded };
            write_file(out, false, |to| match format {
                ExportFormat::Jsonl => jsonl(&rows, Mask::Reveal, to),
                ExportFormat::Csv => csv(&rows, cells, Mask::Reveal, to),
            })?;
            shell.note(&format!("{} changes written to {}", rows.len(), out.display()));
            Ok(Exit::Ok)
        }
    }
}

fn tell(rows: Vec<ChangeRow>, shell: &Shell) -> Result<Exit, Failure> {
    shell.say(&history_text(&rows, shell.paint()))?;
    shell.document(|out| HistoryDocument::of(rows).write(out))?;
    Ok(Exit::Ok)
}

/// Every change, oldest first.
pub fn all(entries: &[Entry]) -> Vec<ChangeRow> {
    changes(entries, &Filter::default())
}

/// The last `limit` rows, or all.
pub fn newest<T>(mut rows: Vec<T>, limit: Option<usize>) -> Vec<T> {
    let surplus = limit.map_or(0, |limit| rows.len().saturating_sub(limit));
    rows.split_off(surplus)
}

/// Checks every frame and the hash chain.
pub fn verify(dir: &Path, shell: &Shell) -> Result<Exit, Failure> {
    let verified = concordat_ledger::verify(dir)?;
    let head = verified.head.as_ref().map(ToString::to_string);
    let mut text = format!("{} entries, every one in its place", verified.entries);
    if verified.erased > 0 {
        write!(text, ", {} of them erased", verified.erased).expect("writing to a string");
    }
    if let Some(head) = &head {
        write!(text, "\nhead of the chain  {head}").expect("writing to a string");
    }
    shell.say(&text)?;
    shell.document(|out| write_json(&verification(&verified), out))?;
    Ok(Exit::Ok)
}

/// What `history verify --json` prints of a ledger in order.
pub fn verification(verified: &Verification) -> VerifyDocument {
    VerifyDocument {
        schema_version: SCHEMA_VERSION,
        entries: verified.entries,
        erased: verified.erased,
        epochs: verified.epochs,
        head: verified.head.as_ref().map(ToString::to_string),
        intact: true,
    }
}
