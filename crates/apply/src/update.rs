//! Changes fields of one record: read, compare, intend, send once, read back; and again, while something
//! did not leave in time or did not arrive.

use concordat_ledger::LedgerError;
use concordat_model::entry::FieldReceipt;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, Event, Field, FieldStep, IntentId, Outcome, Receipt, Record, RecordKey, Settlement,
    Step, Twin, Value, Verdict,
};
use concordat_remote::{Answer, Cause, FRESH, Failure, Write, WriteError};
use tokio::time::Instant;

use crate::create::{closed, says, twin};
use crate::receipt::{agreed, ends};
use crate::{
    Bench, Ending, Fate, ROUNDS, Sighting, Stop, Untouched, failed, refused, verdict,
    without_effect,
};

pub async fn update(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
) -> Result<(Fate, Vec<Untouched>), Stop> {
    let (mut written, mut untouched) = (None, Vec::new());
    let mut rest = step.clone();
    let mut nth = 1;
    loop {
        let (end, left) = round(bench, &rest, key, nth).await?;
        untouched.extend(left);
        match end {
            Round::Over(fate) => return Ok((with_before(fate, written), untouched)),
            Round::Again { arrived, open } => {
                rest.fields.retain(|it| open.contains(&it.name));
                if let Some(receipt) = arrived {
                    // What is half there is so by our hand, and no change of somebody else's.
                    for field in &mut rest.fields {
                        let half = receipt.fields.iter().find(|it| it.name == field.name);
                        *field = half.map_or_else(|| field.clone(), |it| field.rest(&it.found));
                    }
                    written = Some(together(written.take(), receipt));
                }
                nth += 1;
            }
        }
    }
}

/// How a round ended.
enum Round {
    /// There is no further one.
    Over(Fate),
    /// Fields are open that did not arrive; what arrived beside them is agreed.
    Again { arrived: Option<Receipt>, open: Vec<Field> },
}

/// Reads, compares and writes.
async fn round(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
    nth: u32,
) -> Result<(Round, Vec<Untouched>), Stop> {
    let superseded = |says: &str| Ok((Round::Over(Fate::Superseded(says.into())), Vec::new()));
    match came_back(bench, step).await {
        Ok(None) => {}
        Ok(Some(says)) => return superseded(&says),
        Err(failure) => {
            return failed(failure, false).map(|fate| (Round::Over(fate), Vec::new()));
        }
    }
    let record = match bench.read(step, key).await {
        Ok(Sighting::Here(read)) => read.body,
        Ok(Sighting::Another) => return superseded("another record answers to its id"),
        Ok(Sighting::Dormant) => return superseded("nobody watches the record any more"),
        Ok(Sighting::Gone) => return superseded("the record is gone"),
        Err(failure) => {
            return failed(failure, false).map(|fate| (Round::Over(fate), Vec::new()));
        }
    };
    let by = Instant::now() + FRESH;
    // Later rounds find what the first ones did themselves.
    let is_first = nth == 1;
    if is_first && bench.was_agreed_anew(&step.link).map_err(Stop::ledger(false))? {
        let says = "a newer plan has agreed on it since";
        return Ok(left(step, &record, says));
    }
    if is_first && bench.is_finished(step) {
        let says = "this plan has written it already, and it was changed since";
        return Ok(left(step, &record, says));
    }
    if let Some(says) = another_thing(step, &record) {
        return superseded(&says);
    }
    let (ready, untouched) = sort(step, &record);
    if step.fields.iter().any(|it| is_settled(it, &untouched)) {
        let settled = satisfied(bench, step, &record, &untouched).map_err(Stop::ledger(false))?;
        bench.append(Event::Settled(settled), false)?;
    }
    if ready.is_empty() {
        let moved: Vec<&str> =
            untouched.iter().filter(|it| !it.satisfied).map(|it| it.name.as_str()).collect();
        let fate = match moved.is_empty() {
            true => Fate::Satisfied,
            false => Fate::Superseded(format!("{} moved since the plan", moved.join(", "))),
        };
        return Ok((Round::Over(fate), untouched));
    }
    let planned = |it: &FieldStep| step.fields.iter().find(|field| field.name == it.name);
    // What another step of this plan added to a set is no change of somebody else's.
    let is_joined = |it: &&FieldStep| {
        planned(it).is_some_and(|field| field.before != it.before)
            && !bench.readings.is_ours(key, &it.path, &it.before)
    };
    let joined: Vec<Field> = ready.iter().filter(is_joined).map(|it| it.name.clone()).collect();
    let step = Step { fields: ready, ..step.clone() };
    Ok((write(bench, &step, record, &joined, by, nth).await?, untouched))
}

/// A fate, and what earlier rounds have written.
fn with_before(fate: Fate, written: Option<Receipt>) -> Fate {
    let Some(receipt) = written else { return fate };
    let and = |says: String| {
        let names: Vec<&str> = receipt.fields.iter().map(|it| it.name.as_str()).collect();
        format!("{says}; {} was written", names.join(", "))
    };
    match fate {
        Fate::Applied(later) => Fate::Applied(together(Some(receipt), later)),
        Fate::Satisfied | Fate::Superseded(_) => Fate::Applied(receipt),
        Fate::Failed(says) => Fate::Failed(and(says)),
        Fate::Refused(says) => Fate::Refused(and(says)),
        Fate::Unwritable(says) => Fate::Unwritable(and(says)),
        Fate::InDoubt(says) => Fate::InDoubt(and(says)),
        Fate::NotReached => fate,
    }
}

/// The receipts of two rounds as one.
fn together(earlier: Option<Receipt>, later: Receipt) -> Receipt {
    let Some(mut all) = earlier.map(|it| it.fields) else { return later };
    for field in later.fields {
        match all.iter_mut().find(|it| it.name == field.name) {
            Some(it) => *it = FieldReceipt { before: it.before.clone(), ..field },
            None => all.push(field),
        }
    }
    Receipt { fields: all, ..later }
}

/// What was agreed or written later than the plan is not touched, and not recorded again.
fn left(step: &Step, record: &Record, says: &str) -> (Round, Vec<Untouched>) {
    let (_, untouched) = sort(step, record);
    let fate = match untouched.len() == step.fields.len() && untouched.iter().all(|it| it.satisfied)
    {
        true => Fate::Satisfied,
        false => Fate::Superseded(says.into()),
    };
    (Round::Over(fate), untouched)
}

/// Whether the record is another thing than the plan thinks, although its id is the same.
pub fn another_thing(step: &Step, record: &Record) -> Option<String> {
    let changed = step
        .identity
        .iter()
        .find(|(path, held)| record.reading.get(path).is_some_and(|now| now != *held))?;
    Some(format!("its {} is not the one the plan was made for", changed.0))
}

/// Whether one of the records is there again because of whose absence this one is to be archived or
/// deleted.
pub async fn came_back(bench: &Bench<'_>, step: &Step) -> Result<Option<String>, Failure> {
    let sources = match step.action {
        Action::Archive | Action::Delete => step.sources.as_slice(),
        Action::Create | Action::Update => &[],
    };
    for key in sources {
        let read = bench.remotes[key.side()].read(key, None).await?;
        if read.body.is_some() && !zoo::is_in(Bug::NotReadById) {
            return Ok(Some(format!("{key} is there again")));
        }
    }
    Ok(None)
}

/// Fields that hold what the plan expects, and the others.
fn sort(step: &Step, record: &Record) -> (Vec<FieldStep>, Vec<Untouched>) {
    let (mut ready, mut untouched) = (Vec::new(), Vec::new());
    for field in &step.fields {
        let found = match zoo::is_in(Bug::NotCompared) {
            true => field.before.clone(),
            false => record.reading.get(&field.path).cloned().flatten(),
        };
        match field.onto(&found) {
            Some(field) if field.after != found => ready.push(field),
            now => {
                let (name, satisfied) = (field.name.clone(), now.is_some());
                untouched.push(Untouched { name, found, satisfied });
            }
        }
    }
    (ready, untouched)
}

/// What the record holds already is agreed.
fn satisfied(
    bench: &Bench<'_>,
    step: &Step,
    record: &Record,
    untouched: &[Untouched],
) -> Result<Settlement, LedgerError> {
    let holds = |field: &FieldStep| is_settled(field, untouched);
    let ends = match bench.link(step)? {
        Some(link) => link.ends,
        None => ends(step.side, record.key.clone(), &step.sources),
    };
    Ok(agreed(step, record, holds, ends, step.matched.clone()))
}

/// Whether a field needs no write, and holds just what was to be written. A set that somebody else changed as
/// well does not: what they did has not reached the other side.
fn is_settled(field: &FieldStep, untouched: &[Untouched]) -> bool {
    let here = untouched.iter().find(|it| it.satisfied && it.name == field.name);
    here.is_some_and(|it| !matches!(it.found, Some(Value::Set(_))) || it.found == field.after)
}

/// Intends, sends once and reads back.
async fn write(
    bench: &mut Bench<'_>,
    step: &Step,
    current: Record,
    joined: &[Field],
    by: Instant,
    nth: u32,
) -> Result<Round, Stop> {
    let over = |ending: Ending| ending.map(Round::Over);
    let is_last = nth == ROUNDS;
    let intent = IntentId::nth(nth, bench.run, step);
    let key = current.key.clone();
    bench
        .append(Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) }, false)?;
    let write = Write {
        resource: step.resource,
        current: Some(current),
        parent: step.parent(),
        set: step.sent(),
        marker: None,
        by,
        intent: intent.clone(),
    };
    let doubt = match bench.remotes[step.side].send(&write).await {
        Ok(_) => None,
        Err(WriteError::NoEffect(failure)) => {
            let says = failure.to_string();
            bench.append(closed(&intent, Outcome::NoEffect { says }), false)?;
            return match failure.cause == Cause::Late && !is_last {
                true => Ok(Round::Again { arrived: None, open: names(&step.fields) }),
                false => over(without_effect(failure)),
            };
        }
        Err(WriteError::Refused(failure)) => {
            let twin = twin(step, &failure);
            if twin.is_none() && !zoo::is_in(Bug::RefusedChangeTrusted) {
                match arrived_all_the_same(bench, step, &key).await {
                    Ok(None) => {}
                    Ok(Some((read, fields))) => {
                        return match fields.iter().any(|it| is_half(step, it)) {
                            true => in_part(bench, step, &intent, &read, (fields, failure), nth),
                            false => over(bench.verified(step, &intent, &read, fields)),
                        };
                    }
                    // Nobody looked: the next run does.
                    Err(failure) => return over(failed(failure, true)),
                }
            }
            let says = twin.as_ref().map_or_else(|| failure.to_string(), |twin| says(step, twin));
            bench.append(
                closed(&intent, Outcome::Refused { says: says.clone(), twin: twin.clone() }),
                false,
            )?;
            return match twin {
                Some(twin) if goes_without(step, &twin) => Ok(Round::Over(Fate::Failed(says))),
                Some(_) => Ok(Round::Over(Fate::Refused(says))),
                None => over(refused(failure)),
            };
        }
        Err(WriteError::InDoubt(failure)) => Some(failure),
    };
    let read = match bench.read(step, &key).await {
        Ok(Sighting::Here(read)) => read,
        Ok(Sighting::Another) => {
            let says = "another record answers to its id after the write";
            return Ok(Round::Over(Fate::InDoubt(says.into())));
        }
        Ok(Sighting::Gone | Sighting::Dormant) => {
            let says = "the record is gone after the write";
            return Ok(Round::Over(Fate::InDoubt(says.into())));
        }
        Err(failure) => return over(failed(failure, true)),
    };
    let mut fields = verdict::judge(&step.fields, &read.body);
    fields.iter_mut().filter(|it| joined.contains(&it.name)).for_each(overtaken);
    let Some(failure) = doubt else { return over(bench.verified(step, &intent, &read, fields)) };
    in_part(bench, step, &intent, &read, (fields, failure), nth)
}

/// Of a write that did not go well: what arrived of it is agreed, and what did not is open.
fn in_part(
    bench: &mut Bench<'_>,
    step: &Step,
    intent: &IntentId,
    read: &Answer<Record>,
    (fields, failure): (Vec<FieldReceipt>, Failure),
    nth: u32,
) -> Result<Round, Stop> {
    let is_last = nth == ROUNDS;
    let (arrived, mut open) = verdict::arrived(fields);
    open.extend(arrived.iter().filter(|it| is_half(step, it)).map(|it| it.name.clone()));
    if arrived.is_empty() {
        if is_last {
            return failed(failure, true).map(Round::Over);
        }
        let says = format!("{failure}; the record does not hold it");
        bench.append(closed(intent, Outcome::NoEffect { says }), true)?;
        return Ok(Round::Again { arrived: None, open });
    }
    let receipt = bench.received(step, intent, read, arrived, Vec::new())?;
    Ok(match open.is_empty() {
        true => Round::Over(Fate::Applied(receipt)),
        false if is_last => {
            Round::Over(with_before(Fate::Failed(failure.to_string()), Some(receipt)))
        }
        false => Round::Again { arrived: Some(receipt), open },
    })
}

/// Whether a set has a part of what was sent only: it is written in several requests.
fn is_half(step: &Step, receipt: &FieldReceipt) -> bool {
    let field = step.fields.iter().find(|it| it.name == receipt.name);
    let rest = field.and_then(|it| it.onto(&receipt.found));
    rest.is_some_and(|it| it.after != receipt.found)
}

/// A set that somebody changed since the plan, and that we changed on top of it: what they did has not
/// reached the other side.
fn overtaken(field: &mut FieldReceipt) {
    field.verdict = match field.verdict {
        Verdict::Confirmed | Verdict::Normalised => Verdict::Overtaken,
        Verdict::Discarded | Verdict::Overtaken => field.verdict,
    };
}

/// Whether only one of several fields is refused: the next run sends the others.
fn goes_without(step: &Step, twin: &Twin) -> bool {
    let is_refused = |it: &FieldStep| twin.path.as_ref().is_none_or(|path| *path == it.path);
    step.fields.iter().any(is_refused) && !step.fields.iter().all(is_refused)
}

fn names(fields: &[FieldStep]) -> Vec<Field> {
    fields.iter().map(|it| it.name.clone()).collect()
}

/// What a record holds of a write that was refused and carried out nevertheless (`highlevel.md` §4):
/// what is in it by our hand must be in the history.
async fn arrived_all_the_same(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
) -> Result<Option<(Answer<Record>, Vec<FieldReceipt>)>, Failure> {
    let Sighting::Here(read) = bench.read(step, key).await? else { return Ok(None) };
    let fields = verdict::judge(&step.fields, &read.body);
    // Of a set a part may have arrived: it is written in more than one request.
    let arrived = |it: &FieldReceipt| {
        let is_set = [&it.before, &it.sent].into_iter().any(|it| matches!(it, Some(Value::Set(_))));
        it.is_kept() || is_set && it.verdict == Verdict::Overtaken
    };
    Ok(fields.iter().any(arrived).then_some((read, fields)))
}
