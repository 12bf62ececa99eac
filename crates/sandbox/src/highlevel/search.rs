//! What does `POST /contacts/search` answer? The question is answered once from the lagging index
//! and remembered, so walking 200 pages does not search 200 times (HighLevel sheet §6.3).

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::contact::Contact;
use super::filter::{self, Filter, held};
use super::members::{Kind, check, optional, required};
use super::{HighLevel, bad_request, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response, System};
use crate::switches;

const PAGE_LIMIT_MAX: u64 = 500;
const PAGED_ROWS_MAX: u64 = 10_000;
const SORTABLE: [&str; 8] = [
    "dateAdded",
    "dateUpdated",
    "firstNameLowerCase",
    "lastNameLowerCase",
    "email",
    "businessName",
    "source",
    "dnd",
];

/// One sort key of a row; dates are numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

/// A remembered answer: rows in order, each with its cursor.
/// Forgotten when a business changes, as rows are found and sorted by its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered {
    question: String,
    version: u64,
    rows: Vec<(Vec<Key>, Arc<Contact>)>,
}

struct Sort {
    field: String,
    descending: bool,
}

enum Page {
    After(Option<Vec<Key>>),
    Number(u64),
}

pub(super) fn search(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(
        call,
        &[
            required("locationId", Kind::Text),
            required("pageLimit", Kind::Count),
            optional("page", Kind::Count),
            optional("searchAfter", Kind::Rows),
            optional("filters", Kind::Rows),
            optional("sort", Kind::Rows),
            optional("query", Kind::Text),
        ],
    )?;
    let limit = body["pageLimit"].as_u64().unwrap_or_default();
    if limit == 0 || PAGE_LIMIT_MAX < limit {
        return Err(unprocessable(format!("pageLimit must be between 1 and {PAGE_LIMIT_MAX}")));
    }
    let sorts = read_sorts(body.get("sort"))?;
    let page = read_page(&body, limit)?;
    let filters = body.get("filters").unwrap_or(&Value::Null);
    let filter = filter::read(filters, occasion.switches.range_keys)?;
    let query = body.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if 75 < query.chars().count() {
        return Err(unprocessable("query must be shorter than or equal to 75 characters"));
    }
    let lag = switches::seconds(occasion.switches.index_lag_seconds);
    highlevel.contacts.index.catch_up(occasion.at, lag);
    let question = format!("{filters} {:?} {query}", body.get("sort"));
    highlevel.remember(question, &filter, &sorts, &query);

    let rows = &highlevel.remembered.rows;
    let limit = occasion.switches.page_rows(System::HighLevel, limit as usize);
    let start = match page {
        Page::Number(page) => (page as usize - 1) * limit,
        Page::After(None) => 0,
        Page::After(Some(cursor)) => {
            rows.partition_point(|(keys, _)| compare(keys, &cursor, &sorts) != Ordering::Greater)
        }
    };
    let shown: Vec<Value> = rows
        .iter()
        .skip(start)
        .take(limit)
        .map(|(keys, contact)| {
            let mut row =
                contact.search_row(&highlevel.location_id, highlevel.business_name(contact));
            row["searchAfter"] = keys.iter().map(Key::shown).collect();
            if occasion.switches.search_lower_cases_names {
                lower_names(&mut row);
            }
            row
        })
        .collect();
    Ok(Response::json(200, &json!({ "contacts": shown, "total": rows.len() })))
}

/// The names as some answers show them (§6.6).
fn lower_names(row: &mut Value) {
    for (name, raw) in [("firstName", "firstNameRaw"), ("lastName", "lastNameRaw")] {
        row[raw] = row[name].clone();
        row[name] = row[format!("{name}LowerCase")].clone();
    }
}

impl HighLevel {
    /// Answers the question unless the last one was the same and the index has not moved.
    fn remember(&mut self, question: String, filter: &Filter, sorts: &[Sort], query: &str) {
        let version = self.contacts.index.version();
        if self.remembered.question == question && self.remembered.version == version {
            return;
        }
        let index = &self.contacts.index;
        let fits = |contact: &Contact| {
            filter.passes(contact, self.business_name(contact)) && mentions(contact, query)
        };
        let found: Vec<Arc<Contact>> = match filter.candidates(index) {
            Some(ids) => ids.iter().filter_map(|id| index.row(id)).cloned().collect(),
            None => index.rows().cloned().collect(),
        };
        let mut rows: Vec<(Vec<Key>, Arc<Contact>)> = found
            .into_iter()
            .filter(|contact| fits(contact))
            .map(|contact| (self.keys(&contact, sorts), contact))
            .collect();
        rows.sort_by(|one, two| compare(&one.0, &two.0, sorts));
        self.remembered = Remembered { question, version, rows };
    }

    fn keys(&self, contact: &Contact, sorts: &[Sort]) -> Vec<Key> {
        let key = |sort: &Sort| match sort.field.as_str() {
            "dateAdded" => Key::Number(contact.date_added.timestamp_millis()),
            "dateUpdated" => Key::Number(contact.date_updated.timestamp_millis()),
            field => {
                let first = held(contact, self.business_name(contact), field).into_iter().next();
                Key::Text(first.unwrap_or_default().to_lowercase())
            }
        };
        sorts.iter().map(key).chain([Key::Text(contact.id.clone())]).collect()
    }

    fn business_name(&self, contact: &Contact) -> Option<&str> {
        self.businesses.get(contact.business_id.as_deref()?)?.text("name")
    }
}

impl Key {
    fn shown(&self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let number = value.as_i64().map(Self::Number);
        number.or_else(|| value.as_str().map(|text| Self::Text(text.to_owned())))
    }
}

/// By each key in its direction, then by id, ascending.
fn compare(one: &[Key], two: &[Key], sorts: &[Sort]) -> Ordering {
    let directions = sorts.iter().map(|sort| sort.descending).chain([false]);
    let pairs = one.iter().zip(two).zip(directions);
    let ordered =
        pairs.map(|((one, two), descending)| if descending { two.cmp(one) } else { one.cmp(two) });
    ordered.fold(Ordering::Equal, Ordering::then)
}

fn mentions(contact: &Contact, query: &str) -> bool {
    let fields = ["contactName", "email", "phone", "companyName"];
    query.is_empty()
        || fields.iter().any(|field| {
            held(contact, None, field).iter().any(|value| value.to_lowercase().contains(query))
        })
}

/// Newest first unless asked otherwise, so that a default cursor is `[dateAdded, id]`.
fn read_sorts(sort: Option<&Value>) -> Result<Vec<Sort>, Response> {
    let rows = sort.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return Ok(vec![Sort { field: "dateAdded".into(), descending: true }]);
    }
    if 2 < rows.len() {
        return Err(unprocessable("sort must contain no more than 2 elements"));
    }
    let read = rows.iter().map(|row| {
        let field = row["field"].as_str().unwrap_or_default();
        if !SORTABLE.contains(&field) {
            return Err(bad_request(&format!("Invalid sort field {field}")));
        }
        let descending = match row["direction"].as_str() {
            Some("desc") => true,
            Some("asc") | None => false,
            Some(_) => return Err(unprocessable("direction must be one of asc, desc")),
        };
        Ok(Sort { field: field.into(), descending })
    });
    read.collect()
}

fn read_page(body: &Map<String, Value>, limit: u64) -> Result<Page, Response> {
    match (body.get("page").and_then(Value::as_u64), body.get("searchAfter")) {
        (Some(_), Some(_)) => Err(unprocessable("page and searchAfter must not be sent together")),
        (Some(0), None) => Err(unprocessable("page must not be less than 1")),
        (Some(page), None) if page.checked_mul(limit).is_none_or(|rows| PAGED_ROWS_MAX < rows) => {
            Err(bad_request(&format!("page mode ends at {PAGED_ROWS_MAX} rows; use searchAfter")))
        }
        (Some(page), None) => Ok(Page::Number(page)),
        (None, None) => Ok(Page::After(None)),
        (None, Some(cursor)) => {
            let keys: Option<Vec<Key>> = cursor.as_array().and_then(|rows| {
                if rows.is_empty() { None } else { rows.iter().map(Key::read).collect() }
            });
            let keys = keys.ok_or_else(|| unprocessable("searchAfter must be a row's array"))?;
            Ok(Page::After(Some(keys)))
        }
    }
}
