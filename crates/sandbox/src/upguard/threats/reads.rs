//! What do the threat reads answer? List, count and detail (§4.4).

use serde_json::{Value, json};

use super::filter::Filter;
use super::record::Threat;
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};
use crate::upguard::{UpGuard, error, reads, unprocessable};

const NOT_FOUND: &str = "There was a problem with the request";
const PAGE_SIZE_DEFAULT: usize = 50;
const PAGE_SIZE_MAX: usize = 2000;

/// Newest first unless asked otherwise.
pub(in crate::upguard) fn list(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let size = page_size(call)?;
    let filter = Filter::read(call)?;
    let with_snippets = reads::flag(call, "include_snippets")?;
    let ascending = match call.request.query("sort_by") {
        None | Some("" | "date_alerted" | "date_alerted:desc") => false,
        Some("date_alerted:asc") => true,
        Some(_) => return Err(unprocessable("sort_by: only date_alerted can be sorted by")),
    };
    let listing = format!("threats {ascending} {with_snippets} {filter:?}");
    let start = reads::start_of(call, occasion, &listing)?;
    let mut found = passing(upguard, occasion, &filter);
    found.sort_by(|one, two| {
        let by_age = one.detected.cmp(&two.detected).then_with(|| one.uuid.cmp(&two.uuid));
        if ascending { by_age } else { by_age.reverse() }
    });
    let page = found.iter().skip(start).take(size);
    let rows: Vec<Value> = page.map(|threat| Value::Object(threat.row(with_snippets))).collect();
    let mut body = json!({ "results": rows });
    let more = start.saturating_add(size) < found.len();
    reads::put_next(&mut body, occasion, more.then(|| start + size), &listing);
    Ok(Response::json(200, &body))
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

fn page_size(call: &Call<'_>) -> Result<usize, Response> {
    let Some(given) = call.request.query("page_size") else { return Ok(PAGE_SIZE_DEFAULT) };
    match given.parse() {
        Ok(size) if (1..=PAGE_SIZE_MAX).contains(&size) => Ok(size),
        Ok(_) | Err(_) => Err(unprocessable("page_size must be between 1 and 2000")),
    }
}
