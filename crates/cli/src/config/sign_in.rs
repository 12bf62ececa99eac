//! What may be said about signing in to HighLevel? The app that a person consents to, and for whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::{Secret, SecretSource};
use super::values::Address;

/// `[highlevel.oauth]`: an app of HighLevel's marketplace. `concordat auth login` signs in, and tokens are
/// renewed from then on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where the app's client id is kept.
    pub client_id: SecretSource,
    /// Where the app's client secret is kept. Never the secret itself.
    pub client_secret: SecretSource,
    /// Into what a person signs in.
    #[serde(default)]
    pub sign_in: SignIn,
    /// Where a person consents. Agencies with a brand of their own have another host.
    #[serde(default = "consent_url")]
    pub consent_url: Address,
    /// Where the browser comes back to: on this machine, and among the app's redirect URLs.
    #[serde(default = "redirect_uri")]
    pub redirect_uri: Address,
}

/// Into what a person signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignIn {
    /// Into one location; each pair has a consent of its own.
    #[default]
    Location,
    /// Into the agency, once: it opens the locations of all pairs in which the app is installed.
    Agency,
}

impl OAuth {
    /// Both secrets, id first.
    pub fn secrets(&self) -> [Secret; 2] {
        [
            Secret::new("highlevel.oauth.client_id", &self.client_id),
            Secret::new("highlevel.oauth.client_secret", &self.client_secret),
        ]
    }
}

/// Where a person consents (`highlevel.md` §2).
pub const CONSENT_URL: &str = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation";
const REDIRECT_URI: &str = "http://localhost:8914/callback";

fn consent_url() -> Address {
    super::file::known(CONSENT_URL)
}

fn redirect_uri() -> Address {
    super::file::known(REDIRECT_URI)
}
