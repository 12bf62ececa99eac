//! What do tag and link writes do to one contact or many? Deltas only; replacing a set is a `PUT`
//! (HighLevel sheet §5, §6.5).

use serde_json::{Value, json};

use super::business::count;
use super::contact::Contact;
use super::members::{Kind, check, location_given, nullable, optional, required};
use super::write::texts;
use super::{HighLevel, error, people, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};
use crate::ways::TagsAnswer;

pub(super) fn add(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    one(highlevel, occasion, call, 201, |contact, tags| {
        contact.add_tags(tags);
    })
}

/// `DELETE` with a body.
pub(super) fn remove(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    one(highlevel, occasion, call, 200, |contact, tags| {
        contact.remove_tags(tags);
    })
}

fn one(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
    status: u16,
    change: fn(&mut Contact, &[String]),
) -> Answer {
    let body = check(call, &[required("tags", Kind::Texts)])?;
    let tags = texts(&body["tags"]);
    let mut contact = people::find(highlevel, occasion, call.param(0))?;
    change(&mut contact, &tags);
    let after = highlevel.store(occasion, contact, false);
    let answered = match occasion.switches.tags_answer {
        TagsAnswer::Full => after.tags.clone(),
        TagsAnswer::Delta => tags.iter().map(|tag| tag.to_lowercase()).collect(),
    };
    Ok(Response::json(status, &json!({ "tags": answered })))
}

/// One row per contact; errors stand beside successes (§6.2).
pub(super) fn bulk(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let adding = match call.param(0) {
        "add" => true,
        "remove" => false,
        _ => return Err(unprocessable("type must be one of add, remove")),
    };
    let body = check(
        call,
        &[
            required("contacts", Kind::Texts),
            required("tags", Kind::Texts),
            required("locationId", Kind::Text),
            optional("removeAllTags", Kind::Bool),
        ],
    )?;
    let (ids, tags) = (texts(&body["contacts"]), texts(&body["tags"]));
    let most = occasion.switches.bulk_contacts_max;
    if most < ids.len() {
        return Err(unprocessable(format!("contacts must contain at most {most}")));
    }
    let all = body.get("removeAllTags") == Some(&Value::Bool(true));
    let mut failures = 0;
    let mut rows = Vec::new();
    for id in &ids {
        let Ok(mut contact) = people::find(highlevel, occasion, id) else {
            failures += 1;
            let message = if id.len() == 20 {
                "contact does not belong to location"
            } else {
                "contact id is not a valid firebase id"
            };
            rows.push(json!({ "contactId": id, "type": "error", "message": message }));
            continue;
        };
        let old = contact.tags.clone();
        let added = if adding { contact.add_tags(&tags) } else { Vec::new() };
        let removed = match (adding, all) {
            (true, _) => Vec::new(),
            (false, true) => contact.remove_tags(&old),
            (false, false) => contact.remove_tags(&tags),
        };
        highlevel.store(occasion, contact, false);
        rows.push(json!({
            "contactId": id,
            "type": "success",
            "message": "Tags updated",
            "oldTags": old,
            "tagsAdded": added,
            "tagsRemoved": removed,
        }));
    }
    let body = json!({ "succeded": true, "errorCount": failures, "responses": rows });
    Ok(Response::json(201, &body))
}

/// The only way to set or clear a contact's business (§5); `null` unlinks.
pub(super) fn link_business(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(
        call,
        &[
            required("locationId", Kind::Text),
            required("ids", Kind::Texts),
            nullable("businessId", Kind::Text),
        ],
    )?;
    let business = match body.get("businessId") {
        None => return Err(unprocessable("businessId should not be undefined")),
        Some(value) => value.as_str().map(str::to_owned),
    };
    if let Some(id) = business.as_deref().filter(|id| !highlevel.businesses.contains_key(*id)) {
        let status = occasion.switches.missing_business_status;
        return Err(error(status, json!(format!("Business not found for id:{id}"))));
    }
    let ids: Vec<String> =
        texts(&body["ids"]).into_iter().filter(|id| highlevel.contacts.get(id).is_some()).collect();
    for id in &ids {
        highlevel.rewrite(occasion, id, |contact| contact.business_id = business.clone());
    }
    Ok(Response::json(200, &json!({ "success": true, "ids": ids })))
}

/// Contacts of a business, `limit` 25 by default and 100 at most (§3, §6.2).
pub(super) fn of_business(
    highlevel: &mut HighLevel,
    _: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    location_given(call)?;
    let (limit, skip) = (count(call, "limit", 25)?, count(call, "skip", 0)?);
    let wanted = call.request.query("query").unwrap_or_default().to_lowercase();
    let contacts = &highlevel.contacts;
    let linked: Vec<_> = contacts
        .ids_of_business(call.param(0))
        .into_iter()
        .filter_map(|id| contacts.get(&id))
        .filter(|contact| contact.full_name().to_lowercase().contains(&wanted))
        .collect();
    let page = linked.iter().skip(skip).take(limit.min(100));
    let rows: Vec<Value> =
        page.map(|contact| contact.business_row(&highlevel.location_id)).collect();
    Ok(Response::json(200, &json!({ "contacts": rows, "count": linked.len() })))
}
