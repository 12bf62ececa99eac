//! What can a person change in HighLevel's own pages? More than the API: company name, type,
//! additional e-mails; duplicates are up to them. What hangs on a contact names it when made.

use serde_json::{Map, Value, json};

use super::HighLevel;
use super::business::{self, Business, FIELDS};
use super::contact::{Contact, Text};
use super::location::CustomField;
use super::people;
use super::write::{Taking, held_value, texts};
use crate::effects::Occasion;

type Edited = Result<Value, String>;

impl HighLevel {
    pub(crate) fn create_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        set: &Map<String, Value>,
    ) -> Edited {
        match entity {
            "contact" => {
                let mut contact = self.blank_contact(occasion.side_time);
                contact.created_by = json!({ "source": "WEB_USER", "channel": "APP" });
                self.write_contact(occasion, &mut contact, set)?;
                let id = contact.id.clone();
                people::add(self, occasion, contact);
                Ok(json!(id))
            }
            "business" => {
                let mut business = Business::new(self.random.hex_id(), occasion.side_time);
                write_business(&mut business, set)?;
                let id = business.id.clone();
                let shown = business.shown(&self.location_id);
                occasion.created("business", id.as_str(), shown);
                self.put_business(business);
                Ok(json!(id))
            }
            "task" => {
                let (contact, set) = self.owner(set)?;
                if !(set.contains_key("title") && set.contains_key("dueDate")) {
                    return Err("a task needs title and dueDate".into());
                }
                let task = self.add_task(occasion, &contact, &set)?;
                Ok(json!(task.id))
            }
            "note" => {
                let (contact, set) = self.owner(set)?;
                if !set.contains_key("body") {
                    return Err("body should not be empty".into());
                }
                Ok(json!(self.add_note(occasion, &contact, &set)?.id))
            }
            "appointment" => {
                let (contact, set) = self.owner(set)?;
                Ok(json!(self.add_appointment(occasion, &contact, &set)?))
            }
            _ => Err(unknown(entity)),
        }
    }

    pub(crate) fn set_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        id: &Value,
        set: &Map<String, Value>,
    ) -> Edited {
        let id = id.as_str().unwrap_or_default();
        match entity {
            "contact" => {
                let found = self.contacts.get(id).map(|contact| (**contact).clone());
                let mut contact = found.ok_or_else(|| format!("no contact {id}"))?;
                self.write_contact(occasion, &mut contact, set)?;
                self.store(occasion, contact, false);
                Ok(json!(id))
            }
            "business" => {
                let found = self.businesses.get(id).cloned();
                let mut business = found.ok_or_else(|| format!("no business {id}"))?;
                write_business(&mut business, set)?;
                self.settle_business(occasion, business);
                Ok(json!(id))
            }
            "task" => {
                let task = self.tasks.get(id).cloned().ok_or_else(|| format!("no task {id}"))?;
                self.change_task(occasion, task, set)?;
                Ok(json!(id))
            }
            "note" => {
                let note = self.notes.get(id).cloned().ok_or_else(|| format!("no note {id}"))?;
                self.change_note(occasion, note, set)?;
                Ok(json!(id))
            }
            _ => Err(unknown(entity)),
        }
    }

    pub(crate) fn delete_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        id: &Value,
    ) -> Edited {
        let id = id.as_str().unwrap_or_default();
        match entity {
            "contact" => {
                let found = self.contacts.get(id).map(|contact| (**contact).clone());
                let contact = found.ok_or_else(|| format!("no contact {id}"))?;
                people::remove(self, occasion, &contact);
                Ok(json!(id))
            }
            "business" => {
                let found = self.businesses.get(id).cloned();
                let business = found.ok_or_else(|| format!("no business {id}"))?;
                business::remove(self, occasion, &business);
                Ok(json!(id))
            }
            "task" => {
                let task = self.tasks.get(id).cloned().ok_or_else(|| format!("no task {id}"))?;
                self.drop_task(occasion, &task);
                let moves = occasion.switches.task_moves_date_updated;
                self.touch(occasion, &task.contact_id, moves);
                Ok(json!(id))
            }
            "note" => {
                let note = self.notes.get(id).cloned().ok_or_else(|| format!("no note {id}"))?;
                self.drop_note(occasion, &note);
                let moves = occasion.switches.note_moves_date_updated;
                self.touch(occasion, &note.contact_id, moves);
                Ok(json!(id))
            }
            _ => Err(unknown(entity)),
        }
    }

    /// The master keeps what it has and takes tags, missing texts, missing custom fields and other
    /// e-mails from those that vanish (§6.7).
    pub(crate) fn merge_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        id: &Value,
        losers: &[Value],
    ) -> Edited {
        if entity != "contact" {
            return Err(format!("only contacts are merged, not a {entity}"));
        }
        let find = |id: &Value| {
            let found = self.contacts.get(id.as_str().unwrap_or_default());
            found.map(|contact| (**contact).clone()).ok_or_else(|| format!("no contact {id}"))
        };
        let mut master = find(id)?;
        let gone = losers.iter().map(find).collect::<Result<Vec<Contact>, String>>()?;
        if gone.iter().any(|loser| loser.id == master.id) {
            return Err("a contact is not merged into itself".into());
        }
        for loser in &gone {
            master.add_tags(&loser.tags);
            let other = loser.text(Text::Email).filter(|_| master.text(Text::Email).is_some());
            master.additional_emails.extend(other.map(str::to_owned));
            for (text, value) in &loser.texts {
                master.texts.entry(*text).or_insert_with(|| value.clone());
            }
            for (field, value) in &loser.custom_fields {
                master.custom_fields.entry(field.clone()).or_insert_with(|| value.clone());
            }
        }
        let master = self.store(occasion, master, false);
        for loser in &gone {
            self.move_tasks(occasion, &loser.id, &master.id);
            self.move_notes(occasion, &loser.id, &master.id);
            people::remove(self, occasion, loser);
            self.merged.insert(loser.id.clone());
        }
        Ok(json!(master.id))
    }

    /// The contact that `contactId` names, and the other members.
    fn owner(&self, set: &Map<String, Value>) -> Result<(String, Map<String, Value>), String> {
        let mut set = set.clone();
        let contact = set.shift_remove("contactId").unwrap_or_default();
        let id = contact.as_str().filter(|id| self.contacts.get(id).is_some());
        let id = id.ok_or_else(|| format!("contactId: no contact {contact}"))?;
        Ok((id.to_owned(), set))
    }

    /// A row of a body for the field that has this id, key or name.
    fn custom_field_row(&self, field: &str, value: &Value) -> Result<Value, String> {
        let named =
            |known: &&CustomField| known.id == field || known.key == field || known.name == field;
        let known = self.custom_field_definitions.iter().find(named);
        let known = known.ok_or_else(|| format!("no custom field {field}"))?;
        let clears = value.is_null() || *value == json!("") || *value == json!([]);
        if !clears && !matches!(held_value(&known.data_type, value), Ok(Some(_))) {
            return Err(format!("{field}: {} does not hold {value}", known.data_type));
        }
        Ok(json!({ "id": known.id, "field_value": value }))
    }

    /// Takes what a `PUT` takes, plus what only the pages can change. A custom field may be named
    /// `customFields.<id>`, `customFields.<key>` or `customFields.<name>`. What the API would throw
    /// away in silence is refused, as the pages offer no way to enter it.
    fn write_contact(
        &self,
        occasion: &Occasion<'_>,
        contact: &mut Contact,
        set: &Map<String, Value>,
    ) -> Result<(), String> {
        let mut body = Map::new();
        let mut rows = Vec::new();
        for (name, value) in set {
            match name.as_str() {
                "type" => contact.kind = value.as_str().unwrap_or("lead").to_lowercase(),
                "additionalEmails" => contact.additional_emails = strings(name, value)?,
                "additionalPhones" => contact.additional_phones = strings(name, value)?,
                "tags" => contact.replace_tags(&strings(name, value)?),
                "businessId" => {
                    let id = value.as_str().filter(|id| !id.is_empty()).map(str::to_owned);
                    if let Some(id) = id.as_ref().filter(|id| !self.businesses.contains_key(*id)) {
                        return Err(format!("no business {id}"));
                    }
                    contact.business_id = id;
                }
                "customFields" => {
                    for row in value.as_array().ok_or("customFields: an array of rows")? {
                        let id = row["id"].as_str().unwrap_or_default();
                        rows.push(self.custom_field_row(id, &row["field_value"])?);
                    }
                }
                dotted if dotted.starts_with("customFields.") => {
                    let field = &dotted["customFields.".len()..];
                    rows.push(self.custom_field_row(field, value)?);
                }
                "dnd" if !value.is_boolean() => return Err("dnd: a boolean".into()),
                text if is_text(text) && !(value.is_string() || value.is_null()) => {
                    return Err(format!("{text}: a string or null"));
                }
                plain if is_plain(plain) => {
                    body.insert(plain.to_owned(), value.clone());
                }
                other => return Err(format!("a contact has no {other}")),
            }
        }
        if !rows.is_empty() {
            body.insert("customFields".into(), Value::Array(rows));
        }
        // A person's clearing always works, whatever the API does with empty values.
        let mut switches = occasion.switches.clone();
        (switches.null_clears, switches.empty_clears) = (true, true);
        (switches.custom_field_null_clears, switches.custom_field_empty_clears) = (true, true);
        let taking = Taking { switches: &switches, definitions: &self.custom_field_definitions };
        taking.write(contact, &body).map_err(|refusal| refusal.value()["message"].to_string())
    }
}

/// An array of nothing but strings.
fn strings(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let strings = texts(value);
    let rows = value.as_array().filter(|rows| rows.len() == strings.len());
    rows.map(|_| strings).ok_or_else(|| format!("{name}: an array of strings"))
}

fn is_text(name: &str) -> bool {
    name == "name" || Text::named(name).is_some()
}

fn is_plain(name: &str) -> bool {
    is_text(name) || ["dnd", "dndSettings", "inboundDndSettings"].contains(&name)
}

fn write_business(business: &mut Business, set: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in set {
        if !FIELDS.contains(&name.as_str()) {
            return Err(format!("a business has no {name}"));
        }
        let text = value.as_str().or(value.is_null().then_some(""));
        business.set_text(name, text.ok_or_else(|| format!("{name}: a string or null"))?);
    }
    Ok(())
}

fn unknown(entity: &str) -> String {
    format!(
        "highlevel has no {entity}; known: contact, business, task, note; \
         an appointment can only be made"
    )
}
