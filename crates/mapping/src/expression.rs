//! What does an expression say of a record? A person's own condition on a vendor or one of its people, or a
//! text made of their fields: a minijinja expression, one way only, since nobody can turn it round.
//!
//! It sees the fields of one record (and of the vendor it belongs to), reads no file and includes nothing,
//! and stops when its fuel is spent. What cannot be worked out is an error, and nothing follows from it: an
//! empty text is `""`, but a number that is not there is no number, which `<` would put before all others.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use concordat_model::{Held, Reading, Value};
use minijinja::value::{Enumerator, Object, Value as Jinja};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::capability::ATTRIBUTE;
use crate::lens::clean;
use crate::nearest::nearest;
use crate::sets::items;
use crate::translation::Foreign;

/// So many steps are enough for any condition, and soon over.
const FUEL: u64 = 20_000;

/// No template can be loaded, so nothing can be included.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

/// What an expression is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A vendor.
    Vendor,
    /// A person at a vendor.
    Person,
}

const TEXTS_OF_VENDOR: [&str; 3] = ["name", "primary_hostname", "assessment"];
const NUMBERS_OF_VENDOR: [&str; 2] = ["tier", "score"];
const LISTS_OF_VENDOR: [&str; 2] = ["labels", "portfolios"];
const TEXTS_OF_PERSON: [&str; 5] = ["name", "title", "email_address", "phone_mobile", "notes"];
/// A vendor's attributes by name, the vendor of a person, and the names of what holds nothing.
const ATTRIBUTES: &str = "attributes";
const OWNER: &str = "vendor";
const EMPTY: &str = "empty";

impl Subject {
    /// The names that an expression about it can use.
    fn names(self) -> Vec<&'static str> {
        match self {
            Subject::Vendor => TEXTS_OF_VENDOR
                .into_iter()
                .chain(NUMBERS_OF_VENDOR)
                .chain(LISTS_OF_VENDOR)
                .chain([ATTRIBUTES, EMPTY])
                .collect(),
            Subject::Person => TEXTS_OF_PERSON.into_iter().chain([OWNER, EMPTY]).collect(),
        }
    }
}

/// An expression that can be read.
#[derive(Clone)]
pub struct Expression {
    source: String,
    compiled: Arc<minijinja::Expression<'static, 'static>>,
}

/// A name in an expression that stands for nothing.
pub struct Stranger {
    /// What is wrong.
    pub says: String,
    /// What would be right.
    pub hint: String,
    /// Where it stands in the expression.
    pub at: Range<usize>,
}

impl Expression {
    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it holds of a record. What cannot be worked out does not.
    pub fn holds(&self, record: &Reading, owner: Option<&Reading>) -> bool {
        let held = self.compiled.eval(Jinja::from_object(Scope::of(record, owner)));
        held.is_ok_and(|it| it.is_true() && !it.is_undefined())
    }

    /// The text that it makes of a record.
    ///
    /// # Errors
    /// If it cannot be worked out, or is no text and no number.
    pub fn text(&self, record: &Reading, owner: Option<&Reading>) -> Result<Held, Foreign> {
        let made = self.compiled.eval(Jinja::from_object(Scope::of(record, owner)));
        let made = made.map_err(|_| Foreign)?;
        match made.as_str() {
            Some(text) => Ok(clean(text).map(Value::Text)),
            None if made.is_none() => Ok(None),
            None if made.is_number() => Ok(Some(Value::Text(made.to_string()))),
            None => Err(Foreign),
        }
    }

    /// Whether it uses this field of a vendor.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let owned = format!("{OWNER}.{name}");
        self.compiled.undeclared_variables(true).into_iter().any(|it| it == name || it == owned)
    }

    /// The first name that stands for nothing in an expression about `subject`.
    pub fn stranger(&self, subject: Subject) -> Option<Stranger> {
        let mut used: Vec<String> = self.compiled.undeclared_variables(true).into_iter().collect();
        used.sort();
        used.into_iter().find_map(|path| self.strange(&path, subject))
    }

    fn strange(&self, path: &str, subject: Subject) -> Option<Stranger> {
        let (name, below) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
        let is_function = ENVIRONMENT.globals().any(|(it, _)| it == name);
        let known = subject.names();
        let (name, known) = match (subject, below) {
            (Subject::Person, Some(below)) if name == OWNER => {
                (below.split('.').next().unwrap_or(below), Subject::Vendor.names())
            }
            (_, _) if is_function => return None,
            (_, _) => (name, known),
        };
        if known.contains(&name) {
            return None;
        }
        let start = self.source.find(name).unwrap_or_default();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", known.join(", ")),
        };
        let says = format!("{name:?} stands for nothing here");
        Some(Stranger { says, hint, at: start..start + name.len() })
    }
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(source: &str) -> Result<Self, String> {
        let compiled =
            ENVIRONMENT.compile_expression_owned(source.to_owned()).map_err(|error| {
                let detail = error.detail().unwrap_or("it cannot be read");
                format!("this is no expression: {detail}")
            })?;
        Ok(Expression { source: source.to_owned(), compiled: Arc::new(compiled) })
    }
}

/// What is said is what counts.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.source)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for Expression {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.source.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Expression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A minijinja expression, without braces: tier == 1 and \"pci\" in labels.",
            "type": "string",
            "format": "expression"
        })
    }
}

/// The fields of a record, as an expression sees them.
#[derive(Debug)]
struct Scope(BTreeMap<&'static str, Jinja>);

impl Scope {
    /// The fields of a vendor; with an owner, of one of its people.
    fn of(record: &Reading, owner: Option<&Reading>) -> Scope {
        match owner {
            None => Scope::new(record, &TEXTS_OF_VENDOR, &NUMBERS_OF_VENDOR, &LISTS_OF_VENDOR)
                .and(ATTRIBUTES, Attributes::of(record)),
            Some(vendor) => Scope::new(record, &TEXTS_OF_PERSON, &[], &[])
                .and(OWNER, Jinja::from_object(Scope::of(vendor, None))),
        }
    }

    fn new(
        record: &Reading,
        texts: &[&'static str],
        numbers: &[&'static str],
        lists: &[&'static str],
    ) -> Scope {
        let held = |name: &str| record.get(&name.into());
        let text = |name: &'static str| match held(name) {
            Some(Some(value)) => Jinja::from(value.to_string()),
            Some(None) => Jinja::from(""),
            None => missing(name),
        };
        let number = |name: &'static str| match held(name) {
            Some(Some(Value::Integer(number))) => Jinja::from(*number),
            Some(_) | None => missing(name),
        };
        let list = |name: &'static str| match held(name) {
            Some(set) => items(set).cloned().collect::<Vec<String>>().into(),
            None => missing(name),
        };
        let is_empty = |name: &&&'static str| matches!(held(name), Some(None));
        let empty: Vec<&str> =
            texts.iter().chain(numbers).chain(lists).filter(is_empty).copied().collect();
        let mut all: BTreeMap<&'static str, Jinja> =
            texts.iter().map(|name| (*name, text(name))).collect();
        all.extend(numbers.iter().map(|name| (*name, number(name))));
        all.extend(lists.iter().map(|name| (*name, list(name))));
        all.insert(EMPTY, empty.into());
        Scope(all)
    }

    fn and(mut self, name: &'static str, value: Jinja) -> Scope {
        self.0.insert(name, value);
        self
    }
}

/// An error as soon as it is used.
fn missing(name: &str) -> Jinja {
    Jinja::from(Error::new(ErrorKind::UndefinedError, format!("{name} holds nothing")))
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        self.0.get(key.as_str()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The attributes of a vendor, by name. UpGuard leaves out those that hold nothing (`upguard.md` §4.1).
#[derive(Debug)]
struct Attributes(BTreeMap<String, String>);

impl Attributes {
    fn of(vendor: &Reading) -> Jinja {
        let held = vendor.iter().filter_map(|(path, held)| {
            let name = path.as_str().strip_prefix(ATTRIBUTE)?;
            Some((name.to_owned(), held.as_ref()?.to_string()))
        });
        Jinja::from_object(Attributes(held.collect()))
    }
}

impl Object for Attributes {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        Some(self.0.get(key.as_str()?).cloned().unwrap_or_default().into())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendor() -> Reading {
        let set = |it: &str| Some(Value::Set([it.to_owned()].into()));
        [
            ("name", Some(Value::text("Acme"))),
            ("assessment", None),
            ("score", Some(Value::Integer(712))),
            ("tier", None),
            ("labels", set("pci")),
            ("attributes.Cost centre", Some(Value::text("42"))),
        ]
        .into_iter()
        .map(|(path, held)| (path.into(), held))
        .collect()
    }

    fn person() -> Reading {
        [("title", Some(Value::text("CISO"))), ("notes", None)]
            .into_iter()
            .map(|(path, held)| (path.into(), held))
            .collect()
    }

    fn expression(source: &str) -> Expression {
        source.parse().unwrap_or_else(|says| panic!("{source}: {says}"))
    }

    #[test]
    fn conditions_hold_or_do_not_and_what_is_unknown_does_not() {
        for (source, holds) in [
            ("score > 700 and 'pci' in labels", true),
            ("score > 900", false),
            ("attributes['Cost centre'] == '42'", true),
            ("attributes.Nothing == ''", true),
            ("assessment == ''", true),
            // A number that is not there is neither small nor large, nor anything else.
            ("tier <= 2", false),
            ("tier > 2", false),
            ("not tier > 2", false),
            ("'tier' in empty or tier > 2", true),
            ("primary_hostname == ''", false),
            ("portfolios == []", false),
            ("name | lower == 'acme'", true),
            ("range(1000000) | length > 3", false),
            ("name.nothing", false),
        ] {
            assert_eq!(expression(source).holds(&vendor(), None), holds, "{source}");
        }
        let of_person = |source| expression(source).holds(&person(), Some(&vendor()));
        assert!(of_person("'ciso' in title | lower and vendor.score > 700"));
        assert!(!of_person("vendor.tier == 1"));
    }

    #[test]
    fn texts_are_made_of_fields() {
        let text = |source| expression(source).text(&vendor(), None);
        assert_eq!(text("name ~ ': ' ~ score"), Ok(Some(Value::text("Acme: 712"))));
        assert_eq!(text("score // 100"), Ok(Some(Value::text("7"))));
        assert_eq!(text("assessment"), Ok(None));
        assert_eq!(text("name if 'dpa' in labels else none"), Ok(None));
        for source in ["tier", "labels", "score > 3", "name ~ tier", "1 / 0", "primary_hostname"] {
            assert_eq!(text(source), Err(Foreign), "{source}");
        }
    }

    #[test]
    fn names_that_stand_for_nothing_are_found() {
        let told = |source: &str, subject| {
            let it = expression(source).stranger(subject).expect(source);
            (source[it.at].to_owned(), it.hint)
        };
        assert_eq!(
            told("teir <= 2", Subject::Vendor),
            ("teir".into(), "did you mean tier?".into())
        );
        assert_eq!(told("vendor.scor > 2", Subject::Person).0, "scor");
        assert_eq!(told("vendor.name", Subject::Vendor).0, "vendor");
        assert!(told("banana", Subject::Person).1.contains("email_address"));
        for (source, subject) in [
            ("'pci' in labels and range(3)", Subject::Vendor),
            ("attributes.Town", Subject::Vendor),
            ("vendor.attributes['Town'] ~ vendor.tier", Subject::Person),
        ] {
            assert!(expression(source).stranger(subject).is_none(), "{source}");
        }
        for wrong in ["tier <=", "{{ tier }}", "", "tier tier"] {
            assert!(wrong.parse::<Expression>().is_err(), "{wrong}");
        }
    }
}
