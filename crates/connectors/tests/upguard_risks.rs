//! How do the answers about risks at vendors become records?

use concordat_model::{Partition, RecordKey, Resource, Sight};
use concordat_remote::{Cause, Source, Target, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{self, Script, answer, fields, json as reply, text, upguard, whenever};

fn key() -> RecordKey {
    RecordKey::new(Resource::Risk, "7:verified_vuln:CVE-1")
}

fn all() -> Partition {
    Partition::All(Resource::Risk)
}

fn kind(id: &str, severity: &str) -> Json {
    json!({"id": id, "severity": severity, "title": "Verified vulnerability",
        "adjusted_severity": "low", "category_title": "Vulnerabilities", "description": " Runs anything. "})
}

fn found(waived: bool) -> Json {
    json!({"vendor_id": 7, "name": "Acme", "primary_hostname": "acme.com", "count_hostnames_failed": 2,
        "date_detected": "2026-05-01T15:04:05.5Z", "is_waived": waived, "questionnaires": []})
}

fn vendors(rows: Json) -> side::Outcome {
    reply(
        200,
        json!({"risk_id": "verified_vuln:CVE-1", "risk_severity": "critical",
            "total_vendors_matching_filter": 412, "vendors_with_risk": rows}),
    )
}

fn diffs(hosts: &[&str], next: &str) -> side::Outcome {
    let scans: Vec<Json> = hosts.iter().map(|it| json!({"hostname": it, "scanB": {}})).collect();
    reply(
        200,
        json!({"next_page_token": next, "vendors": [{"id": 7, "risksResolved": [], "risksIntroduced": [
            {"groupID": "x", "risks": [{"id": "verified_vuln:CVE-1", "scanDiffs": scans}]}]}]}),
    )
}

#[tokio::test(start_paused = true)]
async fn they_are_listed_by_kind_with_the_hosts_on_which_they_are_new() {
    let script = Script::new([
        reply(
            200,
            json!({"next_page_token": "t", "risks": [
            kind("verified_vuln:CVE-1", "Critical"), kind("ssl", "high"), kind("fine", "pass")]}),
        ),
        reply(200, json!({"next_page_token": "", "risks": []})),
        diffs(&["b.acme.com"], "d"),
        diffs(&["a.acme.com"], ""),
        vendors(json!([found(false), {"vendor_id": 8, "is_waived": true}])),
    ]);
    let side = upguard(&script);
    let page = side.page(&all(), None).await.expect("a page").body;
    let [told, bare] = page.records.as_slice() else { panic!("two risks") };
    assert_eq!(
        fields(told),
        [
            "detected=2026-05-01T15:04:05.500+00:00",
            "severity=critical",
            "summary=Severity: critical\nCategory: Vulnerabilities\nHosts: a.acme.com, b.acme.com\n\n\
             Runs anything.",
            "title=Verified vulnerability: Acme",
            "waived=no",
        ]
    );
    assert_eq!((told.key.clone(), told.sight), (key(), Sight::Listed));
    assert_eq!(told.parent.as_ref().map(|it| it.as_str()), Some("7"));
    assert!(fields(bare).contains(&"waived=yes".to_owned()));
    assert!(fields(bare).contains(&"detected=".to_owned()));
    assert_eq!((page.next, page.total, page.unreadable.len()), (None, None, 0));
    let lines = script.lines();
    assert_eq!(lines[0], "GET /risks/vendors/all?page_size=2000");
    assert_eq!(lines[1], "GET /risks/vendors/all?page_size=2000&page_token=t");
    assert!(lines[2].starts_with("GET /risks/vendors/diffs?start_date=20"), "{}", lines[2]);
    assert!(lines[3].ends_with("&page_size=200&page_token=d"), "{}", lines[3]);
    assert_eq!(lines[4], "GET /risks/vendors_with_risk?risk_id=verified_vuln:CVE-1");
    assert_eq!(lines.len(), 5, "what is not severe enough is not asked for");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_severe_enough_nothing_more_is_asked_for() {
    let script = Script::new([reply(200, json!({"risks": [kind("ssl", "high")]}))]);
    let page = upguard(&script).page(&all(), None).await.expect("a page").body;
    assert!(page.records.is_empty() && page.unreadable.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_makes_the_listing_incomplete_and_a_page_that_fails_breaks_it() {
    let kinds = || reply(200, json!({"risks": [kind("verified_vuln:CVE-1", "critical")]}));
    let odd = json!({"risks": [kind("a", "worst"), {"id": "PII-CANARY"}]});
    let script = Script::new([
        reply(200, odd),
        kinds(),
        diffs(&[], ""),
        vendors(json!([{"vendor_id": 7, "is_waived": "PII-CANARY"}])),
    ]);
    let side = upguard(&script);
    let page = side.page(&all(), None).await.expect("a page").body;
    assert_eq!(page.unreadable.len(), 2);
    let other = side.page(&all(), None).await.expect("a page").body;
    assert_eq!(other.unreadable.len(), 1);
    let told = [page.unreadable, other.unreadable].concat().join(" ");
    assert!(!told.contains("CANARY"), "{told}");

    for broken in [
        vec![answer(403, "")],
        vec![kinds(), answer(422, "")],
        vec![kinds(), diffs(&[], ""), answer(404, "")],
        vec![kinds(), diffs(&[], "t"), diffs(&[], "t")],
        vec![kinds(), diffs(&[], ""), answer(200, "{\"vendors_with_risk\": 5}")],
        vec![kinds(), diffs(&[], ""), answer(200, "{}")],
    ] {
        let script = Script::new(broken);
        assert!(upguard(&script).page(&all(), None).await.is_err());
        assert_eq!(script.left(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_does_not_end_is_left_in_the_end() {
    let page = |number: u16| reply(200, json!({"next_page_token": number.to_string()}));
    let script = Script::new((0..1001).map(page).collect::<Vec<_>>());
    let cause = upguard(&script).page(&all(), None).await.map_err(|it| it.cause).map(|_| ());
    assert_eq!((cause, script.left()), (Err(Cause::Malformed), 1));
}

#[tokio::test(start_paused = true)]
async fn one_is_read_by_asking_whether_its_vendor_is_among_those_that_have_it() {
    let other = json!({"vendor_id": 8});
    let of_severity = |word: &str| {
        let found = [found(false)];
        reply(
            200,
            json!({"risk_id": "verified_vuln:CVE-1", "risk_severity": word, "vendors_with_risk": found}),
        )
    };
    let script = Script::new([
        vendors(json!([other, found(true)])),
        vendors(json!([other])),
        reply(200, json!({"risk_id": "another", "vendors_with_risk": [found(false)]})),
        answer(403, ""),
        answer(404, ""),
        of_severity("high"),
        of_severity("pass"),
        of_severity("worst"),
        answer(200, "{}"),
    ]);
    let side = upguard(&script);
    let risk = side.read(&key(), None).await.expect("an answer").body.expect("a risk");
    assert_eq!(
        fields(&risk),
        ["detected=2026-05-01T15:04:05.500+00:00", "severity=critical", "waived=yes"],
        "title and summary stand elsewhere"
    );
    assert!(side.read(&key(), None).await.expect("an answer").body.is_none());
    let cause = |failure: concordat_remote::Failure| failure.cause;
    assert_eq!(side.read(&key(), None).await.map_err(cause), Err(Cause::Malformed));
    assert_eq!(side.read(&key(), None).await.map_err(cause), Err(Cause::Scope));
    assert!(side.read(&key(), None).await.expect("an answer").body.is_none());
    for mild in ["high", "pass"] {
        let risk = side.read(&key(), None).await.expect("an answer").body;
        assert!(risk.is_none(), "no listing would name what is {mild}");
    }
    for what in ["an unknown severity", "an answer about nothing"] {
        assert_eq!(side.read(&key(), None).await.map_err(cause), Err(Cause::Malformed), "{what}");
    }
    assert_eq!(
        script.lines()[0],
        "GET /risks/vendors_with_risk?risk_id=verified_vuln:CVE-1&vendor_ids=7"
    );
    let nonsense = RecordKey::new(Resource::Risk, "7");
    assert_eq!(side.read(&nonsense, None).await.map_err(cause), Err(Cause::Rejected));
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_risk_is_ever_written() {
    let script = Script::new([vendors(json!([found(false)]))]);
    let side = upguard(&script);
    let current = side.read(&key(), None).await.expect("an answer").body;
    let set = vec![side::set("waived", text("yes"))];
    let resource = Resource::Risk;
    let write = Write {
        resource,
        current,
        parent: None,
        set,
        marker: None,
        by: whenever(),
        intent: side::intent(),
    };
    assert!(matches!(side.send(&write).await, Err(WriteError::Refused(_))));
    assert_eq!(script.lines().len(), 1);
}
