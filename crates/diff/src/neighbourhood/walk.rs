//! Which records and links belong to a neighbourhood? They are followed until nothing new turns up.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{About, Joins, Mapping, Replicas, Rules};
use concordat_model::standstill::{self as model, Standstill};
use concordat_model::{
    Agreements, Choice, Link, LinkId, MappingName, Mirrored, RecordKey, Resource, Seen, Side,
    Sides, View,
};

use super::sift::Sifted;
use super::tokens::{Names, Token, anchor};
use super::{Shelf, standstill};
use crate::pairing::businesses;
use crate::{Inputs, feed, memos, pairing, places};

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
    /// What is said again without anybody being looked at.
    pub(super) standstills: Vec<Standstill>,
    /// Who has the names by which it goes, once all records were gone through.
    pub(super) names: BTreeMap<(MappingName, String), model::Namesakes>,
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
        self.views.upguard.outside = self.outside()?;
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
        self.standstills.retain(|it| it.waiting.is_subset(&people));
        self.dissolve();
        let still: BTreeSet<&RecordKey> =
            self.standstills.iter().flat_map(|it| &it.waiting).collect();
        self.waiting.extend(people.into_iter().filter(|key| !still.contains(key)));
        self.whole.extend(owners);
        let gone: Vec<RecordKey> = self.gone().cloned().collect();
        let (owners, others) = gone.into_iter().partition::<Vec<_>, _>(|key| self.owns(key));
        self.whole.extend(owners);
        self.waiting.extend(others);
        let chosen = self.inputs.agreements.choices.values().filter_map(|choice| match choice {
            Choice::Link(key) => Some(key),
            Choice::Create | Choice::Never | Choice::Ask => None,
        });
        let still: BTreeSet<&LinkId> = self.standstills.iter().flat_map(|it| &it.rebuffs).collect();
        let rebuffs = self.inputs.agreements.rebuffs.iter().filter(|(id, _)| !still.contains(id));
        let twins = rebuffs.filter_map(|(_, it)| it.duplicate.as_ref());
        self.waiting.extend(chosen.chain(twins).cloned());
        self.whole.extend(self.awaited());
        self.whole.extend(self.moving());
        Ok(())
    }

    /// What is outside the pair's slice: also of those of whom there are too many to be looked at whole.
    fn outside(&self) -> Result<BTreeSet<RecordKey>, S::Error> {
        let (slice, view) = (&self.inputs.rules.slice, &self.views.upguard);
        let mut outside = slice.outside(view);
        if slice.contacts.is_some() && self.crowds.contains(&Resource::VendorContact) {
            self.shelf.records(Resource::VendorContact, &mut |it| {
                if slice.shuts_out(view, &it) {
                    outside.insert(it.record.key);
                }
            })?;
        }
        Ok(outside)
    }

    /// Vendors about which a note or a task may have to be made: where it stands is known by all their
    /// people.
    fn awaited(&self) -> BTreeSet<RecordKey> {
        let view = &self.views.upguard;
        let joins = |link: &Link| link.ends.iter().any(|(_, keys)| !keys.is_empty());
        let is_known = |link: &LinkId| self.links.get(link).is_some_and(joins);
        let of = |mapping: &Mapping| match &mapping.joins {
            Joins::Feed(_) => feed::vendors(self.inputs.pair, mapping, view, &is_known),
            Joins::Memo(_) => memos::vendors(self.inputs.pair, mapping, view, &is_known),
            Joins::Alike(alike) => {
                places::vendors(self.inputs, mapping, &alike.creates, view, &self.links)
            }
            Joins::Replicas(_) | Joins::Appended(_) => BTreeSet::new(),
        };
        self.inputs.rules.mappings.iter().flat_map(of).collect()
    }

    /// Vendors whose people may come to stand under another business: one may be made or found, or is not
    /// the one it was.
    fn moving(&self) -> BTreeSet<RecordKey> {
        let Some(vendors) = businesses::vendors(self.inputs.rules) else { return BTreeSet::new() };
        let is_still = |key: &RecordKey| {
            let is_here = matches!(self.views[key.side()].seen(key), Seen::Here(_));
            is_here && !self.stirred.contains(key)
        };
        let links = self.links.values().filter(|it| it.mapping == vendors.name);
        let still = links.filter(|it| it.ends.highlevel.iter().any(is_still));
        let still: BTreeSet<&RecordKey> = still.flat_map(|it| &it.ends.upguard).collect();
        let all = self.views.upguard.here(Resource::Vendor).map(|it| &it.record.key);
        all.filter(|it| !still.contains(it)).cloned().collect()
    }

    /// Takes in whatever links, belonging and natural keys lead to.
    pub(super) fn reach(&mut self) -> Result<Sifted, S::Error> {
        loop {
            self.spread()?;
            let sifted = self.sift()?;
            if !self.dissolve() && !sifted.found {
                return Ok(sifted);
            }
        }
    }

    /// Whoever waits in a standstill that no longer holds is looked at. Answers whether somebody is.
    fn dissolve(&mut self) -> bool {
        let reached = self.reached();
        let (still, over): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.standstills).into_iter().partition(|it| {
                it.waiting.is_disjoint(&self.known)
                    && standstill::holds(self.inputs, it, &reached, &self.names)
            });
        self.standstills = still;
        for it in &over {
            let candidates = it.cases.iter().flat_map(|it| &it.candidates).map(|it| &it.record);
            let rebuffs = it.rebuffs.iter().filter_map(|it| self.inputs.agreements.rebuffs.get(it));
            let twins = rebuffs.filter_map(|it| it.duplicate.as_ref());
            self.waiting.extend(it.waiting.iter().chain(candidates).chain(twins).cloned());
        }
        !over.is_empty()
    }

    /// What moved or is gone, and who bears on whom it may be: whoever is looked at and has no counterpart
    /// bears on themselves.
    fn reached(&self) -> BTreeSet<RecordKey> {
        let names = self.names();
        let people = self.views.iter().flat_map(|(_, view)| view.records.values());
        let people = people.filter(|it| self.crowds.contains(&it.record.key.resource));
        let near = people.filter(|it| !names.tokens(it).is_disjoint(&self.tokens));
        let near = near.map(|it| &it.record.key);
        near.chain(&self.stirred).chain(self.gone()).cloned().collect()
    }

    fn gone(&self) -> impl Iterator<Item = &RecordKey> {
        self.views.iter().flat_map(|(_, view)| view.gone.keys())
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
        Some(RecordKey { resource: key.resource.owner()?, id })
    }

    /// Follows links to records and records to links, until there is nothing new.
    fn spread(&mut self) -> Result<(), S::Error> {
        loop {
            self.stir();
            let links = self.links.values().filter(|it| is_followed(self.inputs.rules, it));
            let ends = links.flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys));
            let loaded = self.views.iter().flat_map(|(_, view)| view.records.keys());
            let stands = self.stands();
            let crowd = ends.chain(loaded).chain(&self.stirred).chain(&self.waiting);
            let crowd = crowd.chain(&stands).filter(|key| self.crowds.contains(&key.resource));
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

    /// The contacts at which something stands that is at hand: it is not there without them.
    fn stands(&self) -> BTreeSet<RecordKey> {
        let named = |it: &Mirrored| {
            let path = it.record.key.resource.belongs_by()?;
            let id = it.record.reading.get(&path)?.as_ref()?.as_text()?;
            Some(RecordKey::new(Resource::Contact, id))
        };
        let records = self.views.highlevel.records.values();
        records.flat_map(|it| named(it).into_iter().chain(self.owner(&it.record.key))).collect()
    }

    /// Whether other records belong to one like this: they are not there without it.
    fn owns(&self, key: &RecordKey) -> bool {
        self.crowds.iter().any(|it| it.parent() == Some(key.resource))
    }

    /// Whose replicas and people are wanted: of every record that is stirred, or to which one belongs that
    /// is stirred, or that shares a contact with it.
    fn stir(&mut self) {
        let owners = self.stirred.iter().filter(|key| self.owns(key)).cloned();
        self.whole.extend(owners.collect::<Vec<_>>());
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

    pub(super) fn names(&self) -> Names<'_> {
        Names { pair: self.inputs.pair, rules: self.inputs.rules, views: self.views.as_ref() }
    }

    /// The tokens of whatever is stirred, and of every source record that has no counterpart.
    pub(super) fn wanted_tokens(&self) -> BTreeSet<Token> {
        let names = self.names();
        let alone = names.alone(self.links.values());
        let stirred = self.views.iter().flat_map(|(_, view)| view.records.values());
        let stirred = stirred.filter(|it| {
            let key = &it.record.key;
            self.crowds.contains(&key.resource) && self.stirred.contains(key)
        });
        let wanted = alone.into_iter().map(|(_, _, it)| it).chain(stirred);
        let anchors = self.inputs.rules.anchor().map(anchor);
        wanted.flat_map(|it| names.tokens(it)).chain(anchors).collect()
    }
}

/// Whether a link joins records of which there are too many to be looked at whole.
fn is_crowded(rules: &Rules, link: &Link) -> bool {
    rules.mapping(&link.mapping).is_none_or(|mapping| match &mapping.joins {
        Joins::Alike(alike) => alike.gathers,
        Joins::Replicas(_) => true,
        Joins::Memo(memo) => memo.about == About::Person,
        Joins::Appended(_) | Joins::Feed(_) => false,
    })
}

/// Whether the records of a link are looked at because of it. What was told is not looked at again.
fn is_followed(rules: &Rules, link: &Link) -> bool {
    rules.mapping(&link.mapping).is_none_or(|mapping| match &mapping.joins {
        Joins::Alike(_) | Joins::Replicas(_) | Joins::Appended(_) | Joins::Memo(_) => true,
        Joins::Feed(_) => false,
    })
}
