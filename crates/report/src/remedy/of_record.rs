//! What would change a decision about a whole record?

use concordat_model::{Rule, Side, Why};

/// What would change it. Rules about fields have no answer here.
pub(super) fn of_record(why: &Why) -> Vec<String> {
    let side = why.side.unwrap_or(Side::Upguard);
    match why.rule {
        Rule::Missing => {
            vec![format!("a record on {side} with an equal natural key: it is linked")]
        }
        Rule::Unwritable => {
            vec![format!("what identifies the record on {side}: a vendor's web address")]
        }
        Rule::Dormant => {
            vec![format!(
                "the {side} record it belongs to being there again: a vendor that is watched"
            )]
        }
        Rule::OutsideSlice => {
            vec!["the vendor or person coming into the slice: what `[pair.slice]` asks for".into()]
        }
        Rule::NotSeen => vec![format!("a listing of {side} that shows it: `concordat pull`")],
        Rule::Gone => vec![
            format!("the record coming back on {side}"),
            format!("a further complete listing of {side} that misses it: `concordat pull`"),
        ],
        Rule::Vanished | Rule::NotMade | Rule::WorkedOn | Rule::Inhabited | Rule::Undeletable => {
            vec![
                format!("the record coming back on {side}"),
                format!("a change on {} before the next run: an edit wins", side.other()),
            ]
        }
        Rule::Asked => vec![
            "a decision: `concordat matches list` names the case".into(),
            format!("the record coming back on {side}"),
        ],
        Rule::Returned => vec![format!("the record being gone again on {side}")],
        Rule::EditWins => vec![
            format!("the record coming back on {side}"),
            format!("deleting it in {}, by hand, if it is not needed", side.other()),
        ],
        Rule::Unarchivable => vec![
            format!("the record coming back on {side}"),
            format!("deleting it in {}, by hand, if it is not needed", side.other()),
        ],
        Rule::Dismissed => {
            vec![
                "`concordat matches decide CASE --create`; `concordat matches list` names it"
                    .into(),
            ]
        }
        Rule::Incomplete => vec![format!("a complete listing of {side}: `concordat pull`")],
        Rule::NoIdentity => vec![
            "an e-mail address".into(),
            "the custom field concordat_id in HighLevel: `concordat doctor --fix` defines it"
                .into(),
        ],
        Rule::Incompletable => vec![format!("a value in that field on {side}")],
        Rule::InDoubt => vec!["`concordat reconcile` looks for that write first".into()],
        Rule::Unite => vec!["taking it away on either side, after the first agreement".into()],
        Rule::Replica => vec![format!("another change on any of these {side} records")],
        Rule::NewReplica | Rule::PutBack => {
            vec![format!("the change on the {side} record itself")]
        }
        Rule::Contested => vec![format!("one value on all of these {side} records")],
        Rule::Shared => vec![format!("the change on the {} record itself", side.other())],
        Rule::Over => vec![format!("the {side} record being opened again")],
        Rule::NoAnchor => {
            vec![
                "`[mapping.anchors]`, or the pair's own, naming one contact that is there".into(),
                "for what is about a vendor: one of its people who is a contact here".into(),
            ]
        }
        Rule::Baseline => vec![
            format!("{side} finding it anew: then it is younger than the first agreement"),
            "a task made by hand, if it is to be dealt with".into(),
        ],
        Rule::FromBackup => vec![
            "a `concordat reconcile` that carries everything out".into(),
            format!("the record coming back on {side}"),
        ],
        Rule::Prior => vec!["its record of the earlier mapping being gone".into()],
        Rule::Enough => vec![
            format!("completing one of its kind at that {side} contact"),
            "a higher `per_contact` in `[mapping.risks]`".into(),
        ],
        Rule::Gated => vec!["`allow` in `[mapping.threats]`, naming what may be done".into()],
        Rule::NeedsReason => vec!["`reason` in `[mapping.threats.close]`".into()],
        Rule::NotInvestigated => vec![format!("somebody investigating the threat in {side}")],
        Rule::UnknownReference => vec!["the reference that a task of ours shows".into()],
        Rule::NotTold => vec![
            "a text, or a contact for the vendor or person it is about".into(),
            "`organisation` under [mapping.anchors], or other types under [mapping.activity]"
                .into(),
        ],
        Rule::TooLong => vec!["two notes, each with the reference".into()],
        Rule::CannotAssign => vec![format!("the threat being investigated again in {side}")],
        Rule::CannotReopen => vec![
            "somebody whom `[mapping.people]` names, as the task's assignee".into(),
            format!("opening it again in {side}, by hand"),
        ],
        Rule::Left => vec![format!("belonging to that {side} record again")],
        Rule::OnlyMoved
        | Rule::Respelled
        | Rule::Rewritten
        | Rule::Alternates
        | Rule::LastWriteWins
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
        | Rule::Discarded
        | Rule::Taken
        | Rule::Rejected
        | Rule::OwnValue
        | Rule::NoCounterpart => Vec::new(),
    }
}
