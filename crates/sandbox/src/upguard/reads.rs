//! What do UpGuard's reads answer? Pages, list against detail, and the two reads that are not
//! reads at all (§4.1, §4.2).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::paging::{Page, page_size};
use super::record::{Vendor, VendorContact};
use super::{UpGuard, error, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

const VENDOR_NOT_FOUND: &str = "vendor was not found";
const CONTACT_FORBIDDEN: &str = "Your API key does not have permission to perform this action, or \
                                 the contact does not exist or is not accessible.";

pub(super) fn organisation(upguard: &mut UpGuard, _: &mut Occasion<'_>, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &upguard.organisation))
}

/// Monitored vendors by id; `include_ad_hoc_reports` adds the others.
pub(super) fn vendors(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let size = page_size(call, 10..=2000, 1000)?;
    let labels = csv(call.request.query("labels").unwrap_or_default());
    if let Some(label) = labels.iter().find(|label| !upguard.labels.contains(*label)) {
        return Err(unprocessable(format!("unknown label {label}")));
    }
    let all = flag(call, "include_ad_hoc_reports")?;
    let page = Page::asked(call, occasion, size, format!("vendors {all} {labels:?}"))?;
    let listed: Vec<&Vendor> = upguard
        .vendors
        .values()
        .filter(|vendor| all || vendor.monitored)
        .filter(|vendor| {
            labels.is_empty() || labels.iter().any(|label| vendor.labels.contains(label))
        })
        .collect();
    let mut body = page.of(&listed, "vendors", occasion, |vendor| vendor.list_row());
    body["total_results"] = json!(listed.len());
    Ok(Response::json(200, &body))
}

/// Also answers for unmonitored vendors. `start_monitoring` and `generate_ad_hoc_report` spend a
/// licence; the ledger keeps that as a `licence` effect (§1, idempotency). A host name that nobody
/// has heard of is then scheduled to be added: 202.
pub(super) fn vendor(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let id = number(call, "id")?;
    let hostname = call.request.query("hostname").filter(|host| !host.is_empty());
    let monitor = flag(call, "start_monitoring")?;
    let report = flag(call, "generate_ad_hoc_report")?;
    let (found, key) = match (id, hostname) {
        (Some(id), _) => (upguard.vendors.get(&id), None),
        (None, Some(hostname)) => (upguard.vendor_at(hostname), Some(hostname)),
        (None, None) => return Err(unprocessable("either id or hostname must be supplied")),
    };
    let found = found.cloned();
    let record = match (&found, key) {
        (Some(vendor), _) => json!(vendor.id),
        (None, Some(hostname)) if monitor || report => json!(hostname),
        (None, Some(_) | None) => return Err(error(404, VENDOR_NOT_FOUND)),
    };
    for (name, spent) in [("start_monitoring", monitor), ("generate_ad_hoc_report", report)] {
        if spent {
            occasion.note(
                "vendor",
                record.clone(),
                Some("licence".into()),
                Value::Null,
                json!(name),
            );
        }
    }
    let Some(mut vendor) = found else { return Ok(Response::empty(202)) };
    if monitor && !vendor.monitored {
        vendor.monitored = true;
        upguard.settle_vendor(occasion, vendor.clone());
    }
    Ok(Response::json(200, &vendor.detail()))
}

/// One vendor's people; the page size is the server's (§3).
pub(super) fn contact_list(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let hostname = call.request.query("vendor_primary_hostname").filter(|host| !host.is_empty());
    let vendor = match (number(call, "vendor_id")?, hostname) {
        (Some(id), _) => upguard.vendors.get(&id),
        (None, Some(hostname)) => upguard.vendor_at(hostname),
        (None, None) => {
            return Err(unprocessable(
                "either vendor_id or vendor_primary_hostname must be supplied",
            ));
        }
    };
    let vendor = vendor
        .filter(|vendor| vendor.monitored || occasion.switches.upguard_unmonitored_contacts)
        .ok_or_else(|| error(403, CONTACT_FORBIDDEN))?;
    let size = occasion.switches.upguard_contact_page_size;
    let page = Page::asked(call, occasion, size, format!("contacts {}", vendor.id))?;
    let ids = upguard.contact_ids_of(vendor.id);
    let people: Vec<&VendorContact> = ids.filter_map(|id| upguard.contacts.get(&id)).collect();
    let body = page.of(&people, "contacts", occasion, |contact| contact.shown());
    Ok(Response::json(200, &body))
}

pub(super) fn contact(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let id = number(call, "id")?.ok_or_else(|| unprocessable("id must be supplied"))?;
    let status = occasion.switches.upguard_missing_contact_status;
    let contact = upguard.contacts.get(&id).ok_or_else(|| error(status, CONTACT_FORBIDDEN))?;
    Ok(Response::json(200, &contact.shown()))
}

pub(super) fn labels(upguard: &mut UpGuard, _: &mut Occasion<'_>, _: &Call<'_>) -> Answer {
    Ok(Response::json(200, &json!({ "labels": upguard.labels })))
}

/// The members of a csv parameter; none of an empty one.
pub(super) fn csv(text: &str) -> Vec<String> {
    let trimmed = text.split(',').map(str::trim);
    trimmed.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A 64-bit id parameter.
pub(super) fn number(call: &Call<'_>, name: &str) -> Result<Option<u64>, Response> {
    let given = call.request.query(name).filter(|text| !text.is_empty());
    let parsed = given.map(str::parse).transpose();
    parsed.map_err(|_| unprocessable(format!("{name} must be an integer")))
}

pub(super) fn flag(call: &Call<'_>, name: &str) -> Result<bool, Response> {
    match call.request.query(name) {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(unprocessable(format!("{name} must be a boolean"))),
    }
}

/// A parameter that is a time.
pub(super) fn moment(call: &Call<'_>, name: &str) -> Result<Option<DateTime<Utc>>, Response> {
    let given = call.request.query(name).filter(|text| !text.is_empty());
    let parsed = given.map(DateTime::parse_from_rfc3339).transpose();
    let parsed = parsed.map_err(|_| unprocessable(format!("{name} must be a time (RFC 3339)")))?;
    Ok(parsed.map(|it| it.to_utc()))
}
