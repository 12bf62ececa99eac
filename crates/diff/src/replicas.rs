//! What then, where several records of a side carry the fields of one record of the other? A vendor's
//! labels and tier stand on each of its contacts.
//!
//! The replicas fold into one reading, which is merged with the one record; the result is written to
//! the one record first, and then to every replica that differs. Each replica has a link, and thereby
//! a base, of its own. Where a record took the place of another, the base goes with it.

mod endowing;
mod fields;
mod passing;
mod sets;

pub use self::endowing::endow;

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::sets::{Element, Spelled};
use concordat_mapping::{Mapping, Replicas, SetRule};
use concordat_model::plan::Notice;
use concordat_model::{
    Agreed, Field, FieldStep, Link, LinkId, Mirrored, Plan, RecordKey, Rule, Seen, Side, Sides,
    Step, Time, Why,
};

use crate::Inputs;
use crate::pairing::{Linked, Pairing};
use crate::sitting::Sitting;
use crate::steps::Opening;

/// Plans every group of replicas of `mapping`, and gives to those that `plan` makes.
pub fn for_all(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    replicas: &Replicas,
    pairing: &Pairing,
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    let bench = Bench::new(inputs, mapping, replicas, pairing);
    let mut made = Vec::new();
    let groups = pairing.linked.chunk_by(|one, next| bench.one(one) == bench.one(next));
    let is_whole = |group: &&[Linked]| {
        group.first().and_then(|it| bench.one(it)).is_some_and(|one| inputs.extent.holds(one))
    };
    for linked in groups.filter(is_whole) {
        if let Some(mut group) = bench.group(linked, plan) {
            for rule in &mapping.fields {
                fields::decide(&mut group, rule, plan);
            }
            for rule in &mapping.sets {
                sets::decide(&mut group, rule, plan);
            }
            group.seated.into_iter().for_each(|it| it.finish(plan, &mut made));
        }
    }
    plan.settlements.extend(passing::all(inputs, mapping, pairing));
    for linked in &pairing.leaving {
        bench.leave(linked, plan, &mut made);
    }
    endowing::for_all(&bench, replicas, pairing, &made, plan);
    // What the replicas are to hold, their record holds first.
    made.sort_by_cached_key(|step| {
        (step.side != replicas.single, step.name.to_lowercase(), step.id.clone())
    });
    steps.extend(made);
}

/// What all groups of a mapping have in common.
struct Bench<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    single: Side,
    /// The records that each replica belongs to, as far as is known: also those whose people were not seen now.
    owners: BTreeMap<&'a RecordKey, BTreeSet<&'a RecordKey>>,
    /// The links that each replica was in when it was last agreed about.
    known: BTreeMap<&'a RecordKey, Vec<&'a Link>>,
    /// The links of each of the one records whose replica is not paired now, and does not leave: of a
    /// person who was not seen, or a contact in doubt.
    unpaired: BTreeMap<&'a RecordKey, Vec<&'a Link>>,
    /// How the one records spell the elements of each set, by its place in the mapping.
    spellings: Vec<Spelled>,
}

impl<'a> Bench<'a> {
    fn new(
        inputs: &'a Inputs<'a>,
        mapping: &'a Mapping,
        replicas: &Replicas,
        pairing: &'a Pairing,
    ) -> Self {
        let single = replicas.single;
        let mut owners: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for linked in &pairing.linked {
            for (one, replica) in linked.ends[single].iter().zip(&linked.ends[single.other()]) {
                owners.entry(replica).or_default().insert(one);
            }
        }
        let paired = pairing.linked.iter().chain(&pairing.leaving).chain(&pairing.over);
        let paired: BTreeSet<&LinkId> =
            paired.map(|it| &it.id).chain(pairing.passing.iter().map(|it| &it.from)).collect();
        let is_gone = |key: &RecordKey| matches!(inputs.views[key.side()].seen(key), Seen::Gone(_));
        let (mut known, mut unpaired): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) =
            Default::default();
        let links = inputs.agreements.links.values().filter(|it| it.mapping == mapping.name);
        // One that was laid down says nothing any more.
        for link in links.filter(|it| !it.ends[single].is_empty()) {
            for replica in &link.ends[single.other()] {
                known.entry(replica).or_default().push(link);
                if paired.contains(&link.id) || is_gone(replica) {
                    continue;
                }
                for one in &link.ends[single] {
                    unpaired.entry(one).or_default().push(link);
                    if !matches!(inputs.views[single].seen(one), Seen::Dormant) {
                        owners.entry(replica).or_default().insert(one);
                    }
                }
            }
        }
        let spelled = |rule: &SetRule| {
            let end = &rule.ends[single];
            let here = inputs.views[single].here(mapping.resources[single]);
            here.filter_map(|it| it.record.reading.get(&end.path))
                .flat_map(|native| end.elements(native))
                .collect()
        };
        let spellings = mapping.sets.iter().map(spelled).collect();
        Bench { inputs, mapping, single, owners, known, unpaired, spellings }
    }

    fn one<'l>(&self, linked: &'l Linked) -> Option<&'l RecordKey> {
        linked.ends[self.single].first()
    }

    /// The replicas of one record that can be decided about; nothing: the record itself cannot.
    fn group(&'a self, linked: &'a [Linked], plan: &mut Plan) -> Option<Group<'a>> {
        let one = self.one(linked.first()?)?;
        let Seen::Here(one) = self.inputs.views[self.single].seen(one) else { return None };
        let unpaired = self.unpaired.get(&one.record.key).map_or(&[][..], Vec::as_slice);
        let ids = linked.iter().map(|it| &it.id).chain(unpaired.iter().map(|it| &it.id));
        let in_doubt = |id: &&LinkId| self.inputs.in_doubt.get(*id) == Some(&self.single);
        if let Some(doubtful) = ids.into_iter().find(in_doubt) {
            plan.held.push(Notice {
                mapping: self.mapping.name.clone(),
                link: Some(doubtful.clone()),
                record: one.record.key.clone(),
                name: one.record.name.clone(),
                field: None,
                held: None,
                why: Why::about(Rule::InDoubt, self.single),
            });
            return None;
        }
        let (mut seated, mut blind) = (Vec::new(), unpaired.to_vec());
        for it in linked {
            let known = self.inputs.agreements.links.get(&it.id);
            let known = known.filter(|_| it.matched.is_none());
            if self.is_late(one, known) {
                return None;
            }
            match Opening::of(self.inputs, self.mapping, it) {
                Opening::Sits(sitting) if !self.inputs.in_doubt.contains_key(&it.id) => {
                    seated.push(*sitting);
                }
                Opening::Sits(_) | Opening::Late => blind.extend(known),
                Opening::Gone(_) | Opening::Archived => {}
                Opening::Held(_) => blind.extend(known),
            }
        }
        Some(Group { bench: self, one, seated, blind })
    }

    /// Whether the one record was last seen before our last write to it was read back.
    fn is_late(&self, one: &Mirrored, known: Option<&Link>) -> bool {
        let read_back: Option<Time> = known.and_then(|it| it.read_back[self.single]);
        let observed = self.inputs.views[self.single].observed(one);
        observed.is_some() && observed < read_back
    }

    /// The elements that the other records have to which a replica belongs. One that is there and was not looked
    /// at has what was agreed with it.
    fn elsewhere(&self, rule: &SetRule, one: &RecordKey, replica: &RecordKey) -> BTreeSet<Element> {
        let end = &rule.ends[self.single];
        let others = self.owners.get(replica).into_iter().flatten().filter(|it| **it != one);
        let natives = others.filter_map(|other| match self.inputs.views[self.single].seen(other) {
            Seen::Here(mirrored) => mirrored.record.reading.get(&end.path),
            Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
        });
        let is_silent = |link: &&&Link| {
            let mut ones = link.ends[self.single].iter().filter(|it| *it != one);
            ones.any(|it| {
                matches!(self.inputs.views[self.single].seen(it), Seen::Dormant | Seen::Unseen)
            })
        };
        let known = self.known.get(replica).into_iter().flatten().filter(is_silent);
        let agreed = known.filter_map(|it| Some(&it.base.get(&rule.name)?.held[self.single]));
        natives.chain(agreed).flat_map(|native| end.elements(native).into_keys()).collect()
    }

    /// What was agreed about `field` of a replica and other records than its present one.
    fn agreed_elsewhere(
        &self,
        field: &Field,
        link: &LinkId,
        replica: &RecordKey,
    ) -> impl Iterator<Item = &'a Agreed> {
        let known = self.known.get(replica).into_iter().flatten().filter(move |it| it.id != *link);
        known.filter_map(|it| it.base.get(field))
    }

    /// How any of the one records spells an element.
    fn spelling(&self, rule: &SetRule, element: &Element) -> Option<&String> {
        let place = self.mapping.sets.iter().position(|it| it.name == rule.name)?;
        self.spellings[place].get(element)
    }

    /// A replica that belongs to others now loses what it had from its record, unless one of the
    /// others has it too; then the link is laid down.
    fn leave(&self, linked: &Linked, plan: &mut Plan, steps: &mut Vec<Step>) {
        let mut sitting = match Opening::of(self.inputs, self.mapping, linked) {
            Opening::Sits(sitting) | Opening::Gone(sitting) => sitting,
            Opening::Held(_) | Opening::Late | Opening::Archived => return,
        };
        if self.inputs.in_doubt.contains_key(&linked.id) {
            return;
        }
        let (Some(one), Some(known)) = (self.one(linked), sitting.known) else { return };
        let many = self.single.other();
        let Some(replica) = sitting.ends[many].first().copied() else { return };
        for rule in &self.mapping.sets {
            let end = &rule.ends[many];
            let held = replica.record.reading.get(&end.path);
            let (Some(native), Some(base)) = (held, known.base.get(&rule.name)) else { continue };
            let elsewhere = self.elsewhere(rule, one, &replica.record.key);
            let had = Sides::from_fn(|side| rule.ends[side].elements(&base.held[side]));
            let is_ours = |it: &Element| had.iter().all(|(_, had)| had.contains_key(it));
            let mut target = end.elements(native);
            target.retain(|it, _| !is_ours(it) || elsewhere.contains(it));
            let after = end.with(native, &target).filter(|after| after != native);
            let unkept = sitting.lesson(&rule.name).filter(|it| it.side == many);
            let after = after.filter(|after| unkept.is_none_or(|it| it.sent != *after));
            sitting.writes[many].extend(after.map(|after| FieldStep {
                name: rule.name.clone(),
                path: end.path.clone(),
                before: native.clone(),
                after,
                source: base.held[self.single].clone(),
                why: Why::about(Rule::Left, self.single),
            }));
        }
        if sitting.writes[many].is_empty() {
            plan.settlements.push(sitting.laid_down(self.single));
        } else {
            sitting.finish(plan, steps);
        }
    }
}

/// One record and its replicas.
struct Group<'a> {
    bench: &'a Bench<'a>,
    one: &'a Mirrored,
    /// The replicas that were seen.
    seated: Vec<Sitting<'a>>,
    /// The links of those that were not; what they held when it was last agreed, they may still hold.
    blind: Vec<&'a Link>,
}

impl Group<'_> {
    fn single(&self) -> Side {
        self.bench.single
    }

    fn many(&self) -> Side {
        self.bench.single.other()
    }

    /// The replica of a sitting.
    fn replica(&self, index: usize) -> Option<&Mirrored> {
        self.seated[index].ends[self.many()].first().copied()
    }

    /// Whether the replica of a sitting belongs to other records too.
    fn is_shared(&self, index: usize) -> bool {
        let key = self.replica(index).map(|it| &it.record.key);
        let owners = key.and_then(|key| self.bench.owners.get(key));
        owners.is_some_and(|owners| owners.len() > 1)
    }
}
