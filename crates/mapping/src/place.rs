//! Where does a new record stand? At a contact, if its side wants one.

use crate::activity::Stands;

/// Where a new record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// By itself.
    Itself,
    /// At this contact, by id or e-mail address.
    Anchor(String),
    /// At a contact of the vendor to which its source belongs.
    Vendor {
        /// How that contact is found.
        stands: Stands,
        /// So many that are not done yet stand at any one contact.
        most: u16,
    },
}

impl Place {
    /// The one contact, by id or e-mail address, if all stand at one.
    pub fn anchor(&self) -> Option<&str> {
        match self {
            Place::Anchor(anchor) => Some(anchor),
            Place::Itself | Place::Vendor { .. } => None,
        }
    }
}
