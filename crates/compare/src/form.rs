//! In which form is an export?

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::str::FromStr;

/// What some programs write at the beginning of a text.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// How rows are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table with a header line (RFC 4180), its fields separated by commas, semicolons or tabs.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Form {
    /// The form of this file, by how it begins; nothing: there is nothing in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(file: &File) -> io::Result<Option<Form>> {
        let mut block = [0; 4096];
        let read = file.read_at(&mut block, 0)?;
        let begins = &block[..read];
        let begins = begins.strip_prefix(BOM).unwrap_or(begins).trim_ascii_start();
        Ok(match begins {
            [] => None,
            [b'{', ..] => Some(Form::JsonLines),
            [..] => Some(Form::Csv),
        })
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Form::Csv => "CSV",
            Form::JsonLines => "JSON lines",
        }
    }
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "csv" => Ok(Form::Csv),
            "jsonl" | "ndjson" => Ok(Form::JsonLines),
            _ => Err(format!("there is no form {name:?}; there are csv and jsonl (ndjson)")),
        }
    }
}
