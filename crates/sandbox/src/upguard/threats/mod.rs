//! How does UpGuard's threat monitoring behave? The one thing it has with a life of its own:
//! assign, comment, ask for remediation, close, reopen (§4.4). Threats come from scans, never from
//! the API.

pub(super) mod edit;
pub(super) mod filter;
pub(super) mod reads;
pub(crate) mod record;
pub(super) mod rules;
pub(super) mod writes;

use serde_json::{Value, json};

use super::UpGuard;
use crate::effects::{Actor, Occasion};
use record::{Person, Threat};

/// Occurs in every stolen password, cookie and snippet the sandbox plants, so that a test can look
/// for it wherever it must never be.
pub const PLANTED_SECRET: &str = "planted-secret";

/// Somebody with a login in the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) person: Person,
    /// Has the permission `ThreatMonitoringWrite`, without which nobody investigates.
    pub(crate) handles_threats: bool,
    /// Has the role "Data Leaks", without which nobody is named with a new status (§4.6).
    pub(crate) handles_leaks: bool,
}

impl UpGuard {
    pub(crate) fn put_threat(&mut self, threat: Threat) {
        self.threats.insert(threat.uuid.clone(), threat);
    }

    /// Who did it, as threats show people.
    fn doer(&self, occasion: &Occasion<'_>) -> Person {
        let author = &occasion.switches.upguard_api_author;
        let api = || Person { name: author.clone(), email: String::new() };
        match occasion.actor {
            Actor::Api => api(),
            Actor::Person => self.members.first().map_or_else(api, |member| member.person.clone()),
        }
    }

    /// The member who may investigate under this e-mail.
    fn investigator(&self, email: &str) -> Result<Person, String> {
        let known = |member: &&Member| member.person.email.eq_ignore_ascii_case(email);
        match self.members.iter().find(known) {
            Some(member) if member.handles_threats => Ok(member.person.clone()),
            Some(_) => Err(format!("{email} does not have permission to investigate threats")),
            None => Err(format!("{email} is not a member of this organisation")),
        }
    }

    /// Stores a changed threat and notes its effects.
    fn settle_threat(&mut self, occasion: &mut Occasion<'_>, after: Threat) {
        let before = self.threats.get(&after.uuid);
        let fields = before.map(Threat::fields).unwrap_or_default();
        occasion.changed("threat", after.uuid.as_str(), &fields, &after.fields());
        match (before.and_then(|threat| threat.request.as_ref()), &after.request) {
            (None, Some(new)) => {
                occasion.created("remediation_request", new.id, new.shown(&after.uuid));
            }
            (Some(old), Some(new)) if old.closed != new.closed => {
                let (id, field) = (json!(new.id), Some("status".to_owned()));
                occasion.note("remediation_request", id, field, json!("Open"), json!("Closed"));
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        self.put_threat(after);
    }

    /// Every threat as its detail shows it, in the order of their ids.
    pub(super) fn shown_threats(&self) -> Vec<Value> {
        self.threats.values().map(|threat| threat.detail()).collect()
    }
}
