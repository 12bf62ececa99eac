//! What went wrong, how far was the engine then, and has everything happened that can? The engine is watched from
//! outside: its ledger says how far it is. A seed may know any part of this; many seeds have to fill every cell.

use std::collections::BTreeMap;
use std::fmt;

use concordat_ledger::{History, MemoryDisk};
use concordat_model::{Event, Time};

use super::chances::Fault;
use super::mortal::Point;

/// How far the engine is with the write at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It opens what was kept, reads and plans; nothing is open.
    Reading,
    /// An earlier process left an intent open: whether it was carried out is to be found out.
    InDoubt,
    /// A plan is carried out, and no intent is open.
    Planned,
    /// A write is intended and has not left.
    Intended,
    /// It left, and what became of it is not recorded.
    Sent,
}

impl Stage {
    /// All of them, in the order in which a run comes through them.
    pub const ALL: [Stage; 5] =
        [Stage::Reading, Stage::InDoubt, Stage::Planned, Stage::Intended, Stage::Sent];

    /// As the ledger on a disk tells, of the intent that is newest.
    pub fn of(disk: &MemoryDisk, process: &Process) -> Stage {
        // What has no readable beginning was never opened to its end.
        let Ok(history) = History::read_on(disk) else { return Stage::Reading };
        let (mut is_running, mut open) = (false, Vec::new());
        for entry in history.entries().filter_map(|it| it.entry()) {
            match &entry.event {
                Event::RunBegan(_) => is_running = process.began <= entry.at,
                Event::RunEnded(_) => is_running = false,
                Event::Intended { intent, .. } => open.push((intent, entry.at)),
                Event::Closed { intent, .. } => open.retain(|(it, _)| *it != intent),
                Event::Opened { .. }
                | Event::Planned { .. }
                | Event::Settled(_)
                | Event::Decided { .. }
                | Event::Dismissed(_) => {}
            }
        }
        match open.last() {
            None if is_running => Stage::Planned,
            None => Stage::Reading,
            Some((_, at)) if *at < process.began => Stage::InDoubt,
            Some((_, at)) if process.wrote.is_some_and(|wrote| *at <= wrote) => Stage::Sent,
            Some(_) => Stage::Intended,
        }
    }
}

/// The process that is at work, as it is seen from outside.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// Since when.
    pub began: Time,
    /// When the last of its requests that write left.
    pub wrote: Option<Time>,
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blow {
    /// A request.
    Fault(Fault),
    /// The process is killed.
    Death(Point),
}

impl Blow {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Blow> {
        let faults = Fault::ALL.into_iter().map(Blow::Fault);
        faults.chain(Point::ALL.into_iter().map(Blow::Death))
    }

    /// Why it cannot happen at a stage; nothing: it can.
    pub fn impossible(self, stage: Stage) -> Option<&'static str> {
        match (self, stage) {
            (Blow::Fault(fault), Stage::Reading | Stage::InDoubt | Stage::Planned)
                if !fault.hits(false) =>
            {
                Some("it hits requests that write only, and none leaves without an intent")
            }
            (Blow::Death(Point::AfterRequest), Stage::Intended) => Some(
                "nothing is asked between an intent and its write, and a write that was answered left",
            ),
            (Blow::Fault(_) | Blow::Death(_), _) => None,
        }
    }
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Blow::Fault(fault) => write!(f, "{fault:?}"),
            Blow::Death(point) => write!(f, "killed {point:?}"),
        }
    }
}

/// How often each thing went wrong at each stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(BTreeMap<(Blow, Stage), u64>);

impl Cells {
    /// It went wrong once more.
    pub fn hit(&mut self, blow: Blow, stage: Stage) {
        *self.0.entry((blow, stage)).or_default() += 1;
    }

    /// Counts what is counted there, too.
    pub fn add(&mut self, other: &Cells) {
        for (cell, count) in &other.0 {
            *self.0.entry(*cell).or_default() += count;
        }
    }

    /// How many requests went wrong.
    pub fn faults(&self) -> u64 {
        self.sum(|blow| matches!(blow, Blow::Fault(_)))
    }

    /// How many processes were killed.
    pub fn killed(&self) -> u64 {
        self.sum(|blow| matches!(blow, Blow::Death(_)))
    }

    fn sum(&self, counts: impl Fn(Blow) -> bool) -> u64 {
        self.0.iter().filter(|((blow, _), _)| counts(*blow)).map(|(_, count)| count).sum()
    }

    /// How often it went wrong at that stage.
    pub fn count(&self, blow: Blow, stage: Stage) -> u64 {
        self.0.get(&(blow, stage)).copied().unwrap_or_default()
    }

    /// The smallest number in a cell that is possible, and in which it stands.
    pub fn least(&self) -> (u64, String) {
        let least = possible().map(|(blow, stage)| (self.count(blow, stage), blow, stage)).min();
        let (count, blow, stage) = least.expect("something is possible");
        (count, format!("{blow} x {stage:?}"))
    }

    /// Complaints about what is held to be impossible, and happened.
    pub fn unheard_of(&self) -> Vec<String> {
        let happened = self.0.keys().filter_map(|(blow, stage)| {
            let why = blow.impossible(*stage)?;
            Some(format!("{blow} x {stage:?} happened, although {why}"))
        });
        happened.collect()
    }

    /// Complaints about what is possible, and did not happen.
    pub fn missing(&self) -> Vec<String> {
        let empty = possible().filter(|(blow, stage)| self.count(*blow, *stage) == 0);
        empty.map(|(blow, stage)| format!("{blow} x {stage:?} never happened")).collect()
    }
}

fn possible() -> impl Iterator<Item = (Blow, Stage)> {
    let all = Blow::all().flat_map(|blow| Stage::ALL.map(|stage| (blow, stage)));
    all.filter(|(blow, stage)| blow.impossible(*stage).is_none())
}

impl fmt::Display for Cells {
    /// A table; `-` stands for what is impossible.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:20}", "")?;
        for stage in Stage::ALL {
            write!(f, "{:>10}", format!("{stage:?}"))?;
        }
        for blow in Blow::all() {
            write!(f, "\n{:20}", blow.to_string())?;
            for stage in Stage::ALL {
                match (blow.impossible(stage), self.count(blow, stage)) {
                    (Some(_), 0) => write!(f, "{:>10}", "-")?,
                    (_, count) => write!(f, "{count:>10}")?,
                }
            }
        }
        Ok(())
    }
}
