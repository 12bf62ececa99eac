//! How has the CRM written down the same world? About 55 % of the people, most of the companies,
//! with other spellings, plus its own people, businesses and tags, and the duplicates that years of
//! imports leave behind.

use chrono::{DateTime, TimeDelta};
use serde_json::json;

use super::cast::{Casting, Company, Person, typed_phone, without_accents};
use super::places::PLACES;
use super::some_day;
use super::words::{FOREIGN_TAGS, SHORT_NAMES};
use crate::highlevel::HighLevel;
use crate::highlevel::business::Business;
use crate::highlevel::contact::{Contact, Text};
use crate::http::iso_millis;
use crate::random::Random;

const KNOWN_PERCENT: usize = 55;
const STRANGERS_PERCENT: usize = 40;
const BUSINESS_PERCENT: usize = 70;
const MAIL_HOSTS: [&str; 4] = ["gmail.com", "outlook.com", "proton.me", "orange.fr"];

pub(super) fn record(
    highlevel: &mut HighLevel,
    companies: &[Company],
    employees: &[(usize, Person)],
    casting: &mut Casting<'_>,
    random: &mut Random,
) {
    let mut business_ids: Vec<Option<String>> = Vec::new();
    for (position, company) in companies.iter().enumerate() {
        // The first company always has a business, and that one has a twin with the same site.
        let known = position == 0 || random.percent(BUSINESS_PERCENT);
        let ids: Vec<String> = (0..if position == 0 { 2 } else { usize::from(known) })
            .map(|_| put_business(highlevel, company, random))
            .collect();
        business_ids.push(ids.into_iter().next());
    }
    for _ in 0..companies.len() / 3 {
        let stranger = casting.company();
        put_business(highlevel, &stranger, random);
    }
    for (position, (at, person)) in employees.iter().enumerate() {
        // The first two are one person at two companies, known once; the third is known twice.
        let times = match position {
            0 => 1,
            1 if 1 < companies.len() => 0,
            2 => 2,
            _ => usize::from(random.percent(KNOWN_PERCENT)),
        };
        for _ in 0..times {
            let business = business_ids[*at].as_deref().filter(|_| random.percent(60));
            let mut contact = known_person(highlevel, person, &companies[*at], business, random);
            if position < 3 {
                contact.set_text(Text::Email, person.email.clone());
            }
            put(highlevel, contact);
        }
    }
    for _ in 0..employees.len() * STRANGERS_PERCENT / 100 {
        let host = random.pick(&MAIL_HOSTS);
        let place = &PLACES[random.below(PLACES.len())];
        let person = casting.person(host, place);
        let mut contact = blank(highlevel, random);
        contact.set_text(Text::FirstName, person.first);
        contact.set_text(Text::LastName, person.last);
        contact.set_text(Text::Email, person.email);
        contact.set_text(Text::City, place.city);
        contact.set_text(Text::Country, place.country);
        contact.set_text(Text::Source, "web form");
        put(highlevel, contact);
    }
}

fn put(highlevel: &mut HighLevel, contact: Contact) {
    highlevel.learn_tags(&contact.tags);
    // Old enough for the search index to know it, whatever the lag.
    highlevel.contacts.put(contact, DateTime::UNIX_EPOCH);
}

fn blank(highlevel: &mut HighLevel, random: &mut Random) -> Contact {
    let added = some_day(random);
    let mut contact = highlevel.blank_contact(added);
    contact.date_updated = added + TimeDelta::milliseconds(random.between(0, 90 * 86_400_000));
    contact.created_by =
        json!({ "source": "IMPORT", "channel": "APP", "timestamp": iso_millis(added) });
    for _ in 0..random.below(3) {
        contact.add_tags(&[random.pick(&FOREIGN_TAGS).to_owned()]);
    }
    contact.dnd = random.percent(5);
    contact
}

fn known_person(
    highlevel: &mut HighLevel,
    person: &Person,
    company: &Company,
    business: Option<&str>,
    random: &mut Random,
) -> Contact {
    let mut contact = blank(highlevel, random);
    let (first, last) = as_remembered(person, random);
    contact.set_text(Text::FirstName, first);
    contact.set_text(Text::LastName, last);
    if random.percent(94) {
        contact.set_text(Text::Email, other_case(&person.email, random));
    }
    let phone = match random.below(10) {
        0..3 => String::new(),
        3 => company.switchboard.clone(),
        4 => typed_phone(&person.phone, random),
        _ => person.phone.clone(),
    };
    contact.set_text(Text::Phone, phone);
    if random.percent(80) {
        contact.set_text(Text::CompanyName, company_name(company, random));
    }
    if random.percent(40) {
        contact.set_text(Text::Website, website(&company.hostname, random));
    }
    if random.percent(50) {
        let street = format!("{} {}", company.house_number, company.place.street);
        contact.set_text(Text::Address1, street);
        contact.set_text(Text::City, company.place.city);
        contact.set_text(Text::State, company.place.state);
        contact.set_text(Text::PostalCode, company.postal_code.clone());
    }
    if random.percent(70) {
        contact.set_text(Text::Country, company.place.country);
        contact.set_text(Text::Timezone, company.place.timezone);
    }
    contact.business_id = business.map(str::to_owned);
    let score = highlevel.custom_field_definitions.iter().find(|field| field.name == "Lead score");
    if let Some(field) = score.filter(|_| random.percent(20)) {
        contact.custom_fields.insert(field.id.clone(), json!(random.between(0, 100)));
    }
    contact
}

/// Short names, lost accents, all capitals: 25 % of the names differ a little.
fn as_remembered(person: &Person, random: &mut Random) -> (String, String) {
    let short = SHORT_NAMES.iter().find(|(long, _)| *long == person.first);
    match (random.below(20), short) {
        (0 | 1, Some((_, short))) => ((*short).to_owned(), person.last.clone()),
        (0..3, _) => (without_accents(&person.first), without_accents(&person.last)),
        (3, _) => (person.first.to_uppercase(), person.last.to_uppercase()),
        (4, _) => (person.first.to_lowercase(), person.last.to_lowercase()),
        _ => (person.first.clone(), person.last.clone()),
    }
}

fn other_case(email: &str, random: &mut Random) -> String {
    match random.below(8) {
        0 => email.to_uppercase(),
        1 => {
            let parts = email.split('.').map(|part| {
                let mut letters = part.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                first.into_iter().chain(letters).collect::<String>()
            });
            parts.collect::<Vec<_>>().join(".")
        }
        _ => email.to_owned(),
    }
}

fn company_name(company: &Company, random: &mut Random) -> String {
    match random.below(5) {
        0 => company.name.to_uppercase(),
        1 => format!("{} {}", company.name, company.place.legal_form),
        2 => without_accents(&company.name),
        3 => format!("{}, {}", company.name, company.place.legal_form.trim_end_matches('.')),
        _ => company.name.clone(),
    }
}

fn website(hostname: &str, random: &mut Random) -> String {
    match random.below(5) {
        0 => hostname.to_owned(),
        1 => format!("https://{hostname}"),
        2 => format!("http://www.{hostname}"),
        3 => format!("WWW.{}", hostname.to_uppercase()),
        _ => format!("https://www.{hostname}/"),
    }
}

fn put_business(highlevel: &mut HighLevel, company: &Company, random: &mut Random) -> String {
    let created = some_day(random);
    let mut business = Business::new(highlevel.random.hex_id(), created);
    business.updated_at = created + TimeDelta::milliseconds(random.between(0, 60 * 86_400_000));
    business.set_text("name", &company_name(company, random));
    business.set_text("website", &website(&company.hostname, random));
    let sometimes = [
        ("phone", 60, company.switchboard.clone()),
        ("email", 50, format!("info@{}", company.hostname)),
        ("address", 55, format!("{} {}", company.house_number, company.place.street)),
        ("city", 60, company.place.city.to_owned()),
        ("state", 60, company.place.state.to_owned()),
        ("postalCode", 50, company.postal_code.clone()),
        ("country", 60, company.place.country.to_owned()),
        ("description", 20, format!("{} customer since 2023", company.place.city)),
    ];
    for (name, chance, value) in sometimes {
        if random.percent(chance) {
            business.set_text(name, &value);
        }
    }
    let id = business.id.clone();
    highlevel.put_business(business);
    id
}
