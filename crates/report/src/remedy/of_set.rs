//! What would happen to a set now, in sentences, and what would change that?

use concordat_model::{Rule, Side, Why};

use super::of_record::of_record;
use super::outcome;
use crate::explain::{SetFacts, Upshot};

/// What would happen to it, one sentence for each thing.
pub(crate) fn now(set: &SetFacts) -> Vec<String> {
    if !set.outcomes.is_empty() {
        return set.outcomes.iter().map(outcome).collect();
    }
    let unseen = Side::BOTH.into_iter().find(|&side| !set.ends[side].covered);
    vec![match (unseen, is_as_agreed(set)) {
        (Some(side), _) => super::unseen(side),
        (None, true) => "nothing: both hold what was agreed".into(),
        (None, false) => super::ELSEWHERE.into(),
    }]
}

/// What would change that. The elements of a set have no rule of their own.
pub(crate) fn changes(set: &SetFacts) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for outcome in &set.outcomes {
        let more = match outcome {
            Upshot::Write { why, .. }
            | Upshot::Ask { why, .. }
            | Upshot::Report { why }
            | Upshot::Hold { why } => of_why(why),
            Upshot::Nothing | Upshot::Agree { .. } => vec![ON_EITHER_SIDE.into()],
        };
        all.extend(more);
    }
    if set.outcomes.is_empty() {
        all.push(match Side::BOTH.into_iter().find(|&side| !set.ends[side].covered) {
            Some(side) => super::shows_it(side),
            None => ON_EITHER_SIDE.into(),
        });
    }
    all.dedup();
    all
}

fn of_why(why: &Why) -> Vec<String> {
    let side = why.side.unwrap_or(Side::Upguard);
    match why.rule {
        Rule::OnlyMoved => vec![format!("the change taken back on {side} before the next run")],
        Rule::Discarded | Rule::Taken | Rule::Rejected => {
            vec![
                format!("other elements on {}", side.other()),
                "a week: then it is tried again".into(),
            ]
        }
        Rule::Unwritable => vec![format!(
            "on {side}: what identifies the record, a vendor's web address; and no element with a \
             comma in it"
        )],
        Rule::LastWriteWins
        | Rule::Respelled
        | Rule::Rewritten
        | Rule::Alternates
        | Rule::Fallback
        | Rule::Prefer
        | Rule::Hold
        | Rule::Fill
        | Rule::Adopt
        | Rule::FirstDiffers
        | Rule::Decided
        | Rule::Drift
        | Rule::Restore
        | Rule::CannotClear
        | Rule::OwnValue
        | Rule::NoCounterpart
        | Rule::Missing
        | Rule::Dormant
        | Rule::OutsideSlice
        | Rule::NotSeen
        | Rule::Gone
        | Rule::Incomplete
        | Rule::NoIdentity
        | Rule::Incompletable
        | Rule::InDoubt
        | Rule::Unite
        | Rule::Replica
        | Rule::NewReplica
        | Rule::PutBack
        | Rule::Contested
        | Rule::Shared
        | Rule::Left
        | Rule::Over
        | Rule::NoAnchor
        | Rule::Gated
        | Rule::NeedsReason
        | Rule::CannotReopen
        | Rule::CannotAssign
        | Rule::NotInvestigated
        | Rule::UnknownReference
        | Rule::TooLong
        | Rule::Vanished
        | Rule::Returned
        | Rule::EditWins
        | Rule::Unarchivable
        | Rule::NotMade
        | Rule::WorkedOn
        | Rule::Inhabited
        | Rule::Undeletable
        | Rule::Dismissed
        | Rule::NotTold
        | Rule::Baseline
        | Rule::Prior
        | Rule::FromBackup
        | Rule::Enough
        | Rule::Asked => of_record(why),
    }
}

const ON_EITHER_SIDE: &str = "an element that is added or taken away on either side";

/// Whether each side holds the elements that were agreed, however they are spelled.
pub(crate) fn is_as_agreed(set: &SetFacts) -> bool {
    set.ends.iter().all(|(_, end)| end.moved == Some(false))
}
