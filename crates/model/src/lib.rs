//! The nouns: what every room of concordat talks about.
//!
//! A *side* holds *records*; a *mapping* says which records correspond; a *link* joins records that
//! are the same thing and remembers what each side held when both last agreed (its *base*). A
//! *plan* is paper: everything concordat would do, and why. This crate knows nothing of I/O, clocks,
//! threads or of how a plan is made; it only says what the words mean and refuses plans that are
//! too large ([`guard`]).

pub mod absence;
mod awaited;
pub mod budget;
pub mod certificate;
mod class;
pub mod custom_field;
pub mod decision;
mod endowment;
pub mod entry;
pub mod exchange;
pub mod fingerprint;
pub mod guard;
pub mod ids;
pub mod link;
pub mod plan;
pub mod record;
pub mod resource;
pub mod severity;
pub mod side;
pub mod standstill;
mod summary;
pub mod time;
mod turns;
pub mod value;
pub mod why;
pub mod zoo;

pub use absence::{Dismissal, Quarantined, Ruling};
pub use budget::{Budget, Reached};
pub use certificate::{Certificate, Coverage, Gone, Origin, Partition, Seen, Tenant, View};
pub use class::{Allowance, Class};
pub use custom_field::CustomKind;
pub use decision::{Agreements, Choice, Decision, FirstAllowed, Lesson, Rebuff, Take, Unkept};
pub use endowment::Endowment;
pub use entry::{Entry, Event, IntentId, Outcome, Receipt, RunSummary, Twin, Verdict};
pub use exchange::{Ended, Exchange, FailureKind, Traffic};
pub use fingerprint::Fingerprint;
pub use guard::{CheckedPlan, Limits, Refusal, RefusedPlan};
pub use ids::{
    Field, LinkId, MappingName, Name, PairId, Path, Piece, RecordId, RecordKey, RunId, StepId,
};
pub use link::{Accord, Agreed, Agreement, Base, Link, Touch};
pub use plan::{Action, FieldStep, Lookup, Plan, Scope, Settlement, Step};
pub use record::{Held, Mirrored, Reading, Record, Sight};
pub use resource::Resource;
pub use severity::Severity;
pub use side::{Side, Sides};
pub use summary::{Summary, Writes};
pub use time::{Evidence, Interval, Offset, Time, within_second};
pub use turns::{Occasion, Turns};
pub use value::Value;
pub use why::{Matched, Rule, Why};
