//! Requests as they are logged: reads and writes of both sides, one of which was refused and one of which
//! helped at the second attempt.

use concordat_model::{
    Ended, Entry, Exchange, FailureKind, IntentId, RecordKey, Resource, RunId, Side,
};
use concordat_report::runs::RunRow;
use concordat_report::{EndpointRow, Endpoints, Known, LoggedRow, RequestTotals, RequestsDocument};

use crate::sample::{key, rich, time};

fn exchange(side: Side, operation: &str, second: u32, latency_ms: u64, ended: Ended) -> Exchange {
    Exchange {
        at: time(&format!("2026-03-14T02:00:{second:02}.250Z")),
        side,
        operation: operation.into(),
        attempt: 1,
        latency_ms,
        ended,
        trace: None,
        record: None,
        intent: None,
        fields: Vec::new(),
    }
}

fn failed(failed: FailureKind, status: Option<u16>) -> Ended {
    Ended::Failed { failed, status }
}

/// In the order in which they were answered.
pub fn exchanges() -> Vec<Exchange> {
    use Side::{Highlevel, Upguard};
    let done = Ended::Done { status: 200 };
    let contacts = |vendor: &str, second, latency_ms, ended| Exchange {
        record: Some(RecordKey::new(Resource::Vendor, vendor)),
        ..exchange(Upguard, "GET /vendor/contact/list", second, latency_ms, ended)
    };
    let trace = |id: &str| Some(id.to_owned());
    let score = rich().steps.swap_remove(1);
    vec![
        exchange(Upguard, "GET /organisation", 1, 180, done),
        exchange(Upguard, "GET /vendors", 2, 1_904, done),
        contacts("7141", 3, 40, done),
        contacts("7142", 4, 3_000, failed(FailureKind::NoAnswer, None)),
        Exchange { attempt: 2, ..contacts("7142", 8, 55, done) },
        Exchange {
            trace: trace("61f0c1a9d2"),
            ..exchange(Highlevel, "POST /contacts/search", 9, 310, done)
        },
        Exchange {
            trace: trace("7d20c8e4b1"),
            record: score.record.clone(),
            intent: Some(IntentId::of(&RunId::new("R-000042"), &score)),
            fields: vec!["customFields".into(), "email".into()],
            ..exchange(
                Highlevel,
                "PUT /contacts/{contactId}",
                18,
                120,
                failed(FailureKind::Rejected, Some(422)),
            )
        },
        Exchange {
            trace: trace("0b9e37aa42"),
            record: Some(key(Resource::Contact, "unknown")),
            ..exchange(
                Highlevel,
                "GET /contacts/{contactId}",
                19,
                48,
                failed(FailureKind::Missing, Some(400)),
            )
        },
    ]
}

pub fn endpoints() -> Vec<EndpointRow> {
    let mut endpoints = Endpoints::default();
    exchanges().iter().for_each(|it| endpoints.add(it));
    endpoints.rows()
}

/// The errors of the run, as `entries` know of them.
pub fn document(entries: &[Entry]) -> RequestsDocument {
    let known = Known::of(entries);
    let errors = exchanges().into_iter().filter(|it| it.ended.failed().is_some());
    let requests = errors.map(|it| known.row(it, Some("C0402".into()))).collect();
    let endpoints = endpoints();
    RequestsDocument {
        schema_version: RequestsDocument::VERSION,
        run: "R-000042".into(),
        pair: "default".into(),
        command: "reconcile".into(),
        began: time("2026-03-14T02:00:00Z"),
        summary: RequestTotals::of(endpoints.iter().map(|it| &it.traffic)),
        only_counted: 1_200,
        unreadable: 1,
        endpoints,
        found: 4,
        requests,
    }
}

/// A pull.
pub fn pull() -> LoggedRow {
    LoggedRow {
        run: "R-000045".into(),
        pair: "default".into(),
        command: "pull".into(),
        began: time("2026-03-16T03:05:00Z"),
        requests: RequestTotals { requests: 1_204, failed: 1, retries: 1 },
    }
}

/// The runs, with what is logged of them.
pub fn logged(mut runs: Vec<RunRow>) -> Vec<RunRow> {
    if let Some(first) = runs.first_mut() {
        first.requests = Some(RequestTotals { requests: 8, failed: 3, retries: 1 });
    }
    runs
}
