//! How do risks of our own organisation behave, and their waivers (§4.5)? The scan finds the risks, people waive
//! them in UpGuard's pages, for good or for some time; by API both are listed, all at once. A waiver has no id
//! there: those here are the sandbox's.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::record::rfc3339;
use super::risk_kinds::Kind;
use super::{UpGuard, reads, unprocessable};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

/// By the id of their kind.
pub(super) type OwnRisks = BTreeMap<String, OwnRisk>;

/// A kind of risk of our own organisation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnRisk {
    hosts: BTreeSet<String>,
    found: DateTime<Utc>,
    waivers: BTreeMap<u64, Waiver>,
}

/// That a risk is lived with.
#[derive(Clone, Debug, PartialEq)]
struct Waiver {
    /// Nothing: all hosts.
    hosts: Option<BTreeSet<String>>,
    justification: String,
    created_by: String,
    active: DateTime<Utc>,
    expires: Option<DateTime<Utc>>,
}

impl Waiver {
    fn shown(&self) -> Value {
        let mut shown = json!({
            "all_hostnames": self.hosts.is_none(),
            "created_by": self.created_by,
            "active_at": rfc3339(self.active, 3),
        });
        let mut tell = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                shown[name] = value;
            }
        };
        let why = Some(&self.justification).filter(|it| !it.is_empty());
        tell("hostnames", self.hosts.as_ref().map(|it| json!(it)));
        tell("justification", why.map(|it| json!(it)));
        tell("expires_at", self.expires.map(|it| json!(rfc3339(it, 0))));
        shown
    }

    fn fields(&self) -> Fields {
        let shown = self.shown();
        shown
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, it)| (name.clone(), it.clone()))
            .collect()
    }

    fn write(&mut self, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            match (name.as_str(), value) {
                ("hostnames", value) => {
                    self.hosts = Some(super::edit::texts(name, value)?.into_iter().collect());
                }
                ("justification", Value::String(text)) => self.justification.clone_from(text),
                ("created_by", Value::String(text)) => self.created_by.clone_from(text),
                ("expires_at", Value::Null) => self.expires = None,
                ("expires_at", Value::String(text)) => {
                    let moment = DateTime::parse_from_rfc3339(text).map_err(|it| it.to_string())?;
                    self.expires = Some(moment.to_utc());
                }
                ("risk", _) => {}
                _ => return Err(format!("a waiver has no such {name}")),
            }
        }
        Ok(())
    }
}

/// Unpaginated. `min_severity` leaves out what is less severe, which without it is what is no risk at all.
pub(super) fn list(upguard: &mut UpGuard, occasion: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let least = call.request.query("min_severity").unwrap_or("info");
    let least = Kind::rank_of(least).filter(|it| *it > 0);
    let least = least.ok_or_else(|| unprocessable("min_severity: an unknown severity"))?;
    for name in ["include_meta", "include_sources"] {
        reads::flag(call, name)?;
    }
    let ended = occasion.switches.upguard_lists_ended_waivers;
    let lasts = |it: &&Waiver| ended || it.expires.is_none_or(|it| it > occasion.side_time);
    let known = upguard.own_risks.iter();
    let known = known.filter_map(|(id, risk)| Some((Kind::of(id)?, risk)));
    let rows: Vec<Value> = known
        .filter(|(kind, risk)| kind.rank() >= least && !risk.hosts.is_empty())
        .map(|(kind, risk)| {
            let (risk_type, subtype) = kind.id.split_once(':').unwrap_or((kind.id, ""));
            let waivers: Vec<Value> =
                risk.waivers.values().filter(lasts).map(Waiver::shown).collect();
            json!({
                "id": kind.id, "riskType": risk_type, "riskSubtype": subtype,
                "finding": kind.title, "risk": kind.description, "description": kind.description,
                "remediation": "Have it put right.", "severity": kind.severity,
                "category": kind.category, "firstDetected": rfc3339(risk.found, 3),
                "hostnames": risk.hosts, "hostnameCount": risk.hosts.len(),
                "risk_waivers": waivers,
            })
        })
        .collect();
    Ok(Response::json(200, &json!({ "risks": rows })))
}

impl UpGuard {
    /// Somebody waives a `risk`, on all hosts and for good unless told otherwise. The scan had found it.
    pub(super) fn waive(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let kind = set.get("risk").and_then(Value::as_str).and_then(Kind::of);
        let kind = kind.ok_or("no such kind of risk")?;
        let mut waiver = Waiver {
            hosts: None,
            justification: String::new(),
            created_by: "lena.auditor@concordat.example".into(),
            active: occasion.side_time,
            expires: None,
        };
        waiver.write(set)?;
        let id = self.fresh_id();
        occasion.created("waiver", id, waiver.shown());
        self.put_own_risk(kind.id, "www.concordat.example", occasion.side_time);
        if let Some(risk) = self.own_risks.get_mut(kind.id) {
            risk.waivers.insert(id, waiver);
        }
        Ok(json!(id))
    }

    /// Somebody changes what a waiver says.
    pub(super) fn edit_waiver(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let number = super::edit::number_of(id).unwrap_or_default();
        let mut risks = self.own_risks.values_mut();
        let found = risks.find_map(|it| it.waivers.get_mut(&number));
        let waiver = found.ok_or_else(|| format!("no waiver {id}"))?;
        let mut after = waiver.clone();
        after.write(set)?;
        occasion.changed("waiver", number, &waiver.fields(), &after.fields());
        *waiver = after;
        Ok(json!(number))
    }

    /// It is cancelled.
    pub(super) fn lose_waiver(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let number = super::edit::number_of(id).unwrap_or_default();
        let mut risks = self.own_risks.values_mut();
        let removed = risks.find_map(|it| it.waivers.remove(&number));
        let waiver = removed.ok_or_else(|| format!("no waiver {id}"))?;
        occasion.deleted("waiver", number, waiver.shown());
        Ok(json!(number))
    }

    /// The scan does not find a risk of our own any more.
    pub(super) fn lose_own_risk(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let kind = id.as_str().unwrap_or_default();
        let risk = self.own_risks.remove(kind).ok_or_else(|| format!("no risk {id} of our own"))?;
        occasion.deleted("own_risk", kind, json!({ "hosts": risk.hosts }));
        Ok(json!(kind))
    }

    /// A risk of our own that was there before, unless it is known already.
    pub(crate) fn put_own_risk(&mut self, kind: &str, host: &str, found: DateTime<Utc>) {
        let hosts = BTreeSet::from([host.to_owned()]);
        let waivers = BTreeMap::new();
        self.own_risks.entry(kind.to_owned()).or_insert(OwnRisk { hosts, found, waivers });
    }

    /// Every waiver, in the order of kinds and ids.
    pub(super) fn shown_waivers(&self) -> Vec<Value> {
        let all = self.own_risks.iter().flat_map(|(kind, risk)| {
            risk.waivers.iter().map(move |(id, waiver)| (kind, id, waiver))
        });
        all.map(|(kind, id, waiver)| {
            let mut shown = waiver.shown();
            (shown["id"], shown["risk"]) = (json!(id), json!(kind));
            shown
        })
        .collect()
    }
}
