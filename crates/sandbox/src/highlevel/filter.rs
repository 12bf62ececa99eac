//! Does a row pass a search filter? Operators, groups and the documented field list (HighLevel
//! sheet §6.3). Strings are compared in lower case, phones by digits.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::contact::{Contact, Text};
use super::contacts::digits;
use super::index::Index;
use super::{bad_request, unprocessable};
use crate::http::Response;
use crate::ways::RangeKeys;

const VALUE_LENGTH_MAX: usize = 75;
/// Filterable in the real system, always empty here.
const EMPTY_FIELDS: [&str; 7] = [
    "followers",
    "validEmail",
    "isValidWhatsapp",
    "lastAppointment",
    "activeWorkflows",
    "finishedWorkflows",
    "inboundDndSettings.all.status",
];

/// A filter that has been understood.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// The field holds one of the values, in lower case.
    Equals(String, Vec<String>),
    Contains(String, String),
    Exists(String),
    /// Epoch milliseconds or plain numbers, each bound with "or equal".
    Range(String, Option<(f64, bool)>, Option<(f64, bool)>),
}

/// What a field of a row holds; empty when it is not set.
pub(super) fn held(contact: &Contact, business_name: Option<&str>, field: &str) -> Vec<String> {
    let text = |text: Text| contact.text(text).into_iter().map(str::to_owned).collect();
    if let Some(id) = field.strip_prefix("customFields.") {
        return match contact.custom_fields.get(id) {
            None => Vec::new(),
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(rows)) => {
                rows.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(other) => vec![other.to_string()],
        };
    }
    match field {
        "id" => vec![contact.id.clone()],
        "contactName" => {
            Some(contact.full_name()).filter(|name| !name.is_empty()).into_iter().collect()
        }
        "firstNameLowerCase" => text(Text::FirstName),
        "lastNameLowerCase" => text(Text::LastName),
        "address" => text(Text::Address1),
        "businessName" => business_name.into_iter().map(str::to_owned).collect(),
        "businessId" => contact.business_id.clone().into_iter().collect(),
        "tags" => contact.tags.clone(),
        "type" => vec![contact.kind.clone()],
        "dnd" => vec![contact.dnd.to_string()],
        "dateAdded" => vec![contact.date_added.timestamp_millis().to_string()],
        "dateUpdated" => vec![contact.date_updated.timestamp_millis().to_string()],
        dotted if dotted.starts_with("dndSettings.") => {
            let channel = dotted.split('.').nth(1).unwrap_or_default();
            let status = contact.dnd_settings[channel]["status"].as_str();
            status.into_iter().map(str::to_owned).collect()
        }
        name => Text::named(name).map_or_else(Vec::new, text),
    }
}

fn is_filterable(field: &str) -> bool {
    const DERIVED: [&str; 12] = [
        "id",
        "contactName",
        "firstNameLowerCase",
        "lastNameLowerCase",
        "address",
        "businessName",
        "businessId",
        "tags",
        "type",
        "dnd",
        "dateAdded",
        "dateUpdated",
    ];
    let hidden = [Text::FirstName, Text::LastName, Text::Address1, Text::Gender];
    let dotted = ["customFields.", "dndSettings.", "opportunities."];
    DERIVED.contains(&field)
        || EMPTY_FIELDS.contains(&field)
        || dotted.iter().any(|prefix| field.starts_with(prefix))
        || Text::named(field).is_some_and(|text| !hidden.contains(&text))
}

/// Reads the `filters` array; top-level filters are all required.
pub(super) fn read(filters: &Value, range_keys: RangeKeys) -> Result<Filter, Response> {
    let rows = match filters {
        Value::Null => &[][..],
        Value::Array(rows) => rows,
        _ => return Err(unprocessable("filters must be an array")),
    };
    let read = rows.iter().map(|row| read_one(row, range_keys));
    Ok(Filter::All(read.collect::<Result<_, _>>()?))
}

fn read_one(row: &Value, range_keys: RangeKeys) -> Result<Filter, Response> {
    if let Some(group) = row["group"].as_str() {
        let Filter::All(inner) = read(&row["filters"], range_keys)? else {
            return Err(bad_request("Invalid group"));
        };
        return match group {
            "AND" => Ok(Filter::All(inner)),
            "OR" => Ok(Filter::Any(inner)),
            _ => Err(bad_request(&format!("Invalid group {group}"))),
        };
    }
    let field = row["field"].as_str().unwrap_or_default();
    if !is_filterable(field) {
        return Err(bad_request(&format!("Invalid field {field}")));
    }
    let owned = || field.to_owned();
    let operator = row["operator"].as_str().unwrap_or_default();
    match operator {
        "eq" => Ok(Filter::Equals(owned(), words(field, &row["value"])?)),
        "not_eq" => Ok(not(Filter::Equals(owned(), words(field, &row["value"])?))),
        "contains" | "not_contains" => {
            if ["email", "website"].contains(&field) {
                return Err(bad_request(&format!("Invalid operator {operator} for {field}")));
            }
            let value = words(field, &row["value"])?.pop().unwrap_or_default();
            let plain = |letter: char| letter.is_alphanumeric() || " -_.".contains(letter);
            if !value.chars().all(plain) {
                return Err(bad_request("contains does not take special characters"));
            }
            let filter = Filter::Contains(owned(), value);
            Ok(if operator == "contains" { filter } else { not(filter) })
        }
        "exists" => Ok(Filter::Exists(owned())),
        "not_exists" => Ok(not(Filter::Exists(owned()))),
        "range" => range(field, &row["value"], range_keys),
        _ => Err(bad_request(&format!("Invalid operator {operator}"))),
    }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn words(field: &str, value: &Value) -> Result<Vec<String>, Response> {
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let words: Option<Vec<String>> = match value {
        Value::Array(rows) => rows.iter().map(word).collect(),
        single => word(single).map(|word| vec![word]),
    };
    let words = words.ok_or_else(|| unprocessable(format!("{field} needs a value")))?;
    if words.iter().any(|word| VALUE_LENGTH_MAX < word.chars().count()) {
        let message =
            format!("value must be shorter than or equal to {VALUE_LENGTH_MAX} characters");
        return Err(unprocessable(message));
    }
    Ok(words)
}

fn range(field: &str, value: &Value, keys: RangeKeys) -> Result<Filter, Response> {
    let bounds = value.as_object().filter(|bounds| !bounds.is_empty());
    let bounds = bounds.ok_or_else(|| unprocessable("range needs an object"))?;
    let (mut low, mut high) = (None, None);
    for (name, bound) in bounds {
        let at = instant(bound).ok_or_else(|| bad_request("Invalid range value"))?;
        match (keys, name.as_str()) {
            (RangeKeys::GteLte, "gte") | (RangeKeys::LowHigh, "low") => low = Some((at, true)),
            (RangeKeys::GteLte, "gt") => low = Some((at, false)),
            (RangeKeys::GteLte, "lte") | (RangeKeys::LowHigh, "high") => high = Some((at, true)),
            (RangeKeys::GteLte, "lt") => high = Some((at, false)),
            (RangeKeys::GteLte | RangeKeys::LowHigh, _) => {
                return Err(bad_request(&format!("Invalid range key {name}")));
            }
        }
    }
    Ok(Filter::Range(field.to_owned(), low, high))
}

/// Milliseconds of an ISO time or date, or the number itself.
fn instant(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text,
        _ => return None,
    };
    let millis = |at: DateTime<Utc>| at.timestamp_millis() as f64;
    let whole_day = format!("{text}T00:00:00Z");
    let at = [text.as_str(), whole_day.as_str()]
        .into_iter()
        .find_map(|text| DateTime::parse_from_rfc3339(text).ok());
    at.map(|at| millis(at.to_utc())).or_else(|| text.parse().ok())
}

impl Filter {
    pub(super) fn passes(&self, contact: &Contact, business_name: Option<&str>) -> bool {
        let values = |field: &str| held(contact, business_name, field);
        match self {
            Self::All(inner) => inner.iter().all(|one| one.passes(contact, business_name)),
            Self::Any(inner) => inner.iter().any(|one| one.passes(contact, business_name)),
            Self::Not(inner) => !inner.passes(contact, business_name),
            Self::Equals(field, wanted) if field == "phone" => {
                let wanted: Vec<String> = wanted.iter().map(|phone| digits(phone)).collect();
                values(field).iter().any(|phone| wanted.contains(&digits(phone)))
            }
            Self::Equals(field, wanted) => {
                values(field).iter().any(|value| wanted.contains(&value.to_lowercase()))
            }
            Self::Contains(field, part) => {
                values(field).iter().any(|value| value.to_lowercase().contains(part))
            }
            Self::Exists(field) => !values(field).is_empty(),
            Self::Range(field, low, high) => values(field).iter().any(|value| {
                let Some(at) = instant(&json!(value)) else { return false };
                low.is_none_or(|(low, equal)| low < at || (equal && low == at))
                    && high.is_none_or(|(high, equal)| at < high || (equal && high == at))
            }),
        }
    }

    /// The ids that can pass, when look-ups tell; `None` means any row may.
    pub(super) fn candidates(&self, index: &Index) -> Option<BTreeSet<String>> {
        match self {
            Self::All(inner) => inner.iter().find_map(|one| one.candidates(index)),
            Self::Any(inner) => {
                inner.iter().map(|one| one.candidates(index)).collect::<Option<Vec<_>>>().map(union)
            }
            Self::Equals(field, wanted) => wanted
                .iter()
                .map(|value| index.holders(field, value))
                .collect::<Option<Vec<_>>>()
                .map(union),
            Self::Not(_) | Self::Contains(..) | Self::Exists(_) | Self::Range(..) => None,
        }
    }
}

fn union(sets: Vec<BTreeSet<String>>) -> BTreeSet<String> {
    sets.into_iter().flatten().collect()
}
