//! Is a record that should be there really not there, and which of two sights of one is newer? It is
//! asked for by id. An answer that there is none is evidence; a failure is not. An answer that it is there
//! is evidence against the listing that left it out.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::zoo::{self, Bug};
use concordat_model::{
    Gone, Mirrored, Partition, Record, RecordId, RecordKey, Resource, Sight, Time, within_second,
};
use concordat_remote::{Answer, Failure, Source};
use concordat_store::Batch;

use crate::mirror::{Mirror, partition_of};
use crate::pull::{Stop, is_hopeless};
use crate::{SnapshotError, Stamped, bounded, fold};

/// So many answers are committed together.
const ANSWERS_MAX: usize = 200;

/// Reads `doubtful` records by id, and takes the answers into the mirror. `direct`: the partitions whose
/// listings in this pull showed, as far as they say, all that was there at the time.
pub(crate) async fn confirm(
    mirror: &mut Mirror<'_>,
    source: &dyn Source,
    (doubtful, direct): (&BTreeSet<RecordKey>, &BTreeSet<Partition>),
    concurrency: usize,
    stamped: Stamped<'_>,
) -> Result<(), SnapshotError> {
    let doubtful: Vec<&RecordKey> = doubtful.iter().collect();
    let stop = Stop::default();
    let mut left_out = BTreeMap::new();
    for group in doubtful.chunks(ANSWERS_MAX) {
        let mut known: Vec<Option<Mirrored>> = Vec::with_capacity(group.len());
        for key in group {
            known.push(mirror.record(key)?);
        }
        let parent = |old: &Option<Mirrored>| old.as_ref()?.record.parent.clone();
        let jobs = group.iter().zip(&known).map(|(key, old)| read(source, key, parent(old), &stop));
        let answers = bounded::each(concurrency, jobs.collect()).await;
        let hidden = hidden(mirror, source, group, &answers, &stop).await?;
        let mut batch = Batch::new();
        for ((key, old), answer) in group.iter().zip(&known).zip(answers) {
            match answer {
                Some(Ok(Answer { at, body: Some(record) })) if record.key == **key => {
                    let listed = mirror.listed(old.as_ref());
                    let mirrored = fold::read(old.as_ref(), record, at, listed, stamped);
                    mirror.place.put_record(&mut batch, &mirrored)?;
                    if old.as_ref().is_none_or(|old| old.missing > 0) {
                        left_out.extend(complaint(mirrored.record, direct));
                    }
                    if mirror.gone.remove(key).is_some() {
                        mirror.place.remove_gone(&mut batch, key)?;
                    }
                }
                // A refusal that may mean anything.
                Some(Ok(Answer { body: None, .. })) if hidden.contains(&key.resource) => {}
                Some(Ok(Answer { at, body: None })) => {
                    let gone =
                        Gone { confirmed: at, listings: listings(mirror, key, old.as_ref()) };
                    mirror.place.put_gone(&mut batch, key, &gone)?;
                    mirror.gone.insert((*key).clone(), gone);
                }
                // Another record answers to this id (two were merged): not this one, and no proof.
                Some(Ok(Answer { body: Some(_), .. })) => {}
                // Not asked, or no answer: it stays what it was.
                Some(Err(_)) | None => {}
            }
        }
        mirror.commit(batch)?;
    }
    let mut batch = Batch::new();
    for (partition, says) in left_out {
        if let Some(row) = mirror.partitions.get_mut(&partition) {
            row.failed = Some(says);
            mirror.place.put_partition(&mut batch, row)?;
        }
    }
    mirror.commit(batch)
}

/// A listing that left out a record which answers to its id was not complete, whatever it said. An index that
/// lags leaves out what it has not heard of, and says nothing else by it.
fn complaint(record: Record, direct: &BTreeSet<Partition>) -> Option<(Partition, String)> {
    let partition = partition_of(&record).filter(|it| direct.contains(it))?;
    let RecordKey { resource, id } = &record.key;
    let is_listed = !is_indexed(*resource) && !record.is_left_out();
    is_listed.then(|| (partition, format!("{} {id} is there and was left out", resource.noun())))
}

/// Whether it is listed by a search whose index lags (`highlevel.md` §6.3, §7).
fn is_indexed(resource: Resource) -> bool {
    match resource {
        Resource::Contact | Resource::Task => true,
        Resource::Vendor
        | Resource::VendorContact
        | Resource::Business
        | Resource::Threat
        | Resource::Disclosure
        | Resource::Lead
        | Resource::Waiver
        | Resource::App
        | Resource::Risk
        | Resource::Questionnaire
        | Resource::Comment
        | Resource::Note
        | Resource::Notification
        | Resource::VendorNote
        | Resource::CustomField => false,
    }
}

/// What was answered about one record; nothing: it was not asked for.
type Asked = Option<Result<Answer<Option<Record>>, Failure>>;

/// So many others of its kind are asked whether anything of it answers.
const WITNESSES_MAX: usize = 3;

/// The resources of which an absence proves nothing now: their side says "not there" and "not for you" in
/// the same words, and no other record of theirs answers to its id in this pull.
async fn hidden(
    mirror: &Mirror<'_>,
    source: &dyn Source,
    group: &[&RecordKey],
    answers: &[Asked],
    stop: &Stop,
) -> Result<BTreeSet<Resource>, SnapshotError> {
    let answered = |key: &RecordKey, answer: &Asked| matches!(answer, Some(Ok(Answer { body: Some(record), .. })) if record.key == *key);
    let mut hidden = BTreeSet::new();
    if zoo::is_in(Bug::ForbiddenIsGone) {
        return Ok(hidden);
    }
    let absent = group.iter().zip(answers).filter(|(key, answer)| {
        key.resource.hides_absence() && matches!(answer, Some(Ok(Answer { body: None, .. })))
    });
    for resource in absent.map(|(key, _)| key.resource).collect::<BTreeSet<_>>() {
        let mut seen = group
            .iter()
            .zip(answers)
            .any(|(key, answer)| key.resource == resource && answered(key, answer));
        let is_other = |it: &Mirrored| mirror.is_here(it) && !group.contains(&&it.record.key);
        let mut others = mirror.records(resource);
        let mut asked = 0;
        while !seen && asked < WITNESSES_MAX {
            let Some(other) = others.next().transpose()? else { break };
            if !is_other(&other) {
                continue;
            }
            asked += 1;
            let key = &other.record.key;
            let answer = read(source, key, other.record.parent.clone(), stop).await;
            seen = answered(key, &answer);
        }
        if !seen {
            hidden.insert(resource);
        }
    }
    Ok(hidden)
}

async fn read(
    source: &dyn Source,
    key: &RecordKey,
    parent: Option<RecordId>,
    stop: &Stop,
) -> Asked {
    if stop.says().is_some() {
        return None;
    }
    let answer = source.read(key, parent.as_ref()).await;
    if let Err(failure) = &answer
        && is_hopeless(failure)
    {
        stop.because(failure.to_string());
    }
    Some(answer.map(|it| match zoo::is_in(Bug::NotReadById) {
        true => Answer { body: None, ..it },
        false => it,
    }))
}

/// In how many complete listings in a row `key` was missing, this pull's included.
fn listings(mirror: &Mirror<'_>, key: &RecordKey, old: Option<&Mirrored>) -> u32 {
    let before = mirror.gone.get(key).map_or(0, |gone| gone.listings);
    match old {
        Some(mirrored) => mirrored.missing.max(before),
        // Never mirrored, so its parent is not known: only all listings together would name it.
        None => before.saturating_add(u32::from(is_complete(mirror, key.resource))),
    }
}

fn is_complete(mirror: &Mirror<'_>, resource: Resource) -> bool {
    let mut rows = mirror.partitions.values().filter(|row| row.partition.resource() == resource);
    let mut any = false;
    let complete = rows.all(|row| {
        any = true;
        row.is_whole()
    });
    complete && any
}

/// The expected records of the resources of this pull that its listings did not show, or only as they
/// were before they were last read back: after the mirror was lost, a lagging index is all there is.
/// `seen`: the records that were listed.
pub(crate) fn unshown(
    mirror: &Mirror<'_>,
    expected: &BTreeMap<RecordKey, Option<Time>>,
    resources: &[Resource],
    seen: &BTreeSet<RecordKey>,
) -> Result<BTreeSet<RecordKey>, SnapshotError> {
    // Answers tell the time in whole seconds, stamps in parts of one: what was read back within a second
    // after a row's stamp may be later than that. What was listed directly, its listing tells again.
    let is_past = |it: &Mirrored, read_back: Option<Time>| {
        it.record.sight != Sight::Listed
            && it.read_at < read_back
            && it.record.stamp <= read_back.map(within_second)
    };
    let mut unshown = BTreeSet::new();
    let can_be_read = |key: &RecordKey| resources.contains(&key.resource) && !key.resource.passes();
    for (key, read_back) in expected.iter().filter(|(key, _)| can_be_read(key)) {
        // One that was listed and that we never wrote shows nothing older than what we know.
        if read_back.is_none() && seen.contains(key) {
            continue;
        }
        let mirrored = mirror.record(key)?;
        if mirrored.is_none_or(|it| it.missing > 0 || is_past(&it, *read_back)) {
            unshown.insert(key.clone());
        }
    }
    Ok(unshown)
}
