//! Who is who, what moved, who wins, what then? [`reconcile`] answers with a [`Plan`].
//!
//! Pure and synchronous: the same agreements, views and rules give the same plan, byte for byte,
//! whatever the order of pages, the locale or the number of threads. It cannot fail; what it cannot
//! decide becomes a conflict, a case or a held notice in the plan. It knows nothing of how records
//! are fetched or written.

mod absence;
pub mod account;
mod appended;
mod creates;
pub mod definitions;
mod feed;
mod gates;
pub mod identity;
mod memos;
pub mod merge;
mod neighbourhood;
mod notes;
mod owners;
mod pairing;
mod places;
mod projection;
mod remembered;
mod replicas;
mod sitting;
mod stands;
mod steps;
mod untimely;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::{Joins, Mapping, Rules, Stands};
use concordat_model::plan::{Census, Notice};
use concordat_model::{
    Agreements, Field, FieldStep, LinkId, MappingName, PairId, Plan, RecordKey, Resource, Scope,
    Side, Sides, Step, Time, View,
};

use crate::creates::Making;
pub use crate::neighbourhood::{
    Extent, Neighbourhood, Part, Restless, Seeds, Shelf, neighbourhood, restless,
};
pub use crate::owners::{Asking, Here, kept_at, owners};
use crate::pairing::Pairing;
use crate::stands::Contacts;

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The pair.
    pub pair: &'a PairId,
    /// What corresponds to what.
    pub rules: &'a Rules,
    /// What was agreed, decided and learned so far.
    pub agreements: &'a Agreements,
    /// What each side holds now.
    pub views: Sides<&'a View>,
    /// Whether that is everything.
    pub extent: Extent<'a>,
    /// Links with a write of which it is not known whether it arrived, and the side it was for.
    /// Nothing is planned for them.
    pub in_doubt: BTreeMap<LinkId, Side>,
    /// Records that must be there.
    pub canaries: &'a [RecordKey],
    /// So many complete listings in a row have to miss a record before its counterpart is archived.
    pub quarantine_views: u32,
    /// The part to plan.
    pub scope: &'a Scope,
    /// Now, in our clock.
    pub now: Time,
}

/// Everything that would bring both sides into agreement, and why.
pub fn reconcile(inputs: &Inputs<'_>) -> Plan {
    let mut plan = blank(inputs);
    let pairings = pairing::pair_up(inputs);
    plan.unmatched = unmatched(inputs, &pairings) + inputs.extent.unmatched();
    for (mapping, pairing) in &pairings {
        plan.cases.extend(pairing.cases.iter().cloned());
        plan.held.extend(pairing.held.iter().cloned());
        let mut steps = Vec::new();
        match &mapping.joins {
            Joins::Alike(alike) => {
                let contacts = |stands: &Stands| contacts(inputs, stands, &pairings, &plan.steps);
                let made = creates::for_all(inputs, mapping, alike, pairing, &contacts);
                alone(inputs, mapping, pairing, made, &mut plan, &mut steps);
            }
            Joins::Replicas(replicas) => {
                replicas::for_all(inputs, mapping, replicas, pairing, &mut plan, &mut steps);
            }
            Joins::Appended(appended) => {
                let through = pairings.iter().find(|(it, _)| it.name == appended.through);
                let through = through.map_or(&[][..], |(_, pairing)| &pairing.linked);
                let pairings = (pairing, through);
                appended::for_all(inputs, mapping, appended, pairings, &mut plan, &mut steps);
            }
            Joins::Feed(feed) => {
                let contacts = contacts(inputs, &feed.stands, &pairings, &plan.steps);
                feed::for_all(inputs, mapping, feed, &contacts, &mut plan, &mut steps);
            }
            Joins::Memo(memo) => {
                let contacts = contacts(inputs, &memo.stands, &pairings, &plan.steps);
                let known = (pairing, &contacts);
                memos::for_all(inputs, mapping, memo, known, &mut plan, &mut steps);
            }
        }
        match &mapping.joins {
            // What is said about a threat is said before it is closed.
            Joins::Appended(_) => drop(plan.steps.splice(0..0, steps)),
            Joins::Alike(_) | Joins::Replicas(_) | Joins::Feed(_) | Joins::Memo(_) => {
                plan.steps.extend(steps);
            }
        }
    }
    for it in inputs.extent.standstills() {
        plan.cases.extend(it.cases.iter().cloned());
        plan.held.extend(it.held.iter().cloned());
    }
    let place = |name: &MappingName| inputs.rules.mappings.iter().position(|it| it.name == *name);
    plan.cases.sort_by_cached_key(|it| (place(&it.mapping), it.record.clone()));
    plan.held.sort_by_cached_key(|it| (place(&it.mapping), it.record.clone(), it.link.clone()));
    restrict(&mut plan, inputs.agreements);
    plan
}

/// Where things about vendors and their people stand, with the contacts that are planned so far.
fn contacts(
    inputs: &Inputs<'_>,
    stands: &Stands,
    pairings: &[(&Mapping, Pairing)],
    steps: &[Step],
) -> Contacts {
    let through = pairings.iter().find(|(it, _)| it.name == stands.through);
    let linked = through.map_or(&[][..], |(_, pairing)| &pairing.linked);
    Contacts::of(inputs.views, stands, linked, steps)
}

/// Links that are decided each by itself, and the records that are made.
fn alone(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    pairing: &Pairing,
    made: Vec<(LinkId, Making)>,
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    for linked in &pairing.linked {
        steps::for_link(inputs, mapping, linked, plan, steps);
    }
    let followed = pairing.followed.iter();
    plan.settlements.extend(followed.map(|it| remembered::followed(inputs, mapping, it)));
    let untimely = pairing.untimely.iter();
    plan.settlements.extend(untimely.filter_map(|it| remembered::settlement(inputs, mapping, it)));
    for (_, making) in made {
        match making {
            Making::Step(step) => steps.push(*step),
            Making::Case(case) => plan.cases.push(case),
            Making::Held(notice) => plan.held.push(notice),
        }
    }
    steps.sort_by_cached_key(|step| (step.name.to_lowercase(), step.id.clone()));
}

/// How many records no link has, where records are made: a task that stands for a threat is not one that
/// lacks a disclosure.
fn unmatched(inputs: &Inputs<'_>, pairings: &[(&Mapping, Pairing)]) -> u64 {
    let mut without: BTreeMap<Resource, u64> = BTreeMap::new();
    for (mapping, pairing) in pairings {
        let Some(alike) = mapping.alike() else { continue };
        let made = mapping.resources[alike.creates.side];
        let here = inputs.views[alike.creates.side].here(made).count() as u64;
        let without = without.entry(made).or_insert(here);
        *without = without.saturating_sub(here - pairing.unmatched);
    }
    without.into_values().sum()
}

fn blank(inputs: &Inputs<'_>) -> Plan {
    let agreements = inputs.agreements;
    let first_agreement: BTreeSet<_> = inputs
        .rules
        .mappings
        .iter()
        .map(|it| it.name.clone())
        .filter(|name| !agreements.first_done.contains_key(name))
        .collect();
    Plan {
        pair: inputs.pair.clone(),
        made_at: inputs.now,
        mapping: inputs.rules.fingerprint.clone(),
        tenants: inputs.views.map(|_, view| view.tenant.clone()),
        expected_tenants: agreements.tenants.clone(),
        expected_mapping: agreements.mapping.clone(),
        first_allowed: agreements.allows_first(&first_agreement, &inputs.rules.fingerprint),
        first_agreement,
        position: agreements.position,
        scope: inputs.scope.clone(),
        gates: (inputs.rules.gates.iter())
            .flat_map(|(resource, it)| it.allowed.iter().map(|gate| gate.full_name(*resource)))
            .chain(inputs.rules.deletes.iter().map(gates::deletes))
            .collect(),
        census: census(inputs),
        missing_canaries: missing_canaries(inputs),
        steps: Vec::new(),
        endowments: Vec::new(),
        settlements: Vec::new(),
        conflicts: Vec::new(),
        cases: Vec::new(),
        drift: Vec::new(),
        held: Vec::new(),
        quarantined: Vec::new(),
        dismissals: Vec::new(),
        unmatched: 0,
    }
}

fn census(inputs: &Inputs<'_>) -> Vec<Census> {
    let count = |resource: Resource| {
        let view = inputs.views[resource.side()];
        let before = inputs.agreements.population.get(&resource).filter(|_| resource.is_counted());
        Census {
            resource,
            now: view.population(resource) + inputs.extent.beside(resource),
            before: before.copied(),
            complete: view.is_complete(resource),
            outside: view.outsiders(resource) + inputs.extent.outside(resource),
        }
    };
    Side::BOTH.into_iter().flat_map(|side| inputs.rules.resources(side)).map(count).collect()
}

fn missing_canaries(inputs: &Inputs<'_>) -> Vec<String> {
    let here = |key: &RecordKey| {
        inputs.views[key.side()].here(key.resource).any(|it| it.record.key == *key)
    };
    inputs.canaries.iter().filter(|key| !here(key)).map(RecordKey::to_string).collect()
}

/// Keeps the part that the scope names: whole links, whichever of their records it names.
fn restrict(plan: &mut Plan, agreements: &Agreements) {
    let scope = plan.scope.clone();
    let planned: BTreeSet<Target> = plan.steps.iter().flat_map(targets).collect();
    if let Some(only) = &scope.only {
        let is = |text: &str| text.eq_ignore_ascii_case(only);
        let known = agreements.links.values().map(|it| (&it.id, &it.ends));
        let new = plan.settlements.iter().map(|it| (&it.link, &it.ends));
        let named: BTreeSet<LinkId> = known
            .chain(new)
            .filter(|(id, ends)| {
                is(id.as_str())
                    || ends.iter().any(|(_, keys)| keys.iter().any(|key| is(key.id.as_str())))
            })
            .map(|(id, _)| id.clone())
            .collect();
        let about = |mapping: &MappingName, name: &str, link: Option<&LinkId>| {
            is(mapping.as_str()) || is(name) || link.is_some_and(|link| named.contains(link))
        };
        plan.steps.retain(|it| {
            about(&it.mapping, &it.name, Some(&it.link))
                || is(it.link.as_str())
                || it.record.iter().chain(&it.sources).any(|key| is(key.id.as_str()))
        });
        plan.settlements.retain(|it| about(&it.mapping, &it.name, Some(&it.link)));
        plan.conflicts.retain(|it| about(&it.mapping, &it.name, Some(&it.link)));
        plan.cases.retain(|it| about(&it.mapping, &it.name, None) || is(it.record.id.as_str()));
        let notice = |it: &Notice| {
            about(&it.mapping, &it.name, it.link.as_ref()) || is(it.record.id.as_str())
        };
        plan.drift.retain(notice);
        plan.held.retain(notice);
        plan.quarantined.retain(|it| about(&it.mapping, &it.name, Some(&it.link)));
        plan.dismissals.retain(|it| about(&it.mapping, &it.name, Some(&it.link)));
    }
    if let Some(limit) = scope.limit {
        plan.steps.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let links: BTreeSet<_> = plan.steps.iter().map(|it| it.link.clone()).collect();
        plan.settlements.retain(|it| links.contains(&it.link));
        plan.drift.retain(|it| it.link.as_ref().is_some_and(|link| links.contains(link)));
        plan.dismissals.clear();
    }
    // What would stand at a contact that is not made in this part has no place.
    let made: BTreeSet<LinkId> = plan.steps.iter().map(|it| it.link.clone()).collect();
    let placed = |step: Step| match step.awaits() {
        Some(link) if !made.contains(&link) => step.placed(None),
        Some(_) | None => Some(step),
    };
    plan.steps = std::mem::take(&mut plan.steps).into_iter().filter_map(placed).collect();
    plan.endowments.retain(|it| made.contains(&it.made_for));
    // A value that its source is not given in this part is not carried further either.
    let left: BTreeSet<Target> = plan.steps.iter().flat_map(targets).collect();
    let dropped: BTreeSet<&Target> = planned.difference(&left).collect();
    plan.steps.retain(|step| {
        let comes_from = |source: &RecordKey, field: &FieldStep| {
            dropped.contains(&(step.mapping.clone(), source.clone(), field.name.clone()))
        };
        !step.sources.iter().any(|source| step.fields.iter().any(|it| comes_from(source, it)))
    });
}

/// A field of a record that is written.
type Target = (MappingName, RecordKey, Field);

fn targets(step: &Step) -> impl Iterator<Item = Target> {
    let fields = step.record.iter().flat_map(|key| step.fields.iter().map(move |it| (key, it)));
    fields.map(|(key, field)| (step.mapping.clone(), key.clone(), field.name.clone()))
}
