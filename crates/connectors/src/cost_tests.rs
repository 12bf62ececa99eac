//! Does a plan on paper take the operations, the time and the repetitions that it would?

use std::collections::BTreeMap;

use concordat_model::{
    Action, Field, FieldStep, Held, LinkId, Lookup, MappingName, Name, Path, RecordKey, Resource,
    Rule, StepId, Value, Why,
};
use concordat_remote::Pace;

use super::*;

const AGE: Duration = Duration::from_secs(30);

fn step(resource: Resource, action: Action, fields: &[(&str, Held, Held)]) -> Step {
    let why = Why::about(Rule::OnlyMoved, resource.side());
    let field = |(path, before, after): &(&str, Held, Held)| FieldStep {
        name: Field::new(*path),
        path: (*path).into(),
        before: before.clone(),
        after: after.clone(),
        source: None,
        why,
    };
    Step {
        id: StepId::from("s1"),
        mapping: MappingName::from("m"),
        link: LinkId::from("L1"),
        side: resource.side(),
        entity: resource.entity().into(),
        resource,
        record: (action != Action::Create).then(|| RecordKey::new(resource, "r1")),
        name: Name::from("One"),
        action,
        fields: fields.iter().map(field).collect(),
        blanks: Vec::new(),
        despite: Vec::new(),
        constants: BTreeMap::new(),
        marker: (action == Action::Create).then(|| "[concordat:AAAAAAAA]".to_owned()),
        lookup: None,
        identity: BTreeMap::new(),
        sources: Vec::new(),
        source_stamp: None,
        matched: None,
        why,
        side_effects: Vec::new(),
    }
}

fn asks(step: &Step) -> Vec<(Side, Ask)> {
    let first = match step.action {
        Action::Create => Ask::Find { max_age: AGE },
        Action::Update | Action::Archive | Action::Delete => Ask::Read(step.resource),
    };
    [first, Ask::Send, Ask::Read(step.resource)].map(|ask| (step.side, ask)).into()
}

fn text(value: &str) -> Held {
    Some(Value::text(value))
}

fn tags(all: &[&str]) -> Held {
    Some(Value::Set(all.iter().map(|it| (*it).to_owned()).collect()))
}

fn rehearsed(lately: &Traffic, businesses: u64, steps: &[Step]) -> Vec<Cost> {
    let mut rehearsal = Rehearsal::new(&Sides::from_fn(|_| *lately), true, businesses);
    steps.iter().for_each(|it| rehearsal.step(it, &asks(it)));
    rehearsal.costs()
}

/// Of hundred requests, each answered in so many milliseconds.
fn answering(ms: u64) -> Traffic {
    let answering = Duration::from_millis(100 * ms);
    Traffic { requests: 100, answering, ..Traffic::default() }
}

fn updates(count: usize) -> Vec<Step> {
    vec![step(Resource::Contact, Action::Update, &[("phone", None, text("1"))]); count]
}

/// Requests and seconds of so many updates of contacts.
fn updated(lately: &Traffic, count: usize) -> (u64, f64) {
    let costs = rehearsed(lately, 0, &updates(count));
    let time: Duration = costs.iter().map(|it| it.time).sum();
    (costs.iter().map(|it| it.requests).sum(), time.as_secs_f64())
}

#[track_caller]
fn takes(step: Step, expected: &[(&str, u64)]) {
    let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).into(), *count)).collect();
    let costs = rehearsed(&Traffic::default(), 0, &[step]);
    let names: Vec<_> = costs.iter().map(|it| (it.operation.name(), it.requests)).collect();
    assert_eq!(names, expected);
}

#[test]
fn whatever_stands_at_a_contact_is_asked_for_before_it_is_deleted() {
    takes(
        step(Resource::Contact, Action::Delete, &[("phone", text("1"), None)]),
        &[
            ("GET /contacts/{contactId}", 2),
            ("GET /contacts/{contactId}/notes", 1),
            ("GET /contacts/{contactId}/tasks", 1),
            ("GET /contacts/{contactId}/appointments", 1),
            ("DELETE /contacts/{contactId}", 1),
        ],
    );
    takes(
        step(Resource::Task, Action::Delete, &[("title", text("1"), None)]),
        &[
            ("GET /contacts/{contactId}/tasks/{taskId}", 2),
            ("DELETE /contacts/{contactId}/tasks/{taskId}", 1),
        ],
    );
}

#[test]
fn each_write_takes_its_operations_and_is_read_before_and_after() {
    use Action::{Create, Update};
    let to = |path, after: &str| (path, None, text(after));
    takes(
        step(Resource::Vendor, Update, &[to("attributes.Phone", "1"), to("labels", "x")]),
        &[("GET /vendor", 2), ("PUT /vendor/attributes", 1), ("PUT /vendor/labels", 1)],
    );
    takes(
        step(Resource::Contact, Update, &[to("phone", "1"), ("tags", tags(&["A"]), tags(&["b"]))]),
        &[
            ("GET /contacts/{contactId}", 2),
            ("PUT /contacts/{contactId}", 1),
            ("POST /contacts/{contactId}/tags", 1),
            ("DELETE /contacts/{contactId}/tags", 1),
        ],
    );
    takes(
        step(Resource::Contact, Update, &[("tags", tags(&["A"]), tags(&["a", "b"]))]),
        &[("GET /contacts/{contactId}", 2), ("POST /contacts/{contactId}/tags", 1)],
    );
    let lookup = Some(Lookup { path: "email".into(), value: Value::text("a@x.com") });
    takes(
        Step { lookup, ..step(Resource::Contact, Create, &[to("email", "a@x.com")]) },
        &[
            ("GET /contacts/search/duplicate", 1),
            ("POST /contacts/search", 1),
            ("POST /contacts/", 1),
            ("GET /contacts/{contactId}", 1),
        ],
    );
    takes(
        step(Resource::Task, Update, &[to("title", "x"), ("completed", None, None)]),
        &[
            ("GET /contacts/{contactId}/tasks/{taskId}", 2),
            ("PUT /contacts/{contactId}/tasks/{taskId}", 1),
            ("PUT /contacts/{contactId}/tasks/{taskId}/completed", 1),
        ],
    );
    takes(
        step(Resource::Threat, Update, &[("threat_status", text("remediating"), text("closed"))]),
        &[
            ("GET /threatmonitoring/threat", 2),
            ("POST /threatmonitoring/threat/remediation_request/close", 1),
        ],
    );
    takes(
        step(Resource::Comment, Create, &[to("content", "x")]),
        &[("GET /threatmonitoring/threat", 2), ("POST /threatmonitoring/threat/comment/add", 1)],
    );
}

/// A business is set by a request of its own, also one that is not there yet.
#[test]
fn a_contact_is_put_under_a_business_beside_its_other_fields() {
    let to = |path, after: &str| (path, None, text(after));
    let awaited = Resource::Contact.names_by_link().expect("a contact names its business");
    let put = |constants: &[(Path, Value)], fields: &[(&str, Held, Held)]| Step {
        constants: constants.iter().cloned().collect(),
        ..step(Resource::Contact, Action::Update, fields)
    };
    let alone = [("GET /contacts/{contactId}", 2), ("POST /contacts/bulk/business", 1)];
    takes(put(&[], &[to("businessId", "B1")]), &alone);
    takes(put(&[(awaited, Value::text("L1"))], &[to("businessId", "Acme (new)")]), &alone);
    takes(
        put(&[], &[to("phone", "1"), to("businessId", "B1")]),
        &[
            ("GET /contacts/{contactId}", 2),
            ("PUT /contacts/{contactId}", 1),
            ("POST /contacts/bulk/business", 1),
        ],
    );
    takes(
        step(Resource::Contact, Action::Create, &[to("firstName", "Ann"), to("businessId", "B1")]),
        &[
            ("POST /contacts/search", 1),
            ("POST /contacts/", 1),
            ("POST /contacts/bulk/business", 1),
            ("GET /contacts/{contactId}", 1),
        ],
    );
}

/// Businesses are made after all of them were listed, 100 on a page (`highlevel.md` §3, §9) of which each begins
/// with the last row of the one before, until nothing follows; and again when that listing is half a minute old.
#[test]
fn businesses_are_listed_before_they_are_made() {
    let made = step(Resource::Business, Action::Create, &[("name", None, text("x"))]);
    let pages = |count, businesses| {
        let costs = rehearsed(&answering(10), businesses, &vec![made.clone(); count]);
        costs.iter().find(|it| it.operation == highlevel::LISTED_TO_FIND).map(|it| it.requests)
    };
    let few = [(2, 0), (2, 99), (2, 100), (2, 250)].map(|(count, there)| pages(count, there));
    assert_eq!(few, [1, 2, 2, 4].map(Some));
    // 290 requests are what half a minute holds, 145 creates.
    assert_eq!([140, 160].map(|count| pages(count, 250)), [4, 4 + 5].map(Some));
}

#[test]
fn a_rehearsal_takes_as_long_as_the_limits_ask_for() {
    // 300 requests, of which four go at once and 9.6 a second.
    let (_, took) = updated(&answering(20), 100);
    assert!((30.7..31.0).contains(&took), "{took}");
    let (_, took) = updated(&answering(300), 100);
    assert!((89.9..90.1).contains(&took), "{took}");
    let narrow = Traffic { window: Some((10, Duration::from_secs(10))), ..answering(20) };
    let (_, took) = updated(&narrow, 10);
    assert!((32.0..33.0).contains(&took), "{took}");
}

#[test]
fn a_rehearsal_begins_at_the_pace_that_was_found_out() {
    let took = |pace| {
        let lately = Traffic { pace, ..answering(1) };
        let steps = vec![step(Resource::Vendor, Action::Update, &[("tier", None, text("1"))]); 20];
        let costs = rehearsed(&lately, 0, &steps);
        costs.iter().map(|it| it.time.as_secs_f64()).sum::<f64>()
    };
    let [unknown, fast, slow] = [None, Some(25), Some(500)]
        .map(|ms| took(ms.map(|ms| Pace { borne: Duration::from_millis(ms), refused: None })));
    assert!((3.5..4.5).contains(&unknown), "{unknown}");
    assert!((1.0..1.5).contains(&fast), "{fast}");
    assert!((5.0..8.5).contains(&slow), "{slow}");
}

#[test]
fn what_fails_is_asked_again_and_waited_for() {
    let throttled = Traffic { throttled: 3, held: Duration::from_secs(33), ..answering(0) };
    let (requests, took) = updated(&throttled, 100);
    // Nine or ten refusals; where it was a write, its reading is old by then.
    assert!((309..=316).contains(&requests), "{requests}");
    assert!((120.0..=145.0).contains(&took), "{took}");
    let (requests, took) = updated(&Traffic { failed: 3, ..answering(0) }, 100);
    assert!((309..=322).contains(&requests), "{requests}");
    assert!((30.0..=34.0).contains(&took), "{took}");
}

/// Where a limit is lifted, what is lacking to a turn comes in less time than time is told in.
#[test]
fn a_rehearsal_ends_however_the_side_answered() {
    let second = Duration::from_secs(1);
    let windows = [
        None,
        Some((1, 120 * second)),
        Some((1_000_000_000, 10 * second)),
        Some((u64::MAX, Duration::from_millis(1))),
    ];
    for window in windows {
        for (throttled, failed, held) in
            [(0, 0, second), (100, 0, second), (0, 100, second), (50, 50, 500_000 * second)]
        {
            let lately = Traffic { throttled, failed, held, window, ..answering(0) };
            let (requests, _) = updated(&lately, 1000);
            // Each of three requests a thousand times; of a write's attempts each with what it rests on, and
            // what it led to.
            assert!((3000..=3000 * 9).contains(&requests), "{lately:?}: {requests}");
        }
    }
}
