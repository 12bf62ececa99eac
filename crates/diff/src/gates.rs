//! May this be written, and what does it set off? Some writes reach people outside the records of both
//! systems; they are held until the settings allow them by name, and listed when they are made.

use std::collections::BTreeMap;

use concordat_mapping::{FieldRule, Gate, Gates, Reopening, gate};
use concordat_model::{Held, MappingName, Mirrored, Path, Resource, Rule, Side, Sides, Value, Why};

/// What goes with a write that may be made.
#[derive(Debug, Default)]
pub struct Passage {
    /// What the side asks for with it.
    pub constants: BTreeMap<Path, Value>,
    /// What it sets off, as a sentence that begins with the gate's name.
    pub side_effects: Vec<String>,
}

impl Passage {
    /// What goes with deleting what `mapping` made on `side`.
    pub fn deletion(mapping: &MappingName, side: Side) -> Passage {
        let says = format!("{}: it is deleted in {side}, and what belongs to it", deletes(mapping));
        Passage { constants: BTreeMap::new(), side_effects: vec![says] }
    }
}

/// The name of the gate through which a mapping deletes what it made.
pub fn deletes(mapping: &MappingName) -> String {
    format!("{mapping} delete")
}

/// Whether `after` may be written to the `to` end of a field, and what goes with it.
///
/// # Errors
/// Why it is held.
pub fn pass(
    gates: &BTreeMap<Resource, Gates>,
    rule: &FieldRule,
    to: Side,
    after: &Held,
    ends: &Sides<Vec<&Mirrored>>,
) -> Result<Passage, Why> {
    let Some(record) = ends[to].first() else { return Ok(Passage::default()) };
    let resource = record.record.key.resource;
    let Some(gate) = gate(resource, &rule.ends[to].path, after) else {
        return Ok(Passage::default());
    };
    let open = gates.get(&resource).filter(|it| it.allowed.contains(&gate));
    let gates = open.ok_or(Why::about(Rule::Gated, to))?;
    let (constants, says) = match gate {
        Gate::Close => {
            let reason = gates.closing.clone().ok_or(Why::about(Rule::NeedsReason, to))?;
            (reason, format!("it is closed in {to}"))
        }
        Gate::Reopen => {
            let said = match &gates.reopening {
                Reopening::ForSomebody => {
                    let who = reopener(record, ends[to.other()].first().copied());
                    let who = who.ok_or(Why::about(Rule::CannotReopen, to))?;
                    BTreeMap::from([("reopen.investigator".into(), who)])
                }
                Reopening::With(said) => said.clone(),
            };
            (said, format!("it is opened again in {to}"))
        }
        Gate::Assign if !is_assignable(record) => return Err(Why::about(Rule::CannotAssign, to)),
        Gate::Assign => (
            BTreeMap::new(),
            format!("somebody is asked to investigate it in {to}, and it counts as investigated"),
        ),
    };
    Ok(Passage { constants, side_effects: vec![format!("{}: {says}", gate.full_name(resource))] })
}

/// Whether being asked to investigate a threat undoes nothing: it makes any threat an investigated one
/// (`upguard.md` §4.4). Whoever is to have one that is opened again is named in that very request.
fn is_assignable(threat: &Mirrored) -> bool {
    let status = threat.record.reading.get(&"threat_status".into());
    let status = status.and_then(|held| held.as_ref()?.as_text());
    matches!(status, Some("open" | "investigating"))
}

/// For whom a threat is opened again: whoever has its task, else whoever investigated it. Nobody, if it
/// ever had a remediation request (`upguard.md` §4.4).
fn reopener(threat: &Mirrored, task: Option<&Mirrored>) -> Option<Value> {
    let held = |of: &Mirrored, path: &str| of.record.reading.get(&path.into()).cloned().flatten();
    if held(threat, "requested") == Some(Value::Bool(true)) {
        return None;
    }
    task.and_then(|task| held(task, "assignee")).or_else(|| held(threat, "investigator"))
}
