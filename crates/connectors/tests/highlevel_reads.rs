//! Are contacts and businesses read as the sheet describes them? Absent, empty and not covered are
//! three things.

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Cursor, Source};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, answer, definitions, fields, highlevel, json as reply, time};

fn contacts() -> Partition {
    Partition::All(Resource::Contact)
}

fn businesses() -> Partition {
    Partition::All(Resource::Business)
}

#[tokio::test(start_paused = true)]
async fn the_tenant_is_the_location_and_says_whether_contacts_can_be_marked() {
    let location =
        || reply(200, json!({"location": {"id": "LOC", "name": "Shop"}, "traceId": "t"}));
    let numeric = json!({"customFields": [{"id": "c", "fieldKey": "contact.concordat_id", "dataType": "NUMERICAL"}]});
    let script = Script::new([
        location(),
        definitions(),
        location(),
        reply(200, json!({"customFields": []})),
        location(),
        reply(200, numeric),
    ]);
    let side = highlevel(&script);
    let tenant = side.tenant().await.expect("a tenant");
    assert_eq!((tenant.id.as_str(), tenant.name.as_str(), tenant.can_mark), ("LOC", "Shop", true));
    assert!(!side.tenant().await.expect("a tenant").can_mark, "the definition is gone");
    assert!(!side.tenant().await.expect("a tenant").can_mark, "a number holds no marker");
    assert_eq!(
        script.lines()[..2],
        ["GET /locations/LOC", "GET /locations/LOC/customFields?model=contact"]
    );
    let headers = &script.requests()[0].headers;
    assert!(headers.contains(&("version".into(), "2021-07-28".into())));
    assert!(headers.contains(&("authorization".into(), format!("Bearer {}", side::KEY))));
}

fn row(id: &str, more: Json) -> Json {
    let mut row = json!({"id": id, "searchAfter": [1764003536678_u64, id]});
    for (name, value) in more.as_object().expect("members") {
        row[name] = value.clone();
    }
    row
}

#[tokio::test(start_paused = true)]
async fn a_search_row_covers_what_it_shows() {
    let full = row(
        "C1",
        json!({"contactName": "john doe", "firstName": "john", "firstNameRaw": "John", "lastName": "Doe",
        "email": "john.doe@example.com", "phone": null, "address": "123 Main St", "companyName": "Acme", "businessId": null,
        "tags": ["prospect", "a"], "customFields": [{"id": "cfMark", "value": "0123ABCD"}, {"id": "x", "value": ["a"]}],
        "dnd": false, "source": "", "ssn": "PII-CANARY", "dateUpdated": "2026-03-06T20:27:20.348Z"}),
    );
    let bare = row("C2", json!({"contactName": "jane", "customFields": []}));
    let odd = row("C3", json!({"email": {"x": "PII-CANARY"}}));
    let script = Script::new([
        definitions(),
        reply(
            200,
            json!({"contacts": [full, bare, odd, "PII-CANARY"], "total": 4, "traceId": "t"}),
        ),
    ]);
    let page = highlevel(&script).page(&contacts(), None).await.expect("a page").body;
    let [full, bare] = page.records.as_slice() else { panic!("two rows") };
    assert_eq!(
        fields(full),
        [
            "address1=123 Main St",
            "businessId=",
            "companyName=Acme",
            "concordat_id=0123ABCD",
            "dnd=no",
            "email=john.doe@example.com",
            "firstName=John",
            "lastName=Doe",
            "phone=",
            "source=",
            "tags=a, prospect",
        ]
    );
    assert_eq!((full.name.as_str(), full.sight), ("John Doe", Sight::Row));
    assert_eq!(full.stamp, Some(time("2026-03-06T20:27:20.348Z")));
    assert_eq!((bare.name.as_str(), bare.stamp), ("jane", None));
    assert_eq!(fields(bare), ["concordat_id="]);
    assert_eq!(
        page.unreadable,
        ["C3: `email` is missing or has another shape", "row 4: it has another shape"]
    );
    assert_eq!((page.total, page.next), (Some(4), None));
    let expected = json!({"locationId": "LOC", "pageLimit": 500,
        "sort": [{"field": "dateAdded", "direction": "asc"}]});
    assert_eq!(script.body(1), expected);
    assert_eq!(script.lines()[1], "POST /contacts/search");
}

#[tokio::test(start_paused = true)]
async fn without_a_definition_or_an_array_the_marker_is_not_covered() {
    let marked = row("C1", json!({"customFields": [{"id": "cfMark", "value": "0123ABCD"}]}));
    let script = Script::new([
        reply(200, json!({"customFields": []})),
        reply(200, json!({"contacts": [marked]})),
    ]);
    let page = highlevel(&script).page(&contacts(), None).await.expect("a page").body;
    assert_eq!(fields(&page.records[0]), Vec::<String>::new());
    let script = Script::new([
        definitions(),
        reply(
            200,
            json!({"contacts": [row("C1", json!({})), row("C2", json!({"customFields": null}))]}),
        ),
    ]);
    let page = highlevel(&script).page(&contacts(), None).await.expect("a page").body;
    assert!(page.records.iter().all(|record| fields(record).is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_search_goes_on_behind_the_last_row_until_nothing_follows() {
    let full: Vec<Json> = (0..500).map(|index| row(&format!("C{index}"), json!({}))).collect();
    let mut stuck = full.clone();
    stuck[499] = json!({"id": "C499"});
    let script = Script::new([
        definitions(),
        reply(200, json!({"contacts": full, "total": 501})),
        reply(200, json!({"contacts": [row("C500", json!({}))], "total": 501})),
        reply(200, json!({"contacts": [], "total": 501})),
        reply(200, json!({"contacts": stuck})),
    ]);
    let side = highlevel(&script);
    let page = side.page(&contacts(), None).await.expect("a page").body;
    let next = page.next.expect("more");
    assert_eq!(next, Cursor(r#"[1764003536678,"C499"]"#.into()));
    let page = side.page(&contacts(), Some(&next)).await.expect("a page").body;
    assert_eq!(page.records.len(), 1);
    let next = page.next.expect("the side may show fewer rows than it was asked for");
    let page = side.page(&contacts(), Some(&next)).await.expect("a page").body;
    assert_eq!((page.records.len(), page.next), (0, None));
    assert_eq!(script.body(2)["searchAfter"], json!([1764003536678_u64, "C499"]));
    assert_eq!(script.body(3)["searchAfter"], json!([1764003536678_u64, "C500"]));
    assert_eq!(script.body(2).get("page"), None);
    let failure = side.page(&contacts(), None).await.expect_err("it cannot go on");
    assert_eq!(failure.cause, Cause::Malformed);
    let strange = Cursor("PII-CANARY".into());
    let failure = side.page(&contacts(), Some(&strange)).await.expect_err("not ours");
    assert_eq!(
        (failure.cause.clone(), failure.to_string().contains("CANARY")),
        (Cause::Rejected, false)
    );
}

#[tokio::test(start_paused = true)]
async fn a_contact_read_by_id_covers_everything() {
    let contact = json!({"contact": {"id": "C1", "firstName": "Jane", "email": "jane@x.com", "tags": [],
        "address1": "3535 1st St N", "country": "US", "dnd": true, "businessId": "B1", "ssn": "PII-CANARY",
        "customFields": [{"id": "cfMark", "value": null}], "dateUpdated": "2026-03-06T20:27:20.348Z"},
        "traceId": "t"});
    let script = Script::new([definitions(), reply(200, contact)]);
    let key = RecordKey::new(Resource::Contact, "C1");
    let record =
        highlevel(&script).read(&key, None).await.expect("an answer").body.expect("a contact");
    assert_eq!(record.sight, Sight::Read);
    assert_eq!(
        fields(&record),
        [
            "address1=3535 1st St N",
            "businessId=B1",
            "city=",
            "companyName=",
            "concordat_id=",
            "country=US",
            "dnd=yes",
            "email=jane@x.com",
            "firstName=Jane",
            "lastName=",
            "phone=",
            "postalCode=",
            "source=",
            "state=",
            "tags=",
            "website=",
        ]
    );
    assert_eq!(script.lines()[1], "GET /contacts/C1");
}

#[tokio::test(start_paused = true)]
async fn a_missing_record_is_missing_in_every_dialect() {
    for (status, message, absent) in [
        (400, "Contact not found for id:XXX", true),
        (400, "Contact with id tasks not found", true),
        (400, "6377 is not a valid ObjectId", true),
        (404, "no such thing", true),
        (404, "Cannot GET /contacts/C1", false),
        (400, "Bad Request", false),
        (401, "Contact not found", false),
    ] {
        let refusal = json!({"message": message, "statusCode": status});
        for resource in [Resource::Contact, Resource::Business] {
            let first = (resource == Resource::Contact).then(definitions);
            let script = Script::new(first.into_iter().chain([reply(status, refusal.clone())]));
            let read = highlevel(&script).read(&RecordKey::new(resource, "C1"), None).await;
            match read {
                Ok(answer) => assert!(absent && answer.body.is_none(), "{message}"),
                Err(failure) => assert!(!absent, "{message}: {failure}"),
            }
        }
    }
}

fn business(id: &str, description: &str) -> Json {
    json!({"id": id, "name": format!("B {id}"), "description": description,
        "website": "https://acme.com", "updatedAt": "2026-01-02T03:04:05.000Z"})
}

#[tokio::test(start_paused = true)]
async fn businesses_are_listed_by_skipping_to_the_last_row_seen() {
    let full: Vec<Json> = (0..100).map(|index| business(&format!("B{index}"), "")).collect();
    let last = business("B100", "Key\n\n[concordat:0123ABCD]");
    let script = Script::new([
        reply(200, json!({"businesses": full, "traceId": "t"})),
        reply(200, json!({"businesses": [full[99], last]})),
        reply(200, json!({"businesses": [last]})),
    ]);
    let side = highlevel(&script);
    let page = side.page(&businesses(), None).await.expect("a page").body;
    let next = page.next.expect("more");
    let page = side.page(&businesses(), Some(&next)).await.expect("a page").body;
    let end = side.page(&businesses(), page.next.as_ref()).await.expect("a page").body;
    assert_eq!((end.next, end.total), (None, None), "nothing follows the last row");
    let record = &page.records[1];
    assert_eq!((record.sight, record.stamp), (Sight::Listed, Some(time("2026-01-02T03:04:05Z"))));
    assert_eq!(
        fields(record),
        [
            "address=",
            "city=",
            "country=",
            "description=Key",
            "email=",
            "marker=0123ABCD",
            "name=B B100",
            "phone=",
            "postalCode=",
            "state=",
            "website=https://acme.com",
        ]
    );
    assert_eq!(script.lines()[1], "GET /businesses/?locationId=LOC&limit=100&skip=99");
    assert_eq!(script.lines()[2], "GET /businesses/?locationId=LOC&limit=100&skip=100");
    let strange = Cursor("PII-CANARY".into());
    let failure = side.page(&businesses(), Some(&strange)).await.expect_err("not ours");
    assert_eq!(failure.cause, Cause::Rejected);
    assert!(!failure.to_string().contains("CANARY"));
}

#[tokio::test(start_paused = true)]
async fn businesses_that_move_from_page_to_page_are_not_listed() {
    let row = |id: &str| business(id, "");
    for (moved, second) in [
        (false, json!([row("B2"), row("B3")])),
        (true, json!([row("B3")])),            // One before was deleted.
        (true, json!([row("B1"), row("B2")])), // One came to the front.
        (true, json!([])),
    ] {
        let first = json!({"businesses": [row("B1"), row("B2")]});
        let script = Script::new([reply(200, first), reply(200, json!({"businesses": second}))]);
        let side = highlevel(&script);
        let next = side.page(&businesses(), None).await.expect("a page").body.next;
        match side.page(&businesses(), next.as_ref()).await {
            Ok(_) => assert!(!moved, "{second}"),
            Err(failure) => assert!(moved && failure.cause == Cause::Malformed, "{failure}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn other_partitions_and_foreign_records_are_refused_locally() {
    let script = Script::new([answer(200, "{}")]);
    let side = highlevel(&script);
    for partition in [
        Partition::All(Resource::Vendor),
        Partition::All(Resource::VendorContact),
        Partition::Of(Resource::Contact, "C1".into()),
    ] {
        let failure = side.page(&partition, None).await.expect_err("refused");
        assert_eq!((failure.cause, failure.status), (Cause::Rejected, None));
    }
    for key in [
        RecordKey::new(Resource::Vendor, "1"),
        RecordKey::new(Resource::Business, ""),
        RecordKey::new(Resource::Business, ".."),
    ] {
        let failure = side.read(&key, None).await.expect_err("refused");
        assert_eq!((failure.cause, failure.status), (Cause::Rejected, None));
    }
    assert_eq!(script.left(), 1, "nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn what_moved_is_searched_by_its_stamp_in_the_same_order() {
    let script = Script::new([definitions(), reply(200, json!({"contacts": [], "total": 0}))]);
    let side = highlevel(&script);
    let cursor = Cursor(r#"[1764003536678,"C499"]"#.into());
    let since = time("2026-03-06T20:27:20.348Z");
    side.moved(&contacts(), since, Some(&cursor)).await.expect("a page");
    let expected = json!({"locationId": "LOC", "pageLimit": 500,
        "filters": [{"field": "dateUpdated", "operator": "range",
            "value": {"gte": "2026-03-06T20:27:20.348Z"}}],
        "sort": [{"field": "dateAdded", "direction": "asc"}],
        "searchAfter": [1764003536678_u64, "C499"]});
    assert_eq!(script.body(1), expected);
}
