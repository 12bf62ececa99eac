//! What is measured of people? Vendors with contacts, who carry the labels and the profile of their
//! vendor, linked and agreed upon; a label of some vendors is then changed.

use std::collections::{BTreeMap, BTreeSet};

use concordat_mapping::Settings;
use concordat_model::{
    Agreements, Certificate, Link, Partition, Reading, Record, RecordId, RecordKey, Resource, Side,
    Sides, Sight, Value, View,
};

use crate::{Town, at, view};

/// `vendors` vendors with `each` contacts each, who agree on everything.
pub fn agreed(vendors: usize, each: usize) -> Town {
    strangers(vendors, each).agrees(3 * vendors * each)
}

/// Gives one vendor in `every` another label.
pub fn relabelled(mut town: Town, every: usize) -> Town {
    let records = town.views.upguard.records.values_mut();
    let vendors = records.filter(|it| it.record.key.resource == Resource::Vendor);
    for (_, vendor) in vendors.enumerate().filter(|(number, _)| number % every == 0) {
        let labels = ["PCI", "Cloud", "Reviewed"].map(str::to_owned);
        vendor.record.reading.set("labels".into(), Some(Value::Set(labels.into())));
    }
    town
}

fn strangers(vendors: usize, each: usize) -> Town {
    let mut settings = Settings::default();
    settings.vendors.enabled = false;
    settings.phone_region = Some("US".into());
    let people = || (0..vendors).flat_map(move |vendor| (0..each).map(move |it| (vendor, it)));
    let upguard = (0..vendors).map(vendor).chain(people().map(|(vendor, it)| person(vendor, it)));
    let mut views = Sides {
        upguard: view(Side::Upguard, upguard),
        highlevel: view(Side::Highlevel, people().map(|(vendor, it)| contact(vendor, it))),
    };
    let listed: Certificate = views.upguard.certificates[&Partition::All(Resource::Vendor)].clone();
    certify(&mut views.highlevel, Partition::All(Resource::Contact), &listed);
    for vendor in 0..vendors {
        let partition = Partition::Of(Resource::VendorContact, id(vendor));
        certify(&mut views.upguard, partition, &listed);
    }
    Town {
        pair: "bench".into(),
        rules: concordat_mapping::rules(&settings, 30_000).expect("sensible settings"),
        agreements: Agreements::default(),
        views,
    }
}

fn certify(view: &mut View, partition: Partition, listed: &Certificate) {
    view.certificates.insert(partition, listed.clone());
}

fn id(vendor: usize) -> RecordId {
    RecordId::new(format!("v{vendor:06}"))
}

fn record(key: RecordKey, name: &str, parent: Option<RecordId>, reading: Reading) -> Record {
    Record { key, parent, name: name.into(), stamp: Some(at(0)), reading, sight: Sight::Listed }
}

fn reading(fields: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Reading {
    fields.into_iter().map(|(path, held)| (path.into(), held)).collect()
}

fn set(items: &[&str]) -> Option<Value> {
    Some(Value::Set(items.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>()))
}

fn vendor(vendor: usize) -> Record {
    let name = format!("Company {vendor:06}");
    let fields = reading([
        ("name", Some(Value::text(&name))),
        ("primary_hostname", Some(Value::text(format!("company{vendor:06}.example")))),
        ("labels", set(&["PCI", "Cloud"])),
        ("tier", Some(Value::Integer(2))),
        ("score", Some(Value::Integer(712))),
        ("assessment", Some(Value::text("Published"))),
    ]);
    record(RecordKey { resource: Resource::Vendor, id: id(vendor) }, &name, None, fields)
}

fn address(vendor: usize, number: usize) -> Option<Value> {
    Some(Value::text(format!("person{number}@company{vendor:06}.example")))
}

fn person(vendor: usize, number: usize) -> Record {
    let name = format!("Ann {number} Lee");
    let key = RecordKey::new(Resource::VendorContact, format!("p{vendor:06}-{number}"));
    let fields = reading([
        ("name", Some(Value::text(&name))),
        ("email_address", address(vendor, number)),
        ("phone_mobile", None),
    ]);
    record(key, &name, Some(id(vendor)), fields)
}

fn contact(vendor: usize, number: usize) -> Record {
    let key = RecordKey::new(Resource::Contact, format!("c{vendor:06}-{number}"));
    let fields = reading([
        ("firstName", Some(Value::text("Ann"))),
        ("lastName", Some(Value::text(format!("{number} Lee")))),
        ("email", address(vendor, number)),
        ("phone", None),
        ("companyName", Some(Value::text(format!("Company {vendor:06}")))),
        ("tags", set(&["newsletter", "ug:cloud", "ug:pci"])),
        ("custom.vendor_tier", Some(Value::Integer(2))),
        ("custom.vendor_score", Some(Value::Integer(712))),
        ("custom.vendor_assessment", Some(Value::text("Published"))),
    ]);
    record(key, "Ann", None, fields)
}

/// How many links a town has.
pub fn links(town: &Town) -> usize {
    let links: &BTreeMap<_, Link> = &town.agreements.links;
    links.len()
}
