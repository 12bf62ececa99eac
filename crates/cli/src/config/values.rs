//! What do single values of the configuration look like? Addresses and lengths of time: text in the
//! file, checked when it is read.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;
use concordat_model::Side;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Where an API is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "uri"))]
pub struct Address(Url);

impl Address {
    /// As the connectors take it.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The host name, lower case.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether it is the vendor's own, regional ones included.
    pub fn belongs_to(&self, side: Side) -> bool {
        let own = match side {
            Side::Upguard => "cyber-risk.upguard.com",
            Side::Highlevel => "services.leadconnectorhq.com",
        };
        let before = self.host().strip_suffix(own);
        before.is_some_and(|region| region.is_empty() || region.ends_with('.'))
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| "this is no web address: https://HOST/PATH")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("the address must begin with https://".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address holds no user name and no password".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("a base address ends before the ? and the #".into());
        }
        let address = Address(url);
        if address.0.scheme() == "http" && !address.is_loopback() {
            return Err("without TLS only this machine may be spoken to; use https://".into());
        }
        Ok(address)
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// A length of time in whole seconds: `90s`, `30m`, `24h`, `7d`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "span"))]
pub struct Span {
    seconds: u64,
}

/// The units, largest first.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Span {
    /// So many hours.
    pub const fn hours(hours: u32) -> Span {
        Span { seconds: hours as u64 * 3_600 }
    }

    /// As a difference of times.
    pub fn delta(self) -> TimeDelta {
        TimeDelta::from_std(self.duration()).unwrap_or(TimeDelta::MAX)
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let says = || "this is no length of time; write a number and s, m, h or d: \"24h\"".into();
        let (number, unit) = UNITS
            .into_iter()
            .find_map(|(name, seconds)| Some((text.strip_suffix(name)?, seconds)))
            .ok_or_else(says)?;
        let number: u64 = number.parse().map_err(|_| says())?;
        match number.checked_mul(unit) {
            None | Some(0) => Err(says()),
            Some(seconds) => Ok(Span { seconds }),
        }
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

/// In the largest unit that needs no fraction; but a day reads better as 24 hours.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |unit: u64| self.seconds.is_multiple_of(unit) && self.seconds != 86_400;
        let best = UNITS.into_iter().find(|(name, unit)| {
            whole(*unit) || *name == "h" && { self.seconds.is_multiple_of(*unit) }
        });
        let (name, unit) = best.unwrap_or(("s", 1));
        write!(f, "{}{name}", self.seconds / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_or_on_this_machine() {
        for good in [
            "https://cyber-risk.upguard.com/api/public",
            "http://127.0.0.1:8080/api",
            "http://[::1]:8080",
            "http://localhost:1",
        ] {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        for bad in [
            "cyber-risk.upguard.com",
            "ftp://cyber-risk.upguard.com",
            "http://cyber-risk.upguard.com",
            "http://localhost.example.com",
            "http://169.254.169.254",
            "https://key@cyber-risk.upguard.com",
            "https://cyber-risk.upguard.com?key=1",
            "https://cyber-risk.upguard.com#key",
            "https://",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_vendor_s_hosts_are_told_from_lookalikes() {
        let own = |text: &str, side| text.parse::<Address>().unwrap().belongs_to(side);
        assert!(own("https://cyber-risk.upguard.com/api/public", Side::Upguard));
        assert!(own("https://au.Cyber-Risk.upguard.com/api/public", Side::Upguard));
        assert!(!own("https://evilcyber-risk.upguard.com", Side::Upguard));
        assert!(!own("https://cyber-risk.upguard.com.evil.example", Side::Upguard));
        assert!(!own("https://services.leadconnectorhq.com", Side::Upguard));
        assert!(own("https://services.leadconnectorhq.com", Side::Highlevel));
    }

    #[test]
    fn spans_are_read_and_written_alike() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800), ("36h", 129_600)]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.duration().as_secs(), seconds);
            assert_eq!(span.to_string(), text);
        }
        assert_eq!("1d".parse::<Span>().unwrap().to_string(), "24h");
        for bad in ["", "h", "24", "0h", "-1h", "1.5h", "1w", "99999999999999999d", "24 h"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
