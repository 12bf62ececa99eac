//! What may a person write in `concordat.toml`? The whole file, as types.
//!
//! Names and explanations here are the JSON Schema that editors use, and the shape against which a
//! file is checked; there is no second list of keys.

use std::collections::BTreeMap;

use concordat_connectors::Reach;
use concordat_engine::Economy;
use concordat_mapping::settings::Anchors;
use concordat_mapping::{Rules, Settings, Slice};
use concordat_model::guard::{Ceiling, Limits};
use concordat_model::{PairId, RecordKey, Resource, Side, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::Budget;
use super::secret::{Secret, SecretSource};
use super::sign_in::OAuth;
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
    /// What a pull need not ask again.
    #[serde(default)]
    pub pull: Pull,
    /// Saved plans.
    #[serde(default)]
    pub plan: Plans,
    /// What a run may use up.
    #[serde(default)]
    pub limits: Budget,
    /// UpGuard's organisation and one HighLevel location kept in agreement; as many as there are
    /// locations. Without one, the configuration is a single pair called `default`.
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
    /// Whether nothing is ever written to it: plans become reports.
    #[serde(default)]
    pub read_only: bool,
}

/// `[highlevel]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Highlevel {
    /// Where the API is.
    #[serde(default = "highlevel_address")]
    pub base_url: Address,
    /// Where the token of a private integration is kept, for every pair that has none of its own.
    /// Never the token itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretSource>,
    /// The app into which `concordat auth login` signs in; takes the place of `token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
    /// The location (sub-account) whose contacts and businesses are kept in agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
    /// Whether nothing is ever written to it: plans become reports.
    #[serde(default)]
    pub read_only: bool,
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
pub(super) fn known(text: &str) -> Address {
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
    /// For records archived, because what they stand for is gone.
    pub archives: Ceiling,
    /// For records deleted, where `gone = "delete"` has that in place of archiving.
    pub deletes: Ceiling,
    /// So many complete listings in a row have to miss a record before its counterpart is archived or
    /// deleted. At
    /// least 2.
    #[schemars(range(min = 2))]
    pub quarantine_views: u32,
    /// A side may lose at most this share of a resource between two runs, in percent.
    pub shrink_percent: u64,
    /// Shrinking is not looked at below this many records (an empty side always is).
    pub shrink_min_population: u64,
    /// Records that must always be there. If one is missing, something is wrong with the listing.
    pub canaries: Vec<Canary>,
}

impl Default for Guards {
    fn default() -> Self {
        let Limits {
            creates,
            updates,
            clears,
            archives,
            deletes,
            shrink_percent,
            shrink_min_population,
        } = Limits::default();
        Guards {
            creates,
            updates,
            clears,
            archives,
            deletes,
            quarantine_views: 2,
            shrink_percent,
            shrink_min_population,
            canaries: Vec::new(),
        }
    }
}

impl Guards {
    /// The ceilings, as the guards take them.
    pub fn limits(&self) -> Limits {
        Limits {
            creates: self.creates,
            updates: self.updates,
            clears: self.clears,
            archives: self.archives,
            deletes: self.deletes,
            shrink_percent: self.shrink_percent,
            shrink_min_population: self.shrink_min_population,
        }
    }

    /// The records that must always be there in this pair.
    pub fn canaries(&self, pair: &PairId) -> Vec<RecordKey> {
        let key = |it: &Canary| Some(RecordKey::new(it.resource()?, it.id.as_str()));
        let ours = |it: &&Canary| it.pair.as_ref().is_none_or(|id| id == pair.as_str());
        self.canaries.iter().filter(ours).filter_map(key).collect()
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
    /// The pair it is there in: a HighLevel record is in one location only. Not said: in every pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
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

/// `[pull]`. What was asked lately is not asked again, unless with `--full`; what people change there is
/// seen at the latest by the first pull after the time named here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pull {
    /// A contact's notes are listed at least so often, and whenever the contact changed: `24h`, `7d`.
    pub notes_staleness: Span,
    /// A vendor's contacts, and the questionnaires that were sent to it, are listed at least so often: `24h`,
    /// `7d`.
    pub vendor_contacts_staleness: Span,
    /// All HighLevel contacts are listed at least so often, and in pulls between those whose stamp moved:
    /// `20h`, `7d`.
    pub full_every: Span,
    /// Where there are no more HighLevel contacts than this, all are listed in each pull.
    pub contacts_min: u32,
    /// So many contacts, and so many vendors, are asked in each pull; where there are no more, all are.
    #[schemars(range(min = 1))]
    pub owners_min: u32,
}

impl Default for Pull {
    fn default() -> Self {
        Pull {
            notes_staleness: Span::hours(7 * 24),
            vendor_contacts_staleness: Span::hours(24),
            full_every: Span::hours(20),
            contacts_min: 2500,
            owners_min: 500,
        }
    }
}

impl Pull {
    /// As the engine takes it.
    pub fn economy(&self) -> Economy {
        Economy {
            notes_staleness: self.notes_staleness.delta(),
            vendor_contacts_staleness: self.vendor_contacts_staleness.delta(),
            full_every: self.full_every.delta(),
            contacts_min: self.contacts_min.into(),
            owners_min: usize::try_from(self.owners_min).unwrap_or(usize::MAX),
        }
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

/// `[[pair]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairSettings {
    /// Its name, in every key and path: lower-case letters, digits and dashes.
    #[serde(default = "default_pair")]
    pub id: String,
    /// Its location, if it is another than `highlevel.location_id`. Two pairs have two locations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
    /// Where its location's token is kept, if it is another than `highlevel.token`. Never the token
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretSource>,
    /// The part of the organisation it is about, if not all of it.
    #[serde(default, skip_serializing_if = "Slice::is_whole")]
    pub slice: Slice,
    /// Where tasks stand in its location, if elsewhere than `mapping.anchors` says.
    #[serde(default, skip_serializing_if = "is_unsaid")]
    pub anchors: Anchors,
    /// Who is who in its location; each takes the place of the same person in `mapping.people`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<String, String>,
}

fn is_unsaid(anchors: &Anchors) -> bool {
    *anchors == Anchors::default()
}

fn default_pair() -> String {
    "default".into()
}

/// What a configuration without `[[pair]]` is.
impl Default for PairSettings {
    fn default() -> Self {
        PairSettings {
            id: default_pair(),
            location_id: None,
            token: None,
            slice: Slice::default(),
            anchors: Anchors::default(),
            people: BTreeMap::new(),
        }
    }
}

impl PairSettings {
    /// The mappings of this pair: what it does not say itself is as in `[mapping]`.
    pub fn mapping(&self, all: &Settings) -> Settings {
        let mut own = all.clone();
        let Anchors { organisation, vendor_titles } = self.anchors.clone();
        own.anchors.organisation = organisation.or(own.anchors.organisation);
        if !vendor_titles.is_empty() {
            own.anchors.vendor_titles = vendor_titles;
        }
        own.people.extend(self.people.clone());
        own
    }
}

/// A pair, everything said. Names people: no `Debug`.
#[derive(Clone)]
pub struct Pair {
    /// Its name.
    pub id: PairId,
    /// Its HighLevel location.
    pub location_id: String,
    /// Where that location's token is kept; nothing: a person signs in.
    pub token: Option<Secret>,
    /// The users of that location, e-mail to id.
    pub people: BTreeMap<String, String>,
    /// What corresponds to what in it.
    pub rules: Rules,
}

impl Config {
    /// Where both APIs are.
    pub fn addresses(&self) -> Sides<&Address> {
        Sides { upguard: &self.upguard.base_url, highlevel: &self.highlevel.base_url }
    }

    /// UpGuard's key.
    pub fn api_key(&self) -> Secret {
        Secret::new("upguard.api_key", &self.upguard.api_key)
    }

    /// The HighLevel token of every pair that has none of its own.
    pub fn token(&self) -> Option<Secret> {
        let source = self.highlevel.token.as_ref();
        source.map(|it| Secret::new("highlevel.token", it))
    }

    /// What the credentials of a side are known to reach.
    pub fn reach(&self, side: Side) -> Reach {
        let read_only =
            Sides { upguard: self.upguard.read_only, highlevel: self.highlevel.read_only };
        if read_only[side] { Reach::ReadOnly } else { Reach::Untold }
    }

    /// How far the two systems' clocks may be apart, in milliseconds.
    pub fn skew_limit_ms(&self) -> i64 {
        i64::from(self.merge.skew_limit_seconds) * 1_000
    }
}
