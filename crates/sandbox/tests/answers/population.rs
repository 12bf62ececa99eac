//! Is the population the same for the same seed, and does it hold the awkward cases?

use std::collections::{BTreeMap, BTreeSet};

use concordat_sandbox::Options;
use serde_json::{Value, json};

use crate::desk::Desk;

fn state(options: Options) -> Value {
    Desk::with(options).control("GET", "/state", Value::Null).1
}

fn medium() -> Options {
    Options { seed: 3, vendors: 80, contacts: 1000, ..Options::default() }
}

fn rows<'a>(state: &'a Value, side: &str, kind: &str) -> &'a [Value] {
    state[side][kind].as_array().map_or(&[], Vec::as_slice)
}

fn repeated(rows: &[Value], member: &str) -> usize {
    let mut counts = BTreeMap::<String, usize>::new();
    for text in rows.iter().filter_map(|row| row[member].as_str()) {
        *counts.entry(text.to_lowercase()).or_default() += 1;
    }
    counts.values().filter(|count| 1 < **count).count()
}

#[test]
fn seeds_decide() {
    let other = Options { seed: 4, ..medium() };
    assert_eq!(state(medium()), state(medium()));
    assert_ne!(state(medium()), state(other));
    for (vendors, contacts) in [(0, 0), (0, 5), (1, 1), (2, 3), (3, 2)] {
        state(Options { vendors, contacts, ..Options::default() });
    }
}

#[test]
fn the_awkward_cases_are_there() {
    let state = state(medium());
    let vendors = rows(&state, "upguard", "vendors");
    let count = |test: fn(&Value) -> bool| vendors.iter().filter(|row| test(row)).count();
    assert_eq!(count(|row| row["monitored"] == json!(false)), 1);
    assert_eq!(count(|row| row.get("primary_hostname").is_none()), 3);
    assert!(20 < count(|row| row.get("attributes").is_some()));
    let people = rows(&state, "upguard", "contacts");
    assert_eq!(people.len(), 1000);
    assert_eq!(repeated(people, "email_address"), 1, "one person at two vendors");
    assert!(0 < repeated(people, "phone_mobile"), "shared switchboards");
    let contacts = rows(&state, "highlevel", "contacts");
    assert!((900..1010).contains(&contacts.len()), "{}", contacts.len());
    assert!(1 <= repeated(contacts, "email"), "legacy duplicates");
    assert!(contacts.iter().any(|row| row["tags"] != json!([])), "foreign tags");
    let fractions: BTreeSet<usize> =
        people.iter().map(|row| row["updated_at"].as_str().unwrap_or_default().len()).collect();
    assert!(8 < fractions.len(), "fractional digits vary");
}

#[test]
fn labels_and_foreign_tags_are_awkward() {
    let state = state(Options { threats: 60, ..Options::default() });
    let texts = |row: &Value, member: &str| -> Vec<String> {
        let rows = row[member].as_array().into_iter().flatten();
        rows.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let labels: Vec<Vec<String>> =
        rows(&state, "upguard", "vendors").iter().map(|row| texts(row, "labels")).collect();
    let having =
        |test: fn(&String) -> bool| labels.iter().filter(|labels| labels.iter().any(test)).count();
    assert!(3 <= labels.iter().filter(|labels| 2 <= labels.len()).count(), "several labels");
    assert!(3 <= having(|label| label == "PCI"), "upper case");
    assert_eq!(having(|label| label == "pci"), 1, "the same but for its case");
    assert_eq!(having(|label| label.contains(',')), 2, "a comma");
    assert!(labels.iter().any(Vec::is_empty), "no label");
    let contacts = rows(&state, "highlevel", "contacts");
    let tags: BTreeSet<String> = contacts.iter().flat_map(|row| texts(row, "tags")).collect();
    for tag in ["vip", "newsletter", "crm:vip", "mail:newsletter", "pci"] {
        assert!(tags.contains(tag), "{tag}");
    }
    let people = rows(&state, "upguard", "contacts");
    assert!(3 <= people.iter().filter(|row| row["vendor_id"] == people[0]["vendor_id"]).count());
    let threats = rows(&state, "upguard", "threats");
    for (status, comments) in
        [("open", false), ("investigating", true), ("remediating", true), ("closed", true)]
    {
        let such = threats.iter().filter(|row| row["threat_status"] == status);
        let said = |row: &&Value| row["comments"] != json!([]);
        assert!(0 < such.clone().count(), "{status}");
        assert_eq!(0 < such.filter(said).count(), comments, "{status}");
    }
}

#[test]
fn the_marker_field_can_be_left_out() {
    let mut desk = Desk::with(Options { marker_field: false, ..Options::default() });
    let target = format!("/locations/{}/customFields?model=contact", desk.location());
    let (_, answer) = desk.highlevel("GET", &target, Value::Null);
    assert!(!answer.to_string().contains("concordat_id"));
}
