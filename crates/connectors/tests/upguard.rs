//! Are UpGuard's vendors and contacts read as the sheet describes them, and attributes written?

use concordat_model::{Held, Partition, RecordId, RecordKey, Resource, Sight, Value};
use concordat_remote::{Cause, Cursor, Sought, Source, Target, Write, WriteError};
use serde_json::json;

use crate::side::{
    self, Script, answer, fields, json as reply, lost, set, text, time, upguard, with,
};

fn vendors() -> Partition {
    Partition::All(Resource::Vendor)
}

fn detail() -> serde_json::Value {
    json!({"id": 123456789, "name": "Acme", "primary_hostname": "acme.com", "note": "PII-CANARY",
        "first_monitored": "2023-01-05T00:00:00Z", "tier": 2, "labels": ["pci", "a"],
        "overallScore": 712, "score": 690, "assessment_status": "Published",
        "attributes": {"cost centre": "1234"}, "categoryScores": {"dns": 900}})
}

#[tokio::test(start_paused = true)]
async fn the_tenant_is_the_organisation() {
    let script = Script::new([reply(200, json!({"id": 12345678, "name": "UpGuard"}))]);
    let tenant = upguard(&script).tenant().await.expect("a tenant");
    assert_eq!((tenant.id.as_str(), tenant.name.as_str()), ("12345678", "UpGuard"));
    assert!(tenant.can_mark);
    let request = &script.requests()[0];
    assert!(request.headers.contains(&("authorization".into(), side::KEY.into())));
}

#[tokio::test(start_paused = true)]
async fn portfolios_are_asked_for_vendor_by_vendor_where_they_are_wanted() {
    let list = || reply(200, json!({"vendors": [{"id": 1, "name": "Acme"}, {"id": 2}]}));
    let of = |it: serde_json::Value| reply(200, it);
    let first = json!({"id": 1, "first_monitored": "2023-01-05T00:00:00Z",
        "portfolios": ["Production"]});
    let gone = || reply(404, json!({"error": "no such vendor"}));
    let script = Script::new([list(), of(first), gone()]);
    let page = side::upguard_with(&script, true).page(&vendors(), None).await.expect("a page").body;
    assert_eq!(script.lines()[1..], ["GET /vendor?id=1", "GET /vendor?id=2"]);
    let held = |row: usize| page.records[row].reading.get(&"portfolios".into());
    let production = Value::Set(["Production".to_owned()].into());
    assert_eq!((held(0), held(1)), (Some(&Some(production)), None), "of one that left: unknown");

    let script = Script::new([list()]);
    upguard(&script).page(&vendors(), None).await.expect("a page");
    // One that cannot be read leaves the listing without its certificate.
    let script =
        Script::new([list(), reply(500, json!({})), reply(500, json!({})), reply(500, json!({}))]);
    assert!(side::upguard_with(&script, true).page(&vendors(), None).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn vendors_are_paged_to_the_end() {
    let first = json!({"vendors": [
        {"id": 1, "name": "Acme", "primary_hostname": "acme.com", "monitored": true, "tier": 0,
         "labels": ["soc2", "PCI"], "overallScore": 705, "score": -1, "assessmentStatus": "In progress",
         "attributes": {"Owner": "John", "Size": 12, "Odd": {"a": 1}}},
        {"id": 2, "name": "Dormant", "monitored": false},
        {"id": 3, "name": {"first": "PII-CANARY"}},
        {"name": "PII-CANARY"},
    ], "next_page_token": "t1", "total_results": 5});
    let second =
        json!({"vendors": [{"id": 4, "primary_hostname": "webby.io"}], "next_page_token": ""});
    let script = Script::new([reply(200, first), reply(200, second)]);
    let side = upguard(&script);
    let page = side.page(&vendors(), None).await.expect("a page").body;
    assert_eq!(page.records.len(), 1, "the dormant vendor is left out");
    let acme = &page.records[0];
    assert_eq!(acme.key, RecordKey::new(Resource::Vendor, "1"));
    assert_eq!((acme.sight, acme.stamp, acme.name.as_str()), (Sight::Listed, None, "Acme"));
    assert_eq!(
        fields(acme),
        [
            "assessment=In progress",
            "attributes.Main phone=",
            "attributes.Owner=John",
            "attributes.Size=12",
            "labels=PCI, soc2",
            "monitored=yes",
            "name=Acme",
            "primary_hostname=acme.com",
            "score=705",
            "tier=",
        ]
    );
    assert_eq!(
        page.unreadable,
        ["3: `name` is missing or has another shape", "row 4: it has another shape"]
    );
    assert_eq!(page.total, None, "rows were left out");
    assert_eq!(page.next, Some(Cursor("t1".into())));
    let page = side.page(&vendors(), page.next.as_ref()).await.expect("a page").body;
    assert_eq!(page.next, None, "an empty token ends it");
    let webby = &page.records[0];
    assert_eq!(webby.name.as_str(), "webby.io");
    for path in ["labels", "score", "assessment", "tier"] {
        assert_eq!(webby.reading.get(&path.into()), Some(&None), "{path}: absent is empty");
    }
    assert_eq!(
        script.lines(),
        ["GET /vendors?page_size=1000", "GET /vendors?page_size=1000&page_token=t1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_without_rows_is_an_empty_page_and_rubbish_is_not() {
    let script = Script::new([
        reply(200, json!({"total_results": 0})),
        answer(200, "<html>PII-CANARY</html>"),
        answer(200, r#"{"vendors":[{"id":1},"#),
        answer(200, ""),
    ]);
    let side = upguard(&script);
    let page = side.page(&vendors(), None).await.expect("a page").body;
    assert_eq!((page.records.len(), page.total, page.next), (0, Some(0), None));
    for _ in 0..3 {
        let failure = side.page(&vendors(), None).await.expect_err("a failure");
        assert_eq!(failure.cause, Cause::Malformed);
        assert!(!failure.to_string().contains("CANARY"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_is_read_by_id_and_never_brought_into_monitoring() {
    let mut dormant = detail();
    dormant["first_monitored"] = json!("");
    let date = [("date", "Fri, 20 Nov 2026 12:00:05 GMT")];
    let script = Script::new([
        with(200, &date, &detail().to_string()),
        reply(200, dormant),
        reply(404, json!({"error": "The vendor was not found"})),
        answer(202, ""),
    ]);
    let side = upguard(&script);
    let key = RecordKey::new(Resource::Vendor, "123456789");
    let read = side.read(&key, None).await.expect("an answer");
    assert_eq!(read.at, time("2026-11-20T12:00:05Z"));
    assert_eq!(side.offset().ahead_ms, 5000);
    let record = read.body.expect("a vendor");
    assert_eq!(
        fields(&record),
        [
            "assessment=Published",
            "attributes.Main phone=",
            "attributes.Owner=",
            "attributes.cost centre=1234",
            "labels=a, pci",
            "monitored=yes",
            "name=Acme",
            "primary_hostname=acme.com",
            "score=712",
            "tier=2",
        ]
    );
    assert_eq!(record.sight, Sight::Read);
    let dormant = side.read(&key, None).await.expect("an answer").body.expect("it is there");
    assert!(dormant.is_dormant() && !record.is_dormant());
    assert_eq!(side.read(&key, None).await.expect("an answer").body, None, "404");
    assert_eq!(side.read(&key, None).await.expect_err("202 is no record").cause, Cause::Malformed);
    assert!(script.lines().iter().all(|line| line == "GET /vendor?id=123456789"));
}

#[tokio::test(start_paused = true)]
async fn contacts_are_listed_per_vendor() {
    let row = json!({"id": 987, "vendor_id": 5, "name": "Jane Smith", "title": "CISO",
        "email_address": "jane@acme.com", "phone_mobile": "+1 555 0100", "notes": "Prefers e-mail.",
        "updated_at": "2026-05-01T00:00:00.123456789Z"});
    let bare = json!({"id": 988, "email_address": "x@acme.com", "updated_at": "soon"});
    let script = Script::new([reply(200, json!({"contacts": [row, bare]}))]);
    let side = upguard(&script);
    let partition = Partition::Of(Resource::VendorContact, RecordId::new("5"));
    let page = side.page(&partition, None).await.expect("a page").body;
    assert_eq!((page.next, page.total), (None, None));
    let [jane, bare] = page.records.as_slice() else { panic!("two rows") };
    assert_eq!(jane.parent, Some(RecordId::new("5")));
    assert_eq!(jane.stamp, Some(time("2026-05-01T00:00:00.123456789Z")));
    assert_eq!(
        fields(jane),
        [
            "email_address=jane@acme.com",
            "name=Jane Smith",
            "notes=Prefers e-mail.",
            "phone_mobile=+1 555 0100",
            "title=CISO"
        ]
    );
    assert_eq!((bare.name.as_str(), bare.stamp), ("x@acme.com", None));
    assert_eq!(bare.parent, Some(RecordId::new("5")));
    assert_eq!(
        fields(bare),
        ["email_address=x@acme.com", "name=", "notes=", "phone_mobile=", "title="]
    );
    assert_eq!(script.lines(), ["GET /vendor/contact/list?vendor_id=5"]);
    let all = side.page(&Partition::All(Resource::VendorContact), None).await;
    assert_eq!(all.expect_err("no such list").cause, Cause::Rejected);
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_contact_is_absent_only_under_a_working_key() {
    let forbidden = || reply(403, json!({"error": "not accessible"}));
    let script = Script::new([
        forbidden(),
        reply(200, json!({"id": 1, "name": "We"})),
        forbidden(),
        forbidden(),
    ]);
    let side = upguard(&script);
    let key = RecordKey::new(Resource::VendorContact, "987");
    assert_eq!(side.read(&key, None).await.expect("an answer").body, None);
    let failure = side.read(&key, None).await.expect_err("the key may be at fault");
    assert_eq!((failure.cause, failure.status), (Cause::Scope, Some(403)));
    assert_eq!(failure.operation, "GET /vendor/contact");
    let empty = RecordKey::new(Resource::VendorContact, "");
    assert_eq!(side.read(&empty, None).await.expect_err("no id").status, None);
    assert_eq!(script.requests().len(), 4);
}

fn write(set: Vec<(concordat_model::Path, concordat_model::Held)>, host: Option<&str>) -> Write {
    let reading = [set_host(host)].into_iter().collect();
    let key = RecordKey::new(Resource::Vendor, "5");
    let name = "Acme".into();
    let current = concordat_model::Record {
        key,
        parent: None,
        name,
        stamp: None,
        reading,
        sight: Sight::Read,
    };
    Write {
        resource: Resource::Vendor,
        current: Some(current),
        parent: None,
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    }
}

fn set_host(host: Option<&str>) -> (concordat_model::Path, concordat_model::Held) {
    set("primary_hostname", host.map(Value::text))
}

#[tokio::test(start_paused = true)]
async fn attributes_go_out_together_under_the_host_name() {
    let script = Script::new([answer(204, "")]);
    let fields = vec![set("attributes.Main phone", text("+1 555")), set("attributes.Owner", None)];
    let sent = upguard(&script).send(&write(fields, Some("acme.com"))).await.expect("written");
    assert_eq!(sent.body, RecordId::new("5"));
    assert_eq!(script.lines(), ["PUT /vendor/attributes"]);
    let expected = json!({"vendor_primary_hostname": "acme.com",
        "attributes": {"Main phone": "+1 555", "Owner": null}});
    assert_eq!(script.body(0), expected);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_refused_before_anything_is_sent() {
    let script = Script::new([]);
    let side = upguard(&script);
    let attribute = || vec![set("attributes.Owner", text("PII-CANARY"))];
    let mut create = write(attribute(), Some("acme.com"));
    create.current = None;
    let mut contact = write(attribute(), Some("acme.com"));
    contact.resource = Resource::VendorContact;
    let beside = |path, held| vec![set("attributes.Owner", text("x")), set(path, held)];
    let number = vec![set("attributes.Owner", Some(Value::Integer(7)))];
    for refused in [
        create,
        contact,
        write(attribute(), None),
        write(beside("tier", Some(Value::Integer(-1))), Some("acme.com")),
        write(beside("tier", text("PII-CANARY")), Some("acme.com")),
        write(beside("labels", text("PII-CANARY")), Some("acme.com")),
        write(beside("labels", labels(&["a", "PII-CANARY, b"])), Some("acme.com")),
        write(beside("score", Some(Value::Integer(1))), Some("acme.com")),
        write(beside("labels", labels(&["a"])), None),
        write(number, Some("acme.com")),
        write(vec![set("attributes.", text("x"))], Some("acme.com")),
        write(vec![], Some("acme.com")),
    ] {
        let error = side.send(&refused).await.expect_err("refused");
        assert!(matches!(error, WriteError::Refused(_)), "{error}");
        assert!(!error.to_string().contains("CANARY"));
    }
    let sought = Sought {
        resource: Resource::Vendor,
        parent: None,
        marker: None,
        key: None,
        max_age: std::time::Duration::ZERO,
    };
    let found = side.find(&sought).await.expect("an answer").body;
    assert!(found.records.is_empty() && !found.proves_absence);
    assert_eq!(script.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_write_in_doubt_is_not_repeated_over_what_people_did_meanwhile() {
    let fields = || vec![set("attributes.Owner", text("x"))];
    for unclear in [lost(), answer(500, ""), answer(408, "")] {
        let script = Script::new([unclear]);
        let sent = upguard(&script).send(&write(fields(), Some("acme.com"))).await;
        assert!(matches!(sent, Err(WriteError::InDoubt(_))), "{sent:?}");
    }
    let script = Script::new([side::refused(), answer(204, "")]);
    assert!(upguard(&script).send(&write(fields(), Some("acme.com"))).await.is_ok());
    let script = Script::new([reply(422, json!({"error": "unknown attribute PII-CANARY"}))]);
    let error = upguard(&script).send(&write(fields(), Some("acme.com"))).await;
    let error = error.expect_err("a refusal");
    assert!(matches!(error, WriteError::Refused(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("CANARY"));
}

fn labels(labels: &[&str]) -> Held {
    Some(Value::Set(labels.iter().map(|label| (*label).to_owned()).collect()))
}

#[tokio::test(start_paused = true)]
async fn labels_and_tier_go_out_whole_and_each_on_its_own() {
    for (path, held, line) in [
        (
            "labels",
            labels(&["soc2", "PCI"]),
            "labels?vendor_primary_hostname=acme.com&labels=PCI,soc2",
        ),
        ("labels", None, "labels?vendor_primary_hostname=acme.com&labels="),
        ("tier", Some(Value::Integer(3)), "tier?vendor_primary_hostname=acme.com&tier=3"),
        ("tier", None, "tier?vendor_primary_hostname=acme.com&tier=0"),
    ] {
        let script = Script::new([answer(204, "")]);
        let sent = upguard(&script).send(&write(vec![set(path, held)], Some("acme.com"))).await;
        assert_eq!(sent.expect("written").body, RecordId::new("5"));
        assert_eq!(script.lines(), [format!("PUT /vendor/{line}")]);
        assert!(script.requests()[0].body.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_half_way_is_a_doubt() {
    let fields = || {
        vec![
            set("tier", Some(Value::Integer(3))),
            set("labels", labels(&["a"])),
            set("attributes.Owner", text("x")),
        ]
    };
    let send = async |answers: Vec<side::Outcome>| {
        let script = Script::new(answers);
        let sent = upguard(&script).send(&write(fields(), Some("acme.com"))).await;
        let paths: Vec<String> = script.requests().iter().map(|it| it.path.clone()).collect();
        (sent, paths)
    };
    let done = || answer(204, "");
    let (sent, paths) = send(vec![done(), done(), done()]).await;
    assert!(sent.is_ok());
    assert_eq!(paths, ["/vendor/attributes", "/vendor/tier", "/vendor/labels"]);
    let refused = || reply(422, json!({"error": "unknown label PII-CANARY"}));
    let (sent, paths) = send(vec![refused()]).await;
    assert!(matches!(sent, Err(WriteError::Refused(_))), "nothing was written yet");
    assert_eq!(paths.len(), 1, "the rest is not tried");
    let (sent, paths) = send(vec![done(), refused()]).await;
    assert!(matches!(sent, Err(WriteError::InDoubt(_))), "the attribute was written");
    assert_eq!(paths.len(), 2);
    // No permission for tiers, under a key that opens the organisation.
    let forbidden = reply(403, json!({"error": "not accessible"}));
    let (sent, _) = send(vec![done(), forbidden, reply(200, json!({"id": 1}))]).await;
    let Err(WriteError::InDoubt(failure)) = sent else { panic!("the attribute was written") };
    assert_eq!((failure.cause, failure.status), (Cause::Rejected, Some(403)));
}
