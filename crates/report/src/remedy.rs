//! What would happen now, in a sentence, and what would change that? One answer for every rule, so
//! that nobody is left with a reason and no way on.

mod of_record;
pub(crate) mod of_set;

use concordat_model::{Agreement, MappingName, Rule, Side, Take, Why};

use self::of_record::of_record;
use crate::explain::{Contest, FieldFacts, Stands, Strength, Upshot, Written};

/// The rule of a field in a few sentences: which way it flows, who wins, and the exceptions.
pub(crate) fn rule(field: &FieldFacts) -> Vec<String> {
    let written = |side: Side| field.ends[side].written == Written::Always;
    let flow = match (written(Side::Upguard), written(Side::Highlevel)) {
        _ if field.rule.strength == Strength::Initial => "set once, when the record is made".into(),
        (true, true) => "goes both ways".into(),
        (true, false) => "goes from HighLevel to UpGuard".into(),
        (false, true) => "goes from UpGuard to HighLevel".into(),
        (false, false) => "written on neither side".to_owned(),
    };
    let forms = field.ends.iter().filter_map(|(side, end)| Some((side, end.form.as_ref()?)));
    let forms = forms.map(|(side, form)| format!("{side} writes it {form}"));
    let mut parts: Vec<String> = [flow].into_iter().chain(forms).chain([contest(field)]).collect();
    if field.rule.strength == Strength::Fill {
        parts.push("written only where the other side holds nothing".into());
    }
    if !Side::BOTH.into_iter().all(written) {
        parts.push(match field.rule.restores {
            true => "a change against the flow is put back".into(),
            false => "a change against the flow is listed once".into(),
        });
    }
    parts.push(match field.rule.adopt {
        Some(side) => format!("a first agreement adopts {side}"),
        None => "where both differ at the first agreement, a person decides".into(),
    });
    parts
}

fn contest(field: &FieldFacts) -> String {
    let limit = seconds(field.rule.skew_limit_ms);
    match field.rule.contest {
        Contest::LastWriteWins { fallback } => {
            let unsure = fallback.map_or("a person decides".into(), |side| format!("{side} wins"));
            format!(
                "if both changed, the later one wins if it is later by more than {limit}, else {unsure}"
            )
        }
        Contest::Prefer { side } => format!("if both changed, {side} wins"),
        Contest::Hold => "if both changed, a person decides".into(),
    }
}

/// What would happen to a field now, without the value that is written.
pub(crate) fn now(field: &FieldFacts) -> String {
    let nothing = matches!(field.outcome, Upshot::Nothing);
    let hidden = Side::BOTH.into_iter().find(|&side| !field.ends[side].covered);
    let moved = field.ends.iter().any(|(_, end)| end.moved != Some(false));
    match (nothing, hidden) {
        (true, Some(side)) => unseen(side),
        (true, None) if moved => ELSEWHERE.into(),
        (true, None) | (false, _) => outcome(&field.outcome),
    }
}

/// Why nothing is said about what differs here.
const ELSEWHERE: &str =
    "nothing here: it is decided for all contacts of the vendor together, and another one decides";

fn unseen(side: Side) -> String {
    format!("nothing: the last reading of {side} does not show it")
}

/// What would happen, as a sentence.
fn outcome(outcome: &Upshot) -> String {
    match outcome {
        Upshot::Nothing => "nothing: neither side moved since both last agreed".into(),
        Upshot::Agree { how } => match how {
            Agreement::Equal => "nothing is written: both hold the same, which is recorded".into(),
            Agreement::Left => "nothing is written: the rule leaves this as it is".into(),
            Agreement::Decided => {
                "nothing is written: a person said to leave them different".into()
            }
            Agreement::Normalised | Agreement::Drift => {
                "nothing is written: what both hold is recorded as agreed".into()
            }
        },
        Upshot::Write { to, why, .. } => format!("{to} is written: {}", why.says()),
        Upshot::Ask { conflict, why } => {
            format!("nothing is written: {} (conflict {conflict})", why.says())
        }
        Upshot::Report { why } => {
            format!("nothing is written: {}; it is listed once and left", why.says())
        }
        Upshot::Hold { why } => format!("nothing is written: {}", why.says()),
    }
}

/// What would change what happens to a field.
pub(crate) fn of_field(mapping: Option<&MappingName>, field: &FieldFacts) -> Vec<String> {
    match &field.outcome {
        Upshot::Nothing => unmoved(mapping, field),
        Upshot::Agree { how } => agreed(mapping, field, *how),
        Upshot::Ask { conflict, why } => {
            let mut all =
                vec![format!("`concordat conflicts resolve {conflict} --take {}`", takes(field))];
            all.extend(of_why(mapping, field, why));
            all
        }
        Upshot::Write { why, .. } | Upshot::Report { why } | Upshot::Hold { why } => {
            of_why(mapping, field, why)
        }
    }
}

fn takes(field: &FieldFacts) -> String {
    let written = |side: Side| field.ends[side.other()].written == Written::Always;
    let sides = [(Side::Upguard, "upguard"), (Side::Highlevel, "highlevel")];
    let mut takes: Vec<&str> =
        sides.into_iter().filter(|(side, _)| written(*side)).map(|(_, take)| take).collect();
    takes.push("leave");
    takes.join("|")
}

fn unmoved(mapping: Option<&MappingName>, field: &FieldFacts) -> Vec<String> {
    if let Some(side) = Side::BOTH.into_iter().find(|&side| !field.ends[side].covered) {
        let custom = field.ends[side].path.as_str().strip_prefix("custom.");
        let defined = custom.map(|key| {
            format!(
                "`concordat doctor --fix`, if {side} does not define the custom field {key} yet"
            )
        });
        return Some(shows_it(side)).into_iter().chain(defined).collect();
    }
    match &field.agreed {
        Some(it) => agreed(mapping, field, it.how),
        None => vec!["`concordat pull`".into()],
    }
}

fn shows_it(side: Side) -> String {
    format!("a reading of {side} that shows it: `concordat pull`")
}

/// What moves a field that both sides agree about, in whatever sense.
fn agreed(mapping: Option<&MappingName>, field: &FieldFacts, how: Agreement) -> Vec<String> {
    let key = key(mapping, field);
    let carried = |side: Side| match field.ends[side.other()].written {
        Written::Always => format!("a change on {side} goes to {}", side.other()),
        Written::AtCreation | Written::Never => format!(
            "a change on {side} cannot go to {}, and is {}",
            side.other(),
            if field.rule.restores { "put back" } else { "listed once" }
        ),
    };
    match how {
        Agreement::Equal | Agreement::Normalised => {
            if field.rule.strength == Strength::Initial {
                return vec![format!("`strength = \"enforce\"` for {key}, to write later changes")];
            }
            Side::BOTH.map(carried).into()
        }
        Agreement::Drift => vec![
            "a further change on either side".into(),
            format!("`drift = \"restore\"` for {key}, to put the source's value back"),
        ],
        Agreement::Decided => vec![
            "a change of either value: the decision was about these two".into(),
            "the same value on both sides".into(),
        ],
        Agreement::Left => match field.rule.strength {
            Strength::Fill => vec![
                "an empty field on the side that is written".into(),
                format!("`strength = \"enforce\"` for {key}, to write whenever they differ"),
            ],
            Strength::Initial => {
                vec![format!("`strength = \"enforce\"` for {key}, to write later changes")]
            }
            Strength::Enforce => vec!["a change on a side whose partner can be written".into()],
        },
    }
}

/// What would change a decision with this reason. Every rule has an answer.
fn of_why(mapping: Option<&MappingName>, field: &FieldFacts, why: &Why) -> Vec<String> {
    let key = key(mapping, field);
    let side = why.side.unwrap_or(Side::Upguard);
    let other = side.other();
    let limit = seconds(field.rule.skew_limit_ms);
    match why.rule {
        Rule::OnlyMoved => vec![format!(
            "a change on {other} before the next run: then both changed, and {}",
            contest(field).trim_start_matches("if both changed, ")
        )],
        Rule::LastWriteWins => vec![
            format!("a change on {other} later than {}, by more than {limit}", moment(field, side)),
            format!("`rule = \"hold\"` for {key}, to ask a person instead"),
        ],
        Rule::Fallback => vec![
            format!("a further change on one side, seen more than {limit} after the other's"),
            "pulling more often: then the times prove more".into(),
            format!("`fallback = \"hold\"` for {key}, to ask a person instead"),
        ],
        Rule::Prefer => {
            vec![format!("`rule = \"last_write_wins\"` for {key}, to let the later change win")]
        }
        Rule::Hold => match why.evidence {
            Some(_) => vec![
                format!("a further change on one side, seen more than {limit} after the other's"),
                format!("`fallback = \"upguard\"` or `fallback = \"highlevel\"` for {key}"),
                "the same value on both sides".into(),
            ],
            None => vec![
                format!("`rule = \"last_write_wins\"` for {key}, to let the later change win"),
                "the same value on both sides".into(),
            ],
        },
        Rule::Fill => vec![format!("a value on {other} before the next run")],
        Rule::Adopt => vec![
            format!("`adopt = \"hold\"` for {key}, to ask a person instead"),
            "the same value on both sides".into(),
        ],
        Rule::FirstDiffers => vec![
            format!("`adopt = \"upguard\"` or `adopt = \"highlevel\"` for {key}"),
            "the same value on both sides".into(),
        ],
        Rule::Decided => {
            vec![
                "a change of either value before the next run: the decision was about these".into(),
            ]
        }
        Rule::Drift => {
            let mut all = vec![format!("the same change on {other}, by hand")];
            if field.ends[side].written == Written::Always {
                all.push(format!("`drift = \"restore\"` for {key}, to put {other}'s value back"));
            }
            all
        }
        Rule::Restore => vec![
            format!("another value on {side}, which is the source"),
            format!("`drift = \"report\"` for {key}, to list it once and leave it"),
        ],
        Rule::CannotClear => vec![format!("a value on {side}, which {other} can take")],
        Rule::Discarded | Rule::Taken | Rule::Rejected => {
            vec![format!("another value on {other}"), "a week: then it is tried again".into()]
        }
        Rule::NoCounterpart => vec![
            format!("another value on {side}, one that {other} can hold"),
            format!("a row for it, or another lens, for {key}: `concordat config check` proves it"),
        ],
        Rule::OwnValue => {
            vec![format!("a value on {side}"), format!("emptying it on {other}, by hand")]
        }
        Rule::Respelled | Rule::Rewritten | Rule::Alternates => vec![
            "whatever changes it back being stopped, and the same value on both sides".into(),
            "a value that it did not have before, on either side".into(),
            "two weeks without a change".into(),
        ],
        Rule::Missing
        | Rule::Unwritable
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

/// Where a thing stands as a whole, as a sentence.
pub(crate) fn standing(stands: &Stands) -> String {
    match stands {
        Stands::Linked { matched: Some(matched) } => {
            format!("newly linked {}; its fields are compared", matched.says())
        }
        Stands::Linked { matched: None } => "linked; its fields are compared".into(),
        Stands::Late => {
            "nothing is done: the listing shows it older than what was agreed, as a search index that \
             lags does"
                .into()
        }
        Stands::Held { why } => format!("nothing is done: {}", why.says()),
        Stands::Case { case } => format!("nothing is done: {}; waits for a person", case.says),
        Stands::Create { step } => {
            format!("a {} {} is made: {}", step.side, step.entity, step.why.says())
        }
        Stands::Never { .. } => "nothing is done: a person said to leave it unlinked".into(),
        Stands::Quarantined { archive } => {
            format!("it waits: {}; {}", archive.why.says(), archive.due())
        }
        Stands::Marked { why } => match why.rule {
            Rule::Returned => format!("it is no longer marked as archived: {}", why.says()),
            _ => format!("it is marked as archived: {}", why.says()),
        },
        Stands::Deleted { why } => format!("it is deleted, with all it holds: {}", why.says()),
        Stands::Archived { side } => {
            format!("nothing is done: it was archived, because its {side} record is gone")
        }
        Stands::Dismissed { dismissal } => format!("nothing is done: {}", dismissal.why.says()),
        Stands::Unmatched => {
            "nothing is done: it has no counterpart, and records of its kind are none of our business \
             until they have one"
                .into()
        }
        Stands::Unlisted => "nothing is done: the last listing does not show it".into(),
        Stands::Unmapped => "nothing is done: no mapping that is on reads records of its kind".into(),
    }
}

/// What would change where a thing stands.
pub(crate) fn of_standing(stands: &Stands) -> Vec<String> {
    match stands {
        Stands::Linked { .. } => Vec::new(),
        Stands::Late => vec!["a newer listing: `concordat pull`".into()],
        Stands::Held { why } => of_record(why),
        Stands::Case { case } => vec![
            format!("`concordat matches decide {} --link RECORD`: it is that record", case.id),
            format!("`concordat matches decide {} --create`: it is none of them", case.id),
            format!("`concordat matches decide {} --never`: leave it alone", case.id),
        ],
        Stands::Create { step } => of_record(&step.why),
        Stands::Never { case } => vec![format!("`concordat matches decide {case} --ask-again`")],
        Stands::Quarantined { archive } => vec![
            format!("`concordat quarantine approve {}`: it need not wait", archive.id),
            format!("`concordat quarantine cancel {}`: it is not {}", archive.id, archive.done()),
            format!("the record coming back on {}", archive.why.side.unwrap_or(Side::Upguard)),
        ],
        Stands::Marked { why } | Stands::Deleted { why } => of_record(why),
        Stands::Archived { side } => vec![format!("the record coming back on {side}")],
        Stands::Dismissed { dismissal } => {
            vec![format!("`concordat matches decide {} --create`: make it again", dismissal.case)]
        }
        Stands::Unmatched => {
            vec!["a record on the other side with an equal natural key: they are linked".into()]
        }
        Stands::Unlisted => vec!["a listing that shows it: `concordat pull`".into()],
        Stands::Unmapped => vec!["a mapping in the configuration: `concordat config check`".into()],
    }
}

/// What a person decided, as the end of "a person decided to …".
pub(crate) fn decision(take: Take) -> String {
    match take {
        Take::Side(side) => format!("take {side}'s value"),
        Take::Leave => "leave both as they are".into(),
    }
}

fn key(mapping: Option<&MappingName>, field: &FieldFacts) -> String {
    let mapping = mapping.map_or("MAPPING", MappingName::as_str);
    format!("mapping.{mapping}.fields.{}", field.name)
}

fn moment(field: &FieldFacts, side: Side) -> String {
    let until = field.ends[side].since.until;
    format!("{} ({side}'s clock)", until.format("%Y-%m-%d %H:%M:%S UTC"))
}

fn seconds(ms: i64) -> String {
    format!("{} s", ms / 1000)
}

#[cfg(test)]
#[path = "remedy_tests.rs"]
mod tests;
