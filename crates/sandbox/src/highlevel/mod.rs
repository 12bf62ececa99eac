//! How does HighLevel answer? Its state, its routes and what every request meets first. Sections
//! (`§`) in this folder are those of the HighLevel fact sheet. Knows nothing of UpGuard.

mod appointment;
pub mod business;
mod children;
pub mod contact;
pub(crate) mod contacts;
mod edit;
mod filter;
mod index;
mod limits;
pub mod location;
pub(crate) mod locations;
mod members;
mod note;
pub mod oauth;
mod people;
mod search;
mod tags;
mod task;
mod task_search;
mod tasks;
pub(crate) mod webhooks;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::effects::Occasion;
use crate::http::{Call, Request, Response, System};
use crate::random::Random;
use crate::route::{Remote, Route, Run};
use crate::strikes::{Fault, Strike};
use appointment::Appointment;
use business::Business;
use children::Children;
use contact::Contact;
use contacts::Contacts;
use location::CustomField;
use note::Note;
use task::Task;

/// The version this fake speaks (§1).
pub const VERSION: &str = "2021-07-28";

/// What a location consists of.
const LISTS: [&str; 5] = ["contacts", "businesses", "customFields", "tasks", "notes"];

const CONTACTS_READ: &str = "contacts.readonly";
const CONTACTS_WRITE: &str = "contacts.write";
const BUSINESSES_READ: &str = "businesses.readonly";
const BUSINESSES_WRITE: &str = "businesses.write";

/// One location.
#[derive(Clone, Debug)]
pub struct HighLevel {
    pub(crate) token: String,
    office: oauth::Office,
    pub(crate) location_id: String,
    pub(crate) contacts: Contacts,
    /// Contacts that went into others: they vanish without an event (§10).
    merged: BTreeSet<String>,
    pub(crate) businesses: HashMap<String, Business>,
    business_order: Vec<String>,
    pub(crate) custom_field_definitions: Vec<CustomField>,
    tasks: Children<Task>,
    notes: Children<Note>,
    appointments: Children<Appointment>,
    task_index: task_search::TaskIndex,
    /// Ids by tag name.
    tag_dictionary: BTreeMap<String, String>,
    pub(crate) random: Random,
    remembered: search::Remembered,
    meter: limits::Meter,
    traces: u64,
}

impl HighLevel {
    pub(crate) fn new(token: String, location_id: String, random: Random) -> Self {
        Self {
            token,
            office: oauth::Office::default(),
            location_id,
            contacts: Contacts::default(),
            merged: BTreeSet::new(),
            businesses: HashMap::new(),
            business_order: Vec::new(),
            custom_field_definitions: Vec::new(),
            tasks: Children::default(),
            notes: Children::default(),
            appointments: Children::default(),
            task_index: task_search::TaskIndex::default(),
            tag_dictionary: BTreeMap::new(),
            random,
            remembered: search::Remembered::default(),
            meter: limits::Meter::default(),
            traces: 0,
        }
    }

    /// Every scope there is use for here.
    fn scopes() -> Vec<String> {
        let mut scopes: Vec<String> =
            <Self as Remote>::ROUTES.iter().map(|it| it.grant.to_owned()).collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }

    /// Whether the token was given for this location, valid or not.
    pub(crate) fn is_opened_by(&self, token: &str) -> bool {
        token == self.token || self.office.gave(token)
    }

    pub(crate) fn blank_contact(&mut self, at: DateTime<Utc>) -> Contact {
        Contact::new(self.random.alphanumeric_id(), at)
    }

    pub(crate) fn put_business(&mut self, business: Business) {
        if !self.businesses.contains_key(&business.id) {
            self.business_order.push(business.id.clone());
        }
        self.remembered = search::Remembered::default();
        self.businesses.insert(business.id.clone(), business);
    }

    fn remove_business(&mut self, id: &str) {
        self.businesses.remove(id);
        self.remembered = search::Remembered::default();
        self.business_order.retain(|known| known != id);
    }

    pub(crate) fn learn_tags(&mut self, tags: &[String]) {
        for tag in tags {
            if !self.tag_dictionary.contains_key(tag) {
                let id = self.random.alphanumeric_id();
                self.tag_dictionary.insert(tag.clone(), id);
            }
        }
    }

    /// Stores a changed contact: notes the effects, moves `dateUpdated` as the switches say (§8,
    /// §13) and tells the index.
    fn store(
        &mut self,
        occasion: &mut Occasion<'_>,
        mut after: Contact,
        moves_anyway: bool,
    ) -> Contact {
        let before = self.contacts.get(&after.id).map(|contact| contact.fields());
        let before = before.unwrap_or_default();
        let moved = occasion.changed("contact", after.id.as_str(), &before, &after.fields());
        let switches = occasion.switches;
        let counts = |field: &String| match field.as_str() {
            "tags" => switches.tag_moves_date_updated,
            "businessId" => switches.business_link_moves_date_updated,
            field if field.starts_with("customFields.") => switches.custom_field_moves_date_updated,
            _ => true,
        };
        let moves = moved.iter().any(counts) || (moves_anyway && moved.is_empty());
        if moves {
            after.date_updated = occasion.side_time;
        }
        if switches.tag_autocreate {
            self.learn_tags(&after.tags);
        }
        if moves || !moved.is_empty() {
            self.contacts.put(after.clone(), occasion.at);
        }
        after
    }

    /// Changes one contact in place, if it is there.
    fn rewrite(
        &mut self,
        occasion: &mut Occasion<'_>,
        id: &str,
        change: impl FnOnce(&mut Contact),
    ) {
        let Some(mut contact) = self.contacts.get(id).map(|contact| (**contact).clone()) else {
            return;
        };
        change(&mut contact);
        self.store(occasion, contact, false);
    }

    /// Moves a contact's `dateUpdated` because of something that hangs on it, where the switches
    /// say so (§8).
    fn touch(&mut self, occasion: &mut Occasion<'_>, contact: &str, moves: bool) {
        let found = self.contacts.get(contact).filter(|_| moves).cloned();
        if let Some(contact) = found {
            self.store(occasion, (*contact).clone(), true);
        }
    }

    /// The location as GETs by id would show it.
    pub(crate) fn shown(&self) -> Value {
        let list = |name: &str| (name.to_owned(), Value::Array(self.listed(name)));
        Value::Object(LISTS.into_iter().map(list).collect())
    }

    /// What one of its lists would show.
    pub(crate) fn listed(&self, list: &str) -> Vec<Value> {
        let (location, businesses) = (&self.location_id, self.business_order.iter());
        match list {
            "contacts" => self.contacts.iter().map(|it| it.detail(location)).collect(),
            "businesses" => businesses
                .filter_map(|id| self.businesses.get(id))
                .map(|business| business.shown(location))
                .collect(),
            "customFields" => {
                let definitions = self.custom_field_definitions.iter().enumerate();
                definitions.map(|(place, field)| field.shown(place, location)).collect()
            }
            "tasks" => self.tasks.iter().map(Task::shown).collect(),
            "notes" => self.notes.iter().map(Note::shown).collect(),
            _ => Vec::new(),
        }
    }

    fn names_foreign_location(&self, call: &Call<'_>) -> bool {
        let in_path =
            call.request.path.strip_prefix("/locations/").and_then(|_| call.params.first());
        let in_body = call.body.as_ref().and_then(|body| body["locationId"].as_str());
        let named = [in_path.map(String::as_str), in_body, call.request.query("locationId")];
        named
            .into_iter()
            .flatten()
            .any(|location| !location.is_empty() && location != self.location_id)
    }
}

/// An error with one message, or an array of them at 422 (§4).
fn error(status: u16, message: Value) -> Response {
    let reason = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    };
    Response::json(status, &json!({ "statusCode": status, "message": message, "error": reason }))
}

/// A refusal of the body or a parameter: one message, in an array (§4).
fn unprocessable(message: impl Into<Value>) -> Response {
    error(422, json!([message.into()]))
}

fn bad_request(message: &str) -> Response {
    error(400, json!(message))
}

const EXPIRED: &str = "Invalid token: access token is invalid";
const UNSCOPED: &str = "The token is not authorized for this scope.";
const FOREIGN: &str = "The token does not have access to this location.";

impl Remote for HighLevel {
    const SYSTEM: System = System::HighLevel;
    const ROUTES: &'static [Route<Self>] = &[
        route("POST", "/contacts/search", CONTACTS_READ, search::search),
        route("GET", "/contacts/search/duplicate", CONTACTS_READ, people::duplicate_lookup),
        route("POST", "/contacts/upsert", CONTACTS_WRITE, people::upsert),
        route("POST", "/contacts/bulk/business", CONTACTS_WRITE, tags::link_business),
        route("POST", "/contacts/bulk/tags/update/{type}", CONTACTS_WRITE, tags::bulk),
        route("GET", "/contacts/business/{businessId}", CONTACTS_READ, tags::of_business),
        route("POST", "/contacts/", CONTACTS_WRITE, people::create),
        route("GET", "/contacts/{contactId}", CONTACTS_READ, people::get),
        route("PUT", "/contacts/{contactId}", CONTACTS_WRITE, people::update),
        route("DELETE", "/contacts/{contactId}", CONTACTS_WRITE, people::delete),
        route("POST", "/contacts/{contactId}/tags", CONTACTS_WRITE, tags::add),
        route("DELETE", "/contacts/{contactId}/tags", CONTACTS_WRITE, tags::remove),
        route("GET", "/contacts/{contactId}/tasks", CONTACTS_READ, tasks::list),
        route("POST", "/contacts/{contactId}/tasks", CONTACTS_WRITE, tasks::create),
        route("GET", "/contacts/{contactId}/tasks/{taskId}", CONTACTS_READ, tasks::get),
        route("PUT", "/contacts/{contactId}/tasks/{taskId}", CONTACTS_WRITE, tasks::update),
        route("DELETE", "/contacts/{contactId}/tasks/{taskId}", CONTACTS_WRITE, tasks::delete),
        route(
            "PUT",
            "/contacts/{contactId}/tasks/{taskId}/completed",
            CONTACTS_WRITE,
            tasks::complete,
        ),
        route(
            "POST",
            "/locations/{locationId}/tasks/search",
            "locations/tasks.readonly",
            task_search::search,
        ),
        route("GET", "/contacts/{contactId}/appointments", CONTACTS_READ, appointment::list),
        route("GET", "/contacts/{contactId}/notes", CONTACTS_READ, note::list),
        route("POST", "/contacts/{contactId}/notes", CONTACTS_WRITE, note::create),
        route("GET", "/contacts/{contactId}/notes/{id}", CONTACTS_READ, note::get),
        route("PUT", "/contacts/{contactId}/notes/{id}", CONTACTS_WRITE, note::update),
        route("DELETE", "/contacts/{contactId}/notes/{id}", CONTACTS_WRITE, note::delete),
        route("GET", "/businesses/", BUSINESSES_READ, business::list),
        route("POST", "/businesses/", BUSINESSES_WRITE, business::create),
        route("GET", "/businesses/{businessId}", BUSINESSES_READ, business::get),
        route("PUT", "/businesses/{businessId}", BUSINESSES_WRITE, business::update),
        route("DELETE", "/businesses/{businessId}", BUSINESSES_WRITE, business::delete),
        route("GET", "/locations/{locationId}", "locations.readonly", location::get),
        route(
            "GET",
            "/locations/{locationId}/customFields",
            "locations/customFields.readonly",
            location::custom_fields,
        ),
        route(
            "POST",
            "/locations/{locationId}/customFields",
            "locations/customFields.write",
            location::create_custom_field,
        ),
        route("GET", "/locations/{locationId}/tags", "locations/tags.readonly", location::tags),
    ];

    fn below_base<'a>(&self, path: &'a str) -> Option<&'a str> {
        Some(path)
    }

    fn admit(
        &mut self,
        occasion: &Occasion<'_>,
        route: Option<&Route<Self>>,
        call: &Call<'_>,
    ) -> Result<(), Response> {
        let switches = occasion.switches;
        if !self.meter.count(occasion.side_time, switches) {
            let mut refusal = error(429, json!("Too Many Requests"));
            if let Some(seconds) = switches.highlevel_retry_after_seconds {
                refusal.set("retry-after", seconds);
            }
            return Err(refusal);
        }
        let bearer = call.request.header("authorization").unwrap_or_default();
        match bearer.strip_prefix("Bearer ") {
            Some(token) if token == self.token => {}
            Some(token) if self.office.opens(token, occasion.side_time) => {}
            Some(token) if token.starts_with("pit-") => {
                return Err(error(401, json!("Invalid Private Integration token")));
            }
            Some(_) | None => return Err(error(401, json!(EXPIRED))),
        }
        if call.request.header("version") != Some(VERSION) {
            let status = switches.highlevel_bad_version_status;
            return Err(error(status, json!("version header was not found or is not supported")));
        }
        if let (Some(route), Some(held)) = (route, &switches.highlevel_scopes)
            && !held.iter().any(|scope| scope == route.grant)
        {
            return Err(error(401, json!(UNSCOPED)));
        }
        if self.names_foreign_location(call) {
            return Err(error(403, json!(FOREIGN)));
        }
        Ok(())
    }

    fn no_such_route(&self, request: &Request) -> Response {
        error(404, json!(format!("Cannot {} {}", request.method, request.path)))
    }

    fn malformed_json(&self) -> Response {
        bad_request("Unexpected token in JSON")
    }

    fn faulty(&self, fault: Fault, strike: &Strike) -> Response {
        match fault {
            Fault::DropBeforeEffect | Fault::DropAfterCommit => {
                Response { dropped: true, ..Response::default() }
            }
            Fault::RateLimited => {
                let mut refusal = error(429, json!("Too Many Requests"));
                if let Some(seconds) = strike.retry_after_seconds {
                    refusal.set("retry-after", seconds);
                }
                refusal
            }
            Fault::TokenExpired => error(401, json!(EXPIRED)),
            Fault::ScopeMissing => error(401, json!(UNSCOPED)),
            Fault::Forbidden => error(403, json!(FOREIGN)),
            Fault::UnprocessableAfterCommit => unprocessable("Unprocessable Entity"),
            Fault::ErrorBeforeEffect | Fault::DropFields => {
                error(strike.status.unwrap_or(500), json!("Internal server error"))
            }
            Fault::ErrorAfterCommit => error(strike.status.unwrap_or(502), json!("Bad gateway")),
        }
    }

    /// `traceId` in every body and the counters in every header (§1, §3).
    fn finish(&mut self, occasion: &Occasion<'_>, response: &mut Response) {
        self.traces += 1;
        let trace = Random::new(self.traces).draw();
        response.append_member("traceId", &json!(format!("{trace:016x}{:016x}", self.traces)));
        self.meter.tell(occasion.switches, response);
    }
}

const fn route(
    method: &'static str,
    template: &'static str,
    grant: &'static str,
    run: Run<HighLevel>,
) -> Route<HighLevel> {
    Route { method, template, grant, run }
}
