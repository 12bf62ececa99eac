//! How do questionnaires behave that were sent to vendors (§4.6)? Sent, answered and looked at in UpGuard's own
//! pages; by API they are listed, vendor by vendor, and read one by one. No order of statuses is published:
//! here one goes on as people work, may be sent back, and ends for good when it is cancelled.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::edit::number_of;
use super::record::rfc3339;
use super::{UpGuard, error, reads, unprocessable};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

/// The statuses, and those that can follow each.
const STATUSES: [(&str, &[&str]); 7] = [
    ("sent", &["opened", "returned", "cancelled"]),
    ("opened", &["returned", "cancelled"]),
    ("returned", &["inreview", "complete", "opened", "cancelled"]),
    ("inreview", &["complete", "opened", "cancelled"]),
    ("complete", &["published", "inreview"]),
    ("cancelled", &[]),
    ("published", &["complete"]),
];

/// What the vendor has to do with, and not whoever asked.
const UNANSWERED: [&str; 3] = ["sent", "opened", "cancelled"];

/// Questions that were sent to a vendor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Questionnaire {
    id: u64,
    vendor: u64,
    name: String,
    status: String,
    due: Option<DateTime<Utc>>,
    sent: DateTime<Utc>,
    returned: Option<DateTime<Utc>>,
    archived: bool,
    in_remediation: bool,
    /// Whom it was sent to, by e-mail address.
    recipient: String,
}

/// By id.
pub(crate) type Questionnaires = BTreeMap<u64, Questionnaire>;

impl Questionnaire {
    fn new(id: u64, vendor: u64, sent: DateTime<Utc>) -> Questionnaire {
        Questionnaire {
            id,
            vendor,
            name: String::new(),
            status: "sent".into(),
            due: None,
            sent,
            returned: None,
            archived: false,
            in_remediation: false,
            recipient: "security@vendor.example".into(),
        }
    }

    fn row(&self) -> Value {
        let mut row = json!({
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "sent_at": rfc3339(self.sent, 6),
            "archived": self.archived,
            "in_remediation": self.in_remediation,
        });
        for (name, at) in [("due_date", self.due), ("returned_at", self.returned)] {
            if let Some(at) = at {
                row[name] = json!(rfc3339(at, 0));
            }
        }
        row
    }

    fn detail(&self) -> Value {
        let percent = match self.status.as_str() {
            "sent" => 0.0,
            "opened" => 42.5,
            _ => 100.0,
        };
        let mut detail = json!({
            "id": self.id,
            "questionnaire_name": self.name,
            "type_name": self.name,
            "questionnaire_type_id": 42,
            "status": self.status,
            "percent_completed": percent,
            "sent_at": rfc3339(self.sent, 6),
            "sent_by": { "name": "Ada Brook", "email": "ada.brook@concordat.example" },
            "recipients": [{ "email": self.recipient, "is_pending_invite": self.status == "sent" }],
        });
        if let Some(due) = self.due {
            detail["due_date"] = json!(rfc3339(due, 0));
        }
        if let Some(returned) = self.returned {
            detail["answered_at"] = json!(rfc3339(returned, 0));
            detail["answered_by"] = json!({ "email": self.recipient });
        }
        detail
    }

    fn fields(&self) -> Fields {
        let due = self.due.map(|it| rfc3339(it, 0));
        [
            ("name", json!(self.name)),
            ("status", json!(self.status)),
            ("due_date", json!(due)),
            ("archived", json!(self.archived)),
            ("in_remediation", json!(self.in_remediation)),
            ("recipient", json!(self.recipient)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn write(&mut self, set: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), String> {
        for (name, value) in set {
            match (name.as_str(), value) {
                ("name", Value::String(text)) => self.name.clone_from(text),
                ("recipient", Value::String(text)) => self.recipient.clone_from(text),
                ("status", Value::String(status)) => self.becomes(status, now)?,
                ("due_date", Value::Null) => self.due = None,
                ("due_date", Value::String(at)) => {
                    let at = DateTime::parse_from_rfc3339(at).map_err(|it| it.to_string())?;
                    self.due = Some(at.to_utc());
                }
                ("archived", Value::Bool(archived)) => self.archived = *archived,
                ("in_remediation", Value::Bool(is_so)) => self.in_remediation = *is_so,
                ("vendor_id", _) => {}
                _ => return Err(format!("a questionnaire has no such {name}")),
            }
        }
        Ok(())
    }

    fn becomes(&mut self, status: &str, now: DateTime<Utc>) -> Result<(), String> {
        let after = STATUSES.iter().find(|(it, _)| *it == self.status).map(|(_, next)| *next);
        let is_next = after.is_some_and(|next| next.contains(&status));
        if self.status != status && !is_next {
            let from = &self.status;
            return Err(format!("a questionnaire that is {from} does not become {status}"));
        }
        status.clone_into(&mut self.status);
        self.returned = match UNANSWERED.contains(&status) {
            true => None,
            false => self.returned.or(Some(now)),
        };
        Ok(())
    }
}

/// All that were sent to one vendor, in the order in which they were; no pages. What a vendor shares with
/// everybody is beside them, and nobody here shares any.
pub(super) fn list(upguard: &mut UpGuard, _: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let given = |name| call.request.query(name).filter(|text| !text.is_empty());
    let vendor = match (reads::number(call, "vendor_id")?, given("vendor_primary_hostname")) {
        (Some(id), _) => upguard.vendors.get(&id),
        (None, Some(hostname)) => upguard.vendor_at(hostname),
        (None, None) => None,
    };
    let vendor = vendor.ok_or_else(|| unprocessable("vendor_id: an unknown vendor"))?.id;
    let is_security = match given("usage_type") {
        None | Some("security") => true,
        Some("relationship") => false,
        Some(_) => return Err(unprocessable("usage_type: security or relationship")),
    };
    let spares_archived = reads::flag(call, "exclude_archived")?;
    let passes = |it: &&Questionnaire| {
        it.vendor == vendor && is_security && !(spares_archived && it.archived)
    };
    let mut sent: Vec<&Questionnaire> = upguard.questionnaires.values().filter(passes).collect();
    sent.sort_by_key(|it| (it.sent, it.id));
    let rows: Vec<Value> = sent.into_iter().map(Questionnaire::row).collect();
    Ok(Response::json(200, &json!({ "questionnaires": rows, "shared_questionnaires": [] })))
}

/// One, with whom it was sent to; not to which vendor, and not whether it is archived.
pub(super) fn detail(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let id = reads::number(call, "id")?.ok_or_else(|| unprocessable("id must be supplied"))?;
    let missing = || match occasion.switches.upguard_missing_questionnaire_status {
        404 => error(404, "The vendor was not found."),
        status => error(status, "Account does not have access to requested entities"),
    };
    let found = upguard.questionnaires.get(&id).ok_or_else(missing)?;
    Ok(Response::json(200, &found.detail()))
}

impl UpGuard {
    /// Somebody sends one to `vendor_id`.
    pub(super) fn send_questionnaire(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let vendor = set.get("vendor_id").and_then(Value::as_u64);
        let vendor = vendor.filter(|it| self.vendors.contains_key(it)).ok_or("no such vendor")?;
        let (id, now) = (self.fresh_id(), occasion.side_time);
        let mut questionnaire = Questionnaire::new(id, vendor, now);
        questionnaire.write(set, now)?;
        occasion.created("questionnaire", id, questionnaire.row());
        self.questionnaires.insert(id, questionnaire);
        Ok(json!(id))
    }

    /// The vendor or whoever asked goes on with it.
    pub(super) fn edit_questionnaire(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let found = number_of(id).and_then(|id| self.questionnaires.get(&id)).cloned();
        let mut after = found.ok_or_else(|| format!("no questionnaire {id}"))?;
        let before = after.fields();
        after.write(set, occasion.side_time)?;
        let id = after.id;
        occasion.changed("questionnaire", id, &before, &after.fields());
        self.questionnaires.insert(id, after);
        Ok(json!(id))
    }

    /// It is removed.
    pub(super) fn lose_questionnaire(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let removed = number_of(id).and_then(|id| self.questionnaires.remove(&id));
        let questionnaire = removed.ok_or_else(|| format!("no questionnaire {id}"))?;
        occasion.deleted("questionnaire", questionnaire.id, questionnaire.row());
        Ok(json!(questionnaire.id))
    }

    /// Those of a vendor that is not there any more go with it.
    pub(super) fn lose_questionnaires_of(&mut self, occasion: &mut Occasion<'_>, vendor: u64) {
        let of_it = |_: &u64, it: &mut Questionnaire| it.vendor == vendor;
        for (id, questionnaire) in self.questionnaires.extract_if(.., of_it) {
            occasion.deleted("questionnaire", id, questionnaire.row());
        }
    }

    /// One that was sent long ago, to be answered within 30 days.
    pub(crate) fn put_questionnaire(
        &mut self,
        vendor: u64,
        (name, status): (&str, &str),
        sent: DateTime<Utc>,
    ) {
        let id = self.questionnaires.keys().next_back().map_or(1, |last| last + 1);
        let mut questionnaire = Questionnaire::new(id, vendor, sent);
        name.clone_into(&mut questionnaire.name);
        status.clone_into(&mut questionnaire.status);
        questionnaire.due = Some(sent + TimeDelta::days(30));
        let is_answered = !UNANSWERED.contains(&status);
        questionnaire.returned = is_answered.then_some(sent + TimeDelta::days(20));
        self.questionnaires.insert(id, questionnaire);
    }

    /// Every questionnaire, in the order of their ids.
    pub(super) fn shown_questionnaires(&self) -> Vec<Value> {
        let shown = |it: &Questionnaire| {
            let mut row = it.row();
            row["vendor_id"] = json!(it.vendor);
            row
        };
        self.questionnaires.values().map(shown).collect()
    }
}
