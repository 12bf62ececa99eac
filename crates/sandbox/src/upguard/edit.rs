//! What can a person change in UpGuard's own pages? More than the API: contacts, names, host
//! names, label dictionaries. Attribute names are checked as the pages would.

use serde_json::{Map, Value, json};

use super::UpGuard;
use super::record::{Vendor, VendorContact, rfc3339};
use crate::effects::Occasion;

type Edited = Result<Value, String>;

impl UpGuard {
    pub(crate) fn create_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        set: &Map<String, Value>,
    ) -> Edited {
        match entity {
            "vendor" => {
                let mut vendor =
                    Vendor { id: self.fresh_id(), monitored: true, ..Vendor::default() };
                vendor.first_monitored = Some(rfc3339(occasion.side_time, 0));
                self.write_vendor(&mut vendor, set)?;
                occasion.created("vendor", vendor.id, vendor.list_row());
                let id = vendor.id;
                self.put_vendor(vendor);
                Ok(json!(id))
            }
            "contact" => {
                let stamp = self.stamp(occasion);
                let mut contact = VendorContact { id: self.fresh_id(), ..Default::default() };
                (contact.created_at, contact.updated_at) = (stamp.clone(), stamp);
                self.write_contact(&mut contact, set)?;
                if contact.vendor_id == 0 {
                    return Err("vendor_id is required".into());
                }
                occasion.created("contact", contact.id, contact.shown());
                let id = contact.id;
                self.put_contact(contact);
                Ok(json!(id))
            }
            "attribute" => {
                let name = set.get("name").and_then(Value::as_str).ok_or("name is required")?;
                if self.attribute_names.insert(name.to_owned()) {
                    occasion.created("attribute", name, json!({ "name": name }));
                }
                Ok(json!(name))
            }
            "threat" => self.find_threat(occasion, set),
            "comment" => self.write_comment(occasion, set),
            "notification" => self.notify(occasion, set),
            "disclosure" => self.disclose(occasion, set),
            "risk" => self.find_risk(occasion, set),
            "lead" => self.ask_for_access(occasion, set),
            "waiver" => self.waive(occasion, set),
            "app" => self.find_app(occasion, set),
            "questionnaire" => self.send_questionnaire(occasion, set),
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
        let number = number_of(id);
        match entity {
            "vendor" => {
                let found = number.and_then(|id| self.vendors.get(&id)).cloned();
                let mut vendor = found.ok_or_else(|| format!("no vendor {id}"))?;
                self.write_vendor(&mut vendor, set)?;
                // Told of vendors that are monitored only (§4.2).
                let since = vendor.first_monitored.take().filter(|_| vendor.monitored);
                let now = vendor.monitored.then(|| rfc3339(occasion.side_time, 0));
                vendor.first_monitored = since.or(now);
                let id = vendor.id;
                self.settle_vendor(occasion, vendor);
                Ok(json!(id))
            }
            "contact" => {
                let found = number.and_then(|id| self.contacts.get(&id)).cloned();
                let mut contact = found.ok_or_else(|| format!("no contact {id}"))?;
                let before = contact.fields();
                self.write_contact(&mut contact, set)?;
                let moved = occasion.changed("contact", contact.id, &before, &contact.fields());
                if !moved.is_empty() {
                    contact.updated_at = self.stamp(occasion);
                }
                let id = contact.id;
                self.put_contact(contact);
                Ok(json!(id))
            }
            "threat" => self.edit_threat(occasion, id, set),
            "disclosure" => self.edit_disclosure(occasion, id, set),
            "risk" => self.edit_risk(occasion, id, set),
            "lead" => self.edit_lead(occasion, id, set),
            "waiver" => self.edit_waiver(occasion, id, set),
            "app" => self.edit_app(occasion, id, set),
            "questionnaire" => self.edit_questionnaire(occasion, id, set),
            _ => Err(unknown(entity)),
        }
    }

    pub(crate) fn delete_by_hand(
        &mut self,
        occasion: &mut Occasion<'_>,
        entity: &str,
        id: &Value,
    ) -> Edited {
        let number = number_of(id);
        match entity {
            "vendor" => {
                let removed = number.and_then(|id| self.remove_vendor(id));
                let vendor = removed.ok_or_else(|| format!("no vendor {id}"))?;
                let people: Vec<u64> = self.contact_ids_of(vendor.id).collect();
                for person in people {
                    if let Some(contact) = self.remove_contact(person) {
                        occasion.deleted("contact", contact.id, contact.shown());
                    }
                }
                self.lose_questionnaires_of(occasion, vendor.id);
                occasion.deleted("vendor", vendor.id, vendor.list_row());
                Ok(json!(vendor.id))
            }
            "contact" => {
                let removed = number.and_then(|id| self.remove_contact(id));
                let contact = removed.ok_or_else(|| format!("no contact {id}"))?;
                occasion.deleted("contact", contact.id, contact.shown());
                Ok(json!(contact.id))
            }
            "attribute" => {
                let name = id.as_str().ok_or("an attribute's id is its name")?;
                if !self.attribute_names.remove(name) {
                    return Err(format!("no attribute {name}"));
                }
                occasion.deleted("attribute", name, json!({ "name": name }));
                Ok(json!(name))
            }
            "threat" => self.lose_threat(occasion, id),
            "disclosure" => self.lose_disclosure(occasion, id),
            "risk" => self.lose_risk(occasion, id),
            "lead" => self.lose_lead(occasion, id),
            "waiver" => self.lose_waiver(occasion, id),
            "app" => self.lose_app(occasion, id),
            "own_risk" => self.lose_own_risk(occasion, id),
            "questionnaire" => self.lose_questionnaire(occasion, id),
            _ => Err(unknown(entity)),
        }
    }

    fn write_vendor(&self, vendor: &mut Vendor, set: &Map<String, Value>) -> Result<(), String> {
        for (name, value) in set {
            match name.as_str() {
                "name" => vendor.name = text(name, value)?,
                "primary_hostname" => {
                    vendor.primary_hostname =
                        Some(text(name, value)?).filter(|host| !host.is_empty());
                }
                "monitored" => vendor.monitored = value.as_bool().ok_or("monitored: a boolean")?,
                "tier" => vendor.tier = value.as_i64().filter(|tier| *tier != 0),
                "labels" => vendor.replace_labels(&texts(name, value)?),
                "portfolios" => vendor.portfolios = texts(name, value)?,
                "note" => vendor.note = text(name, value)?,
                "overallScore" => vendor.overall_score = value.as_i64(),
                "automatedScore" => vendor.automated_score = value.as_i64(),
                "questionnaireScore" => vendor.questionnaire_score = value.as_i64(),
                "assessmentStatus" => {
                    vendor.assessment_status = Some(text(name, value)?).filter(|it| !it.is_empty());
                }
                "lastAssessed" => {
                    vendor.last_assessed = Some(text(name, value)?).filter(|it| !it.is_empty());
                }
                "attributes" => {
                    let members = value.as_object().ok_or("attributes: an object")?;
                    for (attribute, value) in members {
                        self.write_attribute(vendor, attribute, value)?;
                    }
                }
                dotted => match dotted.strip_prefix("attributes.") {
                    Some(attribute) => self.write_attribute(vendor, attribute, value)?,
                    None => return Err(format!("a vendor has no {dotted}")),
                },
            }
        }
        Ok(())
    }

    fn write_attribute(
        &self,
        vendor: &mut Vendor,
        name: &str,
        value: &Value,
    ) -> Result<(), String> {
        if !self.attribute_names.contains(name) {
            return Err(format!("attribute {name} is not defined"));
        }
        match text(name, value)? {
            empty if empty.is_empty() => vendor.attributes.remove(name),
            text => vendor.attributes.insert(name.to_owned(), text),
        };
        Ok(())
    }

    fn write_contact(
        &self,
        contact: &mut VendorContact,
        set: &Map<String, Value>,
    ) -> Result<(), String> {
        for (name, value) in set {
            match name.as_str() {
                "vendor_id" => {
                    let vendor = number_of(value).filter(|id| self.vendors.contains_key(id));
                    contact.vendor_id = vendor.ok_or_else(|| format!("no vendor {value}"))?;
                }
                "name" => contact.name = text(name, value)?,
                "title" => contact.title = text(name, value)?,
                "email_address" => contact.email_address = text(name, value)?,
                "phone_mobile" => contact.phone_mobile = text(name, value)?,
                "notes" => contact.notes = text(name, value)?,
                _ => return Err(format!("a contact has no {name}")),
            }
        }
        Ok(())
    }

    /// The answering side's time, with a number of fractional digits that varies (§1).
    pub(super) fn stamp(&mut self, occasion: &Occasion<'_>) -> String {
        self.edits += 1;
        rfc3339(occasion.side_time, (self.edits * 3) % 10)
    }
}

fn unknown(entity: &str) -> String {
    let known = "vendor, contact, attribute, threat, comment, notification, disclosure, risk, lead, waiver, \
                 own_risk, app, questionnaire";
    format!("upguard has no {entity}; known: {known}")
}

pub(super) fn number_of(id: &Value) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(format!("{name}: a string")),
    }
}

pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let rows = value.as_array().and_then(|rows| {
        rows.iter().map(|row| row.as_str().map(str::to_owned)).collect::<Option<_>>()
    });
    rows.ok_or_else(|| format!("{name}: an array of strings"))
}
