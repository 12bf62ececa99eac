//! What is a new replica made with? What its record would give it at the next run, it has from the start; and
//! once it was read back, both agree on that.
//!
//! Not where something is open about a field of the record: what it is to hold is not known then, and who came
//! only now must not count among those who did not lose what is to go, nor keep a first agreement from being
//! one. A single value that was agreed on before is followed by whoever has it: of that both agree all the
//! same, so that what people change in the new record is told from what it was made with.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::sets::Spelled;
use concordat_mapping::{FieldRule, Joins, Mapping, Replicas, SetRule};
use concordat_model::plan::Notice;
use concordat_model::{
    Action, Endowment, Field, FieldStep, Held, LinkId, Mirrored, Path, Plan, RecordKey, Rule, Seen,
    Side, Step, Why,
};

use super::Bench;
use crate::pairing::Pairing;
use crate::{Inputs, projection};

/// Gives to the replicas that `plan` makes. `written`: what is to be written to the records themselves, and to
/// the replicas that are there.
pub fn for_all(
    bench: &Bench<'_>,
    replicas: &Replicas,
    pairing: &Pairing,
    written: &[Step],
    plan: &mut Plan,
) {
    let makes = |it: &Step| makes(replicas, it);
    if !plan.steps.iter().any(makes) {
        return;
    }
    let open = open(bench, pairing, written, plan);
    let followed = followed(bench);
    let gifts = Gifts { inputs: bench.inputs, mapping: bench.mapping, single: bench.single };
    for step in plan.steps.iter_mut().filter(|it| makes(it)) {
        for (one, mut fields) in gifts.give(step) {
            let key = &one.record.key;
            let is_open = |field: &Field| {
                let places = [None, Some(field.clone())];
                places.into_iter().any(|field| open.contains(&(key.clone(), field)))
            };
            fields.retain(|it| followed.contains(&(key, &it.name)) || !is_open(&it.name));
            if !fields.is_empty() {
                plan.endowments.push(Endowment {
                    made_for: step.link.clone(),
                    mapping: bench.mapping.name.clone(),
                    one: key.clone(),
                    name: one.record.name.clone(),
                    stamp: one.record.stamp,
                    fields,
                });
            }
        }
    }
}

/// Gives to what `step` makes, if it makes a replica of any mapping.
pub fn endow(inputs: &Inputs<'_>, step: &mut Step) {
    for mapping in &inputs.rules.mappings {
        match &mapping.joins {
            Joins::Replicas(replicas) if makes(replicas, step) => {
                drop(Gifts { inputs, mapping, single: replicas.single }.give(step));
            }
            Joins::Replicas(_)
            | Joins::Alike(_)
            | Joins::Appended(_)
            | Joins::Feed(_)
            | Joins::Memo(_) => {}
        }
    }
}

fn makes(replicas: &Replicas, step: &Step) -> bool {
    step.action == Action::Create
        && step.mapping == replicas.through
        && step.side == replicas.single.other()
}

/// The single values of the records themselves that were agreed on with any replica.
fn followed<'a>(bench: &Bench<'a>) -> BTreeSet<(&'a RecordKey, &'a Field)> {
    let mapping = bench.mapping;
    let links = bench.inputs.agreements.links.values().filter(|it| it.mapping == mapping.name);
    let values = mapping.fields.iter().map(|it| &it.name);
    links
        .flat_map(|link| link.ends[bench.single].iter().map(move |one| (one, link)))
        .flat_map(|(one, link)| {
            let agreed = values.clone().filter(|it| link.base.contains_key(*it));
            agreed.map(move |field| (one, field))
        })
        .collect()
}

/// The fields of the records themselves about which something is to be written there, asked or held; no field:
/// all of them. What one replica of several records cannot hold says nothing about the value.
fn open(
    bench: &Bench<'_>,
    pairing: &Pairing,
    written: &[Step],
    plan: &Plan,
) -> BTreeSet<(RecordKey, Option<Field>)> {
    let ones: BTreeMap<&LinkId, &RecordKey> =
        pairing.linked.iter().filter_map(|it| Some((&it.id, bench.one(it)?))).collect();
    let written = written.iter().filter(|it| it.side == bench.single).flat_map(|step| {
        let fields = step.fields.iter().map(|it| Some(it.name.clone()));
        step.record.iter().cloned().zip(fields)
    });
    let ours = &bench.mapping.name;
    let asked = plan.conflicts.iter().filter(|it| it.mapping == *ours).flat_map(|it| {
        let ones = it.ends[bench.single].iter();
        ones.map(|one| (one.clone(), Some(it.field.clone())))
    });
    let values: BTreeSet<&Field> = bench.mapping.fields.iter().map(|it| &it.name).collect();
    let is_shared = |it: &&Notice| {
        it.why.rule == Rule::Shared && it.field.as_ref().is_some_and(|it| values.contains(it))
    };
    let held = plan.held.iter().filter(|it| it.mapping == *ours && !is_shared(it)).map(|it| {
        let one = it.link.as_ref().and_then(|link| ones.get(link)).copied();
        (one.unwrap_or(&it.record).clone(), it.field.clone())
    });
    written.chain(asked).chain(held).collect()
}

/// What the records of a mapping give.
struct Gifts<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    single: Side,
}

impl<'a> Gifts<'a> {
    /// Gives to one new replica. Answers what each of its records gave.
    fn give(&self, step: &mut Step) -> Vec<(&'a Mirrored, Vec<FieldStep>)> {
        let ones = self.ones(step);
        self.mapping.sets.iter().for_each(|rule| self.unite(rule, &ones, step));
        let sets = |one| -> Vec<FieldStep> {
            self.mapping.sets.iter().filter_map(|it| self.set(it, one, step)).collect()
        };
        let mut given: Vec<_> = ones.iter().map(|&one| (one, sets(one))).collect();
        // A single value of several records can be that of one only, and nobody knows of which.
        if let [(one, fields)] = given.as_mut_slice() {
            let values = self.mapping.fields.iter().filter_map(|it| self.value(it, one, step));
            let values: Vec<FieldStep> = values.collect();
            let set = values.iter().filter_map(|it| Some((it.path.clone(), it.after.clone()?)));
            step.constants.extend(set);
            fields.extend(values);
        }
        given
    }

    /// The records whose replica the new one will be.
    fn ones(&self, step: &Step) -> Vec<&'a Mirrored> {
        let (view, resource) =
            (self.inputs.views[self.single], self.mapping.resources[self.single]);
        let parents =
            step.sources.iter().filter_map(|key| view.records.get(key)?.record.parent.clone());
        let keys: BTreeSet<RecordKey> = parents.map(|id| RecordKey { resource, id }).collect();
        let here = keys.iter().filter_map(|key| match view.seen(key) {
            Seen::Here(mirrored) => Some(mirrored),
            Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
        });
        here.collect()
    }

    /// What any of its records has in a set, the new one has.
    fn unite(&self, rule: &SetRule, ones: &[&Mirrored], step: &mut Step) {
        let (one, many) = (&rule.ends[self.single], &rule.ends[self.single.other()]);
        let held = ones.iter().filter_map(|it| it.record.reading.get(&one.path));
        let wanted: Spelled = held.flat_map(|native| one.elements(native)).collect();
        let constant: Held = step.constants.get(&many.path).cloned();
        if let Some(Some(set)) = many.with(&constant, &wanted) {
            step.constants.insert(many.path.clone(), set);
        }
    }

    /// What a record gave of a set; nothing: its reading does not cover it.
    fn set(&self, rule: &SetRule, one: &Mirrored, step: &Step) -> Option<FieldStep> {
        let path = &rule.ends[self.single.other()].path;
        let source = one.record.reading.get(&rule.ends[self.single].path)?.clone();
        Some(given(&rule.name, path, step.constants.get(path).cloned(), source, step.why))
    }

    /// What a record gives of a single value; nothing: it does not say, or the new one cannot hold it.
    fn value(&self, rule: &FieldRule, one: &Mirrored, step: &Step) -> Option<FieldStep> {
        let (single, many) = (self.single, self.single.other());
        let path = &rule.ends[many].path;
        if !self.inputs.views[many].defined.contains(path) {
            return None;
        }
        let source = projection::native(self.inputs.views[single], one, &rule.ends[single])?;
        let shared = rule.ends[single].lens.read(&source, self.inputs.rules.region).ok()?;
        let after = rule.ends[many].put(&shared).ok()?;
        Some(given(&rule.name, path, after, source, step.why))
    }
}

fn given(name: &Field, path: &Path, after: Held, source: Held, why: Why) -> FieldStep {
    FieldStep { name: name.clone(), path: path.clone(), before: None, after, source, why }
}
