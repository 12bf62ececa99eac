//! What does a location say of itself? Settings, custom field definitions, the tag dictionary
//! (HighLevel sheet §5, §6.4, §6.5).

use serde_json::{Value, json};

use super::members::{Kind, check, optional, required};
use super::{HighLevel, error, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

/// What a field may belong to.
const MODELS: [&str; 2] = ["contact", "opportunity"];

/// Types a field may have; `MONETORY` is the vendor's spelling (§6.4).
const DATA_TYPES: [&str; 13] = [
    "TEXT",
    "LARGE_TEXT",
    "NUMERICAL",
    "PHONE",
    "MONETORY",
    "CHECKBOX",
    "SINGLE_OPTIONS",
    "MULTIPLE_OPTIONS",
    "DATE",
    "TEXTBOX_LIST",
    "FILE_UPLOAD",
    "RADIO",
    "EMAIL",
];

/// A custom field definition.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomField {
    /// Opaque id by which values are written and read.
    pub id: String,
    /// As people see it.
    pub name: String,
    /// `contact.…`.
    pub key: String,
    /// One of the documented types.
    pub data_type: String,
    /// `contact` or `opportunity`.
    pub model: String,
}

impl CustomField {
    pub(crate) fn shown(&self, position: usize, location: &str) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "fieldKey": self.key,
            "dataType": self.data_type,
            "position": position * 50,
            "picklistOptions": [],
            "isAllowedCustomOption": false,
            "isMultiFileAllowed": false,
            "maxFileLimit": 1,
            "locationId": location,
            "model": self.model,
        })
    }
}

pub(super) fn get(highlevel: &mut HighLevel, occasion: &mut Occasion<'_>, _: &Call<'_>) -> Answer {
    let location = json!({
        "id": highlevel.location_id,
        "name": "Concordat Sandbox",
        "timezone": "America/New_York",
        "country": "US",
        "settings": {
            "allowDuplicateContact": occasion.switches.allow_duplicate_contact,
            "allowDuplicateOpportunity": false,
            "allowFacebookNameMerge": false,
            "disableContactTimezone": false,
            "contactUniqueIdentifiers": occasion.switches.contact_unique_identifiers,
        },
    });
    Ok(Response::json(200, &json!({ "location": location })))
}

pub(super) fn custom_fields(
    highlevel: &mut HighLevel,
    _: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let wanted = match call.request.query("model") {
        None | Some("all") => None,
        Some(model) if MODELS.contains(&model) => Some(model),
        Some(_) => {
            let message = "model must be one of the following values: contact, opportunity, all";
            return Err(unprocessable(message));
        }
    };
    let definitions = highlevel.custom_field_definitions.iter().enumerate();
    let rows: Vec<Value> = definitions
        .filter(|(_, field)| wanted.is_none_or(|model| field.model == model))
        .map(|(position, field)| field.shown(position, &highlevel.location_id))
        .collect();
    Ok(Response::json(200, &json!({ "customFields": rows })))
}

/// The key is made from the name, as the product does.
pub(super) fn create_custom_field(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(
        call,
        &[
            required("name", Kind::Text),
            required("dataType", Kind::Text),
            optional("model", Kind::Text),
            optional("placeholder", Kind::Text),
            optional("position", Kind::Count),
            optional("acceptedFormat", Kind::Texts),
            optional("isMultipleFile", Kind::Bool),
            optional("maxNumberOfFiles", Kind::Count),
            optional("textBoxListOptions", Kind::Rows),
        ],
    )?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let data_type = text("dataType");
    if !DATA_TYPES.contains(&data_type) {
        return Err(unprocessable("dataType must be a valid enum value"));
    }
    let model = match body.get("model").and_then(Value::as_str) {
        None => "contact",
        Some(model) if MODELS.contains(&model) => model,
        Some(_) => return Err(unprocessable("model must be a valid enum value")),
    };
    let field = CustomField {
        id: highlevel.random.alphanumeric_id(),
        name: text("name").into(),
        key: format!("{model}.{}", slug(text("name"))),
        data_type: data_type.into(),
        model: model.into(),
    };
    if highlevel.custom_field_definitions.iter().any(|known| known.key == field.key) {
        return Err(error(400, json!(format!("{} is already taken", field.key))));
    }
    let shown = field.shown(highlevel.custom_field_definitions.len(), &highlevel.location_id);
    occasion.created("customField", field.id.as_str(), shown.clone());
    highlevel.custom_field_definitions.push(field);
    Ok(Response::json(201, &json!({ "customField": shown })))
}

pub(super) fn tags(highlevel: &mut HighLevel, _: &mut Occasion<'_>, _: &Call<'_>) -> Answer {
    let rows: Vec<Value> = highlevel
        .tag_dictionary
        .iter()
        .map(|(name, id)| json!({ "id": id, "name": name, "locationId": highlevel.location_id }))
        .collect();
    Ok(Response::json(200, &json!({ "tags": rows })))
}

fn slug(name: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    name.trim().to_lowercase().chars().map(plain).collect()
}
