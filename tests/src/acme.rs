//! Who lives in the town of the stories? A vendor called Acme and its people, in a small town that was there before.

use concordat_oracle::{rows, text};
use concordat_sandbox::{Options, System};
use serde_json::{Value, json};

use crate::unattended::Job;

/// One side.
pub const UPGUARD: System = System::UpGuard;
/// The other.
pub const HIGHLEVEL: System = System::HighLevel;

/// A small town with a vendor called Acme, whose id is answered, before anything was agreed.
pub fn town(adjusts: impl FnOnce(&mut Value)) -> (Job, Value) {
    let job = Job::new(Options { vendors: 3, contacts: 6, ..Options::default() }, adjusts);
    let acme = json!({ "name": "Acme", "primary_hostname": "acme.example" });
    let acme = job.makes(UPGUARD, "vendor", acme);
    (job, acme)
}

/// Somebody works for a vendor from now on.
pub fn hired(job: &Job, vendor: &Value, name: &str, email: &str) -> Value {
    let person = json!({ "vendor_id": vendor, "name": name, "email_address": email });
    job.makes(UPGUARD, "contact", person)
}

/// So many people work for a vendor from now on.
pub fn staff(job: &Job, vendor: &Value, count: usize) {
    for number in 0..count {
        let email = format!("pat{number}@acme.example");
        hired(job, vendor, &format!("Pat Number{number}"), &email);
    }
}

/// The records of one kind that are so.
pub fn those(job: &Job, place: &str, are: impl Fn(&Value) -> bool) -> Vec<Value> {
    let state = job.state();
    let records = rows(state.pointer(place).expect("records")).iter();
    records.filter(|it| are(it)).cloned().collect()
}

/// The contacts that are so.
pub fn contacts(job: &Job, are: impl Fn(&Value) -> bool) -> Vec<Value> {
    those(job, "/highlevel/contacts", are)
}

/// How many contacts stand for people of Acme.
pub fn of_acme(job: &Job) -> usize {
    contacts(job, |it| text(&it["email"]).ends_with("@acme.example")).len()
}

/// The labels of a vendor.
pub fn labels(job: &Job, vendor: &Value) -> Vec<String> {
    let vendors = those(job, "/upguard/vendors", |it| it["id"] == *vendor);
    rows(&vendors[0]["labels"]).iter().map(text).collect()
}
