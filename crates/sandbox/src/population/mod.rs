//! Who lives in the pretended world? The same companies and people on both sides, each written
//! down differently, with the awkward cases a reconciliation must survive. Deterministic in the
//! options; dates are fixed, so that no clock is asked.

mod cast;
mod crm;
mod places;
mod questionnaires;
mod risks;
mod threats;
mod vendors;
mod words;

use chrono::{DateTime, TimeDelta, Utc};

use crate::highlevel::HighLevel;
use crate::highlevel::location::CustomField;
use crate::highlevel::locations::Locations;
use crate::options::{Location, Options};
use crate::random::Random;
use crate::upguard::UpGuard;
use cast::{Casting, Company, Person};

/// The populated systems.
pub(crate) fn settle(options: &Options) -> (UpGuard, Locations) {
    let mut names = Random::new(options.seed);
    let mut random = Random::new(options.seed ^ 0x5eed_0001);
    let mut casting = Casting::new(&mut names);
    let companies: Vec<Company> = (0..options.vendors).map(|_| casting.company()).collect();
    let employees = employ(&mut casting, &companies, options.contacts);

    let mut upguard = vendors::record(options, &companies, &employees, &mut random);
    threats::record(options, &mut upguard, &mut Random::new(options.seed ^ 0x5eed_0003));
    risks::record(&mut upguard, &mut Random::new(options.seed ^ 0x5eed_0004));
    questionnaires::record(&mut upguard, &mut Random::new(options.seed ^ 0x5eed_0005));
    let mut location = |place: usize| {
        let Location { id, token } = options.location(place);
        // Ids differ between locations, as they do between the real ones.
        let ids = Random::new(options.seed ^ 0x5eed_0002 ^ ((place as u64) << 32));
        let mut location = HighLevel::new(token, id, ids);
        location.custom_field_definitions = definitions(options, &mut location.random);
        crm::record(&mut location, &companies, &employees, &mut casting, &mut random);
        location
    };
    let first = location(0);
    (upguard, Locations::new(first, (1..options.locations).map(location)))
}

/// People and the company each works for. The second person works for two companies under one
/// e-mail, if there are two companies.
fn employ(casting: &mut Casting<'_>, companies: &[Company], people: usize) -> Vec<(usize, Person)> {
    let mut employees: Vec<(usize, Person)> = Vec::with_capacity(people);
    if companies.is_empty() {
        return employees;
    }
    for number in 0..people {
        let at = number % companies.len();
        let person = match employees.first() {
            Some((_, boss)) if number == 1 && 1 < companies.len() => Person {
                first: boss.first.clone(),
                last: boss.last.clone(),
                email: boss.email.clone(),
                phone: boss.phone.clone(),
            },
            Some(_) | None => casting.person(&companies[at].hostname, companies[at].place),
        };
        employees.push((at, person));
    }
    employees
}

fn definitions(options: &Options, random: &mut Random) -> Vec<CustomField> {
    let marker = options.marker_field.then_some(("concordat_id", "contact.concordat_id", "TEXT"));
    let foreign = [
        ("Lead score", "contact.lead_score", "NUMERICAL"),
        ("Preferred channel", "contact.preferred_channel", "TEXT"),
        ("Interests", "contact.interests", "MULTIPLE_OPTIONS"),
    ];
    let all = marker.into_iter().chain(foreign);
    all.map(|(name, key, data_type)| CustomField {
        id: random.alphanumeric_id(),
        name: name.into(),
        key: key.into(),
        data_type: data_type.into(),
        model: "contact".into(),
    })
    .collect()
}

/// A moment in the three years before 2026, to the millisecond.
fn some_day(random: &mut Random) -> DateTime<Utc> {
    const START: i64 = 1_672_531_200_000;
    const YEARS: i64 = 3 * 365 * 86_400_000;
    let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(START);
    at + TimeDelta::milliseconds(random.between(0, YEARS - 1))
}
