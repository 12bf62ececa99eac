//! What does a record share with others, and what would happen to that? A vendor's labels and profile
//! stand on each of its contacts, each by a link of its own.

use concordat_model::{Field, Held, LinkId, MappingName, Name, Path, RecordKey, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AgreedFacts, FieldExplanation, FieldFacts, Stands, Upshot};
use crate::remedy;

/// What a record shares with one other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaFacts {
    /// The mapping.
    pub mapping: MappingName,
    /// The link of the two.
    pub link: LinkId,
    /// The other record; of a link, the one of which there are several.
    pub record: RecordKey,
    /// What people call it.
    pub name: Name,
    /// Where the two stand as a whole.
    pub stands: Stands,
    /// The fields they share.
    pub fields: Vec<FieldFacts>,
    /// The sets they share.
    pub sets: Vec<SetFacts>,
}

/// One set: what its decision rests on, and the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetFacts {
    /// The mapped set.
    pub name: Field,
    /// Each side's end of it.
    pub ends: Sides<SetEndFacts>,
    /// The shared elements that were agreed, if anything ever was.
    pub agreed: Option<AgreedFacts>,
    /// What would happen now; several things if both sides are written, nothing if nothing would.
    pub outcomes: Vec<Upshot>,
}

/// One side's end of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetEndFacts {
    /// The native set.
    pub path: Path,
    /// Whether the last reading covers it. If not, what it holds is not known.
    pub covered: bool,
    /// The elements in it that both sides share, as they are spelled there.
    pub shared: Held,
    /// Whether these are others than were agreed; nothing: nothing was, or it is not covered.
    pub moved: Option<bool>,
    /// Everything in it.
    pub held: Held,
}

/// What a record shares with one other, with the sentences about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicaExplanation {
    /// The mapping.
    pub mapping: MappingName,
    /// The link of the two.
    pub link: LinkId,
    /// The other record; of a link, the one of which there are several.
    pub record: RecordKey,
    /// What people call it.
    pub name: Name,
    /// Where the two stand as a whole.
    pub stands: Stands,
    /// The same, as a sentence.
    pub now: String,
    /// What would change that.
    pub would_change: Vec<String>,
    /// The fields they share.
    pub fields: Vec<FieldExplanation>,
    /// The sets they share.
    pub sets: Vec<SetExplanation>,
}

/// One set with the sentences about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetExplanation {
    /// The set. Its members stand beside those below.
    #[serde(flatten)]
    pub facts: SetFacts,
    /// What would happen now, each as a sentence.
    pub now: Vec<String>,
    /// What would change that.
    pub would_change: Vec<String>,
}

impl ReplicaExplanation {
    pub(super) fn of(facts: ReplicaFacts) -> ReplicaExplanation {
        let ReplicaFacts { mapping, link, record, name, stands, fields, sets } = facts;
        let set = |facts: SetFacts| SetExplanation {
            now: remedy::of_set::now(&facts),
            would_change: remedy::of_set::changes(&facts),
            facts,
        };
        ReplicaExplanation {
            now: remedy::standing(&stands),
            would_change: remedy::of_standing(&stands),
            fields: fields.into_iter().map(|it| FieldExplanation::of(Some(&mapping), it)).collect(),
            sets: sets.into_iter().map(set).collect(),
            mapping,
            link,
            record,
            name,
            stands,
        }
    }
}
