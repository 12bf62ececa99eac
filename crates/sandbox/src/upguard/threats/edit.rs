//! What can people do to threats in UpGuard's own pages? Find one (as a scan would), assign it,
//! comment, ask for remediation, close, reopen; the same rules hold as for the API.

use serde_json::{Map, Value, json};

use super::record::{Comment, RemediationRequest, Status, Threat};
use super::rules::{CLOSING, closing};
use crate::effects::Occasion;
use crate::random::Random;
use crate::upguard::UpGuard;
use crate::upguard::edit::texts;

type Edited = Result<Value, String>;

impl UpGuard {
    /// A new finding: `title` and, optionally, what else a person may set.
    pub(in crate::upguard) fn find_threat(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Edited {
        let title = word(set, "title").ok_or("title is required")?;
        let mut threat = Threat {
            uuid: Random::new(self.fresh_id()).uuid(),
            title: title.to_owned(),
            severity: "medium".into(),
            detected: occasion.side_time,
            module: "dark_web".into(),
            ..Threat::default()
        };
        self.write_threat(occasion, &mut threat, set)?;
        let id = json!(threat.uuid);
        occasion.created("threat", id.clone(), threat.detail());
        self.put_threat(threat);
        Ok(id)
    }

    pub(in crate::upguard) fn edit_threat(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Edited {
        let found = self.threats.get(id.as_str().unwrap_or_default()).cloned();
        let mut threat = found.ok_or_else(|| format!("no threat {id}"))?;
        self.write_threat(occasion, &mut threat, set)?;
        self.settle_threat(occasion, threat);
        Ok(id.clone())
    }

    pub(in crate::upguard) fn lose_threat(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Edited {
        let removed = self.threats.remove(id.as_str().unwrap_or_default());
        let threat = removed.ok_or_else(|| format!("no threat {id}"))?;
        occasion.deleted("threat", threat.uuid.as_str(), threat.detail());
        Ok(id.clone())
    }

    /// `uuid` and `content`, optionally `parent_id`, `private` and the author's `email`.
    pub(in crate::upguard) fn write_comment(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Edited {
        let uuid = word(set, "uuid").unwrap_or_default();
        let found = self.threats.get(uuid).cloned();
        let mut threat = found.ok_or_else(|| format!("uuid: no threat {uuid}"))?;
        let user = match word(set, "email") {
            Some(email) => {
                let author = self.members.iter().find(|member| member.person.email == email);
                author.map(|member| member.person.clone()).ok_or(format!("no member {email}"))?
            }
            None => self.doer(occasion),
        };
        let comment = Comment {
            id: self.fresh_id(),
            parent: set.get("parent_id").and_then(Value::as_u64),
            content: word(set, "content").unwrap_or_default().to_owned(),
            created_at: self.stamp(occasion),
            user,
            private: set.get("private") == Some(&Value::Bool(true)),
        };
        threat.comment(comment.clone())?;
        self.note_comment(occasion, uuid, &comment);
        self.put_threat(threat);
        Ok(json!(comment.id))
    }

    /// `threat_status` closes (with `reason` and its texts), reopens, or is what it already is;
    /// `investigator` assigns; `remediation_request` is `{email, title, due_date}`;
    /// `remediation_outcome` ends it.
    fn write_threat(
        &mut self,
        occasion: &Occasion<'_>,
        threat: &mut Threat,
        set: &Map<String, Value>,
    ) -> Result<(), String> {
        for (name, value) in set {
            let text = || value.as_str().ok_or_else(|| format!("{name}: a string"));
            match name.as_str() {
                "title" => threat.title = text()?.to_owned(),
                "severity" => threat.severity = text()?.to_owned(),
                "archived" => threat.archived = value.as_bool().ok_or("archived: a boolean")?,
                "labels" => threat.labels = texts(name, value)?,
                "remediation_request" if value.is_object() => {}
                "remediation_request" => return Err(format!("{name}: an object")),
                "investigator"
                | "threat_status"
                | "remediation_outcome"
                | "remediation_outcome_notes" => {
                    text()?;
                }
                given if CLOSING.contains(&given) => {
                    text()?;
                }
                other => return Err(format!("a threat has no {other}")),
            }
        }
        let person = word(set, "investigator").map(|email| self.investigator(email)).transpose()?;
        let (by, stamp) = (self.doer(occasion), self.stamp(occasion));
        let status = word(set, "threat_status");
        if threat.status == Status::Closed && status == Some("investigating") {
            threat.reopen(person)?;
        } else if let Some(person) = person {
            threat.assign(person)?;
        }
        if let Some(request) = set.get("remediation_request") {
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let request = RemediationRequest {
                id: self.fresh_id(),
                email: text("email"),
                title: text("title"),
                due_date: request["due_date"].as_str().map(str::to_owned),
                reminder_date: None,
                email_message: String::new(),
                copy_threat_comments: false,
                closed: false,
            };
            threat.request_remediation(request, occasion.side_time, stamp.clone())?;
        }
        if let Some(outcome) = word(set, "remediation_outcome") {
            let notes = word(set, "remediation_outcome_notes").unwrap_or_default();
            let closes = occasion.switches.upguard_request_close_closes_threat;
            threat.finish_remediation(outcome, notes, by, stamp, closes)?;
        } else if status == Some("closed") {
            threat.close(closing(|name| word(set, name)), by, stamp)?;
        }
        match status {
            Some(wanted) if wanted != threat.status.name() => Err(format!(
                "a threat does not become {wanted} like this; it would be {}",
                threat.status.name()
            )),
            Some(_) | None => Ok(()),
        }
    }
}

fn word<'a>(set: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    set.get(name).and_then(Value::as_str)
}
