//! What does the configuration come to? The answer of `config check`: which fields correspond, which
//! way they flow and who wins.

use std::fmt;
use std::io::{self, Write};

use concordat_mapping::{
    Access, Back, Contest, Drift, Fallback, FieldRule, Mapping, SetEnd, SetRule, Shares, Strength,
    Trip, ends, trips,
};
use concordat_model::{Side, Value};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Loaded, Pair};

/// A configuration that can be used, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// Of this document.
    pub schema_version: u32,
    /// The file.
    pub file: String,
    /// The pairs it is about, in the order in which they are run.
    pub pairs: Vec<CheckedPair>,
    /// The mappings that are on, in the order in which they are planned.
    pub mappings: Vec<CheckedMapping>,
}

/// One pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedPair {
    /// Its name.
    pub pair: String,
    /// Its HighLevel location.
    pub location_id: String,
    /// The vendors it is about, if not all.
    pub slice: Option<CheckedSlice>,
    /// The contact at which its tasks stand, by id or e-mail address, if one is named.
    pub anchor: Option<String>,
    /// The mappings that are off in this pair, and on in another.
    pub without: Vec<String>,
}

/// A part of the organisation: a vendor is in it if it has one of each list that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSlice {
    /// Patterns of labels.
    pub labels: Vec<String>,
    /// Tiers.
    pub tiers: Vec<u32>,
    /// Names of portfolios.
    pub portfolios: Vec<String>,
    /// What holds of its vendors: an expression.
    pub vendors: Option<String>,
    /// What holds of their people: an expression.
    pub contacts: Option<String>,
    /// The same, as the end of "vendors …".
    pub says: String,
}

/// One mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedMapping {
    /// Its name.
    pub name: String,
    /// What corresponds in UpGuard.
    pub upguard: String,
    /// What corresponds in HighLevel.
    pub highlevel: String,
    /// Its fields.
    pub fields: Vec<CheckedField>,
    /// Its sets, which are merged element by element.
    pub sets: Vec<CheckedSet>,
}

/// One set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSet {
    /// Its name.
    pub name: String,
    /// What it is in UpGuard.
    pub upguard: CheckedSetEnd,
    /// What it is in HighLevel.
    pub highlevel: CheckedSetEnd,
}

/// One side's end of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedSetEnd {
    /// The native set.
    pub path: String,
    /// Which of its elements are shared; all others are never touched.
    pub shares: CheckedShares,
}

/// Which elements of a native set are shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckedShares {
    /// Those that begin so.
    Namespace(String),
    /// Those that any of these patterns matches.
    Patterns(Vec<String>),
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedField {
    /// Its name.
    pub name: String,
    /// The native field in UpGuard.
    pub upguard: String,
    /// The native field in HighLevel.
    pub highlevel: String,
    /// Which way values go.
    pub flow: Flow,
    /// Who wins if both sides changed.
    pub rule: String,
    /// Of a field of one's own: what becomes of examples, there and back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trips: Vec<CheckedTrip>,
}

/// What becomes of one example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckedTrip {
    /// The side it starts from.
    pub from: Side,
    /// What stands there.
    pub starts: Value,
    /// What is written to the other side.
    pub there: Option<Value>,
    /// What comes back, if it flows back.
    pub back: Option<Value>,
    /// Whether it went as it should.
    pub holds: bool,
    /// The same, as a sentence.
    pub says: String,
}

impl From<Trip> for CheckedTrip {
    fn from(trip: Trip) -> CheckedTrip {
        let (holds, says) = (trip.holds(), trip.to_string());
        let Trip { from, starts, there, back } = trip;
        let back = match back {
            Back::Same => Some(starts.clone()),
            Back::Alike(back) => Some(back),
            Back::Other(back) => back,
            Back::Never => None,
        };
        CheckedTrip { from, starts, there, back, holds, says }
    }
}

/// Which way the values of a field go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Both sides are written.
    BothWays,
    /// Only UpGuard is written.
    ToUpguard,
    /// Only HighLevel is written.
    ToHighlevel,
    /// It is set once, when a record is made.
    AtCreation,
}

impl Flow {
    fn of(field: &FieldRule) -> Flow {
        let written = |side: Side| field.ends[side].access == Access::Always;
        match (field.strength, written(Side::Upguard), written(Side::Highlevel)) {
            (Strength::Initial, _, _) | (_, false, false) => Flow::AtCreation,
            (Strength::Enforce | Strength::Fill, true, true) => Flow::BothWays,
            (Strength::Enforce | Strength::Fill, true, false) => Flow::ToUpguard,
            (Strength::Enforce | Strength::Fill, false, true) => Flow::ToHighlevel,
        }
    }

    fn arrow(self) -> &'static str {
        match self {
            Flow::BothWays => "<->",
            Flow::ToUpguard => "<--",
            Flow::ToHighlevel => "-->",
            Flow::AtCreation => "-->|",
        }
    }
}

impl Checked {
    /// What `loaded` comes to.
    pub fn of(loaded: &Loaded) -> Checked {
        let mut mappings: Vec<&Mapping> = Vec::new();
        for mapping in loaded.pairs.iter().flat_map(|it| &it.rules.mappings) {
            if !mappings.iter().any(|it| it.name == mapping.name) {
                mappings.push(mapping);
            }
        }
        let region = loaded.pairs.first().and_then(|it| it.rules.region);
        let trips = |mapping: &Mapping, rule: &FieldRule| {
            let own = loaded.config.mapping.own_field(&mapping.name, &rule.name);
            let all = own.map(|wish| trips(rule, &wish.examples, region)).unwrap_or_default();
            all.into_iter().map(CheckedTrip::from).collect()
        };
        Checked {
            schema_version: 1,
            file: loaded.path().display().to_string(),
            pairs: loaded.pairs.iter().map(|it| pair(it, &mappings)).collect(),
            mappings: mappings.into_iter().map(|it| mapping(it, &trips)).collect(),
        }
    }

    /// Writes it for a person.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_text(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "{} can be used.", self.file)?;
        for CheckedPair { pair, location_id, slice, anchor, without } in &self.pairs {
            write!(to, "Pair {pair}: HighLevel location {location_id}")?;
            if let Some(slice) = slice {
                write!(to, ", vendors {}", slice.says)?;
            }
            if let Some(anchor) = anchor {
                write!(to, ", tasks at {anchor}")?;
            }
            if !without.is_empty() {
                write!(to, ", without {}", without.join(" and "))?;
            }
            writeln!(to, ".")?;
        }
        for CheckedMapping { name, upguard, highlevel, fields, sets } in &self.mappings {
            writeln!(to, "\n{name}: UpGuard {upguard} and HighLevel {highlevel}")?;
            let width = |cell: fn(&CheckedField) -> &str| {
                fields.iter().map(|it| cell(it).chars().count()).max().unwrap_or(0)
            };
            let (first, second, third) =
                (width(|it| &it.name), width(|it| &it.upguard), width(|it| &it.highlevel));
            for CheckedField { name, upguard, highlevel, flow, rule, trips } in fields {
                let arrow = flow.arrow();
                writeln!(
                    to,
                    "  {name:first$}  {upguard:second$} {arrow:4} {highlevel:third$}  {rule}"
                )?;
                for trip in trips {
                    let mark = if trip.holds { "✓" } else { "!" };
                    writeln!(to, "      {mark} {}", trip.says)?;
                }
            }
            for CheckedSet { name, upguard, highlevel } in sets {
                let arrow = Flow::BothWays.arrow();
                writeln!(to, "  {name}  {upguard} {arrow} {highlevel}  element by element")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for CheckedSetEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shares {
            CheckedShares::Namespace(prefix) => write!(f, "{} that begin with {prefix}", self.path),
            CheckedShares::Patterns(patterns) => {
                write!(f, "{} like {}", self.path, patterns.join(" or "))
            }
        }
    }
}

fn pair(pair: &Pair, all: &[&Mapping]) -> CheckedPair {
    let slice = &pair.rules.slice;
    let checked = || CheckedSlice {
        labels: slice.labels.clone(),
        tiers: slice.tiers.iter().copied().collect(),
        portfolios: slice.portfolios.iter().cloned().collect(),
        vendors: slice.vendors.as_ref().map(ToString::to_string),
        contacts: slice.contacts.as_ref().map(ToString::to_string),
        says: slice.to_string(),
    };
    let off = all.iter().filter(|it| pair.rules.mapping(&it.name).is_none());
    CheckedPair {
        pair: pair.id.to_string(),
        location_id: pair.location_id.clone(),
        slice: (!slice.is_whole()).then(checked),
        anchor: pair.rules.anchor().map(str::to_owned),
        without: off.map(|it| it.name.to_string()).collect(),
    }
}

fn mapping(
    mapping: &Mapping,
    trips: &impl Fn(&Mapping, &FieldRule) -> Vec<CheckedTrip>,
) -> CheckedMapping {
    CheckedMapping {
        name: mapping.name.to_string(),
        upguard: mapping.resources.upguard.noun().into(),
        highlevel: mapping.resources.highlevel.noun().into(),
        fields: mapping.fields.iter().map(|it| field(it, trips(mapping, it))).collect(),
        sets: mapping.sets.iter().map(set).collect(),
    }
}

fn set(set: &SetRule) -> CheckedSet {
    let end = |end: &SetEnd| CheckedSetEnd {
        path: end.path.to_string(),
        shares: match &end.shares {
            Shares::Namespace(prefix) => CheckedShares::Namespace(prefix.clone()),
            Shares::Patterns(patterns) => CheckedShares::Patterns(patterns.clone()),
        },
    };
    CheckedSet {
        name: set.name.to_string(),
        upguard: end(&set.ends.upguard),
        highlevel: end(&set.ends.highlevel),
    }
}

/// What becomes of a change on the side that only follows.
fn follows(source: Side, drift: Drift) -> String {
    let follower = source.other();
    match drift {
        Drift::Report => format!("{source}'s; a change in {follower} is listed once, and left"),
        Drift::Restore => format!("{source}'s; a change in {follower} is put back"),
    }
}

fn field(field: &FieldRule, trips: Vec<CheckedTrip>) -> CheckedField {
    let flow = Flow::of(field);
    let rule = match (flow, field.contest) {
        (Flow::AtCreation, _) => "set when the record is made".into(),
        (Flow::ToUpguard, _) => follows(Side::Highlevel, field.drift),
        (Flow::ToHighlevel, _) => follows(Side::Upguard, field.drift),
        (Flow::BothWays, Contest::Hold) => "both changed: a person decides".into(),
        (Flow::BothWays, Contest::Prefer(side)) => format!("both changed: {side} wins"),
        (Flow::BothWays, Contest::LastWriteWins { fallback: Fallback::Hold }) => {
            "the later change wins; unsure: a person decides".into()
        }
        (Flow::BothWays, Contest::LastWriteWins { fallback: Fallback::Upguard }) => {
            "the later change wins; unsure: UpGuard".into()
        }
        (Flow::BothWays, Contest::LastWriteWins { fallback: Fallback::Highlevel }) => {
            "the later change wins; unsure: HighLevel".into()
        }
    };
    CheckedField {
        name: field.name.to_string(),
        upguard: ends::said(&field.ends.upguard.path),
        highlevel: ends::said(&field.ends.highlevel.path),
        flow,
        rule,
        trips,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::tests::{MINIMAL, loaded};

    #[test]
    fn fields_say_which_way_they_go() {
        let text = format!("{MINIMAL}[mapping.vendors.attributes]\nphone = \"Main phone\"\n");
        let checked = Checked::of(&loaded(&text));
        let flow = |mapping: &str, field: &str| {
            let mapping = checked.mappings.iter().find(|it| it.name == mapping).unwrap();
            mapping.fields.iter().find(|it| it.name == field).unwrap().flow
        };
        assert_eq!(flow("vendors", "name"), Flow::ToHighlevel);
        assert_eq!(flow("vendors", "phone"), Flow::BothWays);
        assert_eq!(flow("contacts", "company"), Flow::AtCreation);
        let mut bytes = Vec::new();
        checked.write_text(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("attributes.Main phone <->  phone"), "{text}");
    }

    #[test]
    fn sets_say_which_elements_are_shared() {
        let text = format!(
            "{MINIMAL}[mapping.labels]\nnamespace = \"vendor:\"\ninclude = [\"pci*\", \"dpa\"]\n"
        );
        let checked = Checked::of(&loaded(&text));
        let mut bytes = Vec::new();
        checked.write_text(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let line = "labels  labels like pci* or dpa <-> tags that begin with vendor:";
        assert!(text.contains(line), "{text}");
    }
}
