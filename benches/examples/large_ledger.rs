//! What does opening a large ledger take? `make DIR PEOPLE` writes one in which so many people have
//! three links each, `open DIR` opens it, `rebuild DIR` does so without its store, and `all DIR` holds
//! all links in memory besides. Each says how long it took, and how much memory.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use concordat_benches::at;
use concordat_ledger::Ledger;
use concordat_model::link::Agreed;
use concordat_model::plan::Settlement;
use concordat_model::{
    Agreement, Event, Field, Fingerprint, LinkId, PairId, RecordKey, Resource, Sides, Value,
};
use concordat_store::SledTables;

/// So many people work at one vendor.
const STAFF: usize = 50;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, what, dir, rest @ ..] = &args[..] else { panic!("make|open|rebuild|all DIR [PEOPLE]") };
    let dir = Path::new(dir);
    if what == "rebuild" {
        fs::remove_dir_all(dir.join("store")).expect("a store to remove");
    }
    let begun = Instant::now();
    let tables = Arc::new(SledTables::open(&dir.join("store")).expect("a sound store").tables);
    let salt = Box::new(|| [7; 32]);
    let pair = PairId::new("bench");
    let mut ledger = Ledger::open(&dir.join("ledger"), pair, at(0), "bench", salt, tables)
        .expect("a sound ledger");
    match &what[..] {
        "make" => {
            let people: usize = rest[0].parse().expect("a number of people");
            for begin in (0..people).step_by(300) {
                let group = (begin..people.min(begin + 300)).flat_map(person).collect();
                ledger.append_all(at(1), None, group).expect("room");
            }
            ledger.checkpoint().expect("room");
        }
        "all" => {
            let links = ledger.all_agreements().expect("a sound store").links;
            writeln!(io::stdout(), "{} links", links.len()).expect("a reader");
        }
        _ => {}
    }
    let (seconds, memory) = (begun.elapsed().as_secs_f64(), memory());
    writeln!(io::stdout(), "{what}: {seconds:.1} s, {memory}").expect("a reader");
}

/// What a first agreement settles about one person.
fn person(number: usize) -> Vec<Event> {
    let contact = RecordKey::new(Resource::Contact, format!("contact0123456789{number:06}"));
    let vendor = RecordKey::new(Resource::Vendor, (number / STAFF).to_string());
    let themselves = RecordKey::new(Resource::VendorContact, number.to_string());
    let agreed = |mapping: &str, upguard: &RecordKey, fields: &[&str]| {
        let held = Sides::from_fn(|_| Some(Value::text("a value of the usual length")));
        let agreed = Agreed { held, how: Agreement::Equal };
        Event::Settled(Settlement {
            link: LinkId::new(Fingerprint::of(mapping, &[&number.to_be_bytes()]).to_string()),
            mapping: mapping.into(),
            name: "Ada Lovelace".into(),
            ends: Sides { upguard: vec![upguard.clone()], highlevel: vec![contact.clone()] },
            matched: None,
            fields: fields.iter().map(|it| (Field::from(*it), agreed.clone())).collect(),
            stamps: Sides { upguard: Some(at(1)), highlevel: Some(at(2)) },
        })
    };
    let name = ["first_name", "last_name", "email", "phone", "title", "company"];
    vec![
        agreed("contacts", &themselves, &name),
        agreed("labels", &vendor, &["labels"]),
        agreed("profiles", &vendor, &["tier", "score"]),
    ]
}

/// The most that the process ever held.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.expect("a peak").trim().to_owned()
}
