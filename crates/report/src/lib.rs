//! How is it told? A plan, a run, what waits for a person and the history, as documents for scripts
//! ([`document`], [`run`], [`waiting`], [`mod@schema`]), as text for people ([`text`]), as rows for
//! auditors ([`history`], [`export`]) and as files that travel ([`mod@format`]).
//!
//! This crate decides nothing and does no I/O beyond the writer it is handed. It reads no clock and
//! no terminal: whether there is colour and how wide a line is comes with [`style::Paint`], and what
//! may be seen of a person with [`mask::Mask`].

pub mod compared;
pub mod document;
pub mod explain;
pub mod export;
pub mod forecast;
pub mod format;
pub mod history;
mod html;
mod json;
mod markdown;
pub mod mask;
mod masked;
mod remedy;
pub mod requests;
pub mod run;
pub mod runs;
pub mod schema;
mod sheet;
mod shown;
pub mod style;
mod table;
pub mod text;
pub mod waiting;

pub use compared::{CompareDocument, Compared};
pub use document::{PlanDocument, PlanFileError, plan_hash};
pub use explain::{ExplainDocument, Explanation, FieldFacts};
pub use export::{Cells, csv, jsonl};
pub use forecast::{Figure, Forecast, OperationForecast};
pub use format::{Format, Report};
pub use history::{ChangeAction, ChangeRow, Filter, HistoryDocument, changes};
pub use json::{escaped, write as write_json};
pub use mask::Mask;
pub use requests::{
    EndpointRow, Endpoints, Known, Latency, LoggedRow, RequestRow, RequestTotals, RequestsDocument,
};
pub use run::{FieldReport, RunDocument, RunReport, StepOutcome, StepReport};
pub use runs::{RunShownDocument, RunsDocument, runs};
pub use schema::{Document, schema};
pub use style::{Paint, visible};
pub use text::{
    Shows, compared_text, conflict_text, conflicts_text, explain_text, history_text, matches_text,
    plan_text, quarantine_text, requests_text, run_shown_text, run_text, runs_text,
};
pub use waiting::{ConflictsDocument, MatchesDocument, QuarantineDocument, Waiting};

/// The version of every JSON document this crate writes.
pub const SCHEMA_VERSION: u32 = 1;
