//! How does a text carry our marker? As its trailer `[concordat:XXXXXXXX]`: of a business's description,
//! of what a task, a note or a comment says. It is split off when it is read and put back when it is written. Above it
//! a task can have the reference `[T-XXXX]` by which people refer to it; below it people may have gone on writing.

const OPENING: &str = "[concordat:";
const LETTERS: usize = 8;
const REFERENCE: &str = "T-";
const REFERENCE_LETTERS: usize = 4;

/// A description as people see it, and the marker behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) text: Option<String>,
    pub(crate) marker: Option<String>,
}

/// Splits what the side holds. A trailer with other letters is text, and so is a marker within a line.
pub(crate) fn split(held: &str) -> Described {
    let trimmed = held.trim_end();
    let (text, marker) = match trailer(trimmed) {
        Some((text, letters)) => (text.to_owned(), Some(letters)),
        None => match line_of_its_own(trimmed) {
            Some((above, letters, below)) => {
                (format!("{}\n{below}", above.trim_end()), Some(letters))
            }
            None => (trimmed.to_owned(), None),
        },
    };
    let text = text.trim_end();
    Described {
        text: (!text.is_empty()).then(|| text.to_owned()),
        marker: marker.map(str::to_owned),
    }
}

/// The text above a marker with which it ends, and the marker.
fn trailer(text: &str) -> Option<(&str, &str)> {
    let (above, letters) = text.strip_suffix(']')?.rsplit_once(OPENING)?;
    is_marker(letters).then_some((above, letters))
}

/// The last marker that is a line of its own, and what stands above and below it.
fn line_of_its_own(text: &str) -> Option<(&str, &str, &str)> {
    let mut end = text.len();
    while let Some(start) = text[..end].rfind(OPENING) {
        let (above, rest) = text.split_at(start);
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        let letters = line.trim_end().strip_prefix(OPENING).and_then(|it| it.strip_suffix(']'));
        let begins = above.is_empty() || above.ends_with('\n');
        match letters.filter(|it| begins && is_marker(it)) {
            Some(letters) => return Some((above, letters, below)),
            None => end = start,
        }
    }
    None
}

/// Splits what the side holds of a task: the reference above the marker is not its text either.
pub(crate) fn split_referred(held: &str) -> Described {
    let Described { text, marker } = split(held);
    let text = match marker {
        Some(_) => text.as_deref().and_then(without_reference),
        None => text,
    };
    Described { text, marker }
}

fn without_reference(text: &str) -> Option<String> {
    let (above, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let inside = last.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let text = if inside.is_some_and(is_reference) { above.trim_end() } else { text };
    (!text.is_empty()).then(|| text.to_owned())
}

/// Puts together what the side shall hold of a new task.
pub(crate) fn join_referred(described: &Described, reference: Option<&str>) -> String {
    let Some(reference) = reference else { return join(described) };
    let text = described.text.as_deref().unwrap_or_default().trim_end();
    let gap = if text.is_empty() { "" } else { "\n\n" };
    let trailer = join(&Described { text: None, marker: described.marker.clone() });
    format!("{text}{gap}[{reference}]\n{trailer}")
}

/// Puts together what the side shall hold.
pub(crate) fn join(described: &Described) -> String {
    let text = described.text.as_deref().unwrap_or_default().trim_end();
    match &described.marker {
        None => text.to_owned(),
        Some(letters) if text.is_empty() => format!("{OPENING}{letters}]"),
        Some(letters) => format!("{text}\n\n{OPENING}{letters}]"),
    }
}

/// Eight letters of Crockford's base 32.
pub(crate) fn is_marker(letters: &str) -> bool {
    are_letters(letters, LETTERS)
}

/// `T-` and four such letters.
pub(crate) fn is_reference(text: &str) -> bool {
    text.strip_prefix(REFERENCE).is_some_and(|letters| are_letters(letters, REFERENCE_LETTERS))
}

fn are_letters(letters: &str, count: usize) -> bool {
    let letter = |byte: u8| {
        byte.is_ascii_digit()
            || matches!(byte, b'A'..=b'H' | b'J' | b'K' | b'M' | b'N' | b'P'..=b'T' | b'V'..=b'Z')
    };
    letters.len() == count && letters.bytes().all(letter)
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

    #[test]
    fn people_go_on_writing_below_it() {
        let marked = Some("0123ABCD");
        check("Key\n\n[concordat:0123ABCD]\nCalled them.", Some("Key\nCalled them."), marked);
        check("[concordat:0123ABCD]\r\n\nCalled.", Some("\n\nCalled."), marked);
        check(
            "Key\n[concordat:0123ABCD]\n > [concordat:9] \n",
            Some("Key\n > [concordat:9]"),
            marked,
        );
        let quoted = "Key\nas [concordat:0123ABCD]\nsays";
        check(quoted, Some(quoted), None);
    }

    #[test]
    fn the_reference_is_split_off_with_the_marker_only() {
        let text = |held: &str| split_referred(held).text;
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(text("See\n\n[T-7K2Q]\n[concordat:0123ABCD]"), is("See"));
        assert_eq!(text("[T-7K2Q]\n[concordat:0123ABCD]"), None);
        assert_eq!(text("See [T-7K2Q]\n[concordat:0123ABCD]"), is("See [T-7K2Q]"));
        assert_eq!(text("See\n[T-7K2]\n[concordat:0123ABCD]"), is("See\n[T-7K2]"));
        assert_eq!(text("See\n[T-7K2Q]"), is("See\n[T-7K2Q]"));
        let described = Described { text: is("See"), marker: is("0123ABCD") };
        let joined = join_referred(&described, Some("T-7K2Q"));
        assert_eq!(joined, "See\n\n[T-7K2Q]\n[concordat:0123ABCD]");
        assert_eq!(split_referred(&joined), described);
        assert_eq!(join_referred(&described, None), join(&described));
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
