//! What does carrying out a step ask of the sides, if nothing comes between? In the order in which `update`
//! and `create` do. It does not know how many requests an answer takes.

use concordat_model::{Action, Resource, Side, Step};

/// One question, or one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Reads one record of this resource by id.
    Read(Resource),
    /// Looks for the record that is to be made.
    Find,
    /// Sends the write.
    Send,
}

/// What `step` asks, and of whom.
pub fn asks(step: &Step) -> Vec<(Side, Ask)> {
    let (side, read) = (step.side, Ask::Read(step.resource));
    match step.action {
        Action::Create => vec![(side, Ask::Find), (side, Ask::Send), (side, read)],
        Action::Update => vec![(side, read), (side, Ask::Send), (side, read)],
        Action::Archive => {
            let sources = step.sources.iter().map(|it| (it.side(), Ask::Read(it.resource)));
            sources.chain([(side, read), (side, Ask::Send), (side, read)]).collect()
        }
    }
}
