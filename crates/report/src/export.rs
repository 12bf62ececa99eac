//! How does the history leave the house? As JSON lines, which are authoritative, or as CSV (RFC 4180)
//! for spreadsheets. The same rows always give the same bytes.

use std::borrow::Cow;
use std::io;

use concordat_model::{Held, RecordKey};
use serde_json::Value as Json;

use crate::history::ChangeRow;
use crate::mask::Mask;
use crate::{json, style};

/// How a CSV cell is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// For people: what a spreadsheet would take for a formula, at the start of a cell or behind a
    /// semicolon in it, gets a single quote before it, and control characters are made visible.
    #[default]
    Guarded,
    /// For programs: as the side held it.
    Raw,
}

/// Writes one JSON object per line.
///
/// # Errors
/// Whatever the writer says.
pub fn jsonl(rows: &[ChangeRow], mask: Mask, mut to: impl io::Write) -> io::Result<()> {
    for row in rows {
        let line = serde_json::to_string(&masked(row, mask))?;
        to.write_all(json::escaped(&line).as_bytes())?;
        to.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes a table with a header line; the columns are called as in the JSON. An empty cell holds
/// nothing or empty text: only the JSON lines keep these apart.
///
/// # Errors
/// Whatever the writer says.
pub fn csv(rows: &[ChangeRow], cells: Cells, mask: Mask, to: impl io::Write) -> io::Result<()> {
    let terminator = ::csv::Terminator::CRLF;
    let mut table = ::csv::WriterBuilder::new().terminator(terminator).from_writer(to);
    table.write_record(COLUMNS)?;
    for row in rows {
        let row = masked(row, mask);
        table.write_record(cells_of(&row).iter().map(|cell| cells.write(cell).into_owned()))?;
    }
    table.flush()
}

const COLUMNS: [&str; 23] = [
    "seq", "at", "run", "pair", "command", "mapping", "side", "entity", "record", "sources",
    "name", "action", "field", "path", "before", "sent", "found", "verdict", "rule", "evidence",
    "says", "adopted", "actor",
];

fn cells_of(row: &ChangeRow) -> [String; COLUMNS.len()] {
    let id = |key: &RecordKey| key.id.to_string();
    let held = |held: &Held| held.as_ref().map(ToString::to_string).unwrap_or_default();
    [
        row.seq.to_string(),
        row.at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        text(&row.run),
        row.pair.to_string(),
        text(&row.command),
        text(&row.mapping),
        word(&row.side),
        text(&row.entity),
        row.record.as_ref().map(id).unwrap_or_default(),
        row.sources.iter().map(id).collect::<Vec<_>>().join(" "),
        text(&row.name),
        row.action.word().into(),
        text(&row.field),
        text(&row.path),
        held(&row.before),
        held(&row.sent),
        held(&row.found),
        word(&row.verdict),
        word(&row.rule),
        word(&row.evidence),
        row.says.clone(),
        row.adopted.to_string(),
        row.actor.clone(),
    ]
}

fn text(thing: &Option<impl ToString>) -> String {
    thing.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The name a closed set's member has in the JSON.
pub(crate) fn word(thing: &Option<impl serde::Serialize>) -> String {
    match serde_json::to_value(thing) {
        Ok(Json::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

impl Cells {
    pub(crate) fn write(self, cell: &str) -> Cow<'_, str> {
        match self {
            Cells::Raw => Cow::Borrowed(cell),
            Cells::Guarded if cell.starts_with(FORMULA_STARTS) => {
                Cow::Owned(format!("'{}", uncut(style::visible(cell))))
            }
            Cells::Guarded => uncut(style::visible(cell)),
        }
    }
}

/// Where numbers have a decimal comma, a spreadsheet cuts lines at semicolons, and what comes after one is
/// the start of a cell.
fn uncut(cell: Cow<'_, str>) -> Cow<'_, str> {
    if !cell.contains(';') {
        return cell;
    }
    let (mut guarded, mut starts) = (String::with_capacity(cell.len() + 8), false);
    for letter in cell.chars() {
        if starts && FORMULA_STARTS.contains(&letter) {
            guarded.push('\'');
        }
        guarded.push(letter);
        starts = letter == ';' || starts && (letter.is_whitespace() || letter == '"');
    }
    Cow::Owned(guarded)
}

/// What a spreadsheet may take for the start of a formula, full-width forms included.
const FORMULA_STARTS: [char; 10] =
    ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

fn masked(row: &ChangeRow, mask: Mask) -> Cow<'_, ChangeRow> {
    if mask == Mask::Reveal {
        return Cow::Borrowed(row);
    }
    let resource = row.record.as_ref().map(|key| key.resource);
    Cow::Owned(ChangeRow {
        name: row.name.as_ref().map(|name| mask.name(resource, name).into_owned().into()),
        before: mask.held(&row.before),
        sent: mask.held(&row.sent),
        found: mask.held(&row.found),
        says: mask.sentence(&row.says).into_owned(),
        ..row.clone()
    })
}
