//! What holds for any text where a phone number is expected? Writing what was read changes nothing. A number that
//! was understood is the same number in every country, and however it is spaced.

use concordat_mapping::{Kind, Lens};
use concordat_model::{Held, Value};
use rlibphonenumber::Region;

use super::Choices;

const REGIONS: [Option<&str>; 6] =
    [None, Some("US"), Some("GB"), Some("DE"), Some("IT"), Some("BR")];

pub(crate) fn region(choices: &mut Choices<'_>) -> Option<Region> {
    choices.one_of(&REGIONS).map(|name| name.parse().expect("a region"))
}

/// The law of phone numbers: the first byte says in which country the rest is read.
pub fn any_text(input: &[u8]) {
    let mut choices = Choices(input);
    let home = region(&mut choices);
    let native: Held = Some(Value::Text(choices.text()));
    let shared = Lens::Phone.get(&native, home);
    let written = Lens::Phone.put(&shared).expect("a lens that writes");
    assert!(Lens::Phone.get(&written, home) == shared, "writing {native:?} back changes it");
    let key = |held: &Held, region| Kind::Phone.key(held, region);
    let as_it_stands = Lens::Plain.get(&native, home);
    assert!(key(&shared, home) == key(&as_it_stands, home), "{native:?} is another number");

    let Some(number) = shared.as_ref().and_then(Value::as_text) else { return };
    if number == native.as_ref().map(Value::to_string).unwrap_or_default() {
        return;
    }
    let digits = number.strip_prefix('+').unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return;
    }
    for region in REGIONS.map(|it| it.map(|name| name.parse().expect("a region"))) {
        let abroad = Lens::Phone.get(&shared, region);
        assert!(abroad == shared, "{number} is {abroad:?} abroad");
    }
    let (front, back) = number.split_at(number.len() / 2);
    for spaced in [format!("{front} {back}"), format!("{front}-{back}")] {
        let spaced = Some(Value::Text(spaced));
        assert!(key(&spaced, home) == key(&shared, home), "{number} depends on its spacing");
    }
}
