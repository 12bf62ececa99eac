//! What is a life made of? The document, read: effects in their order, nights, and what is configured. Time is
//! counted in effects: at moment 3 the first three had happened.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Complaint;
use super::fields::{self, Field};
use super::links::{self, Links};
use super::timeline::Timeline;
use crate::named::Keys;
use crate::{Name, rows, text};

/// So many effects had happened.
pub type Moment = usize;

/// One change in one system.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The moment before it.
    pub moment: Moment,
    /// In virtual time.
    pub at: String,
    /// Whose record.
    pub name: Name,
    /// Which field; nothing: the record was made or deleted.
    pub field: Option<String>,
    /// What it held.
    pub before: Value,
    /// What it holds.
    pub after: Value,
    /// By a request, hence by the program.
    pub by_program: bool,
    /// By an automation of its side; whatever it does is else what a person does.
    pub is_automatic: bool,
}

impl Effect {
    fn of(moment: Moment, effect: &Value) -> Effect {
        Effect {
            moment,
            at: text(&effect["at"]),
            name: Name::of_effect(effect),
            field: effect["field"].as_str().map(str::to_owned),
            before: effect["before"].clone(),
            after: effect["after"].clone(),
            by_program: effect["actor"] == "api",
            is_automatic: effect["actor"] == "workflow",
        }
    }

    /// Whether it made a record.
    pub fn creates(&self) -> bool {
        self.field.is_none() && self.before.is_null()
    }

    /// Whether it took one away.
    pub fn deletes(&self) -> bool {
        self.field.is_none() && self.after.is_null()
    }

    /// Whether it is about a record of this kind.
    pub(super) fn is_of(&self, side: &str, entity: &str) -> bool {
        self.name.side == side && self.name.entity == entity
    }

    /// A complaint about it.
    pub(super) fn wrong(&self, invariant: &'static str, says: impl Into<String>) -> Complaint {
        let (record, at) = (self.name.clone(), self.at.clone());
        Complaint { invariant, record, at, says: says.into() }
    }
}

/// One run of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// The moment at which it began to read.
    pub from: Moment,
    /// The moment at which it ended.
    pub to: Moment,
    /// It said that all is done but what waits for people.
    pub whole: bool,
}

/// What is configured otherwise than built in.
#[derive(Clone, Debug)]
pub struct Terms {
    /// `attributes`: the vendor's attribute for each field of `vendors` that has one.
    pub attributes: BTreeMap<String, String>,
    /// `adopt`: whose value is taken where both differ when they first meet, by `MAPPING.FIELD`.
    pub adopt: BTreeMap<String, String>,
    /// `allow`: what is allowed by name: `close`, `reopen` and `assign` of threats, `business` for the
    /// business of a contact, `delete` where records may be deleted.
    pub allow: BTreeSet<String>,
    /// `clears`: whether HighLevel empties a field that is sent empty. At first yes.
    pub clears: bool,
    /// `anchored`: whether threats have their tasks at a contact. At first no.
    pub anchored: bool,
}

impl Terms {
    fn of(terms: &Value) -> Terms {
        let table = |member: &str| -> BTreeMap<String, String> {
            let members = terms[member].as_object().into_iter().flatten();
            members.map(|(name, value)| (name.clone(), text(value))).collect()
        };
        Terms {
            attributes: table("attributes"),
            adopt: table("adopt"),
            allow: rows(&terms["allow"]).iter().map(text).collect(),
            clears: terms["clears"] != false,
            anchored: terms["anchored"] == true,
        }
    }
}

/// A life, read.
#[derive(Debug)]
pub struct Life {
    /// Every change, in order.
    pub effects: Vec<Effect>,
    /// Every run, in order.
    pub nights: Vec<Night>,
    /// What is configured.
    pub terms: Terms,
    /// What both systems held at the end.
    pub(super) end: Value,
    pub(super) timeline: Timeline,
    pub(super) fields: Vec<Field>,
    pub(super) links: Links,
}

impl Life {
    /// As the document tells.
    ///
    /// # Panics
    /// If it is no life.
    pub fn of(life: &Value) -> Life {
        let (mut start, mut end) = (life["start"].clone(), life["end"].clone());
        assert!(start["upguard"].is_object() && end["highlevel"].is_object(), "no life");
        let keys = Keys::of(&end);
        keys.in_state(&mut start);
        keys.in_state(&mut end);
        let mut told = life["effects"].as_array().expect("the effects of a life").clone();
        told.iter_mut().for_each(|it| keys.in_effect(it));
        let effects: Vec<Effect> =
            told.iter().enumerate().map(|(moment, it)| Effect::of(moment, it)).collect();
        let moment = |night: &Value, member: &str| {
            let number = night[member].as_u64().and_then(|it| Moment::try_from(it).ok());
            number.filter(|it| *it <= effects.len()).expect("a moment of a night")
        };
        let nights: Vec<Night> = rows(&life["nights"])
            .iter()
            .map(|it| Night {
                from: moment(it, "from"),
                to: moment(it, "to"),
                whole: it["whole"] != false,
            })
            .collect();
        let terms = Terms::of(&life["terms"]);
        let timeline = Timeline::of(&start, &effects);
        let fields = fields::all(&terms);
        let links = links::concluded(&effects, &nights, &timeline);
        Life { effects, nights, terms, end, timeline, fields, links }
    }

    /// What the program changed.
    pub(super) fn deeds(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(|it| it.by_program)
    }

    /// When the run that did this had begun to read; the start of everything if no night did it.
    pub(super) fn read_from(&self, deed: Moment) -> Moment {
        let night = self.nights.iter().find(|it| it.from <= deed && deed < it.to);
        night.map_or(0, |it| it.from)
    }

    /// Whether two moments are in one night, which reads one side before the other.
    pub(super) fn is_one_night(&self, one: Moment, other: Moment) -> bool {
        let holds = |it: &Night, moment: Moment| it.from <= moment && moment < it.to;
        self.nights.iter().any(|it| holds(it, one) && holds(it, other))
    }

    /// Since when whatever people did has been seen by two whole nights, the last of which did nothing more;
    /// nothing, if it did not come to rest like this.
    pub(super) fn settled(&self) -> Option<Moment> {
        let [.., before_last, last] = &self.nights[..] else { return None };
        let rests = self.effects[last.from..].iter().all(|it| !it.by_program);
        (rests && before_last.whole && last.whole).then_some(before_last.from)
    }

    /// Whether a person touched the record at or after a moment.
    pub(super) fn is_touched_since(&self, name: &Name, since: Moment) -> bool {
        let later = self.effects.get(since..).unwrap_or_default();
        later.iter().any(|it| !it.by_program && it.name == *name)
    }

    /// Whether a whole night began and ended between two moments.
    pub(super) fn is_night_between(&self, from: Moment, to: Moment) -> bool {
        self.nights.iter().any(|it| it.whole && from <= it.from && it.to <= to)
    }
}
