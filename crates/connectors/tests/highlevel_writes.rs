//! Does one write become the one request it is meant to be, and is a record found again?

use concordat_model::{Held, Path, Reading, RecordId, Resource, Value};
use concordat_remote::{Cause, Sought, Target, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{Script, answer, definitions, highlevel, json as reply, lost, set, text, write};

fn tags(tags: &[&str]) -> Held {
    Some(Value::Set(tags.iter().map(|tag| (*tag).to_owned()).collect()))
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_created_with_its_marker() {
    let made = json!({"contact": {"id": "C9", "deleted": false}, "traceId": "t"});
    let script = Script::new([definitions(), reply(201, made)]);
    let mut create = write(
        Resource::Contact,
        None,
        vec![
            set("firstName", text("Rosan")),
            set("lastName", None),
            set("email", text("rosan@deos.com")),
            set("companyName", text("Acme")),
            set("tags", tags(&["concordat:new", "a"])),
            set("dnd", Some(Value::Bool(true))),
            set("source", text("concordat")),
        ],
    );
    create.marker = Some("0123ABCD".into());
    let sent = highlevel(&script).send(&create).await.expect("made");
    assert_eq!(sent.body, RecordId::new("C9"));
    assert_eq!(script.lines()[1], "POST /contacts/");
    let expected = json!({"companyName": "Acme", "dnd": true, "email": "rosan@deos.com",
        "firstName": "Rosan", "locationId": "LOC", "source": "concordat", "tags": ["a", "concordat:new"],
        "customFields": [{"id": "cfMark", "field_value": "0123ABCD"}]});
    assert_eq!(script.body(1), expected);
}

#[tokio::test(start_paused = true)]
async fn a_contact_update_names_only_what_changes() {
    let script = Script::new([answer(200, "nobody reads this"), definitions(), answer(200, "{}")]);
    let side = highlevel(&script);
    let fields = vec![
        set("city", text("Toronto")),
        set("phone", None),
        set("postalCode", None),
        set("dnd", Some(Value::Bool(false))),
    ];
    let sent = side.send(&write(Resource::Contact, Some(Reading::new()), fields)).await;
    assert_eq!(sent.expect("written").body, RecordId::new("R1"));
    assert_eq!(script.lines(), ["PUT /contacts/R1"]);
    let expected = json!({"city": "Toronto", "dnd": false, "phone": null, "postalCode": ""});
    assert_eq!(script.body(0), expected);
    let marks = vec![set("concordat_id", text("0123ABCD"))];
    side.send(&write(Resource::Contact, Some(Reading::new()), marks)).await.expect("written");
    let expected = json!({"customFields": [{"id": "cfMark", "field_value": "0123ABCD"}]});
    assert_eq!(script.body(2), expected);
}

#[tokio::test(start_paused = true)]
async fn what_a_contact_cannot_take_is_refused_before_anything_is_sent() {
    let current = || Some(Reading::new());
    for (current, path, held) in [
        // Which tags it has is not known.
        (current(), "tags", tags(&["x"])),
        (Some([set("tags", None)].into_iter().collect()), "tags", text("PII-CANARY")),
        (current(), "companyName", text("PII-CANARY")),
        (current(), "dnd", None),
        (current(), "email", Some(Value::Integer(7))),
        (current(), "ssn", text("PII-CANARY")),
        (current(), "locationId", text("x")),
        (current(), "customFields", text("x")),
        (None, "gender", text("x")),
        (None, "dnd", text("PII-CANARY")),
        (None, "tags", text("PII-CANARY")),
    ] {
        let first = current.is_none().then(definitions);
        let script = Script::new(first);
        let fields = vec![set("firstName", text("Ann")), set(path, held)];
        let error = highlevel(&script).send(&write(Resource::Contact, current, fields)).await;
        let error = error.expect_err(path);
        assert!(matches!(error, WriteError::Refused(_)), "{error}");
        assert!(
            error.to_string().contains(path) && !error.to_string().contains("CANARY"),
            "{error}"
        );
        assert!(script.lines().iter().all(|line| line.starts_with("GET")));
    }
    let script = Script::new([]);
    let side = highlevel(&script);
    for nothing in [
        write(Resource::Contact, current(), vec![]),
        write(Resource::Business, current(), vec![]),
        write(Resource::Business, None, vec![set("city", text("x"))]),
        write(Resource::Business, current(), vec![set("size", text("x"))]),
        write(Resource::Vendor, current(), vec![set("name", text("x"))]),
    ] {
        assert!(matches!(side.send(&nothing).await, Err(WriteError::Refused(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_custom_field_no_marked_contact_is_created() {
    let script = Script::new([reply(200, json!({"customFields": []}))]);
    let mut create = write(Resource::Contact, None, vec![set("firstName", text("Ann"))]);
    create.marker = Some("0123ABCD".into());
    let error = highlevel(&script).send(&create).await.expect_err("refused");
    assert!(matches!(error, WriteError::Refused(_)), "{error}");
    // The look-up before the create failed: the create was certainly not sent.
    let script = Script::new([lost(), lost(), lost()]);
    let error = highlevel(&script).send(&create).await.expect_err("no effect");
    assert!(matches!(error, WriteError::NoEffect(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_business_carries_its_marker_behind_the_description() {
    for (key, marker, described, expected) in [
        ("buiseness", Some("0123ABCD"), text("Key"), json!("Key\n\n[concordat:0123ABCD]")),
        ("business", Some("0123ABCD"), None, json!("[concordat:0123ABCD]")),
        ("business", None, text("Key"), json!("Key")),
        ("business", None, None, Json::Null),
    ] {
        let script = Script::new([reply(201, json!({key: {"id": "B9"}, "success": true}))]);
        let fields =
            vec![set("name", text("Acme")), set("description", described), set("city", None)];
        let mut create = write(Resource::Business, None, fields);
        create.marker = marker.map(str::to_owned);
        let sent = highlevel(&script).send(&create).await.expect("made");
        assert_eq!(sent.body, RecordId::new("B9"));
        assert_eq!(script.lines(), ["POST /businesses/"]);
        let body = script.body(0);
        assert_eq!(body.get("description").cloned().unwrap_or_default(), expected);
        assert_eq!((&body["name"], &body["locationId"]), (&json!("Acme"), &json!("LOC")));
        assert_eq!(body.get("city"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_business_keeps_the_other_half_of_the_description() {
    let current = || -> Reading {
        [set("description", text("Old")), set("marker", text("0123ABCD"))].into_iter().collect()
    };
    for (fields, expected) in [
        (
            vec![set("description", text("New"))],
            json!({"description": "New\n\n[concordat:0123ABCD]"}),
        ),
        (vec![set("description", None)], json!({"description": "[concordat:0123ABCD]"})),
        (vec![set("marker", None)], json!({"description": "Old"})),
        (
            vec![set("marker", text("ZZZZZZZZ"))],
            json!({"description": "Old\n\n[concordat:ZZZZZZZZ]"}),
        ),
        (vec![set("marker", None), set("description", None)], json!({"description": ""})),
        (vec![set("phone", None), set("city", text("Rome"))], json!({"phone": "", "city": "Rome"})),
    ] {
        let script = Script::new([reply(200, json!({"success": true}))]);
        let update = write(Resource::Business, Some(current()), fields);
        highlevel(&script).send(&update).await.expect("written");
        assert_eq!(script.lines(), ["PUT /businesses/R1"]);
        assert_eq!(script.body(0), expected);
    }
    // Half of a description is not enough to write it.
    let script = Script::new([]);
    let half: Reading = [set("description", text("Old"))].into_iter().collect();
    let update = write(Resource::Business, Some(half), vec![set("description", text("New"))]);
    assert!(matches!(highlevel(&script).send(&update).await, Err(WriteError::Refused(_))));
}

fn email_and_marker() -> Sought {
    let key = Some((Path::from("email"), Value::text("a+b@x.com")));
    Sought {
        resource: Resource::Contact,
        parent: None,
        marker: Some("0123ABCD".into()),
        key,
        max_age: std::time::Duration::ZERO,
    }
}

fn contact(id: &str, marker: &str) -> Json {
    json!({"contact": {"id": id, "email": "a+b@x.com", "customFields": [{"id": "cfMark", "value": marker}]}})
}

#[tokio::test(start_paused = true)]
async fn a_contact_is_found_by_email_in_the_primary_store_and_by_marker_in_the_index() {
    let rows = json!({"contacts": [{"id": "C1"}, {"id": "C2"}, {"id": "C3"}, {"id": "C4"}]});
    let script = Script::new([
        reply(200, json!({"contact": {"id": "C1", "email": "a+b@x.com"}})),
        definitions(),
        reply(200, rows),
        reply(200, contact("C1", "ZZZZZZZZ")),
        reply(200, contact("C2", "0123ABCD")),
        reply(200, contact("C3", "")),
        reply(400, json!({"message": "Contact not found for id:C4"})),
    ]);
    let found = highlevel(&script).find(&email_and_marker()).await.expect("an answer").body;
    let ids: Vec<&str> = found.records.iter().map(|record| record.key.id.as_str()).collect();
    assert_eq!(ids, ["C1", "C2"], "C3 lost its marker, C4 is a ghost of the index");
    assert!(found.proves_absence);
    assert_eq!(script.lines()[0], "GET /contacts/search/duplicate?locationId=LOC&email=a+b@x.com");
    let filter = json!([{"field": "customFields.cfMark", "operator": "eq", "value": "0123ABCD"}]);
    assert_eq!(script.body(2)["filters"], filter);
}

#[tokio::test(start_paused = true)]
async fn only_a_clear_answer_about_an_email_proves_absence() {
    for (body, finds, proves) in [
        (json!({"contact": null, "traceId": "t"}), 0, true),
        (json!({"contacts": []}), 0, true),
        (json!(null), 0, true),
        (json!({"contacts": [{"id": "C1"}]}), 1, true),
        (json!({"contact": {"id": "C1"}}), 1, true),
        (json!({"traceId": "t"}), 0, false),
        (json!({"contact": {}}), 0, false),
        (json!("nothing"), 0, false),
    ] {
        let mut sought = email_and_marker();
        sought.marker = None;
        let detail = (finds > 0).then(|| [definitions(), reply(200, contact("C1", ""))]);
        let answers = [reply(200, body.clone())].into_iter().chain(detail.into_iter().flatten());
        let found = highlevel(&Script::new(answers)).find(&sought).await.expect("an answer").body;
        assert_eq!((found.records.len(), found.proves_absence), (finds, proves), "{body}");
    }
    let by_marker = Sought { key: None, ..email_and_marker() };
    let script = Script::new([definitions(), reply(200, json!({"contacts": []}))]);
    let found = highlevel(&script).find(&by_marker).await.expect("an answer").body;
    assert!(!found.proves_absence, "the index lags");
    let by_phone = Sought {
        parent: None,
        key: Some((Path::from("phone"), Value::text("+1555"))),
        marker: None,
        resource: Resource::Contact,
        max_age: std::time::Duration::ZERO,
    };
    let found = highlevel(&Script::new([])).find(&by_phone).await.expect("an answer").body;
    assert!(!found.proves_absence && found.records.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_business_is_found_by_listing_them_all() {
    let rows = json!({"businesses": [
        {"id": "B1", "name": "Acme", "description": "[concordat:0123ABCD]"},
        {"id": "B2", "name": " ACME ", "description": "x"},
        {"id": "B3", "name": "Other"},
    ]});
    let sought = |marker: Option<&str>, name: Option<&str>| Sought {
        parent: None,
        resource: Resource::Business,
        marker: marker.map(str::to_owned),
        key: name.map(|name| (Path::from("name"), Value::text(name))),
        max_age: std::time::Duration::ZERO,
    };
    for (sought, expected) in [
        (sought(Some("0123ABCD"), None), vec!["B1"]),
        (sought(Some("0123ABCD"), Some("acme")), vec!["B1", "B2"]),
        (sought(Some("ZZZZZZZZ"), None), vec![]),
        (sought(None, None), vec![]),
    ] {
        let last = json!({"businesses": [rows["businesses"][2]]});
        let script = Script::new([reply(200, rows.clone()), reply(200, last)]);
        let found = highlevel(&script).find(&sought).await.expect("an answer").body;
        let ids: Vec<&str> = found.records.iter().map(|record| record.key.id.as_str()).collect();
        assert_eq!(ids, expected);
        assert!(found.proves_absence);
    }
    let odd = || reply(200, json!({"businesses": [{"id": "B1", "name": 7}]}));
    let script = Script::new([odd(), odd()]);
    let found = highlevel(&script).find(&sought(Some("0123ABCD"), None)).await.expect("an answer");
    assert!(!found.body.proves_absence, "the row that cannot be read may be the one");
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_repeats_itself_finds_nothing_and_ends() {
    let page = |row: &dyn Fn(usize) -> serde_json::Value| {
        let rows: Vec<serde_json::Value> = (0..100).map(row).collect();
        reply(200, json!({"businesses": rows}))
    };
    let (first, nameless) = (
        |index: usize| json!({"id": format!("B{index}"), "name": "Other"}),
        |_: usize| json!({"name": "Other"}),
    );
    let sought = Sought {
        resource: Resource::Business,
        parent: None,
        marker: None,
        key: None,
        max_age: std::time::Duration::ZERO,
    };
    for pages in [
        vec![page(&first), page(&first)],
        vec![page(&nameless), page(&nameless)],
        vec![page(&nameless), page(&first), page(&first)],
    ] {
        let script = Script::new(pages);
        let failure = highlevel(&script).find(&sought).await.expect_err("no end");
        assert_eq!(failure.cause, Cause::Malformed);
        assert_eq!(script.left(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_cannot_be_read_is_in_doubt() {
    for body in ["", "{}", r#"{"contact":{}}"#, "<html>PII-CANARY"] {
        let script = Script::new([definitions(), answer(201, body)]);
        let create = write(Resource::Contact, None, vec![set("firstName", text("Ann"))]);
        let error = highlevel(&script).send(&create).await.expect_err("a doubt");
        assert!(matches!(error, WriteError::InDoubt(_)), "{error}");
        assert_eq!(error.failure().cause, Cause::Malformed);
        assert!(!format!("{error:?}").contains("CANARY"));
    }
}

#[tokio::test(start_paused = true)]
async fn tags_come_and_go_by_name_and_the_others_stay() {
    let add = ("POST", json!({"tags": ["ug:soc2"]}));
    let remove = ("DELETE", json!({"tags": ["ug:pci"]}));
    for (wanted, expected) in [
        (tags(&["vip", "ug:pci", "ug:soc2"]), vec![add.clone()]),
        (tags(&["VIP"]), vec![remove.clone()]),
        (tags(&["vip", "ug:soc2"]), vec![add, remove]),
        (None, vec![("DELETE", json!({"tags": ["ug:pci", "vip"]}))]),
    ] {
        let script = Script::new(expected.iter().map(|_| reply(200, json!({"tags": []}))));
        let current: Reading = [set("tags", tags(&["vip", "ug:pci"]))].into_iter().collect();
        let update = write(Resource::Contact, Some(current), vec![set("tags", wanted)]);
        highlevel(&script).send(&update).await.expect("written");
        let sent = script.requests();
        assert!(sent.iter().all(|it| it.path == "/contacts/R1/tags"));
        let sent = sent.iter().enumerate().map(|(at, it)| (it.method.as_str(), script.body(at)));
        assert_eq!(sent.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn tags_that_fail_behind_other_fields_are_a_doubt() {
    let current = || Some([set("tags", tags(&["ug:pci"]))].into_iter().collect());
    let both = || vec![set("tags", tags(&["ug:soc2"])), set("city", text("Rome"))];
    let refused = || reply(422, json!({"message": ["property tags should not exist"]}));
    let done = || reply(200, json!({}));
    for answers in [vec![done(), refused()], vec![done(), done(), refused()]] {
        let script = Script::new(answers);
        let error = highlevel(&script).send(&write(Resource::Contact, current(), both())).await;
        assert!(matches!(error, Err(WriteError::InDoubt(_))));
        assert_eq!((script.left(), script.body(0)), (0, json!({"city": "Rome"})));
    }
    let same = write(Resource::Contact, current(), vec![set("tags", tags(&["UG:pci"]))]);
    let script = Script::new([]);
    assert!(matches!(highlevel(&script).send(&same).await, Err(WriteError::Refused(_))));
}
