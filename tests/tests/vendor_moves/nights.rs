//! What becomes of vendors whose tier or assessment moves, night by night over HTTP, where the CRM writes tiers, too?
//! Also where the mirror is lost, and where the process is killed at the tier's write.

use concordat_oracle::{rows, text};
use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::tasks::{reconciled, ticks};
use concordat_tests::night::{Night, Population, waiting};
use serde_json::{Value, json};

const ON: &str =
    "\n[mapping.vendor_tiers]\nenabled = true\n[mapping.vendor_assessments]\nenabled = true\n";

/// On, and the custom field is defined by which the CRM says a tier.
fn world() -> Night {
    let population = Population { seed: 5, vendors: 6, contacts: 18, threats: 0, locations: 1 };
    let night = Night::over(population);
    night.configure(|text| text + ON);
    night.run(&["doctor", "--fix"]).exits(0);
    night
}

/// A watched vendor, and the contact of one of its people, who is nobody else's.
fn acme(night: &Night) -> (String, String) {
    let state = night.sandbox.state();
    let people = rows(&state["upguard"]["contacts"]);
    let contacts = rows(&state["highlevel"]["contacts"]);
    let is_alone =
        |email: &Value| people.iter().filter(|it| it["email_address"] == *email).count() == 1;
    let of = |vendor: &Value| {
        let mut theirs = people.iter().filter(|it| it["vendor_id"] == vendor["id"]);
        let person = theirs.find(|it| is_alone(&it["email_address"]))?;
        let contact = contacts.iter().find(|it| it["email"] == person["email_address"])?;
        Some((text(&vendor["id"]), text(&contact["id"])))
    };
    let mut watched =
        rows(&state["upguard"]["vendors"]).iter().filter(|it| it["monitored"] == true);
    watched.find_map(of).expect("a vendor with a contact")
}

fn tier(night: &Night, id: &str) -> i64 {
    vendor(night, id)["tier"].as_i64().unwrap_or(0)
}

fn vendor(night: &Night, id: &str) -> Value {
    let state = night.sandbox.state();
    let mut all = rows(&state["upguard"]["vendors"]).iter();
    all.find(|it| text(&it["id"]) == id).expect("the vendor").clone()
}

/// The tasks of a kind.
fn called(night: &Night, what: &str) -> Vec<Value> {
    let state = night.sandbox.state();
    let ours = |it: &&Value| text(&it["title"]).starts_with(what);
    rows(&state["highlevel"]["tasks"]).iter().filter(ours).cloned().collect()
}

#[test]
fn a_tier_and_an_assessment_go_through_their_days() {
    let night = world();
    night.run(&["config", "check"]).exits(0).says(&["vendor_tiers", "vendor_assessments"]);
    night.run(&["doctor"]).exits(0).says(&["vendor_tiers needs UpGuard Platform, VendorRisk"]);
    night.first_agreement();
    assert!(called(&night, "Tier of ").is_empty(), "they were so before");
    night.finds_nothing();
    night.nothing_is_overlooked();

    let (id, contact) = acme(&night);
    let set = |tier: i64| night.sandbox.edit("upguard", "vendor", &id, json!({ "tier": tier }));
    let was = tier(&night, &id);
    set(was + 1);
    night.sandbox.edit("upguard", "vendor", &id, json!({ "assessmentStatus": "In review" }));
    reconciled(&night, &[]);
    let [moved] = called(&night, "Tier of ").try_into().expect("one task");
    assert!(text(&moved["title"]).ends_with(&format!(": {}", was + 1)), "{moved}");
    assert!(
        text(&moved["body"]).starts_with(&text(&vendor(&night, &id)["primary_hostname"])),
        "{moved}"
    );
    assert_eq!(called(&night, "Assessment of ").len(), 1);
    night.finds_nothing();
    night.nothing_is_overlooked();

    // It is completed, and then the CRM changes the tier itself.
    ticks(&night, &text(&moved["id"]), true);
    reconciled(&night, &[]);
    night.finds_nothing();
    let theirs = json!({ "customFields.contact.vendor_tier": was + 2 });
    night.sandbox.edit("highlevel", "contact", &contact, theirs);
    night.sandbox.minutes_pass(1);
    reconciled(&night, &[]);
    assert_eq!(tier(&night, &id), was + 2);
    let title = format!(": {}", was + 2);
    let is_done = |night: &Night| {
        let [task] = called(night, "Tier of ").try_into().expect("the same task");
        (task["completed"] == true, text(&task["title"]).ends_with(&title))
    };
    // The mirror is lost before anybody looks again.
    std::fs::remove_dir_all(night.state_dir().join("store")).expect("a mirror to delete");
    reconciled(&night, &[]);
    assert_eq!(is_done(&night), (true, true), "it says what it is, and asks nobody to look");
    night.finds_nothing();
    night.nothing_is_overlooked();
    let explained = night.run(&["explain", &text(&moved["id"])]).exits(0).told();
    assert!(explained.contains("vendor_tiers"), "{explained}");
    let name = text(&vendor(&night, &id)["name"]);
    let explained = night.run(&["explain", &format!("{name}.tier")]).exits(0).told();
    assert!(explained.contains("tier"), "{explained}");

    set(was + 1);
    reconciled(&night, &[]);
    assert_eq!(is_done(&night), (false, false), "UpGuard moved it back");
    night.finds_nothing();
}

/// The process dies before the tier's write arrives, or after it was carried out and before that is recorded.
#[test]
fn killed_at_a_tiers_write_it_is_still_the_crms() {
    for held in [Held::Going, Held::Coming] {
        let night = world();
        let gate = Gate::before(night.sandbox.contract("/upguard/base_url"));
        night.configure(|text| gate.through(text));
        night.first_agreement();
        let (id, contact) = acme(&night);
        let was = tier(&night, &id);
        let set = json!({ "customFields.contact.vendor_tier": was + 1 });
        night.sandbox.edit("highlevel", "contact", &contact, set);
        night.sandbox.minutes_pass(1);
        gate.close_at(1, held);
        let child = night.start(&["reconcile"]);
        until("the write to die at", || gate.holds());
        child.kill();
        gate.open();
        assert_eq!(tier(&night, &id), if held == Held::Coming { was + 1 } else { was });
        let ran = night.run(&["--json", "reconcile"]);
        assert_eq!(ran.code, Some(waiting(&ran.json())), "{held:?}: {}", ran.told());
        reconciled(&night, &[]);
        assert_eq!(tier(&night, &id), was + 1);
        assert!(called(&night, "Tier of ").is_empty(), "{held:?}");
        night.finds_nothing();
        night.nothing_is_overlooked();
    }
}
