//! What is a risk at a vendor (`upguard.md` §4.5)? Its id is ours: the vendor's, a colon, and the kind's, for
//! UpGuard gives ids to kinds of risks only. Of `severity` and `adjusted_severity`, which is described in two
//! ways that contradict each other (§8), the first is read.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{
    Held, Path, Reading, Record, RecordId, RecordKey, Resource, Severity, Sight, Value,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::next;
use crate::wire::{self, Id, Rows, Unreadable, held_text};

/// What `/risks/vendors/all` calls a severity below all others.
const PASS: &str = "pass";
/// In characters.
const TITLE_MAX: usize = 100;
/// In characters.
const SUMMARY_MAX: usize = 2000;
/// So many hosts are named.
const HOSTS_MAX: usize = 20;

/// A kind of risk that is found at some vendor.
pub(in crate::upguard) struct Kind {
    pub(in crate::upguard) id: String,
    /// Nothing: none at all.
    pub(in crate::upguard) severity: Option<Severity>,
    title: String,
    category: Option<String>,
    description: Option<String>,
}

/// A page of kinds.
pub(in crate::upguard) struct Kinds {
    pub(in crate::upguard) kinds: Vec<Kind>,
    pub(in crate::upguard) unreadable: Vec<String>,
    pub(in crate::upguard) next: Option<String>,
}

/// `GET /risks/vendors/all`.
pub(in crate::upguard) fn kinds(body: &[u8]) -> Result<Kinds, Unreadable> {
    #[derive(Deserialize)]
    struct Overview<'a> {
        #[serde(borrow, default)]
        risks: Option<Vec<&'a RawValue>>,
        next_page_token: Option<String>,
    }
    #[derive(Deserialize)]
    struct Row {
        id: String,
        severity: String,
        title: Option<String>,
        category_title: Option<String>,
        description: Option<String>,
    }
    let overview: Overview<'_> = wire::decode(body)?;
    let mut page =
        Kinds { kinds: Vec::new(), unreadable: Vec::new(), next: next(overview.next_page_token) };
    for (row, place) in overview.risks.unwrap_or_default().into_iter().zip(1..) {
        let read = wire::decode::<Row>(row.get().as_bytes()).and_then(|row| {
            let severity = severity(&row.severity)?;
            Ok((row, severity))
        });
        match read {
            Ok((row, severity)) => page.kinds.push(Kind {
                severity,
                title: row.title.unwrap_or_default(),
                category: row.category_title,
                description: row.description,
                id: row.id,
            }),
            Err(what) => page.unreadable.push(format!("kind {place}: {what}")),
        }
    }
    Ok(page)
}

/// What a word says; nothing: that it is no risk at all.
fn severity(word: &str) -> Result<Option<Severity>, Unreadable> {
    let severity = Severity::of(word);
    let is_known = severity.is_some() || word.eq_ignore_ascii_case(PASS);
    is_known
        .then_some(severity)
        .ok_or_else(|| Unreadable("a severity is none that is known".into()))
}

/// An answer that does not say which kind it is about shows nothing of that kind.
fn is_about(kind: &str, answered: Option<&str>) -> Result<(), Unreadable> {
    let other = || Unreadable("it does not say that it is about this kind of risk".into());
    (answered == Some(kind)).then_some(()).ok_or_else(other)
}

/// On which hosts risks are new, by vendor and kind.
#[derive(Default)]
pub(in crate::upguard) struct Hosts(BTreeMap<RecordId, BTreeSet<String>>);

impl Hosts {
    /// Takes in a page of `GET /risks/vendors/diffs`, and answers where it goes on.
    pub(in crate::upguard) fn learn(&mut self, body: &[u8]) -> Result<Option<String>, Unreadable> {
        #[derive(Deserialize)]
        struct Diffs {
            vendors: Option<Vec<Vendor>>,
            next_page_token: Option<String>,
        }
        #[derive(Deserialize)]
        struct Vendor {
            id: Id,
            #[serde(rename = "risksIntroduced")]
            introduced: Option<Vec<Group>>,
        }
        #[derive(Deserialize)]
        struct Group {
            risks: Option<Vec<Risk>>,
        }
        #[derive(Deserialize)]
        struct Risk {
            id: String,
            #[serde(rename = "scanDiffs")]
            scans: Option<Vec<Scan>>,
        }
        #[derive(Deserialize)]
        struct Scan {
            hostname: Option<String>,
        }
        let page: Diffs = wire::decode(body)?;
        for vendor in page.vendors.unwrap_or_default() {
            let groups = vendor.introduced.unwrap_or_default().into_iter();
            for risk in groups.flat_map(|it| it.risks.unwrap_or_default()) {
                let scans = risk.scans.unwrap_or_default();
                let hosts = scans.into_iter().filter_map(|it| it.hostname);
                self.0.entry(id(&vendor.id.0, &risk.id)).or_default().extend(hosts);
            }
        }
        Ok(next(page.next_page_token))
    }
}

/// A vendor that has a risk.
#[derive(Deserialize)]
struct Vendor {
    vendor_id: Id,
    name: Option<String>,
    primary_hostname: Option<String>,
    count_hostnames_failed: Option<u64>,
    date_detected: Option<String>,
    is_waived: Option<bool>,
    questionnaires: Option<Vec<Named>>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

/// `GET /risks/vendors_with_risk`: those that have a kind of risk.
pub(in crate::upguard) fn vendors(
    body: &[u8],
    kind: &Kind,
    hosts: &Hosts,
) -> Result<Rows, Unreadable> {
    #[derive(Deserialize)]
    struct Vendors<'a> {
        risk_id: Option<String>,
        #[serde(borrow, default)]
        vendors_with_risk: Option<Vec<&'a RawValue>>,
    }
    let answer: Vendors<'_> = wire::decode(body)?;
    is_about(&kind.id, answer.risk_id.as_deref())?;
    let listed = answer.vendors_with_risk.unwrap_or_default();
    let mut rows = wire::rows(&listed, |vendor: Vendor| {
        let id = id(&vendor.vendor_id.0, &kind.id);
        let title = format!("{}: {}", wire::beginning(&kind.title, TITLE_MAX), vendor.title());
        let title = held_text(title).filter(|_| !kind.title.trim().is_empty());
        let summary = vendor.summary(kind, hosts.0.get(&id));
        let mut record = vendor.record(id, kind.severity, Sight::Listed);
        record.reading.set("title".into(), title);
        record.reading.set("summary".into(), held_text(summary));
        Some(record)
    });
    rows.unreadable.iter_mut().for_each(|it| *it = format!("{}: {it}", kind.id));
    Ok(rows)
}

/// The one that was asked for, if the vendor has it. One that is known to be less severe than `least` would
/// not be listed.
pub(in crate::upguard) fn only(
    body: &[u8],
    sought: &RecordId,
    least: Severity,
    sight: Sight,
) -> Result<Option<Record>, Unreadable> {
    #[derive(Deserialize)]
    struct Vendors {
        risk_id: Option<String>,
        risk_severity: Option<String>,
        vendors_with_risk: Option<Vec<Vendor>>,
    }
    let answer: Vendors = wire::decode(body)?;
    let Some((vendor, kind)) = parts(sought) else { return Ok(None) };
    is_about(kind, answer.risk_id.as_deref())?;
    let told = answer.risk_severity.as_deref().map(severity).transpose()?;
    if told.is_some_and(|it| it < Some(least)) {
        return Ok(None);
    }
    let mut found = answer.vendors_with_risk.unwrap_or_default().into_iter();
    let found = found.find(|it| it.vendor_id.0 == vendor);
    Ok(found.map(|it| it.record(sought.clone(), told.flatten(), sight)))
}

impl Vendor {
    fn title(&self) -> String {
        let names = [self.name.as_deref(), self.primary_hostname.as_deref()];
        wire::name_of(names, &self.vendor_id.0)
    }

    /// What a task says of it. The hosts come first: they are what the rest is about.
    fn summary(&self, kind: &Kind, hosts: Option<&BTreeSet<String>>) -> String {
        let severity = kind.severity.map(|it| format!("Severity: {}", it.word()));
        let category = kind.category.as_ref().map(|it| format!("Category: {it}"));
        let on = match (hosts, self.count_hostnames_failed) {
            (Some(hosts), _) if !hosts.is_empty() => Some(named("Hosts", hosts.iter())),
            (Some(_) | None, Some(count)) if count > 0 => Some(format!("Hosts: {count}")),
            (Some(_) | None, Some(_) | None) => None,
        };
        let asked = self.questionnaires.iter().flatten().filter_map(|it| it.name.as_ref());
        let asked = asked.collect::<BTreeSet<_>>();
        let asked = (!asked.is_empty()).then(|| named("Questionnaires", asked.iter().copied()));
        let facts = [severity, category, on, asked].into_iter().flatten().collect::<Vec<_>>();
        let described = kind.description.as_deref().unwrap_or_default().trim();
        let summary = format!("{}\n\n{described}", facts.join("\n"));
        summary.trim().chars().take(SUMMARY_MAX).collect::<String>().trim_end().to_owned()
    }

    /// What list and read have in common.
    fn record(self, id: RecordId, severity: Option<Severity>, sight: Sight) -> Record {
        let name =
            parts(&id).map_or_else(String::new, |(_, kind)| format!("{kind}: {}", self.title()));
        let held = |path: &str, held: Held| (Path::from(path), held);
        let mut reading: Reading = [
            held("severity", severity.map(|it| Value::text(it.word()))),
            held("waived", Some(Value::Bool(self.is_waived == Some(true)))),
        ]
        .into_iter()
        .collect();
        // Nothing where the side gives none; not covered where what it gives is no time.
        if let Some(held) = self.date_detected.map_or(Some(None), |text| wire::held_moment(&text)) {
            reading.set("detected".into(), held);
        }
        let parent = Some(RecordId::new(self.vendor_id.0));
        let key = RecordKey { resource: Resource::Risk, id };
        Record { key, parent, name: name.into(), stamp: None, reading, sight }
    }
}

/// What some are called, as far as that is not too long.
pub(super) fn named<'n>(what: &str, names: impl ExactSizeIterator<Item = &'n String>) -> String {
    let more = names.len().saturating_sub(HOSTS_MAX);
    let first = names.take(HOSTS_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{what}: {first} and {more} more") } else { format!("{what}: {first}") }
}

fn id(vendor: &str, kind: &str) -> RecordId {
    RecordId::new(format!("{vendor}:{kind}"))
}

/// The vendor and the kind of a risk; nothing: it is no id of ours.
pub(in crate::upguard) fn parts(id: &RecordId) -> Option<(&str, &str)> {
    id.as_str().split_once(':').filter(|(vendor, kind)| !vendor.is_empty() && !kind.is_empty())
}
