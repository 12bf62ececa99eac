//! How much of the world does a plan have to look at? What moved, what was said about it before, and
//! whatever bears on either: the links of a record, the records of a link, a record's replicas, and those
//! of equal natural key.
//!
//! A plan made from a neighbourhood is the plan made from everything (law in
//! `tests/tests/neighbourhood.rs`). It does not know where records and links are kept: see [`Shelf`].

mod tokens;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Joins, Rules};
use concordat_model::{
    Link, LinkId, MappingName, Mirrored, Plan, RecordKey, Resource, Sides, View,
};

use self::walk::{Sifted, Walk};
use crate::Inputs;
use crate::pairing::{self, Linked};
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
    /// Records that moved.
    pub records: BTreeSet<RecordKey>,
    /// Links that were touched.
    pub links: BTreeSet<LinkId>,
    /// Records that did not, and of which something is to be said again: of a person by itself, of a vendor
    /// together with its replicas.
    pub waiting: BTreeSet<RecordKey>,
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
    /// How many more records have a name under which some wait for a person.
    pub namesakes: BTreeMap<(MappingName, String), u64>,
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
    };
    walk.begin(&seeds.links, seeds.waiting)?;
    let mut sifted = walk.reach()?;
    while walk.follow_matches() {
        sifted = walk.reach()?;
    }
    let Sifted { here, unmatched, outside, namesakes, found: _ } = sifted;
    let part = Part { whole: walk.whole, here, unmatched, outside, namesakes };
    Ok(Neighbourhood { views: walk.views, links: walk.links, part })
}

/// The records of which a plan said something, and those too old to be decided about: they are to be looked
/// at again, whether they move or not.
pub fn restless(inputs: &Inputs<'_>, plan: &Plan) -> BTreeSet<RecordKey> {
    let mut mentions = Mentions::of(inputs);
    for link in inputs.agreements.links.values() {
        if let Some(mapping) = inputs.rules.mapping(&link.mapping)
            && matches!(Opening::of(inputs, mapping, &Linked::from(link)), Opening::Late)
        {
            mentions.add(&link.mapping, Some(&link.id), []);
        }
    }
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
    for it in steps {
        mentions.add(&it.mapping, Some(&it.link), it.record.iter().chain(&it.sources));
    }
    for it in settlements {
        let ends = it.ends.iter().flat_map(|(_, keys)| keys);
        mentions.add(&it.mapping, Some(&it.link), ends);
    }
    for it in conflicts {
        mentions.add(&it.mapping, Some(&it.link), it.records());
    }
    for it in cases {
        let candidates = it.candidates.iter().map(|it| &it.record);
        mentions.add(&it.mapping, None, candidates.chain([&it.record]));
    }
    for it in quarantined {
        mentions.add(&it.mapping, Some(&it.link), it.gone.iter().chain([&it.record]));
    }
    for it in dismissals {
        mentions.add(&it.mapping, Some(&it.link), it.gone.iter().chain(&it.sources));
    }
    for it in held.iter().chain(drift) {
        mentions.add(&it.mapping, it.link.as_ref(), [&it.record]);
    }
    mentions.records
}

/// The records that have to be looked at for something to be said again.
struct Mentions<'a> {
    rules: &'a Rules,
    crowds: BTreeSet<Resource>,
    ends: BTreeMap<LinkId, Vec<RecordKey>>,
    records: BTreeSet<RecordKey>,
}

impl<'a> Mentions<'a> {
    fn of(inputs: &Inputs<'a>) -> Self {
        let pairings = pairing::pair_up(inputs);
        let linked = pairings.iter().flat_map(|(_, it)| it.linked.iter().chain(&it.leaving));
        let paired = linked.map(|it| {
            (it.id.clone(), it.ends.iter().flat_map(|(_, keys)| keys).cloned().collect())
        });
        let known = inputs.agreements.links.values().map(|it| {
            (it.id.clone(), it.ends.iter().flat_map(|(_, keys)| keys).cloned().collect())
        });
        let ends = known.chain(paired).collect();
        let (rules, records) = (inputs.rules, BTreeSet::new());
        Mentions { rules, crowds: crowds(rules), ends, records }
    }

    fn add<'k>(
        &mut self,
        mapping: &MappingName,
        link: Option<&LinkId>,
        keys: impl IntoIterator<Item = &'k RecordKey>,
    ) {
        let Some(mapping) = self.rules.mapping(mapping) else { return };
        let is_needed = |key: &&RecordKey| match &mapping.joins {
            Joins::Alike(alike) => alike.gathers,
            // Replicas are looked at with the one record that they are replicas of.
            Joins::Replicas(replicas) => key.side() == replicas.single,
            Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => {
                self.crowds.contains(&key.resource)
            }
        };
        let ends = link.and_then(|link| self.ends.get(link)).into_iter().flatten();
        self.records.extend(ends.filter(is_needed).cloned());
        self.records.extend(keys.into_iter().filter(is_needed).cloned());
    }
}

/// The resources that are too many to be looked at whole: people.
fn crowds(rules: &Rules) -> BTreeSet<Resource> {
    let gathering = rules.mappings.iter().filter(|it| it.alike().is_some_and(|it| it.gathers));
    gathering.flat_map(|it| it.resources.iter().map(|(_, resource)| *resource)).collect()
}
