//! How did a process that died leave its newest intent? The ledger on disk tells, and, where an intent is open,
//! what the gates before both systems saw of its write.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use concordat_ledger::{History, Ledger, LedgerError};
use concordat_model::{Entry, Event, IntentId, Outcome, Step};

/// The state of the newest intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The process had not opened its ledger yet.
    Opening,
    /// It reads and plans; nothing is open.
    Reading,
    /// An earlier process left it open, and what became of it is to be found out.
    Sought,
    /// It was found to have arrived, and that is recorded; the next run has not begun.
    Adopted,
    /// It was found not to have arrived, and that is recorded; the next run has not begun.
    Dropped,
    /// A run began; there is none yet.
    Begun,
    /// It is durable, and its write was not sent.
    Intended,
    /// Its write was sent, and did not arrive.
    Sent,
    /// Its write was carried out, and not answered.
    Unanswered,
    /// Its write was answered, and what it did is not recorded.
    Answered,
    /// Its write was read back, and that is recorded; the run goes on.
    Verified,
    /// It is recorded that its write did nothing; the run goes on.
    NoEffect,
    /// It is recorded that its write was refused; the run goes on.
    Refused,
    /// It is not known what became of it or of an earlier one, and the run goes on without.
    InDoubt,
    /// The run has recorded its end.
    Ended,
}

impl State {
    /// All of them, in the order in which a process comes through them.
    pub const ALL: [State; 15] = [
        State::Opening,
        State::Reading,
        State::Sought,
        State::Adopted,
        State::Dropped,
        State::Begun,
        State::Intended,
        State::Sent,
        State::Unanswered,
        State::Answered,
        State::Verified,
        State::NoEffect,
        State::Refused,
        State::InDoubt,
        State::Ended,
    ];

    /// What it means.
    pub fn says(self) -> &'static str {
        match self {
            State::Opening => "before the ledger was opened",
            State::Reading => "nothing open: reading and planning",
            State::Sought => "left open by an earlier process, looked for",
            State::Adopted => "recovered: it had arrived",
            State::Dropped => "recovered: it had not arrived",
            State::Begun => "run begun, nothing intended",
            State::Intended => "intended, not sent",
            State::Sent => "sent, not arrived",
            State::Unanswered => "carried out, not answered",
            State::Answered => "answered, not recorded",
            State::Verified => "read back and recorded",
            State::NoEffect => "recorded as without effect",
            State::Refused => "recorded as refused",
            State::InDoubt => "in doubt while the run goes on",
            State::Ended => "run ended",
        }
    }
}

/// How far a write came, as its gate saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It left the process.
    Gate,
    /// The system carried it out.
    System,
    /// Its answer was passed on.
    Process,
    /// There was no answer, and whoever looked for its effect got none either.
    Nowhere,
}

/// The last write of a process.
#[derive(Clone, Debug)]
pub struct Write {
    /// What it was for.
    pub intent: IntentId,
    /// How far it came.
    pub reached: Reached,
}

/// An intent of which it is not known what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// The epoch in which it was intended.
    pub epoch: u64,
    /// Its name.
    pub intent: &'a IntentId,
    /// What was to be done.
    pub step: &'a Step,
}

/// A ledger as it is on disk.
pub struct Book(History);

impl Book {
    /// Reads it, as anybody may.
    ///
    /// # Errors
    /// If it is not what was written.
    pub fn read(dir: &Path) -> Result<Book, LedgerError> {
        Ledger::read(dir).map(Book)
    }

    /// Every entry, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.entries().filter_map(|it| it.entry())
    }

    /// How often it was opened.
    pub fn epoch(&self) -> u64 {
        self.entries().last().map_or(0, |it| it.epoch)
    }

    /// The intents of which it is not known what became of them, oldest first.
    pub fn open(&self) -> Vec<Open<'_>> {
        let mut open: Vec<Open<'_>> = Vec::new();
        for entry in self.entries() {
            match &entry.event {
                Event::Intended { intent, step } => {
                    open.push(Open { epoch: entry.epoch, intent, step });
                }
                Event::Closed { intent, .. } => open.retain(|it| it.intent != intent),
                _ => {}
            }
        }
        open
    }

    /// The state in which the process is that came after the epoch `earlier`.
    pub fn state(&self, earlier: u64, write: Option<&Write>) -> State {
        let (mut state, mut open, mut newest) = (State::Opening, Vec::new(), None);
        for entry in self.entries() {
            let is_ours = earlier < entry.epoch;
            match &entry.event {
                Event::Intended { intent, .. } => {
                    open.push(intent);
                    newest = Some(intent);
                }
                Event::Closed { intent, .. } => open.retain(|it| *it != intent),
                _ => {}
            }
            state = match &entry.event {
                _ if !is_ours => State::Opening,
                Event::Opened { .. } if open.is_empty() => State::Reading,
                Event::Opened { .. } => State::Sought,
                Event::RunBegan(_) => State::Begun,
                Event::RunEnded(_) => State::Ended,
                Event::Intended { .. } => State::Intended,
                Event::Closed { outcome, .. } => closed(state, outcome),
                Event::Planned { .. }
                | Event::Settled(_)
                | Event::Decided { .. }
                | Event::Dismissed(_) => state,
            };
        }
        let write = write.filter(|it| Some(&it.intent) == newest).map(|it| it.reached);
        match (state, write) {
            (State::Intended, None) => State::Intended,
            (State::Intended, Some(Reached::Gate)) => State::Sent,
            (State::Intended, Some(Reached::System)) => State::Unanswered,
            (State::Intended, Some(Reached::Process)) => State::Answered,
            (State::Intended, Some(Reached::Nowhere)) => State::InDoubt,
            (State::Adopted | State::Dropped, _) if !open.is_empty() => State::Sought,
            (State::Begun | State::Verified | State::NoEffect | State::Refused, _)
                if !open.is_empty() =>
            {
                State::InDoubt
            }
            (state, _) => state,
        }
    }
}

/// The state after an intent was closed in `state`: by a recovery, before a run, or by the run.
fn closed(state: State, outcome: &Outcome) -> State {
    let recovers = matches!(state, State::Sought | State::Adopted | State::Dropped);
    match outcome {
        Outcome::Verified(_) if recovers => State::Adopted,
        Outcome::NoEffect { .. } | Outcome::Refused { .. } if recovers => State::Dropped,
        Outcome::Verified(_) => State::Verified,
        Outcome::NoEffect { .. } => State::NoEffect,
        Outcome::Refused { .. } => State::Refused,
    }
}

/// How many processes were killed in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(BTreeMap<State, u64>);

impl Cells {
    /// One more.
    pub fn hit(&mut self, state: State) {
        *self.0.entry(state).or_default() += 1;
    }

    /// Counts what is counted there, too.
    pub fn add(&mut self, other: &Cells) {
        for (state, count) in &other.0 {
            *self.0.entry(*state).or_default() += count;
        }
    }

    /// How many in a state.
    pub fn count(&self, state: State) -> u64 {
        self.0.get(&state).copied().unwrap_or_default()
    }

    /// How many altogether.
    pub fn kills(&self) -> u64 {
        self.0.values().sum()
    }

    /// Complaints about states in which fewer than `floor` were.
    pub fn missing(&self, floor: u64) -> Vec<String> {
        let few = State::ALL.into_iter().filter(|it| self.count(*it) < floor);
        few.map(|it| format!("{it:?}: {} kills, not {floor}", self.count(it))).collect()
    }
}

impl fmt::Display for Cells {
    /// A table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |state: State| {
            format!("{:11} {:44} {:>6}", format!("{state:?}"), state.says(), self.count(state))
        };
        f.write_str(&State::ALL.map(row).join("\n"))
    }
}
