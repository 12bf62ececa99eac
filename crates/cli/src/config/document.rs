//! Where in the file is it? The text of a configuration, with the place of every key, and lines cut
//! out of it for messages.
//!
//! A line goes into a message with everything behind its first `=` blotted out, but for what the
//! message itself is about: whatever was pasted into the wrong place may be a secret.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::{Detail, Place};

/// Where a key and its value are, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub key: Range<usize>,
    pub value: Range<usize>,
}

/// The path of a key: its names, and for the members of an array their numbers.
pub(super) type KeyPath = Vec<String>;

/// Something wrong with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
    /// Where, in bytes; nothing: the file as a whole.
    pub at: Option<Range<usize>>,
    /// Whether what stands there may be shown.
    pub shown: bool,
}

/// A configuration's text.
#[derive(Clone)]
pub(super) struct Document {
    path: PathBuf,
    text: String,
    spots: BTreeMap<KeyPath, Spot>,
}

impl Document {
    pub fn new(path: PathBuf, text: String) -> Document {
        let mut spots = BTreeMap::new();
        let (root, _) = DeTable::parse_recoverable(&text);
        table(root.get_ref(), &mut Vec::new(), &mut spots);
        Document { path, text, spots }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text as a tree, and every mistake in its spelling.
    pub fn parse(&self) -> (Spanned<DeTable<'_>>, Vec<Problem>) {
        let (root, errors) = DeTable::parse_recoverable(&self.text);
        let problem = |error: toml::de::Error| Problem {
            // The parser's messages are fixed texts; they quote nothing.
            message: format!("this is not TOML: {}", error.message()),
            hint: None,
            at: error.span(),
            shown: false,
        };
        (root, errors.into_iter().map(problem).collect())
    }

    /// Where the key `path` is, if the file has it.
    pub fn spot(&self, path: &[String]) -> Option<&Spot> {
        self.spots.get(path)
    }

    /// Where the dotted `key` is, or the innermost table around it that the file has. Names may hold
    /// dots themselves.
    pub fn nearest(&self, key: &str) -> Option<&Spot> {
        let matches = |path: &KeyPath| {
            let path = path.join(".");
            key.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let found = self.spots.iter().filter(|(path, _)| matches(path));
        found.max_by_key(|(path, _)| path.join(".").len()).map(|(_, spot)| spot)
    }

    /// A part of the text that is the value at `spot`; the whole, if it is not spelled as it is.
    pub fn inside(&self, spot: &Spot, part: Range<usize>) -> Range<usize> {
        let value = &self.text[spot.value.clone()];
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|it| value.starts_with(it));
        match quote {
            Some(quote) if !value.contains('\\') && part.end + quote.len() <= value.len() => {
                let start = spot.value.start + quote.len();
                start + part.start..start + part.end
            }
            Some(_) | None => spot.value.clone(),
        }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|it| **it == b'\n').count() + 1
    }

    /// A problem as a person is told.
    pub fn detail(&self, problem: Problem) -> Detail {
        let Problem { message, hint, at, shown } = problem;
        let file = self.path.display().to_string();
        let place = match at {
            Some(at) => self.place(file, at, shown),
            None => Place::file(file),
        };
        Detail { message, place: Some(Box::new(place)), hint }
    }

    fn place(&self, file: String, at: Range<usize>, shown: bool) -> Place {
        let start = at.start.min(self.text.len());
        let begin = self.text[..floor(&self.text, start)].rfind('\n').map_or(0, |it| it + 1);
        let end = self.text[begin..].find('\n').map_or(self.text.len(), |it| begin + it);
        let line = self.text[begin..end].trim_end_matches('\r');
        let column = |byte: usize| line[..floor(line, byte.saturating_sub(begin))].chars().count();
        let (from, to) = (column(start), column(at.end.clamp(start, end)));
        let visible = if shown { from..to.max(from + 1) } else { 0..0 };
        Place {
            file,
            line: Some(self.line(begin)),
            column: Some(from + 1),
            text: Some(blotted(line, &visible)),
            width: Some(to.saturating_sub(from).max(1)),
        }
    }
}

/// The last character boundary at or before `byte`.
fn floor(text: &str, byte: usize) -> usize {
    text.floor_char_boundary(byte)
}

/// Every character that may belong to a value becomes a dot; `visible` ones (counted in characters)
/// stay, and so does what can only be a key or a table of ours. A pasted key has digits, capitals or
/// dashes, and may end in `=` itself.
fn blotted(line: &str, visible: &Range<usize>) -> String {
    let head = line.split_once('=').map_or(line, |(head, _)| head);
    let ours = head.chars().all(|it| it.is_ascii_lowercase() || "_.[] \t".contains(it));
    let mut hiding = !ours || (head == line && !line.trim_start().starts_with('['));
    let mut blot = |(number, letter): (usize, char)| {
        let structure = letter.is_whitespace() || "\"'[]{},=#".contains(letter);
        let shown = structure || !hiding || visible.contains(&number);
        hiding |= letter == '=';
        if shown { letter } else { '·' }
    };
    line.chars().enumerate().map(&mut blot).collect()
}

fn table(table: &DeTable<'_>, path: &mut KeyPath, spots: &mut BTreeMap<KeyPath, Spot>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        spots.insert(path.clone(), Spot { key: key.span(), value: value.span() });
        below(value, path, spots);
        path.pop();
    }
}

fn below(value: &Spanned<DeValue<'_>>, path: &mut KeyPath, spots: &mut BTreeMap<KeyPath, Spot>) {
    match value.get_ref() {
        DeValue::Table(inner) => table(inner, path, spots),
        DeValue::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                path.push(number.to_string());
                spots.insert(path.clone(), Spot { key: item.span(), value: item.span() });
                below(item, path, spots);
                path.pop();
            }
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::new("c.toml".into(), text.into())
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        let document = document("[a]\nb = 1\n[[p]]\nid = \"x\"\n[m.f.\"g.h\"]\nc = 2\n");
        let line = |key: &str| document.nearest(key).map(|it| document.line(it.key.start));
        assert_eq!(line("a.b"), Some(2));
        assert_eq!(line("a.c"), Some(1));
        assert_eq!(line("p.0.id"), Some(4));
        assert_eq!(line("m.f.g.h.c"), Some(6));
        assert_eq!(line("m.f.g"), Some(5));
        assert_eq!(line("nothing"), None);
    }

    #[test]
    fn values_are_blotted_out_unless_they_are_meant() {
        assert_eq!(blotted("api_key = \"ab-ü\" # x", &(0..0)), "api_key = \"····\" # ·");
        assert_eq!(blotted("[upgaurd]", &(0..0)), "[upgaurd]");
        assert_eq!(blotted("3f1c-9a", &(0..0)), "·······");
        assert_eq!(blotted("c2VjcmV0==", &(0..0)), "········==");
        assert_eq!(blotted("  [\"canary\"],", &(0..0)), "  [\"······\"],");
        assert_eq!(blotted("API-key = 1", &(0..7)), "API-key = ·");
        assert_eq!(blotted("a = { b = \"c\", d = 5 }", &(19..20)), "a = { · = \"·\", · = 5 }");
    }

    #[test]
    fn places_count_characters_not_bytes() {
        let document = document("x = 1\nü = \"ä\" \r\n");
        let at = document.text.find("\"ä").unwrap();
        let place = document.place("f".into(), at..at + 4, true);
        assert_eq!((place.line, place.column, place.width), (Some(2), Some(5), Some(3)));
        assert_eq!(place.text.as_deref(), Some("· = \"ä\" "));
    }

    #[test]
    fn every_spelling_mistake_is_told_and_no_value_quoted() {
        let document = document("a = canary-1\nb = 2\nc = \"canary\nd = [1\n");
        let (_, problems) = document.parse();
        assert!(problems.len() > 1, "{problems:?}");
        let told = problems.into_iter().map(|it| document.detail(it));
        assert!(!format!("{:?}", told.collect::<Vec<_>>()).contains("canary"));
    }
}
