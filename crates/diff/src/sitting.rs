//! What then? From the decisions about the fields of one link to the steps, settlements, conflicts and
//! notices of a plan. It does not decide: see `merge`.

use std::collections::BTreeMap;

use concordat_mapping::{Access, FieldRule, Joins, Mapping};
use concordat_model::plan::{Conflict, Notice};
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, Agreed, Agreement, Base, Field, FieldStep, Held, Lesson, Link, Mirrored, Name, Path,
    Plan, Settlement, Side, Sides, Step, Take, Why,
};

use crate::gates::{Passage, pass};
use crate::merge::{Contender, Outcome, merge};
use crate::pairing::{Linked, businesses};
use crate::projection::{self, Speakers};
use crate::steps::{conditions, is_recent, stamp};
use crate::{Inputs, identity, remembered};

/// One link while it is being decided.
pub struct Sitting<'a> {
    /// What everything is decided from.
    pub inputs: &'a Inputs<'a>,
    /// Its mapping.
    pub mapping: &'a Mapping,
    /// Its records.
    pub linked: &'a Linked,
    /// What was agreed about it.
    pub known: Option<&'a Link>,
    /// Its records, as they were seen.
    pub ends: Sides<Vec<&'a Mirrored>>,
    /// What people call it.
    pub name: Name,
    /// What both sides agree on already.
    pub agreed: Base,
    /// What is to be written to each side.
    pub writes: Sides<Vec<FieldStep>>,
    /// What goes with it.
    passages: Sides<Passage>,
}

impl<'a> Sitting<'a> {
    /// Nothing is decided yet.
    pub fn new(
        inputs: &'a Inputs<'a>,
        mapping: &'a Mapping,
        linked: &'a Linked,
        known: Option<&'a Link>,
        ends: Sides<Vec<&'a Mirrored>>,
    ) -> Self {
        let name = projection::title(mapping, &ends);
        // One that left its record once begins anew.
        let known = known.filter(|it| it.ends.iter().all(|(_, keys)| !keys.is_empty()));
        let (agreed, writes, passages) = (Base::new(), Sides::default(), Sides::default());
        Sitting { inputs, mapping, linked, known, ends, name, agreed, writes, passages }
    }

    /// Decides every field, one by one.
    pub fn decide(mut self, plan: &mut Plan, steps: &mut Vec<Step>) {
        for rule in &self.mapping.fields {
            let contender = self.contender(rule);
            let outcome = self.outcome(&contender);
            self.take(&contender, outcome, plan);
        }
        self.finish(plan, steps);
    }

    /// Hands over what was decided.
    pub fn finish(mut self, plan: &mut Plan, steps: &mut Vec<Step>) {
        // What a person said while a record was gone is over once it is there.
        let is_ruled = self.inputs.agreements.rulings.contains_key(&self.linked.id);
        if self.linked.matched.is_some() || !self.agreed.is_empty() || is_ruled {
            plan.settlements.push(self.settlement());
        }
        for side in Side::BOTH {
            let fields = std::mem::take(&mut self.writes[side]);
            let passage = std::mem::take(&mut self.passages[side]);
            steps.extend(self.step(side, Action::Update, fields, passage));
        }
    }

    /// Everything that the decision about one field rests on.
    pub fn contender(&self, rule: &'a FieldRule) -> Contender<'a> {
        let base = self.known.and_then(|it| it.base.get(&rule.name));
        let agreed = self.known.and_then(|it| it.agreed.get(&rule.name));
        let holding = Sides::from_fn(|side| {
            if side == Side::Upguard && businesses::is_asked(rule) {
                return projection::known_now(self.inputs, side, self.linked.business.held());
            }
            let speakers = Speakers {
                side,
                records: &self.ends[side],
                has_gaps: self.ends[side].len() < self.linked.ends[side].len(),
                agreed: agreed.and_then(|it| it.stamps[side]),
            };
            projection::fold(self.inputs, speakers, &rule.ends[side], base.map(|it| &it.held[side]))
        });
        let now = holding.as_ref().map(|_, it| it.now.clone());
        Contender {
            rule,
            base,
            taken: self.taken(rule, &now),
            now,
            moved: holding.map(|_, it| it.moved),
            writable: Sides::from_fn(|side| self.is_writable(side)),
            turns: self.known.and_then(|it| it.turns.get(&rule.name)),
            lesson: self.lesson(&rule.name),
            receives: None,
        }
    }

    /// What follows for one field of records that are the same thing.
    pub fn outcome(&self, contender: &Contender<'a>) -> Outcome {
        let outcome = merge(contender, &conditions(self.inputs));
        let outcome = remembered::weigh(self, contender, outcome);
        self.linked.business.settle(contender, outcome)
    }

    /// What a side did not keep of `field`. Sides change: what one refused or dropped some time ago is
    /// tried again.
    pub fn lesson(&self, field: &Field) -> Option<&'a Lesson> {
        let key = (self.linked.id.clone(), field.clone());
        if zoo::is_in(Bug::LessonsForgotten) {
            return None;
        }
        self.inputs.agreements.lessons.get(&key).filter(|it| is_recent(self.inputs, it.at))
    }

    /// Takes up what was decided about one field.
    pub fn take(&mut self, contender: &Contender<'a>, outcome: Outcome, plan: &mut Plan) {
        let (link, rule, base) = (&self.linked.id, contender.rule, contender.base);
        let held = contender.now.clone().map(|_, it| it.flatten());
        match outcome {
            Outcome::Unmoved => {}
            Outcome::Agree(how) => {
                self.agreed.insert(rule.name.clone(), Agreed { held, how });
            }
            Outcome::Write { to, after, why } => {
                match pass(&self.inputs.rules.gates, rule, to, &after, &self.ends) {
                    Err(why) => {
                        plan.held.push(self.notice(&rule.name, self.shown(rule, &held), why));
                    }
                    Ok(Passage { constants, side_effects }) => {
                        let awaited = self.linked.business.awaited(rule);
                        self.passages[to].constants.extend(constants.into_iter().chain(awaited));
                        self.passages[to].side_effects.extend(side_effects);
                        self.writes[to].push(FieldStep {
                            name: rule.name.clone(),
                            path: rule.ends[to].path.clone(),
                            before: held[to].clone(),
                            after,
                            source: held[to.other()].clone(),
                            why,
                        });
                    }
                }
            }
            Outcome::Ask(why) => plan.conflicts.push(Conflict {
                id: identity::conflict(link, &rule.name),
                link: link.clone(),
                mapping: self.mapping.name.clone(),
                field: rule.name.clone(),
                ends: self.linked.ends.as_ref().map(|_, keys| keys.iter().cloned().collect()),
                name: self.name.clone(),
                base: base.map(|it| self.shown(rule, &it.held)),
                held: self.shown(rule, &held),
                can_write: Sides::from_fn(|side| {
                    rule.ends[side].access == Access::Always && self.is_writable(side)
                }),
                why,
            }),
            Outcome::Report(why) => {
                plan.drift.push(self.notice(&rule.name, self.shown(rule, &held), why));
                self.agreed.insert(rule.name.clone(), Agreed { held, how: Agreement::Drift });
            }
            Outcome::Hold(why) => {
                plan.held.push(self.notice(&rule.name, self.shown(rule, &held), why));
            }
        }
    }

    /// A person's decision counts as long as the values are those the person saw.
    fn taken(&self, rule: &FieldRule, now: &Sides<Option<Held>>) -> Option<Take> {
        let key = (self.linked.id.clone(), rule.name.clone());
        let (seen, take) = self.inputs.agreements.taken.get(&key)?;
        let now = now.clone().map(|_, held| held.flatten());
        (self.shown(rule, &now) == *seen).then_some(*take)
    }

    /// What people see of native values: a name's own part of it, a number in its usual form.
    pub fn shown(&self, rule: &FieldRule, native: &Sides<Held>) -> Sides<Held> {
        let region = self.inputs.rules.region;
        Sides::from_fn(|side| rule.ends[side].lens.get(&native[side], region))
    }

    /// A record whose identity fields are empty cannot be addressed by a write (`upguard.md` §8:
    /// vendors without a host name).
    pub fn is_writable(&self, side: Side) -> bool {
        self.identity(side).values().all(Option::is_some)
    }

    fn identity(&self, side: Side) -> BTreeMap<Path, Held> {
        let Some(record) = self.ends[side].first() else { return BTreeMap::new() };
        let held = |path: &Path| record.record.reading.get(path).cloned().flatten();
        self.mapping.identity[side].iter().map(|path| (path.clone(), held(path))).collect()
    }

    /// Says why nothing is done about `field`.
    pub fn notice(&self, field: &Field, held: Sides<Held>, why: Why) -> Notice {
        let side = why.side.unwrap_or(self.mapping.source().other());
        let record = self.ends[side].first().map(|it| it.record.key.clone());
        let any = self.linked.ends.iter().find_map(|(_, keys)| keys.first());
        Notice {
            mapping: self.mapping.name.clone(),
            link: Some(self.linked.id.clone()),
            record: record.or_else(|| any.cloned()).expect("a link joins at least one record"),
            name: self.name.clone(),
            field: Some(field.clone()),
            held: Some(held),
            why,
        }
    }

    /// Says why nothing is done about the whole of it.
    pub fn about_all(&self, why: Why) -> Notice {
        let keys = why.side.and_then(|side| self.linked.ends[side].first());
        let any = self.linked.ends.iter().find_map(|(_, keys)| keys.first());
        Notice {
            mapping: self.mapping.name.clone(),
            link: Some(self.linked.id.clone()),
            record: keys.or(any).cloned().expect("a link joins at least one record"),
            name: self.name.clone(),
            field: None,
            held: None,
            why,
        }
    }

    /// What is recorded of it without writing.
    pub fn settlement(&self) -> Settlement {
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

    /// Records that are the same thing go by one name, others by their own.
    fn called(&self, record: &Mirrored) -> Name {
        match &self.mapping.joins {
            Joins::Alike(_) | Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => {
                self.name.clone()
            }
            Joins::Replicas(_) => record.record.name.clone(),
        }
    }

    /// The settlement by which the records of `side` leave the link.
    pub fn laid_down(&self, side: Side) -> Settlement {
        let mut settlement = self.settlement();
        settlement.ends[side].clear();
        settlement
    }

    /// The step by which the end that is there is archived or deleted, as long as it still holds all of
    /// `unchanged`.
    pub fn end(
        self,
        action: Action,
        fields: Vec<FieldStep>,
        unchanged: BTreeMap<Path, Held>,
    ) -> Option<Step> {
        let side = Side::BOTH.into_iter().find(|side| !self.ends[*side].is_empty())?;
        let passage = match action {
            Action::Delete => Passage::deletion(&self.mapping.name, side),
            Action::Create | Action::Update | Action::Archive => Passage::default(),
        };
        let mut step = self.step(side, action, fields, passage)?;
        step.identity.extend(unchanged);
        Some(step)
    }

    fn step(
        &self,
        side: Side,
        action: Action,
        fields: Vec<FieldStep>,
        passage: Passage,
    ) -> Option<Step> {
        let why = fields.first()?.why;
        let record = self.ends[side].first()?;
        Some(Step {
            id: identity::step(&self.linked.id, side, action),
            mapping: self.mapping.name.clone(),
            link: self.linked.id.clone(),
            side,
            entity: record.record.key.resource.entity().to_owned(),
            resource: record.record.key.resource,
            record: Some(record.record.key.clone()),
            name: self.called(record),
            action,
            fields,
            source_stamp: stamp(&self.ends[side.other()]),
            despite: Vec::new(),
            blanks: Vec::new(),
            constants: passage.constants,
            marker: None,
            lookup: None,
            identity: self.identity(side),
            sources: self.linked.ends[side.other()].iter().cloned().collect(),
            matched: self.linked.matched.clone(),
            why,
            side_effects: passage.side_effects,
        })
    }
}
