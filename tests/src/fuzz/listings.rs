//! What holds for any pages of a listing? It ends. It counts as complete only if its last page was reached without
//! a failure or a row that could not be read, and shows as many records as the side says there are. Without that,
//! nobody is gone.
//!
//! The bytes say what one page after the other shows, over and over again, so a listing need not end by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use concordat_model::{
    Fingerprint, Offset, PairId, Partition, Reading, Record, RecordId, RecordKey, Resource, Seen,
    Side, Sight, Tenant, Time,
};
use concordat_remote::{Answer, Cause, Cursor, Failure, Page, Source};
use concordat_snapshot::{PullRequest, load, pull};
use concordat_store::MemoryTables;

use super::Choices;
use super::answers::in_no_time;

/// So many contacts are known, and as many may be new.
const KNOWN: u8 = 8;
/// Every page but the last shows something new, and there is no more than this that is.
const PAGES_MAX: usize = 3 * KNOWN as usize + 2;

/// So far into the bytes is the next page.
const PAGE_BYTES: usize = 7;

/// What was shown so far.
#[derive(Default)]
struct Shown {
    pages: usize,
    records: BTreeSet<RecordKey>,
    total: Option<u64>,
    /// A page led to no other.
    is_last: bool,
    /// A page failed, or a row of it could not be read.
    is_marred: bool,
}

/// What the side says if it is asked for one record.
#[derive(PartialEq)]
enum Says {
    Nothing,
    Gone,
    Here,
}

fn says(bytes: &[u8], key: &RecordKey) -> Says {
    let number: usize = key.id.as_str().parse().expect("one of our ids");
    match bytes.get(number).copied().unwrap_or_default() % 3 {
        0 => Says::Nothing,
        1 => Says::Gone,
        _ => Says::Here,
    }
}

/// A side that shows what the bytes say.
struct Script {
    bytes: Vec<u8>,
    page_bytes: usize,
    shown: Mutex<Shown>,
}

fn at(second: i64) -> Time {
    Time::from_timestamp(1_790_000_000 + second, 0).expect("a time")
}

fn key(number: u8) -> RecordKey {
    RecordKey::new(Resource::Contact, number.to_string())
}

fn record(key: RecordKey, sight: Sight) -> Record {
    let (stamp, reading) = (Some(at(0)), Reading::new());
    Record { key, parent: None, name: "a name".into(), stamp, reading, sight }
}

fn failure(cause: Cause) -> Failure {
    let (operation, says) = ("GET /contacts".into(), "it did not work".into());
    Failure { side: Side::Highlevel, operation, cause, status: None, trace: None, says }
}

impl Script {
    fn new(bytes: Vec<u8>, page_bytes: usize) -> Script {
        Script { bytes, page_bytes, shown: Mutex::default() }
    }
}

#[async_trait]
impl Source for Script {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        Ok(Tenant { id: "t".into(), name: "T".into(), can_mark: true })
    }

    async fn page(&self, _: &Partition, _: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let from = shown.pages * self.page_bytes % self.bytes.len().max(1);
        let mut choices = Choices(self.bytes.get(from..).unwrap_or_default());
        shown.pages += 1;
        assert!(shown.pages <= PAGES_MAX, "the listing does not end");
        if choices.below(16) == 15 {
            shown.is_marred = true;
            return Err(failure(Cause::Broken));
        }
        let sight = *choices.one_of(&[Sight::Listed, Sight::Row]);
        let rows = choices.below(5);
        let records: Vec<_> =
            (0..rows).map(|_| record(key(choices.below(2 * KNOWN)), sight)).collect();
        let unreadable: Vec<_> = match choices.below(8) {
            7 => vec![format!("row {}: odd", choices.below(KNOWN))],
            _ => Vec::new(),
        };
        let next = match choices.below(4) {
            0 => None,
            1 => Some(Cursor(choices.below(4).to_string())),
            _ => Some(Cursor(format!("after {}", shown.pages))),
        };
        let total = match choices.below(3) {
            0 => None,
            _ => Some(u64::from(choices.below(2 * KNOWN))),
        };
        shown.records.extend(records.iter().map(|it| it.key.clone()));
        shown.is_marred |= !unreadable.is_empty();
        shown.is_last |= next.is_none();
        shown.total = shown.total.max(total);
        Ok(Answer { at: at(10), body: Page { records, unreadable, next, total } })
    }

    async fn read(
        &self,
        key: &RecordKey,
        _: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let body = match says(&self.bytes, key) {
            Says::Nothing => return Err(failure(Cause::NoAnswer)),
            Says::Gone => None,
            Says::Here => Some(record(key.clone(), Sight::Read)),
        };
        Ok(Answer { at: at(20), body })
    }

    fn offset(&self) -> Offset {
        Offset::default()
    }
}

fn request(second: i64) -> PullRequest<'static> {
    PullRequest {
        owners: &|_, _| None,
        sweeps: BTreeMap::new(),
        windows: BTreeMap::new(),
        conditions: Fingerprint::of("conditions", &[]),
        quarantine_views: 1,
        now: at(second),
        side: Side::Highlevel,
        resources: vec![Resource::Contact],
        expected: (0..KNOWN).map(|it| (key(it), None)).collect(),
        concurrency: 1,
        stamped: &|_, _| true,
    }
}

/// The law of listings.
pub fn any_pages(input: &[u8]) {
    let (tables, pair) = (MemoryTables::new(), PairId::from("acme"));
    let listed = |side: &Script, second| {
        in_no_time(pull(side, &tables, &pair, request(second), &|_| {})).expect("a pull");
        load(&tables, &pair, Side::Highlevel).expect("a store").expect("it was pulled")
    };
    // Two pages with four contacts each.
    let whole = [[0, 0, 4, 0, 1, 2, 3, 0, 2, 0], [0, 0, 4, 4, 5, 6, 7, 0, 0, 0]];
    let first = listed(&Script::new(whole.concat(), 10), 0);
    assert_eq!(first.records.len(), usize::from(KNOWN), "all are known");

    let script = Script::new(input.to_vec(), PAGE_BYTES);
    let view = listed(&script, 30);
    let shown = script.shown.into_inner().unwrap_or_else(PoisonError::into_inner);
    let rows = shown.records.len() as u64;
    let certificate = view.certificates.get(&Partition::All(Resource::Contact));
    if let Some(certificate) = certificate {
        assert!(shown.is_last && !shown.is_marred, "complete without its end, or with a fault");
        assert_eq!((certificate.rows, certificate.total), (rows, shown.total));
        assert!(shown.total.is_none_or(|total| total <= rows), "complete with less than there is");
    }
    for key in (0..KNOWN).map(key) {
        match view.seen(&key) {
            Seen::Gone(gone) => {
                assert!(says(input, &key) == Says::Gone, "{key} is gone, and nobody said so");
                let missed = certificate.is_some() && !shown.records.contains(&key);
                assert!(missed || gone.listings == 0, "{key} was missed by a listing that is none");
            }
            Seen::Here(mirrored) => assert_eq!(mirrored.record.key, key),
            Seen::Dormant | Seen::Unseen => {}
        }
        let is_kept = view.records.contains_key(&key) || view.gone.contains_key(&key);
        assert!(is_kept, "{key} is forgotten");
    }
}
