//! How is a row of the merge table put to the engine? The only place where the table and the engine
//! meet.

use concordat_diff::merge::{Conditions, Contender, Outcome, merge};
use concordat_mapping::{End, FieldRule, Kind, Lens};
use concordat_model::{Agreed, Agreement, Held, Interval, Lesson, Offset, Sides, Unkept, Value};

use crate::by_the_book::{Letter, Row, Says};

/// When each side moved, and what is known about the clocks.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// When each side's value came about.
    pub moved: Sides<Interval>,
    /// How far each side's clock is ahead.
    pub offsets: Sides<Offset>,
    /// How wrong that may be.
    pub skew_limit_ms: i64,
}

/// What the engine says about `row`, in the words of the table. The row's own evidence is not looked
/// at: the engine gets the times.
pub fn engine(row: &Row, clocks: &Clocks) -> Says {
    let held = |letter: Letter| -> Held { letter.map(|it| Value::text(it.to_string())) };
    let rule = FieldRule {
        name: "field".into(),
        kind: Kind::Text,
        ends: Sides::from_fn(|side| End {
            takes: None,
            made: None,
            path: "path".into(),
            lens: Lens::Plain,
            access: row.access[side],
            clearable: row.clearable[side],
        }),
        contest: row.contest,
        strength: row.strength,
        adopt: row.adopt,
        drift: row.drift,
    };
    let agreed =
        row.base.map(|base| Agreed { held: base.map(|_, it| held(it)), how: Agreement::Equal });
    let lesson = row.discarded.map(|(side, sent)| Lesson {
        side,
        sent: held(sent),
        what: Unkept::Discarded,
        at: crate::world::at(0),
    });
    let contender = Contender {
        receives: None,
        turns: None,
        rule: &rule,
        base: agreed.as_ref(),
        now: row.now.map(|_, it| it.map(held)),
        moved: clocks.moved,
        writable: row.writable,
        lesson: lesson.as_ref(),
        taken: row.taken,
    };
    let conditions =
        Conditions { region: None, offsets: clocks.offsets, skew_limit_ms: clocks.skew_limit_ms };
    let letter = |held: Held| held.and_then(|it| it.as_text()?.chars().next());
    match merge(&contender, &conditions) {
        Outcome::Unmoved => Says::Quiet,
        Outcome::Agree(how) => Says::Agreed(how),
        Outcome::Write { to, after, why } => {
            Says::Write(to, letter(after), why.rule, why.side, why.evidence)
        }
        Outcome::Ask(why) => Says::Ask(why.rule, why.evidence),
        Outcome::Report(why) => Says::Listed(why.rule, why.side, why.evidence),
        Outcome::Hold(why) => Says::Withheld(why.rule),
    }
}
