//! Does a value come back as it was, once it went to the other side? Told of examples, before anything is
//! written. It knows the lenses of a field and nothing of who wins.

use std::fmt;

use chrono::NaiveDate;
use concordat_model::{Side, Value};
use rlibphonenumber::Region;

use crate::lens::{Kind, Lens};
use crate::own::{Cell, Flow};
use crate::rules::{Access, FieldRule};
use crate::translation::{Digits, Translation};

/// The way of one value to the other side, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// The side it starts from.
    pub from: Side,
    /// What stands there.
    pub starts: Value,
    /// What is written to the other side; nothing: it means nothing there.
    pub there: Option<Value>,
    /// What would be written back.
    pub back: Back,
}

/// What would be written back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// The same.
    Same,
    /// The same thing, written differently.
    Alike(Value),
    /// Something else, or nothing: this breaks the law of a field that goes both ways.
    Other(Option<Value>),
    /// Nothing flows back.
    Never,
}

impl Trip {
    /// Follows `starts` from `from` through the lenses of `rule`.
    pub fn of(rule: &FieldRule, from: Side, starts: Value, region: Option<Region>) -> Trip {
        let (here, other) = (&rule.ends[from], &rule.ends[from.other()]);
        let native = Some(starts.clone());
        let shared = here.lens.read(&native, region).ok();
        let there = shared.and_then(|it| other.put(&it).ok()).flatten();
        let back = match (&there, here.access) {
            (_, Access::Never) => Back::Never,
            (None, Access::OnCreate | Access::Always) => Back::Other(None),
            (Some(there), Access::OnCreate | Access::Always) => {
                let shared = other.lens.read(&Some(there.clone()), region).ok();
                let back = shared.and_then(|it| here.put(&it).ok()).flatten();
                let key = |native| rule.kind.key(&here.lens.get(native, region), region);
                match back {
                    _ if back == Lens::Plain.get(&native, region) => Back::Same,
                    Some(back) if key(&Some(back.clone())) == key(&native) => Back::Alike(back),
                    back => Back::Other(back),
                }
            }
        };
        Trip { from, starts, there, back }
    }

    /// Whether it went as it should.
    pub fn holds(&self) -> bool {
        match self.back {
            Back::Same | Back::Alike(_) => true,
            Back::Never => self.there.is_some(),
            Back::Other(_) => false,
        }
    }
}

/// As a sentence without a full stop.
impl fmt::Display for Trip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trip { from, starts, there, back } = self;
        let Some(there) = there else {
            return write!(f, "\"{starts}\" of {from} has no counterpart in {}", from.other());
        };
        write!(f, "\"{starts}\" of {from} becomes \"{there}\" in {}", from.other())?;
        match back {
            Back::Same => f.write_str(", and comes back as it was"),
            Back::Alike(back) => {
                write!(f, ", and comes back as \"{back}\", which is the same to concordat")
            }
            Back::Other(Some(back)) => write!(f, ", and would come back as \"{back}\""),
            Back::Other(None) => f.write_str(", and would not come back"),
            Back::Never => Ok(()),
        }
    }
}

/// The trips of `examples`, as the source of `rule` holds them; without any, of values that suit the field.
pub fn trips(rule: &FieldRule, examples: &[Cell], region: Option<Region>) -> Vec<Trip> {
    let from = flow(rule).source();
    let lens = &rule.ends[from].lens;
    let starts = match examples {
        // What an expression makes is nobody's to guess.
        [] if rule.ends[from].made.is_some() => Vec::new(),
        [] => samples(rule, from),
        examples => examples.iter().map(|it| it.value(keeps_numbers(lens, rule.kind))).collect(),
    };
    starts.into_iter().map(|it| Trip::of(rule, from, it, region)).collect()
}

/// Which way the values of a field go.
pub fn flow(rule: &FieldRule) -> Flow {
    match (rule.ends.upguard.access, rule.ends.highlevel.access) {
        (Access::Always, Access::Always) => Flow::Both,
        (Access::Always, Access::Never | Access::OnCreate) => Flow::ToUpguard,
        (Access::Never | Access::OnCreate, _) => Flow::ToHighlevel,
    }
}

/// Whether what stands behind `lens` is a number where the side keeps it.
pub(crate) fn keeps_numbers(lens: &Lens, kind: Kind) -> bool {
    match lens {
        Lens::Form(form) | Lens::ReadOnly(form) => match form {
            Translation::Number(digits) | Translation::Scaled(_, digits) => {
                *digits == Digits::Number
            }
            Translation::Table(table) => {
                table.rows.iter().all(|(here, _)| matches!(here, Value::Integer(_)))
            }
            Translation::Day(_) | Translation::YesNo | Translation::Case(_) => false,
        },
        Lens::Plain
        | Lens::Phone
        | Lens::WebAddress
        | Lens::FirstName
        | Lens::LastName
        | Lens::Part { .. }
        | Lens::Memo(..)
        | Lens::Closed
        | Lens::Ended(_)
        | Lens::Anew => kind == Kind::Number,
    }
}

/// Values that suit a field: of a table all its words, else what makes a difference.
fn samples(rule: &FieldRule, from: Side) -> Vec<Value> {
    let lens = &rule.ends[from].lens;
    let texts = |all: &[&str]| all.iter().map(|it| Value::text(*it)).collect();
    if let Lens::Form(Translation::Table(table)) | Lens::ReadOnly(Translation::Table(table)) = lens
    {
        return table.rows.iter().map(|(here, _)| here.clone()).collect();
    }
    match rule.kind {
        Kind::Text | Kind::Caseless => texts(&["Acme Ltd"]),
        Kind::Email => texts(&["Ann.Lee@Example.com"]),
        Kind::Phone => texts(&["+1 617 555 0100"]),
        Kind::Host => texts(&["www.example.com"]),
        Kind::Flag => texts(&["yes", "No"]),
        Kind::Number if keeps_numbers(lens, rule.kind) => vec![Value::Integer(3)],
        Kind::Number => texts(&["3", "2.50"]),
        Kind::Day => {
            let day = NaiveDate::from_ymd_opt(2026, 2, 28).map(Value::Date);
            day.and_then(|it| lens.put(&Some(it)).ok().flatten()).into_iter().collect()
        }
    }
}
