//! What do the judges of whole lives say, who know nothing of the engine? A life is told as they want to hear it
//! ([`invariants`]): what both systems held at first, every change since, and when a run was at work.

use std::collections::BTreeSet;

use concordat_apply::Fate;
use concordat_model::entry::{Event, FieldReceipt, Outcome};
use concordat_model::{Agreed, Agreement, Link, MappingName, Rule};
use concordat_oracle::invariants::{self, Complaint};
use concordat_oracle::{rows, text};
use serde_json::{Map, Value, json};

use super::judge::End;
use super::process::Night;
use super::scene::Scene;
use crate::night::persons::TWO_WAY;

/// The promises that are held against every life, by their judges, and those against a life without faults only.
///
/// With faults these complain of some lives, most of which seem to be told to them as they were not: a quarantine
/// counts other nights than theirs (I2), the next run finds what a dead one wrote (I3), a reading that a dead process
/// took with it is not seen (I18). Until each of them is settled, [`super::judge`] alone asks there.
const WHATEVER_HAPPENS: [&str; 5] = ["ledger", "I1", "I4", "I5", "I20"];
const WITHOUT_FAULTS: [&str; 4] = ["I2", "I3", "I18", "I21"];
/// What an automation that has the last word in a field makes no sense of: that both sides agree and come to
/// rest, and that a value stood there when it was read.
const WITHOUT_WORKFLOWS: [&str; 4] = ["I1", "I2", "I3", "I21"];

/// A life, as it is told.
#[derive(Debug)]
pub struct Tale {
    start: Value,
    nights: Vec<Value>,
    terms: Value,
    /// The contact at which the tasks of our own organisation stand, and its address.
    anchor: [String; 2],
}

impl Tale {
    /// Before anything happened. `settings`: the configured mapping.
    pub fn begins(start: Value, settings: &Value) -> Tale {
        let attribute =
            |(field, attribute, _): (&str, &str, _)| (field.to_owned(), json!(attribute));
        let attributes: Map<String, Value> = TWO_WAY.map(attribute).into_iter().collect();
        let mut adopt = Map::new();
        for mapping in ["vendors", "contacts"] {
            for (field, of) in settings[mapping]["fields"].as_object().into_iter().flatten() {
                adopt.insert(format!("{mapping}.{field}"), of["adopt"].clone());
            }
        }
        let mut allow = rows(&settings["threats"]["allow"]).to_vec();
        let is_deleting = settings["contacts"]["gone"] == "delete";
        allow.extend(is_deleting.then(|| json!("delete")));
        let terms = json!({ "attributes": attributes, "adopt": adopt, "allow": allow });
        let organisation = text(&settings["anchors"]["organisation"]);
        let is_anchor = |it: &&Value| text(&it["email"]).to_lowercase() == organisation;
        let anchor = rows(&start["highlevel"]["contacts"]).iter().find(is_anchor);
        let anchor = [anchor.map(|it| text(&it["id"])).unwrap_or_default(), organisation];
        Tale { start, nights: Vec::new(), terms, anchor }
    }

    /// How many records both systems held at first.
    pub fn records(&self) -> usize {
        let sides = self.start.as_object().into_iter().flatten();
        let lists = sides.flat_map(|(_, side)| side.as_object().into_iter().flatten());
        lists.map(|(_, list)| rows(list).len()).sum()
    }

    /// A run was at work between two moments; nothing: it broke off. What a guard refused is none.
    /// `is_shown`: the systems showed all they have.
    pub fn night(&mut self, (from, to): (usize, usize), night: Option<&Night>, is_shown: bool) {
        let whole = match night {
            Some(Night { pushed: Err(_), .. }) => return,
            Some(night) => is_shown && is_whole(night),
            None => false,
        };
        self.nights.push(json!({ "from": from, "to": to, "whole": whole }));
    }

    /// All complaints. `end`: what the engine itself says that it left alone.
    pub fn complaints(mut self, scene: &Scene, end: &End) -> Vec<String> {
        let mut effects: Vec<Value> = scene.world.effects().iter().map(|it| json!(it)).collect();
        // What is changed when nobody expects it any more, no run changes: it is as if somebody else did. What is
        // made stays ours.
        for late in &scene.arrived_late {
            let effect = &mut effects[*late];
            if !effect["field"].is_null() {
                effect["actor"] = json!("late");
            }
        }
        // To and fro with an automation is to and fro.
        for automatic in &scene.automatic {
            effects[*automatic]["actor"] = json!("workflow");
        }
        // Whoever takes the anchor away, makes another one or gives it another address takes the tasks away.
        let [anchor, address] = &self.anchor;
        let is_another = |it: &Value| it["after"].to_string().to_lowercase().contains(address);
        let touches = |it: &Value| match text(&it["id"]) == *anchor {
            true => it["actor"] != "api" || it["field"] == "email",
            false => it["actor"] != "api" && is_another(it),
        };
        self.terms["anchored"] = json!(!effects.iter().any(touches));
        let life = json!({
            "start": self.start, "effects": effects, "end": scene.world.state(),
            "nights": self.nights, "terms": self.terms,
        });
        let (is_fair, is_free) = (scene.chances.is_fair(), scene.chances.workflow.is_none());
        // What a side refused or threw away, the last plan says, and does not try again.
        let (beside, waits) = (beside(end), if is_fair { stuck(end) } else { waiting(end) });
        let judged = invariants::judged(&life);
        let counts = |it: &&Complaint| {
            let is_asked = WHATEVER_HAPPENS.contains(&it.invariant)
                || is_fair && WITHOUT_FAULTS.contains(&it.invariant);
            let is_told = it.invariant == "I1" && waits.contains(&it.record.id);
            is_asked
                && !is_told
                && (is_free || !WITHOUT_WORKFLOWS.contains(&it.invariant))
                && !beside.contains(&it.record.id)
        };
        judged.iter().filter(counts).map(ToString::to_string).collect()
    }
}

/// The records of a link.
pub fn ids(link: &Link) -> impl Iterator<Item = String> {
    let ends = link.ends.upguard.iter().chain(&link.ends.highlevel);
    ends.map(|it| it.id.as_str().to_owned()).collect::<Vec<_>>().into_iter()
}

/// What is made for what these judges know nothing of.
fn beside(end: &End) -> BTreeSet<String> {
    let unknown = ["risks", "disclosures", "leads"];
    let links = end.standing.agreements.links.values();
    let linked = links.filter(|it| unknown.contains(&it.mapping.as_str())).flat_map(ids);
    let is_unknown = |it: &MappingName| unknown.contains(&it.as_str());
    let made = end.entries.iter().filter_map(|it| match &it.event {
        Event::Closed { outcome: Outcome::Verified(receipt), .. } => Some(receipt),
        _ => None,
    });
    let made = made.filter(|it| is_unknown(&it.mapping)).map(|it| it.record.id.as_str().to_owned());
    linked.chain(made).chain(marked(end, is_unknown)).collect()
}

/// What was made with the marker of a step of these mappings, also if nobody saw it again.
fn marked(end: &End, mappings: impl Fn(&MappingName) -> bool) -> Vec<String> {
    let markers: Vec<&String> = end
        .entries
        .iter()
        .filter_map(|it| match &it.event {
            Event::Intended { step, .. } if mappings(&step.mapping) => step.marker.as_ref(),
            _ => None,
        })
        .collect();
    let is_made = |it: &&Value| {
        let all = it["after"].to_string();
        it["field"].is_null() && markers.iter().any(|marker| all.contains(marker.as_str()))
    };
    end.effects.iter().filter(is_made).map(|it| text(&it["id"])).collect()
}

/// What stays as it is for a reason that lies in the systems, as the last plan says: another record has the value,
/// or is as good a match; a side cannot be written there, or threw the value away; nobody watches it. Whatever else
/// a plan leaves alone, it has to do in the end where nothing goes wrong.
fn stuck(end: &End) -> BTreeSet<String> {
    let links = &end.standing.agreements.links;
    let mut stuck = contested(end);
    stuck.extend(end.plan.cases.iter().map(|it| it.record.id.as_str().to_owned()));
    for notice in &end.plan.held {
        let id = notice.record.id.as_str();
        match notice.why.rule {
            Rule::Taken | Rule::Unwritable | Rule::Discarded => {
                stuck.extend(notice.link.iter().filter_map(|it| links.get(it)).flat_map(ids));
            }
            Rule::Dormant => {
                stuck.extend(links.values().filter(|it| ids(it).any(|it| it == id)).flat_map(ids))
            }
            _ => {}
        }
    }
    stuck
}

/// What carries a value about which several records of a side disagree: none of them gets it before they agree. And
/// a contact that had a value of its own, where its vendor had none, when it became one of its contacts.
fn contested(end: &End) -> BTreeSet<String> {
    let links = &end.standing.agreements.links;
    let held = end.plan.held.iter().filter(|it| it.why.rule == Rule::Contested);
    let ones: BTreeSet<_> = held
        .filter_map(|it| links.get(it.link.as_ref()?))
        .flat_map(|it| &it.ends.upguard)
        .collect();
    let keeps = |it: &Agreed| it.how == Agreement::Left && it.held.upguard.is_none();
    let is_theirs = |it: &&Link| {
        it.ends.upguard.iter().any(|it| ones.contains(it))
            || it.mapping.as_str() == "profiles" && it.base.values().any(keeps)
    };
    links.values().filter(is_theirs).flat_map(ids).collect()
}

/// What the last plan says of, and what is linked with that.
fn waiting(end: &End) -> BTreeSet<String> {
    let waits = end.waiting();
    let links = end.standing.agreements.links.values();
    let near = links.filter(|it| ids(it).any(|id| waits.contains(&id))).flat_map(ids).collect();
    &(&waits | &near) | &contested(end)
}

/// Whether a run says that all is done but what waits for people. What was refused or thrown away may be a
/// fault, and done later.
fn is_whole(Night { plan, pushed }: &Night) -> bool {
    let Ok(pushed) = pushed else { return false };
    let is_done = |fate: &Fate| match fate {
        Fate::Applied(receipt) => receipt.fields.iter().all(FieldReceipt::is_kept),
        Fate::Satisfied => true,
        Fate::Superseded(_)
        | Fate::Failed(_)
        | Fate::Refused(_)
        | Fate::Unwritable(_)
        | Fate::InDoubt(_)
        | Fate::NotReached => false,
    };
    pushed.halt.is_none()
        && pushed.done.iter().all(|it| is_done(&it.fate))
        && plan.census.iter().all(|it| it.complete)
        && !plan.held.iter().any(|it| it.why.rule == Rule::InDoubt)
}
