//! How does a test ask what a plan says? For stories that are told by the plan that follows.

use concordat_diff::identity;
use concordat_model::{RecordKey, Resource, Step};

use crate::paper;
use crate::world::World;

/// The plan must say just these lines.
#[track_caller]
pub fn check(world: &World, expect: &[&str]) {
    let text = paper::text(&world.plan());
    let told: Vec<&str> = text.lines().filter(|it| *it != "nothing").collect();
    assert_eq!(told, expect);
}

/// The one step of the plan.
#[track_caller]
pub fn only_step(world: &World) -> Step {
    let mut steps = world.plan().steps;
    assert_eq!(steps.len(), 1, "{}", paper::text(&world.plan()));
    steps.remove(0)
}

/// The id of the first task there is.
#[track_caller]
pub fn task(world: &World) -> String {
    let mut tasks = world.views.highlevel.here(Resource::Task);
    tasks.next().expect("a task").record.key.id.as_str().to_owned()
}

/// How notes name the threat of this id.
pub fn reference(world: &World, threat: &str) -> String {
    identity::reference(&world.pair, &RecordKey::new(Resource::Threat, threat))
}
