//! What do the judges of whole lives say, who know nothing of the engine? A life is told as they want to hear it
//! ([`invariants`]): what both systems held at first, every change since, and when a run was at work.

use std::collections::BTreeSet;

use concordat_apply::Fate;
use concordat_model::entry::FieldReceipt;
use concordat_model::{Link, Rule};
use concordat_oracle::invariants::{self, Complaint};
use concordat_oracle::{rows, text};
use serde_json::{Map, Value, json};

use super::judge::End;
use super::process::Night;
use super::scene::Scene;
use crate::night::persons::TWO_WAY;

/// The promises that are held against every life, by their judges, and those against a life without faults.
///
/// The other judges have only seen systems that do what they say, and runs that come to their end: a value of
/// which a part was thrown away, a refusal that was none and a reading that a dead process took with it look to
/// them as if the engine had done it, and of a few lives in a thousand without faults it is open who is wrong.
/// Until that is settled, [`super::judge`] alone asks here whether both sides agree (I1), come to rest (I2) and
/// lose nothing (I3), and whether all that was done was meant (I21).
const WHATEVER_HAPPENS: [&str; 4] = ["ledger", "I4", "I5", "I20"];
const WITHOUT_FAULTS: [&str; 1] = ["I18"];

/// A life, as it is told.
#[derive(Debug)]
pub struct Tale {
    start: Value,
    nights: Vec<Value>,
    terms: Value,
    /// The contact at which the tasks of our own organisation stand.
    anchor: String,
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
        let terms = json!({
            "attributes": attributes, "adopt": adopt, "allow": settings["threats"]["allow"],
        });
        let organisation = text(&settings["anchors"]["organisation"]);
        let is_anchor = |it: &&Value| text(&it["email"]).to_lowercase() == organisation;
        let anchor = rows(&start["highlevel"]["contacts"]).iter().find(is_anchor);
        let anchor = anchor.map(|it| text(&it["id"])).unwrap_or_default();
        Tale { start, nights: Vec::new(), terms, anchor }
    }

    /// A run was at work between two moments; nothing: it broke off. What a guard refused is none.
    pub fn night(&mut self, (from, to): (usize, usize), night: Option<&Night>) {
        let whole = match night {
            Some(Night { pushed: Err(_), .. }) => return,
            Some(night) => is_whole(night),
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
        // Whoever takes the anchor away takes the tasks away.
        let touches = |it: &Value| it["actor"] != "api" && text(&it["id"]) == self.anchor;
        self.terms["anchored"] = json!(!effects.iter().any(touches));
        let life = json!({
            "start": self.start, "effects": effects, "end": scene.world.state(),
            "nights": self.nights, "terms": self.terms,
        });
        let (beside, is_fair) = (beside(end), scene.chances.is_fair());
        let judged = invariants::judged(&life);
        let counts = |it: &&Complaint| {
            let is_asked = WHATEVER_HAPPENS.contains(&it.invariant)
                || is_fair && WITHOUT_FAULTS.contains(&it.invariant);
            is_asked && !beside.contains(&it.record.id)
        };
        judged.iter().filter(counts).map(ToString::to_string).collect()
    }
}

fn ids(link: &Link) -> impl Iterator<Item = String> {
    let ends = link.ends.upguard.iter().chain(&link.ends.highlevel);
    ends.map(|it| it.id.as_str().to_owned()).collect::<Vec<_>>().into_iter()
}

/// What is made for what these judges know nothing of.
fn beside(end: &End) -> BTreeSet<String> {
    let unknown = ["risks", "disclosures", "leads"];
    let links = end.standing.agreements.links.values();
    links.filter(|it| unknown.contains(&it.mapping.as_str())).flat_map(ids).collect()
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
