//! Which vendors is a pair about? A slice of the organisation, by what UpGuard says of a vendor itself:
//! labels, tier, portfolios, or whatever an expression says; and which of its people. A record outside is
//! dormant for the pair.

use std::collections::BTreeSet;
use std::fmt;

use concordat_model::{Held, Mirrored, Reading, Record, RecordKey, Resource, Value, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::expression::Expression;
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
    /// This holds of the vendor: an expression over its fields. What cannot be worked out does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendors: Option<Expression>,
    /// Of its people, those of whom this holds: an expression over the fields of a person, and of `vendor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Expression>,
}

impl Slice {
    /// Whether it is the whole organisation.
    pub fn is_whole(&self) -> bool {
        let Slice { labels, tiers, portfolios, vendors, contacts } = self;
        let has_lists = !labels.is_empty() || !tiers.is_empty() || !portfolios.is_empty();
        !has_lists && vendors.is_none() && contacts.is_none()
    }

    /// Whether it asks for portfolios, which cost a request for each vendor.
    pub fn needs_portfolios(&self) -> bool {
        let expressions = [&self.vendors, &self.contacts].into_iter().flatten();
        !self.portfolios.is_empty() || expressions.into_iter().any(|it| it.uses("portfolios"))
    }

    /// Whether a vendor is in it. What its reading does not cover, it does not have.
    pub fn holds(&self, vendor: &Reading) -> bool {
        let Slice { labels, tiers, portfolios, vendors, contacts: _ } = self;
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
            && vendors.as_ref().is_none_or(|it| it.holds(vendor, None))
    }

    /// Whether one of a vendor's people is in it, as far as it is up to that person.
    pub fn takes(&self, person: &Record, vendor: Option<&Reading>) -> bool {
        let unknown = Reading::new();
        let vendor = vendor.unwrap_or(&unknown);
        self.contacts.as_ref().is_none_or(|it| it.holds(&person.reading, Some(vendor)))
    }

    /// The records of a view that are not in it. People whose vendor is not in it go with the vendor.
    pub fn outside(&self, view: &View) -> BTreeSet<RecordKey> {
        let outside =
            view.records.values().filter(|it| !self.is_whole() && self.shuts_out(view, it));
        outside.map(|it| it.record.key.clone()).collect()
    }

    /// Whether a record is not in it by itself; `view` holds the vendors.
    pub fn shuts_out(&self, view: &View, it: &Mirrored) -> bool {
        let record = &it.record;
        match record.key.resource {
            Resource::Vendor => !self.holds(&record.reading),
            Resource::VendorContact => {
                let id = record.parent.clone();
                let key = id.map(|id| RecordKey { resource: Resource::Vendor, id });
                let vendor = key.and_then(|key| view.records.get(&key));
                !self.takes(record, vendor.map(|it| &it.record.reading))
            }
            Resource::Business
            | Resource::Contact
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Task
            | Resource::Comment
            | Resource::Note
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => false,
        }
    }

    /// What is said, for the fingerprint of the rules: that of lists alone is as it was before there were
    /// expressions.
    pub(crate) fn said(&self) -> String {
        let Slice { labels, tiers, portfolios, vendors, contacts } = self;
        let lists =
            format!("Slice {{ labels: {labels:?}, tiers: {tiers:?}, portfolios: {portfolios:?} }}");
        match (vendors, contacts) {
            (None, None) => lists,
            (_, _) => format!("{lists} {vendors:?} {contacts:?}"),
        }
    }
}

/// As the end of "vendors …"; nothing for the whole organisation.
impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slice { labels, tiers, portfolios, vendors, contacts } = self;
        let tiers: Vec<String> = tiers.iter().map(u32::to_string).collect();
        let portfolios: Vec<String> = portfolios.iter().map(|it| format!("{it:?}")).collect();
        let parts = [("labelled", labels), ("of tier", &tiers), ("in portfolio", &portfolios)];
        let said = parts.into_iter().filter(|(_, all)| !all.is_empty());
        let said = said.map(|(what, all)| format!("{what} {}", all.join(" or ")));
        let vendors = vendors.iter().map(|it| format!("where {it}"));
        let contacts = contacts.iter().map(|it| format!("with those people where {it}"));
        let said: Vec<String> = said.chain(vendors).chain(contacts).collect();
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
            ..Slice::default()
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
