//! Which part of the organisation does a script say that a pair is about?

use concordat_mapping::Slice;

/// `slice LABELS…`, `where vendor EXPRESSION` or `where person EXPRESSION`.
pub fn say(slice: &mut Slice, line: &[&str]) {
    let expression = |words: &[&str]| Some(words.join(" ").parse().expect("an expression"));
    match line {
        ["slice", labels @ ..] => {
            slice.labels = labels.iter().map(|it| (*it).to_owned()).collect();
        }
        ["where", "vendor", words @ ..] => slice.vendors = expression(words),
        ["where", "person", words @ ..] => slice.contacts = expression(words),
        _ => panic!("no such line: {line:?}"),
    }
}
