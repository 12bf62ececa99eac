//! Are threats read without what is stolen in them, and moved on only as people said, once?

use concordat_model::{Held, Partition, Path, Record, RecordKey, Resource, Sight, Value};
use concordat_remote::{Cause, Cursor, Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Outcome, Script, answer, fields, json as reply, lost, set, text, upguard};

const UUID: &str = "6f0c2d3e-0000-4000-8000-000000000001";

fn threat(more: Json) -> Json {
    let mut threat = json!({"uuid": UUID, "title": "Credentials in a log", "severity": "high",
        "threat_status": "open", "date_detected": "2026-05-01T15:04:05.999999Z",
        "additional_attributes": {"stealer_logs": {"passwords": ["SECRET-CANARY"]}}});
    for (name, value) in more.as_object().expect("members") {
        threat[name] = value.clone();
    }
    threat
}

#[tokio::test(start_paused = true)]
async fn threats_are_listed_in_every_state() {
    let full = threat(json!({"threat_context": " Found. ", "recommended_remediation": "Reset.",
        "investigator": {"name": "Jane", "email": "jane@x.com"}, "archived": true,
        "threat_status": "closed", "dismissed_at": "2026-05-02T00:00:00Z",
        "remediation_request_last_updated_at": "2026-05-03T00:00:00Z"}));
    let long = "é".repeat(2500);
    let bare = json!({"uuid": "u2", "threat_context": " ", "recommended_remediation": long,
        "threat_status": "remediating", "investigator": {"name": "", "email": ""}});
    let odd = json!({"uuid": "u3", "title": {"x": "PII-CANARY"}});
    let dateless = json!({"uuid": "u4", "auto_dismissed": true, "date_detected": "soon"});
    let page = json!({"results": [full, bare, odd, dateless], "next_page_token": "t1"});
    let script = Script::new([reply(200, page), reply(200, json!({"results": null}))]);
    let side = upguard(&script);
    let all = Partition::All(Resource::Threat);
    let page = side.page(&all, None).await.expect("a page").body;
    let [full, bare, dateless] = page.records.as_slice() else { panic!("three rows") };
    assert_eq!(
        fields(full),
        [
            "archived=yes",
            "detected=2026-05-01T15:04:05.999999+00:00",
            "dismissed=yes",
            "investigator=jane@x.com",
            "requested=yes",
            "severity=high",
            "summary=Found.",
            "threat_status=closed",
            "title=Credentials in a log",
        ]
    );
    assert_eq!(
        (full.name.as_str(), full.stamp, full.sight),
        ("Credentials in a log", None, Sight::Listed)
    );
    let summary = format!("summary={}", "é".repeat(2000));
    assert_eq!(
        fields(bare),
        [
            "archived=no",
            "detected=",
            "dismissed=no",
            "investigator=",
            "requested=yes",
            "severity=",
            summary.as_str(),
            "threat_status=remediating",
            "title=",
        ]
    );
    assert_eq!(dateless.reading.get(&"dismissed".into()), Some(&Some(Value::Bool(true))));
    assert_eq!(dateless.reading.get(&"detected".into()), None, "that is no time");
    assert_eq!(page.unreadable, ["u3: `title` is missing or has another shape"]);
    assert_eq!(page.next, Some(Cursor("t1".into())));
    let last = side.page(&all, page.next.as_ref()).await.expect("a page").body;
    assert_eq!((last.records.len(), last.next), (0, None));
    let line = "GET /threatmonitoring/threat/list?page_size=200";
    assert_eq!(script.lines(), [line.to_owned(), format!("{line}&page_token=t1")]);
}

#[tokio::test(start_paused = true)]
async fn a_threat_is_read_by_its_uuid() {
    let script = Script::new([
        reply(200, json!({"threat_details": threat(json!({}))})),
        reply(404, json!({"error": "There was a problem with the request"})),
        reply(403, json!({"error": "no permission"})),
    ]);
    let side = upguard(&script);
    let key = RecordKey::new(Resource::Threat, UUID);
    let read = side.read(&key, None).await.expect("an answer").body.expect("a threat");
    assert_eq!((read.key.clone(), read.sight), (key.clone(), Sight::Read));
    assert_eq!(read.reading.iter().count(), 9, "everything is covered");
    assert!(!fields(&read).concat().contains("CANARY"));
    assert_eq!(side.read(&key, None).await.expect("an answer").body, None);
    assert_eq!(side.read(&key, None).await.expect_err("the key").cause, Cause::Scope);
    assert_eq!(script.lines()[0], format!("GET /threatmonitoring/threat?uuid={UUID}"));
}

fn write(status: &str, set: Vec<(Path, Held)>) -> Write {
    let held = Some(Value::text(status)).filter(|_| !status.is_empty());
    let current = Record {
        key: RecordKey::new(Resource::Threat, UUID),
        parent: None,
        name: "PII-CANARY".into(),
        stamp: None,
        reading: [side::set("threat_status", held)].into_iter().collect(),
        sight: Sight::Read,
    };
    Write {
        resource: Resource::Threat,
        current: Some(current),
        parent: None,
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    }
}

/// Fields and constants, all texts; an empty one is nothing.
fn said(said: &[(&str, &str)]) -> Vec<(Path, Held)> {
    let held = |it: &str| if it.is_empty() { None } else { text(it) };
    said.iter().map(|(path, it)| set(path, held(it))).collect()
}

const CLOSED: (&str, &str) = ("threat_status", "closed");
const REOPENED: (&str, &str) = ("threat_status", "investigating");
const JANE: (&str, &str) = ("investigator", "jane@x.com");
const REASON: (&str, &str) = ("close.reason", "false_positive");

#[tokio::test(start_paused = true)]
async fn a_threat_moves_on_with_the_texts_that_go_with_it() {
    let assign = "investigator/update?uuid=U&investigator_email=jane@x.com";
    let waived = ("close.request_reason", "waived");
    let why = ("close.request_description", "Known");
    let accepted = ("close.reason", "risk_accepted");
    let remediated = ("close.reason", "remediated");
    let reopen = ("reopen.investigator", "joe@x.com");
    for (status, set, lines) in [
        ("open", vec![CLOSED, REASON], vec!["close?uuid=U&reason=false_positive"]),
        (
            "investigating",
            vec![
                CLOSED,
                accepted,
                ("close.justification", "Known"),
                ("close.remediation_reason", ""),
            ],
            vec!["close?uuid=U&reason=risk_accepted&justification=Known"],
        ),
        (
            "open",
            vec![
                remediated,
                ("close.remediation_reason", "other"),
                ("close.remediation_description", "Reset"),
                CLOSED,
                waived,
                reopen,
            ],
            vec![
                "close?uuid=U&reason=remediated&remediation_reason=other&remediation_description=Reset",
            ],
        ),
        (
            "remediating",
            vec![CLOSED, REASON, waived, why],
            vec!["remediation_request/close?uuid=U&reason=waived&reason_description=Known"],
        ),
        (
            "remediating",
            vec![CLOSED, ("close.request_reason", "remediated")],
            vec!["remediation_request/close?uuid=U&reason=remediated"],
        ),
        ("closed", vec![REOPENED, reopen], vec!["reopen?uuid=U&investigator_email=joe@x.com"]),
        ("open", vec![JANE], vec![assign]),
        ("open", vec![REOPENED, JANE], vec![assign]),
        ("open", vec![CLOSED, REASON, JANE], vec![assign, "close?uuid=U&reason=false_positive"]),
        (
            "closed",
            vec![JANE, REOPENED, reopen],
            vec!["reopen?uuid=U&investigator_email=joe@x.com", assign],
        ),
    ] {
        let script = Script::new(lines.iter().map(|_| reply(200, json!({"uuid": UUID}))));
        let sent = upguard(&script).send(&write(status, said(&set))).await.expect("sent");
        assert_eq!(sent.body.as_str(), UUID);
        let whole = |line: &&str| {
            format!(
                "POST /threatmonitoring/threat/{}",
                line.replace("uuid=U", &format!("uuid={UUID}"))
            )
        };
        assert_eq!(script.lines(), lines.iter().map(whole).collect::<Vec<_>>());
        assert!(script.requests().iter().all(|it| it.body.is_empty()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_threat_without_what_its_move_needs_is_refused_before_anything_is_sent() {
    for (status, set) in [
        ("open", vec![CLOSED]),
        ("open", vec![CLOSED, ("close.reason", " ")]),
        ("open", vec![CLOSED, ("close.reason", "risk_accepted")]),
        ("open", vec![CLOSED, ("close.reason", "remediated")]),
        (
            "open",
            vec![CLOSED, ("close.reason", "remediated"), ("close.remediation_reason", "other")],
        ),
        ("remediating", vec![CLOSED, REASON]),
        ("remediating", vec![CLOSED, ("close.request_reason", "waived")]),
        ("closed", vec![REOPENED]),
        ("open", vec![REOPENED]),
        ("remediating", vec![REOPENED, ("reopen.investigator", "joe@x.com")]),
        ("open", vec![("threat_status", "remediating"), JANE]),
        ("open", vec![("investigator", "")]),
        ("open", vec![JANE, ("title", "PII-CANARY")]),
        ("closed", vec![CLOSED, REASON]),
        ("closed", vec![JANE]),
        ("remediating", vec![JANE]),
        ("remediating", vec![CLOSED, ("close.request_reason", "remediated"), JANE]),
        ("open", vec![REASON]),
        ("open", vec![]),
        ("", vec![JANE]),
    ] {
        let script = Script::new([]);
        let error = upguard(&script).send(&write(status, said(&set))).await.expect_err("refused");
        assert!(matches!(error, WriteError::Refused(_)), "{error}");
        assert!(!error.to_string().contains("CANARY"));
    }
    let number = vec![set("threat_status", Some(Value::Integer(1)))];
    let error = upguard(&Script::new([])).send(&write("open", number)).await;
    assert!(matches!(error, Err(WriteError::Refused(_))));
    let create = Write { current: None, ..write("open", said(&[JANE])) };
    assert!(matches!(upguard(&Script::new([])).send(&create).await, Err(WriteError::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn a_move_is_sent_once_and_a_lost_answer_is_a_doubt() {
    let send = async |answers: Vec<Outcome>| {
        let script = Script::new(answers);
        let sent = upguard(&script).send(&write("open", said(&[CLOSED, REASON]))).await;
        assert_eq!(script.left(), 0);
        sent
    };
    for unclear in [lost(), answer(500, ""), answer(408, "")] {
        assert!(matches!(send(vec![unclear]).await, Err(WriteError::InDoubt(_))));
    }
    let closed = || reply(422, json!({"error": "PII-CANARY is closed"}));
    assert!(matches!(send(vec![closed()]).await, Err(WriteError::Refused(_))));
    let unsent = || side::refused();
    let sent = send(vec![unsent(), unsent(), unsent()]).await;
    assert!(matches!(sent, Err(WriteError::NoEffect(_))));
    let busy = || side::with(429, &[("retry-after", "1")], "");
    assert!(send(vec![busy(), reply(200, json!({}))]).await.is_ok(), "a throttled one did nothing");
    // Assigned already when closing it is refused.
    let script = Script::new([reply(200, json!({})), closed()]);
    let both = write("open", said(&[CLOSED, REASON, JANE]));
    assert!(matches!(upguard(&script).send(&both).await, Err(WriteError::InDoubt(_))));
}

#[tokio::test(start_paused = true)]
async fn comments_that_are_counted_and_not_shown_are_no_listing_without_comments() {
    let of = |details: Json| reply(200, json!({ "threat_details": details }));
    let hidden = threat(json!({"number_of_comments": 1, "comments": null}));
    let none = threat(json!({"number_of_comments": 0, "comments": null}));
    let script = Script::new([of(hidden), of(none)]);
    let side = upguard(&script);
    let all = Partition::Of(Resource::Comment, UUID.into());
    let failure = side.page(&all, None).await.expect_err("no listing");
    assert_eq!(failure.cause, Cause::Malformed);
    assert!(failure.to_string().contains("`threat_details.comments` is missing"), "{failure}");
    let page = side.page(&all, None).await.expect("a page").body;
    assert!(page.records.is_empty());
}
