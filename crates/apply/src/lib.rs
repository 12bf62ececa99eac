//! Make it so: carries out a [`CheckedPlan`], one verified write at a time, and settles what a crash
//! left open.
//!
//! For each step: read the record, compare it with what the plan expects, make the intent durable,
//! send once, read back, record the verdict. A write that could not leave while its reading was fresh,
//! or of which nothing arrived, takes another round: read again, compare again, intend anew. It chooses nothing: what no longer holds is superseded,
//! what is in doubt is said and left for the next run. It does not know how plans are made; it never
//! depends on `diff`.

mod asks;
mod create;
mod delete;
mod endowed;
mod fate;
mod readings;
mod receipt;
mod record;
mod settle;
mod shares;
mod unfed;
mod update;
mod verdict;

use std::collections::BTreeMap;

use concordat_ledger::{Ledger, LedgerError};
use concordat_model::entry::FieldReceipt;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, CheckedPlan, Endowment, Event, Fingerprint, IntentId, Link, LinkId, MappingName,
    Outcome, Reached, Receipt, Record, RecordKey, RunId, Settlement, Sides, Step, Time,
};
use concordat_remote::{Answer, Cause, Clock, Failure, Remote};
use thiserror::Error;

use crate::receipt::receipt;
use crate::shares::Shares;
use crate::unfed::Undone;

pub use asks::asks;
pub use fate::{Done, Fate, Untouched};
pub use readings::Readings;
pub use settle::{Effect, Settled, settle};

/// How many rounds a step gets. What does not succeed in the third does not for a reason.
const ROUNDS: u32 = 3;

/// What carrying out a plan needs.
pub struct Bench<'a> {
    /// Both systems.
    pub remotes: Sides<&'a dyn Remote>,
    /// Where intents and receipts are kept.
    pub ledger: &'a mut Ledger,
    /// The time.
    pub clock: &'a dyn Clock,
    /// The run this happens in.
    pub run: &'a RunId,
    /// The plan that is carried out, and the newest ledger entry it builds on; nothing while earlier
    /// runs are settled.
    pub basis: Option<Basis<'a>>,
    /// Told about every record that is read by id, and when (in the side's clock), so that the mirror
    /// learns what we see here.
    pub observe: &'a mut (dyn FnMut(Record, Time) + Send),
    /// Told after every step: how many are done, of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Asked before every step whether to go on; a step that was begun is always finished.
    pub go_on: &'a (dyn Fn(&Step) -> Result<(), Halt> + Sync),
    /// How many steps of a mapping may write, where that is bounded.
    pub steps_max: &'a BTreeMap<MappingName, u64>,
    /// What was read by id here, and when.
    pub readings: Readings,
}

/// What a plan builds on.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The plan.
    pub plan: &'a Fingerprint,
    /// The newest ledger entry when it was made.
    pub position: u64,
}

/// Why a run ended before its plan did.
#[derive(Debug, Error)]
pub enum Halt {
    /// Nothing can be recorded any more, so nothing may be sent.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No further call can succeed: credentials, or the side's own quota.
    #[error(transparent)]
    Remote(Failure),
    /// What a run may use up is used up. Of a mapping's part: the other mappings were carried out.
    #[error("{0}")]
    Budget(Reached),
    /// A person interrupted it.
    #[error("interrupted")]
    Interrupted,
}

/// How far a plan was carried out.
#[derive(Debug)]
pub struct Carried {
    /// Every step.
    pub done: Vec<Done>,
    /// How many settlements were recorded.
    pub settled: u64,
    /// What ended the run before its plan did.
    pub halt: Option<Halt>,
}

/// Carries out `plan`. Every step has a fate, whatever ends the run.
pub async fn push(bench: &mut Bench<'_>, plan: &CheckedPlan) -> Carried {
    let plan = plan.plan();
    let mut done = Vec::with_capacity(plan.steps.len());
    let (settled, mut halt) = match record::record(bench, plan) {
        Ok(settled) => (settled, None),
        Err(halt) => (0, Some(halt)),
    };
    let (mut undone, mut shares) = (Undone::default(), Shares::of(bench.steps_max));
    let endowed = endowed::by_link(&plan.endowments);
    for step in &plan.steps {
        if halt.is_none() {
            halt = (bench.go_on)(step).err();
        }
        if halt.is_some() || shares.is_used_up(step) {
            let it = Done { step: step.clone(), fate: Fate::NotReached, untouched: Vec::new() };
            undone.learn(&it);
            done.push(it);
            continue;
        }
        let unwritable = bench.remotes[step.side].unwritable(step.resource);
        let ready = match unwritable.map(Fate::Unwritable).or_else(|| undone.keeps_from(step)) {
            Some(fate) => Ok(Err(fate)),
            None => bench.placed(step).map(|it| it.map_err(Fate::Superseded)),
        };
        let (it, stop) = match ready {
            Err(error) => {
                let fate = Fate::NotReached;
                let done = Done { step: step.clone(), fate, untouched: Vec::new() };
                (done, Some(Halt::Ledger(error)))
            }
            Ok(Err(fate)) => (Done { step: step.clone(), fate, untouched: Vec::new() }, None),
            Ok(Ok(step)) => {
                let endowments = endowed.get(&step.link).map_or(&[][..], Vec::as_slice);
                carry_out(bench, &step, endowments).await
            }
        };
        undone.learn(&it);
        shares.take(&it);
        done.push(it);
        halt = stop;
        (bench.progress)(done.len(), plan.steps.len());
    }
    let halt = halt.or_else(|| shares.reached().map(Halt::Budget));
    Carried { done, settled, halt }
}

#[tracing::instrument(level = "debug", skip_all, fields(step = %step.id, side = %step.side))]
async fn carry_out(
    bench: &mut Bench<'_>,
    step: &Step,
    endowments: &[&Endowment],
) -> (Done, Option<Halt>) {
    let end = match &step.record {
        _ if bench.is_in_doubt(&step.link) => {
            let says = "an earlier write to it is in doubt; it is looked for at every run";
            Ok((Fate::InDoubt(says.into()), Vec::new()))
        }
        Some(key) if step.action == Action::Delete => {
            delete::delete(bench, step, key).await.map(|fate| (fate, Vec::new()))
        }
        Some(key) => update::update(bench, step, key).await,
        None => create::create(bench, step, endowments).await.map(|fate| (fate, Vec::new())),
    };
    match end {
        Ok((fate, untouched)) => (Done { step: step.clone(), fate, untouched }, None),
        Err(stop) => {
            let says = stop.to_string();
            let fate = match stop.sent {
                true => Fate::InDoubt(says),
                false => Fate::Failed(says),
            };
            (Done { step: step.clone(), fate, untouched: Vec::new() }, Some(stop.halt))
        }
    }
}

/// The end of a step that also ends the run.
#[derive(Debug)]
struct Stop {
    halt: Halt,
    /// Whether the write had been sent.
    sent: bool,
}

impl Stop {
    /// The ledger fails; `sent`: after the write had been sent.
    fn ledger(sent: bool) -> impl FnOnce(LedgerError) -> Stop {
        move |error| Stop { halt: Halt::Ledger(error), sent }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.halt.fmt(f)
    }
}

type Ending = Result<Fate, Stop>;

/// What a read by id says about a record.
enum Sighting {
    /// It is there.
    Here(Answer<Record>),
    /// Another record answers to its id: it was merged into that one.
    Another,
    /// It is there, and its side does not watch it any more.
    Dormant,
    /// It is not there.
    Gone,
}

/// Whether a failure of one call means that all further calls fail too.
fn ends_the_run(failure: &Failure) -> bool {
    match failure.cause {
        Cause::Credentials | Cause::Expired | Cause::SignedOut | Cause::Scope | Cause::Budget => {
            true
        }
        Cause::Unreachable
        | Cause::NoAnswer
        | Cause::Throttled
        | Cause::Late
        | Cause::Duplicate { .. }
        | Cause::Missing
        | Cause::Rejected
        | Cause::Broken
        | Cause::Malformed => false,
    }
}

/// A failed call: ends the run if all others would fail too, else only this step.
fn failed(failure: Failure, sent: bool) -> Ending {
    if ends_the_run(&failure) {
        return Err(Stop { halt: Halt::Remote(failure), sent });
    }
    let says = failure.to_string();
    Ok(if sent { Fate::InDoubt(says) } else { Fate::Failed(says) })
}

/// A write that certainly had no effect. One that the credentials do not allow says nothing about reading,
/// nor about other writes.
fn without_effect(failure: Failure) -> Ending {
    match failure.cause == Cause::Scope {
        true => Ok(Fate::Unwritable(failure.to_string())),
        false => failed(failure, false),
    }
}

/// A write that was refused for good: ends the run if all others would be too, else only this step.
fn refused(failure: Failure) -> Ending {
    match ends_the_run(&failure) {
        true => failed(failure, false),
        false => Ok(Fate::Refused(failure.to_string())),
    }
}

impl Bench<'_> {
    fn append(&mut self, event: Event, sent: bool) -> Result<(), Stop> {
        if zoo::is_in(Bug::IntentsUntold) && matches!(event, Event::Intended { .. }) {
            return Ok(());
        }
        let appended = self.ledger.append(self.clock.now(), Some(self.run), event);
        appended.map(drop).map_err(Stop::ledger(sent))
    }

    /// Reads one record by id, and tells the mirror.
    async fn read(&mut self, step: &Step, key: &RecordKey) -> Result<Sighting, Failure> {
        let read = self.remotes[step.side].read(key, step.parent().as_ref()).await;
        let Answer { at, body } = read?;
        let Some(record) = body else { return Ok(Sighting::Gone) };
        let at = self.readings.tell(&record.key, at);
        (self.observe)(record.clone(), at);
        Ok(match record.key == *key {
            true if record.is_dormant() => Sighting::Dormant,
            true => Sighting::Here(Answer { at, body: record }),
            false => Sighting::Another,
        })
    }

    /// Records what the reading after a write says, and closes its intent.
    fn verified(
        &mut self,
        step: &Step,
        intent: &IntentId,
        read: &Answer<Record>,
        fields: Vec<FieldReceipt>,
    ) -> Ending {
        self.received(step, intent, read, fields, Vec::new()).map(Fate::Applied)
    }

    /// As [`Bench::verified`], of what arrived: `fields`. `settled`: what follows from the same reading for
    /// other links; one sync makes all of it durable, the receipt first.
    fn received(
        &mut self,
        step: &Step,
        intent: &IntentId,
        read: &Answer<Record>,
        fields: Vec<FieldReceipt>,
        settled: Vec<Settlement>,
    ) -> Result<Receipt, Stop> {
        let receipt = receipt(step, read, fields, false);
        let outcome = Outcome::Verified(receipt.clone());
        let closed = Event::Closed { intent: intent.clone(), outcome };
        let again = zoo::is_in(Bug::ToldTwice).then(|| closed.clone());
        let events = [closed].into_iter().chain(again);
        let events = events.chain(settled.into_iter().map(Event::Settled)).collect();
        let appended = self.ledger.append_all(self.clock.now(), Some(self.run), events);
        appended.map_err(Stop::ledger(true))?;
        self.readings.wrote(&receipt);
        Ok(receipt)
    }

    /// Whether another plan than this one agreed on something in the link since this one was made. An
    /// interrupted run of the same plan does not count: it is being finished.
    fn was_agreed_anew(&self, link: &LinkId) -> Result<bool, LedgerError> {
        let touched = self.ledger.link(link)?.map(|link| link.touched);
        Ok(self.basis.zip(touched).is_some_and(|(basis, touched)| {
            touched.entry > basis.position && touched.plan.as_ref() != Some(basis.plan)
        }))
    }

    /// Whether something was sent for the link of which nobody knows yet whether it arrived. Another
    /// write could be the second of its kind.
    fn is_in_doubt(&self, link: &LinkId) -> bool {
        self.ledger.open_intents().any(|(_, open)| open.step.link == *link)
    }

    /// Whether this saved plan has carried the step out already: what was changed since was changed by
    /// somebody else.
    fn is_finished(&self, step: &Step) -> bool {
        self.basis.is_some_and(|basis| self.ledger.is_finished(basis.plan, &step.id))
    }

    /// Whether the record is in another link of the same mapping.
    fn is_taken(&self, step: &Step, record: &RecordKey) -> Result<bool, LedgerError> {
        let links = self.ledger.links_of(record)?;
        Ok(links.iter().any(|link| link.mapping == step.mapping && link.id != step.link))
    }

    /// The step as it can be carried out: what is to stand at a record that this plan makes stands at
    /// the one that was made, if one was. The inner `Err` says why it cannot.
    fn placed(&self, step: &Step) -> Result<Result<Step, String>, LedgerError> {
        let Some(link) = step.awaits() else { return Ok(Ok(step.clone())) };
        let made = self.ledger.link(&link)?;
        let at = made.as_ref().and_then(|it| it.ends[step.side].first());
        let says = "the record at which it would stand was not made";
        Ok(step.clone().placed(at.map(|it| &it.id)).ok_or_else(|| says.to_owned()))
    }

    fn link(&self, step: &Step) -> Result<Option<Link>, LedgerError> {
        self.ledger.link(&step.link)
    }
}
