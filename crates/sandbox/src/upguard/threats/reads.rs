//! What do the threat reads answer? List, count and detail (§4.4).

use serde_json::{Value, json};

use super::filter::Filter;
use super::record::Threat;
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};
use crate::upguard::paging::{Page, page_size};
use crate::upguard::{UpGuard, error, reads, unprocessable};

const NOT_FOUND: &str = "There was a problem with the request";

/// Newest first unless asked otherwise.
pub(in crate::upguard) fn list(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let size = page_size(call, 1..=2000, 50)?;
    let filter = Filter::read(call)?;
    let with_snippets = reads::flag(call, "include_snippets")?;
    let ascending = match call.request.query("sort_by") {
        None | Some("" | "date_alerted" | "date_alerted:desc") => false,
        Some("date_alerted:asc") => true,
        Some(_) => return Err(unprocessable("sort_by: only date_alerted can be sorted by")),
    };
    let listing = format!("threats {ascending} {with_snippets} {filter:?}");
    let page = Page::asked(call, occasion, size, listing)?;
    let mut found = passing(upguard, occasion, &filter);
    found.sort_by(|one, two| {
        let by_age = one.detected.cmp(&two.detected).then_with(|| one.uuid.cmp(&two.uuid));
        if ascending { by_age } else { by_age.reverse() }
    });
    let row = |threat: &&Threat| Value::Object(threat.row(with_snippets));
    Ok(Response::json(200, &page.of(&found, "results", occasion, row)))
}

pub(in crate::upguard) fn count(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let filter = Filter::read(call)?;
    let total = passing(upguard, occasion, &filter).len();
    Ok(Response::json(200, &json!({ "total_results": total })))
}

pub(in crate::upguard) fn detail(
    upguard: &mut UpGuard,
    _: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let threat = find(upguard, call)?;
    Ok(Response::json(200, &json!({ "threat_details": threat.detail() })))
}

/// The threat that the mandatory `uuid` names.
pub(super) fn find(upguard: &UpGuard, call: &Call<'_>) -> Result<Threat, Response> {
    let uuid = call.request.query("uuid").unwrap_or_default();
    let dashes = [8, 13, 18, 23];
    let shaped = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match dashes.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        });
    if !shaped {
        return Err(unprocessable("uuid must be a valid UUID"));
    }
    let found = upguard.threats.get(&uuid.to_lowercase()).cloned();
    found.ok_or_else(|| error(404, NOT_FOUND))
}

fn passing<'a>(upguard: &'a UpGuard, occasion: &Occasion<'_>, filter: &Filter) -> Vec<&'a Threat> {
    let threats = upguard.threats.values();
    threats.filter(|threat| filter.passes(threat, occasion.side_time)).collect()
}
