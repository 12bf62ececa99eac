//! What became of the writes that a crash or a lost answer left open? Looks for each one's effect:
//! found → adopted, certainly absent → dropped, unsure → kept for the next run and reported.
//!
//! Never sends anything. A dropped intent is planned anew from what the sides really hold.

use std::time::Duration;

use chrono::TimeDelta;
use concordat_model::entry::FieldReceipt;
use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Action, FieldStep, IntentId, LinkId, Name, Outcome, Record, RecordKey, Side, Step, Time, Twin,
};

use crate::create::{NOW, Pick, closed, look, pick};
use concordat_remote::{Answer, Failure, Found};

use crate::receipt::receipt;
use crate::{Bench, Halt, Sighting, Stop, delete, ends_the_run, verdict};

/// After this long, a search index that does not show a record counts as not having it. The vendor
/// speaks of "a few seconds" (`highlevel.md` §6.3); a lost request can arrive later than that.
const INDEX_LAG_MAX: TimeDelta = TimeDelta::minutes(10);

/// A write is recent for this long.
const RECENT: TimeDelta = TimeDelta::minutes(1);

/// A run that follows a crash at once waits this long, look by look, for the index to catch up.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)];

/// What became of an open intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The intent.
    pub intent: IntentId,
    /// Its link.
    pub link: LinkId,
    /// The side it was for.
    pub side: Side,
    /// What a person calls the record.
    pub name: Name,
    /// Its effect.
    pub effect: Effect,
}

/// Whether a write that was left open took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It did, and is recorded now.
    Adopted,
    /// It did not, and is dropped.
    Absent,
    /// Nobody knows yet. Nothing is planned for its link until it is known.
    Unsure(String),
}

/// Settles every open intent.
///
/// # Errors
/// If nothing can be recorded, or no call can succeed.
pub async fn settle(bench: &mut Bench<'_>) -> Result<Vec<Settled>, Halt> {
    let open: Vec<(IntentId, Step, Time)> = bench
        .ledger
        .open_intents()
        .map(|(intent, open)| (intent.clone(), open.step.clone(), open.at))
        .collect();
    let mut settled = Vec::with_capacity(open.len());
    for (intent, step, since) in open {
        let effect = match step.action {
            _ if zoo::is_in(Bug::DoubtDropped) => absent(bench, &intent, "nobody looked"),
            Action::Create => created(bench, &intent, &step, since).await,
            Action::Delete => match &step.record {
                Some(key) => deleted(bench, &intent, &step, key).await,
                None => absent(bench, &intent, "it named no record"),
            },
            Action::Update | Action::Archive => match &step.record {
                Some(key) => updated(bench, &intent, &step, key).await,
                None => absent(bench, &intent, "it named no record"),
            },
        };
        let effect = effect.map_err(|stop| stop.halt)?;
        tracing::info!(intent = %intent.0, ?effect, "settled an open intent");
        settled.push(Settled {
            intent,
            link: step.link.clone(),
            side: step.side,
            name: step.name.clone(),
            effect,
        });
    }
    Ok(settled)
}

async fn created(
    bench: &mut Bench<'_>,
    intent: &IntentId,
    step: &Step,
    since: Time,
) -> Result<Effect, Stop> {
    let found = match look_patiently(bench, step, since).await {
        Ok(answer) => answer,
        Err(failure) => return unread(failure),
    };
    match pick(bench, step, found.body).map_err(Stop::ledger(false))? {
        Pick::None { proven } if proven || bench.clock.now() - since > INDEX_LAG_MAX => {
            absent(bench, intent, "no such record was made")
        }
        Pick::None { .. } => Ok(Effect::Unsure("the search index may not show it yet".into())),
        Pick::One(record) => {
            // A row of a lagging index is older than what is agreed on by it: read the record itself.
            let read = match bench.read(step, &record.key).await {
                Ok(Sighting::Here(read)) => read,
                // The index saw it, so it was made; never make it again.
                Ok(Sighting::Another | Sighting::Gone | Sighting::Dormant) => {
                    Answer { at: found.at, body: *record }
                }
                Err(failure) => return unread(failure),
            };
            let fields = verdict::judge(step.fields.iter().chain(&step.blanks), &read.body);
            let (arrived, _) = verdict::arrived(fields);
            adopt(bench, intent, step, &read, arrived)
        }
        Pick::Several(records) => several(bench, intent, &records),
    }
}

/// Looks again while the answer proves nothing and the write is recent.
async fn look_patiently(
    bench: &Bench<'_>,
    step: &Step,
    since: Time,
) -> Result<Answer<Found>, Failure> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let found = look(bench, step, NOW).await?;
        let is_open = found.body.records.is_empty() && !found.body.proves_absence;
        let is_recent = bench.clock.now() - since < RECENT;
        match pauses.next().filter(|_| is_open && is_recent) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Ok(found),
        }
    }
}

async fn updated(
    bench: &mut Bench<'_>,
    intent: &IntentId,
    step: &Step,
    key: &RecordKey,
) -> Result<Effect, Stop> {
    let read = match bench.read(step, key).await {
        Ok(Sighting::Here(read)) => read,
        Ok(Sighting::Another | Sighting::Gone | Sighting::Dormant) => {
            return absent(bench, intent, "the record is gone");
        }
        Err(failure) => return unread(failure),
    };
    let fields = step.fields.iter().zip(verdict::judge(&step.fields, &read.body));
    let holds = |(field, it): (&FieldStep, FieldReceipt)| {
        (it.is_kept() || field.is_begun(&it.found)).then_some(it)
    };
    // Of a write in several requests, or of which the side kept a part, the rest is planned anew: of several fields
    // as of one set, whose new elements are there and whose old ones are not gone.
    let arrived: Vec<FieldReceipt> = fields.filter_map(holds).collect();
    match arrived.is_empty() {
        true => absent(bench, intent, "the record does not hold it"),
        false => adopt(bench, intent, step, &read, arrived),
    }
}

/// Whether a record that was to be deleted is gone. Who else may have deleted it is no matter.
async fn deleted(
    bench: &mut Bench<'_>,
    intent: &IntentId,
    step: &Step,
    key: &RecordKey,
) -> Result<Effect, Stop> {
    match delete::is_gone(bench, step, key).await {
        Ok(true) => {
            let receipt = delete::receipt(bench, step, key, true);
            bench.append(closed(intent, Outcome::Verified(receipt)), false)?;
            Ok(Effect::Adopted)
        }
        Ok(false) => absent(bench, intent, "the record is still there"),
        Err(failure) => unread(failure),
    }
}

/// A read that failed ends the run if all others would fail too; else only this intent stays open.
fn unread(failure: Failure) -> Result<Effect, Stop> {
    match ends_the_run(&failure) {
        true => Err(Stop { halt: Halt::Remote(failure), sent: false }),
        false => Ok(Effect::Unsure(failure.to_string())),
    }
}

fn adopt(
    bench: &mut Bench<'_>,
    intent: &IntentId,
    step: &Step,
    read: &Answer<Record>,
    fields: Vec<FieldReceipt>,
) -> Result<Effect, Stop> {
    let receipt = receipt(step, read, fields, true);
    bench.append(closed(intent, Outcome::Verified(receipt)), false)?;
    Ok(Effect::Adopted)
}

/// More than one record could be the one that was made: a person is asked, instead of every night.
fn several(bench: &mut Bench<'_>, intent: &IntentId, records: &[Record]) -> Result<Effect, Stop> {
    let says = format!("{} records could be the one that was made", records.len());
    let record = records.first().map(|it| it.key.clone());
    let outcome = Outcome::Refused { says, twin: Some(Twin { record, path: None }) };
    bench.append(closed(intent, outcome), false)?;
    Ok(Effect::Absent)
}

fn absent(bench: &mut Bench<'_>, intent: &IntentId, says: &str) -> Result<Effect, Stop> {
    bench.append(closed(intent, Outcome::NoEffect { says: says.to_owned() }), false)?;
    Ok(Effect::Absent)
}
