//! What may become of a threat, and from where? The state machine and its required texts (§4.4).
//! Pure: a refusal is a text, and nothing is half done.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::record::{Comment, Person, RemediationRequest, Status, Threat};

pub(super) const TEXT_LENGTH_MAX: usize = 4000;
pub(super) const CLOSING: [&str; 4] =
    ["reason", "justification", "remediation_reason", "remediation_description"];
const REMEDIATION_REASONS: [&str; 6] = [
    "content_removed_or_privatised",
    "affected_users_credentials_reset",
    "system_patched",
    "requested_takedown",
    "compensating_controls",
    "other",
];

type Allowed = Result<(), String>;

/// The texts that are given with a closing, by name.
pub(super) fn closing<'a>(
    given: impl Fn(&str) -> Option<&'a str>,
) -> BTreeMap<&'static str, String> {
    CLOSING.into_iter().filter_map(|name| Some((name, given(name)?.to_owned()))).collect()
}

impl Threat {
    /// An open threat becomes investigated; one under investigation changes hands. What happens to
    /// one under remediation is unpublished, so it is refused.
    pub(super) fn assign(&mut self, to: Person) -> Allowed {
        match self.status {
            Status::Open | Status::Investigating => {
                (self.status, self.investigator) = (Status::Investigating, Some(to));
                Ok(())
            }
            Status::Remediating | Status::Closed => Err(self.wrong_state("assigned")),
        }
    }

    pub(super) fn comment(&mut self, comment: Comment) -> Allowed {
        if !matches!(self.status, Status::Investigating | Status::Remediating) {
            return Err(self.wrong_state("commented on"));
        }
        if comment.private && self.status != Status::Remediating {
            return Err("private comments need a threat under remediation".into());
        }
        if comment.content.trim().is_empty() {
            return Err("content must not be empty".into());
        }
        fits("content", &comment.content)?;
        if let Some(parent) = comment.parent
            && !self.comments.iter().any(|known| known.id == parent)
        {
            return Err("parent_id does not name a comment of this threat".into());
        }
        self.comments.push(comment);
        Ok(())
    }

    pub(super) fn request_remediation(
        &mut self,
        mut request: RemediationRequest,
        now: DateTime<Utc>,
        stamp: String,
    ) -> Allowed {
        if self.status != Status::Investigating {
            return Err(self.wrong_state("sent for remediation"));
        }
        let shaped = request.email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !request.email.contains(char::is_whitespace)
        });
        if !shaped {
            return Err("email must be an e-mail address".into());
        }
        fits("email_message", &request.email_message)?;
        if request.reminder_date.is_some() && request.due_date.is_none() {
            return Err("reminder_date requires due_date".into());
        }
        for (name, date) in
            [("due_date", &request.due_date), ("reminder_date", &request.reminder_date)]
        {
            let Some(text) = date else { continue };
            let at = moment(text).ok_or_else(|| format!("{name} must be a date"))?;
            if at < now {
                return Err(format!("{name} must not be in the past"));
            }
        }
        if request.title.is_empty() {
            request.title.clone_from(&self.title);
        }
        self.status = Status::Remediating;
        (self.request, self.request_updated_at) = (Some(request), stamp);
        Ok(())
    }

    /// Closes the remediation request, and the threat with it where `closes` says so.
    pub(super) fn finish_remediation(
        &mut self,
        outcome: &str,
        notes: &str,
        by: Person,
        stamp: String,
        closes: bool,
    ) -> Result<u64, String> {
        let wrong_state = self.wrong_state("taken out of remediation");
        let open = self.request.as_mut().filter(|request| !request.closed);
        let request = open.filter(|_| self.status == Status::Remediating).ok_or(wrong_state)?;
        match outcome {
            "remediated" => {}
            "waived" if notes.trim().is_empty() => {
                return Err("reason_description is required to waive".into());
            }
            "waived" => {}
            _ => return Err("reason must be one of remediated, waived".into()),
        }
        request.closed = true;
        let id = request.id;
        self.request_updated_at.clone_from(&stamp);
        (self.outcome, self.outcome_notes) = (outcome.to_owned(), notes.to_owned());
        if closes {
            self.status = Status::Closed;
            outcome.clone_into(&mut self.closed_status);
            self.remediated = Some((stamp, by));
        }
        Ok(id)
    }

    pub(super) fn close(
        &mut self,
        given: BTreeMap<&'static str, String>,
        by: Person,
        stamp: String,
    ) -> Allowed {
        if self.status == Status::Closed {
            return Err(self.wrong_state("closed"));
        }
        let text = |name: &str| given.get(name).map_or("", |text| text.trim());
        match text("reason") {
            "false_positive" => {}
            "risk_accepted" if text("justification").is_empty() => {
                return Err("justification is required to accept a risk".into());
            }
            "risk_accepted" => {}
            "remediated" if !REMEDIATION_REASONS.contains(&text("remediation_reason")) => {
                let known = REMEDIATION_REASONS.join(", ");
                return Err(format!("remediation_reason must be one of {known}"));
            }
            "remediated"
                if text("remediation_reason") == "other"
                    && text("remediation_description").is_empty() =>
            {
                return Err("remediation_description is required for another reason".into());
            }
            "remediated" => {}
            _ => {
                let known = "false_positive, risk_accepted, remediated";
                return Err(format!("reason must be one of {known}"));
            }
        }
        if text("reason") == "remediated" {
            self.closed_status = "remediated".into();
            self.remediated = Some((stamp, by));
        } else {
            self.closed_status = "dismissed".into();
            self.dismissed = Some((stamp, by));
        }
        self.status = Status::Closed;
        self.closing = given;
        if let Some(request) = &mut self.request {
            request.closed = true;
        }
        Ok(())
    }

    /// Only what is closed and never had a remediation request comes back.
    pub(super) fn reopen(&mut self, investigator: Option<Person>) -> Allowed {
        if self.status != Status::Closed {
            return Err(self.wrong_state("reopened"));
        }
        if self.request.is_some() {
            return Err("a threat linked to a remediation request cannot be reopened".into());
        }
        self.status = Status::Investigating;
        self.investigator = investigator.or_else(|| self.investigator.take());
        (self.dismissed, self.remediated) = (None, None);
        self.auto_dismissed = false;
        self.closed_status.clear();
        self.closing.clear();
        Ok(())
    }

    fn wrong_state(&self, what: &str) -> String {
        format!("a threat that is {} cannot be {what}", self.status.name())
    }
}

fn fits(name: &str, text: &str) -> Allowed {
    if text.chars().count() <= TEXT_LENGTH_MAX {
        return Ok(());
    }
    Err(format!("{name} must not exceed {TEXT_LENGTH_MAX} characters"))
}

/// RFC 3339, or a whole day, which starts at midnight UTC and is past from then on.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    at.or_else(|| day().map(|at| at.and_utc()))
}
