//! What did we agree? A [`Link`] joins records that are the same thing; its base is what *each* side
//! held, field by field, when both last agreed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Field, Fingerprint, Held, LinkId, MappingName, Occasion, RecordKey, Side, Sides, Time, Turns,
    Value, within_second,
};

/// In what sense the two sides agree about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// They hold the same.
    Equal,
    /// The written side keeps it in a form of its own (a reformatted phone number).
    Normalised,
    /// The side that is not written moved; said once, and left until a value moves.
    Drift,
    /// A person said to leave them different.
    Decided,
    /// The rule does not write here (fill-if-empty, only at creation).
    Left,
}

/// What each side held when both last agreed about a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agreed {
    /// As native values, so that a mapping can be changed without losing what was agreed.
    pub held: Sides<Held>,
    /// In what sense it is an agreement.
    pub how: Agreement,
}

/// The base of a link: what was agreed, field by field.
pub type Base = BTreeMap<Field, Agreed>;

/// Records of both sides that are the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its name, for ever.
    pub id: LinkId,
    /// The mapping it belongs to.
    pub mapping: MappingName,
    /// The records, sorted. Several UpGuard people may be one HighLevel contact.
    pub ends: Sides<Vec<RecordKey>>,
    /// What was agreed. Empty: never yet; first-agreement rules apply.
    pub base: Base,
    /// The newest stamp of each side's records when anything in it was last confirmed. A row with an
    /// older stamp is a late picture and moves nothing.
    pub stamps: Sides<Option<Time>>,
    /// How each field was last agreed on. A field that waits for a person keeps its own, while others are
    /// agreed on: what moved it stays news.
    pub agreed: BTreeMap<Field, Accord>,
    /// When a record of each side was last read back after a write, in that side's clock. What was
    /// seen of it before shows the past.
    pub read_back: Sides<Option<Time>>,
    /// The record that we made for it, if we did.
    pub made: Option<RecordKey>,
    /// Whether anybody but us ever changed a field of it on a side since both agreed on that field.
    pub edited: Sides<bool>,
    /// How fields that were agreed on more than once have gone to and fro.
    pub turns: BTreeMap<Field, Turns>,
    /// What last agreed on anything in it.
    pub touched: Touch,
}

impl Link {
    /// A link about which nothing is agreed yet, and which joins nothing yet.
    pub fn new(id: LinkId, mapping: MappingName) -> Self {
        Link {
            id,
            mapping,
            ends: Sides::default(),
            base: BTreeMap::new(),
            stamps: Sides::default(),
            agreed: BTreeMap::new(),
            read_back: Sides::default(),
            made: None,
            edited: Sides::default(),
            turns: BTreeMap::new(),
            touched: Touch::default(),
        }
    }

    /// The side whose record is gone, if the other's was archived because of that.
    pub fn archived(&self) -> Option<Side> {
        let agreed = self.base.get(&Field::new(ARCHIVED))?;
        Side::BOTH.into_iter().find(|&side| agreed.held[side] == gone())
    }

    /// Until when nobody but us is known to have touched its `side` records: their stamps when they were
    /// confirmed, or when they were read back. Answers tell the time in whole seconds and stamps in parts of
    /// one, and a task that is read by itself shows no stamp (`highlevel.md` §7), so what is told
    /// within that second counts as before.
    pub fn quiet_until(&self, side: Side) -> Option<Time> {
        self.stamps[side].max(self.read_back[side].map(within_second))
    }

    /// Notes on which sides others than we changed `field` since both agreed on it: where `found` is not that.
    pub fn note_edits(&mut self, field: &Field, found: &Sides<Held>) {
        let Some(base) = self.base.get(field) else { return };
        for side in Side::BOTH {
            self.edited[side] |= found[side] != base.held[side];
        }
    }

    /// Takes up what both sides agree on about `field`, as of the present `stamps`.
    pub fn agree(&mut self, field: &Field, agreed: Agreed, occasion: Occasion) {
        let Occasion { entry, written, .. } = occasion;
        self.agreed.insert(field.clone(), Accord { stamps: self.stamps, entry, written });
        if let Some(was) = self.base.get(field).filter(|was| was.held != agreed.held) {
            let was = was.held.clone();
            let turns = Turns::next(self.turns.remove(field), was, &agreed.held, occasion);
            self.turns.insert(field.clone(), turns);
        }
        self.base.insert(field.clone(), agreed);
    }
}

/// How both sides came to agree on a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accord {
    /// What the link's `stamps` were then.
    pub stamps: Sides<Option<Time>>,
    /// The ledger entry.
    pub entry: u64,
    /// The side that we wrote to for it; nothing: they agreed without a write.
    pub written: Option<Side>,
}

/// The field of a base that says whether a record was archived. No mapping has it: it is agreed on like
/// any other, where the vanished record "holds" that it is [`gone`].
pub const ARCHIVED: &str = "archived";

/// What a record that is gone holds in [`ARCHIVED`].
pub fn gone() -> Held {
    Some(Value::text("gone"))
}

/// What last agreed on anything in a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The ledger entry.
    pub entry: u64,
    /// The plan that was carried out.
    pub plan: Option<Fingerprint>,
}
