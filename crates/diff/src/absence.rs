//! What becomes of a link of which one end is gone? What was made for a record that is gone is archived,
//! after a quarantine and unless somebody changed it, or deleted, where the settings have that and nothing
//! speaks against it (`absence/sparing.rs`); where a person is asked whether it stands for another one, it waits.
//! What people deleted where records are made is dismissed: it is neither deleted on the other side nor made
//! again.
//!
//! It does not know how a record is found to be gone, only on what evidence.

mod sparing;

use std::collections::BTreeMap;

use concordat_mapping::{Mapping, archive};
use concordat_model::link::{ARCHIVED, gone};
use concordat_model::plan::Case;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, Agreed, Agreement, Dismissal, Field, FieldStep, Held, Path, Plan, Quarantined,
    RecordKey, Rule, Ruling, Seen, Side, Sides, Step, Unkept, Why,
};

use crate::merge::differs;
use crate::remembered::released;
use crate::sitting::Sitting;
use crate::steps::conditions;
use crate::{Inputs, identity};

/// No record counts as gone before so many complete listings in a row missed it.
const VIEWS_MIN: u32 = 2;

/// What becomes of it.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Nothing, for a reason that is said every time.
    Held(Why),
    /// It waits.
    Quarantined(Box<Quarantined>),
    /// It says already that it is over, and that is recorded.
    Archived(Agreed),
    /// It is archived.
    Archive(FieldStep),
    /// It is deleted, with all it holds.
    Delete(Why, Vec<FieldStep>),
    /// Its link ends.
    Dismissed(Dismissal),
}

/// How well it is known that records are gone.
struct Evidence {
    /// How many complete listings in a row missed every one of them.
    views: u32,
    /// Whether the listings that would name them were complete this time.
    certified: bool,
}

impl Evidence {
    /// Nothing: one of them is not gone.
    fn of<'k>(
        inputs: &Inputs<'_>,
        keys: impl IntoIterator<Item = &'k RecordKey>,
    ) -> Option<Evidence> {
        let all = keys.into_iter().map(|key| {
            let view = inputs.views[key.side()];
            match view.seen(key) {
                Seen::Gone(gone) => {
                    Some(Evidence { views: gone.listings, certified: view.is_certified(key) })
                }
                Seen::Here(_) | Seen::Dormant | Seen::Unseen => None,
            }
        });
        let all: Option<Vec<Evidence>> = all.collect();
        let weaker = |one: Evidence, other: Evidence| Evidence {
            views: one.views.min(other.views),
            certified: one.certified && other.certified,
        };
        all?.into_iter().reduce(weaker)
    }

    fn suffices(&self, needed: u32) -> bool {
        self.certified && (self.views >= needed || zoo::is_in(Bug::OneListingEnds))
    }
}

/// Whether `key` is gone, and its quarantine is over.
pub fn is_over(inputs: &Inputs<'_>, key: &RecordKey) -> bool {
    Evidence::of(inputs, [key]).is_some_and(|it| it.suffices(needed(inputs)))
}

fn needed(inputs: &Inputs<'_>) -> u32 {
    inputs.quarantine_views.max(VIEWS_MIN)
}

/// Plans what becomes of a link of which an end is gone.
pub fn decide(mut sitting: Sitting<'_>, plan: &mut Plan, steps: &mut Vec<Step>) {
    let fate = fate(&sitting, &plan.cases);
    // Whoever took the place of another is recorded, whatever becomes of the link.
    let is_over = matches!(fate, Fate::Dismissed(_) | Fate::Archived(_));
    if sitting.linked.matched.is_some() && !is_over {
        plan.settlements.push(sitting.settlement());
    }
    match fate {
        Fate::Held(why) => plan.held.push(sitting.about_all(why)),
        Fate::Quarantined(it) => plan.quarantined.push(*it),
        Fate::Dismissed(it) => match released(&mut sitting) {
            Some(settlement) => plan.settlements.push(settlement),
            None => plan.dismissals.push(it),
        },
        Fate::Archived(agreed) => {
            sitting.agreed.insert(Field::new(ARCHIVED), agreed);
            sitting.finish(plan, steps);
        }
        Fate::Archive(field) => {
            let unchanged = unchanged(&sitting);
            steps.extend(sitting.end(Action::Archive, vec![field], unchanged));
        }
        Fate::Delete(_, fields) => {
            let unchanged = sparing::whole(&sitting);
            steps.extend(sitting.end(Action::Delete, fields, unchanged));
        }
    }
}

/// What becomes of a link of which an end is gone. `cases`: what a person is asked about its mapping.
pub fn fate(sitting: &Sitting<'_>, cases: &[Case]) -> Fate {
    let (inputs, mapping) = (sitting.inputs, sitting.mapping);
    let is_gone = |side: Side| sitting.ends[side].is_empty();
    let Some(alike) = mapping.alike() else {
        let side = Side::BOTH.into_iter().find(|side| is_gone(*side));
        return Fate::Held(Why { side, ..Why::plain(Rule::Gone) });
    };
    let target = alike.creates.side;
    let source = target.other();
    let side = if is_gone(target) { target } else { source };
    let ends = &sitting.linked.ends;
    let Some(evidence) = Evidence::of(inputs, &ends[side]) else {
        return Fate::Held(Why::about(Rule::Gone, side));
    };
    match is_gone(target) {
        true if evidence.suffices(VIEWS_MIN) => Fate::Dismissed(dismissal(sitting, target)),
        true => Fate::Held(Why::about(Rule::Gone, target)),
        false => match vanished(sitting, source, &evidence) {
            Fate::Archive(_) | Fate::Delete(..) if is_asked_about(sitting, target, cases) => {
                Fate::Held(Why::about(Rule::Asked, source))
            }
            fate => fate,
        },
    }
}

/// Whether the records on a side may be what another record stands for: people merge two into one.
fn is_asked_about(sitting: &Sitting<'_>, side: Side, cases: &[Case]) -> bool {
    // Also what is said again without anybody being looked at.
    let still = sitting.inputs.extent.standstills().iter().flat_map(|it| &it.cases);
    let ours = cases.iter().chain(still).filter(|it| it.mapping == sitting.mapping.name);
    let mut candidates = ours.flat_map(|it| &it.candidates);
    candidates.any(|it| sitting.linked.ends[side].contains(&it.record))
}

fn dismissal(sitting: &Sitting<'_>, target: Side) -> Dismissal {
    let ends = &sitting.linked.ends;
    let (pair, mapping) = (sitting.inputs.pair, &sitting.mapping.name);
    let case = ends[target.other()].first().map(|it| identity::case(pair, mapping, it));
    Dismissal {
        case: case.unwrap_or_default(),
        mapping: mapping.clone(),
        link: sitting.linked.id.clone(),
        name: sitting.name.clone(),
        gone: ends[target].iter().cloned().collect(),
        sources: ends[target.other()].iter().cloned().collect(),
        why: Why::about(Rule::Dismissed, target),
    }
}

/// The records of `source` are gone; their counterpart is there.
fn vanished(sitting: &Sitting<'_>, source: Side, evidence: &Evidence) -> Fate {
    let (inputs, mapping) = (sitting.inputs, sitting.mapping);
    let target = source.other();
    let held = |rule| Fate::Held(Why::about(rule, source));
    let Some(archive) = archive(mapping.resources[target]) else {
        return held(Rule::Unarchivable);
    };
    let agreed = sitting
        .known
        .is_some_and(|known| mapping.fields.iter().any(|rule| known.base.contains_key(&rule.name)));
    let native = record(sitting, target).and_then(|it| it.record.reading.get(&archive.path));
    // Without a base nobody knows whether it was changed, and a first agreement archives nothing.
    let (true, Some(native)) = (agreed && is_agreed_on(inputs, mapping), native) else {
        return held(Rule::Gone);
    };
    let after = archive.put(native, true);
    let is_marked = after == *native;
    if !is_marked && was_edited(sitting, target) {
        return held(Rule::EditWins);
    }
    if let Some(rule) = refused(sitting, target, &after) {
        return Fate::Held(Why::about(rule, target));
    }
    let is_to_be_deleted = inputs.rules.deletes.contains(&mapping.name) && !is_marked;
    let spared = is_to_be_deleted.then(|| sparing::spared(sitting, target));
    let (action, rule) = match spared {
        None => (Action::Archive, Rule::Vanished),
        Some(None) => (Action::Delete, Rule::Vanished),
        Some(Some(rule)) => (Action::Archive, rule),
    };
    let why = Why::about(rule, source);
    let ruling = inputs.agreements.rulings.get(&sitting.linked.id).copied();
    let needed = match ruling {
        Some(Ruling::Approved) => VIEWS_MIN,
        Some(Ruling::Cancelled) | None => needed(inputs),
    };
    if ruling == Some(Ruling::Cancelled) || !evidence.suffices(needed) {
        let waits = Waits { action, needed, ruling, why };
        return Fate::Quarantined(Box::new(quarantined(sitting, target, evidence, waits)));
    }
    if inputs.agreements.adopted.is_some() && !is_marked {
        return held(Rule::FromBackup);
    }
    if action == Action::Delete {
        return Fate::Delete(why, sparing::all_of(sitting, target, why));
    }
    let mut both = Sides::from_fn(|_| gone());
    both[target] = native.clone();
    if is_marked {
        // It was not our sign, so it is not taken off either if the record comes back.
        return Fate::Archived(Agreed { held: both, how: Agreement::Left });
    }
    Fate::Archive(FieldStep {
        name: Field::new(ARCHIVED),
        path: archive.path,
        before: native.clone(),
        after,
        source: gone(),
        why,
    })
}

/// What waits, and for how long.
struct Waits {
    action: Action,
    needed: u32,
    ruling: Option<Ruling>,
    why: Why,
}

fn quarantined(
    sitting: &Sitting<'_>,
    target: Side,
    evidence: &Evidence,
    Waits { action, needed, ruling, why }: Waits,
) -> Quarantined {
    let ends = &sitting.linked.ends;
    let record = ends[target].first().cloned();
    Quarantined {
        id: identity::quarantine(&sitting.linked.id),
        mapping: sitting.mapping.name.clone(),
        link: sitting.linked.id.clone(),
        name: sitting.name.clone(),
        record: record.expect("its records were seen"),
        action,
        gone: ends[target.other()].iter().cloned().collect(),
        views: evidence.views,
        needed,
        certified: evidence.certified,
        ruling,
        why,
    }
}

fn is_agreed_on(inputs: &Inputs<'_>, mapping: &Mapping) -> bool {
    inputs.agreements.first_done.contains_key(&mapping.name)
}

fn record<'a>(sitting: &Sitting<'a>, side: Side) -> Option<&'a concordat_model::Mirrored> {
    sitting.ends[side].first().copied()
}

/// Whether people changed a mapped field of the `side` end since both last agreed on it. On one that both
/// never agreed on, because they differed from the start or a write is still due: whether they did since
/// anything was last agreed.
fn was_edited(sitting: &Sitting<'_>, side: Side) -> bool {
    let (Some(known), Some(mirrored)) = (sitting.known, record(sitting, side)) else {
        return false;
    };
    let conditions = conditions(sitting.inputs);
    sitting.mapping.fields.iter().any(|rule| {
        let path = &rule.ends[side].path;
        match (known.base.get(&rule.name), mirrored.record.reading.get(path)) {
            (Some(base), Some(now)) => differs(rule, side, &base.held[side], now, &conditions),
            (None, Some(_)) => {
                let moved = mirrored.moved.get(path).map(|it| it.until);
                moved > known.quiet_until(side)
            }
            (_, None) => false,
        }
    })
}

/// What the record that is archived must still hold right before, or it was changed meanwhile.
fn unchanged(sitting: &Sitting<'_>) -> BTreeMap<Path, Held> {
    let there = Side::BOTH.into_iter().find(|side| !sitting.ends[*side].is_empty());
    let Some(side) = there else { return BTreeMap::new() };
    let paths = sitting.mapping.fields.iter().map(|rule| &rule.ends[side].path);
    let held = |path: &Path| record(sitting, side)?.record.reading.get(path).cloned();
    paths.filter_map(|path| Some((path.clone(), held(path)?))).collect()
}

/// Why `side` does not take the sign, if it did not before.
fn refused(sitting: &Sitting<'_>, side: Side, after: &Held) -> Option<Rule> {
    let lesson = sitting.lesson(&Field::new(ARCHIVED))?;
    (lesson.side == side && lesson.sent == *after).then_some(match lesson.what {
        Unkept::Discarded => Rule::Discarded,
        Unkept::Taken => Rule::Taken,
        Unkept::Rejected => Rule::Rejected,
    })
}

/// Takes the sign off what was archived and has its counterpart again. Answers whether its fields can be
/// decided at once: not if the sign is one of them.
pub fn restore(sitting: &mut Sitting<'_>, plan: &mut Plan) -> bool {
    let field = Field::new(ARCHIVED);
    let known = sitting.known.and_then(|it| Some((it.archived()?, it.base.get(&field)?)));
    let Some((source, base)) = known else { return true };
    let target = source.other();
    let Some(archive) = archive(sitting.mapping.resources[target]) else { return true };
    let native = record(sitting, target).and_then(|it| it.record.reading.get(&archive.path));
    let Some(native) = native.cloned() else { return false };
    let after = archive.put(&native, false);
    if base.how == Agreement::Left || after == native {
        let mut held = Sides::default();
        held[target] = native;
        sitting.agreed.insert(field, Agreed { held, how: Agreement::Equal });
    } else if let Some(rule) = refused(sitting, target, &after) {
        plan.held.push(sitting.about_all(Why::about(rule, target)));
    } else {
        let why = Why::about(Rule::Returned, source);
        let (path, name) = (archive.path.clone(), field);
        sitting.writes[target].push(FieldStep {
            name,
            path,
            before: native,
            after,
            source: None,
            why,
        });
    }
    sitting.mapping.fields.iter().all(|rule| rule.ends[target].path != archive.path)
}
