//! What should follow for one field? The design's chapter on decisions, as a slow and naive function.
//!
//! Written from the text alone, before and without the engine's merge; it shares only the words of
//! the configuration with it. Values are single letters, so nothing here depends on lenses or kinds.

use concordat_mapping::{Access, Contest, Drift, Strength};
use concordat_model::{Agreement, Evidence, Rule, Side, Sides, Take};

/// What a field holds; `None`: nothing.
pub type Letter = Option<char>;

/// One row of the merge table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What each side held at the last agreement; nothing: there was none.
    pub base: Option<Sides<Letter>>,
    /// What each side holds; nothing: not covered.
    pub now: Sides<Option<Letter>>,
    /// Who wins if both moved.
    pub contest: Contest,
    /// When the winner's value is written.
    pub strength: Strength,
    /// First agreement: whose value is adopted.
    pub adopt: Option<Side>,
    /// When each side can be written.
    pub access: Sides<Access>,
    /// Whether each side can be emptied.
    pub clearable: Sides<bool>,
    /// What happens if the winner's partner cannot be written.
    pub drift: Drift,
    /// Whose change the times say was later, and how surely.
    pub later: (Option<Side>, Evidence),
    /// What a person said about exactly these values.
    pub taken: Option<Take>,
    /// Whether each side's record can be written at all.
    pub writable: Sides<bool>,
    /// A value that a side did not keep before.
    pub discarded: Option<(Side, Letter)>,
}

/// What should follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Nothing at all.
    Quiet,
    /// Recorded as agreed, in this sense.
    Agreed(Agreement),
    /// This side shall hold this, by this rule (about this side, on this evidence).
    Write(Side, Letter, Rule, Option<Side>, Option<Evidence>),
    /// A person is asked.
    Ask(Rule, Option<Evidence>),
    /// Listed once as a change of this side that goes nowhere.
    Listed(Rule, Option<Side>, Option<Evidence>),
    /// Not written, and said so on every run.
    Withheld(Rule),
}

/// Why a side's value prevails.
#[derive(Clone, Copy)]
struct Win {
    winner: Side,
    rule: Rule,
    evidence: Option<Evidence>,
}

/// What the design says about `row`.
pub fn expected(row: &Row) -> Says {
    // "A field a reading does not cover is unmoved, not cleared."
    let (Some(upguard), Some(highlevel)) = (row.now.upguard, row.now.highlevel) else {
        return Says::Quiet;
    };
    let now = Sides { upguard, highlevel };
    let Some(base) = row.base else { return first_agreement(row, now) };

    // "A side moved if it differs from its own base."
    let moved = Sides::from_fn(|side| now[side] != base[side]);
    if !moved.upguard && !moved.highlevel {
        return Says::Quiet;
    }
    if now.upguard == now.highlevel {
        return Says::Agreed(Agreement::Equal);
    }
    if moved.upguard != moved.highlevel {
        let winner = if moved.upguard { Side::Upguard } else { Side::Highlevel };
        return prevails(row, now, Win { winner, rule: Rule::OnlyMoved, evidence: None });
    }
    // A decision answers a conflict. Where only one side moved there is none, and an old answer to an
    // old question must not undo somebody's new edit.
    if let Some(take) = row.taken {
        return a_person_said(row, now, take);
    }
    // A rule that would write in neither direction settles the matter without a contest.
    if Side::BOTH.iter().all(|&side| !strength_writes(row.strength, now[side])) {
        return Says::Agreed(Agreement::Left);
    }
    match row.contest {
        Contest::Hold => Says::Ask(Rule::Hold, None),
        Contest::Prefer(winner) => {
            prevails(row, now, Win { winner, rule: Rule::Prefer, evidence: None })
        }
        Contest::LastWriteWins { fallback } => {
            let evidence = Some(row.later.1);
            match (row.later.0, fallback.side()) {
                (Some(winner), _) => {
                    prevails(row, now, Win { winner, rule: Rule::LastWriteWins, evidence })
                }
                (None, Some(winner)) => {
                    prevails(row, now, Win { winner, rule: Rule::Fallback, evidence })
                }
                (None, None) => Says::Ask(Rule::Hold, evidence),
            }
        }
    }
}

/// "Equal → agreed; one side empty → filled as the flow allows; both set and different → never
/// last-write-wins: `adopt`."
fn first_agreement(row: &Row, now: Sides<Letter>) -> Says {
    if now.upguard == now.highlevel {
        return Says::Agreed(Agreement::Equal);
    }
    let empty = Side::BOTH.into_iter().find(|&side| now[side].is_none());
    if let (None, Some(take)) = (empty, row.taken) {
        return a_person_said(row, now, take);
    }
    let win = match (empty, row.adopt) {
        (Some(empty), _) => Win { winner: empty.other(), rule: Rule::Fill, evidence: None },
        (None, Some(winner)) => Win { winner, rule: Rule::Adopt, evidence: None },
        // "Fill (only if empty), initial (only at creation)": no write, so nothing to ask.
        (None, None) if row.strength != Strength::Enforce => return Says::Agreed(Agreement::Left),
        (None, None) => return Says::Ask(Rule::FirstDiffers, None),
    };
    let loser = win.winner.other();
    // Drift is a *change*; at a first agreement nothing moved, and nothing is taken back.
    if !strength_writes(row.strength, now[loser]) || row.access[loser] != Access::Always {
        return Says::Agreed(Agreement::Left);
    }
    write(row, loser, now[win.winner], win.rule, Some(win.winner), None)
}

fn a_person_said(row: &Row, now: Sides<Letter>, take: Take) -> Says {
    match take {
        Take::Leave => Says::Agreed(Agreement::Decided),
        // Nobody can write there; what the person said is as good as leaving both.
        Take::Side(winner) if row.access[winner.other()] != Access::Always => {
            Says::Agreed(Agreement::Decided)
        }
        Take::Side(winner) => {
            write(row, winner.other(), now[winner], Rule::Decided, Some(winner), None)
        }
    }
}

fn prevails(row: &Row, now: Sides<Letter>, win: Win) -> Says {
    let loser = win.winner.other();
    // A field that is only filled, or only set at creation, is nobody's drift afterwards.
    if !strength_writes(row.strength, now[loser]) {
        return Says::Agreed(Agreement::Left);
    }
    if row.access[loser] == Access::Always {
        return write(row, loser, now[win.winner], win.rule, Some(win.winner), win.evidence);
    }
    // "A win of the unwritten side is listed once as drift; `restore` writes the source's value back."
    let can_restore =
        row.access[win.winner] == Access::Always && strength_writes(row.strength, now[win.winner]);
    match row.drift {
        Drift::Restore if can_restore => {
            write(row, win.winner, now[loser], Rule::Restore, Some(loser), win.evidence)
        }
        Drift::Restore | Drift::Report => Says::Listed(Rule::Drift, Some(win.winner), win.evidence),
    }
}

/// A side whose field can be written shall hold `after`; the record, the field's emptiness and what we
/// learned about it may still forbid that.
fn write(
    row: &Row,
    to: Side,
    after: Letter,
    rule: Rule,
    about: Option<Side>,
    evidence: Option<Evidence>,
) -> Says {
    if !row.writable[to] {
        Says::Withheld(Rule::Unwritable)
    } else if after.is_none() && !row.clearable[to] {
        Says::Withheld(Rule::CannotClear)
    } else if row.discarded == Some((to, after)) {
        Says::Withheld(Rule::Discarded)
    } else {
        Says::Write(to, after, rule, about, evidence)
    }
}

fn strength_writes(strength: Strength, loser: Letter) -> bool {
    match strength {
        Strength::Enforce => true,
        Strength::Fill => loser.is_none(),
        Strength::Initial => false,
    }
}
