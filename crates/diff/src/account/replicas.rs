//! What would a plan do with what a record shares with its replicas? Read off the very steps, notices
//! and settlements that it makes for them, since links of one record are decided together.

use std::collections::BTreeSet;

use concordat_mapping::{Joins, Mapping, SetEnd, SetRule};
use concordat_model::{
    Agreed, Agreement, Field, Held, LinkId, MappingName, Name, Plan, RecordKey, Side, Sides, Value,
    Why,
};
use concordat_model::{Rule, plan::Notice};

use super::{FieldAccount, Standing, Subject, Survey};
use crate::merge::Outcome;
use crate::pairing::{Linked, Pairing};
use crate::sitting::Sitting;
use crate::steps::Opening;
use crate::{Inputs, absence, blank, replicas};

/// What a record shares with one other: a vendor with one of its contacts, or a contact with one of
/// its vendors.
#[derive(Clone, Debug)]
pub struct ReplicaAccount<'a> {
    /// The mapping.
    pub mapping: MappingName,
    /// The link of the two.
    pub link: LinkId,
    /// The other record; of a link, the replica.
    pub record: RecordKey,
    /// What people call it.
    pub name: Name,
    /// Where the two stand as a whole.
    pub standing: Standing,
    /// The fields they share.
    pub fields: Vec<FieldAccount<'a>>,
    /// The sets they share.
    pub sets: Vec<SetAccount<'a>>,
}

/// A set of a record and one of its replicas.
#[derive(Clone, Debug)]
pub struct SetAccount<'a> {
    /// Its rule.
    pub rule: &'a SetRule,
    /// What each side's native set holds; nothing: the reading does not cover it.
    pub native: Sides<Option<Held>>,
    /// The elements of it that both sides share.
    pub shared: Sides<Held>,
    /// Whether each side's shared elements are others than were agreed; nothing: nothing was, or the
    /// reading does not cover it.
    pub moved: Sides<Option<bool>>,
    /// The shared elements that were agreed, and in what sense.
    pub agreed: Option<(Sides<Held>, Agreement)>,
    /// What a plan does with it; several things if both sides are written.
    pub outcomes: Vec<Outcome>,
}

/// What a plan says about replicas, and nothing else.
pub(super) fn planned(inputs: &Inputs<'_>, pairings: &[(&Mapping, Pairing)]) -> Plan {
    let mut plan = blank(inputs);
    for (mapping, pairing) in pairings {
        if let Joins::Replicas(joins) = &mapping.joins {
            let mut steps = Vec::new();
            replicas::for_all(inputs, mapping, joins, pairing, &mut plan, &mut steps);
            plan.steps.extend(steps);
        }
    }
    plan
}

impl Survey<'_> {
    /// What the records of `subject` share with others; of a link of replicas, what its two share.
    pub(super) fn replicas(&self, subject: &Subject) -> Vec<ReplicaAccount<'_>> {
        let mut found = Vec::new();
        for (mapping, pairing) in &self.pairings {
            let Joins::Replicas(joins) = &mapping.joins else { continue };
            let here = found.len();
            for linked in pairing.linked.iter().chain(&pairing.leaving) {
                let has =
                    |side: Side| subject.records.iter().any(|it| linked.ends[side].contains(it));
                let is_it = subject.link.as_ref() == Some(&linked.id);
                let other = match (has(joins.single), has(joins.single.other())) {
                    (true, false) => joins.single.other(),
                    (false, true) => joins.single,
                    (true, true) if is_it => joins.single.other(),
                    (true, true) | (false, false) => continue,
                };
                found.extend(self.replica(mapping, linked, other));
            }
            found[here..].sort_by_cached_key(|it| (it.name.to_lowercase(), it.link.clone()));
        }
        found
    }

    fn replica<'s>(
        &'s self,
        mapping: &'s Mapping,
        linked: &'s Linked,
        other: Side,
    ) -> Option<ReplicaAccount<'s>> {
        let record = linked.ends[other].first()?.clone();
        let (standing, fields, sets) = match Opening::of(self.inputs, mapping, linked) {
            Opening::Held(notice) => (Standing::Held(notice.why), Vec::new(), Vec::new()),
            Opening::Late => (Standing::Late, Vec::new(), Vec::new()),
            Opening::Archived => (Standing::Archived(mapping.source()), Vec::new(), Vec::new()),
            Opening::Gone(sitting) => (
                Standing::parted(absence::fate(&sitting, self.cases(mapping))),
                Vec::new(),
                Vec::new(),
            ),
            Opening::Sits(sitting) => match self.kept_back(mapping, linked) {
                Some(why) => (Standing::Held(why), Vec::new(), Vec::new()),
                None => self.shared(mapping, &sitting),
            },
        };
        Some(ReplicaAccount {
            mapping: mapping.name.clone(),
            link: linked.id.clone(),
            name: self.mirrored(&record).map(|it| it.record.name.clone()).unwrap_or_default(),
            record,
            standing,
            fields,
            sets,
        })
    }

    /// Why a plan decides nothing about the two, though both were seen.
    fn kept_back(&self, mapping: &Mapping, linked: &Linked) -> Option<Why> {
        let one = linked.ends[mapping.source()].first();
        let about = |it: &&Notice| {
            it.mapping == mapping.name && it.field.is_none() && Some(&it.record) == one
        };
        let doubt = self.inputs.in_doubt.get(&linked.id);
        let noticed = self.replicas.held.iter().find(about).map(|it| it.why);
        noticed.or(doubt.map(|&side| Why::about(Rule::InDoubt, side)))
    }

    fn shared<'s>(
        &'s self,
        mapping: &'s Mapping,
        sitting: &Sitting<'s>,
    ) -> (Standing, Vec<FieldAccount<'s>>, Vec<SetAccount<'s>>) {
        let link = &sitting.linked.id;
        let fields = mapping.fields.iter().map(|rule| {
            let outcome = self.outcomes(link, &rule.name).into_iter().next();
            self.field(sitting, sitting.contender(rule), outcome.unwrap_or(Outcome::Unmoved))
        });
        let sets = mapping.sets.iter().map(|rule| {
            let native = Sides::from_fn(|side| {
                let record = sitting.ends[side].first()?;
                record.record.reading.get(&rule.ends[side].path).cloned()
            });
            let base: Option<&Agreed> = sitting.known.and_then(|it| it.base.get(&rule.name));
            let spelled = |side: Side, held: &Held| spelled(&rule.ends[side], held);
            SetAccount {
                shared: Sides::from_fn(|side| {
                    native[side].as_ref().and_then(|held| spelled(side, held))
                }),
                moved: Sides::from_fn(|side| {
                    let (base, now) = base.zip(native[side].as_ref())?;
                    let elements = |held: &Held| rule.ends[side].elements(held).into_keys();
                    Some(!elements(&base.held[side]).eq(elements(now)))
                }),
                agreed: base
                    .map(|it| (Sides::from_fn(|side| spelled(side, &it.held[side])), it.how)),
                outcomes: self.outcomes(link, &rule.name),
                native,
                rule,
            }
        });
        let matched = sitting.linked.matched.clone();
        (Standing::Linked { matched }, fields.collect(), sets.collect())
    }

    /// Everything that the plan says about one field or set of a link.
    fn outcomes(&self, link: &LinkId, field: &Field) -> Vec<Outcome> {
        let plan = &self.replicas;
        let steps = plan.steps.iter().filter(|it| it.link == *link);
        let writes = steps.flat_map(|step| {
            let fields = step.fields.iter().filter(|it| it.name == *field);
            fields.map(|it| Outcome::Write { to: step.side, after: it.after.clone(), why: it.why })
        });
        let asks = plan.conflicts.iter().filter(|it| it.link == *link && it.field == *field);
        let is_here =
            |it: &&Notice| it.link.as_ref() == Some(link) && it.field.as_ref() == Some(field);
        let reports = plan.drift.iter().filter(is_here);
        let holds = plan.held.iter().filter(is_here);
        let said: Vec<Outcome> = writes
            .chain(asks.map(|it| Outcome::Ask(it.why)))
            .chain(reports.map(|it| Outcome::Report(it.why)))
            .chain(holds.map(|it| Outcome::Hold(it.why)))
            .collect();
        if !said.is_empty() {
            return said;
        }
        let settled = plan.settlements.iter().filter(|it| it.link == *link);
        settled.filter_map(|it| it.fields.get(field)).map(|it| Outcome::Agree(it.how)).collect()
    }
}

/// The shared elements of a native set as they are spelled there.
fn spelled(end: &SetEnd, native: &Held) -> Held {
    let elements: BTreeSet<String> = end.elements(native).into_values().collect();
    (!elements.is_empty()).then_some(Value::Set(elements))
}
