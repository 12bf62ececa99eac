//! What do people do with tasks, and what does a night make of it?

use concordat_oracle::{reported, rows};
use serde_json::{Value, json};

use super::{Night, waiting};

/// The tasks of that title.
pub fn tasks(night: &Night, title: &str) -> Vec<Value> {
    let state = night.sandbox.state();
    rows(&state["highlevel"]["tasks"]).iter().filter(|it| it["title"] == title).cloned().collect()
}

/// Somebody ticks or unticks the task, and the search index has heard of it.
pub fn ticks(night: &Night, id: &str, completed: bool) {
    night.sandbox.edit("highlevel", "task", id, json!({ "completed": completed }));
    night.sandbox.minutes_pass(1);
}

/// A night in which nothing goes wrong, and which reports just what it did. Answers its report.
#[track_caller]
pub fn reconciled(night: &Night, args: &[&str]) -> Value {
    let before = night.sandbox.effects().len();
    let ran = night.run(&[&["--json", "reconcile"], args].concat());
    let run = ran.json();
    assert_eq!(ran.code, Some(waiting(&run)), "{}", ran.told());
    let complaints = reported::differs(&night.sandbox.api_effects_from(before), &run);
    assert!(complaints.is_empty(), "{complaints:#?}");
    run
}
