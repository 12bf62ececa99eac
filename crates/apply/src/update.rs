//! Changes fields of one record: read, compare, intend, send once, read back.

use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Event, FieldStep, IntentId, Outcome, Receipt, Record, RecordKey, Settlement, Step, Verdict,
};
use concordat_remote::{Answer, Write, WriteError};

use crate::create::{closed, says, twin};
use crate::{Bench, Ending, Fate, Untouched, agreed, ends, failed, receipt, verdict};

pub async fn update(bench: &mut Bench<'_>, step: &Step, key: &RecordKey) -> Ending {
    let read = match bench.remotes[step.side].read(key).await {
        Ok(read) => read,
        Err(failure) => return failed(failure, false),
    };
    let Some(record) = read.body else {
        return Ok((Fate::Superseded("the record is gone".into()), Vec::new()));
    };
    (bench.observe)(record.clone(), read.at);
    if record.key != *key {
        return Ok((Fate::Superseded("another record answers to its id".into()), Vec::new()));
    }
    if bench.was_agreed_anew(&step.link) {
        let says = "a newer plan has agreed on it since";
        return Ok(left(step, &record, says));
    }
    if bench.is_finished(step) {
        let says = "this plan has written it already, and it was changed since";
        return Ok(left(step, &record, says));
    }
    if let Some(says) = another_thing(step, &record) {
        return Ok((Fate::Superseded(says), Vec::new()));
    }
    let (ready, untouched) = sort(step, &record);
    if untouched.iter().any(|it| it.satisfied) {
        bench.append(Event::Settled(satisfied(bench, step, &record, &untouched)), false)?;
    }
    if ready.is_empty() {
        let moved: Vec<&str> =
            untouched.iter().filter(|it| !it.satisfied).map(|it| it.name.as_str()).collect();
        let fate = match moved.is_empty() {
            true => Fate::Satisfied,
            false => Fate::Superseded(format!("{} moved since the plan", moved.join(", "))),
        };
        return Ok((fate, untouched));
    }
    let step = Step { fields: ready, ..step.clone() };
    let (fate, _) = write(bench, &step, record).await?;
    Ok((fate, untouched))
}

/// What was agreed or written later than the plan is not touched, and not recorded again.
fn left(step: &Step, record: &Record, says: &str) -> (Fate, Vec<Untouched>) {
    let (_, untouched) = sort(step, record);
    let holds = |field: &FieldStep| record.reading.get(&field.path) == Some(&field.after);
    let fate = match step.fields.iter().all(holds) {
        true => Fate::Satisfied,
        false => Fate::Superseded(says.into()),
    };
    (fate, untouched)
}

/// Whether the record is another thing than the plan thinks, although its id is the same.
fn another_thing(step: &Step, record: &Record) -> Option<String> {
    let changed = step
        .identity
        .iter()
        .find(|(path, held)| record.reading.get(path).is_some_and(|now| now != *held))?;
    Some(format!("its {} is not the one the plan was made for", changed.0))
}

/// Fields that hold what the plan expects, and the others.
fn sort(step: &Step, record: &Record) -> (Vec<FieldStep>, Vec<Untouched>) {
    let (mut ready, mut untouched) = (Vec::new(), Vec::new());
    for field in &step.fields {
        let found = record.reading.get(&field.path).cloned().flatten();
        if found == field.after {
            untouched.push(Untouched { name: field.name.clone(), found, satisfied: true });
        } else if found == field.before {
            ready.push(field.clone());
        } else {
            untouched.push(Untouched { name: field.name.clone(), found, satisfied: false });
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
) -> Settlement {
    let holds =
        |field: &FieldStep| untouched.iter().any(|it| it.satisfied && it.name == field.name);
    let ends = match bench.link(step) {
        Some(link) => link.ends.clone(),
        None => ends(step.side, record.key.clone(), &step.sources),
    };
    agreed(step, record, holds, ends, step.matched.clone())
}

/// Intends, sends once and reads back.
async fn write(bench: &mut Bench<'_>, step: &Step, current: Record) -> Ending {
    let intent = IntentId::of(bench.run, step);
    let key = current.key.clone();
    bench
        .append(Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) }, false)?;
    let write = Write {
        resource: step.resource,
        current: Some(current),
        set: step.fields.iter().map(|it| (it.path.clone(), it.after.clone())).collect(),
        marker: None,
    };
    let doubt = match bench.remotes[step.side].send(&write).await {
        Ok(_) => None,
        Err(WriteError::NoEffect(failure)) => {
            let says = failure.to_string();
            bench.append(closed(&intent, Outcome::NoEffect { says }), false)?;
            return failed(failure, false);
        }
        Err(WriteError::Refused(failure)) => {
            let twin = twin(step, &failure);
            if twin.is_none()
                && let Some(receipt) = arrived_all_the_same(bench, step, &key).await
            {
                bench.append(closed(&intent, Outcome::Verified(receipt.clone())), true)?;
                return Ok((Fate::Applied(receipt), Vec::new()));
            }
            let says = twin.as_ref().map_or_else(|| failure.to_string(), |twin| says(step, twin));
            bench.append(
                closed(&intent, Outcome::Refused { says: says.clone(), twin: twin.clone() }),
                false,
            )?;
            return match twin {
                Some(_) => Ok((Fate::Failed(says), Vec::new())),
                None => failed(failure, false),
            };
        }
        Err(WriteError::InDoubt(failure)) => Some(failure),
    };
    let read = match bench.remotes[step.side].read(&key).await {
        Ok(read) => read,
        Err(failure) => return failed(failure, true),
    };
    let Some(record) = read.body else {
        return Ok((Fate::InDoubt("the record is gone after the write".into()), Vec::new()));
    };
    (bench.observe)(record.clone(), read.at);
    if record.key != key {
        let says = "another record answers to its id after the write";
        return Ok((Fate::InDoubt(says.into()), Vec::new()));
    }
    let fields = verdict::judge(&step.fields, &record);
    let arrived = fields.iter().any(|it| it.verdict != Verdict::Discarded);
    if let Some(failure) = doubt.filter(|_| !arrived) {
        return failed(failure, true);
    }
    let receipt = receipt(step, &Answer { at: read.at, body: record }, fields, false);
    bench.append(closed(&intent, Outcome::Verified(receipt.clone())), true)?;
    Ok((Fate::Applied(receipt), Vec::new()))
}

/// The receipt of a write that was refused and carried out nevertheless (`highlevel.md` §4): what is
/// in the record by our hand must be in the history.
async fn arrived_all_the_same(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
) -> Option<Receipt> {
    let read = bench.remotes[step.side].read(key).await.ok()?;
    let record = read.body.filter(|it| it.key == *key)?;
    (bench.observe)(record.clone(), read.at);
    let read = Answer { at: read.at, body: record };
    let fields = verdict::judge(&step.fields, &read.body);
    let kept = |it: &FieldReceipt| matches!(it.verdict, Verdict::Confirmed | Verdict::Normalised);
    fields.iter().any(kept).then(|| receipt(step, &read, fields, false))
}
