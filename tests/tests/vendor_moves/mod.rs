//! What becomes of vendors whose tier or assessment moves, and of the tasks that ask people to look at it? Told by
//! the plan that follows (`stories`), where the CRM wrote the tier (`crm`), and over HTTP (`nights`).

mod crm;
mod nights;
mod stories;

use concordat_model::{Resource, Step};
use concordat_tests::world::World;

/// A vendor whose tier and assessment are remembered, and whose tier its contact carries.
const SEEN: &str = "
    on profiles
    on tiers
    on assessments
    vendor v1 | name=Acme | host=acme.com | tier=2 | assessment=Draft
    person p1 of v1 | name=Ann Lee | email=ann@acme.com
    contact c1 | first=Ann | last=Lee | email=ann@acme.com
    agree";

const UPGUARDS: &str = "vendor v1 | tier=1";
const OURS: &str = "contact c1 | tier=3";

fn after(edits: &str) -> World {
    let mut world = World::of(SEEN);
    world.play(edits);
    world
}

fn tasks(world: &World) -> usize {
    world.views.highlevel.here(Resource::Task).count()
}

/// What a plan says of `mapping`.
fn steps_of(world: &World, mapping: &str) -> Vec<Step> {
    world.plan().steps.into_iter().filter(|it| it.mapping.as_str() == mapping).collect()
}
