//! What does somebody configure who tries concordat on the sandbox? The mappings, as settings, for tests that
//! run the engine in this process.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use concordat_engine::Economy;
use concordat_mapping::Rules;
use concordat_model::Limits;
use concordat_model::guard::Ceiling;
use serde_json::{Value, json};

/// The attributes of vendors that the mapping uses.
pub const ATTRIBUTES: [&str; 4] =
    ["Main phone", "Main email", "Postal address", "Relationship notes"];

/// Who is who: addresses in UpGuard, users in HighLevel.
pub fn people() -> BTreeMap<String, String> {
    let people = [("ada.brook@concordat.example", "adaBrookInTheCrm0001")];
    people.map(|(email, id)| (email.to_owned(), id.to_owned())).into()
}

/// Guards that are set as wide as they go.
pub fn wide_open() -> Limits {
    let high = Ceiling { percent: 100, min_population: 100_000, absolute: 100_000 };
    Limits {
        creates: high,
        updates: high,
        clears: high,
        archives: high,
        deletes: high,
        shrink_percent: 100,
        shrink_min_population: 100_000,
    }
}

/// `[mapping]`; what is about the own organisation stands at the first contact whose address is its own.
/// `state`: as the sandbox shows it.
pub fn settings(state: &Value) -> Value {
    let contacts = state["highlevel"]["contacts"].as_array().expect("contacts");
    let emails: Vec<String> =
        contacts.iter().filter_map(|it| Some(it["email"].as_str()?.to_lowercase())).collect();
    let once: BTreeSet<&String> =
        emails.iter().filter(|it| emails.iter().filter(|other| other == it).count() == 1).collect();
    let anchor = emails.iter().find(|it| once.contains(it)).expect("a contact");
    let adopt = |side: &str| json!({ "adopt": side });
    let [phone, email, address, description] = ATTRIBUTES;
    json!({
        "phone_region": "US",
        "vendors": {
            "attributes": {
                "phone": phone, "email": email, "address": address, "description": description,
            },
            "fields": {
                "name": adopt("upguard"), "website": adopt("upguard"), "phone": adopt("highlevel"),
                "email": adopt("highlevel"), "address": adopt("highlevel"),
                "description": adopt("highlevel"),
            },
        },
        "contacts": { "fields": {
            "first_name": adopt("upguard"), "last_name": adopt("upguard"), "phone": adopt("upguard"),
        }},
        "anchors": { "organisation": anchor },
        "people": people(),
        "threats": {
            "allow": ["close", "reopen", "assign"],
            "close": { "reason": "remediated", "remediation_reason": "requested_takedown" },
        },
    })
}

/// `[pull]`, as it is unless somebody says otherwise.
pub fn economy() -> Economy {
    Economy {
        notes_staleness: TimeDelta::days(7),
        vendor_contacts_staleness: TimeDelta::days(1),
        full_every: TimeDelta::hours(20),
        contacts_min: 2500,
        owners_min: 500,
    }
}

/// What those settings add up to.
pub fn rules(settings: Value) -> Rules {
    let settings = serde_json::from_value(settings).expect("settings");
    concordat_mapping::rules(&settings, 30_000).expect("sound settings")
}
