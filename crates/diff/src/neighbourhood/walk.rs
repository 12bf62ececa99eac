//! Which records and links belong to a neighbourhood? They are followed until nothing new turns up.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Joins, Mapping, Replicas, Rules};
use concordat_model::{
    Agreements, Choice, Link, LinkId, MappingName, Mirrored, RecordKey, Resource, Seen, Side,
    Sides, View,
};

use super::Shelf;
use super::tokens::{Token, gathering};
use crate::pairing::NAMESAKES_MAX;
use crate::{Inputs, feed, memos, pairing};

/// What going through all records brought.
#[derive(Default)]
pub(super) struct Sifted {
    /// Whether anything was added.
    pub(super) found: bool,
    pub(super) here: BTreeMap<Resource, u64>,
    pub(super) unmatched: BTreeMap<MappingName, u64>,
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

pub(super) struct Walk<'a, S> {
    /// With heads for views, and without links.
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) shelf: &'a S,
    pub(super) crowds: BTreeSet<Resource>,
    pub(super) views: Sides<View>,
    pub(super) links: BTreeMap<LinkId, Link>,
    /// Records that moved, or whose links were touched.
    pub(super) stirred: BTreeSet<RecordKey>,
    /// Records that are wanted by themselves.
    pub(super) waiting: BTreeSet<RecordKey>,
    /// Records whose own row and links are at hand.
    pub(super) known: BTreeSet<RecordKey>,
    /// Records all of whose replicas, and all that belong to them, are wanted.
    pub(super) whole: BTreeSet<RecordKey>,
    pub(super) tokens: BTreeSet<Token>,
}

impl<S: Shelf> Walk<'_, S> {
    /// Takes what is taken whole, and where the rest begins.
    pub(super) fn begin(
        &mut self,
        touched: &BTreeSet<LinkId>,
        waiting: BTreeSet<RecordKey>,
    ) -> Result<(), S::Error> {
        let all = Side::BOTH.into_iter().flat_map(|side| self.inputs.rules.resources(side));
        let few: BTreeSet<Resource> = all.filter(|it| !self.crowds.contains(it)).collect();
        for resource in few {
            let records = &mut self.views[resource.side()].records;
            self.shelf
                .records(resource, &mut |it| drop(records.insert(it.record.key.clone(), it)))?;
        }
        self.views.upguard.outside = self.inputs.rules.slice.outside(&self.views.upguard);
        let (links, rules) = (&mut self.links, self.inputs.rules);
        self.shelf.links(&mut |link| {
            if touched.contains(&link.id) || !is_crowded(rules, &link) {
                links.insert(link.id.clone(), link);
            }
        })?;
        for link in self.links.values().filter(|it| touched.contains(&it.id)) {
            let single = match self.inputs.rules.mapping(&link.mapping).map(|it| &it.joins) {
                Some(Joins::Replicas(replicas)) => Some(replicas.single),
                Some(Joins::Alike(_) | Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_))
                | None => None,
            };
            for (side, keys) in link.ends.iter() {
                match Some(side) == single {
                    true => self.whole.extend(keys.iter().cloned()),
                    false => self.stirred.extend(keys.iter().cloned()),
                }
            }
        }
        let (people, owners): (BTreeSet<_>, BTreeSet<_>) =
            waiting.into_iter().partition(|key| self.crowds.contains(&key.resource));
        self.waiting = people;
        self.whole.extend(owners);
        self.waiting.extend(self.views.iter().flat_map(|(_, view)| view.gone.keys()).cloned());
        let chosen = self.inputs.agreements.choices.values().filter_map(|choice| match choice {
            Choice::Link(key) => Some(key),
            Choice::Create | Choice::Never | Choice::Ask => None,
        });
        let twins = self.inputs.agreements.rebuffs.values().filter_map(|it| it.duplicate.as_ref());
        self.waiting.extend(chosen.chain(twins).cloned());
        // What stands at a contact may ask for it.
        for (_, view) in self.views.iter() {
            let owned = view.records.values().filter_map(|it| {
                let path = it.record.key.resource.belongs_by()?;
                let id = it.record.reading.get(&path)?.as_ref()?.as_text()?;
                Some(RecordKey::new(Resource::Contact, id))
            });
            self.waiting.extend(owned.filter(|it| it.side() == view.side));
        }
        self.whole.extend(self.awaited());
        Ok(())
    }

    /// Vendors about which a note may have to be made: where it stands is known by all their people.
    fn awaited(&self) -> BTreeSet<RecordKey> {
        let view = &self.views.upguard;
        let is_known = |link: &LinkId| self.links.contains_key(link);
        let of = |mapping: &Mapping| match &mapping.joins {
            Joins::Feed(_) => feed::vendors(self.inputs.pair, mapping, view, &is_known),
            Joins::Memo(_) => memos::vendors(self.inputs.pair, mapping, view, &is_known),
            Joins::Alike(_) | Joins::Replicas(_) | Joins::Appended(_) => BTreeSet::new(),
        };
        self.inputs.rules.mappings.iter().flat_map(of).collect()
    }

    /// Takes in whatever links, belonging and natural keys lead to.
    pub(super) fn reach(&mut self) -> Result<Sifted, S::Error> {
        loop {
            self.spread()?;
            let sifted = self.sift()?;
            if !sifted.found {
                return Ok(sifted);
            }
        }
    }

    /// Whoever finds a counterpart now makes it a replica of what they belong to. Answers whether that is
    /// wanted whole only since.
    pub(super) fn follow_matches(&mut self) -> bool {
        let links = std::mem::take(&mut self.links);
        let agreements = Agreements { links, ..self.inputs.agreements.clone() };
        let views = self.views.as_ref();
        let inputs = Inputs { agreements: &agreements, views, ..self.inputs.clone() };
        let mut owners = BTreeSet::new();
        for (mapping, pairing) in pairing::pair_up(&inputs) {
            if mapping.alike().is_some_and(|it| it.gathers) {
                let matched = pairing.linked.iter().filter(|it| it.matched.is_some());
                let people = matched.flat_map(|it| &it.ends[mapping.source()]);
                owners.extend(people.filter_map(|key| self.owner(key)));
            }
        }
        self.links = agreements.links;
        let before = self.whole.len();
        self.whole.extend(owners);
        self.whole.len() > before
    }

    /// The record to which one that is at hand belongs.
    fn owner(&self, key: &RecordKey) -> Option<RecordKey> {
        let id = self.views[key.side()].records.get(key)?.record.parent.clone()?;
        Some(RecordKey { resource: key.resource.parent()?, id })
    }

    /// Follows links to records and records to links, until there is nothing new.
    fn spread(&mut self) -> Result<(), S::Error> {
        loop {
            self.stir();
            let ends = self.links.values().flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys));
            let loaded = self.views.iter().flat_map(|(_, view)| view.records.keys());
            let crowd = ends.chain(loaded).chain(&self.stirred).chain(&self.waiting);
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

    /// Whose replicas and people are wanted: of every record that is stirred, or to which one belongs that
    /// is stirred, or that shares a contact with it.
    fn stir(&mut self) {
        // Whoever belongs to a record is out of scope without it.
        let owns =
            |key: &&RecordKey| self.crowds.iter().any(|it| it.parent() == Some(key.resource));
        self.whole.extend(self.stirred.iter().filter(owns).cloned());
        for mapping in &self.inputs.rules.mappings {
            let Joins::Replicas(Replicas { single, through }) = &mapping.joins else { continue };
            let one = mapping.resources[*single];
            // A contact of several is another matter for the others when one of them comes or goes.
            let people = self.views[*single].records.values().filter(|it| {
                let owner = it.record.key.resource.parent().zip(it.record.parent.clone());
                owner.is_some_and(|(resource, id)| {
                    self.stirred.contains(&RecordKey { resource, id })
                })
            });
            let people: Vec<&RecordKey> = people.map(|it| &it.record.key).collect();
            let stirred: BTreeSet<&RecordKey> = self.stirred.iter().chain(people).collect();
            let mut near = stirred.clone();
            for link in self.links.values().filter(|it| it.mapping == *through) {
                let ends = || link.ends.iter().flat_map(|(_, keys)| keys);
                if ends().any(|key| stirred.contains(key)) {
                    near.extend(ends());
                }
            }
            let near = near.into_iter().filter(|key| key.resource.parent() == Some(one));
            let owners: Vec<RecordKey> = near.filter_map(|key| self.owner(key)).collect();
            self.whole.extend(owners);
        }
    }

    /// Goes through all people: takes those who belong to a record that is wanted whole, or share a
    /// natural key with one of whom something may be said, and counts the others.
    fn sift(&mut self) -> Result<Sifted, S::Error> {
        self.tokens = self.wanted_tokens();
        let linked = self.linked()?;
        let mut sifted = Sifted::default();
        let mut namesakes: BTreeMap<(MappingName, String), Namesakes> =
            self.suspected().into_iter().map(|it| (it, Namesakes::default())).collect();
        for resource in self.crowds.clone() {
            let mut taken = Vec::new();
            self.shelf.records(resource, &mut |it| {
                let key = &it.record.key;
                for (mapping, alike) in gathering(self.inputs.rules) {
                    if mapping.resources[alike.creates.side] == resource
                        && let Some(name) = self.name(mapping, alike, &it)
                        && let Some(same) = namesakes.get_mut(&(mapping.name.clone(), name))
                        && is_here(&self.views[key.side()], &it)
                    {
                        same.add(key.clone(), (!self.known.contains(key)).then(|| it.clone()));
                    }
                }
                if self.known.contains(key) {
                    return;
                }
                if self.is_wanted(&it) {
                    taken.push(it);
                    return;
                }
                let view = &self.views[key.side()];
                if it.missing == 0 && view.is_outside(&it.record) {
                    *sifted.outside.entry(resource).or_default() += 1;
                }
                if !is_here(view, &it) {
                    return;
                }
                *sifted.here.entry(resource).or_default() += 1;
                for (mapping, _) in gathering(self.inputs.rules) {
                    if mapping.resources[mapping.source().other()] == resource
                        && !linked.contains(key)
                    {
                        *sifted.unmatched.entry(mapping.name.clone()).or_default() += 1;
                    }
                }
            })?;
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

    /// Whether a record is wanted although no link led to it.
    fn is_wanted(&self, it: &Mirrored) -> bool {
        let belongs = it.record.key.resource.parent().zip(it.record.parent.clone());
        belongs.is_some_and(|(resource, id)| self.whole.contains(&RecordKey { resource, id }))
            || self.tokens_of(it).iter().any(|it| self.tokens.contains(it))
    }
}

/// Whether a link joins records of which there are too many to be looked at whole.
fn is_crowded(rules: &Rules, link: &Link) -> bool {
    rules.mapping(&link.mapping).is_none_or(|mapping| match &mapping.joins {
        Joins::Alike(alike) => alike.gathers,
        Joins::Replicas(_) => true,
        Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => false,
    })
}

/// Whether `view` would say that a record is there which it leaves out.
fn is_here(view: &View, it: &Mirrored) -> bool {
    matches!(view.seen_as(&it.record.key, Some(it)), Seen::Here(_))
}
