//! How do risks at vendors behave (§4.5)? The scan finds and loses them host by host; by API they are read:
//! which kinds there are, which vendors have one, and what changed between two days. An id names a kind of
//! risk, not an instance.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::paging::{Page, page_size};
use super::record::{Vendor, rfc3339};
use super::risk_kinds::{KINDS, Kind};
use super::{UpGuard, reads, unprocessable, writes};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response};

/// The most that lies between both ends of a difference (§4.5).
const WINDOW: TimeDelta = TimeDelta::days(30);

/// When the scan found it on a host, and when not any more.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    found: DateTime<Utc>,
    lost: Option<DateTime<Utc>>,
}

/// One kind of risk at one vendor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Risk {
    /// By host.
    spans: BTreeMap<String, Span>,
    waived: bool,
}

/// The vendor, and the kind.
pub(crate) type RiskId = (u64, String);

impl Risk {
    fn hosts(&self) -> Vec<&String> {
        self.spans.iter().filter(|(_, span)| span.lost.is_none()).map(|(host, _)| host).collect()
    }

    fn detected(&self) -> Option<DateTime<Utc>> {
        self.spans.values().filter(|span| span.lost.is_none()).map(|span| span.found).min()
    }

    fn fields(&self) -> Fields {
        let said = [("hosts", json!(self.hosts())), ("waived", json!(self.waived))];
        said.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The scan finds it on just these hosts.
    fn scan(&mut self, hosts: &[String], now: DateTime<Utc>) {
        for (host, span) in &mut self.spans {
            if span.lost.is_none() && !hosts.contains(host) {
                span.lost = Some(now);
            }
        }
        for host in hosts {
            match self.spans.get(host) {
                Some(span) if span.lost.is_none() => {}
                Some(_) | None => {
                    self.spans.insert(host.clone(), Span { found: now, lost: None });
                }
            }
        }
    }

    fn write(&mut self, set: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), String> {
        for (name, value) in set {
            match (name.as_str(), value) {
                ("hosts", Value::Array(hosts)) => {
                    let hosts: Option<Vec<String>> =
                        hosts.iter().map(|it| it.as_str().map(str::to_owned)).collect();
                    self.scan(&hosts.ok_or("hosts are texts")?, now);
                }
                ("waived", Value::Bool(waived)) => self.waived = *waived,
                ("vendor_id" | "risk", _) => {}
                _ => return Err(format!("a risk has no such {name}")),
            }
        }
        Ok(())
    }
}

/// Kinds of risk that monitored vendors have, of any severity, the lowest included.
pub(super) fn overview(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let size = page_size(call, 10..=2000, 100)?;
    let wanted = Wanted::of(upguard, call)?;
    let page = Page::asked(call, occasion, size, format!("risks {wanted:?}"))?;
    let mut kinds: Vec<Value> = Vec::new();
    for kind in &KINDS {
        let found: Vec<_> = upguard.found(kind.id, &wanted).collect();
        let first = found.iter().filter_map(|(_, risk)| risk.detected()).min();
        if found.is_empty() && kind.rank() > 0 {
            continue;
        }
        let mut row = json!({
            "id": kind.id,
            "risk_type": "cloudscan",
            "severity": kind.severity,
            "title": kind.title,
            "description": kind.description,
            "category_title": kind.category_title,
            "fact_category": kind.category,
            "num_failed_vendors": found.len(),
            "is_verified_vuln": kind.id.starts_with("verified_vuln:"),
            "known_exploited_vulnerability": false,
        });
        if let Some(first) = first {
            row["date_first_detected"] = json!(rfc3339(first, 3));
        }
        kinds.push(row);
    }
    Ok(Response::json(200, &page.of(&kinds, "risks", occasion, Clone::clone)))
}

/// All at once. A kind that nobody has is no error, one that does not exist is.
pub(super) fn vendors_with_risk(
    upguard: &mut UpGuard,
    _: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let id = writes::required(call, "risk_id")?;
    let wanted = Wanted::of(upguard, call)?;
    let kind = Kind::of(id).ok_or_else(|| unprocessable("risk_id: an unknown risk"))?;
    let matching = upguard.vendors.values().filter(|it| wanted.holds(it)).count();
    let rows: Vec<Value> =
        upguard.found(id, &wanted).map(|(vendor, risk)| row(vendor, risk)).collect();
    Ok(Response::json(
        200,
        &json!({
            "risk_id": kind.id,
            "risk_severity": kind.severity,
            "risk_type": "cloudscan",
            "total_vendors_matching_filter": matching,
            "vendors_with_risk": rows,
        }),
    ))
}

fn row(vendor: &Vendor, risk: &Risk) -> Value {
    let labels = vendor.labels.iter().zip(1..).map(|(name, id)| json!({ "id": id, "name": name }));
    let mut row = json!({
        "vendor_id": vendor.id,
        "name": vendor.name,
        "count_hostnames_failed": risk.hosts().len(),
        "is_waived": risk.waived,
        "is_partially_waived": false,
        "labels": labels.collect::<Vec<_>>(),
        "questionnaires": [],
        "additional_evidence": [],
    });
    let mut tell = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            row[name] = value;
        }
    };
    tell("primary_hostname", vendor.primary_hostname.as_ref().map(|it| json!(it)));
    tell("score", vendor.overall_score.map(|it| json!(it)));
    tell("vendor_tier", vendor.tier.map(|it| json!(it)));
    tell("date_detected", risk.detected().map(|it| json!(rfc3339(it, 3))));
    row
}

/// What the scans found and lost between two days, by vendor. Waivers are none of their business.
pub(super) fn diffs(upguard: &mut UpGuard, occasion: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let size = page_size(call, 10..=200, 20)?;
    writes::required(call, "start_date")?;
    let now = occasion.side_time;
    let since = reads::moment(call, "start_date")?.unwrap_or(now);
    let until = reads::moment(call, "end_date")?.unwrap_or(now);
    if until - since > WINDOW || until < since {
        return Err(unprocessable("the interval between both dates is at most 30 days"));
    }
    let page = Page::asked(call, occasion, size, format!("risk diffs {since} {until}"))?;
    let within = |at: DateTime<Utc>| since <= at && at <= until;
    let introduced = |span: &Span| within(span.found) && span.lost.is_none_or(|lost| lost > until);
    let resolved = |span: &Span| span.found < since && span.lost.is_some_and(within);
    let mut rows = Vec::new();
    for vendor in upguard.vendors.values().filter(|it| it.monitored) {
        let [new, old] = [
            upguard.groups(vendor.id, &introduced, ["PASS", "FAIL"]),
            upguard.groups(vendor.id, &resolved, ["FAIL", "PASS"]),
        ];
        if new.is_empty() && old.is_empty() {
            continue;
        }
        let mut row = json!({
            "id": vendor.id, "name": vendor.name, "risksIntroduced": new, "risksResolved": old,
        });
        if let Some(host) = &vendor.primary_hostname {
            row["primary_hostname"] = json!(host);
        }
        rows.push(row);
    }
    let mut body = page.of(&rows, "vendors", occasion, Clone::clone);
    body["total_results"] = json!(rows.len());
    Ok(Response::json(200, &body))
}

/// The filters that are offered here: labels, ids and tiers.
#[derive(Debug)]
struct Wanted {
    labels: Vec<String>,
    ids: Vec<u64>,
    tiers: Vec<i64>,
}

impl Wanted {
    fn of(upguard: &UpGuard, call: &Call<'_>) -> Result<Wanted, Response> {
        let given = |name| reads::csv(call.request.query(name).unwrap_or_default());
        let labels = given("vendor_labels");
        if let Some(label) = labels.iter().find(|it| !upguard.labels.contains(*it)) {
            return Err(unprocessable(format!("unknown label {label}")));
        }
        let (ids, tiers) = (numbers(call, "vendor_ids")?, numbers(call, "vendor_tiers")?);
        Ok(Wanted { labels, ids, tiers })
    }

    fn holds(&self, vendor: &Vendor) -> bool {
        let labelled = |it: &String| vendor.labels.contains(it);
        vendor.monitored
            && (self.labels.is_empty() || self.labels.iter().any(labelled))
            && (self.ids.is_empty() || self.ids.contains(&vendor.id))
            && (self.tiers.is_empty() || vendor.tier.is_some_and(|it| self.tiers.contains(&it)))
    }
}

fn numbers<N: FromStr>(call: &Call<'_>, name: &str) -> Result<Vec<N>, Response> {
    let given = reads::csv(call.request.query(name).unwrap_or_default());
    let parsed: Option<Vec<N>> = given.iter().map(|it| it.parse().ok()).collect();
    parsed.ok_or_else(|| unprocessable(format!("{name} must be integers")))
}

impl UpGuard {
    /// The vendors that have this kind of risk on any host.
    fn found<'a>(
        &'a self,
        kind: &'a str,
        wanted: &'a Wanted,
    ) -> impl Iterator<Item = (&'a Vendor, &'a Risk)> {
        let of =
            self.risks.iter().filter(move |((_, id), it)| id == kind && !it.hosts().is_empty());
        of.filter_map(|((vendor, _), risk)| Some((self.vendors.get(vendor)?, risk)))
            .filter(|(vendor, _)| wanted.holds(vendor))
    }

    /// Changes of one vendor's risks, by group.
    fn groups(
        &self,
        vendor: u64,
        counts: &dyn Fn(&Span) -> bool,
        [before, after]: [&str; 2],
    ) -> Vec<Value> {
        let mut groups = Vec::new();
        for kind in &KINDS {
            let Some(risk) = self.risks.get(&(vendor, kind.id.to_owned())) else { continue };
            let moved = risk.spans.iter().filter(|(_, span)| counts(span));
            let scans: Vec<Value> = moved
                .map(|(host, span)| {
                    let seen = span.lost.unwrap_or(span.found);
                    json!({
                        "hostname": host,
                        "property": kind.group,
                        "scanA": { "date": rfc3339(seen - TimeDelta::days(1), 0), "status": before },
                        "scanB": { "date": rfc3339(seen, 0), "status": after },
                    })
                })
                .collect();
            if scans.is_empty() {
                continue;
            }
            let (severity, name) = (kind.rank(), kind.severity);
            groups.push(json!({
                "groupID": kind.group,
                "name": kind.title,
                "highestSeverity": severity,
                "highestSeverityName": name,
                "risks": [{
                    "id": kind.id, "name": kind.title, "group": kind.group,
                    "category": kind.category, "severity": severity, "severityName": name,
                    "description": kind.description, "scanDiffs": scans,
                }],
            }));
        }
        groups
    }

    fn settle_risk(&mut self, occasion: &mut Occasion<'_>, id: RiskId, after: Risk) {
        let before = self.risks.get(&id).map(Risk::fields).unwrap_or_default();
        occasion.changed("risk", named(&id), &before, &after.fields());
        self.risks.insert(id, after);
    }

    /// The scan finds a `risk` at `vendor_id`, on `hosts`.
    pub(super) fn find_risk(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let vendor = set.get("vendor_id").and_then(Value::as_u64);
        let vendor = vendor.filter(|it| self.vendors.contains_key(it)).ok_or("no such vendor")?;
        let kind = set.get("risk").and_then(Value::as_str).and_then(Kind::of);
        let id = (vendor, kind.ok_or("no such kind of risk")?.id.to_owned());
        let mut risk = self.risks.get(&id).cloned().unwrap_or_default();
        risk.write(set, occasion.side_time)?;
        let name = named(&id);
        self.settle_risk(occasion, id, risk);
        Ok(json!(name))
    }

    /// The scan finds it on other hosts, or somebody waives it.
    pub(super) fn edit_risk(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let (key, mut risk) = self.risk_called(id)?;
        risk.write(set, occasion.side_time)?;
        self.settle_risk(occasion, key, risk);
        Ok(id.clone())
    }

    /// The scan finds it nowhere any more.
    pub(super) fn lose_risk(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &Value,
    ) -> Result<Value, String> {
        let (key, mut risk) = self.risk_called(id)?;
        risk.scan(&[], occasion.side_time);
        self.settle_risk(occasion, key, risk);
        Ok(id.clone())
    }

    fn risk_called(&self, id: &Value) -> Result<(RiskId, Risk), String> {
        let parts = id.as_str().and_then(|it| it.split_once(':'));
        let key = parts.and_then(|(vendor, kind)| Some((vendor.parse().ok()?, kind.to_owned())));
        let found = key.and_then(|key: RiskId| Some((key.clone(), self.risks.get(&key)?.clone())));
        found.ok_or_else(|| format!("no risk {id}"))
    }

    /// A risk that was there long ago.
    pub(crate) fn put_risk(&mut self, vendor: u64, kind: &str, host: &str, found: DateTime<Utc>) {
        let spans = BTreeMap::from([(host.to_owned(), Span { found, lost: None })]);
        self.risks.insert((vendor, kind.to_owned()), Risk { spans, waived: false });
    }

    /// Every risk there is, in the order of vendors and kinds.
    pub(super) fn shown_risks(&self) -> Vec<Value> {
        let here = self.risks.iter().filter(|(_, it)| !it.hosts().is_empty());
        here.map(|(id, risk)| {
            json!({
                "id": named(id), "vendor_id": id.0, "risk": id.1,
                "hosts": risk.hosts(), "waived": risk.waived,
            })
        })
        .collect()
    }
}

fn named((vendor, kind): &RiskId) -> String {
    format!("{vendor}:{kind}")
}
