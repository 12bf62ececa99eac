//! What is the location called, and which custom field holds our marker? (`highlevel.md` §5, §6.4)

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::wire::{self, Id, Unreadable};

/// The key of the custom field that holds our marker.
const MARKER_KEY: &str = "contact.concordat_id";

/// `GET /locations/{locationId}`: id and name.
pub(in crate::highlevel) fn location(body: &[u8]) -> Result<(String, String), Unreadable> {
    #[derive(Deserialize)]
    struct Answer {
        location: Location,
    }
    #[derive(Deserialize)]
    struct Location {
        id: Id,
        name: Option<String>,
    }
    let it = wire::decode::<Answer>(body)?.location;
    let name = wire::name_of([it.name.as_deref()], &it.id.0);
    Ok((it.id.0, name))
}

/// `GET /locations/{locationId}/customFields`: the id of the field that holds our marker, if it is
/// defined as text. Definitions of other fields may have any shape.
pub(in crate::highlevel) fn marker_field(body: &[u8]) -> Result<Option<String>, Unreadable> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        custom_fields: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Definition {
        id: Id,
        field_key: Option<String>,
        data_type: Option<String>,
    }
    let answer: Answer<'_> = wire::decode(body)?;
    let definitions = answer.custom_fields.into_iter();
    let definitions =
        definitions.filter_map(|it| wire::decode::<Definition>(it.get().as_bytes()).ok());
    let is_ours = |it: &Definition| {
        it.field_key.as_deref() == Some(MARKER_KEY)
            && matches!(it.data_type.as_deref(), None | Some("TEXT" | "LARGE_TEXT"))
    };
    Ok(definitions.into_iter().find(is_ours).map(|it| it.id.0))
}
