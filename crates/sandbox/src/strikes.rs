//! Which requests go wrong, and how? Faults and damages that hit single requests, each for the next N
//! matching ones or always. Knows nothing of what the request would have done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::damage::Damage;
use crate::http::{Response, System};

/// A way in which a request goes wrong (HighLevel sheet §13c, items 5 and 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 500 (or `status`), nothing stored.
    ErrorBeforeEffect,
    /// 502 (or `status`) although everything was stored; writes only.
    ErrorAfterCommit,
    /// 422 although everything was stored (HighLevel sheet §4); writes only.
    UnprocessableAfterCommit,
    /// 429, with `Retry-After` when `retry_after_seconds` is given.
    RateLimited,
    /// 401 as for an expired or revoked credential.
    TokenExpired,
    /// The system's answer to a credential without the needed scope or permission.
    ScopeMissing,
    /// 403.
    Forbidden,
    /// The connection is cut before anything is stored.
    DropBeforeEffect,
    /// The connection is cut after everything was stored.
    DropAfterCommit,
    /// The body members named in `fields` (`gender`, `customFields.<id>`, `attributes.<name>`) are
    /// accepted and thrown away.
    DropFields,
}

impl Fault {
    /// Every fault, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::ErrorBeforeEffect,
        Self::ErrorAfterCommit,
        Self::UnprocessableAfterCommit,
        Self::RateLimited,
        Self::TokenExpired,
        Self::ScopeMissing,
        Self::Forbidden,
        Self::DropBeforeEffect,
        Self::DropAfterCommit,
        Self::DropFields,
    ];

    /// The name of its switch.
    pub fn name(self) -> &'static str {
        match self {
            Self::ErrorBeforeEffect => "error_before_effect",
            Self::ErrorAfterCommit => "error_after_commit",
            Self::UnprocessableAfterCommit => "unprocessable_after_commit",
            Self::RateLimited => "rate_limited",
            Self::TokenExpired => "token_expired",
            Self::ScopeMissing => "scope_missing",
            Self::Forbidden => "forbidden",
            Self::DropBeforeEffect => "drop_before_effect",
            Self::DropAfterCommit => "drop_after_commit",
            Self::DropFields => "drop_fields",
        }
    }
}

/// Which requests a fault hits. An omitted member matches everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Strike {
    /// Only this system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// Only this method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only this path template, as `GET requests` spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Let so many matching requests pass first.
    pub after: u64,
    /// Hit so many; `None` is always.
    pub next: Option<u64>,
    /// `Retry-After` of a 429; `None` sends none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    /// Status of the 5xx faults, of a page for people, and of a redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Members for [`Fault::DropFields`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What [`Damage::Altered`] puts where, by JSON pointer.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub put: Map<String, Value>,
    /// Where [`Damage::Redirected`] leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// The members of a strike.
const MEMBERS: &str =
    "system, method, path, after, next, retry_after_seconds, status, fields, put, location";

impl Strike {
    fn matches(&self, target: &Target<'_>) -> bool {
        self.system.is_none_or(|system| system == target.system)
            && self
                .method
                .as_deref()
                .is_none_or(|method| method.eq_ignore_ascii_case(target.method))
            && self.path.as_deref().is_none_or(|path| {
                path.trim_end_matches('/') == target.template.trim_end_matches('/')
            })
    }

    fn is_spent(&self) -> bool {
        self.next == Some(0)
    }
}

/// The request a strike is looked up for.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) system: System,
    pub(crate) method: &'a str,
    pub(crate) template: &'a str,
}

/// The strikes still to come, by the name of what strikes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strikes {
    coming: BTreeMap<&'static str, Vec<Strike>>,
    /// First pages of listings, for the damages that give something again.
    kept: BTreeMap<String, Response>,
}

/// How a switch may be written: `true`, a count, one strike or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Always(bool),
    Next(u64),
    One(Strike),
    Many(Vec<Strike>),
}

impl Strikes {
    /// Everything that can strike, in the order of the documentation.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let faults = Fault::ALL.into_iter().map(Fault::name);
        faults.chain(Damage::ALL.into_iter().map(Damage::name))
    }

    /// Replaces the strikes of one fault or damage. `null`, `false` and `[]` switch it off.
    pub fn set(&mut self, name: &'static str, value: Value) -> Result<(), String> {
        let written: Option<Written> = serde_json::from_value(value).map_err(|_| {
            format!(
                "{name}: wants true, a count, a strike or a list of strikes; a strike has: {MEMBERS}"
            )
        })?;
        let strikes = match written {
            None | Some(Written::Always(false)) => Vec::new(),
            Some(Written::Always(true)) => vec![Strike::default()],
            Some(Written::Next(count)) => vec![Strike { next: Some(count), ..Strike::default() }],
            Some(Written::One(strike)) => vec![strike],
            Some(Written::Many(strikes)) => strikes,
        };
        self.coming.insert(name, strikes);
        self.kept.clear();
        Ok(())
    }

    /// The strike that hits this request now, counted down.
    pub(crate) fn take(&mut self, name: &'static str, target: &Target<'_>) -> Option<Strike> {
        self.strike(name, target, |strike| Some(strike.clone()))
    }

    /// What becomes of this request by the strike that is due; one that finds nothing to hit is not
    /// counted.
    pub(crate) fn strike<T>(
        &mut self,
        name: &'static str,
        target: &Target<'_>,
        hits: impl FnOnce(&Strike) -> Option<T>,
    ) -> Option<T> {
        let strikes = self.coming.get_mut(name)?;
        let strike =
            strikes.iter_mut().find(|strike| !strike.is_spent() && strike.matches(target))?;
        if 0 < strike.after {
            strike.after -= 1;
            return None;
        }
        let hit = hits(strike)?;
        strike.next = strike.next.map(|left| left - 1);
        Some(hit)
    }

    /// What was kept under that name.
    pub(crate) fn kept(&self, name: &str) -> Option<&Response> {
        self.kept.get(name)
    }

    pub(crate) fn keep(&mut self, name: String, response: Response) {
        self.kept.insert(name, response);
    }

    /// What is left, by switch name.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (String, Value)> + '_ {
        Self::names().map(|name| {
            let strikes = self.coming.get(name).map_or(&[][..], Vec::as_slice);
            let left: Vec<&Strike> = strikes.iter().filter(|strike| !strike.is_spent()).collect();
            (name.to_owned(), serde_json::json!(left))
        })
    }
}

/// Removes the members a [`Fault::DropFields`] strike names from a body.
pub(crate) fn drop_fields(body: &mut Value, fields: &[String]) {
    let Some(members) = body.as_object_mut() else { return };
    for field in fields {
        match field.split_once('.') {
            None => {
                members.shift_remove(field);
            }
            Some((outer, inner)) => match members.get_mut(outer) {
                Some(Value::Object(nested)) => {
                    nested.shift_remove(inner);
                }
                Some(Value::Array(rows)) => rows.retain(|row| row["id"] != inner),
                Some(_) | None => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(written: Value, path: &str, hits: &[bool]) {
        let mut strikes = Strikes::default();
        strikes.set(Fault::Forbidden.name(), written).expect("a readable strike");
        let target = Target { system: System::HighLevel, method: "PUT", template: path };
        let hit: Vec<bool> =
            (0..hits.len()).map(|_| strikes.take("forbidden", &target).is_some()).collect();
        assert_eq!(hit, hits);
    }

    #[test]
    fn strikes_count_down_and_match() {
        check(json!(true), "/contacts/{contactId}", &[true, true]);
        check(json!(1), "/contacts/{contactId}", &[true, false]);
        check(json!({"path": "/contacts/", "next": 1}), "/contacts/{contactId}", &[false, false]);
        check(json!({"method": "put", "after": 1, "next": 1}), "/x", &[false, true, false]);
        check(json!([{"path": "/a"}, {"path": "/x", "next": 1}]), "/x", &[true, false]);
        check(json!(null), "/x", &[false]);
    }

    #[test]
    fn names_are_the_serialised_ones() {
        for fault in Fault::ALL {
            assert_eq!(json!(fault), fault.name());
        }
    }
}
