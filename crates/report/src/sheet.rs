//! What does a report say, before anybody decides how it looks? One layout of plan or run that the
//! Markdown, CSV and HTML files share: what is refused, the numbers, and a card per record and kind.
//!
//! It borrows from a document that is masked already and takes its words from the text renderer.

mod plan;
mod run;

use concordat_model::{
    Action, Field, Held, MappingName, Name, PairId, Path, RecordKey, Refusal, Resource, Side,
    Sides, Verdict, Why,
};

use crate::run::StepOutcome;
use crate::text::summary::Row;

/// A report, not yet written in any format.
pub(crate) struct Sheet<'a> {
    pub title: String,
    pub is_run: bool,
    pub pair: &'a PairId,
    pub plan: Option<&'a str>,
    pub run: Option<&'a str>,
    /// Made when, with which accounts, restricted to what.
    pub facts: Vec<(&'static str, String)>,
    pub masked: bool,
    /// Why the run did not get to its end.
    pub incomplete: Option<String>,
    /// That there is nothing to do.
    pub quiet: Option<&'static str>,
    pub refusals: &'a [Refusal],
    pub rows: Vec<Row>,
    pub sides: Vec<SideTotals>,
    pub sections: Vec<Section<'a>>,
    /// What a person may want to do now.
    pub hints: Vec<String>,
}

/// What is written to one side, or was.
pub(crate) struct SideTotals {
    pub side: Side,
    pub creates: u64,
    pub updates: u64,
    pub archives: u64,
    pub deletes: u64,
    pub fields: u64,
}

/// Everything about one mapping.
pub(crate) struct Section<'a> {
    pub mapping: &'a MappingName,
    pub is_first_agreement: bool,
    /// How much is agreed without a write.
    pub agreed: Option<String>,
    pub cards: Vec<Card<'a>>,
}

/// What a card is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Create,
    Update,
    Archive,
    Delete,
    Conflict,
    Ambiguous,
    Quarantined,
    Dismissed,
    Drift,
    Held,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Create,
        Kind::Update,
        Kind::Archive,
        Kind::Delete,
        Kind::Conflict,
        Kind::Ambiguous,
        Kind::Quarantined,
        Kind::Dismissed,
        Kind::Drift,
        Kind::Held,
    ];

    /// The kind of a step that does this.
    pub fn of(action: Action) -> Kind {
        match action {
            Action::Create => Kind::Create,
            Action::Update => Kind::Update,
            Action::Archive => Kind::Archive,
            Action::Delete => Kind::Delete,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Kind::Create => "create",
            Kind::Update => "update",
            Kind::Archive => "archive",
            Kind::Delete => "delete",
            Kind::Conflict => "conflict",
            Kind::Ambiguous => "ambiguous",
            Kind::Quarantined => "quarantined",
            Kind::Dismissed => "dismissed",
            Kind::Drift => "drift",
            Kind::Held => "held",
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Kind::Create => "+",
            Kind::Update => "~",
            Kind::Archive => "-",
            Kind::Delete => "✂",
            Kind::Conflict => "!",
            Kind::Ambiguous => "?",
            Kind::Quarantined => "◌",
            Kind::Dismissed => "×",
            Kind::Drift => "≠",
            Kind::Held => "·",
        }
    }

    /// Whether it waits for a person.
    fn waits(self) -> bool {
        match self {
            Kind::Conflict | Kind::Ambiguous => true,
            Kind::Create
            | Kind::Update
            | Kind::Archive
            | Kind::Delete
            | Kind::Quarantined
            | Kind::Dismissed
            | Kind::Drift
            | Kind::Held => false,
        }
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Tried(StepOutcome),
    /// The run was refused, or ended before it came to it.
    NotTried,
}

impl Fate {
    pub fn word(self) -> &'static str {
        match self {
            Fate::Tried(outcome) => outcome.word(),
            Fate::NotTried => "not tried",
        }
    }
}

/// One thing the report says about a record.
pub(crate) struct Card<'a> {
    pub kind: Kind,
    /// Nothing in a plan.
    pub fate: Option<Fate>,
    /// The sign that stands before its name.
    pub symbol: &'static str,
    /// A name for it that is the same whenever the same plan is reported.
    pub id: String,
    pub mapping: &'a MappingName,
    /// The side it writes or is about; nothing if it is about both.
    pub side: Option<Side>,
    pub resource: Option<Resource>,
    pub name: &'a Name,
    pub record: Option<&'a RecordKey>,
    pub sources: Vec<&'a RecordKey>,
    /// Its records and what becomes of them, as the text says it beside the name.
    pub beside: String,
    pub lines: Vec<Line<'a>>,
    /// What else there is to say, each a sentence.
    pub remarks: Vec<String>,
    /// What it sets off outside the two systems' records.
    pub side_effects: Vec<String>,
    /// What the record could be.
    pub candidates: Vec<(&'a RecordKey, &'a Name)>,
    /// Why, where no line says it.
    pub why: Option<Why>,
    /// The same, where it is not one of the rules.
    pub says: Option<&'a str>,
}

/// One field of a card.
pub(crate) struct Line<'a> {
    pub field: &'a Field,
    pub path: Option<&'a Path>,
    pub holds: Holds<'a>,
    pub why: Option<Why>,
    /// What was found after the write.
    pub found: Option<(Verdict, &'a Held)>,
}

/// What a field holds.
pub(crate) enum Holds<'a> {
    /// It comes with its record.
    New(&'a Held),
    /// It becomes another.
    Moves(&'a Held, &'a Held),
    /// Each side has its own.
    Apart(&'a Sides<Held>, Option<&'a Sides<Held>>),
    /// Not told.
    Untold,
}

impl<'a> Sheet<'a> {
    /// Every card, in order.
    pub fn cards(&self) -> impl Iterator<Item = &Card<'a>> {
        self.sections.iter().flat_map(|it| &it.cards)
    }

    /// How many cards there are.
    pub fn count(&self) -> usize {
        self.sections.iter().map(|it| it.cards.len()).sum()
    }

    /// Leaves at most `max` cards. What waits for a person or went wrong is the last to go, for that
    /// is what a report is opened for; the order stays.
    pub fn cut(&mut self, max: usize) {
        let urgent = self.cards().filter(|it| it.is_urgent()).count().min(max);
        let (mut urgent, mut other) = (urgent, max - urgent);
        for section in &mut self.sections {
            section.cards.retain(|card| {
                let left = if card.is_urgent() { &mut urgent } else { &mut other };
                let stays = *left > 0;
                *left = left.saturating_sub(1);
                stays
            });
        }
    }
}

impl Card<'_> {
    fn is_urgent(&self) -> bool {
        let went_wrong = match self.fate {
            Some(Fate::Tried(outcome)) => match outcome {
                StepOutcome::Applied | StepOutcome::Satisfied | StepOutcome::Unwritable => false,
                StepOutcome::Superseded | StepOutcome::Failed | StepOutcome::InDoubt => true,
            },
            Some(Fate::NotTried) | None => false,
        };
        self.kind.waits() || went_wrong
    }

    /// The reason all lines share, if they do.
    pub fn shared_why(&self) -> Option<Why> {
        let mut reasons = self.lines.iter().map(|it| it.why);
        let first = reasons.next().unwrap_or(self.why)?;
        reasons.all(|it| it == Some(first)).then_some(first)
    }
}
