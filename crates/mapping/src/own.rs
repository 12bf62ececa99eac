//! Which fields may a person add, and what do they come to? A field of one's own names its two ends, a
//! lens and a flow; what it says about rules it says like any other field.

use std::collections::BTreeMap;
use std::fmt;

use concordat_model::{Field, Path, Resource, Side, Sides, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::builtin::{field, problem};
use crate::capability::{Access, Capability, READ_ONLY, capability};
use crate::ends::{self, said};
use crate::expression::{Stranger, Subject};
use crate::lens::{Kind, Lens, clean};
use crate::named::{LensSettings, Pairing, Wanted, hinted};
use crate::rules::{Contest, Fallback, FieldRule, Mapping, Strength};
use crate::settings::{FieldSettings, Problem, Settings};

/// Which way the values of a field go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Both sides are written.
    Both,
    /// Only UpGuard is written.
    ToUpguard,
    /// Only HighLevel is written.
    ToHighlevel,
}

impl Flow {
    /// The side whose values go to the other; both ways, UpGuard.
    pub fn source(self) -> Side {
        match self {
            Flow::Both | Flow::ToHighlevel => Side::Upguard,
            Flow::ToUpguard => Side::Highlevel,
        }
    }

    /// Whether it writes `side`.
    pub fn writes(self, side: Side) -> bool {
        match self {
            Flow::Both => true,
            Flow::ToUpguard => side == Side::Upguard,
            Flow::ToHighlevel => side == Side::Highlevel,
        }
    }
}

/// A value as it stands in the configuration: text, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A whole number.
    Whole(i64),
    /// Text.
    Text(String),
}

impl Cell {
    /// As text, trimmed.
    pub fn text(&self) -> String {
        match self {
            Cell::Whole(number) => number.to_string(),
            Cell::Text(text) => clean(text).unwrap_or_default(),
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Cell::Whole(_))
    }

    /// As a field holds it that keeps numbers, or text.
    pub(crate) fn value(&self, as_number: bool) -> Value {
        match self {
            Cell::Whole(number) if as_number => Value::Integer(*number),
            Cell::Whole(_) | Cell::Text(_) => Value::Text(self.text()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl JsonSchema for Cell {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value: text, or a whole number.",
            "type": ["string", "integer"]
        })
    }
}

/// Whether it is a field of a person's own.
pub(crate) fn is_own(wish: &FieldSettings) -> bool {
    let FieldSettings { upguard, expression, highlevel, .. } = wish;
    upguard.is_some() || expression.is_some() || highlevel.is_some()
}

/// What belongs to fields of a person's own only, and stands elsewhere.
pub(crate) fn misplaced(mapping: &Mapping, place: &str, wish: &FieldSettings) -> Option<Problem> {
    let FieldSettings { flow, lens, examples, .. } = wish;
    match is_own(wish) {
        true if Settings::takes_own(&mapping.name) => None,
        true => {
            let says = "fields of your own belong to vendors, profiles or contacts";
            Some(problem(place, says.into()))
        }
        false if flow.is_none() && lens.is_none() && examples.is_empty() => None,
        false => {
            let says =
                "flow, lens and examples are for fields of your own, which name their two ends";
            let hint = "add upguard = \"…\" and highlevel = \"…\", or take them away";
            Some(hinted(place, says.into(), hint))
        }
    }
}

/// Adds the fields of `settings` that are a person's own to `mapping`.
pub(crate) fn add(
    mapping: &mut Mapping,
    settings: &BTreeMap<String, FieldSettings>,
    lenses: &BTreeMap<String, LensSettings>,
    problems: &mut Vec<Problem>,
) {
    for (name, wish) in settings.iter().filter(|(_, it)| is_own(it)) {
        let place = format!("{}.fields.{name}", mapping.name);
        let builder = Builder { mapping, lenses, name, wish, place: &place };
        match builder.build() {
            Ok(rule) => mapping.fields.push(rule),
            Err(wrong) => problems.extend(wrong),
        }
    }
}

struct Builder<'a> {
    mapping: &'a Mapping,
    lenses: &'a BTreeMap<String, LensSettings>,
    name: &'a str,
    wish: &'a FieldSettings,
    place: &'a str,
}

impl Builder<'_> {
    fn build(&self) -> Result<FieldRule, Vec<Problem>> {
        let mut problems: Vec<Problem> = self.misnamed().into_iter().collect();
        let ends = self.ends().map_err(|wrong| problems.extend(wrong));
        let (Ok(ends), true) = (ends, problems.is_empty()) else { return Err(problems) };
        let able = ends.as_ref().zip(self.mapping.resources).map(|_, (path, resource)| {
            // What is made of fields is no field itself.
            capability(resource, path).unwrap_or(READ_ONLY)
        });
        let flow = self.flow(&ends, &able).map_err(|wrong| vec![wrong])?;
        let keeps = ends.as_ref().map(|_, path| ends::keeps(path));
        let wanted = Wanted { flow, keeps };
        let Pairing { kind, lenses } =
            wanted.named(self.place, self.wish.lens.as_deref(), self.lenses)?;
        Ok(self.rule(flow, &ends, kind, lenses))
    }

    fn rule(&self, flow: Flow, ends: &Sides<Path>, kind: Kind, lenses: Sides<Lens>) -> FieldRule {
        let Sides { upguard, highlevel } = lenses;
        let mut rule = field(
            self.mapping.resources,
            self.name,
            kind,
            (ends.upguard.as_str(), upguard),
            (ends.highlevel.as_str(), highlevel),
        );
        for side in Side::BOTH.into_iter().filter(|side| !flow.writes(*side)) {
            rule.ends[side].access = Access::Never;
        }
        rule.ends.upguard.made = self.wish.expression.clone();
        let fallback = match flow {
            Flow::Both => Fallback::Hold,
            Flow::ToHighlevel => Fallback::Upguard,
            Flow::ToUpguard => Fallback::Highlevel,
        };
        rule.contest = Contest::LastWriteWins { fallback };
        let writable = Side::BOTH.into_iter().any(|side| rule.ends[side].access == Access::Always);
        rule.strength = if writable { Strength::Enforce } else { Strength::Initial };
        rule
    }

    /// A name is said on the command line, as in `explain RECORD.FIELD`.
    fn misnamed(&self) -> Option<Problem> {
        let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        let known = self.mapping.field(&Field::new(self.name)).is_some();
        let says = match (known, self.name.chars().all(plain)) {
            (true, _) => "this field is built in, and so are its ends; give yours another name",
            (false, false) => "the name of a field has lower-case letters, digits and underscores",
            (false, true) => return None,
        };
        Some(problem(self.place, says.into()))
    }

    /// What is wrong with its expression.
    fn unmade(&self) -> Option<Problem> {
        let expression = self.wish.expression.as_ref()?;
        let place = format!("{}.expression", self.place);
        if self.wish.upguard.is_some() {
            let says = "an expression takes the place of upguard; one of them is enough";
            return Some(problem(&place, says.into()));
        }
        let is_person = self.mapping.resources.upguard == Resource::VendorContact;
        let subject = if is_person { Subject::Person } else { Subject::Vendor };
        let Stranger { says, hint, at } = expression.stranger(subject)?;
        Some(Problem { within: Some(at), ..hinted(&place, says, &hint) })
    }

    fn ends(&self) -> Result<Sides<Path>, Vec<Problem>> {
        let FieldSettings { upguard, highlevel, expression, .. } = self.wish;
        let said = Sides { upguard, highlevel };
        let mut problems: Vec<Problem> = self.unmade().into_iter().collect();
        let mut found = |side: Side| {
            let Some(text) = said[side] else {
                let says =
                    format!("a field of your own has two ends, and {} is not said", side.key());
                problems.push(problem(self.place, says));
                return None;
            };
            let is_replica = self.mapping.alike().is_none();
            let end = ends::end(self.mapping.resources[side], is_replica, text);
            end.map_err(|(says, hint)| {
                let place = format!("{}.{}", self.place, side.key());
                problems.push(Problem { hint, ..problem(&place, says) });
            })
            .ok()
        };
        let upguard = match expression {
            Some(made) => Some(Path::new(format!("= {made}"))),
            None => found(Side::Upguard),
        };
        let highlevel = found(Side::Highlevel);
        match (upguard, highlevel) {
            (Some(upguard), Some(highlevel)) if problems.is_empty() => {
                Ok(Sides { upguard, highlevel })
            }
            (_, _) => Err(problems),
        }
    }

    fn flow(&self, ends: &Sides<Path>, able: &Sides<Capability>) -> Result<Flow, Problem> {
        let can = |side: Side| match able[side].access {
            Access::Never => false,
            Access::OnCreate => self.creates(side),
            Access::Always => true,
        };
        let wanted = match (self.wish.flow, can(Side::Upguard), can(Side::Highlevel)) {
            (Some(flow), _, _) => flow,
            (None, true, true) => Flow::Both,
            (None, true, false) => Flow::ToUpguard,
            (None, false, _) => Flow::ToHighlevel,
        };
        let barred = Side::BOTH.into_iter().find(|side| wanted.writes(*side) && !can(*side));
        let Some(side) = barred else { return Ok(wanted) };
        let place = match self.wish.flow {
            Some(_) => format!("{}.flow", self.place),
            None => format!("{}.{}", self.place, side.key()),
        };
        let says =
            format!("{:?} of {side} {}s can only be read", said(&ends[side]), self.noun(side));
        let hint = match can(side.other()) {
            true if side == Side::Upguard => "flow = \"to_highlevel\"",
            true => "flow = \"to_upguard\"",
            false => "neither end can be written, so nothing can flow",
        };
        Err(hinted(&place, says, hint))
    }

    /// Whether new records are made on `side`.
    fn creates(&self, side: Side) -> bool {
        self.mapping.alike().is_some_and(|it| it.creates.side == side)
    }

    fn noun(&self, side: Side) -> &'static str {
        self.mapping.resources[side].noun()
    }
}

/// Native fields that two rules would write: each would undo the other. Only where one of them is a
/// person's own.
pub(crate) fn rivals(mappings: &[Mapping], own: impl Fn(&Mapping, &Field) -> bool) -> Vec<Problem> {
    let written = |mapping: &Mapping, rule: &FieldRule, side: Side| {
        (rule.ends[side].access != Access::Never)
            .then(|| (mapping.resources[side], rule.ends[side].path.clone()))
    };
    let all: Vec<(&Mapping, &FieldRule)> =
        mappings.iter().flat_map(|it| it.fields.iter().map(move |rule| (it, rule))).collect();
    let mut problems = Vec::new();
    for (place, (mapping, rule)) in all.iter().enumerate() {
        for side in Side::BOTH {
            let Some(end) = written(mapping, rule, side) else { continue };
            let rival = all[..place].iter().find(|(other, it)| {
                written(other, it, side).as_ref() == Some(&end)
                    && (own(mapping, &rule.name) || own(other, &it.name))
            });
            let Some((other, rival)) = rival else { continue };
            let (named, rival) = match own(mapping, &rule.name) {
                true => ((mapping, rule), (other, rival)),
                false => ((other, rival), (mapping, rule)),
            };
            let says = format!(
                "{:?} is written by {}.{} too: each would undo what the other does",
                said(&end.1),
                rival.0.name,
                rival.1.name
            );
            let place = format!("{}.fields.{}.{}", named.0.name, named.1.name, side.key());
            problems.push(problem(&place, says));
        }
    }
    problems
}
