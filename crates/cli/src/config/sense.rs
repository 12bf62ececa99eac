//! Does the configuration make sense? What no schema can say: addresses that are allowed, canaries
//! that exist, a pair that is complete, rules that add up.

use concordat_mapping::Rules;
use concordat_model::Side;
use url::Host;

use super::document::{Document, Problem};
use super::file::{Config, Pair};
use super::secret::SecretSource;

/// What the configuration comes to.
pub(super) struct Sense {
    pub rules: Rules,
    pub pair: Pair,
}

/// Everything the settings add up to, or everything that does not add up, with its place.
pub(super) fn check(config: &Config, document: &Document) -> Result<Sense, Vec<Problem>> {
    let mut reports = Vec::new();
    reports.extend(hosts(config));
    reports.extend(addresses(config));
    reports.extend(commands(config));
    reports.extend(canaries(config));
    let pair = pair(config).map_err(|report| reports.push(report)).ok();
    let rules = concordat_mapping::rules(&config.mapping, config.skew_limit_ms());
    let rules = rules
        .map_err(|problems| {
            let report = |it: concordat_mapping::Problem| Report::new(&it.place, it.says);
            reports.extend(problems.into_iter().map(report));
        })
        .ok();
    match (rules, pair) {
        (Some(rules), Some(pair)) if reports.is_empty() => Ok(Sense { rules, pair }),
        (Some(_) | None, _) => Err(reports.into_iter().map(|it| it.placed(document)).collect()),
    }
}

/// Something wrong with one key.
struct Report {
    key: String,
    says: String,
    hint: Option<String>,
}

impl Report {
    fn new(key: &str, says: impl Into<String>) -> Report {
        Report { key: key.into(), says: says.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Report {
        self.hint = Some(hint.into());
        self
    }

    fn placed(self, document: &Document) -> Problem {
        let at = document.nearest(&self.key).map(|it| it.key.clone());
        let message = format!("{}: {}", self.key, self.says);
        Problem { message, hint: self.hint, at, shown: true }
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
    let endpoints = config.endpoints();
    let foreign = endpoints.iter().filter(|(side, endpoint)| {
        let host = endpoint.address.host();
        !endpoint.address.belongs_to(*side)
            && !endpoint.address.is_loopback()
            && !config.network.allow_hosts.iter().any(|it| it == host)
    });
    let report = |(side, endpoint): (Side, &super::Endpoint<'_>)| {
        let host = endpoint.address.host();
        let table = match side {
            Side::Upguard => "upguard",
            Side::Highlevel => "highlevel",
        };
        let says = format!("{host} is not one of {side}'s hosts; the key would be sent there");
        Report::new(&format!("{table}.base_url"), says)
            .hint(format!("if that is right, add it: [network] allow_hosts = [\"{host}\"]"))
    };
    foreign.map(report).collect()
}

fn commands(config: &Config) -> Vec<Report> {
    let endpoints = config.endpoints();
    let empty = endpoints.iter().filter(|(_, it)| match it.secret {
        SecretSource::Command(words) => words.first().is_none_or(String::is_empty),
        SecretSource::Env(_) | SecretSource::File(_) | SecretSource::Credential(_) => false,
    });
    empty.map(|(_, it)| Report::new(it.secret_key, "the command has no program")).collect()
}

fn canaries(config: &Config) -> Vec<Report> {
    let numbered = config.guards.canaries.iter().enumerate();
    let strange = numbered.filter(|(_, it)| it.resource().is_none() || it.id.is_empty());
    let report = |(number, it): (usize, &super::Canary)| {
        let key = format!("guards.canaries.{number}");
        match it.resource() {
            Some(_) => Report::new(&key, "a canary needs an id"),
            None => Report::new(&key, format!("{} has no {}", it.side, it.entity)).hint(
                "entity is \"vendor\" or \"contact\" in UpGuard, \"business\" or \"contact\" in \
                 HighLevel",
            ),
        }
    };
    strange.map(report).collect()
}

fn pair(config: &Config) -> Result<Pair, Report> {
    if config.pairs.len() > 1 {
        let says = "more than one pair is not supported yet: one pair per configuration";
        return Err(Report::new("pair.1", says).hint("give each pair a file of its own"));
    }
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    match config.pairs().into_iter().next().flatten() {
        Some(pair) if pair.id.as_str().is_empty() || !pair.id.as_str().chars().all(plain) => {
            let says = "a pair's name has lower-case letters, digits and dashes";
            Err(Report::new("pair.0.id", says))
        }
        Some(pair) if !pair.location_id.is_empty() => Ok(pair),
        Some(_) | None => Err(Report::new("highlevel.location_id", "it is not said")
            .hint("HighLevel shows it under Settings, Business Profile, and in the address bar")),
    }
}
