//! How does a side write what both mean: a number, a day, yes or no, a word of a table? Each form reads
//! what it can write, and says so where a value is none of its own.
//!
//! Laws (tested): what is written is read back as the same value, and writing what was read gives back a
//! value that reads the same. A table that is written is one to one (`named.rs` refuses any other).

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use concordat_model::Value;
use rust_decimal::Decimal;

/// A form in which one side writes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Translation {
    /// A number.
    Number(Digits),
    /// A number that is so many times the shared one.
    Scaled(Decimal, Digits),
    /// A day, in this format of `chrono`.
    Day(String),
    /// Yes or no, in words.
    YesNo,
    /// Text that is written in one letter case. Reads any.
    Case(Case),
    /// A word of a table.
    Table(Arc<Table>),
}

/// How a side keeps a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// As a number.
    Number,
    /// As text.
    Text,
}

/// A letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// CAPITALS.
    Upper,
    /// small letters.
    Lower,
}

/// Which words of this side mean which of the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Table {
    /// The word of this side, and what is shared.
    pub rows: Vec<(Value, Value)>,
    /// What is shared where this side has a word that is in no row; nothing: such a word means nothing.
    pub otherwise: Option<Value>,
}

/// A table is what a person configured, so it is shown in full; the fingerprint of the rules is made of
/// this.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |it: &Value| String::from_utf8_lossy(&it.canonical()).into_owned();
        let rows = self.rows.iter().map(|(here, shared)| (said(here), said(shared)));
        f.debug_map().entries(rows).finish()?;
        write!(f, "{:?}", self.otherwise.as_ref().map(said))
    }
}

/// So many rows of a table are told.
const ROWS_TOLD: usize = 4;

/// As the end of "UpGuard writes it …".
impl fmt::Display for Translation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Translation::Number(_) => f.write_str("as a number"),
            Translation::Scaled(by, _) => write!(f, "as a number, {by} times as large"),
            Translation::Day(format) => {
                let day = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap_or_default();
                write!(f, "as a day, like {}", day.format(format))
            }
            Translation::YesNo => f.write_str("as Yes or No"),
            Translation::Case(Case::Upper) => f.write_str("in capitals"),
            Translation::Case(Case::Lower) => f.write_str("in small letters"),
            Translation::Table(table) => {
                let row = |(here, shared): &(Value, Value)| format!("\"{here}\" for \"{shared}\"");
                let told: Vec<String> = table.rows.iter().take(ROWS_TOLD).map(row).collect();
                write!(f, "by a table: {}", told.join(", "))?;
                match table.rows.len().saturating_sub(ROWS_TOLD) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
        }
    }
}

/// A value is none of those that a form writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign;

impl Translation {
    /// What a value of this side means. Text comes trimmed.
    ///
    /// # Errors
    /// If it means nothing here.
    pub fn read(&self, native: &Value) -> Result<Value, Foreign> {
        match self {
            Translation::Number(_) => decimal(native).map(number),
            Translation::Scaled(by, _) => {
                let shared = decimal(native)?.checked_div(*by).ok_or(Foreign)?;
                exactly(shared, *by, native).map(number)
            }
            Translation::Day(format) => match native {
                Value::Date(day) => Ok(Value::Date(*day)),
                other => day(&text(other)?, format).map(Value::Date),
            },
            Translation::YesNo => match native {
                Value::Bool(flag) => Ok(Value::Bool(*flag)),
                other => flag(&text(other)?).map(Value::Bool),
            },
            Translation::Case(_) => text(native).map(Value::Text),
            Translation::Table(table) => {
                let word = native.to_string();
                let row = table.rows.iter().find(|(here, _)| here.to_string() == word);
                row.map(|(_, shared)| shared).or(table.otherwise.as_ref()).cloned().ok_or(Foreign)
            }
        }
    }

    /// How this side writes a shared value.
    ///
    /// # Errors
    /// If it cannot.
    pub fn write(&self, shared: &Value) -> Result<Value, Foreign> {
        match self {
            Translation::Number(digits) => Ok(digits.keep(decimal(shared)?)),
            Translation::Scaled(by, digits) => {
                let product = decimal(shared)?.checked_mul(*by).ok_or(Foreign)?;
                self.keeps(digits.keep(product), shared)
            }
            Translation::Day(format) => match shared {
                Value::Date(day) => self.keeps(Value::Text(day.format(format).to_string()), shared),
                _ => Err(Foreign),
            },
            Translation::YesNo => match shared {
                Value::Bool(flag) => Ok(Value::text(if *flag { "Yes" } else { "No" })),
                _ => Err(Foreign),
            },
            Translation::Case(case) => match (shared.as_text().ok_or(Foreign)?, case) {
                (text, Case::Upper) => Ok(Value::Text(text.to_uppercase())),
                (text, Case::Lower) => Ok(Value::Text(text.to_lowercase())),
            },
            Translation::Table(table) => {
                let row = table.rows.iter().find(|(_, it)| it == shared);
                row.map(|(here, _)| here.clone()).ok_or(Foreign)
            }
        }
    }

    /// What is written must be read back the same, or it is not written.
    fn keeps(&self, written: Value, shared: &Value) -> Result<Value, Foreign> {
        if self.read(&written).as_ref() == Ok(shared) { Ok(written) } else { Err(Foreign) }
    }
}

impl Digits {
    fn keep(self, it: Decimal) -> Value {
        match self {
            Digits::Number => number(it),
            Digits::Text => Value::Text(it.normalize().to_string()),
        }
    }
}

/// A division is right only if it can be undone.
fn exactly(shared: Decimal, by: Decimal, native: &Value) -> Result<Decimal, Foreign> {
    let back = shared.checked_mul(by).ok_or(Foreign)?;
    if back == decimal(native)? { Ok(shared) } else { Err(Foreign) }
}

/// A whole number where it is one.
fn number(it: Decimal) -> Value {
    let it = it.normalize();
    match i64::try_from(it) {
        Ok(whole) if it.is_integer() => Value::Integer(whole),
        Ok(_) | Err(_) => Value::Decimal(it.to_string()),
    }
}

fn decimal(value: &Value) -> Result<Decimal, Foreign> {
    match value {
        Value::Integer(whole) => Ok(Decimal::from(*whole)),
        // Exact, or it is another number.
        Value::Decimal(text) | Value::Text(text) => {
            Decimal::from_str_exact(text.trim()).map_err(|_| Foreign)
        }
        Value::Bool(_) | Value::Time(_) | Value::Date(_) | Value::Set(_) => Err(Foreign),
    }
}

fn text(value: &Value) -> Result<String, Foreign> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Integer(_) | Value::Decimal(_) => Ok(value.to_string()),
        Value::Bool(_) | Value::Time(_) | Value::Date(_) | Value::Set(_) => Err(Foreign),
    }
}

/// The format in which days are written where nobody says another.
pub(crate) const ISO_DAY: &str = "%Y-%m-%d";

/// A day; of a moment in ISO 8601, its day.
fn day(text: &str, format: &str) -> Result<NaiveDate, Foreign> {
    let iso = text.split_once('T').map(|(day, _)| day).filter(|_| format == ISO_DAY);
    NaiveDate::parse_from_str(iso.unwrap_or(text), format).map_err(|_| Foreign)
}

fn flag(text: &str) -> Result<bool, Foreign> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Ok(true),
        "no" | "n" | "false" | "off" | "0" => Ok(false),
        _ => Err(Foreign),
    }
}
