//! What is the whole pretended world, and what happens when a request reaches it? One state
//! machine: no I/O, no wall clock, no entropy. The caller brings the time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::damage;
use crate::effects::{Actor, Effect, Occasion};
use crate::highlevel::locations::Locations;
use crate::highlevel::oauth;
use crate::http::{Request, Response, System, http_date};
use crate::options::Options;
use crate::population;
use crate::route;
use crate::strikes::{Fault, Strikes, Target};
use crate::switches::{self, Switches};
use crate::upguard::UpGuard;

/// What is counted of every request, by path template; status 0 is a cut connection.
pub(crate) type Counted = (System, String, &'static str, u16, bool);

/// Both systems, their clocks, their faults and the ledger of what changed.
#[derive(Clone, Debug)]
pub struct World {
    /// The vendor risk side.
    pub(crate) upguard: UpGuard,
    /// The CRM side.
    pub(crate) highlevel: Locations,
    pub(crate) effects: Vec<Effect>,
    pub(crate) requests: BTreeMap<Counted, u64>,
    pub(crate) switches: Switches,
    pub(crate) strikes: Strikes,
    advance: TimeDelta,
}

impl World {
    /// A populated world; equal options make equal worlds.
    pub fn new(options: &Options) -> Self {
        let (upguard, highlevel) = population::settle(options);
        Self {
            upguard,
            highlevel,
            effects: Vec::new(),
            requests: BTreeMap::new(),
            switches: options.switches.clone(),
            strikes: options.strikes.clone(),
            advance: TimeDelta::zero(),
        }
    }

    /// Answers one request to one system. `now` is the caller's clock; the systems see it advanced
    /// by the control clock and bent by their skew.
    pub fn handle(&mut self, now: DateTime<Utc>, system: System, request: &Request) -> Response {
        let Self { upguard, highlevel, effects, switches, strikes, .. } = self;
        let at = now + self.advance;
        let side_time = at + switches.skew(system);
        let label = format!("{} {}", request.method, request.path);
        let mut occasion = Occasion {
            side: system,
            at,
            side_time,
            actor: Actor::Api,
            request: Some(label),
            switches,
            effects,
        };
        let outcome = match system {
            System::UpGuard => route::answer(upguard, &mut occasion, strikes, request),
            System::HighLevel => {
                match oauth::answer(highlevel, side_time, occasion.switches, request) {
                    Some((template, response)) => given(template, response, strikes, request),
                    None => {
                        let location = highlevel.opened_by(request);
                        route::answer(location, &mut occasion, strikes, request)
                    }
                }
            }
        };
        let target = Target { system, method: &request.method, template: outcome.template };
        let mut response = damage::damaged(strikes, &target, request, outcome.response);
        response.set("date", http_date(side_time));
        let method = request.method.clone();
        let counted = (system, method, outcome.template, response.status, outcome.writing);
        *self.requests.entry(counted).or_insert(0) += 1;
        response
    }

    /// The caller's clock as the world sees it, before skew.
    pub fn virtual_time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.advance
    }

    /// Lets so much time pass for both systems, a century in all at most.
    pub fn advance(&mut self, by: TimeDelta) {
        let sum = self.advance.checked_add(&by).unwrap_or(self.advance);
        self.advance = sum.clamp(switches::seconds(i64::MIN), switches::seconds(i64::MAX));
    }

    /// Every state change so far.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Turns switches and strikes by name, all or none; the error lists the known names.
    pub fn turn(&mut self, wanted: &Map<String, Value>) -> Result<(), String> {
        switches::turn(&mut self.switches, &mut self.strikes, wanted)
    }

    /// Does what a person would do in a system's own pages and answers the record's id.
    pub fn edit(&mut self, now: DateTime<Utc>, edit: &Edit) -> Result<Value, String> {
        let Self { upguard, highlevel, effects, switches, .. } = self;
        let at = now + self.advance;
        let mut occasion = Occasion {
            side: edit.side,
            at,
            side_time: at + switches.skew(edit.side),
            actor: Actor::Person,
            request: None,
            switches,
            effects,
        };
        let highlevel = highlevel.named(edit.location.as_deref())?;
        let (entity, person) = (edit.entity.as_str(), &mut occasion);
        match (edit.side, &edit.change) {
            (System::UpGuard, Change::Create(set)) => upguard.create_by_hand(person, entity, set),
            (System::UpGuard, Change::Set(id, set)) => upguard.set_by_hand(person, entity, id, set),
            (System::UpGuard, Change::Delete(id)) => upguard.delete_by_hand(person, entity, id),
            (System::HighLevel, Change::Create(set)) => {
                highlevel.create_by_hand(person, entity, set)
            }
            (System::HighLevel, Change::Set(id, set)) => {
                highlevel.set_by_hand(person, entity, id, set)
            }
            (System::HighLevel, Change::Delete(id)) => highlevel.delete_by_hand(person, entity, id),
            (System::HighLevel, Change::Merge(id, losers)) => {
                highlevel.merge_by_hand(person, entity, id, losers)
            }
            (System::UpGuard, Change::Merge(..)) => Err("upguard merges nothing".into()),
        }
    }
}

/// A token that was asked for, and whose answer may get lost on the way.
fn given(
    template: &'static str,
    response: Response,
    strikes: &mut Strikes,
    request: &Request,
) -> route::Outcome {
    let writing = false;
    let target = Target { system: System::HighLevel, method: &request.method, template };
    let is_lost = strikes.take(Fault::DropAfterCommit.name(), &target).is_some();
    let response = Response { dropped: is_lost, ..response };
    route::Outcome { template, writing, response }
}

/// Something a person does in a system's own pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// Where.
    pub side: System,
    /// In which of HighLevel's locations; the first, if it is not said.
    pub location: Option<String>,
    /// `vendor`, `contact`, `attribute`, `threat`, `comment`, `notification`; `contact`,
    /// `business`, `task`, `note`.
    pub entity: String,
    /// What.
    pub change: Change,
}

/// What a person can do to a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Make one with these fields.
    Create(Map<String, Value>),
    /// Change these fields of one.
    Set(Value, Map<String, Value>),
    /// Remove one.
    Delete(Value),
    /// Fold others into one: they vanish, it gains what it lacked (HighLevel sheet §6.7).
    Merge(Value, Vec<Value>),
}
