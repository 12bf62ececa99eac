//! Who is there, before either system writes them down? Companies and people as they are in the
//! world; each side then records them in its own imperfect way.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::places::{PLACES, Place};
use super::words::{COMPANY_TRADES, COMPANY_WORDS, FIRST_NAMES, LAST_NAMES};
use crate::random::Random;

/// A company as it is.
pub(super) struct Company {
    pub(super) name: String,
    pub(super) hostname: String,
    pub(super) switchboard: String,
    pub(super) house_number: i64,
    pub(super) postal_code: String,
    pub(super) place: &'static Place,
}

/// A person as they are.
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) email: String,
    /// E.164.
    pub(super) phone: String,
}

/// Makes companies and people without repeating a host name or an e-mail.
pub(super) struct Casting<'a> {
    random: &'a mut Random,
    hostnames: HashSet<String>,
    emails: HashSet<String>,
}

impl<'a> Casting<'a> {
    pub(super) fn new(random: &'a mut Random) -> Self {
        Self { random, hostnames: HashSet::new(), emails: HashSet::new() }
    }

    pub(super) fn company(&mut self) -> Company {
        let place = &PLACES[self.random.below(PLACES.len())];
        let word = self.random.pick(&COMPANY_WORDS);
        let trade = self.random.pick(&COMPANY_TRADES);
        let stem = ascii(&format!("{word}{trade}"));
        let (mut hostname, mut name) =
            (format!("{stem}.{}", place.top_level), format!("{word} {trade}"));
        let mut number = 1;
        while !self.hostnames.insert(hostname.clone()) {
            number += 1;
            hostname = format!("{stem}{number}.{}", place.top_level);
            name = format!("{word} {trade} {number}");
        }
        Company {
            name,
            hostname,
            switchboard: self.phone(place),
            house_number: self.random.between(1, 400),
            postal_code: self.random.between(10_000, 99_999).to_string(),
            place,
        }
    }

    pub(super) fn person(&mut self, domain: &str, place: &Place) -> Person {
        let first = self.random.pick(&FIRST_NAMES).to_owned();
        let last = self.random.pick(&LAST_NAMES).to_owned();
        let stem = format!("{}.{}", ascii(&first), ascii(&last));
        let mut email = format!("{stem}@{domain}");
        let mut number = 1;
        while !self.emails.insert(email.clone()) {
            number += 1;
            email = format!("{stem}{number}@{domain}");
        }
        Person { first, last, email, phone: self.phone(place) }
    }

    fn phone(&mut self, place: &Place) -> String {
        let (area, digits) = place.phone;
        let mut number = area.to_owned();
        number.push_str(&self.random.between(2, 9).to_string());
        for _ in 1..digits {
            number.push_str(&self.random.below(10).to_string());
        }
        number
    }
}

/// Lower-case letters and digits only, accents taken off: what people make of a name in an address.
fn ascii(name: &str) -> String {
    let mut plain = without_accents(name).to_ascii_lowercase();
    plain.retain(|letter| letter.is_ascii_alphanumeric());
    plain
}

/// The name without accents, as an import from an old system leaves it.
pub(super) fn without_accents(name: &str) -> String {
    let plain = name.nfd().map(|letter| match letter {
        'ł' => 'l',
        'Ł' => 'L',
        'ø' => 'o',
        'Ø' => 'O',
        'ð' => 'd',
        'ı' => 'i',
        letter => letter,
    });
    plain.filter(char::is_ascii).collect()
}

/// A phone number as a person might type it.
pub(super) fn typed_phone(e164: &str, random: &mut Random) -> String {
    let digits = &e164[1..];
    match random.below(5) {
        0 => e164.to_owned(),
        1 if digits.starts_with('1') => {
            format!("({}) {}-{}", &digits[1..4], &digits[4..7], &digits[7..])
        }
        2 if digits.starts_with('1') => {
            format!("+1 {} {} {}", &digits[1..4], &digits[4..7], &digits[7..])
        }
        1 | 2 => format!("00{digits}"),
        3 => format!("+{} {} {}", &digits[..2], &digits[2..5], &digits[5..]),
        _ => format!("+{}-{}", &digits[..2], &digits[2..]),
    }
}
