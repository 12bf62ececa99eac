//! How does a business carry our marker? As the trailer `[concordat:XXXXXXXX]` of its description,
//! which is split off when it is read and put back when it is written.

const OPENING: &str = "[concordat:";
const LETTERS: usize = 8;

/// A description as people see it, and the marker behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) text: Option<String>,
    pub(super) marker: Option<String>,
}

/// Splits what the side holds. A trailer with other letters is text.
pub(super) fn split(held: &str) -> Described {
    let trimmed = held.trim_end();
    let marked = trimmed.strip_suffix(']').and_then(|rest| {
        let (text, letters) = rest.rsplit_once(OPENING)?;
        is_marker(letters).then_some((text, letters))
    });
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match marked {
        Some((text, letters)) => {
            Described { text: filled(text.trim_end()), marker: Some(letters.to_owned()) }
        }
        None => Described { text: filled(trimmed), marker: None },
    }
}

/// Puts together what the side shall hold.
pub(super) fn join(described: &Described) -> String {
    let text = described.text.as_deref().unwrap_or_default().trim_end();
    match &described.marker {
        None => text.to_owned(),
        Some(letters) if text.is_empty() => format!("{OPENING}{letters}]"),
        Some(letters) => format!("{text}\n\n{OPENING}{letters}]"),
    }
}

/// Eight letters of Crockford's base 32.
pub(super) fn is_marker(letters: &str) -> bool {
    let letter = |byte: u8| {
        byte.is_ascii_digit()
            || matches!(byte, b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T' | b'V'..=b'Z')
    };
    letters.len() == LETTERS && letters.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(held: &str, text: Option<&str>, marker: Option<&str>) {
        let expected =
            Described { text: text.map(str::to_owned), marker: marker.map(str::to_owned) };
        assert_eq!(split(held), expected);
    }

    #[test]
    fn the_trailer_is_split_off() {
        check("", None, None);
        check(" \n", None, None);
        check("Key supplier", Some("Key supplier"), None);
        check("[concordat:0123ABCD]", None, Some("0123ABCD"));
        check("Key\nsupplier\n\n[concordat:0123ABCD]", Some("Key\nsupplier"), Some("0123ABCD"));
        check("Key [concordat:0123ABCD] \r\n", Some("Key"), Some("0123ABCD"));
        check("[concordat:0123ABCD] Key", Some("[concordat:0123ABCD] Key"), None);
        check("Key [concordat:0123ABC]", Some("Key [concordat:0123ABC]"), None);
        check("Key [concordat:0123ABCI]", Some("Key [concordat:0123ABCI]"), None);
        check("Key [concordat:0123abcd]", Some("Key [concordat:0123abcd]"), None);
    }

    proptest! {
        #[test]
        fn what_is_joined_splits_again(text in "\\PC{0,40}", marker in proptest::option::of("[0-9A-HJKMNP-TV-Z]{8}")) {
            let trimmed = text.trim_end();
            prop_assume!(split(trimmed).marker.is_none());
            let text = (!trimmed.is_empty()).then(|| trimmed.to_owned());
            let described = Described { text, marker };
            prop_assert_eq!(split(&join(&described)), described);
        }

        #[test]
        fn splitting_never_panics_and_joining_is_stable(held in "\\PC*") {
            let once = join(&split(&held));
            prop_assert_eq!(join(&split(&once)), once);
        }
    }
}
