//! What would a plan do with this record, and what does that rest on? The same pairing and the same
//! merge as in a plan, asked about one thing and answered in full.
//!
//! It finds things by what people call them, and it decides nothing that a plan does not decide.

mod replicas;
mod standing;

use std::collections::BTreeSet;

use concordat_mapping::{Joins, Mapping, Stands};
use concordat_model::plan::{Case, Notice};
use concordat_model::{
    Choice, Held, Link, LinkId, MappingName, Mirrored, Name, Plan, RecordKey, Rule, Seen, Side,
    Sides, Step, Why,
};

use crate::creates::Making;
use crate::merge::{Contender, Outcome, moved};
use crate::pairing::{self, Linked, Missing, Pairing};
use crate::remembered::{is_still, watches};
use crate::sitting::Sitting;
use crate::steps::{self, Opening};
use crate::untimely::untimely;
use crate::{Inputs, absence, creates, identity};

pub use replicas::{ReplicaAccount, SetAccount};
pub use standing::Standing;

/// Everything there is, sorted as a plan would sort it.
pub struct Survey<'a> {
    inputs: &'a Inputs<'a>,
    pairings: Vec<(&'a Mapping, Pairing)>,
    /// What a plan says about replicas.
    replicas: Plan,
}

/// One thing that can be asked about: the records of a link, or a record that has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The mapping; nothing: none that is on reads such records, or none knows the link.
    pub mapping: Option<MappingName>,
    /// The link it is, or will be, in.
    pub link: Option<LinkId>,
    /// Its records; more than one only in a link.
    pub records: Vec<RecordKey>,
    /// What people call it.
    pub name: Name,
}

/// What a plan would do with a subject.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    /// What it is about.
    pub subject: Subject,
    /// The link as it was agreed, if there is one already.
    pub known: Option<&'a Link>,
    /// Where it stands as a whole.
    pub standing: Standing,
    /// Its fields, in the mapping's order; none where the records are not compared.
    pub fields: Vec<FieldAccount<'a>>,
    /// What its records share with others, of which each has a link of its own; of such a link, what
    /// its two records share.
    pub replicas: Vec<ReplicaAccount<'a>>,
}

/// One field of a link: what its decision rests on, and the decision.
#[derive(Clone, Debug)]
pub struct FieldAccount<'a> {
    /// What the decision rests on.
    pub contender: Contender<'a>,
    /// Whether each side moved since both last agreed; nothing: they never did, or it is not seen.
    pub moved: Sides<Option<bool>>,
    /// What people see of what each side holds.
    pub shown: Sides<Held>,
    /// What people see of what was agreed.
    pub agreed: Option<Sides<Held>>,
    /// The decision.
    pub outcome: Outcome,
    /// What a conflict about it is called.
    pub conflict: String,
}

impl<'a> Survey<'a> {
    /// Sorts everything.
    pub fn of(inputs: &'a Inputs<'a>) -> Survey<'a> {
        let pairings = pairing::pair_up(inputs);
        Survey { inputs, replicas: replicas::planned(inputs, &pairings), pairings }
    }

    /// Everything that is called so: by a record's id, by kind and id as they are printed, by a link's
    /// id, or by a record's name in any case.
    pub fn find(&self, wanted: &str) -> Vec<Subject> {
        let is = |text: &str| text.to_lowercase() == wanted.to_lowercase();
        let agreements = self.inputs.agreements;
        let mirrored = Side::BOTH.into_iter().flat_map(|side| &self.inputs.views[side].records);
        let named = mirrored.filter(|(_, it)| is(&it.record.name)).map(|(key, _)| key);
        let all = Side::BOTH.into_iter().flat_map(|side| {
            self.inputs.views[side].records.keys().chain(agreements.records(side))
        });
        let keyed = all.filter(|key| key.id.as_str() == wanted || is(&key.to_string()));
        let records: BTreeSet<&RecordKey> = named.chain(keyed).collect();
        let mut found: BTreeSet<Subject> =
            records.into_iter().flat_map(|key| self.subjects(key)).collect();
        let links = agreements.links.keys();
        let linked = self.pairings.iter().flat_map(|(_, it)| &it.linked).map(|it| &it.id);
        found.extend(links.chain(linked).filter(|id| is(id.as_str())).map(|id| self.linked(id)));
        found.into_iter().collect()
    }

    /// Names that contain what was asked for, for somebody who mistyped it.
    pub fn like(&self, wanted: &str) -> Vec<&'a Name> {
        let wanted = wanted.to_lowercase();
        let mirrored = Side::BOTH.into_iter().flat_map(|side| &self.inputs.views[side].records);
        let names = mirrored.map(|(_, it)| &it.record.name);
        let names: BTreeSet<&Name> =
            names.filter(|it| it.to_lowercase().contains(&wanted)).collect();
        names.into_iter().collect()
    }

    /// What a plan would do with `subject`.
    pub fn account(&self, subject: Subject) -> Account<'_> {
        let known = subject.link.as_ref().and_then(|id| self.inputs.agreements.links.get(id));
        let replicas = self.replicas(&subject);
        let itself = replicas.iter().find(|it| Some(&it.link) == subject.link.as_ref());
        let (standing, fields) = match itself {
            Some(it) => (it.standing.clone(), Vec::new()),
            None => self.standing(&subject),
        };
        Account { subject, known, standing, fields, replicas }
    }

    /// What the record is called by each mapping that knows what it is the same as: usually one.
    fn subjects(&self, key: &RecordKey) -> Vec<Subject> {
        let agreements = self.inputs.agreements;
        let read =
            || self.pairings.iter().filter(|(it, _)| it.resources[key.side()] == key.resource);
        // What is to be done once a record moves is asked about by itself, where the record is something else, too.
        let is_thing = |it: &Mapping| it.alike().is_some() && !watches(it, key.side());
        let has_thing = read().any(|(it, _)| is_thing(it));
        let is_meant = |it: &Mapping| it.alike().is_some() && (is_thing(it) || !has_thing);
        let alike = || self.pairings.iter().filter(|(mapping, _)| is_meant(mapping));
        let mut links: BTreeSet<&LinkId> = BTreeSet::new();
        let known = || agreements.links.values().filter(|it| it.ends[key.side()].contains(key));
        let joins = |link: &Link| self.inputs.rules.mapping(&link.mapping).map(|it| &it.joins);
        let is_same = |link: &&Link| self.inputs.rules.mapping(&link.mapping).is_none_or(is_meant);
        links.extend(known().filter(is_same).map(|it| &it.id));
        for (_, pairing) in alike() {
            let linked = pairing.linked.iter().filter(|it| it.ends[key.side()].contains(key));
            links.extend(linked.map(|it| &it.id));
        }
        // What a person writes about something is asked about by itself.
        if links.is_empty() {
            let is_text = |link: &&Link| joins(link).is_some_and(is_of_texts);
            links.extend(known().filter(is_text).map(|it| &it.id));
        }
        if !links.is_empty() {
            return links.into_iter().map(|id| self.linked(id)).collect();
        }
        let named = |all: &mut dyn Iterator<Item = &(&'a Mapping, Pairing)>| {
            let read = all.filter(|(it, _)| it.resources[key.side()] == key.resource);
            read.map(|(mapping, _)| Some(mapping.name.clone())).collect::<Vec<_>>()
        };
        let mut readers = named(&mut alike());
        if readers.is_empty() {
            let mut texts = self.pairings.iter().filter(|(it, _)| is_of_texts(&it.joins));
            readers = named(&mut texts);
        }
        // However many mappings read such records, what no link has is one thing.
        let reader = readers.into_iter().next().flatten();
        let name = self.mirrored(key).map(|it| it.record.name.clone()).unwrap_or_default();
        vec![Subject { mapping: reader, link: None, records: vec![key.clone()], name }]
    }

    fn linked(&self, id: &LinkId) -> Subject {
        let of = |it: &Sides<Vec<RecordKey>>| -> Vec<RecordKey> {
            it.iter().flat_map(|(_, keys)| keys.iter().cloned()).collect()
        };
        // A plan may add a record to a link that is agreed already.
        let paired = self.pairings.iter().find_map(|(mapping, pairing)| {
            let linked = pairing.linked.iter().find(|it| it.id == *id)?;
            let ends = linked.ends.clone().map(|_, keys| keys.into_iter().collect());
            Some((mapping.name.clone(), of(&ends)))
        });
        let agreed = || {
            let link = self.inputs.agreements.links.get(id)?;
            Some((link.mapping.clone(), of(&link.ends)))
        };
        let (mapping, records) = paired.or_else(agreed).unzip();
        let records = records.unwrap_or_default();
        let name = records.iter().find_map(|key| self.mirrored(key));
        Subject {
            mapping,
            link: Some(id.clone()),
            name: name.map(|it| it.record.name.clone()).unwrap_or_default(),
            records,
        }
    }

    fn mirrored(&self, key: &RecordKey) -> Option<&'a Mirrored> {
        self.inputs.views[key.side()].records.get(key)
    }

    fn standing(&self, subject: &Subject) -> (Standing, Vec<FieldAccount<'_>>) {
        let named = subject.mapping.as_ref();
        let paired = self.pairings.iter().find(|(mapping, _)| Some(&mapping.name) == named);
        let Some((mapping, pairing)) = paired else { return (Standing::Unmapped, Vec::new()) };
        if subject.records.iter().any(|key| pairing.left.contains(key)) {
            return (Standing::Held(Why::about(Rule::Prior, mapping.source())), Vec::new());
        }
        match (&subject.link, subject.records.first()) {
            // What was told once is not compared any more.
            (Some(_), _) if matches!(mapping.joins, Joins::Feed(_)) => {
                (Standing::Linked { matched: None }, Vec::new())
            }
            (None, Some(key)) if is_of_texts(&mapping.joins) => {
                (self.text(mapping, key), Vec::new())
            }
            (Some(id), _) => match pairing.linked.iter().find(|it| it.id == *id) {
                Some(linked) => self.compared(mapping, linked),
                None => (self.unpaired(mapping, pairing, id), Vec::new()),
            },
            (None, Some(key)) => (self.alone(mapping, pairing, key), Vec::new()),
            (None, None) => (Standing::Unmapped, Vec::new()),
        }
    }

    /// A link that pairs nothing now.
    fn unpaired(&self, mapping: &Mapping, pairing: &Pairing, id: &LinkId) -> Standing {
        let missing = pairing.missing.iter().find(|it| it.id == *id);
        match (missing, self.inputs.agreements.dismissed.get(id)) {
            (Some(missing), _) => self.made(mapping, missing),
            (None, Some(it)) => Standing::Dismissed(Box::new(it.clone())),
            (None, None) if is_still(self.inputs, mapping, id) => {
                Standing::Held(Why::about(Rule::Baseline, mapping.source()))
            }
            (None, None) => held(pairing, |it| it.link.as_ref() == Some(id)),
        }
    }

    /// What a person is asked about a mapping.
    fn cases(&self, mapping: &Mapping) -> &[Case] {
        let pairing = self.pairings.iter().find(|(it, _)| it.name == mapping.name);
        pairing.map_or(&[], |(_, pairing)| pairing.cases.as_slice())
    }

    fn compared<'s>(
        &'s self,
        mapping: &'s Mapping,
        linked: &'s Linked,
    ) -> (Standing, Vec<FieldAccount<'s>>) {
        let sitting = match Opening::of(self.inputs, mapping, linked) {
            Opening::Held(notice) => return (Standing::Held(notice.why), Vec::new()),
            Opening::Late => return (Standing::Late, Vec::new()),
            Opening::Archived => {
                let known = self.inputs.agreements.links.get(&linked.id);
                let side = known.and_then(Link::archived).unwrap_or(mapping.source());
                return (Standing::Archived(side), Vec::new());
            }
            Opening::Gone(sitting) => {
                return (
                    Standing::parted(absence::fate(&sitting, self.cases(mapping))),
                    Vec::new(),
                );
            }
            Opening::Sits(sitting) => match sitting.known.and_then(Link::archived) {
                Some(side) => {
                    let why = Why::about(Rule::Returned, side);
                    return (Standing::Marked(why), Vec::new());
                }
                None => sitting,
            },
        };
        let account = |rule| {
            let contender = sitting.contender(rule);
            let outcome = sitting.outcome(&contender);
            self.field(&sitting, contender, outcome)
        };
        let fields = mapping.fields.iter().map(account).collect();
        (Standing::Linked { matched: linked.matched.clone() }, fields)
    }

    fn field<'s>(
        &self,
        sitting: &Sitting<'_>,
        contender: Contender<'s>,
        outcome: Outcome,
    ) -> FieldAccount<'s> {
        let rule = contender.rule;
        let held = contender.now.clone().map(|_, it| it.flatten());
        FieldAccount {
            moved: moved(&contender, &steps::conditions(self.inputs)),
            shown: sitting.shown(rule, &held),
            agreed: contender.base.map(|it| sitting.shown(rule, &it.held)),
            outcome,
            conflict: identity::conflict(&sitting.linked.id, &rule.name),
            contender,
        }
    }

    /// A record that no link has.
    fn alone(&self, mapping: &Mapping, pairing: &Pairing, key: &RecordKey) -> Standing {
        let view = self.inputs.views[key.side()];
        if view.records.get(key).is_some_and(|it| view.is_outside(&it.record)) {
            return Standing::Held(Why::about(Rule::OutsideSlice, key.side()));
        }
        match view.seen(key) {
            Seen::Here(it) => {
                if let Some(rule) = untimely(self.inputs, mapping, it) {
                    return Standing::Held(Why::about(rule, key.side()));
                }
            }
            Seen::Dormant => return Standing::Held(Why::about(Rule::Dormant, key.side())),
            Seen::Gone(_) | Seen::Unseen => return Standing::Unlisted,
        }
        if let Some(case) = pairing.cases.iter().find(|it| it.record == *key) {
            return Standing::Case(Box::new(case.clone()));
        }
        if let Some(missing) = pairing.missing.iter().find(|it| it.sources.contains(key)) {
            return self.made(mapping, missing);
        }
        let choice = self.inputs.agreements.choices.get(&(mapping.name.clone(), key.clone()));
        if choice == Some(&Choice::Never) {
            return Standing::Never(identity::case(self.inputs.pair, &mapping.name, key));
        }
        if key.side() != mapping.source() {
            return Standing::Unmatched;
        }
        held(pairing, |it| it.record == *key)
    }

    /// A text that no link has: what a plan would do with it, if anything.
    fn text(&self, mapping: &Mapping, key: &RecordKey) -> Standing {
        let plan = crate::reconcile(self.inputs);
        let is_it = |it: &&Step| it.mapping == mapping.name && it.sources.contains(key);
        if let Some(step) = plan.steps.iter().find(is_it) {
            return Standing::Create(Box::new(step.clone()));
        }
        if let Some(notice) = plan.held.iter().find(|it| it.record == *key) {
            return Standing::Held(notice.why);
        }
        match self.inputs.views[key.side()].seen(key) {
            Seen::Dormant => Standing::Held(Why::about(Rule::Dormant, key.side())),
            Seen::Here(_) => Standing::Held(Why::about(Rule::NotTold, key.side().other())),
            Seen::Gone(_) | Seen::Unseen => Standing::Unlisted,
        }
    }

    fn made(&self, mapping: &Mapping, missing: &Missing) -> Standing {
        let making = self.makings(mapping).into_iter().find(|(link, _)| *link == missing.id);
        match making.map(|(_, making)| making) {
            Some(Making::Step(mut step)) => {
                crate::replicas::endow(self.inputs, &mut step);
                Standing::Create(step)
            }
            Some(Making::Case(case)) => Standing::Case(Box::new(case)),
            Some(Making::Held(notice)) => Standing::Held(notice.why),
            None => Standing::Unlisted,
        }
    }

    /// What becomes of every record that a mapping misses, and of the contacts at which some would stand.
    fn makings(&self, mapping: &Mapping) -> Vec<(LinkId, Making)> {
        let pairing = self.pairings.iter().find(|(it, _)| it.name == mapping.name);
        let Some((alike, (_, pairing))) = mapping.alike().zip(pairing) else { return Vec::new() };
        let contacts = |stands: &Stands| {
            let through = self.inputs.rules.mapping(&stands.through);
            let made = through.map(|it| self.makings(it)).unwrap_or_default();
            let steps = made.into_iter().filter_map(|(_, making)| making.step());
            crate::contacts(self.inputs, stands, &self.pairings, &steps.collect::<Vec<_>>())
        };
        creates::for_all(self.inputs, mapping, alike, pairing, &contacts)
    }
}

/// Whether a mapping passes on texts: its records are not the same thing as others.
fn is_of_texts(joins: &Joins) -> bool {
    match joins {
        Joins::Appended(_) | Joins::Feed(_) | Joins::Memo(_) => true,
        Joins::Alike(_) | Joins::Replicas(_) => false,
    }
}

/// Why a plan holds it back.
fn held(pairing: &Pairing, is_it: impl Fn(&Notice) -> bool) -> Standing {
    pairing.held.iter().find(|it| is_it(it)).map_or(Standing::Unlisted, |it| Standing::Held(it.why))
}
