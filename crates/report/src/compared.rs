//! What differs between two exports, as a document, as rows for spreadsheets, and as files that travel. Differences
//! are told one after the other, however many there are; what is for people lists the first of them.
//!
//! It does not know how rows were paired, or what a column means.

mod page;

use std::io::{self, Write};

use concordat_compare::{
    Both, Columns, Comparison, FieldDifference, Flaw, Form, RowChange, RowDifference, Totals,
};
use concordat_model::Value;
use schemars::JsonSchema;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::export::Cells;
use crate::format::{Format, RECORDS_MAX};
use crate::mask::Mask;
use crate::style::{EMPTY, Paint, counted, cut, grouped, visible};
use crate::text::compared_text;
use crate::{SCHEMA_VERSION, json};

/// Two exports, compared.
pub struct Compared<'a> {
    /// What people call them.
    pub names: Both<&'a str>,
    /// In which form both are.
    pub form: Form,
    /// The fields by which rows are told apart.
    pub key: &'a [String],
    /// What came of it.
    pub comparison: &'a Comparison,
}

/// The same for scripts.
#[derive(Serialize, JsonSchema)]
pub struct CompareDocument<'a> {
    /// The version of this document's form.
    schema_version: u32,
    /// The files, as they were named.
    files: Both<&'a str>,
    /// In which form they are.
    form: &'static str,
    /// The fields by which rows are told apart.
    key: &'a [String],
    /// How many rows differ.
    totals: Totals,
    /// Columns that only one of two tables has.
    columns: &'a Columns,
    /// The rows that differ: in the order of the newer export, and then those that are gone.
    #[schemars(with = "Vec<RowDifference>")]
    differences: Differences<'a>,
}

/// Told one after the other.
struct Differences<'a>(&'a Comparison, Mask);

impl Serialize for Differences<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut differences = to.serialize_seq(None)?;
        for row in self.0.differences() {
            let row = row.map_err(S::Error::custom)?;
            differences.serialize_element(&masked(row, self.1))?;
        }
        differences.end()
    }
}

impl Compared<'_> {
    /// Writes it as `format`, showing what `mask` lets be seen.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write(&self, format: Format, mask: Mask, mut to: impl Write) -> io::Result<()> {
        match format {
            Format::Text => {
                let text = compared_text(self, Paint::default(), mask).map_err(io::Error::other)?;
                to.write_all(text.as_bytes())
            }
            Format::Json => self.document(mask, to),
            Format::Csv => self.table(mask, to),
            Format::Markdown => {
                let page = page::markdown(self, mask).map_err(io::Error::other)?;
                to.write_all(page.as_bytes())
            }
            Format::Html => page::html(self, mask, to),
        }
    }

    fn document(&self, mask: Mask, to: impl Write) -> io::Result<()> {
        let document = CompareDocument {
            schema_version: SCHEMA_VERSION,
            files: self.names,
            form: self.form.name(),
            key: self.key,
            totals: self.comparison.totals,
            columns: &self.comparison.columns,
            differences: Differences(self.comparison, mask),
        };
        json::write_plain(&document, to)
    }

    /// One row for each field that differs, and one for a row of nothing but its key.
    fn table(&self, mask: Mask, to: impl Write) -> io::Result<()> {
        let terminator = ::csv::Terminator::CRLF;
        let mut table = ::csv::WriterBuilder::new().terminator(terminator).from_writer(to);
        let key = self.key.iter().map(String::as_str);
        table
            .write_record(["change"].into_iter().chain(key).chain(["field", "before", "after"]))?;
        for row in self.comparison.differences() {
            let row = row.map_err(io::Error::other)?;
            let RowDifference { key, change, fields } = masked(row, mask);
            for FieldDifference { field, before, after } in lines(fields) {
                let values = [before, after].map(|it| it.as_ref().map(plain).unwrap_or_default());
                let cells = [word(change)].into_iter().chain(key.iter().map(String::as_str));
                let cells = cells.chain([field.as_str()]).chain(values.iter().map(String::as_str));
                table.write_record(cells.map(|it| Cells::Guarded.write(it).into_owned()))?;
            }
        }
        table.flush()
    }

    /// What is said before any row.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let Totals { rows, equal, added, gone, changed } = self.comparison.totals;
        let Columns { added: new, gone: old } = &self.comparison.columns;
        let counts = [(equal, "equal"), (changed, "changed"), (added, "added"), (gone, "gone")];
        let counts = counts.map(|(count, word)| format!("{} {word}", grouped(count))).join(", ");
        let rows = format!("{} → {}: {counts}", grouped(rows.old), grouped(rows.new));
        let names = |names: &[String]| visible(&names.join(", ")).into_owned();
        let mut facts = vec![("rows", rows), ("key", names(self.key))];
        for (label, columns) in [("new", new), ("gone", old)] {
            let says = || {
                (label, format!("{}: {}", counted(columns.len() as u64, "column"), names(columns)))
            };
            facts.extend((!columns.is_empty()).then(says));
        }
        facts
    }

    /// How many rows differ.
    pub(crate) fn differ(&self) -> u64 {
        let Totals { added, gone, changed, .. } = self.comparison.totals;
        added + gone + changed
    }

    /// As many rows that differ as a person reads.
    pub(crate) fn first(&self, mask: Mask) -> Result<Vec<RowDifference>, Flaw> {
        let first = self.comparison.differences().take(RECORDS_MAX);
        first.map(|it| it.map(|it| masked(it, mask))).collect()
    }

    /// That more rows differ than are listed, if they do.
    pub(crate) fn cut_off(&self) -> Option<String> {
        let differ = self.differ();
        (differ > RECORDS_MAX as u64).then(|| {
            format!(
                "Only {} of {} are listed here; the CSV and JSON reports list all.",
                grouped(RECORDS_MAX as u64),
                counted(differ, "row"),
            )
        })
    }
}

/// What becomes of a row, in a word.
pub(crate) fn word(change: RowChange) -> &'static str {
    match change {
        RowChange::Added => "added",
        RowChange::Gone => "gone",
        RowChange::Changed => "changed",
    }
}

/// A value as text: a list, an object and what JSON calls nothing as JSON.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The same as it is shown.
pub(crate) fn value(value: &Json) -> Value {
    match value {
        Json::Bool(it) => Value::Bool(*it),
        Json::Number(it) => it.as_i64().map_or_else(|| Value::Text(it.to_string()), Value::Integer),
        value => Value::Text(plain(value)),
    }
}

/// The fields of a row that differs, and one of no name if it holds nothing but its key: it is told too.
fn lines(fields: Vec<FieldDifference>) -> Vec<FieldDifference> {
    if fields.is_empty() {
        return vec![FieldDifference { field: String::new(), before: None, after: None }];
    }
    fields
}

/// A difference as it may be seen. A key is how a reader finds the row, and is masked only where it is an
/// address or a telephone number.
fn masked(mut row: RowDifference, mask: Mask) -> RowDifference {
    if mask == Mask::Reveal {
        return row;
    }
    for it in row.key.iter_mut().filter(|it| it.contains('@') || it.starts_with('+')) {
        *it = mask.value(&Value::Text(it.clone())).to_string();
    }
    for it in &mut row.fields {
        it.before = it.before.take().map(|it| seen(it, mask));
        it.after = it.after.take().map(|it| seen(it, mask));
    }
    row
}

/// A value as it may be seen: numbers and yes/no stay. In a table small numbers are text.
fn seen(held: Json, mask: Mask) -> Json {
    let is_digit = |it: char| it.is_ascii_digit() || it == '.' || it == '-';
    match held {
        Json::Null | Json::Bool(_) | Json::Number(_) => held,
        Json::String(ref text) if text.len() <= 5 && text.chars().all(is_digit) => held,
        Json::String(_) | Json::Array(_) | Json::Object(_) => {
            mask.value(&Value::Text(plain(&held))).to_string().into()
        }
    }
}

/// What a cell of a page shows.
fn shown(held: &Option<Json>, room: usize) -> String {
    match held.as_ref().map(plain).filter(|it| !it.is_empty()) {
        Some(text) => cut(&visible(&text), room),
        None => EMPTY.to_owned(),
    }
}
