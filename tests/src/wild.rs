//! Which worlds should the laws hold in? Random scripts: a small world, agreed upon, then edited on both
//! sides independently. A failing one prints as a story that can be pasted into a scenario.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// A world that both sides agreed on, and what people did to it afterwards.
#[derive(Clone, Debug)]
pub struct Wild {
    /// Rules of the mapping.
    pub rules: Vec<String>,
    /// Records before the agreement; none appears twice.
    pub before: Vec<String>,
    /// Edits after it.
    pub after: Vec<String>,
}

impl Wild {
    /// The script up to and including the agreement.
    pub fn agreed(&self) -> String {
        [&self.rules[..], &self.before[..], &["agree".to_owned()]].concat().join("\n")
    }

    /// The whole script.
    pub fn script(&self) -> String {
        format!("{}\n{}", self.agreed(), self.after.join("\n"))
    }
}

const PHONES: [&str; 6] =
    ["+16502530000", "(650) 253-0000", "+16502530001", "+442079460000", "call Ann", "-"];
const EMAILS: [&str; 5] = ["ann@acme.com", "Ann@Acme.com", "bob@beta.com", "eve@eve.org", "-"];
const HOSTS: [&str; 5] = ["acme.com", "beta.com", "shop.acme.com", "gamma.org", "-"];
const SITES: [&str; 6] =
    ["acme.com", "https://www.acme.com/", "beta.com", "http://shop.acme.com/x", "gamma.org", "-"];
const NAMES: [&str; 4] = ["Acme", "ACME", "Beta", "Gamma Ltd"];
const PEOPLE: [&str; 4] = ["Ann Lee", "Ann van Lee", "Bob", "-"];
const WORDS: [&str; 4] = ["one", "two", "three", "-"];
const FIRSTS: [&str; 3] = ["Ann", "Bob", "-"];
const LASTS: [&str; 3] = ["Lee", "van Lee", "-"];

const RULES: [&str; 14] = [
    "rule vendors phone rule=hold",
    "rule vendors phone fallback=hold",
    "rule vendors email rule=prefer_upguard",
    "rule vendors address strength=fill",
    "rule vendors address adopt=upguard",
    "rule vendors description adopt=highlevel",
    "rule vendors website drift=restore",
    "rule vendors name rule=prefer_upguard",
    "rule contacts phone drift=restore",
    "rule contacts phone adopt=upguard",
    "rule contacts email fallback=hold",
    "rule contacts first_name strength=fill",
    "rule contacts last_name strength=initial",
    "rule contacts first_name adopt=highlevel",
];

/// The values that a field of a kind of record may get.
fn values(kind: &str) -> Vec<(&'static str, &'static [&'static str])> {
    match kind {
        "vendor" => vec![
            ("name", &NAMES),
            ("host", &HOSTS),
            ("phone", &PHONES),
            ("email", &EMAILS),
            ("address", &WORDS),
            ("description", &WORDS),
        ],
        "person" => vec![("name", &PEOPLE), ("email", &EMAILS), ("phone", &PHONES)],
        "business" => vec![
            ("name", &NAMES),
            ("website", &SITES),
            ("phone", &PHONES),
            ("email", &EMAILS),
            ("address", &WORDS),
            ("description", &WORDS),
            ("city", &WORDS),
        ],
        _ => vec![
            ("first", &FIRSTS),
            ("last", &LASTS),
            ("email", &EMAILS),
            ("phone", &PHONES),
            ("city", &WORDS),
        ],
    }
}

fn some_fields(kind: &'static str, at_least: usize) -> impl Strategy<Value = String> {
    let all = values(kind);
    let count = all.len();
    subsequence(all, at_least.min(count)..=count).prop_flat_map(|fields| {
        let fields = fields.into_iter().map(|(name, values)| {
            select(values).prop_map(move |value| format!(" | {name}={value}"))
        });
        fields.collect::<Vec<_>>().prop_map(|fields| fields.concat())
    })
}

fn when(earliest: i64) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (earliest..earliest + 20).prop_map(|it| format!(" @{it}")),
        (earliest..earliest + 20, 0..5_i64).prop_map(|(it, wide)| format!(" @{it}..{}", it + wide)),
    ]
}

/// A record with most of its fields set.
fn record(kind: &'static str, id: String) -> impl Strategy<Value = String> {
    (some_fields(kind, 3), when(0), 0..2_usize).prop_map(move |(fields, when, vendor)| {
        let of = if kind == "person" { format!(" of v{vendor}") } else { String::new() };
        format!("{kind} {id}{of}{when}{fields}")
    })
}

/// A later edit of one of the records, or a record that is new.
fn edit() -> impl Strategy<Value = String> {
    let target = prop_oneof![
        4 => (select(&["vendor v", "business b"][..]), 0..4_usize),
        3 => (select(&["person p", "contact c"][..]), 0..4_usize),
    ];
    target.prop_flat_map(|(stem, number)| {
        let kind = stem.split(' ').next().expect("a kind");
        (some_fields(kind, 1), when(2000)).prop_map(move |(fields, when)| {
            let of = if kind == "person" { " of v0" } else { "" };
            format!("{stem}{number}{of}{when}{fields}")
        })
    })
}

/// Random worlds.
pub fn worlds() -> impl Strategy<Value = Wild> {
    let some = |kind: &'static str, letter: char| {
        (0..4_usize).prop_flat_map(move |count| {
            (0..count).map(|it| record(kind, format!("{letter}{it}"))).collect::<Vec<_>>()
        })
    };
    (
        subsequence(RULES.to_vec(), 0..=5),
        (some("vendor", 'v'), some("business", 'b'), some("person", 'p'), some("contact", 'c')),
        prop::collection::vec(edit(), 0..8),
    )
        .prop_map(|(rules, (vendors, businesses, people, contacts), after)| {
            // The last rule about a field would replace an earlier one: keep one of each.
            let mut fields = std::collections::BTreeSet::new();
            let rules = rules.into_iter().filter(|rule| {
                fields.insert(rule.rsplit_once(' ').map(|(field, _)| field.to_owned()))
            });
            Wild {
                rules: rules.map(str::to_owned).collect(),
                before: [vendors, businesses, people, contacts].concat(),
                after,
            }
        })
}
