//! Why is this so? Every decision carries a [`Why`]; the same value is printed, stored in the ledger
//! and asserted in tests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Evidence, Side};

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Only one side moved since both last agreed.
    OnlyMoved,
    /// Both moved; the later change wins, and the evidence says which that is.
    LastWriteWins,
    /// Both moved, the times do not decide, the mapping names a side for that.
    Fallback,
    /// Both moved; the mapping always prefers one side.
    Prefer,
    /// Both moved; the mapping leaves it to a person.
    Hold,
    /// First agreement: one side was empty.
    Fill,
    /// First agreement: both differ, the mapping says whose value to adopt.
    Adopt,
    /// First agreement: both differ, and the mapping adopts neither.
    FirstDiffers,
    /// A person decided.
    Decided,
    /// The other side has no such record yet.
    Missing,
    /// The winning value lives on a side whose partner cannot be written: reported once.
    Drift,
    /// As drift, but the mapping puts the source's value back.
    Restore,
    /// The winner would empty a field that the other side cannot empty.
    CannotClear,
    /// The side accepted this value before and did not keep it.
    Discarded,
    /// The side refused this value before, because another record has it.
    Taken,
    /// The side refused this value before.
    Rejected,
    /// The source emptied the field, where the other side holds a value of its own.
    OwnValue,
    /// It is not watched any more, or what it belongs to is not there.
    Dormant,
    /// The record cannot be written at all (an UpGuard vendor without a host name).
    Unwritable,
    /// A linked record was not seen; that proves nothing.
    NotSeen,
    /// A linked record is gone; nothing follows from that yet.
    Gone,
    /// The listing that would prove the absence of a counterpart is incomplete.
    Incomplete,
    /// Without an e-mail address or a marker, a second create could not be recognised.
    NoIdentity,
    /// A field without which a record is not made is empty.
    Incompletable,
    /// An earlier write to it was sent, and it is not known yet whether it arrived.
    InDoubt,
    /// First agreement of sets: they are united.
    Unite,
    /// One of several records that carry the same field changed it; the others follow.
    Replica,
    /// A record that is new among those that carry the same field takes over what was agreed.
    NewReplica,
    /// One of several records that carry the same set lacks an element that the others have.
    PutBack,
    /// Several records that carry the same field changed it, differently.
    Contested,
    /// A record belongs to several others, and it is not known for which of them a change is meant.
    Shared,
    /// A record no longer belongs to the one whose elements it carries.
    Left,
    /// It was closed, archived or dismissed before it had a counterpart.
    Over,
    /// The contact at which new records are to stand is not there, or not only one.
    NoAnchor,
    /// It would reach people outside the records, and the settings do not allow that.
    Gated,
    /// Closing needs a reason, and the settings give none.
    NeedsReason,
    /// It cannot be opened again: nobody is named, or a remediation request was made for it.
    CannotReopen,
    /// Nobody can be asked to investigate it as it stands.
    CannotAssign,
    /// A note names a threat that takes no comments now.
    NotInvestigated,
    /// A note begins with a reference that names nothing.
    UnknownReference,
    /// It is longer than the other side takes.
    TooLong,
    /// It, or the vendor it belongs to, is outside the slice that the pair is about.
    OutsideSlice,
    /// A linked record is gone, and its counterpart did not change since: that is archived.
    Vanished,
    /// What was archived has its counterpart again.
    Returned,
    /// A linked record is gone, but its counterpart was changed since.
    EditWins,
    /// A linked record is gone, and its counterpart has nothing in which to say so.
    Unarchivable,
    /// A linked record is gone, and what the settings would delete for that is archived: we did not make it.
    NotMade,
    /// As [`Rule::NotMade`]: somebody has worked with it.
    WorkedOn,
    /// As [`Rule::NotMade`]: something else stands at it, or it stands for something else.
    Inhabited,
    /// As [`Rule::NotMade`]: its side did not let it be deleted.
    Undeletable,
    /// People deleted the record, and it is not made again unless a person asks.
    Dismissed,
    /// Nothing of it is for the other side.
    NotTold,
    /// The value of a side means nothing on the other: no row of a table has it, for one.
    NoCounterpart,
    /// It was there when both sides agreed for the first time, or nobody says since when it is.
    Baseline,
    /// As many stand at the contact already as the settings allow.
    Enough,
    /// Another mapping, which comes first, has the say about it.
    Prior,
    /// A linked record is gone, but what is remembered of both is as old as a backup.
    FromBackup,
    /// It went to and fro too often, between two spellings of the same.
    Respelled,
    /// As [`Rule::Respelled`], between two values: a side changed it back as soon as it was written.
    Rewritten,
    /// As [`Rule::Respelled`], between two values.
    Alternates,
    /// A linked record is gone, but its counterpart may be that of another one, and a person is asked about it.
    Asked,
}

/// Why something is done, or not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// The rule that decided.
    pub rule: Rule,
    /// How sure the order of two changes is; only where two changes were compared.
    pub evidence: Option<Evidence>,
    /// The side whose value prevails, or which the sentence is about.
    pub side: Option<Side>,
    /// By how many milliseconds the two changes are apart, as far as is known.
    pub apart_ms: Option<i64>,
}

impl Why {
    /// A reason about `side`.
    pub fn about(rule: Rule, side: Side) -> Why {
        Why { rule, evidence: None, side: Some(side), apart_ms: None }
    }

    /// A reason that is about neither side in particular.
    pub fn plain(rule: Rule) -> Why {
        Why { rule, evidence: None, side: None, apart_ms: None }
    }

    /// The same reason, together with what the comparison of times said.
    pub fn with_evidence(self, evidence: Evidence, apart_ms: Option<i64>) -> Why {
        Why { evidence: Some(evidence), apart_ms, ..self }
    }

    /// The reason as a sentence without a full stop.
    pub fn says(&self) -> String {
        let side = self.side.map_or("a side", Side::title);
        let other = self.side.map_or("the other side", |side| side.other().title());
        let apart = self.apart_ms.map(apart).unwrap_or_default();
        match self.rule {
            Rule::OnlyMoved => format!("only {side} changed since both last agreed"),
            Rule::LastWriteWins => match self.evidence {
                Some(Evidence::Proven) => format!("{side} changed last, proven: {apart} apart"),
                Some(Evidence::Likely) => {
                    format!("{side} changed last, likely: its stamp is {apart} later")
                }
                Some(Evidence::Undecided) | None => format!("{side} changed last"),
            },
            Rule::Fallback => {
                format!("both changed, the times do not decide; the mapping falls back on {side}")
            }
            Rule::Prefer => format!("both changed; the mapping prefers {side}"),
            Rule::Hold => match self.evidence {
                Some(Evidence::Undecided) => {
                    "both changed and the times do not decide; waits for a person".into()
                }
                Some(Evidence::Proven | Evidence::Likely) | None => {
                    "both changed; waits for a person".into()
                }
            },
            Rule::Fill => format!("first agreement: only {side} had a value"),
            Rule::Adopt => format!("first agreement: both differ, the mapping adopts {side}"),
            Rule::FirstDiffers => "first agreement: both differ; waits for a person".into(),
            Rule::Decided => match self.side {
                Some(side) => format!("a person chose {side}"),
                None => "a person said to leave them different".into(),
            },
            Rule::Missing => format!("{side} has no such record yet"),
            Rule::Drift => format!("{side} changed, and {other} cannot be written"),
            Rule::Restore => format!("{other} changed; the mapping restores what {side} says"),
            Rule::CannotClear => format!("{side} emptied it, which {other} cannot"),
            Rule::Taken => format!("{side} refused this value before: another record has it"),
            Rule::Rejected => format!("{side} refused this value before"),
            Rule::OwnValue => format!("{side} emptied it, and {other} holds a value of its own"),
            Rule::Dormant => format!("{side} does not watch it any more, or what it belongs to is not there"),
            Rule::Discarded => format!("{side} accepted this value before and did not keep it"),
            Rule::Unwritable => format!("{side} cannot be written for this record"),
            Rule::NotSeen => format!("its {side} record was not seen; that proves nothing"),
            Rule::Gone => format!("its {side} record is gone; nothing follows from that yet"),
            Rule::Incomplete => format!("the {side} listing is incomplete, so absence is not proven"),
            Rule::NoIdentity => {
                "it has no e-mail address and cannot be marked, so a second one could not be told apart"
                    .into()
            }
            Rule::Incompletable => {
                format!("{side} holds nothing in a field without which it is not made")
            }
            Rule::InDoubt => {
                format!("an earlier write to {side} is in doubt; it is looked for at every run")
            }
            Rule::Unite => "first agreement: both have what either had".into(),
            Rule::Replica => {
                format!("another {side} record of the same {other} record changed it")
            }
            Rule::NewReplica => {
                format!("it is new for the {side} record and takes over what was agreed")
            }
            Rule::PutBack => {
                format!("missing on this {other} record only, while others like it have it; put back")
            }
            Rule::Contested => {
                format!("several {side} records of the same {other} record changed it differently")
            }
            Rule::Shared => format!(
                "its {side} record belongs to several {other} records, so it is not known which is meant"
            ),
            Rule::Left => format!("it no longer belongs to that {side} record"),
            Rule::Over => "it was closed, archived or dismissed before it had a counterpart".into(),
            Rule::NoAnchor => {
                format!("the {side} contact at which it would stand is not there, or not only once")
            }
            Rule::Gated => {
                format!("it would reach people in {side}; the settings do not allow that")
            }
            Rule::NeedsReason => format!("{side} closes it only with a reason, and none is set"),
            Rule::NotInvestigated => {
                format!("{side} takes comments only while the threat is investigated or remediated")
            }
            Rule::UnknownReference => {
                "it begins with a reference that names no threat, or not only one".into()
            }
            Rule::TooLong => format!("it is longer than {side} takes"),
            Rule::NotTold => format!(
                "nothing of it is for {side}: it is empty, too old, of a type that is left out, or has \
                 no contact to stand at"
            ),
            Rule::NoCounterpart => {
                format!("what {side} holds has no counterpart in {other}, by this field's lens or expression")
            }
            Rule::Baseline => {
                "it was there at the first agreement, or has not moved since, or nobody says since when it is"
                    .into()
            }
            Rule::Prior => "another mapping, which comes first, stands for it".into(),
            Rule::FromBackup => format!(
                "its {side} record is gone, but the ledger is a backup: both sides agree on everything first"
            ),
            Rule::Respelled => to_and_fro("between two spellings of the same: something rewrites it"),
            Rule::Rewritten => to_and_fro(&format!(
                "and {side} changed it back within minutes of each write: a workflow there, most likely"
            )),
            Rule::Alternates => {
                to_and_fro("between two values: people, or another integration, insist on theirs")
            }
            Rule::Enough => format!(
                "as many of its kind are open at the {side} contact as the settings allow; it waits"
            ),
            Rule::OutsideSlice => "it is outside the slice that this pair is about".into(),
            Rule::Vanished => format!("its {side} record is gone, and {other} did not change it since"),
            Rule::Returned => format!("its {side} record is there again"),
            Rule::EditWins => {
                format!("its {side} record is gone, but {other} changed it since: an edit wins")
            }
            Rule::Unarchivable => {
                format!("its {side} record is gone, and {other} has no field in which to say so")
            }
            Rule::NotMade => spared(side, "concordat did not make it"),
            Rule::WorkedOn => spared(side, &format!("{other} changed it at some time")),
            Rule::Inhabited => spared(side, "something else stands at it or depends on it"),
            Rule::Undeletable => spared(side, &format!("{other} did not let it be deleted")),
            Rule::Asked => format!(
                "its {side} record is gone, but it may stand for another one: a person is asked about that"
            ),
            Rule::Dismissed => {
                format!("it was deleted in {side}; it is not made again unless a person asks")
            }
            Rule::CannotAssign => {
                format!("{side} asks nobody to investigate it while it is closed or remediated")
            }
            Rule::CannotReopen => format!(
                "{side} opens it again only for somebody, and not after a remediation request"
            ),
        }
    }
}

/// Why a value is not written once more.
fn to_and_fro(says: &str) -> String {
    format!("it went to and fro for days, {says}; waits for a person")
}

/// Why what was made for a `side` record that is gone is not deleted.
fn spared(side: &str, says: &str) -> String {
    format!("its {side} record is gone; it is archived and not deleted, since {says}")
}

/// A span of time as a person says it, in its two largest units.
fn apart(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// How two records were found to be the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// The record carries the marker we gave it.
    ByMarker,
    /// Both have the same natural key, and no other record has it.
    ByKey(String),
    /// A person said so.
    ByPerson,
    /// We created it.
    ByCreation,
    /// It is a contact of one of the vendor's people.
    ByBelonging,
    /// The record it was is gone, and the one that carries our marker, or alone has the same natural
    /// key, took its place.
    Succeeds(String),
}

impl Matched {
    /// As the end of "linked …".
    pub fn says(&self) -> String {
        match self {
            Matched::ByMarker => "by our marker".into(),
            Matched::ByKey(key) => format!("by equal {key}"),
            Matched::ByPerson => "by a person's decision".into(),
            Matched::ByCreation => "by creation".into(),
            Matched::ByBelonging => "as a contact of the vendor".into(),
            Matched::Succeeds(key) => format!("in place of one that is gone, by equal {key}"),
        }
    }
}
