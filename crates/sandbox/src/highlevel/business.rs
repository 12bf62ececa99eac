//! What is a business, and what do its five operations answer? (HighLevel sheet §9.) Custom
//! properties of businesses are not here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::members::{Kind, Member, check, location_given, optional, required};
use super::{HighLevel, bad_request, error, unprocessable};
use crate::effects::{Fields, Occasion};
use crate::http::{Answer, Call, Response, System, iso_millis};

/// The writable members of a business, all text.
pub const FIELDS: [&str; 10] = [
    "name",
    "phone",
    "email",
    "website",
    "address",
    "city",
    "state",
    "postalCode",
    "country",
    "description",
];

const UPDATE: [Member; 10] = {
    let mut members = [optional("", Kind::Text); 10];
    let mut at = 0;
    while at < FIELDS.len() {
        members[at] = optional(FIELDS[at], Kind::Text);
        at += 1;
    }
    members
};
const CREATE: [Member; 11] = {
    let mut members = [required("locationId", Kind::Text); 11];
    let mut at = 0;
    while at < FIELDS.len() {
        members[at] = UPDATE[at];
        at += 1;
    }
    members[0] = required("name", Kind::Text);
    members
};

/// A company record of the CRM.
#[derive(Clone, Debug, PartialEq)]
pub struct Business {
    /// 24 hexadecimal digits.
    pub id: String,
    /// Set members by name, of [`FIELDS`].
    pub texts: BTreeMap<&'static str, String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When a field last moved.
    pub updated_at: DateTime<Utc>,
}

impl Business {
    pub(crate) fn new(id: String, at: DateTime<Utc>) -> Self {
        Self { id, texts: BTreeMap::new(), created_at: at, updated_at: at }
    }

    /// A member, if it is set.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    pub(crate) fn set_text(&mut self, name: &str, value: &str) {
        let Some(name) = FIELDS.into_iter().find(|known| *known == name) else { return };
        if value.is_empty() {
            self.texts.remove(name);
        } else {
            self.texts.insert(name, value.to_owned());
        }
    }

    /// The one shape of list and detail.
    pub fn shown(&self, location: &str) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        for name in FIELDS {
            if let Some(value) = self.text(name) {
                members.insert(name.into(), json!(value));
            }
        }
        members.insert("locationId".into(), json!(location));
        members.insert("createdAt".into(), json!(iso_millis(self.created_at)));
        members.insert("updatedAt".into(), json!(iso_millis(self.updated_at)));
        Value::Object(members)
    }

    pub(crate) fn fields(&self) -> Fields {
        self.texts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
    }

    fn write(&mut self, body: &Map<String, Value>, occasion: &Occasion<'_>) {
        for (name, value) in body {
            match value.as_str() {
                Some("") if !occasion.switches.business_empty_clears => {}
                Some(text) => self.set_text(name, text),
                None => {}
            }
        }
    }
}

/// Whole location, `limit` (default 100) and `skip` only.
pub(super) fn list(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    location_given(call)?;
    let (limit, skip) = (count(call, "limit", 100)?, count(call, "skip", 0)?);
    let all = highlevel.business_order.iter().filter_map(|id| highlevel.businesses.get(id));
    let mut all: Vec<&Business> = all.collect();
    if occasion.switches.highlevel_businesses_by_change {
        all.sort_by_key(|it| std::cmp::Reverse(it.updated_at));
    }
    let rows: Vec<Value> = all
        .into_iter()
        .skip(skip)
        .take(occasion.switches.page_rows(System::HighLevel, limit))
        .map(|business| business.shown(&highlevel.location_id))
        .collect();
    Ok(Response::json(200, &json!({ "businesses": rows })))
}

pub(super) fn get(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let business = find(highlevel, occasion, call.param(0))?;
    Ok(Response::json(200, &json!({ "business": business.shown(&highlevel.location_id) })))
}

/// The answer's key is misspelt, as the real one is.
pub(super) fn create(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(call, &CREATE)?;
    let mut business = Business::new(highlevel.random.hex_id(), occasion.side_time);
    business.write(&body, occasion);
    let shown = business.shown(&highlevel.location_id);
    occasion.created("business", business.id.as_str(), shown.clone());
    highlevel.put_business(business);
    Ok(Response::json(201, &json!({ "success": true, "buiseness": shown })))
}

pub(super) fn update(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut business = find(highlevel, occasion, call.param(0))?;
    let body = check(call, &UPDATE)?;
    business.write(&body, occasion);
    let shown = highlevel.settle_business(occasion, business).shown(&highlevel.location_id);
    Ok(Response::json(200, &json!({ "success": true, "buiseness": shown })))
}

/// Contacts of the business lose their link.
pub(super) fn delete(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let business = find(highlevel, occasion, call.param(0))?;
    remove(highlevel, occasion, &business);
    Ok(Response::json(200, &json!({ "success": true })))
}

impl HighLevel {
    /// Stores a changed business: notes the effects and stamps it if anything moved.
    pub(super) fn settle_business(
        &mut self,
        occasion: &mut Occasion<'_>,
        mut after: Business,
    ) -> Business {
        let before = self.businesses.get(&after.id).map(Business::fields).unwrap_or_default();
        let moved = occasion.changed("business", after.id.as_str(), &before, &after.fields());
        if !moved.is_empty() {
            after.updated_at = occasion.side_time;
        }
        self.put_business(after.clone());
        after
    }
}

pub(super) fn remove(highlevel: &mut HighLevel, occasion: &mut Occasion<'_>, business: &Business) {
    for id in highlevel.contacts.ids_of_business(&business.id) {
        highlevel.rewrite(occasion, &id, |contact| contact.business_id = None);
    }
    let shown = business.shown(&highlevel.location_id);
    occasion.deleted("business", business.id.as_str(), shown);
    highlevel.remove_business(&business.id);
}

fn find(highlevel: &HighLevel, occasion: &Occasion<'_>, id: &str) -> Result<Business, Response> {
    if id.len() != 24 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad_request(&format!("{id} is not a valid ObjectId")));
    }
    let status = occasion.switches.missing_business_status;
    let missing = || error(status, json!(format!("Business not found for id:{id}")));
    highlevel.businesses.get(id).cloned().ok_or_else(missing)
}

/// A count that travels as a string (§5).
pub(super) fn count(call: &Call<'_>, name: &str, default: usize) -> Result<usize, Response> {
    let given = call.request.query(name).filter(|text| !text.is_empty());
    let parsed = given.map_or(Ok(default), str::parse);
    parsed.map_err(|_| unprocessable(format!("{name} must be a number string")))
}
