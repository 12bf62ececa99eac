//! What is a contact, and how does it look in every answer? One rendering per shape: search row,
//! GET, create answer, row of a business (HighLevel sheet §6.1, §6.2).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::effects::Fields;
use crate::http::iso_millis;

/// The text members of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Text {
    FirstName,
    LastName,
    Email,
    Phone,
    Address1,
    City,
    State,
    PostalCode,
    Country,
    Website,
    Timezone,
    DateOfBirth,
    CompanyName,
    AssignedTo,
    Source,
    Gender,
}

impl Text {
    /// Every text member, in the order answers show them.
    pub const ALL: [Self; 16] = [
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Phone,
        Self::Address1,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
        Self::Website,
        Self::Timezone,
        Self::DateOfBirth,
        Self::CompanyName,
        Self::AssignedTo,
        Self::Source,
        Self::Gender,
    ];

    /// Its member name on create, `PUT` and GET.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address1 => "address1",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postalCode",
            Self::Country => "country",
            Self::Website => "website",
            Self::Timezone => "timezone",
            Self::DateOfBirth => "dateOfBirth",
            Self::CompanyName => "companyName",
            Self::AssignedTo => "assignedTo",
            Self::Source => "source",
            Self::Gender => "gender",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|text| text.name() == name)
    }
}

/// A contact as the primary store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// 20 case-sensitive alphanumerics.
    pub id: String,
    /// Text members that are set.
    pub texts: BTreeMap<Text, String>,
    /// Lower-case names in the order they were added.
    pub tags: Vec<String>,
    /// Values by definition id.
    pub custom_fields: BTreeMap<String, Value>,
    /// All channels off.
    pub dnd: bool,
    /// Per channel.
    pub dnd_settings: Value,
    /// Written, never answered (§6.1).
    pub inbound_dnd_settings: Value,
    /// Link set by `bulk/business` only.
    pub business_id: Option<String>,
    /// Readable, not writable (§6.1).
    pub additional_emails: Vec<String>,
    /// Readable, not writable.
    pub additional_phones: Vec<String>,
    /// Lower-case key of the contact type.
    pub kind: String,
    /// When it was created.
    pub date_added: DateTime<Utc>,
    /// When a field last moved; which ones count is a switch.
    pub date_updated: DateTime<Utc>,
    /// `{source, channel, sourceId, timestamp}`.
    pub created_by: Value,
}

impl Contact {
    pub(crate) fn new(id: String, at: DateTime<Utc>) -> Self {
        Self {
            id,
            texts: BTreeMap::new(),
            tags: Vec::new(),
            custom_fields: BTreeMap::new(),
            dnd: false,
            dnd_settings: json!({}),
            inbound_dnd_settings: json!({}),
            business_id: None,
            additional_emails: Vec::new(),
            additional_phones: Vec::new(),
            kind: "lead".into(),
            date_added: at,
            date_updated: at,
            created_by: Value::Null,
        }
    }

    /// A text member, if it is set.
    pub fn text(&self, text: Text) -> Option<&str> {
        self.texts.get(&text).map(String::as_str)
    }

    /// Sets a text member; empty clears it.
    pub fn set_text(&mut self, text: Text, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.texts.remove(&text);
        } else {
            self.texts.insert(text, value);
        }
    }

    /// First and last name, joined.
    pub fn full_name(&self) -> String {
        let parts = [Text::FirstName, Text::LastName].map(|part| self.text(part).unwrap_or(""));
        parts.join(" ").trim().to_owned()
    }

    /// Adds tags, lower-cased as the server does (§6.5); says which were new.
    pub(crate) fn add_tags(&mut self, tags: &[String]) -> Vec<String> {
        let mut added = Vec::new();
        for tag in lower_case(tags) {
            if !self.tags.contains(&tag) {
                self.tags.push(tag.clone());
                added.push(tag);
            }
        }
        added
    }

    pub(crate) fn remove_tags(&mut self, tags: &[String]) -> Vec<String> {
        let unwanted = lower_case(tags);
        let (removed, kept) =
            self.tags.drain(..).partition::<Vec<_>, _>(|tag| unwanted.contains(tag));
        self.tags = kept;
        removed
    }

    /// Replaces the set; the same set in another order is no change.
    pub(crate) fn replace_tags(&mut self, tags: &[String]) {
        let wanted = lower_case(tags);
        self.tags.retain(|tag| wanted.contains(tag));
        self.add_tags(&wanted);
    }

    /// The answer of `GET /contacts/{id}`; unset members are left out.
    pub fn detail(&self, location: &str) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), json!(self.id));
        members.insert("locationId".into(), json!(location));
        for (text, value) in self.texts.iter().filter(|(text, _)| **text != Text::Gender) {
            members.insert(text.name().into(), json!(value));
            if let Some(shadow) = shadow_name(*text) {
                members.insert(shadow.into(), json!(value.to_lowercase()));
            }
        }
        let full_name = self.full_name();
        if !full_name.is_empty() {
            members.insert("fullNameLowerCase".into(), json!(full_name.to_lowercase()));
        }
        members.insert("type".into(), json!(self.kind));
        members.insert("tags".into(), json!(self.tags));
        members.insert("dnd".into(), json!(self.dnd));
        members.insert("dndSettings".into(), self.dnd_settings.clone());
        members.insert("customFields".into(), self.shown_custom_fields());
        if let Some(business) = &self.business_id {
            members.insert("businessId".into(), json!(business));
        }
        members.insert("additionalEmails".into(), emails(&self.additional_emails));
        members.insert("additionalPhones".into(), json!(self.additional_phones));
        members.insert("followers".into(), json!([]));
        members.insert("dateAdded".into(), json!(iso_millis(self.date_added)));
        members.insert("dateUpdated".into(), json!(iso_millis(self.date_updated)));
        members.insert("lastActivity".into(), json!(iso_millis(self.date_updated)));
        members.insert("createdBy".into(), self.created_by.clone());
        Value::Object(members)
    }

    /// The answer of a create: the detail with three more flags and a full ISO birth date (§6.1).
    pub fn created(&self, location: &str) -> Value {
        let mut shown = self.detail(location);
        if let Some(date) = self.text(Text::DateOfBirth) {
            shown["dateOfBirth"] = json!(format!("{date}T00:00:00.000Z"));
        }
        for flag in ["deleted", "bounceEmail", "unsubscribeEmail"] {
            shown[flag] = json!(false);
        }
        shown
    }

    /// A row of `contacts/search`; unset members are null and `searchAfter` is the caller's (§6.2).
    pub fn search_row(&self, location: &str, business_name: Option<&str>) -> Value {
        let text = |text| self.text(text);
        let lower = |text| self.text(text).map(str::to_lowercase);
        json!({
            "id": self.id,
            "locationId": location,
            "contactName": Some(self.full_name().to_lowercase()).filter(|name| !name.is_empty()),
            "firstName": text(Text::FirstName),
            "firstNameLowerCase": lower(Text::FirstName),
            "lastName": text(Text::LastName),
            "lastNameLowerCase": lower(Text::LastName),
            "email": text(Text::Email),
            "phone": text(Text::Phone),
            "additionalEmails": emails(&self.additional_emails),
            "additionalPhones": self.additional_phones,
            "address": text(Text::Address1),
            "city": text(Text::City),
            "state": text(Text::State),
            "postalCode": text(Text::PostalCode),
            "country": text(Text::Country),
            "website": text(Text::Website),
            "timezone": text(Text::Timezone),
            "dateOfBirth": text(Text::DateOfBirth),
            "companyName": text(Text::CompanyName),
            "businessName": business_name,
            "businessId": self.business_id,
            "type": self.kind,
            "assignedTo": text(Text::AssignedTo),
            "tags": self.tags,
            "customFields": self.shown_custom_fields(),
            "dnd": self.dnd,
            "dndSettings": self.dnd_settings,
            "source": text(Text::Source),
            "followers": [],
            "validEmail": null,
            "phoneLabel": null,
            "opportunities": [],
            "dateAdded": iso_millis(self.date_added),
            "dateUpdated": iso_millis(self.date_updated),
        })
    }

    /// A row of `GET /contacts/business/{id}`: neither name nor `dateUpdated`, and texts that are not set
    /// are left out (§6.2).
    pub fn business_row(&self, location: &str) -> Value {
        let mut row = json!({
            "id": self.id,
            "locationId": location,
            "dateAdded": iso_millis(self.date_added),
            "customFields": self.shown_custom_fields(),
            "tags": self.tags,
            "businessId": self.business_id,
            "attributions": [],
            "followers": [],
        });
        for text in [Text::Email, Text::Timezone, Text::Country, Text::Source] {
            if let Some(value) = self.text(text) {
                row[text.name()] = json!(value);
            }
        }
        row
    }

    /// Everything that can be written, by write name.
    pub(crate) fn fields(&self) -> Fields {
        let mut fields = Fields::from([
            ("tags".into(), json!(self.tags)),
            ("dnd".into(), json!(self.dnd)),
            ("dndSettings".into(), self.dnd_settings.clone()),
            ("inboundDndSettings".into(), self.inbound_dnd_settings.clone()),
            ("businessId".into(), json!(self.business_id)),
            ("additionalEmails".into(), json!(self.additional_emails)),
            ("additionalPhones".into(), json!(self.additional_phones)),
            ("type".into(), json!(self.kind)),
        ]);
        for (text, value) in &self.texts {
            fields.insert(text.name().into(), json!(value));
        }
        for (id, value) in &self.custom_fields {
            fields.insert(format!("customFields.{id}"), value.clone());
        }
        fields
    }

    fn shown_custom_fields(&self) -> Value {
        let rows = self.custom_fields.iter();
        rows.map(|(id, value)| json!({ "id": id, "value": value })).collect()
    }
}

fn shadow_name(text: Text) -> Option<&'static str> {
    match text {
        Text::FirstName => Some("firstNameLowerCase"),
        Text::LastName => Some("lastNameLowerCase"),
        Text::Email => Some("emailLowerCase"),
        _ => None,
    }
}

fn emails(emails: &[String]) -> Value {
    emails.iter().map(|email| json!({ "email": email })).collect()
}

fn lower_case(tags: &[String]) -> Vec<String> {
    let lowered = tags.iter().map(|tag| tag.trim().to_lowercase());
    lowered.filter(|tag| !tag.is_empty()).collect()
}
