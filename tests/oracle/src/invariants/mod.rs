//! Did both systems live as the design promises? Judges of a whole life, from outside: what both held at
//! the start, every change in either since, by whom, and when the program worked. The numbers of the
//! invariants are those by which the design knows them.
//!
//! A life is one JSON document:
//!
//! ```json
//! { "start": STATE, "effects": [EFFECT, …], "end": STATE,
//!   "nights": [{ "from": 0, "to": 17, "whole": true }, …],
//!   "terms": { "attributes": { "phone": "Main phone" }, "allow": [], "clears": true } }
//! ```
//!
//! States and effects are those of `GET state` and `GET effects` of the sandbox; the actor of what an automation
//! of a side did may be told as `workflow`. A night is one run of the
//! program: how many effects there were when it began to read, and when it ended. It is whole if it said that
//! all is done but what waits for people. Runs that were refused, and plans, are no nights. Terms say what is
//! configured otherwise than built in; all of them may be left out ([`Terms`]).
//!
//! Who is who nobody tells: it is concluded from keys and creates ([`links`]). Where that leaves a doubt, and
//! where the design leaves an outcome open, every outcome that it allows passes; each judge says which.
//! Not judged: several locations of one UpGuard, risks, leads, disclosures, and what stands in notes.

mod absence;
mod agreement;
mod counterparts;
mod fields;
mod life;
mod links;
mod lost;
mod lost_elements;
mod oscillation;
mod quiet;
mod resurrection;
mod scope;
mod sources;
mod timeline;
mod twice;
mod whole;

use std::fmt;

use serde_json::Value;

use crate::Name;
pub use life::{Effect, Life, Moment, Night, Terms};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Which promise is broken: `I3`.
    pub invariant: &'static str,
    /// Whose.
    pub record: Name,
    /// When, in virtual time; `at the end` for what is missing then.
    pub at: String,
    /// What is wrong.
    pub says: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, record: Name { side, entity, id }, at, says } = self;
        write!(f, "{invariant} {side} {entity} {id}, {at}: {says}")
    }
}

/// When it is too late for anything more.
const AT_THE_END: &str = "at the end";

/// A judge.
pub type Judge = fn(&Life) -> Vec<Complaint>;

/// All judges of what must never be, by the promise that they hold a life against.
pub const JUDGES: [(&str, Judge); 11] = [
    ("the ledger tells all", whole::untold),
    ("I1 convergence", agreement::apart),
    ("I1 labels and tags agree", agreement::labels_apart),
    ("I1 counterparts", counterparts::missing),
    ("I2 idempotence", quiet::restless),
    ("I3 no lost update", lost::updates),
    ("I4 no resurrection", resurrection::risen),
    ("I5 no duplicate create", twice::made_twice),
    ("I18 absence is not deletion", absence::unfounded),
    ("I20 no oscillation", oscillation::to_and_fro),
    ("I21 scope", scope::strayed),
];

/// All complaints about a life.
///
/// # Panics
/// If the document is no life.
pub fn judged(life: &Value) -> Vec<Complaint> {
    let life = Life::of(life);
    JUDGES.iter().flat_map(|(_, judge)| judge(&life)).collect()
}

/// What people wrote while a night was at work and it overwrote: no system offers a way to prevent that
/// between the last read and the write. Not one of the [`JUDGES`]: where nobody edits meanwhile there must
/// be none, and elsewhere the next run must report each.
pub fn races(life: &Value) -> Vec<Complaint> {
    lost::races(&Life::of(life))
}

/// Complaints about everything the program changed from a moment on: after that many effects.
pub fn stirred(life: &Value, from: Moment) -> Vec<Complaint> {
    quiet::stirred(&Life::of(life), from)
}
