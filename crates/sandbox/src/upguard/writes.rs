//! What do UpGuard's three flat writes do? Attributes merge, labels replace, tier 0 removes
//! (§4.3). All go by host name, so a webless vendor cannot be written (§8).

use serde_json::Value;

use super::record::Vendor;
use super::{UpGuard, error, reads, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

/// `{"vendor_primary_hostname", "attributes": {name: text or null}}`: absent names stay.
pub(super) fn attributes(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let members = call.members();
    let hostname = members.get("vendor_primary_hostname").and_then(Value::as_str);
    let hostname = hostname
        .ok_or_else(|| unprocessable("vendor_primary_hostname must be supplied in the body"))?;
    let wanted = members.get("attributes").and_then(Value::as_object);
    let wanted = wanted.ok_or_else(|| unprocessable("attributes must be an object"))?;
    let mut vendor = writable(upguard, occasion, hostname)?;
    for (name, value) in wanted {
        if !upguard.attribute_names.contains(name) {
            let status = occasion.switches.upguard_unknown_attribute_status;
            return Err(error(status, &format!("unknown attribute {name}")));
        }
        match value {
            Value::Null => {
                vendor.attributes.remove(name);
            }
            Value::String(text) if text.is_empty() => {
                vendor.attributes.remove(name);
            }
            Value::String(text) => {
                vendor.attributes.insert(name.clone(), text.clone());
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(unprocessable(format!("attribute {name} must be a string or null")));
            }
        }
    }
    upguard.settle_vendor(occasion, vendor);
    Ok(Response::empty(204))
}

/// Replaces the whole set; an empty list clears it. Every comma separates: how a label with a comma
/// would be sent is unpublished (§10).
pub(super) fn labels(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let hostname = required(call, "vendor_primary_hostname")?;
    let wanted = reads::csv(required(call, "labels")?).into_iter();
    let wanted: Vec<String> =
        wanted.map(|label| known_spelling(upguard, occasion, label)).collect::<Result<_, _>>()?;
    let mut vendor = writable(upguard, occasion, hostname)?;
    vendor.replace_labels(&wanted);
    upguard.settle_vendor(occasion, vendor);
    Ok(Response::empty(204))
}

fn known_spelling(
    upguard: &UpGuard,
    occasion: &Occasion<'_>,
    label: String,
) -> Result<String, Response> {
    let folded = label.to_lowercase();
    let same_but_case = upguard.labels.iter().find(|known| known.to_lowercase() == folded);
    match same_but_case {
        Some(known) if occasion.switches.upguard_label_case_folding => Ok(known.clone()),
        Some(_) | None
            if upguard.labels.contains(&label) || occasion.switches.upguard_label_autocreate =>
        {
            Ok(label)
        }
        Some(_) | None => Err(unprocessable(format!("unknown label {label}"))),
    }
}

pub(super) fn tier(upguard: &mut UpGuard, occasion: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let hostname = required(call, "vendor_primary_hostname")?;
    let tier: i64 = match required(call, "tier")?.parse() {
        Ok(tier) if 0 <= tier => tier,
        Ok(_) | Err(_) => return Err(unprocessable("tier must be a non-negative integer")),
    };
    let mut vendor = writable(upguard, occasion, hostname)?;
    vendor.tier = (tier != 0).then_some(tier);
    upguard.settle_vendor(occasion, vendor);
    Ok(Response::empty(204))
}

/// A mandatory query parameter, which may be empty; a body does not stand in for it (§1).
pub(super) fn required<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Response> {
    let missing = || unprocessable(format!("query parameter {name} must be supplied"));
    call.request.query(name).ok_or_else(missing)
}

fn writable(
    upguard: &UpGuard,
    occasion: &Occasion<'_>,
    hostname: &str,
) -> Result<Vendor, Response> {
    let refusal = || {
        let status = occasion.switches.upguard_unknown_host_status;
        error(status, "The vendor is not accessible or does not exist.")
    };
    upguard.vendor_at(hostname).cloned().ok_or_else(refusal)
}
