//! How do disclosed data leaks behave (§4.6)? UpGuard's analysts find them; by API they are listed, all at
//! once, and get a new status. No order of statuses is published, so any that can be written follows any.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::record::rfc3339;
use super::{UpGuard, error, reads, unprocessable, writes};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

const STATUSES: [&str; 8] = [
    "Disclosed",
    "Acknowledged",
    "Investigating",
    "Remediating",
    "ClosedNoIssue",
    "ClosedRiskAccepted",
    "ClosedFixedUnverified",
    "ClosedFixedVerified",
];
/// These two are UpGuard's to say.
const NOT_WRITABLE: [&str; 2] = ["Disclosed", "ClosedFixedVerified"];
const TEXTS: [&str; 7] =
    ["description", "implication", "significance", "source", "url", "payload", "image"];

/// Something of ours that was found where it should not be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Disclosure {
    id: u64,
    status: String,
    severity: u64,
    /// By name; those that are not told are left out.
    texts: Map<String, Value>,
    disclosed: DateTime<Utc>,
}

impl Disclosure {
    fn shown(&self) -> Value {
        let mut shown = self.texts.clone();
        shown.insert("id".into(), json!(self.id));
        shown.insert("status".into(), json!(self.status));
        shown.insert("severity".into(), json!(self.severity));
        shown.insert("date_disclosed".into(), json!(rfc3339(self.disclosed, 0)));
        Value::Object(shown)
    }

    fn fields(&self) -> Fields {
        let said = [("status", json!(self.status)), ("severity", json!(self.severity))];
        let said = said.map(|(name, value)| (name.to_owned(), value));
        said.into_iter().chain(self.texts.clone()).collect()
    }

    fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            match (name.as_str(), value) {
                ("status", Value::String(text)) if STATUSES.contains(&text.as_str()) => {
                    self.status.clone_from(text);
                }
                ("severity", value) if matches!(value.as_u64(), Some(1..=10)) => {
                    self.severity = value.as_u64().unwrap_or_default();
                }
                (text, Value::String(_)) if TEXTS.contains(&text) => {
                    self.texts.insert(name.clone(), value.clone());
                }
                _ => return Err(format!("a disclosure has no such {name}")),
            }
        }
        Ok(())
    }
}

/// Unpaginated; `min_time` and `max_time` are about when it was disclosed, and exclusive.
pub(super) fn list(upguard: &mut UpGuard, _: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let (after, before) = (reads::moment(call, "min_time")?, reads::moment(call, "max_time")?);
    let given = |name| reads::csv(call.request.query(name).unwrap_or_default());
    let (statuses, ids) = (given("statuses"), given("ids"));
    if statuses.iter().any(|it| !STATUSES.contains(&it.as_str())) {
        return Err(unprocessable("statuses: an unknown status"));
    }
    let ids: Option<Vec<u64>> = ids.iter().map(|it| it.parse().ok()).collect();
    let ids = ids.ok_or_else(|| unprocessable("ids must be integers"))?;
    let passes = |it: &&Disclosure| {
        (statuses.is_empty() || statuses.contains(&it.status))
            && (ids.is_empty() || ids.contains(&it.id))
            && after.is_none_or(|after| after < it.disclosed)
            && before.is_none_or(|before| it.disclosed < before)
    };
    let rows: Vec<Value> =
        upguard.disclosures.values().filter(passes).map(Disclosure::shown).collect();
    Ok(Response::json(200, &json!({ "disclosures": rows })))
}

/// All parameters stand in the query. The comment is not shown by any read.
pub(super) fn set_status(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    writes::required(call, "disclosure_id")?;
    let id = reads::number(call, "disclosure_id")?;
    let status = writes::required(call, "new_status")?;
    if !STATUSES.contains(&status) || NOT_WRITABLE.contains(&status) {
        return Err(unprocessable("new_status cannot be set to that"));
    }
    let given = |name| call.request.query(name).filter(|text| !text.is_empty());
    if let Some(email) = given("user_email") {
        let holds = upguard
            .members
            .iter()
            .any(|it| it.handles_leaks && it.person.email.eq_ignore_ascii_case(email));
        if !holds {
            return Err(unprocessable("user_email does not have the Data Leaks role"));
        }
    }
    let needs_comment = occasion.switches.upguard_disclosure_needs_comment;
    if needs_comment && given("comment").is_none() {
        return Err(unprocessable("comment must be supplied"));
    }
    let found = id.and_then(|id| upguard.disclosures.get(&id)).cloned();
    let mut disclosure =
        found.ok_or_else(|| error(403, "The disclosure is not accessible or does not exist."))?;
    status.clone_into(&mut disclosure.status);
    upguard.settle_disclosure(occasion, disclosure);
    Ok(Response::empty(204))
}

impl UpGuard {
    fn settle_disclosure(&mut self, occasion: &mut Occasion<'_>, after: Disclosure) {
        let before = self.disclosures.get(&after.id).map(Disclosure::fields).unwrap_or_default();
        occasion.changed("disclosure", after.id, &before, &after.fields());
        self.disclosures.insert(after.id, after);
    }

    /// An analyst discloses something: `description` and the rest as the API shows it.
    pub(super) fn disclose(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let mut disclosure = Disclosure {
            id: self.fresh_id(),
            status: "Disclosed".into(),
            severity: 5,
            texts: Map::new(),
            disclosed: occasion.side_time,
        };
        disclosure.write(set)?;
        let id = disclosure.id;
        occasion.created("disclosure", id, disclosure.shown());
        self.disclosures.insert(id, disclosure);
        Ok(json!(id))
    }

    /// Somebody works on it in UpGuard's pages, where every status can be set.
    pub(super) fn edit_disclosure(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let found = super::edit::number_of(id).and_then(|id| self.disclosures.get(&id)).cloned();
        let mut disclosure = found.ok_or_else(|| format!("no disclosure {id}"))?;
        disclosure.write(set)?;
        let id = disclosure.id;
        self.settle_disclosure(occasion, disclosure);
        Ok(json!(id))
    }

    /// It is taken back.
    pub(super) fn lose_disclosure(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let removed = super::edit::number_of(id).and_then(|id| self.disclosures.remove(&id));
        let disclosure = removed.ok_or_else(|| format!("no disclosure {id}"))?;
        occasion.deleted("disclosure", disclosure.id, disclosure.shown());
        Ok(json!(disclosure.id))
    }

    /// Every disclosure, in the order of their ids.
    pub(super) fn shown_disclosures(&self) -> Vec<Value> {
        self.disclosures.values().map(Disclosure::shown).collect()
    }
}
