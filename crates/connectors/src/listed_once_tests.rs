//! Is a listing asked for once, told again as it was, and forgotten when it no longer holds?

use std::sync::atomic::{AtomicU64, Ordering};

use concordat_model::{Side, Time};
use concordat_remote::Cause;

use super::*;

const VENDORS: Partition = Partition::All(Resource::Vendor);

/// Two pages of vendors; every answer is given a second after the one before.
#[derive(Default)]
struct Scripted {
    asked: AtomicU64,
    fails_at: Option<u64>,
}

impl Scripted {
    fn answer<T>(&self, body: T) -> Result<Answer<T>, Failure> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if self.fails_at == Some(asked) {
            return Err(Failure {
                side: Side::Upguard,
                operation: "GET /vendors".into(),
                cause: Cause::Broken,
                status: Some(500),
                trace: None,
                says: "it failed".into(),
            });
        }
        let at = Time::from_timestamp(asked as i64, 0).expect("a time");
        Ok(Answer { at, body })
    }
}

#[async_trait]
impl Source for Scripted {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        let tenant = Tenant { id: "1".into(), name: "Us".into(), can_mark: true };
        self.answer(tenant).map(|it| it.body)
    }

    async fn page(&self, _: &Partition, cursor: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        let next = cursor.is_none().then(|| Cursor("2".into()));
        self.answer(Page { records: Vec::new(), unreadable: Vec::new(), next, total: Some(0) })
    }

    async fn read(
        &self,
        _: &RecordKey,
        _: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.answer(None)
    }

    fn offset(&self) -> Offset {
        Offset { ahead_ms: 0 }
    }
}

#[async_trait]
impl Target for Scripted {
    async fn send(&self, _: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.answer("7".into()).map_err(WriteError::InDoubt)
    }

    async fn delete(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        self.send(write).await
    }

    async fn find(&self, _: &Sought) -> Result<Answer<Found>, Failure> {
        self.answer(Found { records: Vec::new(), proves_absence: false })
    }
}

/// Lists to the end, and answers when each page was given.
async fn list(side: &ListedOnce<Scripted>, partition: &Partition) -> Result<Vec<i64>, Failure> {
    let mut times = Vec::new();
    let mut cursor = None;
    loop {
        let page = side.page(partition, cursor.as_ref()).await?;
        times.push(page.at.timestamp());
        match page.body.next {
            Some(next) => cursor = Some(next),
            None => return Ok(times),
        }
    }
}

fn asked(side: &ListedOnce<Scripted>) -> u64 {
    side.remote.asked.load(Ordering::Relaxed)
}

#[tokio::test]
async fn what_was_told_is_told_again_with_its_times() {
    let side = ListedOnce::new(Scripted::default());
    for _ in 0..3 {
        assert_eq!(side.tenant().await.expect("a tenant").id, "1");
        assert_eq!(list(&side, &VENDORS).await, Ok(vec![2, 3]));
    }
    assert_eq!(asked(&side), 3);
    let contacts = Partition::Of(Resource::VendorContact, "1".into());
    assert_eq!(list(&side, &contacts).await, Ok(vec![4, 5]), "a listing of its own");
}

#[tokio::test]
async fn reads_and_searches_always_go_through() {
    let side = ListedOnce::new(Scripted::default());
    let key = RecordKey::new(Resource::Vendor, "1");
    let sought = Sought {
        resource: Resource::Vendor,
        parent: None,
        marker: None,
        key: None,
        max_age: Default::default(),
    };
    for _ in 0..2 {
        side.read(&key, None).await.expect("an answer");
        side.find(&sought).await.expect("an answer");
    }
    assert_eq!(asked(&side), 4);
}

#[tokio::test]
async fn a_write_forgets_the_listings_of_its_resource_even_in_doubt() {
    let side = ListedOnce::new(Scripted { fails_at: Some(5), ..Scripted::default() });
    let contacts = Partition::Of(Resource::VendorContact, "1".into());
    list(&side, &VENDORS).await.expect("two pages");
    list(&side, &contacts).await.expect("two pages");
    let write = Write {
        resource: Resource::Vendor,
        current: None,
        parent: None,
        set: Vec::new(),
        marker: None,
        by: tokio::time::Instant::now(),
        intent: concordat_model::IntentId("r1/s1".into()),
    };
    side.send(&write).await.expect_err("in doubt");
    assert_eq!(list(&side, &contacts).await, Ok(vec![3, 4]));
    assert_eq!(list(&side, &VENDORS).await, Ok(vec![6, 7]));
}

#[tokio::test]
async fn a_listing_that_broke_off_is_begun_anew() {
    let side = ListedOnce::new(Scripted { fails_at: Some(2), ..Scripted::default() });
    list(&side, &VENDORS).await.expect_err("the second page fails");
    assert_eq!(list(&side, &VENDORS).await, Ok(vec![3, 4]));
}
