//! What is a vendor, what is a vendor contact, and how does each look in every answer? One
//! rendering per shape; empty members are left out, so absent means empty (UpGuard sheet §4.1).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::effects::Fields;

/// A vendor, monitored or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vendor {
    /// Number given by the system.
    pub id: u64,
    /// Display name.
    pub name: String,
    /// Key of every vendor write; `None` for a webless vendor.
    pub primary_hostname: Option<String>,
    /// In the portfolio, hence listed.
    pub monitored: bool,
    /// 1 is the most important; `None` is no tier.
    pub tier: Option<i64>,
    /// Account-wide label names.
    pub labels: Vec<String>,
    /// Values by attribute name.
    pub attributes: BTreeMap<String, String>,
    /// One free text.
    pub note: String,
    /// 0 to 950.
    pub overall_score: Option<i64>,
    /// Score of the scan alone.
    pub automated_score: Option<i64>,
    /// Score of the questionnaires alone.
    pub questionnaire_score: Option<i64>,
    /// Scores by category, in API spelling.
    pub category_scores: BTreeMap<String, i64>,
    /// State of the risk assessment.
    pub assessment_status: Option<String>,
    /// RFC 3339.
    pub last_assessed: Option<String>,
    /// RFC 3339.
    pub reassessment_date: Option<String>,
    /// RFC 3339; present once monitored.
    pub first_monitored: Option<String>,
    /// Open risks: critical, high, medium, low; `None` before the first scan.
    pub risk_counts: Option<[i64; 4]>,
    /// Portfolio names.
    pub portfolios: Vec<String>,
    /// Industry words.
    pub industry_sector: Option<String>,
    /// Industry words.
    pub industry_group: Option<String>,
    /// Registered name.
    pub legal_name: Option<String>,
    /// City of the head office.
    pub location_city: Option<String>,
}

/// A person at a vendor; read-only through the API (§4.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VendorContact {
    /// Number given by the system.
    pub id: u64,
    /// The vendor the person works for.
    pub vendor_id: u64,
    /// First and last name in one string.
    pub name: String,
    /// Job title.
    pub title: String,
    /// As typed, any case.
    pub email_address: String,
    /// As typed, any format.
    pub phone_mobile: String,
    /// One free text.
    pub notes: String,
    /// RFC 3339 with 0 to 9 fractional digits.
    pub created_at: String,
    /// Moves when a person edits.
    pub updated_at: String,
}

/// An object that leaves empty members out.
#[derive(Default)]
struct Sparse(Map<String, Value>);

impl Sparse {
    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let empty = match &value {
            Value::Null => true,
            Value::Bool(flag) => !flag,
            Value::Number(_) => false,
            Value::String(text) => text.is_empty(),
            Value::Array(rows) => rows.is_empty(),
            Value::Object(members) => members.is_empty(),
        };
        if !empty {
            self.0.insert(name.into(), value);
        }
        self
    }
}

impl Vendor {
    /// Replaces the set; the same set in another order is no change.
    pub(crate) fn replace_labels(&mut self, wanted: &[String]) {
        self.labels.retain(|label| wanted.contains(label));
        for label in wanted {
            if !self.labels.contains(label) {
                self.labels.push(label.clone());
            }
        }
    }

    /// A row of `GET /vendors`.
    pub fn list_row(&self) -> Value {
        let row = Sparse::default()
            .with("id", self.id)
            .with("name", self.name.as_str())
            .with("primary_hostname", self.primary_hostname.as_deref())
            .with("monitored", self.monitored)
            .with("overallScore", self.overall_score)
            .with("automatedScore", self.automated_score)
            .with("questionnaireScore", self.questionnaire_score)
            .with("score", self.automated_score)
            .with("category_scores", json!(self.category_scores))
            .with("tier", self.tier)
            .with("labels", self.labels.as_slice())
            .with("attributes", json!(self.attributes))
            .with("assessmentStatus", self.assessment_status.as_deref())
            .with("lastAssessed", self.last_assessed.as_deref());
        Value::Object(row.0)
    }

    /// The answer of `GET /vendor`.
    pub fn detail(&self) -> Value {
        let metadata = Sparse::default()
            .with("legal_name", self.legal_name.as_deref())
            .with("location_city", self.location_city.as_deref());
        let risk_counts = self.risk_counts.map(|[critical, high, medium, low]| {
            json!({ "critical": critical, "high": high, "medium": medium, "low": low })
        });
        let detail = Sparse::default()
            .with("id", self.id)
            .with("name", self.name.as_str())
            .with("primary_hostname", self.primary_hostname.as_deref())
            .with("note", self.note.as_str())
            .with("overallScore", self.overall_score)
            .with("automatedScore", self.automated_score)
            .with("questionnaireScore", self.questionnaire_score)
            .with("score", self.automated_score)
            .with("categoryScores", json!(self.category_scores))
            .with("assessment_status", self.assessment_status.as_deref())
            .with("last_assessed", self.last_assessed.as_deref())
            .with("reassessment_date", self.reassessment_date.as_deref())
            .with("first_monitored", self.first_monitored.as_deref())
            .with("tier", self.tier)
            .with("labels", self.labels.as_slice())
            .with("attributes", json!(self.attributes))
            .with("portfolios", self.portfolios.as_slice())
            .with("overall_risk_counts", risk_counts)
            .with("industry_sector", self.industry_sector.as_deref())
            .with("industry_group", self.industry_group.as_deref())
            .with("vendor_metadata", metadata.0);
        Value::Object(detail.0)
    }

    /// Everything a person or the API can change, by write name.
    pub(crate) fn fields(&self) -> Fields {
        let mut fields = Fields::from([
            ("name".into(), json!(self.name)),
            ("primary_hostname".into(), json!(self.primary_hostname)),
            ("monitored".into(), json!(self.monitored)),
            ("tier".into(), json!(self.tier)),
            ("labels".into(), json!(self.labels)),
            ("note".into(), json!(self.note)),
            ("overallScore".into(), json!(self.overall_score)),
            ("automatedScore".into(), json!(self.automated_score)),
            ("questionnaireScore".into(), json!(self.questionnaire_score)),
            ("assessmentStatus".into(), json!(self.assessment_status)),
            ("lastAssessed".into(), json!(self.last_assessed)),
            ("portfolios".into(), json!(self.portfolios)),
        ]);
        for (name, value) in &self.attributes {
            fields.insert(format!("attributes.{name}"), json!(value));
        }
        fields
    }
}

impl VendorContact {
    /// The one shape of list and detail.
    pub fn shown(&self) -> Value {
        let row = Sparse::default()
            .with("id", self.id)
            .with("vendor_id", self.vendor_id)
            .with("name", self.name.as_str())
            .with("title", self.title.as_str())
            .with("email_address", self.email_address.as_str())
            .with("phone_mobile", self.phone_mobile.as_str())
            .with("notes", self.notes.as_str())
            .with("created_at", self.created_at.as_str())
            .with("updated_at", self.updated_at.as_str());
        Value::Object(row.0)
    }

    /// Everything a person can change, by API name.
    pub(crate) fn fields(&self) -> Fields {
        Fields::from([
            ("vendor_id".into(), json!(self.vendor_id)),
            ("name".into(), json!(self.name)),
            ("title".into(), json!(self.title)),
            ("email_address".into(), json!(self.email_address)),
            ("phone_mobile".into(), json!(self.phone_mobile)),
            ("notes".into(), json!(self.notes)),
        ])
    }
}

/// RFC 3339 with so many fractional digits, at most 9 (§1: they vary).
pub(crate) fn rfc3339(at: DateTime<Utc>, digits: u64) -> String {
    let seconds = at.format("%Y-%m-%dT%H:%M:%S");
    match digits.min(9) as usize {
        0 => format!("{seconds}Z"),
        digits => format!("{seconds}.{}Z", &at.format("%9f").to_string()[..digits]),
    }
}
