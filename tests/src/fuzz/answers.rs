//! What holds for any answer of a side? Every call ends. How it is laid out changes nothing; a row that cannot be
//! read costs that row and is counted; and no error says what stood in it.
//!
//! The first line of an input is the status, all after it the body: each request gets it, whatever it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use concordat_connectors::{Highlevel, HighlevelSettings, Upguard, UpguardSettings};
use concordat_model::{
    CustomKind, IntentId, Partition, Record, RecordId, RecordKey, Resource, Side, Sight, Time,
    Value,
};
use concordat_remote::{
    Clock, Failure, Page, Remote, Request, Response, Sought, Source, Trail, Transport,
    TransportError, Write,
};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

/// No call needs more requests than this for one answer.
const REQUESTS_MAX: usize = 24;
/// Must never be told.
const CANARY: &str = "PII-CANARY";
/// Members that hold ids, or names of members: errors may say these.
const TOLD: [&str; 7] =
    ["id", "_id", "uuid", "notification_id", "contactId", "matchingField", "traceId"];
/// Where the rows of a listing stand.
const LISTS: [(Resource, &str); 8] = [
    (Resource::Contact, "contacts"),
    (Resource::Business, "businesses"),
    (Resource::Task, "tasks"),
    (Resource::Note, "notes"),
    (Resource::Vendor, "vendors"),
    (Resource::Disclosure, "disclosures"),
    (Resource::Questionnaire, "questionnaires"),
    (Resource::Notification, "notifications"),
];

/// A side that answers everything with the same.
pub(crate) struct Same {
    answer: Response,
    /// Since the call began.
    asked: AtomicUsize,
}

impl Same {
    pub fn new(status: u16, body: &[u8]) -> Arc<Same> {
        let answer = Response { status, headers: Vec::new(), body: body.to_vec() };
        Arc::new(Same { answer, asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Transport for Same {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(asked < REQUESTS_MAX, "a call does not end");
        Ok(self.answer.clone())
    }
}

/// Our clock, standing still.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time::from_timestamp(1_790_000_000, 0).expect("a time")
    }
}

pub(crate) fn highlevel_of(way: Arc<dyn Transport>) -> Highlevel {
    let settings = HighlevelSettings {
        custom_fields: BTreeMap::from([
            ("tier".to_owned(), CustomKind::Number),
            ("notes".to_owned(), CustomKind::Text),
        ]),
        people: BTreeMap::from([("ann@example.com".to_owned(), "U1".to_owned())]),
        ..HighlevelSettings::default()
    };
    Highlevel::new(way, "key".into(), "LOC".into(), Arc::new(Still), settings)
}

pub(crate) fn upguard_of(way: Arc<dyn Transport>) -> Upguard {
    let attributes = ["Main phone".to_owned(), "Owner".to_owned()].into();
    let settings = UpguardSettings { attributes, portfolios: true, ..UpguardSettings::default() };
    Upguard::new(way, "key".into(), Arc::new(Still), settings)
}

/// In time that passes as soon as all wait for it.
pub(crate) fn in_no_time<T>(what: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(what)
}

/// The law of HighLevel's answers.
pub fn highlevel(input: &[u8]) {
    law(input, Side::Highlevel, |way| Box::new(highlevel_of(way)));
}

/// The law of UpGuard's.
pub fn upguard(input: &[u8]) {
    law(input, Side::Upguard, |way| Box::new(upguard_of(way)));
}

fn law(input: &[u8], side: Side, client: fn(Arc<dyn Transport>) -> Box<dyn Remote>) {
    let line = input.iter().position(|it| *it == b'\n').unwrap_or(input.len());
    let status = std::str::from_utf8(&input[..line]).ok().and_then(|it| it.parse().ok());
    let (status, body) = (status.unwrap_or(200), input.get(line + 1..).unwrap_or_default());
    let told = |body: &[u8]| in_no_time(ask(side, client, status, body));
    told(body);
    let Ok(body) = serde_json::from_slice::<Json>(body) else { return };

    let compact = told(body.to_string().as_bytes());
    let spacious = told(format!("\n{body:#}\r\n").as_bytes());
    assert_eq!(compact.lists.len(), spacious.lists.len(), "layout decides how far it gets");
    for (partition, page) in &compact.lists {
        let same = spacious.lists.get(partition).is_some_and(|it| *it == *page);
        assert!(same, "{partition} depends on the layout");
    }
    assert_eq!(compact.reads, spacious.reads, "a reading depends on the layout");

    for (resource, member) in LISTS.into_iter().filter(|it| it.0.side() == side) {
        let mut with_scrap = body.clone();
        let Some(Json::Array(rows)) = with_scrap.get_mut(member) else { continue };
        rows.insert(0, json!(7));
        let with_scrap = told(with_scrap.to_string().as_bytes());
        for (partition, seen) in compact.lists.iter().filter(|it| it.0.resource() == resource) {
            let now = with_scrap.lists.get(partition);
            let now = now.unwrap_or_else(|| panic!("one bad row ends {partition}"));
            assert_eq!(now.records, seen.records, "one bad row costs others in {partition}");
            assert_eq!(now.unreadable, seen.unreadable + 1, "a bad row is not told, {partition}");
        }
    }

    let mut spoiled = body;
    spoil(&mut spoiled);
    for said in told(spoiled.to_string().as_bytes()).errors {
        assert!(!said.contains(CANARY), "an error quotes: {said}");
    }
}

/// What a side said, as far as two answers can be compared.
#[derive(Default)]
struct Told {
    lists: BTreeMap<Partition, Listed>,
    reads: Vec<Option<Record>>,
    errors: Vec<String>,
}

/// The first page of a listing.
#[derive(PartialEq)]
struct Listed {
    records: Vec<Record>,
    unreadable: usize,
    total: Option<u64>,
    is_last: bool,
}

impl Listed {
    fn of(page: Page) -> Listed {
        let Page { records, unreadable, next, total } = page;
        Listed { records, unreadable: unreadable.len(), total, is_last: next.is_none() }
    }
}

impl Told {
    fn error(&mut self, error: &(impl std::fmt::Display + std::fmt::Debug)) {
        self.errors.push(format!("{error} {error:?}"));
    }
}

async fn ask(
    side: Side,
    client: fn(Arc<dyn Transport>) -> Box<dyn Remote>,
    status: u16,
    body: &[u8],
) -> Told {
    let (way, mut told) = (Same::new(status, body), Told::default());
    let client = client(Arc::clone(&way) as Arc<dyn Transport>);
    let client = client.as_ref();
    let begin = || way.asked.store(0, Ordering::Relaxed);
    if let Err(failure) = client.tenant().await {
        told.error(&failure);
    }
    for resource in Resource::ALL.into_iter().filter(|it| it.side() == side) {
        for partition in [Partition::All(resource), Partition::Of(resource, "5".into())] {
            begin();
            if let Err(failure) = list(client, partition, &mut told).await {
                told.error(&failure);
            }
        }
        let id = if resource == Resource::Risk { "7:domain_expired" } else { "7" };
        begin();
        match client.read(&RecordKey::new(resource, id), Some(&"5".into())).await {
            Ok(answer) => told.reads.push(answer.body),
            Err(failure) => told.error(&failure),
        }
        for write in [write(resource, None), write(resource, Some(id))] {
            begin();
            let failed = client.send(&write).await.err();
            failed.into_iter().for_each(|it| told.error(&it));
        }
        begin();
        let failed = client.delete(&write(resource, Some(id))).await.err();
        failed.into_iter().for_each(|it| told.error(&it));
        begin();
        let failed = client.find(&sought(resource)).await.err();
        failed.into_iter().for_each(|it| told.error(&it));
    }
    told
}

async fn list(client: &dyn Remote, partition: Partition, told: &mut Told) -> Result<(), Failure> {
    let (mut trail, mut cursor) = (Trail::default(), None);
    loop {
        let page = client.page(&partition, cursor.as_ref()).await?.body;
        told.errors.extend(page.unreadable.iter().cloned());
        cursor = trail.follow(&page).unwrap_or_default();
        told.lists.entry(partition.clone()).or_insert_with(|| Listed::of(page));
        if cursor.is_none() {
            return Ok(());
        }
    }
}

fn write(resource: Resource, current: Option<&str>) -> Write {
    let current = current.map(|id| Record {
        key: RecordKey::new(resource, id),
        parent: Some("5".into()),
        name: "Acme".into(),
        stamp: None,
        reading: [("name".into(), Some(Value::text("Acme")))].into_iter().collect(),
        sight: Sight::Read,
    });
    Write {
        resource,
        current,
        parent: Some(RecordId::new("5")),
        set: vec![("name".into(), Some(Value::text("x"))), ("title".into(), None)],
        marker: Some("0123ABCD".into()),
        by: Instant::now() + Duration::from_secs(3600),
        intent: IntentId("r1/s-1".into()),
    }
}

fn sought(resource: Resource) -> Sought {
    Sought {
        resource,
        parent: Some("5".into()),
        marker: Some("0123ABCD".into()),
        key: Some(("email".into(), Value::text("ann@example.com"))),
        max_age: Duration::ZERO,
    }
}

/// Makes each text that is no id one that must not be told.
fn spoil(value: &mut Json) {
    match value {
        Json::String(text) => text.push_str(CANARY),
        Json::Array(items) => items.iter_mut().for_each(spoil),
        Json::Object(members) => {
            let private = members.iter_mut().filter(|(name, _)| !TOLD.contains(&name.as_str()));
            private.for_each(|(_, value)| spoil(value));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A contact whose members are these, as HighLevel's client reads it.
pub(crate) fn contact(members: &Json) -> Record {
    let answer = json!({ "contact": members, "customFields": [] });
    let way = Same::new(200, answer.to_string().as_bytes());
    let side = highlevel_of(way as Arc<dyn Transport>);
    let key = RecordKey::new(Resource::Contact, "C1");
    let read = in_no_time(side.read(&key, None)).expect("an answer that can be read");
    read.body.expect("a contact")
}
