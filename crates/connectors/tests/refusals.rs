//! What does every way of saying no mean, and how often is a call sent?

use std::time::Duration;

use concordat_model::{RecordKey, Resource};
use concordat_remote::{Cause, Source, Spent, Target, Traffic, Write, WriteError};
use serde_json::{Value as Json, json};

use crate::side::{
    self, Outcome, Script, answer, highlevel, json as reply, lost, refused, set, text, upguard,
    with,
};

const CANARY: &str = "PII-CANARY@example.com";

fn business() -> RecordKey {
    RecordKey::new(Resource::Business, "B1")
}

fn create() -> Write {
    let set = vec![set("name", text(CANARY))];
    Write {
        resource: Resource::Business,
        current: None,
        parent: None,
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    }
}

fn duplicate() -> Json {
    json!({"statusCode": 400, "message": "This location does not allow duplicated contacts.",
        "meta": {"contactId": "C7", "contactName": CANARY, "matchingField": "email"}})
}

/// Every row of the sheet's table of errors, and a few that are not in it.
fn table() -> Vec<(u16, Json, Cause, &'static str)> {
    let one = |message: &str| json!({"message": message, "error": "x", "traceId": "tr-1"});
    let found = || Cause::Duplicate { id: Some("C7".into()), field: Some("email".into()) };
    let unnamed = Cause::Duplicate { id: None, field: None };
    vec![
        (400, one("Bad Request"), Cause::Rejected, "the request was rejected"),
        (400, duplicate(), found(), "a contact with the same identity exists"),
        (400, one("duplicated contacts"), unnamed, "a contact with the same identity exists"),
        (
            400,
            one("Contact not found for id:PII-CANARY"),
            Cause::Missing,
            "there is no such record",
        ),
        (
            400,
            one("Invalid field PII-CANARY"),
            Cause::Rejected,
            "a search filter is not known to the side",
        ),
        (
            400,
            one("Invalid Custom Field Value PII-CANARY"),
            Cause::Rejected,
            "the value of a custom field is not accepted",
        ),
        (
            401,
            one("Invalid token: access token is invalid"),
            Cause::Expired,
            "the access token has expired or was withdrawn",
        ),
        (
            401,
            one("The token is not authorized for this scope."),
            Cause::Scope,
            "the token lacks the scope businesses.readonly",
        ),
        (
            401,
            one("Invalid Private Integration token"),
            Cause::Credentials,
            "the private integration token is not valid",
        ),
        (
            403,
            one("The token does not have access to this location."),
            Cause::Scope,
            "the token does not open this location",
        ),
        (403, one("Forbidden"), Cause::Scope, "the token may not do this"),
        (
            404,
            one("Cannot GET /businesses/B1"),
            Cause::Rejected,
            "the side does not know this route",
        ),
        (404, one("gone"), Cause::Missing, "there is no such record"),
        (422, one("PII-CANARY"), Cause::Rejected, "the body was not accepted"),
        (
            422,
            json!({"message": ["property gender should not exist", "email must be an email",
                "pageLimit should not be empty", "property PII-CANARY should not exist", "email must be PII-CANARY"]}),
            Cause::Rejected,
            "the body was not accepted: `gender` should not exist, `email` has the wrong form, `pageLimit` should not be empty",
        ),
        (409, one("PII-CANARY"), Cause::Rejected, "the request was rejected with status 409"),
        (302, Json::Null, Cause::Malformed, "it answered with a redirect, which is not followed"),
        (422, json!({"message": {"PII-CANARY": 1}}), Cause::Rejected, "the body was not accepted"),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_refusal_of_the_sheet_is_sorted() {
    for (status, body, cause, says) in table() {
        let script = Script::new([reply(status, body.clone())]);
        match highlevel(&script).read(&business(), None).await {
            Ok(answer) => assert!(cause == Cause::Missing && answer.body.is_none(), "{body}"),
            Err(failure) => {
                assert_eq!((&failure.cause, failure.says.as_str()), (&cause, says), "{body}");
                assert_eq!(failure.status, Some(status));
                assert_eq!(failure.operation, "GET /businesses/{businessId}");
                let traced = body["traceId"].as_str().map(str::to_owned);
                assert_eq!(failure.trace, traced);
                assert!(!format!("{failure} {failure:?}").contains("CANARY"));
            }
        }
        assert_eq!(script.requests().len(), 1, "not repeated: {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_in_doubt_unless_it_was_stopped_at_the_door() {
    for (status, body, _, _) in table() {
        let script = Script::new([reply(status, body.clone())]);
        let error = highlevel(&script).send(&create()).await.expect_err("a failure");
        let expected = match (status, body.get("meta").is_some()) {
            (401 | 403, _) => "no effect",
            (400, true) => "refused",
            (400, false) if body["message"] == "duplicated contacts" => "refused",
            _ => "in doubt",
        };
        let actual = match &error {
            WriteError::NoEffect(_) => "no effect",
            WriteError::InDoubt(_) => "in doubt",
            WriteError::Refused(_) => "refused",
        };
        assert_eq!(actual, expected, "{status} {body}");
        assert!(!format!("{error} {error:?}").contains("CANARY"));
        assert_eq!(script.requests().len(), 1, "a create is sent once: {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn upguards_refusals_are_sorted() {
    let key = RecordKey::new(Resource::Vendor, "1");
    for (status, cause) in [
        (400, Cause::Rejected),
        (401, Cause::Credentials),
        (402, Cause::Rejected),
        (403, Cause::Scope),
        (422, Cause::Rejected),
        (307, Cause::Malformed),
    ] {
        let script = Script::new([reply(status, json!({"error": CANARY}))]);
        let failure = upguard(&script).read(&key, None).await.expect_err("a failure");
        assert_eq!((failure.cause.clone(), failure.status), (cause, Some(status)));
        assert!(!format!("{failure} {failure:?}").contains("CANARY"));
    }
}

async fn reads(answers: Vec<Outcome>) -> (usize, Result<(), Cause>) {
    let script = Script::new(answers);
    let read = highlevel(&script).read(&business(), None).await;
    (script.requests().len(), read.map(|_| ()).map_err(|failure| failure.cause))
}

fn good() -> Outcome {
    reply(200, json!({"business": {"id": "B1"}}))
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_three_times() {
    let busy = || answer(429, "");
    let down = || answer(503, "<html>");
    assert_eq!(reads(vec![down(), lost(), good()]).await, (3, Ok(())));
    assert_eq!(reads(vec![refused(), good()]).await, (2, Ok(())));
    assert_eq!(reads(vec![busy(), busy(), good()]).await, (3, Ok(())));
    assert_eq!(reads(vec![down(), down(), down(), good()]).await, (3, Err(Cause::Broken)));
    assert_eq!(reads(vec![lost(), lost(), lost()]).await, (3, Err(Cause::NoAnswer)));
    assert_eq!(reads(vec![refused(), refused(), refused()]).await, (3, Err(Cause::Unreachable)));
    assert_eq!(reads(vec![busy(), busy(), busy()]).await, (3, Err(Cause::Throttled)));
    assert_eq!(reads(vec![answer(200, "{")]).await, (1, Err(Cause::Malformed)));
}

#[tokio::test(start_paused = true)]
async fn a_create_is_sent_once_unless_it_certainly_did_nothing() {
    let made = || reply(201, json!({"buiseness": {"id": "B9"}}));
    for (answers, requests, outcome) in [
        (vec![lost()], 1, "in doubt"),
        (vec![answer(500, "")], 1, "in doubt"),
        (vec![refused(), refused(), refused()], 3, "no effect"),
        (vec![refused(), made()], 2, "made"),
        (vec![refused(), lost()], 2, "in doubt"),
        (vec![answer(429, ""), made()], 2, "made"),
        (vec![answer(429, ""), lost()], 2, "in doubt"),
        (vec![answer(429, ""), answer(429, ""), answer(429, "")], 3, "no effect"),
    ] {
        let script = Script::new(answers);
        let sent = match highlevel(&script).send(&create()).await {
            Ok(_) => "made",
            Err(WriteError::NoEffect(_)) => "no effect",
            Err(WriteError::InDoubt(_)) => "in doubt",
            Err(WriteError::Refused(_)) => "refused",
        };
        assert_eq!((script.requests().len(), sent), (requests, outcome));
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_waited_too_long_does_not_leave() {
    let busy = |seconds| with(429, &[("retry-after", seconds)], "");
    let made = || reply(201, json!({"buiseness": {"id": "B9"}}));
    for (seconds, requests, late) in [("4", 2, false), ("6", 1, true)] {
        let script = Script::new([busy(seconds), made()]);
        let by = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
        let sent = highlevel(&script).send(&Write { by, ..create() }).await;
        let was_late = matches!(&sent, Err(WriteError::NoEffect(it)) if it.cause == Cause::Late);
        assert_eq!((script.requests().len(), was_late), (requests, late), "{seconds}: {sent:?}");
    }
    // It was not sent, so it is not counted.
    let script = Script::new([busy("6")]);
    let side = highlevel(&script);
    let by = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    assert!(side.send(&Write { by, ..create() }).await.is_err());
    assert_eq!(side.spent().traffic.requests, 1);
}

async fn throttled(retry_after: &str) -> (usize, f64) {
    let busy = with(429, &[("retry-after", retry_after)], "");
    let script = Script::new([busy, good()]);
    let began = tokio::time::Instant::now();
    if let Err(failure) = highlevel(&script).read(&business(), None).await {
        assert_eq!(failure.cause, Cause::Throttled);
    }
    (script.requests().len(), began.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_as_far_as_it_makes_sense() {
    for (retry_after, requests, at_least, at_most) in [
        ("7", 2, 7.0, 7.3),
        ("Fri, 20 Nov 2026 12:00:09 GMT", 2, 9.0, 9.3),
        ("0", 2, 0.0, 0.3),
        // Nothing to go by: one interval, and some jitter.
        ("-3", 2, 10.0, 12.0),
        ("NaN", 2, 10.0, 12.0),
        // Longer than we wait: stop, and let a later run go on.
        ("1e9", 1, 0.0, 0.1),
        ("3600", 1, 0.0, 0.1),
    ] {
        let (sent, took) = throttled(retry_after).await;
        assert_eq!(sent, requests, "{retry_after}");
        assert!((at_least..=at_most).contains(&took), "{retry_after}: {took}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_counted_every_attempt_of_it() {
    let left = [("x-ratelimit-daily-remaining", "77")];
    let body = json!({"business": {"id": "B1"}}).to_string();
    let busy = with(429, &[("retry-after", "7")], "");
    let script = Script::new([answer(503, ""), busy, with(200, &left, &body), good()]);
    let side = highlevel(&script);
    assert!(side.read(&business(), None).await.is_ok());
    assert!(side.read(&business(), None).await.is_ok());
    let Spent { traffic, left_today, .. } = side.spent();
    let held = Duration::from_secs(7);
    let expected = Traffic { requests: 4, throttled: 1, failed: 1, held, ..Traffic::default() };
    assert_eq!(
        (Traffic { answering: Duration::ZERO, ..traffic }, left_today),
        (expected, Some(77))
    );
}

#[tokio::test(start_paused = true)]
async fn a_day_that_is_used_up_ends_a_run() {
    let spent = [("x-ratelimit-daily-remaining", "0")];
    let script = Script::new([with(429, &spent, "")]);
    let side = highlevel(&script);
    assert_eq!(side.read(&business(), None).await.expect_err("spent").cause, Cause::Budget);
}

#[tokio::test(start_paused = true)]
async fn retries_stop_when_their_budget_is_spent() {
    let script = Script::new((0..100).map(|_| answer(503, "")));
    let side = highlevel(&script);
    for _ in 0..30 {
        assert!(side.read(&business(), None).await.is_err());
    }
    // 30 first attempts, and the 35 retries that 500 tokens at 14 each allow.
    assert_eq!(script.requests().len(), 65);
}

#[tokio::test(start_paused = true)]
async fn the_offset_is_the_smallest_that_explains_the_date() {
    for (date, ahead_ms) in [
        ("Fri, 20 Nov 2026 12:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 11:59:59 GMT", 0),
        ("Fri, 20 Nov 2026 12:00:03 GMT", 3000),
        ("Fri, 20 Nov 2026 11:59:30 GMT", -29000),
        ("never", 0),
    ] {
        let body = json!({"business": {"id": "B1"}}).to_string();
        let script = Script::new([with(200, &[("date", date)], &body)]);
        let side = highlevel(&script);
        side.read(&business(), None).await.expect("an answer");
        assert_eq!(side.offset().ahead_ms, ahead_ms, "{date}");
    }
}

#[test]
fn the_catalogues_name_a_permission_for_every_operation() {
    let all: Vec<_> = concordat_connectors::highlevel::operations()
        .iter()
        .chain(concordat_connectors::upguard::operations())
        .collect();
    assert!(all.iter().all(|it| !it.permission.is_empty() && it.template.starts_with('/')));
    let writes: Vec<String> = all.iter().filter(|it| it.writes()).map(|it| it.name()).collect();
    assert_eq!(
        writes,
        [
            "POST /locations/{locationId}/customFields",
            "POST /contacts/",
            "PUT /contacts/{contactId}",
            "DELETE /contacts/{contactId}",
            "POST /contacts/{contactId}/tags",
            "DELETE /contacts/{contactId}/tags",
            "POST /contacts/bulk/business",
            "POST /businesses/",
            "PUT /businesses/{businessId}",
            "POST /contacts/{contactId}/tasks",
            "PUT /contacts/{contactId}/tasks/{taskId}",
            "PUT /contacts/{contactId}/tasks/{taskId}/completed",
            "DELETE /contacts/{contactId}/tasks/{taskId}",
            "POST /contacts/{contactId}/notes",
            "PUT /contacts/{contactId}/notes/{noteId}",
            "PUT /vendor/attributes",
            "PUT /vendor/labels",
            "PUT /vendor/tier",
            "POST /threatmonitoring/threat/investigator/update",
            "POST /threatmonitoring/threat/remediation_request/close",
            "POST /threatmonitoring/threat/close",
            "POST /threatmonitoring/threat/reopen",
            "POST /threatmonitoring/threat/comment/add",
            "PUT /dataleaks/disclosures/status",
        ]
    );
}
