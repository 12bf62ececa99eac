//! What does a row hold? By the header of its table, or by itself.
//!
//! It does not know where a row comes from, or of any other.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::csv::{Fields, delimiter};
use crate::flaw::Fault;
use crate::json;
use crate::key::{Hasher, Identity};

/// How the rows of an export are to be read.
#[derive(PartialEq, Eq)]
pub enum Layout {
    /// Those of a table.
    Csv(Header),
    /// Objects, each with names of its own.
    JsonLines,
}

/// The line that names the columns of a table.
#[derive(PartialEq, Eq)]
pub struct Header {
    delimiter: u8,
    columns: Vec<String>,
}

/// What a row holds in one field.
pub struct Held<'r> {
    pub name: Cow<'r, str>,
    pub value: Content<'r>,
}

/// A value, as it was written down.
#[derive(PartialEq)]
pub enum Content<'r> {
    /// In a table everything is text.
    Text(Cow<'r, str>),
    Json(Json),
}

impl Content<'_> {
    /// Whether it is something, and not only there.
    pub fn is_something(&self) -> bool {
        match self {
            Content::Text(text) => !text.is_empty(),
            Content::Json(value) => !value.is_null() && value != "",
        }
    }

    /// As it is told.
    pub fn into_json(self) -> Json {
        match self {
            Content::Text(text) => text.into(),
            Content::Json(value) => value,
        }
    }
}

impl Header {
    /// Reads it.
    pub fn read(line: &[u8]) -> Result<Header, Fault> {
        let mut header = Header { delimiter: delimiter(line), columns: Vec::new() };
        for name in Fields::of(line, header.delimiter) {
            let name = text(name)?;
            if header.columns.iter().any(|it| *it == name) {
                return Err(Fault::new(format!("two columns are called {name:?}")));
            }
            header.columns.push(name.into_owned());
        }
        Ok(header)
    }

    /// Where these fields stand in a row.
    fn places(&self, key: &[String]) -> Result<Vec<usize>, Fault> {
        let place = |name: &String| {
            self.columns.iter().position(|it| it == name).ok_or_else(|| {
                Fault::new(format!("it has no column {name:?} by which rows are told apart")).hint(
                    format!("its columns are {}; name one with --key", self.columns.join(", ")),
                )
            })
        };
        key.iter().map(place).collect()
    }

    fn ragged(&self, row: &[u8]) -> Fault {
        let (found, wanted) = (Fields::of(row, self.delimiter).count(), self.columns.len());
        Fault::new(format!("it has {found} fields, and the header names {wanted}"))
    }
}

/// What tells the rows of an export apart: the fields of its key, found once.
pub struct Key {
    pub names: Vec<String>,
    /// Where they stand in a row of a table.
    places: Vec<usize>,
}

impl Key {
    /// The fields of these names, in rows of this layout.
    pub fn of(names: &[String], layout: &Layout) -> Result<Key, Fault> {
        let places = match layout {
            Layout::Csv(header) => header.places(names)?,
            Layout::JsonLines => Vec::new(),
        };
        Ok(Key { names: names.to_vec(), places })
    }
}

impl Layout {
    /// The columns of a table.
    pub fn columns(&self) -> &[String] {
        match self {
            Layout::Csv(header) => &header.columns,
            Layout::JsonLines => &[],
        }
    }

    /// What separates the fields of a table.
    pub fn delimiter(&self) -> Option<u8> {
        match self {
            Layout::Csv(header) => Some(header.delimiter),
            Layout::JsonLines => None,
        }
    }

    /// What tells `row` apart from all others.
    pub fn identity(&self, row: &[u8], key: &Key, by: &Hasher) -> Result<Identity, Fault> {
        match self {
            Layout::Csv(header) => match &key.places[..] {
                [place] => {
                    let part = Fields::of(row, header.delimiter).nth(*place);
                    Ok(by.identity([part.ok_or_else(|| header.ragged(row))?].iter()))
                }
                _ => Ok(by.identity(parts(header, row, key)?.iter())),
            },
            Layout::JsonLines => Ok(by.identity(picked(row, key)?.iter())),
        }
    }

    /// What `row` holds in the fields of the key.
    pub fn key(&self, row: &[u8], key: &Key) -> Result<Vec<String>, Fault> {
        match self {
            Layout::Csv(header) => {
                let parts = parts(header, row, key)?.into_iter();
                parts.map(|it| text(it).map(Cow::into_owned)).collect()
            }
            Layout::JsonLines => picked(row, key),
        }
    }

    /// What `row` holds.
    pub fn fields<'r>(&'r self, row: &'r [u8]) -> Result<Vec<Held<'r>>, Fault> {
        match self {
            Layout::Csv(header) => {
                let values = Fields::of(row, header.delimiter);
                let values = values.map(|it| text(it).map(Content::Text));
                let values = values.collect::<Result<Vec<_>, Fault>>()?;
                if values.len() != header.columns.len() {
                    return Err(header.ragged(row));
                }
                let names = header.columns.iter().map(|it| Cow::Borrowed(it.as_str()));
                Ok(names.zip(values).map(|(name, value)| Held { name, value }).collect())
            }
            Layout::JsonLines => {
                let held = json::flat(row).map_err(|error| no_object(&error))?.into_iter();
                let held = held.map(|(way, it)| (Cow::Owned(way), Content::Json(it)));
                Ok(held.map(|(name, value)| Held { name, value }).collect())
            }
        }
    }
}

fn parts<'r>(header: &Header, row: &'r [u8], key: &Key) -> Result<Vec<Cow<'r, [u8]>>, Fault> {
    let fields: Vec<_> = Fields::of(row, header.delimiter).collect();
    let parts = key.places.iter().map(|it| fields.get(*it).cloned());
    parts.collect::<Option<_>>().ok_or_else(|| header.ragged(row))
}

/// What a line of JSON holds in the fields of the key, of which one at least is there.
fn picked(row: &[u8], key: &Key) -> Result<Vec<String>, Fault> {
    let picked = json::picked(row, &key.names).map_err(|error| no_object(&error))?;
    let picked = picked.into_iter().map(|it| it.filter(|it| !it.is_null()));
    let picked: Vec<Option<Json>> = picked.collect();
    if picked.iter().all(Option::is_none) {
        let names = key.names.join(", ");
        return Err(Fault::new(format!("it has no member {names} by which it is told apart"))
            .hint("name the member by which lines are told apart with --key"));
    }
    Ok(picked.iter().map(|it| it.as_ref().map_or_else(String::new, json::shown)).collect())
}

fn text(field: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Fault> {
    let text = match field {
        Cow::Borrowed(field) => std::str::from_utf8(field).map(Cow::Borrowed),
        Cow::Owned(field) => String::from_utf8(field).map(Cow::Owned).map_err(|it| it.utf8_error()),
    };
    text.map_err(|_| Fault::new("it is not text in UTF-8").hint("save it as UTF-8"))
}

fn no_object(error: &serde_json::Error) -> Fault {
    Fault::new(format!("it is no JSON object, from its character {} on", error.column()))
}
