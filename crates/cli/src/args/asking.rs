//! What can be asked about what is there, and about the program itself? None of these changes
//! either.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use concordat_compare::Form;

use crate::reports::Reports;

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A record's id, a link's id or a name in any case, and a field if only one is of interest.
    #[arg(value_name = "RECORD[.FIELD]")]
    pub record: String,
    /// Also ask HighLevel for what is not mirrored: the appointments of a contact, the contacts of a
    /// business. Everything else works without network and credentials.
    #[arg(long)]
    pub live: bool,
}

/// `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The older export: CSV with a header line, or JSON lines.
    pub old: PathBuf,
    /// The newer one, of the same form.
    pub new: PathBuf,
    /// A field by which rows are told apart; may be repeated. In JSON, dots lead into objects: record.id.
    #[arg(long, value_name = "FIELD", default_value = "id")]
    pub key: Vec<String>,
    /// What both files are: csv, or jsonl (ndjson). Otherwise it is seen by how they begin.
    #[arg(long, value_name = "FORM")]
    pub form: Option<Form>,
    /// Exit with 10 if any row differs.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Where to report it.
    #[command(flatten)]
    pub reports: Reports,
}

/// `runs`.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List them, newest last. A pull or a refused plan is none.
    List {
        /// At most so many, the newest.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Also pulls, plans and refused runs, as long as their requests are logged.
        #[arg(long)]
        all: bool,
    },
    /// Show what one did, and which of its writes are not settled yet; or which requests it sent.
    Show {
        /// Its name; `last` is the newest.
        run: String,
        /// What is asked about its requests.
        #[command(flatten)]
        requests: RequestsWish,
    },
}

/// Which requests of a run to show. A pull has requests, too.
#[derive(Debug, Args)]
pub struct RequestsWish {
    /// Show how many requests went to each endpoint, how many failed, and how long they took.
    #[arg(long)]
    pub requests: bool,
    /// Show each request that failed.
    #[arg(long)]
    pub errors: bool,
    /// Show each request about one record (id or name); with --errors, those that failed.
    #[arg(long, value_name = "RECORD")]
    pub record: Option<String>,
    /// At most so many of them, the newest.
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub limit: usize,
}

/// `history`.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List changes, newest last.
    List(HistoryFilter),
    /// Show the changes of one record (id or name).
    Show {
        /// The record.
        record: String,
    },
    /// Check the hash chain of the ledger.
    Verify,
    /// Write the history to a file.
    Export {
        /// The format.
        #[arg(long, value_enum)]
        format: ExportFormat,
        /// The file; not overwritten.
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
        /// CSV for re-import: no protection against formulas in cells.
        #[arg(long)]
        raw: bool,
    },
}

/// Which changes to list.
#[derive(Debug, Args)]
pub struct HistoryFilter {
    /// Only this run.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Only this field.
    #[arg(long, value_name = "FIELD")]
    pub field: Option<String>,
    /// At most so many, the newest.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object per line; authoritative.
    Jsonl,
    /// Comma-separated values, safe to open in a spreadsheet.
    Csv,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// `quarantine`.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// List them, with what each waits for.
    List,
    /// Let one happen at the next run, without waiting.
    Approve {
        /// Its id.
        id: String,
        /// Why; recorded in the history.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Do not archive it as long as it stays gone.
    Cancel {
        /// Its id.
        id: String,
        /// Why; recorded in the history.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// `auth`.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Let a person consent in a browser, and keep what comes of it; needs [highlevel.oauth].
    Login(LoginArgs),
}

/// `auth login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Only print the address at which to consent.
    #[arg(long)]
    pub no_browser: bool,
}
