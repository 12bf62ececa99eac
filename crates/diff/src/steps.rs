//! What then? From the decisions about single fields to the steps, settlements, conflicts and notices
//! of a plan.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use concordat_mapping::{Access, FieldRule, Mapping};
use concordat_model::plan::{Conflict, Notice};
use concordat_model::{
    Action, Agreed, Agreement, Base, FieldStep, Held, Link, Mirrored, Name, Path, Plan, Rule, Seen,
    Settlement, Side, Sides, Sight, Step, Take, Time, Why,
};

use crate::merge::{Conditions, Contender, Outcome, merge};
use crate::pairing::Linked;
use crate::projection::{self, Holding, Speakers};
use crate::{Inputs, identity};

/// Plans one link.
pub fn for_link(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    linked: &Linked,
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    match Opening::of(inputs, mapping, linked) {
        Opening::Late => {}
        // What was not seen, or is gone, is said and left.
        Opening::Held(notice) => plan.held.push(*notice),
        Opening::Sits(sitting) => sitting.decide(plan, steps),
    }
}

/// Whether a link can be decided at all.
pub enum Opening<'a> {
    /// One of its records was not seen, or is gone.
    Held(Box<Notice>),
    /// What was seen of it is older than what was agreed.
    Late,
    /// It can.
    Sits(Box<Sitting<'a>>),
}

impl<'a> Opening<'a> {
    /// Looks whether `linked` can be decided.
    pub fn of(inputs: &'a Inputs<'a>, mapping: &'a Mapping, linked: &'a Linked) -> Opening<'a> {
        let known = inputs.agreements.links.get(&linked.id);
        match ends(inputs, mapping, linked) {
            Err(notice) => Opening::Held(Box::new(notice)),
            Ok(ends) if is_late(inputs, known, &ends) => Opening::Late,
            Ok(ends) => Opening::Sits(Box::new(Sitting::new(inputs, mapping, linked, known, ends))),
        }
    }
}

/// The records of both ends if both were seen, else which one was not.
fn ends<'a>(
    inputs: &Inputs<'a>,
    mapping: &Mapping,
    linked: &Linked,
) -> Result<Sides<Vec<&'a Mirrored>>, Notice> {
    let here = Sides::from_fn(|side| {
        let seen = linked.ends[side].iter().map(|key| inputs.views[side].seen(key));
        seen.filter_map(|seen| match seen {
            Seen::Here(mirrored) => Some(mirrored),
            Seen::Gone(_) | Seen::Unseen => None,
        })
        .collect::<Vec<_>>()
    });
    for side in Side::BOTH {
        // Several records of one end speak together. One that is gone has nothing to say; one that was
        // not seen might have, so nobody speaks for it.
        let keys = &linked.ends[side];
        let unseen = keys.iter().find(|key| matches!(inputs.views[side].seen(key), Seen::Unseen));
        let gone = keys.first().filter(|_| here[side].is_empty());
        let view = inputs.views[side];
        let dormant = here[side].iter().find(|it| !view.is_owned(it)).map(|it| &it.record.key);
        let (key, rule) = match (unseen, gone, dormant) {
            (Some(key), _, _) => (key, Rule::NotSeen),
            (None, Some(key), _) => (key, Rule::Gone),
            (None, None, Some(key)) => (key, Rule::Dormant),
            (None, None, None) => continue,
        };
        return Err(Notice {
            mapping: mapping.name.clone(),
            link: Some(linked.id.clone()),
            record: key.clone(),
            name: projection::title(mapping, &here),
            field: None,
            held: None,
            why: Why::about(rule, side),
        });
    }
    Ok(here)
}

/// A row of a lagging index that is older than what was agreed, or anything seen before our last write
/// was read back, shows the past; nothing follows from it.
fn is_late(inputs: &Inputs<'_>, known: Option<&Link>, ends: &Sides<Vec<&Mirrored>>) -> bool {
    let older = |time: Option<Time>, than: Option<Time>| time.is_some() && time < than;
    known.is_some_and(|link| {
        Side::BOTH.into_iter().any(|side| {
            ends[side].iter().any(|it| {
                let row = it.record.sight == Sight::Row;
                row && older(it.record.stamp, link.stamps[side])
                    || older(inputs.views[side].observed(it), link.read_back[side])
            })
        })
    })
}

/// One link while it is being decided.
pub struct Sitting<'a> {
    inputs: &'a Inputs<'a>,
    mapping: &'a Mapping,
    linked: &'a Linked,
    known: Option<&'a Link>,
    ends: Sides<Vec<&'a Mirrored>>,
    name: Name,
    agreed: Base,
    writes: Sides<Vec<FieldStep>>,
}

impl<'a> Sitting<'a> {
    fn new(
        inputs: &'a Inputs<'a>,
        mapping: &'a Mapping,
        linked: &'a Linked,
        known: Option<&'a Link>,
        ends: Sides<Vec<&'a Mirrored>>,
    ) -> Self {
        let name = projection::title(mapping, &ends);
        let (agreed, writes) = (Base::new(), Sides::default());
        Sitting { inputs, mapping, linked, known, ends, name, agreed, writes }
    }

    fn decide(mut self, plan: &mut Plan, steps: &mut Vec<Step>) {
        for rule in &self.mapping.fields {
            let contender = self.contender(rule);
            self.field(&contender, plan);
        }
        if self.linked.matched.is_some() || !self.agreed.is_empty() {
            plan.settlements.push(self.settlement());
        }
        for side in Side::BOTH {
            let fields = std::mem::take(&mut self.writes[side]);
            steps.extend(self.update(side, fields));
        }
    }

    /// Everything that the decision about one field rests on.
    pub fn contender(&self, rule: &'a FieldRule) -> Contender<'a> {
        let base = self.known.and_then(|it| it.base.get(&rule.name));
        let agreed = self.known.and_then(|it| it.agreed.get(&rule.name));
        let holding = Sides::from_fn(|side| {
            let speakers = Speakers {
                side,
                records: &self.ends[side],
                has_gaps: self.ends[side].len() < self.linked.ends[side].len(),
                agreed: agreed.and_then(|it| it[side]),
            };
            projection::fold(self.inputs, speakers, &rule.ends[side], base.map(|it| &it.held[side]))
        });
        let key = (self.linked.id.clone(), rule.name.clone());
        Contender {
            rule,
            base,
            now: holding.clone().map(|_, it| it.now),
            moved: holding.clone().map(|_, it| it.moved),
            writable: Sides::from_fn(|side| self.is_writable(side)),
            lesson: self.inputs.agreements.lessons.get(&key).filter(|it| self.believes(it.at)),
            taken: self.taken(rule, &holding),
        }
    }

    fn field(&mut self, contender: &Contender<'a>, plan: &mut Plan) {
        let (link, rule, base) = (&self.linked.id, contender.rule, contender.base);
        let held = contender.now.clone().map(|_, it| it.flatten());
        let shown = self.shown(rule, &held);
        match merge(contender, &conditions(self.inputs)) {
            Outcome::Unmoved => {}
            Outcome::Agree(how) => {
                self.agreed.insert(rule.name.clone(), Agreed { held, how });
            }
            Outcome::Write { to, after, why } => self.writes[to].push(FieldStep {
                name: rule.name.clone(),
                path: rule.ends[to].path.clone(),
                before: held[to].clone(),
                after,
                source: held[to.other()].clone(),
                why,
            }),
            Outcome::Ask(why) => plan.conflicts.push(Conflict {
                id: identity::conflict(link, &rule.name),
                link: link.clone(),
                mapping: self.mapping.name.clone(),
                field: rule.name.clone(),
                ends: self.linked.ends.as_ref().map(|_, keys| keys.iter().cloned().collect()),
                name: self.name.clone(),
                base: base.map(|it| self.shown(rule, &it.held)),
                held: shown,
                can_write: Sides::from_fn(|side| {
                    rule.ends[side].access == Access::Always && self.is_writable(side)
                }),
                why,
            }),
            Outcome::Report(why) => {
                self.agreed.insert(rule.name.clone(), Agreed { held, how: Agreement::Drift });
                plan.drift.push(self.notice(rule, shown, why));
            }
            Outcome::Hold(why) => plan.held.push(self.notice(rule, shown, why)),
        }
    }

    /// Sides change: what one refused or dropped some time ago is tried again.
    fn believes(&self, at: Time) -> bool {
        is_recent(self.inputs, at)
    }

    /// A person's decision counts as long as the values are those the person saw.
    fn taken(&self, rule: &FieldRule, holding: &Sides<Holding>) -> Option<Take> {
        let key = (self.linked.id.clone(), rule.name.clone());
        let (seen, take) = self.inputs.agreements.taken.get(&key)?;
        let now = Sides::from_fn(|side| holding[side].now.clone().flatten());
        (self.shown(rule, &now) == *seen).then_some(*take)
    }

    /// What people see of native values: a name's own part of it, a number in its usual form.
    pub fn shown(&self, rule: &FieldRule, native: &Sides<Held>) -> Sides<Held> {
        let region = self.inputs.rules.region;
        Sides::from_fn(|side| rule.ends[side].lens.get(&native[side], region))
    }

    /// A record whose identity fields are empty cannot be addressed by a write (`upguard.md` §8:
    /// vendors without a host name).
    fn is_writable(&self, side: Side) -> bool {
        self.identity(side).values().all(Option::is_some)
    }

    fn identity(&self, side: Side) -> BTreeMap<Path, Held> {
        let Some(record) = self.ends[side].first() else { return BTreeMap::new() };
        let held = |path: &Path| record.record.reading.get(path).cloned().flatten();
        self.mapping.identity[side].iter().map(|path| (path.clone(), held(path))).collect()
    }

    fn notice(&self, rule: &FieldRule, held: Sides<Held>, why: Why) -> Notice {
        let side = why.side.unwrap_or(self.mapping.source().other());
        let record = self.ends[side].first().map(|it| it.record.key.clone());
        let any = self.linked.ends.iter().find_map(|(_, keys)| keys.first());
        Notice {
            mapping: self.mapping.name.clone(),
            link: Some(self.linked.id.clone()),
            record: record.or_else(|| any.cloned()).expect("a link joins at least one record"),
            name: self.name.clone(),
            field: Some(rule.name.clone()),
            held: Some(held),
            why,
        }
    }

    fn settlement(&self) -> Settlement {
        Settlement {
            link: self.linked.id.clone(),
            mapping: self.mapping.name.clone(),
            name: self.name.clone(),
            ends: self.linked.ends.clone().map(|_, keys| keys.into_iter().collect()),
            matched: self.linked.matched.clone(),
            fields: self.agreed.clone(),
            stamps: Sides::from_fn(|side| stamp(&self.ends[side])),
        }
    }

    fn update(&self, side: Side, fields: Vec<FieldStep>) -> Option<Step> {
        let why = fields.first()?.why;
        let record = self.ends[side].first()?;
        Some(Step {
            id: identity::step(&self.linked.id, side, Action::Update),
            mapping: self.mapping.name.clone(),
            link: self.linked.id.clone(),
            side,
            entity: record.record.key.resource.entity().to_owned(),
            resource: record.record.key.resource,
            record: Some(record.record.key.clone()),
            name: self.name.clone(),
            action: Action::Update,
            fields,
            source_stamp: stamp(&self.ends[side.other()]),
            despite: Vec::new(),
            blanks: Vec::new(),
            constants: BTreeMap::new(),
            marker: None,
            lookup: None,
            identity: self.identity(side),
            sources: self.linked.ends[side.other()].iter().cloned().collect(),
            matched: self.linked.matched.clone(),
            why,
            side_effects: Vec::new(),
        })
    }
}

/// How long a refusal or a dropped value is remembered before it is tried again.
const MEMORY: TimeDelta = TimeDelta::days(7);

pub fn is_recent(inputs: &Inputs<'_>, at: Time) -> bool {
    inputs.now - at < MEMORY
}

pub fn stamp(records: &[&Mirrored]) -> Option<Time> {
    records.iter().filter_map(|it| it.record.stamp).max()
}

/// What all fields of these inputs have in common.
pub fn conditions(inputs: &Inputs<'_>) -> Conditions {
    Conditions {
        region: inputs.rules.region,
        offsets: inputs.views.map(|_, view| view.offset),
        skew_limit_ms: inputs.rules.skew_limit_ms,
    }
}
