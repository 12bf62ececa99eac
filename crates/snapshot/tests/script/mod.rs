//! A side that answers from a script, and tables that count what is written to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use concordat_model::*;
use concordat_remote::{Answer, Cause, Cursor, Failure, Page, Source};
use concordat_snapshot::{PullRequest, SnapshotError, load, pull};
use concordat_store::{Batch, MemoryTables, Row, StoreError, Table, Tables};

pub fn at(second: i64) -> Time {
    Time::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

pub fn pair() -> PairId {
    PairId::from("acme")
}

pub fn key(id: &str) -> RecordKey {
    RecordKey::new(Resource::Contact, id)
}

pub fn failure(cause: Cause) -> Failure {
    Failure {
        side: Side::Highlevel,
        operation: "GET /things".into(),
        cause,
        status: None,
        trace: None,
        says: "it did not work".into(),
    }
}

/// A HighLevel contact as an index row shows it.
pub fn row(id: &str, stamp: i64, fields: &[(&str, &str)]) -> Record {
    record(key(id), Some(at(stamp)), fields, Sight::Row)
}

/// An UpGuard vendor as a direct listing shows it.
pub fn vendor(id: &str, fields: &[(&str, &str)]) -> Record {
    record(RecordKey::new(Resource::Vendor, id), None, fields, Sight::Listed)
}

/// A person at a vendor.
pub fn person(id: &str, parent: &str) -> Record {
    let key = RecordKey::new(Resource::VendorContact, id);
    Record { parent: Some(parent.into()), ..record(key, None, &[("email", id)], Sight::Listed) }
}

pub fn record(
    key: RecordKey,
    stamp: Option<Time>,
    fields: &[(&str, &str)],
    sight: Sight,
) -> Record {
    let reading =
        fields.iter().map(|(path, text)| ((*path).into(), Some(Value::text(*text)))).collect();
    Record { key, parent: None, name: "a name".into(), stamp, reading, sight }
}

/// One scripted answer.
pub type Scripted = Result<Answer<Page>, Cause>;

pub fn page(second: i64, records: Vec<Record>) -> Answer<Page> {
    let body = Page { records, unreadable: Vec::new(), next: None, total: None };
    Answer { at: at(second), body }
}

#[derive(Default)]
pub struct Script {
    pub tenant: Option<Tenant>,
    /// The pages of each partition; every page leads to the one after it, if it says nothing else.
    pub pages: BTreeMap<Partition, Vec<Scripted>>,
    /// The pages of what moved; nothing: what the others show of it.
    pub moved: Option<Vec<Scripted>>,
    pub defined: BTreeSet<Path>,
    pub reads: BTreeMap<RecordKey, Result<Answer<Option<Record>>, Failure>>,
    pub log: Mutex<Vec<String>>,
}

impl Script {
    pub fn new() -> Script {
        Script::default()
    }

    pub fn list(mut self, resource: Resource, pages: Vec<Scripted>) -> Script {
        self.pages.insert(Partition::All(resource), pages);
        self
    }

    /// All contacts, on one page.
    pub fn contacts(self, second: i64, records: Vec<Record>) -> Script {
        self.list(Resource::Contact, vec![Ok(page(second, records))])
    }

    /// All vendors, on one page.
    pub fn vendors(self, second: i64, records: Vec<Record>) -> Script {
        self.list(Resource::Vendor, vec![Ok(page(second, records))])
    }

    pub fn people(mut self, vendor: &str, second: i64, people: Vec<Record>) -> Script {
        let partition = Partition::Of(Resource::VendorContact, vendor.into());
        self.pages.insert(partition, vec![Ok(page(second, people))]);
        self
    }

    pub fn reads(mut self, key: RecordKey, second: i64, record: Option<Record>) -> Script {
        self.reads.insert(key, Ok(Answer { at: at(second), body: record }));
        self
    }

    pub fn asked(&self, prefix: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|it| it.starts_with(prefix)).count()
    }
}

#[async_trait]
impl Source for Script {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        let default = Tenant { id: "t".into(), name: "T".into(), can_mark: true };
        Ok(self.tenant.clone().unwrap_or(default))
    }

    async fn page(
        &self,
        partition: &Partition,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        self.log.lock().unwrap().push(format!("page {partition}"));
        turn(self.pages.get(partition).ok_or_else(|| failure(Cause::Missing))?, cursor)
    }

    async fn moved(
        &self,
        partition: &Partition,
        since: Time,
        cursor: Option<&Cursor>,
    ) -> Result<Answer<Page>, Failure> {
        self.log.lock().unwrap().push(format!("moved {partition} since {since}"));
        let all = self.pages.get(partition).ok_or_else(|| failure(Cause::Missing))?;
        let mut answer = turn(self.moved.as_ref().unwrap_or(all), cursor)?;
        answer.body.records.retain(|it| it.stamp >= Some(since));
        Ok(answer)
    }

    fn defined(&self) -> BTreeSet<Path> {
        self.defined.clone()
    }

    async fn read(
        &self,
        key: &RecordKey,
        _parent: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.log.lock().unwrap().push(format!("read {key}"));
        match self.reads.get(key) {
            Some(answer) => answer.clone(),
            None => Err(failure(Cause::NoAnswer)),
        }
    }

    fn offset(&self) -> Offset {
        Offset { ahead_ms: 250 }
    }
}

fn turn(pages: &[Scripted], cursor: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
    let index: usize = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
    let mut answer = pages[index].clone().map_err(failure)?;
    if answer.body.next.is_none() && index + 1 < pages.len() {
        answer.body.next = Some(Cursor((index + 1).to_string()));
    }
    Ok(answer)
}

/// Counts the rows of records and of absences that are written.
#[derive(Default)]
pub struct Counted {
    pub tables: MemoryTables,
    /// How many of them each commit changed.
    pub commits: Mutex<Vec<usize>>,
}

impl Counted {
    /// How many were written since the last call.
    pub fn records_written(&self) -> usize {
        self.commits.lock().unwrap().drain(..).sum()
    }
}

impl Tables for Counted {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.tables.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        self.tables.scan(table, prefix)
    }

    fn page(
        &self,
        table: Table,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError> {
        self.tables.page(table, prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let rows = batch.touches(Table::new(1)) + batch.touches(Table::new(2));
        self.commits.lock().unwrap().push(rows);
        self.tables.commit(batch)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.tables.flush()
    }
}

/// The fields whose names begin with `s` move the stamp.
pub fn stamped(_: Resource, path: &Path) -> bool {
    path.as_str().starts_with('s')
}

pub fn request(side: Side, expected: &[RecordKey]) -> PullRequest<'static> {
    PullRequest {
        owners: &|_, _| None,
        sweeps: BTreeMap::new(),
        windows: BTreeMap::new(),
        conditions: Fingerprint::of("conditions", &[]),
        quarantine_views: 2,
        now: at(0),
        side,
        resources: vec![Resource::Vendor, Resource::VendorContact, Resource::Contact],
        expected: expected.iter().map(|key| (key.clone(), None)).collect(),
        concurrency: 4,
        stamped: &stamped,
    }
}

pub fn try_pull(
    tables: &dyn Tables,
    script: &Script,
    request: PullRequest<'_>,
) -> Result<View, SnapshotError> {
    let (pair, side) = (pair(), request.side);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(sent(pull(script, tables, &pair, request, &|_| {})))?;
    Ok(load(tables, &pair, side)?.expect("it was pulled"))
}

/// A pull can be handed to another thread.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

pub fn pull_highlevel(tables: &dyn Tables, script: &Script, expected: &[RecordKey]) -> View {
    try_pull(tables, script, request(Side::Highlevel, expected)).unwrap()
}

pub fn pull_upguard(tables: &dyn Tables, script: &Script, expected: &[RecordKey]) -> View {
    try_pull(tables, script, request(Side::Upguard, expected)).unwrap()
}
