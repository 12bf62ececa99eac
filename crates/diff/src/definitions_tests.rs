//! What is defined, and what is left alone?

use std::collections::BTreeMap;

use concordat_model::{
    Agreements, CustomKind, Fingerprint, Link, PairId, Plan, Record, RecordKey, Resource, Side,
    Sides, Sight, Tenant, Time, Value,
};

use super::*;

fn defined(rows: &[(&str, &str, &str)]) -> Vec<Record> {
    let record = |(key, name, data_type): &(&str, &str, &str)| Record {
        key: RecordKey::new(Resource::CustomField, format!("id of {key}")),
        parent: None,
        name: (*key).into(),
        stamp: None,
        reading: [("key", key), ("name", name), ("dataType", data_type)]
            .map(|(path, text)| (path.into(), Some(Value::text(*text))))
            .into_iter()
            .collect(),
        sight: Sight::Listed,
    };
    rows.iter().map(record).collect()
}

fn tier() -> BTreeMap<String, CustomKind> {
    [("vendor_tier".to_owned(), CustomKind::Number)].into()
}

fn made(agreements: &Agreements, rows: &[(&str, &str, &str)]) -> Plan {
    let tenant = || Tenant { id: "1".into(), name: "One".into(), can_mark: true };
    let inputs = Inputs {
        pair: &PairId::from("main"),
        mapping: &Fingerprint::of("rules", &[]),
        tenants: &Sides::from_fn(|_| tenant()),
        agreements,
        now: Time::default(),
    };
    plan(&inputs, &standing(&tier(), &defined(rows), true))
}

#[test]
fn only_what_is_certainly_missing_is_defined() {
    let of = |rows: &[(&str, &str, &str)], is_whole| {
        standing(&tier(), &defined(rows), is_whole)[0].standing
    };
    let own = ("vendor_tier", "Tier", "NUMERICAL");
    let other = ("lead_score", "Lead score", "NUMERICAL");
    assert_eq!(of(&[other, own], true), Standing::Defined);
    assert_eq!(of(&[own], false), Standing::Defined);
    assert_eq!(of(&[("vendor_tier", "Tier", "TEXT")], true), Standing::OtherKind);
    assert_eq!(of(&[("grade", "vendor TIER ", "NUMERICAL")], true), Standing::NameTaken);
    assert_eq!(of(&[other], false), Standing::Unclear);
    assert_eq!(of(&[other], true), Standing::Missing);
}

#[test]
fn a_plan_says_what_is_defined_and_is_only_a_part() {
    let none = Agreements::default();
    assert!(made(&none, &[("vendor_tier", "Tier", "NUMERICAL")]).steps.is_empty());
    let plan = made(&none, &[]);
    let sent: Vec<String> = plan.steps[0]
        .sent()
        .into_iter()
        .map(|(path, held)| {
            format!("{path} {}", held.map_or_else(String::new, |it| it.to_string()))
        })
        .collect();
    assert_eq!(sent, ["key vendor_tier", "name Vendor tier", "dataType NUMERICAL"]);
    assert!(!plan.scope.is_whole() && plan.settlements.is_empty());
    assert_eq!(plan.steps, made(&none, &[]).steps, "the same step every time");
}

#[test]
fn one_that_somebody_deleted_leaves_its_link_and_is_defined_anew() {
    let id = link(&PairId::from("main"), "vendor_tier");
    let mut agreements = Agreements::default();
    let mut known = Link::new(id.clone(), MAPPING.into());
    known.ends[Side::Highlevel] = vec![RecordKey::new(Resource::CustomField, "gone")];
    agreements.links.insert(id.clone(), known);
    let plan = made(&agreements, &[]);
    assert_eq!(plan.settlements.len(), 1);
    assert!(plan.settlements[0].link == id && plan.settlements[0].ends == Sides::default());
    assert_eq!(plan.steps[0].link, id);
}
