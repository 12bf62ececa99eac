//! Who looks into our Trust Center (§4.7)? People ask for access, are let in, or are invited; by API they are
//! listed, all at once. A request is gone once it is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::UpGuard;
use super::record::rfc3339;
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Admitted,
    Asking,
    Invited,
}

/// Somebody from outside, or an organisation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lead {
    id: u64,
    standing: Standing,
    /// `user_email`, `user_name`, `org_name` and others; those that are not told are left out.
    texts: Map<String, Value>,
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
}

const TEXTS: [&str; 5] = ["user_email", "user_name", "org_name", "org_primary_hostname", "message"];

impl Standing {
    const ALL: [Standing; 3] = [Standing::Admitted, Standing::Asking, Standing::Invited];

    fn word(self) -> &'static str {
        match self {
            Standing::Admitted => "admitted",
            Standing::Asking => "asking",
            Standing::Invited => "invited",
        }
    }
}

impl Lead {
    fn shown(&self) -> Value {
        let mut shown = self.texts.clone();
        shown.insert("created_at".into(), json!(rfc3339(self.created, 0)));
        shown.insert("updated_at".into(), json!(rfc3339(self.updated, 0)));
        shown.insert("has_signed_nda".into(), json!(false));
        shown.insert("nda_pending_countersign".into(), json!(false));
        match self.standing {
            Standing::Asking => {
                shown.insert("id".into(), json!(self.id));
                shown.insert("requested_resources".into(), json!({}));
            }
            Standing::Admitted | Standing::Invited => {
                shown.remove("message");
                shown.insert("nda_exempt".into(), json!(true));
                shown.insert("nda_manually_approved".into(), json!(false));
                shown.insert("resources".into(), json!({}));
            }
        }
        Value::Object(shown)
    }

    fn fields(&self) -> Fields {
        let said = [("standing".to_owned(), json!(self.standing.word()))];
        said.into_iter().chain(self.texts.clone()).collect()
    }

    /// All of it, as no answer of the API has it.
    fn told(&self) -> Value {
        let id = [("id".to_owned(), json!(self.id))];
        Value::Object(id.into_iter().chain(self.fields()).collect())
    }

    fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            let standing = Standing::ALL.into_iter().find(|it| value == it.word());
            match (name.as_str(), standing) {
                ("standing", Some(standing)) => self.standing = standing,
                (text, _) if TEXTS.contains(&text) && value.is_string() => {
                    self.texts.insert(name.clone(), value.clone());
                }
                _ => return Err(format!("a lead has no such {name}")),
            }
        }
        Ok(())
    }
}

/// Unpaginated.
pub(super) fn access(upguard: &mut UpGuard, _: &mut Occasion<'_>, _: &Call<'_>) -> Answer {
    let of = |standing: Standing| upguard.leads.values().filter(move |it| it.standing == standing);
    let admitted: Vec<Value> = of(Standing::Admitted).map(Lead::shown).collect();
    let asking: Vec<Value> = of(Standing::Asking).map(Lead::shown).collect();
    let invited: Vec<&Value> =
        of(Standing::Invited).filter_map(|it| it.texts.get("user_email")).collect();
    Ok(Response::json(
        200,
        &json!({
            "users_and_orgs_with_access": admitted,
            "access_requests": asking,
            "invited_emails": invited,
        }),
    ))
}

impl UpGuard {
    /// Somebody asks for access, unless told otherwise.
    pub(super) fn ask_for_access(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let now = occasion.side_time;
        let (standing, texts) = (Standing::Asking, Map::new());
        let mut lead = Lead { id: self.fresh_id(), standing, texts, created: now, updated: now };
        lead.write(set)?;
        let id = lead.id;
        occasion.created("lead", id, lead.told());
        self.leads.insert(id, lead);
        Ok(json!(id))
    }

    /// Somebody is let in, or writes their name in another way.
    pub(super) fn edit_lead(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let found = super::edit::number_of(id).and_then(|id| self.leads.get_mut(&id));
        let lead = found.ok_or_else(|| format!("no lead {id}"))?;
        let before = lead.fields();
        let mut after = lead.clone();
        after.write(set)?;
        after.updated = occasion.side_time;
        *lead = after;
        let (id, after) = (lead.id, lead.fields());
        occasion.changed("lead", id, &before, &after);
        Ok(json!(id))
    }

    /// Access is taken back, or a request is turned down.
    pub(super) fn lose_lead(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let removed = super::edit::number_of(id).and_then(|id| self.leads.remove(&id));
        let lead = removed.ok_or_else(|| format!("no lead {id}"))?;
        occasion.deleted("lead", lead.id, lead.told());
        Ok(json!(lead.id))
    }

    /// Everybody, in the order of their ids.
    pub(super) fn shown_leads(&self) -> Vec<Value> {
        self.leads.values().map(Lead::told).collect()
    }
}

/// By id.
pub(super) type Leads = BTreeMap<u64, Lead>;
