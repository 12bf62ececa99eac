//! What is a threat, and how do list and detail show it? (§4.4) Members that do not apply are left
//! out; `additional_attributes` carries stolen passwords in the clear.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::effects::Fields;
use crate::upguard::record::rfc3339;

/// `ThreatActor`: somebody, wherever a threat names people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Person {
    pub(crate) fn shown(&self) -> Value {
        json!({ "name": self.name, "email": self.email })
    }
}

/// Where a threat is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    #[default]
    Open,
    Investigating,
    Remediating,
    Closed,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Investigating => "investigating",
            Self::Remediating => "remediating",
            Self::Closed => "closed",
        }
    }
}

/// A comment; replies name their parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) content: String,
    pub(crate) created_at: String,
    pub(crate) user: Person,
    /// Never shown.
    pub(crate) private: bool,
}

/// A remediation request. No read returns it (§4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemediationRequest {
    pub(crate) id: u64,
    pub(crate) email: String,
    pub(crate) title: String,
    pub(crate) due_date: Option<String>,
    pub(crate) reminder_date: Option<String>,
    pub(crate) email_message: String,
    pub(crate) copy_threat_comments: bool,
    pub(crate) closed: bool,
}

impl RemediationRequest {
    /// In the words of the request that made it.
    pub(super) fn shown(&self, uuid: &str) -> Value {
        json!({
            "uuid": uuid,
            "email": self.email,
            "title": self.title,
            "due_date": self.due_date,
            "reminder_date": self.reminder_date,
            "copy_threat_comments": self.copy_threat_comments,
            "email_message": self.email_message,
        })
    }
}

/// A threat as the account holds it; empty texts are unset.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Threat {
    pub(crate) uuid: String,
    pub(crate) title: String,
    pub(crate) severity: String,
    pub(crate) status: Status,
    pub(crate) threat_types: Vec<String>,
    pub(crate) module: String,
    pub(crate) source: String,
    pub(crate) source_domain: String,
    pub(crate) url: String,
    /// Domains and words of the organisation that were found.
    pub(crate) transforms: Vec<String>,
    pub(crate) detected: DateTime<Utc>,
    /// Fractional digits of `date_detected`.
    pub(crate) digits: u64,
    pub(crate) investigator: Option<Person>,
    /// Oldest first.
    pub(crate) comments: Vec<Comment>,
    /// `dismissed`, `dismissed_by_rule`, `smart_filtered`, `remediated`, `waived`.
    pub(crate) closed_status: String,
    /// What was given with the closing: `reason`, `justification`, …
    pub(crate) closing: BTreeMap<&'static str, String>,
    pub(crate) auto_dismissed: bool,
    pub(crate) archived: bool,
    pub(crate) dismissed: Option<(String, Person)>,
    pub(crate) remediated: Option<(String, Person)>,
    pub(crate) outcome: String,
    pub(crate) outcome_notes: String,
    /// Stays when it is closed: a threat that ever had one cannot be reopened.
    pub(crate) request: Option<RemediationRequest>,
    pub(crate) request_updated_at: String,
    pub(crate) recommended_remediation: String,
    pub(crate) threat_context: String,
    pub(crate) indicators_of_risk: String,
    pub(crate) risk_details: String,
    pub(crate) risk_summary: String,
    pub(crate) labels: Vec<String>,
    pub(crate) snippet: String,
    pub(crate) additional_attributes: Value,
}

impl Threat {
    /// A row of the list.
    pub(crate) fn row(&self, with_snippet: bool) -> Map<String, Value> {
        let mut row = Map::new();
        let mut put = |name: &str, value: Value| {
            row.insert(name.to_owned(), value);
        };
        put("uuid", json!(self.uuid));
        put("title", json!(self.title));
        put("severity", json!(self.severity));
        put("threat_status", json!(self.status.name()));
        put("threat_types", json!(self.threat_types));
        put("transforms", json!(self.transforms));
        put("date_detected", json!(rfc3339(self.detected, self.digits)));
        put("investigating", json!(self.status == Status::Investigating));
        put("number_of_comments", json!(self.comments.len()));
        put("closed", json!(self.status == Status::Closed));
        put("auto_dismissed", json!(self.auto_dismissed));
        put("archived", json!(self.archived));
        for (prefix, done) in [("dismissed", &self.dismissed), ("remediated", &self.remediated)] {
            if let Some((at, by)) = done {
                put(&format!("{prefix}_at"), json!(at));
                put(&format!("{prefix}_by"), by.shown());
            }
        }
        if let Some(investigator) = &self.investigator {
            put("investigator", investigator.shown());
        }
        let snippet = if with_snippet { self.snippet.as_str() } else { "" };
        for (name, text) in [
            ("module", self.module.as_str()),
            ("source", &self.source),
            ("source_domain", &self.source_domain),
            ("url", &self.url),
            ("closed_status", &self.closed_status),
            ("remediation_outcome", &self.outcome),
            ("remediation_outcome_notes", &self.outcome_notes),
            ("remediation_request_last_updated_at", &self.request_updated_at),
            ("recommended_remediation", &self.recommended_remediation),
            ("threat_context", &self.threat_context),
            ("indicators_of_risk", &self.indicators_of_risk),
            ("snippet", snippet),
        ] {
            if !text.is_empty() {
                put(name, json!(text));
            }
        }
        row
    }

    /// What `threat_details` holds.
    pub(crate) fn detail(&self) -> Value {
        let mut detail = self.row(true);
        let named = |label: &String| json!({ "name": label });
        detail.insert("labels".into(), self.labels.iter().map(named).collect());
        detail.insert("comments".into(), self.replies(None));
        for (name, text) in [
            ("remediation_risk_details", &self.risk_details),
            ("remediation_risk_summary", &self.risk_summary),
        ] {
            if !text.is_empty() {
                detail.insert(name.into(), json!(text));
            }
        }
        if !self.additional_attributes.is_null() {
            detail.insert("additional_attributes".into(), self.additional_attributes.clone());
        }
        Value::Object(detail)
    }

    /// A comment with its replies.
    pub(super) fn thread(&self, comment: &Comment) -> Value {
        json!({
            "comment_id": comment.id,
            "content": comment.content,
            "created_at": comment.created_at,
            "user": comment.user.shown(),
            "children": self.replies(Some(comment.id)),
        })
    }

    fn replies(&self, parent: Option<u64>) -> Value {
        let rows = self.comments.iter().filter(|comment| comment.parent == parent);
        rows.map(|comment| self.thread(comment)).collect()
    }

    /// Everything a person or the API can change, by write name; comments and remediation requests
    /// are records of their own.
    pub(super) fn fields(&self) -> Fields {
        let email = self.investigator.as_ref().map(|person| person.email.as_str());
        let mut fields = Fields::from([
            ("title".into(), json!(self.title)),
            ("severity".into(), json!(self.severity)),
            ("threat_status".into(), json!(self.status.name())),
            ("investigator".into(), json!(email)),
            ("archived".into(), json!(self.archived)),
            ("labels".into(), json!(self.labels)),
        ]);
        let outcome = [
            ("remediation_outcome", &self.outcome),
            ("remediation_outcome_notes", &self.outcome_notes),
        ];
        let given = self.closing.iter().map(|(name, text)| (*name, text));
        for (name, text) in outcome.into_iter().chain(given).filter(|(_, text)| !text.is_empty()) {
            fields.insert(name.to_owned(), json!(text));
        }
        fields
    }
}
