//! Who changed what, when, from what to what, and why? The ledger's entries as one row per change,
//! in the order in which they were written.
//!
//! A row is either a field that was written and read back, a record that was made, a link, or a
//! person's decision. It does not know whether the ledger is genuine: that is the ledger's own check.

use std::collections::BTreeMap;
use std::io;

use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Action, Choice, Decision, Dismissal, Entry, Event, Evidence, Field, Held, IntentId, LinkId,
    MappingName, Name, Outcome, PairId, Path, Receipt, RecordKey, Rule, Ruling, RunId, Settlement,
    Side, Step, Take, Time, Value, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{SCHEMA_VERSION, json};

/// What a row tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeAction {
    /// A record was made; its fields follow as rows of their own.
    Create,
    /// A field was written, at creation or later.
    Write,
    /// Records were found to be the same thing.
    Link,
    /// A person decided something.
    Decide,
    /// People had deleted a record; its link ended.
    Dismiss,
    /// We deleted a record; what it held follows in rows of its own.
    Delete,
}

impl ChangeAction {
    /// The word for it in rows and text.
    pub fn word(self) -> &'static str {
        match self {
            ChangeAction::Create => "create",
            ChangeAction::Write => "write",
            ChangeAction::Link => "link",
            ChangeAction::Decide => "decide",
            ChangeAction::Dismiss => "dismiss",
            ChangeAction::Delete => "delete",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRow {
    /// The ledger entry it stands in.
    pub seq: u64,
    /// When that was written, in our clock.
    pub at: Time,
    /// The run; nothing for what people decide between runs.
    pub run: Option<RunId>,
    /// The pair.
    pub pair: PairId,
    /// The command that ran.
    pub command: Option<String>,
    /// The mapping.
    pub mapping: Option<MappingName>,
    /// The side that was written, or which a decision is about.
    pub side: Option<Side>,
    /// What that side calls the record's kind.
    pub entity: Option<String>,
    /// The record.
    pub record: Option<RecordKey>,
    /// The records of the other side it comes from or is linked to.
    pub sources: Vec<RecordKey>,
    /// What a person called it then.
    pub name: Option<Name>,
    /// What the row tells of.
    pub action: ChangeAction,
    /// The mapped field; nothing if the row is about the record.
    pub field: Option<Field>,
    /// The native field.
    pub path: Option<Path>,
    /// What it held right before the write.
    pub before: Held,
    /// What was sent.
    pub sent: Held,
    /// What it held right after the write.
    pub found: Held,
    /// What was set beside the fields of a record that was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<Path, Value>,
    /// What the reading after the write said.
    pub verdict: Option<Verdict>,
    /// The rule that decided.
    pub rule: Option<Rule>,
    /// How sure the order of two changes was.
    pub evidence: Option<Evidence>,
    /// Why, as a sentence without a full stop.
    pub says: String,
    /// Whether a later run found the effect of a write that a crash or a lost answer had left open.
    pub adopted: bool,
    /// Who: `concordat`, or the person as the operating system names them.
    pub actor: String,
}

/// The history for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryDocument {
    /// The version of this document's form.
    pub schema_version: u32,
    /// The changes, oldest first.
    pub changes: Vec<ChangeRow>,
}

impl HistoryDocument {
    /// The document of `changes`.
    pub fn of(changes: Vec<ChangeRow>) -> HistoryDocument {
        HistoryDocument { schema_version: SCHEMA_VERSION, changes }
    }

    /// Writes it as indented JSON.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, to: impl io::Write) -> io::Result<()> {
        json::write(self, to)
    }
}

/// Which rows are wanted; what is not set lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A record's id on either side, or its name in any case.
    pub record: Option<String>,
    /// A mapped field.
    pub field: Option<Field>,
    /// A run.
    pub run: Option<RunId>,
    /// Not before this moment.
    pub from: Option<Time>,
    /// Before this moment.
    pub to: Option<Time>,
}

impl Filter {
    /// Whether `row` is wanted.
    pub fn takes(&self, row: &ChangeRow) -> bool {
        let is_record = |wanted: &String| {
            row.record.iter().chain(&row.sources).any(|key| key.id.as_str() == wanted)
                || row.name.as_ref().is_some_and(|it| it.to_lowercase() == wanted.to_lowercase())
        };
        self.record.as_ref().is_none_or(is_record)
            && self.field.as_ref().is_none_or(|wanted| row.field.as_ref() == Some(wanted))
            && self.run.as_ref().is_none_or(|wanted| row.run.as_ref() == Some(wanted))
            && self.from.is_none_or(|from| row.at >= from)
            && self.to.is_none_or(|to| row.at < to)
    }
}

/// The changes `entries` tell of, oldest first. `entries` begin with the ledger's first, so that a
/// decision knows the record it is about; what is wanted is chosen by `filter` afterwards.
pub fn changes(entries: &[Entry], filter: &Filter) -> Vec<ChangeRow> {
    let mut context = Context::default();
    let rows = entries.iter().flat_map(|entry| context.rows(entry));
    rows.filter(|row| filter.takes(row)).collect()
}

/// What earlier entries say that later ones refer to.
#[derive(Default)]
struct Context<'a> {
    commands: BTreeMap<&'a RunId, &'a str>,
    intents: BTreeMap<&'a IntentId, &'a Step>,
    links: BTreeMap<&'a LinkId, (&'a MappingName, &'a str)>,
}

impl<'a> Context<'a> {
    fn rows(&mut self, entry: &'a Entry) -> Vec<ChangeRow> {
        let blank = self.blank(entry);
        match &entry.event {
            Event::RunBegan(began) => {
                self.commands.extend(entry.run.as_ref().map(|run| (run, began.command.as_str())));
                Vec::new()
            }
            Event::Settled(settled) => {
                self.links.insert(&settled.link, (&settled.mapping, &settled.name));
                linked(settled, blank).into_iter().collect()
            }
            Event::Intended { intent, step } => {
                self.intents.insert(intent, step);
                Vec::new()
            }
            Event::Closed { intent, outcome: Outcome::Verified(receipt) } => {
                self.links.insert(&receipt.link, (&receipt.mapping, &receipt.name));
                written(receipt, self.intents.remove(intent), &blank)
            }
            Event::Closed {
                intent,
                outcome: Outcome::NoEffect { .. } | Outcome::Refused { .. },
            } => {
                self.intents.remove(intent);
                Vec::new()
            }
            Event::Decided { decision, by, reason } => {
                let row = self.decided(decision, blank);
                let reason =
                    reason.as_ref().map(|it| format!(", because “{it}”")).unwrap_or_default();
                vec![ChangeRow { says: row.says + &reason, actor: by.clone(), ..row }]
            }
            Event::Dismissed(it) => vec![dismissed(it, blank)],
            Event::Opened { .. } | Event::Planned { .. } | Event::RunEnded(_) => Vec::new(),
        }
    }

    fn blank(&self, entry: &Entry) -> ChangeRow {
        let command = entry.run.as_ref().and_then(|run| self.commands.get(run));
        ChangeRow {
            seq: entry.seq,
            at: entry.at,
            run: entry.run.clone(),
            pair: entry.pair.clone(),
            command: command.map(|&it| it.to_owned()),
            mapping: None,
            side: None,
            entity: None,
            record: None,
            sources: Vec::new(),
            name: None,
            action: ChangeAction::Link,
            field: None,
            path: None,
            before: None,
            sent: None,
            found: None,
            constants: BTreeMap::new(),
            verdict: None,
            rule: None,
            evidence: None,
            says: String::new(),
            adopted: false,
            actor: "concordat".into(),
        }
    }

    fn decided(&self, decision: &Decision, blank: ChangeRow) -> ChangeRow {
        let blank = ChangeRow { action: ChangeAction::Decide, rule: Some(Rule::Decided), ..blank };
        match decision {
            Decision::Conflict { link, field, held: _, take } => {
                let known = self.links.get(link);
                let (side, says) = match take {
                    Take::Side(side) => (Some(*side), format!("took {side}'s value")),
                    Take::Leave => (None, "left both sides as they are".into()),
                };
                ChangeRow {
                    mapping: known.map(|&(mapping, _)| mapping.clone()),
                    name: known.map(|&(_, name)| name.into()),
                    field: Some(field.clone()),
                    side,
                    says,
                    ..blank
                }
            }
            Decision::Match { mapping, record, choice } => {
                let (sources, says) = match choice {
                    Choice::Link(other) => (vec![other.clone()], format!("linked with {other}")),
                    Choice::Create => (Vec::new(), "none of the candidates: create one".into()),
                    Choice::Never => (Vec::new(), "leave it unlinked".into()),
                    Choice::Ask => (Vec::new(), "forget what was decided, and ask again".into()),
                };
                ChangeRow { mapping: Some(mapping.clone()), sources, says, ..about(record, blank) }
            }
            Decision::Quarantine { link, ruling } => {
                let known = self.links.get(link);
                let says = match ruling {
                    Ruling::Approved => "may be archived or deleted without waiting",
                    Ruling::Cancelled => "is neither archived nor deleted as long as it stays gone",
                };
                ChangeRow {
                    mapping: known.map(|&(mapping, _)| mapping.clone()),
                    name: known.map(|&(_, name)| name.into()),
                    says: says.into(),
                    ..blank
                }
            }
            Decision::Backup => ChangeRow {
                says: "went on from a backup; what came after it is lost".into(),
                ..blank
            },
        }
    }
}

/// The row of a new link that was recorded without writing.
fn linked(settled: &Settlement, blank: ChangeRow) -> Option<ChangeRow> {
    let matched = settled.matched.as_ref()?;
    // A link is shown at the side that may hold only one of its records.
    let record = settled.ends.highlevel.first().or(settled.ends.upguard.first())?;
    Some(ChangeRow {
        mapping: Some(settled.mapping.clone()),
        sources: settled.ends[record.side().other()].clone(),
        name: Some(settled.name.clone()),
        says: format!("linked {}", matched.says()),
        ..about(record, blank)
    })
}

/// The rows of a verified write: the record if it was made, the link if it is new, then each field.
fn written(receipt: &Receipt, step: Option<&Step>, blank: &ChangeRow) -> Vec<ChangeRow> {
    let record = ChangeRow {
        mapping: Some(receipt.mapping.clone()),
        sources: receipt.sources.clone(),
        name: Some(receipt.name.clone()),
        adopted: receipt.adopted,
        ..about(&receipt.record, blank.clone())
    };
    let whole = match (receipt.action, &receipt.matched) {
        (Action::Create, _) => Some(made(&record, step)),
        (Action::Update, Some(matched)) => {
            Some(ChangeRow { says: format!("linked {}", matched.says()), ..record.clone() })
        }
        (Action::Delete, _) => {
            let says = step.map_or_else(|| "deleted".into(), |step| step.why.says());
            let rule = step.map(|step| step.why.rule);
            Some(ChangeRow { action: ChangeAction::Delete, rule, says, ..record.clone() })
        }
        (Action::Update, None) | (Action::Archive, _) => None,
    };
    let fields = receipt.told().map(|field| changed(field, &record));
    whole.into_iter().chain(fields).collect()
}

/// The row of a record that people deleted.
fn dismissed(it: &Dismissal, blank: ChangeRow) -> ChangeRow {
    let row = ChangeRow {
        mapping: Some(it.mapping.clone()),
        name: Some(it.name.clone()),
        action: ChangeAction::Dismiss,
        rule: Some(it.why.rule),
        sources: it.sources.clone(),
        says: it.why.says(),
        ..blank
    };
    match it.gone.first() {
        Some(record) => about(record, row),
        None => row,
    }
}

/// The row of a record that was made. What was set beside its fields stands in the intent alone.
fn made(record: &ChangeRow, step: Option<&Step>) -> ChangeRow {
    let reason = step.map_or_else(|| "created".into(), |step| step.why.says());
    let constants = step.map(|step| step.constants.clone()).unwrap_or_default();
    let beside: Vec<String> =
        constants.iter().map(|(path, value)| format!("{path} {value}")).collect();
    let beside = if beside.is_empty() {
        String::new()
    } else {
        format!("; also set: {}", beside.join(", "))
    };
    ChangeRow {
        action: ChangeAction::Create,
        rule: step.map(|step| step.why.rule),
        says: reason + &beside,
        constants,
        ..record.clone()
    }
}

fn changed(field: &FieldReceipt, record: &ChangeRow) -> ChangeRow {
    ChangeRow {
        action: ChangeAction::Write,
        field: Some(field.name.clone()),
        path: Some(field.path.clone()),
        before: field.before.clone(),
        sent: field.sent.clone(),
        found: field.found.clone(),
        verdict: Some(field.verdict),
        rule: Some(field.why.rule),
        evidence: field.why.evidence,
        says: field.why.says(),
        ..record.clone()
    }
}

fn about(record: &RecordKey, row: ChangeRow) -> ChangeRow {
    ChangeRow {
        side: Some(record.side()),
        entity: Some(record.resource.entity().into()),
        record: Some(record.clone()),
        ..row
    }
}
