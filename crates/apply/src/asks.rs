//! What does carrying out a step ask of the sides, if nothing comes between? In the order in which `update`
//! and `create` do. Which requests a question takes, the connectors know.

use concordat_model::{Action, Side, Step};
use concordat_remote::Ask;

use crate::create::LISTING_AGE_MAX;

/// What `step` asks, and of whom: look, write, read back.
pub fn asks(step: &Step) -> Vec<(Side, Ask)> {
    let (side, read) = (step.side, Ask::Read(step.resource));
    let look = match step.action {
        Action::Create => Ask::Find { max_age: LISTING_AGE_MAX },
        Action::Update | Action::Archive => read,
    };
    // What is gone is looked for once more.
    let sources = match step.action {
        Action::Create | Action::Update => &[][..],
        Action::Archive => &step.sources,
    };
    let sources = sources.iter().map(|it| (it.side(), Ask::Read(it.resource)));
    sources.chain([(side, look), (side, Ask::Send), (side, read)]).collect()
}
