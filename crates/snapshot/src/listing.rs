//! Was this listing complete? One partition, page by page; the verdict is a certificate, or a sentence
//! that says why there is none. Of the rows, only those that bring news are kept.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::zoo::{self, Bug};
use concordat_model::{Certificate, Coverage, Partition, Record, RecordKey, Sight, Time};
use concordat_remote::{Cursor, Failure, Source, Trail};

use crate::SnapshotError;
use crate::window::Since;

/// What a listing brought.
pub(crate) struct Listing {
    /// The records it named.
    pub seen: BTreeSet<RecordKey>,
    /// Those of them that bring news, each once.
    pub news: BTreeMap<RecordKey, Staged>,
    /// Those that it showed both with news and without.
    pub twice: BTreeSet<RecordKey>,
    pub verdict: Verdict,
    /// Whether all rows show their records as of now.
    pub direct: bool,
}

/// A record in staging.
pub(crate) struct Staged {
    pub record: Record,
    pub at: Time,
}

/// What a listing is worth.
pub(crate) enum Verdict {
    /// It is complete.
    Certified(Certificate),
    /// It ran to its end, but something is wrong with it: its rows are observations like any others,
    /// and that a record is not among them says nothing.
    Incomplete(String),
    /// It did not run to its end, by a failure of the side or by its own repetition.
    Broken { says: String, failure: Option<Failure> },
}

/// Whether a row, seen at some time, says anything that the mirror does not.
pub(crate) type IsNews<'a> = &'a (dyn Fn(&Staged) -> Result<bool, SnapshotError> + Sync);

/// Lists `partition`, or of it what moved since. `on_page` is told after every page how many new records it brought.
pub(crate) async fn list(
    source: &dyn Source,
    partition: &Partition,
    since: Option<&Since>,
    is_news: IsNews<'_>,
    on_page: &(dyn Fn(u64) + Sync),
) -> Result<Listing, SnapshotError> {
    let mut listing = Listing::empty(Verdict::Incomplete(String::new()));
    let mut trail = Trail::default();
    let mut cursor: Option<Cursor> = None;
    let mut span: Option<(Time, Time)> = None;
    let mut total: Option<u64> = None;
    let mut unreadable: Vec<String> = Vec::new();
    loop {
        let answer = match since {
            None => source.page(partition, cursor.as_ref()).await,
            Some(since) => source.moved(partition, since.at, cursor.as_ref()).await,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                let says = at_page(trail.pages() + 1, &failure.to_string());
                return Ok(listing.broken(says, Some(failure)));
            }
        };
        let (began, ended) = span.map_or((answer.at, answer.at), |(began, ended)| {
            (began.min(answer.at), ended.max(answer.at))
        });
        span = Some((began, ended));
        // The largest total that was named. A record that is deleted while we list lowers the total
        // and moves a row across the page boundary, unseen: with the last total both would cancel.
        total = total.max(answer.body.total);
        let next = trail.follow(&answer.body);
        let page = trail.pages();
        unreadable.extend(answer.body.unreadable.iter().map(|it| at_page(page, it)));
        let known = listing.seen.len();
        for record in answer.body.records {
            listing.direct &= record.sight != Sight::Row;
            let staged = Staged { record, at: answer.at };
            let is_news = is_news(&staged)?;
            listing.take(staged, is_news);
        }
        on_page((listing.seen.len() - known) as u64);
        cursor = match next {
            Ok(Some(next)) if !zoo::is_in(Bug::FirstPageIsAll) => Some(next),
            Ok(_) => {
                let (pages, rows) = (trail.pages(), listing.seen.len() as u64);
                let coverage = since.map_or(Coverage::Whole, |it| Coverage::Moved(it.whole));
                let certificate = Certificate { began, ended, pages, rows, total, coverage };
                listing.verdict = verdict(certificate, &unreadable);
                return Ok(listing);
            }
            Err(says) => return Ok(listing.broken(says, None)),
        };
    }
}

/// What happened on a page; on the first, that goes without saying.
fn at_page(page: u32, says: &str) -> String {
    if page > 1 { format!("page {page}: {says}") } else { says.to_owned() }
}

fn verdict(certificate: Certificate, unreadable: &[String]) -> Verdict {
    let rows = certificate.rows;
    if let Some(first) = unreadable.first() {
        let count = unreadable.len();
        return Verdict::Incomplete(format!("{count} of its rows cannot be read: {first}"));
    }
    match certificate.total {
        Some(total) if rows < total => {
            Verdict::Incomplete(format!("the side says there are {total}, and {rows} were listed"))
        }
        Some(_) | None => Verdict::Certified(certificate),
    }
}

impl Listing {
    /// Nothing was listed.
    pub(crate) fn empty(verdict: Verdict) -> Listing {
        let (seen, news, twice) = Default::default();
        Listing { seen, news, twice, verdict, direct: true }
    }

    /// Keeps the newer of two rows of the same record.
    fn take(&mut self, staged: Staged, is_news: bool) {
        let key = staged.record.key.clone();
        let is_first = self.seen.insert(key.clone());
        match (is_news, self.news.remove(&key)) {
            (true, None) => {
                if !is_first {
                    self.twice.insert(key.clone());
                }
                self.news.insert(key, staged);
            }
            (true, Some(kept)) => drop(self.news.insert(key, kept.newer(staged))),
            (false, Some(kept)) => {
                self.twice.insert(key.clone());
                self.news.insert(key, kept);
            }
            (false, None) => {}
        }
    }

    fn broken(mut self, says: String, failure: Option<Failure>) -> Listing {
        self.verdict = Verdict::Broken { says, failure };
        self
    }
}

impl Staged {
    /// The newer of the two. Between rows of the same stamp the choice is arbitrary, but does not
    /// depend on which page came first.
    pub(crate) fn newer(self, other: Staged) -> Staged {
        let rank = |it: &Staged| {
            let record = &it.record;
            (record.stamp, record.reading.fingerprint(), record.name.clone(), record.parent.clone())
        };
        match rank(&self).cmp(&rank(&other)) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Staged { at: self.at.min(other.at), ..self },
        }
    }
}
