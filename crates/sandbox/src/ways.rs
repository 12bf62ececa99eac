//! In which of several ways does a system do something that nobody published? One enumeration for each
//! question; [`Switches`](crate::Switches) says which way it is.

use serde::{Deserialize, Serialize};

/// What the CRM does to a phone number it is sent (HighLevel sheet §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneFormat {
    /// Stored as sent, spaces and all.
    Kept,
    /// `+18832327657`.
    E164,
    /// `+1 883-232-7657`.
    Spaced,
}

/// What a contact `PUT` does with an e-mail or phone that belongs to somebody else (§6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutDuplicate {
    /// 400 with `meta`, as a create answers.
    Refuse,
    /// 200, the colliding member silently kept as it was.
    Drop,
    /// 200, stored.
    Allow,
}

/// What a contact `PUT` does with `companyName` (§6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PutCompanyName {
    /// 422.
    Refuse,
    /// 200, not stored.
    Drop,
    /// 200, stored.
    Store,
}

/// What add-tags and remove-tags answer (§6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagsAnswer {
    /// The resulting set.
    Full,
    /// The tags of the request.
    Delta,
}

/// Spelling of a `range` filter's bounds (§6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeKeys {
    /// `gte`, `lte`, `gt`, `lt`.
    GteLte,
    /// `low`, `high`.
    LowHigh,
}

/// What `GET /contacts/search/duplicate` answers (§13: unpublished).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupAnswer {
    /// `{"contact": … or null}`.
    One,
    /// `{"contacts": […]}`.
    Many,
}

/// What a webhook is signed with (§10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookSignature {
    /// Ed25519 over the raw bytes, by the key that is told.
    Right,
    /// The same by another key.
    Wrong,
    /// The literal `N/A`.
    NotApplicable,
    /// No header.
    Missing,
}
