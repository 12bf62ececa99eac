//! Was this listing complete? One partition, page by page, into staging; the verdict is a
//! certificate, or a sentence that says why there is none.

use std::collections::BTreeMap;

use concordat_model::{Certificate, Partition, Record, RecordKey, Sight, Time};
use concordat_remote::{Cursor, Failure, Source, Trail};

/// What a listing brought.
pub(crate) struct Listing {
    /// Each record once.
    pub records: BTreeMap<RecordKey, Staged>,
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

/// Lists `partition`. `on_page` is told after every page how many new records it brought.
pub(crate) async fn list(
    source: &dyn Source,
    partition: &Partition,
    on_page: &(dyn Fn(u64) + Sync),
) -> Listing {
    let mut listing = Listing {
        records: BTreeMap::new(),
        verdict: Verdict::Incomplete(String::new()),
        direct: true,
    };
    let mut trail = Trail::default();
    let mut cursor: Option<Cursor> = None;
    let mut span: Option<(Time, Time)> = None;
    let mut total: Option<u64> = None;
    let mut unreadable: Vec<String> = Vec::new();
    loop {
        let answer = match source.page(partition, cursor.as_ref()).await {
            Ok(answer) => answer,
            Err(failure) => {
                return listing.broken(failure.to_string(), Some(failure));
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
        unreadable.extend(answer.body.unreadable);
        let known = listing.records.len();
        for record in answer.body.records {
            listing.direct &= record.sight != Sight::Row;
            listing.stage(Staged { record, at: answer.at });
        }
        on_page((listing.records.len() - known) as u64);
        cursor = match next {
            Ok(Some(next)) => Some(next),
            Ok(None) => {
                let (pages, rows) = (trail.pages(), listing.records.len() as u64);
                listing.verdict =
                    verdict(Certificate { began, ended, pages, rows, total }, &unreadable);
                return listing;
            }
            Err(says) => return listing.broken(says, None),
        };
    }
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
    /// Keeps the newer of two rows of the same record.
    fn stage(&mut self, staged: Staged) {
        let Some(kept) = self.records.remove(&staged.record.key) else {
            self.records.insert(staged.record.key.clone(), staged);
            return;
        };
        let newer = kept.newer(staged);
        self.records.insert(newer.record.key.clone(), newer);
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
