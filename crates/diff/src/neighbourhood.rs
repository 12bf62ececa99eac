//! How much of the world does a plan have to look at? What moved, what was said about it before, and
//! whatever bears on either: the links of a record, the records of a link, a record's replicas, and those
//! of equal natural key.
//!
//! A plan made from a neighbourhood is the plan made from everything (law in
//! `tests/tests/neighbourhood.rs`). It does not know where records and links are kept: see [`Shelf`].

mod tokens;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::Rules;
use concordat_model::{
    Agreements, Link, LinkId, MappingName, Mirrored, PairId, Plan, RecordKey, Resource, Sides, View,
};

use self::walk::{Sifted, Walk};
use crate::Inputs;
use crate::pairing::Linked;
use crate::steps::Opening;

/// Where records and links are kept.
pub trait Shelf {
    /// Why they cannot be had.
    type Error;

    /// Shows every mirrored record of `resource`.
    fn records(&self, resource: Resource, see: &mut dyn FnMut(Mirrored))
    -> Result<(), Self::Error>;

    /// The record as it was last seen.
    fn record(&self, key: &RecordKey) -> Result<Option<Mirrored>, Self::Error>;

    /// Shows every link.
    fn links(&self, see: &mut dyn FnMut(Link)) -> Result<(), Self::Error>;

    /// The links that name a record.
    fn links_of(&self, key: &RecordKey) -> Result<Vec<Link>, Self::Error>;
}

/// Where a neighbourhood begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seeds {
    /// Records that moved, or about which something was said.
    pub records: BTreeSet<RecordKey>,
    /// Links that were touched, or about which something was said.
    pub links: BTreeSet<LinkId>,
}

/// What a plan is made from: all of the world, or a neighbourhood of it.
#[derive(Clone, Copy, Debug)]
pub enum Extent<'a> {
    /// Views and agreements hold everything there is.
    Whole,
    /// They hold a neighbourhood.
    Part(&'a Part),
}

/// What a neighbourhood leaves out, in numbers, and what it holds whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Records all of whose replicas are in it.
    pub whole: BTreeSet<RecordKey>,
    /// How many records of each resource are there and left out.
    pub here: BTreeMap<Resource, u64>,
    /// How many of those have no counterpart.
    pub unmatched: BTreeMap<MappingName, u64>,
    /// How many more of each resource are outside the pair's slice.
    pub outside: BTreeMap<Resource, u64>,
}

impl Extent<'_> {
    /// Whether all replicas of a record are at hand.
    pub(crate) fn holds(&self, one: &RecordKey) -> bool {
        match self {
            Extent::Whole => true,
            Extent::Part(part) => part.whole.contains(one),
        }
    }

    /// How many records of `resource` are there and left out.
    pub(crate) fn beside(&self, resource: Resource) -> u64 {
        match self {
            Extent::Whole => 0,
            Extent::Part(part) => part.here.get(&resource).copied().unwrap_or(0),
        }
    }

    /// How many records of `resource` are outside the pair's slice and left out.
    pub(crate) fn outside(&self, resource: Resource) -> u64 {
        match self {
            Extent::Whole => 0,
            Extent::Part(part) => part.outside.get(&resource).copied().unwrap_or(0),
        }
    }

    /// How many records without counterpart are left out.
    pub(crate) fn unmatched(&self, mapping: &MappingName) -> u64 {
        match self {
            Extent::Whole => 0,
            Extent::Part(part) => part.unmatched.get(mapping).copied().unwrap_or(0),
        }
    }
}

/// A part of the world.
#[derive(Clone, Debug)]
pub struct Neighbourhood {
    /// Its records.
    pub views: Sides<View>,
    /// Its links.
    pub links: BTreeMap<LinkId, Link>,
    /// What it leaves out.
    pub part: Part,
}

/// The neighbourhood of `seeds`. `heads`: both views without their records; `agreements`: what was decided
/// and learned, whatever links it has.
///
/// # Errors
/// If the shelf fails.
pub fn neighbourhood<S: Shelf>(
    (pair, rules): (&PairId, &Rules),
    agreements: &Agreements,
    heads: Sides<View>,
    seeds: Seeds,
    shelf: &S,
) -> Result<Neighbourhood, S::Error> {
    let crowds = crowds(rules);
    let mut walk = Walk {
        pair,
        rules,
        agreements,
        shelf,
        crowds,
        views: heads,
        links: BTreeMap::new(),
        stirred: seeds.records,
        known: BTreeSet::new(),
        whole: BTreeSet::new(),
        tokens: BTreeSet::new(),
    };
    walk.begin(&seeds.links)?;
    walk.spread()?;
    let mut sifted = walk.sift()?;
    while sifted.found {
        walk.spread()?;
        sifted = walk.sift()?;
    }
    let Sifted { here, unmatched, outside, found: _ } = sifted;
    let part = Part { whole: walk.whole, here, unmatched, outside };
    Ok(Neighbourhood { views: walk.views, links: walk.links, part })
}

/// What a plan said something about, and what was too old to be decided: it has to be looked at again,
/// whether it moves or not.
pub fn restless(inputs: &Inputs<'_>, plan: &Plan) -> Seeds {
    let late = inputs.agreements.links.values().filter(|link| {
        let mapping = inputs.rules.mapping(&link.mapping);
        mapping.is_some_and(|mapping| {
            matches!(Opening::of(inputs, mapping, &Linked::from(*link)), Opening::Late)
        })
    });
    let mut seeds = Seeds { links: late.map(|it| it.id.clone()).collect(), ..Seeds::default() };
    // Whatever a plan may come to say belongs here.
    let Plan {
        steps,
        settlements,
        conflicts,
        cases,
        drift,
        held,
        quarantined,
        dismissals,
        pair: _,
        made_at: _,
        mapping: _,
        tenants: _,
        expected_tenants: _,
        expected_mapping: _,
        first_agreement: _,
        first_allowed: _,
        position: _,
        scope: _,
        gates: _,
        census: _,
        missing_canaries: _,
        unmatched: _,
    } = plan;
    for step in steps {
        seeds.links.insert(step.link.clone());
        seeds.records.extend(step.record.iter().chain(&step.sources).cloned());
    }
    for settlement in settlements {
        seeds.links.insert(settlement.link.clone());
        seeds.records.extend(settlement.ends.iter().flat_map(|(_, keys)| keys).cloned());
    }
    for conflict in conflicts {
        seeds.links.insert(conflict.link.clone());
        seeds.records.extend(conflict.records().cloned());
    }
    for case in cases {
        seeds.records.insert(case.record.clone());
        seeds.records.extend(case.candidates.iter().map(|it| it.record.clone()));
    }
    for it in quarantined {
        seeds.links.insert(it.link.clone());
        seeds.records.extend(it.gone.iter().chain([&it.record]).cloned());
    }
    for it in dismissals {
        seeds.links.insert(it.link.clone());
        seeds.records.extend(it.gone.iter().chain(&it.sources).cloned());
    }
    for notice in held.iter().chain(drift) {
        seeds.links.extend(notice.link.clone());
        seeds.records.insert(notice.record.clone());
    }
    seeds
}

/// The resources that are too many to be looked at whole: people.
fn crowds(rules: &Rules) -> BTreeSet<Resource> {
    let gathering = rules.mappings.iter().filter(|it| it.alike().is_some_and(|it| it.gathers));
    gathering.flat_map(|it| it.resources.iter().map(|(_, resource)| *resource)).collect()
}
