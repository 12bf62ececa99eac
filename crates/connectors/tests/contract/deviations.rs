//! Where is it known that a system is otherwise than published, and who says so? The sections are those
//! of the two fact sheets. A row that nothing needs any more is an error.

use std::collections::BTreeSet;

use concordat_connectors::Operation;

/// One known deviation.
pub struct Deviation {
    /// Of which operation; `*` at the end: of all that begin so.
    pub operation: &'static str,
    /// What, in the words of the check; `*` at the end: whatever begins so.
    pub what: &'static str,
    /// Who says so.
    pub source: &'static str,
}

const fn deviation(operation: &'static str, what: &'static str, source: &'static str) -> Deviation {
    Deviation { operation, what, source }
}

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    deviation("GET /notifications", "query page_token: not declared", "upguard.md §5"),
    deviation("PUT /vendor/attributes", "body/attributes/Main phone: is null", "upguard.md §4.3"),
    deviation("PUT /vendor/attributes", "body/attributes/Owner: is null", "upguard.md §4.3"),
    deviation(
        "GET /user_risk/apps/list",
        "UserRisk is not its permission",
        "upguard.md §1, key permissions: User Risk, the same in two spellings",
    ),
    deviation("UpGuard *", "401: not declared", "upguard.md §1, errors"),
    deviation("UpGuard *", "403: not declared", "upguard.md §1, errors"),
    deviation("UpGuard *", "502: not declared", "RFC 9110 §15.6.3: any gateway"),
    deviation("POST /contacts/search", "body/filters: not declared", "highlevel.md §5, §12 row 14"),
    deviation(
        "POST /contacts/search",
        "body/locationId: not declared",
        "highlevel.md §5, §12 row 14",
    ),
    deviation(
        "POST /contacts/search",
        "body/pageLimit: not declared",
        "highlevel.md §5, §12 row 14",
    ),
    deviation("POST /contacts/search", "body/searchAfter: not declared", "highlevel.md §6.3"),
    deviation("POST /contacts/search", "body/sort: not declared", "highlevel.md §5, §12 row 14"),
    deviation(
        "POST /locations/{locationId}/tasks/search",
        "body/searchAfter: not declared",
        "highlevel.md §7",
    ),
    deviation(
        "POST /locations/{locationId}/tasks/search",
        "201: not declared",
        "highlevel.md §1, §7",
    ),
    deviation(
        "GET /locations/{locationId}",
        "200/location/settings/contactUniqueIdentifiers: not declared",
        "highlevel.md §6.7",
    ),
    deviation("PUT /vendor/labels", "404: not declared", "upguard.md §1, errors"),
    deviation("PUT /vendor/tier", "404: not declared", "upguard.md §1, errors"),
    // The schema of a number says object, and its example 100.
    deviation("POST /contacts/", "body/customFields/*: anyOf", "highlevel.md §6.4"),
    deviation("PUT /contacts/{contactId}", "body/customFields/*: anyOf", "highlevel.md §6.4"),
    deviation(
        "POST /contacts/",
        "201/contact/customFields/*/value: is a number",
        "highlevel.md §6.4",
    ),
    deviation(
        "GET /contacts/business/{businessId}",
        "200/contacts/*/customFields/*/value: is a number",
        "highlevel.md §6.4",
    ),
    deviation("POST /contacts/", "201/contact/additionalEmails: not declared", "highlevel.md §6.1"),
    deviation("POST /contacts/", "201/contact/additionalPhones: not declared", "highlevel.md §6.1"),
    deviation("POST /contacts/", "201/contact/createdBy: not declared", "highlevel.md §6.1"),
    deviation("POST /contacts/", "201/contact/followers: not declared", "highlevel.md §6.1"),
    deviation("POST /contacts/", "201/contact/lastActivity: not declared", "highlevel.md §6.1"),
    deviation(
        "GET /contacts/{contactId}",
        "200/contact/additionalEmails: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "GET /contacts/{contactId}",
        "200/contact/additionalPhones: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "GET /contacts/{contactId}",
        "200/contact/createdBy: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "GET /contacts/{contactId}",
        "200/contact/followers: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "GET /contacts/{contactId}",
        "200/contact/customFields/*/value: is a number",
        "highlevel.md §6.4",
    ),
    deviation(
        "PUT /contacts/{contactId}",
        "200/contact/additionalEmails: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "PUT /contacts/{contactId}",
        "200/contact/additionalPhones: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "PUT /contacts/{contactId}",
        "200/contact/createdBy: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "PUT /contacts/{contactId}",
        "200/contact/followers: not declared",
        "highlevel.md §6.1",
    ),
    deviation(
        "PUT /contacts/{contactId}",
        "200/contact/customFields/*/value: is a number",
        "highlevel.md §6.4",
    ),
    deviation("PUT /contacts/{contactId}", "400/meta: not declared", "highlevel.md §4, §6.7"),
    deviation(
        "POST /contacts/bulk/business",
        "contacts.write is not its permission",
        "highlevel.md §2: bulk routes state no scope",
    ),
    deviation("POST /contacts/bulk/business", "400: not declared", "highlevel.md §4"),
    deviation("POST /contacts/bulk/business", "401: not declared", "highlevel.md §4"),
    deviation("POST /oauth/locationToken", "200/refresh_token: not declared", "highlevel.md §2"),
    deviation("HighLevel *", "200/traceId: not declared", "highlevel.md §6.2"),
    deviation("HighLevel *", "201/traceId: not declared", "highlevel.md §6.2"),
    deviation("HighLevel *", "400/error: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "400/traceId: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "401/traceId: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "422/traceId: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "403: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "404: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "429: not declared", "highlevel.md §3"),
    deviation("HighLevel *", "500: not declared", "highlevel.md §4"),
    deviation("HighLevel *", "502: not declared", "highlevel.md §4"),
];

/// The deviations, and which of them were met.
#[derive(Default)]
pub struct Allowed {
    met: BTreeSet<usize>,
}

impl Allowed {
    /// What of `found` no row explains.
    pub fn rest(&mut self, operation: &Operation, mut found: BTreeSet<String>) -> BTreeSet<String> {
        found.retain(|it| {
            let row = row_of(operation, it);
            self.met.extend(row);
            row.is_none()
        });
        found
    }

    /// Whether something would be left of `found`.
    pub fn would_leave(&self, operation: &Operation, found: BTreeSet<String>) -> bool {
        found.iter().any(|it| row_of(operation, it).is_none())
    }

    /// The rows nothing needed.
    pub fn unused(&self) -> impl Iterator<Item = String> + '_ {
        let unused = DEVIATIONS.iter().enumerate().filter(|(place, _)| !self.met.contains(place));
        unused.map(|(_, it)| format!("{}: {}", it.operation, it.what))
    }
}

fn row_of(operation: &Operation, found: &str) -> Option<usize> {
    let name = format!("{} {}", side(operation), operation.name());
    DEVIATIONS.iter().position(|it| {
        let of =
            [name.as_str(), &operation.name()].into_iter().any(|name| fits(it.operation, name));
        of && fits(it.what, found)
    })
}

fn side(operation: &Operation) -> &'static str {
    match operation.side {
        concordat_model::Side::Upguard => "UpGuard",
        concordat_model::Side::Highlevel => "HighLevel",
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => pattern == text,
    }
}
