//! Why is a record as it is, and what would happen to it now? [`Explanation`] is filled by the command
//! line from what a plan rests on; [`ExplainDocument`] is what `explain --json` prints of it.

mod beside;
mod replica;

use std::io;

use concordat_model::plan::Case;
use concordat_model::{
    Agreement, Dismissal, Field, Held, Interval, LinkId, MappingName, Matched, Name, PairId, Path,
    Quarantined, RecordKey, RunId, Side, Sides, Step, Take, Time, Why,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SCHEMA_VERSION, json, remedy};

pub use beside::{Appointment, Belonging, Beside};
pub use replica::{ReplicaExplanation, ReplicaFacts, SetEndFacts, SetExplanation, SetFacts};

/// Everything there is to say about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The pair.
    pub pair: PairId,
    /// The mapping; nothing: none that is on reads it.
    pub mapping: Option<MappingName>,
    /// The link its records are in, or will be.
    pub link: Option<LinkId>,
    /// What people call it.
    pub name: Name,
    /// Its records.
    pub records: Vec<RecordKey>,
    /// How old the picture of each side is, and what that side's clock says.
    pub mirrored: Sides<Glance>,
    /// When anything in the link was last agreed.
    pub touched: Option<Touched>,
    /// Where it stands as a whole.
    pub stands: Stands,
    /// What its side was asked for beside it.
    pub beside: Vec<Beside>,
}

/// When a side was last looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Glance {
    /// The end of the last complete listing, in that side's clock.
    pub listed: Option<Time>,
    /// How far that clock is ahead of ours, in milliseconds.
    pub ahead_ms: i64,
}

/// The last agreement about anything in a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Touched {
    /// The ledger entry.
    pub entry: u64,
    /// When, in our clock.
    pub at: Time,
    /// The run.
    pub run: Option<RunId>,
}

/// Where a thing stands as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stands {
    /// Its records are compared field by field.
    Linked {
        /// How they were matched, if the link or one of its records is new.
        matched: Option<Matched>,
    },
    /// What was seen of it is older than what was agreed.
    Late,
    /// Nothing is done with it.
    Held {
        /// Why.
        why: Why,
    },
    /// It could be several things.
    Case {
        /// Which.
        case: Box<Case>,
    },
    /// A record is made for it.
    Create {
        /// How.
        step: Box<Step>,
    },
    /// A person said to leave it unlinked.
    Never {
        /// What the case was called.
        case: String,
    },
    /// What it stands for is gone, and it is archived or deleted once the quarantine is over.
    Quarantined {
        /// What waits.
        archive: Box<Quarantined>,
    },
    /// It is archived now, or taken back from the archive.
    Marked {
        /// Why.
        why: Why,
    },
    /// It is deleted now.
    Deleted {
        /// Why.
        why: Why,
    },
    /// It is archived, because what it stands for is gone.
    Archived {
        /// On this side.
        side: Side,
    },
    /// People deleted it, and it is not made again unless a person asks.
    Dismissed {
        /// What was deleted.
        dismissal: Box<Dismissal>,
    },
    /// It belongs to no link, and no record is made for its kind.
    Unmatched,
    /// No link has it, and the last listing did not show it.
    Unlisted,
    /// No mapping that is on reads it.
    Unmapped,
}

/// One field: what its decision rests on, and the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldFacts {
    /// The mapped field.
    pub name: Field,
    /// Each side's end of it.
    pub ends: Sides<EndFacts>,
    /// What was agreed, if anything ever was.
    pub agreed: Option<AgreedFacts>,
    /// The rule.
    pub rule: RuleFacts,
    /// What a person decided about exactly these values.
    pub decided: Option<Take>,
    /// What would happen now.
    pub outcome: Upshot,
}

/// One side's end of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndFacts {
    /// The native field.
    pub path: Path,
    /// In which form of its own the side writes it, as the end of "UpGuard writes it …"; nothing: in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// When it can be written.
    pub written: Written,
    /// Whether the last reading covers it. If not, what it holds is not known.
    pub covered: bool,
    /// What it holds, in the form people compare.
    pub held: Held,
    /// Whether it moved since both last agreed; nothing: they never did, or it is not covered.
    pub moved: Option<bool>,
    /// When it got what it holds, in that side's clock.
    pub since: Interval,
}

/// When a native field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Never.
    Never,
    /// Only when its record is made.
    AtCreation,
    /// At any time.
    Always,
}

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreedFacts {
    /// What each side held, in the form people compare.
    pub held: Sides<Held>,
    /// In what sense that is an agreement.
    pub how: Agreement,
}

/// The rule of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleFacts {
    /// Who wins if both sides changed.
    pub contest: Contest,
    /// When the winner's value is written.
    pub strength: Strength,
    /// First agreement, both differ: whose value is adopted; nothing: a person is asked.
    pub adopt: Option<Side>,
    /// Whether the source's value is put back over a change that cannot be carried to it.
    pub restores: bool,
    /// How wrong the two clocks may be against each other, in milliseconds.
    pub skew_limit_ms: i64,
}

/// Who wins if both sides changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Contest {
    /// The later change.
    LastWriteWins {
        /// Who wins where the times do not decide; nothing: a person is asked.
        fallback: Option<Side>,
    },
    /// Always one side.
    Prefer {
        /// Which.
        side: Side,
    },
    /// Neither: a person is asked.
    Hold,
}

/// When the winner's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Whenever it differs.
    Enforce,
    /// Only where the other side holds nothing.
    Fill,
    /// Only when the record is made.
    Initial,
}

/// What would happen to a field now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum Upshot {
    /// Nothing: nothing moved, or nothing can be said.
    Nothing,
    /// What both hold is recorded as agreed; nothing is written.
    Agree {
        /// In what sense.
        how: Agreement,
    },
    /// It is written.
    Write {
        /// To this side.
        to: Side,
        /// What its native field shall hold.
        after: Held,
        /// Why.
        why: Why,
    },
    /// A person is asked.
    Ask {
        /// The conflict's name.
        conflict: String,
        /// Why.
        why: Why,
    },
    /// It is listed once, and left.
    Report {
        /// Why.
        why: Why,
    },
    /// Nothing is written.
    Hold {
        /// Why.
        why: Why,
    },
}

/// `explain --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The thing. Its members stand beside those above.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// Where it stands, as a sentence.
    pub now: String,
    /// What would change that.
    pub would_change: Vec<String>,
    /// Its fields.
    pub fields: Vec<FieldExplanation>,
    /// What its records share with others, each by a link of its own.
    pub replicas: Vec<ReplicaExplanation>,
}

/// One field with the sentences about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldExplanation {
    /// The field. Its members stand beside those below.
    #[serde(flatten)]
    pub facts: FieldFacts,
    /// The rule as a sentence.
    pub rule_says: String,
    /// What would happen now, as a sentence.
    pub now: String,
    /// What would change that.
    pub would_change: Vec<String>,
}

impl FieldExplanation {
    fn of(mapping: Option<&MappingName>, facts: FieldFacts) -> FieldExplanation {
        FieldExplanation {
            rule_says: remedy::rule(&facts).join("; "),
            now: remedy::now(&facts),
            would_change: remedy::of_field(mapping, &facts),
            facts,
        }
    }
}

impl ExplainDocument {
    /// The document of `explanation`, its fields, and what its records share with others.
    pub fn of(
        explanation: Explanation,
        fields: Vec<FieldFacts>,
        replicas: Vec<ReplicaFacts>,
    ) -> ExplainDocument {
        let mapping = explanation.mapping.as_ref();
        ExplainDocument {
            schema_version: SCHEMA_VERSION,
            now: remedy::standing(&explanation.stands),
            would_change: remedy::of_standing(&explanation.stands),
            fields: fields.into_iter().map(|it| FieldExplanation::of(mapping, it)).collect(),
            replicas: replicas.into_iter().map(ReplicaExplanation::of).collect(),
            explanation,
        }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}
