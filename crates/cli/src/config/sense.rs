//! Does the configuration make sense? What no schema can say: addresses that are allowed, canaries
//! that exist, pairs that are complete and apart, rules that add up.

use std::collections::BTreeSet;
use std::ops::Range;

use concordat_mapping::{Slice, Subject};
use concordat_model::{PairId, Side};
use url::Host;

use super::document::{Document, Problem};
use super::file::{Config, Pair, PairSettings};
use super::secret::{INSTEAD, Secret, SecretSource};
use super::sign_in::OAuth;

/// The pairs that the settings add up to, at least one; or everything that does not add up, with its
/// place.
pub(super) fn check(config: &Config, document: &Document) -> Result<Vec<Pair>, Vec<Problem>> {
    let mut reports = Vec::new();
    reports.extend(hosts(config));
    reports.extend(addresses(config));
    reports.extend(sign_in(config));
    reports.extend(commands(config));
    reports.extend(canaries(config));
    reports.extend(quarantine(config));
    let pairs = pairs(config, document, &mut reports);
    if reports.is_empty() {
        reports.extend(shares(config, &pairs));
    }
    if reports.is_empty() {
        return Ok(pairs);
    }
    // What is wrong with the mapping is wrong with it for every pair.
    let mut told = BTreeSet::new();
    reports.retain(|it| told.insert((it.key.clone(), it.says.clone())));
    Err(reports.into_iter().map(|it| it.placed(document)).collect())
}

/// Something wrong with one key.
struct Report {
    key: String,
    says: String,
    hint: Option<String>,
    within: Option<Range<usize>>,
}

impl Report {
    fn new(key: &str, says: impl Into<String>) -> Report {
        Report { key: key.into(), says: says.into(), hint: None, within: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Report {
        self.hint = Some(hint.into());
        self
    }

    fn placed(self, document: &Document) -> Problem {
        let at = document.nearest(&self.key).map(|it| match self.within {
            Some(within) => document.inside(it, within),
            None => it.key.clone(),
        });
        let message = format!("{}: {}", self.key, self.says);
        Problem { message, hint: self.hint, at, shown: true }
    }
}

impl From<concordat_mapping::Problem> for Report {
    fn from(it: concordat_mapping::Problem) -> Report {
        Report { key: it.place, says: it.says, hint: it.hint, within: it.within }
    }
}

fn hosts(config: &Config) -> Vec<Report> {
    let mut reports = Vec::new();
    for (number, host) in config.network.allow_hosts.iter().enumerate() {
        // A list of names, not of patterns: what is allowed should be readable.
        let plain = Host::parse(host).is_ok_and(|it| it.to_string() == *host);
        if !plain || host.contains('*') {
            let says = "this is no host name";
            let hint = "only the name, in lower case: \"proxy.example.com\", without https://, \
                        port, path or *";
            let report = Report::new(&format!("network.allow_hosts.{number}"), says);
            reports.push(report.hint(hint));
        }
    }
    reports
}

fn addresses(config: &Config) -> Vec<Report> {
    let addresses = config.addresses();
    let foreign = addresses.iter().filter(|(side, address)| {
        let host = address.host();
        !address.belongs_to(*side)
            && !address.is_loopback()
            && !config.network.allow_hosts.iter().any(|it| it == host)
    });
    let report = |(side, address): (Side, &&super::Address)| {
        let host = address.host();
        let says = format!("{host} is not one of {side}'s hosts; the key would be sent there");
        Report::new(&format!("{}.base_url", side.key()), says)
            .hint(format!("if that is right, add it: [network] allow_hosts = [\"{host}\"]"))
    };
    foreign.map(report).collect()
}

/// The code comes back to this machine or not at all; and it is HighLevel's own page that gives it.
fn sign_in(config: &Config) -> Vec<Report> {
    let Some(OAuth { consent_url, redirect_uri, .. }) = &config.highlevel.oauth else {
        return Vec::new();
    };
    let mut reports = Vec::new();
    if !redirect_uri.is_loopback() || redirect_uri.url().scheme() != "http" {
        let says = "the browser must come back to this machine: http://localhost:PORT/PATH";
        reports.push(Report::new("highlevel.oauth.redirect_uri", says));
    }
    let host = consent_url.host();
    let known = ["marketplace.gohighlevel.com", "marketplace.leadconnectorhq.com"];
    let is_allowed = config.network.allow_hosts.iter().any(|it| it == host);
    if !known.contains(&host) && !consent_url.is_loopback() && !is_allowed {
        let says = format!("{host} is not one of HighLevel's hosts; a person would consent there");
        reports.push(
            Report::new("highlevel.oauth.consent_url", says)
                .hint(format!("if that is right, add it: [network] allow_hosts = [\"{host}\"]")),
        );
    }
    reports
}

fn commands(config: &Config) -> Vec<Report> {
    let tokens = config.pairs.iter().enumerate().filter_map(|(number, it)| {
        Some(Secret::new(format!("pair.{number}.token"), it.token.as_ref()?))
    });
    let app = config.highlevel.oauth.iter().flat_map(OAuth::secrets);
    let secrets = [config.api_key()].into_iter().chain(config.token()).chain(tokens).chain(app);
    let empty = secrets.filter(|it| match &it.source {
        SecretSource::Command(words) => words.first().is_none_or(String::is_empty),
        SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => false,
    });
    empty.map(|it| Report::new(&it.key, "the command has no program")).collect()
}

fn quarantine(config: &Config) -> Option<Report> {
    let says = "a record is not gone before two complete listings missed it; write 2 or more";
    let is_hasty = config.guards.quarantine_views < 2;
    is_hasty.then(|| Report::new("guards.quarantine_views", says))
}

/// Bounds of mappings that no pair has.
fn shares(config: &Config, pairs: &[Pair]) -> Vec<Report> {
    let names = || pairs.iter().flat_map(|it| &it.rules.mappings).map(|it| it.name.as_str());
    let known: BTreeSet<&str> = names().collect();
    let strange = config.limits.steps_per_run.keys().filter(|it| !known.contains(it.as_str()));
    let report = |name: &String| {
        let known: Vec<&str> = known.iter().copied().collect();
        Report::new(&format!("limits.steps_per_run.{name}"), "no mapping of this name is on")
            .hint(format!("there is {}", known.join(", ")))
    };
    strange.map(report).collect()
}

fn canaries(config: &Config) -> Vec<Report> {
    let numbered = config.guards.canaries.iter().enumerate();
    let is_lost = |it: &super::Canary| {
        it.pair.as_ref().is_some_and(|id| !config.pairs.iter().any(|pair| pair.id == *id))
    };
    let strange =
        numbered.filter(|(_, it)| it.resource().is_none() || it.id.is_empty() || is_lost(it));
    let report = |(number, it): (usize, &super::Canary)| {
        let key = format!("guards.canaries.{number}");
        match it.resource() {
            Some(_) if it.id.is_empty() => Report::new(&key, "a canary needs an id"),
            Some(_) => Report::new(&format!("{key}.pair"), "there is no such [[pair]]"),
            None => Report::new(&key, format!("{} has no {}", it.side, it.entity)).hint(
                "entity is \"vendor\" or \"contact\" in UpGuard, \"business\" or \"contact\" in \
                 HighLevel",
            ),
        }
    };
    strange.map(report).collect()
}

/// Every pair with everything said, and what is wrong with them. A file without `[[pair]]` is one.
fn pairs(config: &Config, document: &Document, reports: &mut Vec<Report>) -> Vec<Pair> {
    if config.pairs.is_empty() {
        let pair = pair(config, &PairSettings::default(), |name| format!("highlevel.{name}"));
        return pair.map_err(|missing| reports.extend(missing)).into_iter().collect();
    }
    let mut pairs = Vec::new();
    for (number, settings) in config.pairs.iter().enumerate() {
        match pair(config, settings, |name| format!("pair.{number}.{name}")) {
            Ok(pair) => pairs.push((number, pair)),
            Err(missing) => reports.extend(missing),
        }
    }
    let once = |name: &str, of: fn(&Pair) -> &str, says: &str, hint: &str| -> Vec<Report> {
        let twin = |(place, (number, pair)): (usize, &(usize, Pair))| {
            let (first, twin) = pairs[..place].iter().find(|(_, it)| of(it) == of(pair))?;
            let spot = document.nearest(&format!("pair.{first}.{name}"))?;
            let says = format!("{says} {} (line {})", twin.id, document.line(spot.key.start));
            Some(Report::new(&format!("pair.{number}.{name}"), says).hint(hint))
        };
        pairs.iter().enumerate().filter_map(twin).collect()
    };
    reports.extend(once(
        "id",
        |it| it.id.as_str(),
        "another pair is called",
        "the name is in every entry of the ledger: give each pair its own",
    ));
    reports.extend(once(
        "location_id",
        |it| it.location_id.as_str(),
        "it is the location of pair",
        "two pairs would undo each other's work there: one location, one pair",
    ));
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

fn pair(
    config: &Config,
    settings: &PairSettings,
    key: impl Fn(&str) -> String,
) -> Result<Pair, Vec<Report>> {
    let mut reports = Vec::new();
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if settings.id.is_empty() || !settings.id.chars().all(plain) {
        let says = "a pair's name has lower-case letters, digits and dashes";
        reports.push(Report::new(&key("id"), says));
    }
    let location = settings.location_id.as_ref().or(config.highlevel.location_id.as_ref());
    let location = location.filter(|it| !it.is_empty());
    if location.is_none() {
        let hint = "HighLevel shows it under Settings, Business Profile, and in the address bar";
        reports.push(Report::new(&key("location_id"), "it is not said").hint(hint));
    }
    let token = settings.token.as_ref().map(|it| Secret::new(key("token"), it));
    let is_signed_in = token.is_none() && config.highlevel.oauth.is_some();
    let token = token.or_else(|| config.token()).filter(|_| !is_signed_in);
    if token.is_none() && !is_signed_in {
        reports.push(Report::new(&key("token"), "it is not said").hint(INSTEAD));
    }
    reports.extend(slice(&settings.slice, &key));
    let mapping = settings.mapping(&config.mapping);
    let rules = concordat_mapping::rules(&mapping, config.skew_limit_ms()).map_err(|problems| {
        reports.extend(problems.into_iter().map(Report::from));
    });
    match (location, rules) {
        (Some(location), Ok(rules)) if reports.is_empty() => Ok(Pair {
            id: PairId::new(&settings.id),
            location_id: location.clone(),
            token,
            people: mapping.people,
            rules: rules.about(&settings.slice),
        }),
        (Some(_) | None, _) => Err(reports),
    }
}

/// What in a slice can never hold of a vendor.
fn slice(slice: &Slice, key: impl Fn(&str) -> String) -> Vec<Report> {
    let Slice { labels, tiers, portfolios, vendors, contacts } = slice;
    let is_blank = |it: &String| it.trim().is_empty();
    let wrong = [
        ("labels", labels.iter().any(is_blank), "a label is never empty"),
        ("tiers", tiers.contains(&0), "tiers begin with 1"),
        ("portfolios", portfolios.iter().any(is_blank), "a portfolio has a name"),
    ];
    let wrong = wrong.into_iter().filter(|(_, is_wrong, _)| *is_wrong);
    let wrong = wrong.map(|(name, _, says)| Report::new(&key(&format!("slice.{name}")), says));
    let conditions =
        [("vendors", vendors, Subject::Vendor), ("contacts", contacts, Subject::Person)];
    let strange = conditions.into_iter().filter_map(|(name, condition, subject)| {
        let it = condition.as_ref()?.stranger(subject)?;
        let report = Report::new(&key(&format!("slice.{name}")), it.says).hint(it.hint);
        Some(Report { within: Some(it.at), ..report })
    });
    wrong.chain(strange).collect()
}
