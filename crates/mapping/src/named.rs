//! Which lenses can a person name, and what do they come to at the two ends of a field? Those that are
//! built in, and those of `[mapping.lenses]`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use concordat_model::{Side, Sides, Value};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::builtin::problem;
use crate::lens::{Kind, Lens};
use crate::nearest::nearest;
use crate::own::{Cell, Flow};
use crate::settings::Problem;
use crate::translation::{Case, Digits, ISO_DAY, Table, Translation};

/// `[mapping.lenses.NAME]`: a lens of your own, of exactly one kind: `rows`, `days` or `factor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LensSettings {
    /// Which words mean the same. For both ways, each word may stand in one row only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
    /// With rows, for one way only: what the other side gets for a word that is in no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Cell>,
    /// How each side writes a day: `%Y` the year, `%m` the month, `%d` the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Sides<String>>,
    /// HighLevel's number is so many times UpGuard's: `10`, `"0.1"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<Cell>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// UpGuard's word.
    pub upguard: Cell,
    /// HighLevel's word.
    pub highlevel: Cell,
}

impl Row {
    fn at(&self, side: Side) -> &Cell {
        match side {
            Side::Upguard => &self.upguard,
            Side::Highlevel => &self.highlevel,
        }
    }
}

/// How a native field keeps what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// As text.
    Text,
    /// As a number.
    Number,
    /// As its account defines it: a custom field.
    AsDefined,
}

/// What a lens comes to at the two ends of a field.
pub(crate) struct Pairing {
    pub(crate) kind: Kind,
    pub(crate) lenses: Sides<Lens>,
}

/// The lenses that are built in.
const BUILT_IN: [&str; 10] = [
    "text",
    "email",
    "phone",
    "web_address",
    "number",
    "date",
    "yes_no",
    "caseless",
    "upper",
    "lower",
];

/// The two ends for which a lens is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) flow: Flow,
    pub(crate) keeps: Sides<Keeps>,
}

impl Wanted {
    fn digits(self) -> Sides<Digits> {
        self.keeps.map(|_, it| match it {
            Keeps::Text => Digits::Text,
            Keeps::Number | Keeps::AsDefined => Digits::Number,
        })
    }

    fn has_number(self) -> bool {
        Side::BOTH.into_iter().any(|side| self.keeps[side] == Keeps::Number)
    }

    /// The lens called `name`; not said: as the ends keep it.
    ///
    /// # Errors
    /// What is wrong with it, each at its place; `place` is the field's.
    pub(crate) fn named(
        self,
        place: &str,
        name: Option<&str>,
        own: &BTreeMap<String, LensSettings>,
    ) -> Result<Pairing, Vec<Problem>> {
        let usual = if self.has_number() { "number" } else { "text" };
        let name = name.unwrap_or(usual);
        let both = |kind, lens: Lens| {
            Ok(Pairing { kind, lenses: Sides { upguard: lens.clone(), highlevel: lens } })
        };
        let form = |kind, form| both(kind, Lens::Form(form));
        match name {
            "number" => {
                let lenses = self.digits().map(|_, it| Lens::Form(Translation::Number(it)));
                Ok(Pairing { kind: Kind::Number, lenses })
            }
            _ if BUILT_IN.contains(&name) && self.has_number() => {
                let says = format!("one of its ends keeps a number, and {name:?} is for text");
                let hint = "lens = \"number\", or a table: [mapping.lenses.NAME] with rows";
                Err(vec![hinted(&format!("{place}.lens"), says, hint)])
            }
            "text" => both(Kind::Text, Lens::Plain),
            "email" => both(Kind::Email, Lens::Plain),
            "phone" => both(Kind::Phone, Lens::Phone),
            "web_address" => {
                let lenses = Sides { upguard: Lens::Plain, highlevel: Lens::WebAddress };
                Ok(Pairing { kind: Kind::Host, lenses })
            }
            "date" => form(Kind::Day, Translation::Day(ISO_DAY.into())),
            "yes_no" => form(Kind::Flag, Translation::YesNo),
            "caseless" => both(Kind::Caseless, Lens::Plain),
            "upper" => Ok(cased(Case::Upper)),
            "lower" => Ok(cased(Case::Lower)),
            name => match own.get(name) {
                Some(settings) => self.of(name, settings),
                None => Err(vec![unknown(place, name, own)]),
            },
        }
    }

    /// What a lens of a person's own comes to.
    fn of(self, name: &str, settings: &LensSettings) -> Result<Pairing, Vec<Problem>> {
        // What is wrong with it by itself is told once, whether or not it is used.
        let Some(sort) = Sort::of(settings) else { return Err(Vec::new()) };
        match sort {
            Sort::Table => self.table(name, settings),
            Sort::Days(days) => {
                let lenses = days.clone().map(|_, it| Lens::Form(Translation::Day(it)));
                Ok(Pairing { kind: Kind::Day, lenses })
            }
            Sort::Factor(factor) => {
                let digits = self.digits();
                let upguard = Lens::Form(Translation::Number(digits.upguard));
                let highlevel = Lens::Form(Translation::Scaled(factor, digits.highlevel));
                Ok(Pairing { kind: Kind::Number, lenses: Sides { upguard, highlevel } })
            }
        }
    }

    /// The table stands where values come from, and what is shared is what the other side writes; both
    /// ways, it stands in UpGuard.
    fn table(self, name: &str, settings: &LensSettings) -> Result<Pairing, Vec<Problem>> {
        let rows = &settings.rows;
        let place = format!("lenses.{name}");
        let numbers = Sides::from_fn(|side| match self.keeps[side] {
            Keeps::Text => false,
            Keeps::Number => true,
            Keeps::AsDefined => rows.iter().all(|row| row.at(side).is_number()),
        });
        let source = self.flow.source();
        let mut problems = collisions(&place, rows, self.flow);
        for (number, row) in rows.iter().enumerate() {
            for side in Side::BOTH.into_iter().filter(|side| numbers[*side]) {
                if !row.at(side).is_number() {
                    let place = format!("{place}.rows.{number}");
                    let says = format!("{side} keeps a number here, not {:?}", row.at(side).text());
                    problems.push(problem(&place, says));
                }
            }
        }
        if settings.otherwise.is_some() && self.flow == Flow::Both {
            let says = "a word that is in no row could not come back, so a table for both ways has no \
                        `otherwise`";
            let hint = "name every word in a row, or let the field flow one way";
            problems.push(hinted(&format!("{place}.otherwise"), says.into(), hint));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let value = |side: Side, cell: &Cell| cell.value(numbers[side]);
        let pair = |row: &Row| {
            (value(source, row.at(source)), value(source.other(), row.at(source.other())))
        };
        let table = Translation::Table(Arc::new(Table {
            rows: rows.iter().map(pair).collect(),
            otherwise: settings.otherwise.as_ref().map(|it| value(source.other(), it)),
        }));
        let here = match self.flow {
            Flow::Both => Lens::Form(table),
            Flow::ToUpguard | Flow::ToHighlevel => Lens::ReadOnly(table),
        };
        let kind = if numbers[source.other()] { Kind::Number } else { Kind::Text };
        let lenses = Sides::from_fn(|side| if side == source { here.clone() } else { Lens::Plain });
        Ok(Pairing { kind, lenses })
    }
}

/// Read in any letter case, and written to HighLevel in this one.
fn cased(case: Case) -> Pairing {
    let highlevel = Lens::Form(Translation::Case(case));
    Pairing { kind: Kind::Caseless, lenses: Sides { upguard: Lens::Plain, highlevel } }
}

/// The sort of a lens.
enum Sort<'a> {
    Table,
    Days(&'a Sides<String>),
    Factor(Decimal),
}

impl Sort<'_> {
    fn of(settings: &LensSettings) -> Option<Sort<'_>> {
        match (&settings.days, &settings.factor) {
            (None, None) => (!settings.rows.is_empty()).then_some(Sort::Table),
            (Some(days), None) => days.iter().all(|(_, it)| is_day(it)).then_some(Sort::Days(days)),
            (_, Some(factor)) => factor.number().map(Sort::Factor),
        }
    }
}

/// What is wrong with lenses by themselves.
pub(crate) fn unfit(own: &BTreeMap<String, LensSettings>) -> Vec<Problem> {
    own.iter().flat_map(|(name, settings)| unfit_one(name, settings)).collect()
}

fn unfit_one(name: &str, settings: &LensSettings) -> Vec<Problem> {
    let place = format!("lenses.{name}");
    let LensSettings { rows, otherwise, days, factor } = settings;
    let mut problems = Vec::new();
    if BUILT_IN.contains(&name) {
        problems.push(problem(&place, "a lens of this name is built in; take another".into()));
    }
    if [!rows.is_empty(), days.is_some(), factor.is_some()].into_iter().filter(|it| *it).count()
        != 1
    {
        let says = "a lens is of exactly one kind";
        let hint = "rows = [{ upguard = \"High\", highlevel = \"3\" }], days = { upguard = \"%Y-%m-%d\", \
                    highlevel = \"%d/%m/%Y\" }, or factor = 10";
        problems.push(hinted(&place, says.into(), hint));
        return problems;
    }
    let is_blank = |row: &Row| Side::BOTH.into_iter().any(|side| row.at(side).text().is_empty());
    for (number, _) in rows.iter().enumerate().filter(|(_, row)| is_blank(row)) {
        let says = "an empty word is nothing, and nothing is nothing on the other side too";
        problems.push(problem(&format!("{place}.rows.{number}"), says.into()));
    }
    if otherwise.is_some() && rows.is_empty() {
        problems.push(problem(&format!("{place}.otherwise"), "it belongs to rows".into()));
    }
    for (side, format) in days.iter().flat_map(Sides::iter).filter(|(_, it)| !is_day(it)) {
        let says = format!("a day written as {format:?} cannot be read back");
        let hint = "a format has a year of four digits, a month and a day: \"%d/%m/%Y\"";
        problems.push(hinted(&format!("{place}.days.{}", side.key()), says, hint));
    }
    if factor.as_ref().is_some_and(|it| it.number().is_none()) {
        let says = "a factor is a number other than 0: 10, or \"0.1\"";
        problems.push(problem(&format!("{place}.factor"), says.into()));
    }
    problems
}

/// Whether days that are written so are read back.
fn is_day(format: &str) -> bool {
    let days = [(1970, 1, 2), (1999, 12, 31), (2024, 2, 29), (2099, 11, 10)];
    days.into_iter().all(|(year, month, day)| {
        let form = Translation::Day(format.to_owned());
        let day = NaiveDate::from_ymd_opt(year, month, day).map(Value::Date);
        // A format that chrono does not know panics when it is written; reading only fails.
        chrono::format::StrftimeItems::new(format)
            .all(|it| !matches!(it, chrono::format::Item::Error))
            && day.is_some_and(|day| form.write(&day).is_ok())
    })
}

/// Rows of which one would undo the other.
fn collisions(place: &str, rows: &[Row], flow: Flow) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let twin = |side: Side| {
            let same = |it: &Row| it.at(side).text() == row.at(side).text();
            rows[..number].iter().position(same).map(|twin| (side, twin))
        };
        let sides = match flow {
            Flow::Both => &Side::BOTH[..],
            Flow::ToUpguard => &[Side::Highlevel],
            Flow::ToHighlevel => &[Side::Upguard],
        };
        let Some((side, twin)) = sides.iter().find_map(|side| twin(*side)) else { continue };
        let other = side.other();
        let says = format!(
            "row {} ({:?}) and row {} ({:?}) have the same word in {side}, {:?}: it could not be told \
             which comes back",
            twin + 1,
            rows[twin].at(other).text(),
            number + 1,
            row.at(other).text(),
            row.at(side).text(),
        );
        let hint = match flow {
            Flow::Both => {
                let flow = if side == Side::Highlevel { "to_highlevel" } else { "to_upguard" };
                format!("take one of the rows away, or let the field flow one way: flow = {flow:?}")
            }
            Flow::ToUpguard | Flow::ToHighlevel => "take one of the rows away".into(),
        };
        problems.push(hinted(&format!("{place}.rows.{number}"), says, &hint));
    }
    problems
}

fn unknown(place: &str, name: &str, own: &BTreeMap<String, LensSettings>) -> Problem {
    let known = || BUILT_IN.into_iter().chain(own.keys().map(String::as_str));
    let hint = match nearest(name, known()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!(
            "there are {}; others are defined in [mapping.lenses.NAME]",
            known().collect::<Vec<_>>().join(", ")
        ),
    };
    hinted(&format!("{place}.lens"), format!("there is no lens {name:?}"), &hint)
}

pub(crate) fn hinted(key: &str, says: String, hint: &str) -> Problem {
    Problem { hint: Some(hint.to_owned()), ..problem(key, says) }
}

impl Cell {
    /// The number it says, other than 0.
    fn number(&self) -> Option<Decimal> {
        Decimal::from_str(&self.text()).ok().filter(|it| !it.is_zero())
    }
}
