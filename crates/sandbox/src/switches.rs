//! How do the systems behave where nobody published it, and how late, skewed or strict are they?
//! Every switch has a default, given in [`Switches::default`]. Faults of single requests are
//! strikes, not switches.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::System;
use crate::strikes::Strikes;
use crate::ways::{
    LookupAnswer, PhoneFormat, PutCompanyName, PutDuplicate, RangeKeys, TagsAnswer,
    WebhookSignature,
};

/// Settings of both systems that tests turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// UpGuard's clock minus virtual time.
    pub upguard_skew_seconds: i64,
    /// HighLevel's clock minus virtual time.
    pub highlevel_skew_seconds: i64,

    /// Answer to a missing or wrong API key: 401 or 403 (UpGuard sheet §1: undeclared).
    pub upguard_bad_key_status: u16,
    /// Permissions of the key (`Admin`, `BreachRisk`, `DataLeaks`, `Platform`, `TrustExchange`,
    /// `VendorRisk`); `None` is all of them.
    pub upguard_permissions: Option<Vec<String>>,
    /// Requests per minute and endpoint before 429; `None` is no limit. No number is published.
    pub upguard_requests_per_minute: Option<u64>,
    /// A write needs the permission `ReadWrite` besides that of its area (§10: unpublished).
    pub upguard_writes_need_read_write: bool,
    /// `Retry-After` of a 429 that the spent limit causes; `None` sends none (§1: undocumented).
    pub upguard_retry_after_seconds: Option<u64>,
    /// Answer to a contact that does not exist: 403 or 404 (§4.2, §10).
    pub upguard_missing_contact_status: u16,
    /// Who the author of a comment is that was made with the key (§4.4: unpublished).
    pub upguard_api_author: String,
    /// Answer to a write on a host name that is unknown: 403 or 404 (§1).
    pub upguard_unknown_host_status: u16,
    /// Answer to an attribute name no administrator defined (§4.3).
    pub upguard_unknown_attribute_status: u16,
    /// Labels new to the account are created by `PUT /vendor/labels`; otherwise 422 (§4.3).
    pub upguard_label_autocreate: bool,
    /// Labels that differ in case only are one label; the first spelling stays (§10).
    pub upguard_label_case_folding: bool,
    /// Life of a page token (§1).
    pub upguard_page_token_seconds: i64,
    /// Rows per page of `/vendor/contact/list`, which has no `page_size` (§3).
    pub upguard_contact_page_size: usize,
    /// Rows per page of `/notifications`, which documents no parameter at all (§5).
    pub upguard_notification_page_size: usize,
    /// The feed takes `page_token`; otherwise every page is the first (§5: no parameter is documented).
    pub upguard_notifications_paged: bool,
    /// The last page carries `next_page_token: ""` instead of none (§1).
    pub upguard_empty_next_page_token: bool,
    /// No page has more rows than this, whatever was asked for; `None` is as asked.
    pub upguard_page_rows_max: Option<usize>,
    /// Each page of a listing is cut from the rows in another order than the one before (§1: nothing is
    /// promised), but for the notifications, which are ordered by id (§5).
    pub upguard_order_turns: bool,
    /// `/vendor/contact/list` answers for unmonitored vendors; otherwise 403 (§10).
    pub upguard_unmonitored_contacts: bool,
    /// Closing its remediation request closes a threat; otherwise it stays as it is (§4.4).
    pub upguard_request_close_closes_threat: bool,
    /// Answer to a questionnaire that does not exist: 404 or 403 (§4.6 tells both, and not which).
    pub upguard_missing_questionnaire_status: u16,
    /// A new status of a disclosure needs a comment; the sheet says "if required", and not when (§4.6).
    pub upguard_disclosure_needs_comment: bool,
    /// A waiver whose end has come is still listed with its risk (§4.5: unpublished).
    pub upguard_lists_ended_waivers: bool,

    /// Scopes of the token; `None` is all of them (HighLevel sheet §2).
    pub highlevel_scopes: Option<Vec<String>>,
    /// How long an access token lasts (§2).
    pub highlevel_access_token_seconds: i64,
    /// How long a refresh token that was used gives the same answer again (§2).
    pub highlevel_refresh_again_seconds: i64,
    /// No refresh token is accepted any more.
    pub highlevel_refresh_revoked: bool,
    /// The locations whose tokens an agency's is good for: those in which the app is installed; `None` is all of
    /// them (§2).
    pub highlevel_app_installed: Option<Vec<String>>,
    /// A location's token that an agency asked for comes with a refresh token (§2: once said, once not).
    pub highlevel_location_token_refreshes: bool,
    /// Requests per interval and location (§3). A very high number lifts the limit.
    pub highlevel_burst_limit: u64,
    /// The burst interval.
    pub highlevel_burst_interval_ms: i64,
    /// Requests per day and location (§3); the day turns at midnight UTC.
    pub highlevel_daily_limit: u64,
    /// `Retry-After` of a 429 that a spent limit causes; `None` sends none (§3).
    pub highlevel_retry_after_seconds: Option<u64>,
    /// Answers tell the limits in their headers (§3).
    pub highlevel_limit_headers: bool,
    /// Answer to a missing or foreign `Version` header.
    pub highlevel_bad_version_status: u16,
    /// No page of a search or of the businesses has more rows than this, whatever was asked for; `None` is
    /// as asked.
    pub highlevel_page_rows_max: Option<usize>,
    /// Businesses are listed as they were last changed, newest first; otherwise as they were made (§9: unpublished).
    pub highlevel_businesses_by_change: bool,
    /// How far `contacts/search` and `tasks/search` are behind the primary store (§6.3, §7).
    pub index_lag_seconds: i64,
    /// Spelling of `range` bounds; the other spelling is refused (§6.3).
    pub range_keys: RangeKeys,
    /// `location.settings.allowDuplicateContact` (§6.7).
    pub allow_duplicate_contact: bool,
    /// `location.settings.contactUniqueIdentifiers`, in order (§6.7).
    pub contact_unique_identifiers: Vec<String>,
    /// See [`PhoneFormat`].
    pub phone_format: PhoneFormat,
    /// Rows of a search show names in lower case, and as they are under `…Raw` (§6.6).
    pub search_lower_cases_names: bool,
    /// See [`PutDuplicate`].
    pub put_duplicate: PutDuplicate,
    /// See [`PutCompanyName`].
    pub put_company_name: PutCompanyName,
    /// See [`TagsAnswer`].
    pub tags_answer: TagsAnswer,
    /// See [`LookupAnswer`].
    pub lookup_answer: LookupAnswer,
    /// `customFields` of a `PUT` are all there are; otherwise those that are not sent stay (§6.4, §13).
    pub custom_fields_replace: bool,
    /// How many contacts one bulk request takes (§13: unpublished).
    pub bulk_contacts_max: usize,
    /// A `PUT` of a contact or a task that changes nothing moves its `dateUpdated` (§13).
    pub identical_put_moves_date_updated: bool,
    /// A tag change moves `dateUpdated` (§8).
    pub tag_moves_date_updated: bool,
    /// A custom field change moves `dateUpdated` (§13).
    pub custom_field_moves_date_updated: bool,
    /// Linking a business moves `dateUpdated` (§13).
    pub business_link_moves_date_updated: bool,
    /// A change of one of its tasks moves a contact's `dateUpdated` (§8).
    pub task_moves_date_updated: bool,
    /// A change of one of its notes moves a contact's `dateUpdated` (§8).
    pub note_moves_date_updated: bool,
    /// A note `PUT` clears the members it does not send; otherwise they stay (§8).
    pub note_put_replaces: bool,
    /// Notes are listed newest first; otherwise as they were made (§8: unpublished).
    pub notes_newest_first: bool,
    /// `null` clears a nullable contact field; otherwise 200 and unchanged (§13).
    pub null_clears: bool,
    /// `""` clears a contact field; otherwise 200 and unchanged (§13).
    pub empty_clears: bool,
    /// `null` clears a custom field (§6.4).
    pub custom_field_null_clears: bool,
    /// `""` and `[]` clear a custom field (§6.4).
    pub custom_field_empty_clears: bool,
    /// `""` clears a business field (§9).
    pub business_empty_clears: bool,
    /// A second `DELETE` of a contact answers 400 not found; otherwise 200 (§6.7).
    pub second_delete_not_found: bool,
    /// Status of a contact that does not exist: 400 or 404 (§4).
    pub missing_contact_status: u16,
    /// Status of a task that does not exist; the real one is unpublished.
    pub missing_task_status: u16,
    /// Status of a note that does not exist; the real one is unpublished.
    pub missing_note_status: u16,
    /// Status of a business that does not exist: 400 or 404 (§9).
    pub missing_business_status: u16,
    /// `PUT tags` puts unknown tags into the dictionary (§13).
    pub tag_autocreate: bool,

    /// How long after the change a webhook is sent (§10: nothing is promised).
    pub webhook_delay_seconds: i64,
    /// How often each is sent: several per change are normal.
    pub webhook_times: u64,
    /// They come in another order than the changes.
    pub webhooks_reordered: bool,
    /// Changes by the API are told of, too (§13: unpublished).
    pub webhooks_of_api_writes: bool,
    /// `TaskCreate` tells neither contact nor body.
    pub webhook_tasks_lack_contact: bool,
    /// The clock of `timestamp` minus HighLevel's.
    pub webhook_skew_seconds: i64,
    /// See [`WebhookSignature`].
    pub webhook_signature: WebhookSignature,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            upguard_skew_seconds: 0,
            highlevel_skew_seconds: 0,
            upguard_bad_key_status: 401,
            upguard_permissions: None,
            upguard_requests_per_minute: None,
            upguard_writes_need_read_write: false,
            upguard_retry_after_seconds: None,
            upguard_missing_contact_status: 403,
            upguard_api_author: "Public API".into(),
            upguard_unknown_host_status: 403,
            upguard_unknown_attribute_status: 422,
            upguard_label_autocreate: true,
            upguard_label_case_folding: false,
            upguard_page_token_seconds: 300,
            upguard_contact_page_size: 50,
            upguard_notification_page_size: 50,
            upguard_notifications_paged: true,
            upguard_empty_next_page_token: false,
            upguard_page_rows_max: None,
            upguard_order_turns: false,
            upguard_unmonitored_contacts: true,
            upguard_request_close_closes_threat: true,
            upguard_missing_questionnaire_status: 404,
            upguard_disclosure_needs_comment: true,
            upguard_lists_ended_waivers: false,
            highlevel_scopes: None,
            highlevel_access_token_seconds: 86_399,
            highlevel_refresh_again_seconds: 30,
            highlevel_refresh_revoked: false,
            highlevel_app_installed: None,
            highlevel_location_token_refreshes: false,
            highlevel_burst_limit: 100,
            highlevel_burst_interval_ms: 10_000,
            highlevel_daily_limit: 200_000,
            highlevel_retry_after_seconds: None,
            highlevel_limit_headers: true,
            highlevel_bad_version_status: 400,
            highlevel_page_rows_max: None,
            highlevel_businesses_by_change: false,
            index_lag_seconds: 0,
            range_keys: RangeKeys::GteLte,
            allow_duplicate_contact: false,
            contact_unique_identifiers: vec!["email".into(), "phone".into()],
            phone_format: PhoneFormat::E164,
            search_lower_cases_names: false,
            put_duplicate: PutDuplicate::Refuse,
            put_company_name: PutCompanyName::Refuse,
            tags_answer: TagsAnswer::Full,
            lookup_answer: LookupAnswer::One,
            custom_fields_replace: false,
            bulk_contacts_max: 500,
            identical_put_moves_date_updated: false,
            tag_moves_date_updated: false,
            custom_field_moves_date_updated: true,
            business_link_moves_date_updated: false,
            task_moves_date_updated: false,
            note_moves_date_updated: false,
            note_put_replaces: false,
            notes_newest_first: false,
            null_clears: true,
            empty_clears: true,
            custom_field_null_clears: true,
            custom_field_empty_clears: true,
            business_empty_clears: true,
            second_delete_not_found: true,
            missing_contact_status: 400,
            missing_task_status: 400,
            missing_note_status: 400,
            missing_business_status: 400,
            tag_autocreate: true,
            webhook_delay_seconds: 0,
            webhook_times: 1,
            webhooks_reordered: false,
            webhooks_of_api_writes: true,
            webhook_tasks_lack_contact: true,
            webhook_skew_seconds: 0,
            webhook_signature: WebhookSignature::Right,
        }
    }
}

impl Switches {
    pub(crate) fn skew(&self, system: System) -> TimeDelta {
        seconds(match system {
            System::UpGuard => self.upguard_skew_seconds,
            System::HighLevel => self.highlevel_skew_seconds,
        })
    }

    /// How many rows a page has, if it may have `asked` many.
    pub(crate) fn page_rows(&self, system: System, asked: usize) -> usize {
        let most = match system {
            System::UpGuard => self.upguard_page_rows_max,
            System::HighLevel => self.highlevel_page_rows_max,
        };
        most.map_or(asked, |most| asked.min(most))
    }

    fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => Map::new(),
        }
    }
}

/// A span of time; no switch reaches further than a century, so that no sum overflows.
pub(crate) fn seconds(count: i64) -> TimeDelta {
    const CENTURY: i64 = 100 * 365 * 86_400;
    TimeDelta::seconds(count.clamp(-CENTURY, CENTURY))
}

/// Every switch and strike with its present value.
pub(crate) fn shown(switches: &Switches, strikes: &Strikes) -> Value {
    let mut members = switches.members();
    members.extend(strikes.shown());
    Value::Object(members)
}

/// Turns the named switches and strikes, all or none. `null` restores a default.
pub(crate) fn turn(
    switches: &mut Switches,
    strikes: &mut Strikes,
    wanted: &Map<String, Value>,
) -> Result<(), String> {
    let defaults = Switches::default().members();
    let (mut members, mut struck) = (switches.members(), strikes.clone());
    for (name, value) in wanted {
        if let Some(strike) = Strikes::names().find(|it| it == name) {
            struck.set(strike, value.clone())?;
        } else if let Some(default) = defaults.get(name) {
            members.insert(name.clone(), if value.is_null() { default } else { value }.clone());
        } else {
            let known: Vec<&str> = defaults.keys().map(String::as_str).collect();
            let strikes: Vec<&str> = Strikes::names().collect();
            return Err(format!(
                "unknown switch {name}; known: {}, {}",
                strikes.join(", "),
                known.join(", ")
            ));
        }
    }
    *switches =
        serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())?;
    *strikes = struck;
    Ok(())
}

/// Faults a caller can ask for by one word: `none`, `lag`, `flaky`, `strict`.
pub fn fault_profile(name: &str) -> Option<Value> {
    Some(match name {
        "none" => serde_json::json!({}),
        "lag" => serde_json::json!({ "index_lag_seconds": 5 }),
        "flaky" => serde_json::json!({
            "index_lag_seconds": 5,
            "rate_limited": [
                { "system": "highlevel", "after": 20, "next": 3 },
                { "system": "upguard", "after": 5, "next": 2, "retry_after_seconds": 1 }
            ],
            "error_before_effect": { "after": 40, "next": 2 },
            "error_after_commit": { "system": "highlevel", "after": 3, "next": 1 },
            "drop_after_commit": { "system": "highlevel", "after": 6, "next": 1 },
            "unprocessable_after_commit": { "method": "POST", "path": "/contacts/", "after": 2, "next": 1 }
        }),
        "strict" => serde_json::json!({
            "upguard_label_autocreate": false,
            "null_clears": false,
            "empty_clears": false,
            "custom_field_null_clears": false,
            "tags_answer": "delta",
            "identical_put_moves_date_updated": true,
            "missing_contact_status": 404,
            "missing_task_status": 404,
            "missing_note_status": 404,
            "note_put_replaces": true,
            "missing_business_status": 404
        }),
        _ => return None,
    })
}
