//! How is a text worded on the other side? Under whose words it is, and which part, or that it corrects
//! another; and by which reference a note names a threat.

use concordat_mapping::parts::parts;
use concordat_model::{Path, Value};

/// What is added, and the native field by which it belongs to a record.
pub struct Text {
    /// Whose words they are; nothing: the other side knows.
    pub head: String,
    /// What they say.
    pub said: String,
    /// The native field by which the new record belongs to another, and that one.
    pub owner: (Path, Value),
}

impl Text {
    /// The texts as they are added: under their head, each part saying which it is.
    pub fn bodies(&self, longest: usize, edition: u32) -> Vec<String> {
        /// What our marker needs.
        const MARKER_ROOM: usize = 40;
        /// What the words beside the head need.
        const MARKS_ROOM: usize = 40;
        let longest = longest.saturating_sub(MARKER_ROOM);
        let length = |text: &str| text.chars().count();
        let correction = (edition > 0).then(|| "correction".to_owned());
        let whole = self.under(correction.iter(), &self.said);
        if length(&whole) <= longest {
            return vec![whole];
        }
        let room = longest.saturating_sub(length(&self.head) + MARKS_ROOM);
        let parts = parts(&self.said, room);
        let count = parts.len();
        let marked = |(part, number): (&str, usize)| {
            let which = format!("part {number}/{count}");
            self.under(correction.iter().chain([&which]), part)
        };
        parts.into_iter().zip(1..).map(marked).collect()
    }

    /// One part of it, under its head and these marks.
    fn under<'m>(&self, marks: impl Iterator<Item = &'m String>, part: &str) -> String {
        let marks: Vec<&str> = marks.map(String::as_str).collect();
        let line = match (self.head.as_str(), marks.join(" · ")) {
            ("", marks) if marks.is_empty() => return part.to_owned(),
            ("", marks) => format!("({marks})"),
            (head, marks) if marks.is_empty() => head.to_owned(),
            (head, marks) => format!("{head} · {marks}"),
        };
        format!("{line}\n\n{part}")
    }
}

/// The reference with which a text begins, and what follows it: `[T-7K2Q] done`.
pub fn referenced(body: &str) -> Option<(&str, &str)> {
    let (reference, rest) = body.trim_start().strip_prefix('[')?.split_once(']')?;
    let (letter, code) = reference.split_once('-')?;
    let is_one = letter.len() == 1
        && letter.chars().all(|it| it.is_ascii_uppercase())
        && code.len() == 4
        && code.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    is_one.then_some((reference, rest.trim()))
}
