//! What becomes of a single value that one record and its replicas carry? What the replicas changed
//! folds into one change, if it is one; it meets the one record in the same truth table as any field.

use std::collections::BTreeSet;

use concordat_mapping::{Access, FieldRule};
use concordat_model::{Held, Plan, Rule, Sides, Why};

use super::Group;
use crate::merge::{Contender, Outcome, differs, merge, shared};
use crate::steps::conditions;

/// Decides one field of a group.
pub fn decide<'a>(group: &mut Group<'a>, rule: &'a FieldRule, plan: &mut Plan) {
    let many = group.many();
    let was_agreed = group
        .seated
        .iter()
        .filter_map(|it| it.known)
        .chain(group.blind.iter().copied())
        .any(|link| link.base.contains_key(&rule.name));
    let mut voices: Vec<(usize, Contender<'a>)> = Vec::new();
    for index in 0..group.seated.len() {
        let mut contender = group.seated[index].contender(rule);
        let only_receives = was_agreed || was_agreed_elsewhere(group, index, rule);
        contender.receives = only_receives.then_some(many);
        match group.is_shared(index) {
            true => refuse_shared(group, index, &contender, plan),
            false => voices.push((index, contender)),
        }
    }
    // What the one record does not take from its replicas, they only follow.
    if rule.ends[group.single()].access != Access::Always {
        return each(group, voices, None, plan);
    }
    let moved: Vec<Option<Held>> = voices.iter().map(|(_, it)| moved_to(group, it)).collect();
    let movers: Vec<(&Held, usize, &Contender<'a>)> = voices
        .iter()
        .zip(&moved)
        .filter_map(|((index, contender), moved)| Some((moved.as_ref()?, *index, contender)))
        .collect();
    let values: BTreeSet<&Held> = movers.iter().map(|(value, _, _)| *value).collect();
    if values.len() > 1 {
        let why = Why::about(Rule::Contested, many);
        for (_, index, contender) in movers {
            group.seated[index].take(contender, Outcome::Hold(why), plan);
        }
        return;
    }
    // Where the one record moved too, both changes meet.
    let conditions = conditions(group.bench.inputs);
    let single = group.single();
    let rank = |(_, _, it): &&(&Held, usize, &Contender<'_>)| {
        (crate::merge::moved(it, &conditions)[single] == Some(true), it.moved[many].until)
    };
    match movers.iter().max_by_key(rank) {
        None => each(group, voices, None, plan),
        Some((_, index, speaker)) => {
            let (index, speaker) = (*index, (*speaker).clone());
            follow(group, index, &speaker, voices, plan);
        }
    }
}

/// Whether a replica has the value of another record, to which it belongs or belonged.
fn was_agreed_elsewhere(group: &Group<'_>, index: usize, rule: &FieldRule) -> bool {
    let link = &group.seated[index].linked.id;
    group.replica(index).is_some_and(|replica| {
        let key = &replica.record.key;
        group.bench.agreed_elsewhere(&rule.name, link, key).next().is_some()
    })
}

/// What a replica changed the field to; where nothing was agreed about any, what it holds.
fn moved_to(group: &Group<'_>, contender: &Contender<'_>) -> Option<Held> {
    let (rule, many) = (contender.rule, group.many());
    let conditions = conditions(group.bench.inputs);
    let now = contender.now[many].as_ref()?;
    let region = group.bench.inputs.rules.region;
    let key = rule.kind.key(&rule.ends[many].lens.get(now, region), region);
    let has_moved = match contender.base {
        Some(base) => differs(rule, many, &base.held[many], now, &conditions),
        None => contender.receives.is_none() && key.is_some(),
    };
    has_moved.then_some(key)
}

/// No replica moved, or none prevails: each follows the one record by itself. `prevails`: what was
/// decided about a change that others made too.
fn each<'a>(
    group: &mut Group<'a>,
    voices: Vec<(usize, Contender<'a>)>,
    prevails: Option<&Outcome>,
    plan: &mut Plan,
) {
    let (single, conditions) = (group.single(), conditions(group.bench.inputs));
    for (index, contender) in voices {
        let outcome = match (merge(&contender, &conditions), prevails) {
            (Outcome::Write { to, .. }, Some(prevails)) if to == single => prevails.clone(),
            (outcome, _) => outcome,
        };
        group.seated[index].take(&contender, outcome, plan);
    }
}

/// One change of the replicas: it is decided once, and the others follow.
fn follow<'a>(
    group: &mut Group<'a>,
    index: usize,
    speaker: &Contender<'a>,
    voices: Vec<(usize, Contender<'a>)>,
    plan: &mut Plan,
) {
    let (single, many) = (group.single(), group.many());
    let conditions = conditions(group.bench.inputs);
    let outcome = merge(speaker, &conditions);
    let after = match &outcome {
        Outcome::Write { to, after, .. } if *to == single => after.clone(),
        Outcome::Write { .. } => return each(group, voices, Some(&outcome), plan),
        Outcome::Unmoved | Outcome::Agree(_) => return each(group, voices, None, plan),
        // What waits is not spread.
        Outcome::Ask(_) | Outcome::Report(_) | Outcome::Hold(_) => {
            return group.seated[index].take(speaker, outcome, plan);
        }
    };
    group.seated[index].take(speaker, outcome, plan);
    for (other, mut contender) in voices.into_iter().filter(|(other, _)| *other != index) {
        contender.now[single] = Some(after.clone());
        contender.moved[single] = speaker.moved[many];
        match merge(&contender, &conditions) {
            Outcome::Write { to, after, why } if to == many => {
                let why = match why.rule {
                    Rule::OnlyMoved => Why::about(Rule::Replica, many),
                    _ => why,
                };
                let outcome = Outcome::Write { to, after, why };
                group.seated[other].take(&contender, outcome, plan);
            }
            // What the one record does not hold yet is not agreed.
            Outcome::Agree(_) | Outcome::Unmoved | Outcome::Write { .. } => {}
            outcome @ (Outcome::Ask(_) | Outcome::Report(_) | Outcome::Hold(_)) => {
                group.seated[other].take(&contender, outcome, plan);
            }
        }
    }
}

/// A replica of several records can hold the value of one only, and nobody knows of which.
fn refuse_shared(group: &mut Group<'_>, index: usize, contender: &Contender<'_>, plan: &mut Plan) {
    let (rule, conditions) = (contender.rule, conditions(group.bench.inputs));
    let Sides { upguard: Some(upguard), highlevel: Some(highlevel) } = &contender.now else {
        return;
    };
    let held = shared(rule, &Sides { upguard, highlevel }, &conditions);
    let key = |held: &Held| rule.kind.key(held, conditions.region);
    if key(&held.upguard) != key(&held.highlevel) {
        let why = Why::about(Rule::Shared, group.many());
        plan.held.push(group.seated[index].notice(&rule.name, held, why));
    }
}
