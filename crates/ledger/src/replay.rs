//! What do all these events add up to? Pure: no clock, no disk, no choice that is not written here.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::entry::{FieldReceipt, RunEnded};
use concordat_model::link::ARCHIVED;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, Agreed, Agreement, Agreements, Choice, Class, Decision, Dismissal, Entry, Event, Field,
    FieldStep, Fingerprint, FirstAllowed, Held, IntentId, Lesson, Link, LinkId, MappingName,
    Matched, Occasion, Outcome, Rebuff, Receipt, RecordKey, RunId, Settlement, Side, Sides, Step,
    StepId, Time, Touch, Twin, Unkept, Verdict,
};
use serde::{Deserialize, Serialize};

/// A write that was about to be sent and of which nothing more is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIntent {
    /// The run that meant to send it.
    pub run: Option<RunId>,
    /// When, in our clock.
    pub at: Time,
    /// What was to be sent.
    pub step: Step,
}

/// The sum of a pair's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Links, decisions, lessons, and what the guards compare with.
    pub agreements: Agreements,
    /// What a crash or a lost answer left open.
    pub intents: BTreeMap<IntentId, OpenIntent>,
    /// The plans that were saved for review.
    pub planned: BTreeSet<Fingerprint>,
    /// The steps of saved plans that were written and verified.
    pub(crate) finished: BTreeSet<(Fingerprint, StepId)>,
    /// Runs that began and did not end.
    pub(crate) runs: BTreeMap<RunId, Begun>,
}

/// What a run's end has to know of its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Begun {
    at: Time,
    plan: Fingerprint,
    whole: bool,
    mapping: Fingerprint,
}

impl Standing {
    /// Links with a write of which it is not known whether it arrived, and the side it was for.
    pub fn in_doubt(&self) -> BTreeMap<LinkId, Side> {
        self.intents.values().map(|it| (it.step.link.clone(), it.step.side)).collect()
    }

    /// Adds one entry. Entries are added in their order. Of the links only the one that the entry
    /// changes has to be there (see `touched::changed_by`).
    pub fn apply(&mut self, entry: &Entry) {
        self.agreements.since.get_or_insert(entry.at);
        self.agreements.position = entry.seq;
        match &entry.event {
            Event::Opened { .. } if zoo::is_in(Bug::IntentsForgotten) => self.intents.clear(),
            Event::Opened { .. } => {}
            Event::Planned { plan } => {
                self.planned.insert(plan.clone());
            }
            Event::RunBegan(began) => {
                let allows = |class| began.allowed.iter().any(|it| it.class == class);
                if self.agreements.tenants.is_none() || allows(Class::Tenant) {
                    let ids = began.tenants.as_ref().map(|_, tenant| tenant.id.clone());
                    self.agreements.tenants = Some(ids);
                }
                if allows(Class::FirstAgreement) && began.scope.is_whole() {
                    self.agreements.first_allowed = Some(FirstAllowed {
                        mappings: began.first_agreement.clone(),
                        rules: began.mapping.clone(),
                    });
                }
                if let Some(run) = &entry.run {
                    let begun = Begun {
                        at: entry.at,
                        plan: began.plan.clone(),
                        whole: began.scope.is_whole(),
                        mapping: began.mapping.clone(),
                    };
                    self.runs.insert(run.clone(), begun);
                }
            }
            Event::Settled(settled) => {
                self.settle(settled, entry);
                self.touch(&settled.link, entry);
            }
            Event::Intended { intent, step } => {
                let open =
                    OpenIntent { run: entry.run.clone(), at: entry.at, step: (**step).clone() };
                self.intents.insert(intent.clone(), open);
            }
            Event::Closed { intent, outcome } => {
                let open = self.intents.remove(intent);
                match outcome {
                    Outcome::Verified(receipt) => {
                        self.verify(receipt, entry);
                        self.touch(&receipt.link, entry);
                        self.finish(open.as_ref());
                    }
                    Outcome::Refused { says, twin } => {
                        if let Some(open) = open {
                            self.refuse(&open.step, twin.as_ref(), says, entry.at);
                        }
                    }
                    Outcome::NoEffect { .. } => {}
                }
            }
            Event::Decided { decision, .. } => self.decide(decision, entry.at),
            Event::Dismissed(dismissal) => {
                self.dismiss(dismissal);
                self.touch(&dismissal.link, entry);
            }
            Event::RunEnded(ended) => {
                let begun = entry.run.as_ref().and_then(|run| self.runs.remove(run));
                // A part of a plan agrees on parts; only a whole one says what is normal.
                if let Some(begun) = begun.filter(|begun| begun.whole && ended.complete) {
                    self.end(begun, ended);
                }
            }
        }
    }

    fn end(&mut self, begun: Begun, ended: &RunEnded) {
        for mapping in &ended.carried {
            self.agreements.first_done.entry(mapping.clone()).or_insert(begun.at);
        }
        let open = self.agreements.first_allowed.take().map(|allowed| FirstAllowed {
            mappings: &allowed.mappings - &ended.carried,
            ..allowed
        });
        self.agreements.first_allowed = open.filter(|it| !it.mappings.is_empty());
        self.agreements.population.extend(&ended.population);
        if ended.certified {
            self.agreements.mapping = Some(begun.mapping);
            self.agreements.adopted = None;
        }
    }

    fn settle(&mut self, settled: &Settlement, entry: &Entry) {
        self.agreements.rulings.remove(&settled.link);
        self.agreements.dismissed.remove(&settled.link);
        let link = self.link(&settled.link, &settled.mapping);
        // The stamps of a record say nothing about the one that took its place.
        if let Some(Matched::Succeeds(_)) = settled.matched {
            (link.stamps, link.read_back) = Default::default();
        }
        settled.fields.iter().for_each(|(field, it)| link.note_edits(field, &it.held));
        // What a settlement says of the ends is all of them: this is how a record leaves a link.
        link.ends = settled.ends.clone();
        self.agreements.rebuffs.remove(&settled.link);
        let link = self.link(&settled.link, &settled.mapping);
        for side in Side::BOTH {
            raise(&mut link.stamps[side], settled.stamps[side]);
        }
        for (field, agreed) in &settled.fields {
            link.agree(field, agreed.clone(), Occasion::found(entry.seq, entry.at));
        }
        for field in settled.fields.keys() {
            self.resolve(&settled.link, field);
        }
    }

    fn verify(&mut self, receipt: &Receipt, entry: &Entry) {
        let side = receipt.side;
        self.agreements.rulings.remove(&receipt.link);
        self.agreements.dismissed.remove(&receipt.link);
        self.agreements.rebuffs.remove(&receipt.link);
        let link = self.link(&receipt.link, &receipt.mapping);
        let written = link.read_back[side.other()];
        match receipt.action {
            Action::Create => link.made = Some(receipt.record.clone()),
            Action::Update | Action::Archive => {}
            Action::Delete => return self.part(receipt),
        }
        receipt.fields.iter().for_each(|it| link.note_edits(&it.name, &found(it, side)));
        join(&mut link.ends[side], std::slice::from_ref(&receipt.record));
        if !zoo::is_in(Bug::LinkHalfKept) {
            join(&mut link.ends[side.other()], &receipt.sources);
        }
        raise(&mut link.stamps[side], receipt.stamp);
        raise(&mut link.stamps[side.other()], receipt.source_stamp);
        raise(&mut link.read_back[side], Some(receipt.read_at));
        // How soon the other side moved after it was written to.
        let after = receipt.source_stamp.zip(written).map(|(stamp, written)| stamp - written);
        let after_ms = after.map(|it| it.num_milliseconds()).filter(|it| *it >= 0);
        for field in &receipt.fields {
            let how = match field.verdict {
                Verdict::Confirmed => Agreement::Equal,
                Verdict::Normalised => Agreement::Normalised,
                Verdict::Discarded if zoo::is_in(Bug::DiscardedAgreed) => Agreement::Equal,
                Verdict::Discarded => {
                    // A create that drops a field has not refused to change it: an update may try.
                    match receipt.action {
                        Action::Create | Action::Delete => {}
                        Action::Update | Action::Archive => {
                            let sent = field.sent.clone();
                            let (what, at) = (Unkept::Discarded, entry.at);
                            let lesson = Lesson { side, sent, what, at };
                            let place = (receipt.link.clone(), field.name.clone());
                            self.agreements.lessons.insert(place, lesson);
                        }
                    }
                    continue;
                }
                // Somebody wrote after us: what both last agreed on is what it was.
                Verdict::Overtaken => continue,
            };
            let mut held = Sides::from_fn(|_| field.source.clone());
            held[side] = field.found.clone();
            let link = self.link(&receipt.link, &receipt.mapping);
            let written = Some(side);
            let occasion = Occasion { written, after_ms, ..Occasion::found(entry.seq, entry.at) };
            link.agree(&field.name, Agreed { held, how }, occasion);
            self.resolve(&receipt.link, &field.name);
        }
    }

    /// What was learned and said about a field before it was agreed on is over. What a person said about it
    /// ends how it went to and fro.
    fn resolve(&mut self, link: &LinkId, field: &Field) {
        let place = (link.clone(), field.clone());
        self.agreements.lessons.remove(&place);
        if self.agreements.taken.remove(&place).is_some() {
            self.agreements.links.get_mut(link).map(|it| it.turns.remove(field));
        }
    }

    /// Both records of a link are gone, one of them by our hand. It joins nothing from now on, and what was
    /// said and learned about it is over: whoever comes back is met like somebody new.
    fn part(&mut self, receipt: &Receipt) {
        for source in &receipt.sources {
            self.agreements.choices.remove(&(receipt.mapping.clone(), source.clone()));
        }
        self.agreements.lessons.retain(|(link, _), _| *link != receipt.link);
        self.agreements.taken.retain(|(link, _), _| *link != receipt.link);
        *self.link(&receipt.link, &receipt.mapping) =
            Link::new(receipt.link.clone(), receipt.mapping.clone());
    }

    /// What a side refuses is not sent again: a create not before a person was asked, a field not
    /// before its value changes. Either way not for ever (see the planner).
    fn refuse(&mut self, step: &Step, twin: Option<&Twin>, says: &str, at: Time) {
        if zoo::is_in(Bug::RefusalsForgotten) {
            return;
        }
        match step.action {
            Action::Create => {
                let duplicate = twin.and_then(|it| it.record.clone());
                let rebuff = Rebuff { sent: step.content(), at, duplicate, says: says.to_owned() };
                self.agreements.rebuffs.insert(step.link.clone(), rebuff);
                for source in &step.sources {
                    self.agreements.choices.remove(&(step.mapping.clone(), source.clone()));
                }
            }
            Action::Delete => {
                let (side, sent) = (step.side, None);
                let lesson = Lesson { side, sent, what: Unkept::Rejected, at };
                let place = (step.link.clone(), Field::new(ARCHIVED));
                self.agreements.lessons.insert(place, lesson);
            }
            Action::Update | Action::Archive => {
                let path = twin.and_then(|it| it.path.as_ref());
                let what = if twin.is_some() { Unkept::Taken } else { Unkept::Rejected };
                let refused = |it: &&FieldStep| path.is_none_or(|path| *path == it.path);
                for field in step.fields.iter().filter(refused) {
                    let lesson = Lesson { side: step.side, sent: field.after.clone(), what, at };
                    self.agreements.lessons.insert((step.link.clone(), field.name.clone()), lesson);
                }
            }
        }
    }

    /// Remembers that a step of a saved plan was carried out: the plan may be applied again.
    fn finish(&mut self, open: Option<&OpenIntent>) {
        let Some(open) = open else { return };
        let begun = open.run.as_ref().and_then(|run| self.runs.get(run));
        let saved = begun.map(|begun| &begun.plan).filter(|plan| self.planned.contains(plan));
        self.finished.extend(saved.map(|plan| (plan.clone(), open.step.id.clone())));
    }

    /// Whether `step` of a saved plan was written and verified in an earlier run.
    pub fn is_finished(&self, plan: &Fingerprint, step: &StepId) -> bool {
        self.finished.contains(&(plan.clone(), step.clone()))
    }

    fn touch(&mut self, link: &LinkId, entry: &Entry) {
        let begun = entry.run.as_ref().and_then(|run| self.runs.get(run));
        let plan = begun.map(|begun| begun.plan.clone());
        if let Some(link) = self.agreements.links.get_mut(link) {
            link.touched = Touch { entry: entry.seq, plan };
        }
    }

    fn decide(&mut self, decision: &Decision, at: Time) {
        match decision {
            Decision::Conflict { link, field, held, take } => {
                let place = (link.clone(), field.clone());
                self.agreements.taken.insert(place, (held.clone(), *take));
            }
            Decision::Match { mapping, record, choice } => {
                let place = (mapping.clone(), record.clone());
                match choice {
                    Choice::Ask => drop(self.agreements.choices.remove(&place)),
                    Choice::Link(_) | Choice::Create | Choice::Never => {
                        self.agreements.choices.insert(place, choice.clone());
                    }
                }
            }
            Decision::Quarantine { link, ruling } => {
                self.agreements.rulings.insert(link.clone(), *ruling);
            }
            Decision::Backup => self.agreements.adopted = Some(at),
        }
    }

    /// What was agreed with a record that people deleted is over, and so is what a person said about it
    /// before.
    fn dismiss(&mut self, it: &Dismissal) {
        self.agreements.rulings.remove(&it.link);
        for source in &it.sources {
            self.agreements.choices.remove(&(it.mapping.clone(), source.clone()));
        }
        let link = self.link(&it.link, &it.mapping);
        let sources = |side| it.sources.iter().filter(move |key| key.side() == side).cloned();
        *link = Link {
            ends: Sides::from_fn(|side| sources(side).collect()),
            ..Link::new(it.link.clone(), it.mapping.clone())
        };
        self.agreements.dismissed.insert(it.link.clone(), it.clone());
    }

    fn link(&mut self, id: &LinkId, mapping: &MappingName) -> &mut Link {
        let link = || Link::new(id.clone(), mapping.clone());
        self.agreements.links.entry(id.clone()).or_insert_with(link)
    }
}

/// What a write found in a field: of one that was overtaken, what somebody made of it since.
fn found(field: &FieldReceipt, side: Side) -> Sides<Held> {
    let mut found = Sides::from_fn(|_| field.source.clone());
    found[side] = match field.verdict {
        Verdict::Confirmed | Verdict::Normalised | Verdict::Discarded => field.before.clone(),
        Verdict::Overtaken => field.found.clone(),
    };
    found
}

/// The union, sorted.
fn join(ends: &mut Vec<RecordKey>, more: &[RecordKey]) {
    ends.extend_from_slice(more);
    ends.sort();
    ends.dedup();
}

/// The later of two stamps, if there is one.
fn raise(stamp: &mut Option<Time>, other: Option<Time>) {
    *stamp = (*stamp).max(other);
}
