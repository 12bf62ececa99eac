//! Which vendors is a pair about? A slice of the organisation, by what UpGuard says of a vendor itself:
//! labels, tier, portfolios. A vendor outside is dormant for the pair.

use std::collections::BTreeSet;
use std::fmt;

use concordat_model::{Held, Reading, RecordKey, Resource, Value, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::sets::{element, items};

/// `[pair.slice]`: a vendor is in it if everything holds that is said here; one of several labels, tiers
/// or portfolios is enough. Nothing said: all vendors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Slice {
    /// The vendor has a label like one of these: patterns, in which `*` is any text and `?` any
    /// character. Letter case means nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The vendor is of one of these tiers. One without a tier is not.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tiers: BTreeSet<u32>,
    /// The vendor is in one of these portfolios, by their names as UpGuard spells them. UpGuard shows
    /// portfolios only vendor by vendor: this costs a request for each vendor and pull.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub portfolios: BTreeSet<String>,
}

impl Slice {
    /// Whether it is the whole organisation.
    pub fn is_whole(&self) -> bool {
        let Slice { labels, tiers, portfolios } = self;
        labels.is_empty() && tiers.is_empty() && portfolios.is_empty()
    }

    /// Whether a vendor is in it. What its reading does not cover, it does not have.
    pub fn holds(&self, vendor: &Reading) -> bool {
        let Slice { labels, tiers, portfolios } = self;
        let held = |path: &str| vendor.get(&path.into()).cloned().flatten();
        let like = |label: &String| {
            let label = element(label);
            labels.iter().any(|it| WildMatch::new(&it.to_lowercase()).matches(&label))
        };
        let is_of = |held: &Held| match held {
            Some(Value::Integer(tier)) => tiers.iter().any(|it| i64::from(*it) == *tier),
            Some(_) | None => false,
        };
        (labels.is_empty() || items(&held("labels")).any(like))
            && (tiers.is_empty() || is_of(&held("tier")))
            && (portfolios.is_empty()
                || items(&held("portfolios")).any(|it| portfolios.contains(it)))
    }

    /// The vendors of a view that are not in it.
    pub fn outside(&self, view: &View) -> BTreeSet<RecordKey> {
        let vendors = view.records.values().filter(|it| it.record.key.resource == Resource::Vendor);
        let outside = vendors.filter(|it| !self.is_whole() && !self.holds(&it.record.reading));
        outside.map(|it| it.record.key.clone()).collect()
    }
}

/// As the end of "vendors …"; nothing for the whole organisation.
impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slice { labels, tiers, portfolios } = self;
        let tiers: Vec<String> = tiers.iter().map(u32::to_string).collect();
        let portfolios: Vec<String> = portfolios.iter().map(|it| format!("{it:?}")).collect();
        let parts = [("labelled", labels), ("of tier", &tiers), ("in portfolio", &portfolios)];
        let said = parts.into_iter().filter(|(_, all)| !all.is_empty());
        let said: Vec<String> =
            said.map(|(what, all)| format!("{what} {}", all.join(" or "))).collect();
        f.write_str(&said.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendor(labels: &[&str], tier: Option<i64>, portfolios: &[&str]) -> Reading {
        let set = |items: &[&str]| {
            let set: BTreeSet<String> = items.iter().map(|it| (*it).to_owned()).collect();
            (!set.is_empty()).then_some(Value::Set(set))
        };
        let mut reading = Reading::new();
        reading.set("labels".into(), set(labels));
        reading.set("tier".into(), tier.map(Value::Integer));
        reading.set("portfolios".into(), set(portfolios));
        reading
    }

    #[test]
    fn all_that_is_said_must_hold_and_one_of_several_is_enough() {
        let slice = Slice {
            labels: vec!["EU-*".into(), "apac".into()],
            tiers: [1, 2].into(),
            portfolios: ["Production".to_owned()].into(),
        };
        let yes = vendor(&["eu-north", "x"], Some(2), &["Other", "Production"]);
        assert!(slice.holds(&yes));
        assert!(slice.holds(&vendor(&["APAC"], Some(1), &["Production"])));
        for no in [
            vendor(&["euro"], Some(2), &["Production"]),
            vendor(&[], Some(2), &["Production"]),
            vendor(&["eu-north"], Some(3), &["Production"]),
            vendor(&["eu-north"], None, &["Production"]),
            vendor(&["eu-north"], Some(2), &["production"]),
            vendor(&["eu-north"], Some(2), &[]),
            Reading::new(),
        ] {
            assert!(!slice.holds(&no), "{no:?}");
        }
        assert!(Slice::default().holds(&Reading::new()));
        let says = "labelled EU-* or apac, of tier 1 or 2, in portfolio \"Production\"";
        assert_eq!(slice.to_string(), says);
    }
}
