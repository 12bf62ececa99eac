//! Was it a good life? Judges of the end: by what both systems hold, what happened to them, and what the ledger
//! says of it. Each answers with complaints; none means that all is well.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use concordat_ledger::{History, MemoryDisk, Standing, verify_on};
use concordat_model::{Action, Entry, Event, IntentId, Outcome, PairId, Plan, Time};
use concordat_oracle::{MARKER_FIELD, labels, reported, rows, text, twins};
use concordat_report::{Filter, HistoryDocument, changes};
use serde_json::{Value, json};

use super::chances::Chances;
use super::{deletions, fields, rights};
use crate::night::shared::vendors_told;

/// What is judged.
pub struct End {
    /// What both systems hold.
    pub state: Value,
    /// What happened to them, in its order.
    pub effects: Vec<Value>,
    /// The ledger's entries.
    pub entries: Vec<Entry>,
    /// What they add up to.
    pub standing: Standing,
    /// The history, as it is printed.
    pub history: Value,
    /// The last plan.
    pub plan: Plan,
    /// Whether all that happened can be told.
    pub is_told_in_full: bool,
    /// Whether requests may arrive when what they rest on is long past.
    pub arrive_late: bool,
    /// The field that an automation watches.
    pub watched: Option<&'static str>,
}

impl End {
    /// Reads the ledger as anybody may.
    ///
    /// # Errors
    /// If it is not what was written.
    pub fn of(
        (state, effects): (Value, Vec<Value>),
        (disk, pair): (&MemoryDisk, &PairId),
        plan: Plan,
        chances: &Chances,
    ) -> Result<End, String> {
        verify_on(disk).map_err(|error| error.to_string())?;
        let history = History::read_on(disk).map_err(|error| error.to_string())?;
        let standing = history.standing(pair);
        let entries: Vec<Entry> = history.entries().filter_map(|it| it.entry()).cloned().collect();
        let history = HistoryDocument::of(changes(&entries, &Filter::default()));
        let history = json!(history);
        let (is_told_in_full, arrive_late) = (chances.is_told_in_full(), chances.arrive_late());
        let watched = chances.workflow.map(|it| it.field());
        Ok(End {
            state,
            effects,
            entries,
            standing,
            history,
            plan,
            is_told_in_full,
            arrive_late,
            watched,
        })
    }

    /// All complaints.
    pub fn complaints(&self) -> Vec<String> {
        let mut all = twins::made_twice(&self.looked_at());
        all.extend(self.unannounced());
        all.extend(self.ended_for_nothing());
        all.extend(self.open());
        if self.is_told_in_full {
            all.extend(self.told_otherwise());
        }
        for pair in fields::pairs(&self.standing, &self.entries) {
            let waits = self.waiting();
            if !pair.is_writable(&self.state) || pair.ids().iter().any(|it| waits.contains(*it)) {
                continue;
            }
            all.extend(pair.differs(&self.state, self.watched));
            if !self.arrive_late {
                all.extend(pair.lost(&self.effects, self.watched));
            }
        }
        all.extend(self.labels_differ());
        all.extend(rights::complaints(self));
        all
    }

    /// What requests did to records; how fields are defined is another matter.
    fn by_api(&self) -> Vec<Value> {
        self.effects.iter().filter(|it| is_ours(it)).cloned().collect()
    }

    /// What happened to records that people left alone until the next run had looked at them. What they delete
    /// or change before that, a run whose reading failed has never seen.
    fn looked_at(&self) -> Vec<Value> {
        let runs = self.entries.iter().filter(|it| matches!(it.event, Event::RunBegan(_)));
        let runs: Vec<Time> = runs.map(|it| it.at).collect();
        let mut wrote: BTreeMap<String, Time> = BTreeMap::new();
        let mut unseen = BTreeSet::new();
        for effect in &self.effects {
            let (whom, at) = (of_whom(effect), at(effect));
            match effect["actor"] == "person" {
                false => drop(wrote.insert(whom, at)),
                true => {
                    let written = wrote.get(&whom);
                    if written.is_some_and(|it| !runs.iter().any(|run| it < run && *run < at)) {
                        unseen.insert(whom);
                    }
                }
            }
        }
        self.effects.iter().filter(|it| !unseen.contains(&of_whom(it))).cloned().collect()
    }

    /// What happened is what the history tells. How the text of a task comes about is not compared, and what is
    /// sent beside the fields of a new record is not read back.
    fn told_otherwise(&self) -> Vec<String> {
        let is_task = |it: &Value| it["entity"] == "task";
        let mut effects = self.looked_at();
        effects.retain(|it| is_ours(it) && !is_task(it) && !comes_along(it));
        let mut history = self.history.clone();
        let there: BTreeSet<String> = self.looked_at().iter().map(|it| text(&it["id"])).collect();
        let swallowed = self.swallowed();
        if let Some(changes) = history["changes"].as_array_mut() {
            changes.retain(|it| !is_task(it) && there.contains(&text(&it["record"]["id"])));
            let is_made_there = |it: &&Value| {
                it["action"] == "create" && swallowed.contains(&text(&it["record"]["id"]))
            };
            let elsewhere: Vec<Value> =
                changes.iter().filter(is_made_there).map(|it| it["seq"].clone()).collect();
            changes.retain(|it| !elsewhere.contains(&it["seq"]));
        }
        let deleted = effects.iter().filter(|it| deletions::is_deleted(it));
        let deleted: BTreeSet<String> = deleted.map(|it| text(&it["id"])).collect();
        // A deletion is told field by field.
        effects.retain(|it| !deleted.contains(&text(&it["id"])));
        let mut told = BTreeSet::new();
        if let Some(changes) = history["changes"].as_array_mut() {
            let id = |it: &Value| text(&it["record"]["id"]);
            told.extend(changes.iter().filter(|it| it["action"] == "delete").map(id));
            changes.retain(|it| !deleted.contains(&id(it)));
        }
        let untold = deleted.difference(&told);
        let mut complaints = reported::history_differs(&effects, &history);
        complaints.extend(untold.map(|it| format!("{it} was deleted, and nobody reported it")));
        complaints.retain(|it| !it.contains("reported beside it as"));
        complaints
    }

    /// The contacts into which people merged one that we had just made, before any run had seen it. It is found by
    /// its marker, and told of under the id that is left.
    fn swallowed(&self) -> BTreeSet<String> {
        let by_people = self.effects.iter().filter(|it| it["actor"] == "person");
        let marked = by_people.filter(|it| it["field"] == MARKER_FIELD && !it["after"].is_null());
        marked.map(|it| text(&it["id"])).collect()
    }

    /// Whatever a request did was intended before, durably.
    fn unannounced(&self) -> Vec<String> {
        let mut intents: BTreeMap<(String, Option<String>), Vec<Time>> = BTreeMap::new();
        for entry in &self.entries {
            let Event::Intended { step, .. } = &entry.event else { continue };
            let record = step.record.as_ref().map(|it| it.id.as_str().to_owned());
            let side = step.side.key().to_owned();
            intents.entry((side, record)).or_default().push(entry.at);
        }
        let mut made: BTreeMap<String, usize> = BTreeMap::new();
        let mut complaints = Vec::new();
        let intended = |it: &Value| !comes_along(it) && !deletions::goes_along(it);
        for effect in self.by_api().into_iter().filter(intended) {
            let (side, at) = (text(&effect["side"]), at(&effect));
            let is_made = effect["field"].is_null() && effect["before"].is_null();
            let record = (!is_made).then(|| text(&effect["id"]));
            let before = |known: &Vec<Time>| known.iter().filter(|it| **it <= at).count();
            let announced = intents.get(&(side.clone(), record)).map_or(0, before);
            let needed = match is_made {
                true => made.entry(side).and_modify(|it| *it += 1).or_insert(1),
                false => &mut 1,
            };
            if announced < *needed {
                complaints.push(format!("it was done, and not intended before: {effect}"));
            }
        }
        complaints
    }

    /// What is archived or deleted stood for something that people took away, or put to sleep.
    fn ended_for_nothing(&self) -> Vec<String> {
        let mut left: BTreeSet<String> = BTreeSet::new();
        for effect in self.effects.iter().filter(|it| it["actor"] == "person") {
            let is_gone = effect["field"].is_null() && effect["after"].is_null();
            let sleeps = effect["field"] == "monitored" || effect["entity"] == "risk";
            if is_gone || sleeps {
                left.insert(text(&effect["id"]));
            }
        }
        let vendor_of = |id: &str| {
            let of = |it: &&Value| {
                let record = if it["after"].is_null() { &it["before"] } else { &it["after"] };
                text(&it["id"]) == id && !record["vendor_id"].is_null()
            };
            let effect = self.effects.iter().find(of);
            let row =
                rows(&self.state["upguard"]["contacts"]).iter().find(|it| text(&it["id"]) == id);
            row.map(|it| text(&it["vendor_id"]))
                .or_else(|| effect.map(|it| text(&it["before"]["vendor_id"])))
        };
        let mut complaints = Vec::new();
        for entry in &self.entries {
            let Event::Closed { outcome: Outcome::Verified(receipt), .. } = &entry.event else {
                continue;
            };
            if !matches!(receipt.action, Action::Archive | Action::Delete) {
                continue;
            }
            let went =
                |id: &str| left.contains(id) || vendor_of(id).is_some_and(|it| left.contains(&it));
            let sources = &receipt.sources;
            if sources.is_empty() || !sources.iter().all(|it| went(it.id.as_str())) {
                let name = &receipt.record;
                complaints.push(format!("{name} was ended, and {sources:?} did not leave"));
            }
        }
        complaints
    }

    /// In the end nothing is in doubt, by what was written down and not by what it is said to add up to.
    fn open(&self) -> Vec<String> {
        let mut open = BTreeMap::new();
        for entry in &self.entries {
            match &entry.event {
                Event::Intended { intent, .. } => drop(open.insert(intent, entry.at)),
                Event::Closed { intent, .. } => drop(open.remove(intent)),
                _ => {}
            }
        }
        let says =
            |(intent, at): (&IntentId, Time)| format!("{} is still in doubt since {at}", intent.0);
        open.into_iter().map(says).collect()
    }

    /// Records about which the last plan says that something waits or cannot be done.
    pub fn waiting(&self) -> BTreeSet<String> {
        let Plan { conflicts, cases, held, drift, quarantined, .. } = &self.plan;
        let conflicts = conflicts.iter().flat_map(|it| it.records());
        let cases = cases.iter().map(|it| &it.record);
        let notices = held.iter().chain(drift).map(|it| &it.record);
        let all = conflicts.chain(cases).chain(notices).map(|it| it.id.as_str().to_owned());
        all.chain(quarantined.iter().map(|it| it.record.id.as_str().to_owned())).collect()
    }

    /// Tags say what labels say, at contacts whose vendors can all be written and of which nothing waits, and
    /// none of whose people left: where those stood, a mirror that was lost does not know.
    fn labels_differ(&self) -> Vec<String> {
        let waits = self.waiting();
        let is_plain = |id: &String| {
            let vendors = rows(&self.state["upguard"]["vendors"]);
            vendors.iter().any(|it| {
                text(&it["id"]) == *id
                    && it["monitored"] == true
                    && !text(&it["primary_hostname"]).is_empty()
                    && labels::items(it, "labels").iter().all(|label| !label.contains(','))
            })
        };
        let mut vendors_of = vendors_told(&self.state, &self.history);
        let people = rows(&self.state["upguard"]["contacts"]);
        let mut left = BTreeSet::new();
        for row in rows(&self.history["changes"]).iter().filter(|it| it["mapping"] == "contacts") {
            let keys = || rows(&row["sources"]).iter().chain([&row["record"]]);
            let of = |kind: &'static str| keys().filter(move |it| it["resource"] == kind);
            let here = |key: &Value| people.iter().any(|it| text(&it["id"]) == text(&key["id"]));
            if of("vendor_contact").any(|it| !here(it)) {
                left.extend(of("contact").map(|it| text(&it["id"])));
            }
        }
        vendors_of.retain(|contact, vendors| {
            if left.contains(contact) {
                return false;
            }
            vendors.len() == 1
                && vendors.iter().all(is_plain)
                && !waits.contains(contact)
                && !vendors.iter().any(|it| waits.contains(it))
        });
        let mut state = self.state.clone();
        if let Some(contacts) = state["highlevel"]["contacts"].as_array_mut() {
            contacts.retain(|it| vendors_of.contains_key(&text(&it["id"])));
        }
        labels::differ(&state, &vendors_of)
    }
}

/// Whether a request did it, to a record.
fn is_ours(effect: &Value) -> bool {
    effect["actor"] == "api" && effect["entity"] != "customField"
}

/// The record of an effect.
fn of_whom(effect: &Value) -> String {
    format!("{} {} {}", effect["side"], effect["entity"], effect["id"])
}

/// Whether it is a part of another one: with a threat its request for remediation is closed, and reasons are
/// given.
fn comes_along(effect: &Value) -> bool {
    effect["entity"] == "remediation_request"
        || effect["entity"] == "threat"
            && ["reason", "remediation_reason", "remediation_outcome"]
                .contains(&text(&effect["field"]).as_str())
}

/// When an effect was, in our clock.
pub fn at(effect: &Value) -> Time {
    let at = effect["at"].as_str().and_then(|it| DateTime::parse_from_rfc3339(it).ok());
    at.expect("a time").to_utc()
}

/// So long before a write at most lies the reading on which it rests: what a person does in between, nobody
/// can see.
pub const UNSEEN: TimeDelta = TimeDelta::seconds(30);
