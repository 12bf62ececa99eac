//! One field of one link: what follows from what each side held and holds? The truth table.
//!
//! It sees native values and times, not records, and it decides the same for both sides: swapping
//! the sides of its input swaps its answer.

use concordat_mapping::{Access, Contest, Drift, End, FieldRule, Lens, Strength, Unwritten};
use concordat_model::time::judge;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Agreed, Agreement, Evidence, Held, Interval, Lesson, Offset, Rule, Side, Sides, Take, Turns,
    Unkept, Why,
};
use rlibphonenumber::Region;

/// A field of a link, ready to be decided.
#[derive(Clone, Debug)]
pub struct Contender<'a> {
    /// Its rule.
    pub rule: &'a FieldRule,
    /// What was agreed; nothing: never yet.
    pub base: Option<&'a Agreed>,
    /// What each side's native field holds; nothing: the reading does not cover it.
    pub now: Sides<Option<Held>>,
    /// When each side's value came about.
    pub moved: Sides<Interval>,
    /// Whether the record of each side can be written at all.
    pub writable: Sides<bool>,
    /// How it has gone to and fro.
    pub turns: Option<&'a Turns>,
    /// A value that a side did not keep before.
    pub lesson: Option<&'a Lesson>,
    /// What a person decided about exactly these values.
    pub taken: Option<Take>,
    /// The side that takes over what the other holds, if nothing was agreed yet: a new replica.
    pub receives: Option<Side>,
}

/// What all fields of a plan have in common.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// The country of phone numbers without a country code.
    pub region: Option<Region>,
    /// How far each side's clock is ahead of ours.
    pub offsets: Sides<Offset>,
    /// How wrong the clocks may be beyond that.
    pub skew_limit_ms: i64,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing moved, or nothing can be said.
    Unmoved,
    /// Nothing to write; what both hold now is to be recorded as agreed.
    Agree(Agreement),
    /// The native field of a side shall hold this.
    Write {
        /// The side.
        to: Side,
        /// The native value; nothing: it is emptied.
        after: Held,
        /// Why.
        why: Why,
    },
    /// A person has to decide.
    Ask(Why),
    /// Listed once; what both hold now is to be recorded.
    Report(Why),
    /// Nothing is written, for this reason.
    Hold(Why),
}

/// Decides one field.
pub fn merge(field: &Contender<'_>, conditions: &Conditions) -> Outcome {
    match (field.base, &field.now.upguard, &field.now.highlevel) {
        // Of what could not be made of its fields, somebody is told.
        (_, None, Some(_)) if field.rule.ends.upguard.made.is_some() => {
            Outcome::Hold(Why::about(Rule::NoCounterpart, Side::Upguard))
        }
        (None, None, None)
        | (None, None, Some(_))
        | (None, Some(_), None)
        | (Some(_), None, None)
        | (Some(_), None, Some(_))
        | (Some(_), Some(_), None) => Outcome::Unmoved,
        (base, Some(upguard), Some(highlevel)) => {
            let now = Sides { upguard, highlevel };
            match (foreign(field.rule, &now, conditions), base) {
                (Some(side), _) => Outcome::Hold(Why::about(Rule::NoCounterpart, side)),
                (None, None) => first(field, &now, conditions),
                (None, Some(base)) => {
                    to_and_fro(field, base, &now, conditions, later(field, base, &now, conditions))
                }
            }
        }
    }
}

/// The side that holds what its lens does not understand, if one does.
fn foreign(rule: &FieldRule, now: &Sides<&Held>, conditions: &Conditions) -> Option<Side> {
    let is_foreign =
        |side: &Side| rule.ends[*side].lens.read(now[*side], conditions.region).is_err();
    Side::BOTH.into_iter().find(is_foreign)
}

/// Whether each side moved since both last agreed; nothing: they never did, or the reading does not
/// cover the field.
pub fn moved(field: &Contender<'_>, conditions: &Conditions) -> Sides<Option<bool>> {
    Sides::from_fn(|side| {
        let (base, now) = field.base.zip(field.now[side].as_ref())?;
        Some(differs(field.rule, side, &base.held[side], now, conditions))
    })
}

/// First agreement: equal is agreed, an empty side is filled, a difference is never decided by time.
fn first(field: &Contender<'_>, now: &Sides<&Held>, conditions: &Conditions) -> Outcome {
    let rule = field.rule;
    let shared = shared(rule, now, conditions);
    if same(rule, &shared, conditions) {
        return Outcome::Agree(Agreement::Equal);
    }
    if let Some(side) = field.receives {
        return receive(field, &shared, side);
    }
    match (&shared.upguard, &shared.highlevel) {
        (None, None) => Outcome::Agree(Agreement::Equal),
        (Some(_), None) => fill(field, &shared, Side::Upguard),
        (None, Some(_)) => fill(field, &shared, Side::Highlevel),
        (Some(_), Some(_)) => match (field.taken, rule.strength, rule.adopt) {
            (Some(take), _, _) => decided(field, &shared, take),
            (None, Strength::Fill | Strength::Initial, _) => Outcome::Agree(Agreement::Left),
            (None, Strength::Enforce, Some(side)) if can_write(field, side.other()) => {
                win(field, &shared, side, Why::about(Rule::Adopt, side))
            }
            (None, Strength::Enforce, Some(_)) => Outcome::Agree(Agreement::Left),
            (None, Strength::Enforce, None) => Outcome::Ask(Why::plain(Rule::FirstDiffers)),
        },
    }
}

/// A new replica gives nothing, and is emptied by nobody.
fn receive(field: &Contender<'_>, shared: &Sides<Held>, side: Side) -> Outcome {
    match &shared[side.other()] {
        Some(_) => win(field, shared, side.other(), Why::about(Rule::NewReplica, side.other())),
        None => Outcome::Agree(Agreement::Left),
    }
}

/// Fills the empty partner of `side` as far as the flow allows.
fn fill(field: &Contender<'_>, shared: &Sides<Held>, side: Side) -> Outcome {
    if field.rule.ends[side.other()].access == Access::Always {
        win(field, shared, side, Why::about(Rule::Fill, side))
    } else {
        Outcome::Agree(Agreement::Left)
    }
}

/// After a first agreement: a side moved if it differs from what it held then.
fn later(
    field: &Contender<'_>,
    base: &Agreed,
    now: &Sides<&Held>,
    conditions: &Conditions,
) -> Outcome {
    let rule = field.rule;
    let moved = |side: Side| differs(rule, side, &base.held[side], now[side], conditions);
    let unless_same = |then: &dyn Fn(&Sides<Held>) -> Outcome| {
        let shared = shared(rule, now, conditions);
        match same(rule, &shared, conditions) || zoo::is_in(Bug::DifferenceAgreed) {
            true => Outcome::Agree(Agreement::Equal),
            false => then(&shared),
        }
    };
    match (moved(Side::Upguard), moved(Side::Highlevel)) {
        (false, false) => Outcome::Unmoved,
        (true, false) => unless_same(&|shared| alone(field, base, shared, Side::Upguard)),
        (false, true) => unless_same(&|shared| alone(field, base, shared, Side::Highlevel)),
        (true, true) => unless_same(&|shared| match field.taken {
            Some(take) => decided(field, shared, take),
            None => contest(field, shared, conditions),
        }),
    }
}

/// What went to and fro too often is not written back once more, unless a person said so.
fn to_and_fro(
    field: &Contender<'_>,
    base: &Agreed,
    now: &Sides<&Held>,
    conditions: &Conditions,
    outcome: Outcome,
) -> Outcome {
    let enough = |to: Side| {
        let (back, turns) = (to.other(), field.turns?);
        let goes_back = !differs(field.rule, back, &turns.before[back], now[back], conditions);
        let moved = conditions.offsets[back].to_ours(field.moved[back].until);
        turns.enough(back, moved, &base.held[back]).filter(|_| goes_back)
    };
    match outcome {
        Outcome::Write { to, after, why } => match (enough(to), field.taken) {
            (Some(_), Some(take)) => decided(field, &shared(field.rule, now, conditions), take),
            (Some(why), None) => Outcome::Ask(why),
            (None, _) => Outcome::Write { to, after, why },
        },
        Outcome::Unmoved
        | Outcome::Agree(_)
        | Outcome::Ask(_)
        | Outcome::Report(_)
        | Outcome::Hold(_) => outcome,
    }
}

/// Only one side moved. That it emptied the field says nothing about a value that the other side holds
/// of its own.
fn alone(field: &Contender<'_>, base: &Agreed, shared: &Sides<Held>, side: Side) -> Outcome {
    match (base.how, &shared[side]) {
        (_, None) if zoo::is_in(Bug::EmptiedKept) => Outcome::Agree(Agreement::Left),
        (Agreement::Drift | Agreement::Decided | Agreement::Left, None) => {
            Outcome::Report(Why::about(Rule::OwnValue, side))
        }
        (Agreement::Equal | Agreement::Normalised, None) | (_, Some(_)) => {
            win(field, shared, side, Why::about(Rule::OnlyMoved, side))
        }
    }
}

/// Both moved, and differ.
fn contest(field: &Contender<'_>, shared: &Sides<Held>, conditions: &Conditions) -> Outcome {
    // Where the rule writes in neither direction, whatever a person would answer, nobody is asked.
    if Side::BOTH.into_iter().all(|side| !may_replace(field.rule.strength, &shared[side])) {
        return Outcome::Agree(Agreement::Left);
    }
    match field.rule.contest {
        Contest::Prefer(side) => win(field, shared, side, Why::about(Rule::Prefer, side)),
        Contest::Hold => Outcome::Ask(Why::plain(Rule::Hold)),
        Contest::LastWriteWins { fallback } => {
            let verdict = judge(field.moved, conditions.offsets, conditions.skew_limit_ms);
            match (verdict.later, fallback.side()) {
                (Some(side), _) => {
                    let why = Why::about(Rule::LastWriteWins, side);
                    let why = why.with_evidence(verdict.evidence, Some(verdict.apart_ms));
                    win(field, shared, side, why)
                }
                (None, Some(side)) => {
                    let why = Why::about(Rule::Fallback, side);
                    win(field, shared, side, why.with_evidence(Evidence::Undecided, None))
                }
                (None, None) => {
                    let why = Why::plain(Rule::Hold).with_evidence(Evidence::Undecided, None);
                    Outcome::Ask(why)
                }
            }
        }
    }
}

/// What a person said goes before strength and drift; where nobody can write it, both are left.
fn decided(field: &Contender<'_>, shared: &Sides<Held>, take: Take) -> Outcome {
    match take {
        Take::Side(side) if can_write(field, side.other()) => {
            write(field, shared, side.other(), Why::about(Rule::Decided, side))
        }
        Take::Side(_) | Take::Leave => Outcome::Agree(Agreement::Decided),
    }
}

/// The value of `side` prevails: write it to the other, as far as that side can be written.
fn win(field: &Contender<'_>, shared: &Sides<Held>, side: Side, why: Why) -> Outcome {
    let rule = field.rule;
    let target = if zoo::is_in(Bug::SidesSwapped) { side } else { side.other() };
    if !may_replace(rule.strength, &shared[target]) {
        return Outcome::Agree(Agreement::Left);
    }
    match rule.ends[target].access {
        Access::Always => write(field, shared, target, why),
        Access::OnCreate | Access::Never => match rule.drift {
            Drift::Restore
                if rule.ends[side].access == Access::Always
                    && may_replace(rule.strength, &shared[side]) =>
            {
                let why = Why { rule: Rule::Restore, side: Some(target), ..why };
                write(field, shared, side, why)
            }
            Drift::Restore | Drift::Report => Outcome::Report(Why { rule: Rule::Drift, ..why }),
        },
    }
}

/// Whether a rule of this strength writes over what a side holds.
fn may_replace(strength: Strength, held: &Held) -> bool {
    match strength {
        Strength::Enforce => true,
        Strength::Fill => held.is_none(),
        Strength::Initial => false,
    }
}

/// Writes the partner's value to `to`.
fn write(field: &Contender<'_>, shared: &Sides<Held>, to: Side, why: Why) -> Outcome {
    let end = &field.rule.ends[to];
    let value = &shared[to.other()];
    if !field.writable[to] {
        return Outcome::Hold(Why::about(Rule::Unwritable, to));
    }
    if value.is_none() && !end.clearable {
        return Outcome::Hold(Why::about(Rule::CannotClear, to.other()));
    }
    let after = match end.put(value) {
        Ok(after) => after,
        Err(Unwritten::ReadOnly) => return Outcome::Report(Why::about(Rule::Drift, to.other())),
        Err(Unwritten::Foreign) => {
            return Outcome::Hold(Why::about(Rule::NoCounterpart, to.other()));
        }
    };
    match field.lesson {
        Some(lesson) if lesson.side == to && lesson.sent == after => {
            let rule = match lesson.what {
                Unkept::Discarded => Rule::Discarded,
                Unkept::Taken => Rule::Taken,
                Unkept::Rejected => Rule::Rejected,
            };
            Outcome::Hold(Why::about(rule, to))
        }
        Some(_) | None => Outcome::Write { to, after, why },
    }
}

fn can_write(field: &Contender<'_>, side: Side) -> bool {
    field.rule.ends[side].access == Access::Always
}

/// What both sides hold, as one can compare it.
pub fn shared(rule: &FieldRule, now: &Sides<&Held>, conditions: &Conditions) -> Sides<Held> {
    Sides::from_fn(|side| rule.ends[side].lens.get(now[side], conditions.region))
}

fn same(rule: &FieldRule, shared: &Sides<Held>, conditions: &Conditions) -> bool {
    rule.kind.key(&shared.upguard, conditions.region)
        == rule.kind.key(&shared.highlevel, conditions.region)
}

/// Whether what `side` holds now is another value than it was, in its own form.
pub fn differs(
    rule: &FieldRule,
    side: Side,
    was: &Held,
    is: &Held,
    conditions: &Conditions,
) -> bool {
    let end = &rule.ends[side];
    was != is && key(rule, end, is, conditions) != key(rule, end, was, conditions)
}

fn key(rule: &FieldRule, end: &End, native: &Held, conditions: &Conditions) -> Held {
    // It reads the same of whatever is held.
    if end.lens == Lens::Anew {
        return native.clone();
    }
    rule.kind.key(&end.lens.get(native, conditions.region), conditions.region)
}
