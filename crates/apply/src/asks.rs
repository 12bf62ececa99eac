//! How often does carrying out a step ask each side, if nothing comes between? As `update` and `create` do.
//! It does not know how many requests a question takes.

use concordat_model::{Action, Sides, Step};

/// Look, write, read back: how many of these `step` asks of each side.
pub fn asks(step: &Step) -> Sides<u64> {
    let mut asks = Sides::default();
    asks[step.side] = 3;
    match step.action {
        Action::Create | Action::Update => {}
        // What is gone is looked for once more.
        Action::Archive => step.sources.iter().for_each(|it| asks[it.side()] += 1),
    }
    asks
}
