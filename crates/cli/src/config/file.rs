//! What may a person write in `concordat.toml`? The whole file, as types.
//!
//! Names and explanations here are the JSON Schema that editors use, and the shape against which a
//! file is checked; there is no second list of keys.

use concordat_mapping::Settings;
use concordat_model::guard::{Ceiling, Limits};
use concordat_model::{PairId, RecordKey, Resource, Side, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::SecretSource;
use super::values::{Address, Span};

/// The configuration of concordat: `concordat.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// UpGuard, and how to get in.
    pub upguard: Upguard,
    /// HighLevel, and how to get in.
    pub highlevel: Highlevel,
    /// Where requests may go.
    #[serde(default)]
    pub network: Network,
    /// Where concordat keeps what it knows.
    #[serde(default)]
    pub state: State,
    /// What corresponds to what, and who wins.
    #[serde(default)]
    pub mapping: Settings,
    /// What makes concordat refuse a plan instead of applying it.
    #[serde(default)]
    pub guards: Guards,
    /// How changes on both sides are weighed against each other.
    #[serde(default)]
    pub merge: Merge,
    /// Saved plans.
    #[serde(default)]
    pub plan: Plans,
    /// What a run may use up.
    #[serde(default)]
    pub limits: Budget,
    /// One UpGuard organisation and one HighLevel location kept in agreement. Without one, the
    /// configuration is a single pair called `default`.
    #[serde(default, rename = "pair", skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairSettings>,
}

/// `[upguard]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upguard {
    /// Where the API is. Organisations in a region have their own host, such as
    /// `https://au.cyber-risk.upguard.com/api/public`.
    #[serde(default = "upguard_address")]
    pub base_url: Address,
    /// Where the API key is kept. Never the key itself.
    pub api_key: SecretSource,
}

/// `[highlevel]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Highlevel {
    /// Where the API is.
    #[serde(default = "highlevel_address")]
    pub base_url: Address,
    /// Where the token of a private integration is kept. Never the token itself.
    pub token: SecretSource,
    /// The location (sub-account) whose contacts and businesses are kept in agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
}

/// Where UpGuard's API is (`upguard.md` §1).
pub const UPGUARD_URL: &str = "https://cyber-risk.upguard.com/api/public";
/// Where HighLevel's API is (`highlevel.md` §1).
pub const HIGHLEVEL_URL: &str = "https://services.leadconnectorhq.com";

fn upguard_address() -> Address {
    known(UPGUARD_URL)
}

fn highlevel_address() -> Address {
    known(HIGHLEVEL_URL)
}

/// An address of ours. A test reads both.
fn known(text: &str) -> Address {
    text.parse().unwrap_or_else(|says| unreachable!("{text}: {says}"))
}

/// `[network]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Hosts, other than the vendors' own, that a `base_url` may name: a proxy of yours. Always
    /// through TLS; only this machine may be spoken to without.
    pub allow_hosts: Vec<String>,
}

/// `[state]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The directory of ledger and mirror. Not said: systemd's state directory, else
    /// `$XDG_STATE_HOME/concordat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dir: Option<std::path::PathBuf>,
}

/// `[guards]`: a plan beyond these is refused as a whole, and says so with numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Guards {
    /// For records made.
    pub creates: Ceiling,
    /// For records changed.
    pub updates: Ceiling,
    /// For fields emptied.
    pub clears: Ceiling,
    /// A side may lose at most this share of a resource between two runs, in percent.
    pub shrink_percent: u64,
    /// Shrinking is not looked at below this many records (an empty side always is).
    pub shrink_min_population: u64,
    /// Records that must always be there. If one is missing, something is wrong with the listing.
    pub canaries: Vec<Canary>,
}

impl Default for Guards {
    fn default() -> Self {
        let Limits { creates, updates, clears, shrink_percent, shrink_min_population } =
            Limits::default();
        let canaries = Vec::new();
        Guards { creates, updates, clears, shrink_percent, shrink_min_population, canaries }
    }
}

impl Guards {
    /// The ceilings, as the guards take them.
    pub fn limits(&self) -> Limits {
        Limits {
            creates: self.creates,
            updates: self.updates,
            clears: self.clears,
            shrink_percent: self.shrink_percent,
            shrink_min_population: self.shrink_min_population,
        }
    }

    /// The records that must always be there.
    pub fn canaries(&self) -> Vec<RecordKey> {
        let key = |it: &Canary| Some(RecordKey::new(it.resource()?, it.id.as_str()));
        self.canaries.iter().filter_map(key).collect()
    }
}

/// One record that must always be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The side that holds it.
    pub side: Side,
    /// What that side calls it: `vendor` or `contact` in UpGuard, `business` or `contact` in
    /// HighLevel.
    pub entity: String,
    /// Its id there.
    pub id: String,
}

impl Canary {
    /// The collection it is in, if there is such a one.
    pub fn resource(&self) -> Option<Resource> {
        Resource::ALL
            .into_iter()
            .find(|it| it.side() == self.side && it.entity() == self.entity.as_str())
    }
}

/// `[merge]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Merge {
    /// How far the two systems' clocks may be apart. Changes closer together than this are not
    /// ordered by time.
    pub skew_limit_seconds: u32,
}

impl Default for Merge {
    fn default() -> Self {
        Merge { skew_limit_seconds: 30 }
    }
}

/// `[plan]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plans {
    /// A saved plan older than this is not applied: `30m`, `24h`, `7d`.
    pub max_age: Span,
}

impl Default for Plans {
    fn default() -> Self {
        Plans { max_age: Span::hours(24) }
    }
}

/// `[limits]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// How many requests one run may send to each side; the rest waits for the next run. Not said:
    /// as many as it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub requests_per_run: Option<u64>,
}

/// `[[pair]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairSettings {
    /// Its name, in every key and path: lower-case letters, digits and dashes.
    #[serde(default = "default_pair")]
    pub id: String,
    /// Its location, if it is another than `highlevel.location_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
}

fn default_pair() -> String {
    "default".into()
}

/// A pair, everything said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub id: PairId,
    /// Its HighLevel location.
    pub location_id: String,
}

/// One side's API, and how to get in.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// Where it is.
    pub address: &'a Address,
    /// Where its secret is kept.
    pub secret: &'a SecretSource,
    /// The key of the secret, for messages.
    pub secret_key: &'static str,
}

impl Config {
    /// Both APIs.
    pub fn endpoints(&self) -> Sides<Endpoint<'_>> {
        let Upguard { base_url, api_key } = &self.upguard;
        let upguard =
            Endpoint { address: base_url, secret: api_key, secret_key: "upguard.api_key" };
        let Highlevel { base_url, token, location_id: _ } = &self.highlevel;
        let highlevel =
            Endpoint { address: base_url, secret: token, secret_key: "highlevel.token" };
        Sides { upguard, highlevel }
    }

    /// The pairs, everything said; nothing for a pair without a location.
    pub fn pairs(&self) -> Vec<Option<Pair>> {
        let single = [PairSettings { id: default_pair(), location_id: None }];
        let pairs = if self.pairs.is_empty() { &single[..] } else { &self.pairs[..] };
        let resolve = |it: &PairSettings| {
            let location_id = it.location_id.clone().or_else(|| self.highlevel.location_id.clone());
            Some(Pair { id: PairId::new(&it.id), location_id: location_id? })
        };
        pairs.iter().map(resolve).collect()
    }

    /// How far the two systems' clocks may be apart, in milliseconds.
    pub fn skew_limit_ms(&self) -> i64 {
        i64::from(self.merge.skew_limit_seconds) * 1_000
    }
}
