//! What differs between two exports of the same thing, row by row and field by field? Rows are paired by a key,
//! and a row whose bytes are the same in both is not looked into. Of a row is kept where it stands and what it is
//! told apart by, so that memory grows with the number of rows and not with what they hold.
//!
//! It does not know what rows mean, or how a difference is shown.

mod csv;
mod export;
mod fields;
mod flaw;
mod form;
mod join;
mod json;
mod key;
mod layout;
mod scan;

use std::fs::File;
use std::thread;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

pub use flaw::{Fault, Flaw, Place};
pub use form::Form;

use export::{Export, Reader};
use fields::{alone, differing};
use join::{Finding, in_parallel, joined, processors};
use key::Hasher;

/// How many differences are held at a time.
const BATCH: usize = 4096;

/// What there is of both exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Both<T> {
    /// Of the older one.
    pub old: T,
    /// Of the newer one.
    pub new: T,
}

impl<T> Both<T> {
    /// What `make` makes of each.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Both<U> {
        Both { old: make(self.old), new: make(self.new) }
    }
}

/// Which of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// The older one.
    Old,
    /// The newer one.
    New,
}

/// How many rows there are, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// All rows.
    pub rows: Both<u64>,
    /// Rows that are in both and say the same.
    pub equal: u64,
    /// Rows that only the newer one has.
    pub added: u64,
    /// Rows that only the older one has.
    pub gone: u64,
    /// Rows that are in both and do not say the same.
    pub changed: u64,
}

/// Columns that only one of two tables has. What they hold is no change of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Columns {
    /// Only the newer one has them.
    pub added: Vec<String>,
    /// Only the older one has them.
    pub gone: Vec<String>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowChange {
    /// It is new.
    Added,
    /// It is gone.
    Gone,
    /// It says something else.
    Changed,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowDifference {
    /// What it holds in the fields of the key, in their order.
    pub key: Vec<String>,
    /// What became of it.
    pub change: RowChange,
    /// The fields that differ; of a row that is new or gone, all others that hold something.
    pub fields: Vec<FieldDifference>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldDifference {
    /// The column, or the members that lead to it, with dots between them.
    pub field: String,
    /// What it held; left out: there was no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    /// What it holds; left out: there is no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
}

/// Two exports whose rows are paired.
pub struct Comparison {
    exports: Both<Export>,
    findings: Vec<Finding>,
    /// How many rows differ.
    pub totals: Totals,
    /// Which columns.
    pub columns: Columns,
}

/// Compares two exports of one form, whose rows are told apart by the fields of `key`.
///
/// # Errors
/// The first thing in either that is not of its form, a key that is not there, or that two rows share.
pub fn compare(files: Both<File>, form: Form, key: &[String]) -> Result<Comparison, Flaw> {
    let by = Hasher::random();
    let (old, new) = thread::scope(|scope| {
        let old = scope.spawn(|| Export::read(Age::Old, files.old, form, key, by));
        let new = Export::read(Age::New, files.new, form, key, by);
        (old.join().expect("reading does not panic"), new)
    });
    let exports = Both { old: old?, new: new? };
    let columns = columns(&exports);
    let (findings, totals) = joined(&exports, &columns)?;
    Ok(Comparison { exports, findings, totals, columns })
}

impl Comparison {
    /// The rows that differ: in the order of the newer export, and then those that are gone in the order of the
    /// older one.
    ///
    /// # Errors
    /// A row cannot be read any more.
    pub fn differences(&self) -> impl Iterator<Item = Result<RowDifference, Flaw>> {
        self.findings.chunks(BATCH).flat_map(|it| self.told(it))
    }

    /// All processors tell of some.
    fn told(&self, findings: &[Finding]) -> Vec<Result<RowDifference, Flaw>> {
        let each = findings.len().div_ceil(processors());
        let parts: Vec<_> = findings.chunks(each).collect();
        let told = in_parallel(parts.len(), |part| {
            let Both { old, new } = &self.exports;
            let mut rows = Both { old: Reader::of(old), new: Reader::of(new) };
            let told = parts[part].iter().map(|it| self.difference(*it, &mut rows));
            told.collect::<Vec<_>>()
        });
        told.into_iter().flatten().collect()
    }

    fn difference(
        &self,
        finding: Finding,
        rows: &mut Both<Reader<'_>>,
    ) -> Result<RowDifference, Flaw> {
        let Both { old, new } = rows;
        Ok(match finding {
            Finding::Changed { old: was, new: is } => {
                let (key, after) = new.row(is)?;
                let fields = differing(old.fields(was)?, after, &self.columns);
                RowDifference { key, change: RowChange::Changed, fields }
            }
            Finding::Added { new: is } => {
                let (key, held) = new.row(is)?;
                let fields = alone(held, Age::New, &self.exports.new.key.names);
                RowDifference { key, change: RowChange::Added, fields }
            }
            Finding::Gone { old: was } => {
                let (key, held) = old.row(was)?;
                let fields = alone(held, Age::Old, &self.exports.old.key.names);
                RowDifference { key, change: RowChange::Gone, fields }
            }
        })
    }
}

fn columns(exports: &Both<Export>) -> Columns {
    let only = |one: &Export, other: &Export| {
        let others = other.layout.columns();
        one.layout.columns().iter().filter(|it| !others.contains(it)).cloned().collect()
    };
    let Both { old, new } = exports;
    Columns { added: only(new, old), gone: only(old, new) }
}
