//! How is a document put on the wire? Indented JSON in which no character can steer a terminal, and
//! in which every reason also stands as a sentence.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use concordat_model::Why;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::style::is_hostile;

/// Writes `document` indented, with its reasons as sentences, and a line end.
///
/// # Errors
/// Whatever the writer says.
pub fn write(document: &impl Serialize, to: impl io::Write) -> io::Result<()> {
    let mut value = serde_json::to_value(document)?;
    add_sentences(&mut value);
    write_plain(&value, to)
}

/// Writes `document` indented, piece by piece as it comes, and a line end.
///
/// # Errors
/// Whatever the writer or the document says.
pub(crate) fn write_plain(document: &impl Serialize, to: impl io::Write) -> io::Result<()> {
    let mut lines = Lines { to, line: Vec::new() };
    serde_json::to_writer_pretty(&mut lines, document)?;
    lines.write_all(b"\n")
}

/// Passes on JSON line by line, each [`escaped`]. A line is never a part of a character.
struct Lines<W> {
    to: W,
    line: Vec<u8>,
}

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|it| *it == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::str::from_utf8(&self.line).map_err(io::Error::other)?;
                self.to.write_all(escaped(line).as_bytes())?;
                self.line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Gives every `why` object a member `says`. A remote value is never an object with a `rule`, so
/// nothing a side holds can be taken for a reason.
fn add_sentences(value: &mut Json) {
    match value {
        Json::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "why"
                    && let Ok(why) = Why::deserialize(&*member)
                    && let Json::Object(reason) = member
                {
                    reason.insert("says".into(), why.says().into());
                } else {
                    add_sentences(member);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(add_sentences),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The same JSON with bidirectional and other control characters spelled `\uXXXX`. Outside strings
/// JSON holds none of them, so the text can be treated as a whole.
pub fn escaped(json: &str) -> Cow<'_, str> {
    let steers = |letter: char| letter != '\n' && is_hostile(letter);
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for letter in json.chars() {
        if steers(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(safe, "\\u{unit:04x}").expect("a string takes every character");
            }
        } else {
            safe.push(letter);
        }
    }
    Cow::Owned(safe)
}
