//! What is on this side now? The order of one pull: account, listings, confirmations. Of the mirror it
//! holds only what moves.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use concordat_model::{
    Certificate, Fingerprint, Mirrored, PairId, Partition, RecordId, RecordKey, Resource, Side,
    Time,
};
use concordat_remote::{Cause, Failure, Source};
use concordat_store::Tables;

use crate::confirm::{confirm, unshown};
use crate::listing::{IsNews, Listing, Staged, Verdict, list};
use crate::mirror::{Mirror, SideRow};
use crate::swap::{Listed, Swapped, is_news, swap};
use crate::sweep::{Round, Sweep, round};
use crate::window::{Since, Window, since};
use crate::{SnapshotError, Stamped, bounded};

/// What is to be pulled.
pub struct PullRequest<'a> {
    /// The side.
    pub side: Side,
    /// The collections; those of the other side are passed over.
    pub resources: Vec<Resource>,
    /// Records that should be there (the linked ones), to be read by id if a listing misses them, or
    /// shows them as they were before this time of the side's clock.
    pub expected: BTreeMap<RecordKey, Option<Time>>,
    /// By which records a resource is listed, where that is not by all that could own one.
    pub owners: Owners<'a>,
    /// The resources that are listed at some of their owners in each pull, and how often at each.
    pub sweeps: BTreeMap<Resource, Sweep>,
    /// The resources of which a pull may ask only for what moved.
    pub windows: BTreeMap<Resource, Window>,
    /// What, besides what the side defines, decides of which fields a listing tells: of another one the
    /// records that did not move are asked for, too.
    pub conditions: Fingerprint,
    /// So many complete listings in a row have to miss an expected record before anything follows.
    pub quarantine_views: u32,
    /// Now, in our clock.
    pub now: Time,
    /// How many requests may be under way at once.
    pub concurrency: usize,
    /// The fields whose changes move the record's stamp.
    pub stamped: Stamped<'a>,
}

/// The records of a resource that are there, one after the other.
pub type Here<'m> = dyn Fn(Resource) -> Box<dyn Iterator<Item = Mirrored> + 'm> + 'm;

/// The owners by which a resource is to be listed, picked from the records that are there, in groups each
/// of which is swept by itself; nothing: all there are, as one.
pub type Owners<'a> =
    &'a (dyn for<'m> Fn(Resource, &'m Here<'m>) -> Option<Vec<BTreeSet<RecordId>>> + Sync);

/// How far a pull has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The side.
    pub side: Side,
    /// The collection that is being listed.
    pub resource: Resource,
    /// How many of its partitions are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// How many of its records were listed.
    pub rows: u64,
}

/// Pulls one side into the mirror. Listings that fail leave their partition as it was, without a
/// certificate; only a side that does not let us in at all, requests that are used up, and a store that
/// fails, are errors.
pub async fn pull(
    source: &dyn Source,
    tables: &dyn Tables,
    pair: &PairId,
    request: PullRequest<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<(), SnapshotError> {
    let tenant = source.tenant().await?;
    let mut mirror = Mirror::open(tables, pair, request.side)?;
    let is_other_account = mirror.side.as_ref().is_some_and(|it| it.tenant.id != tenant.id);
    if is_other_account {
        mirror.clear()?;
    }

    let resources = in_order(&request);
    let (mut all, mut spent) = (Swapped::default(), None);
    for (index, resource) in resources.iter().copied().enumerate() {
        let owners = owners(&mirror, &request, resource)?;
        let (groups, parents) = partitions(&mirror, resource, owners.as_deref())?;
        let now = source.offset().to_theirs(request.now);
        let Round { due, rest } = round(&mirror, &request, resource, groups, now)?;
        let listings = list_all(source, &mirror, &request, resource, &due, progress).await?;
        if index == 0
            && let Some(failure) = listings.values().find_map(refusal)
        {
            return Err(failure.clone().into());
        }
        spent = spent.or_else(|| listings.values().find_map(budget).cloned());
        let listed = Listed { resource, listings, rest, parents, all_owners: owners.is_none() };
        let Swapped { mut seen, doubtful, direct } = swap(&mut mirror, listed, request.stamped)?;
        all.seen.append(&mut seen);
        all.doubtful.extend(doubtful);
        all.direct.extend(direct);
    }
    // The linked records are those of the account they were linked in: another one does not have
    // them, and asking for each would only prove that.
    let Swapped { seen, mut doubtful, direct } = all;
    if !is_other_account {
        doubtful.extend(unshown(&mirror, &request.expected, &resources, &seen)?);
        drop(seen);
        let asked = (&doubtful, &direct);
        confirm(&mut mirror, source, asked, request.concurrency, request.stamped).await?;
    }

    let (offset, defined) = (source.offset(), source.defined());
    let side = SideRow { tenant, offset, defined, asked: request.conditions };
    mirror.close(side, &resources)?;
    tables.flush()?;
    // What was listed is kept; without the rest nothing can be decided.
    spent.map_or(Ok(()), |failure| Err(failure.into()))
}

/// By which records `resource` is listed; nothing: by all.
fn owners(
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    resource: Resource,
) -> Result<Option<Vec<BTreeSet<RecordId>>>, SnapshotError> {
    let trouble = RefCell::new(None);
    let here = |resource| -> Box<dyn Iterator<Item = Mirrored> + '_> {
        let kept = |it: Result<Mirrored, SnapshotError>| match it {
            Ok(it) => Some(it),
            Err(error) => {
                trouble.borrow_mut().get_or_insert(error);
                None
            }
        };
        Box::new(mirror.records(resource).map_while(kept).filter(|it| mirror.is_here(it)))
    };
    let owners = (request.owners)(resource, &here);
    trouble.into_inner().map_or(Ok(owners), Err)
}

/// The collections of this side, each once, those before the ones they are listed by.
fn in_order(request: &PullRequest<'_>) -> Vec<Resource> {
    let asked: BTreeSet<(bool, Resource)> = request
        .resources
        .iter()
        .filter(|it| it.side() == request.side)
        .map(|it| (it.parent().is_some(), *it))
        .collect();
    asked.into_iter().map(|(_, resource)| resource).collect()
}

/// The partitions of a resource, and whether the records it is listed by are all known.
type Partitions = (Vec<Vec<Partition>>, Option<Result<Certificate, String>>);

/// What is to be listed, and for a resource that is listed by its parents, whether they are all
/// known, with their certificate.
fn partitions(
    mirror: &Mirror<'_>,
    resource: Resource,
    owners: Option<&[BTreeSet<RecordId>]>,
) -> Result<Partitions, SnapshotError> {
    let Some(parent) = resource.parent() else {
        return Ok((vec![vec![Partition::All(resource)]], None));
    };
    let partition = |it: &Mirrored| {
        mirror.is_here(it).then(|| Partition::Of(resource, it.record.key.id.clone()))
    };
    let mut groups = Vec::new();
    match owners {
        None => {
            let mut group = Vec::new();
            for owner in mirror.records(parent) {
                group.extend(partition(&owner?));
            }
            groups.push(group);
        }
        Some(owners) => {
            let mut known = BTreeSet::new();
            for ids in owners {
                let mut group = Vec::new();
                for id in ids.iter().filter(|id| known.insert(*id)) {
                    let owner = mirror.record(&RecordKey { resource: parent, id: id.clone() })?;
                    group.extend(owner.as_ref().and_then(partition));
                }
                groups.push(group);
            }
        }
    }
    let row = mirror.partitions.get(&Partition::All(parent));
    let known = match row.map(|row| (&row.failed, &row.certificate)) {
        Some((None, Some(certificate))) => Ok(certificate.clone()),
        Some((Some(says), _)) => Err(format!("not every {} is known: {says}", parent.noun())),
        Some((None, None)) | None => Err(format!("no {} was listed", parent.noun())),
    };
    Ok((groups, Some(known)))
}

async fn list_all(
    source: &dyn Source,
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    resource: Resource,
    partitions: &[Partition],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<BTreeMap<Partition, Listing>, SnapshotError> {
    let (side, total) = (request.side, partitions.len());
    let (done, rows) = (AtomicUsize::new(0), AtomicU64::new(0));
    let tell = || {
        let (done, rows) = (done.load(Ordering::Relaxed), rows.load(Ordering::Relaxed));
        progress(Progress { side, resource, done, total, rows });
    };
    let on_page = |new: u64| {
        rows.fetch_add(new, Ordering::Relaxed);
        tell();
    };
    tell();
    let stop = Stop::default();
    let is_news = |staged: &Staged| is_news(mirror, staged, request.stamped);
    let jobs = partitions.iter().map(|partition| {
        let (stop, done, tell, on_page, is_news) = (&stop, &done, &tell, &on_page, &is_news);
        async move {
            let listing = match stop.says() {
                Some(says) => not_tried(says),
                None => look(source, mirror, request, partition, is_news, on_page).await?,
            };
            if let Verdict::Broken { says, failure: Some(failure) } = &listing.verdict
                && is_hopeless(failure)
            {
                stop.because(says.clone());
            }
            done.fetch_add(1, Ordering::Relaxed);
            tell();
            Ok((partition.clone(), listing))
        }
    });
    bounded::each(request.concurrency, jobs.collect()).await.into_iter().collect()
}

/// Lists what moved of a partition, if that is enough, or else all of it.
async fn look(
    source: &dyn Source,
    mirror: &Mirror<'_>,
    request: &PullRequest<'_>,
    partition: &Partition,
    is_news: IsNews<'_>,
    on_page: &(dyn Fn(u64) + Sync),
) -> Result<Listing, SnapshotError> {
    if let Some(since) = since(mirror, request, source, partition)? {
        let listing = list(source, partition, Some(&since), is_news, on_page).await?;
        if is_believed(&listing, &since) {
            return Ok(listing);
        }
    }
    list(source, partition, None, is_news, on_page).await
}

/// Whether the side understood the question, as far as its answer tells. What else is wrong with it would
/// be wrong with a listing of all.
fn is_believed(listing: &Listing, since: &Since) -> bool {
    match &listing.verdict {
        Verdict::Certified(_) | Verdict::Incomplete(_) => listing.seen.contains(&since.witness),
        Verdict::Broken { failure: Some(failure), .. } => failure.cause != Cause::Rejected,
        Verdict::Broken { failure: None, .. } => true,
    }
}

fn not_tried(says: String) -> Listing {
    let says = format!("not tried, after: {says}");
    Listing::empty(Verdict::Broken { says, failure: None })
}

/// The failure of a listing that says that the requests are used up.
fn budget(listing: &Listing) -> Option<&Failure> {
    match &listing.verdict {
        Verdict::Broken { failure: Some(failure), .. } if failure.cause == Cause::Budget => {
            Some(failure)
        }
        Verdict::Broken { .. } | Verdict::Certified(_) | Verdict::Incomplete(_) => None,
    }
}

/// The failure of a listing that says we are not let in.
fn refusal(listing: &Listing) -> Option<&Failure> {
    match &listing.verdict {
        Verdict::Broken { failure: Some(failure), .. } => match failure.cause {
            Cause::Credentials | Cause::Expired | Cause::SignedOut | Cause::Scope => Some(failure),
            Cause::Unreachable
            | Cause::NoAnswer
            | Cause::Throttled
            | Cause::Budget
            | Cause::Late
            | Cause::Duplicate { .. }
            | Cause::Missing
            | Cause::Rejected
            | Cause::Broken
            | Cause::Malformed => None,
        },
        Verdict::Broken { failure: None, .. } | Verdict::Certified(_) | Verdict::Incomplete(_) => {
            None
        }
    }
}

/// Whether the next request of the same kind would fail for the same reason.
pub(crate) fn is_hopeless(failure: &Failure) -> bool {
    match failure.cause {
        Cause::Credentials
        | Cause::Expired
        | Cause::SignedOut
        | Cause::Scope
        | Cause::Throttled
        | Cause::Budget => true,
        Cause::Unreachable
        | Cause::NoAnswer
        | Cause::Duplicate { .. }
        | Cause::Late
        | Cause::Missing
        | Cause::Rejected
        | Cause::Broken
        | Cause::Malformed => false,
    }
}

/// The reason why nothing more of a kind is asked for, once there is one.
#[derive(Default)]
pub(crate) struct Stop(Mutex<Option<String>>);

impl Stop {
    pub(crate) fn says(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn because(&self, says: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(says);
    }
}
