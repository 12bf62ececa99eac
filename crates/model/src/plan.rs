//! What would we do, and why? A plan is paper: `diff` writes it, people read it, `apply` carries it out.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::absence::{Dismissal, Quarantined};
use crate::link::Agreed;
use crate::why::Matched;
use crate::{
    Endowment, Field, Fingerprint, Held, LinkId, MappingName, Name, PairId, Path, Reading,
    RecordId, RecordKey, Resource, Side, Sides, StepId, Tenant, Time, Value, Why,
};

/// What a step does to one record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Makes a record that does not exist yet.
    Create,
    /// Changes fields of a record.
    Update,
    /// Says of a record that what it stands for is gone.
    Archive,
    /// Deletes a record that was made for one that is gone.
    Delete,
}

/// One field of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldStep {
    /// The mapped field.
    pub name: Field,
    /// The native field that is written.
    pub path: Path,
    /// What it held when the plan was made; must still hold, or the field is superseded. Of a set, only
    /// the elements that differ in `after` count.
    pub before: Held,
    /// What it shall hold; nothing: it is emptied.
    pub after: Held,
    /// What the other side's native field holds. Becomes that side's base once the write is verified.
    pub source: Held,
    /// Why.
    pub why: Why,
}

impl FieldStep {
    /// The same change to a field that holds `found`; nothing: that is not what the plan expects. The
    /// elements of a set are added and removed whatever else it holds.
    pub fn onto(&self, found: &Held) -> Option<FieldStep> {
        let after = match (elements(&self.before), elements(&self.after), elements(found)) {
            _ if *found == self.before || *found == self.after => self.after.clone(),
            (Some(before), Some(after), Some(found)) => {
                let kept = found.iter().filter(|it| after.contains(*it) || !before.contains(*it));
                let new = after.iter().filter(|it| !before.contains(*it));
                let set: BTreeSet<String> = kept.chain(new).map(|it| (*it).to_owned()).collect();
                (!set.is_empty()).then_some(Value::Set(set))
            }
            (Some(_) | None, Some(_) | None, Some(_) | None) => return None,
        };
        Some(FieldStep { before: found.clone(), after, ..self.clone() })
    }

    /// The rest of the change, where a part of it arrived: a set that held just what was expected would hold
    /// `before` now. Anything else is whole or not there.
    #[must_use]
    pub fn rest(&self, found: &Held) -> FieldStep {
        let sets = (elements(&self.before), elements(&self.after), elements(found));
        let (Some(before), Some(after), Some(found)) = sets else { return self.clone() };
        let is_ours = |it: &&str| before.contains(it) != after.contains(it);
        let theirs = before.iter().copied().filter(|it| !is_ours(it));
        let ours = found.iter().copied().filter(is_ours);
        let set: BTreeSet<String> = theirs.chain(ours).map(str::to_owned).collect();
        FieldStep { before: (!set.is_empty()).then_some(Value::Set(set)), ..self.clone() }
    }

    /// Whether a set that holds `found` has any part of the change.
    pub fn is_begun(&self, found: &Held) -> bool {
        self.rest(found).before != self.before
    }

    /// Whether a field that holds `found` holds what is wanted.
    pub fn is_done(&self, found: &Held) -> bool {
        self.onto(found).is_some_and(|it| it.after == *found)
    }
}

/// The elements of a set; nothing: it is none.
fn elements(held: &Held) -> Option<BTreeSet<&str>> {
    match held {
        None => Some(BTreeSet::new()),
        Some(Value::Set(set)) => Some(set.iter().map(String::as_str).collect()),
        Some(
            Value::Text(_)
            | Value::Integer(_)
            | Value::Decimal(_)
            | Value::Bool(_)
            | Value::Time(_)
            | Value::Date(_),
        ) => None,
    }
}

/// A native field and its value, by which a record can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lookup {
    /// The field.
    pub path: Path,
    /// The value.
    pub value: Value,
}

/// One write to one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Its name in this plan.
    pub id: StepId,
    /// The mapping it comes from.
    pub mapping: MappingName,
    /// The link it serves.
    pub link: LinkId,
    /// The side it writes.
    pub side: Side,
    /// What that side calls the record's kind.
    pub entity: String,
    /// The collection.
    pub resource: Resource,
    /// The record; nothing for a create.
    pub record: Option<RecordKey>,
    /// What a person calls it.
    pub name: Name,
    /// What is done.
    pub action: Action,
    /// The fields, in the mapping's order.
    pub fields: Vec<FieldStep>,
    /// For a create: the other fields of the mapping, which stay empty on both sides. Once the new
    /// record is read back, that is agreed too.
    pub blanks: Vec<FieldStep>,
    /// For a create: records that look like it and that a person said are not it.
    pub despite: Vec<RecordKey>,
    /// Sent beside the fields: of a new record what is set only then (do-not-disturb, source, tags), of a
    /// change what the side asks for with it (the reason of a closure).
    pub constants: BTreeMap<Path, Value>,
    /// The marker a create carries, if the record can carry one.
    pub marker: Option<String>,
    /// For a create: the native field by which the side itself tells its records apart, and the value
    /// the new record will have there.
    pub lookup: Option<Lookup>,
    /// Fields that must still hold this when the record is read right before the write, or it is not
    /// the record we think it is (an UpGuard vendor's host name). Of a create: what it must hold if we made it.
    pub identity: BTreeMap<Path, Held>,
    /// The records of the other side it comes from.
    pub sources: Vec<RecordKey>,
    /// Their newest stamp.
    pub source_stamp: Option<Time>,
    /// How the records were found to be the same thing, if the link is new.
    pub matched: Option<Matched>,
    /// Why; where fields differ in this, the first field's reason.
    pub why: Why,
    /// What it sets off outside the two systems' records.
    pub side_effects: Vec<String>,
}

/// Something to record without writing to either side: a new link, or fields both already agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settlement {
    /// The link.
    pub link: LinkId,
    /// Its mapping.
    pub mapping: MappingName,
    /// What a person calls it.
    pub name: Name,
    /// The records it joins.
    pub ends: Sides<Vec<RecordKey>>,
    /// How they were matched, if the link or one of its records is new.
    pub matched: Option<Matched>,
    /// The fields to record as agreed.
    pub fields: BTreeMap<Field, Agreed>,
    /// The stamps of the records as read.
    pub stamps: Sides<Option<Time>>,
}

/// A field that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// Its name; the same as long as it is the same field of the same link.
    pub id: String,
    /// The link.
    pub link: LinkId,
    /// Its mapping.
    pub mapping: MappingName,
    /// The field.
    pub field: Field,
    /// The records.
    pub ends: Sides<Vec<RecordKey>>,
    /// What a person calls them.
    pub name: Name,
    /// What each side held when both last agreed, if they ever did.
    pub base: Option<Sides<Held>>,
    /// What each side holds now.
    pub held: Sides<Held>,
    /// Whether each side can be given the other's value.
    pub can_write: Sides<bool>,
    /// Why nobody decides it but a person.
    pub why: Why,
}

impl Conflict {
    /// The records it joins, in the order of the sides.
    pub fn records(&self) -> impl Iterator<Item = &RecordKey> {
        self.ends.iter().flat_map(|(_, keys)| keys)
    }

    /// The collection of the first of them.
    pub fn resource(&self) -> Option<Resource> {
        self.records().next().map(|it| it.resource)
    }
}

/// A record that could be several things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// The mapping.
    pub mapping: MappingName,
    /// The record nobody could place.
    pub record: RecordKey,
    /// What a person calls it.
    pub name: Name,
    /// What it could be.
    pub candidates: Vec<Candidate>,
    /// What makes it ambiguous, as a sentence.
    pub says: String,
}

/// One of the things an ambiguous record could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The record.
    pub record: RecordKey,
    /// What a person calls it.
    pub name: Name,
}

/// Something a person should know, on which nothing is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The mapping.
    pub mapping: MappingName,
    /// The link, if there is one yet.
    pub link: Option<LinkId>,
    /// The record it is about.
    pub record: RecordKey,
    /// What a person calls it.
    pub name: Name,
    /// The field, if it is about one.
    pub field: Option<Field>,
    /// What each side holds, if it is about a field.
    pub held: Option<Sides<Held>>,
    /// Why nothing is done.
    pub why: Why,
}

/// How many records of a resource there are, and were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Census {
    /// The collection.
    pub resource: Resource,
    /// In this view.
    pub now: u64,
    /// In the last complete run's view.
    pub before: Option<u64>,
    /// Whether every listing of it was complete.
    pub complete: bool,
    /// How many there are outside its slice.
    #[serde(default, skip_serializing_if = "is_none")]
    pub outside: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Restricts a plan to a part, to try it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// A mapping's name, a record's id or name.
    pub only: Option<String>,
    /// At most so many steps.
    pub limit: Option<u64>,
}

impl Scope {
    /// Whether the plan is meant to be everything.
    pub fn is_whole(&self) -> bool {
        self.only.is_none() && self.limit.is_none()
    }
}

/// Everything we would do, and why. Immutable once made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The pair it is for.
    pub pair: PairId,
    /// When it was made, in our clock.
    pub made_at: Time,
    /// The mapping it was made with.
    pub mapping: Fingerprint,
    /// The accounts it was made from.
    pub tenants: Sides<Tenant>,
    /// The accounts the state belongs to; unset before the first run.
    pub expected_tenants: Option<Sides<String>>,
    /// The mapping the last complete run used; unset before the first agreement was carried through.
    pub expected_mapping: Option<Fingerprint>,
    /// Mappings whose first agreement this would be.
    pub first_agreement: BTreeSet<MappingName>,
    /// Whether a person already allowed that first agreement, and it was interrupted.
    pub first_allowed: bool,
    /// The newest ledger entry it builds on. What was agreed later is newer than this plan.
    pub position: u64,
    /// The part it is restricted to.
    pub scope: Scope,
    /// What the settings allow to be set off outside the records, by name.
    pub gates: BTreeSet<String>,
    /// How many records each resource has.
    pub census: Vec<Census>,
    /// Canary records that were not seen.
    pub missing_canaries: Vec<String>,
    /// The writes, in the order in which they are to be made.
    pub steps: Vec<Step>,
    /// What the records that are made have from others than they are made from, and agree on with these once
    /// they were read back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endowments: Vec<Endowment>,
    /// What to record without writing.
    pub settlements: Vec<Settlement>,
    /// Fields that wait for a person.
    pub conflicts: Vec<Conflict>,
    /// Records that wait for a person.
    pub cases: Vec<Case>,
    /// Changes on a side that could not be carried to the other; listed once.
    pub drift: Vec<Notice>,
    /// What is not done for another reason.
    pub held: Vec<Notice>,
    /// Archives and deletions that wait, in case what is gone comes back.
    pub quarantined: Vec<Quarantined>,
    /// Records that people deleted: they are not made again.
    pub dismissals: Vec<Dismissal>,
    /// How many HighLevel records of mapped kinds have no counterpart. They are none of our business.
    pub unmatched: u64,
}

impl Step {
    /// Every native field that is sent.
    pub fn sent(&self) -> Vec<(Path, Held)> {
        let constants = self.constants.iter().map(|(path, it)| (path.clone(), Some(it.clone())));
        let fields = self.fields.iter().map(|it| (it.path.clone(), it.after.clone()));
        fields.chain(constants).collect()
    }

    /// The record that its own belongs to, or will, if it is found only there.
    pub fn parent(&self) -> Option<RecordId> {
        let path = self.resource.belongs_by()?;
        let held = self.identity.get(&path).and_then(Option::as_ref);
        let field = self.fields.iter().find(|it| it.path == path);
        let held = held.or_else(|| self.constants.get(&path));
        let id = held.or_else(|| field?.after.as_ref())?.as_text()?;
        Some(RecordId::new(id))
    }

    /// What it would send. Equal for equal values, whatever the run.
    pub fn content(&self) -> Fingerprint {
        let fields = self.fields.iter().map(|it| (it.path.clone(), it.after.clone()));
        fields.collect::<Reading>().fingerprint()
    }
}

impl Plan {
    /// Whether carrying it out would change nothing, neither on a side nor in what is agreed.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.settlements.is_empty() && self.dismissals.is_empty()
    }
}
