//! Which custom fields do contacts need that the location does not define, and what defines them? A
//! definition is a record like any other: it is made by a step of a plan. It has no counterpart in UpGuard;
//! what asks for it is the mapping.
//!
//! It does not know when people want that: only `doctor --fix` asks.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::custom_field::{key_of, name_of};
use concordat_model::{
    Action, Agreements, CustomKind, Field, FieldStep, Fingerprint, Lookup, MappingName, PairId,
    Path, Plan, Record, RecordKey, Resource, Rule, Scope, Settlement, Side, Sides, Step, Tenant,
    Time, Value, Why,
};
use concordat_model::{Held, LinkId};

use crate::identity;

/// What the steps and links of definitions are filed under.
pub const MAPPING: &str = "custom_fields";

/// The native fields of a definition.
const KEY: &str = "key";
const NAME: &str = "name";
const DATA_TYPE: &str = "dataType";

/// A custom field that contacts need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its key, without `contact.`.
    pub key: String,
    /// What people see, where it is ours to say.
    pub name: String,
    /// What it holds.
    pub kind: CustomKind,
    /// How it stands.
    pub standing: Standing,
}

/// How a custom field that is needed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is defined, and holds what is wanted.
    Defined,
    /// It is defined, and holds something else.
    OtherKind,
    /// It is not defined, and a field with another key has its name.
    NameTaken,
    /// It is not among those that could be read, and one could not.
    Unclear,
    /// It is not defined.
    Missing,
}

/// How each of `needed` stands among all that the location defines; `is_whole`: all could be read.
pub fn standing(
    needed: &BTreeMap<String, CustomKind>,
    defined: &[Record],
    is_whole: bool,
) -> Vec<Definition> {
    let of = |(key, kind): (&String, &CustomKind)| {
        let is = |it: &&Record| text(it, KEY) == Some(key);
        let is_called = |it: &Record| text(it, NAME).is_some_and(|it| key_of(it) == *key);
        let standing = match defined.iter().find(is) {
            Some(it) if text(it, DATA_TYPE).is_some_and(|it| kind.fits(it)) => Standing::Defined,
            Some(_) => Standing::OtherKind,
            None if defined.iter().any(is_called) => Standing::NameTaken,
            None if !is_whole => Standing::Unclear,
            None => Standing::Missing,
        };
        // Our marker is a word of ours; what it is called is how it is known in HighLevel.
        let is_marker = Resource::Contact.marker().is_some_and(|it| it.as_str() == key);
        let name = if is_marker { key.clone() } else { name_of(key) };
        Definition { key: key.clone(), name, kind: *kind, standing }
    };
    needed.iter().map(of).collect()
}

fn text<'a>(record: &'a Record, path: &str) -> Option<&'a str> {
    record.reading.get(&path.into())?.as_ref()?.as_text()
}

/// What a plan that defines is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The pair.
    pub pair: &'a PairId,
    /// The mapping that asks for the fields.
    pub mapping: &'a Fingerprint,
    /// The accounts the credentials open.
    pub tenants: &'a Sides<Tenant>,
    /// What was agreed, with the links of [`link`].
    pub agreements: &'a Agreements,
    /// Now, in our clock.
    pub now: Time,
}

/// The link of the definition with this key.
pub fn link(pair: &PairId, key: &str) -> LinkId {
    LinkId::of(pair, &MappingName::from(MAPPING), &RecordKey::new(Resource::CustomField, key))
}

/// The plan that defines what is missing, one step each. It is a part of what there is to do, so a run of
/// it says nothing about what is normal.
pub fn plan(inputs: &Inputs<'_>, needed: &[Definition]) -> Plan {
    let missing = || needed.iter().filter(|it| it.standing == Standing::Missing);
    Plan {
        pair: inputs.pair.clone(),
        made_at: inputs.now,
        mapping: inputs.mapping.clone(),
        tenants: inputs.tenants.clone(),
        expected_tenants: inputs.agreements.tenants.clone(),
        // That the mapping was edited is why there is something to define.
        expected_mapping: None,
        first_agreement: BTreeSet::new(),
        first_allowed: false,
        position: inputs.agreements.position,
        scope: Scope { only: Some(MAPPING.to_owned()), limit: None },
        gates: BTreeSet::new(),
        census: Vec::new(),
        missing_canaries: Vec::new(),
        steps: missing().map(|it| step(inputs, it)).collect(),
        endowments: Vec::new(),
        settlements: missing().filter_map(|it| left(inputs, it)).collect(),
        conflicts: Vec::new(),
        cases: Vec::new(),
        drift: Vec::new(),
        held: Vec::new(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        unmatched: 0,
    }
}

fn step(inputs: &Inputs<'_>, it: &Definition) -> Step {
    let link = link(inputs.pair, &it.key);
    let why = Why::about(Rule::Missing, Side::Highlevel);
    let field = |name: &str, path: &str, text: &str| FieldStep {
        name: Field::from(name),
        path: Path::from(path),
        before: None,
        after: Some(Value::text(text)),
        source: None,
        why,
    };
    let data_type = it.kind.data_type();
    let identity: [(Path, Held); 2] = [
        (Path::from(KEY), Some(Value::text(&it.key))),
        (Path::from(DATA_TYPE), Some(Value::text(data_type))),
    ];
    Step {
        id: identity::step(&link, Side::Highlevel, Action::Create),
        mapping: MappingName::from(MAPPING),
        link,
        side: Side::Highlevel,
        entity: Resource::CustomField.entity().to_owned(),
        resource: Resource::CustomField,
        record: None,
        name: it.key.as_str().into(),
        action: Action::Create,
        fields: vec![
            field("key", KEY, &it.key),
            field("name", NAME, &it.name),
            field("type", DATA_TYPE, data_type),
        ],
        blanks: Vec::new(),
        despite: Vec::new(),
        constants: BTreeMap::new(),
        marker: None,
        lookup: Some(Lookup { path: Path::from(KEY), value: Value::text(&it.key) }),
        identity: identity.into(),
        sources: Vec::new(),
        source_stamp: None,
        matched: None,
        why,
        side_effects: Vec::new(),
    }
}

/// One that was defined before and is gone has left its link, or it would not be made again.
fn left(inputs: &Inputs<'_>, it: &Definition) -> Option<Settlement> {
    let known = inputs.agreements.links.get(&link(inputs.pair, &it.key))?;
    (!known.ends[Side::Highlevel].is_empty()).then(|| Settlement {
        link: known.id.clone(),
        mapping: known.mapping.clone(),
        name: it.key.as_str().into(),
        ends: Sides::default(),
        matched: None,
        fields: BTreeMap::new(),
        stamps: Sides::default(),
    })
}

#[cfg(test)]
#[path = "definitions_tests.rs"]
mod tests;
