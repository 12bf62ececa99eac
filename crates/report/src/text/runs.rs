//! Which runs were there, and what did one of them do, as a person reads it?

use concordat_model::Action;

use super::page::Page;
use super::{history, requests, summary};
use crate::runs::{RunRow, RunShownDocument, RunState, RunsDocument, WriteRow};
use crate::style::{Paint, Tone, counted, visible};

/// Every run, oldest first, with what came of it.
pub fn runs_text(document: &RunsDocument, paint: Paint) -> String {
    let mut page = Page::new(paint);
    if document.runs.is_empty() {
        page.line("No run is recorded. A pull and a refused plan are none.");
    }
    document.runs.iter().for_each(|row| head(&mut page, row));
    if !document.logged.is_empty() {
        section(&mut page, "Without a plan that was carried out");
        requests::logged(&mut page, &document.logged);
    }
    if document.runs.is_empty() {
        return page.into_text();
    }
    page.gap();
    page.line("`concordat runs show RUN` tells what one of them did.");
    page.into_text()
}

/// One run: its conditions, what it changed, and what is not known yet.
pub fn run_shown_text(shown: &RunShownDocument, paint: Paint) -> String {
    let mut page = Page::new(paint);
    let row = &shown.run;
    head(&mut page, row);
    for (side, tenant) in row.tenants.iter() {
        page.remark(Tone::Dim, &format!("{side}: {} ({})", tenant.name, tenant.id));
    }
    page.remark(Tone::Dim, &format!("mapping {}", row.mapping.short()));
    section(&mut page, "Changes");
    if shown.changes.is_empty() {
        page.line("  None is recorded.");
    }
    if row.writes.found_later > 0 {
        page.line("  What a later run found stands among the changes of that run.");
    }
    history::body(&mut page, &shown.changes);
    writes(&mut page, "Without effect", &shown.refused);
    writes(&mut page, "Not known yet", &shown.open);
    if !shown.open.is_empty() {
        page.line("  `concordat reconcile` looks for these first, before it plans anything.");
    }
    page.into_text()
}

fn head(page: &mut Page, row: &RunRow) {
    let symbol = match row.state {
        RunState::Complete => (Tone::New, "✓"),
        RunState::Stopped => (Tone::Wants, "✗"),
        RunState::Open => (Tone::Wrong, "?"),
    };
    let lasted = row.ended.map(|ended| (ended - row.began).num_seconds().unsigned_abs());
    let lasted = match (row.state, lasted) {
        (RunState::Open, _) | (_, None) => "its end is not recorded: at work, or killed".into(),
        (RunState::Complete, Some(seconds)) => format!("took {}", summary::lasting(seconds)),
        (RunState::Stopped, Some(seconds)) => {
            format!("stopped after {}, before everything was tried", summary::lasting(seconds))
        }
    };
    let began = row.began.format("%Y-%m-%d %H:%M:%S UTC");
    let beside = format!("{} for {}, {began}, {lasted}", row.command, row.pair);
    page.record(symbol, &visible(row.run.as_str()), &beside);
    let scope = [
        row.scope.only.as_ref().map(|only| format!("only {only}")),
        row.scope.limit.map(|limit| format!("at most {}", counted(limit, "step"))),
    ];
    let scope: Vec<String> = scope.into_iter().flatten().collect();
    let scope = if scope.is_empty() { String::new() } else { format!(", {}", scope.join(", ")) };
    page.remark(Tone::Plain, &format!("plan {}{scope}: {}", row.plan.short(), outcome(row)));
    if let Some(sent) = &row.requests {
        page.remark(Tone::Dim, &requests::totals(sent));
    }
    if !row.allowed.is_empty() {
        let allowed: Vec<String> = row
            .allowed
            .iter()
            .map(|it| match it.up_to {
                Some(up_to) => format!("{}:{up_to}", it.class),
                None => it.class.to_string(),
            })
            .collect();
        let reason = row.reason.as_deref().unwrap_or_default();
        page.remark(Tone::Wants, &format!("allowed {}, because “{reason}”", allowed.join(", ")));
    }
}

/// What came of it, in numbers.
fn outcome(row: &RunRow) -> String {
    let summary = row.summary.clone().unwrap_or_default();
    let writes = &row.writes;
    let found = match writes.found_later {
        0 => "written and verified".to_owned(),
        found => format!("written and verified ({found} found by a later run)"),
    };
    let counts = [
        (writes.verified, found.as_str()),
        (summary.satisfied, "already so"),
        (summary.superseded, "superseded"),
        (writes.refused, "without effect"),
        (writes.open, "not known yet"),
    ];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, says)| format!("{} {says}", counted(count, "step")))
        .collect();
    if summary.planned.conflicts > 0 {
        parts.push(format!("{} waiting", counted(summary.planned.conflicts, "conflict")));
    }
    match (parts.is_empty(), row.state) {
        (true, RunState::Complete) => "nothing to write".into(),
        (true, RunState::Stopped | RunState::Open) => "nothing was written".into(),
        (false, _) => parts.join(", "),
    }
}

fn section(page: &mut Page, title: &str) {
    page.gap();
    let title = page.toned(Tone::Strong, title);
    page.line(&title);
}

fn writes(page: &mut Page, title: &str, rows: &[WriteRow]) {
    if rows.is_empty() {
        return;
    }
    section(page, title);
    page.align_names(rows.iter().map(|it| it.name.as_str()));
    for row in rows {
        let name = page.name(&row.name);
        let what = match (row.action, &row.record) {
            (Action::Create, _) => format!("new {} {}", row.side, row.resource.entity()),
            (Action::Update | Action::Archive | Action::Delete, Some(record)) => record.to_string(),
            (Action::Update | Action::Archive | Action::Delete, None) => row.side.to_string(),
        };
        let symbol = if row.says.is_some() { (Tone::Wrong, "✗") } else { (Tone::Wrong, "?") };
        page.record(symbol, &name, &format!("{what}, {}", row.at.format("%H:%M:%S UTC")));
        if let Some(says) = &row.says {
            page.remark(Tone::Plain, says);
        }
    }
}
