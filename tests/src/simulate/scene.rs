//! What happens in a life, and in which order? Both systems, the people who use them, and whatever goes wrong,
//! all by one seed. It knows nothing of the engine.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::TimeDelta;
use concordat_model::Time;
use concordat_oracle::named::Keys;
use concordat_sandbox::{Edit, Options, Request, Response, System, World};
use serde_json::{Map, Value, json};

use super::cells::{Blow, Cells, Process, Stage};
use super::chances::{Chances, Fault, WAITS, spell};
use super::ordeal::leaves_out;
use super::people::People;
use super::work::Work;

use crate::night::persons::Dice;

/// A late request arrives at most so many minutes after it was given up.
const LATE_MINUTES: usize = 90;

/// A run passes about so many points at which it can die, and so many until it has found out what is in doubt.
const POINTS: usize = 250;
const FIRST_POINTS: usize = 40;

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests.
    pub requests: u64,
    /// Requests that write.
    pub writes: u64,
    /// Edits by people.
    pub edits: u64,
    /// What went wrong, and how far the engine was then.
    pub cells: Cells,
    /// Listings that were broken for a night.
    pub spells: u64,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is answered, well or badly.
    Answered(Response),
    /// Not one byte of it left.
    NotSent,
    /// No answer comes.
    NoAnswer,
}

/// Both systems and everybody but the engine.
pub struct Scene {
    /// Both systems.
    pub world: World,
    /// Where chance comes from.
    pub dice: Dice,
    /// Where it comes from that leaves all else as it was.
    pub aside: Dice,
    /// Requests that left although their side had asked for patience.
    pub impatient: Vec<String>,
    /// What may happen.
    pub chances: Chances,
    /// Whether things go wrong now.
    pub stormy: bool,
    /// Whether people are at work while a run is.
    pub busy: bool,
    /// What was counted.
    pub tally: Tally,
    /// The process that is at work, or was last.
    pub process: Process,
    /// What it asked.
    pub work: Work,
    /// The effects of requests that arrived when they were given up, by their places.
    pub arrived_late: Vec<usize>,
    /// The effects of an automation, by their places.
    pub automatic: Vec<usize>,
    answers: Vec<(Time, Edit)>,
    /// What a list of UpGuard leaves out while things go wrong.
    hole: Option<(&'static str, Value)>,
    people: People,
    late: Vec<(Time, System, Request)>,
    spell: Option<&'static str>,
    trace: DefaultHasher,
}

impl Scene {
    /// Two systems that never met.
    pub fn new(seed: u64, chances: Chances, mut dice: Dice) -> (Scene, Options) {
        let [vendors, contacts, threats] = chances.size;
        let options = Options { seed, vendors, contacts, threats, ..Options::default() };
        let mut world = World::new(&options);
        world.turn(&chances.switches).expect("known switches");
        let scene = Scene {
            world,
            people: People::of(&mut dice),
            aside: dice.aside(),
            impatient: Vec::new(),
            hole: None,
            dice,
            chances,
            stormy: false,
            busy: false,
            tally: Tally::default(),
            process: Process { began: Time::UNIX_EPOCH, wrote: None },
            work: Work::default(),
            arrived_late: Vec::new(),
            automatic: Vec::new(),
            answers: Vec::new(),
            late: Vec::new(),
            spell: None,
            trace: DefaultHasher::new(),
        };
        (scene, options)
    }

    /// Notes something that happened, so that two runs of one seed can be compared.
    pub fn note(&mut self, what: impl Hash) {
        what.hash(&mut self.trace);
    }

    /// The hash of all that was noted.
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }

    /// A moment between two requests: what is due arrives, and people may edit.
    pub fn passes(&mut self, now: Time) {
        for (_, system, request) in self.late.extract_if(.., |it| it.0 <= now).collect::<Vec<_>>() {
            self.arrives_late(now, system, &request);
        }
        self.automated(now);
        let busy = self.chances.busy;
        if self.busy && self.dice.below(1000) < busy {
            self.edited(now);
        }
    }

    fn arrives_late(&mut self, at: Time, system: System, request: &Request) {
        let before = self.world.effects().len();
        let answer = self.handled(at, system, request);
        self.arrived_late.extend(before..self.world.effects().len());
        self.note(("late", at.timestamp_millis(), &request.path, answer.status));
    }

    /// No run has been at work until now: what was due meanwhile arrived when it was due.
    pub fn rests(&mut self, now: Time) {
        let mut due: Vec<_> = self.late.extract_if(.., |it| it.0 <= now).collect();
        due.sort_by_key(|it| it.0);
        for (at, system, request) in due {
            self.arrives_late(at, system, &request);
        }
    }

    /// All that is late arrives: later than the next run begins nothing does (`reliability` of the systems'
    /// own networks is not part of this test).
    pub fn late_arrive(&mut self, now: Time) {
        self.rests(now);
        self.late.iter_mut().for_each(|it| it.0 = now);
        let busy = std::mem::take(&mut self.busy);
        self.passes(now);
        self.busy = busy;
    }

    /// Whoever sent this request died; it arrives all the same, or not.
    pub fn dies(&mut self, now: Time, system: System, request: Request) {
        if self.dice.below(2) == 0 {
            self.late.push((now + TimeDelta::seconds(1), system, request));
        }
    }

    /// After how many points the next process dies; nothing: it lives.
    pub fn doom(&mut self) -> Option<usize> {
        let dies = self.stormy && self.dice.below(100) < self.chances.crashes;
        let points = if self.dice.below(3) == 0 { FIRST_POINTS } else { POINTS };
        dies.then(|| self.dice.below(points))
    }

    /// Somebody changes something.
    pub fn edited(&mut self, now: Time) {
        let Some(edit) = self.people.edit(&mut self.dice, &self.world) else { return };
        let did = self.world.edit(now, &edit);
        // What a page refuses is not done.
        self.tally.edits += u64::from(did.is_ok());
        self.note((now.timestamp_millis(), format!("{edit:?}"), did.is_ok()));
    }

    /// A bad night begins.
    pub fn storm_begins(&mut self) {
        self.stormy = true;
        // What was never seen is not missed.
        if self.hole.is_none() && self.tally.writes > 0 {
            self.hole = self.chosen();
        }
        if self.chances.spells && self.dice.below(2) == 0 {
            let (name, strike) = spell(&mut self.dice);
            self.note((name, strike.to_string()));
            self.turn(name, strike);
            self.spell = Some(name);
            self.tally.spells += 1;
        }
    }

    /// What an ordeal takes out of a list, if it does.
    fn chosen(&mut self) -> Option<(&'static str, Value)> {
        let lists = self.chances.ordeal?.lists();
        let list = *lists.get(self.aside.below(lists.len().max(1)))?;
        let rows = self.world.listed(System::UpGuard, list);
        let row = rows.get(self.aside.below(rows.len().max(1)))?;
        Some((list, row["id"].clone()))
    }

    /// It is over.
    pub fn storm_ends(&mut self) {
        self.stormy = false;
        if let Some(name) = self.spell.take() {
            self.turn(name, Value::Bool(false));
        }
    }

    /// A listing whose pages are never cut from one order never ends: nothing has to come of that.
    pub fn pages_stand_still(&mut self) {
        self.turn("upguard_order_turns", Value::Bool(false));
        self.chances.switches.remove("upguard_order_turns");
    }

    /// Whether the pages of a listing are cut from one order and then from another: it may miss what is there.
    pub fn turns(&self) -> bool {
        self.chances.switches.contains_key("upguard_order_turns")
    }

    /// What is to go wrong with a request that leaves now, if anything.
    pub fn fault(&mut self, writes: bool) -> Option<Fault> {
        // A reading that fails often ends a run before anything is written.
        let part = if writes { 1 } else { 6 };
        let hit = self.stormy && self.dice.below(1000 * part) < self.chances.hit;
        let mut faults = self.chances.faults.clone();
        faults.retain(|it| it.hits(writes));
        (hit && !faults.is_empty()).then(|| faults[self.dice.below(faults.len())])
    }

    /// Something went wrong, and this is how far the engine was.
    pub fn struck(&mut self, blow: Blow, stage: Stage) {
        self.tally.cells.hit(blow, stage);
        self.note((blow, stage));
    }

    /// A request arrives, or what becomes of it instead.
    pub fn arrives(
        &mut self,
        now: Time,
        (system, request): (System, &Request),
        fault: Option<Fault>,
    ) -> Fate {
        let fate = self.befalls(now, (system, request), fault);
        self.work.answered(request, &fate);
        self.tally.requests += 1;
        self.tally.writes += u64::from(is_writing(request));
        self.note((now.timestamp_millis(), &request.method, &request.path, &request.query));
        self.note((&request.body, fault));
        match &fate {
            Fate::Answered(answer) => self.note((answer.status, &answer.headers, &answer.body)),
            Fate::NotSent => self.note("not sent"),
            Fate::NoAnswer => self.note("no answer"),
        }
        fate
    }

    fn befalls(
        &mut self,
        now: Time,
        (system, request): (System, &Request),
        fault: Option<Fault>,
    ) -> Fate {
        match fault {
            Some(Fault::Unreachable) => return Fate::NotSent,
            Some(Fault::Late) => {
                let minutes = 1 + self.dice.below(LATE_MINUTES);
                let minutes = TimeDelta::minutes(i64::try_from(minutes).expect("few"));
                self.late.push((now + minutes, system, request.clone()));
                return Fate::NoAnswer;
            }
            Some(_) | None => {}
        }
        let strike = fault.and_then(|it| it.strike(&mut self.dice, &members(&request.body)));
        if let Some((name, strike)) = &strike {
            self.turn(name, strike.clone());
        }
        let ordeal = self.chances.ordeal.filter(|_| self.stormy);
        let asked = ordeal.map(|it| it.asked(request));
        let mut answer = self.handled(now, system, asked.as_ref().unwrap_or(request));
        if let Some((name, _)) = &strike {
            self.turn(name, Value::Bool(false));
        }
        if fault == Some(Fault::Throttled) && answer.status == 429 {
            let says = WAITS[self.dice.below(WAITS.len())];
            answer.headers.retain(|(name, _)| name != "retry-after");
            answer.headers.extend(says.map(|it| ("retry-after".to_owned(), it.to_owned())));
        }
        if let Some(hole) = self.hole.as_ref().filter(|_| self.stormy) {
            leaves_out(&mut answer, hole);
        }
        match answer.dropped {
            true => Fate::NoAnswer,
            false => Fate::Answered(answer),
        }
    }

    /// A system handles a request; an automation hears of it.
    fn handled(&mut self, now: Time, system: System, request: &Request) -> Response {
        let before = self.world.effects().len();
        let answer = self.world.handle(now, system, request);
        let effects = self.world.effects()[before..].iter();
        let workflow = self.chances.workflow;
        self.answers.extend(effects.filter_map(|it| workflow?.answers(it, now)));
        answer
    }

    /// Automations do what is due.
    fn automated(&mut self, now: Time) {
        for (_, edit) in self.answers.extract_if(.., |it| it.0 <= now).collect::<Vec<_>>() {
            let before = self.world.effects().len();
            let did = self.world.edit(now, &edit).is_ok();
            self.automatic.extend(before..self.world.effects().len());
            self.note((now.timestamp_millis(), format!("{edit:?}"), did));
        }
    }

    fn turn(&mut self, name: &str, strike: Value) {
        let wanted = Map::from_iter([(name.to_owned(), strike)]);
        self.world.turn(&wanted).expect("a known strike");
    }
}

/// Searches are `POST` without being writes.
pub fn is_writing(request: &Request) -> bool {
    request.method != "GET" && !request.path.ends_with("/search")
}

/// The members of a body that can be thrown away, as the sandbox names them.
fn members(body: &[u8]) -> Vec<String> {
    let body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let below = |(name, value): (&String, &Value)| -> Vec<String> {
        let named = |inner: &str| format!("{name}.{inner}");
        match value {
            Value::Object(inner) => inner.keys().map(|it| named(it)).collect(),
            Value::Array(rows) => {
                rows.iter().filter_map(|row| Some(named(row.get("id")?.as_str()?))).collect()
            }
            _ => vec![name.clone()],
        }
    };
    body.iter().flat_map(below).collect()
}

/// What both systems hold, and everything that happened to them.
pub fn seen(world: &World) -> (Value, Vec<Value>) {
    let mut state = world.state();
    let keys = Keys::of(&state);
    let mut effects: Vec<Value> = world.effects().iter().map(|it| json!(it)).collect();
    effects.iter_mut().for_each(|it| keys.in_effect(it));
    keys.in_state(&mut state);
    (state, effects)
}
