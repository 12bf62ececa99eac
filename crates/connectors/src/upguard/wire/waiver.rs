//! What is a waiver of a risk of our own organisation (`upguard.md` §4.5)? It has no id: it goes by what it is
//! about, who decided so and for how long. Who that was is told nowhere else, and its id does not show it.

use std::collections::BTreeSet;

use concordat_model::{
    Path, Reading, Record, RecordId, RecordKey, Resource, Severity, Sight, Time, Value, fingerprint,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Listing;
use super::risk::named;
use crate::wire::{self, Unreadable, held_text};

/// Letters of an id beside the kind of risk: enough that no two waivers of a kind share them.
const ID_LETTERS: usize = 20;
/// In characters.
const TITLE_MAX: usize = 100;
/// In characters.
const SUMMARY_MAX: usize = 2000;

#[derive(Deserialize)]
struct Risk {
    id: String,
    finding: Option<String>,
    severity: Option<String>,
    category: Option<String>,
    risk_waivers: Option<Vec<Waiver>>,
}

#[derive(Deserialize)]
struct Waiver {
    all_hostnames: Option<bool>,
    hostnames: Option<Vec<String>>,
    justification: Option<String>,
    created_by: Option<String>,
    active_at: Option<String>,
    expires_at: Option<String>,
}

impl Waiver {
    /// The hosts it is about; nothing: all.
    fn hosts(&self) -> Option<BTreeSet<String>> {
        let hosts = self.hostnames.iter().flatten().map(|it| it.trim().to_lowercase());
        (self.all_hostnames != Some(true)).then(|| hosts.collect())
    }

    /// A waiver with another end is another one. How exactly a time is written differs (§1).
    fn id(&self, kind: &str) -> RecordId {
        let second = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().trim();
            wire::moment(text).map_or(text.to_owned(), |it| it.timestamp().to_string())
        };
        let hosts = self.hosts().map_or("*".into(), |it| Vec::from_iter(it).join(" "));
        let by = self.created_by.as_deref().unwrap_or_default().trim().to_lowercase();
        let what = [kind, &hosts, &by, &second(&self.active_at), &second(&self.expires_at)];
        RecordId::new(format!("{kind}:{}", fingerprint::letters("waiver", &what, ID_LETTERS)))
    }

    /// `now`: when the answer was asked for, in its side's clock.
    fn record(self, risk: &Risk, now: Time, sight: Sight) -> Record {
        let began = held_moment(self.active_at.as_deref());
        let expires = held_moment(self.expires_at.as_deref());
        let finding =
            wire::beginning(risk.finding.as_deref().unwrap_or(&risk.id).trim(), TITLE_MAX);
        let title = match expires {
            Some(Some(until)) => format!("Waived until {}: {finding}", until.format("%Y-%m-%d")),
            Some(None) | None => format!("Waived: {finding}"),
        };
        let severity = risk.severity.as_deref().and_then(Severity::of).map(Severity::word);
        let mut reading: Reading = [
            ("title", Some(Value::text(&title))),
            ("summary", held_text(self.summary(risk, severity, began.flatten()))),
            ("severity", severity.map(Value::text)),
        ]
        .into_iter()
        .map(|(path, held)| (Path::from(path), held))
        .collect();
        // Nothing where the side gives none; not covered where what it gives is no time.
        if let Some(began) = began {
            reading.set("began".into(), began.map(Value::Time));
        }
        if let Some(expires) = expires {
            reading.set("expires".into(), expires.map(Value::Time));
            reading.set("ended".into(), Some(Value::Bool(expires.is_some_and(|it| it <= now))));
        }
        let key = RecordKey { resource: Resource::Waiver, id: self.id(&risk.id) };
        Record { key, parent: None, name: title.into(), stamp: None, reading, sight }
    }

    /// What a task says of it.
    fn summary(&self, risk: &Risk, severity: Option<&str>, began: Option<Time>) -> String {
        let severity = severity.map(|it| format!("Severity: {it}"));
        let category = risk.category.as_ref().map(|it| format!("Category: {it}"));
        let hosts = match self.hosts() {
            None => Some("Hosts: all".to_owned()),
            Some(hosts) => (!hosts.is_empty()).then(|| named("Hosts", hosts.iter())),
        };
        let began = began.map(|it| format!("Waived since: {}", it.format("%Y-%m-%d")));
        let facts = [severity, category, hosts, began].into_iter().flatten().collect::<Vec<_>>();
        let why = self.justification.as_deref().unwrap_or_default().trim();
        let summary = format!("{}\n\n{why}", facts.join("\n"));
        summary.trim().chars().take(SUMMARY_MAX).collect::<String>().trim_end().to_owned()
    }
}

/// A time, if one is given; the outer `None`: what is given is no time.
fn held_moment(text: Option<&str>) -> Option<Option<Time>> {
    let text = text.map(str::trim).filter(|it| !it.is_empty());
    text.map_or(Some(None), |it| wire::moment(it).map(Some))
}

/// `GET /risks`: all risks at once, each with its waivers.
pub(in crate::upguard) fn list(
    body: &[u8],
    now: Time,
    sight: Sight,
) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Risks<'a> {
        #[serde(borrow, default)]
        risks: Option<Vec<&'a RawValue>>,
    }
    let listed = wire::decode::<Risks<'_>>(body)?.risks.unwrap_or_default();
    let mut rows = wire::rows(&listed, |mut risk: Risk| {
        let waivers = risk.risk_waivers.take().unwrap_or_default().into_iter();
        waivers.map(|it| it.record(&risk, now, sight)).collect::<Vec<_>>()
    });
    // Two that nothing but their words tells apart are one.
    let summary = |it: &Record| it.reading.get(&"summary".into()).cloned().flatten();
    rows.records.sort_by_cached_key(|it| (it.key.clone(), summary(it)));
    rows.records.dedup_by(|later, first| later.key == first.key);
    Ok(Listing { rows, next: None, total: None })
}

/// The one of that id, if it is among them.
pub(in crate::upguard) fn only(
    body: &[u8],
    id: &RecordId,
    now: Time,
) -> Result<Option<Record>, Unreadable> {
    list(body, now, Sight::Read)?.rows.only(id)
}
