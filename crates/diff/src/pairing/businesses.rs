//! Under which business does a contact stand? Under that of the vendor to which its people belong, as the
//! links of the vendors have it; one that the same plan makes counts too. People of several vendors stand
//! under none of their businesses in particular.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::capability::VENDOR_BUSINESS;
use concordat_mapping::{FieldRule, Mapping, Rules};
use concordat_model::{
    Held, LinkId, Mirrored, Name, Path, RecordId, RecordKey, Resource, Rule, Seen, Side, Sides,
    Value, View, Why,
};

use super::Pairing;
use crate::Inputs;
use crate::merge::{Contender, Outcome};

/// Where the contact of some people stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Business {
    /// No business is known, or none is asked for.
    #[default]
    Unknown,
    /// It is there.
    At(RecordId),
    /// This plan makes it, for this link of a vendor of this name.
    With(LinkId, Name),
    /// Their vendors have several.
    Several(BTreeSet<Business>),
}

impl Business {
    /// What UpGuard's end of the field holds; nothing: it is not known.
    pub fn held(&self) -> Option<Held> {
        match self {
            Business::Unknown | Business::Several(_) => None,
            Business::At(id) => Some(Some(Value::text(id.as_str()))),
            // It is put right when it is made.
            Business::With(_, name) => Some(Some(Value::Text(format!("{name} (new)")))),
        }
    }

    /// What is sent beside the field, until the business is there.
    pub fn awaited(&self, rule: &FieldRule) -> Option<(Path, Value)> {
        match self {
            Business::With(link, _) if is_asked(rule) => {
                Some((Resource::Contact.names_by_link()?, Value::text(link.as_str())))
            }
            Business::With(..) | Business::Unknown | Business::At(_) | Business::Several(_) => None,
        }
    }

    /// What follows for a field of which the truth table says `outcome`. One of several businesses is as
    /// good as another; what is not made yet cannot be agreed on.
    pub fn settle(&self, field: &Contender<'_>, outcome: Outcome) -> Outcome {
        match (self, outcome) {
            (_, outcome) if !is_asked(field.rule) => outcome,
            (Business::Several(several), outcome) => {
                let is_one =
                    |held: &Held| several.iter().any(|it| it.held().as_ref() == Some(held));
                match &field.now.highlevel {
                    Some(held) if !is_one(held) => {
                        Outcome::Hold(Why::about(Rule::Shared, Side::Highlevel))
                    }
                    Some(_) | None => outcome,
                }
            }
            (Business::With(..), Outcome::Agree(_) | Outcome::Report(_)) => Outcome::Unmoved,
            (Business::Unknown | Business::At(_) | Business::With(..), outcome) => outcome,
        }
    }
}

/// Whether a field says under which business a contact stands.
pub fn is_asked(rule: &FieldRule) -> bool {
    rule.ends.upguard.path.as_str() == VENDOR_BUSINESS
}

/// Says of all people under which business their contacts stand.
pub fn place(inputs: &Inputs<'_>, pairings: &mut [(&Mapping, Pairing)]) {
    let Some(vendors) = vendors(inputs.rules) else { return };
    let found = pairings.iter().find(|(it, _)| it.name == vendors.name);
    let Some(known) = found.map(|(_, pairing)| known(inputs, pairing)) else { return };
    for (_, pairing) in pairings.iter_mut().filter(|(it, _)| it.fields.iter().any(is_asked)) {
        for it in &mut pairing.linked {
            it.business = of_people(inputs.views.upguard, &known, &it.ends.upguard);
        }
        for it in &mut pairing.missing {
            it.business = of_people(inputs.views.upguard, &known, &it.sources);
        }
    }
}

/// The mapping by which it is known, if somebody asks.
pub fn vendors(rules: &Rules) -> Option<&Mapping> {
    let is_asked = rules.mappings.iter().flat_map(|it| &it.fields).any(is_asked);
    let resources = Sides { upguard: Resource::Vendor, highlevel: Resource::Business };
    rules.mappings.iter().find(|it| is_asked && it.resources == resources)
}

/// The businesses of all vendors that have one, or will.
fn known(inputs: &Inputs<'_>, vendors: &Pairing) -> BTreeMap<RecordKey, Business> {
    let view = inputs.views.highlevel;
    let is_here = |key: &&RecordKey| matches!(view.seen(key), Seen::Here(_));
    let there = vendors.linked.iter().filter_map(|link| {
        let business = link.ends.highlevel.iter().find(is_here)?;
        Some((&link.ends.upguard, Business::At(business.id.clone())))
    });
    let name = |key: &RecordKey| inputs.views.upguard.records.get(key).map(|it| &it.record.name);
    let made = vendors.missing.iter().filter_map(|missing| {
        let name = missing.sources.first().and_then(name)?;
        Some((&missing.sources, Business::With(missing.id.clone(), name.clone())))
    });
    let all = there.chain(made);
    all.flat_map(|(keys, it)| keys.iter().map(move |key| (key.clone(), it.clone()))).collect()
}

fn of_people(
    view: &View,
    known: &BTreeMap<RecordKey, Business>,
    people: &BTreeSet<RecordKey>,
) -> Business {
    let vendor = |it: &Mirrored| {
        let id = it.record.parent.clone()?;
        Some(RecordKey { resource: Resource::Vendor, id })
    };
    let here = people.iter().filter_map(|key| match view.seen(key) {
        Seen::Here(person) => known.get(&vendor(person)?).cloned(),
        Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
    });
    let mut found: BTreeSet<Business> = here.collect();
    match found.len() {
        0 | 1 => found.pop_first().unwrap_or_default(),
        _ => Business::Several(found),
    }
}
