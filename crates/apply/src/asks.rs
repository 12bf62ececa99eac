//! What does carrying out a step ask of the sides, if nothing comes between? In the order in which `update`,
//! `create` and `delete` do. Which requests a question takes, the connectors know.

use concordat_model::{Action, Side, Step};
use concordat_remote::Ask;

use crate::create::LISTING_AGE_MAX;

/// What `step` asks, and of whom: look, write, read back.
pub fn asks(step: &Step) -> Vec<(Side, Ask)> {
    let (side, read) = (step.side, Ask::Read(step.resource));
    let look = match step.action {
        Action::Create => Ask::Find { max_age: LISTING_AGE_MAX },
        Action::Update | Action::Archive | Action::Delete => read,
    };
    // What is gone is looked for once more.
    let sources = match step.action {
        Action::Create | Action::Update => &[][..],
        Action::Archive | Action::Delete => &step.sources,
    };
    let sources = sources.iter().map(|it| (it.side(), Ask::Read(it.resource)));
    // That it is gone is believed once it was told twice.
    let again = (step.action == Action::Delete).then_some((side, read));
    sources.chain([(side, look), (side, Ask::Send), (side, read)]).chain(again).collect()
}
