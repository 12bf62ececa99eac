//! What becomes of a contact when a body is written to it? Clearing, normalising, silent drops
//! (HighLevel sheet §6.1, §6.4, §6.6). Bodies are already checked; effects are noted elsewhere.

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

use super::contact::{Contact, Text};
use super::contacts::digits;
use super::location::CustomField;
use super::members::{Kind, Member, nullable, optional, required};
use super::{bad_request, unprocessable};
use crate::http::Response;
use crate::switches::Switches;
use crate::ways::{PhoneFormat, PutCompanyName};

/// Members that every body may have, in one way.
const COMMON: [Member; 18] = [
    nullable("firstName", Kind::Text),
    nullable("lastName", Kind::Text),
    nullable("name", Kind::Text),
    nullable("email", Kind::Email),
    nullable("phone", Kind::Text),
    nullable("address1", Kind::Text),
    nullable("city", Kind::Text),
    nullable("state", Kind::Text),
    nullable("website", Kind::Text),
    nullable("timezone", Kind::Text),
    nullable("dateOfBirth", Kind::Any),
    optional("postalCode", Kind::Text),
    optional("country", Kind::Text),
    optional("dnd", Kind::Bool),
    optional("dndSettings", Kind::Members),
    optional("inboundDndSettings", Kind::Members),
    optional("tags", Kind::Texts),
    optional("customFields", Kind::Rows),
];

/// Members of a `PUT` body; `assignedTo` and `source` are nullable here only.
pub(super) fn update_members(switches: &Switches) -> Vec<Member> {
    let mut members = COMMON.to_vec();
    members.extend([nullable("assignedTo", Kind::Text), nullable("source", Kind::Text)]);
    if switches.put_company_name != PutCompanyName::Refuse {
        members.push(nullable("companyName", Kind::Text));
    }
    members
}

/// Members of a create body.
pub(super) fn create_members() -> Vec<Member> {
    let mut members = COMMON.to_vec();
    members.extend([
        required("locationId", Kind::Text),
        nullable("companyName", Kind::Text),
        optional("assignedTo", Kind::Text),
        optional("source", Kind::Text),
        optional("gender", Kind::Text),
    ]);
    members
}

/// Members of an upsert body.
pub(super) fn upsert_members() -> Vec<Member> {
    let mut members = create_members();
    members.push(optional("createNewIfDuplicateAllowed", Kind::Bool));
    members
}

/// What the store needs to know to take a body.
#[derive(Clone, Copy)]
pub(super) struct Taking<'a> {
    pub(super) switches: &'a Switches,
    pub(super) definitions: &'a [CustomField],
}

impl Taking<'_> {
    /// Writes every member of `body`; refuses a value no field of that type can hold.
    pub(super) fn write(
        &self,
        contact: &mut Contact,
        body: &Map<String, Value>,
    ) -> Result<(), Response> {
        for (name, value) in body {
            match (name.as_str(), value) {
                ("name", Value::String(name)) => self.write_name(contact, name, body),
                ("name", Value::Null) => {}
                ("dnd", value) => contact.dnd = value.as_bool().unwrap_or(contact.dnd),
                ("dndSettings", value) => contact.dnd_settings = value.clone(),
                ("inboundDndSettings", value) => contact.inbound_dnd_settings = value.clone(),
                ("tags", value) => contact.replace_tags(&texts(value)),
                ("customFields", Value::Array(rows)) => {
                    if self.switches.custom_fields_replace {
                        contact.custom_fields.clear();
                    }
                    for row in rows {
                        self.write_custom_field(contact, row)?;
                    }
                }
                (name, value) => {
                    if let Some(text) = Text::named(name) {
                        self.write_text(contact, text, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A whole name is split at its first space; explicit parts win.
    fn write_name(&self, contact: &mut Contact, name: &str, body: &Map<String, Value>) {
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
        for (text, part) in [(Text::FirstName, first), (Text::LastName, last)] {
            if !body.contains_key(text.name()) {
                contact.set_text(text, part.trim());
            }
        }
    }

    fn write_text(&self, contact: &mut Contact, text: Text, value: &Value) -> Result<(), Response> {
        match value {
            Value::Null if self.switches.null_clears => contact.set_text(text, ""),
            Value::Null => {}
            Value::String(empty) if empty.is_empty() => {
                if self.switches.empty_clears {
                    contact.set_text(text, "");
                }
            }
            Value::String(given) => contact.set_text(text, self.normalise(text, given)?),
            Value::Number(number) if text == Text::DateOfBirth => {
                contact.set_text(text, self.normalise(text, &number.to_string())?);
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {}
        }
        Ok(())
    }

    fn normalise(&self, text: Text, given: &str) -> Result<String, Response> {
        match text {
            Text::Phone => Ok(phone(given, self.switches.phone_format)),
            Text::DateOfBirth => {
                date(given).ok_or_else(|| unprocessable("dateOfBirth must be a valid date"))
            }
            Text::Country if !is_iso2(given) => {
                Err(unprocessable("country must be a valid enum value"))
            }
            _ => Ok(given.to_owned()),
        }
    }

    /// Unknown keys and ids, and shapes a type cannot hold, are thrown away with 200 (§6.4).
    fn write_custom_field(&self, contact: &mut Contact, row: &Value) -> Result<(), Response> {
        let named = |field: &&CustomField| match (row["id"].as_str(), row["key"].as_str()) {
            (Some(id), _) => field.id == id,
            (None, Some(key)) => {
                field.key == key || field.key.strip_prefix("contact.") == Some(key)
            }
            (None, None) => false,
        };
        let Some(field) = self.definitions.iter().find(named) else { return Ok(()) };
        let Some(value) = row.get("field_value").or_else(|| row.get("fieldValue")) else {
            return Ok(());
        };
        let empty = value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty);
        let clears = if value.is_null() {
            self.switches.custom_field_null_clears
        } else {
            empty && self.switches.custom_field_empty_clears
        };
        if clears {
            contact.custom_fields.remove(&field.id);
        } else if !empty
            && !value.is_null()
            && let Some(held) = held_value(&field.data_type, value)?
        {
            contact.custom_fields.insert(field.id.clone(), held);
        }
        Ok(())
    }
}

/// What a field of that type stores for a value; `None` when it is thrown away.
pub(super) fn held_value(data_type: &str, value: &Value) -> Result<Option<Value>, Response> {
    let invalid = || bad_request(&format!("Invalid Custom Field Value {value}"));
    match data_type {
        "NUMERICAL" | "MONETORY" => match value {
            Value::Number(_) => Ok(Some(value.clone())),
            Value::String(text) => {
                let plain = text.replace(',', "");
                serde_json::from_str::<serde_json::Number>(&plain)
                    .map(|number| Some(Value::Number(number)))
                    .map_err(|_| invalid())
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(invalid()),
        },
        "CHECKBOX" | "MULTIPLE_OPTIONS" => Ok(value.is_array().then(|| value.clone())),
        "TEXTBOX_LIST" | "FILE_UPLOAD" => Ok(value.is_object().then(|| value.clone())),
        _ => Ok(match value {
            Value::String(_) => Some(value.clone()),
            Value::Number(_) | Value::Bool(_) => Some(Value::String(value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }),
    }
}

/// A phone number as the switch says the server keeps it (§6.6).
fn phone(given: &str, format: PhoneFormat) -> String {
    let digits = digits(given);
    if digits.is_empty() {
        return given.to_owned();
    }
    let country = match given.trim_start().starts_with('+') {
        true if 10 < digits.len() => digits.len() - 10,
        true => {
            return if format == PhoneFormat::Kept { given.into() } else { format!("+{digits}") };
        }
        false if digits.len() == 10 => 0,
        false => return given.to_owned(),
    };
    let code = if country == 0 { "1" } else { &digits[..country] };
    let national = &digits[country..];
    match format {
        PhoneFormat::Kept => given.to_owned(),
        PhoneFormat::E164 => format!("+{code}{national}"),
        PhoneFormat::Spaced => {
            format!("+{code} {}-{}-{}", &national[..3], &national[3..6], &national[6..])
        }
    }
}

/// Many formats in, `YYYY-MM-DD` out (§6.1).
fn date(given: &str) -> Option<String> {
    let formats = ["%Y-%m-%d", "%Y/%m/%d", "%m-%d-%Y", "%m/%d/%Y", "%d.%m.%Y"];
    let day = formats.iter().find_map(|format| NaiveDate::parse_from_str(given, format).ok());
    let instant = || DateTime::parse_from_rfc3339(given).ok().map(|at| at.date_naive());
    let epoch = || DateTime::from_timestamp_millis(given.parse().ok()?).map(|at| at.date_naive());
    Some(day.or_else(instant).or_else(epoch)?.format("%Y-%m-%d").to_string())
}

fn is_iso2(country: &str) -> bool {
    country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// The strings of an array.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let rows = value.as_array().into_iter().flatten();
    rows.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_by_switch() {
        let sent = "+1 888-888-8888";
        assert_eq!(phone(sent, PhoneFormat::Kept), sent);
        assert_eq!(phone(sent, PhoneFormat::E164), "+18888888888");
        assert_eq!(phone("+18888888888", PhoneFormat::Spaced), sent);
        assert_eq!(phone("(888) 888-8888", PhoneFormat::E164), "+18888888888");
        assert_eq!(phone("ext. 12", PhoneFormat::E164), "ext. 12");
    }

    #[test]
    fn birth_dates_in_many_formats() {
        for given in ["2000-01-05", "01/05/2000", "2000-01-05T00:00:00.000Z", "947030400000"] {
            assert_eq!(date(given).as_deref(), Some("2000-01-05"), "{given}");
        }
        assert_eq!(date("soon"), None);
    }
}
