//! What is a threat, and what do we ask for when it moves on (`upguard.md` §4.4)? List and detail have
//! the members we read under one name. `additional_attributes` can hold stolen passwords: it is
//! never decoded.

use concordat_model::record::DISMISSED;
use concordat_model::{Held, Path, Reading, Record, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Listing, next};
use crate::wire::{self, Id, Unreadable, held_text};

pub(in crate::upguard) const STATUS: &str = "threat_status";
pub(in crate::upguard) const INVESTIGATOR: &str = "investigator";
pub(in crate::upguard) const REMEDIATING: &str = "remediating";
/// In characters.
const SUMMARY_MAX: usize = 2000;

#[derive(Deserialize)]
struct Threat {
    uuid: Id,
    title: Option<String>,
    threat_context: Option<String>,
    recommended_remediation: Option<String>,
    severity: Option<String>,
    threat_status: Option<String>,
    date_detected: Option<String>,
    investigator: Option<Person>,
    archived: Option<bool>,
    auto_dismissed: Option<bool>,
    dismissed_at: Option<String>,
    remediation_request_last_updated_at: Option<String>,
    number_of_comments: Option<i64>,
}

#[derive(Deserialize)]
struct Person {
    email: Option<String>,
}

impl Threat {
    fn record(self, sight: Sight) -> Record {
        let is_set = |text: &Option<String>| text.as_ref().is_some_and(|it| !it.is_empty());
        let dismissed = self.auto_dismissed == Some(true) || is_set(&self.dismissed_at);
        let requested = is_set(&self.remediation_request_last_updated_at)
            || self.threat_status.as_deref() == Some(REMEDIATING);
        let context = self.threat_context.filter(|text| !text.trim().is_empty());
        let summary = context.or(self.recommended_remediation).map(|text| summary(&text));
        let name = wire::name_of([self.title.as_deref()], &self.uuid.0);
        let mut reading: Reading = [
            ("title", self.title),
            ("summary", summary),
            ("severity", self.severity),
            (STATUS, self.threat_status),
            (INVESTIGATOR, self.investigator.and_then(|person| person.email)),
        ]
        .into_iter()
        .map(|(path, text)| (Path::from(path), text.and_then(held_text)))
        .collect();
        let flags = [
            ("archived", self.archived == Some(true)),
            (DISMISSED, dismissed),
            ("requested", requested),
        ];
        for (path, yes) in flags {
            reading.set(path.into(), Some(Value::Bool(yes)));
        }
        if let Some(count) = self.number_of_comments {
            reading.set("comments".into(), Some(Value::Integer(count)));
        }
        // Nothing where the side gives none; not covered where what it gives is no time.
        if let Some(held) = self.date_detected.map_or(Some(None), |text| wire::held_moment(&text)) {
            reading.set("detected".into(), held);
        }
        let key = RecordKey::new(Resource::Threat, self.uuid.0);
        Record { key, parent: None, name: name.into(), stamp: None, reading, sight }
    }
}

fn summary(text: &str) -> String {
    let start: String = text.trim().chars().take(SUMMARY_MAX).collect();
    start.trim_end().to_owned()
}

/// `GET /threatmonitoring/threat/list`.
pub(in crate::upguard) fn list(body: &[u8]) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Threats<'a> {
        #[serde(borrow, default)]
        results: Option<Vec<&'a RawValue>>,
        next_page_token: Option<String>,
    }
    let page: Threats<'_> = wire::decode(body)?;
    let listed = page.results.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Threat| Some(row.record(Sight::Listed)));
    Ok(Listing { rows, next: next(page.next_page_token), total: None })
}

/// `GET /threatmonitoring/threat`.
pub(in crate::upguard) fn detail(body: &[u8]) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        threat_details: Threat,
    }
    Ok(wire::decode::<Answer>(body)?.threat_details.record(Sight::Read))
}

/// Where a threat can be sent, with the parameters that go with it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::upguard) enum Move<'a> {
    /// It gets an investigator, and with it becomes investigated.
    Assign(Parameters<'a>),
    /// Its remediation request is closed.
    CloseRequest(Parameters<'a>),
    /// It is closed.
    Close(Parameters<'a>),
    /// It is investigated again.
    Reopen(Parameters<'a>),
}

type Parameters<'a> = Vec<(&'static str, &'a str)>;

/// The moves that lead to what `set` wants, in the order in which they can be made. Besides fields,
/// `set` holds the texts that people gave for closing and reopening.
pub(in crate::upguard) fn moves<'a>(
    set: &'a [(Path, Held)],
    current: &Reading,
) -> Result<Vec<Move<'a>>, String> {
    let given = Given::of(set)?;
    let held = current.get(&Path::from(STATUS)).and_then(|held| held.as_ref()?.as_text());
    let held = held.ok_or("the status of the threat is not known")?;
    let assigned = given.text(INVESTIGATOR).map(|email| Move::Assign(vec![(EMAIL, email)]));
    let moved = match (given.text(STATUS), held) {
        (None, _) => None,
        (Some(wanted), held) if wanted == held => None,
        (Some("closed"), REMEDIATING) => Some(Move::CloseRequest(given.for_request()?)),
        (Some("closed"), _) => Some(Move::Close(given.for_closing()?)),
        (Some("investigating"), "closed") => {
            Some(Move::Reopen(vec![(EMAIL, given.required("reopen.investigator")?)]))
        }
        // The assignment does it.
        (Some("investigating"), "open") if assigned.is_some() => None,
        (Some(_), _) => return Err(format!("`{STATUS}` of this threat cannot become that")),
    };
    // A threat is assigned while it is open or investigated: before it is closed, after it is
    // reopened. Any other would be investigated again by it.
    let moves = match (held, &moved) {
        ("open" | "investigating", _) => [assigned, moved],
        (_, Some(Move::Reopen(_))) => [moved, assigned],
        _ if assigned.is_some() => {
            return Err(format!("`{INVESTIGATOR}` of this threat cannot be set as it stands"));
        }
        _ => [moved, None],
    };
    Ok(moves.into_iter().flatten().collect())
}

const EMAIL: &str = "investigator_email";

/// What a write of a threat says: texts only.
struct Given<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Given<'a> {
    /// Fields, and the constants that go with them.
    const PATHS: [&'static str; 9] = [
        STATUS,
        INVESTIGATOR,
        "close.reason",
        "close.justification",
        "close.remediation_reason",
        "close.remediation_description",
        "close.request_reason",
        "close.request_description",
        "reopen.investigator",
    ];

    fn of(set: &'a [(Path, Held)]) -> Result<Given<'a>, String> {
        let mut given = Vec::new();
        for (path, held) in set {
            if !Self::PATHS.contains(&path.as_str()) {
                return Err(format!("`{path}` of a threat cannot be written"));
            }
            let text = match held {
                None => "",
                Some(value) => {
                    let wrong = || format!("`{path}` of a threat holds text only");
                    value.as_text().ok_or_else(wrong)?
                }
            };
            match path.as_str() {
                STATUS | INVESTIGATOR if text.is_empty() => {
                    return Err(format!("`{path}` of a threat cannot be emptied"));
                }
                name => given.push((name, text)),
            }
        }
        Ok(Given(given))
    }

    /// What is given under `name`; a blank text is none.
    fn text(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(it, _)| *it == name);
        found.map(|(_, text)| *text).filter(|text| !text.trim().is_empty())
    }

    fn required(&self, name: &str) -> Result<&'a str, String> {
        self.text(name).ok_or_else(|| format!("the threat needs `{name}` for this"))
    }

    fn for_request(&self) -> Result<Parameters<'a>, String> {
        let reason = self.required("close.request_reason")?;
        if reason == "waived" {
            self.required("close.request_description")?;
        }
        let description = self.text("close.request_description");
        Ok(parameters([("reason", Some(reason)), ("reason_description", description)]))
    }

    fn for_closing(&self) -> Result<Parameters<'a>, String> {
        let reason = self.required("close.reason")?;
        match reason {
            "risk_accepted" => drop(self.required("close.justification")?),
            "remediated" if self.required("close.remediation_reason")? == "other" => {
                self.required("close.remediation_description")?;
            }
            _ => {}
        }
        Ok(parameters([
            ("reason", Some(reason)),
            ("justification", self.text("close.justification")),
            ("remediation_reason", self.text("close.remediation_reason")),
            ("remediation_description", self.text("close.remediation_description")),
        ]))
    }
}

fn parameters<'a, const N: usize>(all: [(&'static str, Option<&'a str>); N]) -> Parameters<'a> {
    all.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}
