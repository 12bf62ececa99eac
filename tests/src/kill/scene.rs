//! Two systems behind gates, people who edit them, and one process after the other: some that die at a chosen moment,
//! and some that may live.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use concordat_model::{Action, Event, IntentId, Outcome, Step};
use concordat_oracle::{rows, text};
use serde_json::Value;

use super::Life;
use super::judge::{Kind, Since, Violation, judged};
use super::lookout::{Aim, At, Lookout};
use super::people::People;
use super::state::{Cells, State};
use crate::night::gate::{Gate, Passage};
use crate::night::watched::Watched;
use crate::night::{Child, Night};

/// Somebody looks at what is planned; and people delete as much as they like.
const ALLOWED: [&str; 6] =
    ["--allow", "first-agreement", "--allow", "shrunken", "--reason", "read and found good"];
/// After so many nights in peace nothing is left to do.
const NIGHTS_MAX: usize = 5;
/// No process works longer.
const PATIENCE: Duration = Duration::from_secs(60);
const SIGKILL: i32 = 9;

/// All of it.
pub struct Scene<'a> {
    /// Who works in both systems.
    pub people: People,
    night: &'a Night,
    watched: Watched<'a>,
    lookout: Lookout,
    is_null: bool,
    /// How often each state was aimed at.
    aimed: BTreeMap<State, u64>,
    /// How long a process needs until it asks for something, and how often it asks until it has a plan.
    opening: Duration,
    asks: usize,
    /// How the newest intent was left that is open.
    left: State,
    /// Records of which it is not known whether a write to them arrived.
    doubtful: BTreeSet<String>,
    blurred: BTreeSet<String>,
    /// Those among them that people deleted before anybody could know of them.
    unknown: BTreeSet<String>,
    since: Since,
}

impl<'a> Scene<'a> {
    /// Two systems that never met.
    pub fn of(night: &'a Night, seed: u64, is_null: bool) -> Scene<'a> {
        let watched = Watched::begins(night);
        night.run(&["doctor", "--fix"]).exits(0);
        let people = People::of(night, seed);
        let lookout = Lookout::at(night.state_dir().join("ledger"), !is_null);
        for side in ["/upguard/base_url", "/highlevel/base_url"] {
            let gate = Gate::before(night.sandbox.contract(side));
            gate.watched_by(lookout.watch());
            night.configure(|text| gate.through(text));
        }
        Scene {
            people,
            night,
            watched,
            lookout,
            is_null,
            aimed: BTreeMap::new(),
            opening: Duration::from_millis(40),
            asks: 4,
            left: State::Reading,
            doubtful: BTreeSet::new(),
            blurred: BTreeSet::new(),
            unknown: BTreeSet::new(),
            since: Since::default(),
        }
    }

    /// People do something, and a process is started and killed, if it is not done before.
    pub fn runs_and_is_killed(&mut self, life: &mut Life) {
        let times = 3 + self.people.dice.below(3);
        self.people.act(self.night, times);
        let aim = self.aim(&life.cells);
        let effects = self.night.sandbox.effects();
        self.blur(&effects);
        self.lookout.expects(Some(aim));
        let said = self.night.file("said");
        let mut command = self.night.command(&[&["reconcile"], &ALLOWED[..]].concat());
        command.stdout(Stdio::null()).stderr(File::create(&said).expect("a writable file"));
        let status = self.ends(Child::of(command), life);
        let wrong = Violation::of(Kind::Other);
        self.watched.was_killed(effects.len());
        match (status.signal(), status.code()) {
            (Some(SIGKILL), _) => life.cells.hit(self.lookout.state()),
            (None, Some(0 | 3 | 6)) => life.done += 1,
            (signal, code) => {
                let said = fs::read_to_string(&said).unwrap_or_default();
                life.violations.push(wrong(format!("signal {signal:?}, code {code:?}: {said}")));
            }
        }
        life.violations.extend(self.lookout.complaints().into_iter().map(wrong));
        self.opening = self.lookout.opening().unwrap_or(self.opening);
        self.asks = self.asks.max(self.lookout.asked(State::Reading) as usize);
        self.left_behind(effects.len());
    }

    /// Waits until it is time to kill it, and kills it; or until it is done.
    fn ends(&self, mut child: Child, life: &mut Life) -> ExitStatus {
        let began = Instant::now();
        while child.runs() && (self.is_null || !self.lookout.is_due()) {
            if began.elapsed() > PATIENCE {
                life.violations.push(Violation::of(Kind::Other)("it does not end".to_owned()));
                break;
            }
            let tense = self.lookout.is_tense();
            thread::sleep(Duration::from_micros(if tense { 20 } else { 300 }));
        }
        let status = child.kill();
        while self.lookout.is_busy() && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_micros(300));
        }
        status
    }

    /// What is in doubt, and what people do about it at once.
    fn left_behind(&mut self, effects_before: usize) {
        let state = self.lookout.state();
        let epoch = self.lookout.book(|book| book.epoch());
        let open: Vec<Step> =
            self.lookout.book(|book| book.open().iter().map(|it| it.step.clone()).collect());
        if !matches!(state, State::Opening | State::Sought) {
            self.left = state;
        }
        let effects = self.night.sandbox.effects();
        let made =
            |it: &&Value| it["actor"] == "api" && it["field"].is_null() && it["before"].is_null();
        let newest = effects[effects_before..].iter().rfind(made);
        let makes = open.iter().any(|it| it.action == Action::Create);
        self.doubtful.retain(|_| makes);
        self.doubtful.extend(newest.filter(|_| makes).map(|it| text(&it["id"])));
        let records = open.iter().filter_map(|it| it.record.as_ref());
        self.doubtful.extend(records.map(|it| it.id.as_str().to_owned()));
        for step in self.refused_in(epoch) {
            self.people.correct(self.night, &step);
        }
        if let Some(step) = open.last().filter(|_| self.people.dice.below(3) == 0) {
            self.people.meddle(self.night, step);
        }
    }

    /// Steps that the process of an epoch recorded as refused.
    fn refused_in(&self, epoch: u64) -> Vec<Step> {
        self.lookout.book(|book| {
            let mut intended: BTreeMap<&IntentId, &Step> = BTreeMap::new();
            let mut refused = Vec::new();
            for entry in book.entries() {
                match &entry.event {
                    Event::Intended { intent, step } => drop(intended.insert(intent, step)),
                    Event::Closed { intent, outcome: Outcome::Refused { twin: None, .. } }
                        if entry.epoch == epoch =>
                    {
                        refused.extend(intended.get(intent).map(|it| (*it).clone()));
                    }
                    _ => {}
                }
            }
            refused
        })
    }

    /// Of what people did with records in doubt nobody can tell whose work they hold.
    fn blur(&mut self, effects: &[Value]) {
        let by_people =
            effects[self.since.effects..].iter().rev().take_while(|it| it["actor"] != "api");
        for it in by_people.filter(|it| self.doubtful.contains(&text(&it["id"]))) {
            self.blurred.insert(text(&it["id"]));
            if it["field"].is_null() && it["after"].is_null() {
                self.unknown.insert(text(&it["id"]));
            }
        }
    }

    /// Nights in peace until nothing is left to do, and a judgement.
    pub fn comes_to_rest(&mut self, life: &mut Life) {
        let effects = self.night.sandbox.effects();
        self.blur(&effects);
        self.lookout.expects(None);
        let unconverged = Violation::of(Kind::Unconverged);
        let mut run = Value::Null;
        for _ in 0..NIGHTS_MAX {
            self.night.sandbox.minutes_pass(24 * 60);
            let ran = self.watched.reconciles(&ALLOWED);
            if !matches!(ran.code, Some(0 | 3 | 6)) {
                return life.violations.push(unconverged(ran.told()));
            }
            run = ran.json();
            // What was joined only now, is missing for the first time, or waited for a first agreement to be over,
            // the next night goes on with.
            let is_over = run["settled"] == 0
                && rows(&run["quarantined"]).is_empty()
                && !self.agreed_for_the_first_time();
            if run["operations"] == 0 && is_over {
                break;
            }
        }
        let rests = catch_unwind(AssertUnwindSafe(|| self.watched.finds_nothing()));
        let told = self.watched.life();
        fs::write(self.night.file("life.json"), told.to_string()).expect("a writable file");
        if let Err(panic) = rests {
            let says = panic.downcast::<String>().map(|it| *it).unwrap_or_default();
            return life.violations.push(unconverged(says));
        }
        let (violations, compared) =
            judged(self.night, (&told, &run), self.since, [&self.blurred, &self.unknown]);
        life.violations.extend(violations);
        life.compared += compared as u64;
        let lost = self.people.lost(self.night, &run);
        life.violations.extend(lost.into_iter().map(Violation::of(Kind::LostEdit)));
        let wrong = Violation::of(Kind::Other);
        life.violations.extend(self.lookout.complaints().into_iter().map(wrong));

        self.since = Since {
            effects: self.night.sandbox.effects().len(),
            entries: self.lookout.book(|book| book.entries().count() as u64),
        };
        (self.doubtful, self.blurred) = Default::default();
        self.people.begin_anew(self.night);
    }

    /// Whether the newest run was a first agreement, of any mapping: it archives nothing.
    fn agreed_for_the_first_time(&self) -> bool {
        self.lookout.book(|book| {
            let began = book.entries().filter_map(|it| match &it.event {
                Event::RunBegan(began) => Some(began),
                _ => None,
            });
            began.last().is_some_and(|it| !it.first_agreement.is_empty())
        })
    }

    /// How many writes a later process than their own found to have arrived, and how many not.
    pub fn recovered(&self) -> [u64; 2] {
        self.lookout.book(|book| {
            let mut begun: BTreeMap<&IntentId, u64> = BTreeMap::new();
            let mut found = [0, 0];
            for entry in book.entries() {
                match &entry.event {
                    Event::Intended { intent, .. } => drop(begun.insert(intent, entry.epoch)),
                    Event::Closed { intent, outcome } => {
                        let is_later = begun.get(intent).is_some_and(|it| *it < entry.epoch);
                        let arrived = matches!(outcome, Outcome::Verified(_));
                        found[usize::from(!arrived)] += u64::from(is_later);
                    }
                    _ => {}
                }
            }
            found
        })
    }

    /// The next one dies where fewest have died that could.
    fn aim(&mut self, cells: &Cells) -> Aim {
        let is_open = self.lookout.book(|book| !book.open().is_empty());
        let left = self.left;
        let arrived = matches!(left, State::Unanswered | State::Answered | State::InDoubt);
        let is_possible = |state: &State| match state {
            State::Sought => is_open,
            State::Adopted => is_open && arrived,
            State::Dropped => is_open && !arrived,
            _ => true,
        };
        let dice = &mut self.people.dice;
        let states = dice.shuffled(State::ALL.to_vec());
        let seldom =
            |it: &State| cells.count(*it) + self.aimed.get(it).copied().unwrap_or_default();
        let state = states.into_iter().filter(is_possible).min_by_key(seldom);
        let state = state.expect("some state is possible");
        *self.aimed.entry(state).or_default() += 1;

        let mut below = |most: usize| dice.below(most + 1);
        let micros = |it: usize| Duration::from_micros(it as u64);
        let nth = |it: usize| u32::try_from(it + 1).unwrap_or(u32::MAX);
        let nothing = Duration::ZERO;
        let held = [Passage::Going, Passage::Coming];
        let at = match state {
            State::Opening => {
                let all = usize::try_from(self.opening.as_micros()).unwrap_or(usize::MAX);
                At::Start(micros(below(all)))
            }
            // While it pulls; or once all is pulled, while that is kept and a plan is made.
            State::Reading => match below(2) {
                0 => At::Request(nth(self.asks - 2), Passage::Gone, micros(below(30_000))),
                at => At::Request(nth(below(self.asks / 2)), held[at - 1], nothing),
            },
            State::Sought => match below(2) {
                0 => At::Request(1, Passage::Gone, micros(below(4_000))),
                at => At::Request(1, held[at - 1], nothing),
            },
            State::Adopted | State::Dropped => At::Request(nth(below(4)), held[below(1)], nothing),
            State::Begun => At::Request(1, held[below(1)], nothing),
            State::Intended => At::Growth(nth(below(2))),
            State::Sent => At::Request(nth(below(2)), Passage::Going, nothing),
            State::Unanswered => At::Request(nth(below(2)), Passage::Coming, nothing),
            State::Answered => match below(3) {
                0 => At::Request(nth(below(2)), Passage::Gone, micros(below(3_000))),
                1 => At::Request(nth(below(2)), Passage::Coming, nothing),
                _ => At::Request(nth(below(2)), Passage::Going, nothing),
            },
            State::Verified => At::Request(nth(below(2)), held[below(1)], nothing),
            State::NoEffect | State::Refused | State::InDoubt => {
                At::Request(1, held[below(1)], nothing)
            }
            State::Ended => At::Said(micros(below(3_000))),
        };
        Aim { state, at, spoils: nth(below(2) / 2) }
    }
}
