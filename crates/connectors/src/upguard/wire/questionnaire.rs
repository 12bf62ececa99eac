//! What is a questionnaire that was sent to a vendor (`upguard.md` §4.6)? Only the list tells whether it is
//! archived, and neither tells the vendor. Who was asked, who asked, and who answered is never decoded; nor is
//! what a vendor shares with everybody, which nobody was asked for.

use concordat_model::{Path, Reading, Record, RecordId, RecordKey, Resource, Sight, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Listing;
use crate::wire::{self, Id, Unreadable, held_text};

/// In characters.
const NAME_MAX: usize = 100;

/// A questionnaire, as far as list and detail agree.
struct Questionnaire {
    id: Id,
    name: Option<String>,
    status: Option<String>,
    /// Nothing: it is not told.
    archived: Option<bool>,
    sent: Option<String>,
    due: Option<String>,
}

impl Questionnaire {
    fn record(self, vendor: Option<&RecordId>, sight: Sight) -> Record {
        let over = self.is_over();
        let name = wire::beginning(self.name.as_deref().unwrap_or_default(), NAME_MAX);
        let called = wire::name_of([Some(name.as_str())], &self.id.0);
        let mut reading: Reading = [(Path::from("name"), held_text(name))].into_iter().collect();
        // Nothing where the side gives none; not covered where what it gives is no time.
        for (path, told) in [("sent", self.sent), ("due", self.due)] {
            if let Some(held) = told.map_or(Some(None), |text| wire::held_moment(&text)) {
                reading.set(path.into(), held);
            }
        }
        if let Some(over) = over {
            reading.set("over".into(), Some(Value::Bool(over)));
        }
        let key = RecordKey::new(Resource::Questionnaire, self.id.0);
        Record { key, parent: vendor.cloned(), name: called.into(), stamp: None, reading, sight }
    }

    /// Whether nothing is to be done about it any more; nothing: that cannot be told. One that was returned
    /// is still to be looked at.
    fn is_over(&self) -> Option<bool> {
        match (self.status.as_deref(), self.archived) {
            (_, Some(true)) | (Some("complete" | "cancelled" | "published"), _) => Some(true),
            (Some("sent" | "opened" | "returned" | "inreview"), Some(false)) => Some(false),
            (Some(_) | None, Some(false) | None) => None,
        }
    }
}

/// `GET /vendor/questionnaires/v2`: all that were sent to one vendor, at once.
pub(in crate::upguard) fn list(body: &[u8], vendor: &RecordId) -> Result<Listing, Unreadable> {
    #[derive(Deserialize)]
    struct Questionnaires<'a> {
        #[serde(borrow, default)]
        questionnaires: Option<Vec<&'a RawValue>>,
    }
    #[derive(Deserialize)]
    struct Row {
        id: Id,
        name: Option<String>,
        status: Option<String>,
        due_date: Option<String>,
        sent_at: Option<String>,
        returned_at: Option<String>,
        archived: Option<bool>,
    }
    let listed = wire::decode::<Questionnaires<'_>>(body)?.questionnaires.unwrap_or_default();
    let rows = wire::rows(&listed, |row: Row| {
        let told = [
            ("Sent", row.sent_at.as_deref()),
            ("Due", row.due_date.as_deref()),
            ("Returned", row.returned_at.as_deref()),
        ];
        let days = told.into_iter().filter_map(|(what, told)| {
            Some(format!("{what}: {}", wire::moment(told?)?.date_naive()))
        });
        let name = wire::beginning(row.name.as_deref().unwrap_or_default(), NAME_MAX);
        let named = (!name.is_empty()).then(|| format!("Questionnaire: {name}"));
        let summary = named.into_iter().chain(days).collect::<Vec<_>>().join("\n");
        let questionnaire = Questionnaire {
            id: row.id,
            name: row.name,
            status: row.status,
            archived: Some(row.archived == Some(true)),
            sent: row.sent_at,
            due: row.due_date,
        };
        let mut record = questionnaire.record(Some(vendor), Sight::Listed);
        record.reading.set("summary".into(), held_text(summary));
        Some(record)
    });
    Ok(Listing { rows, next: None, total: None })
}

/// `GET /vendor/questionnaire`. It belongs to `vendor`, as far as is known otherwise.
pub(in crate::upguard) fn detail(
    body: &[u8],
    vendor: Option<&RecordId>,
) -> Result<Record, Unreadable> {
    #[derive(Deserialize)]
    struct Detail {
        id: Id,
        questionnaire_name: Option<String>,
        status: Option<String>,
        due_date: Option<String>,
        sent_at: Option<String>,
    }
    let told: Detail = wire::decode(body)?;
    let questionnaire = Questionnaire {
        id: told.id,
        name: told.questionnaire_name,
        status: told.status,
        archived: None,
        sent: told.sent_at,
        due: told.due_date,
    };
    Ok(questionnaire.record(vendor, Sight::Read))
}
