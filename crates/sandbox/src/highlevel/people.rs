//! What do the contact operations answer? Get, create, update, upsert, delete and the duplicate
//! look-up, all on the primary store (HighLevel sheet §5, §6.7). Search is elsewhere.

use serde_json::{Map, Value, json};

use super::contact::{Contact, Text};
use super::contacts::digits;
use super::members::{check, location_given};
use super::write::{Taking, create_members, update_members, upsert_members};
use super::{HighLevel, bad_request, error};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response, iso_millis};
use crate::ways::{LookupAnswer, PutCompanyName, PutDuplicate};

pub(super) fn get(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = find(highlevel, occasion, call.param(0))?;
    Ok(Response::json(200, &json!({ "contact": contact.detail(&highlevel.location_id) })))
}

pub(super) fn create(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(call, &create_members())?;
    let contact = drafted(highlevel, occasion, &body)?;
    if !occasion.switches.allow_duplicate_contact
        && let Some((twin, field)) = twin_of(highlevel, occasion, &contact, "")
    {
        return Err(duplicate(twin, field));
    }
    let shown = contact.created(&highlevel.location_id);
    add(highlevel, occasion, contact);
    Ok(Response::json(201, &json!({ "contact": shown })))
}

pub(super) fn update(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = find(highlevel, occasion, call.param(0))?;
    let mut body = check(call, &update_members(occasion.switches))?;
    if occasion.switches.put_company_name == PutCompanyName::Drop {
        body.shift_remove(Text::CompanyName.name());
    }
    let mut after = taken(highlevel, occasion, &contact, &body)?;
    let collides = |after: &Contact| {
        let only_moved = moved_identifiers(&contact, after);
        let twin = twin_of(highlevel, occasion, &only_moved, &contact.id);
        twin.map(|(twin, field)| (twin.clone(), field))
    };
    if !occasion.switches.allow_duplicate_contact {
        while let Some((twin, field)) = collides(&after) {
            match occasion.switches.put_duplicate {
                PutDuplicate::Refuse => return Err(duplicate(&twin, field)),
                PutDuplicate::Drop => {
                    after.set_text(field, contact.text(field).unwrap_or(""));
                }
                PutDuplicate::Allow => break,
            }
        }
    }
    let after =
        highlevel.store(occasion, after, occasion.switches.identical_put_moves_date_updated);
    let shown = after.detail(&highlevel.location_id);
    Ok(Response::json(200, &json!({ "succeded": true, "contact": shown })))
}

/// Matches by the location's identifier order and silently keeps the other identifier when it
/// belongs to somebody else (§6.7); gender of an existing contact is dropped (§6.1).
pub(super) fn upsert(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut body = check(call, &upsert_members())?;
    let anew = body.shift_remove("createNewIfDuplicateAllowed") == Some(Value::Bool(true));
    let draft = drafted(highlevel, occasion, &body)?;
    let blind = anew && occasion.switches.allow_duplicate_contact;
    let twin = if blind { None } else { twin_of(highlevel, occasion, &draft, "") };
    let Some((twin, _)) = twin else {
        let shown = draft.detail(&highlevel.location_id);
        add(highlevel, occasion, draft);
        let body = json!({ "new": true, "succeded": true, "contact": shown });
        return Ok(Response::json(200, &body));
    };
    let twin = twin.clone();
    body.shift_remove("gender");
    body.shift_remove("locationId");
    let mut after = taken(highlevel, occasion, &twin, &body)?;
    promote_email(&mut after);
    while let Some((_, field)) =
        twin_of(highlevel, occasion, &moved_identifiers(&twin, &after), &twin.id)
    {
        after.set_text(field, twin.text(field).unwrap_or(""));
    }
    let after = highlevel.store(occasion, after, false);
    let shown = after.detail(&highlevel.location_id);
    Ok(Response::json(200, &json!({ "new": false, "succeded": true, "contact": shown })))
}

pub(super) fn delete(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    match find(highlevel, occasion, call.param(0)) {
        Ok(contact) => remove(highlevel, occasion, &contact),
        Err(missing) if occasion.switches.second_delete_not_found => return Err(missing),
        Err(_) => {}
    }
    Ok(Response::json(200, &json!({ "succeded": true })))
}

/// E-mail first, then phone. The real shape is unpublished (§13).
pub(super) fn duplicate_lookup(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    location_given(call)?;
    let given = |name| call.request.query(name).filter(|text| !text.is_empty());
    let contacts = &highlevel.contacts;
    let by_email = given("email").and_then(|email| contacts.ids_of_email(email).next());
    let by_phone = || given("number").and_then(|phone| contacts.ids_of_phone(phone).next());
    let found = by_email.or_else(by_phone).and_then(|id| contacts.get(id));
    let shown = found.map(|contact| contact.detail(&highlevel.location_id));
    let body = match occasion.switches.lookup_answer {
        LookupAnswer::One => json!({ "contact": shown }),
        LookupAnswer::Many => json!({ "contacts": shown.into_iter().collect::<Vec<_>>() }),
    };
    Ok(Response::json(200, &body))
}

/// The contact, or the 400 that means it is absent (§4).
pub(super) fn find(
    highlevel: &HighLevel,
    occasion: &Occasion<'_>,
    id: &str,
) -> Result<Contact, Response> {
    if id.len() != 20 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(bad_request(&format!("Contact with id {id} not found")));
    }
    let status = occasion.switches.missing_contact_status;
    let missing = || error(status, json!(format!("Contact not found for id:{id}")));
    highlevel.contacts.get(id).map(|contact| (**contact).clone()).ok_or_else(missing)
}

pub(super) fn add(highlevel: &mut HighLevel, occasion: &mut Occasion<'_>, contact: Contact) {
    let shown = contact.detail(&highlevel.location_id);
    occasion.created("contact", contact.id.as_str(), shown);
    highlevel.learn_tags(&contact.tags);
    highlevel.contacts.put(contact, occasion.at);
}

/// What hangs on a contact goes with it.
pub(super) fn remove(highlevel: &mut HighLevel, occasion: &mut Occasion<'_>, contact: &Contact) {
    for task in highlevel.tasks.of(&contact.id) {
        highlevel.drop_task(occasion, &task);
    }
    highlevel.drop_appointments(occasion, &contact.id);
    for note in highlevel.notes.of(&contact.id) {
        highlevel.drop_note(occasion, &note);
    }
    let shown = contact.detail(&highlevel.location_id);
    occasion.deleted("contact", contact.id.as_str(), shown);
    highlevel.contacts.remove(&contact.id, occasion.at);
}

fn drafted(
    highlevel: &mut HighLevel,
    occasion: &Occasion<'_>,
    body: &Map<String, Value>,
) -> Result<Contact, Response> {
    let blank = highlevel.blank_contact(occasion.side_time);
    let mut contact = taken(highlevel, occasion, &blank, body)?;
    contact.created_by = json!({
        "source": "INTEGRATION",
        "channel": "OAUTH",
        "sourceId": highlevel.location_id,
        "timestamp": iso_millis(occasion.side_time),
    });
    Ok(contact)
}

fn taken(
    highlevel: &HighLevel,
    occasion: &Occasion<'_>,
    contact: &Contact,
    body: &Map<String, Value>,
) -> Result<Contact, Response> {
    let taking =
        Taking { switches: occasion.switches, definitions: &highlevel.custom_field_definitions };
    let mut after = contact.clone();
    taking.write(&mut after, body)?;
    Ok(after)
}

/// The first other contact that holds one of the draft's identifiers, in the location's order.
fn twin_of<'a>(
    highlevel: &'a HighLevel,
    occasion: &Occasion<'_>,
    draft: &Contact,
    own_id: &str,
) -> Option<(&'a Contact, Text)> {
    let contacts = &highlevel.contacts;
    occasion.switches.contact_unique_identifiers.iter().find_map(|identifier| {
        let field = Text::named(identifier)?;
        let value = draft.text(field)?;
        let holder = match field {
            Text::Email => contacts.ids_of_email(value).find(|id| *id != own_id),
            Text::Phone => contacts.ids_of_phone(value).find(|id| *id != own_id),
            _ => None,
        }?;
        contacts.get(holder).map(|twin| (&**twin, field))
    })
}

/// `after` with only those identifiers that differ from `before`.
fn moved_identifiers(before: &Contact, after: &Contact) -> Contact {
    let mut moved = after.clone();
    let same_email = match (before.text(Text::Email), after.text(Text::Email)) {
        (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
        (one, two) => one == two,
    };
    let phone = |contact: &Contact| contact.text(Text::Phone).map(digits);
    if same_email {
        moved.set_text(Text::Email, "");
    }
    if phone(before) == phone(after) {
        moved.set_text(Text::Phone, "");
    }
    moved
}

/// An additional e-mail that became the primary one is no longer additional; the old primary one
/// is lost (§6.1).
fn promote_email(contact: &mut Contact) {
    let primary = contact.text(Text::Email).unwrap_or("").to_lowercase();
    contact.additional_emails.retain(|email| email.to_lowercase() != primary);
}

fn duplicate(twin: &Contact, field: Text) -> Response {
    let body = json!({
        "statusCode": 400,
        "message": "This location does not allow duplicated contacts.",
        "meta": {
            "contactId": twin.id,
            "contactName": twin.full_name(),
            "matchingField": field.name(),
        },
    });
    Response::json(400, &body)
}
