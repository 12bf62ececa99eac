//! Which things does an event concern? Pure, like the replay itself.
//!
//! A plan that looks only at what may have changed asks this of every entry since it last looked.

use std::collections::BTreeSet;

use concordat_model::{Action, Choice, Decision, Entry, Event, LinkId, Outcome, RecordKey, Step};

use crate::Standing;

/// Links and records about which the ledger says something new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The links. One that was to be founded by a write that failed is named too, and does not exist.
    pub links: BTreeSet<LinkId>,
    /// Records to which none of these links need lead: what left a link, what a write was about that
    /// is not known to have arrived, what a person decided about.
    pub records: BTreeSet<RecordKey>,
    /// Records that nothing touched, and of which a plan said something: it is to be said again.
    pub waiting: BTreeSet<RecordKey>,
}

impl Touched {
    fn link(id: &LinkId) -> Touched {
        Touched { links: [id.clone()].into(), ..Touched::default() }
    }

    fn step(step: &Step) -> Touched {
        let records = step.record.iter().chain(&step.sources).cloned().collect();
        Touched { records, ..Touched::link(&step.link) }
    }
}

impl Standing {
    /// What `entry` says something new about. Asked before it is added.
    pub(crate) fn touched_by(&self, entry: &Entry) -> Touched {
        match &entry.event {
            Event::Opened { .. }
            | Event::Planned { .. }
            | Event::RunBegan(_)
            | Event::RunEnded(_) => Touched::default(),
            Event::Settled(settled) => {
                let before = self.agreements.links.get(&settled.link);
                let before = before.into_iter().flat_map(|it| it.ends.iter());
                let left = before.flat_map(|(side, ends)| {
                    ends.iter().filter(move |it| !settled.ends[side].contains(it))
                });
                Touched { records: left.cloned().collect(), ..Touched::link(&settled.link) }
            }
            Event::Intended { step, .. } => Touched::step(step),
            Event::Dismissed(it) => {
                let records = it.gone.iter().chain(&it.sources).cloned().collect();
                Touched { records, ..Touched::link(&it.link) }
            }
            Event::Closed { intent, outcome } => match outcome {
                Outcome::Verified(receipt) => {
                    let is_over = receipt.action == Action::Delete;
                    let left = receipt.sources.iter().chain([&receipt.record]);
                    let records = left.filter(|_| is_over).cloned().collect();
                    Touched { records, ..Touched::link(&receipt.link) }
                }
                Outcome::NoEffect { .. } | Outcome::Refused { .. } => {
                    let open = self.intents.get(intent);
                    open.map(|open| Touched::step(&open.step)).unwrap_or_default()
                }
            },
            Event::Decided { decision, .. } => match decision {
                Decision::Conflict { link, .. } => Touched::link(link),
                Decision::Match { record, choice, .. } => {
                    let other = match choice {
                        Choice::Link(other) => Some(other),
                        Choice::Create | Choice::Never | Choice::Ask => None,
                    };
                    let records = [record].into_iter().chain(other).cloned().collect();
                    Touched { records, ..Touched::default() }
                }
                Decision::Quarantine { link, .. } => Touched::link(link),
                // The projection is made anew, and all is looked at.
                Decision::Backup => Touched::default(),
            },
        }
    }
}

/// The link that the replay of `event` changes, if it changes one: it must be there first.
pub(crate) fn changed_by(event: &Event) -> Option<&LinkId> {
    match event {
        Event::Settled(settled) => Some(&settled.link),
        Event::Dismissed(it) => Some(&it.link),
        Event::Closed { outcome, .. } => match outcome {
            Outcome::Verified(receipt) => Some(&receipt.link),
            Outcome::NoEffect { .. } | Outcome::Refused { .. } => None,
        },
        Event::Opened { .. }
        | Event::Planned { .. }
        | Event::RunBegan(_)
        | Event::Intended { .. }
        | Event::Decided { .. }
        | Event::RunEnded(_) => None,
    }
}
