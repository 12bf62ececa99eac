//! Which requests did a run send, as a person reads it: by endpoint, and one by one?

use concordat_model::{Action, Side, Time};

use super::page::Page;
use crate::requests::{EndpointRow, LoggedRow, RequestRow, RequestTotals, RequestsDocument};
use crate::style::{Paint, Tone, counted, grouped, visible};

/// What is shown of the requests of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The endpoints.
    Endpoints,
    /// Single requests.
    Requests,
    /// Both.
    Both,
}

/// The requests of one run.
pub fn requests_text(document: &RequestsDocument, shows: Shows, paint: Paint) -> String {
    let mut page = Page::new(paint);
    let title = page.toned(Tone::Strong, &visible(document.run.as_str()));
    let (command, pair) = (visible(&document.command), &document.pair);
    page.line(&format!("{title}  {command} for {pair}, {}", moment(document.began)));
    page.line(&format!("  {}", totals(&document.summary)));
    if document.only_counted > 0 {
        let gone = counted(document.only_counted, "request");
        page.line(&format!(
            "  Of the first {gone} only the numbers are kept; latencies are those of the others."
        ));
    }
    if document.unreadable > 0 {
        let lines = counted(document.unreadable, "line");
        page.line(&format!("  {lines} of the log cannot be read: a process died as it wrote."));
    }
    match shows {
        Shows::Endpoints => endpoints(&mut page, &document.endpoints),
        Shows::Requests => requests(&mut page, document),
        Shows::Both => {
            endpoints(&mut page, &document.endpoints);
            requests(&mut page, document);
        }
    }
    page.into_text()
}

/// Requests in numbers: `812 requests, 3 failed (0.4 %), 2 were further attempts`.
pub(crate) fn totals(totals: &RequestTotals) -> String {
    let sent = counted(totals.requests, "request");
    let failed = match totals.failed {
        0 => "none failed".to_owned(),
        failed => format!("{} failed ({})", grouped(failed), rate(failed, totals.requests)),
    };
    let retries = match totals.retries {
        0 => String::new(),
        1 => ", 1 was a further attempt".to_owned(),
        retries => format!(", {} were further attempts", grouped(retries)),
    };
    format!("{sent}, {failed}{retries}")
}

/// The runs of which there is only the log of their requests.
pub(super) fn logged(page: &mut Page, rows: &[LoggedRow]) {
    for row in rows {
        let beside = format!("{} for {}, {}", row.command, row.pair, moment(row.began));
        page.record((Tone::Dim, "·"), &visible(row.run.as_str()), &beside);
        page.remark(Tone::Plain, &totals(&row.requests));
    }
}

fn moment(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn rate(failed: u64, requests: u64) -> String {
    // What happened at all is not told as 0.0 %.
    let permille = ((failed * 1000 + requests / 2) / requests.max(1)).max(1);
    format!("{}.{} %", permille / 10, permille % 10)
}

fn endpoints(page: &mut Page, rows: &[EndpointRow]) {
    let width = rows.iter().map(|it| it.traffic.operation.chars().count()).max().unwrap_or(0);
    for side in Side::BOTH {
        let of_side: Vec<&EndpointRow> = rows.iter().filter(|it| it.traffic.side == side).collect();
        if of_side.is_empty() {
            continue;
        }
        page.gap();
        let title = page.toned(Tone::Strong, &format!("{:width$}", side.title()));
        let units = "requests  failed           retries  median     p95     max ms";
        page.line(&format!("  {title}  {units}"));
        for row in of_side {
            let it = &row.traffic;
            let failed = match it.failed {
                0 => format!("{:>6}          ", "-"),
                failed => format!("{failed:>6} {:9}", format!("({})", rate(failed, it.requests))),
            };
            let failed = if it.failed > 0 { page.toned(Tone::Wrong, &failed) } else { failed };
            let latency = match row.latency {
                Some(it) => format!("{:>6}  {:>6}  {:>6}", it.median_ms, it.p95_ms, it.max_ms),
                None => "not kept".to_owned(),
            };
            let (operation, sent) = (visible(&it.operation), it.requests);
            page.line(&format!(
                "  {operation:width$}  {sent:>8}  {failed} {:>7}  {latency}",
                it.retries
            ));
        }
    }
}

fn requests(page: &mut Page, document: &RequestsDocument) {
    page.gap();
    if document.found == 0 {
        page.line("  No such request is logged.");
    }
    let shown = document.requests.len() as u64;
    if shown < document.found {
        page.line(&format!(
            "  The newest {} of {}; `--limit N` shows more.",
            grouped(shown),
            grouped(document.found)
        ));
    }
    document.requests.iter().for_each(|it| request(page, it));
}

fn request(page: &mut Page, row: &RequestRow) {
    let it = &row.exchange;
    let status = it.ended.status().map(|status| status.to_string());
    let failed = it.ended.failed().map(|kind| kind.word().to_owned());
    let ended: Vec<String> = [status, failed, row.code.clone()].into_iter().flatten().collect();
    let symbol = match it.ended.failed() {
        Some(_) => (Tone::Wrong, "✗"),
        None => (Tone::Dim, "✓"),
    };
    let attempt = match it.attempt {
        1 => String::new(),
        nth => format!(", attempt {nth}"),
    };
    let beside = format!("{}{attempt}, {} ms", ended.join(" "), grouped(it.latency_ms));
    let at = it.at.format("%H:%M:%S%.3f");
    let what = format!("{at}  {} {}", it.side, it.operation);
    page.record(symbol, &visible(&what), &beside);
    let about = it.record.as_ref().map(|key| match &row.name {
        Some(name) => format!("{key} ({})", visible(name)),
        None => key.to_string(),
    });
    let about = about.or_else(|| row.name.as_ref().map(|name| visible(name).to_string()));
    let step = row.step.as_ref().map(|step| {
        let action = match step.action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Archive => "archive",
            Action::Delete => "delete",
        };
        format!("{action} of {}, step {}", step.mapping, step.id)
    });
    let sent = (!it.fields.is_empty()).then(|| format!("sent {}", it.fields.join(", ")));
    let trace = it.trace.as_ref().map(|trace| format!("trace {trace}"));
    let remarks: Vec<String> = [about, step, sent, trace].into_iter().flatten().collect();
    if !remarks.is_empty() {
        page.remark(Tone::Plain, &remarks.join("; "));
    }
}
