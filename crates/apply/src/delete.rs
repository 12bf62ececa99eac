//! Deletes one record: look once more for what is gone, read, compare all it holds, intend with all of it,
//! send once, and look whether it is gone.

use concordat_ledger::LedgerError;
use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Event, Field, FieldStep, IntentId, Outcome, Path, Receipt, Record, RecordKey, Step, Time,
    Verdict,
};
use concordat_remote::{Cause, FRESH, Failure, Write, WriteError};
use tokio::time::Instant;

use crate::create::closed;
use crate::update::{another_thing, came_back};
use crate::{Bench, Ending, Fate, ROUNDS, Sighting, Stop, failed, refused, without_effect};

pub async fn delete(bench: &mut Bench<'_>, step: &Step, key: &RecordKey) -> Ending {
    let mut nth = 1;
    loop {
        match once(bench, step, key, nth).await? {
            Some(fate) => return Ok(fate),
            None => nth += 1,
        }
    }
}

/// The `nth` round; nothing: it could not leave in time, and there is another round.
async fn once(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
    nth: u32,
) -> Result<Option<Fate>, Stop> {
    let superseded = |says: &str| Ok(Some(Fate::Superseded(says.into())));
    match came_back(bench, step).await {
        Ok(None) => {}
        Ok(Some(says)) => return superseded(&says),
        Err(failure) => return failed(failure, false).map(Some),
    }
    let record = match bench.read(step, key).await {
        Ok(Sighting::Here(read)) => read.body,
        // The next listings say so too; then its link ends.
        Ok(Sighting::Gone) => return Ok(Some(Fate::Satisfied)),
        Ok(Sighting::Another) => return superseded("another record answers to its id"),
        Ok(Sighting::Dormant) => return superseded("nobody watches the record any more"),
        Err(failure) => return failed(failure, false).map(Some),
    };
    let by = Instant::now() + FRESH;
    if bench.was_agreed_anew(&step.link).map_err(Stop::ledger(false))? {
        return superseded("a newer plan has agreed on it since");
    }
    if let Some(says) = another_thing(step, &record) {
        return superseded(&says);
    }
    if has_moved(bench, &record).map_err(Stop::ledger(false))? {
        return superseded("somebody has worked with it since");
    }
    let step = &whole(step, &record);
    let intent = IntentId::nth(nth, bench.run, step);
    bench
        .append(Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) }, false)?;
    let write = Write {
        resource: step.resource,
        current: Some(record),
        parent: step.parent(),
        set: Vec::new(),
        marker: None,
        by,
        intent: intent.clone(),
    };
    let answer = match bench.remotes[step.side].delete(&write).await {
        Ok(_) => Said::Yes,
        Err(WriteError::NoEffect(failure)) => {
            let says = failure.to_string();
            bench.append(closed(&intent, Outcome::NoEffect { says }), false)?;
            return match failure.cause == Cause::Late && nth < ROUNDS {
                true => Ok(None),
                false => without_effect(failure).map(Some),
            };
        }
        Err(WriteError::Refused(failure)) => Said::No(failure),
        Err(WriteError::InDoubt(failure)) => Said::Nothing(failure),
    };
    judge(bench, step, key, &intent, answer).await.map(Some)
}

/// Whether somebody else touched the record since we last looked at it, by its stamp.
fn has_moved(bench: &Bench<'_>, record: &Record) -> Result<bool, LedgerError> {
    let links = bench.ledger.links_of(&record.key)?;
    let quiet = links.iter().map(|it| it.quiet_until(record.key.side())).max().flatten();
    Ok(record.stamp.is_some() && record.stamp > quiet)
}

/// What the side said to it.
enum Said {
    Yes,
    No(Failure),
    Nothing(Failure),
}

/// What became of it, by whether the record is still there.
async fn judge(
    bench: &mut Bench<'_>,
    step: &Step,
    key: &RecordKey,
    intent: &IntentId,
    said: Said,
) -> Ending {
    let is_gone = match is_gone(bench, step, key).await {
        Ok(is_gone) => is_gone,
        Err(failure) => return failed(failure, true),
    };
    let outcome = |says: &str| Outcome::Refused { says: says.to_owned(), twin: None };
    match (said, is_gone) {
        (Said::Yes | Said::Nothing(_), true) => {
            let receipt = receipt(bench, step, key, false);
            bench.append(closed(intent, Outcome::Verified(receipt.clone())), true)?;
            Ok(Fate::Applied(receipt))
        }
        // Somebody else was faster. The next listings say so; then its link ends.
        (Said::No(failure), true) => {
            let says = failure.to_string();
            bench.append(closed(intent, Outcome::NoEffect { says }), true)?;
            Ok(Fate::Satisfied)
        }
        (Said::Nothing(failure), false) => failed(failure, true),
        (Said::No(failure), false) => {
            bench.append(closed(intent, outcome(&failure.to_string())), true)?;
            refused(failure)
        }
        (Said::Yes, false) => {
            let says = "it was accepted, and the record is still there";
            bench.append(closed(intent, outcome(says)), true)?;
            Ok(Fate::Refused(says.into()))
        }
    }
}

/// Whether the side says, twice in a row, that the record is not there.
pub async fn is_gone(bench: &mut Bench<'_>, step: &Step, key: &RecordKey) -> Result<bool, Failure> {
    for _ in 0..2 {
        match bench.read(step, key).await? {
            Sighting::Gone => {}
            Sighting::Here(_) | Sighting::Another | Sighting::Dormant => return Ok(false),
        }
    }
    Ok(true)
}

/// The step with all that the record holds, mapped or not, shown in a listing or not: it will be gone.
fn whole(step: &Step, record: &Record) -> Step {
    let known = |path: &Path| step.fields.iter().any(|it| it.path == *path);
    let others = record.reading.iter().filter(|(path, held)| held.is_some() && !known(path));
    let others = others.map(|(path, held)| FieldStep {
        name: Field::new(path.as_str()),
        path: path.clone(),
        before: held.clone(),
        after: None,
        source: None,
        why: step.why,
    });
    Step { fields: step.fields.iter().cloned().chain(others).collect(), ..step.clone() }
}

/// The receipt of a deletion: the record is not there now, and holds nothing.
pub fn receipt(bench: &Bench<'_>, step: &Step, key: &RecordKey, adopted: bool) -> Receipt {
    let fields = step.fields.iter().map(|field| FieldReceipt {
        name: field.name.clone(),
        path: field.path.clone(),
        before: field.before.clone(),
        sent: None,
        found: None,
        source: field.source.clone(),
        verdict: Verdict::Confirmed,
        why: field.why,
    });
    let read_at: Time = bench.remotes[step.side].offset().to_theirs(bench.clock.now());
    Receipt {
        mapping: step.mapping.clone(),
        link: step.link.clone(),
        side: step.side,
        record: key.clone(),
        sources: step.sources.clone(),
        source_stamp: step.source_stamp,
        name: step.name.clone(),
        action: step.action,
        matched: step.matched.clone(),
        adopted,
        fields: fields.collect(),
        stamp: None,
        read_at,
    }
}
