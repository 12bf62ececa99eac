//! How much of the world does a plan have to look at? What moved, what was said about it before, and
//! whatever bears on either: the links of a record, the records of a link, a record's replicas, and those
//! of equal natural key.
//!
//! A plan made from a neighbourhood is the plan made from everything (law in
//! `tests/tests/neighbourhood.rs`). It does not know where records and links are kept: see [`Shelf`].

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Alike, Joins, Mapping, Replicas, Rules};
use concordat_model::{
    Agreements, Choice, Field, Held, Link, LinkId, MappingName, Mirrored, PairId, RecordKey,
    Resource, Seen, Side, Sides, Value, View,
};

use crate::pairing::Linked;
use crate::steps::Opening;
use crate::{Inputs, Plan, identity, projection};

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
    let part = Part { whole: walk.whole.clone(), here: sifted.here, unmatched: sifted.unmatched };
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
    for step in &plan.steps {
        seeds.links.insert(step.link.clone());
        seeds.records.extend(step.record.iter().chain(&step.sources).cloned());
    }
    for settlement in &plan.settlements {
        seeds.links.insert(settlement.link.clone());
        seeds.records.extend(settlement.ends.iter().flat_map(|(_, keys)| keys).cloned());
    }
    for conflict in &plan.conflicts {
        seeds.links.insert(conflict.link.clone());
        seeds.records.extend(conflict.records().cloned());
    }
    for case in &plan.cases {
        seeds.records.insert(case.record.clone());
        seeds.records.extend(case.candidates.iter().map(|it| it.record.clone()));
    }
    for notice in plan.held.iter().chain(&plan.drift) {
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

/// What makes two records bear on each other although no link joins them.
type Token = String;

/// What going through all records brought.
struct Sifted {
    /// Whether anything was added.
    found: bool,
    here: BTreeMap<Resource, u64>,
    unmatched: BTreeMap<MappingName, u64>,
}

struct Walk<'a, S> {
    pair: &'a PairId,
    rules: &'a Rules,
    agreements: &'a Agreements,
    shelf: &'a S,
    crowds: BTreeSet<Resource>,
    views: Sides<View>,
    links: BTreeMap<LinkId, Link>,
    /// Records of which something may be said.
    stirred: BTreeSet<RecordKey>,
    /// Records whose own row and links are at hand.
    known: BTreeSet<RecordKey>,
    /// Records all of whose replicas, and all that belong to them, are wanted.
    whole: BTreeSet<RecordKey>,
    tokens: BTreeSet<Token>,
}

impl<S: Shelf> Walk<'_, S> {
    /// Takes what is taken whole, and where the rest begins.
    fn begin(&mut self, touched: &BTreeSet<LinkId>) -> Result<(), S::Error> {
        let all = Side::BOTH.into_iter().flat_map(|side| self.rules.resources(side));
        let few: BTreeSet<Resource> = all.filter(|it| !self.crowds.contains(it)).collect();
        for resource in few {
            let records = &mut self.views[resource.side()].records;
            self.shelf
                .records(resource, &mut |it| drop(records.insert(it.record.key.clone(), it)))?;
        }
        let (links, rules) = (&mut self.links, self.rules);
        self.shelf.links(&mut |link| {
            if touched.contains(&link.id) || !is_crowded(rules, &link) {
                links.insert(link.id.clone(), link);
            }
        })?;
        let ends = self.links.values().filter(|it| touched.contains(&it.id));
        self.stirred.extend(ends.flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys)).cloned());
        self.stirred.extend(self.views.iter().flat_map(|(_, view)| view.gone.keys()).cloned());
        let chosen = self.agreements.choices.values().filter_map(|choice| match choice {
            Choice::Link(key) => Some(key),
            Choice::Create | Choice::Never | Choice::Ask => None,
        });
        let twins = self.agreements.rebuffs.values().filter_map(|it| it.duplicate.as_ref());
        self.stirred.extend(chosen.chain(twins).cloned());
        // What stands at a contact may ask for it.
        for (_, view) in self.views.iter() {
            let owned = view.records.values().filter_map(|it| {
                let path = it.record.key.resource.belongs_by()?;
                let id = it.record.reading.get(&path)?.as_ref()?.as_text()?;
                Some(RecordKey::new(Resource::Contact, id))
            });
            self.stirred.extend(owned.filter(|it| it.side() == view.side));
        }
        Ok(())
    }

    /// Follows links to records and records to links, until there is nothing new.
    fn spread(&mut self) -> Result<(), S::Error> {
        loop {
            self.stir();
            let ends = self.links.values().flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys));
            let loaded = self.views.iter().flat_map(|(_, view)| view.records.keys());
            let crowd = ends.chain(loaded).chain(&self.stirred);
            let crowd = crowd.filter(|key| self.crowds.contains(&key.resource));
            let wanted: BTreeSet<RecordKey> = crowd
                .chain(&self.whole)
                .filter(|key| !self.known.contains(*key))
                .cloned()
                .collect();
            if wanted.is_empty() {
                return Ok(());
            }
            for key in wanted {
                if let Some(it) = self.shelf.record(&key)? {
                    self.views[key.side()].records.insert(key.clone(), it);
                }
                let links = self.shelf.links_of(&key)?;
                self.links.extend(links.into_iter().map(|it| (it.id.clone(), it)));
                self.known.insert(key);
            }
        }
    }

    /// Whose replicas and people are wanted: of every record that is stirred, or to which one that is
    /// stirred belongs, or did.
    fn stir(&mut self) {
        // Whoever belongs to a record is out of scope without it.
        let owns =
            |key: &&RecordKey| self.crowds.iter().any(|it| it.parent() == Some(key.resource));
        self.whole.extend(self.stirred.iter().filter(owns).cloned());
        for mapping in &self.rules.mappings {
            let Joins::Replicas(replicas) = &mapping.joins else { continue };
            let Replicas { single, through } = replicas;
            let one = mapping.resources[*single];
            let mut near = self.stirred.clone();
            for link in self.links.values().filter(|it| it.mapping == *through) {
                let ends = || link.ends.iter().flat_map(|(_, keys)| keys);
                if ends().any(|key| self.stirred.contains(key)) {
                    near.extend(ends().cloned());
                }
            }
            let parents = near.iter().filter_map(|key| {
                let it = self.views[key.side()].records.get(key)?;
                (key.resource.parent() == Some(one))
                    .then(|| it.record.parent.clone())?
                    .map(|id| RecordKey { resource: one, id })
            });
            let parents: BTreeSet<RecordKey> = parents.collect();
            self.whole.extend(parents);
            for link in self.links.values().filter(|it| it.mapping == mapping.name) {
                if link.ends[single.other()].iter().any(|key| near.contains(key)) {
                    self.whole.extend(link.ends[*single].iter().cloned());
                }
            }
        }
    }

    /// Goes through all people: takes those who belong to a record that is wanted whole, or share a
    /// natural key with one of whom something may be said, and counts the others.
    fn sift(&mut self) -> Result<Sifted, S::Error> {
        self.tokens = self.wanted_tokens();
        let linked = self.linked()?;
        let mut sifted = Sifted { found: false, here: BTreeMap::new(), unmatched: BTreeMap::new() };
        for resource in self.crowds.clone() {
            let mut taken = Vec::new();
            self.shelf.records(resource, &mut |it| {
                let key = &it.record.key;
                if self.known.contains(key) {
                    return;
                }
                if self.is_wanted(&it) {
                    taken.push(it);
                    return;
                }
                let view = &self.views[key.side()];
                if !matches!(seen(view, &it), Seen::Here(_)) || !view.is_owned(&it) {
                    return;
                }
                *sifted.here.entry(resource).or_default() += 1;
                for (mapping, _) in gathering(self.rules) {
                    if mapping.resources[mapping.source().other()] == resource
                        && !linked.contains(key)
                    {
                        *sifted.unmatched.entry(mapping.name.clone()).or_default() += 1;
                    }
                }
            })?;
            sifted.found |= !taken.is_empty();
            let records = &mut self.views[resource.side()].records;
            records.extend(taken.into_iter().map(|it| (it.record.key.clone(), it)));
        }
        Ok(sifted)
    }

    /// The people on the side where records are made who are linked.
    fn linked(&self) -> Result<BTreeSet<RecordKey>, S::Error> {
        let targets: BTreeMap<&MappingName, Side> =
            gathering(self.rules).map(|(it, alike)| (&it.name, alike.creates.side)).collect();
        let mut linked = BTreeSet::new();
        self.shelf.links(&mut |link| {
            let target = targets.get(&link.mapping);
            linked.extend(target.into_iter().flat_map(|side| link.ends[*side].clone()));
        })?;
        Ok(linked)
    }

    /// Whether a record is wanted although no link led to it. One that was missing is looked at until it
    /// is back.
    fn is_wanted(&self, it: &Mirrored) -> bool {
        let key = &it.record.key;
        let belongs = key.resource.parent().zip(it.record.parent.clone());
        it.missing > 0
            || belongs
                .is_some_and(|(resource, id)| self.whole.contains(&RecordKey { resource, id }))
            || self.tokens_of(it).iter().any(|it| self.tokens.contains(it))
    }

    /// The tokens of whatever is stirred, and of every source record that has no counterpart.
    fn wanted_tokens(&self) -> BTreeSet<Token> {
        let mut linked: BTreeSet<(&MappingName, &RecordKey)> = BTreeSet::new();
        for link in self.links.values() {
            linked.extend(
                link.ends.iter().flat_map(|(_, keys)| keys).map(|key| (&link.mapping, key)),
            );
        }
        let is_alone = |key: &RecordKey| {
            gathering(self.rules).any(|(mapping, _)| {
                mapping.resources[mapping.source()] == key.resource
                    && !linked.contains(&(&mapping.name, key))
            })
        };
        let crowd = self.views.iter().flat_map(|(_, view)| view.records.values());
        let wanted = crowd.filter(|it| {
            let key = &it.record.key;
            self.crowds.contains(&key.resource) && (self.stirred.contains(key) || is_alone(key))
        });
        let anchors =
            self.rules.mappings.iter().filter_map(|it| it.alike()?.creates.anchor.as_ref());
        wanted.flat_map(|it| self.tokens_of(it)).chain(anchors.map(|it| anchor(it))).collect()
    }

    fn tokens_of(&self, it: &Mirrored) -> BTreeSet<Token> {
        let key = &it.record.key;
        let side = key.side();
        let mut tokens = BTreeSet::new();
        for (mapping, alike) in gathering(self.rules) {
            if mapping.resources[side] != key.resource {
                continue;
            }
            let keys = alike.keys.iter().map(|key| &key.field).chain(&alike.creates.identity);
            let keys = keys.map(std::slice::from_ref).chain([alike.creates.suspects.as_slice()]);
            let joined = keys.filter_map(|fields| {
                let value = self.joined(mapping, it, fields)?;
                Some(format!("{}\u{1f}{}\u{1f}{value}", mapping.name, fields.first()?))
            });
            tokens.extend(joined);
            let marker = match side == alike.creates.side {
                true => text(it, &key.resource),
                false => Some(identity::marker(self.pair, &mapping.name, key)),
            };
            tokens.extend(marker.map(|it| format!("{}\u{1f}\u{1f}{it}", mapping.name)));
        }
        if key.resource == Resource::Contact {
            tokens.insert(anchor(key.id.as_str()));
            let email =
                it.record.reading.get(&"email".into()).and_then(|it| it.as_ref()?.as_text());
            tokens.extend(email.map(anchor));
        }
        tokens
    }

    /// What a record holds in `fields`, to be compared; nothing: it lacks one of them.
    fn joined(&self, mapping: &Mapping, it: &Mirrored, fields: &[Field]) -> Option<String> {
        let side = it.record.key.side();
        let held = |field: &Field| -> Held {
            let (rule, region) = (mapping.field(field)?, self.rules.region);
            let native = projection::native(&self.views[side], it, &rule.ends[side].path)?;
            rule.kind.key(&rule.ends[side].lens.get(&native, region), region)
        };
        let parts: Option<Vec<String>> =
            fields.iter().map(|it| Some(held(it)?.to_string().to_lowercase())).collect();
        parts.map(|parts| parts.join("\u{1f}"))
    }
}

/// Whether a link joins records of which there are too many to be looked at whole.
fn is_crowded(rules: &Rules, link: &Link) -> bool {
    rules.mapping(&link.mapping).is_none_or(|mapping| match &mapping.joins {
        Joins::Alike(alike) => alike.gathers,
        Joins::Replicas(_) => true,
        Joins::Appended(_) => false,
    })
}

fn gathering(rules: &Rules) -> impl Iterator<Item = (&Mapping, &Alike)> {
    let alike = rules.mappings.iter().filter_map(|it| Some((it, it.alike()?)));
    alike.filter(|(_, alike)| alike.gathers)
}

/// What `view` would say about a record that it leaves out.
fn seen<'a>(view: &'a View, it: &'a Mirrored) -> Seen<'a> {
    match view.gone.get(&it.record.key) {
        Some(gone) => Seen::Gone(gone),
        None if it.missing == 0 => Seen::Here(it),
        None => Seen::Unseen,
    }
}

fn text(it: &Mirrored, resource: &Resource) -> Option<String> {
    let held = it.record.reading.get(&resource.marker()?)?.as_ref();
    held.and_then(Value::as_text).map(str::to_owned)
}

fn anchor(wanted: &str) -> Token {
    format!("\u{1f}anchor\u{1f}{}", wanted.to_lowercase())
}
