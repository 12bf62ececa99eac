//! What can be asked about what is there, and about the program itself? None of these writes anything.

use clap::{Args, Subcommand};
use clap_complete::Shell;

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A record's id, a link's id or a name in any case, and a field if only one is of interest.
    #[arg(value_name = "RECORD[.FIELD]")]
    pub record: String,
}

/// `runs`.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List them, newest last. A pull or a refused plan is none.
    List {
        /// At most so many, the newest.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Show what one did, and which of its writes are not settled yet.
    Show {
        /// Its name; `last` is the newest.
        run: String,
    },
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}
