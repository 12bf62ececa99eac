//! Which task does a threat become, and what may a task do to its threat? The built-in mappings
//! `threats` and `comments`, and what a person may say about them.
//!
//! Closing, reopening and assigning reach people outside both systems' records (`upguard.md` §2), so
//! they are off until the settings allow them by name.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{MappingName, Path, Resource, Sides, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::archive::WhenGone;
use crate::builtin::field;
use crate::gates::{Gate, Gates, Reopening};
use crate::lens::{Kind, Lens};
use crate::parts::NOTE_LONGEST;
use crate::rules::{Access, Appended, Due, Joins, Mapping, OnEdit};
use crate::settings::FieldSettings;
use crate::tasks::{self, Found};

/// `[mapping.threats]`: UpGuard threats and HighLevel tasks. Off until `[mapping.anchors]` names the
/// contact at which tasks about our own organisation stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Threats {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What a task may do to its threat: `close`, `reopen`, `assign`. All of them reach people.
    pub allow: BTreeSet<Gate>,
    /// What UpGuard is told when a completed task closes its threat.
    pub close: Close,
    /// What becomes of a task whose threat is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due, by the severity of its threat.
    pub due_days: DueDays,
    /// Rules for single fields, by name: `title`, `body`, `state`, `assignee`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for Threats {
    fn default() -> Self {
        Threats {
            enabled: true,
            allow: BTreeSet::new(),
            close: Close::default(),
            gone: WhenGone::default(),
            due_days: DueDays::default(),
            fields: BTreeMap::new(),
        }
    }
}

/// `[mapping.threats.close]`. UpGuard requires more for some reasons (`upguard.md` §4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Close {
    /// Why threats are closed. Not said: none is, and completed tasks wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// For `risk_accepted`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// For `remediated`: how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation_reason: Option<Remedy>,
    /// For `remediated` by `other`: how, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation_description: Option<String>,
    /// What a remediation request is closed as, where the threat has one.
    pub request: Settled,
    /// For a request closed as `waived`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_description: Option<String>,
}

/// Why a threat is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is none.
    FalsePositive,
    /// It is lived with.
    RiskAccepted,
    /// It is dealt with.
    Remediated,
}

/// How a threat was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// What was exposed is gone.
    ContentRemovedOrPrivatised,
    /// Passwords are new.
    AffectedUsersCredentialsReset,
    /// The system is patched.
    SystemPatched,
    /// It is asked to be taken down.
    RequestedTakedown,
    /// Something else keeps it harmless.
    CompensatingControls,
    /// As described.
    Other,
}

/// What a remediation request is closed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// It was carried out.
    #[default]
    Remediated,
    /// It is not needed any more.
    Waived,
}

/// `[mapping.threats.due_days]` and `[mapping.risks.due_days]`: by how severe it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DueDays {
    /// Of what is critical.
    pub critical: u16,
    /// Of what is high.
    pub high: u16,
    /// Of what is medium.
    pub medium: u16,
    /// Of what is low, and of anything else.
    pub low: u16,
}

impl Default for DueDays {
    fn default() -> Self {
        DueDays { critical: 1, high: 3, medium: 14, low: 30 }
    }
}

impl DueDays {
    /// The days by severity, counted from the native field `since`.
    pub(crate) fn due(self, since: &str) -> Due {
        let DueDays { critical, high, medium, low } = self;
        let days = [("critical", critical), ("high", high), ("medium", medium)];
        Due {
            at: None,
            severity: "severity".into(),
            since: since.into(),
            days: days.map(|(name, days)| (name.to_owned(), days)).into(),
            otherwise: low,
        }
    }
}

impl Reason {
    /// UpGuard's word for it.
    fn word(self) -> &'static str {
        match self {
            Reason::FalsePositive => "false_positive",
            Reason::RiskAccepted => "risk_accepted",
            Reason::Remediated => "remediated",
        }
    }
}

impl Remedy {
    /// UpGuard's word for it.
    fn word(self) -> &'static str {
        match self {
            Remedy::ContentRemovedOrPrivatised => "content_removed_or_privatised",
            Remedy::AffectedUsersCredentialsReset => "affected_users_credentials_reset",
            Remedy::SystemPatched => "system_patched",
            Remedy::RequestedTakedown => "requested_takedown",
            Remedy::CompensatingControls => "compensating_controls",
            Remedy::Other => "other",
        }
    }
}

impl Settled {
    /// UpGuard's word for it.
    fn word(self) -> &'static str {
        match self {
            Settled::Remediated => "remediated",
            Settled::Waived => "waived",
        }
    }
}

/// What is missing for a reason; nothing: UpGuard takes it.
pub(crate) fn incomplete(close: &Close) -> Option<(&'static str, &'static str)> {
    let is_said = |text: &Option<String>| text.as_ref().is_some_and(|it| !it.trim().is_empty());
    match (close.reason, close.remediation_reason) {
        (Some(Reason::RiskAccepted), _) if !is_said(&close.justification) => {
            Some(("justification", "a risk is accepted only with a justification; write one"))
        }
        (Some(Reason::Remediated), None) => {
            Some(("remediation_reason", "say how threats are remediated: \"system_patched\", …"))
        }
        (Some(Reason::Remediated), Some(Remedy::Other))
            if !is_said(&close.remediation_description) =>
        {
            Some(("remediation_description", "\"other\" needs a description; write one"))
        }
        _ if close.request == Settled::Waived && !is_said(&close.request_description) => {
            Some(("request_description", "a request is waived only with a description; write one"))
        }
        _ => None,
    }
}

/// What the settings allow a task to do to its threat.
pub(crate) fn gates(threats: &Threats) -> Gates {
    let close = &threats.close;
    let text = |name: &str, text: &Option<String>| {
        let text = text.as_ref().filter(|it| !it.trim().is_empty());
        text.map(|it| (Path::new(format!("close.{name}")), Value::text(it.trim())))
    };
    let word = |name: &str, word: Option<&str>| {
        word.map(|it| (Path::new(format!("close.{name}")), Value::text(it)))
    };
    let closing = close.reason.map(|reason| {
        [
            word("reason", Some(reason.word())),
            text("justification", &close.justification),
            word("remediation_reason", close.remediation_reason.map(Remedy::word)),
            text("remediation_description", &close.remediation_description),
            word("request_reason", Some(close.request.word())),
            text("request_description", &close.request_description),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
    Gates { allowed: threats.allow.clone(), closing, reopening: Reopening::ForSomebody }
}

/// The mapping. `anchor`: the contact at which the tasks stand; `people`: who has a login in HighLevel.
pub(crate) fn threats<'p>(
    threats: &Threats,
    anchor: &str,
    people: impl Iterator<Item = &'p String>,
) -> Mapping {
    let is = |path: &str, value| (Path::from(path), value);
    let found = Found {
        name: "threats",
        resource: Resource::Threat,
        called: None,
        body: "summary",
        place: tasks::at(anchor),
        baseline: None,
        over: ("threat_status", Lens::Closed),
        unless: vec![
            is("threat_status", Value::text("closed")),
            is("archived", Value::Bool(true)),
            is("dismissed", Value::Bool(true)),
        ],
        due: threats.due_days.due("detected"),
    };
    let (upguard, highlevel) = (("investigator", Lens::Plain), ("assignee", Lens::Plain));
    let mut assignee = tasks::upguard(found.field("assignee", Kind::Email, upguard, highlevel));
    assignee.ends.highlevel.takes = Some(people.map(|it| it.trim().to_lowercase()).collect());
    let mut mapping = found.mapping();
    mapping.fields.push(assignee);
    mapping
}

/// What UpGuard takes in a comment (`upguard.md` §4.4), in characters.
const COMMENT_LONGEST: usize = 4000;

/// The mapping of what people say about threats.
pub(crate) fn comments(on_edit: OnEdit) -> Mapping {
    let resources = Sides { upguard: Resource::Comment, highlevel: Resource::Note };
    let mut text =
        field(resources, "text", Kind::Text, ("content", Lens::Plain), ("body", Lens::Plain));
    // A note could be changed; one that stands for a comment is not, because a comment cannot be.
    text.ends.highlevel.access = Access::OnCreate;
    Mapping {
        name: MappingName::new("comments"),
        resources,
        fields: vec![text],
        sets: Vec::new(),
        identity: Sides { upguard: vec!["threat".into()], highlevel: vec!["contactId".into()] },
        joins: Joins::Appended(Appended {
            through: MappingName::new("threats"),
            longest: Sides { upguard: COMMENT_LONGEST, highlevel: NOTE_LONGEST },
            on_edit,
        }),
    }
}
