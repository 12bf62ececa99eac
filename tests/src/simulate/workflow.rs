//! What does an automation do that watches a field? As soon as a request has written it, or a while later, it
//! changes it once more: it puts a word before it, or puts back what was there.

use chrono::TimeDelta;
use concordat_model::Time;
use concordat_oracle::text;
use concordat_sandbox::{Actor, Change, Edit, Effect, System};
use serde_json::{Map, Value, json};

use crate::night::persons::Dice;

/// Where automations watch: a side, a kind of record, and a field as effects name it.
const WATCHED: [(System, &str, &str); 5] = [
    (System::HighLevel, "business", "address"),
    (System::HighLevel, "business", "email"),
    (System::HighLevel, "contact", "firstName"),
    (System::UpGuard, "vendor", "attributes.Main email"),
    (System::UpGuard, "vendor", "attributes.Postal address"),
];

/// The word that is put before a value.
const CHECKED: &str = "checked ";

/// An automation.
#[derive(Clone, Copy, Debug)]
pub struct Workflow {
    watched: (System, &'static str, &'static str),
    restores: bool,
    /// After so long.
    after: TimeDelta,
}

impl Workflow {
    /// Any.
    pub fn of(dice: &mut Dice) -> Workflow {
        let watched = WATCHED[dice.below(WATCHED.len())];
        let after = TimeDelta::seconds([0, 1, 3600][dice.below(3)]);
        Workflow { watched, restores: dice.below(2) == 0, after }
    }

    /// What is watched: a field of a record, as its side's effects name it.
    pub fn field(&self) -> &'static str {
        self.watched.2
    }

    /// What it does about a change, and when.
    pub fn answers(&self, effect: &Effect, now: Time) -> Option<(Time, Edit)> {
        let (side, entity, field) = self.watched;
        let is_watched = effect.side == side
            && effect.entity == entity
            && effect.field.as_deref() == Some(field)
            && effect.actor == Actor::Api;
        let said = text(&effect.after);
        let to = match self.restores {
            true => effect.before.clone(),
            false if said.is_empty() || said.starts_with(CHECKED) => return None,
            false => json!(format!("{CHECKED}{said}")),
        };
        let set: Map<String, Value> = match field.split_once('.') {
            Some((outer, inner)) => {
                [(outer.to_owned(), json!({ inner: to }))].into_iter().collect()
            }
            None => [(field.to_owned(), to)].into_iter().collect(),
        };
        let change = Change::Set(effect.id.clone(), set);
        let edit = Edit { side, location: None, entity: entity.to_owned(), change };
        is_watched.then_some((now + self.after, edit))
    }
}
