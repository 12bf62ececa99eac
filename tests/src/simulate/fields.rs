//! Do the fields that flow both ways say the same, and was nobody's value lost on the way? Of a vendor and its
//! business, by what happened to both.

use std::collections::BTreeMap;

use concordat_ledger::Standing;
use concordat_model::{Entry, Event, Field, Link, Outcome, Time};
use concordat_oracle::{rows, text, unmarked};
use serde_json::Value;

use super::judge::{UNSEEN, at};
use crate::night::persons::TWO_WAY;

/// A vendor and its business.
#[derive(Clone, Debug)]
pub struct Pair {
    vendor: String,
    business: String,
    /// Since when the ledger knows that both agree in a field.
    since: BTreeMap<String, Time>,
}

/// All that are linked, as one with one.
pub fn pairs(standing: &Standing, entries: &[Entry]) -> Vec<Pair> {
    let since = |link: &Link| {
        let mut since: BTreeMap<String, Time> = BTreeMap::new();
        for entry in entries {
            let names: Vec<&Field> = match &entry.event {
                Event::Settled(it) if it.link == link.id => it.fields.keys().collect(),
                Event::Closed { outcome: Outcome::Verified(it), .. } if it.link == link.id => {
                    it.fields.iter().filter(|it| it.is_kept()).map(|it| &it.name).collect()
                }
                _ => Vec::new(),
            };
            for name in names {
                since.entry(name.as_str().to_owned()).or_insert(entry.at);
            }
        }
        since
    };
    let links = standing.agreements.links.values();
    let links = links.filter(|it| it.mapping.as_str() == "vendors" && it.archived().is_none());
    let pair = |it: &Link| match (&it.ends.upguard[..], &it.ends.highlevel[..]) {
        ([vendor], [business]) => Some(Pair {
            vendor: vendor.id.as_str().to_owned(),
            business: business.id.as_str().to_owned(),
            since: since(it),
        }),
        _ => None,
    };
    links.filter_map(pair).collect()
}

/// One field at both: as UpGuard's effects name it, and as HighLevel's do.
pub struct Place {
    /// What the field is called.
    pub name: &'static str,
    attribute: &'static str,
    member: &'static str,
}

/// All of them but one that an automation watches on a side, whose word goes against everybody's.
pub fn places(watched: Option<&str>) -> impl Iterator<Item = Place> {
    let all =
        TWO_WAY.into_iter().map(|(name, attribute, member)| Place { name, attribute, member });
    all.filter(move |it| {
        watched.is_none_or(|watched| {
            watched != it.member && watched.strip_prefix("attributes.") != Some(it.attribute)
        })
    })
}

impl Place {
    /// Whether an effect is about it, on either side.
    pub fn is_of(&self, effect: &Value) -> bool {
        let field = effect["field"].as_str();
        field.is_some_and(|it| {
            it == self.member || it.strip_prefix("attributes.") == Some(self.attribute)
        })
    }
}

impl Pair {
    /// The ids of both.
    pub fn ids(&self) -> [&str; 2] {
        [&self.vendor, &self.business]
    }

    /// Whether both are there, and the vendor takes writes: it is watched, and has a web address.
    pub fn is_writable(&self, state: &Value) -> bool {
        let vendor = find(&state["upguard"]["vendors"], &self.vendor);
        let business = find(&state["highlevel"]["businesses"], &self.business);
        vendor
            .is_some_and(|it| it["monitored"] == true && !text(&it["primary_hostname"]).is_empty())
            && business.is_some()
    }

    /// Complaints about fields that differ.
    pub fn differs(&self, state: &Value, watched: Option<&str>) -> Vec<String> {
        let vendor = find(&state["upguard"]["vendors"], &self.vendor).unwrap_or(&Value::Null);
        let business = find(&state["highlevel"]["businesses"], &self.business);
        let business = business.unwrap_or(&Value::Null);
        let differs = |it: &Place| {
            let (one, other) = (&vendor["attributes"][it.attribute], &business[it.member]);
            (plain(it, one) != plain(it, other)).then(|| {
                format!(
                    "{} of vendor {} is {one}, and of its business {other}",
                    it.name, self.vendor
                )
            })
        };
        places(watched).filter_map(|it| differs(&it)).collect()
    }

    /// Complaints about values that people entered on one side only, and that a request replaced by what was
    /// there before.
    pub fn lost(&self, effects: &[Value], watched: Option<&str>) -> Vec<String> {
        places(watched).flat_map(|it| self.lost_at(&it, effects)).collect()
    }

    fn lost_at(&self, place: &Place, effects: &[Value]) -> Vec<String> {
        let attribute = format!("attributes.{}", place.attribute);
        let side_of = |it: &Value| -> Option<usize> {
            let is = |side: &str, entity: &str, id: &str, field: &str| {
                it["side"] == side
                    && it["entity"] == entity
                    && it["field"] == field
                    && text(&it["id"]) == id
            };
            match () {
                () if is("upguard", "vendor", &self.vendor, &attribute) => Some(0),
                () if is("highlevel", "business", &self.business, place.member) => Some(1),
                () => None,
            }
        };
        let ours: Vec<(usize, &Value)> =
            effects.iter().filter_map(|it| Some((side_of(it)?, it))).collect();
        let first = |side: usize| {
            let first = ours.iter().find(|(of, _)| *of == side);
            first.map(|(_, it)| plain(place, &it["before"]))
        };
        // A side to which nothing happened holds what it holds; nobody overwrites anything there.
        let (Some(one), Some(other)) = (first(0), first(1)) else { return Vec::new() };
        let mut held = [one, other];
        let mut edited = [None, None];
        let mut agreed = false;
        let mut complaints = Vec::new();
        for (side, effect) in ours {
            if !agreed {
                // What was edited before is a matter of the first agreement.
                let is_known = self.since.get(place.name).is_some_and(|it| *it < at(effect));
                agreed = is_known && held[0] == held[1];
                edited = [None, None];
            }
            let after = plain(place, &effect["after"]);
            if effect["actor"] == "person" {
                edited[side] = Some(at(effect));
            } else if let (Some(since), None, true) = (edited[side], edited[1 - side], agreed)
                && after != held[side]
                && at(effect) - since > UNSEEN
            {
                let value = &held[side];
                complaints
                    .push(format!("lost, what a person entered at {since}: {value:?}: {effect}"));
            }
            held[side] = after;
            if held[0] == held[1] {
                edited = [None, None];
            }
        }
        complaints
    }
}

fn find<'a>(list: &'a Value, id: &str) -> Option<&'a Value> {
    rows(list).iter().find(|it| text(&it["id"]) == id)
}

/// A value as both sides mean it: of a phone number its last digits, of an address of any kind not its case.
pub fn plain(place: &Place, value: &Value) -> String {
    let value = text(value);
    let value = unmarked(&value);
    let value = value.trim();
    match place.name {
        "phone" => {
            let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len().saturating_sub(10)..].iter().collect()
        }
        _ => value.to_lowercase(),
    }
}
