//! How has UpGuard written down the companies and their people? Some vendors have no web site, one
//! is not monitored, some carry awkward labels, some people share the switchboard's number.

use chrono::TimeDelta;
use serde_json::json;

use super::cast::{Company, Person, typed_phone};
use super::some_day;
use super::words::{ASSESSMENTS, CATEGORIES, LABELS, NOTES, TITLES};
use crate::options::Options;
use crate::random::Random;
use crate::upguard::UpGuard;
use crate::upguard::record::{Vendor, VendorContact, rfc3339};

/// Attributes the built-in mapping fills, then those of other people.
const ATTRIBUTES: [&str; 7] = [
    "Main phone",
    "Main email",
    "Postal address",
    "Relationship notes",
    "business owner",
    "contract end date",
    "cost centre",
];

pub(super) fn record(
    options: &Options,
    companies: &[Company],
    employees: &[(usize, Person)],
    random: &mut Random,
) -> UpGuard {
    let mut upguard = UpGuard::default();
    upguard.organisation = json!({
        "id": 4711,
        "name": "Concordat Sandbox Org",
        "primary_hostname": "concordat.example",
        "automatedScore": 812,
        "categoryScores": { "dns": 880, "emailSecurity": 790, "networkSecurity": 815 },
    });
    upguard.api_key.clone_from(&options.api_key);
    upguard.attribute_names.extend(ATTRIBUTES.iter().map(ToString::to_string));
    upguard.labels.extend(LABELS.iter().map(ToString::to_string));
    upguard.number_from(100_000 + (options.seed % 900_000));
    let vendor_ids: Vec<u64> = companies
        .iter()
        .enumerate()
        .map(|(position, company)| {
            let id = upguard.fresh_id();
            let mut vendor = vendor(id, company, random);
            for label in certain_labels(position) {
                if !vendor.labels.iter().any(|known| known == label) {
                    vendor.labels.push((*label).into());
                }
            }
            // One in 32 has no web site and the last one is not monitored.
            if position % 32 == 2 {
                vendor.primary_hostname = None;
            }
            if 2 < companies.len() && position + 1 == companies.len() {
                (vendor.monitored, vendor.first_monitored) = (false, None);
            }
            upguard.put_vendor(vendor);
            id
        })
        .collect();
    for (position, (at, person)) in employees.iter().enumerate() {
        let id = upguard.fresh_id();
        let mut contact = contact(id, vendor_ids[*at], &companies[*at], person, random);
        // The first three are the awkward cases, which hang on their e-mail.
        if position < 3 {
            contact.email_address.clone_from(&person.email);
        }
        upguard.put_contact(contact);
    }
    upguard
}

/// Labels that chance does not decide: several of mixed case, two that differ in case only, one
/// with a comma.
fn certain_labels(position: usize) -> &'static [&'static str] {
    match position % 12 {
        0 | 6 => &["PCI", "Critical supplier"],
        4 | 10 => &["Legal, HR"],
        9 => &["PCI", "pci"],
        _ => &[],
    }
}

fn vendor(id: u64, company: &Company, random: &mut Random) -> Vendor {
    let legal_name = format!("{} {}", company.name, company.place.legal_form);
    let scored = random.percent(90);
    let score = |random: &mut Random| scored.then(|| random.between(300, 950));
    let mut vendor = Vendor {
        id,
        name: if random.percent(50) { legal_name.clone() } else { company.name.clone() },
        primary_hostname: Some(company.hostname.clone()),
        monitored: true,
        tier: random.percent(70).then(|| random.between(1, 4)),
        overall_score: score(random),
        automated_score: score(random),
        questionnaire_score: if random.percent(40) { score(random) } else { None },
        first_monitored: Some(rfc3339(some_day(random), 0)),
        legal_name: Some(legal_name),
        location_city: Some(company.place.city.into()),
        ..Vendor::default()
    };
    if scored {
        let scores = CATEGORIES.iter().map(|name| ((*name).to_owned(), random.between(300, 950)));
        vendor.category_scores = scores.collect();
        vendor.risk_counts = Some([2, 6, 12, 20].map(|most| random.between(0, most)));
    }
    for label in LABELS {
        if random.percent(18) {
            vendor.labels.push(label.into());
        }
    }
    if random.percent(60) {
        vendor.assessment_status = Some(random.pick(&ASSESSMENTS).into());
        let assessed = some_day(random);
        vendor.last_assessed = Some(rfc3339(assessed, 0));
        vendor.reassessment_date = Some(rfc3339(assessed + TimeDelta::days(365), 0));
    }
    if random.percent(20) {
        vendor.note = "Key supplier; review every spring.".into();
        vendor.portfolios = vec!["Production".into()];
        vendor.industry_sector = Some("Information Technology".into());
        vendor.industry_group = Some("Software and Services".into());
    }
    set_attributes(&mut vendor, company, random);
    vendor
}

fn set_attributes(vendor: &mut Vendor, company: &Company, random: &mut Random) {
    let postal = format!(
        "{} {}, {} {}, {}",
        company.house_number,
        company.place.street,
        company.postal_code,
        company.place.city,
        company.place.country
    );
    let phone = typed_phone(&company.switchboard, random);
    let values = [
        ("Main phone", 40, phone),
        ("Main email", 40, format!("info@{}", company.hostname)),
        ("Postal address", 30, postal),
        ("Relationship notes", 15, random.pick(&NOTES).to_owned()),
        ("business owner", 25, "John Smith".to_owned()),
        ("contract end date", 25, some_day(random).format("2027-%m-%d").to_string()),
        ("cost centre", 25, random.between(1000, 9999).to_string()),
    ];
    for (name, chance, value) in values {
        if random.percent(chance) {
            vendor.attributes.insert(name.into(), value);
        }
    }
}

fn contact(
    id: u64,
    vendor_id: u64,
    company: &Company,
    person: &Person,
    random: &mut Random,
) -> VendorContact {
    let created = some_day(random);
    let updated = created + TimeDelta::milliseconds(random.between(0, 40 * 86_400_000));
    let phone = match random.below(10) {
        0..3 => String::new(),
        3 => typed_phone(&company.switchboard, random),
        _ => typed_phone(&person.phone, random),
    };
    VendorContact {
        id,
        vendor_id,
        name: format!("{} {}", person.first, person.last),
        title: if random.percent(80) { random.pick(&TITLES).into() } else { String::new() },
        email_address: if random.percent(93) { person.email.clone() } else { String::new() },
        phone_mobile: phone,
        notes: if random.percent(15) { random.pick(&NOTES).into() } else { String::new() },
        created_at: rfc3339(created, random.below(10) as u64),
        updated_at: rfc3339(updated, random.below(10) as u64),
    }
}
