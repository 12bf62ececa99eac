//! Changes fields of one record: read, compare, intend, send once, read back.

use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Event, FieldStep, IntentId, Outcome, Record, RecordKey, Settlement, Step, Value, Verdict,
};
use concordat_remote::{Answer, Write, WriteError};

use crate::create::{closed, says, twin};
use crate::{Bench, Ending, Fate, Sighting, Stop, Untouched, agreed, ends, failed, verdict};

pub async fn update(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
) -> Result<(Fate, Vec<Untouched>), Stop> {
    let superseded = |says: &str| Ok((Fate::Superseded(says.into()), Vec::new()));
    let record = match bench.read(step, key).await {
        Ok(Sighting::Here(read)) => read.body,
        Ok(Sighting::Another) => return superseded("another record answers to its id"),
        Ok(Sighting::Gone) => return superseded("the record is gone"),
        Err(failure) => return failed(failure, false).map(|fate| (fate, Vec::new())),
    };
    if bench.was_agreed_anew(&step.link) {
        let says = "a newer plan has agreed on it since";
        return Ok(left(step, &record, says));
    }
    if bench.is_finished(step) {
        let says = "this plan has written it already, and it was changed since";
        return Ok(left(step, &record, says));
    }
    if let Some(says) = another_thing(step, &record) {
        return superseded(&says);
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
    Ok((write(bench, &step, record).await?, untouched))
}

/// What was agreed or written later than the plan is not touched, and not recorded again.
fn left(step: &Step, record: &Record, says: &str) -> (Fate, Vec<Untouched>) {
    let (_, untouched) = sort(step, record);
    let fate = match untouched.len() == step.fields.len() && untouched.iter().all(|it| it.satisfied)
    {
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
        parent: step.parent(),
        set: step.sent(),
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
                && let Some((read, fields)) = arrived_all_the_same(bench, step, &key).await
            {
                return bench.verified(step, &intent, &read, fields);
            }
            let says = twin.as_ref().map_or_else(|| failure.to_string(), |twin| says(step, twin));
            bench.append(
                closed(&intent, Outcome::Refused { says: says.clone(), twin: twin.clone() }),
                false,
            )?;
            return match twin {
                Some(_) => Ok(Fate::Failed(says)),
                None => failed(failure, false),
            };
        }
        Err(WriteError::InDoubt(failure)) => Some(failure),
    };
    let read = match bench.read(step, &key).await {
        Ok(Sighting::Here(read)) => read,
        Ok(Sighting::Another) => {
            let says = "another record answers to its id after the write";
            return Ok(Fate::InDoubt(says.into()));
        }
        Ok(Sighting::Gone) => {
            return Ok(Fate::InDoubt("the record is gone after the write".into()));
        }
        Err(failure) => return failed(failure, true),
    };
    let fields = verdict::judge(&step.fields, &read.body);
    let arrived = fields.iter().any(|it| it.verdict != Verdict::Discarded);
    if let Some(failure) = doubt.filter(|_| !arrived) {
        return failed(failure, true);
    }
    bench.verified(step, &intent, &read, fields)
}

/// What a record holds of a write that was refused and carried out nevertheless (`highlevel.md` §4):
/// what is in it by our hand must be in the history.
async fn arrived_all_the_same(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
) -> Option<(Answer<Record>, Vec<FieldReceipt>)> {
    let Ok(Sighting::Here(read)) = bench.read(step, key).await else { return None };
    let fields = verdict::judge(&step.fields, &read.body);
    // Of a set a part may have arrived: it is written in more than one request.
    let arrived = |it: &FieldReceipt| {
        let is_set = [&it.before, &it.sent].into_iter().any(|it| matches!(it, Some(Value::Set(_))));
        it.is_kept() || is_set && it.verdict == Verdict::Overtaken
    };
    fields.iter().any(arrived).then_some((read, fields))
}
