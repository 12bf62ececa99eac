//! What does a person read? The plan every morning, what a run did, what waits, and what changed.
//!
//! The texts share one shape: a heading per mapping, a line per record with its name first and its
//! id dimmed beside it, a line per field, and the reason in brackets. Symbols: `+` made, `~`
//! changed, `!` conflict, `?` ambiguous, `≠` drift, `·` held, `=` agreed without writing. They show
//! what they are given: what may not be seen was masked before.

mod compared;
mod explain;
mod history;
mod page;
pub(crate) mod plan;
pub(crate) mod requests;
pub(crate) mod run;
mod runs;
pub(crate) mod summary;
mod waiting;

pub use compared::compared_text;
pub use explain::explain_text;
pub use history::history_text;
pub use plan::plan_text;
pub use requests::{Shows, requests_text};
pub use run::run_text;
pub use runs::{run_shown_text, runs_text};
pub use waiting::{conflict_text, conflicts_text, matches_text, quarantine_text};
