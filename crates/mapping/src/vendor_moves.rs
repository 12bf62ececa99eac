//! Which tasks do a vendor's tier and the state of its assessment become once they moved? The built-in mappings
//! `vendor_tiers` and `vendor_assessments`, and what a person may say about them. Off until they are asked for.
//!
//! UpGuard does not say when either moved (`upguard.md` §6), so what it was when the vendor was first seen is
//! remembered, as with usage policies. People complete the task, and the next move opens it again. A tier that
//! came from the CRM is no move: who wrote it, `diff` knows.

use std::collections::BTreeMap;

use concordat_model::Resource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Stands;
use crate::archive::WhenGone;
use crate::rules::{Mapping, Place};
use crate::settings::FieldSettings;
use crate::tasks::Found;

/// `[mapping.vendor_tiers]`, `[mapping.vendor_assessments]`: vendors whose tier, or the state of whose assessment,
/// moved in UpGuard, and HighLevel tasks at the vendors' contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VendorMoves {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// What becomes of a task whose vendor is gone: `archive` completes it, `delete` deletes it.
    pub gone: WhenGone,
    /// After how many days a task is due.
    pub due_days: u16,
    /// Rules for single fields, by name: `title`, `body`, `state`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for VendorMoves {
    fn default() -> Self {
        VendorMoves {
            enabled: false,
            gone: WhenGone::default(),
            due_days: 7,
            fields: BTreeMap::new(),
        }
    }
}

/// What of a vendor moves: the name of its mapping, the native field, and what a task is called.
pub(crate) type Watched = (&'static str, &'static str, &'static str);

/// Its tier; a vendor may have none.
pub(crate) const TIER: Watched = (
    "vendor_tiers",
    "tier",
    "'Tier of ' ~ (name or primary_hostname) ~ ': ' ~ ('none' if 'tier' in empty else tier)",
);

/// The state of its assessment; it may have none.
pub(crate) const ASSESSMENT: Watched = (
    "vendor_assessments",
    "assessment",
    "'Assessment of ' ~ (name or primary_hostname) ~ ': ' ~ (assessment or 'none')",
);

/// The mapping. `stands`: how a vendor's contact is found.
pub(crate) fn vendor_moves(
    moves: &VendorMoves,
    (name, watched, title): Watched,
    stands: Stands,
) -> Mapping {
    // A vendor has one task of this kind, which is opened again.
    let place = Place::Vendor { stands, most: u16::MAX };
    let found = Found {
        called: Some(title.parse().expect("an expression that can be read")),
        body: "primary_hostname",
        ..Found::once_moved((name, Resource::Vendor), (place, watched), moves.due_days)
    };
    found.mapping()
}
