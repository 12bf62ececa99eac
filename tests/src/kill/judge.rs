//! Both systems are at rest again: was anything lost, doubled or left untold by all the processes that died?

use std::collections::BTreeSet;

use concordat_ledger::{Standing, verify};
use concordat_model::{Agreed, Agreement, Link, PairId};
use concordat_oracle::invariants::{self, Complaint};
use concordat_oracle::{reported, rows, text, twins};
use serde_json::Value;

use crate::night::Night;
use crate::simulate::outside::ids;

/// What must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One thing was made twice.
    Duplicate,
    /// What a person entered is gone.
    LostEdit,
    /// Both sides differ, or something is left to do.
    Unconverged,
    /// Something happened of which the history does not tell, or that it tells otherwise.
    Hole,
    /// Anything else.
    Other,
}

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Of which promise.
    pub kind: Kind,
    /// What is wrong.
    pub says: String,
}

impl Violation {
    /// Of that kind.
    pub fn of(kind: Kind) -> impl Fn(String) -> Violation {
        move |says| Violation { kind, says }
    }
}

/// A part of a life that is judged by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Since {
    /// How much had happened before.
    pub effects: usize,
    /// How many entries the ledger had.
    pub entries: u64,
}

/// All violations. `life`: as the judges of whole lives want to hear it; `run`: the last one; `blurred`: records that
/// people worked with while it was not known whether a write to them had arrived, which is when nobody can tell whose
/// work they hold; `unknown`: those that people deleted then, so that they are rightly made again. Beside them, how
/// many changes were compared with the history.
pub fn judged(
    night: &Night,
    (life, run): (&Value, &Value),
    since: Since,
    [blurred, unknown]: [&BTreeSet<String>; 2],
) -> (Vec<Violation>, usize) {
    let effects = rows(&life["effects"]);
    let is_known = |it: &&Value| !unknown.contains(&text(&it["id"]));
    let known: Vec<Value> = effects.iter().filter(is_known).cloned().collect();
    let mut all: Vec<Violation> =
        twins::made_twice(&known).into_iter().map(Violation::of(Kind::Duplicate)).collect();
    let complaints = invariants::judged(life);
    let ledger = night.state_dir().join("ledger");
    match Standing::read(&ledger, &PairId::from("default")) {
        Ok(standing) => {
            let told = told(standing.agreements.links.values(), run);
            let is_told = |it: &&Complaint| it.invariant == "I1" && told.contains(&it.record.id);
            all.extend(complaints.iter().filter(|it| !is_told(it)).map(broken));
        }
        Err(error) => all.push(Violation::of(Kind::Hole)(error.to_string())),
    }

    let is_told = |it: &&Value| {
        it["actor"] == "api" && it["entity"] != "customField" && !blurred.contains(&text(&it["id"]))
    };
    let happened: Vec<Value> = effects[since.effects..].iter().filter(is_told).cloned().collect();
    let mut history = night.document(0, &["history", "list"]);
    if let Some(changes) = history["changes"].as_array_mut() {
        changes.retain(|it| {
            it["seq"].as_u64() >= Some(since.entries)
                && !blurred.contains(&text(&it["record"]["id"]))
        });
    }
    let holes = reported::history_differs(&happened, &history);
    all.extend(holes.into_iter().map(Violation::of(Kind::Hole)));

    let verified = night.run(&["history", "verify"]);
    if verified.code != Some(0) {
        all.push(Violation::of(Kind::Hole)(verified.told()));
    }
    let chain = verify(&ledger);
    all.extend(chain.err().map(|error| Violation::of(Kind::Hole)(error.to_string())));
    (all, happened.len())
}

/// Records that may differ from those of the other side: the last run asks or tells of them or of one that is linked
/// with them, or what differs was told once and recorded.
fn told<'l>(links: impl Iterator<Item = &'l Link>, run: &Value) -> BTreeSet<String> {
    let lists = ["conflicts", "cases", "held", "drift", "quarantined"];
    let told: String = lists.iter().map(|it| run[*it].to_string()).collect();
    let is_told = |link: &&Link| {
        let is_recorded = |it: &Agreed| it.how == Agreement::Drift;
        link.base.values().any(is_recorded) || ids(link).any(|it| told.contains(&it))
    };
    links.filter(is_told).flat_map(ids).collect()
}

fn broken(complaint: &Complaint) -> Violation {
    let kind = match complaint.invariant {
        "I5" => Kind::Duplicate,
        "I3" => Kind::LostEdit,
        "I1" | "I2" => Kind::Unconverged,
        _ => Kind::Other,
    };
    Violation { kind, says: complaint.to_string() }
}
