//! What can be asked of the state: of ledger and mirror as they lie on disk?

use clap::Subcommand;

/// `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Make the mirror anew: moves the old one aside, and builds it from the ledger and a full pull.
    Rebuild,
    /// Go on from a ledger that is an old backup: what came after it is lost. Of every pair; nothing is
    /// archived or deleted before both sides agree on everything again.
    AdoptBackup {
        /// Why; recorded in the history.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
