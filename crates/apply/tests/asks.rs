//! Is what a step asks of the sides what was foretold? A forecast of how long a plan takes rests on it.

use concordat_apply::asks;
use concordat_model::*;

use crate::paper::*;

#[tokio::test]
async fn a_step_asks_what_was_foretold_if_nothing_comes_between() {
    let gone = |action, names| Step { action, ..only(names, step(Some(key()))) };
    for (step, held) in [
        (step(None), None),
        (step(Some(key())), Some(business("old"))),
        (gone(Action::Archive, &["name"]), Some(business("old"))),
        (gone(Action::Delete, &["name"]), Some(business("old"))),
    ] {
        let paper = Paper::of(held, [Arrives]);
        let foretold = asks(&step);
        let (done, _) = carried(step, &paper).await;
        assert_eq!(paper.asked(), foretold, "{:?}", done.fate);
    }
}
