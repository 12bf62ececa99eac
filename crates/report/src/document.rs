//! What does a saved plan look like, and is this one still what was saved? [`PlanDocument`] is both
//! the plan file and the answer of `plan --json`.
//!
//! Whether a plan may be carried out (age, tenant, guards) is not asked here; only whether the file
//! says what it said when it was written.

use std::borrow::Cow;
use std::io;

use concordat_model::{Fingerprint, Plan, Refusal, Summary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Forecast, Mask, SCHEMA_VERSION, json};

/// A plan with its fingerprint, its numbers and what the guards say about it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PlanDocument {
    #[serde(flatten)]
    head: Head,
    /// The plan itself. Its members stand beside those above.
    #[serde(flatten)]
    plan: Plan,
}

/// What stands in a plan file beside the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Head {
    /// The version of this document's form.
    schema_version: u32,
    /// What wrote it: `concordat 0.1.0`.
    tool: String,
    /// The fingerprint of the plan; the same plan has the same, wherever it is saved.
    plan_hash: Fingerprint,
    /// The plan in numbers.
    summary: Summary,
    /// What carrying it out is expected to cost.
    forecast: Forecast,
    /// The number of steps.
    operations: u64,
    /// The guards that refuse it. They are asked again before anything is written.
    refusals: Vec<Refusal>,
    /// Whether names and values are masked. Such a document can be read, but not carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
}

/// What is looked at first: any document that says its version.
#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

/// Why a file is not a plan that can be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It is not JSON, or not of a plan's form.
    #[error("{place}:{line}:{column}: not a plan: {says}")]
    NotAPlan {
        /// Where it was read from.
        place: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there. Never the plan's values.
        says: String,
    },
    /// A newer concordat wrote it.
    #[error("{place} has the form of version {found}, this concordat reads up to {known}")]
    NewerSchema {
        /// Where it was read from.
        place: String,
        /// The version it says.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// It is a report of a plan, in which personal data is masked.
    #[error("{place} is a report with personal data masked, not a plan that can be applied")]
    Masked {
        /// Where it was read from.
        place: String,
    },
    /// The plan in it is not the plan that was saved.
    #[error("{place} was changed after it was saved: it says {said}, its content is {is}")]
    Tampered {
        /// Where it was read from.
        place: String,
        /// The fingerprint it says.
        said: String,
        /// The fingerprint of what it holds.
        is: String,
    },
    /// Its numbers do not follow from the plan in it.
    #[error("{place} was changed after it was saved: its {member} does not follow from its steps")]
    Inconsistent {
        /// Where it was read from.
        place: String,
        /// The member that contradicts the plan.
        member: &'static str,
    },
}

/// The fingerprint of `plan`: over its JSON in the order in which its members are declared.
pub fn plan_hash(plan: &Plan) -> Fingerprint {
    let bytes = serde_json::to_vec(plan).expect("every key of a plan's maps is text");
    Fingerprint::of("plan", &[&bytes])
}

impl PlanDocument {
    /// The document of `plan`.
    pub fn of(plan: &Plan, forecast: Forecast, refusals: Vec<Refusal>) -> PlanDocument {
        PlanDocument {
            head: Head {
                schema_version: SCHEMA_VERSION,
                tool: concat!("concordat ", env!("CARGO_PKG_VERSION")).into(),
                plan_hash: plan_hash(plan),
                summary: plan.summary(),
                forecast,
                operations: plan.steps.len() as u64,
                refusals,
                masked: false,
            },
            plan: plan.clone(),
        }
    }

    /// The same document as `mask` lets it be seen; it keeps the fingerprint of the plan.
    pub(crate) fn masked(&self, mask: Mask) -> Cow<'_, PlanDocument> {
        if mask == Mask::Reveal {
            return Cow::Borrowed(self);
        }
        let refusals = mask.refusals(&self.head.refusals);
        Cow::Owned(PlanDocument {
            head: Head { refusals, masked: true, ..self.head.clone() },
            plan: mask.plan(&self.plan),
        })
    }

    /// Whether names and values are masked.
    pub fn is_masked(&self) -> bool {
        self.head.masked
    }

    /// The fingerprint of the plan.
    pub fn plan_hash(&self) -> &Fingerprint {
        &self.head.plan_hash
    }

    /// What carrying it out is expected to cost.
    pub fn forecast(&self) -> &Forecast {
        &self.head.forecast
    }

    /// What the guards said when it was saved.
    pub fn refusals(&self) -> &[Refusal] {
        &self.head.refusals
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }

    /// Reads a saved plan; `place` is where from, for messages. Sentences (`says`) beside reasons
    /// are for people and not read.
    ///
    /// # Errors
    /// If it is not a plan, was written by a newer concordat, or is not what was saved.
    pub fn read(bytes: &[u8], place: &str) -> Result<(PlanDocument, Plan), PlanFileError> {
        // One pass per part instead of one flattened struct, so that an error knows its line.
        let version: Version = parse(bytes, place)?;
        if version.schema_version > SCHEMA_VERSION {
            return Err(PlanFileError::NewerSchema {
                place: place.into(),
                found: version.schema_version,
                known: SCHEMA_VERSION,
            });
        }
        let head: Head = parse(bytes, place)?;
        if head.masked {
            return Err(PlanFileError::Masked { place: place.into() });
        }
        let plan: Plan = parse(bytes, place)?;
        let is = plan_hash(&plan);
        if is != head.plan_hash {
            return Err(PlanFileError::Tampered {
                place: place.into(),
                said: crate::style::visible(head.plan_hash.short()).into_owned(),
                is: is.short().into(),
            });
        }
        let inconsistent = |member| PlanFileError::Inconsistent { place: place.into(), member };
        if head.summary != plan.summary() {
            return Err(inconsistent("summary"));
        }
        if head.operations != plan.steps.len() as u64 {
            return Err(inconsistent("operations"));
        }
        Ok((PlanDocument { head, plan: plan.clone() }, plan))
    }
}

fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8], place: &str) -> Result<T, PlanFileError> {
    serde_json::from_slice(bytes).map_err(|error| PlanFileError::NotAPlan {
        place: place.into(),
        line: error.line(),
        column: error.column(),
        says: masked_reason(&error),
    })
}

/// What serde says, without what it stumbled over and the position that stands elsewhere: what it quotes is the
/// file's, but for a member of ours that is missing or there twice, and for what it expected.
fn masked_reason(error: &serde_json::Error) -> String {
    let says = error.to_string();
    let says = says.rsplit_once(" at line ").map_or(says.as_str(), |(says, _)| says);
    if ["missing field", "duplicate field"].iter().any(|it| says.starts_with(it)) {
        return says.to_owned();
    }
    let unquoted =
        |says: &str| says.split(['"', '`']).next().unwrap_or_default().trim_end().to_owned();
    match says.rsplit_once(", expected ") {
        Some((stumbled, expected)) => format!("{}, expected {expected}", unquoted(stumbled)),
        None => unquoted(says),
    }
}
