//! How does UpGuard answer? Its state, its routes and what every request meets first. Sections
//! (`§`) in this folder are those of the UpGuard fact sheet. Knows nothing of HighLevel.

mod apps;
mod disclosures;
mod edit;
mod leads;
mod notifications;
mod paging;
mod questionnaires;
mod reads;
pub mod record;
mod risk_kinds;
mod risks;
pub(crate) mod threats;
mod waivers;
mod writes;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::effects::Occasion;
use crate::http::{Call, Request, Response, System};
use crate::route::{Remote, Route};
use crate::strikes::{Fault, Strike};
use record::{Vendor, VendorContact};
pub use threats::PLANTED_SECRET;
use threats::record::Threat;

/// Path of the API below its host (§1).
pub const BASE_PATH: &str = "/api/public";

const ADMIN: &str = "Admin";
const PLATFORM: &str = "Platform";
const VENDOR_RISK: &str = "VendorRisk";
const BREACH_RISK: &str = "BreachRisk";
const DATA_LEAKS: &str = "DataLeaks";
const TRUST_EXCHANGE: &str = "TrustExchange";
const USER_RISK: &str = "UserRisk";
const READ_WRITE: &str = "ReadWrite";

/// What the account consists of.
const LISTS: [&str; 9] = [
    "vendors",
    "contacts",
    "threats",
    "disclosures",
    "risks",
    "leads",
    "waivers",
    "apps",
    "questionnaires",
];

/// The whole account of one organisation.
#[derive(Clone, Debug, Default)]
pub struct UpGuard {
    pub(crate) api_key: String,
    pub(crate) organisation: Value,
    pub(crate) vendors: BTreeMap<u64, Vendor>,
    pub(crate) contacts: BTreeMap<u64, VendorContact>,
    /// By uuid.
    pub(crate) threats: BTreeMap<String, Threat>,
    disclosures: BTreeMap<u64, disclosures::Disclosure>,
    risks: BTreeMap<risks::RiskId, risks::Risk>,
    leads: leads::Leads,
    own_risks: waivers::OwnRisks,
    apps: apps::Apps,
    questionnaires: questionnaires::Questionnaires,
    /// Oldest first.
    notifications: Vec<notifications::Notification>,
    /// Who has a login.
    pub(crate) members: Vec<threats::Member>,
    pub(crate) labels: BTreeSet<String>,
    /// Attribute names an administrator has defined (§4.3).
    pub(crate) attribute_names: BTreeSet<String>,
    vendor_by_hostname: HashMap<String, u64>,
    contacts_by_vendor: HashMap<u64, BTreeSet<u64>>,
    /// Requests in the present minute, by endpoint.
    hits: HashMap<&'static str, (i64, u64)>,
    last_id: u64,
    edits: u64,
}

impl UpGuard {
    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.last_id += 7;
        self.last_id
    }

    /// Starts numbering after `id`.
    pub(crate) fn number_from(&mut self, id: u64) {
        self.last_id = id;
    }

    pub(crate) fn put_vendor(&mut self, vendor: Vendor) {
        if let Some(old) = self.vendors.get(&vendor.id) {
            let (id, host) = (old.id, old.primary_hostname.clone());
            self.release_hostname(id, host.as_deref());
        }
        if let Some(host) = &vendor.primary_hostname {
            self.vendor_by_hostname.insert(host.to_lowercase(), vendor.id);
        }
        self.labels.extend(vendor.labels.iter().cloned());
        self.vendors.insert(vendor.id, vendor);
    }

    /// Stores a changed vendor and notes the effects.
    fn settle_vendor(&mut self, occasion: &mut Occasion<'_>, after: Vendor) {
        let before = self.vendors.get(&after.id).map(Vendor::fields).unwrap_or_default();
        occasion.changed("vendor", after.id, &before, &after.fields());
        self.put_vendor(after);
    }

    pub(crate) fn remove_vendor(&mut self, id: u64) -> Option<Vendor> {
        let vendor = self.vendors.remove(&id)?;
        self.release_hostname(id, vendor.primary_hostname.as_deref());
        Some(vendor)
    }

    /// Forgets the host name unless another vendor has taken it since.
    fn release_hostname(&mut self, id: u64, hostname: Option<&str>) {
        let hostname = hostname.map(str::to_lowercase).unwrap_or_default();
        if self.vendor_by_hostname.get(&hostname) == Some(&id) {
            self.vendor_by_hostname.remove(&hostname);
        }
    }

    pub(crate) fn vendor_at(&self, hostname: &str) -> Option<&Vendor> {
        self.vendors.get(self.vendor_by_hostname.get(&hostname.to_lowercase())?)
    }

    pub(crate) fn put_contact(&mut self, contact: VendorContact) {
        if let Some(old) = self.contacts.get(&contact.id) {
            let (vendor_id, id) = (old.vendor_id, old.id);
            self.contacts_by_vendor.entry(vendor_id).or_default().remove(&id);
        }
        self.contacts_by_vendor.entry(contact.vendor_id).or_default().insert(contact.id);
        self.contacts.insert(contact.id, contact);
    }

    pub(crate) fn remove_contact(&mut self, id: u64) -> Option<VendorContact> {
        let contact = self.contacts.remove(&id)?;
        self.contacts_by_vendor.entry(contact.vendor_id).or_default().remove(&id);
        Some(contact)
    }

    pub(crate) fn contact_ids_of(&self, vendor: u64) -> impl Iterator<Item = u64> + '_ {
        self.contacts_by_vendor.get(&vendor).into_iter().flatten().copied()
    }

    /// The account as its lists would show it.
    pub(crate) fn shown(&self) -> Value {
        let list = |name: &str| (name.to_owned(), Value::Array(self.listed(name)));
        Value::Object(LISTS.into_iter().map(list).collect())
    }

    /// What one of its lists would show, unmonitored vendors included.
    pub(crate) fn listed(&self, list: &str) -> Vec<Value> {
        let vendor = |vendor: &Vendor| {
            let mut row = vendor.list_row();
            row["monitored"] = json!(vendor.monitored);
            row
        };
        match list {
            "vendors" => self.vendors.values().map(vendor).collect(),
            "contacts" => self.contacts.values().map(VendorContact::shown).collect(),
            "threats" => self.shown_threats(),
            "disclosures" => self.shown_disclosures(),
            "risks" => self.shown_risks(),
            "leads" => self.shown_leads(),
            "waivers" => self.shown_waivers(),
            "apps" => self.shown_apps(),
            "questionnaires" => self.shown_questionnaires(),
            _ => Vec::new(),
        }
    }

    fn count(&mut self, occasion: &Occasion<'_>, endpoint: &'static str) -> Result<(), Response> {
        let minute = occasion.side_time.timestamp() / 60;
        let (counted, hits) = self.hits.entry(endpoint).or_insert((minute, 0));
        if *counted != minute {
            (*counted, *hits) = (minute, 0);
        }
        *hits += 1;
        match occasion.switches.upguard_requests_per_minute {
            Some(limit) if limit < *hits => {
                let mut refusal = error(429, "Too many requests have been made to this endpoint.");
                if let Some(seconds) = occasion.switches.upguard_retry_after_seconds {
                    refusal.set("retry-after", seconds);
                }
                Err(refusal)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// `{"error": text}`, the shape of every error (§1).
pub(crate) fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}

fn unprocessable(message: impl AsRef<str>) -> Response {
    error(422, message.as_ref())
}

impl Remote for UpGuard {
    const SYSTEM: System = System::UpGuard;
    const ROUTES: &'static [Route<Self>] = &[
        route("GET", "/organisation", PLATFORM, reads::organisation),
        route("GET", "/vendors", VENDOR_RISK, reads::vendors),
        route("GET", "/vendor", VENDOR_RISK, reads::vendor),
        route("GET", "/vendor/contact/list", VENDOR_RISK, reads::contact_list),
        route("GET", "/vendor/contact", VENDOR_RISK, reads::contact),
        route("GET", "/labels", PLATFORM, reads::labels),
        route("GET", "/notifications", ADMIN, notifications::list),
        route("PUT", "/vendor/attributes", VENDOR_RISK, writes::attributes),
        route("PUT", "/vendor/labels", VENDOR_RISK, writes::labels),
        route("PUT", "/vendor/tier", VENDOR_RISK, writes::tier),
        route("GET", "/threatmonitoring/threat/list", BREACH_RISK, threats::reads::list),
        route("GET", "/threatmonitoring/threat/count", BREACH_RISK, threats::reads::count),
        route("GET", "/threatmonitoring/threat", BREACH_RISK, threats::reads::detail),
        route(
            "POST",
            "/threatmonitoring/threat/investigator/update",
            BREACH_RISK,
            threats::writes::assign,
        ),
        route(
            "POST",
            "/threatmonitoring/threat/comment/add",
            BREACH_RISK,
            threats::writes::comment,
        ),
        route(
            "POST",
            "/threatmonitoring/threat/remediation_request/add",
            BREACH_RISK,
            threats::writes::request_remediation,
        ),
        route(
            "POST",
            "/threatmonitoring/threat/remediation_request/close",
            BREACH_RISK,
            threats::writes::finish_remediation,
        ),
        route("POST", "/threatmonitoring/threat/close", BREACH_RISK, threats::writes::close),
        route("POST", "/threatmonitoring/threat/reopen", BREACH_RISK, threats::writes::reopen),
        route("GET", "/risks", BREACH_RISK, waivers::list),
        route("GET", "/risks/vendors/all", VENDOR_RISK, risks::overview),
        route("GET", "/risks/vendors_with_risk", VENDOR_RISK, risks::vendors_with_risk),
        route("GET", "/risks/vendors/diffs", VENDOR_RISK, risks::diffs),
        route("GET", "/vendor/questionnaires/v2", VENDOR_RISK, questionnaires::list),
        route("GET", "/vendor/questionnaire", VENDOR_RISK, questionnaires::detail),
        route("GET", "/trust_exchange/trust_center/access", TRUST_EXCHANGE, leads::access),
        route("GET", "/user_risk/apps/list", USER_RISK, apps::list),
        route("GET", "/dataleaks/disclosures", DATA_LEAKS, disclosures::list),
        route("PUT", "/dataleaks/disclosures/status", DATA_LEAKS, disclosures::set_status),
    ];

    fn below_base<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(BASE_PATH)
    }

    fn admit(
        &mut self,
        occasion: &Occasion<'_>,
        route: Option<&Route<Self>>,
        call: &Call<'_>,
    ) -> Result<(), Response> {
        self.count(occasion, route.map_or("", |route| route.template))?;
        if call.request.header("authorization") != Some(self.api_key.as_str()) {
            return Err(error(occasion.switches.upguard_bad_key_status, "Invalid API key"));
        }
        let lacks = |route: &Route<Self>, held: &[String]| {
            let both = occasion.switches.upguard_writes_need_read_write && route.writes();
            let needed = [Some(route.grant), both.then_some(READ_WRITE)];
            needed.into_iter().flatten().any(|it| !held.iter().any(|name| name == it))
        };
        match (route, &occasion.switches.upguard_permissions) {
            (Some(route), Some(held)) if lacks(route, held) => {
                Err(error(403, "Your API key does not have permission to perform this action."))
            }
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }

    fn no_such_route(&self, _: &Request) -> Response {
        error(404, "not found")
    }

    fn malformed_json(&self) -> Response {
        error(400, "malformed JSON")
    }

    fn faulty(&self, fault: Fault, strike: &Strike) -> Response {
        match fault {
            Fault::DropBeforeEffect | Fault::DropAfterCommit => {
                Response { dropped: true, ..Response::default() }
            }
            Fault::RateLimited => {
                let mut response = error(429, "Too many requests have been made to this endpoint.");
                if let Some(seconds) = strike.retry_after_seconds {
                    response.set("retry-after", seconds);
                }
                response
            }
            Fault::TokenExpired => error(401, "Invalid API key"),
            Fault::ScopeMissing | Fault::Forbidden => {
                error(403, "Your API key does not have permission to perform this action.")
            }
            Fault::UnprocessableAfterCommit => unprocessable("An invalid parameter was supplied"),
            Fault::ErrorBeforeEffect | Fault::DropFields => {
                error(strike.status.unwrap_or(500), "An internal system error occurred")
            }
            Fault::ErrorAfterCommit => {
                error(strike.status.unwrap_or(502), "An internal system error occurred")
            }
        }
    }

    fn finish(&mut self, _: &Occasion<'_>, _: &mut Response) {}
}

const fn route(
    method: &'static str,
    template: &'static str,
    grant: &'static str,
    run: crate::route::Run<UpGuard>,
) -> Route<UpGuard> {
    Route { method, template, grant, run }
}
