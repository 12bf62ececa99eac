//! What can be wrong with an export, and where?
//!
//! It quotes no value: those may be somebody's name.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::Age;

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which export.
    pub age: Age,
    /// In which line, from 1; nothing: in all of it.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let export = match self.age {
            Age::Old => "the older export",
            Age::New => "the newer export",
        };
        match self.line {
            Some(line) => write!(f, "line {line} of {export}"),
            None => f.write_str(export),
        }
    }
}

/// Why two exports cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {}", fault.says)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// What is wrong, wherever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In words.
    pub says: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// One about which there is nothing to say but what it is.
    pub(crate) fn new(says: impl Into<String>) -> Fault {
        Fault { says: says.into(), hint: None }
    }

    /// The same, with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Fault {
        Fault { hint: Some(hint.into()), ..self }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::new(format!("it cannot be read: {error}"))
    }
}
