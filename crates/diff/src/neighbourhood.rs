//! How much of the world does a plan have to look at? What moved, what was said about it before, and
//! whatever bears on either: the links of a record, the records of a link, a record's replicas, and those
//! of equal natural key.
//!
//! A plan made from a neighbourhood is the plan made from everything (law in
//! `tests/tests/neighbourhood.rs`). It does not know where records and links are kept: see [`Shelf`].

mod restless;
mod sift;
mod standstill;
mod tokens;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::Rules;
use concordat_model::standstill::Standstill;
use concordat_model::{Link, LinkId, MappingName, Mirrored, RecordKey, Resource, Sides, View};

pub use self::restless::{Restless, restless};
use self::sift::Sifted;
use self::walk::Walk;
use crate::Inputs;

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
    /// Records that moved.
    pub records: BTreeSet<RecordKey>,
    /// Links that were touched.
    pub links: BTreeSet<LinkId>,
    /// Records that did not, and of which something is to be said again: of a person by itself, of a vendor
    /// together with its replicas.
    pub waiting: BTreeSet<RecordKey>,
    /// What was said of some of these, and on what it rests.
    pub standstills: Vec<Standstill>,
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
    /// How many of those that are made have no counterpart.
    pub unmatched: u64,
    /// How many more of each resource are outside the pair's slice.
    pub outside: BTreeMap<Resource, u64>,
    /// How many more records have a name under which some wait for a person.
    pub namesakes: BTreeMap<(MappingName, String), u64>,
    /// What is said again of people who are left out.
    pub standstills: Vec<Standstill>,
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

    /// How many records of that name are left out.
    pub(crate) fn namesakes(&self, mapping: &MappingName, name: &str) -> u64 {
        match self {
            Extent::Whole => 0,
            Extent::Part(part) => {
                part.namesakes.get(&(mapping.clone(), name.to_owned())).copied().unwrap_or(0)
            }
        }
    }

    /// What is said again of people who are left out.
    pub(crate) fn standstills(&self) -> &[Standstill] {
        match self {
            Extent::Whole => &[],
            Extent::Part(part) => &part.standstills,
        }
    }

    /// How many records without counterpart are left out.
    pub(crate) fn unmatched(&self) -> u64 {
        match self {
            Extent::Whole => 0,
            Extent::Part(part) => part.unmatched,
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

/// The neighbourhood of `seeds`. The views of `inputs` have no records yet, and its agreements no links.
///
/// # Errors
/// If the shelf fails.
pub fn neighbourhood<S: Shelf>(
    inputs: &Inputs<'_>,
    seeds: Seeds,
    shelf: &S,
) -> Result<Neighbourhood, S::Error> {
    let mut walk = Walk {
        inputs,
        shelf,
        crowds: crowds(inputs.rules),
        views: inputs.views.map(|_, head| head.clone()),
        links: BTreeMap::new(),
        stirred: seeds.records,
        waiting: BTreeSet::new(),
        known: BTreeSet::new(),
        whole: BTreeSet::new(),
        tokens: BTreeSet::new(),
        standstills: seeds.standstills,
        names: BTreeMap::new(),
    };
    walk.begin(&seeds.links, seeds.waiting)?;
    let mut sifted = walk.reach()?;
    while walk.follow_matches() {
        sifted = walk.reach()?;
    }
    let Sifted { here, unmatched, outside, namesakes, found: _ } = sifted;
    let Walk { views, links, whole, standstills, .. } = walk;
    let part = Part { whole, here, unmatched, outside, namesakes, standstills };
    Ok(Neighbourhood { views, links, part })
}

/// The resources that are too many to be looked at whole: people, and what is noted at contacts.
fn crowds(rules: &Rules) -> BTreeSet<Resource> {
    let gathering = rules.mappings.iter().filter(|it| it.alike().is_some_and(|it| it.gathers));
    let people = gathering.flat_map(|it| it.resources.iter().map(|(_, resource)| *resource));
    let listed = |it: &Resource| rules.resources(it.side()).contains(it);
    people.chain([Resource::Note].into_iter().filter(listed)).collect()
}
