//! With what does a sandbox start? Size and seed of the population, credentials, addresses,
//! switches. Equal options make equal worlds.

use std::net::SocketAddr;

use crate::strikes::Strikes;
use crate::switches::Switches;

/// How to start; [`Options::default`] is a small world on free loopback ports.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seed of the population and of all ids.
    pub seed: u64,
    /// Vendors in UpGuard, the webless and the unmonitored ones included.
    pub vendors: usize,
    /// Vendor contacts in UpGuard; the CRM gets about as many people in its own way.
    pub contacts: usize,
    /// Threats in UpGuard; the first five are one in each state.
    pub threats: usize,
    /// Whether the custom field `contact.concordat_id` is already defined.
    pub marker_field: bool,
    /// UpGuard's API key.
    pub api_key: String,
    /// HighLevel's Private Integration Token.
    pub token: String,
    /// HighLevel's location, the first of them.
    pub location_id: String,
    /// How many locations HighLevel has, at least one. Each has people, businesses and a token of its
    /// own.
    pub locations: usize,
    /// Where UpGuard and the control API listen; `None` takes a free loopback port.
    pub upguard_addr: Option<SocketAddr>,
    /// Where HighLevel listens; `None` takes a free loopback port.
    pub highlevel_addr: Option<SocketAddr>,
    /// Unpublished behaviour, lag, skew, limits.
    pub switches: Switches,
    /// Faults of single requests.
    pub strikes: Strikes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            vendors: 12,
            contacts: 40,
            threats: 0,
            marker_field: true,
            api_key: "sandbox-upguard-key".into(),
            token: "pit-sandbox-highlevel-token".into(),
            location_id: "sandboxLocation00001".into(),
            locations: 1,
            upguard_addr: None,
            highlevel_addr: None,
            switches: Switches::default(),
            strikes: Strikes::default(),
        }
    }
}

/// A location, and the token that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its id.
    pub id: String,
    /// Its Private Integration Token.
    pub token: String,
}

impl Options {
    /// The location that stands at `place`, from 0: the first as the options say, the others counted
    /// on from there.
    pub fn location(&self, place: usize) -> Location {
        let number = place + 1;
        match place {
            0 => Location { id: self.location_id.clone(), token: self.token.clone() },
            _ => Location {
                id: format!("sandboxLocation{number:05}"),
                token: format!("{}-{number}", self.token),
            },
        }
    }
}
