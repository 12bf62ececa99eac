//! Which contacts share a vendor's labels and tier, and what do people do to these?

use std::collections::{BTreeMap, BTreeSet};

use concordat_oracle::{labels, rows, text};
use serde_json::{Value, json};

use super::Night;

/// The vendors of each contact, as the history tells of their people.
pub fn vendors_of(night: &Night) -> BTreeMap<String, BTreeSet<String>> {
    vendors_told(&night.sandbox.state(), &night.document(0, &["history", "list"]))
}

/// The same of a state and a history.
pub fn vendors_told(state: &Value, history: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let people: BTreeMap<String, String> = rows(&state["upguard"]["contacts"])
        .iter()
        .map(|it| (text(&it["id"]), text(&it["vendor_id"])))
        .collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&history["changes"]).iter().filter(|it| it["mapping"] == "contacts") {
        let keys = || rows(&row["sources"]).iter().chain([&row["record"]]);
        let ids = |resource: &'static str| {
            keys().filter(move |it| it["resource"] == resource).map(|it| text(&it["id"]))
        };
        let vendors: Vec<String> =
            ids("vendor_contact").filter_map(|id| people.get(&id).cloned()).collect();
        for contact in ids("contact").filter(|_| row["action"] != "decide") {
            found.entry(contact).or_default().extend(vendors.iter().cloned());
        }
    }
    found
}

/// A vendor that can be written, and contacts that are its alone.
#[derive(Clone, Debug)]
pub struct Group {
    /// The vendor's id.
    pub vendor: String,
    /// The contacts' ids.
    pub contacts: Vec<String>,
}

impl Group {
    /// All there are.
    pub fn all(night: &Night) -> Vec<Group> {
        let state = night.sandbox.state();
        let (mut groups, mut mixed) = (BTreeMap::<String, Vec<String>>::new(), BTreeSet::new());
        for (contact, vendors) in vendors_of(night) {
            if vendors.len() > 1 {
                mixed.extend(vendors.clone());
            }
            for vendor in vendors {
                groups.entry(vendor).or_default().push(contact.clone());
            }
        }
        let is_writable = |vendor: &String| {
            let vendors = rows(&state["upguard"]["vendors"]);
            vendors.iter().any(|it| {
                text(&it["id"]) == *vendor
                    && it["monitored"] == true
                    && !text(&it["primary_hostname"]).is_empty()
                    && labels::items(it, "labels").iter().all(|label| !label.contains(','))
            })
        };
        let fits =
            |(vendor, _): &(String, Vec<String>)| !mixed.contains(vendor) && is_writable(vendor);
        let group = |(vendor, contacts)| Group { vendor, contacts };
        groups.into_iter().filter(fits).map(group).collect()
    }

    /// The vendor, as it is now.
    pub fn now(&self, night: &Night) -> Value {
        find(&night.sandbox.state(), "upguard", "vendors", &self.vendor)
    }

    /// One of the contacts, as it is now.
    pub fn contact(&self, night: &Night, place: usize) -> Value {
        find(&night.sandbox.state(), "highlevel", "contacts", &self.contacts[place])
    }

    /// The vendor's labels.
    pub fn labels(&self, night: &Night) -> BTreeSet<String> {
        labels::items(&self.now(night), "labels")
    }

    /// A person changes the vendor's labels.
    pub fn relabel(&self, night: &Night, change: impl FnOnce(&mut BTreeSet<String>)) {
        let mut labels = self.labels(night);
        change(&mut labels);
        night.sandbox.edit("upguard", "vendor", &self.vendor, json!({ "labels": labels }));
    }

    /// A person changes the tags of a contact.
    pub fn retag(&self, night: &Night, place: usize, change: impl FnOnce(&mut BTreeSet<String>)) {
        let mut tags = labels::items(&self.contact(night, place), "tags");
        change(&mut tags);
        night.sandbox.edit("highlevel", "contact", &self.contacts[place], json!({ "tags": tags }));
    }
}

fn find(state: &Value, side: &str, list: &str, id: &str) -> Value {
    let found = rows(&state[side][list]).iter().find(|it| text(&it["id"]) == id);
    found.cloned().unwrap_or_default()
}
