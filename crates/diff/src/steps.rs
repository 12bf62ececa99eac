//! Can a link be decided at all, and what do all decisions have in common? What was not seen, or shows
//! the past, is left alone.

use chrono::TimeDelta;

use concordat_mapping::Mapping;
use concordat_model::plan::Notice;
use concordat_model::{
    Link, Matched, Mirrored, Plan, RecordKey, Rule, Seen, Side, Sides, Sight, Step, Time, Why,
};

use crate::merge::Conditions;
use crate::pairing::Linked;
use crate::sitting::Sitting;
use crate::{Inputs, absence, projection};

/// Plans one link.
pub fn for_link(
    inputs: &Inputs<'_>,
    mapping: &Mapping,
    linked: &Linked,
    plan: &mut Plan,
    steps: &mut Vec<Step>,
) {
    match Opening::of(inputs, mapping, linked) {
        Opening::Late | Opening::Archived => {}
        // Nothing is to be said every night of what the pair is not about.
        Opening::Held(notice) if notice.why.rule == Rule::OutsideSlice => {}
        // What was not seen is said and left.
        Opening::Held(notice) => plan.held.push(*notice),
        Opening::Gone(sitting) => absence::decide(*sitting, plan, steps),
        Opening::Sits(mut sitting) => match absence::restore(&mut sitting, plan) {
            true => sitting.decide(plan, steps),
            false => sitting.finish(plan, steps),
        },
    }
}

/// Whether a link can be decided at all.
pub enum Opening<'a> {
    /// One of its records was not seen, is out of scope, or outside the pair's slice.
    Held(Box<Notice>),
    /// All its records of an end are gone.
    Gone(Box<Sitting<'a>>),
    /// They were gone before, and the other end was archived.
    Archived,
    /// What was seen of it is older than what was agreed.
    Late,
    /// It can.
    Sits(Box<Sitting<'a>>),
}

impl<'a> Opening<'a> {
    /// Looks whether `linked` can be decided.
    pub fn of(inputs: &'a Inputs<'a>, mapping: &'a Mapping, linked: &'a Linked) -> Opening<'a> {
        let known = inputs.agreements.links.get(&linked.id);
        if known.and_then(Link::archived).is_some_and(|side| is_still_over(inputs, linked, side)) {
            return Opening::Archived;
        }
        let ends = match ends(inputs, mapping, linked) {
            Err(notice) => return Opening::Held(Box::new(notice)),
            Ok(ends) if is_late(inputs, known, linked, &ends) => return Opening::Late,
            Ok(ends) => ends,
        };
        let is_gone = |side: Side| ends[side].is_empty() && !linked.ends[side].is_empty();
        let is_whole = !Side::BOTH.into_iter().any(is_gone);
        let sitting = Box::new(Sitting::new(inputs, mapping, linked, known, ends));
        if is_whole { Opening::Sits(sitting) } else { Opening::Gone(sitting) }
    }
}

/// Whether what is gone on `side` is still not there, and the other end is not gone as well.
fn is_still_over(inputs: &Inputs<'_>, linked: &Linked, side: Side) -> bool {
    let seen = |side: Side| linked.ends[side].iter().map(move |key| inputs.views[side].seen(key));
    !seen(side).any(|it| matches!(it, Seen::Here(_)))
        && !seen(side.other()).any(|it| matches!(it, Seen::Gone(_)))
}

/// The records of both ends that are there, or which one was not seen.
fn ends<'a>(
    inputs: &Inputs<'a>,
    mapping: &Mapping,
    linked: &Linked,
) -> Result<Sides<Vec<&'a Mirrored>>, Notice> {
    let here = Sides::from_fn(|side| {
        let seen = linked.ends[side].iter().map(|key| inputs.views[side].seen(key));
        seen.filter_map(|seen| match seen {
            Seen::Here(mirrored) => Some(mirrored),
            Seen::Dormant | Seen::Gone(_) | Seen::Unseen => None,
        })
        .collect::<Vec<_>>()
    });
    for side in Side::BOTH {
        // Several records of one end speak together. One that is gone has nothing to say; one that was
        // not seen might have, so nobody speaks for it.
        let keys = &linked.ends[side];
        let view = inputs.views[side];
        let is_outside =
            |key: &&RecordKey| view.records.get(key).is_some_and(|it| view.is_outside(&it.record));
        let outside = keys.iter().find(is_outside);
        let unseen = keys.iter().find(|key| matches!(view.seen(key), Seen::Unseen));
        let dormant = keys.iter().find(|key| matches!(view.seen(key), Seen::Dormant));
        let (key, rule) = match (outside, unseen, dormant) {
            (Some(key), _, _) => (key, Rule::OutsideSlice),
            (None, Some(key), _) => (key, Rule::NotSeen),
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
fn is_late(
    inputs: &Inputs<'_>,
    known: Option<&Link>,
    linked: &Linked,
    ends: &Sides<Vec<&Mirrored>>,
) -> bool {
    // The stamps of a record say nothing about the one that took its place.
    let known = known.filter(|_| !matches!(linked.matched, Some(Matched::Succeeds(_))));
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

/// How long a refusal or a dropped value is remembered before it is tried again.
const MEMORY: TimeDelta = TimeDelta::days(7);

pub fn is_recent(inputs: &Inputs<'_>, at: Time) -> bool {
    inputs.now < remembered_until(at)
}

/// When what was learned `at` is tried again.
pub fn remembered_until(at: Time) -> Time {
    at + MEMORY
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
