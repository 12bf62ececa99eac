//! What happened? The events of the ledger, as they are written, replayed and shown to auditors.
//!
//! This file says what an event is; how it is framed, chained and made durable is the ledger's
//! business, and so is what the events add up to.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::Settlement;
use crate::{
    Action, Allowance, Decision, Dismissal, Field, Fingerprint, Held, LinkId, MappingName, Matched,
    Name, PairId, Path, RecordKey, Resource, RunId, Scope, Side, Sides, Step, Summary, Tenant,
    Time, Why,
};

/// The name of an intent: its step's name and the run it was made in.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct IntentId(pub String);

impl IntentId {
    /// The intent to carry out `step` in `run`.
    pub fn of(run: &RunId, step: &Step) -> IntentId {
        IntentId(format!("{run}/{}", step.id))
    }

    /// The `nth` intent to carry out `step` in `run`: those before it were closed, and what it rests on
    /// was read anew.
    pub fn nth(nth: u32, run: &RunId, step: &Step) -> IntentId {
        let IntentId(first) = IntentId::of(run, step);
        IntentId(if nth == 1 { first } else { format!("{first}/{nth}") })
    }
}

/// One event, and when, where and by which run it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the ledger, from 0 without gaps.
    pub seq: u64,
    /// The opening of the ledger in which it was written; grows with each.
    pub epoch: u64,
    /// When, in our clock.
    pub at: Time,
    /// The pair.
    pub pair: PairId,
    /// The run; nothing for what people decide between runs.
    pub run: Option<RunId>,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The ledger was opened for writing, which begins an epoch.
    Opened {
        /// The version of concordat.
        version: String,
    },
    /// A run began.
    RunBegan(RunBegan),
    /// A plan was saved for review.
    Planned {
        /// Its fingerprint.
        plan: Fingerprint,
    },
    /// Both sides agree already: a link or a base was recorded without writing.
    Settled(Settlement),
    /// A write is about to be sent. Durable before its first byte leaves.
    Intended {
        /// Its name.
        intent: IntentId,
        /// The step, whole, so that a crash can be settled without the plan.
        step: Box<Step>,
    },
    /// What became of an intent.
    Closed {
        /// Its name.
        intent: IntentId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A person decided something.
    Decided {
        /// What.
        decision: Decision,
        /// Who, as the operating system names them.
        by: String,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// A run ended.
    RunEnded(RunEnded),
    /// People deleted a record, and the link ends with it.
    Dismissed(Dismissal),
}

/// The conditions under which a run began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunBegan {
    /// The command: `apply`, `reconcile`.
    pub command: String,
    /// The plan it carries out.
    pub plan: Fingerprint,
    /// The part it is restricted to.
    pub scope: Scope,
    /// The guards that were overruled.
    pub allowed: Vec<Allowance>,
    /// Why they were, in the person's words.
    pub reason: Option<String>,
    /// The mapping.
    pub mapping: Fingerprint,
    /// The accounts.
    pub tenants: Sides<Tenant>,
    /// The mappings whose first agreement this is.
    pub first_agreement: BTreeSet<MappingName>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Whether everything in the plan was tried.
    pub complete: bool,
    /// Whether every listing the plan was made from was complete.
    pub certified: bool,
    /// What was planned and what became of it.
    pub summary: RunSummary,
    /// How many records there are in each resource whose listings were complete.
    pub population: BTreeMap<Resource, u64>,
    /// Mappings whose first agreement it carried through: all their listings complete, every step
    /// tried, none in doubt.
    pub carried: BTreeSet<MappingName>,
}

/// A run in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// What was planned.
    pub planned: Summary,
    /// Steps that were written and verified.
    pub applied: u64,
    /// Steps whose record already held everything.
    pub satisfied: u64,
    /// Steps of which something no longer held, so that nothing was written.
    pub superseded: u64,
    /// Steps that were refused or had no effect.
    pub failed: u64,
    /// Steps of which it is not known whether they were written.
    pub in_doubt: u64,
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was sent (or found to have been sent) and the record was read back.
    Verified(Receipt),
    /// Certainly nothing was written.
    NoEffect {
        /// Why, for people.
        says: String,
    },
    /// The side refuses it.
    Refused {
        /// Why, for people.
        says: String,
        /// What it refuses to have twice, if that is why.
        twin: Option<Twin>,
    },
}

/// A side allows a value only once, and another record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twin {
    /// The other record, if the side names it.
    pub record: Option<RecordKey>,
    /// The native field in which both would be equal, if the side names it.
    pub path: Option<Path>,
}

/// A verified write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The mapping.
    pub mapping: MappingName,
    /// The link.
    pub link: LinkId,
    /// The side that was written.
    pub side: Side,
    /// The record that was written.
    pub record: RecordKey,
    /// The records of the other side it comes from.
    pub sources: Vec<RecordKey>,
    /// Their newest stamp when the plan was made.
    pub source_stamp: Option<Time>,
    /// What a person calls it.
    pub name: Name,
    /// What was done.
    pub action: Action,
    /// How the records were found to be the same thing, if the link is new.
    pub matched: Option<Matched>,
    /// Whether a later run found the effect of an intent that a crash or a lost answer left open.
    pub adopted: bool,
    /// Every field.
    pub fields: Vec<FieldReceipt>,
    /// The record's stamp after the write.
    pub stamp: Option<Time>,
    /// When it was read back, in the side's clock.
    pub read_at: Time,
}

impl Receipt {
    /// The fields worth telling: those that were empty and stayed empty are only recorded.
    pub fn told(&self) -> impl Iterator<Item = &FieldReceipt> {
        let silent =
            |it: &FieldReceipt| it.before.is_none() && it.sent.is_none() && it.found.is_none();
        self.fields.iter().filter(move |it| !silent(it))
    }
}

/// What became of one field of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldReceipt {
    /// The mapped field.
    pub name: Field,
    /// The native field.
    pub path: Path,
    /// What it held right before the write.
    pub before: Held,
    /// What was sent.
    pub sent: Held,
    /// What it held right after.
    pub found: Held,
    /// What the other side's native field held.
    pub source: Held,
    /// What that means.
    pub verdict: Verdict,
    /// Why it was written.
    pub why: Why,
}

impl FieldReceipt {
    /// Whether the side keeps what was sent, in whatever form.
    pub fn is_kept(&self) -> bool {
        match self.verdict {
            Verdict::Confirmed | Verdict::Normalised => true,
            Verdict::Discarded | Verdict::Overtaken => false,
        }
    }
}

/// What the reading after a write says about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds what was sent.
    Confirmed,
    /// It holds what was sent, in a form of the side's own.
    Normalised,
    /// It holds what it held before.
    Discarded,
    /// It holds something else: somebody wrote after us.
    Overtaken,
}
