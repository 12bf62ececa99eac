//! Whom does a neighbourhood take from among all people, and how many does it leave out?

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::standstill as model;
use concordat_model::{MappingName, Mirrored, RecordKey, Resource, Seen, Side};

use super::tokens::gathering;
use super::walk::Walk;
use super::{Shelf, standstill};
use crate::pairing::NAMESAKES_MAX;

/// What going through all records brought.
#[derive(Default)]
pub(super) struct Sifted {
    /// Whether anything was added.
    pub(super) found: bool,
    pub(super) here: BTreeMap<Resource, u64>,
    pub(super) unmatched: u64,
    pub(super) outside: BTreeMap<Resource, u64>,
    pub(super) namesakes: BTreeMap<(MappingName, String), u64>,
}

/// The records of one name.
#[derive(Default)]
struct Namesakes {
    /// The first by key; those that are not at hand yet, whole.
    first: BTreeMap<RecordKey, Option<Mirrored>>,
    /// How many more are not at hand.
    more: u64,
}

impl Namesakes {
    fn add(&mut self, key: RecordKey, new: Option<Mirrored>) {
        self.first.insert(key, new);
        if self.first.len() > NAMESAKES_MAX
            && let Some((_, Some(_))) = self.first.pop_last()
        {
            self.more += 1;
        }
    }
}

impl<S: Shelf> Walk<'_, S> {
    /// Goes through all people and notes: takes those who belong to a record that is wanted whole, or share a
    /// natural key with one of whom something may be said, and counts the others.
    pub(super) fn sift(&mut self) -> Result<Sifted, S::Error> {
        self.tokens = self.wanted_tokens();
        let linked = self.linked()?;
        let mut sifted = Sifted::default();
        let mut namesakes: BTreeMap<(MappingName, String), Namesakes> =
            self.suspected().into_iter().map(|it| (it, Namesakes::default())).collect();
        let mut names: BTreeMap<_, _> = self
            .standstills
            .iter()
            .flat_map(|it| it.names.keys())
            .map(|it| (it.clone(), model::Namesakes::default()))
            .collect();
        for resource in self.crowds.clone() {
            let (mut taken, mut seen) = (Vec::new(), Ok(()));
            self.shelf.records(resource, &mut |it| {
                for name in self.names_of(&it) {
                    let (key, is_new) = (&it.record.key, !self.known.contains(&it.record.key));
                    if let Some(same) = names.get_mut(&name) {
                        standstill::count(same, key);
                    }
                    if let Some(same) = namesakes.get_mut(&name) {
                        same.add(key.clone(), is_new.then(|| it.clone()));
                    }
                }
                if self.known.contains(&it.record.key) || seen.is_err() {
                    return;
                }
                if self.is_wanted(&it) {
                    taken.push(it);
                } else {
                    seen = self.count(&it, &linked, &mut sifted);
                }
            })?;
            seen?;
            for same in namesakes.values_mut() {
                let ours = |(key, it): (&RecordKey, &mut Option<Mirrored>)| {
                    it.take_if(|_| key.resource == resource)
                };
                taken.extend(same.first.iter_mut().filter_map(ours));
            }
            sifted.found |= !taken.is_empty();
            let records = &mut self.views[resource.side()].records;
            records.extend(taken.into_iter().map(|it| (it.record.key.clone(), it)));
        }
        sifted.namesakes = namesakes.into_iter().map(|(name, it)| (name, it.more)).collect();
        self.names = names;
        Ok(sifted)
    }

    /// The people on the side where records are made who are linked.
    fn linked(&self) -> Result<BTreeSet<RecordKey>, S::Error> {
        let targets: BTreeMap<&MappingName, Side> = gathering(self.inputs.rules)
            .map(|(it, alike)| (&it.name, alike.creates.side))
            .collect();
        let mut linked = BTreeSet::new();
        self.shelf.links(&mut |link| {
            let target = targets.get(&link.mapping);
            linked.extend(target.into_iter().flat_map(|side| link.ends[*side].clone()));
        })?;
        Ok(linked)
    }

    /// By which names a person who is there may be looked for.
    fn names_of(&self, it: &Mirrored) -> impl Iterator<Item = (MappingName, String)> {
        let key = &it.record.key;
        let is_here = matches!(self.views[key.side()].seen_as(key, Some(it)), Seen::Here(_));
        let targets = gathering(self.inputs.rules).filter(move |(mapping, alike)| {
            is_here && mapping.resources[alike.creates.side] == key.resource
        });
        targets.filter_map(|(mapping, alike)| {
            let name = self.names().name(mapping, alike, it)?;
            Some((mapping.name.clone(), name))
        })
    }

    /// Counts what is left out.
    fn count(
        &self,
        it: &Mirrored,
        linked: &BTreeSet<RecordKey>,
        sifted: &mut Sifted,
    ) -> Result<(), S::Error> {
        let (key, resource) = (&it.record.key, it.record.key.resource);
        if it.missing == 0 && self.views[key.side()].is_outside(&it.record) {
            *sifted.outside.entry(resource).or_default() += 1;
        }
        if !self.is_here(it)? {
            return Ok(());
        }
        *sifted.here.entry(resource).or_default() += 1;
        let is_made = gathering(self.inputs.rules)
            .any(|(mapping, _)| mapping.resources[mapping.source().other()] == resource);
        sifted.unmatched += u64::from(is_made && !linked.contains(key));
        Ok(())
    }

    /// Whether the view would say that a record is there which it leaves out. Its owner may be left out too.
    fn is_here(&self, it: &Mirrored) -> Result<bool, S::Error> {
        let view = &self.views[it.record.key.side()];
        let owner = it.record.key.resource.owner().zip(it.record.parent.clone());
        let owner = owner.map(|(resource, id)| RecordKey { resource, id });
        let left_out = owner.filter(|key| {
            it.missing == 0
                && self.crowds.contains(&key.resource)
                && !view.records.contains_key(key)
        });
        let row = match left_out {
            Some(key) => self.shelf.record(&key)?,
            None => None,
        };
        let seen = view.seen_under(&it.record.key, Some(it), |key| {
            view.seen_as(key, row.as_ref().or_else(|| view.records.get(key)))
        });
        Ok(matches!(seen, Seen::Here(_)))
    }

    /// By which names those are looked for who are looked at and have no counterpart.
    fn suspected(&self) -> BTreeSet<(MappingName, String)> {
        let names = self.names();
        let alone = names.alone(self.links.values());
        alone
            .into_iter()
            .filter_map(|(mapping, alike, it)| names.suspected(mapping, alike, it))
            .collect()
    }

    /// Whether a record is wanted although no link led to it.
    fn is_wanted(&self, it: &Mirrored) -> bool {
        let belongs = it.record.key.resource.owner().zip(it.record.parent.clone());
        belongs.is_some_and(|(resource, id)| self.whole.contains(&RecordKey { resource, id }))
            || self.names().tokens(it).iter().any(|it| self.tokens.contains(it))
    }
}
