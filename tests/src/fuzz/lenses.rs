//! What holds for any value of a field? What a lens wrote, it reads back as the same (put, then get), and writing
//! what was read changes nothing that counts (get, then put). What it does not understand is written by nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use concordat_mapping::parts::parts;
use concordat_mapping::{About, Case, Digits, Ending, Kind, Lens, Table, Translation};
use concordat_model::{Held, Time, Value};
use rlibphonenumber::Region;
use rust_decimal::Decimal;

use super::Choices;
use super::phones::region;

/// A lens, and how what it shares is compared.
fn lens(choices: &mut Choices<'_>) -> (Lens, Kind) {
    let about = *choices.one_of(&[About::Vendor, About::Person]);
    let digits = *choices.one_of(&[Digits::Number, Digits::Text]);
    let form = |form, kind| (Lens::Form(form), kind);
    match choices.below(13) {
        0 => (Lens::Plain, Kind::Text),
        1 => (Lens::Phone, Kind::Phone),
        2 => (Lens::WebAddress, Kind::Host),
        3 => (Lens::Memo(about, u32::from(choices.below(4))), Kind::Text),
        4 => (Lens::Closed, Kind::Flag),
        5 => (Lens::Ended(Ending::default()), Kind::Flag),
        6 => form(Translation::Number(digits), Kind::Number),
        7 => {
            let factor = *choices.one_of(&["10", "0.1", "1000", "0.001", "-1", "8", "3", "7.5"]);
            form(Translation::Scaled(factor.parse().expect("a number"), digits), Kind::Number)
        }
        8 => {
            let format = *choices.one_of(&["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%e %b %Y"]);
            form(Translation::Day(format.to_owned()), Kind::Day)
        }
        9 => form(Translation::YesNo, Kind::Flag),
        10 => form(Translation::Case(Case::Upper), Kind::Caseless),
        11 => form(Translation::Case(Case::Lower), Kind::Caseless),
        _ => {
            let row = |here, shared| (Value::text(here), Value::text(shared));
            let rows = vec![row("High", "3"), row("Low", "1"), row("é", "x")];
            form(Translation::Table(Arc::new(Table { rows, otherwise: None })), Kind::Text)
        }
    }
}

fn value(mut choices: Choices<'_>) -> Held {
    let day = |it: Time| it.date_naive();
    Some(match choices.below(8) {
        0 => return None,
        1 => Value::Integer(choices.number()),
        2 => {
            let text = choices.text();
            let number = text.parse::<Decimal>();
            number.map_or(Value::Text(text), |it| Value::Decimal(it.to_string()))
        }
        3 => Value::Bool(choices.below(2) == 1),
        4 => Value::Time(Time::from_timestamp(choices.number() >> 24, 0).unwrap_or_default()),
        5 => Value::Date(
            Time::from_timestamp(choices.number() >> 24, 0).map(day).unwrap_or_default(),
        ),
        6 => Value::Set(choices.text().split(',').map(str::to_owned).collect::<BTreeSet<_>>()),
        _ => Value::Text(choices.text()),
    })
}

/// The law of lenses: the first bytes choose one, the country and the kind of value.
pub fn any_value(input: &[u8]) {
    let mut choices = Choices(input);
    let region = region(&mut choices);
    let (lens, kind) = lens(&mut choices);
    let native = value(choices);
    holds(&lens, kind, &native, region);
    if let Some(text) = native.as_ref().and_then(Value::as_text) {
        in_parts(text);
    }
}

/// The laws of a lens that writes.
fn holds(lens: &Lens, kind: Kind, native: &Held, region: Option<Region>) {
    let key = |held: &Held| kind.key(held, region);
    let told = |held: &Held| held.as_ref().map(Value::to_string);
    let Ok(shared) = lens.read(native, region) else {
        assert!(
            lens.get(native, region) == Lens::Plain.get(native, region),
            "{lens:?} touches what is foreign"
        );
        return;
    };
    let is_text = |held: &Held| held.as_ref().is_none_or(|it| it.as_text().is_some());
    match lens.put(&shared) {
        // A note is text, and these two know one native word for each state.
        Ok(_) if matches!(lens, Lens::Memo(..)) && !is_text(&shared) => {}
        Ok(written) => {
            let back = lens.read(&written, region);
            assert!(
                back.as_ref().is_ok_and(|it| key(it) == key(&shared)),
                "{lens:?}: {:?} is written {:?} and read back {:?}",
                told(&shared),
                told(&written),
                back.map(|it| told(&it))
            );
        }
        Err(_) => {
            let states = matches!(lens, Lens::Closed | Lens::Ended(_));
            assert!(
                states && !matches!(shared, Some(Value::Bool(_))),
                "{lens:?} reads {:?} and cannot write it",
                told(native)
            );
        }
    }
}

/// Parts of a text are not empty, not too long, and together all of it but the space between them.
fn in_parts(text: &str) {
    let room = 1 + text.len() % 7;
    let parts = parts(text, room);
    assert!(parts.iter().all(|it| !it.is_empty() && it.chars().count() <= room), "{text:?}");
    let letters = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
    assert_eq!(letters(&parts.concat()), letters(text), "parts lose something");
}
