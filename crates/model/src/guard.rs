//! Is this plan too large, or not what it seems? [`check`] turns a [`Plan`] into a [`CheckedPlan`],
//! the only thing `apply` accepts, or says with numbers why not.
//!
//! It knows nothing of how plans are made. A trip refuses the whole plan; one class can be allowed by
//! name, with a reason, for one run. There is no way to allow everything at once.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Action, Census, FieldStep, Plan};
use crate::zoo::{self, Bug};
use crate::{Allowance, Class, MappingName, Resource, Side, Step, Value};

/// At most so many writes of one kind to the records of one mapping on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// At most this share of the records, in percent.
    pub percent: u64,
    /// The share is not looked at below this many records.
    pub min_population: u64,
    /// At most this many, whatever the share.
    pub absolute: u64,
}

/// The ceilings of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// For records made.
    pub creates: Ceiling,
    /// For records changed.
    pub updates: Ceiling,
    /// For fields emptied.
    pub clears: Ceiling,
    /// For records archived, because what they stand for is gone.
    pub archives: Ceiling,
    /// For records deleted, where the settings have that in place of archiving.
    pub deletes: Ceiling,
    /// A side may lose at most this share of a resource between two runs, in percent.
    pub shrink_percent: u64,
    /// Shrinking is not looked at below this many records (an empty side always is).
    pub shrink_min_population: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            creates: Ceiling { percent: 10, min_population: 250, absolute: 200 },
            updates: Ceiling { percent: 20, min_population: 500, absolute: 1000 },
            clears: Ceiling { percent: 5, min_population: 200, absolute: 25 },
            archives: Ceiling { percent: 5, min_population: 200, absolute: 25 },
            deletes: Ceiling { percent: 2, min_population: 200, absolute: 10 },
            shrink_percent: 10,
            shrink_min_population: 20,
        }
    }
}

/// Why a plan may not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The guard that tripped.
    pub class: Class,
    /// What it found, with numbers.
    pub says: String,
    /// How many it found, for an allowance with a number.
    pub count: u64,
    /// What to type to go on.
    pub remedy: String,
}

/// A plan that no guard refuses. Only [`check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedPlan {
    plan: Plan,
    used: Vec<Allowance>,
}

impl CheckedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan, without the proof that it was checked.
    pub fn into_plan(self) -> Plan {
        self.plan
    }

    /// The allowances without which it would have been refused.
    pub fn used(&self) -> &[Allowance] {
        &self.used
    }
}

/// A plan that guards refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPlan {
    /// The plan.
    pub plan: Plan,
    /// Every guard that tripped and was not allowed, in the order of [`Class::ALL`].
    pub refusals: Vec<Refusal>,
}

/// Lets the plan pass, or says why not.
///
/// # Errors
/// The plan, with every guard that tripped and was not allowed.
pub fn check(
    plan: Plan,
    limits: &Limits,
    allowed: &[Allowance],
) -> Result<CheckedPlan, Box<RefusedPlan>> {
    let tripped = findings(&plan, limits);
    let excuse = |refusal: &Refusal| {
        allowed.iter().find(|it| {
            it.class == refusal.class && it.up_to.is_none_or(|up_to| refusal.count <= up_to)
        })
    };
    let used = tripped.iter().filter_map(&excuse).cloned().collect();
    let refusals: Vec<Refusal> = tripped.into_iter().filter(|it| excuse(it).is_none()).collect();
    match refusals.is_empty() {
        true => Ok(CheckedPlan { plan, used }),
        false => Err(Box::new(RefusedPlan { plan, refusals })),
    }
}

/// Everything the guards find in a plan, whether or not it is allowed.
pub fn findings(plan: &Plan, limits: &Limits) -> Vec<Refusal> {
    let mut found = Vec::new();
    if zoo::is_in(Bug::GuardsLookAway) {
        return found;
    }
    found.extend(first_agreement(plan));
    found.extend(tenant(plan));
    found.extend(mapping(plan));
    found.extend(shrunken(plan, limits));
    found.extend(canary(plan));
    found.extend(ceilings(plan, limits));
    found.extend(side_effects(plan));
    found
}

fn refusal(class: Class, count: u64, says: String) -> Refusal {
    let remedy = format!(
        "if that is right, repeat the command with --allow {class}{} --reason \"…\"",
        match class {
            Class::Creates
            | Class::Updates
            | Class::Clears
            | Class::SideEffects
            | Class::Archives
            | Class::Deletes => format!(":{count}"),
            Class::FirstAgreement
            | Class::Tenant
            | Class::Mapping
            | Class::Shrunken
            | Class::Canary => String::new(),
        }
    );
    Refusal { class, says, count, remedy }
}

fn first_agreement(plan: &Plan) -> Option<Refusal> {
    if plan.first_agreement.is_empty() || plan.first_allowed || plan.is_empty() {
        return None;
    }
    if zoo::is_in(Bug::FirstAgreementAssumed) {
        return None;
    }
    let names: Vec<&str> = plan.first_agreement.iter().map(MappingName::as_str).collect();
    Some(Refusal {
        remedy:
            "read the plan, then run `concordat apply FILE --allow first-agreement --reason \"…\"` \
                 or `concordat reconcile --allow first-agreement --reason \"…\"`"
                .into(),
        ..refusal(
            Class::FirstAgreement,
            plan.steps.len() as u64,
            format!(
                "this would be the first agreement of {}: {} that nobody has seen before",
                names.join(" and "),
                match plan.steps.len() {
                    0 => format!("{} links and agreements", plan.settlements.len()),
                    1 => "1 write".into(),
                    count => format!("{count} writes"),
                }
            ),
        )
    })
}

fn tenant(plan: &Plan) -> Option<Refusal> {
    let expected = plan.expected_tenants.as_ref()?;
    let moved = Side::BOTH.into_iter().find(|&side| expected[side] != plan.tenants[side].id)?;
    Some(refusal(
        Class::Tenant,
        1,
        format!(
            "the {moved} credentials open {} ({}), but this state belongs to {}",
            plan.tenants[moved].id, plan.tenants[moved].name, expected[moved]
        ),
    ))
}

fn mapping(plan: &Plan) -> Option<Refusal> {
    let expected = plan.expected_mapping.as_ref()?;
    if *expected == plan.mapping || plan.steps.is_empty() {
        return None;
    }
    let says = format!(
        "the mapping was edited since the last complete run ({} then, {} now); \
         all {} writes may follow from that",
        expected.short(),
        plan.mapping.short(),
        plan.steps.len()
    );
    Some(refusal(Class::Mapping, 1, says))
}

fn shrunken(plan: &Plan, limits: &Limits) -> Vec<Refusal> {
    plan.census.iter().filter(|it| it.complete).filter_map(|it| lost(it, limits)).collect()
}

/// What a side shows too little of: less than the last run saw, or nothing where there is something
/// outside the pair's slice.
fn lost(it: &Census, limits: &Limits) -> Option<Refusal> {
    let Census { resource, now, before, outside, .. } = *it;
    let (side, noun) = (resource.side(), resource.noun());
    let shows = match outside {
        0 => format!("{side} shows {now} {noun} records"),
        _ => {
            format!("this pair's slice has {now} {noun} records of {side} ({outside} are outside)")
        }
    };
    let Some(before) = before else {
        let is_empty = now == 0 && outside > 0 && resource.parent().is_none();
        let says = format!("{shows}: nothing is in it");
        return is_empty.then(|| refusal(Class::Shrunken, outside, says));
    };
    let lost = before.saturating_sub(now);
    let many =
        before >= limits.shrink_min_population && lost * 100 > limits.shrink_percent * before;
    let is_lost = before > 0 && (now == 0 || many);
    is_lost.then(|| refusal(Class::Shrunken, lost, format!("{shows}, the last run saw {before}")))
}

fn canary(plan: &Plan) -> Option<Refusal> {
    let missing = &plan.missing_canaries;
    let says = format!("the canary {} was not seen", missing.join(", "));
    (!missing.is_empty()).then(|| refusal(Class::Canary, missing.len() as u64, says))
}

/// A first agreement was read by a person as a whole: ceilings start afterwards.
fn ceilings(plan: &Plan, limits: &Limits) -> Vec<Refusal> {
    let steps = || plan.steps.iter().filter(|it| !plan.first_agreement.contains(&it.mapping));
    let groups: BTreeSet<(&MappingName, Resource)> =
        steps().map(|it| (&it.mapping, it.resource)).collect();
    let mut found = Vec::new();
    for (name, resource) in groups {
        let population =
            plan.census.iter().find(|it| it.resource == resource).map_or(0, |it| it.now);
        let count = |measure: &dyn Fn(&Step) -> u64| -> u64 {
            steps().filter(|it| it.mapping == *name && it.resource == resource).map(measure).sum()
        };
        let those = |action| count(&|it| u64::from(it.action == action));
        let made = if zoo::is_in(Bug::CreatesUncounted) { 0 } else { those(Action::Create) };
        let counts = [
            (Class::Creates, limits.creates, made),
            (Class::Updates, limits.updates, those(Action::Update)),
            (Class::Clears, limits.clears, count(&clears)),
            (Class::Archives, limits.archives, those(Action::Archive)),
            (Class::Deletes, limits.deletes, those(Action::Delete)),
        ];
        for (class, ceiling, count) in counts {
            let is_any = class == Class::Creates && resource.accrues();
            let population = if is_any { 0 } else { population };
            found.extend(ceiling.trips(count, population).map(|why| {
                let (side, noun) = (resource.side(), resource.noun());
                let says = format!("{count} {class} of {side} {noun} records in {name}: {why}");
                refusal(class, count, says)
            }));
        }
    }
    found
}

/// How many values a step takes away. A contact's tags follow its vendor; a vendor that loses a label
/// follows somebody who may have taken a tag from a thousand contacts at once.
fn clears(step: &Step) -> u64 {
    // What goes with its record is counted with it.
    if step.action == Action::Delete {
        return 0;
    }
    let takes = |it: &&FieldStep| match (&it.before, &it.after) {
        (Some(_), None) => true,
        (Some(Value::Set(before)), Some(Value::Set(after))) => {
            step.resource == Resource::Vendor && !before.is_subset(after)
        }
        _ => false,
    };
    step.fields.iter().filter(takes).count() as u64
}

impl Ceiling {
    fn trips(self, count: u64, population: u64) -> Option<String> {
        if count > self.absolute {
            return Some(format!("more than the {} allowed in one run", self.absolute));
        }
        let share = population >= self.min_population && count * 100 > self.percent * population;
        share.then(|| format!("more than {} % of {population}", self.percent))
    }
}

fn side_effects(plan: &Plan) -> Option<Refusal> {
    // A side effect begins with the name of its gate.
    let is_allowed =
        |says: &&String| says.split_once(':').is_some_and(|(gate, _)| plan.gates.contains(gate));
    let effects = plan.steps.iter().flat_map(|it| &it.side_effects);
    let count = effects.filter(|it| !is_allowed(it)).count() as u64;
    let noun = if count == 1 { "effect" } else { "effects" };
    let says =
        format!("{count} {noun} outside the two systems' records that the settings do not allow");
    (count > 0).then(|| refusal(Class::SideEffects, count, says))
}
