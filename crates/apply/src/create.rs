//! Makes one record, at most once: look for it, intend, send once, read back. Neither system takes an
//! idempotency key, so a create is recognised by our marker, or by the field by which the side itself
//! tells its records apart.

use std::time::Duration;

use concordat_ledger::LedgerError;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Endowment, Event, Field, FieldStep, Held, IntentId, Matched, Outcome, Path, Record, RecordId,
    RecordKey, Settlement, Step, Twin, Value,
};
use concordat_remote::{Answer, Cause, FRESH, Failure, Found, Sought, Write, WriteError};
use tokio::time::Instant;

use crate::receipt::{agreed, ends};
use crate::{Bench, Ending, Fate, ROUNDS, Sighting, Stop, endowed, failed, verdict};

/// How old a listing may be in which a record that is to be made is not found. Whoever makes the same one
/// by hand does so at some time between our pull and this step, so half a minute hides little of it; and
/// in that time more than a hundred are made, each of which would list all there are.
pub const LISTING_AGE_MAX: Duration = Duration::from_secs(30);

/// After a write in doubt, or a wait, only what is listed from then on tells.
pub const NOW: Duration = Duration::ZERO;

/// `endowments`: what the new record has from others than it is made from.
pub async fn create(bench: &mut Bench<'_>, step: &Step, endowments: &[&Endowment]) -> Ending {
    let link = bench.link(step).map_err(Stop::ledger(false))?;
    if link.is_some_and(|link| !link.ends[step.side].is_empty()) {
        return Ok(Fate::Satisfied);
    }
    let mut nth = 1;
    loop {
        match once(bench, step, endowments, nth).await? {
            Some(fate) => return Ok(fate),
            None => nth += 1,
        }
    }
}

/// The `nth` round of a create; nothing: it could not leave in time, and there is another round.
async fn once(
    bench: &mut Bench<'_>,
    step: &Step,
    endowments: &[&Endowment],
    nth: u32,
) -> Result<Option<Fate>, Stop> {
    let max_age = if nth == 1 { LISTING_AGE_MAX } else { NOW };
    match look(bench, step, max_age).await {
        Err(failure) => return failed(failure, false).map(Some),
        Ok(answer) => {
            let mut records = answer.body.records;
            records.retain(|it| !step.despite.contains(&it.key));
            records.retain(|_| !zoo::is_in(Bug::NotLookedFor));
            if !records.is_empty() {
                return join(bench, step, nth, &records).map(Some);
            }
        }
    }
    let by = Instant::now() + FRESH;
    let intent = IntentId::nth(nth, bench.run, step);
    bench
        .append(Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) }, false)?;
    let ending = match bench.remotes[step.side].send(&write(step, &intent, by)).await {
        Ok(answer) => read_back(bench, step, endowments, &intent, (answer.body, None)).await,
        Err(WriteError::NoEffect(failure)) => {
            let says = failure.to_string();
            bench.append(closed(&intent, Outcome::NoEffect { says }), false)?;
            if failure.cause == Cause::Late && nth < ROUNDS {
                return Ok(None);
            }
            crate::without_effect(failure)
        }
        Err(WriteError::Refused(failure)) => refused(bench, step, &intent, failure).await,
        Err(WriteError::InDoubt(failure)) => match look(bench, step, NOW).await {
            Ok(answer) => match pick(bench, step, answer.body).map_err(Stop::ledger(true))? {
                Pick::One(record) => {
                    read_back(bench, step, endowments, &intent, (record.key.id, Some(failure)))
                        .await
                }
                Pick::None { proven: true } if is_rejection(&failure) => {
                    refused(bench, step, &intent, failure).await
                }
                Pick::None { .. } if zoo::is_in(Bug::SentAgain) && nth < ROUNDS => return Ok(None),
                Pick::None { .. } | Pick::Several(_) => failed(failure, true),
            },
            Err(_) => failed(failure, true),
        },
    };
    ending.map(Some)
}

/// Which of the records that were found is the one that was made?
pub enum Pick {
    /// This one.
    One(Box<Record>),
    /// None; whether that is proven.
    None { proven: bool },
    /// Nobody can tell.
    Several(Vec<Record>),
}

/// Our marker tells; without one, a record of the same identity that belongs to nobody else, and that the
/// step could have made.
pub fn pick(bench: &Bench<'_>, step: &Step, found: Found) -> Result<Pick, LedgerError> {
    let Found { records, proves_absence: proven } = found;
    let is_ours = |it: &&Record| step.marker.is_some() && marker_of(it) == step.marker;
    let could_be =
        |it: &Record| step.identity.iter().all(|(path, held)| it.reading.get(path) == Some(held));
    let mut marked = records.iter().filter(is_ours);
    if let (Some(record), None) = (marked.next(), marked.next()) {
        return Ok(Pick::One(Box::new(record.clone())));
    }
    let mut free = Vec::new();
    for record in records {
        let is_free = could_be(&record) && !step.despite.contains(&record.key);
        if is_free && !bench.is_taken(step, &record.key)? {
            free.push(record);
        }
    }
    Ok(match free.len() {
        0 => Pick::None { proven },
        1 => Pick::One(Box::new(free.remove(0))),
        _ => Pick::Several(free),
    })
}

/// Whether the side understood the request and said no. It may have made the record all the same
/// (`highlevel.md` §12 row 5), so this counts only once the record is proven not to be there.
fn is_rejection(failure: &Failure) -> bool {
    failure.status.is_some_and(|status| (400..500).contains(&status))
}

/// Looks where the side shows fresh writes first. `max_age`: how old what it looks in may be.
pub async fn look(
    bench: &Bench<'_>,
    step: &Step,
    max_age: Duration,
) -> Result<Answer<Found>, Failure> {
    let sought = Sought {
        resource: step.resource,
        parent: step.parent(),
        marker: step.marker.clone(),
        key: step.lookup.as_ref().map(|it| (it.path.clone(), it.value.clone())),
        max_age,
    };
    bench.remotes[step.side].find(&sought).await
}

/// It exists already: a record with our marker is the one; one of the same identity appeared since
/// the plan was made, and the next plan sees it.
fn join(bench: &mut Bench<'_>, step: &Step, nth: u32, records: &[Record]) -> Ending {
    let marked = records.iter().find(|it| step.marker.is_some() && marker_of(it) == step.marker);
    if let Some(record) = marked {
        bench.append(Event::Settled(adopted(step, record, Matched::ByMarker)), false)?;
        return Ok(Fate::Satisfied);
    }
    match records.first() {
        Some(other) if !records.iter().any(|it| could_appear(step, it)) => {
            answers(bench, step, nth, &other.key)
        }
        Some(_) | None => {
            let says = "a record of the same identity appeared since the plan".to_owned();
            Ok(Fate::Superseded(says))
        }
    }
}

/// Whether a plan would see that a record is what the step would make.
fn could_appear(step: &Step, record: &Record) -> bool {
    step.lookup.is_none() || has_identity(step, record)
}

/// To what the new record is known by, another one answers that holds something else there: a contact that
/// took over the address of one that was merged into it. The side would refuse the new one, and every plan
/// would make it again; so this is a refusal, and nothing is sent for it.
fn answers(bench: &mut Bench<'_>, step: &Step, nth: u32, other: &RecordKey) -> Ending {
    let path = step.lookup.as_ref().map(|it| it.path.clone());
    let twin = Twin { record: Some(other.clone()), path };
    let (intent, says) = (IntentId::nth(nth, bench.run, step), says(step, &twin));
    let intended = Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) };
    bench.append(intended, false)?;
    bench.append(
        closed(&intent, Outcome::Refused { says: says.clone(), twin: Some(twin) }),
        false,
    )?;
    Ok(Fate::Refused(says))
}

/// The marker a record carries.
fn marker_of(record: &Record) -> Option<String> {
    let held = record.reading.get(&record.key.resource.marker()?)?;
    held.as_ref()?.as_text().map(str::to_owned)
}

/// The record is the one: what it holds already is agreed.
fn adopted(step: &Step, record: &Record, matched: Matched) -> Settlement {
    let holds = |field: &FieldStep| record.reading.get(&field.path) == Some(&field.after);
    agreed(step, record, holds, ends(step.side, record.key.clone(), &step.sources), Some(matched))
}

fn write(step: &Step, intent: &IntentId, by: Instant) -> Write {
    Write {
        resource: step.resource,
        current: None,
        parent: step.parent(),
        set: step.sent(),
        marker: step.marker.clone().filter(|_| !zoo::is_in(Bug::MarkerLeftOut)),
        by,
        intent: intent.clone(),
    }
}

/// Reads the new record and records it as made. `doubt`: why it is not known whether all of it was sent.
async fn read_back(
    bench: &mut Bench<'_>,
    step: &Step,
    endowments: &[&Endowment],
    intent: &IntentId,
    (id, doubt): (RecordId, Option<Failure>),
) -> Ending {
    let key = RecordKey { resource: step.resource, id };
    let read = match bench.read(step, &key).await {
        Ok(Sighting::Here(read)) => read,
        Ok(Sighting::Another) => {
            return Ok(Fate::InDoubt("another record answers to the new one's id".into()));
        }
        Ok(Sighting::Gone | Sighting::Dormant) => {
            return Ok(Fate::InDoubt("the new record cannot be read back".into()));
        }
        Err(failure) => return failed(failure, true),
    };
    let fields = verdict::judge(step.fields.iter().chain(&step.blanks), &read.body);
    let settled = endowed::settlements(bench, endowments, &read.body);
    let Some(failure) = doubt else {
        return bench.received(step, intent, &read, fields, settled).map(Fate::Applied);
    };
    let (arrived, open) = verdict::arrived(fields);
    let receipt = bench.received(step, intent, &read, arrived, settled)?;
    let open: Vec<&str> = open.iter().map(Field::as_str).collect();
    Ok(match open.is_empty() {
        true => Fate::Applied(receipt),
        false => Fate::Failed(format!("{failure}; it was made without its {}", open.join(", "))),
    })
}

/// The side says such a record exists. With the same e-mail address it is the same thing; with the
/// same phone number it may be a colleague (`highlevel.md` §6.7), and a person is asked.
async fn refused(
    bench: &mut Bench<'_>,
    step: &Step,
    intent: &IntentId,
    failure: Failure,
) -> Ending {
    let Some(twin) = twin(step, &failure) else {
        let says = failure.to_string();
        bench.append(closed(intent, Outcome::Refused { says, twin: None }), false)?;
        return crate::refused(failure);
    };
    if let Some(key) = &twin.record {
        let record = match bench.read(step, key).await {
            Ok(Sighting::Here(read)) => Some(read.body),
            Ok(Sighting::Another | Sighting::Gone | Sighting::Dormant) => None,
            Err(failure) => return failed(failure, false),
        };
        if let Some(record) = record.filter(|it| has_identity(step, it))
            && !bench.is_taken(step, &record.key).map_err(Stop::ledger(false))?
        {
            return link(bench, step, intent, &record);
        }
    }
    let says = says(step, &twin);
    bench
        .append(closed(intent, Outcome::Refused { says: says.clone(), twin: Some(twin) }), false)?;
    Ok(Fate::Refused(says))
}

/// What the side refuses to have twice, if that is why it refused.
pub fn twin(step: &Step, failure: &Failure) -> Option<Twin> {
    match &failure.cause {
        Cause::Duplicate { id, field } => Some(Twin {
            record: id.as_ref().map(|id| RecordKey::new(step.resource, id.as_str())),
            path: field.as_deref().map(Path::from),
        }),
        Cause::Unreachable
        | Cause::NoAnswer
        | Cause::Credentials
        | Cause::Expired
        | Cause::SignedOut
        | Cause::Scope
        | Cause::Throttled
        | Cause::Budget
        | Cause::Late
        | Cause::Missing
        | Cause::Rejected
        | Cause::Broken
        | Cause::Malformed => None,
    }
}

/// Why it was refused, for people.
pub fn says(step: &Step, twin: &Twin) -> String {
    let what = twin.path.as_ref().map_or("identity", Path::as_str);
    format!("{} has another {} with the same {what}", step.side, step.entity)
}

/// The record exists already: nothing was made, and the two are linked.
fn link(bench: &mut Bench<'_>, step: &Step, intent: &IntentId, record: &Record) -> Ending {
    let says = "the record exists already and is linked now".to_owned();
    bench.append(closed(intent, Outcome::Refused { says: says.clone(), twin: None }), false)?;
    let key = step.lookup.as_ref().map_or("identity", |it| it.path.as_str()).to_owned();
    bench.append(Event::Settled(adopted(step, record, Matched::ByKey(key))), false)?;
    Ok(Fate::Superseded(says))
}

fn has_identity(step: &Step, record: &Record) -> bool {
    let lower = |held: &Held| held.as_ref().and_then(Value::as_text).map(str::to_lowercase);
    step.lookup.as_ref().is_some_and(|it| {
        let found = record.reading.get(&it.path).and_then(lower);
        found.is_some() && found == lower(&Some(it.value.clone()))
    })
}

pub fn closed(intent: &IntentId, outcome: Outcome) -> Event {
    Event::Closed { intent: intent.clone(), outcome }
}
