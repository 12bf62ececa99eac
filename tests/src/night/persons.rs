//! What do people do to the fields that flow both ways? Seeded edits of a vendor's attributes and of
//! its business, and the changes that have to follow on the other side.

use std::collections::BTreeMap;

use concordat_oracle::{rows, text, unmarked};
use serde_json::{Value, json};

use super::Night;

/// The fields that flow both ways: what they are called, the attribute, the business's member.
pub const TWO_WAY: [(&str, &str, &str); 4] = [
    ("phone", "Main phone", "phone"),
    ("email", "Main email", "email"),
    ("address", "Postal address", "address"),
    ("description", "Relationship notes", "description"),
];

/// The same seed gives the same numbers.
pub struct Dice(u64);

impl Dice {
    /// Seeded.
    pub fn of(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Another one, of which this one knows nothing: what is decided by it leaves all else as it was.
    pub fn aside(&self) -> Dice {
        Dice(!self.0)
    }

    /// A number below `bound` (SplitMix64).
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).expect("a bound");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("below the bound")
    }

    /// In another order.
    pub fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
        items
    }
}

/// One side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// UpGuard.
    Upguard,
    /// HighLevel.
    Highlevel,
}

impl Side {
    /// As documents spell it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Upguard => "upguard",
            Side::Highlevel => "highlevel",
        }
    }

    /// The other one.
    pub fn other(self) -> Side {
        match self {
            Side::Upguard => Side::Highlevel,
            Side::Highlevel => Side::Upguard,
        }
    }
}

/// One field of a vendor and its business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The vendor's id.
    pub vendor: String,
    /// The business's id.
    pub business: String,
    /// The field: its place in [`TWO_WAY`].
    pub field: usize,
}

/// A change that must be seen: side, record, native field, new value.
pub type Change = (String, String, String, String);

impl Spot {
    /// Every field of every vendor that is linked with a business, as the history tells.
    pub fn all(night: &Night) -> Vec<Spot> {
        let state = night.sandbox.state();
        let webless: Vec<String> = rows(&state["upguard"]["vendors"])
            .iter()
            .filter(|it| text(&it["primary_hostname"]).is_empty())
            .map(|it| text(&it["id"]))
            .collect();
        let mut spots = Spot::with_webless(night);
        spots.retain(|it| !webless.contains(&it.vendor));
        spots
    }

    /// Also those of vendors without a web address, to which UpGuard takes no writes.
    pub fn with_webless(night: &Night) -> Vec<Spot> {
        let history = night.document(0, &["history", "list"]);
        let mut pairs = BTreeMap::new();
        let links = rows(&history["changes"]).iter().filter(|it| {
            it["mapping"] == "vendors" && (it["action"] == "link" || it["action"] == "create")
        });
        for link in links {
            // A link is told at the record that was written, which is either of both.
            let keys = || rows(&link["sources"]).iter().chain([&link["record"]]);
            let id = |resource: &str| {
                keys().find(|it| it["resource"] == resource).map(|it| text(&it["id"]))
            };
            pairs.extend(id("business").zip(id("vendor")));
        }
        let fields = |(business, vendor): (String, String)| {
            (0..TWO_WAY.len()).map(move |field| Spot {
                vendor: vendor.clone(),
                business: business.clone(),
                field,
            })
        };
        pairs.into_iter().flat_map(fields).collect()
    }

    /// The native field on a side.
    pub fn path(&self, side: Side) -> String {
        let (_, attribute, member) = TWO_WAY[self.field];
        match side {
            Side::Upguard => format!("attributes.{attribute}"),
            Side::Highlevel => member.to_owned(),
        }
    }

    /// What a side holds there, nothing being empty.
    pub fn held(&self, state: &Value, side: Side) -> String {
        let (_, attribute, member) = TWO_WAY[self.field];
        let find = |list: &Value, id: &str| {
            rows(list).iter().find(|it| text(&it["id"]) == id).cloned().unwrap_or_default()
        };
        let value = match side {
            Side::Upguard => {
                find(&state["upguard"]["vendors"], &self.vendor)["attributes"][attribute].clone()
            }
            Side::Highlevel => {
                find(&state["highlevel"]["businesses"], &self.business)[member].clone()
            }
        };
        unmarked(&text(&value)).to_owned()
    }

    /// A person sets it on a side; an empty text clears it.
    pub fn set(&self, night: &Night, side: Side, value: &str) {
        let (_, attribute, member) = TWO_WAY[self.field];
        match side {
            Side::Upguard => {
                let set = json!({ "attributes": { attribute: value } });
                night.sandbox.edit("upguard", "vendor", &self.vendor, set);
            }
            Side::Highlevel => {
                let set = json!({ member: value });
                night.sandbox.edit("highlevel", "business", &self.business, set);
            }
        }
    }

    /// The change that must follow on a side.
    pub fn change(&self, side: Side, value: &str) -> Change {
        let id = match side {
            Side::Upguard => &self.vendor,
            Side::Highlevel => &self.business,
        };
        (side.name().to_owned(), id.clone(), self.path(side), value.to_owned())
    }

    /// A new value as a person types it, and as the other side is to hold it.
    pub fn value(&self, number: usize) -> (String, String) {
        let (field, _, _) = TWO_WAY[self.field];
        match field {
            "phone" => {
                let line = 5_550_000 + number;
                let (front, back) = (line / 10_000, line % 10_000);
                let typed = match number % 3 {
                    0 => format!("+1646{front}{back:04}"),
                    1 => format!("(646) {front}-{back:04}"),
                    _ => format!("+1 646 {front} {back:04}"),
                };
                (typed, format!("+1646{front}{back:04}"))
            }
            "email" => alike(format!("desk-{number}@people.example")),
            "address" => alike(format!("{number} Königsallee, 2º piso")),
            _ => alike(format!("Renewal no. {number}; ask for the SOC 2 report\nthen call back")),
        }
    }
}

fn alike(value: String) -> (String, String) {
    (value.clone(), value)
}

/// They must be these, in any order.
#[track_caller]
pub fn same(happened: &[Change], expected: &[Change]) {
    let missing: Vec<&Change> = expected.iter().filter(|it| !happened.contains(it)).collect();
    let surplus: Vec<&Change> = happened.iter().filter(|it| !expected.contains(it)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}\nsurplus {surplus:#?}");
    assert_eq!(happened.len(), expected.len(), "something happened twice");
}

/// The changes that requests caused from the `from`th effect on.
pub fn changes(night: &Night, from: usize) -> Vec<Change> {
    let effects = night.sandbox.api_effects_from(from);
    let of = |it: &Value| {
        let after = unmarked(&text(&it["after"])).to_owned();
        (text(&it["side"]), text(&it["id"]), text(&it["field"]), after)
    };
    effects.iter().map(of).collect()
}
