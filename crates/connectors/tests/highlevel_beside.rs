//! Is what is only shown read as the sheet describes it (`highlevel.md` §6.2, §8)?

use concordat_model::RecordId;
use concordat_remote::Cause;
use serde_json::{Value as Json, json};

use crate::side::{Script, highlevel, json as reply};

#[tokio::test(start_paused = true)]
async fn appointments_are_told_as_they_are_written() {
    let events = json!({"events": [
        {"id": "A1", "title": "Kick-off", "appointmentStatus": "confirmed", "status": "booked",
            "startTime": "2026-12-01 10:00:00", "endTime": "2026-12-01 10:30:00", "notes": "PII-CANARY"},
        {"id": "A2"},
    ]});
    let script = Script::new([reply(200, events)]);
    let listed = highlevel(&script).appointments(&RecordId::new("C1")).await.expect("a listing");
    let told: Vec<_> = listed
        .iter()
        .map(|it| (it.id.as_str(), it.starts.as_deref(), it.ends.as_deref(), it.status.as_deref()))
        .collect();
    let (starts, ends) = (Some("2026-12-01 10:00:00"), Some("2026-12-01 10:30:00"));
    assert_eq!(told, [("A1", starts, ends, Some("confirmed")), ("A2", None, None, None)]);
    assert_eq!(listed[0].title.as_deref(), Some("Kick-off"));
    assert_eq!(script.lines(), ["GET /contacts/C1/appointments"]);
}

#[tokio::test(start_paused = true)]
async fn who_belongs_to_a_business_is_listed_page_by_page_each_once() {
    let page = |from: usize, length: usize, count: usize| {
        let rows: Vec<Json> =
            (from..from + length).map(|it| json!({"id": format!("C{it}")})).collect();
        reply(200, json!({"contacts": rows, "count": count}))
    };
    // Somebody left while it was listed: the rows moved up, and one is told twice.
    let script = Script::new([page(0, 100, 150), page(99, 50, 149)]);
    let of = highlevel(&script).contacts_of(&RecordId::new("B1")).await.expect("a listing");
    assert_eq!((of.contacts.len(), of.total), (149, 149));
    let asked = "GET /contacts/business/B1?locationId=LOC&limit=100&skip=";
    assert_eq!(script.lines(), [format!("{asked}0"), format!("{asked}100")]);
    // A side that never comes to an end is not followed for ever.
    let script = Script::new((0..20).map(|_| page(0, 100, 5000)));
    let of = highlevel(&script).contacts_of(&RecordId::new("B1")).await.expect("a listing");
    assert_eq!((of.contacts.len(), of.total, script.left()), (100, 5000, 10));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_as_described_is_said_so() {
    for body in [json!({}), json!({"events": null, "contacts": null}), json!({"events": [{}]})] {
        let script = Script::new([reply(200, body.clone()), reply(200, body)]);
        let side = highlevel(&script);
        let appointments = side.appointments(&RecordId::new("C1")).await.err().expect("a failure");
        let contacts = side.contacts_of(&RecordId::new("B1")).await.expect_err("a failure");
        assert_eq!([appointments.cause, contacts.cause], [Cause::Malformed, Cause::Malformed]);
    }
}
