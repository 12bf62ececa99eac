//! Of which people who wait will the same be said, as long as nothing moves around them? And does it still
//! hold?
//!
//! People who share a natural key bear on each other, so they wait together: what was said of one of them
//! holds for all or for none.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::plan::{Case, Notice};
use concordat_model::standstill::{Namesakes, Standstill};
use concordat_model::{Link, LinkId, MappingName, Plan, RecordKey, Resource, Rule, Time};

use super::tokens::{Names, Token, gathering};
use crate::pairing::NAMESAKES_MAX;
use crate::{Inputs, steps};

/// What of a plan can be said again. `spoken`: the records of which it says something else.
pub(super) fn standstills(
    inputs: &Inputs<'_>,
    plan: &Plan,
    spoken: &BTreeSet<RecordKey>,
) -> Vec<Standstill> {
    let old = inputs.extent.standstills().iter().flat_map(|it| &it.waiting);
    let known: BTreeSet<&RecordKey> = old.chain(spoken).collect();
    let mut found = unplaced(inputs, plan, &known);
    found.extend(refused(inputs, plan, &known));
    found
}

/// Of people of whom a plan says nothing but that they could be several things.
fn unplaced(inputs: &Inputs<'_>, plan: &Plan, known: &BTreeSet<&RecordKey>) -> Vec<Standstill> {
    let mut cases: BTreeMap<&RecordKey, Vec<&Case>> = BTreeMap::new();
    for it in plan.cases.iter().filter(|it| !known.contains(&it.record)) {
        cases.entry(&it.record).or_default().push(it);
    }
    let mut crowd = Crowd::of(inputs, &cases);
    let circles: Vec<Circle> = cases.keys().filter_map(|key| crowd.circle(key)).collect();
    let quiet = circles.into_iter().filter(|it| !it.alone.iter().any(|key| known.contains(key)));
    quiet.filter_map(|it| crowd.standstill(it, &cases)).collect()
}

/// Of people who are linked, and of whom a plan says nothing but that a side did not take a value before:
/// it is not tried again as long as nothing moves.
fn refused(inputs: &Inputs<'_>, plan: &Plan, known: &BTreeSet<&RecordKey>) -> Vec<Standstill> {
    let mut said: BTreeMap<&LinkId, Vec<&Notice>> = BTreeMap::new();
    for it in plan.held.iter().filter(|it| is_refused(it)) {
        it.link.iter().for_each(|link| said.entry(link).or_default().push(it));
    }
    let quiet = said.into_iter().filter_map(|(id, held)| {
        let link = inputs.agreements.links.get(id)?;
        let gathers = inputs.rules.mapping(&link.mapping)?.alike()?.gathers;
        let waiting: BTreeSet<RecordKey> =
            link.ends.iter().flat_map(|(_, keys)| keys).cloned().collect();
        if !gathers || waiting.iter().any(|key| known.contains(key)) {
            return None;
        }
        let lesson = |it: &&Notice| Some((id.clone(), it.field.clone()?));
        let lessons: Option<Vec<_>> = held.iter().map(lesson).collect();
        let learned = lessons?.into_iter().map(|it| Some(inputs.agreements.lessons.get(&it)?.at));
        let learned: Option<Vec<Time>> = learned.collect();
        Some(Standstill {
            rests_on: waiting.clone(),
            waiting,
            cases: Vec::new(),
            held: held.into_iter().cloned().collect(),
            names: BTreeMap::new(),
            rebuffs: BTreeSet::new(),
            until: Some(steps::remembered_until(learned?.into_iter().min()?)),
        })
    });
    quiet.collect()
}

/// Whether it says that a side did not take a value.
pub(super) fn is_refused(notice: &Notice) -> bool {
    matches!(notice.why.rule, Rule::Taken | Rule::Rejected | Rule::Discarded)
}

/// People who bear on each other.
struct Circle {
    /// Those without counterpart.
    alone: BTreeSet<RecordKey>,
    /// All who share a natural key with one of them.
    all: BTreeSet<RecordKey>,
}

/// The people at hand.
struct Crowd<'a> {
    inputs: &'a Inputs<'a>,
    /// Those without counterpart, who were not put into a circle yet.
    alone: BTreeMap<&'a RecordKey, BTreeSet<Token>>,
    /// Who shares what with one of them.
    sharing: BTreeMap<Token, BTreeSet<&'a RecordKey>>,
    /// The links of those who do.
    links: BTreeMap<&'a RecordKey, Vec<&'a Link>>,
    /// By which names those who wait are looked for.
    suspected: BTreeMap<&'a RecordKey, BTreeSet<(MappingName, String)>>,
    /// Who has these names.
    names: BTreeMap<(MappingName, String), Namesakes>,
}

impl<'a> Crowd<'a> {
    fn of(inputs: &'a Inputs<'a>, cases: &BTreeMap<&RecordKey, Vec<&Case>>) -> Crowd<'a> {
        let names = Names { pair: inputs.pair, rules: inputs.rules, views: inputs.views };
        let found = names.alone(inputs.agreements.links.values());
        let mut crowd = Crowd {
            inputs,
            alone: BTreeMap::new(),
            sharing: BTreeMap::new(),
            links: BTreeMap::new(),
            suspected: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for (mapping, alike, it) in found.into_iter().filter(|(_, alike, _)| alike.gathers) {
            let key = &it.record.key;
            if cases.contains_key(key)
                && let Some(name) = names.suspected(mapping, alike, it)
            {
                crowd.names.insert(name.clone(), Namesakes::default());
                crowd.suspected.entry(key).or_default().insert(name);
            }
            crowd.alone.entry(key).or_insert_with(|| names.tokens(it));
        }
        let tokens = crowd.alone.values().flatten().cloned();
        crowd.sharing = tokens.map(|it| (it, BTreeSet::new())).collect();
        crowd.gather(names);
        let shared: BTreeSet<&RecordKey> = crowd.sharing.values().flatten().copied().collect();
        for link in inputs.agreements.links.values() {
            for key in link.ends.iter().flat_map(|(_, keys)| keys) {
                if shared.contains(key) {
                    crowd.links.entry(key).or_default().push(link);
                }
            }
        }
        crowd
    }

    /// Finds who shares a token or a name with those without counterpart.
    fn gather(&mut self, names: Names<'a>) {
        let resources: BTreeSet<Resource> = gathering(names.rules)
            .flat_map(|(it, _)| it.resources.iter().map(|(_, resource)| *resource))
            .collect();
        for (_, view) in names.views.iter() {
            let people = view.records.values();
            for it in people.filter(|it| resources.contains(&it.record.key.resource)) {
                for token in names.tokens(it) {
                    if let Some(sharing) = self.sharing.get_mut(&token) {
                        sharing.insert(&it.record.key);
                    }
                }
            }
        }
        for (mapping, alike) in gathering(names.rules) {
            let side = alike.creates.side;
            for it in names.views[side].here(mapping.resources[side]) {
                let name = names.name(mapping, alike, it).map(|name| (mapping.name.clone(), name));
                if let Some(same) = name.and_then(|name| self.names.get_mut(&name)) {
                    count(same, &it.record.key);
                }
            }
        }
        for ((mapping, name), it) in &mut self.names {
            it.count += self.inputs.extent.namesakes(mapping, name);
        }
    }

    /// The circle of one who waits; nothing: they are in another already, or have a counterpart.
    fn circle(&mut self, one: &RecordKey) -> Option<Circle> {
        let (one, tokens) = self.alone.remove_entry(one)?;
        let mut circle = Circle { alone: BTreeSet::from([one.clone()]), all: BTreeSet::new() };
        let mut open = vec![tokens];
        while let Some(tokens) = open.pop() {
            for key in tokens.iter().filter_map(|it| self.sharing.get(it)).flatten() {
                circle.all.insert((*key).clone());
                if let Some(tokens) = self.alone.remove(key) {
                    circle.alone.insert((*key).clone());
                    open.push(tokens);
                }
            }
        }
        Some(circle)
    }

    /// What holds as long as nothing in the circle moves; nothing: nobody would be made because a listing
    /// was not complete.
    fn standstill(
        &self,
        circle: Circle,
        cases: &BTreeMap<&RecordKey, Vec<&Case>>,
    ) -> Option<Standstill> {
        let said = circle.alone.iter().filter_map(|key| cases.get(key)).flatten();
        let said: Vec<Case> = said.map(|it| (*it).clone()).collect();
        if !said.iter().all(|it| is_complete(self.inputs, it)) {
            return None;
        }
        let linked = circle.all.iter().filter_map(|key| self.links.get(key)).flatten();
        let partners: BTreeSet<RecordKey> =
            linked.flat_map(|it| it.ends.iter().flat_map(|(_, keys)| keys)).cloned().collect();
        let candidates = said.iter().flat_map(|it| &it.candidates).map(|it| it.record.clone());
        let names = circle.alone.iter().filter_map(|key| self.suspected.get(key)).flatten();
        let names = names.filter_map(|it| Some((it.clone(), self.names.get(it)?.clone())));
        let names = names.collect();
        let (rebuffs, until) = self.rebuffs(&circle.alone);
        let rests_on = candidates.chain(partners).chain(circle.alone).chain(circle.all).collect();
        let waiting = said.iter().map(|it| it.record.clone()).collect();
        Some(Standstill { waiting, cases: said, held: Vec::new(), rests_on, names, rebuffs, until })
    }

    /// The refused creates of `people` that are remembered, and until when all of them are.
    fn rebuffs(&self, people: &BTreeSet<RecordKey>) -> (BTreeSet<LinkId>, Option<Time>) {
        let agreements = self.inputs.agreements;
        let founded = |key: &'_ RecordKey| {
            let names = gathering(self.inputs.rules).map(|(it, _)| &it.name);
            let own = names.map(|name| LinkId::of(self.inputs.pair, name, key));
            own.collect::<Vec<_>>()
        };
        let ended = agreements.dismissed.values();
        let ended = ended.filter(|it| it.sources.iter().any(|key| people.contains(key)));
        let ids = people.iter().flat_map(founded).chain(ended.map(|it| it.link.clone()));
        let found = ids.filter_map(|id| Some((agreements.rebuffs.get(&id)?.at, id)));
        let found = found.filter(|(at, _)| steps::is_recent(self.inputs, *at));
        let found: Vec<_> = found.collect();
        let until = found.iter().map(|(at, _)| steps::remembered_until(*at)).min();
        (found.into_iter().map(|(_, id)| id).collect(), until)
    }
}

/// Counts one more who has a name.
pub(super) fn count(same: &mut Namesakes, key: &RecordKey) {
    same.count += 1;
    same.first.insert(key.clone());
    if same.first.len() > NAMESAKES_MAX {
        same.first.pop_last();
    }
}

/// Whether a create may follow from what is not listed.
fn is_complete(inputs: &Inputs<'_>, case: &Case) -> bool {
    inputs.rules.mapping(&case.mapping).is_some_and(|mapping| {
        let target = mapping.source().other();
        inputs.views[target].is_complete(mapping.resources[target])
    })
}

/// Whether the same is to be said again. `reached`: what moved, and what bears on somebody who is looked
/// at. `names`: who has which name now, as far as that is known.
pub(super) fn holds(
    inputs: &Inputs<'_>,
    it: &Standstill,
    reached: &BTreeSet<RecordKey>,
    names: &BTreeMap<(MappingName, String), Namesakes>,
) -> bool {
    let is_same = |(name, was)| names.get(name).is_none_or(|is| is == was);
    it.until.is_none_or(|until| inputs.now < until)
        && it.cases.iter().all(|case| is_complete(inputs, case))
        && it.rests_on.is_disjoint(reached)
        && it.names.iter().all(is_same)
}
