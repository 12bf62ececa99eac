//! What does a file of the log say of itself? Its first line: whose requests follow, and what was in the
//! files of the run before it, which may be gone.

use concordat_model::{PairId, RunId, Time, Traffic};
use serde::{Deserialize, Serialize};

/// The version of the format. Exchanges may gain members without a new one.
pub(crate) const VERSION: u32 = 1;

/// Whose requests a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the format.
    pub version: u32,
    /// The pair.
    pub pair: PairId,
    /// The run.
    pub run: RunId,
    /// The command.
    pub command: String,
    /// When it began, in our clock.
    pub began: Time,
    /// How many requests of the run stand in earlier files.
    pub before: Vec<Traffic>,
}

impl Head {
    /// Of a run that begins.
    pub fn new(pair: PairId, run: RunId, command: &str, began: Time) -> Head {
        let command = command.to_owned();
        Head { version: VERSION, pair, run, command, began, before: Vec::new() }
    }
}
