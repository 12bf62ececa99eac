//! What becomes of a set that one record and its replicas carry? Element by element.
//!
//! An element is lost if the one record lost it, or if every replica that had it did; missing on some
//! of them only, it is put back. It is new if the one record or any replica gained it. A replica about
//! which nothing was agreed yet only receives, unless nothing was agreed about any: then the sets are
//! united.

use std::collections::BTreeSet;

use concordat_mapping::SetRule;
use concordat_mapping::sets::{Element, Spelled};
use concordat_model::zoo::{self, Bug};
use concordat_model::{Agreed, Agreement, FieldStep, Held, Plan, Rule, Side, Sides, Unkept, Why};

use super::Group;
use crate::sitting::Sitting;

/// Decides one set of a group.
pub fn decide(group: &mut Group<'_>, rule: &SetRule, plan: &mut Plan) {
    let Some(set) = Set::read(group, rule) else { return };
    let Some(target) = set.decide_one(group, plan) else { return };
    // A contact with an element that nobody can place is left alone until somebody can.
    for voice in set.voices.iter().filter(|it| !target.unplaced.contains(&it.index)) {
        set.decide_replica(voice, &target, &mut group.seated[voice.index], plan);
    }
}

/// A set, as one record and its replicas hold it.
struct Set<'r> {
    rule: &'r SetRule,
    single: Side,
    many: Side,
    /// What the one record holds.
    native: Held,
    now: Spelled,
    voices: Vec<Voice>,
    /// What both held when they last agreed, where the replica was not seen.
    blind: Vec<Sides<Spelled>>,
    /// What the one record held when anything was last agreed about it.
    latest: Option<Spelled>,
    /// Whether anything was agreed about it.
    was_agreed: bool,
}

/// What one replica says.
struct Voice {
    /// Its sitting.
    index: usize,
    native: Held,
    now: Spelled,
    /// What both held when they last agreed.
    base: Option<Sides<Spelled>>,
    /// What other records have to which it belongs too.
    elsewhere: BTreeSet<Element>,
    /// What was agreed about it and other records: nothing that is new on it.
    known: BTreeSet<Element>,
    is_shared: bool,
}

/// What the one record shall hold.
struct Target {
    wanted: Spelled,
    native: Held,
    /// Whether it holds something else now.
    is_written: bool,
    /// Sittings of replicas that gained what nobody knows for which record it is meant.
    unplaced: BTreeSet<usize>,
}

impl<'r> Set<'r> {
    /// Nothing: the reading of the one record does not cover it.
    fn read(group: &Group<'_>, rule: &'r SetRule) -> Option<Self> {
        let (single, many) = (group.single(), group.many());
        let native = group.one.record.reading.get(&rule.ends[single].path)?.clone();
        let based = |it: &Agreed| Sides::from_fn(|side| rule.ends[side].elements(&it.held[side]));
        let unseen = group.blind.iter().filter_map(|it| it.base.get(&rule.name)).map(based);
        let (mut voices, mut blind): (Vec<Voice>, Vec<_>) = (Vec::new(), unseen.collect());
        for (index, sitting) in group.seated.iter().enumerate() {
            let base = sitting.known.and_then(|it| it.base.get(&rule.name)).map(based);
            let Some(replica) = group.replica(index) else { continue };
            let Some(native) = replica.record.reading.get(&rule.ends[many].path) else {
                blind.extend(base);
                continue;
            };
            let (one, key) = (&group.one.record.key, &replica.record.key);
            let known = group.bench.agreed_elsewhere(&rule.name, &sitting.linked.id, key);
            voices.push(Voice {
                known: known.flat_map(|it| based(it)[single].clone().into_keys()).collect(),
                index,
                now: rule.ends[many].elements(native),
                native: native.clone(),
                base,
                elsewhere: group.bench.elsewhere(rule, one, key),
                is_shared: group.is_shared(index),
            });
        }
        let now = rule.ends[single].elements(&native);
        let links =
            group.seated.iter().filter_map(|it| it.known).chain(group.blind.iter().copied());
        let agreed = links.filter_map(|it| Some((it.touched.entry, it.base.get(&rule.name)?)));
        let latest = agreed.max_by_key(|(entry, _)| *entry);
        let latest = latest.map(|(_, it)| rule.ends[single].elements(&it.held[single]));
        let was_agreed = !blind.is_empty() || voices.iter().any(|it| it.base.is_some());
        Some(Set { rule, single, many, native, now, voices, blind, latest, was_agreed })
    }

    /// Decides what the one record shall hold; nothing: it cannot be written, so no replica is either.
    fn decide_one(&self, group: &mut Group<'_>, plan: &mut Plan) -> Option<Target> {
        let is_unplaced = |it: &&Voice| it.is_shared && self.gains(it).next().is_some();
        let unplaced: Vec<_> = self.voices.iter().filter(is_unplaced).collect();
        for voice in &unplaced {
            self.hold(voice, Rule::Shared, self.many, &group.seated[voice.index], plan);
        }
        let unplaced: BTreeSet<usize> = unplaced.iter().map(|it| it.index).collect();
        let mut wanted = self.now.clone();
        let mut mover = None;
        wanted.retain(|element, _| {
            let loser = self.loser(element, &unplaced);
            mover = mover.or(loser);
            loser.is_none()
        });
        for voice in self.voices.iter().filter(|it| !unplaced.contains(&it.index)) {
            for (element, spelling) in self.gains(voice) {
                mover = mover.or(Some(voice));
                let known = group.bench.spelling(self.rule, element).unwrap_or(spelling);
                wanted.entry(element.clone()).or_insert_with(|| known.clone());
            }
        }
        let Some(mover) = mover else {
            let native = self.native.clone();
            return Some(Target { wanted, native, is_written: false, unplaced });
        };
        let (single, sitting) = (self.single, &mut group.seated[mover.index]);
        let after = self.rule.ends[single].with(&self.native, &wanted);
        let Some(after) = after.filter(|_| sitting.is_writable(single)) else {
            self.hold(mover, Rule::Unwritable, single, sitting, plan);
            return None;
        };
        if let Some(rule) = self.refused(sitting, single, &after) {
            self.hold(mover, rule, single, sitting, plan);
            return None;
        }
        sitting.writes[single].push(FieldStep {
            name: self.rule.name.clone(),
            path: self.rule.ends[single].path.clone(),
            before: self.native.clone(),
            after: after.clone(),
            source: mover.native.clone(),
            why: match self.was_agreed {
                true => Why::about(Rule::OnlyMoved, self.many),
                false => Why::plain(Rule::Unite),
            },
        });
        Some(Target { wanted, native: after, is_written: true, unplaced })
    }

    /// What a replica gained that the one record does not hold.
    fn gains<'v>(&self, voice: &'v Voice) -> impl Iterator<Item = (&'v Element, &'v String)> {
        let gained = voice.now.iter().filter(|(it, _)| self.gained(voice, it));
        gained.filter(|(it, _)| !self.now.contains_key(*it))
    }

    /// A replica that lost `element`, if all that had it did, and nobody gained it since. Of one that is left alone
    /// nothing is taken: what it holds would count as agreed.
    fn loser(&self, element: &Element, unplaced: &BTreeSet<usize>) -> Option<&Voice> {
        let had = |base: &Sides<Spelled>| base[self.many].contains_key(element);
        let gains = |it: &Voice| it.now.contains_key(element) && self.gained(it, element);
        let is_fresh = self.latest.as_ref().is_some_and(|had| !had.contains_key(element));
        if is_fresh || self.voices.iter().any(gains) {
            return None;
        }
        let mut losers =
            self.voices.iter().filter(|it| it.base.as_ref().is_some_and(had)).peekable();
        let first = *losers.peek()?;
        let loses = |it: &Voice| !it.now.contains_key(element) && !unplaced.contains(&it.index);
        let is_lost = losers.all(loses) && !self.blind.iter().any(had);
        is_lost.then_some(first)
    }

    /// Whether a replica that has `element` gained it since both last agreed.
    fn gained(&self, voice: &Voice, element: &Element) -> bool {
        let is_new = match &voice.base {
            Some(base) => base.iter().all(|(_, had)| !had.contains_key(element)),
            None => !self.was_agreed,
        };
        let is_explained = voice.elsewhere.contains(element) || voice.known.contains(element);
        is_new && !is_explained
    }

    /// Decides what one replica shall hold.
    fn decide_replica(
        &self,
        voice: &Voice,
        target: &Target,
        sitting: &mut Sitting<'_>,
        plan: &mut Plan,
    ) {
        let (many, end) = (self.many, &self.rule.ends[self.many]);
        let mut wanted = target.wanted.clone();
        let stays = |it: &Element| voice.elsewhere.contains(it) || !self.is_ours(voice, it);
        let keeps = |it: &Element| stays(it) && !zoo::is_in(Bug::ForeignElementsDropped);
        wanted.extend(voice.now.clone().into_iter().filter(|(element, _)| keeps(element)));
        if wanted.keys().eq(voice.now.keys()) {
            // What the one record does not hold yet is not agreed.
            if !target.is_written && !self.is_settled(voice) {
                let agreed = Agreed { held: self.both(voice), how: Agreement::Equal };
                sitting.agreed.insert(self.rule.name.clone(), agreed);
            }
            return;
        }
        let Some(after) = end.with(&voice.native, &wanted) else {
            return self.hold(voice, Rule::Unwritable, many, sitting, plan);
        };
        if let Some(rule) = self.refused(sitting, many, &after) {
            return self.hold(voice, rule, many, sitting, plan);
        }
        sitting.writes[many].push(FieldStep {
            name: self.rule.name.clone(),
            path: end.path.clone(),
            before: voice.native.clone(),
            after,
            source: target.native.clone(),
            why: self.why(voice, target, &wanted),
        });
    }

    /// Whether an element that a replica has, and that is not wanted, is taken from it: one that it had when
    /// both last agreed, unless from another record; from a new replica, any. The one record may have lost it
    /// by then: it is written first, and the replica's turn may not have come.
    fn is_ours(&self, voice: &Voice, element: &Element) -> bool {
        match &voice.base {
            Some(base) => {
                let is_others = || voice.known.contains(element);
                base[self.many].contains_key(element)
                    && (base[self.single].contains_key(element) || !is_others())
            }
            None => self.was_agreed,
        }
    }

    /// Whether what both hold is what was agreed.
    fn is_settled(&self, voice: &Voice) -> bool {
        voice.base.as_ref().is_some_and(|base| {
            base[self.single].keys().eq(self.now.keys())
                && base[self.many].keys().eq(voice.now.keys())
        })
    }

    fn why(&self, voice: &Voice, target: &Target, wanted: &Spelled) -> Why {
        let gives_back = wanted.keys().any(|it| !voice.now.contains_key(it));
        match &voice.base {
            None if self.was_agreed => Why::about(Rule::NewReplica, self.single),
            None => Why::plain(Rule::Unite),
            Some(base) if !base[self.single].keys().eq(self.now.keys()) => {
                Why::about(Rule::OnlyMoved, self.single)
            }
            Some(_) if target.is_written => Why::about(Rule::Replica, self.many),
            Some(_) if gives_back => Why::about(Rule::PutBack, self.single),
            // What the one record lost earlier was not taken from it yet.
            Some(_) => Why::about(Rule::OnlyMoved, self.single),
        }
    }

    /// Why `side` does not take what would be sent, if it did not before.
    fn refused(&self, sitting: &Sitting<'_>, side: Side, after: &Held) -> Option<Rule> {
        let lesson = sitting.lesson(&self.rule.name)?;
        (lesson.side == side && lesson.sent == *after).then_some(match lesson.what {
            Unkept::Discarded => Rule::Discarded,
            Unkept::Taken => Rule::Taken,
            Unkept::Rejected => Rule::Rejected,
        })
    }

    fn hold(&self, voice: &Voice, rule: Rule, side: Side, sitting: &Sitting<'_>, plan: &mut Plan) {
        let notice = sitting.notice(&self.rule.name, self.both(voice), Why::about(rule, side));
        plan.held.push(notice);
    }

    fn both(&self, voice: &Voice) -> Sides<Held> {
        let mut held = Sides::from_fn(|_| self.native.clone());
        held[self.many] = voice.native.clone();
        held
    }
}
