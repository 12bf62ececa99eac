//! When is a process to be killed? Whoever stands at the gates before both systems sees every request and reads the
//! ledger before it goes on, so that it can be held in a chosen state; and sees that no write leaves without an
//! intent that is durable.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use concordat_model::{Action, IntentId, Step};

use super::state::{Book, Reached, State, Write};
use crate::night::gate::{Passage, Watch, Way};
use crate::night::persons::TWO_WAY;

/// At which moment, in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// So long after the process was started, whatever it does.
    Start(Duration),
    /// At the nth request that comes so far, and then so much later.
    Request(u32, Passage, Duration),
    /// As soon as something is written to the ledger after the nth question on behalf of a step.
    Growth(u32),
    /// So long after the ledger says so.
    Said(Duration),
}

/// When a process is to die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    /// In this state.
    pub state: State,
    /// Then.
    pub at: At,
    /// What has to go wrong first goes wrong with the nth write that it can happen to.
    pub spoils: u32,
}

/// Stands at both gates.
#[derive(Clone)]
pub struct Lookout(Arc<Mutex<Watching>>);

struct Watching {
    ledger: PathBuf,
    /// The newest file of the ledger and its length, and what was read then.
    read: (Option<(PathBuf, u64)>, Book),
    /// The epoch before this process.
    earlier: u64,
    aim: Option<Aim>,
    /// Whether a request is held for the process to die at; not in the null control.
    holds: bool,
    started: Instant,
    first_request: Option<Instant>,
    /// How many requests came in each state.
    asked: BTreeMap<State, u32>,
    /// How many of those at which it could be the moment.
    met: u32,
    spoilt: u32,
    loses_reading: bool,
    write: Option<Write>,
    sends: BTreeMap<IntentId, u32>,
    due: Option<Instant>,
    grows_from: Option<Option<(PathBuf, u64)>>,
    underway: u32,
    complaints: Vec<String>,
}

impl Lookout {
    /// Before a ledger, with no process at work.
    ///
    /// # Panics
    /// If there is one that cannot be read.
    pub fn at(ledger: PathBuf, holds: bool) -> Lookout {
        let read = (end(&ledger), Book::read(&ledger).expect("a ledger"));
        Lookout(Arc::new(Mutex::new(Watching {
            ledger,
            read,
            earlier: 0,
            aim: None,
            holds,
            started: Instant::now(),
            first_request: None,
            asked: BTreeMap::new(),
            met: 0,
            spoilt: 0,
            loses_reading: false,
            write: None,
            sends: BTreeMap::new(),
            due: None,
            grows_from: None,
            underway: 0,
            complaints: Vec::new(),
        })))
    }

    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a gate asks.
    pub fn watch(&self) -> Watch {
        let lookout = self.clone();
        Arc::new(move |line, writes, passage| lookout.watching().sees(line, writes, passage))
    }

    /// A process is about to be started; without an aim it may live.
    pub fn expects(&self, aim: Option<Aim>) {
        let mut it = self.watching();
        it.look();
        it.earlier = it.read.1.epoch();
        (it.aim, it.started, it.first_request) = (aim, Instant::now(), None);
        (it.write, it.due, it.grows_from) = (None, None, None);
        (it.met, it.spoilt, it.loses_reading) = (0, 0, false);
        it.asked.clear();
        it.sends.clear();
    }

    /// Whether the process is to be killed now.
    pub fn is_due(&self) -> bool {
        let mut it = self.watching();
        let now = Instant::now();
        match it.aim {
            Some(Aim { at: At::Start(pause), .. }) => return it.started + pause <= now,
            Some(Aim { at: At::Said(pause), state, .. }) if it.due.is_none() => {
                it.due = (it.state() == state).then(|| now + pause);
            }
            Some(_) | None => {}
        }
        let grew = it.grows_from.as_ref().is_some_and(|from| *from != end(&it.ledger));
        grew || it.due.is_some_and(|due| due <= now)
    }

    /// Whether any moment counts.
    pub fn is_tense(&self) -> bool {
        self.watching().grows_from.is_some()
    }

    /// Whether a request is being carried out.
    pub fn is_busy(&self) -> bool {
        self.watching().underway > 0
    }

    /// How the process left its newest intent.
    pub fn state(&self) -> State {
        self.watching().state()
    }

    /// Looks at the ledger as it is now.
    pub fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        let mut it = self.watching();
        it.look();
        look(&it.read.1)
    }

    /// How long it took from the start of the process to its first request.
    pub fn opening(&self) -> Option<Duration> {
        let it = self.watching();
        it.first_request.map(|first| first - it.started)
    }

    /// How many requests came in that state.
    pub fn asked(&self, state: State) -> u32 {
        self.watching().asked.get(&state).copied().unwrap_or_default()
    }

    /// What is wrong with what was seen; once.
    pub fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.watching().complaints)
    }
}

/// The last file of a ledger, and how long it is.
fn end(ledger: &PathBuf) -> Option<(PathBuf, u64)> {
    let files = fs::read_dir(ledger).ok()?.flatten().map(|it| it.path());
    let last = files.filter(|it| it.extension().is_some_and(|it| it == "frames")).max()?;
    let length = fs::metadata(&last).ok()?.len();
    Some((last, length))
}

impl Watching {
    /// Reads the ledger again if it grew.
    fn look(&mut self) {
        let end = end(&self.ledger);
        if end == self.read.0 {
            return;
        }
        match Book::read(&self.ledger) {
            Ok(book) => self.read = (end, book),
            Err(error) => self.complaints.push(format!("the ledger cannot be read: {error}")),
        }
    }

    fn state(&mut self) -> State {
        self.look();
        self.read.1.state(self.earlier, self.write.as_ref())
    }

    fn sees(&mut self, line: &str, writes: bool, passage: Passage) -> Way {
        self.first_request.get_or_insert_with(Instant::now);
        match passage {
            Passage::Going => self.underway += 1,
            Passage::Coming => self.underway -= 1,
            Passage::Gone => {}
        }
        let way = match (writes, passage) {
            (true, Passage::Going) => self.leaves(line),
            (true, Passage::Coming) => self.arrived(Reached::System),
            (true, Passage::Gone) => self.arrived(Reached::Process),
            (false, Passage::Going) => self.asks(),
            (false, Passage::Coming | Passage::Gone) => Way::On,
        };
        let way = if way == Way::On { self.waits(writes, passage) } else { way };
        if passage == Passage::Going && way != Way::On {
            self.underway -= 1;
        }
        way
    }

    /// A write is about to reach its system.
    fn leaves(&mut self, line: &str) -> Way {
        self.look();
        let newest = self.read.1.open().last().copied().filter(|it| self.earlier < it.epoch);
        let Some((intent, step)) = newest.map(|it| (it.intent.clone(), it.step.clone())) else {
            let method = line.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
            self.complaints.push(format!("a write left without a durable intent: {method}"));
            return Way::On;
        };
        let sends = self.sends.entry(intent.clone()).or_default();
        *sends += 1;
        if step.action == Action::Create && *sends > 1 {
            self.complaints.push(format!("{} was sent {sends} times", intent.0));
        }
        let is_first = *sends == 1;
        self.write = Some(Write { intent, reached: Reached::Gate });
        match self.aim {
            Some(aim) if is_first => self.spoil(aim, &step),
            Some(_) | None => Way::On,
        }
    }

    /// What has to happen to a write for the process to come to the state.
    fn spoil(&mut self, aim: Aim, step: &Step) -> Way {
        let changes = matches!(step.action, Action::Update | Action::Archive);
        let is_two_way = |name: &str| TWO_WAY.iter().any(|(it, _, _)| *it == name);
        let is_typed = step.mapping.as_str() == "vendors"
            && step.fields.iter().all(|it| is_two_way(it.name.as_str()));
        let way = match aim.state {
            State::NoEffect if changes => Way::Lost,
            State::Refused if changes && is_typed => Way::Answered(REFUSAL),
            // Not yet: once it is carried out.
            State::InDoubt => Way::On,
            _ => return Way::On,
        };
        self.spoilt += 1;
        if self.spoilt != aim.spoils {
            return Way::On;
        }
        self.loses_reading = way == Way::On;
        way
    }

    fn arrived(&mut self, reached: Reached) -> Way {
        if let Some(write) = &mut self.write {
            write.reached = reached;
        }
        if self.loses_reading && reached == Reached::System { Way::Lost } else { Way::On }
    }

    /// The process asks for something.
    fn asks(&mut self) -> Way {
        let reached = self.write.as_ref().map(|it| it.reached);
        if !self.loses_reading || reached != Some(Reached::System) {
            return Way::On;
        }
        self.loses_reading = false;
        self.write.iter_mut().for_each(|it| it.reached = Reached::Nowhere);
        Way::Answered(REFUSAL)
    }

    /// Whether the process is to die at this request.
    fn waits(&mut self, writes: bool, passage: Passage) -> Way {
        let state = self.state();
        if passage == Passage::Going {
            *self.asked.entry(state).or_default() += 1;
        }
        let Some(aim) = self.aim.filter(|_| self.due.is_none()) else { return Way::On };
        let is_before_intent = matches!(state, State::Begun | State::Verified | State::NoEffect);
        match aim.at {
            At::Request(nth, of, pause) if of == passage && aim.state == state => {
                self.met += 1;
                if self.met < nth {
                    return Way::On;
                }
                self.due = Some(Instant::now() + pause);
                let is_held = self.holds && passage != Passage::Gone;
                if is_held { Way::Held } else { Way::On }
            }
            At::Growth(nth) if !writes && passage == Passage::Coming && is_before_intent => {
                self.met += 1;
                if self.met >= nth {
                    self.grows_from = Some(end(&self.ledger));
                }
                Way::On
            }
            At::Start(_) | At::Request(..) | At::Growth(_) | At::Said(_) => Way::On,
        }
    }
}

/// How a system refuses.
const REFUSAL: &str = "HTTP/1.1 422 Unprocessable Entity\r\n";
