//! What is a disclosed data leak, and what do we ask for when it moves on (`upguard.md` §4.6)? `payload`,
//! `image` and `url` lead to what leaked, and `source` may name somebody: they are never decoded.

use concordat_model::{Held, Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Listing;
use crate::wire::{self, Id, Unreadable, held_text};

const STATUS: &str = "status";
/// What can go with a status.
const SAID: [&str; 2] = ["comment", "user_email"];
/// The statuses that can be written.
const WRITABLE: [&str; 6] = [
    "Acknowledged",
    "Investigating",
    "Remediating",
    "ClosedNoIssue",
    "ClosedRiskAccepted",
    "ClosedFixedUnverified",
];
/// In characters.
const TITLE_MAX: usize = 100;
/// In characters.
const SUMMARY_MAX: usize = 2000;

#[derive(Deserialize)]
struct Disclosure {
    id: Id,
    status: Option<String>,
    severity: Option<i64>,
    description: Option<String>,
    implication: Option<String>,
    significance: Option<String>,
    date_disclosed: Option<String>,
}

impl Disclosure {
    fn record(self, sight: Sight) -> Record {
        let title = wire::beginning(self.description.as_deref().unwrap_or_default(), TITLE_MAX);
        let name = wire::name_of([Some(title.as_str())], &self.id.0);
        let told = [self.implication, self.significance].into_iter().flatten();
        let told: Vec<String> =
            told.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
        let summary: String = told.join("\n\n").chars().take(SUMMARY_MAX).collect();
        let texts = [
            ("title", Some(title)),
            ("summary", Some(summary.trim_end().to_owned())),
            (STATUS, self.status),
        ];
        let mut reading: Reading = texts
            .into_iter()
            .map(|(path, text)| (Path::from(path), text.and_then(held_text)))
            .collect();
        reading.set("severity".into(), self.severity.map(Value::Integer));
        // Nothing where the side gives none; not covered where what it gives is no time.
        if let Some(held) = self.date_disclosed.map_or(Some(None), |text| wire::held_moment(&text))
        {
            reading.set("disclosed".into(), held);
        }
        let key = RecordKey::new(Resource::Disclosure, self.id.0);
        Record { key, parent: None, name: name.into(), stamp: None, reading, sight }
    }
}

/// `GET /dataleaks/disclosures`: all of them at once.
pub(in crate::upguard) fn list(body: &[u8], sight: Sight) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Disclosures<'a> {
        #[serde(borrow, default)]
        disclosures: Option<Vec<&'a RawValue>>,
    }
    let listed = wire::decode::<Disclosures<'_>>(body)?.disclosures.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Disclosure| Some(row.record(sight)));
    Ok(Listing { rows, next: None, total: None })
}

/// The one that was asked for by id, if it is there.
pub(in crate::upguard) fn only(body: &[u8], id: &RecordId) -> Result<Option<Record>, Unreadable> {
    list(body, Sight::Read)?.rows.only(id)
}

/// The parameters that lead to what `set` wants; none where it is so already.
pub(in crate::upguard) fn parameters<'a>(
    set: &'a [(Path, Held)],
    current: &Reading,
) -> Result<Option<Vec<(&'static str, &'a str)>>, String> {
    let text = |name: &str| {
        let held = set.iter().find(|(path, _)| path.as_str() == name)?.1.as_ref()?;
        held.as_text().filter(|text| !text.trim().is_empty())
    };
    let strange = |path: &&Path| !SAID.contains(&path.as_str()) && path.as_str() != STATUS;
    if let Some(path) = set.iter().map(|(path, _)| path).find(strange) {
        return Err(format!("`{path}` of a disclosure cannot be written"));
    }
    let status = text(STATUS).filter(|it| WRITABLE.contains(it));
    let status = status.ok_or_else(|| format!("`{STATUS}` of a disclosure cannot become that"))?;
    let held = current.get(&Path::from(STATUS)).and_then(|held| held.as_ref()?.as_text());
    if held == Some(status) {
        return Ok(None);
    }
    let said = SAID.into_iter().filter_map(|name| Some((name, text(name)?)));
    Ok(Some([("new_status", status)].into_iter().chain(said).collect()))
}
