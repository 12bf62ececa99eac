//! What can be asked of the state: of ledger and mirror as they lie on disk?

use clap::Subcommand;

/// `state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Make the mirror anew: moves the old one aside, and builds it from the ledger and a full pull.
    Rebuild,
}
